/* Products with rows that are cells (nn/core/batch.h): of a bag with a matrix, the sum of the
 * rows of its words, each as often as it has them; and the way back, which touches those rows
 * only.  (Internal: with real.h.) */
#ifndef WP_NN_SPARSE_H
#define WP_NN_SPARSE_H

#include "nn/core/batch.h"
#include "nn/core/gradient.h"
#include "nn/kernels/kernels.h"

/* y (rows, n) += the cells times w (columns, n). */
void NN(cells_multiply)(const struct NN(kernels) *kernels, const struct NN(cells) *cells,
	size_t rows, const real *w, size_t n, real *y);

/* Add to the gradient of parameter `param` (columns, n): `factor` times the cells, transposed,
 * times d (rows, n). */
void NN(cells_scatter)(const struct NN(kernels) *kernels, const struct NN(cells) *cells,
	size_t rows, struct NN(gradient) *gradient, size_t param, real factor, const real *d,
	size_t n);

#endif
