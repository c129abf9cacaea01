/* A matrix laid out for products with single vectors: what a network costs that goes one step
 * at a time.  (Internal.)
 *
 * Such a product takes as long as the matrix takes to come from the cache, so the matrix lies
 * in the order in which it is read: panels of some columns, in each of which the rows follow
 * each other.  Variants for instruction sets are one template (panels_template.h).
 */
#ifndef WP_NN_PANELS_H
#define WP_NN_PANELS_H

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_PANELS_PAD = 16 };

struct wp_panels {
	size_t rows, cols; /* cols rounded up to a multiple of WP_PANELS_PAD */
	float *cells;
	void (*multiply)(
		float *y, const float *x, const float *cells, size_t rows, size_t cols);
};

/* Lay out a matrix (rows, cols), whose cell in row r and column c is
 * weights[r * row_step + c * col_step]. */
WP_MUST_CHECK enum wp_err wp_panels_init(struct wp_panels *matrix, const float *weights,
	size_t rows, size_t cols, size_t row_step, size_t col_step);
void wp_panels_fini(struct wp_panels *matrix); /* a zeroed one may be given, too */

/* y += x (rows) times the matrix.  y has matrix->cols floats and is aligned to 64 bytes; what
 * is beyond the columns that were given stays as it was. */
static inline void wp_panels_multiply(float *y, const float *x, const struct wp_panels *matrix)
{
	matrix->multiply(y, x, matrix->cells, matrix->rows, matrix->cols);
}

/* By instruction set: the product, and the columns of a panel. */
struct wp_panels_kernel {
	size_t panel;
	void (*multiply)(
		float *y, const float *x, const float *cells, size_t rows, size_t cols);
};

extern const struct wp_panels_kernel wp_panels_avx2, wp_panels_avx512;

#ifdef __cplusplus
}
#endif
#endif
