#include "embed/glove.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "embed/glove_model.h"
#include "stream/element.h"

enum {
	TILE_BYTES =
		768 << 10, /* of the vectors of a tile: fits the L2 cache of most machines  */
	LEAST_BLOCKS = 17, /* so that threads have work where there are few words           */
	MOST_BLOCKS = 1023 /* or else the tables of tiles get large                         */
};

void wp_glove_default(struct wp_glove_config *config)
{
	*config = (struct wp_glove_config){
		.dim = 100,
		.epochs = 15,
		.threads = 1,
		.x_max = 10,
		.alpha = 0.75,
		.rate = 0.05,
		.seed = 1,
	};
}

static bool within(double x, double low, double high)
{
	return x >= low && x <= high; /* false for NaN */
}

enum wp_err wp_glove_check(const struct wp_glove_config *c)
{
	if (c->dim < 1 || c->dim > 1 << 16)
		return wp_fail(WP_EINVAL, "dim %d: out of range (1 to 65536)", c->dim);
	if (c->epochs < 1)
		return wp_fail(WP_EINVAL, "epochs %d: less than 1", c->epochs);
	if (c->threads < 1)
		return wp_fail(WP_EINVAL, "threads %d: less than 1", c->threads);
	if (!within(c->x_max, 1e-9, 1e18))
		return wp_fail(WP_EINVAL, "x-max %g: out of range (1e-9 to 1e18)", c->x_max);
	if (!within(c->alpha, 0, 10))
		return wp_fail(WP_EINVAL, "alpha %g: out of range (0 to 10)", c->alpha);
	if (!within(c->rate, 1e-9, 1e6))
		return wp_fail(
			WP_EINVAL, "learning rate %g: out of range (1e-9 to 1e6)", c->rate);
	return WP_OK;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* Elements of a row, padding included. */
static size_t row_elements(int dim)
{
	return round_up((size_t)dim, WP_GLOVE_BLOCK);
}

static size_t row_bytes(int dim)
{
	size_t bytes = row_elements(dim) * sizeof(uint16_t) + sizeof(struct wp_glove_tail);
	return round_up(bytes, WP_GLOVE_LINE);
}

size_t wp_glove_blocks(size_t words, int dim)
{
	size_t fit = TILE_BYTES / (2 * row_bytes(dim));
	size_t blocks = fit > 0 ? (words + fit - 1) / fit : words;
	if (blocks < LEAST_BLOCKS)
		blocks = LEAST_BLOCKS;
	if (blocks > MOST_BLOCKS)
		blocks = MOST_BLOCKS;
	if (words / blocks > UINT16_MAX)
		blocks = words / UINT16_MAX + 1;
	if (blocks > words)
		blocks = words > 0 ? words : 1;
	/* The words of a block are `blocks` rows apart.  If that were a multiple of a power of
	 * two, they would compete for a part of the cache. */
	if (blocks % 2)
		return blocks;
	return blocks < words ? blocks + 1 : blocks - 1;
}

/* As the program of the authors begins: uniform in +-1/2 / dim, biases included. */
static void set_random(struct wp_glove *m)
{
	struct wp_rng rng;
	float dim = (float)m->config.dim;
	float sum = (float)(1 / (m->config.rate * m->config.rate));
	wp_rng_seed(&rng, m->config.seed, 0);
	for (size_t i = 0; i < 2 * m->words; i++) {
		uint16_t *to = wp_glove_elements(m, i / 2, i % 2);
		for (int k = 0; k < m->config.dim; k++)
			to[k] = wp_to_f16((wp_rng_float(&rng) - 0.5f) / dim);
		*wp_glove_tail(m, i / 2, i % 2) = (struct wp_glove_tail){
			.bias = (wp_rng_float(&rng) - 0.5f) / dim, .bias_sum = 1, .sum = sum};
	}
}

static enum wp_err set_buffers(struct wp_glove *m)
{
	size_t most = 0;
	for (size_t t = 0; t < m->blocks * m->blocks; t++) {
		size_t count = wp_glove_tile_count(m->cells, t);
		most = count > most ? count : most;
	}
	size_t threads = (size_t)m->config.threads;
	enum wp_err err = wp_alloc(&m->buffer, threads, sizeof *m->buffer, "buffers");
	for (size_t t = 0; t < threads && !err; t++)
		err = wp_alloc(
			&m->buffer[t], most + WP_GLOVE_AHEAD, sizeof **m->buffer, "buffers");
	return err;
}

enum wp_err wp_glove_create(struct wp_glove **model, const struct wp_glove_config *config,
	const struct wp_glove_cells *cells)
{
	*model = NULL;
	enum wp_err err = wp_glove_check(config);
	if (err)
		return err;
	struct wp_glove *m;
	if ((err = wp_alloc(&m, 1, sizeof *m, "model")))
		return err;
	m->config = *config;
	m->cells = cells;
	m->words = wp_glove_cells_words(cells);
	m->blocks = wp_glove_cells_blocks(cells);
	m->kernels = wp_glove_kernels(wp_cpu_isa());
	m->row = row_bytes(config->dim);
	if ((size_t)m->config.threads > m->blocks)
		m->config.threads = (int)m->blocks; /* more would have no work */
	size_t bytes;
	if (!wp_mulsize(m->words, 2 * m->row, &bytes))
		err = wp_fail(WP_ENOMEM, "table: %zu words of %d elements are too many",
			m->words, config->dim);
	else if ((err = wp_table_alloc(&m->table, bytes, "table")) == WP_OK &&
		(err = wp_alloc(&m->tile_cost, m->blocks, sizeof *m->tile_cost, "costs")) ==
			WP_OK &&
		(err = wp_alloc(&m->shift, m->blocks, sizeof *m->shift, "rounds")) == WP_OK)
		err = set_buffers(m);
	if (err) {
		wp_glove_free(m);
		return err;
	}
	set_random(m);
	*model = m;
	return WP_OK;
}

void wp_glove_free(struct wp_glove *m)
{
	if (!m)
		return;
	for (int t = 0; m->buffer && t < m->config.threads; t++)
		free(m->buffer[t]);
	free(m->buffer);
	free(m->table);
	free(m->tile_cost);
	free(m->shift);
	free(m);
}

/* Random numbers: lane 0 has made the vectors, and the others are those of epochs and tiles. */
static void seed_epoch(struct wp_rng *rng, const struct wp_glove *m, uint64_t epoch)
{
	wp_rng_seed(rng, m->config.seed, 1 + epoch);
}

static void seed_tile(struct wp_rng *rng, const struct wp_glove *m, uint64_t round, size_t row)
{
	wp_rng_seed(rng, m->config.seed, ((uint64_t)1 << 32) + round * m->blocks + row);
}

/* In which order an epoch takes its rounds. */
static void set_shifts(struct wp_glove *m, uint64_t epoch)
{
	struct wp_rng rng;
	seed_epoch(&rng, m, epoch);
	for (size_t k = 0; k < m->blocks; k++)
		m->shift[k] = k;
	for (size_t k = m->blocks - 1; k > 0; k--) {
		size_t other = wp_rng_below(&rng, (uint32_t)k + 1), here = m->shift[k];
		m->shift[k] = m->shift[other];
		m->shift[other] = here;
	}
}

static void shuffle(struct wp_glove_cell *cells, size_t count, struct wp_rng *rng)
{
	for (size_t k = count; k > 1; k--) {
		size_t other = wp_rng_below(rng, (uint32_t)k);
		struct wp_glove_cell here = cells[k - 1];
		cells[k - 1] = cells[other];
		cells[other] = here;
	}
}

/* Visit the cells of row block i and column block j. */
static enum wp_err train_tile(
	struct wp_glove *m, size_t i, size_t j, struct wp_glove_cell *cells, double *cost)
{
	size_t number = i * m->blocks + j, count = wp_glove_tile_count(m->cells, number);
	*cost = 0;
	if (count == 0)
		return WP_OK;
	enum wp_err err = wp_glove_tile_read(m->cells, number, cells);
	if (err)
		return err;
	memset(cells + count, 0, WP_GLOVE_AHEAD * sizeof *cells);
	struct wp_rng rng;
	seed_tile(&rng, m, m->position.round, i);
	shuffle(cells, count, &rng);
	struct wp_glove_tile tile = {
		.main = wp_glove_row(m, i, false),
		.context = wp_glove_row(m, j, true),
		.step = 2 * m->row * m->blocks,
		.elements = row_elements(m->config.dim),
		.tail = m->row - sizeof(struct wp_glove_tail),
		.per_dim = 1 / (float)m->config.dim,
		.alpha = (float)m->config.alpha,
		.log_x_max = (float)log(m->config.x_max),
	};
	for (int k = 0; k < WP_GLOVE_BLOCK; k++)
		tile.random[k] = (uint32_t)(wp_rng_next(&rng) >> 32) | 1;
	*cost = m->kernels->train(&tile, cells, count);
	return WP_OK;
}

/* One round: what its threads share. */
struct round {
	struct wp_glove *model;
	size_t shift;
	atomic_size_t next; /* the next row block to take */
};

static enum wp_err run_thread(int thread, void *arg)
{
	struct round *round = arg;
	struct wp_glove *m = round->model;
	enum wp_err err = WP_OK;
	size_t i;
	while (!err && (i = atomic_fetch_add(&round->next, 1)) < m->blocks)
		err = train_tile(m, i, (i + round->shift) % m->blocks, m->buffer[thread],
			&m->tile_cost[i]);
	if (err)
		atomic_store(&round->next, m->blocks); /* and the others stop, too */
	return err;
}

static enum wp_err run_round(struct wp_glove *m)
{
	struct wp_glove_position *p = &m->position;
	size_t in_epoch = (size_t)(p->round % m->blocks);
	struct round round = {.model = m, .shift = m->shift[in_epoch]};
	atomic_init(&round.next, 0);
	enum wp_err err = wp_parallel(m->config.threads, run_thread, &round);
	if (err)
		return err;
	if (in_epoch == 0) {
		p->cells = 0;
		p->cost = 0;
	}
	for (size_t i = 0; i < m->blocks; i++) {
		p->cost += m->tile_cost[i];
		p->cells += wp_glove_tile_count(
			m->cells, i * m->blocks + (i + round.shift) % m->blocks);
	}
	p->round++;
	if (!isfinite(p->cost))
		return wp_fail(WP_EDIVERGED,
			"training: the cost is not finite (epoch %" PRIu64
			", round %zu of %zu, learning rate %g)",
			(p->round - 1) / m->blocks + 1, in_epoch + 1, m->blocks,
			m->config.rate);
	return WP_OK;
}

static struct wp_glove_progress progress_of(const struct wp_glove *m)
{
	const struct wp_glove_position *p = &m->position;
	uint64_t epoch = (p->round - 1) / m->blocks;
	return (struct wp_glove_progress){
		.share = (double)p->round / (double)wp_glove_rounds(m),
		.epoch = (int)epoch,
		.epoch_end = p->round % m->blocks == 0,
		.cells = epoch * wp_glove_cells_count(m->cells) + p->cells,
		.cost = p->cells ? p->cost / (double)p->cells : 0,
	};
}

enum wp_err wp_glove_train(struct wp_glove *m, uint64_t rounds,
	const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_glove_progress *progress, void *arg), void *arg)
{
	uint64_t all = wp_glove_rounds(m), end = m->position.round + rounds;
	if (rounds == 0 || end > all)
		end = all;
	bool first = true;
	while (m->position.round < end) {
		if (stop && *stop)
			return wp_fail(WP_ESTOPPED,
				"training: stopped after %" PRIu64 " of %" PRIu64 " rounds",
				m->position.round, all);
		if (first || m->position.round % m->blocks == 0)
			set_shifts(m, m->position.round / m->blocks);
		first = false;
		enum wp_err err = run_round(m);
		if (err)
			return err;
		if (report) {
			struct wp_glove_progress progress = progress_of(m);
			report(&progress, arg);
		}
	}
	return WP_OK;
}

uint64_t wp_glove_rounds(const struct wp_glove *m)
{
	return (uint64_t)m->blocks * (uint64_t)m->config.epochs;
}

struct wp_glove_position wp_glove_position(const struct wp_glove *m)
{
	return m->position;
}

float wp_glove_get(const struct wp_glove *m, size_t word, bool context, float *vector)
{
	const uint16_t *from = wp_glove_elements(m, word, context);
	for (int k = 0; k < m->config.dim; k++)
		vector[k] = wp_from_f16(from[k]);
	return wp_glove_tail(m, word, context)->bias;
}

void wp_glove_set(
	struct wp_glove *m, size_t word, bool context, const float *vector, float bias)
{
	uint16_t *to = wp_glove_elements(m, word, context);
	for (int k = 0; k < m->config.dim; k++)
		to[k] = wp_to_f16(vector[k]);
	wp_glove_tail(m, word, context)->bias = bias;
}
