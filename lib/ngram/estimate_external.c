/* Estimation in bounded memory, by sorting (Heafield et al. 2013): n-grams of one length after
 * the other are sorted by their contexts, smoothed a context at a time, and sorted back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sorter.h"
#include "base/spool.h"
#include "ngram/cursor.h"
#include "ngram/levels.h"
#include "ngram/smoothing.h"

/* Behind the tokens of the context in a record that is sorted by them. */
enum { INDEX, RAW, COUNTED, SHORTER, EXTRA };

/* Probabilities, one after the other, in the order of the counts. */
struct floats {
	struct wp_spool *spool;
	uint64_t next; /* byte of the spool */
	size_t at, have;
	float buffer[1 << 14];
};

struct estimator {
	const struct wp_ngram_counts *c;
	const struct wp_ngram_config *config;
	const struct wp_ngram_sink *sink;
	struct wp_ngram_notes *notes;
	struct wp_ngram_discounts discounts[WP_NGRAM_ORDER_MAX + 1];
	int n;
	struct wp_sorter *by_context, *by_index;
	struct wp_spool *p;     /* of n-grams, and ...     */
	struct floats p_before; /* of those before, shorter */

	/* The n-grams before, one token shorter, as they are handed on. */
	struct wp_ngram_walk before;
	float before_p; /* of the one at which `before` is */
	bool before_there;

	/* The n-grams of one context. */
	struct wp_ngram_part part;
	uint32_t *index, *raw, *counted;
	float *shorter;
	size_t index_room, raw_room, counted_room, shorter_room, p_room;
	double whole, rest, lower;
	float backoff;
};

static uint32_t bits_of(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static float float_of(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

static bool adjusts(const struct estimator *e, int n)
{
	return e->config->smoothing == WP_NGRAM_KNESER_NEY && n < e->c->order;
}

/* What has to be known of all n-grams beforehand: how many there are of each length, and with
 * which counts. */
static enum wp_err look(struct estimator *e, int n)
{
	struct wp_ngram_notes *notes = e->notes;
	uint64_t of[WP_NGRAM_COUNTS_OF_COUNTS] = {0};
	struct wp_ngram_walk walk;
	enum wp_err err = wp_ngram_walk_init(&walk, e->c, n);
	while (!err && !(err = wp_ngram_walk_next(&walk))) {
		uint64_t counted = adjusts(e, n) ? walk.before : walk.raw;
		notes->types[n] += walk.raw > 0;
		notes->once[n] += walk.raw == 1;
		notes->ngrams[n] += walk.raw >= e->config->least[n] && walk.raw > 0;
		if (counted < WP_NGRAM_COUNTS_OF_COUNTS)
			of[counted]++;
	}
	wp_ngram_walk_fini(&walk);
	if (err != WP_END)
		return err;
	wp_ngram_find_discounts(e->config->smoothing, n, of, notes, &e->discounts[n]);
	return WP_OK;
}

static enum wp_err check_count(uint64_t count)
{
	return count <= UINT32_MAX
		? WP_OK
		: wp_fail(WP_ELIMIT, "an n-gram that came more than 2^32 times");
}

/* ---- By context ---- */

static enum wp_err read_float(struct floats *f, float *x)
{
	if (f->at == f->have) {
		uint64_t left = (wp_spool_size(f->spool) - f->next) / sizeof *x;
		f->at = 0;
		f->have = sizeof f->buffer / sizeof *x;
		if (f->have > left)
			f->have = (size_t)left;
		if (left == 0)
			return wp_fail(WP_EMISMATCH, "counts that are not those of a text");
		enum wp_err err =
			wp_spool_read_at(f->spool, f->next, f->buffer, f->have * sizeof *x);
		if (err)
			return err;
		f->next += f->have * sizeof *x;
	}
	*x = f->buffer[f->at++];
	return WP_OK;
}

static void begin_again(struct floats *f)
{
	f->next = 0;
	f->at = f->have = 0;
}

/* All n-grams of length n, with the probability of the last token under the shorter context,
 * which stands in the order in which they come. */
static enum wp_err sort_by_context(struct estimator *e)
{
	const size_t n = (size_t)e->n;
	const struct wp_sorter_config config = {.words = (unsigned)n - 1 + EXTRA,
		.keys = (unsigned)n,
		.memory = e->c->memory / 8 * 3,
		.directory = e->c->directory};
	uint32_t record[WP_NGRAM_ORDER_MAX + EXTRA];
	struct wp_ngram_walk walk;
	uint64_t at = 0;
	float shorter = 0;
	enum wp_err err = wp_ngram_walk_init(&walk, e->c, e->n);
	if (!err)
		err = wp_sorter_create(&e->by_context, &config);
	while (!err && !(err = wp_ngram_walk_next(&walk))) {
		uint64_t counted = adjusts(e, e->n) ? walk.before : walk.raw;
		for (; at < walk.shorter && !err; at++)
			err = read_float(&e->p_before, &shorter);
		for (size_t i = 1; i < n; i++)
			record[i - 1] = (uint32_t)walk.token[i];
		if (!err)
			err = check_count(walk.raw > counted ? walk.raw : counted);
		record[n - 1 + INDEX] = (uint32_t)(walk.index - 1);
		record[n - 1 + RAW] = (uint32_t)walk.raw;
		record[n - 1 + COUNTED] = (uint32_t)counted;
		record[n - 1 + SHORTER] = bits_of(shorter);
		if (!err)
			err = wp_sorter_put(e->by_context, record);
	}
	wp_ngram_walk_fini(&walk);
	begin_again(&e->p_before);
	return err == WP_END ? WP_OK : err;
}

/* ---- N-grams that are complete ---- */

static enum wp_err next_before(struct estimator *e)
{
	enum wp_err err = wp_ngram_walk_next(&e->before);
	e->before_there = !err;
	if (!err)
		err = read_float(&e->p_before, &e->before_p);
	return err == WP_END ? WP_OK : err;
}

static enum wp_err hand_on(struct estimator *e, float backoff)
{
	enum wp_err err = WP_OK;
	if (!isnan(e->before_p))
		err = e->sink->put(e->sink->arg, e->before.token, e->before_p, backoff);
	return err ? err : next_before(e);
}

/* Those before the context hand on as what nothing follows; context: of n - 1 tokens, or NULL
 * for all that are left. */
static enum wp_err hand_on_until(struct estimator *e, const uint32_t *context)
{
	enum wp_err err = WP_OK;
	while (!err && e->before_there) {
		int order = 1;
		for (int i = 0; context && i < e->n - 1 && order == 1; i++)
			if ((uint32_t)e->before.token[i] != context[i])
				order = (uint32_t)e->before.token[i] < context[i] ? 0 : 2;
		if (context && order == 1)
			return WP_OK;
		if (order == 2)
			break;
		err = hand_on(e, 1);
	}
	return err || !context
		? err
		: wp_fail(WP_EMISMATCH,
			  "counts that are not those of a text: an n-gram without the one "
			  "before it");
}

/* ---- Smoothing ---- */

static enum wp_err add_ngram(struct estimator *e, const uint32_t *record)
{
	struct wp_ngram_part *part = &e->part;
	const uint32_t *extra = record + e->n - 1;
	size_t need = part->count + 1;
	enum wp_err err = wp_grow(&e->index, &e->index_room, need, sizeof *e->index, "n-grams");
	if (!err)
		err = wp_grow(&e->raw, &e->raw_room, need, sizeof *e->raw, "n-grams");
	if (!err)
		err = wp_grow(
			&e->counted, &e->counted_room, need, sizeof *e->counted, "n-grams");
	if (!err)
		err = wp_grow(
			&e->shorter, &e->shorter_room, need, sizeof *e->shorter, "n-grams");
	if (!err)
		err = wp_grow(&part->p, &e->p_room, need, sizeof *part->p, "n-grams");
	if (err)
		return err;
	e->index[part->count] = extra[INDEX];
	e->raw[part->count] = extra[RAW];
	e->counted[part->count] = extra[COUNTED];
	e->shorter[part->count++] = float_of(extra[SHORTER]);
	return WP_OK;
}

/* The n-grams of one context; the n-gram that is the context is complete then. */
static enum wp_err smooth(struct estimator *e, const uint32_t *context)
{
	struct wp_ngram_part *part = &e->part;
	enum wp_err err = WP_OK;
	if (part->count == 0)
		return WP_OK;
	e->whole = e->rest = e->lower = 0;
	part->raw = e->raw;
	part->counted = e->counted;
	part->shorter = e->shorter;
	wp_ngram_sum_contexts(part);
	wp_ngram_finish_contexts(part);
	wp_ngram_find_probabilities(part, e->notes);
	for (size_t i = 0; i < part->count && !err; i++) {
		const uint32_t record[] = {e->index[i], bits_of(part->p[i])};
		err = wp_sorter_put(e->by_index, record);
	}
	part->count = 0;
	if (!err && e->n > 1)
		err = hand_on_until(e, context);
	if (!err && e->n > 1)
		err = hand_on(e, e->backoff);
	return err;
}

static enum wp_err smooth_all(struct estimator *e)
{
	uint32_t context[WP_NGRAM_ORDER_MAX];
	const uint32_t *record;
	const size_t tokens = (size_t)e->n - 1;
	struct wp_ngram_part *part = &e->part;
	enum wp_err err = WP_OK;
	part->n = e->n;
	part->discounts = e->discounts[e->n];
	part->count = 0;
	while (!err && !(err = wp_sorter_next(e->by_context, &record))) {
		if (part->count > 0 && memcmp(context, record, tokens * sizeof *record) != 0)
			err = smooth(e, context);
		memcpy(context, record, tokens * sizeof *record);
		if (!err)
			err = add_ngram(e, record);
	}
	return err == WP_END ? smooth(e, context) : err;
}

/* Back to the order of the counts. */
static enum wp_err sort_back(struct estimator *e)
{
	const uint32_t *record;
	enum wp_err err = wp_spool_create(&e->p, 0, e->c->directory);
	while (!err && !(err = wp_sorter_next(e->by_index, &record)))
		err = wp_spool_append(e->p, &record[1], sizeof record[1]);
	wp_sorter_free(e->by_index);
	e->by_index = NULL;
	return err == WP_END ? WP_OK : err;
}

/* N-grams of one length; those before are handed on. */
static enum wp_err estimate_order(struct estimator *e)
{
	const struct wp_sorter_config config = {.words = 2,
		.keys = 1,
		.memory = e->c->memory / 8,
		.directory = e->c->directory};
	enum wp_err err = sort_by_context(e);
	if (!err)
		err = wp_sorter_create(&e->by_index, &config);
	if (!err && e->n > 1)
		err = wp_ngram_walk_init(&e->before, e->c, e->n - 1);
	if (!err && e->n > 1)
		err = e->sink->begin(e->sink->arg, e->n - 1);
	if (!err && e->n > 1)
		err = next_before(e);
	if (!err)
		err = smooth_all(e);
	if (!err && e->n > 1)
		err = hand_on_until(e, NULL);
	if (!err && e->n > 1)
		err = e->sink->end(e->sink->arg);
	wp_ngram_walk_fini(&e->before);
	wp_sorter_free(e->by_context);
	e->by_context = NULL;
	if (!err)
		err = sort_back(e);
	wp_spool_free(e->p_before.spool);
	e->p_before.spool = e->p;
	begin_again(&e->p_before);
	e->p = NULL;
	return err;
}

/* The longest have no back-off weights. */
static enum wp_err hand_on_last(struct estimator *e)
{
	enum wp_err err = wp_ngram_walk_init(&e->before, e->c, e->c->order);
	if (!err)
		err = e->sink->begin(e->sink->arg, e->c->order);
	if (!err)
		err = next_before(e);
	if (!err)
		err = hand_on_until(e, NULL);
	if (!err)
		err = e->sink->end(e->sink->arg);
	wp_ngram_walk_fini(&e->before);
	return err;
}

enum wp_err wp_ngram_estimate_external(const struct wp_ngram_counts *counts,
	const struct wp_ngram_config *config, const struct wp_ngram_sink *sink,
	struct wp_ngram_notes *notes)
{
	struct estimator e = {.c = counts, .config = config, .sink = sink, .notes = notes};
	enum wp_err err = WP_OK;
	if (config->prune > 0)
		return wp_fail(WP_ELIMIT,
			"\1prune needs all n-grams in memory, some %.0f MB here: see \1memory",
			(double)counts->tokens * WP_NGRAM_TOKEN_BYTES / 1e6 + 1);
	e.part = (struct wp_ngram_part){.config = config,
		.words = (double)counts->vocab.count - 1, /* all but SENTENCE_START */
		.contexts = 1,
		.whole = &e.whole,
		.rest = &e.rest,
		.lower = &e.lower,
		.backoff = &e.backoff};
	for (int n = 1; n <= counts->order && !err; n++)
		err = look(&e, n);
	if (!err)
		err = sink->start(sink->arg, notes);
	for (e.n = 1; e.n <= counts->order && !err; e.n++)
		err = estimate_order(&e);
	if (!err)
		err = hand_on_last(&e);
	wp_sorter_free(e.by_context);
	wp_sorter_free(e.by_index);
	wp_spool_free(e.p);
	wp_spool_free(e.p_before.spool);
	free(e.index);
	free(e.raw);
	free(e.counted);
	free(e.shorter);
	free(e.part.p);
	return err;
}
