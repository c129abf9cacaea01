#include "math/sparse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "math/block_kernels.h"

void wp_sparse_fini(struct wp_sparse *a)
{
	for (size_t p = 0; p < a->panels; p++) {
		free(a->panel[p].start);
		free(a->panel[p].col);
		free(a->panel[p].value);
	}
	free(a->panel);
	*a = (struct wp_sparse){0};
}

/* ---- Putting cells ---- */

/* wp_grow within the limit. */
static enum wp_err grow(
	struct wp_sparse *a, void *array, size_t *room, size_t need, size_t size)
{
	if (need <= *room)
		return WP_OK;
	size_t more = *room / 2 > need - *room ? *room / 2 : need - *room, bytes;
	if (!wp_mulsize(more, size, &bytes) ||
		(a->limit && (a->bytes > a->limit || bytes > a->limit - a->bytes)))
		return wp_fail(WP_ELIMIT,
			"matrix: %" PRIu64
			" cells and more do not fit the limit of %zu MiB: see \1memory",
			wp_sparse_cells(a), a->limit >> 20);
	enum wp_err err = wp_grow(array, room, need, size, "matrix");
	a->bytes += err ? 0 : bytes;
	return err;
}

static enum wp_err add_panels(struct wp_sparse *a, size_t last)
{
	enum wp_err err = grow(a, &a->panel, &a->panel_room, last + 1, sizeof *a->panel);
	for (; !err && a->panels <= last; a->panels++) {
		a->panel[a->panels] = (struct wp_sparse_panel){0};
		struct wp_sparse_panel *panel = &a->panel[a->panels];
		err = grow(a, &panel->start, &panel->start_room, 1, sizeof *panel->start);
		if (err)
			return err; /* the panel has nothing to free */
		panel->start[0] = 0;
	}
	return err;
}

/* Rows before `row` end with the cells that there are: panel->rows of them have begun, and
 * start[panel->rows] is where the last of them ends so far. */
static enum wp_err end_rows(struct wp_sparse *a, struct wp_sparse_panel *panel, size_t row)
{
	enum wp_err err =
		grow(a, &panel->start, &panel->start_room, row + 1, sizeof *panel->start);
	for (; !err && panel->rows < row; panel->rows++)
		panel->start[panel->rows + 1] = panel->start[panel->rows];
	return err;
}

static enum wp_err put_in_panel(struct wp_sparse *a, struct wp_sparse_panel *panel, size_t row,
	size_t count, const int32_t *col, const double *value)
{
	enum wp_err err = panel->rows < row + 1 ? end_rows(a, panel, row + 1) : WP_OK;
	if (err)
		return err;
	uint64_t at = panel->start[row + 1];
	size_t need = (size_t)at + count;
	if ((err = grow(a, &panel->col, &panel->col_room, need, sizeof *panel->col)) ||
		(err = grow(a, &panel->value, &panel->value_room, need, sizeof *panel->value)))
		return err;
	for (size_t i = 0; i < count; i++) {
		panel->col[at + i] = (uint16_t)((size_t)col[i] % WP_SPARSE_PANEL);
		panel->value[at + i] = (float)value[i];
	}
	panel->start[row + 1] = need;
	return WP_OK;
}

enum wp_err wp_sparse_put(
	struct wp_sparse *a, int32_t row, size_t count, const int32_t *col, const double *value)
{
	enum wp_err err = WP_OK;
	if (row < 0 || (count > 0 && col[0] < 0))
		return wp_fail(WP_EINVAL, "matrix: a negative row or column");
	for (size_t i = 0, end; i < count && !err; i = end) {
		size_t p = (size_t)col[i] / WP_SPARSE_PANEL;
		for (end = i + 1; end < count && (size_t)col[end] / WP_SPARSE_PANEL == p;)
			end++;
		if (p >= a->panels)
			err = add_panels(a, p);
		if (!err)
			err = put_in_panel(
				a, &a->panel[p], (size_t)row, end - i, col + i, value + i);
	}
	return err;
}

static bool fits(const struct wp_sparse *a, size_t rows, size_t cols)
{
	size_t panels = cols / WP_SPARSE_PANEL + (cols % WP_SPARSE_PANEL != 0);
	if (rows > INT32_MAX || cols > INT32_MAX || a->panels > panels)
		return false;
	for (size_t p = 0; p < a->panels; p++)
		if (a->panel[p].rows > rows)
			return false;
	if (a->panels < panels || a->panels == 0)
		return true;
	const struct wp_sparse_panel *last = &a->panel[a->panels - 1];
	size_t width = cols - (a->panels - 1) * WP_SPARSE_PANEL;
	for (uint64_t k = 0; k < last->start[last->rows]; k++)
		if (last->col[k] >= width)
			return false;
	return true;
}

enum wp_err wp_sparse_complete(struct wp_sparse *a, size_t rows, size_t cols)
{
	if (!fits(a, rows, cols))
		return wp_fail(WP_EINVAL, "matrix: %zu by %zu is not its shape", rows, cols);
	a->rows = rows;
	a->cols = cols;
	a->kernels = wp_block_kernels(wp_cpu_isa());
	enum wp_err err = cols > 0 ? add_panels(a, (cols - 1) / WP_SPARSE_PANEL) : WP_OK;
	for (size_t p = 0; p < a->panels && !err; p++)
		err = end_rows(a, &a->panel[p], rows);
	return err;
}

uint64_t wp_sparse_cells(const struct wp_sparse *a)
{
	uint64_t cells = 0;
	for (size_t p = 0; p < a->panels; p++)
		cells += a->panel[p].start[a->panel[p].rows];
	return cells;
}

/* ---- Transposing ---- */

static enum wp_err allocate_panels(struct wp_sparse *a, size_t rows, size_t cols)
{
	size_t panels = cols / WP_SPARSE_PANEL + (cols % WP_SPARSE_PANEL != 0);
	*a = (struct wp_sparse){.rows = rows, .cols = cols};
	a->kernels = wp_block_kernels(wp_cpu_isa());
	enum wp_err err = wp_alloc(&a->panel, panels, sizeof *a->panel, "matrix");
	for (; a->panels < panels && !err; a->panels++) {
		struct wp_sparse_panel *panel = &a->panel[a->panels];
		panel->rows = rows;
		err = wp_alloc(&panel->start, rows + 1, sizeof *panel->start, "matrix");
	}
	return err;
}

/* How many cells each row has, in start[row + 1]; then, in their place, where the row begins.
 */
static enum wp_err prepare_panel(struct wp_sparse_panel *panel)
{
	uint64_t before = 0;
	for (size_t i = 1; i <= panel->rows; i++) {
		uint64_t count = panel->start[i];
		panel->start[i] = before;
		before += count;
	}
	enum wp_err err = wp_alloc(&panel->col, before, sizeof *panel->col, "matrix");
	if (!err)
		err = wp_alloc(&panel->value, before, sizeof *panel->value, "matrix");
	return err;
}

enum wp_err wp_sparse_transpose(struct wp_sparse *t, const struct wp_sparse *a)
{
	enum wp_err err = allocate_panels(t, a->cols, a->rows);
	for (size_t p = 0; p < a->panels && !err; p++) {
		const struct wp_sparse_panel *from = &a->panel[p];
		for (size_t i = 0; i < a->rows; i++) {
			uint64_t *count =
				t->panel[i / WP_SPARSE_PANEL].start + p * WP_SPARSE_PANEL + 1;
			for (uint64_t k = from->start[i]; k < from->start[i + 1]; k++)
				count[from->col[k]]++;
		}
	}
	for (size_t p = 0; p < t->panels && !err; p++)
		err = prepare_panel(&t->panel[p]);
	/* start[row + 1] moves on to where the row ends. */
	for (size_t p = 0; p < a->panels && !err; p++) {
		const struct wp_sparse_panel *from = &a->panel[p];
		for (size_t i = 0; i < a->rows; i++) {
			struct wp_sparse_panel *to = &t->panel[i / WP_SPARSE_PANEL];
			uint64_t *end = to->start + p * WP_SPARSE_PANEL + 1;
			for (uint64_t k = from->start[i]; k < from->start[i + 1]; k++) {
				uint64_t at = end[from->col[k]]++;
				to->col[at] = (uint16_t)(i % WP_SPARSE_PANEL);
				to->value[at] = from->value[k];
			}
		}
	}
	if (err)
		wp_sparse_fini(t);
	return err;
}

/* ---- Symmetry ---- */

static bool same_bits(float a, float b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* Cells of row i above the diagonal, or on it; do they have their like below?  Rows are gone
 * through from the top, and so these are asked for in the order in which they stand in their
 * rows: next[] is, for each panel and row, the first cell that nobody has asked for yet. */
static bool row_is_mirrored(const struct wp_sparse *a, size_t i, uint64_t *next)
{
	size_t own = i / WP_SPARSE_PANEL;
	const struct wp_sparse_panel *other = &a->panel[own];
	uint64_t *asked = next + own * a->rows;
	/* What is below the diagonal in this row must have been asked for. */
	for (size_t p = 0; p < own; p++)
		if (next[p * a->rows + i] < a->panel[p].start[i + 1])
			return false;
	uint64_t first = asked[i];
	if (first < other->start[i + 1] && other->col[first] < i % WP_SPARSE_PANEL)
		return false;
	for (size_t p = own; p < a->panels; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		uint64_t k = p == own ? first : panel->start[i];
		for (; k < panel->start[i + 1]; k++) {
			size_t j = p * WP_SPARSE_PANEL + panel->col[k];
			uint64_t like = asked[j]++;
			if (like >= other->start[j + 1] ||
				other->col[like] != i % WP_SPARSE_PANEL ||
				!same_bits(other->value[like], panel->value[k]))
				return false;
		}
	}
	return true;
}

enum wp_err wp_sparse_is_symmetric(const struct wp_sparse *a, bool *symmetric)
{
	uint64_t *next;
	size_t count;
	*symmetric = false;
	if (a->rows != a->cols)
		return WP_OK;
	if (!wp_mulsize(a->panels, a->rows, &count))
		count = SIZE_MAX;
	enum wp_err err = wp_alloc(&next, count, sizeof *next, "matrix");
	if (err)
		return err;
	for (size_t p = 0; p < a->panels; p++)
		memcpy(next + p * a->rows, a->panel[p].start, a->rows * sizeof *next);
	*symmetric = true;
	for (size_t i = 0; i < a->rows && *symmetric; i++)
		*symmetric = row_is_mirrored(a, i, next);
	free(next);
	return WP_OK;
}

/* ---- Values ---- */

void wp_sparse_drop_zeros(struct wp_sparse *a)
{
	for (size_t p = 0; p < a->panels; p++) {
		struct wp_sparse_panel *panel = &a->panel[p];
		uint64_t to = 0, from = 0;
		for (size_t i = 0; i < a->rows; i++) {
			for (; from < panel->start[i + 1]; from++) {
				panel->col[to] = panel->col[from];
				panel->value[to] = panel->value[from];
				to += panel->value[from] != 0; /* NaN stays */
			}
			panel->start[i + 1] = to;
		}
	}
}

double wp_sparse_square_sum(const struct wp_sparse *a)
{
	double sum = 0;
	for (size_t p = 0; p < a->panels; p++)
		for (uint64_t k = 0; k < a->panel[p].start[a->rows]; k++) {
			double x = (double)a->panel[p].value[k];
			sum += x * x;
		}
	return sum;
}

/* ---- Products ---- */

struct product {
	const struct wp_sparse *a;
	int threads;
	const float *x;
	float *y;
};

static uint64_t cells_before(const struct wp_sparse *a, size_t row)
{
	uint64_t cells = 0;
	for (size_t p = 0; p < a->panels; p++)
		cells += a->panel[p].start[row];
	return cells;
}

/* The row at which the share of a thread begins, so that all have the same number of cells. */
static size_t first_row(const struct wp_sparse *a, int thread, int threads)
{
	if (thread == 0 || thread == threads)
		return thread ? a->rows : 0;
	double share = (double)wp_sparse_cells(a) * thread / threads;
	size_t low = 0, high = a->rows;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((double)cells_before(a, middle) < share)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum wp_err multiply_share(int thread, void *arg)
{
	const struct product *p = arg;
	size_t first = first_row(p->a, thread, p->threads);
	size_t last = first_row(p->a, thread + 1, p->threads);
	p->a->kernels->multiply(p->a, first, last, p->x, p->y);
	return WP_OK;
}

enum wp_err wp_sparse_multiply(const struct wp_sparse *a, int threads, const float *x, float *y)
{
	struct product p = {.a = a, .threads = threads, .x = x, .y = y};
	return wp_parallel(threads, multiply_share, &p);
}
