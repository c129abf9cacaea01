/* Singular values by Krylov spaces: against LAPACK on the dense matrix, against known ones, and
 * against each other. */
#include "math/svd.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "math/blas.h"
#include "math/lapack.h"
#include "tap.h"

static struct wp_sparse build(
	size_t rows, size_t cols, double (*cell)(size_t i, size_t j, void *arg), void *arg)
{
	struct wp_sparse a = {0};
	enum wp_err err = WP_OK;
	int32_t *col = malloc(cols * sizeof *col);
	double *value = malloc(cols * sizeof *value);
	for (size_t i = 0; i < rows && !err; i++) {
		size_t count = 0;
		for (size_t j = 0; j < cols; j++) {
			value[count] = cell(i, j, arg);
			col[count] = (int32_t)j;
			count += value[count] != 0;
		}
		err = wp_sparse_put(&a, (int32_t)i, count, col, value);
	}
	if (!err)
		err = wp_sparse_complete(&a, rows, cols);
	if (err)
		printf("# %s\n", wp_error_detail());
	free(col);
	free(value);
	return a;
}

/* Random cells, the same for (i, j) and (j, i), larger towards the top and the left as those of
 * frequent words are; one in eight is not 0. */
static double random_symmetric(size_t i, size_t j, void *arg)
{
	struct wp_rng rng;
	(void)arg;
	wp_rng_seed(&rng, i < j ? i : j, i < j ? j : i);
	wp_rng_next(&rng);
	if (wp_rng_below(&rng, 8) != 0)
		return 0;
	return (double)wp_rng_float(&rng) * 40 / (20 + sqrt((double)(i * j)));
}

static double random_general(size_t i, size_t j, void *arg)
{
	return random_symmetric(i, 3 * j + 1000, arg);
}

static double diagonal(size_t i, size_t j, void *arg)
{
	const double *value = arg;
	return i == j ? value[i] : 0;
}

/* The sum of seven products of vectors. */
static double low_rank(size_t i, size_t j, void *arg)
{
	double sum = 0;
	(void)arg;
	for (size_t r = 1; r <= 7; r++)
		sum += (double)(i % (10 + r)) * (double)(j % (20 - r));
	return sum;
}

static double nothing(size_t i, size_t j, void *arg)
{
	(void)i;
	(void)j;
	(void)arg;
	return 0;
}

static struct wp_svd_config settings(size_t k, enum wp_svd_method method)
{
	struct wp_svd_config config;
	wp_svd_default(&config);
	config.k = k;
	config.method = method;
	config.right = true;
	return config;
}

static bool compute(
	struct wp_svd *svd, const struct wp_sparse *a, const struct wp_svd_config *config)
{
	enum wp_err err = wp_svd_compute(svd, a, config, NULL, NULL);
	if (err)
		printf("# %s: %s\n", wp_strerror(err), wp_error_detail());
	return !err;
}

/* The largest relative difference of the singular values. */
static double off(const struct wp_svd *svd, const struct wp_svd *exact)
{
	double most = 0;
	for (size_t i = 0; i < svd->k; i++)
		most = fmax(most, fabs(svd->sigma[i] / exact->sigma[i] - 1));
	return most;
}

/* How far the columns are from orthonormal. */
static double skew(const float *q, size_t n, size_t k)
{
	double most = 0;
	for (size_t a = 0; a < k; a++)
		for (size_t b = 0; b <= a; b++) {
			double sum = a == b ? -1 : 0;
			for (size_t i = 0; i < n; i++)
				sum += (double)q[i * k + a] * (double)q[i * k + b];
			most = fmax(most, fabs(sum));
		}
	return most;
}

/* |A v - sigma u| for the pair where it is largest, relative to the largest sigma. */
static double residual(const struct wp_svd *svd, const struct wp_sparse *a)
{
	double most = 0;
	for (size_t c = 0; c < svd->k; c++) {
		double square = 0;
		for (size_t i = 0; i < a->rows; i++) {
			double sum = -svd->sigma[c] * (double)svd->u[i * svd->k + c];
			for (size_t p = 0; p < a->panels; p++)
				for (uint64_t k = a->panel[p].start[i];
					k < a->panel[p].start[i + 1]; k++) {
					size_t j = p * WP_SPARSE_PANEL + a->panel[p].col[k];
					sum += (double)a->panel[p].value[k] *
						(double)svd->v[j * svd->k + c];
				}
			square += sum * sum;
		}
		most = fmax(most, sqrt(square));
	}
	return most / svd->sigma[0];
}

static bool signs_are_fixed(const struct wp_svd *svd)
{
	for (size_t c = 0; c < svd->k; c++) {
		float most = 0;
		for (size_t i = 0; i < svd->rows; i++)
			if (fabsf(svd->u[i * svd->k + c]) > fabsf(most))
				most = svd->u[i * svd->k + c];
		if (most < 0)
			return false;
	}
	return true;
}

static bool same(const struct wp_svd *a, const struct wp_svd *b)
{
	return memcmp(a->sigma, b->sigma, a->k * sizeof *a->sigma) == 0 &&
		memcmp(a->u, b->u, a->rows * a->k * sizeof *a->u) == 0 &&
		memcmp(a->v, b->v, a->cols * a->k * sizeof *a->v) == 0;
}

/* A Krylov space gives what LAPACK gives. */
static void test_against_exact(
	const char *what, size_t rows, size_t cols, size_t k, const struct wp_sparse *a)
{
	struct wp_svd_config config = settings(k, WP_SVD_EXACT);
	struct wp_svd exact, svd, other;
	bool good;
	if (!ok(compute(&exact, a, &config), "%s: exact", what))
		return;
	ok(exact.rows == rows && exact.cols == cols && exact.exact && exact.converged &&
			exact.symmetric == (what[0] == 's'),
		"%s: a %zu by %zu matrix", what, rows, cols);
	ok(skew(exact.u, rows, k) < 1e-6 && skew(exact.v, cols, k) < 1e-6 &&
			residual(&exact, a) < 1e-6 && signs_are_fixed(&exact),
		"%s: exact vectors", what);
	config = settings(k, WP_SVD_KRYLOV);
	good = compute(&svd, a, &config);
	ok(good && svd.converged && !svd.exact, "%s: Krylov", what);
	ok(off(&svd, &exact) < 1e-4, "%s: singular values off by %.1e, %.1e expected", what,
		off(&svd, &exact), svd.error);
	ok(skew(svd.u, rows, k) < 1e-5 && skew(svd.v, cols, k) < 1e-5,
		"%s: orthonormal vectors, up to %.1e and %.1e", what, skew(svd.u, rows, k),
		skew(svd.v, cols, k));
	ok(residual(&svd, a) < 1e-2 && signs_are_fixed(&svd), "%s: residual %.1e", what,
		residual(&svd, a));
	ok(svd.square_sum == exact.square_sum, "%s: the same sum of squares", what);

	for (config.threads = 2; config.threads <= 3; config.threads++) {
		good = compute(&other, a, &config);
		ok(good && same(&svd, &other), "%s: the same bits from %d threads", what,
			config.threads);
		wp_svd_fini(&other);
	}
	config.threads = 1;
	config.seed = 2;
	good = compute(&other, a, &config);
	ok(good && !same(&svd, &other) && off(&other, &exact) < 1e-4,
		"%s: from another seed, other bits, the same result", what);
	wp_svd_fini(&other);
	config.tolerance = 1e-9;
	good = compute(&other, a, &config);
	ok(good && off(&other, &exact) < 3e-6, "%s: all the way: off by %.1e", what,
		off(&other, &exact));
	ok(residual(&other, a) < 1e-4, "%s: and a residual of %.1e", what, residual(&other, a));
	wp_svd_fini(&other);

	/* Memory for the smallest basis. */
	config = settings(k, WP_SVD_KRYLOV);
	config.memory = (size_t)wp_svd_least_memory(a, svd.symmetric, &config) + 1;
	good = compute(&other, a, &config);
	ok(good && other.converged && off(&other, &exact) < 1e-4,
		"%s: with restarts, %d steps and not %d: off by %.1e", what, other.iterations,
		svd.iterations, off(&other, &exact));
	ok(skew(other.u, rows, k) < 1e-5 && skew(other.v, cols, k) < 1e-5,
		"%s: orthonormal vectors, too", what);
	wp_svd_fini(&other);
	config.memory -= 2;
	ok(wp_svd_compute(&other, a, &config, NULL, NULL) == WP_ELIMIT &&
			strstr(wp_error_detail(), "MiB"),
		"%s: too little memory: %s", what, wp_error_detail());
	wp_svd_fini(&svd);
	wp_svd_fini(&exact);
}

/* Not even far beyond what is needed. */
static void test_iterations(const struct wp_sparse *a)
{
	struct wp_svd_config config = settings(20, WP_SVD_EXACT);
	struct wp_svd exact, svd;
	double last = INFINITY;
	bool worse = false, warned = true;
	if (!compute(&exact, a, &config))
		return;
	config = settings(20, WP_SVD_KRYLOV);
	config.tolerance = 1e-9;
	for (config.iterations = 1; config.iterations <= 60; config.iterations++) {
		if (!compute(&svd, a, &config))
			break;
		double error = off(&svd, &exact);
		worse |= error > last + 1e-6;
		warned &= svd.converged || svd.iterations == config.iterations ||
			svd.iterations <= 2;
		last = error;
		wp_svd_fini(&svd);
	}
	ok(!worse && config.iterations == 61, "more iterations never make it worse (%.1e)",
		last);
	ok(warned, "what stops for their number says so");
	wp_svd_fini(&exact);
}

static void test_special(void)
{
	enum { N = 400 };
	static double value[N];
	struct wp_svd_config config = settings(20, WP_SVD_KRYLOV);
	struct wp_svd svd;
	bool good;

	for (size_t i = 0; i < N; i++)
		value[i] = 1;
	struct wp_sparse a = build(N, N, diagonal, value);
	good = compute(&svd, &a, &config);
	ok(good && fabs(svd.sigma[0] - 1) < 1e-6 && fabs(svd.sigma[19] - 1) < 1e-6 &&
			skew(svd.u, N, 20) < 1e-5,
		"the identity");
	wp_svd_fini(&svd);
	wp_sparse_fini(&a);

	for (size_t i = 0; i < 40; i++)
		value[i * 10] = i % 2 ? 2 : -2;
	a = build(N, N, diagonal, value);
	config.k = 45;
	good = compute(&svd, &a, &config);
	ok(good && fabs(svd.sigma[39] - 2) < 1e-5 && fabs(svd.sigma[40] - 1) < 1e-5 &&
			residual(&svd, &a) < 1e-4,
		"a singular value that comes more often than a block has columns");
	wp_svd_fini(&svd);
	wp_sparse_fini(&a);

	for (size_t i = 0; i < N; i++)
		value[i] = pow(10, -(double)i / 20);
	a = build(N, N + 1, diagonal, value);
	config.k = 80;
	double most = 0;
	good = compute(&svd, &a, &config);
	for (size_t i = 0; i < 80 && good; i++)
		most = fmax(most, fabs(svd.sigma[i] / value[i] - 1));
	ok(good && !svd.symmetric && most < 1e-3,
		"singular values over four powers of ten: off by %.1e", most);
	wp_svd_fini(&svd);
	wp_sparse_fini(&a);

	config.k = 20;
	a = build(N, N, low_rank, NULL);
	good = compute(&svd, &a, &config);
	ok(good && svd.sigma[6] > 1 && svd.sigma[7] < 1e-6 * svd.sigma[0] &&
			skew(svd.u, N, 20) < 1e-5 && skew(svd.v, N, 20) < 1e-5,
		"rank 7: %g, then %g of %g", svd.sigma[6], svd.sigma[7], svd.sigma[0]);
	double square = 0;
	for (size_t i = 0; i < 7 && good; i++)
		square += svd.sigma[i] * svd.sigma[i];
	ok(fabs(square / svd.square_sum - 1) < 1e-5, "which hold all of the matrix");
	wp_svd_fini(&svd);
	wp_sparse_fini(&a);

	a = build(N, N, nothing, NULL);
	good = compute(&svd, &a, &config);
	ok(good && svd.sigma[0] == 0 && svd.sigma[19] == 0 && svd.square_sum == 0 &&
			skew(svd.u, N, 20) < 1e-5,
		"a matrix of zeros");
	wp_svd_fini(&svd);
	wp_sparse_fini(&a);
}

static double gaps(size_t i, size_t j, void *arg)
{
	return i % 5 == 2 || j % 7 == 3 ? 0 : random_symmetric(i, j, arg);
}

/* Rows and columns without cells have no part in any vector, rounding included. */
static void test_unused(void)
{
	enum { ROWS = 120, COLS = 90, K = 6 };
	struct wp_sparse a = build(ROWS, COLS, gaps, NULL);
	for (int method = WP_SVD_KRYLOV; method <= WP_SVD_EXACT; method++) {
		struct wp_svd_config config = settings(K, (enum wp_svd_method)method);
		struct wp_svd svd;
		bool wrong = !compute(&svd, &a, &config);
		for (size_t i = 0; i < ROWS * K && !wrong; i++)
			wrong = (svd.u[i] == 0) != (i / K % 5 == 2);
		for (size_t i = 0; i < COLS * K && !wrong; i++)
			wrong = (svd.v[i] == 0) != (i / K % 7 == 3);
		ok(!wrong, "rows and columns without cells are zeros, method %d", method);
		wp_svd_fini(&svd);
	}
	wp_sparse_fini(&a);
}

/* Small shapes of all kinds, with all singular values that they have. */
static void test_shapes(void)
{
	static const size_t shapes[][2] = {{1, 1}, {1, 9}, {9, 1}, {5, 5}, {16, 16}, {17, 40},
		{40, 17}, {33, 100}, {70, 70}};
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
		size_t rows = shapes[s][0], cols = shapes[s][1];
		struct wp_svd_config config = settings(rows < cols ? rows : cols, WP_SVD_EXACT);
		for (int kind = 0; kind < 2; kind++) {
			struct wp_sparse a =
				build(rows, cols, kind ? low_rank : random_symmetric, NULL);
			struct wp_svd exact = {0}, svd = {0};
			config.method = WP_SVD_EXACT;
			bool good = compute(&exact, &a, &config);
			config.method = WP_SVD_KRYLOV;
			good &= compute(&svd, &a, &config);
			double most = 0;
			for (size_t i = 0; i < config.k && good; i++)
				most = fmax(most, fabs(svd.sigma[i] - exact.sigma[i]));
			double scale = good ? fmax(exact.sigma[0], 1e-9) : 0;
			ok(good && most < 1e-5 * scale && skew(svd.u, rows, config.k) < 1e-4 &&
					skew(svd.v, cols, config.k) < 1e-4,
				"all of %zu by %zu, %s: off by %.1e", rows, cols,
				kind ? "low rank" : "random", most);
			wp_svd_fini(&exact);
			wp_svd_fini(&svd);
			wp_sparse_fini(&a);
		}
	}
}

static double not_finite(size_t i, size_t j, void *arg)
{
	return i == 7 && j == 5 ? *(double *)arg : low_rank(i, j, NULL);
}

static void test_refusals(const struct wp_sparse *a)
{
	struct wp_svd svd;
	struct wp_svd_config config = settings(5000, WP_SVD_AUTO);
	ok(wp_svd_compute(&svd, a, &config, NULL, NULL) == WP_EINVAL &&
			strstr(wp_error_detail(), "5000"),
		"more singular values than there are: %s", wp_error_detail());
	config = settings(0, WP_SVD_AUTO);
	ok(wp_svd_check(&config) == WP_EINVAL, "none");
	config = settings(1, WP_SVD_AUTO);
	config.tolerance = 0;
	ok(wp_svd_check(&config) == WP_EINVAL, "a tolerance of 0");
	config = settings(5, WP_SVD_EXACT);
	config.memory = 1000;
	ok(wp_svd_compute(&svd, a, &config, NULL, NULL) == WP_ELIMIT,
		"memory for the dense one");
	static double wrong[] = {NAN, INFINITY, 1e38};
	for (size_t i = 0; i < 2; i++) {
		struct wp_sparse b = build(50, 50, not_finite, &wrong[i]);
		for (int method = WP_SVD_AUTO; method <= WP_SVD_EXACT; method++) {
			config = settings(5, (enum wp_svd_method)method);
			ok(wp_svd_compute(&svd, &b, &config, NULL, NULL) == WP_EDIVERGED,
				"a cell of %g, method %d: %s", wrong[i], method,
				wp_error_detail());
		}
		wp_sparse_fini(&b);
	}
}

/* Every allocation may fail; with sanitizers, none leaks. */
static void test_memory(void)
{
	struct wp_sparse a = build(60, 90, random_general, NULL);
	for (int method = WP_SVD_KRYLOV; method <= WP_SVD_EXACT; method++) {
		struct wp_svd_config config = settings(3, (enum wp_svd_method)method);
		struct wp_svd svd;
		enum wp_err err = WP_ENOMEM;
		long n = 0;
		while (err == WP_ENOMEM && n < 10000) {
			wp_alloc_fail_at(++n);
			err = wp_svd_compute(&svd, &a, &config, NULL, NULL);
			wp_alloc_fail_at(0);
		}
		ok(!err && n > 5, "without memory at each of %ld allocations", n - 1);
		wp_svd_fini(&svd);
	}
	wp_sparse_fini(&a);
}

static void test_lapack(void)
{
	double a[] = {2, 1, 0, 1, 2, 0, 0, 0, -5}, w[3];
	ok(!wp_eigen_symmetric(3, a, w) && fabs(w[0] + 5) < 1e-12 && fabs(w[1] - 1) < 1e-12 &&
			fabs(w[2] - 3) < 1e-12 && fabs(fabs(a[2]) - 1) < 1e-12,
		"eigenvalues of a small matrix");
	double b[] = {3, 0, 0, 4, 0, 0}, s[2], u[4], vt[6]; /* (2, 3): rows 3 0 0 and 0 4 0 */
	ok(!wp_svd_dense(2, 3, b, s, u, vt) && fabs(s[0] - 4) < 1e-12 &&
			fabs(s[1] - 3) < 1e-12 && fabs(fabs(u[1]) - 1) < 1e-12 &&
			fabs(fabs(vt[2]) - 1) < 1e-12,
		"singular values of a small matrix");
	ok(!wp_eigen_symmetric(0, a, w) && !wp_svd_dense(0, 3, b, s, u, vt),
		"no matrix at all");
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	test_lapack();
	struct wp_sparse a = build(1100, 1100, random_symmetric, NULL);
	test_against_exact("symmetric", 1100, 1100, 40, &a);
	test_iterations(&a);
	wp_sparse_fini(&a);
	a = build(700, 1300, random_general, NULL);
	test_against_exact("wide", 700, 1300, 20, &a);
	test_refusals(&a);
	wp_sparse_fini(&a);
	a = build(1300, 500, random_general, NULL);
	test_against_exact("tall", 1300, 500, 20, &a);
	test_iterations(&a);
	wp_sparse_fini(&a);
	test_special();
	test_unused();
	test_shapes();
	test_memory();
	return done_testing();
}
