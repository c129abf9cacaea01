/* The inner loops over blocks of 16 columns, for each instruction set.  (Internal.) */
#ifndef WP_MATH_BLOCK_KERNELS_H
#define WP_MATH_BLOCK_KERNELS_H

#include "base/cpu.h"
#include "math/sparse.h"

enum { WP_BLOCK = WP_SPARSE_WIDTH };

/* Blocks x, y, w and the (count, 16) matrix c are row-major and aligned to 64 bytes.  q has
 * `count` columns, each with its elements one after the other, `stride` apart. */
struct wp_block_kernels {
	/* Rows first .. last - 1 of y = a x. */
	void (*multiply)(
		const struct wp_sparse *a, size_t first, size_t last, const float *x, float *y);
	/* c = q' w, over so many rows. */
	void (*project)(const float *q, size_t stride, size_t count, const float *w,
		size_t rows, float *c);
	/* w = w - q c */
	void (*subtract)(const float *q, size_t stride, size_t count, const float *c, float *w,
		size_t rows);
};

const struct wp_block_kernels *wp_block_kernels(enum wp_isa isa);

extern const struct wp_block_kernels wp_block_kernels_avx2, wp_block_kernels_avx512;

#endif
