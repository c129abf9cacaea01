/* Numbers that a network predicts, and series that it goes on with. */
#ifndef WP_NN_REGRESSION_H
#define WP_NN_REGRESSION_H

#include "nn/tasks/errors.h"
#include "nn/tasks/model_input.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write `prediction` (f32; rows or sequences, outputs), in slices, and `lengths`, if it is of
 * rows, to writer, if that is not NULL, and compare it with the targets that the stream has: of
 * a model that predicts the next value, those of the series itself.  WP_EMISMATCH where the
 * model is not for numbers, or the targets are of another shape.  *errors always wants fini. */
WP_MUST_CHECK enum wp_err wp_nn_regress(const struct wp_nn_model_input *reading, int threads,
	struct wp_writer *writer, struct wp_nn_errors *errors);

/* Write `series` (f32; sequences x steps, inputs) and `lengths`: how the series go on, each
 * value being fed to the network as the next one.  WP_EMISMATCH where the model does not
 * predict the next value of a series, or goes both ways. */
WP_MUST_CHECK enum wp_err wp_nn_forecast(
	const struct wp_nn_model_input *reading, size_t steps, struct wp_writer *writer);

/* How good such forecasts are: the last `steps` values of each series are forecast from those
 * before them, and compared with what they are.  WP_EMISMATCH for a series that is not longer.
 * *errors always wants fini. */
WP_MUST_CHECK enum wp_err wp_nn_backtest(
	const struct wp_nn_model_input *reading, size_t steps, struct wp_nn_errors *errors);

#ifdef __cplusplus
}
#endif
#endif
