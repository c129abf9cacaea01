/* Linear models: weights, what they give for a row, and how they stand in a stream.
 *
 * Each output is bias + the sum over columns of weight times value.  A classifier of two
 * classes has one output, which is above 0 for the second label; one of more has an output for
 * each.
 *
 * In a stream: `labels.vocab`; the weights that are not 0 as the sparse matrix `linear`
 * (stream/cells.h), outputs by columns; `linear.bias` (f64, outputs); `linear.settings`.
 */
#ifndef WP_LINEAR_MODEL_H
#define WP_LINEAR_MODEL_H

#include <stdbool.h>

#include "linear/rows.h"
#include "stream/output.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_linear_method {
	WP_LINEAR_SVM,
	WP_LINEAR_REGRESSION,  /* logistic       */
	WP_LINEAR_MULTINOMIAL, /* naive Bayes   */
	WP_LINEAR_BERNOULLI,   /* naive Bayes   */
	WP_LINEAR_RIDGE
};

/* "svm" ... "ridge", ended by NULL: as --method and linear.settings have them. */
extern const char *const wp_linear_methods[];

struct wp_linear_model {
	enum wp_linear_method method;
	bool one_vs_rest; /* probabilities are those of each class against the others */
	bool converged;
	size_t cols, outputs;
	float *weight; /* cols x outputs, row-major: the outputs of a column side by side */
	double *bias;  /* outputs                                                        */
	struct wp_strings labels;          /* none: numbers are predicted                 */
	struct wp_strings vocab, settings; /* of the rows it was trained on, where known  */
	int32_t *ngram;                    /* onehot.ngram, cols x ngram_most; or NULL    */
	size_t ngram_most;
	double cost; /* C, for the settings                                               */
};

/* A zeroed model may be given. */
void wp_linear_model_fini(struct wp_linear_model *model);

/* Write it; the caller has passed on what its columns stand for. */
WP_MUST_CHECK enum wp_err wp_linear_model_put(
	const struct wp_linear_model *model, struct wp_writer *writer);

/* Read a stream to its end and close it.  WP_EMISMATCH where it has no linear model. */
WP_MUST_CHECK enum wp_err wp_linear_model_read(
	struct wp_linear_model *model, struct wp_reader *reader);

/* WP_EMISMATCH where rows are not of the kind that the model was trained on. */
WP_MUST_CHECK enum wp_err wp_linear_model_accepts(const struct wp_linear_model *model,
	const struct wp_linear_rows *rows, const char *name);

/* The outputs for a row. */
void wp_linear_outputs(const struct wp_linear_model *model, const struct wp_linear_rows *rows,
	size_t row, double *outputs);

/* The label with the highest output, the first of equals. */
int32_t wp_linear_best(const struct wp_linear_model *model, const double *outputs);

/* Can it give probabilities?  A support vector machine and ridge regression cannot. */
bool wp_linear_has_probabilities(const struct wp_linear_model *model);

/* Probabilities of all labels; p has room for labels.count. */
void wp_linear_probabilities(
	const struct wp_linear_model *model, const double *outputs, double *p);

/* Write the `most` strongest features of each class (or output), a row each: label, weight and
 * feature, separated by tabs; those with the highest weights first.  Of two classes the second
 * has the highest weights, the first the lowest ones, with their signs turned. */
WP_MUST_CHECK enum wp_err wp_linear_features(
	const struct wp_linear_model *model, size_t most, struct wp_output *output);

/* Write what a column stands for. */
WP_MUST_CHECK enum wp_err wp_linear_column_put(
	const struct wp_linear_model *model, size_t column, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
