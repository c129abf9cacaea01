/* Sparse matrices in memory, and their products with dense blocks.
 *
 * The columns are cut into panels of 2^14, and each panel is held row by row (compressed sparse
 * rows).  So the number of a column within its panel takes 16 bits, and the rows of a dense
 * block that a panel is multiplied with, 1 MiB, stay in the second-level cache.
 *
 *	struct wp_sparse a = {0};
 *	wp_sparse_put(&a, row, count, col, value);	(row after row)
 *	wp_sparse_complete(&a, rows, cols);
 */
#ifndef WP_MATH_SPARSE_H
#define WP_MATH_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WP_SPARSE_PANEL ((size_t)1 << 14) /* columns */

/* The cells of row i are start[i] .. start[i + 1] - 1; col[] ascends in each row, and counts
 * from the first column of the panel. */
struct wp_sparse_panel {
	uint64_t *start; /* rows + 1 */
	uint16_t *col;
	float *value;
	size_t rows, start_room, col_room, value_room; /* internal, while cells are put */
};

struct wp_block_kernels;

/* The struct owns the panels and their arrays; a zeroed struct is empty. */
struct wp_sparse {
	size_t rows, cols, panels;
	struct wp_sparse_panel *panel; /* panel p holds columns p * WP_SPARSE_PANEL and on */
	size_t limit; /* bytes that it may take while cells are put; 0: no limit       */
	size_t bytes, panel_room;               /* internal */
	const struct wp_block_kernels *kernels; /* internal */
};

void wp_sparse_fini(struct wp_sparse *a);

/* Add cells of a row, columns ascending.  Rows come in ascending order, too; several calls may
 * serve one.  WP_EINVAL for a negative row or column; WP_ELIMIT beyond a->limit. */
WP_MUST_CHECK enum wp_err wp_sparse_put(struct wp_sparse *a, int32_t row, size_t count,
	const int32_t *col, const double *value);

/* All cells are there: they are those of a matrix of this shape.  WP_EINVAL where it has less
 * rows or columns than the cells show, or more than 2^31 - 1. */
WP_MUST_CHECK enum wp_err wp_sparse_complete(struct wp_sparse *a, size_t rows, size_t cols);

/* ---- What follows is for complete matrices ---- */

/* How many cells there are, zeros among them if such were put. */
uint64_t wp_sparse_cells(const struct wp_sparse *a);

/* t = a transposed; *t is overwritten. */
WP_MUST_CHECK enum wp_err wp_sparse_transpose(struct wp_sparse *t, const struct wp_sparse *a);

/* Is a equal to its transpose, cell by cell and bit by bit? */
WP_MUST_CHECK enum wp_err wp_sparse_is_symmetric(const struct wp_sparse *a, bool *symmetric);

/* Leave out the cells whose value is 0; the memory stays as it is. */
void wp_sparse_drop_zeros(struct wp_sparse *a);

/* The sum of the squares of all values: the squared Frobenius norm. */
double wp_sparse_square_sum(const struct wp_sparse *a);

/* Columns of the dense blocks that are multiplied: floats of one cache line. */
enum { WP_SPARSE_WIDTH = 16 };

/* y = a x, where x is (cols, 16) and y is (rows, 16), row-major and aligned to 64 bytes; y does
 * not overlap x.  Each row of y is summed in one order, whatever the number of threads. */
WP_MUST_CHECK enum wp_err wp_sparse_multiply(
	const struct wp_sparse *a, int threads, const float *x, float *y);

#ifdef __cplusplus
}
#endif
#endif
