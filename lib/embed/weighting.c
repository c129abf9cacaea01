#include "embed/weighting.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

const char *const wp_weighting_names[] = {
	[WP_WEIGHT_RAW] = "raw", [WP_WEIGHT_LOG] = "log", [WP_WEIGHT_PPMI] = "ppmi", NULL};

void wp_weighting_default(struct wp_weighting *w)
{
	*w = (struct wp_weighting){.kind = WP_WEIGHT_PPMI, .shift = 1, .smooth = 1};
}

enum wp_err wp_weighting_check(const struct wp_weighting *w)
{
	if (!(w->shift > 0 && w->shift <= 1e9))
		return wp_fail(
			WP_EINVAL, "shift %g: out of range (more than 0, up to 1e9)", w->shift);
	if (!(w->smooth >= 0 && w->smooth <= 10))
		return wp_fail(WP_EINVAL, "smoothing %g: out of range (0 to 10)", w->smooth);
	return WP_OK;
}

static enum wp_err check_cells(const struct wp_sparse *a, bool negative)
{
	for (size_t p = 0; p < a->panels; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		for (size_t i = 0; i < a->rows; i++)
			for (uint64_t k = panel->start[i]; k < panel->start[i + 1]; k++) {
				float x = panel->value[k];
				if (!isfinite(x) || (x < 0 && !negative))
					return wp_fail(WP_EMISMATCH,
						"matrix: the cell of word %zu and column %zu is %g, "
						"which is no %s",
						i, p * WP_SPARSE_PANEL + panel->col[k],
						(double)x,
						isfinite(x) ? "count"
							    : "number of single precision");
			}
	}
	return WP_OK;
}

/* Logarithms: of the sums of rows, and of those of columns times the smoothing; and what is
 * added to each cell.  Sums are made one after the other, so that those of a row and a column
 * of a symmetric matrix are the same bit by bit. */
struct marginals {
	double *row, *col, all;
};

static enum wp_err sum_up(struct marginals *m, const struct wp_sparse *a, double smooth)
{
	enum wp_err err;
	if ((err = wp_alloc(&m->row, a->rows, sizeof *m->row, "row sums")) ||
		(err = wp_alloc(&m->col, a->cols, sizeof *m->col, "column sums")))
		return err;
	for (size_t p = 0; p < a->panels; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		double *col = m->col + p * WP_SPARSE_PANEL;
		for (size_t i = 0; i < a->rows; i++) {
			double sum = m->row[i];
			for (uint64_t k = panel->start[i]; k < panel->start[i + 1]; k++) {
				sum += (double)panel->value[k];
				col[panel->col[k]] += (double)panel->value[k];
			}
			m->row[i] = sum;
		}
	}
	for (size_t i = 0; i < a->rows; i++)
		m->row[i] = log(m->row[i]);
	double total = 0;
	for (size_t j = 0; j < a->cols; j++) {
		double sum = m->col[j];
		total += sum > 0 ? pow(sum, smooth) : 0;
		m->col[j] = smooth * log(sum);
	}
	m->all = total > 0 ? log(total) : 0;
	return WP_OK;
}

/* Most counts are small whole numbers, whose logarithms need not be computed again. */
enum { SMALL = 1024 };

static double log_of(float x, const double *small)
{
	return x < SMALL && x == (float)(int)x ? small[(int)x] : log((double)x);
}

static enum wp_err weigh_ppmi(struct wp_sparse *a, const struct wp_weighting *w)
{
	struct marginals m = {0};
	double *small = NULL;
	enum wp_err err = wp_alloc(&small, SMALL, sizeof *small, "logarithms");
	if (!err)
		err = sum_up(&m, a, w->smooth);
	for (int i = 0; i < SMALL && !err; i++)
		small[i] = i > 0 ? log(i) : -INFINITY;
	double more = m.all - log(w->shift);
	for (size_t p = 0; p < a->panels && !err; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		const double *col = m.col + p * WP_SPARSE_PANEL;
		for (size_t i = 0; i < a->rows; i++)
			for (uint64_t k = panel->start[i]; k < panel->start[i + 1]; k++) {
				float *x = &panel->value[k];
				double chance = m.row[i] + col[panel->col[k]];
				double pmi = log_of(*x, small) - chance + more;
				*x = pmi > 0 ? (float)pmi : 0; /* 0 for NaN: a count of 0 */
			}
	}
	free(m.row);
	free(m.col);
	free(small);
	return err;
}

static void weigh_log(struct wp_sparse *a)
{
	for (size_t p = 0; p < a->panels; p++)
		for (uint64_t k = 0; k < a->panel[p].start[a->rows]; k++) {
			float *x = &a->panel[p].value[k];
			*x = (float)log1p((double)*x);
		}
}

enum wp_err wp_weigh(struct wp_sparse *a, const struct wp_weighting *w)
{
	enum wp_err err = wp_weighting_check(w);
	if (!err)
		err = check_cells(a, w->kind == WP_WEIGHT_RAW);
	if (!err && w->kind == WP_WEIGHT_LOG)
		weigh_log(a);
	if (!err && w->kind == WP_WEIGHT_PPMI)
		err = weigh_ppmi(a, w);
	if (!err)
		wp_sparse_drop_zeros(a);
	return err;
}
