/* How far forecasts and other predicted numbers are from the truth, beside the naive forecast
 * (nn/train/naive.h), column by column: what reports print. */
#ifndef WP_NN_ERRORS_H
#define WP_NN_ERRORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "nn/core/scaling.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of a column. */
struct wp_nn_column_errors {
	uint64_t targets;         /* that are known: not NaN                              */
	double squares, absolute; /* sums of the errors'                                  */
	double naive_squares, naive_absolute; /* of the naive forecast's                  */
	double mean, deviations; /* of the targets: mean, sum of squared deviations from it */
};

struct wp_nn_errors {
	size_t columns;
	struct wp_nn_column_errors *column; /* (columns) */
	const char *naive;                  /* what the naive forecast is: "last value"  */
};

WP_MUST_CHECK enum wp_err wp_nn_errors_init(
	struct wp_nn_errors *errors, size_t columns, const char *naive);
void wp_nn_errors_fini(struct wp_nn_errors *errors);

/* A row of each, (columns).  A target that is NaN is not known. */
void wp_nn_errors_add(struct wp_nn_errors *errors, const float *predicted, const float *target,
	const float *naive);

/* Targets of all columns. */
uint64_t wp_nn_errors_targets(const struct wp_nn_errors *errors);

/* The root of the mean squared error relative to the naive forecast's: below 1 is better than
 * that.  Columns count by their scale, if scaling has some. */
double wp_nn_errors_relative(
	const struct wp_nn_errors *errors, const struct wp_nn_scaling *scaling);

/* NAME TAB VALUE: targets, mse, rmse, mae, naive, naive_rmse, naive_mae, relative_rmse,
 * relative_mae, r2; of several columns, then a line for each, after a heading.  names may have
 * fewer. */
WP_MUST_CHECK enum wp_err wp_nn_errors_print(const struct wp_nn_errors *errors,
	const struct wp_nn_scaling *scaling, const struct wp_strings *names,
	struct wp_output *output);

#ifdef __cplusplus
}
#endif
#endif
