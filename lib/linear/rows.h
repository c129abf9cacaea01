/* What linear models learn from and are applied to: rows of numbers, each with a label, or with
 * numbers to predict.
 *
 * Rows come from a stream: the sparse or dense matrix `onehot`, or another dense one of a row
 * for each sentence, such as `encoding`.  They are held as compressed sparse rows.
 */
#ifndef WP_LINEAR_ROWS_H
#define WP_LINEAR_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cells of row i: start[i] .. start[i + 1] - 1, columns ascending. */
struct wp_linear_rows {
	size_t rows, cols;
	uint64_t *start;
	int32_t *col;
	float *value;
	struct wp_strings label_vocab; /* L labels; none: no labels */
	int32_t *labels; /* rows of them, each below L; NULL: none               */
	float *targets;  /* rows x outputs, row-major; NULL: none                */
	size_t outputs;
	const char *name; /* of the stream, for messages: borrowed from its reader */
	struct wp_strings vocab, settings; /* `vocab`, `onehot.settings`, where there are any */
	size_t start_room, cell_room, value_room, label_room, target_room; /* internal */
};

/* What to do with a record that is no part of the rows: pass it on, say. */
typedef enum wp_err wp_linear_other(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor);

/* Read all of reader.  tensor: the name of a dense matrix to take; NULL: `onehot`, sparse or
 * dense, or else `encoding`.  `vocab`, `onehot.settings` and `onehot.shape` are kept and go to
 * other() as well; `ids`, `lengths` and `counts` of the text are passed over.  WP_EMISMATCH
 * where there is no matrix, a value is not finite, or labels or targets are not as many as
 * rows; WP_ELIMIT where the cells take more than `memory` bytes.  On failure *rows needs no
 * fini. */
WP_MUST_CHECK enum wp_err wp_linear_rows_read(struct wp_linear_rows *rows,
	struct wp_reader *reader, const char *tensor, size_t memory, wp_linear_other *other,
	void *arg);
void wp_linear_rows_fini(struct wp_linear_rows *rows); /* a zeroed one may be given */

#ifdef __cplusplus
}
#endif
#endif
