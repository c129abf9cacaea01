#include "crf/crf_train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "crf/crf_data.h"
#include "math/lbfgs.h"
#include "stream/tensor_set.h"

const char *const wp_crf_methods[] = {
	[WP_CRF_LBFGS] = "lbfgs", [WP_CRF_PERCEPTRON] = "perceptron", NULL};

enum {
	EPOCHS = 10,  /* of the perceptron, where nothing else is said */
	WINDOW = 4096 /* tokens whose gradients are kept at a time, unless a sentence is longer
		       */
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
	wp_crf_free(t->crf);
	free(t->rows);
	free(t->scratch);
	free(t->sum);
	free(t->order);
	free(t->begin);
	free(t->guess);
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
	size_t weights = crf->begin[crf->attributes.count - crf->dense] +
		crf->templates.vectors * crf->dim * crf->tag_count;
	for (size_t i = 0; i < crf->dense; i++)
		for (size_t y = 0; y < crf->tag_count; y++)
			weights += wp_crf_place(crf, i, y) != SIZE_MAX;
	if (crf->templates.transitions)
		weights += crf->tag_count * crf->tag_count;
	return (struct wp_crf_size){t->data.sentences, t->data.tokens, crf->tag_count,
		crf->attributes.count, weights};
}

/* ---- The likelihood and its gradient ---- */

static enum wp_err expect_sentence(
	struct wp_crf_trainer *t, struct wp_chain_work *work, struct part *part, size_t s)
{
	const struct wp_crf *crf = t->crf;
	size_t begin = t->begin[s], n = t->begin[s + 1] - begin;
	double *rows = t->rows + (begin - t->begin[t->first_sentence]) * crf->stride;
	for (size_t i = 0; i < n; i++) {
		struct wp_crf_token token = wp_crf_data_token(&t->data, crf, begin + i);
		wp_crf_score(crf, t->weights, &token, rows + i * crf->stride);
	}
	struct wp_chain_sums_f64 sums = {.transition = part->transition};
	double likelihood;
	enum wp_err err = wp_chain_f64_gradient(t->chain, work, rows, crf->stride, n,
		t->data.tags + begin, rows, crf->stride,
		crf->templates.transitions ? &sums : NULL, &likelihood);
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
		wp_crf_add(crf, t->gradient, &token, t->rows + (i - from) * crf->stride,
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
		t->first_sentence = t->last_sentence = s;
		while (t->last_sentence < t->data.sentences &&
			t->begin[t->last_sentence + 1] - t->begin[s] <= t->window)
			t->last_sentence++;
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
	t->progress = (struct wp_crf_progress){m->iterations, m->value / (double)t->data.tokens,
		m->norm, count_active(m->x, m->n), m->evaluations,
		m->state != WP_LBFGS_RUNNING};
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

static void change_token(struct wp_crf_trainer *t, size_t i, int32_t tag, double by)
{
	const struct wp_crf *crf = t->crf;
	struct wp_crf_token token = wp_crf_data_token(&t->data, crf, i);
	for (size_t k = 0; k < token.count; k++)
		change(t, wp_crf_place(crf, (size_t)token.attributes[k], (size_t)tag), by);
	for (size_t v = 0; token.vectors && v < crf->templates.vectors; v++) {
		if (token.vectors[v] < 0)
			continue;
		const float *x = crf->vectors.vector + (size_t)token.vectors[v] * crf->dim;
		size_t at = crf->vectors_at + v * crf->dim * crf->stride + (size_t)tag;
		for (size_t d = 0; d < crf->dim; d++)
			change(t, at + d * crf->stride, by * (double)x[d]);
	}
}

static enum wp_err learn_sentence(struct wp_crf_trainer *t, size_t s, size_t *wrong)
{
	const struct wp_crf *crf = t->crf;
	size_t begin = t->begin[s], n = t->begin[s + 1] - begin;
	const int32_t *truth = t->data.tags + begin, *guess = t->guess;
	for (size_t i = 0; i < n; i++) {
		struct wp_crf_token token = wp_crf_data_token(&t->data, crf, begin + i);
		wp_crf_score(crf, crf->weights, &token, t->rows + i * crf->stride);
	}
	enum wp_err err = wp_chain_f64_viterbi(
		t->chain, t->works[0], t->rows, crf->stride, n, t->guess, NULL);
	bool transitions = false;
	for (size_t i = 0; i < n && !err; i++) {
		if (guess[i] != truth[i]) {
			change_token(t, begin + i, truth[i], 1);
			change_token(t, begin + i, guess[i], -1);
			++*wrong;
		}
		if (i && crf->templates.transitions &&
			(guess[i] != truth[i] || guess[i - 1] != truth[i - 1])) {
			change(t, (size_t)truth[i - 1] * crf->stride + (size_t)truth[i], 1);
			change(t, (size_t)guess[i - 1] * crf->stride + (size_t)guess[i], -1);
			transitions = true;
		}
	}
	if (transitions)
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
	t->progress = (struct wp_crf_progress){t->progress.iteration + 1,
		(double)wrong / (double)t->data.tokens, 0,
		count_active(t->crf->weights, t->crf->size), 0, wrong == 0};
	return err;
}

enum wp_err wp_crf_trainer_step(struct wp_crf_trainer *t, struct wp_crf_progress *progress)
{
	enum wp_err err = t->config.method == WP_CRF_LBFGS ? step_lbfgs(t) : step_perceptron(t);
	*progress = t->progress;
	return err;
}

enum wp_err wp_crf_trainer_finish(struct wp_crf_trainer *t, struct wp_crf **crf)
{
	struct wp_crf *c = t->crf;
	*crf = NULL;
	if (t->config.method == WP_CRF_PERCEPTRON) {
		for (size_t i = 0; i < c->size; i++)
			c->weights[i] -= t->sum[i] / t->updates;
	} else {
		enum wp_err err =
			wp_table_alloc(&c->weights, c->size * sizeof(double), "weights");
		if (err)
			return err;
		memcpy(c->weights, t->lbfgs.x, c->size * sizeof(double));
	}
	t->crf = NULL;
	*crf = c;
	return WP_OK;
}

/* ---- Checkpoints ---- */

/* What has to be the same, and where training stands. */
enum { STATE = 12 };

static void describe(const struct wp_crf_trainer *t, double state[STATE])
{
	const struct wp_crf_config *c = &t->config;
	double all[STATE] = {c->method, c->l1, c->l2, c->memory, c->least, (double)t->crf->size,
		(double)t->data.tokens, t->progress.iteration, t->progress.objective,
		t->updates, t->lbfgs.evaluations, t->lbfgs.pairs};
	memcpy(state, all, sizeof all);
}

enum wp_err wp_crf_trainer_save(const struct wp_crf_trainer *t, struct wp_writer *writer)
{
	double state[STATE];
	describe(t, state);
	struct wp_tensor tensor = wp_tensor_1d("checkpoint.state", WP_F64, STATE);
	enum wp_err err = wp_writer_put(writer, &tensor, state);
	const struct wp_lbfgs *m = &t->lbfgs;
	size_t n = t->crf->size;
	bool lbfgs = t->config.method == WP_CRF_LBFGS;
	const struct {
		const char *name;
		const void *data;
		enum wp_type type;
		size_t count;
	} part[] = {{"checkpoint.weight", lbfgs ? m->x : t->crf->weights, WP_F64, n},
		{"checkpoint.sum", lbfgs ? m->gradient : t->sum, WP_F64, n},
		{"checkpoint.history", m->history, WP_F64,
			lbfgs ? 2 * n * (size_t)m->config.memory : 0},
		{"checkpoint.scale", m->scale, WP_F64, 64},
		{"checkpoint.value", m->values, WP_F64, 64},
		{"checkpoint.search", (const double[]){m->value, m->norm, m->step}, WP_F64, 3},
		{"checkpoint.random", t->rng.state, WP_I64, 4},
		{"checkpoint.order", t->order, WP_I64, lbfgs ? 0 : t->data.sentences}};
	for (size_t i = 0; i < sizeof part / sizeof *part && !err; i++) {
		tensor = wp_tensor_1d(part[i].name, part[i].type, part[i].count);
		err = wp_writer_put(writer, &tensor, part[i].data);
	}
	return err;
}

/* The tensor, of so many elements. */
static enum wp_err restore(const struct wp_tensor_set *set, const char *name, enum wp_type type,
	size_t count, void *to)
{
	const void *data;
	const struct wp_tensor *tensor = wp_tensor_set_get(set, name, &data);
	if (!tensor || tensor->type != type || tensor->rank != 1 || tensor->dim[0] != count)
		return wp_fail(WP_EMISMATCH,
			"%s: no checkpoint of this training: '%s' is missing or of another size",
			wp_tensor_set_name(set), name);
	if (count)
		memcpy(to, data, count * 8);
	return WP_OK;
}

enum wp_err wp_crf_trainer_resume(struct wp_crf_trainer *t, struct wp_reader *reader)
{
	struct wp_tensor_set *set;
	enum wp_err err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	double state[STATE], mine[STATE], search[3];
	struct wp_lbfgs *m = &t->lbfgs;
	size_t n = t->crf->size;
	bool lbfgs = t->config.method == WP_CRF_LBFGS;
	describe(t, mine);
	err = restore(set, "checkpoint.state", WP_F64, STATE, state);
	if (!err && memcmp(state, mine, 7 * sizeof *state) != 0)
		err = wp_fail(WP_EMISMATCH,
			"%s: it was saved for another text or other settings",
			wp_tensor_set_name(set));
	if (!err)
		err = restore(
			set, "checkpoint.weight", WP_F64, n, lbfgs ? m->x : t->crf->weights);
	if (!err)
		err = restore(set, "checkpoint.sum", WP_F64, n, lbfgs ? m->gradient : t->sum);
	if (!err)
		err = restore(set, "checkpoint.history", WP_F64,
			lbfgs ? 2 * n * (size_t)m->config.memory : 0, m->history);
	if (!err)
		err = restore(set, "checkpoint.scale", WP_F64, 64, m->scale);
	if (!err)
		err = restore(set, "checkpoint.value", WP_F64, 64, m->values);
	if (!err)
		err = restore(set, "checkpoint.search", WP_F64, 3, search);
	if (!err)
		err = restore(set, "checkpoint.random", WP_I64, 4, t->rng.state);
	if (!err)
		err = restore(set, "checkpoint.order", WP_I64, lbfgs ? 0 : t->data.sentences,
			t->order);
	for (size_t i = 0; i < (lbfgs ? 0 : t->data.sentences) && !err; i++)
		if (t->order[i] >= t->data.sentences)
			err = wp_fail(WP_ECORRUPT, "%s: 'checkpoint.order' is no order",
				wp_tensor_set_name(set));
	if (!err) {
		t->progress.iteration = (int)state[7];
		t->progress.objective = state[8];
		t->updates = state[9];
		m->iterations = lbfgs ? (int)state[7] : 0;
		m->evaluations = (int)state[10];
		m->pairs = (int)state[11];
		m->value = search[0];
		m->norm = search[1];
		m->step = search[2];
		if (m->pairs < 0 || m->iterations < 0 || state[10] < 0)
			err = wp_fail(WP_ECORRUPT, "%s: 'checkpoint.state' is damaged",
				wp_tensor_set_name(set));
	}
	wp_tensor_set_free(set);
	return err;
}
