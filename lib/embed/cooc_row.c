#include "embed/cooc_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BLOCK = 1 << WP_COOC_BLOCK_BITS };

static size_t blocks_for(size_t columns)
{
	size_t blocks = columns / BLOCK + 1;
	return (blocks + 7) / 8 * 8; /* flags are looked at eight at a time */
}

size_t wp_cooc_row_bytes(size_t columns)
{
	return blocks_for(columns) * (BLOCK * sizeof(uint64_t) + 1);
}

enum wp_err wp_cooc_row_init(struct wp_cooc_row *row, size_t columns)
{
	*row = (struct wp_cooc_row){.blocks = blocks_for(columns)};
	enum wp_err err = wp_table_alloc(
		&row->sum, row->blocks * BLOCK * sizeof *row->sum, "row of counts");
	if (!err)
		err = wp_alloc(&row->touched, row->blocks, 1, "row of counts");
	if (err)
		wp_cooc_row_fini(row);
	return err;
}

void wp_cooc_row_fini(struct wp_cooc_row *row)
{
	free(row->sum);
	free(row->touched);
	*row = (struct wp_cooc_row){0};
}

/* Eight flags, the first in the lowest byte. */
static uint64_t flags_at(const uint8_t *touched)
{
	uint64_t flags = 0;
	for (int i = 0; i < 8; i++) /* one load, as compilers see it */
		flags |= (uint64_t)touched[i] << 8 * i;
	return flags;
}

size_t wp_cooc_row_take(struct wp_cooc_row *row, int32_t *col, uint64_t *sum)
{
	size_t count = 0;
	for (size_t b = 0; b < row->blocks; b += 8) {
		uint64_t flags = flags_at(row->touched + b);
		if (!flags)
			continue;
		memset(row->touched + b, 0, 8);
		for (; flags; flags &= flags - 1) {
			size_t first = (b + (size_t)__builtin_ctzll(flags) / 8) * BLOCK;
			/* No branch on the sum, which would be mispredicted. */
			for (size_t i = first; i < first + BLOCK; i++) {
				col[count] = (int32_t)i;
				sum[count] = row->sum[i];
				count += row->sum[i] != 0;
			}
			memset(row->sum + first, 0, BLOCK * sizeof *row->sum);
		}
	}
	return count;
}
