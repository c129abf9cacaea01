/* word2vec models in tensor streams: their result, and the state to continue from. */
#ifndef WP_EMBED_W2V_STREAM_H
#define WP_EMBED_W2V_STREAM_H

#include "embed/embedding.h"
#include "embed/w2v.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write `embedding` (f32, V x D) and, with context, the output vectors as `context`.  The rows
 * are moved together where they lie, so that no second table is needed: afterwards the model
 * can only be freed. */
WP_MUST_CHECK enum wp_err wp_w2v_put(
	struct wp_writer *writer, struct wp_w2v *model, bool context);

/* Write the tables and the position as a checkpoint (stream/checkpoint.h); the caller finishes
 * the writer.  `settings` is a line that says how the model is trained. */
WP_MUST_CHECK enum wp_err wp_w2v_save(
	struct wp_w2v *model, struct wp_writer *writer, const char *settings);

/* Continue from what wp_w2v_save wrote; the reader is closed.  WP_EMISMATCH where settings or
 * text are not the same: then the training would not be the one that was interrupted.
 * WP_ECORRUPT for values that no training can have.  Either leaves the model as it was. */
WP_MUST_CHECK enum wp_err wp_w2v_load(
	struct wp_w2v *model, struct wp_reader *reader, const char *settings);

/* Begin with the vectors that `from` has for the words of the vocabulary; the other words keep
 * their random ones.  *found says for how many there was one.  WP_EMISMATCH for vectors of
 * another length. */
WP_MUST_CHECK enum wp_err wp_w2v_start_from(struct wp_w2v *model,
	const struct wp_strings *vocab, const struct wp_embedding *from, size_t *found);

#ifdef __cplusplus
}
#endif
#endif
