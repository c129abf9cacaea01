/* The states of a network as data: a vector for each sentence, or all that goes on inside. */
#ifndef WP_RNN_ENCODE_H
#define WP_RNN_ENCODE_H

#include "rnn/reading.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write `encoding` (f32; sentences, H, or 2 H if bidirectional), in slices: the state of the
 * last layer after the last token, or its mean or maximum over all tokens; then `labels.vocab`
 * and `labels`, if the stream has them.  Each sentence is read by itself.  Zeros for a sentence
 * without tokens. */
WP_MUST_CHECK enum wp_err wp_rnn_encode(const struct wp_rnn_reading *reading,
	enum wp_rnn_pooling pooling, int threads, struct wp_writer *writer);

/* Write `vocab`, and, of the tokens that the network reads, `ids` and `lengths`; and for each
 * of them the states, cells and gates, in slices, under the names that rnn-predict(1) gives. To
 * a language model of a stream all sentences are one. */
WP_MUST_CHECK enum wp_err wp_rnn_put_states(
	const struct wp_rnn_reading *reading, int threads, struct wp_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
