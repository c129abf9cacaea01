/* Weights of counts, against their definitions on a dense matrix. */
#include "embed/weighting.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tap.h"

enum { ROWS = 7, COLS = 5 };

static const double counts[ROWS][COLS] = {
	{10, 0, 3, 1, 0},
	{0, 2, 0, 0, 7},
	{3, 0, 1, 5000, 0},
	{0, 0, 0, 0, 0}, /* a word that never comes with another */
	{1, 0, 0.25, 0.5, 1.0 / 3},
	{0, 7, 0, 0, 0},
	{2, 2, 2, 2, 0},
};

static struct wp_sparse build(const double (*cell)[COLS], bool zeros)
{
	static const int32_t all[COLS] = {0, 1, 2, 3, 4};
	struct wp_sparse a = {0};
	enum wp_err err = WP_OK;
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < COLS && !err; j++)
			if (zeros || cell[i][j] != 0)
				err = wp_sparse_put(&a, i, 1, &all[j], &cell[i][j]);
	if (!err)
		err = wp_sparse_complete(&a, ROWS, COLS);
	if (err)
		printf("# %s\n", wp_error_detail());
	return a;
}

static double expected(const struct wp_weighting *w, int i, int j)
{
	double row = 0, col = 0, all = 0, x = counts[i][j];
	if (w->kind == WP_WEIGHT_RAW)
		return x;
	if (w->kind == WP_WEIGHT_LOG)
		return log(1 + x);
	for (int k = 0; k < COLS; k++) {
		double sum = 0;
		for (int l = 0; l < ROWS; l++)
			sum += counts[l][k];
		all += pow(sum, w->smooth);
		col = k == j ? pow(sum, w->smooth) : col;
		row += counts[i][k];
	}
	return x > 0 ? fmax(0, log(x / row / (col / all)) - log(w->shift)) : 0;
}

static void test_kind(struct wp_weighting w, bool zeros, const char *what)
{
	struct wp_sparse a = build(counts, zeros);
	double got[ROWS][COLS] = {{0}}, most = 0;
	bool stored_zero = false;
	size_t cells = 0;
	if (!ok(!wp_weigh(&a, &w), "%s", what))
		return;
	for (int i = 0; i < ROWS; i++)
		for (uint64_t k = a.panel[0].start[i]; k < a.panel[0].start[i + 1]; k++) {
			got[i][a.panel[0].col[k]] = (double)a.panel[0].value[k];
			stored_zero |= a.panel[0].value[k] == 0;
		}
	for (int i = 0; i < ROWS; i++)
		for (int j = 0; j < COLS; j++) {
			most = fmax(most, fabs(got[i][j] - expected(&w, i, j)));
			cells += expected(&w, i, j) != 0;
		}
	ok(most < 1e-6 * (w.kind == WP_WEIGHT_RAW ? 5000 : 10), "%s: as defined (%.1e)", what,
		most);
	ok(!stored_zero && wp_sparse_cells(&a) == cells, "%s: no zeros stay", what);
	wp_sparse_fini(&a);
}

/* Weighing keeps a symmetric matrix symmetric to the bit, whatever the fractions. */
static void test_symmetry(void)
{
	enum { N = 300 };
	for (int kind = WP_WEIGHT_RAW; kind <= WP_WEIGHT_PPMI; kind++) {
		struct wp_sparse a = {0};
		struct wp_weighting w = {(enum wp_weighting_kind)kind, 1, 1};
		bool symmetric = false;
		enum wp_err err = WP_OK;
		for (int i = 0; i < N; i++)
			for (int32_t j = 0; j < N && !err; j++) {
				int low = i < j ? i : j, high = i < j ? j : i;
				double x = (low * 131 + high * 37) % 2521 / 2520.0;
				if ((low + high) % 3)
					err = wp_sparse_put(&a, i, 1, &j, &x);
			}
		if (!err)
			err = wp_sparse_complete(&a, N, N);
		if (!err)
			err = wp_weigh(&a, &w);
		if (!err)
			err = wp_sparse_is_symmetric(&a, &symmetric);
		ok(!err && symmetric, "weight %d leaves a symmetric matrix symmetric", kind);
		wp_sparse_fini(&a);
	}
}

static void test_refusals(void)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY, 1e39, -1};
	for (size_t b = 0; b < sizeof bad / sizeof *bad; b++)
		for (int kind = WP_WEIGHT_RAW; kind <= WP_WEIGHT_PPMI; kind++) {
			double cell[ROWS][COLS] = {{1, 2}, {3}};
			struct wp_weighting w = {(enum wp_weighting_kind)kind, 1, 1};
			cell[6][4] = bad[b];
			struct wp_sparse a = build((const double(*)[COLS])cell, false);
			enum wp_err err = wp_weigh(&a, &w);
			bool fine = bad[b] == -1 && kind == WP_WEIGHT_RAW;
			ok(fine ? !err
				: err == WP_EMISMATCH && strstr(wp_error_detail(), "word 6"),
				"weight %d of %g: %s", kind, bad[b],
				err ? wp_error_detail() : "taken");
			wp_sparse_fini(&a);
		}
	struct wp_weighting w;
	wp_weighting_default(&w);
	ok(!wp_weighting_check(&w), "the default is in range");
	w.shift = 0;
	ok(wp_weighting_check(&w) == WP_EINVAL, "a shift of 0 is not");
	w = (struct wp_weighting){WP_WEIGHT_PPMI, 1, -1};
	ok(wp_weighting_check(&w) == WP_EINVAL, "nor is a negative power");
}

static void test_memory(void)
{
	struct wp_weighting w;
	wp_weighting_default(&w);
	for (long n = 1; n <= 4; n++) {
		struct wp_sparse a = build(counts, false);
		wp_alloc_fail_at(n);
		enum wp_err err = wp_weigh(&a, &w);
		wp_alloc_fail_at(0);
		ok(err == (n <= 3 ? WP_ENOMEM : WP_OK), "without memory at allocation %ld", n);
		wp_sparse_fini(&a);
	}
}

int main(void)
{
	test_kind((struct wp_weighting){WP_WEIGHT_RAW, 1, 1}, false, "raw");
	test_kind((struct wp_weighting){WP_WEIGHT_LOG, 1, 1}, false, "log");
	test_kind((struct wp_weighting){WP_WEIGHT_PPMI, 1, 1}, false, "ppmi");
	test_kind((struct wp_weighting){WP_WEIGHT_PPMI, 1, 1}, true, "ppmi, zeros stored");
	test_kind((struct wp_weighting){WP_WEIGHT_PPMI, 3, 1}, false, "shifted ppmi");
	test_kind((struct wp_weighting){WP_WEIGHT_PPMI, 0.5, 0.75}, false, "smoothed ppmi");
	test_kind((struct wp_weighting){WP_WEIGHT_PPMI, 1, 0}, true, "ppmi, even contexts");
	test_symmetry();
	test_refusals();
	test_memory();
	return done_testing();
}
