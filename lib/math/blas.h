/* Matrix products through CBLAS, and the one place that sets its threads.
 *
 * Matrices are row-major.  A shape (m, n) has rows of n elements; its leading dimension is the
 * distance between the beginnings of two rows, n or more.  Sizes and leading dimensions must
 * fit an int, as CBLAS's do; that is the caller's to see to (work in blocks).
 */
#ifndef WP_MATH_BLAS_H
#define WP_MATH_BLAS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Call this once, before the first product and before any thread starts: lets BLAS itself use
 * so many threads, 1 or more, and sees to it that it uses the kernels that fit this machine.
 * Code that runs its own threads (base/parallel.h) calls products from each of them and wants 1
 * here, so that the two are not multiplied.  Holds for the whole process. */
void wp_blas_start(int threads);

/* c = alpha a b + beta c, where a is (m, k), b is (k, n) and c is (m, n).  With beta 0, what
 * stood in c is not read.  The suffix tells which of a and b is stored transposed: in _nt, b is
 * stored as (n, k); in _tn, a is stored as (k, m). */
void wp_sgemm_nn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc);
void wp_sgemm_nt(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc);
void wp_sgemm_tn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
	const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* The same in double precision. */
void wp_dgemm_nn(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc);
void wp_dgemm_nt(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc);
void wp_dgemm_tn(size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
	const double *b, size_t ldb, double beta, double *c, size_t ldc);

#ifdef __cplusplus
}
#endif
#endif
