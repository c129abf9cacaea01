#include "embed/text_dbow.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "embed/text_rows.h"
#include "embed/w2v_kernel.h"
#include "math/alias.h"
#include "text/vocab_map.h"

/* ---- Training ---- */

static enum wp_err take_words(struct wp_text_model *model, struct wp_corpus *corpus)
{
	int64_t *counts, all = 0;
	size_t words = corpus->vocab.count;
	struct wp_strings list = {0};
	enum wp_err err = wp_alloc(&counts, words, sizeof *counts, "counts");
	if (err)
		return err;
	for (size_t i = 0; i < words; i++) {
		size_t length;
		const char *word = wp_strings_get(&corpus->vocab, i, &length);
		counts[i] = wp_is_special(word, length) ? 0 : corpus->counts[i];
		all += counts[i];
	}
	err = wp_strings_add_all(&list, &corpus->vocab);
	if (!err && all == 0)
		err = wp_fail(WP_EMISMATCH, "no words to train on");
	if (!err)
		return wp_vocab_from_strings(&model->words, &list, counts);
	wp_strings_fini(&list);
	free(counts);
	return err;
}

enum wp_err wp_text_dbow_create(struct wp_w2v **trainer, struct wp_text_model *model,
	struct wp_corpus *corpus, uint64_t seed, int threads)
{
	const struct wp_text_config *c = &model->config;
	const struct wp_w2v_text text = {.ids = corpus->ids,
		.tokens = corpus->tokens,
		.lengths = corpus->lengths,
		.sentences = corpus->sentences};
	struct wp_w2v_config config;
	*trainer = NULL;
	wp_w2v_default(&config);
	config.model = WP_W2V_DBOW;
	config.dim = c->dim;
	config.negative = c->negative;
	config.noise_power = c->noise_power;
	config.sample = c->sample;
	config.epochs = c->epochs;
	config.rate = c->rate;
	config.seed = seed;
	config.threads = threads;
	enum wp_err err = take_words(model, corpus);
	return err ? err
		   : wp_w2v_create(trainer, &config, &text, model->words.counts,
			     model->words.tokens.count);
}

/* Tokens of a sentence that take part, by the model's ids, at kept; the tally counts them all.
 */
static size_t known_words(const struct wp_text_model *model, const int32_t *map,
	const int32_t *ids, size_t n, int32_t *kept, struct wp_text_tally *tally,
	const bool *special)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		int32_t id = map ? map[ids[i]] : ids[i];
		bool known = id >= 0 && model->words.counts[id] > 0;
		tally->tokens += !special[ids[i]];
		tally->unknown += !special[ids[i]] && !known;
		if (known && kept)
			kept[count] = id;
		count += known;
	}
	return count;
}

static enum wp_err find_specials(const struct wp_corpus *corpus, bool **special)
{
	enum wp_err err = wp_alloc(special, corpus->vocab.count, sizeof **special, "words");
	for (size_t i = 0; i < corpus->vocab.count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&corpus->vocab, i, &length);
		(*special)[i] = wp_is_special(word, length);
	}
	return err;
}

enum wp_err wp_text_dbow_put(struct wp_w2v *trainer, struct wp_text_model *model,
	const struct wp_corpus *corpus, const struct wp_text_output *out,
	struct wp_text_tally *tally)
{
	struct wp_text_rows rows;
	size_t dim = (size_t)model->config.dim, stride = wp_w2v_stride(trainer);
	size_t words = model->words.tokens.count;
	bool *special = NULL;
	enum wp_err err = wp_text_rows_init(&rows, out, dim);
	if (!err)
		err = find_specials(corpus, &special);
	const int32_t *ids = corpus->ids;
	for (size_t i = 0; i < corpus->sentences && !err; i++) {
		float *vector;
		size_t n = (size_t)corpus->lengths[i];
		err = wp_text_rows_next(&rows, &vector);
		if (!err && known_words(model, NULL, ids, n, NULL, &rows.tally, special) > 0)
			memcpy(vector, wp_w2v_embedding(trainer) + i * stride,
				dim * sizeof *vector);
		else
			rows.tally.empty++;
		ids += n;
	}
	if (!err)
		err = wp_text_rows_end(&rows);
	if (!err)
		err = wp_alloc(&model->context, words * dim, sizeof *model->context,
			"vectors of words");
	for (size_t i = 0; i < words && !err; i++)
		memcpy(model->context + i * dim, wp_w2v_output(trainer) + i * stride,
			dim * sizeof *model->context);
	model->dim = dim;
	*tally = rows.tally;
	wp_text_rows_fini(&rows);
	free(special);
	return err;
}

/* ---- Texts that are new ---- */

struct inference {
	const struct wp_text_config *config;
	const struct wp_w2v_kernels *kernels;
	size_t stride;
	float *output;  /* (words, stride)              */
	uint32_t *keep; /* as those of struct wp_w2v    */
	struct wp_alias noise;
	uint64_t seed;
	/* The texts of a block: of text i, ids from end[i - 1] to end[i]. */
	int32_t *id;
	size_t *end;
	float *block;
	size_t texts, id_room, dim;
	atomic_size_t next;
};

/* Room of a thread. */
struct room {
	float *vector,
		*fixed; /* the text's; copies of the output rows, that the kernel changes */
	float **out, **copy;
	float *y, *g;
};

static uint64_t hash_of(const int32_t *ids, size_t n)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (uint32_t)ids[i]) * 0x100000001b3;
	return hash;
}

static double step(const struct inference *f, struct room *r, int32_t target, float rate,
	struct wp_rng *rng)
{
	int outs = 1 + f->config->negative;
	for (int j = 0; j < outs; j++) {
		int32_t id = j == 0 ? target : (int32_t)wp_alias_draw(&f->noise, rng);
		r->out[j] = f->output + (size_t)id * f->stride;
		/* The target drawn as noise is no noise. */
		wp_w2v_set_y(r->y, j, j == 0 ? 1 : id == target ? 0 : -1);
		memcpy(r->copy[j], r->out[j], f->stride * sizeof **r->copy);
	}
	double loss =
		f->kernels->logistic(&r->vector, 1, r->out, outs, f->stride, r->y, rate, r->g);
	f->kernels->update(&r->vector, 1, r->copy, outs, f->stride, r->g);
	return loss;
}

static void infer(
	const struct inference *f, struct room *r, const int32_t *ids, size_t n, float *to)
{
	struct wp_rng rng;
	const struct wp_text_config *c = f->config;
	double steps = (double)n * c->epochs;
	wp_rng_seed(&rng, f->seed, hash_of(ids, n));
	memset(r->vector, 0, f->stride * sizeof *r->vector);
	for (size_t k = 0; k < f->dim; k++)
		r->vector[k] = (wp_rng_float(&rng) - 0.5f) / (float)f->dim;
	for (int epoch = 0; epoch < c->epochs; epoch++)
		for (size_t i = 0; i < n; i++) {
			double done = (double)epoch * (double)n + (double)i;
			uint32_t keep = f->keep[ids[i]];
			if (keep == UINT32_MAX || (uint32_t)(wp_rng_next(&rng) >> 32) < keep)
				step(f, r, ids[i], (float)(c->rate * (1 - done / steps)), &rng);
		}
	memcpy(to, r->vector, f->dim * sizeof *to);
}

static enum wp_err room_init(struct room *r, const struct inference *f)
{
	size_t outs = 1 + (size_t)f->config->negative, row = f->stride * sizeof(float);
	size_t y = wp_w2v_blocks((int)outs) * WP_W2V_Y_BLOCK;
	*r = (struct room){0};
	enum wp_err err;
	if ((err = wp_table_alloc(&r->vector, row, "a vector")) ||
		(err = wp_table_alloc(&r->fixed, outs * row, "vectors")) ||
		(err = wp_table_alloc(
			 &r->g, wp_w2v_g_size(1, (int)outs) * sizeof(float), "a matrix")) ||
		(err = wp_alloc(&r->out, outs, sizeof *r->out, "rows")) ||
		(err = wp_alloc(&r->copy, outs, sizeof *r->copy, "rows")) ||
		(err = wp_alloc(&r->y, y, sizeof *r->y, "weights")))
		return err;
	for (size_t j = 0; j < outs; j++)
		r->copy[j] = r->fixed + j * f->stride;
	return WP_OK;
}

static void room_fini(struct room *r)
{
	free(r->vector);
	free(r->fixed);
	free(r->out);
	free(r->copy);
	free(r->y);
	free(r->g);
}

static enum wp_err infer_block(int thread, void *arg)
{
	struct inference *f = arg;
	struct room room;
	(void)thread;
	enum wp_err err = room_init(&room, f);
	for (size_t i; !err && (i = atomic_fetch_add(&f->next, 1)) < f->texts;) {
		size_t begin = i > 0 ? f->end[i - 1] : 0, n = f->end[i] - begin;
		if (n > 0)
			infer(f, &room, f->id + begin, n, f->block + i * f->dim);
	}
	room_fini(&room);
	return err;
}

static enum wp_err inference_init(
	struct inference *f, const struct wp_text_model *m, uint64_t seed, size_t block)
{
	size_t words = m->words.tokens.count, dim = m->dim;
	*f = (struct inference){.config = &m->config,
		.kernels = wp_w2v_kernels(wp_cpu_isa()),
		.stride = (dim + WP_W2V_PAD - 1) / WP_W2V_PAD * WP_W2V_PAD,
		.seed = seed,
		.dim = dim};
	double total = 0, t = m->config.sample;
	enum wp_err err;
	if ((err = wp_table_alloc(&f->output, words * f->stride * sizeof(float), "vectors")) ||
		(err = wp_alloc(&f->keep, words, sizeof *f->keep, "sub-sampling")) ||
		(err = wp_alloc(&f->end, block, sizeof *f->end, "texts")) ||
		(err = wp_alias_init(&f->noise, m->words.counts, words, m->config.noise_power)))
		return err;
	for (size_t i = 0; i < words; i++) {
		total += (double)m->words.counts[i];
		memcpy(f->output + i * f->stride, m->context + i * dim,
			dim * sizeof *f->output);
	}
	for (size_t i = 0; i < words; i++) {
		double count = (double)m->words.counts[i],
		       ratio = count > 0 ? t * total / count : 0;
		double p = t > 0 ? sqrt(ratio) + ratio : 1;
		f->keep[i] = p >= 1 ? UINT32_MAX : (uint32_t)(p * 0x1p32);
	}
	return WP_OK;
}

static void inference_fini(struct inference *f)
{
	free(f->output);
	free(f->keep);
	free(f->end);
	free(f->id);
	wp_alias_fini(&f->noise);
}

enum wp_err wp_text_dbow_infer(const struct wp_text_model *model,
	const struct wp_corpus *corpus, uint64_t seed, int threads,
	const struct wp_text_output *out, struct wp_text_tally *tally)
{
	struct inference f = {0};
	struct wp_text_rows rows;
	struct wp_vocab_map map = {0};
	bool *special = NULL;
	enum wp_err err = wp_text_rows_init(&rows, out, model->dim);
	if (!err)
		err = inference_init(&f, model, seed, rows.room);
	if (!err)
		err = wp_vocab_map_init(&map, &corpus->vocab, &model->words.tokens);
	if (!err)
		err = find_specials(corpus, &special);
	const int32_t *ids = corpus->ids;
	for (size_t i = 0; i < corpus->sentences && !err;) {
		size_t count = 0;
		float *vector;
		for (f.texts = 0; f.texts < rows.room && i < corpus->sentences && !err; i++) {
			size_t n = (size_t)corpus->lengths[i];
			if ((err = wp_text_rows_next(&rows, &vector)) ||
				(err = wp_grow(
					 &f.id, &f.id_room, count + n, sizeof *f.id, "ids")))
				break;
			size_t known = known_words(
				model, map.id, ids, n, f.id + count, &rows.tally, special);
			rows.tally.empty += known == 0;
			f.end[f.texts++] = count += known;
			ids += n;
		}
		f.block = rows.block;
		atomic_init(&f.next, 0);
		if (!err)
			err = wp_parallel(threads, infer_block, &f);
		if (!err)
			err = wp_text_rows_flush(&rows);
	}
	if (!err)
		err = wp_text_rows_end(&rows);
	*tally = rows.tally;
	wp_text_rows_fini(&rows);
	inference_fini(&f);
	wp_vocab_map_fini(&map);
	free(special);
	return err;
}
