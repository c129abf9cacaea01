/* Orthonormal bases that grow block by block, and the blocks that extend them.  (Internal.)
 *
 * A basis is n rows by `count` columns and stored column after column, so that it grows at its
 * end; a block w is (n, 16), row-major, as products with sparse matrices have it.  Sums over
 * rows are made in parts of fixed size, which are then added up in their order: the same bits
 * come out for any number of threads.
 */
#ifndef WP_MATH_BASIS_H
#define WP_MATH_BASIS_H

#include "math/block_kernels.h"

struct wp_basis {
	size_t n, count, room;
	float *q; /* column j is q + j * n */
	const struct wp_block_kernels *kernels;
	int threads;
	size_t parts, part_rows; /* how rows are shared out                              */
	double *partial;         /* parts x room x 16: what each part contributes to a sum */
	float *scratch;          /* threads x max(room, WP_BASIS_ROWS) x 16              */
	double *converted;       /* threads x WP_BASIS_ROWS x 16                         */
};

/* Rows that are gone through at a time. */
enum { WP_BASIS_ROWS = 2048 };

/* An empty basis with room for so many columns, which take memory as they come. */
WP_MUST_CHECK enum wp_err wp_basis_init(
	struct wp_basis *basis, size_t n, size_t room, int threads);
void wp_basis_fini(struct wp_basis *basis);

/* c = q' w for the columns of the basis from `from` on; c is (count - from, 16). */
WP_MUST_CHECK enum wp_err wp_basis_project(
	struct wp_basis *basis, size_t from, const float *w, double *c);

/* w = w - q c for the same columns. */
WP_MUST_CHECK enum wp_err wp_basis_subtract(
	struct wp_basis *basis, size_t from, const double *c, float *w);

/* g = w' w, for a block with as many rows as the basis has. */
WP_MUST_CHECK enum wp_err wp_basis_gram(
	struct wp_basis *basis, const float *w, double g[WP_BLOCK * WP_BLOCK]);

/* w = w m, with m (16, 16). */
WP_MUST_CHECK enum wp_err wp_basis_transform(
	struct wp_basis *basis, float *w, const double m[WP_BLOCK * WP_BLOCK]);

/* Add the first `width` columns of w at the end of the basis, which has room for them. */
void wp_basis_append(struct wp_basis *basis, const float *w, size_t width);

/* The first `old` columns become the `count` columns of their product with s, an (old, count)
 * matrix, row-major; what stood behind them moves up. */
WP_MUST_CHECK enum wp_err wp_basis_rotate(
	struct wp_basis *basis, size_t old, size_t count, const float *s);

/* out = the first `old` columns times s, as above; out is (n, count), row-major. */
WP_MUST_CHECK enum wp_err wp_basis_combine(
	struct wp_basis *basis, size_t old, size_t count, const float *s, float *out);

#endif
