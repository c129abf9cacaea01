/* The cells that GloVe trains on, sorted into tiles as they arrive, in little memory.
 *
 * Word i belongs to block i % blocks, so that every block has its share of frequent and of rare
 * words, all tiles (row block, column block) are of about the same size, and whoever visits
 * them in random order meets the words well mixed.  Cells are collected in memory; when that is
 * full they are sorted by tile and go to a spool as a run, which goes to disk if there is more
 * than one.  A tile is read by gathering its part of every run.  How much memory there is
 * changes nothing of what a tile holds, or in which order.
 */
#ifndef WP_EMBED_GLOVE_CELLS_H
#define WP_EMBED_GLOVE_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_glove_cells;

/* A cell within its tile: row i of the matrix is row i / blocks of row block i % blocks. */
struct wp_glove_cell {
	uint16_t row, col;
	float log; /* of its value */
};

/* For a matrix of words x words.  blocks: at most words, and words / blocks at most 65536.
 * memory: bytes to use, about; what is more goes to a file in directory, which is borrowed. */
WP_MUST_CHECK enum wp_err wp_glove_cells_create(struct wp_glove_cells **cells, size_t words,
	size_t blocks, size_t memory, const char *directory);

/* May be given NULL. */
void wp_glove_cells_free(struct wp_glove_cells *cells);

/* Add a cell.  WP_EINVAL where value is not a positive, finite number, or row or col is not
 * below words. */
WP_MUST_CHECK enum wp_err wp_glove_cells_add(
	struct wp_glove_cells *cells, int32_t row, int32_t col, double value);

/* That was the last one: from now on tiles can be read. */
WP_MUST_CHECK enum wp_err wp_glove_cells_end(struct wp_glove_cells *cells);

size_t wp_glove_cells_words(const struct wp_glove_cells *cells);
size_t wp_glove_cells_blocks(const struct wp_glove_cells *cells);
uint64_t wp_glove_cells_count(const struct wp_glove_cells *cells);

/* Cells of a tile; it is number `row block` * blocks + `column block`. */
size_t wp_glove_tile_count(const struct wp_glove_cells *cells, size_t tile);

/* Copy them to where there is room, in the order in which they were added.  Threads may do that
 * at the same time. */
WP_MUST_CHECK enum wp_err wp_glove_tile_read(
	const struct wp_glove_cells *cells, size_t tile, struct wp_glove_cell *to);

#ifdef __cplusplus
}
#endif
#endif
