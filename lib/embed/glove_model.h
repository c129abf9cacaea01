/* What the parts of GloVe share: the model and its table.  (Internal.) */
#ifndef WP_EMBED_GLOVE_MODEL_H
#define WP_EMBED_GLOVE_MODEL_H

#include "embed/glove.h"
#include "embed/glove_kernel.h"

struct wp_glove {
	struct wp_glove_config config;
	const struct wp_glove_cells *cells;
	const struct wp_glove_kernels *kernels;
	size_t words, blocks;
	unsigned char *table; /* each word's main row, then its context row */
	size_t row;           /* bytes of one                               */
	struct wp_glove_position position;
	struct wp_glove_cell **buffer; /* of each thread, for the cells of a tile */
	double *tile_cost;             /* of each tile of a round                 */
	size_t *shift; /* of each round of an epoch: row block i meets column block i + shift */
};

static inline unsigned char *wp_glove_row(const struct wp_glove *m, size_t word, bool context)
{
	return m->table + (2 * word + context) * m->row;
}

static inline uint16_t *wp_glove_elements(const struct wp_glove *m, size_t word, bool context)
{
	return (uint16_t *)(void *)wp_glove_row(m, word, context);
}

static inline struct wp_glove_tail *wp_glove_tail(
	const struct wp_glove *m, size_t word, bool context)
{
	return (struct wp_glove_tail *)(void *)(wp_glove_row(m, word, context) + m->row -
		sizeof(struct wp_glove_tail));
}

#endif
