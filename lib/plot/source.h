/* What is drawn: a table of text, or the tensors of a stream. */
#ifndef WP_PLOT_SOURCE_H
#define WP_PLOT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"
#include "stream/tensor_set.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A file, read whole.  A text file is a table, whose fields tabs separate, or else commas,
 * semicolons or spaces, whichever its first line has: names of columns in its first line,
 * unless that is all numbers, then rows; a first column that holds words, not numbers, names
 * the rows, or, where each begins with a digit as dates do, is left out.  Fields may stand in
 * quotes.  The confusions of a report of rnn-predict become a matrix with the labels on both
 * sides. */
struct wp_plot_source {
	const char *path; /* borrowed; for messages                                  */
	const char *name; /* borrowed: the file's name without folder and suffix     */
	size_t name_length;
	bool table;     /* else a stream                                           */
	bool confusion; /* the table is that of a report                           */
	bool bare;      /* it has no heading: columns are called 1, 2, ...          */
	bool dated;     /* its rows are in the order of dates, which are row_names  */
	struct wp_strings columns, row_names; /* of the table; row_names may be empty      */
	size_t rows;
	double *value;             /* (rows, columns): NaN where a cell holds no number       */
	struct wp_tensor_set *set; /* of a stream                                          */
};

/* Read path (NULL, "-": standard input).  On failure *source needs no fini. */
WP_MUST_CHECK enum wp_err wp_plot_source_read(struct wp_plot_source *source, const char *path);

/* The same from an input, which belongs to the source from here on, also on failure; the name,
 * which is borrowed, is for messages and legends. */
WP_MUST_CHECK enum wp_err wp_plot_source_over(
	struct wp_plot_source *source, struct wp_input *input, const char *name);

void wp_plot_source_fini(struct wp_plot_source *source);

/* The column of that name in a table, or -1. */
long wp_plot_column(const struct wp_plot_source *source, const char *name, size_t length);

/* Numbers as a matrix, with names of rows and columns where there are such. */
struct wp_plot_matrix {
	size_t rows, columns;
	double *value;                                     /* (rows, columns)              */
	const struct wp_strings *row_names, *column_names; /* borrowed, or NULL */
};

/* The numbers of a table, or the tensor of that name (a matrix; one axis is one column; three
 * axes: the first slice; of `attention` with its shapes, the first target and its source; or
 * the beginning of a sparse matrix NAME.row and so on), at most `most` rows, and of a sparse
 * matrix as many columns.  Where name is NULL, the only one that the stream has. WP_EMISMATCH,
 * listing what there is, where that fails. */
WP_MUST_CHECK enum wp_err wp_plot_matrix_get(struct wp_plot_matrix *matrix,
	struct wp_plot_source *source, const char *name, size_t most);
/* WP_EMISMATCH: no row has this word; with the one that was likely meant.  purpose: " to
 * label", or
 * "". */
enum wp_err wp_plot_no_word(const struct wp_plot_source *source,
	const struct wp_plot_matrix *matrix, const char *word, size_t length,
	const char *purpose);

void wp_plot_matrix_fini(struct wp_plot_matrix *matrix);

#ifdef __cplusplus
}
#endif
#endif
