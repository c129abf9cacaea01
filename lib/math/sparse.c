#include "math/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "math/sparse_kernel.h"

void wp_sparse_fini(struct wp_sparse *a)
{
	free(a->start);
	free(a->col);
	free(a->value);
	*a = (struct wp_sparse){0};
}

static enum wp_err allocate(struct wp_sparse *a, size_t rows, size_t cols, uint64_t cells)
{
	*a = (struct wp_sparse){.rows = rows, .cols = cols};
	enum wp_err err = wp_alloc(&a->start, rows + 1, sizeof *a->start, "matrix rows");
	if (!err)
		err = wp_alloc(&a->col, cells, sizeof *a->col, "matrix cells");
	if (!err)
		err = wp_alloc(&a->value, cells, sizeof *a->value, "matrix cells");
	if (err)
		wp_sparse_fini(a);
	return err;
}

enum wp_err wp_sparse_transpose(struct wp_sparse *t, const struct wp_sparse *a)
{
	*t = (struct wp_sparse){0};
	if (a->rows > INT32_MAX)
		return wp_fail(WP_EINVAL,
			"matrix: %zu rows are too many to transpose it "
			"(at most %d)",
			a->rows, INT32_MAX);
	uint64_t cells = wp_sparse_cells(a);
	enum wp_err err = allocate(t, a->cols, a->rows, cells);
	if (err)
		return err;
	/* start[c + 1]: first the number of cells of column c, then where the next one goes,
	 * which in the end is where the column ends. */
	for (uint64_t k = 0; k < cells; k++)
		t->start[a->col[k] + 1]++;
	uint64_t before = 0;
	for (size_t c = 0; c < a->cols; c++) {
		uint64_t count = t->start[c + 1];
		t->start[c + 1] = before;
		before += count;
	}
	for (size_t i = 0; i < a->rows; i++)
		for (uint64_t k = a->start[i]; k < a->start[i + 1]; k++) {
			uint64_t to = t->start[a->col[k] + 1]++;
			t->col[to] = (int32_t)i;
			t->value[to] = a->value[k];
		}
	return WP_OK;
}

static bool same_bits(float a, float b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* Rows are gone through from the top.  The cells above the diagonal then ask for those below it
 * in the order in which these stand in their rows: next[j] is the first cell of row j that
 * nobody has asked for yet.  In the end all of them must have been asked for. */
static bool mirrored(const struct wp_sparse *a, uint64_t *next)
{
	memcpy(next, a->start, a->rows * sizeof *next);
	for (size_t i = 0; i < a->rows; i++) {
		uint64_t k = next[i], end = a->start[i + 1];
		if (k < end && a->col[k] < (int32_t)i)
			return false;
		k += k < end && a->col[k] == (int32_t)i;
		for (; k < end; k++) {
			int32_t j = a->col[k];
			uint64_t other = next[j]++;
			if (other >= a->start[j + 1] || a->col[other] != (int32_t)i ||
				!same_bits(a->value[other], a->value[k]))
				return false;
		}
	}
	return true;
}

enum wp_err wp_sparse_is_symmetric(const struct wp_sparse *a, bool *symmetric)
{
	uint64_t *next;
	*symmetric = false;
	if (a->rows != a->cols)
		return WP_OK;
	enum wp_err err = wp_alloc(&next, a->rows, sizeof *next, "matrix rows");
	if (err)
		return err;
	*symmetric = mirrored(a, next);
	free(next);
	return WP_OK;
}

void wp_sparse_drop_zeros(struct wp_sparse *a)
{
	uint64_t to = 0, from = 0;
	for (size_t i = 0; i < a->rows; i++) {
		for (; from < a->start[i + 1]; from++) {
			a->col[to] = a->col[from];
			a->value[to] = a->value[from];
			to += a->value[from] != 0; /* NaN stays */
		}
		a->start[i + 1] = to;
	}
}

double wp_sparse_square_sum(const struct wp_sparse *a)
{
	double sum = 0;
	for (size_t i = 0; i < a->rows; i++) {
		double row = 0;
		for (uint64_t k = a->start[i]; k < a->start[i + 1]; k++)
			row += (double)a->value[k] * a->value[k];
		sum += row;
	}
	return sum;
}

/* ---- Products ---- */

/* Cells of each row and panel, in start[p * rows + i + 1]; then, summed up, where they begin.
 */
static void set_starts(struct wp_sparse_tiles *t, const struct wp_sparse *a)
{
	for (size_t i = 0; i < a->rows; i++)
		for (uint64_t k = a->start[i]; k < a->start[i + 1]; k++)
			t->start[(size_t)a->col[k] / WP_SPARSE_PANEL * t->rows + i + 1]++;
	for (size_t j = 0; j < t->panels * t->rows; j++)
		t->start[j + 1] += t->start[j];
}

static void set_cells(struct wp_sparse_tiles *t, const struct wp_sparse *a)
{
	for (size_t i = 0; i < a->rows; i++) {
		uint64_t k = a->start[i];
		for (size_t p = 0; p < t->panels; p++) {
			uint64_t to = t->start[p * t->rows + i];
			uint64_t last = t->start[p * t->rows + i + 1];
			for (; to < last; to++, k++) {
				t->col[to] = (uint16_t)((size_t)a->col[k] % WP_SPARSE_PANEL);
				t->value[to] = a->value[k];
			}
		}
	}
}

enum wp_err wp_sparse_tiles_create(struct wp_sparse_tiles **tiles, const struct wp_sparse *a)
{
	struct wp_sparse_tiles *t;
	size_t cells = (size_t)wp_sparse_cells(a), starts, bytes;
	*tiles = NULL;
	enum wp_err err = wp_alloc(&t, 1, sizeof *t, "matrix");
	if (err)
		return err;
	t->rows = a->rows;
	t->cols = a->cols;
	t->panels = a->cols / WP_SPARSE_PANEL + (a->cols % WP_SPARSE_PANEL != 0);
	t->multiply = wp_sparse_kernel_for(wp_cpu_isa());
	if (!wp_mulsize(t->panels, t->rows, &starts) || starts == SIZE_MAX ||
		!wp_mulsize(cells, sizeof *t->value, &bytes))
		err = wp_fail(WP_ENOMEM, "matrix: %zu rows and %zu columns are too many",
			a->rows, a->cols);
	if (!err)
		err = wp_alloc(&t->start, starts + 1, sizeof *t->start, "matrix rows");
	if (!err)
		err = wp_alloc(&t->row_cells, t->rows + 1, sizeof *t->row_cells, "matrix rows");
	if (!err)
		err = wp_table_alloc(&t->col, cells * sizeof *t->col, "matrix cells");
	if (!err)
		err = wp_table_alloc(&t->value, bytes, "matrix cells");
	if (err) {
		wp_sparse_tiles_free(t);
		return err;
	}
	if (a->start)
		memcpy(t->row_cells, a->start, (t->rows + 1) * sizeof *t->row_cells);
	set_starts(t, a);
	set_cells(t, a);
	*tiles = t;
	return WP_OK;
}

void wp_sparse_tiles_free(struct wp_sparse_tiles *t)
{
	if (!t)
		return;
	free(t->start);
	free(t->row_cells);
	free(t->col);
	free(t->value);
	free(t);
}

/* One product: what its threads share. */
struct product {
	const struct wp_sparse_tiles *tiles;
	int threads;
	const float *x;
	float *y;
};

/* The row at which the share of a thread begins, so that all have the same number of cells. */
static size_t first_row(const struct wp_sparse_tiles *t, int thread, int threads)
{
	if (thread == threads)
		return t->rows;
	double share = (double)thread / threads;
	uint64_t cells = (uint64_t)((double)t->row_cells[t->rows] * share);
	size_t low = 0, high = t->rows;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (t->row_cells[middle] < cells)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum wp_err multiply_share(int thread, void *arg)
{
	const struct product *p = arg;
	size_t first = first_row(p->tiles, thread, p->threads);
	size_t last = first_row(p->tiles, thread + 1, p->threads);
	p->tiles->multiply(p->tiles, first, last, p->x, p->y);
	return WP_OK;
}

enum wp_err wp_sparse_multiply(
	const struct wp_sparse_tiles *tiles, int threads, const float *x, float *y)
{
	struct product p = {.tiles = tiles, .threads = threads, .x = x, .y = y};
	return wp_parallel(threads, multiply_share, &p);
}
