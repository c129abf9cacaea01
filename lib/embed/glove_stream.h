/* GloVe and tensor streams: its cells, its result, and the state to continue from. */
#ifndef WP_EMBED_GLOVE_STREAM_H
#define WP_EMBED_GLOVE_STREAM_H

#include "embed/glove.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read all of reader: `vocab`, whose length is that of the matrix, and then the matrix `cooc`.
 * Every record outside the matrix, the vocabulary too, goes to other(arg, ...).  dim: of the
 * vectors to train.  memory and directory: see wp_glove_cells_create.
 *
 * WP_EMISMATCH where there is no vocabulary or matrix, where the matrix is not square or has no
 * cells, and, naming it, for a cell that is not a positive number. */
WP_MUST_CHECK enum wp_err wp_glove_cells_read(struct wp_glove_cells **cells,
	struct wp_reader *reader, int dim, size_t memory, const char *directory,
	wp_record_fn *other, void *arg);

enum wp_glove_write {
	WP_GLOVE_MAIN,    /* main vectors, as `embedding`                       */
	WP_GLOVE_CONTEXT, /* context vectors, as `embedding`                    */
	WP_GLOVE_SUM,     /* the sum of both, as `embedding`                    */
	WP_GLOVE_BOTH     /* main vectors as `embedding`, context as `context`  */
};

/* Write the vectors (f32, V x D).  They are made where the table lies, so that but for
 * WP_GLOVE_BOTH no second one is needed: afterwards the model can only be freed. */
WP_MUST_CHECK enum wp_err wp_glove_put(
	struct wp_writer *writer, struct wp_glove *model, enum wp_glove_write what);

/* Write the table and the position as a checkpoint (stream/checkpoint.h); the caller finishes
 * the writer.  `settings` is a line that says how the model is trained. */
WP_MUST_CHECK enum wp_err wp_glove_save(
	const struct wp_glove *model, struct wp_writer *writer, const char *settings);

/* Continue from what wp_glove_save wrote; the reader is closed.  WP_EMISMATCH where settings or
 * cells are not the same: then the training would not be the one that was interrupted.
 * WP_ECORRUPT for values that no training can have.  Either leaves the model as it was. */
WP_MUST_CHECK enum wp_err wp_glove_load(
	struct wp_glove *model, struct wp_reader *reader, const char *settings);

#ifdef __cplusplus
}
#endif
#endif
