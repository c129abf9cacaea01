/* Vocabularies and ids in tensor streams: `vocab`, `labels.vocab` or `tags.vocab`, `counts`,
 * and in slices `ids`, `tags`, `lengths` and `labels`; of the target of pairs, `target.vocab`,
 * `target.counts`, `target.ids` and `target.lengths`. */
#ifndef WP_TEXT_VOCAB_STREAM_H
#define WP_TEXT_VOCAB_STREAM_H

#include "stream/reader.h"
#include "stream/writer.h"
#include "text/pair.h"
#include "text/vocab_count.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write the vocabulary, and its labels or tags where the text has some; and how often each of
 * its n tokens stands in the text, before or after the text.  A side is one of a pair; a text
 * is WP_SOURCE. */
WP_MUST_CHECK enum wp_err wp_vocab_put(struct wp_writer *writer, enum wp_side side,
	const struct wp_counted *counted, enum wp_annotation annotation);
WP_MUST_CHECK enum wp_err wp_counts_put(
	struct wp_writer *writer, enum wp_side side, const int64_t *counts, size_t n);

/* Where a wp_id_sink writes. */
struct wp_id_put {
	struct wp_writer *writer;
	enum wp_side side;
	int64_t *counts; /* by id, to which what is written is added; or NULL */
};

/* Write a batch; a wp_id_sink whose arg is a struct wp_id_put.  After the last batch come the
 * slices that end the tensors. */
WP_MUST_CHECK enum wp_err wp_id_batch_put(void *put, const struct wp_id_batch *batch);
WP_MUST_CHECK enum wp_err wp_id_batch_put_end(
	const struct wp_id_put *put, enum wp_annotation annotation);

/* Read the vocabulary of a stream, or a list (text/vocab_list.h), from input, which it closes.
 * A stream is read to its end; *counted has no counts, labels, tags or targets where it has
 * none.  Pieces of words (pieces/pieces.h) are a vocabulary where there is no other.
 * WP_EMISMATCH where it has none.  Every record that is not part of it goes to
 * other(arg, ...), unless that is NULL.  The caller frees *counted with wp_counted_fini. */
WP_MUST_CHECK enum wp_err wp_vocab_read(
	struct wp_counted *counted, struct wp_input *input, wp_record_fn *other, void *arg);

/* Add up what was counted apart, with params.max_types = 0: input, which it closes, is a stream
 * as `vocab` writes it, or several joined, or a list.  If the counter is to keep ids, it must
 * have ids; then it must be annotated just as the counter's text is. */
WP_MUST_CHECK enum wp_err wp_counter_merge(struct wp_counter *counter, struct wp_input *input);

/* The same for the two sides of pairs, which may share a vocabulary, as those of the stream
 * may. */
WP_MUST_CHECK enum wp_err wp_counter_merge_pairs(
	struct wp_counter *const counters[WP_SIDES], struct wp_input *input);

#ifdef __cplusplus
}
#endif
#endif
