/* A network one step at a time: for generating text, and for forecasts.
 *
 * One sequence or a few (a beam), each in a hypothesis of its own, which has the states of all
 * nodes: the list of nodes is that of nn/net/net.h, and each type knows its step
 * (nn/core/step.h).  For networks all of whose types have one, which go one way and give an
 * output at each step.  What comes out is what net_predict gives, but for the last digits.
 */
#ifndef WP_NN_DECODER_H
#define WP_NN_DECODER_H

#include "nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A network with a context (wp_nn_graph.context) that has read as many steps reads the later
 * half of them again, as a sequence of its own, and continues: it knows from half to all of its
 * context.  Where there is attention and no such context, that is one of so many steps. */
enum { WP_NN_DECODER_CONTEXT = 1024 };

struct wp_nn_decoder;

/* model is borrowed.  hypotheses: sequences that continue side by side; all begin with zero
 * states. WP_EINVAL, naming the node, for a network that cannot go step by step.  Belongs to
 * one thread at a time. */
WP_MUST_CHECK enum wp_err wp_nn_decoder_create(
	struct wp_nn_decoder **decoder, const struct wp_nn_model *model, int hypotheses);
void wp_nn_decoder_free(struct wp_nn_decoder *decoder); /* may be NULL */

/* Feed a token, below config.inputs, or a vector (config.inputs), in its own units, to a
 * hypothesis. */
void wp_nn_decoder_token(struct wp_nn_decoder *decoder, int hypothesis, int32_t token);
void wp_nn_decoder_values(struct wp_nn_decoder *decoder, int hypothesis, const float *values);

/* The outputs (config.outputs) after that: logits, whose softmax are the probabilities, or
 * numbers (regress) in their own units; borrowed until the hypothesis's next step.  Made when
 * asked for: a step whose outputs nobody wants costs less. */
const float *wp_nn_decoder_output(struct wp_nn_decoder *decoder, int hypothesis);

/* Of a network that reads a vector for each sequence: begin a sequence with that vector
 * (config.encoding), in its own units; NULL: zeros, as the network sees them. */
void wp_nn_decoder_begin(struct wp_nn_decoder *decoder, int hypothesis, const float *encoding);

/* Back to zero states, and a vector of zeros; a copy of another hypothesis's. */
void wp_nn_decoder_reset(struct wp_nn_decoder *decoder, int hypothesis);
void wp_nn_decoder_copy(struct wp_nn_decoder *decoder, int to, int from);

#ifdef __cplusplus
}
#endif
#endif
