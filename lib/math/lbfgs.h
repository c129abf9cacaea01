/* L-BFGS: the minimum of a smooth function of many variables (Nocedal 1980; Liu & Nocedal
 *1989), and OWL-QN, the same with a penalty l1 |x| (Andrew & Gao 2007).
 *
 *	wp_lbfgs_init(&m, &config, n);          m.x is all 0: set where to begin
 *	while (m.state == WP_LBFGS_RUNNING)
 *		err = wp_lbfgs_step(&m, function, arg);
 *	wp_lbfgs_fini(&m);
 *
 * The search along a direction ends where the strong Wolfe conditions hold (Nocedal & Wright
 * 2006, algorithms 3.5 and 3.6); with l1, where the value has fallen enough.  The same bytes
 * come out on every run.
 */
#ifndef WP_MATH_LBFGS_H
#define WP_MATH_LBFGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_lbfgs_config {
	int memory;          /* pairs of differences that are kept: 1 to 64             */
	double epsilon;      /* converged where |gradient| <= epsilon max(1, |x|); or   */
	double delta;        /* where in `period` steps the value fell by less than     */
	int period;          /* delta of it, at most 64; 0: never so                    */
	int max_evaluations; /* of the function, in one step                            */
	double l1;           /* the factor of the sum of absolute values; 0: plain L-BFGS */
};

enum wp_lbfgs_state {
	WP_LBFGS_RUNNING,
	WP_LBFGS_CONVERGED,
	WP_LBFGS_STUCK /* no step lowers the value: as near as the arithmetic comes */
};

/* Everything between two steps; x, and `value` and `gradient` at it, are there to be read. What
 * wp_lbfgs_history says can be saved, to continue later. */
struct wp_lbfgs {
	struct wp_lbfgs_config config;
	size_t n;
	enum wp_lbfgs_state state;
	double *x, *gradient; /* n each; the gradient is that of the smooth part          */
	double value;         /* with the penalty                                         */
	double norm;          /* of the gradient, or with l1 of the pseudo-gradient       */
	double step;          /* how far along the direction the last step went           */
	int iterations, evaluations; /* so far; evaluations counts those of the function  */
	/* Internal. */
	double *memory, *history; /* history: pairs of differences, n each, as a ring     */
	double *direction, *next, *next_gradient;
	double scale[64], values[64]; /* 1 / (s y); values of the last steps              */
	int pairs;                    /* so many steps have left a pair                   */
};

/* The value at x, and its gradient.  A value that is no number makes the step shorter. */
typedef enum wp_err wp_lbfgs_function(
	void *arg, const double *x, double *gradient, double *value);

/* memory 6, epsilon 1e-5, delta 1e-5 in 10 steps, 20 evaluations: as CRFsuite has them. */
struct wp_lbfgs_config wp_lbfgs_default(void);

/* Takes (2 memory + 5) n doubles.  On failure nothing needs fini. */
WP_MUST_CHECK enum wp_err wp_lbfgs_init(
	struct wp_lbfgs *m, const struct wp_lbfgs_config *config, size_t n);
void wp_lbfgs_fini(struct wp_lbfgs *m);

/* One step, the first of which evaluates the function at the beginning, too.  A failure of
 * function ends it at once; WP_EDIVERGED where the first value is no number. */
WP_MUST_CHECK enum wp_err wp_lbfgs_step(
	struct wp_lbfgs *m, wp_lbfgs_function *function, void *arg);

#ifdef __cplusplus
}
#endif
#endif
