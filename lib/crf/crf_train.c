#include "crf/crf_train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "crf/crf_data.h"
#include "math/lbfgs.h"
#include "stream/checkpoint.h"
#include "text/metrics.h"

const char *const wp_crf_methods[] = {
	[WP_CRF_LBFGS] = "lbfgs", [WP_CRF_PERCEPTRON] = "perceptron", NULL};

enum {
	EPOCHS = 10,   /* of the perceptron, where nothing else is said */
	WINDOW = 4096, /* tokens whose gradients are kept at a time, unless a sentence is longer
			*/
	ENTRIES = 1 << 20 /* of extra scores of a window at most, unless a sentence has more */
};

void wp_crf_config_default(struct wp_crf_config *config)
{
	*config = (struct wp_crf_config){.l2 = 0.5,
		.tolerance = 1e-4,
		.memory = 6,
		.least = 1,
		.tag_column = -1,
		.seed = 1,
		.threads = 1};
}

/* The sentences of a window are divided into so many parts, whose sums are added up in their
 * order: so that the result does not depend on the number of threads. */
enum { PARTS = 16 };

struct part {
	double *transition; /* (T, T): the gradient of the transitions */
	double likelihood;
};

struct wp_crf_trainer {
	struct wp_crf_config config;
	struct wp_crf *crf;
	struct wp_crf_data data;
	struct wp_lbfgs lbfgs;
	struct wp_chain_f64 *chain;
	struct wp_chain_work **works; /* of each thread */
	size_t *range; /* (threads + 1): the attributes that each thread adds up */
	struct part parts[PARTS];
	double *rows;    /* (window, stride): scores, then gradients, of a window's tokens */
	double *scratch; /* (T, T) */
	size_t window;   /* tokens */
	struct wp_crf_extra extra; /* of the same tokens */
	struct wp_crf_progress progress;
	/* The perceptron: weights, the sums that its average needs, the order of sentences. */
	double *sum;
	size_t *order, *begin; /* (sentences), and where each begins */
	int32_t *guess;
	double updates;
	struct wp_rng rng;
	/* A pass of L-BFGS that the threads share. */
	const double *weights;
	double *gradient;
	size_t first_sentence, last_sentence; /* of the window */
	/* What is validated on, if there is such a text. */
	struct wp_crf_data valid;
	struct wp_symbols valid_tags; /* of the model, and others behind them */
	double *average;              /* the perceptron's weights, as validated */
	double *best;                 /* weights */
	double best_measure;
};

void wp_crf_trainer_free(struct wp_crf_trainer *t)
{
	if (!t)
		return;
	for (int i = 0; t->works && i < t->config.threads; i++)
		wp_chain_work_free(t->works[i]);
	free(t->works);
	free(t->range);
	free(t->parts[0].transition);
	wp_lbfgs_fini(&t->lbfgs);
	wp_chain_f64_free(t->chain);
	wp_crf_data_fini(&t->data);
	wp_crf_data_fini(&t->valid);
	wp_symbols_fini(&t->valid_tags);
	free(t->average);
	free(t->best);
	wp_crf_free(t->crf);
	free(t->rows);
	free(t->scratch);
	free(t->sum);
	free(t->order);
	free(t->begin);
	free(t->guess);
	wp_crf_extra_fini(&t->extra);
	free(t);
}

/* Divide the attributes so that each thread adds up about as many rows. */
static enum wp_err divide_attributes(struct wp_crf_trainer *t)
{
	size_t attributes = t->crf->attributes.count, threads = (size_t)t->config.threads;
	uint32_t *count;
	enum wp_err err = wp_alloc(&t->range, threads + 1, sizeof *t->range, "training");
	if (!err)
		err = wp_alloc(&count, attributes, sizeof *count, "training");
	if (err)
		return err;
	for (size_t i = 0; i < t->data.used; i++)
		count[t->data.attributes[i]]++;
	size_t thread = 1, sum = 0;
	for (size_t i = 0; i < attributes; i++) {
		if (thread < threads && sum * threads >= t->data.used * thread)
			t->range[thread++] = i;
		sum += count[i];
	}
	while (thread <= threads)
		t->range[thread++] = attributes;
	free(count);
	return WP_OK;
}

static enum wp_err make_room(struct wp_crf_trainer *t)
{
	size_t tags = t->crf->tag_count;
	if (t->config.method == WP_CRF_PERCEPTRON || t->config.threads < 1)
		t->config.threads = 1;
	enum wp_err err =
		wp_alloc(&t->works, (size_t)t->config.threads, sizeof *t->works, "training");
	for (int i = 0; i < t->config.threads && !err; i++)
		err = wp_chain_work_create(&t->works[i]);
	if (!err)
		err = divide_attributes(t);
	if (!err)
		err = wp_alloc(&t->parts[0].transition, PARTS * tags, tags * sizeof(double),
			"training");
	for (size_t i = 1; i < PARTS && !err; i++)
		t->parts[i].transition = t->parts[0].transition + i * tags * tags;
	t->window = t->data.longest > WINDOW ? t->data.longest : WINDOW;
	if (t->config.method == WP_CRF_PERCEPTRON)
		t->window = t->data.longest;
	if (!err)
		err = wp_table_alloc(
			&t->rows, t->window * t->crf->stride * sizeof *t->rows, "training");
	if (!err)
		err = wp_alloc(&t->scratch, tags * tags, sizeof *t->scratch, "training");
	if (!err)
		err = wp_alloc(&t->begin, t->data.sentences + 1, sizeof *t->begin, "sentences");
	for (size_t s = 0; s < t->data.sentences && !err; s++)
		t->begin[s + 1] = t->begin[s] + (size_t)t->data.lengths[s];
	return err ? err : wp_chain_f64_create(&t->chain, (int)tags);
}

static enum wp_err start_lbfgs(struct wp_crf_trainer *t)
{
	struct wp_lbfgs_config config = wp_lbfgs_default();
	config.memory = t->config.memory;
	config.delta = t->config.tolerance;
	config.l1 = t->config.l1;
	return wp_lbfgs_init(&t->lbfgs, &config, t->crf->size);
}

static enum wp_err start_perceptron(struct wp_crf_trainer *t)
{
	size_t bytes = t->crf->size * sizeof(double);
	enum wp_err err = wp_table_alloc(&t->crf->weights, bytes, "weights");
	if (!err)
		err = wp_table_alloc(&t->sum, bytes, "weights");
	if (!err)
		err = wp_alloc(&t->order, t->data.sentences, sizeof *t->order, "sentences");
	if (!err)
		err = wp_alloc(&t->guess, t->data.longest, sizeof *t->guess, "tags");
	for (size_t s = 0; s < t->data.sentences && !err; s++)
		t->order[s] = s;
	t->updates = 1;
	wp_rng_seed(&t->rng, t->config.seed, 0);
	return err;
}

enum wp_err wp_crf_trainer_create(struct wp_crf_trainer **trainer,
	const struct wp_crf_config *config, struct wp_crf_templates *templates,
	const struct wp_crf_vectors *vectors, struct wp_input *input)
{
	*trainer = NULL;
	struct wp_crf_trainer *t;
	enum wp_err err = wp_alloc(&t, 1, sizeof *t, "training");
	if (err)
		return err;
	t->config = *config;
	err = wp_alloc(&t->crf, 1, sizeof *t->crf, "a model");
	if (!err) {
		t->crf->templates = *templates;
		*templates = (struct wp_crf_templates){0};
		if (vectors) {
			t->crf->vectors = *vectors;
			t->crf->dim = vectors->dim;
		}
		const struct wp_crf_reading reading = {
			config->tag_column, config->least, config->all_tags};
		if (config->column_names)
			err = wp_strings_add_all(&t->crf->column_names, config->column_names);
		if (!err)
			err = wp_crf_data_read(&t->data, t->crf, input, &reading);
	}
	if (!err)
		err = make_room(t);
	if (!err)
		err = config->method == WP_CRF_LBFGS ? start_lbfgs(t) : start_perceptron(t);
	if (err) {
		wp_crf_trainer_free(t);
		return err;
	}
	*trainer = t;
	return WP_OK;
}

struct wp_crf_size wp_crf_trainer_size(const struct wp_crf_trainer *t)
{
	const struct wp_crf *crf = t->crf;
	size_t weights = crf->begin[crf->sparse] +
		crf->pair_begin[crf->attributes.count - crf->dense - crf->sparse] +
		(crf->templates.vectors * crf->dim + crf->templates.numbers) * crf->tag_count;
	for (size_t i = 0; i < crf->dense; i++)
		for (size_t y = 0; y < crf->tag_count; y++)
			weights += wp_crf_place(crf, i, y) != SIZE_MAX;
	if (crf->templates.transitions)
		weights += crf->tag_count * crf->tag_count;
	return (struct wp_crf_size){t->data.sentences, t->data.tokens, crf->tag_count,
		crf->attributes.count, weights};
}

double wp_crf_trainer_tokens(const struct wp_crf_trainer *t)
{
	int passes =
		t->config.method == WP_CRF_LBFGS ? t->lbfgs.evaluations : t->progress.iteration;
	return (double)passes * (double)t->data.tokens;
}

/* ---- Scores ---- */

/* How many extra scores the tokens from `first` to `last` - 1 have. */
static size_t count_extra(
	const struct wp_crf_trainer *t, const struct wp_crf_data *d, size_t first, size_t last)
{
	size_t count = 0;
	for (size_t i = first; i < last && d->pairs; i++) {
		struct wp_crf_token token = wp_crf_data_token(d, t->crf, i);
		count += wp_crf_extra_count(t->crf, &token);
	}
	return count;
}

/* Make room for them. */
static enum wp_err place_extra(
	struct wp_crf_trainer *t, const struct wp_crf_data *d, size_t first, size_t last)
{
	struct wp_crf_extra *x = &t->extra;
	if (!d->pairs)
		return WP_OK;
	enum wp_err err = wp_grow(
		&x->begin, &x->begin_room, last - first + 1, sizeof *x->begin, "pairs of tags");
	for (size_t i = first; i < last && !err; i++)
		x->begin[i - first + 1] = count_extra(t, d, i, i + 1);
	return err ? err : wp_crf_extra_place(x, last - first);
}

/* Ask for the weights of the tokens behind token i. */
static inline void prefetch(
	const struct wp_crf_data *d, const struct wp_crf *crf, const double *weights, size_t i)
{
	if (i + 2 >= d->tokens)
		return;
	struct wp_crf_token next = wp_crf_data_token(d, crf, i + 1);
	struct wp_crf_token after = wp_crf_data_token(d, crf, i + 2);
	wp_crf_prefetch(crf, weights, &next, &after);
}

/* The scores of the n tokens from `first` on, in rows and extra from `at` on.  *extra becomes
 * what the chain reads; the result points to it, or is NULL. */
static const struct wp_chain_extra_f64 *score_tokens(struct wp_crf_trainer *t,
	const struct wp_crf_data *d, const double *weights, size_t first, size_t n, size_t at,
	struct wp_chain_extra_f64 *extra)
{
	const struct wp_crf *crf = t->crf;
	for (size_t i = 0; i < n; i++) {
		struct wp_crf_token token = wp_crf_data_token(d, crf, first + i);
		prefetch(d, crf, weights, first + i);
		wp_crf_score(crf, weights, &token, t->rows + (at + i) * crf->stride);
		if (d->pairs)
			wp_crf_extra_score(crf, weights, &token, at + i, &t->extra);
	}
	if (!d->pairs)
		return NULL;
	*extra = wp_crf_extra_from(&t->extra, at);
	return extra;
}

/* The best tags of a sentence, in t->guess. */
static enum wp_err guess_tags(struct wp_crf_trainer *t, const struct wp_crf_data *d,
	const double *weights, size_t first, size_t n)
{
	struct wp_chain_extra_f64 room;
	enum wp_err err = place_extra(t, d, first, first + n);
	if (err)
		return err;
	const struct wp_chain_extra_f64 *extra =
		score_tokens(t, d, weights, first, n, 0, &room);
	return wp_chain_f64_viterbi(
		t->chain, t->works[0], t->rows, t->crf->stride, n, extra, t->guess, NULL);
}

/* ---- The likelihood and its gradient ---- */

static enum wp_err expect_sentence(
	struct wp_crf_trainer *t, struct wp_chain_work *work, struct part *part, size_t s)
{
	const struct wp_crf *crf = t->crf;
	size_t begin = t->begin[s], n = t->begin[s + 1] - begin;
	size_t at = begin - t->begin[t->first_sentence];
	double *rows = t->rows + at * crf->stride;
	struct wp_chain_extra_f64 room;
	const struct wp_chain_extra_f64 *extra =
		score_tokens(t, &t->data, t->weights, begin, n, at, &room);
	struct wp_chain_sums_f64 sums = {
		.transition = crf->templates.transitions ? part->transition : NULL,
		.extra = extra ? t->extra.gradient : NULL};
	double likelihood;
	enum wp_err err = wp_chain_f64_gradient(t->chain, work, rows, crf->stride, n, extra,
		t->data.tags + begin, rows, crf->stride,
		crf->templates.transitions || extra ? &sums : NULL, &likelihood);
	part->likelihood += likelihood;
	return err;
}

static enum wp_err expect(int thread, void *arg)
{
	struct wp_crf_trainer *t = arg;
	size_t sentences = t->last_sentence - t->first_sentence;
	enum wp_err err = WP_OK;
	for (size_t p = (size_t)thread; p < PARTS && !err; p += (size_t)t->config.threads) {
		size_t s = t->first_sentence + sentences * p / PARTS;
		size_t last = t->first_sentence + sentences * (p + 1) / PARTS;
		for (; s < last && !err; s++)
			err = expect_sentence(t, t->works[thread], &t->parts[p], s);
	}
	return err;
}

static enum wp_err add_up(int thread, void *arg)
{
	struct wp_crf_trainer *t = arg;
	const struct wp_crf *crf = t->crf;
	size_t from = t->begin[t->first_sentence], to = t->begin[t->last_sentence];
	for (size_t i = from; i < to; i++) {
		struct wp_crf_token token = wp_crf_data_token(&t->data, crf, i);
		prefetch(&t->data, crf, t->gradient, i);
		wp_crf_add(crf, t->gradient, &token, t->rows + (i - from) * crf->stride,
			t->range[thread], t->range[thread + 1], thread == 0);
		if (token.pairs)
			wp_crf_extra_add(crf, t->gradient, &token, i - from, &t->extra,
				t->range[thread], t->range[thread + 1]);
	}
	return WP_OK;
}

/* Dense rows have places for tags that their attributes do not have: these stay 0. */
static void clear_unused(const struct wp_crf *crf, double *gradient)
{
	for (size_t i = 0; i < crf->dense; i++) {
		double *row = gradient + crf->dense_at + i * crf->stride;
		const uint64_t *mask = crf->mask + i * crf->mask_words;
		for (size_t y = 0; y < crf->tag_count; y++)
			if (!(mask[y / 64] >> y % 64 & 1))
				row[y] = 0;
	}
}

/* Add up the parts; then turn the gradient of the likelihood into that of what is minimised. */
static double collect(struct wp_crf_trainer *t, const double *x, double *gradient)
{
	const struct wp_crf *crf = t->crf;
	size_t tags = crf->tag_count;
	double value = 0, squares = 0, l2 = t->config.l2;
	for (size_t p = 0; p < PARTS; p++) {
		value -= t->parts[p].likelihood;
		for (size_t i = 0; i < tags; i++)
			for (size_t j = 0; j < tags; j++)
				gradient[i * crf->stride + j] +=
					t->parts[p].transition[i * tags + j];
	}
	clear_unused(crf, gradient);
	for (size_t i = 0; i < crf->size; i++) {
		gradient[i] = l2 * x[i] - gradient[i];
		squares += x[i] * x[i];
	}
	return value + l2 / 2 * squares;
}

/* As many sentences from s on as a window has room for. */
static enum wp_err take_window(struct wp_crf_trainer *t, size_t s)
{
	size_t entries = 0;
	t->first_sentence = t->last_sentence = s;
	while (t->last_sentence < t->data.sentences &&
		t->begin[t->last_sentence + 1] - t->begin[s] <= t->window) {
		entries += count_extra(t, &t->data, t->begin[t->last_sentence],
			t->begin[t->last_sentence + 1]);
		if (entries > ENTRIES && t->last_sentence > s)
			break;
		t->last_sentence++;
	}
	return place_extra(t, &t->data, t->begin[s], t->begin[t->last_sentence]);
}

/* A wp_lbfgs_function. */
static enum wp_err objective(void *arg, const double *x, double *gradient, double *value)
{
	struct wp_crf_trainer *t = arg;
	size_t tags = t->crf->tag_count;
	memset(gradient, 0, t->crf->size * sizeof *gradient);
	memset(t->parts[0].transition, 0, PARTS * tags * tags * sizeof(double));
	for (size_t p = 0; p < PARTS; p++)
		t->parts[p].likelihood = 0;
	t->weights = x;
	t->gradient = gradient;
	wp_crf_set_chain(t->crf, x, t->scratch, t->chain);
	enum wp_err err = WP_OK;
	for (size_t s = 0; s < t->data.sentences && !err; s = t->last_sentence) {
		err = take_window(t, s);
		if (!err)
			err = wp_parallel(t->config.threads, expect, t);
		if (!err)
			err = wp_parallel(t->config.threads, add_up, t);
	}
	if (!err)
		*value = collect(t, x, gradient);
	return err;
}

static size_t count_active(const double *x, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += x[i] < 0 || x[i] > 0;
	return count;
}

static enum wp_err step_lbfgs(struct wp_crf_trainer *t)
{
	struct wp_lbfgs *m = &t->lbfgs;
	if (m->state != WP_LBFGS_RUNNING ||
		(t->config.iterations && m->iterations >= t->config.iterations))
		return WP_END;
	enum wp_err err = wp_lbfgs_step(m, objective, t);
	t->progress = (struct wp_crf_progress){.iteration = m->iterations,
		.objective = m->value / (double)t->data.tokens,
		.norm = m->norm,
		.rate = m->step,
		.active = count_active(m->x, m->n),
		.evaluations = m->evaluations,
		.converged = m->state != WP_LBFGS_RUNNING};
	return err;
}

/* ---- The perceptron ---- */

/* w += by, and the sum of all w so far, of which `updates` is the number. */
static void change(struct wp_crf_trainer *t, size_t place, double by)
{
	if (place == SIZE_MAX)
		return;
	t->crf->weights[place] += by;
	t->sum[place] += by * t->updates;
}

static void change_numbers(
	struct wp_crf_trainer *t, const struct wp_crf_token *token, int32_t tag, double by)
{
	const struct wp_crf *crf = t->crf;
	for (size_t i = 0; token->numbers && i < crf->templates.numbers; i++)
		change(t, crf->numbers_at + i * crf->stride + (size_t)tag,
			by * (double)token->numbers[i]);
}

static void change_token(struct wp_crf_trainer *t, size_t i, int32_t tag, double by)
{
	const struct wp_crf *crf = t->crf;
	struct wp_crf_token token = wp_crf_data_token(&t->data, crf, i);
	for (size_t k = 0; k < token.count; k++)
		change(t, wp_crf_place(crf, (size_t)token.attributes[k], (size_t)tag), by);
	change_numbers(t, &token, tag, by);
	for (size_t v = 0; token.vectors && v < crf->templates.vectors; v++) {
		if (token.vectors[v] < 0)
			continue;
		const float *x = crf->vectors.vector + (size_t)token.vectors[v] * crf->dim;
		size_t at = crf->vectors_at + v * crf->dim * crf->stride + (size_t)tag;
		for (size_t d = 0; d < crf->dim; d++)
			change(t, at + d * crf->stride, by * (double)x[d]);
	}
}

/* The weights of a token's attributes for a pair of tags. */
static void change_pairs(
	struct wp_crf_trainer *t, size_t i, int32_t from, int32_t to, double by)
{
	const struct wp_crf *crf = t->crf;
	struct wp_crf_token token = wp_crf_data_token(&t->data, crf, i);
	uint32_t pair = wp_chain_pair((size_t)from, (size_t)to);
	if (crf->templates.transitions)
		change(t, (size_t)from * crf->stride + (size_t)to, by);
	for (size_t k = token.count; k < token.count + token.pairs; k++)
		change(t, wp_crf_pair_place(crf, (size_t)token.attributes[k], pair), by);
}

static enum wp_err learn_sentence(struct wp_crf_trainer *t, size_t s, size_t *wrong)
{
	const struct wp_crf *crf = t->crf;
	size_t begin = t->begin[s], n = t->begin[s + 1] - begin;
	const int32_t *truth = t->data.tags + begin, *guess = t->guess;
	enum wp_err err = guess_tags(t, &t->data, crf->weights, begin, n);
	bool transitions = false;
	for (size_t i = 0; i < n && !err; i++) {
		if (guess[i] != truth[i]) {
			change_token(t, begin + i, truth[i], 1);
			change_token(t, begin + i, guess[i], -1);
			++*wrong;
		}
		if (i && (guess[i] != truth[i] || guess[i - 1] != truth[i - 1])) {
			change_pairs(t, begin + i, truth[i - 1], truth[i], 1);
			change_pairs(t, begin + i, guess[i - 1], guess[i], -1);
			transitions = true;
		}
	}
	if (transitions && crf->templates.transitions)
		wp_crf_set_chain(crf, crf->weights, t->scratch, t->chain);
	t->updates++;
	return err;
}

static enum wp_err step_perceptron(struct wp_crf_trainer *t)
{
	int epochs = t->config.iterations ? t->config.iterations : EPOCHS;
	size_t wrong = 0, n = t->data.sentences;
	if (t->progress.converged || t->progress.iteration >= epochs)
		return WP_END;
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(wp_rng_double(&t->rng) * (double)i), swap = t->order[i - 1];
		t->order[i - 1] = t->order[j];
		t->order[j] = swap;
	}
	wp_crf_set_chain(t->crf, t->crf->weights, t->scratch, t->chain);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i++)
		err = learn_sentence(t, t->order[i], &wrong);
	t->progress = (struct wp_crf_progress){.iteration = t->progress.iteration + 1,
		.objective = (double)wrong / (double)t->data.tokens,
		.active = count_active(t->crf->weights, t->crf->size),
		.converged = wrong == 0};
	return err;
}

/* ---- Validation ---- */

static size_t most(size_t a, size_t b)
{
	return a > b ? a : b;
}

enum wp_err wp_crf_trainer_validate(struct wp_crf_trainer *t, struct wp_input *input)
{
	size_t bytes = t->crf->size * sizeof(double), stride = t->crf->stride;
	enum wp_err err = wp_crf_data_read_more(&t->valid, t->crf, input, &t->valid_tags);
	if (!err)
		err = wp_table_alloc(&t->best, bytes, "weights");
	if (!err && t->config.method == WP_CRF_PERCEPTRON)
		err = wp_table_alloc(&t->average, bytes, "weights");
	free(t->rows);
	free(t->guess);
	t->rows = NULL;
	t->guess = NULL;
	size_t longest = most(t->data.longest, t->valid.longest);
	if (!err)
		err = wp_table_alloc(&t->rows,
			most(t->window, longest) * stride * sizeof *t->rows, "training");
	if (!err)
		err = wp_alloc(&t->guess, longest, sizeof *t->guess, "tags");
	t->best_measure = -1;
	return err;
}

/* The weights that the model would have now. */
static const double *weights_now(struct wp_crf_trainer *t)
{
	if (t->config.method == WP_CRF_LBFGS)
		return t->lbfgs.x;
	for (size_t i = 0; i < t->crf->size; i++)
		t->average[i] = t->crf->weights[i] - t->sum[i] / t->updates;
	return t->average;
}

static enum wp_err tag_all(
	struct wp_crf_trainer *t, const double *weights, struct wp_metrics *metrics)
{
	const struct wp_crf *crf = t->crf;
	size_t begin = 0;
	enum wp_err err = WP_OK;
	wp_crf_set_chain(crf, weights, t->scratch, t->chain);
	for (size_t s = 0; s < t->valid.sentences && !err; s++) {
		size_t n = (size_t)t->valid.lengths[s];
		err = guess_tags(t, &t->valid, weights, begin, n);
		if (!err)
			err = wp_metrics_add(metrics, t->valid.tags + begin, t->guess, n);
		begin += n;
	}
	return err;
}

static enum wp_err validate(struct wp_crf_trainer *t)
{
	struct wp_crf_progress *p = &t->progress;
	const double *weights = weights_now(t);
	struct wp_metrics *metrics;
	struct wp_chunk_counts total, phrases;
	enum wp_err err = wp_metrics_create(&metrics, &t->valid_tags.strings);
	if (err)
		return err;
	err = tag_all(t, weights, metrics);
	total = wp_metrics_total(metrics);
	p->validated = true;
	p->accuracy = wp_chunk_recall(&total);
	p->f1 = wp_metrics_phrases(metrics, &phrases) ? wp_chunk_f1(&phrases) : -1;
	double measure = p->f1 >= 0 ? p->f1 : p->accuracy;
	p->best = measure > t->best_measure;
	p->since = p->best ? 0 : p->since + 1;
	if (p->best) {
		t->best_measure = measure;
		memcpy(t->best, weights, t->crf->size * sizeof *weights);
	}
	wp_metrics_free(metrics);
	return err;
}

enum wp_err wp_crf_trainer_step(struct wp_crf_trainer *t, struct wp_crf_progress *progress)
{
	enum wp_err err;
	int since = t->progress.since;
	if (t->best && t->config.patience > 0 && since >= t->config.patience) {
		*progress = t->progress;
		return WP_END;
	}
	err = t->config.method == WP_CRF_LBFGS ? step_lbfgs(t) : step_perceptron(t);
	if (!err && t->best) {
		t->progress.since = since;
		err = validate(t);
	}
	*progress = t->progress;
	return err;
}

enum wp_err wp_crf_trainer_finish(struct wp_crf_trainer *t, struct wp_crf **crf)
{
	struct wp_crf *c = t->crf;
	bool validated = t->best && t->best_measure >= 0;
	*crf = NULL;
	if (!c->weights) {
		enum wp_err err =
			wp_table_alloc(&c->weights, c->size * sizeof(double), "weights");
		if (err)
			return err;
	}
	if (validated)
		memcpy(c->weights, t->best, c->size * sizeof(double));
	else if (t->config.method == WP_CRF_LBFGS)
		memcpy(c->weights, t->lbfgs.x, c->size * sizeof(double));
	for (size_t i = 0; i < c->size && t->sum && !validated; i++)
		c->weights[i] -= t->sum[i] / t->updates;
	t->crf = NULL;
	*crf = c;
	return WP_OK;
}

/* ---- Checkpoints ---- */

static const char prefix[] = "crf.checkpoint";

/* Where training stands, in numbers. */
enum {
	ITERATION,
	OBJECTIVE,
	UPDATES,
	EVALUATIONS,
	PAIRS,
	SINCE,
	BEST,
	VALUE,
	NORM,
	STEP,
	STATE
};

/* Of the text, and of that to validate on. */
static uint32_t checksum(const struct wp_crf_trainer *t)
{
	const struct wp_crf_data *d = &t->data, *v = &t->valid;
	uint32_t sum = wp_checkpoint_sum(0, d->lengths, d->sentences, sizeof *d->lengths);
	sum = wp_checkpoint_sum(sum, d->tags, d->tokens, sizeof *d->tags);
	sum = wp_checkpoint_sum(sum, d->attributes, d->used, sizeof *d->attributes);
	sum = wp_checkpoint_sum(sum, d->numbers,
		d->numbers ? d->tokens * t->crf->templates.numbers : 0, sizeof *d->numbers);
	sum = wp_checkpoint_sum(sum, v->tags, v->tokens, sizeof *v->tags);
	return wp_checkpoint_sum(sum, v->attributes, v->used, sizeof *v->attributes);
}

/* The arrays that are saved; restored in place. */
struct saved {
	const char *name;
	void *data;
	enum wp_type type;
	size_t count;
};
enum { SAVED = 9 };

static void list_parts(const struct wp_crf_trainer *t, double *state, struct saved *parts)
{
	const struct wp_lbfgs *m = &t->lbfgs;
	size_t n = t->crf->size;
	bool lbfgs = t->config.method == WP_CRF_LBFGS;
	const struct saved all[SAVED] = {{"state", state, WP_F64, STATE},
		{"weight", lbfgs ? m->x : t->crf->weights, WP_F64, n},
		{"sum", lbfgs ? m->gradient : t->sum, WP_F64, n},
		{"history", m->history, WP_F64, lbfgs ? 2 * n * (size_t)m->config.memory : 0},
		{"scale", (void *)(uintptr_t)m->scale, WP_F64, 64},
		{"value", (void *)(uintptr_t)m->values, WP_F64, 64},
		{"random", (void *)(uintptr_t)t->rng.state, WP_I64, 4},
		{"order", t->order, WP_I64, lbfgs ? 0 : t->data.sentences},
		{"best", t->best, WP_F64, t->best ? n : 0}};
	memcpy(parts, all, sizeof all);
}

static struct wp_tensor tensor_of(const struct saved *part)
{
	char name[WP_NAME_SIZE];
	snprintf(name, sizeof name, "%s.%s", prefix, part->name);
	return wp_tensor_1d(name, part->type, part->count);
}

enum wp_err wp_crf_trainer_save(
	const struct wp_crf_trainer *t, struct wp_writer *writer, const char *settings)
{
	const struct wp_crf_progress *p = &t->progress;
	const struct wp_lbfgs *m = &t->lbfgs;
	double state[STATE] = {p->iteration, p->objective, t->updates, m->evaluations, m->pairs,
		p->since, t->best_measure, m->value, m->norm, m->step};
	struct saved parts[SAVED];
	list_parts(t, state, parts);
	enum wp_err err = wp_checkpoint_put_run(writer, prefix, settings, checksum(t));
	for (size_t i = 0; i < SAVED && !err; i++) {
		struct wp_tensor tensor = tensor_of(&parts[i]);
		err = wp_writer_put(writer, &tensor, parts[i].data);
	}
	return err;
}

static enum wp_err check_state(const struct wp_crf_trainer *t, const struct wp_checkpoint *c,
	const double *state, const int64_t *order)
{
	bool lbfgs = t->config.method == WP_CRF_LBFGS, good = true;
	for (int i = 0; i <= SINCE; i++)
		good &= i == OBJECTIVE || (state[i] >= 0 && state[i] <= INT32_MAX);
	for (size_t i = 0; i < (lbfgs ? 0 : t->data.sentences); i++)
		good &= order[i] >= 0 && (size_t)order[i] < t->data.sentences;
	return good ? WP_OK : wp_checkpoint_corrupt(c, "a state in which no run can be");
}

static enum wp_err restore(struct wp_crf_trainer *t, const struct wp_checkpoint *c)
{
	double state[STATE] = {0};
	struct saved parts[SAVED];
	const void *data[SAVED];
	enum wp_err err = WP_OK;
	list_parts(t, state, parts);
	for (size_t i = 0; i < SAVED && !err; i++) {
		struct wp_tensor tensor = tensor_of(&parts[i]);
		err = wp_checkpoint_get(c, &tensor, &data[i]);
	}
	if (!err)
		err = check_state(t, c, data[0], data[7]);
	for (size_t i = 0; i < SAVED && !err; i++)
		if (parts[i].count > 0)
			memcpy(parts[i].data, data[i], parts[i].count * 8);
	if (err)
		return err;
	t->progress.iteration = (int)state[ITERATION];
	t->progress.objective = state[OBJECTIVE];
	t->progress.since = (int)state[SINCE];
	t->updates = state[UPDATES];
	t->best_measure = state[BEST];
	struct wp_lbfgs *m = &t->lbfgs;
	m->iterations = t->config.method == WP_CRF_LBFGS ? (int)state[ITERATION] : 0;
	m->evaluations = (int)state[EVALUATIONS];
	m->pairs = (int)state[PAIRS];
	m->value = state[VALUE];
	m->norm = state[NORM];
	m->step = state[STEP];
	return WP_OK;
}

enum wp_err wp_crf_trainer_resume(
	struct wp_crf_trainer *t, struct wp_reader *reader, const char *settings)
{
	struct wp_checkpoint *c;
	enum wp_err err = wp_checkpoint_read(&c, reader, prefix, settings, checksum(t));
	if (err)
		return err;
	err = restore(t, c);
	wp_checkpoint_free(c);
	return err;
}
