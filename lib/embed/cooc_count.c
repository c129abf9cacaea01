#include "embed/cooc_count.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "embed/cooc_row.h"

enum {
	BLOCK_PAIRS = 1 << 17, /* pairs of words that a thread counts before it hands on */
	BLOCK_ROWS = 1 << 11,  /* and rows at most */
	LINE = 16,             /* ids in a line of the cache */
	PIECE = 1 << 14        /* cells of a term-document matrix handed on at once */
};

/* What the threads share. */
struct counting {
	const struct wp_cooc_text *text;
	const struct wp_cooc_config *config;
	uint64_t weight[WP_COOC_WINDOW_MAX + 1]; /* by distance */
	wp_cooc_sink *sink;
	void *arg;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t turn_ended;
	size_t next_row;
	uint64_t next_block, turn; /* which is to be begun, and to be handed on */
	bool failed;
};

/* Rows [first, end), counted by one thread. */
struct block {
	uint64_t number;
	size_t first, end;
	size_t count[BLOCK_ROWS]; /* cells of each row */
	int32_t *col;
	uint64_t *sum;
};

uint64_t wp_cooc_weight_at(const struct wp_cooc_config *config, int d)
{
	uint64_t unit = wp_cooc_unit(config), distance = (uint64_t)d;
	return config->weight == WP_COOC_FLAT ? unit : (unit + distance / 2) / distance;
}

/* A row has at most a cell for each word, and a block of several one for each pair. */
static size_t block_cells(size_t words)
{
	return words + BLOCK_PAIRS + 1;
}

size_t wp_cooc_count_bytes(const struct wp_cooc_config *config, size_t words)
{
	if (config->documents)
		return PIECE * (sizeof(int32_t) + sizeof(uint64_t));
	return wp_cooc_row_bytes(words) + sizeof(struct block) +
		block_cells(words) * (sizeof(int32_t) + sizeof(uint64_t));
}

/* ---- Words around words ---- */

/* Add the words from `here` on in steps of +1 or -1 until the window or the sentence ends. */
static inline void add_side(struct wp_cooc_row *row, const int32_t *here, ptrdiff_t step,
	const uint64_t *weight, int window)
{
	for (int d = 1; d <= window; d++) {
		here += step;
		if (*here == WP_COOC_BREAK)
			return;
		wp_cooc_row_add(row, *here, weight[d]);
	}
}

/* Have the words around a place in the cache by the time that they are looked at: places of a
 * rare word are far apart. */
static inline void fetch(const struct wp_cooc_text *text, size_t place, size_t reach)
{
	size_t after = place + reach < text->count ? place + reach : place;
	__builtin_prefetch(text->ids + (place > reach ? place - reach : 0));
	__builtin_prefetch(text->ids + after);
}

static void count_row(const struct counting *c, const struct wp_cooc_row *counts, size_t word)
{
	/* Copies stay in registers; all else might be what a store of a byte changes. */
	struct wp_cooc_row row = *counts;
	const struct wp_cooc_text *text = c->text;
	int window = c->config->window;
	const uint32_t *place = text->places + text->starts[word];
	const uint32_t *end = text->places + text->starts[word + 1];
	size_t reach = text->window < LINE ? text->window : LINE;
	bool left = c->config->side != WP_COOC_RIGHT, right = c->config->side != WP_COOC_LEFT;
	for (; place < end; place++) {
		const int32_t *here = text->ids + *place;
		fetch(text, place[WP_COOC_AHEAD], reach);
		if (right)
			add_side(&row, here, +1, c->weight, window);
		if (left)
			add_side(&row, here, -1, c->weight, window);
	}
}

/* Begin a block: as many rows as make up its pairs, but at least one. */
static bool take_block(struct counting *c, struct block *block)
{
	const uint32_t *starts = c->text->starts;
	uint64_t reach = 2 * (uint64_t)c->config->window;
	pthread_mutex_lock(&c->lock);
	size_t row = c->next_row, words = c->text->words;
	bool taken = !c->failed && row < words;
	if (taken) {
		block->number = c->next_block++;
		block->first = row;
		do
			row++;
		while (row < words && row - block->first < BLOCK_ROWS &&
			(starts[row + 1] - starts[block->first]) * reach <= BLOCK_PAIRS);
		block->end = c->next_row = row;
	}
	pthread_mutex_unlock(&c->lock);
	return taken;
}

static void count_block(const struct counting *c, struct wp_cooc_row *row, struct block *block)
{
	size_t cells = 0;
	for (size_t word = block->first; word < block->end; word++) {
		size_t *count = &block->count[word - block->first];
		*count = 0;
		if (c->text->starts[word] == c->text->starts[word + 1])
			continue;
		count_row(c, row, word);
		*count = wp_cooc_row_take(row, block->col + cells, block->sum + cells);
		cells += *count;
	}
}

static enum wp_err hand_on(const struct counting *c, const struct block *block)
{
	enum wp_err err = WP_OK;
	size_t cells = 0;
	for (size_t word = block->first; word < block->end && !err; word++) {
		size_t count = block->count[word - block->first];
		if (count > 0)
			err = c->sink(c->arg, (int32_t)word, count, block->col + cells,
				block->sum + cells);
		cells += count;
	}
	return err;
}

/* Wait until all blocks before this one are handed on; then it is our turn. */
static enum wp_err hand_on_in_turn(struct counting *c, const struct block *block)
{
	pthread_mutex_lock(&c->lock);
	while (c->turn != block->number && !c->failed)
		pthread_cond_wait(&c->turn_ended, &c->lock);
	bool failed = c->failed;
	pthread_mutex_unlock(&c->lock);
	enum wp_err err = failed ? WP_OK : hand_on(c, block);
	pthread_mutex_lock(&c->lock);
	c->turn++;
	c->failed |= err != WP_OK;
	pthread_cond_broadcast(&c->turn_ended);
	pthread_mutex_unlock(&c->lock);
	return err;
}

static enum wp_err count_blocks(int thread, void *arg)
{
	(void)thread;
	struct counting *c = arg;
	struct wp_cooc_row row;
	struct block *block = NULL;
	size_t words = c->text->words, room = block_cells(words);
	enum wp_err err = wp_cooc_row_init(&row, words);
	if (!err)
		err = wp_alloc(&block, 1, sizeof *block, "rows of counts");
	if (!err)
		err = wp_alloc(&block->col, room, sizeof *block->col, "rows of counts");
	if (!err)
		err = wp_alloc(&block->sum, room, sizeof *block->sum, "rows of counts");
	while (!err && take_block(c, block)) {
		count_block(c, &row, block);
		err = hand_on_in_turn(c, block);
	}
	if (block) {
		free(block->col);
		free(block->sum);
	}
	free(block);
	wp_cooc_row_fini(&row);
	return err;
}

static enum wp_err count_windows(struct counting *c)
{
	for (int d = 1; d <= c->config->window; d++)
		c->weight[d] = wp_cooc_weight_at(c->config, d);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->turn_ended, NULL);
	enum wp_err err = wp_parallel(c->config->threads, count_blocks, c);
	pthread_cond_destroy(&c->turn_ended);
	pthread_mutex_destroy(&c->lock);
	return err;
}

/* ---- Words in sentences ---- */

/* The index has the sentences of each word in order: what is left is to count equal ones. */
static enum wp_err count_sentences(const struct counting *c)
{
	const struct wp_cooc_text *text = c->text;
	enum wp_err err = WP_OK;
	struct {
		int32_t col[PIECE];
		uint64_t sum[PIECE];
	} *cells = NULL;
	err = wp_alloc(&cells, 1, sizeof *cells, "rows of counts");
	for (size_t word = 0; word < text->words && !err; word++) {
		const uint32_t *place = text->places + text->starts[word];
		const uint32_t *end = text->places + text->starts[word + 1];
		while (place < end && !err) {
			size_t count = 0;
			while (place < end && count < PIECE) {
				const uint32_t *same = place;
				while (same < end && *same == *place)
					same++;
				cells->col[count] = (int32_t)*place;
				cells->sum[count++] = (uint64_t)(same - place);
				place = same;
			}
			err = c->sink(c->arg, (int32_t)word, count, cells->col, cells->sum);
		}
	}
	free(cells);
	return err;
}

enum wp_err wp_cooc_count(const struct wp_cooc_text *text, const struct wp_cooc_config *config,
	wp_cooc_sink *sink, void *arg)
{
	struct counting c = {.text = text, .config = config, .sink = sink, .arg = arg};
	return config->documents ? count_sentences(&c) : count_windows(&c);
}
