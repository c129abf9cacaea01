#include "math/krylov.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/lapack.h"

enum { SQUARE = WP_BLOCK * WP_BLOCK };

/* A direction of a block that is shorter than this, against the longest product seen, is the
 * rounding of single precision. */
static const double noise = 2e-6;

static bool is_symmetric(const struct wp_krylov *k)
{
	return !k->at;
}

/* ---- Orthonormal blocks ---- */

/* w = Q r with orthonormal Q = w m, by the eigenvectors of g = w'w (SVQB: Stathopoulos & Wu
 * 2002).  At most `room` directions are kept, and none whose squared length is below least;
 * the other columns of m and rows of r are 0. */
static enum wp_err split(double g[SQUARE], size_t room, double least, double m[SQUARE],
	double r[SQUARE], size_t *kept)
{
	double square[WP_BLOCK];
	enum wp_err err = wp_eigen_symmetric(WP_BLOCK, g, square); /* ascending */
	if (err)
		return err;
	memset(m, 0, SQUARE * sizeof *m);
	memset(r, 0, SQUARE * sizeof *r);
	size_t j = 0;
	for (; j < room; j++) {
		size_t from = WP_BLOCK - 1 - j;
		if (!(square[from] > least))
			break;
		double length = sqrt(square[from]);
		for (size_t i = 0; i < WP_BLOCK; i++) {
			double v = g[from * WP_BLOCK + i];
			m[i * WP_BLOCK + j] = v / length;
			r[j * WP_BLOCK + i] = v * length;
		}
	}
	*kept = j;
	return WP_OK;
}

static void multiply_small(const double a[SQUARE], double b[SQUARE]) /* b = a b */
{
	double product[SQUARE] = {0};
	for (size_t i = 0; i < WP_BLOCK; i++)
		for (size_t l = 0; l < WP_BLOCK; l++)
			for (size_t j = 0; j < WP_BLOCK; j++)
				product[i * WP_BLOCK + j] +=
					a[i * WP_BLOCK + l] * b[l * WP_BLOCK + j];
	memcpy(b, product, sizeof product);
}

/* Columns first .. last - 1 of w become random: sums of uniform numbers are normal enough. */
static void randomise(struct wp_krylov *k, float *w, size_t n, size_t first, size_t last)
{
	float scale = 1 / sqrtf((float)n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = first; j < last; j++)
			w[i * WP_BLOCK + j] = (wp_rng_float(&k->rng) + wp_rng_float(&k->rng) +
						      wp_rng_float(&k->rng) - 1.5f) *
				2 * scale;
}

/* Make w, whose w'w is g, an orthonormal block that is orthogonal to the whole basis, and
 * append it.  Then w was w r, up to what it had in common with the basis.  Where w has fewer
 * directions than columns, random ones take their place, with zeros in r.  *width is 16, or
 * less where the basis then spans everything. */
static enum wp_err append_orthonormal(struct wp_krylov *k, struct wp_basis *basis, float *w,
	double g[SQUARE], double r[SQUARE], size_t *width)
{
	double m[SQUARE], factor[SQUARE];
	size_t room = basis->n - basis->count, kept, filled;
	room = room < WP_BLOCK ? room : WP_BLOCK;
	enum wp_err err = split(g, room, noise * noise * k->norm * k->norm, m, r, &kept);
	if (!err)
		err = wp_basis_transform(basis, w, m);
	if (err)
		return err;
	/* Lengths are 1 now, whatever they were: one projection leaves no more than rounding.
	 * Random columns were not projected before: they need two. */
	k->broken |= kept < room;
	randomise(k, w, basis->n, kept, room);
	for (int pass = kept < room ? 2 : 1; pass > 0 && room > 0 && !err; pass--) {
		err = wp_basis_project(basis, 0, w, k->all);
		if (!err)
			err = wp_basis_subtract(basis, 0, k->all, w);
		if (!err)
			err = wp_basis_gram(basis, w, g);
		if (!err)
			err = split(g, room, 0, m, factor, &filled);
		if (!err)
			err = wp_basis_transform(basis, w, m);
		if (!err)
			multiply_small(factor, r);
	}
	*width = room;
	if (!err)
		wp_basis_append(basis, w, room);
	return err;
}

/* ---- The small matrix ---- */

static enum wp_err grow_small(struct wp_krylov *k)
{
	size_t need = k->right.count > k->left.count ? k->right.count : k->left.count;
	need += WP_BLOCK;
	if (need <= k->small_room)
		return WP_OK;
	size_t room = need + need / 2, size;
	double *grown, *c, *all;
	if (!wp_mulsize(room, room, &size))
		return wp_fail(WP_ENOMEM, "Krylov space: %zu vectors are too many", need);
	enum wp_err err = wp_alloc(&grown, size, sizeof *grown, "Krylov space");
	if (err)
		return err;
	if ((err = wp_alloc(&c, room * WP_BLOCK, sizeof *c, "Krylov space")) ||
		(err = wp_alloc(&all, room * WP_BLOCK, sizeof *all, "Krylov space"))) {
		free(grown);
		free(c);
		return err;
	}
	for (size_t j = 0; j < k->small_room; j++)
		memcpy(grown + j * room, k->small + j * k->small_room,
			k->small_room * sizeof *grown);
	free(k->small);
	free(k->c);
	free(k->all);
	k->small = grown;
	k->c = c;
	k->all = all;
	k->small_room = room;
	return WP_OK;
}

static double *small_at(struct wp_krylov *k, size_t row, size_t col)
{
	return k->small + col * k->small_room + row;
}

/* ---- Steps ---- */

enum wp_err wp_krylov_init(struct wp_krylov *k, const struct wp_sparse *a,
	const struct wp_sparse *at, size_t room, uint64_t seed, int threads)
{
	*k = (struct wp_krylov){.a = a, .at = at, .threads = threads};
	size_t rows = a->rows, cols = a->cols, block = WP_BLOCK * sizeof *k->x;
	double g[SQUARE], r[SQUARE];
	wp_rng_seed(&k->rng, seed, 0);
	enum wp_err err;
	if ((err = wp_basis_init(&k->right, cols, room, threads)) ||
		(at && (err = wp_basis_init(&k->left, rows, room, threads))) ||
		(err = wp_table_alloc(&k->x, cols * block, "block")) ||
		(err = wp_table_alloc(&k->y, cols * block, "block")) ||
		(at && (err = wp_table_alloc(&k->z, rows * block, "block"))) ||
		(err = grow_small(k)))
		goto out;
	randomise(k, k->x, cols, 0, WP_BLOCK);
	err = wp_basis_gram(&k->right, k->x, g);
	if (!err)
		err = append_orthonormal(k, &k->right, k->x, g, r, &k->width);
	k->broken = false;
out:
	if (err)
		wp_krylov_fini(k);
	return err;
}

void wp_krylov_fini(struct wp_krylov *k)
{
	wp_basis_fini(&k->right);
	wp_basis_fini(&k->left);
	free(k->x);
	free(k->y);
	free(k->z);
	free(k->small);
	free(k->c);
	free(k->all);
	free(k->theta);
	free(k->residual);
	free(k->s);
	free(k->t);
	free(k->order);
	*k = (struct wp_krylov){0};
}

/* Extend a basis by a x: w becomes the new block of *width columns, so that
 *
 *	a x = (basis from column `from` on) c + w r
 *
 * up to rounding; x must be such that a x is orthogonal to the columns before. */
static enum wp_err extend(struct wp_krylov *k, const struct wp_sparse *a, const float *x,
	struct wp_basis *basis, size_t from, float *w, double *c, double r[SQUARE],
	size_t *width)
{
	double g[SQUARE];
	enum wp_err err = wp_sparse_multiply(a, k->threads, x, w);
	if (!err)
		err = wp_basis_project(basis, from, w, c);
	if (!err)
		err = wp_basis_subtract(basis, from, c, w);
	if (!err)
		err = wp_basis_gram(basis, w, g);
	for (size_t j = 0; j < WP_BLOCK && !err; j++) {
		double square = g[j * WP_BLOCK + j];
		for (size_t i = 0; i < basis->count - from; i++)
			square += c[i * WP_BLOCK + j] * c[i * WP_BLOCK + j];
		if (!isfinite(square))
			err = wp_fail(WP_EDIVERGED,
				"singular values: the matrix is not finite, or too large");
		k->norm = fmax(k->norm, sqrt(square));
	}
	return err ? err : append_orthonormal(k, basis, w, g, r, width);
}

/* A Q = Q T + ..., one block further: A maps a block to itself and the blocks beside it. */
static enum wp_err step_symmetric(struct wp_krylov *k)
{
	struct wp_basis *q = &k->right;
	size_t first = k->done, width = k->width;
	size_t from = k->restarted ? 0 : first - k->last_width;
	enum wp_err err = extend(k, k->a, k->x, q, from, k->y, k->c, k->r, &k->width);
	if (err)
		return err;
	for (size_t i = from; i < first + width; i++)
		for (size_t j = 0; j < width; j++) {
			double c = k->c[(i - from) * WP_BLOCK + j];
			*small_at(k, i, first + j) = c;
			*small_at(k, first + j, i) = c;
		}
	k->last_width = width;
	return WP_OK;
}

/* A V = U B, then A'U = V B' + ..., one block further. */
static enum wp_err step_general(struct wp_krylov *k)
{
	struct wp_basis *u = &k->left, *v = &k->right;
	double r[SQUARE];
	size_t first = k->done, width = k->width, rows = u->count, last;
	size_t from = k->restarted ? 0 : rows - k->last_width;
	enum wp_err err = extend(k, k->a, k->x, u, from, k->z, k->c, r, &last);
	if (err)
		return err;
	for (size_t j = 0; j < width; j++) {
		for (size_t i = from; i < rows; i++)
			*small_at(k, i, first + j) = k->c[(i - from) * WP_BLOCK + j];
		for (size_t i = 0; i < last; i++)
			*small_at(k, rows + i, first + j) = r[i * WP_BLOCK + j];
	}
	k->last_width = last;
	return extend(k, k->at, k->z, v, first, k->y, k->c, k->r, &k->width);
}

enum wp_err wp_krylov_step(struct wp_krylov *k)
{
	size_t width = k->width;
	enum wp_err err = grow_small(k);
	k->broken = false;
	if (!err)
		err = is_symmetric(k) ? step_symmetric(k) : step_general(k);
	if (err)
		return err;
	float *swap = k->x;
	k->x = k->y;
	k->y = swap;
	k->done += width;
	k->restarted = false;
	return WP_OK;
}

/* ---- Ritz values ---- */

static enum wp_err prepare(struct wp_krylov *k, size_t rows, size_t cols)
{
	enum wp_err err;
	size_t count = rows < cols ? rows : cols;
	free(k->theta);
	free(k->residual);
	free(k->s);
	free(k->t);
	free(k->order);
	k->theta = k->residual = k->s = k->t = NULL;
	k->order = NULL;
	k->count = count;
	k->s_rows = rows;
	if ((err = wp_alloc(&k->theta, count, sizeof *k->theta, "Ritz values")) ||
		(err = wp_alloc(&k->residual, count, sizeof *k->residual, "Ritz values")) ||
		(err = wp_alloc(&k->order, count, sizeof *k->order, "Ritz values")))
		return err;
	return wp_alloc(&k->s, rows * count, sizeof *k->s, "Ritz vectors");
}

/* Eigenvalues come ascending.  The larger ones in size are taken from either end in turn. */
static enum wp_err solve_symmetric(struct wp_krylov *k)
{
	size_t n = k->done;
	double *w;
	enum wp_err err = wp_alloc(&w, n, sizeof *w, "Ritz values");
	if (err)
		return err;
	for (size_t j = 0; j < n; j++)
		memcpy(k->s + j * n, small_at(k, 0, j), n * sizeof *k->s);
	err = wp_eigen_symmetric(n, k->s, w);
	for (size_t i = 0, low = 0, high = n; i < n && !err; i++) {
		k->order[i] = fabs(w[high - 1]) >= fabs(w[low]) ? --high : low++;
		k->theta[i] = w[k->order[i]];
	}
	free(w);
	return err;
}

static enum wp_err solve_general(struct wp_krylov *k)
{
	size_t rows = k->left.count, cols = k->done;
	double *b;
	enum wp_err err = wp_alloc(&b, rows * cols, sizeof *b, "Ritz values");
	if (err)
		return err;
	err = wp_alloc(&k->t, k->count * cols, sizeof *k->t, "Ritz vectors");
	for (size_t j = 0; j < cols && !err; j++)
		memcpy(b + j * rows, small_at(k, 0, j), rows * sizeof *b);
	if (!err)
		err = wp_svd_dense(rows, cols, b, k->theta, k->s, k->t);
	for (size_t i = 0; i < k->count; i++)
		k->order[i] = i;
	free(b);
	return err;
}

enum wp_err wp_krylov_solve(struct wp_krylov *k)
{
	size_t rows = is_symmetric(k) ? k->done : k->left.count;
	enum wp_err err = prepare(k, rows, k->done);
	if (!err)
		err = is_symmetric(k) ? solve_symmetric(k) : solve_general(k);
	/* What A (or A') makes of a Ritz vector leaves the space by way of its last block. */
	for (size_t i = 0; i < k->count && !err; i++) {
		const double *last = k->s + k->order[i] * rows + rows - k->last_width;
		double square = 0;
		for (size_t a = 0; a < k->width; a++) {
			double sum = 0;
			for (size_t b = 0; b < k->last_width; b++)
				sum += k->r[a * WP_BLOCK + b] * last[b];
			square += sum * sum;
		}
		k->residual[i] = sqrt(square);
	}
	return err;
}

/* Element i of the coefficients of Ritz vector j, in the left and in the right basis. */
static double left_coefficient(const struct wp_krylov *k, size_t i, size_t j)
{
	return k->s[k->order[j] * k->s_rows + i];
}

static double right_coefficient(const struct wp_krylov *k, size_t i, size_t j)
{
	if (is_symmetric(k))
		return copysign(1, k->theta[j]) * left_coefficient(k, i, j);
	return k->t[i * k->count + j];
}

/* The first `count` coefficient vectors of one side, as the columns of a row-major matrix. */
static enum wp_err coefficients(const struct wp_krylov *k, size_t rows, size_t count,
	double (*element)(const struct wp_krylov *k, size_t i, size_t j), float **matrix)
{
	enum wp_err err = wp_alloc(matrix, rows * count, sizeof **matrix, "Ritz vectors");
	for (size_t i = 0; i < rows && !err; i++)
		for (size_t j = 0; j < count; j++)
			(*matrix)[i * count + j] = (float)element(k, i, j);
	return err;
}

enum wp_err wp_krylov_restart(struct wp_krylov *k, size_t keep)
{
	float *matrix;
	enum wp_err err = coefficients(k, k->s_rows, keep, left_coefficient, &matrix);
	if (err)
		return err;
	err = wp_basis_rotate(is_symmetric(k) ? &k->right : &k->left, k->s_rows, keep, matrix);
	free(matrix);
	if (!err && !is_symmetric(k)) {
		if ((err = coefficients(k, k->done, keep, right_coefficient, &matrix)))
			return err;
		err = wp_basis_rotate(&k->right, k->done, keep, matrix);
		free(matrix);
	}
	memset(k->small, 0, k->small_room * k->small_room * sizeof *k->small);
	for (size_t i = 0; i < keep; i++)
		*small_at(k, i, i) = k->theta[i];
	k->done = keep;
	k->restarted = true;
	return err;
}

enum wp_err wp_krylov_vectors(struct wp_krylov *k, size_t count, float *u, float *v)
{
	struct wp_basis *left = is_symmetric(k) ? &k->right : &k->left;
	float *matrix;
	enum wp_err err = WP_OK;
	if (u && !(err = coefficients(k, k->s_rows, count, left_coefficient, &matrix))) {
		err = wp_basis_combine(left, k->s_rows, count, matrix, u);
		free(matrix);
	}
	if (v && !err && !(err = coefficients(k, k->done, count, right_coefficient, &matrix))) {
		err = wp_basis_combine(&k->right, k->done, count, matrix, v);
		free(matrix);
	}
	return err;
}
