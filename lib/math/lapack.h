/* Dense decompositions by LAPACK, in double precision.
 *
 * Matrices are column-major here, as LAPACK has them: element (i, j) of an (m, n) matrix is
 * a[i + j * m].  WP_EINVAL for sizes beyond an int, WP_EDIVERGED where an iteration of LAPACK
 * does not converge, which it does for infinities and NaN at least.
 */
#ifndef WP_MATH_LAPACK_H
#define WP_MATH_LAPACK_H

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* a = z diag(w) z' for a symmetric a (n, n), of which the lower triangle is read: w ascending,
 * and z, whose columns are the eigenvectors, in the place of a. */
WP_MUST_CHECK enum wp_err wp_eigen_symmetric(size_t n, double *a, double *w);

/* a = u diag(s) v' for a (m, n), with r = min(m, n): s (r) descending, u (m, r), vt = v' (r,
 * n). What was in a is lost. */
WP_MUST_CHECK enum wp_err wp_svd_dense(
	size_t m, size_t n, double *a, double *s, double *u, double *vt);

/* a = q r for a (m, n), whose columns are `ld` apart: r takes the place of its upper triangle,
 * and what tells q that of the rest and of tau (min(m, n)). */
WP_MUST_CHECK enum wp_err wp_qr_dense(size_t m, size_t n, double *a, size_t ld, double *tau);

#ifdef __cplusplus
}
#endif
#endif
