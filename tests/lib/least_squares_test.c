/* Least squares in blocks, against normal equations, and where columns depend on each other. */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "math/blas.h"
#include "math/least_squares.h"
#include "tap.h"

enum { N = 5, M = 2, ROWS = 1000 };

static double x[ROWS][N], y[ROWS][M];

static void make(void)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 3, 0);
	for (int r = 0; r < ROWS; r++) {
		for (int j = 0; j < N; j++)
			x[r][j] = wp_rng_double(&rng) - 0.5;
		for (int k = 0; k < M; k++)
			y[r][k] = x[r][k] + 2 * x[r][4] + wp_rng_double(&rng);
	}
}

static void solve(size_t rows, double *w, size_t *rank)
{
	struct wp_least_squares s;
	enum wp_err err = wp_least_squares_init(&s, N, M);
	for (size_t r = 0; r < rows && !err; r++)
		err = wp_least_squares_add(&s, x[r], y[r]);
	if (!err)
		err = wp_least_squares_solve(&s, w, rank);
	ok(!err, "%zu rows", rows);
	wp_least_squares_fini(&s);
}

/* What is left is orthogonal to all columns. */
static double largest_product(size_t rows, const double *w)
{
	double most = 0;
	for (int j = 0; j < N; j++)
		for (int k = 0; k < M; k++) {
			double sum = 0;
			for (size_t r = 0; r < rows; r++) {
				double left = y[r][k];
				for (int i = 0; i < N; i++)
					left -= x[r][i] * w[i * M + k];
				sum += left * x[r][j];
			}
			most = fmax(most, fabs(sum));
		}
	return most;
}

int main(void)
{
	double w[N * M];
	size_t rank;
	if (wp_blas_start(1))
		return 1;
	make();
	solve(ROWS, w, &rank);
	ok(rank == N && largest_product(ROWS, w) < 1e-11, "the residual is orthogonal");
	solve(40, w, &rank);
	ok(rank == N && largest_product(40, w) < 1e-12, "also in one block");
	solve(3, w, &rank);
	ok(rank == 3 && largest_product(3, w) < 1e-13, "fewer rows than columns: they are met");
	for (int r = 0; r < ROWS; r++)
		x[r][1] = x[r][0];
	solve(ROWS, w, &rank);
	ok(rank == N - 1 && largest_product(ROWS, w) < 1e-10, "columns that are equal");
	ok(fabs(w[0] - w[M]) < 1e-10, "share their weight: the smallest solution");
	solve(0, w, &rank);
	ok(rank == 0 && fabs(w[0]) < 1e-300, "nothing: zeros");
	return done_testing();
}
