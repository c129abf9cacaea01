/* The states of a network as data: a vector for each sentence, or all that goes on inside. */
#ifndef WP_NN_ENCODE_H
#define WP_NN_ENCODE_H

#include "nn/tasks/model_input.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write `encoding` (f32; sentences, H, or 2 H if bidirectional), in slices: the state of the
 * last layer after the last token, or its mean or maximum over all tokens; then `labels.vocab`
 * and `labels`, if the stream has them.  Each sentence is read by itself.  Zeros for a sentence
 * without tokens. */
WP_MUST_CHECK enum wp_err wp_nn_encode(const struct wp_nn_model_input *reading,
	enum wp_nn_pooling pooling, int threads, struct wp_writer *writer);

/* Write `vocab`, and, of the tokens that the network reads, `ids` and `lengths`; and for each
 * of them the states, cells and gates, in slices, under the names that rnn-predict(1) gives. To
 * a language model of a stream all sentences are one. */
WP_MUST_CHECK enum wp_err wp_nn_put_states(
	const struct wp_nn_model_input *reading, int threads, struct wp_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
