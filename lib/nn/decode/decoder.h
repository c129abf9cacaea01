/* A network one step at a time: for generating text, and for forecasts.
 *
 * One sequence or a few (a beam), each in a hypothesis of its own: the weights are laid out
 * once for products of a vector by a matrix, which is what this costs.  For networks that go
 * one way and give an output at each step: lm, tag, and regress.  What comes out is what
 * net_predict (nn/net/net.h) gives, but for the last digits.
 */
#ifndef WP_NN_DECODER_H
#define WP_NN_DECODER_H

#include "nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_decoder;

/* model is borrowed.  hypotheses: sequences that go on side by side; all begin with zero
 * states. WP_EINVAL for a bidirectional network.  Belongs to one thread at a time. */
WP_MUST_CHECK enum wp_err wp_nn_decoder_create(
	struct wp_nn_decoder **decoder, const struct wp_nn_model *model, int hypotheses);
void wp_nn_decoder_free(struct wp_nn_decoder *decoder); /* may be NULL */

/* Feed a token, below config.inputs, or a vector (config.inputs) to a hypothesis. */
void wp_nn_decoder_token(struct wp_nn_decoder *decoder, int hypothesis, int32_t token);
void wp_nn_decoder_values(struct wp_nn_decoder *decoder, int hypothesis, const float *values);

/* The outputs (config.outputs) after that: logits, whose softmax are the probabilities, or
 * numbers (regress); borrowed until the hypothesis's next step.  Made when asked for: a step
 * whose outputs nobody wants costs less. */
const float *wp_nn_decoder_output(struct wp_nn_decoder *decoder, int hypothesis);

/* Back to zero states; a copy of another hypothesis's. */
void wp_nn_decoder_reset(struct wp_nn_decoder *decoder, int hypothesis);
void wp_nn_decoder_copy(struct wp_nn_decoder *decoder, int to, int from);

#ifdef __cplusplus
}
#endif
#endif
