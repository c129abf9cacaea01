#include "embed/glove_cells.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"

/* A cell that waits to be sorted. */
struct arrived {
	uint32_t tile;
	struct wp_glove_cell cell;
};

/* Cells of one tile after the other: tile t has those from begin[t] to begin[t + 1]. */
struct run {
	uint64_t first;  /* cells of the spool before this run */
	uint32_t *begin; /* tiles + 1                          */
};

enum { LEAST_RUN = 1 << 12 };

struct wp_glove_cells {
	size_t words, blocks, tiles;
	struct arrived *arrived;
	struct wp_glove_cell *sorted;
	size_t waiting, most; /* of arrived; and at how many it becomes a run */
	size_t arrived_room, sorted_room;
	struct run *run;
	size_t runs, run_room;
	uint64_t count;
	struct wp_spool *spool;
};

enum wp_err wp_glove_cells_create(struct wp_glove_cells **cells, size_t words, size_t blocks,
	size_t memory, const char *directory)
{
	struct wp_glove_cells *c;
	*cells = NULL;
	if (blocks < 1 || blocks > words || words > INT32_MAX || blocks > UINT16_MAX ||
		(words - 1) / blocks > UINT16_MAX)
		return wp_fail(WP_EINVAL, "cells: %zu words in %zu blocks", words, blocks);
	enum wp_err err = wp_alloc(&c, 1, sizeof *c, "cells");
	if (err)
		return err;
	c->words = words;
	c->blocks = blocks;
	c->tiles = blocks * blocks;
	/* What is collected, a copy in order, and the spool while it is not on disk. */
	c->most = memory / (sizeof *c->arrived + 2 * sizeof *c->sorted);
	if (c->most < LEAST_RUN)
		c->most = LEAST_RUN;
	if (c->most > UINT32_MAX)
		c->most = UINT32_MAX;
	err = wp_spool_create(&c->spool, c->most * sizeof *c->sorted, directory);
	if (err)
		wp_glove_cells_free(c);
	else
		*cells = c;
	return err;
}

void wp_glove_cells_free(struct wp_glove_cells *c)
{
	if (!c)
		return;
	for (size_t r = 0; r < c->runs; r++)
		free(c->run[r].begin);
	free(c->run);
	free(c->arrived);
	free(c->sorted);
	wp_spool_free(c->spool);
	free(c);
}

/* What has been collected becomes a run, by a counting sort, which keeps the order of a tile.
 */
static enum wp_err end_run(struct wp_glove_cells *c)
{
	enum wp_err err;
	if ((err = wp_grow(&c->run, &c->run_room, c->runs + 1, sizeof *c->run, "cells")) ||
		(err = wp_grow(
			 &c->sorted, &c->sorted_room, c->waiting, sizeof *c->sorted, "cells")))
		return err;
	struct run *run = &c->run[c->runs];
	run->first = c->count - c->waiting;
	if ((err = wp_alloc(&run->begin, c->tiles + 1, sizeof *run->begin, "cells")))
		return err;
	c->runs++;
	/* For tile t first its count, then where its next cell goes, and so at last its end. */
	uint32_t *next = run->begin + 1;
	for (size_t i = 0; i < c->waiting; i++)
		next[c->arrived[i].tile]++;
	uint32_t sum = 0;
	for (size_t t = 0; t < c->tiles; t++) {
		uint32_t here = next[t];
		next[t] = sum;
		sum += here;
	}
	for (size_t i = 0; i < c->waiting; i++)
		c->sorted[next[c->arrived[i].tile]++] = c->arrived[i].cell;
	err = wp_spool_append(c->spool, c->sorted, c->waiting * sizeof *c->sorted);
	c->waiting = 0;
	return err;
}

enum wp_err wp_glove_cells_add(struct wp_glove_cells *c, int32_t row, int32_t col, double value)
{
	if (!(value > 0) || !isfinite(value))
		return wp_fail(WP_EINVAL,
			"cell (%" PRId32 ", %" PRId32 "): %g is not a positive number", row,
			col, value);
	if (row < 0 || (size_t)row >= c->words || col < 0 || (size_t)col >= c->words)
		return wp_fail(WP_EINVAL,
			"cell (%" PRId32 ", %" PRId32 "): beyond the %zu words", row, col,
			c->words);
	enum wp_err err = WP_OK;
	if (c->waiting == c->most)
		err = end_run(c);
	else if (c->waiting == c->arrived_room)
		err = wp_grow(&c->arrived, &c->arrived_room, c->waiting + LEAST_RUN,
			sizeof *c->arrived, "cells");
	if (err)
		return err;
	uint32_t i = (uint32_t)row, j = (uint32_t)col, blocks = (uint32_t)c->blocks;
	c->arrived[c->waiting++] = (struct arrived){
		.tile = i % blocks * blocks + j % blocks,
		.cell = {(uint16_t)(i / blocks), (uint16_t)(j / blocks), (float)log(value)},
	};
	c->count++;
	return WP_OK;
}

enum wp_err wp_glove_cells_end(struct wp_glove_cells *c)
{
	enum wp_err err = c->waiting ? end_run(c) : WP_OK;
	free(c->arrived);
	free(c->sorted);
	c->arrived = NULL;
	c->sorted = NULL;
	return err;
}

size_t wp_glove_cells_words(const struct wp_glove_cells *c)
{
	return c->words;
}

size_t wp_glove_cells_blocks(const struct wp_glove_cells *c)
{
	return c->blocks;
}

uint64_t wp_glove_cells_count(const struct wp_glove_cells *c)
{
	return c->count;
}

size_t wp_glove_tile_count(const struct wp_glove_cells *c, size_t tile)
{
	size_t count = 0;
	for (size_t r = 0; r < c->runs; r++)
		count += c->run[r].begin[tile + 1] - c->run[r].begin[tile];
	return count;
}

enum wp_err wp_glove_tile_read(
	const struct wp_glove_cells *c, size_t tile, struct wp_glove_cell *to)
{
	enum wp_err err = WP_OK;
	for (size_t r = 0; r < c->runs && !err; r++) {
		const struct run *run = &c->run[r];
		size_t count = run->begin[tile + 1] - run->begin[tile];
		err = wp_spool_read_at(c->spool, (run->first + run->begin[tile]) * sizeof *to,
			to, count * sizeof *to);
		to += count;
	}
	return err;
}
