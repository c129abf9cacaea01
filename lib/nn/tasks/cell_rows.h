/* Rows of which most numbers are zeros, read from a stream and held as the others: the sparse
 * matrix `onehot` (stream/cells.h).  (Internal.) */
#ifndef WP_NN_CELL_ROWS_H
#define WP_NN_CELL_ROWS_H

#include "base/spool.h"
#include "nn/train/batches.h"
#include "stream/cells.h"

struct wp_nn_cell_rows {
	size_t rows, columns; /* so far; of joined streams all rows */
	/* Internal. */
	struct wp_cells_reader *reader;
	struct wp_spool *col, *value; /* of the cells                                  */
	size_t *start;                /* (rows + 1): where each row begins            */
	size_t room, cells, memory;
	size_t before; /* rows of the streams that are over             */
	bool open;     /* cells have come, but not yet the shape        */
};

/* Up to `memory` bytes of cells stay in memory; what is more goes to a file under directory. */
WP_MUST_CHECK enum wp_err wp_nn_cell_rows_init(
	struct wp_nn_cell_rows *rows, size_t memory, const char *directory);
void wp_nn_cell_rows_fini(struct wp_nn_cell_rows *rows); /* a zeroed one may be given, too */

/* Is the record one of the matrix?  Then take it.  WP_EMISMATCH, naming it, where the cells are
 * not in order or not within their shape; WP_ECORRUPT for one that is not finite. */
bool wp_nn_cell_rows_own(const struct wp_nn_cell_rows *rows, const struct wp_tensor *tensor);
WP_MUST_CHECK enum wp_err wp_nn_cell_rows_take(
	struct wp_nn_cell_rows *rows, struct wp_reader *reader, const struct wp_tensor *tensor);

/* All has come: set data's cells, which are borrowed. */
WP_MUST_CHECK enum wp_err wp_nn_cell_rows_end(
	struct wp_nn_cell_rows *rows, const struct wp_reader *reader, struct wp_nn_data *data);

#endif
