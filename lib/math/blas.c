#include "math/blas.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

void wp_blas_start(int threads)
{
	choose_kernels();
	openblas_set_num_threads(threads);
}

static int to_int(size_t size)
{
	assert(size <= INT_MAX);
	return (int)size;
}

static void sgemm(CBLAS_TRANSPOSE op_a, CBLAS_TRANSPOSE op_b, size_t m, size_t n, size_t k,
	float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta,
	float *c, size_t ldc)
{
	cblas_sgemm(CblasRowMajor, op_a, op_b, to_int(m), to_int(n), to_int(k), alpha, a,
		to_int(lda), b, to_int(ldb), beta, c, to_int(ldc));
}

void wp_sgemm_nn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	sgemm(CblasNoTrans, CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void wp_sgemm_nt(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	sgemm(CblasNoTrans, CblasTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void wp_sgemm_tn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	sgemm(CblasTrans, CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

static void dgemm(CBLAS_TRANSPOSE op_a, CBLAS_TRANSPOSE op_b, size_t m, size_t n, size_t k,
	double alpha, const double *a, size_t lda, const double *b, size_t ldb, double beta,
	double *c, size_t ldc)
{
	cblas_dgemm(CblasRowMajor, op_a, op_b, to_int(m), to_int(n), to_int(k), alpha, a,
		to_int(lda), b, to_int(ldb), beta, c, to_int(ldc));
}

void wp_dgemm_nn(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	dgemm(CblasNoTrans, CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void wp_dgemm_nt(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	dgemm(CblasNoTrans, CblasTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void wp_dgemm_tn(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	dgemm(CblasTrans, CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
