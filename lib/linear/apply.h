/* A linear model applied to all rows of a stream. */
#ifndef WP_LINEAR_APPLY_H
#define WP_LINEAR_APPLY_H

#include "linear/model.h"
#include "text/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_linear_detail {
	WP_LINEAR_LABELS,
	WP_LINEAR_SCORES,       /* each label and what the model gives for it, highest first */
	WP_LINEAR_PROBABILITIES /* the same with probabilities                               */
};

/* What was found; a zeroed one is nothing. */
struct wp_linear_labelled {
	struct wp_strings labels;   /* the model's, then those that only the rows have */
	struct wp_metrics *metrics; /* NULL where the rows have no labels              */
};

/* Write the label of each row, a line each, to output, if that is not NULL; with detail, each
 * label and its number, separated by tabs.  The caller frees *labelled, also on failure. */
WP_MUST_CHECK enum wp_err wp_linear_label(const struct wp_linear_model *model,
	const struct wp_linear_rows *rows, enum wp_linear_detail detail,
	struct wp_output *output, struct wp_linear_labelled *labelled);
void wp_linear_labelled_fini(struct wp_linear_labelled *labelled);

/* Write the numbers predicted, `prediction` (f32, rows x outputs), to writer, if that is not
 * NULL; *mse is the mean squared error where rows have targets, else 0. */
WP_MUST_CHECK enum wp_err wp_linear_regress(const struct wp_linear_model *model,
	const struct wp_linear_rows *rows, struct wp_writer *writer, double *mse);

/* The rows targets, mse and rmse of a report, as rnn-predict(1) has them. */
WP_MUST_CHECK enum wp_err wp_linear_report_errors(
	const struct wp_linear_rows *rows, double mse, struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
