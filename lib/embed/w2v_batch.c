/* Training one batch: thin out frequent words, then one window after the other.
 *
 * The rows that a window needs lie anywhere in tables much larger than the caches.  So windows
 * are planned - their noise words drawn, their rows asked for - some windows before they are
 * trained, and the memory works while the kernels compute.
 *
 * Where words have character n-grams, the vector of a word is a mean of some twenty rows.  It
 * is made once for each token that comes into reach, trained in all windows that the token is
 * part of, and what has changed is added to each of the rows when the token is out of reach: as
 * if every window had done so (fastText's update, which moves the mean as far as the step of
 * gradient descent says), but with a tenth of the work.
 */
#include "embed/w2v_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	AHEAD = 8,      /* windows planned ahead                  */
	NOISE_POOL = 64 /* windows for which noise words are drawn at once */
};

/* One window: the word at `at`, and those from begin to end, `at` itself left out. */
struct window {
	int at, begin, end;
	int first;  /* the first word that this window or a later one can reach */
	size_t row; /* of the sentence, where sentences have some               */
	int outs;
	float **out;    /* the output rows                                  */
	const float *y; /* their signed weights: see the kernel logistic ... */
	float *own_y;   /* ... either here, or usual_y                       */
};

struct wp_w2v_worker {
	const struct wp_w2v *model;
	struct wp_rng rng;

	int32_t *kept; /* the words of the batch that survive sub-sampling ...     */
	int *ends;     /* ... and where each sentence of at least two of them ends */
	size_t *row;   /* by sentence: its row, where sentences have some          */
	int sentences;

	int next, sentence; /* what is planned next: a word of kept, and its sentence */
	int begin;          /* where that sentence begins                             */
	struct window window[AHEAD];

	uint32_t *noise; /* noise words drawn ahead: in one loop, so that they overlap */
	uint64_t *noise_bits;
	size_t noise_used, noise_size;

	float **in;           /* a window's input rows                              */
	float *g;             /* the kernels' matrix                                */
	float *nothing;       /* a row of zeros, for noise words that take no part   */
	float *mean, *before; /* CBOW's input row, and a copy                       */
	float *usual_y;       /* the target is 1, and every noise word 0, all weigh 1 */
	float **out;          /* the windows' arrays                                */
	float *own_y;

	/* Words with n-grams: the vectors of those of kept from `done` to `made`, word i in row
	 * i % slots, as trained and as they were when they were made. */
	int done, made, slots;
	float *word, *word_before;
	float **part; /* the rows that a word is the mean of */
};

/* Output rows of the largest window. */
static int most_outs(const struct wp_w2v *model)
{
	switch (model->config.loss) {
	case WP_W2V_NEGATIVE:
		return 1 + model->config.negative;
	case WP_W2V_HIERARCHICAL:
		return model->tree.longest > 0 ? model->tree.longest : 1;
	case WP_W2V_SOFTMAX:
		return model->targets;
	}
	return 1;
}

static void set_negative_y(float *y, int outs)
{
	for (int j = 0; j < outs; j++)
		wp_w2v_set_y(y, j, j == 0 ? 1 : -1);
}

/* Room for the vectors of all words in reach of a window. */
static enum wp_err set_words(struct wp_w2v_worker *w)
{
	const struct wp_w2v *m = w->model;
	int reach = m->config.window;
	w->slots = 2 * reach + 1 < WP_W2V_BATCH_TOKENS ? 2 * reach + 1 : WP_W2V_BATCH_TOKENS;
	size_t bytes = (size_t)w->slots * m->stride * sizeof(float);
	enum wp_err err = wp_table_alloc(&w->word, bytes, "worker");
	if (!err)
		err = wp_table_alloc(&w->word_before, bytes, "worker");
	return err ? err : wp_alloc(&w->part, m->parts.most + 1, sizeof *w->part, "worker");
}

enum wp_err wp_w2v_worker_create(struct wp_w2v_worker **worker, const struct wp_w2v *model)
{
	struct wp_w2v_worker *w;
	enum wp_err err = wp_alloc(&w, 1, sizeof *w, "worker");
	if (err)
		return err;
	const struct wp_w2v_config *config = &model->config;
	int outs = most_outs(model);
	size_t row = model->stride * sizeof(float), window = (size_t)config->window;
	size_t rows = config->loss == WP_W2V_SOFTMAX ? 0 : (size_t)outs;
	size_t y = config->loss == WP_W2V_SOFTMAX ? 0 : wp_w2v_blocks(outs) * WP_W2V_Y_BLOCK;
	size_t g = wp_w2v_g_size(WP_W2V_MAX_INS, outs);
	w->model = model;
	w->noise_size = w->noise_used = NOISE_POOL * (size_t)config->negative;
	if ((err = wp_alloc(&w->kept, WP_W2V_BATCH_TOKENS, sizeof *w->kept, "worker")) ||
		(err = wp_alloc(&w->ends, WP_W2V_BATCH_TOKENS, sizeof *w->ends, "worker")) ||
		(err = wp_alloc(&w->row, WP_W2V_BATCH_TOKENS, sizeof *w->row, "worker")) ||
		(err = wp_alloc(&w->noise, w->noise_size, sizeof *w->noise, "worker")) ||
		(err = wp_alloc(
			 &w->noise_bits, w->noise_size, sizeof *w->noise_bits, "worker")) ||
		(err = wp_alloc(&w->in, 2 * window, sizeof *w->in, "worker")) ||
		(err = wp_alloc(&w->out, AHEAD * rows, sizeof *w->out, "worker")) ||
		(err = wp_alloc(&w->own_y, AHEAD * y, sizeof *w->own_y, "worker")) ||
		(err = wp_alloc(&w->usual_y, y, sizeof *w->usual_y, "worker")) ||
		(err = wp_table_alloc(&w->g, g * sizeof *w->g, "worker")) ||
		(err = wp_table_alloc(&w->nothing, row, "worker")) ||
		(err = wp_table_alloc(&w->mean, row, "worker")) ||
		(err = wp_table_alloc(&w->before, row, "worker"))) {
		wp_w2v_worker_free(w);
		return err;
	}
	for (size_t i = 0; i < AHEAD; i++) {
		w->window[i].out = w->out + i * rows;
		w->window[i].own_y = w->own_y + i * y;
	}
	if (config->loss == WP_W2V_NEGATIVE)
		set_negative_y(w->usual_y, outs);
	if (model->ngrams.count > 0 && (err = set_words(w))) {
		wp_w2v_worker_free(w);
		return err;
	}
	*worker = w;
	return WP_OK;
}

void wp_w2v_worker_free(struct wp_w2v_worker *w)
{
	if (!w)
		return;
	free(w->kept);
	free(w->ends);
	free(w->row);
	free(w->noise);
	free(w->noise_bits);
	free(w->in);
	free(w->out);
	free(w->own_y);
	free(w->usual_y);
	free(w->g);
	free(w->nothing);
	free(w->mean);
	free(w->before);
	free(w->word);
	free(w->word_before);
	free(w->part);
	free(w);
}

/* Append to kept those of `count` tokens that survive; returns how many there are then.  Two
 * tokens share a random number. */
static int thin_out(struct wp_w2v_worker *w, const int32_t *ids, size_t count, int kept)
{
	const uint32_t *keep = w->model->keep;
	size_t words = w->model->words;
	uint64_t bits = 0;
	for (size_t k = 0; k < count; k++) {
		bits = k % 2 ? bits << 32 : wp_rng_next(&w->rng);
		if ((size_t)ids[k] >= words) /* negative ones too */
			continue;
		uint32_t chance = keep[ids[k]];
		w->kept[kept] = ids[k];
		kept += (uint32_t)(bits >> 32) < chance || chance == UINT32_MAX;
	}
	return kept;
}

/* Fill kept and ends with the batch's sentences, of those that have a window. */
static void read_batch(struct wp_w2v_worker *w, const struct wp_w2v_batch *batch)
{
	const struct wp_w2v_text *text = &w->model->text;
	size_t token = batch[0].token, end = batch[1].token, sentence = batch[0].sentence;
	size_t length = (size_t)batch[0].rest;
	int kept = 0, least = w->model->config.model == WP_W2V_DBOW ? 1 : 2;
	w->sentences = 0;
	while (token < end) {
		size_t count = length < end - token ? length : end - token;
		int before = kept;
		kept = thin_out(w, text->ids + token, count, kept);
		if (kept - before >= least) {
			w->row[w->sentences] = sentence;
			w->ends[w->sentences++] = kept;
		} else {
			kept = before;
		}
		token += count;
		if (token < end)
			length = (size_t)text->lengths[++sentence];
	}
	w->next = w->begin = w->sentence = w->done = w->made = 0;
}

/* To the cache of the second level only: that of the first waits for too few lines at a time to
 * be asked for those of several windows, and would lose them again. */
static inline void prefetch_row(const float *row, size_t stride)
{
	enum { SECOND_LEVEL = 2 };
	for (size_t c = 0; c < stride; c += 64 / sizeof *row)
		__builtin_prefetch(row + c, 0, SECOND_LEVEL);
}

static void prefetch_word(const struct wp_w2v *m, int32_t id)
{
	prefetch_row(wp_w2v_row(m->embedding, m->stride, id), m->stride);
	if (m->ngrams.count == 0)
		return;
	for (size_t k = m->parts.row[id]; k < m->parts.row[id + 1]; k++)
		prefetch_row(m->ngram_table + m->parts.ngram[k] * m->stride, m->stride);
}

static void draw_noise(struct wp_w2v_worker *w)
{
	wp_alias_draw_many(&w->model->noise, &w->rng, w->noise_size, w->noise_bits, w->noise);
	w->noise_used = 0;
}

/* The target and the noise words.  The same noise word twice counts twice, the target drawn as
 * noise is no noise; in both cases the place that it would have had is void. */
static void plan_negative(struct wp_w2v_worker *w, struct window *window, int32_t target)
{
	const struct wp_w2v *model = w->model;
	float **out = window->out;
	if (w->noise_used == w->noise_size)
		draw_noise(w);
	window->outs = 1 + model->config.negative;
	window->y = w->usual_y;
	out[0] = wp_w2v_row(model->output, model->stride, target);
	prefetch_row(out[0], model->stride);
	for (int j = 1; j < window->outs; j++) {
		int32_t noise = (int32_t)w->noise[w->noise_used++];
		float *row = wp_w2v_row(model->output, model->stride, noise);
		prefetch_row(row, model->stride);
		out[j] = row;
		int same = 0;
		while (out[same] != row)
			same++;
		if (same == j)
			continue;
		if (window->y != window->own_y)
			set_negative_y(window->own_y, window->outs);
		window->y = window->own_y;
		if (same > 0)
			wp_w2v_add_y(window->own_y, same, -1);
		out[j] = w->nothing;
		wp_w2v_set_y(window->own_y, j, 0);
	}
}

static void plan_path(struct wp_w2v_worker *w, struct window *window, int32_t target)
{
	const struct wp_w2v *model = w->model;
	const struct wp_huffman *tree = &model->tree;
	uint64_t begin = tree->begin[target];
	window->outs = (int)(tree->begin[target + 1] - begin);
	window->y = window->own_y;
	memset(window->own_y, 0,
		wp_w2v_blocks(window->outs) * WP_W2V_Y_BLOCK * sizeof *window->own_y);
	for (int j = 0; j < window->outs; j++) {
		uint64_t k = begin + (uint64_t)j;
		window->out[j] = wp_w2v_row(model->output, model->stride, tree->nodes[k]);
		prefetch_row(window->out[j], model->stride);
		wp_w2v_set_y(window->own_y, j, tree->turns[k] ? -1 : 1);
	}
}

/* Plan the next window into *window; false where the batch has no more. */
static bool plan(struct wp_w2v_worker *w, struct window *window)
{
	const struct wp_w2v *model = w->model;
	if (w->sentence == w->sentences)
		return false;
	int at = w->next++, end = w->ends[w->sentence], reach = model->config.window;
	if (!model->config.fixed_window)
		reach = 1 + (int)wp_rng_below(&w->rng, (uint32_t)reach);
	window->at = at;
	window->first =
		at - model->config.window > w->begin ? at - model->config.window : w->begin;
	window->begin = at - reach > w->begin ? at - reach : w->begin;
	window->end = end - at > reach ? at + reach + 1 : end;
	window->row = w->row[w->sentence];
	if (model->config.model != WP_W2V_DBOW)
		prefetch_word(model, w->kept[window->end - 1]);
	if (model->config.loss == WP_W2V_NEGATIVE)
		plan_negative(w, window, w->kept[at]);
	else if (model->config.loss == WP_W2V_HIERARCHICAL)
		plan_path(w, window, w->kept[at]);
	if (w->next == end) {
		w->begin = end;
		w->sentence++;
	}
	return true;
}

/* One step of gradient descent on all pairs of these input rows and the window's outputs.
 * Returns the loss before the step. */
static double descend(struct wp_w2v_worker *w, const struct window *window, float *const *in,
	int ins, float rate)
{
	const struct wp_w2v *m = w->model;
	const struct wp_w2v_kernels *kernels = m->kernels;
	double loss;
	if (m->config.loss == WP_W2V_SOFTMAX) {
		int target = m->target_index[w->kept[window->at]];
		loss = kernels->softmax(
			in, ins, m->target_row, m->targets, m->stride, target, rate, w->g);
		kernels->update(in, ins, m->target_row, m->targets, m->stride, w->g);
	} else {
		float *const *out = window->out;
		loss = kernels->logistic(
			in, ins, out, window->outs, m->stride, window->y, rate, w->g);
		kernels->update(in, ins, out, window->outs, m->stride, w->g);
	}
	return loss;
}

/* ---- Words with n-grams ---- */

static float *slot(const struct wp_w2v_worker *w, float *table, int at)
{
	return table + (size_t)(at % w->slots) * w->model->stride;
}

/* Words up to `end` are out of reach: what was trained goes to their rows. */
static void finish_words(struct wp_w2v_worker *w, int end)
{
	const struct wp_w2v *m = w->model;
	for (; w->done < end && w->done < w->made; w->done++) {
		int rows = wp_w2v_word_rows(m, w->kept[w->done], w->part);
		m->kernels->spread(w->part, rows, m->stride, slot(w, w->word, w->done),
			slot(w, w->word_before, w->done), 1);
	}
}

/* Words up to `end` come into reach. */
static void make_words(struct wp_w2v_worker *w, int end)
{
	const struct wp_w2v *m = w->model;
	for (; w->made < end; w->made++) {
		int rows = wp_w2v_word_rows(m, w->kept[w->made], w->part);
		float *word = slot(w, w->word, w->made);
		m->kernels->mean(word, w->part, rows, m->stride);
		memcpy(slot(w, w->word_before, w->made), word, m->stride * sizeof *word);
	}
}

/* The input row of a word of kept. */
static float *input_row(const struct wp_w2v_worker *w, int at)
{
	const struct wp_w2v *m = w->model;
	return m->ngrams.count > 0 ? slot(w, w->word, at)
				   : wp_w2v_row(m->embedding, m->stride, w->kept[at]);
}

/* The input rows of the words around the window's middle, into w->in. */
static int gather(struct wp_w2v_worker *w, const struct window *window)
{
	int ins = 0;
	if (w->model->ngrams.count > 0) {
		finish_words(w, window->first);
		make_words(w, window->end);
	}
	for (int at = window->begin; at < window->end; at++)
		if (at != window->at)
			w->in[ins++] = input_row(w, at);
	return ins;
}

/* Every word of the window predicts the middle.  Returns the loss and adds up the pairs. */
static double skipgram(
	struct wp_w2v_worker *w, const struct window *window, float rate, uint64_t *examples)
{
	/* The nodes near the root are in nearly every window: where many inputs change them at
	 * once, each from the old vectors, they go too far, and it costs a tenth of the
	 * analogies that are answered.  By twos they don't. */
	int most = w->model->config.loss == WP_W2V_HIERARCHICAL ? 2 : WP_W2V_MAX_INS;
	int ins = gather(w, window);
	double loss = 0;
	for (int i = 0; i < ins; i += most) {
		int count = ins - i < most ? ins - i : most;
		loss += descend(w, window, w->in + i, count, rate);
	}
	*examples += (uint64_t)ins;
	return loss;
}

/* What share of the step of their mean each of n words makes.  The derivative of the mean gives
 * each 1 / n (Irsoy et al. 2021), so that a word learns the less the more stand beside it;
 * word2vec.c gives each the whole, so that many words together go n times too far.  Between
 * them, 1 / sqrt(n) does best; its factor makes a window of usual width do what it does in
 * word2vec.c, so that learning rates mean the same. */
static float share_of_step(const struct wp_w2v_config *config, int n)
{
	int usual = config->fixed_window ? 2 * config->window : config->window + 1;
	return sqrtf((float)usual / (float)n);
}

/* Their mean does. */
static double bag_of_words(
	struct wp_w2v_worker *w, const struct window *window, float rate, uint64_t *examples)
{
	const struct wp_w2v_kernels *kernels = w->model->kernels;
	size_t stride = w->model->stride;
	int ins = gather(w, window);
	kernels->mean(w->mean, w->in, ins, stride);
	memcpy(w->before, w->mean, stride * sizeof *w->mean);
	double loss = descend(w, window, &w->mean, 1, rate);
	kernels->spread(
		w->in, ins, stride, w->mean, w->before, share_of_step(&w->model->config, ins));
	*examples += 1;
	return loss;
}

/* The sentence predicts each of its words. */
static double sentence_vector(
	struct wp_w2v_worker *w, const struct window *window, float rate, uint64_t *examples)
{
	const struct wp_w2v *m = w->model;
	float *row = m->embedding + window->row * m->stride;
	*examples += 1;
	return descend(w, window, &row, 1, rate);
}

void wp_w2v_train_batch(
	struct wp_w2v_worker *w, uint64_t number, float rate, double *loss, uint64_t *examples)
{
	static double (*const train[])(struct wp_w2v_worker *, const struct window *, float,
		uint64_t *) = {[WP_W2V_SKIPGRAM] = skipgram,
		[WP_W2V_CBOW] = bag_of_words,
		[WP_W2V_DBOW] = sentence_vector};
	const struct wp_w2v *model = w->model;
	bool more = true;
	wp_rng_seed(&w->rng, model->config.seed, 1 + number);
	w->noise_used = w->noise_size; /* draw anew */
	read_batch(w, &model->batch[number % model->batches]);
	for (unsigned planned = 0, trained = 0; more || trained < planned; trained++) {
		while (planned - trained < AHEAD && more)
			if ((more = plan(w, &w->window[planned % AHEAD])))
				planned++;
		if (trained == planned)
			break;
		const struct window *window = &w->window[trained % AHEAD];
		*loss += train[model->config.model](w, window, rate, examples);
	}
	if (model->ngrams.count > 0)
		finish_words(w, w->made);
}
