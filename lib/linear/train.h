/* Training of linear models: classifiers, and regression.
 *
 *	wp_linear_default(&config);  ...  wp_linear_check(&config);
 *	wp_linear_train(&model, &rows, &config);
 *
 * Objective, but for naive Bayes: penalty + C times the sum of the losses over all rows, where
 * the penalty is half the sum of the squared weights, or the sum of their absolute values. This
 * is LIBLINEAR's (Fan et al., LIBLINEAR: a library for large linear classification, 2008).
 */
#ifndef WP_LINEAR_TRAIN_H
#define WP_LINEAR_TRAIN_H

#include <stdbool.h>

#include "linear/model.h"
#include "linear/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_linear_loss { WP_LINEAR_HINGE, WP_LINEAR_SQUARED_HINGE, WP_LINEAR_LOGISTIC };
enum wp_linear_penalty { WP_LINEAR_L1, WP_LINEAR_L2 };

struct wp_linear_config {
	enum wp_linear_method method;
	enum wp_linear_loss loss; /* of a support vector machine                            */
	enum wp_linear_penalty penalty;
	bool one_vs_rest; /* logistic regression of several classes: one against the others */
	double cost;      /* C                                                              */
	double bias;      /* the value of a constant feature; 0: none                       */
	double alpha;     /* of naive Bayes: added to each count                            */
	double drop;      /* weights below this, made positive, are left out                */
	double tolerance;
	size_t iterations; /* at most                                                       */
	int threads;       /* for one against the others, each a class at a time            */
	size_t memory;     /* bytes that weights may take, in training                      */
	uint64_t seed;     /* of the order in which rows are taken                          */
};

/* A support vector machine with squared hinge loss, C = 1. */
void wp_linear_default(struct wp_linear_config *config);

/* WP_EINVAL, naming the options of linear-train(1), where settings contradict. */
WP_MUST_CHECK enum wp_err wp_linear_check(const struct wp_linear_config *config);

/* Train on all rows.  WP_EMISMATCH where there are none, no labels or targets as the method
 * needs them, one class only, or no cell at all; WP_ELIMIT
 * where weights of all columns do not fit the memory.  The caller frees *model. */
WP_MUST_CHECK enum wp_err wp_linear_train(struct wp_linear_model *model,
	const struct wp_linear_rows *rows, const struct wp_linear_config *config);

/* Cross-validation: each of `folds` parts of the rows, which have all classes alike, is judged
 * by a model of the others.  *score is the accuracy, or for ridge regression the root of the
 * mean squared error.  WP_EMISMATCH where there are fewer rows than folds. */
WP_MUST_CHECK enum wp_err wp_linear_validate(const struct wp_linear_rows *rows,
	const struct wp_linear_config *config, size_t folds, double *score);

#ifdef __cplusplus
}
#endif
#endif
