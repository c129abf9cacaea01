/* A matrix laid out for products with single vectors: what a network costs that goes one step
 * at a time.  (Internal.)
 *
 * Such a product takes as long as the matrix takes to come from the cache, so the matrix lies
 * in the order in which it is read: panels of some columns, in each of which the rows follow
 * each other.  Variants for instruction sets are one template (packed_template.h).
 */
#ifndef WP_RNN_PACKED_H
#define WP_RNN_PACKED_H

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_PACKED_PAD = 16 };

struct wp_packed {
	size_t rows, cols; /* cols rounded up to a multiple of WP_PACKED_PAD */
	float *cells;
	void (*multiply)(
		float *y, const float *x, const float *cells, size_t rows, size_t cols);
};

/* Lay out a matrix (rows, cols), whose cell in row r and column c is
 * weights[r * row_step + c * col_step]. */
WP_MUST_CHECK enum wp_err wp_packed_init(struct wp_packed *matrix, const float *weights,
	size_t rows, size_t cols, size_t row_step, size_t col_step);
void wp_packed_fini(struct wp_packed *matrix); /* a zeroed one may be given, too */

/* y += x (rows) times the matrix.  y has matrix->cols floats and is aligned to 64 bytes; what
 * is beyond the columns that were given stays as it was. */
static inline void wp_packed_multiply(float *y, const float *x, const struct wp_packed *matrix)
{
	matrix->multiply(y, x, matrix->cells, matrix->rows, matrix->cols);
}

/* By instruction set: the product, and the columns of a panel. */
struct wp_packed_kernel {
	size_t panel;
	void (*multiply)(
		float *y, const float *x, const float *cells, size_t rows, size_t cols);
};

extern const struct wp_packed_kernel wp_packed_avx2, wp_packed_avx512;

#ifdef __cplusplus
}
#endif
#endif
