/* Numbers that a network predicts, and series that it goes on with. */
#ifndef WP_NN_REGRESSION_H
#define WP_NN_REGRESSION_H

#include "nn/tasks/model_input.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How far predictions are from the targets of the stream. */
struct wp_nn_errors {
	uint64_t targets; /* numbers compared; NaN is a number that nobody knows */
	double squares;   /* sum of the squared errors                           */
};

/* Write `prediction` (f32; rows or sequences, outputs), in slices, and `lengths`, if it is of
 * rows, to writer, if that is not NULL, and compare it with the targets that the stream has: of
 * a model that predicts the next value, those of the series itself.  WP_EMISMATCH where the
 * model is not for numbers, or the targets are of another shape. */
WP_MUST_CHECK enum wp_err wp_nn_regress(const struct wp_nn_model_input *reading, int threads,
	struct wp_writer *writer, struct wp_nn_errors *errors);

/* Write `series` (f32; sequences x steps, inputs) and `lengths`: how the series go on, each
 * value being fed to the network as the next one.  WP_EMISMATCH where the model does not
 * predict the next value of a series, or goes both ways. */
WP_MUST_CHECK enum wp_err wp_nn_forecast(
	const struct wp_nn_model_input *reading, size_t steps, struct wp_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
