/* The largest singular values of a sparse matrix, and their vectors.
 *
 * A = U diag(sigma) V', where U and V have orthonormal columns, cut after k columns.  Two ways:
 *
 * Block Krylov (Golub & Underwood 1977; Halko et al. 2011; Musco & Musco 2015): from a random
 * block of 16 vectors, the space that it spans together with its products by A; there the best
 * approximations are found (Rayleigh-Ritz).  For a symmetric matrix the space is that of A
 * itself, and sigma is the size of an eigenvalue; else it is that of A'A, by two-sided (Golub
 * and Kahan's) bidiagonalisation, so that A is not squared in rounding.  Every new block is
 * made orthogonal to all others, and to full precision: rounding does not spoil the basis, and
 * further steps can only improve the result.  A basis that outgrows its limit is cut down to
 * its best vectors, and continues from there (thick restart: Wu & Simon 2000).
 *
 * Exact: LAPACK on the matrix written out, in double precision.
 *
 * Same matrix, settings and instruction set: same bits, for any number of threads.
 */
#ifndef WP_MATH_SVD_H
#define WP_MATH_SVD_H

#include "math/sparse.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_svd_method {
	WP_SVD_AUTO, /* exact where that is cheap: up to about 1000 rows and columns */
	WP_SVD_KRYLOV,
	WP_SVD_EXACT
};

struct wp_svd_config {
	size_t k; /* singular values wanted */
	enum wp_svd_method method;
	int iterations; /* at most so many steps (but as many as k asks for); 0: no limit     */
	double tolerance; /* largest relative error to be expected in a singular value */
	size_t memory; /* bytes that the process may take, matrix and result included        */
	uint64_t seed;
	int threads;
	bool right; /* V is wanted, too */
};

/* k 100, automatic, tolerance 1e-4, 4 GiB, seed 1, one thread, U only. */
void wp_svd_default(struct wp_svd_config *config);

/* WP_EINVAL, saying which, where a setting is out of range. */
WP_MUST_CHECK enum wp_err wp_svd_check(const struct wp_svd_config *config);

/* The bytes that a Krylov space takes at least, as WP_ELIMIT says them: for a smaller `memory`
 * the method fails.  symmetric as wp_sparse_is_symmetric has it. */
double wp_svd_least_memory(
	const struct wp_sparse *a, bool symmetric, const struct wp_svd_config *config);

struct wp_svd {
	size_t k, rows, cols;
	double *sigma;     /* k, descending                                               */
	float *u;          /* (rows, k), row-major; the largest element of each column is
			    * positive                                                    */
	float *v;          /* (cols, k), or NULL where it was not asked for               */
	double square_sum; /* of all cells of A: the sum of all sigma squared             */
	bool symmetric, exact;
	bool converged; /* the error is within the tolerance; not so where the iterations
			 * are used up, or more of them do not help in so little memory */
	int iterations; /* steps made                                                  */
	double error;   /* relative error to be expected in a sigma                    */
};

/* How far a computation is; error is infinite as long as nothing can be said. */
struct wp_svd_progress {
	int iteration;
	size_t vectors; /* in the basis */
	double error;
};

/* Decompose a.  WP_EINVAL where k is larger than the smaller side of the matrix, WP_ELIMIT
 * where `memory` is too little, WP_EDIVERGED where the matrix holds infinities or NaN.  report,
 * which may be NULL, is called after each step, on the calling thread.  On failure *svd needs
 * no fini. */
WP_MUST_CHECK enum wp_err wp_svd_compute(struct wp_svd *svd, const struct wp_sparse *a,
	const struct wp_svd_config *config,
	void (*report)(const struct wp_svd_progress *progress, void *arg), void *arg);

void wp_svd_fini(struct wp_svd *svd);

#ifdef __cplusplus
}
#endif
#endif
