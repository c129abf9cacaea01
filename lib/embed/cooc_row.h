/* One row of a matrix of co-occurrences while it is being added up.  (Internal.) */
#ifndef WP_EMBED_COOC_ROW_H
#define WP_EMBED_COOC_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	WP_COOC_BLOCK_BITS = 3, /* a block of 8 sums is a line of the cache        */
	WP_COOC_AREA_BITS = 9   /* an area of 64 blocks has a line of their flags  */
};

/* A sum for each column; and flags of the blocks and areas of columns that were touched, so
 * that the few cells that nearly all rows have are found without looking at all columns.  All
 * zero between two rows. */
struct wp_cooc_row {
	uint64_t *sum;
	uint8_t *block, *area;
	size_t areas; /* a multiple of 8 */
};

WP_MUST_CHECK enum wp_err wp_cooc_row_init(struct wp_cooc_row *row, size_t columns);
void wp_cooc_row_fini(struct wp_cooc_row *row);

/* Bytes that such a row takes. */
size_t wp_cooc_row_bytes(size_t columns);

static inline void wp_cooc_row_add(struct wp_cooc_row *row, int32_t col, uint64_t sum)
{
	row->sum[col] += sum;
	row->block[col >> WP_COOC_BLOCK_BITS] = 1;
	row->area[col >> WP_COOC_AREA_BITS] = 1;
}

/* Move the cells that are not zero to col[] and sum[], by ascending column; the row is all zero
 * then.  Returns how many.  The arrays need room for one cell more than there are columns. */
size_t wp_cooc_row_take(struct wp_cooc_row *row, int32_t *col, uint64_t *sum);

#endif
