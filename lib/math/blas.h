/* Matrix products through CBLAS, and the one place that sets its threads.
 *
 * Matrices are row-major.  A shape (m, n) has rows of n elements; its leading dimension is the
 * distance between the beginnings of two rows, n or more.
 */
#ifndef WP_MATH_BLAS_H
#define WP_MATH_BLAS_H

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Call this once, before the first product and before any thread starts.  `callers` threads at
 * most will ask for products at the same time; BLAS itself runs none beside them.  Takes the
 * address space that OpenBLAS wants for each caller, 128 MiB, of which only what is used
 * becomes memory: WP_ENOMEM where there is not so much.  Sees to it that OpenBLAS uses the
 * kernels that fit this machine.  Holds for the whole process. */
WP_MUST_CHECK enum wp_err wp_blas_start(int callers);

/* "OpenBLAS 0.3.21, kernels Haswell", into text of size bytes; returns text. */
const char *wp_blas_describe(char *text, size_t size);

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
