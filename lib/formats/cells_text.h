/* Sparse matrices cell by cell: the matrices of stream/cells.h for people and for other
 * programs.
 *
 * Two forms.  Cells: a line for each, row, column and value separated by tabs; rows and columns
 * are words, escaped as in token text, or numbers from 0.  MatrixMarket's coordinate form: a
 * heading, a line with the numbers of rows, columns and cells, then a line for each cell, its
 * row and column numbered from 1.  And one that is not text, GloVe's: for each cell its row and
 * column, numbered from 1, as 4 bytes each, and its value as 8, all in this machine's order.
 */
#ifndef WP_FORMATS_CELLS_TEXT_H
#define WP_FORMATS_CELLS_TEXT_H

#include "base/strings.h"
#include "stream/input.h"
#include "stream/output.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_cells_form { WP_CELLS_LINES, WP_CELLS_MATRIX_MARKET, WP_CELLS_GLOVE };

struct wp_cells_text {
	const char *name; /* of the matrix: "cooc" or "onehot"; NULL, writing: the first one */
	enum wp_cells_form form;
	bool words;            /* lines: words instead of numbers, where the matrix has them */
	uint64_t top;          /* only rows below that; 0: all */
	size_t memory;         /* writing: cells are put aside until the shape is known, ... */
	const char *directory; /* ... beyond so many bytes in a temporary file there         */
};

/* Write the matrix that reader, which is read to its end, has.  Rows and columns of `cooc`, and
 * columns of others, are words of `vocab` if there are as many. */
WP_MUST_CHECK enum wp_err wp_cells_text_write(
	struct wp_output *output, struct wp_reader *reader, const struct wp_cells_text *text);

/* Read such a text and put the matrix to writer: sorted, whatever the order of the lines;
 * values are f64 for `cooc` and f32 for others.  Words are those of vocab, in the same places
 * where they are written; its size is the number of rows and columns then.  WP_ECORRUPT, naming
 * the line, for what is no cell.  Values of one cell that comes several times are added up. */
WP_MUST_CHECK enum wp_err wp_cells_text_read(struct wp_writer *writer, struct wp_input *input,
	const struct wp_cells_text *text, struct wp_strings *vocab);

#ifdef __cplusplus
}
#endif
#endif
