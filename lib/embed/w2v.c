#include "embed/w2v.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "embed/w2v_model.h"

static const double pi = 3.14159265358979323846;

void wp_w2v_default(struct wp_w2v_config *config)
{
	*config = (struct wp_w2v_config){
		.model = WP_W2V_SKIPGRAM,
		.loss = WP_W2V_NEGATIVE,
		.schedule = WP_W2V_LINEAR,
		.dim = 100,
		.window = 5,
		.negative = 5,
		.epochs = 6,
		.threads = 1,
		.noise_power = 0.75,
		.sample = 1e-4,
		.rate = 0.05,
		.last_rate = 0,
		.seed = 1,
	};
}

static bool within(double x, double low, double high)
{
	return x >= low && x <= high; /* false for NaN */
}

enum wp_err wp_w2v_check(const struct wp_w2v_config *c)
{
	if (c->dim < 1 || c->dim > 1 << 16)
		return wp_fail(WP_EINVAL, "dim %d: out of range (1 to 65536)", c->dim);
	if (c->window < 1 || c->window > 1000)
		return wp_fail(WP_EINVAL, "window %d: out of range (1 to 1000)", c->window);
	if (c->negative < 1 || c->negative > 1000)
		return wp_fail(WP_EINVAL, "negative %d: out of range (1 to 1000)", c->negative);
	if (c->epochs < 1)
		return wp_fail(WP_EINVAL, "epochs %d: less than 1", c->epochs);
	if (c->threads < 1)
		return wp_fail(WP_EINVAL, "threads %d: less than 1", c->threads);
	if (!within(c->noise_power, 0, 10))
		return wp_fail(
			WP_EINVAL, "noise power %g: out of range (0 to 10)", c->noise_power);
	if (!within(c->sample, 0, 1))
		return wp_fail(WP_EINVAL, "sample %g: out of range (0 to 1)", c->sample);
	if (!within(c->rate, 0, 1e6) || !within(c->last_rate, 0, 1e6))
		return wp_fail(WP_EINVAL, "learning rate %g to %g: out of range (0 to 1e6)",
			c->rate, c->last_rate);
	return WP_OK;
}

/* Sub-sampling (Mikolov et al. 2013b, with the formula of word2vec.c): a word that makes up the
 * share f of the text is kept with probability sqrt(t/f) + t/f. */
static enum wp_err set_keep(struct wp_w2v *m, const int64_t *counts)
{
	double total = 0, t = m->config.sample;
	for (size_t i = 0; i < m->words; i++)
		total += counts[i] > 0 ? (double)counts[i] : 0;
	enum wp_err err = wp_alloc(&m->keep, m->words, sizeof *m->keep, "sub-sampling");
	for (size_t i = 0; i < m->words && !err; i++) {
		double ratio = counts[i] > 0 ? t * total / (double)counts[i] : 0;
		double p = t > 0 ? sqrt(ratio) + ratio : counts[i] > 0;
		m->keep[i] = p >= 1 ? UINT32_MAX : (uint32_t)(p * 0x1p32);
		if (counts[i] > 0)
			m->expected += (double)counts[i] * (p < 1 ? p : 1);
	}
	return err;
}

/* Cut the text into batches of whole sentences, or of pieces of those that are longer. */
static size_t cut_text(const struct wp_w2v_text *text, struct wp_w2v_batch *batch)
{
	size_t count = 0, token = 0, room = 0;
	for (size_t s = 0; s < text->sentences; s++) {
		size_t rest = (size_t)text->lengths[s];
		while (rest > 0) {
			if (room < rest && room < WP_W2V_BATCH_TOKENS) {
				if (batch)
					batch[count] =
						(struct wp_w2v_batch){token, s, (int32_t)rest};
				count++;
				room = WP_W2V_BATCH_TOKENS;
			}
			size_t piece = rest < room ? rest : room;
			token += piece;
			rest -= piece;
			room -= piece;
		}
	}
	if (batch)
		batch[count] =
			(struct wp_w2v_batch){.token = token, .sentence = text->sentences};
	return count;
}

static enum wp_err set_batches(struct wp_w2v *m)
{
	size_t sum = 0;
	for (size_t s = 0; s < m->text.sentences; s++) {
		if (m->text.lengths[s] < 0)
			return wp_fail(
				WP_EINVAL, "text: sentence %zu has a negative length", s);
		sum += (size_t)m->text.lengths[s];
	}
	if (sum != m->text.tokens)
		return wp_fail(WP_EINVAL, "text: sentences of %zu tokens together, but %zu ids",
			sum, m->text.tokens);
	m->batches = cut_text(&m->text, NULL);
	enum wp_err err = wp_alloc(&m->batch, m->batches + 1, sizeof *m->batch, "batches");
	if (!err)
		cut_text(&m->text, m->batch);
	return err;
}

/* Full softmax: which words there are to tell apart. */
static enum wp_err set_targets(struct wp_w2v *m, const int64_t *counts)
{
	enum wp_err err;
	if ((err = wp_alloc(&m->target_row, m->words, sizeof *m->target_row, "targets")) ||
		(err = wp_alloc(
			 &m->target_index, m->words, sizeof *m->target_index, "targets")))
		return err;
	for (size_t i = 0; i < m->words; i++) {
		m->target_index[i] = m->targets;
		if (counts[i] > 0)
			m->target_row[m->targets++] = m->output + i * m->stride;
	}
	return WP_OK;
}

static enum wp_err set_tables(struct wp_w2v *m)
{
	size_t dim = (size_t)m->config.dim, bytes, output_bytes;
	m->stride = (dim + WP_W2V_PAD - 1) / WP_W2V_PAD * WP_W2V_PAD;
	bool by_sentence = m->config.model == WP_W2V_DBOW;
	m->inputs = by_sentence ? m->text.sentences : m->words;
	m->outputs = m->config.loss == WP_W2V_HIERARCHICAL ? m->words - 1 : m->words;
	if (!wp_mulsize(m->inputs, m->stride * sizeof(float), &bytes) ||
		!wp_mulsize(m->outputs, m->stride * sizeof(float), &output_bytes))
		return wp_fail(WP_ENOMEM, "embedding: %zu %s of %zu floats are too many",
			by_sentence ? m->inputs : m->words, by_sentence ? "texts" : "words",
			dim);
	enum wp_err err;
	if ((err = wp_table_alloc(&m->embedding, bytes, "embedding")) ||
		(err = wp_table_alloc(&m->output, output_bytes, "output table")))
		return err;
	/* As word2vec.c: small random input vectors, uniform in +-1/2 / dim, output vectors 0.
	 * Words that take no part have one too: a vector of zeros has no direction, and makes
	 * NaN of every program that divides by its length. */
	struct wp_rng rng;
	wp_rng_seed(&rng, m->config.seed, 0);
	for (size_t i = 0; i < m->inputs; i++)
		for (size_t k = 0; k < dim; k++)
			m->embedding[i * m->stride + k] =
				(wp_rng_float(&rng) - 0.5f) / (float)dim;
	return WP_OK;
}

static enum wp_err set_workers(struct wp_w2v *m)
{
	size_t threads = (size_t)m->config.threads;
	enum wp_err err = wp_alloc(&m->worker, threads, sizeof *m->worker, "workers");
	for (size_t t = 0; t < threads && !err; t++)
		err = wp_w2v_worker_create(&m->worker[t], m);
	return err;
}

enum wp_err wp_w2v_create(struct wp_w2v **model, const struct wp_w2v_config *config,
	const struct wp_w2v_text *text, const int64_t *counts, size_t words)
{
	*model = NULL;
	enum wp_err err = wp_w2v_check(config);
	if (err)
		return err;
	if (words < 1 || words > INT32_MAX)
		return wp_fail(WP_EINVAL, "vocabulary: %zu words", words);
	if (config->loss == WP_W2V_SOFTMAX && words > WP_W2V_SOFTMAX_WORDS)
		return wp_fail(WP_EINVAL,
			"full softmax: %zu words are too many (at most %d); use negative "
			"sampling or hierarchical softmax",
			words, WP_W2V_SOFTMAX_WORDS);
	struct wp_w2v *m;
	if ((err = wp_alloc(&m, 1, sizeof *m, "model")))
		return err;
	m->config = *config;
	m->text = *text;
	m->words = words;
	m->kernels = wp_w2v_kernels(wp_cpu_isa());
	if ((err = set_batches(m)) || (err = set_keep(m, counts)) || (err = set_tables(m)))
		goto out;
	if (config->loss == WP_W2V_NEGATIVE)
		err = wp_alias_init(&m->noise, counts, words, config->noise_power);
	else if (config->loss == WP_W2V_HIERARCHICAL)
		err = wp_huffman_init(&m->tree, counts, words);
	else
		err = set_targets(m, counts);
	if (!err)
		err = set_workers(m);
out:
	if (err)
		wp_w2v_free(m);
	else
		*model = m;
	return err;
}

static void free_workers(struct wp_w2v *m)
{
	for (int t = 0; m->worker && t < m->config.threads; t++)
		wp_w2v_worker_free(m->worker[t]);
	free(m->worker);
	m->worker = NULL;
}

/* Rows for the n-grams, uniform in +-1 / dim as fastText has them.  What belongs to words is
 * drawn so, too: the mean of many small rows is smaller. */
static enum wp_err set_ngram_table(struct wp_w2v *m)
{
	size_t dim = (size_t)m->config.dim, bytes;
	if (!wp_mulsize(m->ngrams.count, m->stride * sizeof(float), &bytes))
		return wp_fail(WP_ENOMEM, "%zu n-grams are too many", m->ngrams.count);
	enum wp_err err = wp_table_alloc(&m->ngram_table, bytes, "n-grams");
	struct wp_rng rng;
	wp_rng_seed(&rng, m->config.seed, UINT64_MAX);
	for (size_t i = 0; i < m->ngrams.count && !err; i++)
		for (size_t k = 0; k < dim; k++)
			m->ngram_table[i * m->stride + k] =
				(2 * wp_rng_float(&rng) - 1) / (float)dim;
	return err;
}

enum wp_err wp_w2v_use_char_ngrams(
	struct wp_w2v *m, const struct wp_strings *vocab, int shortest, int longest, int words)
{
	enum wp_err err = wp_char_ngrams_check(shortest, longest);
	if (!err && m->config.model == WP_W2V_DBOW)
		err = wp_fail(WP_EINVAL, "vectors of texts have no character n-grams");
	if (!err && vocab->count != m->words)
		err = wp_fail(WP_EINVAL, "vocabulary: %zu words, but %zu counts", vocab->count,
			m->words);
	if (err)
		return err;
	m->ngrams = (struct wp_char_ngrams){.shortest = shortest,
		.longest = longest,
		.sum = WP_CHAR_NGRAMS_MEAN,
		.dim = (size_t)m->config.dim};
	free_workers(m);
	if ((err = wp_char_ngrams_choose(&m->ngrams, vocab, words)) ||
		(err = wp_char_ngram_rows_init(&m->parts, &m->ngrams, vocab)) ||
		(err = set_ngram_table(m)))
		return err;
	return set_workers(m);
}

double wp_w2v_operations(const struct wp_w2v *m)
{
	const struct wp_w2v_config *c = &m->config;
	double outs = 0;
	switch (c->loss) {
	case WP_W2V_NEGATIVE:
		outs = 1 + c->negative;
		break;
	case WP_W2V_HIERARCHICAL:
		outs = log2((double)m->words + 1);
		break;
	case WP_W2V_SOFTMAX:
		outs = m->targets;
		break;
	}
	double ins = c->model != WP_W2V_SKIPGRAM ? 1
		: c->fixed_window                ? 2 * c->window
						 : c->window + 1;
	return 6 * ins * outs * c->dim * m->expected * c->epochs;
}

size_t wp_w2v_char_ngrams(const struct wp_w2v *m)
{
	return m->ngrams.count;
}

void wp_w2v_free(struct wp_w2v *m)
{
	if (!m)
		return;
	free_workers(m);
	wp_char_ngrams_fini(&m->ngrams);
	wp_char_ngram_rows_fini(&m->parts);
	free(m->ngram_table);
	free(m->batch);
	free(m->keep);
	free(m->embedding);
	free(m->output);
	free(m->target_row);
	free(m->target_index);
	wp_alias_fini(&m->noise);
	wp_huffman_fini(&m->tree);
	free(m);
}

const struct wp_w2v_config *wp_w2v_config(const struct wp_w2v *m)
{
	return &m->config;
}

uint64_t wp_w2v_batches(const struct wp_w2v *m)
{
	return (uint64_t)m->batches * (uint64_t)m->config.epochs;
}

/* Tokens of the text, over all epochs, before a batch. */
static uint64_t tokens_before(const struct wp_w2v *m, uint64_t number)
{
	if (m->batches == 0)
		return 0;
	return number / m->batches * m->text.tokens + m->batch[number % m->batches].token;
}

uint64_t wp_w2v_tokens(const struct wp_w2v *m)
{
	return tokens_before(m, m->position.batch);
}

static double share_before(const struct wp_w2v *m, uint64_t number)
{
	double all = (double)m->text.tokens * m->config.epochs;
	return all > 0 ? (double)tokens_before(m, number) / all : 1;
}

static double rate_at(const struct wp_w2v_config *c, double share)
{
	switch (c->schedule) {
	case WP_W2V_LINEAR:
		return c->rate + (c->last_rate - c->rate) * share;
	case WP_W2V_COSINE:
		return c->last_rate + (c->rate - c->last_rate) * (1 + cos(pi * share)) / 2;
	case WP_W2V_CONSTANT:
		break;
	}
	return c->rate;
}

/* One call of wp_w2v_train: what its threads share. */
struct run {
	struct wp_w2v *model;
	atomic_ullong next; /* the next batch to take */
	uint64_t end;
	atomic_bool failed;
	const volatile sig_atomic_t *stop;
	void (*report)(const struct wp_w2v_progress *, void *);
	void *report_arg;
	pthread_mutex_t lock; /* of the model's position, while threads run */
};

static void report_progress(struct run *run)
{
	const struct wp_w2v *m = run->model;
	pthread_mutex_lock(&run->lock);
	struct wp_w2v_progress progress = {.position = m->position};
	pthread_mutex_unlock(&run->lock);
	uint64_t batch = progress.position.batch;
	progress.share = share_before(m, batch);
	progress.epoch = (int)(batch / m->batches);
	progress.tokens = tokens_before(m, batch);
	progress.rate = rate_at(&m->config, progress.share);
	run->report(&progress, run->report_arg);
}

static enum wp_err run_thread(int thread, void *arg)
{
	struct run *run = arg;
	struct wp_w2v *m = run->model;
	while (!atomic_load(&run->failed) && !(run->stop && *run->stop)) {
		uint64_t number = atomic_fetch_add(&run->next, 1);
		if (number >= run->end)
			break;
		double rate = rate_at(&m->config, share_before(m, number)), loss = 0;
		uint64_t examples = 0;
		wp_w2v_train_batch(m->worker[thread], number, (float)rate, &loss, &examples);
		if (!isfinite(loss)) {
			atomic_store(&run->failed, true);
			return wp_fail(WP_EDIVERGED,
				"training: the loss is not finite (epoch %zu, token %zu, learning "
				"rate %g)",
				(size_t)(number / m->batches) + 1,
				m->batch[number % m->batches].token, rate);
		}
		pthread_mutex_lock(&run->lock);
		m->position.loss += loss;
		m->position.examples += examples;
		m->position.batch++;
		pthread_mutex_unlock(&run->lock);
		if (thread == 0 && run->report)
			report_progress(run);
	}
	return WP_OK;
}

enum wp_err wp_w2v_train(struct wp_w2v *m, uint64_t batches, const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_w2v_progress *progress, void *arg), void *arg)
{
	uint64_t left = wp_w2v_batches(m) - m->position.batch;
	if (batches == 0 || batches > left)
		batches = left;
	struct run run = {
		.model = m,
		.end = m->position.batch + batches,
		.stop = stop,
		.report = report,
		.report_arg = arg,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	atomic_init(&run.next, m->position.batch);
	atomic_init(&run.failed, false);
	enum wp_err err = wp_parallel(m->config.threads, run_thread, &run);
	pthread_mutex_destroy(&run.lock);
	if (!err && m->position.batch < run.end)
		err = wp_fail(WP_ESTOPPED, "training: stopped after %llu of %llu batches",
			(unsigned long long)m->position.batch,
			(unsigned long long)wp_w2v_batches(m));
	return err;
}

struct wp_w2v_position wp_w2v_position(const struct wp_w2v *m)
{
	return m->position;
}

enum wp_err wp_w2v_resume(struct wp_w2v *m, const struct wp_w2v_position *position)
{
	if (position->batch > wp_w2v_batches(m))
		return wp_fail(WP_EINVAL, "position: batch %llu of %llu",
			(unsigned long long)position->batch,
			(unsigned long long)wp_w2v_batches(m));
	m->position = *position;
	return WP_OK;
}

size_t wp_w2v_stride(const struct wp_w2v *m)
{
	return m->stride;
}

float *wp_w2v_embedding(struct wp_w2v *m)
{
	return m->embedding;
}

float *wp_w2v_output(struct wp_w2v *m)
{
	return m->output;
}

size_t wp_w2v_embedding_rows(const struct wp_w2v *m)
{
	return m->inputs;
}

size_t wp_w2v_output_rows(const struct wp_w2v *m)
{
	return m->outputs;
}
