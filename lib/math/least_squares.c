#include "math/least_squares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/lapack.h"

enum { MOST_COLUMNS = 20000 };

enum wp_err wp_least_squares_init(struct wp_least_squares *s, size_t n, size_t m)
{
	const size_t columns = n + m;
	*s = (struct wp_least_squares){.n = n, .m = m};
	if (n > MOST_COLUMNS || m > MOST_COLUMNS || columns > MOST_COLUMNS)
		return wp_fail(WP_ELIMIT, "least squares: %zu columns are more than %d",
			columns, MOST_COLUMNS);
	/* A block of three times the triangle costs little more than one of all rows. */
	s->room = 4 * columns + 64;
	enum wp_err err = wp_alloc(&s->a, s->room * columns, sizeof *s->a, "least squares");
	if (!err)
		err = wp_alloc(&s->tau, columns, sizeof *s->tau, "least squares");
	if (err)
		wp_least_squares_fini(s);
	return err;
}

void wp_least_squares_fini(struct wp_least_squares *s)
{
	free(s->a);
	free(s->tau);
	*s = (struct wp_least_squares){0};
}

/* From the rows that there are to a triangle. */
static enum wp_err reduce(struct wp_least_squares *s)
{
	const size_t columns = s->n + s->m;
	enum wp_err err = wp_qr_dense(s->used, columns, s->a, s->room, s->tau);
	if (err)
		return err;
	if (s->used > columns)
		s->used = columns;
	for (size_t j = 0; j < columns; j++)
		for (size_t i = j + 1; i < s->used; i++)
			s->a[i + j * s->room] = 0;
	return WP_OK;
}

enum wp_err wp_least_squares_add(struct wp_least_squares *s, const double *x, const double *y)
{
	enum wp_err err = s->used == s->room ? reduce(s) : WP_OK;
	if (err)
		return err;
	for (size_t j = 0; j < s->n; j++)
		s->a[s->used + j * s->room] = x[j];
	for (size_t j = 0; j < s->m; j++)
		s->a[s->used + (s->n + j) * s->room] = y[j];
	s->used++;
	s->rows++;
	return WP_OK;
}

/* w = V diag(1 / s) U' q of the triangle U diag(s) V', without what is 0 but for rounding. */
enum wp_err wp_least_squares_solve(struct wp_least_squares *s, double *w, size_t *rank)
{
	const size_t n = s->n, m = s->m;
	double *r = NULL, *sigma = NULL, *u = NULL, *vt = NULL, *part = NULL;
	size_t kept = 0;
	enum wp_err err = reduce(s);
	if (!err)
		err = wp_alloc(&r, n * n, sizeof *r, "least squares");
	if (!err)
		err = wp_alloc(&u, n * n, sizeof *u, "least squares");
	if (!err)
		err = wp_alloc(&vt, n * n, sizeof *vt, "least squares");
	if (!err)
		err = wp_alloc(&sigma, n, 2 * sizeof *sigma, "least squares");
	if (err)
		goto out;
	part = sigma + n;
	for (size_t j = 0; j < n; j++)
		for (size_t i = 0; i < n && i <= j && i < s->used; i++)
			r[i + j * n] = s->a[i + j * s->room];
	err = wp_svd_dense(n, n, r, sigma, u, vt);
	/* What LAPACK takes for 0, as NumPy sets it. */
	double most = s->rows > n ? (double)s->rows : (double)n;
	double least = err || n == 0 ? 0 : sigma[0] * most * 0x1p-52;
	while (!err && kept < n && sigma[kept] > least)
		kept++;
	for (size_t k = 0; k < m && !err; k++) {
		const double *q = s->a + (n + k) * s->room;
		for (size_t i = 0; i < kept; i++) {
			part[i] = 0;
			for (size_t j = 0; j < n && j < s->used; j++)
				part[i] += u[j + i * n] * q[j];
			part[i] /= sigma[i];
		}
		for (size_t j = 0; j < n; j++) {
			double sum = 0;
			for (size_t i = 0; i < kept; i++)
				sum += vt[i + j * n] * part[i];
			w[j * m + k] = sum;
		}
	}
	if (!err && rank)
		*rank = kept;
out:
	free(r);
	free(u);
	free(vt);
	free(sigma);
	return err;
}
