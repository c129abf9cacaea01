/* A network one step at a time: for generating text, and for forecasts.
 *
 * One sequence or a few (a beam), each in a lane of its own: the weights are laid out once for
 * products of a vector by a matrix, which is what this costs.  For networks that go one way and
 * give an output at each step: lm, tag, and regress.  What comes out is what net_predict
 * (rnn/net.h) gives, but for the last digits.
 */
#ifndef WP_RNN_STEP_H
#define WP_RNN_STEP_H

#include "rnn/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_rnn_stepper;

/* model is borrowed.  lanes: sequences that go on side by side; all begin with zero states.
 * WP_EINVAL for a bidirectional network.  Belongs to one thread at a time. */
WP_MUST_CHECK enum wp_err wp_rnn_stepper_create(
	struct wp_rnn_stepper **stepper, const struct wp_rnn_model *model, int lanes);
void wp_rnn_stepper_free(struct wp_rnn_stepper *stepper); /* takes NULL */

/* Feed a token, below config.inputs, or a vector (config.inputs) to a lane. */
void wp_rnn_step_token(struct wp_rnn_stepper *stepper, int lane, int32_t token);
void wp_rnn_step_values(struct wp_rnn_stepper *stepper, int lane, const float *values);

/* The outputs (config.outputs) after that: logits, whose soft-max are the probabilities, or
 * numbers (regress); borrowed until the lane's next step.  Made when asked for: a step whose
 * outputs nobody wants costs less. */
const float *wp_rnn_step_output(struct wp_rnn_stepper *stepper, int lane);

/* Back to zero states; a copy of another lane's. */
void wp_rnn_step_reset(struct wp_rnn_stepper *stepper, int lane);
void wp_rnn_step_copy(struct wp_rnn_stepper *stepper, int to, int from);

#ifdef __cplusplus
}
#endif
#endif
