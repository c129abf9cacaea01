#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "linear/solve.h"

/* The rows that count, column by column, each value times its y; the constant is the last
 * column. */
struct lasso {
	const struct wp_linear_config *config;
	size_t n, cols;
	uint64_t *start;
	uint32_t *row;
	float *value;
	double *margin; /* by row: y times the sum */
	double *w;
	uint32_t *order;
	struct wp_rng rng;
};

static enum wp_err by_columns(
	struct lasso *l, const struct wp_linear_part *part, const int8_t *y)
{
	const struct wp_linear_rows *r = part->rows;
	bool constant = l->config->bias != 0;
	enum wp_err err = wp_alloc(&l->start, l->cols + 2, sizeof *l->start, "columns");
	for (size_t i = 0; i < part->n && !err; i++)
		for (uint64_t k = r->start[part->which[i]]; k < r->start[part->which[i] + 1];
			k++)
			l->start[r->col[k] + 2]++;
	if (err)
		return err;
	if (constant)
		l->start[l->cols + 1] = part->n;
	for (size_t j = 2; j < l->cols + 2; j++)
		l->start[j] += l->start[j - 1];
	uint64_t all = l->start[l->cols + 1];
	err = wp_alloc(&l->row, all, sizeof *l->row, "columns");
	if (!err)
		err = wp_alloc(&l->value, all, sizeof *l->value, "columns");
	for (size_t i = 0; i < part->n && !err; i++) {
		for (uint64_t k = r->start[part->which[i]]; k < r->start[part->which[i] + 1];
			k++) {
			uint64_t at = l->start[r->col[k] + 1]++;
			l->row[at] = (uint32_t)i;
			l->value[at] = (float)y[i] * r->value[k];
		}
		if (constant) {
			uint64_t at = l->start[l->cols]++;
			l->row[at] = (uint32_t)i;
			l->value[at] = (float)(y[i] * l->config->bias);
		}
	}
	return err;
}

/* The loss of a row, and its first and second derivative by the margin. */
static double loss_at(const struct lasso *l, double m)
{
	if (l->config->loss == WP_LINEAR_LOGISTIC)
		return m > 0 ? log1p(exp(-m)) : log1p(exp(m)) - m;
	return m < 1 ? (1 - m) * (1 - m) : 0;
}

static void slopes(const struct lasso *l, double m, double *first, double *second)
{
	if (l->config->loss == WP_LINEAR_LOGISTIC) {
		double p = 1 / (1 + exp(m));
		*first = -p;
		*second = p * (1 - p);
	} else {
		*first = m < 1 ? -2 * (1 - m) : 0;
		*second = m < 1 ? 2 : 0;
	}
}

static double newton_step(double w, double g, double h)
{
	if (g + 1 < h * w)
		return -(g + 1) / h;
	if (g - 1 > h * w)
		return -(g - 1) / h;
	return -w;
}

/* Go along column j until the loss falls enough (Armijo's rule). */
static void search(struct lasso *l, size_t j, double g, double step)
{
	const double share = 0.01;
	double w = l->w[j], gain = fabs(w + step) - fabs(w) + g * step;
	for (int tries = 0; tries < 30; tries++) {
		double change = fabs(w + step) - fabs(w) - share * gain;
		for (uint64_t k = l->start[j]; k < l->start[j + 1]; k++) {
			double m = l->margin[l->row[k]];
			change += l->config->cost *
				(loss_at(l, m + step * l->value[k]) - loss_at(l, m));
		}
		if (change <= 0) {
			for (uint64_t k = l->start[j]; k < l->start[j + 1]; k++)
				l->margin[l->row[k]] += step * l->value[k];
			l->w[j] += step;
			return;
		}
		step *= 0.5;
		gain *= 0.5;
	}
}

/* How far column j is from its optimum; *set_aside where it is 0 and may well stay so. */
static double violation(double w, double g, double bound, bool *set_aside)
{
	*set_aside = false;
	if (w > 0)
		return fabs(g + 1);
	if (w < 0)
		return fabs(g - 1);
	if (g + 1 < 0)
		return -(g + 1);
	if (g - 1 > 0)
		return g - 1;
	*set_aside = g + 1 > bound && g - 1 < -bound;
	return 0;
}

static void solve(struct lasso *l, struct wp_linear_solved *solved)
{
	const struct wp_linear_config *c = l->config;
	size_t all = l->cols, active = all;
	double bound = INFINITY, first = -1;
	for (solved->iterations = 0; solved->iterations < c->iterations;) {
		double worst = 0, sum = 0;
		wp_linear_shuffle(&l->rng, l->order, active);
		for (size_t s = 0; s < active; s++) {
			uint32_t j = l->order[s];
			double g = 0, h = 0, d1, d2;
			bool set_aside;
			for (uint64_t k = l->start[j]; k < l->start[j + 1]; k++) {
				slopes(l, l->margin[l->row[k]], &d1, &d2);
				g += d1 * l->value[k];
				h += d2 * l->value[k] * l->value[k];
			}
			g *= c->cost;
			h = fmax(h * c->cost, 1e-12);
			double v = violation(l->w[j], g, bound, &set_aside);
			if (set_aside) {
				l->order[s--] = l->order[--active];
				l->order[active] = j;
				continue;
			}
			worst = fmax(worst, v);
			sum += v;
			double step = newton_step(l->w[j], g, h);
			if (fabs(step) >= 1e-12)
				search(l, j, g, step);
		}
		first = first < 0 ? sum : first;
		solved->iterations++;
		solved->violation = first > 0 ? sum / first : 0;
		if (sum <= c->tolerance * first) {
			solved->converged = active == all;
			if (solved->converged)
				return;
			active = all;
			bound = INFINITY;
			continue;
		}
		bound = worst / (double)(l->n + 1);
	}
}

enum wp_err wp_linear_lasso(const struct wp_linear_part *part, const int8_t *y,
	const struct wp_linear_config *config, uint64_t lane, double *w,
	struct wp_linear_solved *solved)
{
	struct lasso l = {.config = config, .n = part->n, .cols = part->rows->cols + 1, .w = w};
	*solved = (struct wp_linear_solved){0};
	enum wp_err err = by_columns(&l, part, y);
	if (!err)
		err = wp_alloc(&l.margin, part->n, sizeof *l.margin, "training");
	if (!err)
		err = wp_alloc(&l.order, l.cols, sizeof *l.order, "training");
	for (size_t j = 0; j < l.cols && !err; j++)
		l.order[j] = (uint32_t)j;
	wp_rng_seed(&l.rng, config->seed, lane);
	if (!err)
		solve(&l, solved);
	w[l.cols - 1] *= config->bias;
	free(l.start);
	free(l.row);
	free(l.value);
	free(l.margin);
	free(l.order);
	return err;
}
