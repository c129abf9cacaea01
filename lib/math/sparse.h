/* Sparse matrices in memory, and their products with dense blocks.
 *
 * struct wp_sparse holds a matrix row by row: it is what one builds, weighs and transposes.
 * struct wp_sparse_tiles holds the same cells in the order in which products want them: columns
 * in panels of 2^14, so that the rows of the dense block that a panel touches (1 MiB) stay in
 * the cache, and their numbers within the panel take 16 bits.  Six bytes a cell are read for
 * each product instead of eight, and most of the dense rows come from the second-level cache.
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

/* Compressed sparse rows: the cells of row i are start[i] .. start[i + 1] - 1, their columns
 * ascending.  The struct owns its arrays; a zeroed struct is a matrix of no rows. */
struct wp_sparse {
	size_t rows, cols;
	uint64_t *start; /* rows + 1 */
	int32_t *col;    /* of each cell, in 0 .. cols - 1 */
	float *value;
};

void wp_sparse_fini(struct wp_sparse *a);

/* Cells, zeros that are stored among them. */
static inline uint64_t wp_sparse_cells(const struct wp_sparse *a)
{
	return a->start ? a->start[a->rows] : 0;
}

/* t = a transposed; *t is overwritten.  WP_EINVAL where a has more rows than a column number
 * can tell (2^31 - 1). */
WP_MUST_CHECK enum wp_err wp_sparse_transpose(struct wp_sparse *t, const struct wp_sparse *a);

/* Is a equal to its transpose, cell by cell and bit by bit? */
WP_MUST_CHECK enum wp_err wp_sparse_is_symmetric(const struct wp_sparse *a, bool *symmetric);

/* Leave out the cells whose value is 0; the memory stays as it is. */
void wp_sparse_drop_zeros(struct wp_sparse *a);

/* The sum of the squares of all values: the squared Frobenius norm. */
double wp_sparse_square_sum(const struct wp_sparse *a);

/* Columns of the dense blocks that are multiplied: floats of one cache line. */
enum { WP_SPARSE_WIDTH = 16 };

struct wp_sparse_tiles;

/* Arrange the cells of a, which is not needed any longer afterwards. */
WP_MUST_CHECK enum wp_err wp_sparse_tiles_create(
	struct wp_sparse_tiles **tiles, const struct wp_sparse *a);

/* Takes NULL. */
void wp_sparse_tiles_free(struct wp_sparse_tiles *tiles);

/* y = a x, where x is (cols, 16) and y is (rows, 16), row-major and aligned to 64 bytes; y does
 * not overlap x.  Each row of y is summed in one order, whatever the number of threads. */
WP_MUST_CHECK enum wp_err wp_sparse_multiply(
	const struct wp_sparse_tiles *tiles, int threads, const float *x, float *y);

#ifdef __cplusplus
}
#endif
#endif
