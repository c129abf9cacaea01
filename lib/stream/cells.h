/* A sparse matrix in a tensor stream: its cells, sorted by row and then by column.
 *
 * Records NAME.row and NAME.col (i32) and NAME.value (f32 or f64) take turns, each with as many
 * elements as the other two; no cell comes twice.  After the last slices comes NAME.shape (i64:
 * rows, columns), which may be larger than the cells show.  `cooc` and `onehot` write such
 * matrices; tensor-stream(5) has the names.
 */
#ifndef WP_STREAM_CELLS_H
#define WP_STREAM_CELLS_H

#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Writing ----
 *
 *	wp_cells_writer_create(&w, writer, "cooc", WP_F64);
 *	wp_cells_put(w, row, count, col, value);    (for each row that has cells)
 *	wp_cells_finish(w, rows, columns);
 *	wp_cells_writer_free(w);
 */

struct wp_cells_writer;

/* Cells of the matrix NAME go to writer, which is borrowed, with values of the given type
 * (WP_F32 or WP_F64). */
WP_MUST_CHECK enum wp_err wp_cells_writer_create(struct wp_cells_writer **cells,
	struct wp_writer *writer, const char *name, enum wp_type type);

/* May be given NULL. */
void wp_cells_writer_free(struct wp_cells_writer *cells);

/* Add count cells of one row, col[] ascending.  Several calls may serve one row.  The slices go
 * out as they fill.  WP_EINVAL where the first cell does not come after the last one put. */
WP_MUST_CHECK enum wp_err wp_cells_put(struct wp_cells_writer *cells, int32_t row, size_t count,
	const int32_t *col, const double *value);

/* Write the last slices and the shape. */
WP_MUST_CHECK enum wp_err wp_cells_finish(
	struct wp_cells_writer *cells, int64_t rows, int64_t columns);

/* Cells put so far. */
uint64_t wp_cells_written(const struct wp_cells_writer *cells);

/* ---- Reading, within a loop over the records of a stream ----
 *
 *	wp_cells_reader_create(&c, "cooc");
 *	while (!(err = wp_reader_next(reader, &tensor)))
 *		if (wp_cells_own(c, tensor)) {
 *			err = wp_cells_take(c, reader, tensor, &batch);
 *			...                     (batch.count cells, often 0)
 *		} else ...
 *	if (err == WP_END)
 *		err = wp_cells_end(c, reader, &shape);
 *	wp_cells_reader_free(c);
 */

struct wp_cells_reader;

/* Some cells, in order. */
struct wp_cells {
	size_t count;
	const int32_t *row, *col;
	const double *value;
};

struct wp_cells_shape {
	int64_t rows, columns;
	uint64_t cells;
};

WP_MUST_CHECK enum wp_err wp_cells_reader_create(
	struct wp_cells_reader **cells, const char *name);

/* May be given NULL. */
void wp_cells_reader_free(struct wp_cells_reader *cells);

/* From now on cells at or beyond these limits are refused as they come: for who keeps a table
 * of so many rows or columns.  The shape is to be exactly that, too.  0: no limit. */
void wp_cells_expect(struct wp_cells_reader *cells, int64_t rows, int64_t columns);

/* Is this one of the records of the matrix? */
bool wp_cells_own(const struct wp_cells_reader *cells, const struct wp_tensor *tensor);

/* Take over the record at which reader stands.  Once a row, col and value slice are together,
 * *batch has the cells, borrowed until the next wp_cells_take or wp_reader_next; before that,
 * its count is 0.  WP_EMISMATCH, naming the record, for cells out of order, negative or beyond
 * a limit, and for records that do not fit each other. */
WP_MUST_CHECK enum wp_err wp_cells_take(struct wp_cells_reader *cells, struct wp_reader *reader,
	const struct wp_tensor *tensor, struct wp_cells *batch);

/* At the end of a stream: was the matrix there, and whole, and is it within its shape?  Then
 * the reader is ready for the next stream of joined ones.  WP_EMISMATCH where not. */
WP_MUST_CHECK enum wp_err wp_cells_end(struct wp_cells_reader *cells,
	const struct wp_reader *reader, struct wp_cells_shape *shape);

#ifdef __cplusplus
}
#endif
#endif
