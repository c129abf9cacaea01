/* A stream as data for a network: words (text/corpus.h), or series of real numbers, with the
 * targets of a task.
 *
 * Real sequences are the tensor `series` (f32, rows x inputs) with `lengths`, or all one
 * sequence where the stream has none; numbers to be predicted are `targets` (f32), a row for
 * each row of the sequences, or one for each sequence.  Labels and tags are as for words.
 * Sequences of either kind may have vectors, `encoding` (f32, sequences x D).
 *
 * Columns are those of the text; the column `caps`, where the text has none of this name, says
 * how its words are capitalised (text/capitals.h).
 */
#ifndef WP_NN_DATASET_H
#define WP_NN_DATASET_H

#include "nn/train/batches.h"
#include "text/corpus.h"
#include "text/tag_scheme.h"

#ifdef __cplusplus
extern "C" {
#endif

/* regress: what is predicted. */
enum wp_nn_target {
	WP_NN_EACH_STEP, /* `targets`, a row at each step                  */
	WP_NN_AT_END,    /* `targets`, a row for each sequence             */
	WP_NN_NEXT       /* the next row of `series`                       */
};
extern const char *const wp_nn_target_names[]; /* step, end, next; ended by NULL */

struct wp_nn_dataset {
	struct wp_corpus corpus;
	struct wp_nn_data data;
	size_t target_rows;   /* of `targets`  */
	size_t encoding_rows; /* of `encoding` */
	/* Internal. */
	struct wp_spool *values, *targets, *encodings;
	size_t value_rows;
	int32_t whole;      /* the length of all, where the stream has none */
	const char *matrix; /* of rows: the name of what they were read from, or NULL */
	struct wp_nn_cell_rows *cells; /* of rows                                       */
	int32_t *ones;                 /* their lengths                                 */
	int32_t *tags;                 /* converted */
	const int32_t **column;        /* of data   */
	int32_t **mapped;  /* (corpus.columns): the same, of another vocabulary, or NULL */
	int32_t *capitals; /* the column `caps`, if the stream has none */
	bool has_labels, has_tags; /* the stream has some that were not asked for */
};

/* Read all of reader for that task, and the columns of these names, if columns is not NULL;
 * joined streams are one.  For memory, directory, and other, see wp_corpus_read; other does not
 * get the records that the source understands, even where the task has no use for them.
 * WP_EMISMATCH where inputs, columns or targets of the task are missing or do not fit together.
 * On failure *source needs no fini. */
WP_MUST_CHECK enum wp_err wp_nn_dataset_read(struct wp_nn_dataset *source,
	struct wp_reader *reader, enum wp_nn_task task, enum wp_nn_target target,
	const struct wp_strings *columns, size_t memory, const char *directory,
	wp_record_fn *other, void *arg);

/* The same to use a model, not to train one: whatever there is, labels and tags (in corpus) and
 * targets included, which may all be missing; data.classes is NULL.  There may be no sequence
 * at all.  pairs: the sequences may have targets on their other side. */
WP_MUST_CHECK enum wp_err wp_nn_dataset_read_any(struct wp_nn_dataset *source,
	struct wp_reader *reader, bool pairs, const struct wp_strings *columns, size_t memory,
	const char *directory, wp_record_fn *other, void *arg);

/* Let column i have the numbers of another vocabulary, which is copied: of values that it
 * lacks, that of UNKNOWN_TOKEN, or -1.  Once for each column. */
WP_MUST_CHECK enum wp_err wp_nn_dataset_map_column(
	struct wp_nn_dataset *source, size_t i, const struct wp_strings *vocab);

/* Write the tags of chunks in another scheme; *from becomes the one that they were written in.
 * WP_EMISMATCH, naming the data, where they mark no chunks.  Once. */
WP_MUST_CHECK enum wp_err wp_nn_dataset_convert_tags(struct wp_nn_dataset *source,
	const char *name, enum wp_tag_scheme to, enum wp_tag_scheme *from);
void wp_nn_dataset_fini(struct wp_nn_dataset *source); /* takes a zeroed one */

/* The same of rows of numbers, each for itself: a matrix `onehot`, sparse or dense, or
 * `encoding`, `reconstruction`, `embedding` or `series`.  For what encodes rows, or decodes
 * them. */
WP_MUST_CHECK enum wp_err wp_nn_dataset_read_rows(struct wp_nn_dataset *source,
	struct wp_reader *reader, size_t memory, const char *directory, wp_record_fn *other,
	void *arg);

/* The labels or tags, or the targets' tokens, whichever the task has; empty where it has none.
 */
struct wp_strings *wp_nn_dataset_labels(struct wp_nn_dataset *source, enum wp_nn_task task);

/* Are there vectors for the sequences, of so many numbers (0: of any), as a network reads them?
 * WP_EMISMATCH, naming the data, where not.  Without any sequence there may be as many as there
 * are. */
WP_MUST_CHECK enum wp_err wp_nn_dataset_check_encodings(
	const struct wp_nn_dataset *source, const char *name, size_t width);

/* Set the targets of data to those of a task, of a source that was read for any.  WP_EMISMATCH,
 * where they are missing or do not fit; name says of what. */
WP_MUST_CHECK enum wp_err wp_nn_dataset_expect(struct wp_nn_dataset *source, const char *name,
	enum wp_nn_task task, enum wp_nn_target target);

#ifdef __cplusplus
}
#endif
#endif
