#include "embed/cooc_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	BLOCK = 1 << WP_COOC_BLOCK_BITS,
	AREA = 1 << WP_COOC_AREA_BITS,
	BLOCKS = AREA / BLOCK /* of an area */
};

static size_t areas_for(size_t columns)
{
	size_t areas = columns / AREA + 1;
	return (areas + 7) / 8 * 8; /* flags are looked at eight at a time */
}

size_t wp_cooc_row_bytes(size_t columns)
{
	return areas_for(columns) * (AREA * sizeof(uint64_t) + BLOCKS + 1);
}

enum wp_err wp_cooc_row_init(struct wp_cooc_row *row, size_t columns)
{
	*row = (struct wp_cooc_row){.areas = areas_for(columns)};
	enum wp_err err = wp_table_alloc(
		&row->sum, row->areas * AREA * sizeof *row->sum, "row of counts");
	if (!err)
		err = wp_alloc(&row->block, row->areas * BLOCKS, 1, "row of counts");
	if (!err)
		err = wp_alloc(&row->area, row->areas, 1, "row of counts");
	if (err)
		wp_cooc_row_fini(row);
	return err;
}

void wp_cooc_row_fini(struct wp_cooc_row *row)
{
	free(row->sum);
	free(row->block);
	free(row->area);
	*row = (struct wp_cooc_row){0};
}

/* Eight flags, the first in the lowest byte; they are cleared. */
static uint64_t take_flags(uint8_t *flag)
{
	uint64_t flags = 0;
	for (int i = 0; i < 8; i++) /* one load, as compilers see it */
		flags |= (uint64_t)flag[i] << 8 * i;
	memset(flag, 0, 8);
	return flags;
}

/* Which of the eight is the first that is set. */
static size_t first_flag(uint64_t flags)
{
	return (size_t)__builtin_ctzll(flags) / 8;
}

/* Cells of one block; returns how many there are with them. */
static inline size_t take_block(
	struct wp_cooc_row *row, size_t block, int32_t *col, uint64_t *sum, size_t count)
{
	uint64_t *from = row->sum + block * BLOCK;
	for (size_t i = 0; i < BLOCK; i++) { /* no branch, which would be mispredicted */
		col[count] = (int32_t)(block * BLOCK + i);
		sum[count] = from[i];
		count += from[i] != 0;
	}
	memset(from, 0, BLOCK * sizeof *from);
	return count;
}

static size_t take_area(
	struct wp_cooc_row *row, size_t area, int32_t *col, uint64_t *sum, size_t count)
{
	for (size_t b = area * BLOCKS; b < (area + 1) * BLOCKS; b += 8)
		for (uint64_t f = take_flags(row->block + b); f; f &= f - 1)
			count = take_block(row, b + first_flag(f), col, sum, count);
	return count;
}

size_t wp_cooc_row_take(struct wp_cooc_row *row, int32_t *col, uint64_t *sum)
{
	size_t count = 0;
	for (size_t a = 0; a < row->areas; a += 8)
		for (uint64_t f = take_flags(row->area + a); f; f &= f - 1)
			count = take_area(row, a + first_flag(f), col, sum, count);
	return count;
}
