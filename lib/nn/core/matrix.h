/* Matrix products by `real`: math/blas.h in single or double precision.  Calls with an empty
 * matrix do nothing.  (Internal: with real.h.) */
#ifndef WP_NN_MATRIX_H
#define WP_NN_MATRIX_H

#include "math/blas.h"
#include "nn/core/real.h"

#ifdef WP_NN_F64
#define WP_NN_GEMM(form) wp_dgemm_##form
#else
#define WP_NN_GEMM(form) wp_sgemm_##form
#endif

/* c (m, n) = a (m, k) b (k, n) + beta c; of the factors, _nt has b stored as (n, k), _tn a as
 * (k, m). */
static inline void NN(gemm_nn)(size_t m, size_t n, size_t k, const real *a, size_t lda,
	const real *b, size_t ldb, real beta, real *c, size_t ldc)
{
	if (m && n)
		WP_NN_GEMM(nn)(m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

static inline void NN(gemm_nt)(size_t m, size_t n, size_t k, const real *a, size_t lda,
	const real *b, size_t ldb, real beta, real *c, size_t ldc)
{
	if (m && n)
		WP_NN_GEMM(nt)(m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

static inline void NN(gemm_tn)(size_t m, size_t n, size_t k, const real *a, size_t lda,
	const real *b, size_t ldb, real beta, real *c, size_t ldc)
{
	if (m && n)
		WP_NN_GEMM(tn)(m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

#undef WP_NN_GEMM

#endif
