/* Solvers of linear models: each minimises a penalty of the weights plus C times a loss, summed
 * over rows.  (Internal.)
 *
 * Weights are double and come zeroed, cols of them and one more, that of the constant feature
 * `bias`, which each row has in addition and which is penalised as others are; with bias 0 it
 * stays 0.
 */
#ifndef WP_LINEAR_SOLVE_H
#define WP_LINEAR_SOLVE_H

#include "base/random.h"
#include "linear/rows.h"
#include "linear/train.h"

/* Which rows count, and what for. */
struct wp_linear_part {
	const struct wp_linear_rows *rows;
	const uint32_t *which; /* n rows */
	size_t n;
};

struct wp_linear_solved {
	size_t iterations;
	double violation; /* of the conditions that hold in the optimum, at the end */
	bool converged;
};

/* Two classes: y[i] is 1 or -1, of row which[i].  Dual coordinate descent: a support vector
 * machine with hinge or squared hinge loss (Hsieh et al. 2008), logistic regression (Yu, Huang
 * & Lin 2011); squared weights are penalised. */
WP_MUST_CHECK enum wp_err wp_linear_dual(const struct wp_linear_part *part, const int8_t *y,
	const struct wp_linear_config *config, uint64_t lane, double *w,
	struct wp_linear_solved *solved);

/* Support vector machines of up to WP_LINEAR_TOGETHER classes, each against all others, at
 * once: the rows, which all have in common, are gone through once for all of them.  Class first
 * + j of class_ (n) has the weights w + j * (cols + 1). */
enum { WP_LINEAR_TOGETHER = 8 };
WP_MUST_CHECK enum wp_err wp_linear_dual_together(const struct wp_linear_part *part,
	const int32_t *class_, int32_t first, size_t classes,
	const struct wp_linear_config *config, double *w, struct wp_linear_solved *solved);

/* The same with the sum of absolute weights penalised, and squared hinge or logistic loss:
 * coordinate descent by Newton steps (Yuan et al. 2010). */
WP_MUST_CHECK enum wp_err wp_linear_lasso(const struct wp_linear_part *part, const int8_t *y,
	const struct wp_linear_config *config, uint64_t lane, double *w,
	struct wp_linear_solved *solved);

/* Several classes at once, multinomial logistic regression, squared weights penalised: Newton
 * steps by conjugate gradients.  class_ (n) is below `classes`; w is classes x (cols + 1). */
WP_MUST_CHECK enum wp_err wp_linear_softmax(const struct wp_linear_part *part,
	const int32_t *class_, size_t classes, const struct wp_linear_config *config, double *w,
	struct wp_linear_solved *solved);

/* Squared error of y (n), squared weights penalised; the constant is not.  Conjugate gradients.
 */
WP_MUST_CHECK enum wp_err wp_linear_ridge(const struct wp_linear_part *part, const double *y,
	const struct wp_linear_config *config, double *w, struct wp_linear_solved *solved);

/* Naive Bayes, multinomial or Bernoulli: w as of wp_linear_softmax, with log-probabilities.
 * WP_EMISMATCH where a value is negative. */
WP_MUST_CHECK enum wp_err wp_linear_bayes(const struct wp_linear_part *part,
	const int32_t *class_, size_t classes, const struct wp_linear_config *config,
	double *w);

/* The sum of value times weight over a row. */
static inline double wp_linear_dot(
	const struct wp_linear_rows *rows, size_t row, const double *w)
{
	double a = 0, b = 0;
	uint64_t k = rows->start[row], end = rows->start[row + 1];
	for (; k + 1 < end; k += 2) {
		a += rows->value[k] * w[rows->col[k]];
		b += rows->value[k + 1] * w[rows->col[k + 1]];
	}
	if (k < end)
		a += rows->value[k] * w[rows->col[k]];
	return a + b;
}

/* w += d times a row. */
static inline void wp_linear_axpy(
	const struct wp_linear_rows *rows, size_t row, double d, double *w)
{
	for (uint64_t k = rows->start[row]; k < rows->start[row + 1]; k++)
		w[rows->col[k]] += d * rows->value[k];
}

/* Put n numbers in a random order (Fisher & Yates). */
static inline void wp_linear_shuffle(struct wp_rng *rng, uint32_t *order, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = wp_rng_below(rng, (uint32_t)i);
		uint32_t other = order[j];
		order[j] = order[i - 1];
		order[i - 1] = other;
	}
}

#endif
