/* A network one step at a time: for generating text, and for forecasts.
 *
 * One sequence or a few (a beam), batch by hand: the weights are laid out once for products of a
 * matrix by a vector, which is what this costs.  One-directional networks only.
 */
#ifndef WP_RNN_STEP_H
#define WP_RNN_STEP_H

#include "rnn/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_rnn_stepper;

/* model is borrowed.  lanes: sequences that go on side by side; all begin with zero states. */
WP_MUST_CHECK enum wp_err wp_rnn_stepper_create(
	struct wp_rnn_stepper **stepper, const struct wp_rnn_model *model, int lanes);
void wp_rnn_stepper_free(struct wp_rnn_stepper *stepper);

/* Feed a token (or a vector of inputs) to a lane. */
void wp_rnn_step_token(struct wp_rnn_stepper *stepper, int lane, int32_t token);
void wp_rnn_step_values(struct wp_rnn_stepper *stepper, int lane, const float *values);

/* The outputs after it: unnormalised logits (lm), or numbers (regress): (outputs), borrowed until the
 * lane's next step. */
const float *wp_rnn_step_output(struct wp_rnn_stepper *stepper, int lane);

void wp_rnn_step_reset(struct wp_rnn_stepper *stepper, int lane);
void wp_rnn_step_copy(struct wp_rnn_stepper *stepper, int to, int from);

#ifdef __cplusplus
}
#endif
#endif
