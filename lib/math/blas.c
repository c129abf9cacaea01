#include "math/blas.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>

void wp_blas_threads(int n)
{
	openblas_set_num_threads(n);
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
