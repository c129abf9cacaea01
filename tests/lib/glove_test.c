/* GloVe: its kernel against finite differences of the cost, its cells, and how it runs. */
#define _GNU_SOURCE /* setenv, mkdtemp */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "checkpoints.h"
#include "embed/glove_kernel.h"
#include "embed/glove_stream.h"
#include "stream/element.h"
#include "tap.h"

static const char *const isa_names[] = {"plain", "avx2", "avx512"};

static double random_in(struct wp_rng *rng, double scale)
{
	return scale * (2 * wp_rng_double(rng) - 1);
}

/* The distance of x's neighbours in binary16. */
static double unit(double x)
{
	return fmax(ldexp(1, ilogb(fabs(x) + 1e-30) - 10), 0x1p-24);
}

/* ---- The kernel ---- */

enum { ROWS = 5, MOST_DIM = 304, MOST_ROW = 640 };

/* A tile of ROWS rows and columns; main and context rows take turns, as in the model. */
struct bench {
	struct wp_glove_tile tile;
	int dim;
	_Alignas(64) unsigned char table[2 * ROWS * MOST_ROW];
};

static uint16_t *elements(struct bench *b, int i, int side)
{
	unsigned char *base = side ? b->tile.context : b->tile.main;
	return (uint16_t *)(void *)(base + (size_t)i * b->tile.step);
}

static struct wp_glove_tail *tail(struct bench *b, int i, int side)
{
	return (void *)((unsigned char *)elements(b, i, side) + b->tile.tail);
}

static void make_bench(struct bench *b, int dim, struct wp_rng *rng)
{
	memset(b, 0, sizeof *b);
	size_t all = ((size_t)dim + WP_GLOVE_BLOCK - 1) / WP_GLOVE_BLOCK * WP_GLOVE_BLOCK;
	size_t row = (all * 2 + sizeof(struct wp_glove_tail) + 63) / 64 * 64;
	b->dim = dim;
	b->tile = (struct wp_glove_tile){.main = b->table,
		.context = b->table + row,
		.step = 2 * row,
		.elements = all,
		.tail = row - sizeof(struct wp_glove_tail),
		.per_dim = 1 / (float)dim,
		.alpha = 0.75f,
		.log_x_max = logf(10)};
	for (int i = 0; i < WP_GLOVE_BLOCK; i++)
		b->tile.random[i] = (uint32_t)wp_rng_next(rng) | 1;
	for (int i = 0; i < 2 * ROWS; i++) {
		for (int k = 0; k < dim; k++)
			elements(b, i / 2, i % 2)[k] =
				wp_to_f16((float)random_in(rng, 2 / sqrt(dim)));
		*tail(b, i / 2, i % 2) = (struct wp_glove_tail){.bias = wp_rng_float(rng),
			.bias_sum = 1 + wp_rng_float(rng),
			.sum = 4 * wp_rng_float(rng) + 0.1f};
	}
}

/* Everything that a cell depends on, in double precision: main vector, its bias, context
 * vector, its bias. */
struct point {
	int dim;
	double log_x;
	double at[2][MOST_DIM + 1]; /* the last one is the bias */
};

static struct point point_of(struct bench *b, int i, int j, double log_x)
{
	struct point p = {.dim = b->dim, .log_x = log_x};
	for (int side = 0; side < 2; side++) {
		for (int k = 0; k < b->dim; k++)
			p.at[side][k] = (double)wp_from_f16(elements(b, side ? j : i, side)[k]);
		p.at[side][b->dim] = (double)tail(b, side ? j : i, side)->bias;
	}
	return p;
}

/* f(x) (w . c + b + b' - log x)^2 / 2, as the paper has it but for the half. */
static double cost_at(const struct point *p)
{
	double r = p->at[0][p->dim] + p->at[1][p->dim] - p->log_x;
	for (int k = 0; k < p->dim; k++)
		r += p->at[0][k] * p->at[1][k];
	return fmin(1, pow(exp(p->log_x) / 10, 0.75)) * r * r / 2;
}

static double slope_at(struct point *p, int side, int k)
{
	const double h = 1e-5;
	double here = p->at[side][k];
	p->at[side][k] = here + h;
	double up = cost_at(p);
	p->at[side][k] = here - h;
	double down = cost_at(p);
	p->at[side][k] = here;
	return (up - down) / (2 * h);
}

/* One cell: every number moves against the slope of the cost, divided by the root of the sum
 * of squared slopes; elements to the next number of binary16. */
static void steps_are_gradients(enum wp_isa isa, int dim, double log_x)
{
	struct wp_rng rng;
	static struct bench before, after;
	wp_rng_seed(&rng, (uint64_t)dim, 7);
	make_bench(&before, dim, &rng);
	memcpy(&after, &before, sizeof after);
	after.tile.main = after.table + (before.tile.main - before.table);
	after.tile.context = after.table + (before.tile.context - before.table);
	struct point p = point_of(&before, 3, 1, log_x);
	struct wp_glove_cell cells[1 + WP_GLOVE_AHEAD] = {{3, 1, (float)log_x}};
	double cost = wp_glove_kernels(isa)->train(&after.tile, cells, 1);
	double wrong_sum = 0, wrong_bias = 0, wrong_element = 0;
	bool padded = true;
	for (int side = 0; side < 2; side++) {
		int i = side ? 1 : 3;
		struct wp_glove_tail *old = tail(&before, i, side),
				     *new = tail(&after, i, side);
		double squares = 0, slope = slope_at(&p, side, dim);
		for (int k = 0; k < dim; k++)
			squares += pow(slope_at(&p, side, k), 2) / dim;
		double sum = (double)old->sum + squares;
		double bias_sum = (double)old->bias_sum + slope * slope;
		wrong_sum = fmax(wrong_sum, fabs((double)new->sum - sum) / sum);
		wrong_sum = fmax(wrong_sum, fabs((double)new->bias_sum - bias_sum) / bias_sum);
		wrong_bias = fmax(wrong_bias,
			fabs((double)new->bias - ((double)old->bias - slope / sqrt(bias_sum))));
		for (int k = 0; k < dim; k++) {
			double want = p.at[side][k] - slope_at(&p, side, k) / sqrt(sum);
			double got = (double)wp_from_f16(elements(&after, i, side)[k]);
			wrong_element = fmax(wrong_element,
				fabs(got - want) / unit(fmax(fabs(got), fabs(want))));
		}
		for (size_t k = (size_t)dim; k < before.tile.elements; k++)
			padded = padded && elements(&after, i, side)[k] == 0;
		memcpy(elements(&after, i, side), elements(&before, i, side),
			before.tile.tail + sizeof *old);
	}
	ok(fabs(cost - cost_at(&p)) < 1e-5 * cost_at(&p) + 1e-9,
		"%s, %d elements: the cost is that of the paper (%.6f)", isa_names[isa], dim,
		cost);
	ok(wrong_sum < 1e-4 && wrong_bias < 1e-4,
		"... sums and biases follow its slopes (to %.0e, %.0e)", wrong_sum, wrong_bias);
	ok(wrong_element <= 1.01, "... elements too, to the next number (%.2f of its distance)",
		wrong_element);
	ok(padded && memcmp(before.table, after.table, sizeof before.table) == 0,
		"... and nothing else changes");
}

/* Rounded at random, steps far below the distance of two numbers are right on average. */
static void rounding_is_fair(enum wp_isa isa)
{
	enum { TIMES = 4000, DIM = 20 };
	struct wp_rng rng;
	static struct bench start, b;
	double mean[DIM] = {0}, worst = 0;
	wp_rng_seed(&rng, 1, 1);
	make_bench(&start, DIM, &rng);
	tail(&start, 0, 0)->sum = 4e6; /* small steps */
	struct point p = point_of(&start, 0, 0, 1);
	struct wp_glove_cell cells[1 + WP_GLOVE_AHEAD] = {{0, 0, 1}};
	for (int t = 0; t < TIMES; t++) {
		memcpy(&b, &start, sizeof b);
		b.tile.main = b.table + (start.tile.main - start.table);
		b.tile.context = b.table + (start.tile.context - start.table);
		for (int i = 0; i < WP_GLOVE_BLOCK; i++)
			b.tile.random[i] = (uint32_t)wp_rng_next(&rng) | 1;
		wp_glove_kernels(isa)->train(&b.tile, cells, 1);
		for (int k = 0; k < DIM; k++)
			mean[k] += (double)wp_from_f16(elements(&b, 0, 0)[k]) / TIMES;
	}
	double most_step = 0;
	for (int k = 0; k < DIM; k++) {
		double step = -slope_at(&p, 0, k) / sqrt((double)tail(&b, 0, 0)->sum);
		double size = unit(p.at[0][k]);
		most_step = fmax(most_step, fabs(step) / size);
		worst = fmax(worst, fabs(mean[k] - p.at[0][k] - step) / size);
	}
	ok(most_step < 3 && worst < 5 * 0.5 / sqrt(TIMES),
		"%s: steps of at most %.2f units are right on average, to %.3f", isa_names[isa],
		most_step, worst);
}

/* Many cells, one after the other, against the same in double precision. */
static void cells_follow_each_other(enum wp_isa isa, int count)
{
	struct wp_rng rng;
	static struct bench b;
	struct wp_glove_cell cells[100 + WP_GLOVE_AHEAD] = {{0}};
	double at[2][ROWS][MOST_DIM + 1], sum[2][ROWS][2], cost = 0, worst = 0;
	const int dim = 100;
	wp_rng_seed(&rng, (uint64_t)count, 3);
	make_bench(&b, dim, &rng);
	for (int n = 0; n < count; n++)
		cells[n] = (struct wp_glove_cell){(uint16_t)wp_rng_below(&rng, ROWS),
			(uint16_t)wp_rng_below(&rng, ROWS), (float)random_in(&rng, 4)};
	for (int i = 0; i < 2 * ROWS; i++) {
		struct point p = point_of(&b, i / 2, i / 2, 0);
		memcpy(at[i % 2][i / 2], p.at[i % 2], sizeof p.at[0]);
		tail(&b, i / 2, i % 2)->sum += 50; /* steps that lead nowhere wild */
		sum[i % 2][i / 2][0] = (double)tail(&b, i / 2, i % 2)->sum;
		sum[i % 2][i / 2][1] = (double)tail(&b, i / 2, i % 2)->bias_sum;
	}
	for (int n = 0; n < count; n++) {
		struct point p = {.dim = dim, .log_x = (double)cells[n].log};
		const int row[2] = {cells[n].row, cells[n].col};
		double r = -p.log_x, squares[2] = {0};
		for (int side = 0; side < 2; side++) {
			memcpy(p.at[side], at[side][row[side]], sizeof p.at[side]);
			r += p.at[side][dim];
		}
		for (int k = 0; k < dim; k++)
			r += p.at[0][k] * p.at[1][k];
		cost += cost_at(&p);
		double slope = r * fmin(1, pow(exp(p.log_x) / 10, 0.75));
		for (int k = 0; k < dim; k++)
			for (int side = 0; side < 2; side++)
				squares[side] += pow(slope * p.at[!side][k], 2) / dim;
		for (int side = 0; side < 2; side++) {
			double *s = sum[side][row[side]], *to = at[side][row[side]];
			s[0] += squares[side];
			s[1] += slope * slope;
			for (int k = 0; k < dim; k++)
				to[k] -= slope * p.at[!side][k] / sqrt(s[0]);
			to[dim] -= slope / sqrt(s[1]);
		}
	}
	double got = wp_glove_kernels(isa)->train(&b.tile, cells, (size_t)count);
	for (int i = 0; i < 2 * ROWS; i++)
		for (int k = 0; k < dim; k++)
			worst = fmax(worst,
				fabs((double)wp_from_f16(elements(&b, i / 2, i % 2)[k]) -
					at[i % 2][i / 2][k]));
	ok(fabs(got - cost) <= 0.01 * cost + 1e-9 && worst < 0.01,
		"%s: %d cells cost %.4f, and %.4f in double precision; elements to %.4f",
		isa_names[isa], count, got, cost, worst);
}

/* ---- Cells ---- */

enum { WORDS = 90 };

static double value_of(int i, int j)
{
	return 0.5 + (i * 7 + j * 13) % 29;
}

static const char *directory;

/* All cells of a words x words matrix but those for which (i + j) % 9 is 0. */
static struct wp_glove_cells *some_cells(int words, size_t blocks, size_t memory)
{
	struct wp_glove_cells *cells;
	if (wp_glove_cells_create(&cells, (size_t)words, blocks, memory, directory))
		abort();
	for (int i = 0; i < words; i++)
		for (int j = 0; j < words; j++)
			if ((i + j) % 9 && wp_glove_cells_add(cells, i, j, value_of(i, j)))
				abort();
	if (wp_glove_cells_end(cells))
		abort();
	return cells;
}

static void cells_are_sorted(int words, size_t blocks)
{
	struct wp_glove_cells *little = some_cells(words, blocks, 1);
	struct wp_glove_cells *much = some_cells(words, blocks, 1 << 24);
	size_t all = 0, room = (size_t)words * (size_t)words;
	struct wp_glove_cell *a = calloc(room, sizeof *a), *b = calloc(room, sizeof *b);
	bool right = true, same = true;
	for (size_t t = 0; t < blocks * blocks; t++) {
		size_t count = wp_glove_tile_count(little, t);
		same = same && count == wp_glove_tile_count(much, t) &&
			!wp_glove_tile_read(little, t, a) && !wp_glove_tile_read(much, t, b) &&
			memcmp(a, b, count * sizeof *a) == 0;
		for (size_t n = 0; n < count; n++) {
			int i = (int)(a[n].row * blocks + t / blocks);
			int j = (int)(a[n].col * blocks + t % blocks);
			right = right && i < words && j < words && (i + j) % 9 &&
				a[n].log == (float)log(value_of(i, j));
			if (n > 0 && a[n].row == a[n - 1].row) /* as they came */
				right = right && a[n].col > a[n - 1].col;
			else if (n > 0)
				right = right && a[n].row > a[n - 1].row;
		}
		all += count;
	}
	ok(right && all == room - (room + 8) / 9 && all == wp_glove_cells_count(little),
		"%d words in %zu blocks: %zu cells, each once and in its tile", words, blocks,
		all);
	ok(same, "... whatever the memory");
	wp_glove_cells_free(little);
	wp_glove_cells_free(much);
	free(a);
	free(b);
}

static void cells_are_refused(void)
{
	struct wp_glove_cells *cells;
	const double bad[] = {0, -1, NAN, INFINITY, -INFINITY};
	if (wp_glove_cells_create(&cells, WORDS, 3, 0, directory))
		abort();
	for (int k = 0; k < 5; k++)
		ok(wp_glove_cells_add(cells, 1, 2, bad[k]) == WP_EINVAL, "refused: %s",
			wp_error_detail());
	ok(wp_glove_cells_add(cells, WORDS, 0, 1) == WP_EINVAL &&
			wp_glove_cells_add(cells, 0, -1, 1) == WP_EINVAL,
		"refused: %s", wp_error_detail());
	ok(!wp_glove_cells_end(cells) && wp_glove_cells_count(cells) == 0,
		"... and none of them was taken");
	wp_glove_cells_free(cells);
	ok(wp_glove_cells_create(&cells, 3, 4, 0, directory) == WP_EINVAL &&
			wp_glove_cells_create(&cells, 1 << 20, 3, 0, directory) == WP_EINVAL &&
			wp_glove_cells_create(&cells, 5, 0, 0, directory) == WP_EINVAL,
		"blocks that make no sense are refused: %s", wp_error_detail());
}

static void blocks_are_sound(void)
{
	bool good = true;
	for (size_t words = 1; words < INT32_MAX; words += 1 + words / 3)
		for (int dim = 1; dim <= 65536; dim = dim * 3 + 1) {
			size_t blocks = wp_glove_blocks(words, dim);
			good = good && blocks % 2 == 1 && blocks <= words &&
				(words - 1) / blocks <= UINT16_MAX && blocks <= UINT16_MAX;
		}
	ok(good, "blocks: odd, none empty, numbers within them fit 16 bits");
}

/* ---- The model ---- */

static struct wp_glove_config usual(void)
{
	struct wp_glove_config config;
	wp_glove_default(&config);
	config.dim = 20;
	config.epochs = 6;
	config.rate = 0.1;
	return config;
}

static struct wp_glove *create(
	const struct wp_glove_config *config, const struct wp_glove_cells *cells)
{
	struct wp_glove *model;
	if (wp_glove_create(&model, config, cells))
		abort();
	return model;
}

static struct wp_glove *trained(
	const struct wp_glove_config *config, const struct wp_glove_cells *cells)
{
	struct wp_glove *model = create(config, cells);
	if (wp_glove_train(model, 0, NULL, NULL, NULL))
		abort();
	return model;
}

/* The largest difference of any number of two models; 0 only if all bits agree. */
static double difference(const struct wp_glove *a, const struct wp_glove *b)
{
	float x[MOST_DIM] = {0}, y[MOST_DIM] = {0};
	double worst = 0;
	for (size_t i = 0; i < 2 * WORDS; i++) {
		worst = fmax(worst,
			fabs((double)wp_glove_get(a, i / 2, i % 2, x) -
				(double)wp_glove_get(b, i / 2, i % 2, y)));
		for (int k = 0; k < MOST_DIM; k++)
			worst = fmax(worst, fabs((double)x[k] - (double)y[k]));
	}
	return worst;
}

static bool same(const struct wp_glove *a, const struct wp_glove *b)
{
	struct wp_glove_position p = wp_glove_position(a), q = wp_glove_position(b);
	return difference(a, b) == 0 && p.round == q.round && p.cells == q.cells &&
		p.cost == q.cost;
}

static double mean_cost(const struct wp_glove *model)
{
	struct wp_glove_position p = wp_glove_position(model);
	return p.cost / (double)p.cells;
}

static void repeatable(const struct wp_glove_cells *cells)
{
	struct wp_glove_config config = usual();
	struct wp_glove *one = trained(&config, cells), *other = trained(&config, cells);
	ok(same(one, other), "the same seed gives the same bits");
	wp_glove_free(other);
	for (int threads = 2; threads <= 64; threads *= 4) {
		config.threads = threads;
		other = trained(&config, cells);
		ok(same(one, other), "... with %d threads, too", threads);
		wp_glove_free(other);
	}
	struct wp_glove_cells *in_runs = some_cells(WORDS, wp_glove_cells_blocks(cells), 1);
	other = trained(&config, in_runs);
	ok(same(one, other), "... and with little memory");
	wp_glove_free(other);
	wp_glove_cells_free(in_runs);
	config.seed++;
	other = trained(&config, cells);
	ok(difference(one, other) > 0.01, "another seed gives others");
	wp_glove_free(one);
	wp_glove_free(other);
}

static void instruction_sets_agree(const struct wp_glove_cells *cells, enum wp_isa best)
{
	for (int dim = 1; dim <= 100; dim += 33) {
		struct wp_glove_config config = usual();
		config.dim = dim;
		setenv("WORDPIPE_ISA", "plain", 1);
		struct wp_glove *plain = trained(&config, cells);
		for (enum wp_isa isa = WP_ISA_AVX2; isa <= best; isa++) {
			setenv("WORDPIPE_ISA", isa_names[isa], 1);
			struct wp_glove *other = trained(&config, cells);
			double ratio = mean_cost(other) / mean_cost(plain);
			ok(fabs(ratio - 1) < 0.01,
				"%d elements: %s comes to %.4f times the cost of plain C", dim,
				isa_names[isa], ratio);
			wp_glove_free(other);
		}
		wp_glove_free(plain);
		unsetenv("WORDPIPE_ISA");
	}
}

/* Stop after every few rounds, save, and go on in a new model. */
static void resumed(const struct wp_glove_cells *cells)
{
	struct wp_glove_config config = usual();
	char path[100];
	int pieces = 0;
	enum wp_err err = WP_OK;
	snprintf(path, sizeof path, "%s/checkpoint", directory);
	struct wp_glove *whole = trained(&config, cells), *parts = create(&config, cells);
	while (!err && wp_glove_position(parts).round < wp_glove_rounds(parts)) {
		err = wp_glove_train(parts, 7, NULL, NULL, NULL);
		if (!err)
			err = CHECKPOINT_SAVE(wp_glove_save, parts, path, "settings");
		wp_glove_free(parts);
		config.threads = 1 + pieces++ % 3;
		parts = create(&config, cells);
		if (!err)
			err = CHECKPOINT_LOAD(wp_glove_load, parts, path, "settings");
	}
	ok(!err && pieces > 5 && same(whole, parts),
		"a run in %d pieces gives the bits of an unbroken one", pieces);
	ok(CHECKPOINT_LOAD(wp_glove_load, parts, path, "other settings") == WP_EMISMATCH,
		"a checkpoint of other settings is refused: %s", wp_error_detail());
	wp_glove_free(parts);
	config.dim++;
	parts = create(&config, cells);
	ok(CHECKPOINT_LOAD(wp_glove_load, parts, path, "settings") == WP_EMISMATCH,
		"... or of another size: %s", wp_error_detail());
	wp_glove_free(parts);
	config.dim--;
	config.epochs--;
	parts = create(&config, cells);
	ok(CHECKPOINT_LOAD(wp_glove_load, parts, path, "settings") == WP_ECORRUPT,
		"... or further on: %s", wp_error_detail());
	wp_glove_free(parts);
	config.epochs++;
	static const struct {
		const char *name;
		double value;
	} bad[] = {{"glove.tails", NAN}, {"glove.cost", -1}, {"glove.cost", NAN},
		{"glove.progress", -1}};
	char broken[100];
	snprintf(broken, sizeof broken, "%s/broken", directory);
	parts = create(&config, cells);
	for (int i = 0; i < 4; i++) {
		checkpoint_change(path, broken, bad[i].name, 0, bad[i].value);
		err = CHECKPOINT_LOAD(wp_glove_load, parts, broken, "settings");
		ok(err == WP_ECORRUPT && wp_glove_position(parts).round == 0, "%s of %g: %s",
			bad[i].name, bad[i].value, wp_error_detail());
	}
	checkpoint_change(path, broken, "glove.tails", 1, 0);
	ok(CHECKPOINT_LOAD(wp_glove_load, parts, broken, "settings") == WP_ECORRUPT, "%s",
		wp_error_detail());
	checkpoint_change(path, broken, "glove.checksum", 0, 5);
	ok(CHECKPOINT_LOAD(wp_glove_load, parts, broken, "settings") == WP_EMISMATCH, "%s",
		wp_error_detail());
	wp_glove_free(parts);
	wp_glove_free(whole);
	unlink(path);
	unlink(broken);
}

struct watch {
	int calls, epochs;
	double last_share, last_cost;
	uint64_t last_cells;
	bool forward, falling;
	volatile sig_atomic_t stop;
};

static void look(const struct wp_glove_progress *p, void *arg)
{
	struct watch *w = arg;
	w->calls++;
	w->forward = w->forward && p->share > w->last_share && p->cells > w->last_cells;
	w->last_share = p->share;
	w->last_cells = p->cells;
	if (p->epoch_end) {
		w->falling = w->falling && p->cost < w->last_cost && p->epoch == w->epochs;
		w->last_cost = p->cost;
		w->epochs++;
	}
	w->stop = w->calls == 2;
}

static void watched(const struct wp_glove_cells *cells)
{
	struct wp_glove_config config = usual();
	struct wp_glove *whole = trained(&config, cells), *model = create(&config, cells);
	struct watch watch = {.forward = true, .falling = true, .last_cost = INFINITY};
	enum wp_err err = wp_glove_train(model, 0, &watch.stop, look, &watch);
	ok(err == WP_ESTOPPED && watch.calls == 2 && wp_glove_position(model).round == 2,
		"a stop is heeded after the round: %s", wp_error_detail());
	err = wp_glove_train(model, 0, NULL, look, &watch);
	ok(!err && watch.forward && watch.last_share == 1 &&
			watch.last_cells == 6 * wp_glove_cells_count(cells),
		"progress goes on to the end, over all cells of all epochs");
	ok(watch.falling && watch.epochs == 6, "the cost falls from epoch to epoch, to %.4f",
		watch.last_cost);
	ok(same(whole, model), "... and is the same as without the stop");
	wp_glove_free(whole);
	wp_glove_free(model);
}

/* Logarithms that are a product of few dimensions, and biases: training finds such vectors. */
static void finds_what_is_there(void)
{
	enum { RANK = 4 };
	static double w[WORDS][RANK + 1], c[WORDS][RANK + 1];
	struct wp_glove_cells *cells;
	struct wp_rng rng;
	wp_rng_seed(&rng, 3, 3);
	for (int i = 0; i < WORDS; i++)
		for (int k = 0; k <= RANK; k++) {
			w[i][k] = random_in(&rng, 1);
			c[i][k] = random_in(&rng, 1);
		}
	if (wp_glove_cells_create(
		    &cells, WORDS, wp_glove_blocks(WORDS, RANK), 1 << 20, directory))
		abort();
	double variance = 0;
	for (int i = 0; i < WORDS; i++)
		for (int j = 0; j < WORDS; j++) {
			double log_x = w[i][RANK] + c[j][RANK];
			for (int k = 0; k < RANK; k++)
				log_x += w[i][k] * c[j][k];
			variance += log_x * log_x / WORDS / WORDS;
			if (wp_glove_cells_add(cells, i, j, exp(log_x)))
				abort();
		}
	struct wp_glove_config config = usual();
	config.dim = RANK;
	config.epochs = 400;
	config.alpha = 0; /* every cell weighs the same */
	if (wp_glove_cells_end(cells))
		abort();
	struct wp_glove *model = trained(&config, cells);
	ok(mean_cost(model) < 1e-3 * variance,
		"a planted matrix of rank %d is found: cost %.1e where logs have a variance of "
		"%.2f",
		RANK, mean_cost(model), variance);
	wp_glove_free(model);
	wp_glove_cells_free(cells);
}

static void out_of_bounds(const struct wp_glove_cells *cells)
{
	struct wp_glove_config config = usual();
	float vector[MOST_DIM] = {1, -0.5f, 0.25f}, back[MOST_DIM] = {0};
	struct wp_glove *model = create(&config, cells);
	wp_glove_set(model, 5, true, vector, 0.125f);
	ok(wp_glove_get(model, 5, true, back) == 0.125f &&
			memcmp(vector, back, sizeof back) == 0,
		"vectors that are set can be got");
	wp_glove_set(model, 5, true, vector, INFINITY);
	ok(wp_glove_train(model, 0, NULL, NULL, NULL) == WP_EDIVERGED,
		"numbers that are not finite are noticed: %s", wp_error_detail());
	wp_glove_free(model);
	const double rates[] = {1e-9, 1, 1e6};
	for (int k = 0; k < 3; k++) {
		config.rate = rates[k];
		model = trained(&config, cells);
		ok(isfinite(mean_cost(model)), "a rate of %g: cost %.3g", config.rate,
			mean_cost(model));
		wp_glove_free(model);
	}
}

static void few_words(void)
{
	for (int words = 1; words <= 4; words++) {
		struct wp_glove_cells *cells;
		struct wp_glove_config config = usual();
		config.threads = 3;
		if (wp_glove_cells_create(&cells, (size_t)words,
			    wp_glove_blocks((size_t)words, config.dim), 0, directory) ||
			wp_glove_cells_add(cells, words - 1, 0, 3) || wp_glove_cells_end(cells))
			abort();
		struct wp_glove *model = trained(&config, cells);
		ok(wp_glove_position(model).cells == 1 && isfinite(mean_cost(model)),
			"a single cell among %d words: cost %.4f", words, mean_cost(model));
		wp_glove_free(model);
		wp_glove_cells_free(cells);
	}
}

static void refused(void)
{
	struct wp_glove_config config;
	int wrong = 0;
#define REFUSE(field, value) \
	wp_glove_default(&config); \
	config.field = value; \
	wrong += wp_glove_check(&config) != WP_EINVAL
	REFUSE(dim, 0);
	REFUSE(dim, 1 << 20);
	REFUSE(epochs, 0);
	REFUSE(threads, 0);
	REFUSE(x_max, 0);
	REFUSE(x_max, NAN);
	REFUSE(alpha, -1);
	REFUSE(alpha, INFINITY);
	REFUSE(rate, 0);
	REFUSE(rate, NAN);
#undef REFUSE
	ok(wrong == 0, "settings out of range are refused: %s", wp_error_detail());
}

static void memory_fails(void)
{
	long n = 0;
	enum wp_err err;
	struct wp_glove_config config = usual();
	do {
		struct wp_glove_cells *cells;
		struct wp_glove *model = NULL;
		wp_alloc_fail_at(++n);
		err = wp_glove_cells_create(&cells, WORDS, 3, 0, directory);
		if (!err)
			err = wp_glove_cells_add(cells, 1, 1, 1);
		if (!err)
			err = wp_glove_cells_end(cells);
		if (!err)
			err = wp_glove_create(&model, &config, cells);
		wp_glove_free(model);
		wp_glove_cells_free(cells);
	} while (err == WP_ENOMEM);
	wp_alloc_fail_at(0);
	ok(!err && n > 8, "each of %ld allocations may fail", n - 1);
}

int main(void)
{
	char template[] = "/tmp/wordpipe-glove-test.XXXXXX";
	enum wp_isa best = wp_cpu_isa();
	directory = mkdtemp(template);
	if (!directory)
		return 1;
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= best; isa++) {
		const int dims[] = {1, 15, 16, 100, 300};
		for (int k = 0; k < 5; k++)
			steps_are_gradients(isa, dims[k], k % 2 ? 1.5 : 3);
		rounding_is_fair(isa);
		for (int count = 0; count <= 100; count += 25)
			cells_follow_each_other(isa, count);
	}
	cells_are_sorted(90, 1);
	cells_are_sorted(91, 7);
	cells_are_sorted(450, 17); /* on disk */
	cells_are_refused();
	blocks_are_sound();
	struct wp_glove_cells *cells = some_cells(WORDS, wp_glove_blocks(WORDS, 20), 1 << 20);
	repeatable(cells);
	instruction_sets_agree(cells, best);
	resumed(cells);
	watched(cells);
	finds_what_is_there();
	out_of_bounds(cells);
	few_words();
	refused();
	memory_fails();
	wp_glove_cells_free(cells);
	rmdir(directory);
	return done_testing();
}
