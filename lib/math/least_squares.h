/* Least squares over rows that come in blocks: the weights w (n, m) for which the sum of the
 * squares of x w - y is least, for x (rows, n) and y (rows, m).
 *
 * The rows are brought to a triangle by Householder's reflections, block by block (Golub & Van
 * Loan 2013, section 5.3; in blocks: "TSQR", Demmel et al. 2012), so that nothing is squared
 * and only (n + m)^2 numbers are kept; the triangle is solved by its singular values.  Where
 * columns depend on each other the weights are the smallest that do, as of LAPACK's dgelsd and
 * NumPy's lstsq.
 */
#ifndef WP_MATH_LEAST_SQUARES_H
#define WP_MATH_LEAST_SQUARES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_least_squares {
	size_t n, m;   /* columns of x and y                                       */
	uint64_t rows; /* so far                                                   */
	/* Internal. */
	size_t used, room; /* rows of `a`: the triangle so far, and what came since */
	double *a;         /* (room, n + m), column by column                       */
	double *tau;
};

/* WP_ELIMIT where n + m are more than 20,000. */
WP_MUST_CHECK enum wp_err wp_least_squares_init(struct wp_least_squares *s, size_t n, size_t m);
void wp_least_squares_fini(struct wp_least_squares *s);

/* A row: x (n), y (m). */
WP_MUST_CHECK enum wp_err wp_least_squares_add(
	struct wp_least_squares *s, const double *x, const double *y);

/* w (n, m), row by row; *rank, if it is not NULL: of x.  Once.  WP_EDIVERGED for numbers that
 * are not finite. */
WP_MUST_CHECK enum wp_err wp_least_squares_solve(
	struct wp_least_squares *s, double *w, size_t *rank);

#ifdef __cplusplus
}
#endif
#endif
