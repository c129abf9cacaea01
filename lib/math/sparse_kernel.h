/* The inner loop of products with sparse matrices, for each instruction set.  (Internal.) */
#ifndef WP_MATH_SPARSE_KERNEL_H
#define WP_MATH_SPARSE_KERNEL_H

#include "base/cpu.h"
#include "math/sparse.h"

#define WP_SPARSE_PANEL ((size_t)1 << 14) /* columns; 2^16 at most */

/* start[] has panels * rows + 1 elements: the cells of row i in panel p are start[p * rows + i]
 * .. start[p * rows + i + 1] - 1, and col[] counts from the panel's first column. */
struct wp_sparse_tiles {
	size_t rows, cols, panels;
	uint64_t *start;
	uint64_t *row_cells; /* rows + 1: cells of the matrix before each row, to share out work
			      */
	uint16_t *col;
	float *value;
	void (*multiply)(const struct wp_sparse_tiles *tiles, size_t first, size_t last,
		const float *x, float *y);
};

/* Rows first .. last - 1 of y = a x. */
typedef void wp_sparse_kernel(const struct wp_sparse_tiles *tiles, size_t first, size_t last,
	const float *x, float *y);

wp_sparse_kernel *wp_sparse_kernel_for(enum wp_isa isa);

wp_sparse_kernel wp_sparse_kernel_plain, wp_sparse_kernel_avx2, wp_sparse_kernel_avx512;

#endif
