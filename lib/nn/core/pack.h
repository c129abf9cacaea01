/* Packing: from sequences, longest first, to a batch (nn/core/batch.h).  (Internal.) */
#ifndef WP_NN_PACK_H
#define WP_NN_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct wp_nn_batch;

/* What a batch takes of a sequence: so many rows of the data, from `row` on. */
struct wp_nn_piece {
	size_t row, length;
};

/* Rows of data: ids, or if that is NULL values, (rows, inputs); and further columns. */
struct wp_nn_pack_rows {
	const int32_t *ids;
	const float *values;
	size_t inputs;
	const int32_t *const
		*column; /* (columns): (rows) each; may be NULL where there are none */
	size_t columns;
};

/* Room for a batch, which grows to what the largest one needs. */
struct wp_nn_packed {
	int *active;
	size_t *begin;
	int32_t *ids;
	float *values;
	size_t *start; /* of cells, whose values are `values` */
	int32_t *col;
	int32_t *columns; /* (columns, rows), and where each begins: */
	const int32_t **column;
	size_t active_room, begin_room, ids_room, values_room, start_room, col_room;
	size_t columns_room, column_room;
};

/* Pack pieces of rows.  They are in order of length, longest first; none is empty.  *batch has
 * no targets, and borrows from *packed until the next call. */
WP_MUST_CHECK enum wp_err wp_nn_pack(struct wp_nn_packed *packed,
	const struct wp_nn_piece *piece, size_t count, const struct wp_nn_pack_rows *rows,
	struct wp_nn_batch *batch);

/* The same of rows of cells (nn/core/batch.h). */
struct wp_nn_cells;
WP_MUST_CHECK enum wp_err wp_nn_pack_cells(struct wp_nn_packed *packed,
	const struct wp_nn_piece *piece, size_t count, const struct wp_nn_cells *cells,
	struct wp_nn_batch *batch);
void wp_nn_packed_fini(struct wp_nn_packed *packed); /* a zeroed one may be given, too */

/* The sources of a batch of pairs, packed in their own order. */
struct wp_nn_pair_packed {
	struct wp_nn_packed packed;
	struct wp_nn_batch *batch; /* theirs, made at the first use */
	struct wp_nn_piece *piece; /* in order                      */
	uint64_t *key;
	int *source_of;
	size_t piece_room, key_room, source_room;
};

/* The source of the batch's sequence k is piece k, none empty, in any order: sets batch->source
 * and source_of. */
WP_MUST_CHECK enum wp_err wp_nn_pack_sources(struct wp_nn_pair_packed *sources,
	const struct wp_nn_piece *piece, size_t count, const int32_t *ids, const float *values,
	size_t inputs, struct wp_nn_batch *batch);
void wp_nn_pair_packed_fini(struct wp_nn_pair_packed *sources); /* or of a zeroed one */

/* A key of place i, below 2^32, in an order of length, longest first; of like length, the
 * lowest i first. */
static inline uint64_t wp_nn_length_key(size_t length, size_t i)
{
	return (uint64_t)(INT32_MAX - length) << 32 | i;
}

void wp_nn_sort_keys(uint64_t *key, size_t n);

#endif
