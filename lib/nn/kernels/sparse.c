#include "nn/kernels/sparse.h"

/* Rows of a matrix lie anywhere in memory: ask for them so many cells before they are needed.
 */
enum { AHEAD = 8 };

void NN(cells_multiply)(const struct NN(kernels) *k, const struct NN(cells) *cells, size_t rows,
	const real *w, size_t n, real *y)
{
	const size_t end = cells->start[rows];
	for (size_t r = 0; r < rows; r++, y += n)
		for (size_t c = cells->start[r]; c < cells->start[r + 1]; c++) {
			if (c + AHEAD < end)
				__builtin_prefetch(w + (size_t)cells->col[c + AHEAD] * n);
			k->add_scaled(y, cells->value[c], w + (size_t)cells->col[c] * n, n);
		}
}

void NN(cells_scatter)(const struct NN(kernels) *k, const struct NN(cells) *cells, size_t rows,
	struct NN(gradient) *gradient, size_t param, real factor, const real *d, size_t n)
{
	gradient->rows[param].squares = NAN; /* of a shared matrix: about to change */
	for (size_t r = 0; r < rows; r++, d += n)
		for (size_t c = cells->start[r]; c < cells->start[r + 1]; c++)
			k->add_scaled(NN(gradient_touch)(gradient, param, cells->col[c]),
				factor * cells->value[c], d, n);
}
