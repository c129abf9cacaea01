/* Vocabularies and ids in tensor streams: `vocab`, `labels.vocab` or `tags.vocab`, `counts`,
 * and in slices `ids`, `tags`, `lengths` and `labels`. */
#ifndef WP_TEXT_VOCAB_STREAM_H
#define WP_TEXT_VOCAB_STREAM_H

#include "stream/reader.h"
#include "stream/writer.h"
#include "text/vocab_count.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write the vocabulary, and its labels or tags where the text has some; and how often each of
 * its n tokens stands in the text, before or after the text. */
WP_MUST_CHECK enum wp_err wp_vocab_put(struct wp_writer *writer,
	const struct wp_counted *counted, enum wp_annotation annotation);
WP_MUST_CHECK enum wp_err wp_counts_put(
	struct wp_writer *writer, const int64_t *counts, size_t n);

/* Write a batch; a wp_id_sink whose arg is the writer.  After the last batch come the slices
 * that end the tensors. */
WP_MUST_CHECK enum wp_err wp_id_batch_put(void *writer, const struct wp_id_batch *batch);
WP_MUST_CHECK enum wp_err wp_id_batch_put_end(
	struct wp_writer *writer, enum wp_annotation annotation);

/* Read the vocabulary of a stream, or a list (text/vocab_list.h), from input, which it closes.
 * A stream is read to its end; *counted has no counts, labels or tags where it has none.
 * WP_EMISMATCH where it has no vocabulary.  Every record that is not part of it goes to
 * other(arg, ...), unless that is NULL.  The caller frees *counted with wp_counted_fini. */
WP_MUST_CHECK enum wp_err wp_vocab_read(
	struct wp_counted *counted, struct wp_input *input, wp_record_fn *other, void *arg);

/* Add up what was counted apart, with params.max_types = 0: input, which it closes, is a stream
 * as `vocab` writes it, or several joined, or a list.  If the counter is to keep ids, it must
 * have ids; then it must be annotated just as the counter's text is. */
WP_MUST_CHECK enum wp_err wp_counter_merge(struct wp_counter *counter, struct wp_input *input);

#ifdef __cplusplus
}
#endif
#endif
