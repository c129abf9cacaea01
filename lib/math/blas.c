#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "math/blas.h"

#include <cblas.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cpu.h"

/* OpenBLAS picks its kernels by the model number of the processor when it is loaded.  On a
 * model newer than itself it falls back to those for a Prescott of 2004, three to ten times
 * slower than the machine allows.  Then let it choose again, among what our own test of
 * instruction sets says is there.  These entry points exist where it was built for several
 * processors (DYNAMIC_ARCH); elsewhere there is no choice to make. */
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static void choose_kernels(void)
{
	static const char variable[] = "OPENBLAS_CORETYPE";
	enum wp_isa isa = wp_cpu_isa();
	if (isa == WP_ISA_PLAIN || !gotoblas_dynamic_init || !gotoblas_dynamic_quit ||
		getenv(variable) || strcmp(openblas_get_corename(), "Prescott") != 0)
		return;
	if (setenv(variable, isa == WP_ISA_AVX512 ? "SkylakeX" : "Haswell", 1) != 0)
		return;
	gotoblas_dynamic_quit();
	gotoblas_dynamic_init();
	unsetenv(variable);
}

/* OpenBLAS keeps a buffer of BUFFER bytes of address space for each thread that multiplies, and
 * where it cannot get one it tries again, for ever.  So see that they can be had, and take
 * them: once it has given them back, it keeps them.  (Memory is taken only for what is
 * written.) */
enum { BUFFER = (128 << 20) + (1 << 16), MOST = 128 };

extern void *blas_memory_alloc(int) __attribute__((weak));
extern void blas_memory_free(void *) __attribute__((weak));

static bool can_be_had(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	munmap(p, bytes);
	return true;
}

static enum wp_err reserve(int callers)
{
	void *buffer[MOST];
	int n = callers < MOST ? callers : MOST;
	if (!blas_memory_alloc || !blas_memory_free)
		return WP_OK;
	/* The memory that the rest of the program needs comes on top. */
	if (!can_be_had((size_t)n * BUFFER + ((size_t)16 << 20)))
		return wp_fail(WP_ENOMEM,
			"matrix products: cannot get %zu MiB of address space for %d thread%s "
			"(fewer threads need less; see ulimit -v)",
			((size_t)n * BUFFER >> 20) + 16, n, n == 1 ? "" : "s");
	for (int i = 0; i < n; i++)
		buffer[i] = blas_memory_alloc(0);
	for (int i = 0; i < n; i++)
		blas_memory_free(buffer[i]);
	return WP_OK;
}

/* Where it was built for threads of its own, OpenBLAS starts them when it is loaded, and until
 * they have something to do they turn round and round, 30 ms of processor time each.  We
 * multiply on our threads; so end them. */
extern int blas_thread_shutdown_(void) __attribute__((weak));

const char *wp_blas_describe(char *text, size_t size)
{
	const char *config = openblas_get_config();
	size_t name = strcspn(config, " "), number = name + strspn(config + name, " ");
	number += strcspn(config + number, " ");
	choose_kernels();
	snprintf(text, size, "%.*s, kernels %s", (int)number, config, openblas_get_corename());
	return text;
}

enum wp_err wp_blas_start(int callers)
{
	enum wp_err err = reserve(callers);
	if (err)
		return err;
	choose_kernels();
	openblas_set_num_threads(1);
	if (blas_thread_shutdown_)
		blas_thread_shutdown_();
	return WP_OK;
}

/* A product c = alpha op(a) op(b) + beta c. */
struct product {
	bool trans_a, trans_b;
	size_t m, n, k;
	const char *a, *b;
	char *c;
	size_t lda, ldb, ldc;
	double alpha, beta;
	size_t unit; /* bytes of an element: float or double */
};

static bool rows_fit(size_t leading, size_t rows)
{
	return leading <= INT_MAX || rows <= 1; /* of one row it does not matter */
}

static int leading(size_t ld, size_t columns)
{
	return (int)(ld <= INT_MAX ? ld : columns);
}

static void call(const struct product *p)
{
	CBLAS_TRANSPOSE op_a = p->trans_a ? CblasTrans : CblasNoTrans;
	CBLAS_TRANSPOSE op_b = p->trans_b ? CblasTrans : CblasNoTrans;
	int m = (int)p->m, n = (int)p->n, k = (int)p->k;
	int lda = leading(p->lda, p->trans_a ? p->m : p->k);
	int ldb = leading(p->ldb, p->trans_b ? p->k : p->n), ldc = leading(p->ldc, p->n);
	if (p->unit == sizeof(float))
		cblas_sgemm(CblasRowMajor, op_a, op_b, m, n, k, (float)p->alpha,
			(const float *)(const void *)p->a, lda,
			(const float *)(const void *)p->b, ldb, (float)p->beta,
			(float *)(void *)p->c, ldc);
	else
		cblas_dgemm(CblasRowMajor, op_a, op_b, m, n, k, p->alpha,
			(const double *)(const void *)p->a, lda,
			(const double *)(const void *)p->b, ldb, p->beta,
			(double *)(void *)p->c, ldc);
}

/* CBLAS counts in int.  What does not fit is computed in halves: of the rows of c, of its
 * columns, or of the terms of its sums. */
static void multiply(const struct product *p)
{
	struct product first = *p, rest = *p;
	bool fit_m = p->m <= INT_MAX && rows_fit(p->ldc, p->m) &&
		(p->trans_a || rows_fit(p->lda, p->m));
	bool fit_n = p->n <= INT_MAX && (!p->trans_b || rows_fit(p->ldb, p->n));
	bool fit_k = p->k <= INT_MAX && (!p->trans_a || rows_fit(p->lda, p->k)) &&
		(p->trans_b || rows_fit(p->ldb, p->k));
	if (fit_m && fit_n && fit_k) {
		call(p);
		return;
	}
	if (!fit_m) {
		first.m = p->m / 2;
		rest.m = p->m - first.m;
		rest.a += first.m * (p->trans_a ? 1 : p->lda) * p->unit;
		rest.c += first.m * p->ldc * p->unit;
	} else if (!fit_n) {
		first.n = p->n / 2;
		rest.n = p->n - first.n;
		rest.b += first.n * (p->trans_b ? p->ldb : 1) * p->unit;
		rest.c += first.n * p->unit;
	} else {
		first.k = p->k / 2;
		rest.k = p->k - first.k;
		rest.a += first.k * (p->trans_a ? p->lda : 1) * p->unit;
		rest.b += first.k * (p->trans_b ? 1 : p->ldb) * p->unit;
		rest.beta = 1;
	}
	multiply(&first);
	multiply(&rest);
}

void wp_sgemm_nn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	multiply(&(struct product){false, false, m, n, k, (const char *)a, (const char *)b,
		(char *)c, lda, ldb, ldc, alpha, beta, sizeof *c});
}

void wp_sgemm_nt(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	multiply(&(struct product){false, true, m, n, k, (const char *)a, (const char *)b,
		(char *)c, lda, ldb, ldc, alpha, beta, sizeof *c});
}

void wp_sgemm_tn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	multiply(&(struct product){true, false, m, n, k, (const char *)a, (const char *)b,
		(char *)c, lda, ldb, ldc, alpha, beta, sizeof *c});
}

void wp_dgemm_nn(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	multiply(&(struct product){false, false, m, n, k, (const char *)a, (const char *)b,
		(char *)c, lda, ldb, ldc, alpha, beta, sizeof *c});
}

void wp_dgemm_nt(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	multiply(&(struct product){false, true, m, n, k, (const char *)a, (const char *)b,
		(char *)c, lda, ldb, ldc, alpha, beta, sizeof *c});
}

void wp_dgemm_tn(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	multiply(&(struct product){true, false, m, n, k, (const char *)a, (const char *)b,
		(char *)c, lda, ldb, ldc, alpha, beta, sizeof *c});
}
