/* Sparse matrices: building, transposing, symmetry, and products against a dense one. */
#include "math/sparse.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "math/block_kernels.h"
#include "tap.h"

/* A random matrix of which a share is not 0, written out. */
static double *random_dense(size_t rows, size_t cols, double share, uint64_t seed)
{
	struct wp_rng rng;
	double *dense = calloc(rows * cols, sizeof *dense);
	wp_rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < rows * cols; i++)
		if (wp_rng_double(&rng) < share)
			dense[i] = (double)(wp_rng_float(&rng) - 0.5f);
	return dense;
}

static struct wp_sparse from_dense(const double *dense, size_t rows, size_t cols)
{
	struct wp_sparse a = {0};
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols && !err; j++) {
			int32_t col = (int32_t)j;
			if (dense[i * cols + j] != 0)
				err = wp_sparse_put(
					&a, (int32_t)i, 1, &col, &dense[i * cols + j]);
		}
	if (!err)
		err = wp_sparse_complete(&a, rows, cols);
	if (err)
		printf("# %s\n", wp_error_detail());
	return a;
}

static bool equal(const struct wp_sparse *a, const struct wp_sparse *b)
{
	bool same = a->rows == b->rows && a->cols == b->cols && a->panels == b->panels;
	for (size_t p = 0; p < a->panels && same; p++) {
		const struct wp_sparse_panel *x = &a->panel[p], *y = &b->panel[p];
		size_t cells = (size_t)x->start[a->rows];
		same = memcmp(x->start, y->start, (a->rows + 1) * sizeof *x->start) == 0 &&
			memcmp(x->col, y->col, cells * sizeof *x->col) == 0 &&
			memcmp(x->value, y->value, cells * sizeof *x->value) == 0;
	}
	return same;
}

/* The largest difference of y from the product of the dense matrix. */
static double product_error(
	const double *dense, size_t rows, size_t cols, const float *x, const float *y)
{
	double most = 0;
	for (size_t i = 0; i < rows; i++)
		for (size_t w = 0; w < WP_SPARSE_WIDTH; w++) {
			double sum = 0;
			for (size_t j = 0; j < cols; j++)
				sum += dense[i * cols + j] * (double)x[j * WP_SPARSE_WIDTH + w];
			most = fmax(most, fabs(sum - (double)y[i * WP_SPARSE_WIDTH + w]));
		}
	return most;
}

static float *random_block(size_t rows)
{
	struct wp_rng rng;
	float *x;
	wp_rng_seed(&rng, 5, 0);
	if (wp_table_alloc(&x, (rows + 1) * WP_SPARSE_WIDTH * sizeof *x, "test"))
		return NULL;
	for (size_t i = 0; i < rows * WP_SPARSE_WIDTH; i++)
		x[i] = wp_rng_float(&rng) - 0.5f;
	return x;
}

static void test_products(size_t rows, size_t cols, double share)
{
	double *dense = random_dense(rows, cols, share, rows + cols);
	struct wp_sparse a = from_dense(dense, rows, cols);
	float *x = random_block(cols), *y = random_block(rows), *z = random_block(rows);
	size_t bytes = rows * WP_SPARSE_WIDTH * sizeof *y;
	ok(!wp_sparse_multiply(&a, 1, x, y) && product_error(dense, rows, cols, x, y) < 1e-5,
		"%zu by %zu: the product is that of the dense matrix", rows, cols);
	for (int threads = 2; threads <= 5; threads++)
		ok(!wp_sparse_multiply(&a, threads, x, z) && memcmp(y, z, bytes) == 0,
			"%zu by %zu: the same bits from %d threads", rows, cols, threads);
	for (int isa = WP_ISA_PLAIN; isa <= (int)wp_cpu_isa(); isa++) {
		memset(z, 0xff, bytes);
		wp_block_kernels((enum wp_isa)isa)->multiply(&a, 0, rows, x, z);
		ok(product_error(dense, rows, cols, x, z) < 1e-5, "%zu by %zu: %s", rows, cols,
			wp_isa_name((enum wp_isa)isa));
	}
	free(x);
	free(y);
	free(z);
	free(dense);
	wp_sparse_fini(&a);
}

/* c = q'w and w - q c, for more and fewer columns than a kernel keeps in registers. */
static void test_projections(void)
{
	enum { ROWS = 45, STRIDE = 50, MOST = 37, W = WP_SPARSE_WIDTH };
	float *q = random_block(MOST * STRIDE / W + 1), *w = random_block(ROWS);
	float *c = random_block(MOST), *rest = random_block(ROWS);
	for (int isa = WP_ISA_PLAIN; isa <= (int)wp_cpu_isa(); isa++) {
		const struct wp_block_kernels *kernels = wp_block_kernels((enum wp_isa)isa);
		double off = 0;
		for (size_t count = 0; count <= MOST; count++) {
			kernels->project(q, STRIDE, count, w, ROWS, c);
			memcpy(rest, w, ROWS * W * sizeof *w);
			kernels->subtract(q, STRIDE, count, c, rest, ROWS);
			for (size_t k = 0; k < W; k++) {
				double left[ROWS];
				for (size_t i = 0; i < ROWS; i++)
					left[i] = (double)w[i * W + k];
				for (size_t j = 0; j < count; j++) {
					double sum = 0;
					for (size_t i = 0; i < ROWS; i++)
						sum += (double)q[j * STRIDE + i] *
							(double)w[i * W + k];
					off = fmax(off, fabs(sum - (double)c[j * W + k]));
					for (size_t i = 0; i < ROWS; i++)
						left[i] -= sum * (double)q[j * STRIDE + i];
				}
				for (size_t i = 0; i < ROWS; i++)
					off = fmax(
						off, fabs(left[i] - (double)rest[i * W + k]));
			}
		}
		ok(off < 1e-5, "projections by %s: off by %.1e", wp_isa_name((enum wp_isa)isa),
			off);
	}
	free(q);
	free(w);
	free(c);
	free(rest);
}

static void test_transpose(size_t rows, size_t cols)
{
	double *dense = random_dense(rows, cols, 0.1, 3);
	double *turned = calloc(rows * cols, sizeof *turned);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			turned[j * rows + i] = dense[i * cols + j];
	struct wp_sparse a = from_dense(dense, rows, cols);
	struct wp_sparse want = from_dense(turned, cols, rows), t, back;
	ok(!wp_sparse_transpose(&t, &a) && equal(&t, &want), "%zu by %zu: transposed", rows,
		cols);
	ok(!wp_sparse_transpose(&back, &t) && equal(&back, &a), "%zu by %zu: and back again",
		rows, cols);
	wp_sparse_fini(&a);
	wp_sparse_fini(&t);
	wp_sparse_fini(&want);
	wp_sparse_fini(&back);
	free(dense);
	free(turned);
}

static bool symmetric(const double *dense, size_t rows, size_t cols)
{
	struct wp_sparse a = from_dense(dense, rows, cols);
	bool is = false;
	if (wp_sparse_is_symmetric(&a, &is))
		printf("# %s\n", wp_error_detail());
	wp_sparse_fini(&a);
	return is;
}

static void test_symmetry(void)
{
	enum { N = 60 };
	double *a = random_dense(N, N, 0.2, 9);
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < i; j++)
			a[i * N + j] = a[j * N + i];
	ok(symmetric(a, N, N), "a symmetric matrix is symmetric");
	/* Every way to break one pair. */
	int wrong = 0;
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++) {
			double was = a[i * N + j];
			if (i == j)
				continue;
			a[i * N + j] = was != 0 ? 0 : 1;
			wrong += symmetric(a, N, N);
			a[i * N + j] = was != 0 ? was * (1 + 1e-6) : 1e-30;
			wrong += symmetric(a, N, N);
			a[i * N + j] = was;
		}
	ok(wrong == 0, "one cell more, less or other, and it is not");
	ok(!symmetric(a, N - 1, N), "nor is one that is not square");
	memset(a, 0, N * N * sizeof *a);
	ok(symmetric(a, N, N), "an empty matrix is symmetric");
	free(a);
}

/* Symmetry where rows and columns cross panels: cells (i, j) far apart. */
static void test_panels(void)
{
	enum { N = 3 * (1 << 14) + 5 };
	static const int32_t at[] = {3, (1 << 14) - 1, 1 << 14, 2 * (1 << 14) + 7, N - 1};
	enum { COUNT = sizeof at / sizeof *at };
	for (int broken = 0; broken < 3; broken++) {
		struct wp_sparse a = {0};
		enum wp_err err = WP_OK;
		for (size_t i = 0; i < COUNT && !err; i++) {
			double value[COUNT];
			for (size_t j = 0; j < COUNT; j++)
				value[j] = (double)((i + 1) * (j + 1));
			value[0] += broken == 1 && i == 3;
			size_t skip = broken == 2 && i == 4;
			err = wp_sparse_put(&a, at[i], COUNT - skip, at + skip, value + skip);
		}
		bool is = false;
		if (!err)
			err = wp_sparse_complete(&a, N, N);
		if (!err)
			err = wp_sparse_is_symmetric(&a, &is);
		ok(!err && is == !broken, "panels: %s",
			broken ? "a broken pair is found" : "symmetric over all of them");
		ok(wp_sparse_cells(&a) == COUNT * COUNT - (broken == 2), "panels: all cells");
		float *x = random_block(N), *y = random_block(N);
		double most = 0;
		if (!err)
			err = wp_sparse_multiply(&a, 2, x, y);
		for (size_t i = 0; i < COUNT && !broken; i++)
			for (size_t w = 0; w < WP_SPARSE_WIDTH; w++) {
				double sum = 0;
				for (size_t j = 0; j < COUNT; j++)
					sum += (double)((i + 1) * (j + 1)) *
						(double)x[(size_t)at[j] * WP_SPARSE_WIDTH + w];
				size_t row = (size_t)at[i] * WP_SPARSE_WIDTH + w;
				most = fmax(most, fabs(sum - (double)y[row]));
			}
		ok(!err && most < 1e-5, "panels: the product");
		struct wp_sparse t;
		ok(!wp_sparse_transpose(&t, &a) && equal(&t, &a) == !broken,
			"panels: a transpose is the same where that is symmetric");
		wp_sparse_fini(&t);
		wp_sparse_fini(&a);
		free(x);
		free(y);
	}
}

static void test_refusals(void)
{
	const int32_t col[] = {2, 20000}, negative = -1;
	const double one[] = {1, 1};
	struct wp_sparse a = {0};
	ok(wp_sparse_put(&a, -1, 2, col, one) == WP_EINVAL, "a negative row is refused");
	ok(wp_sparse_put(&a, 0, 1, &negative, one) == WP_EINVAL, "and a negative column");
	ok(!wp_sparse_put(&a, 7, 2, col, one), "cells");
	ok(wp_sparse_complete(&a, 7, 20001) == WP_EINVAL, "a shape with too few rows");
	ok(wp_sparse_complete(&a, 8, 20000) == WP_EINVAL, "or too few columns");
	ok(!wp_sparse_complete(&a, 8, 20001), "one that fits");
	wp_sparse_fini(&a);
	a.limit = 1 << 20;
	ok(wp_sparse_put(&a, 1 << 30, 2, col, one) == WP_ELIMIT,
		"a row far down takes no memory beyond the limit");
	wp_sparse_fini(&a);
	a.limit = 1 << 20;
	ok(wp_sparse_put(&a, 0, 2, col, one) == WP_OK &&
			wp_sparse_complete(&a, 1 << 30, 1 << 30) == WP_ELIMIT,
		"nor does a shape that only claims to be large");
	wp_sparse_fini(&a);
	ok(!wp_sparse_complete(&a, 0, 0) && wp_sparse_cells(&a) == 0, "no rows, no columns");
	wp_sparse_fini(&a);
}

static void test_zeros(void)
{
	const int32_t col[] = {0, 1, 2, 3};
	const double value[] = {0, 1, 0, 2};
	struct wp_sparse a = {0};
	ok(!wp_sparse_put(&a, 0, 4, col, value) && !wp_sparse_put(&a, 2, 4, col, value) &&
			!wp_sparse_complete(&a, 3, 4) && wp_sparse_cells(&a) == 8,
		"zeros can be put");
	wp_sparse_drop_zeros(&a);
	ok(wp_sparse_cells(&a) == 4 && a.panel[0].start[1] == 2 && a.panel[0].start[2] == 2 &&
			a.panel[0].col[3] == 3 && a.panel[0].value[2] == 1,
		"and dropped");
	ok(wp_sparse_square_sum(&a) == 10, "the sum of the squares");
	wp_sparse_fini(&a);
}

/* Every allocation may fail. */
static void test_memory(void)
{
	double *dense = random_dense(20, 30, 0.3, 1);
	struct wp_sparse a = from_dense(dense, 20, 30), t;
	bool failed = false, is;
	for (long n = 1; n <= 5; n++) {
		wp_alloc_fail_at(n);
		failed = wp_sparse_transpose(&t, &a) == WP_ENOMEM;
		wp_alloc_fail_at(0);
		if (!failed)
			wp_sparse_fini(&t);
		ok(failed == (n <= 4), "transposing without memory at allocation %ld", n);
	}
	wp_sparse_fini(&a);
	a = from_dense(dense, 20, 20);
	wp_alloc_fail_at(1);
	ok(wp_sparse_is_symmetric(&a, &is) == WP_ENOMEM, "no memory to look for symmetry");
	wp_alloc_fail_at(0);
	wp_sparse_fini(&a);
	free(dense);
}

int main(void)
{
	test_products(1, 1, 1);
	test_products(37, 53, 0.5);
	test_products(100, 7, 0.05);
	test_products(3, 40000, 0.01);
	test_projections();
	test_transpose(37, 53);
	test_transpose(3, 40000);
	test_symmetry();
	test_panels();
	test_refusals();
	test_zeros();
	test_memory();
	return done_testing();
}
