#include "ngram/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ngram/levels.h"
#include "ngram/smoothing.h"

enum { NONE = UINT32_MAX };

struct estimator {
	const struct wp_ngram_counts *c;
	const struct wp_ngram_config *config;
	const struct wp_ngram_sink *sink;
	struct wp_ngram_notes *notes;
	struct wp_ngram_level level[WP_NGRAM_ORDER_MAX + 1];
	struct wp_ngram_part part; /* of level n */
	int n;
};

static void drop_counts(struct wp_ngram_level *l)
{
	if (l->counted != l->raw)
		free(l->counted);
	free(l->raw);
	l->raw = l->counted = NULL;
}

static void drop_level(struct wp_ngram_level *l)
{
	drop_counts(l);
	free(l->record);
	free(l->rank);
	free(l->context);
	free(l->suffix);
	free(l->p);
	free(l->backoff);
	*l = (struct wp_ngram_level){0};
}

static bool adjusts(const struct estimator *e)
{
	return e->config->smoothing == WP_NGRAM_KNESER_NEY && e->n < e->c->order;
}

/* How many different n-grams there are, and how many came once: for who has to know first. */
static void count_types(const struct wp_ngram_counts *c, const struct wp_ngram_config *config,
	struct wp_ngram_notes *notes)
{
	uint64_t sum[WP_NGRAM_ORDER_MAX + 1] = {0};
	for (size_t r = 0; r <= c->count; r++) {
		int shared = r < c->count ? c->shared[r] : 0;
		for (int n = c->order; n > shared; n--) {
			bool open = r > 0 && c->length[r - 1] >= n;
			notes->types[n] += open && sum[n] > 0;
			notes->once[n] += open && sum[n] == 1;
			notes->ngrams[n] += open && sum[n] >= config->least[n] && sum[n] > 0;
			sum[n] = 0;
		}
		for (int n = 1; r < c->count && n <= c->length[r]; n++)
			sum[n] += c->times[r];
	}
}

/* Find the n-grams of length n, and count them. */
static enum wp_err find_ngrams(struct estimator *e)
{
	const struct wp_ngram_counts *c = e->c;
	struct wp_ngram_level *l = &e->level[e->n];
	int n = e->n;
	bool adjust = adjusts(e);
	size_t count = 0, at = 0;
	for (size_t r = 0; r < c->count; r++)
		count += c->length[r] >= n && c->shared[r] < n;
	l->count = count;
	enum wp_err err = wp_alloc(&l->record, count, sizeof *l->record, "n-grams");
	if (!err)
		err = wp_alloc(&l->raw, count, sizeof *l->raw, "n-grams");
	if (!err)
		err = wp_table_alloc(&l->rank, (c->count + 1) * sizeof *l->rank, "n-grams");
	if (!err && adjust)
		err = wp_alloc(&l->counted, count, sizeof *l->counted, "n-grams");
	if (err)
		return err;
	if (!adjust)
		l->counted = l->raw;
	for (size_t r = 0; r < c->count; r++) {
		l->rank[r] = NONE;
		if (c->length[r] < n)
			continue;
		if (c->shared[r] < n)
			l->record[at++] = (uint32_t)r;
		size_t i = at - 1;
		l->rank[r] = (uint32_t)i;
		l->raw[i] += c->times[r];
		if (!adjust)
			continue;
		if (c->length[r] > n)
			l->counted[i] += c->shared[r] < n + 1;
		else if (c->text[c->last[r] - (uint32_t)n + 1] == c->start)
			l->counted[i] += c->times[r]; /* nothing can stand before it */
		else
			l->counted[i] += 1;
	}
	return WP_OK;
}

static enum wp_err find_contexts(struct estimator *e)
{
	enum { AHEAD = 24 };
	const struct wp_ngram_counts *c = e->c;
	struct wp_ngram_level *l = &e->level[e->n];
	const uint32_t *rank = e->level[e->n - 1].rank;
	if (e->n == 1)
		return WP_OK;
	enum wp_err err = wp_alloc(&l->context, l->count, sizeof *l->context, "contexts");
	for (size_t i = 0; i < l->count && !err; i++) {
		if (i + AHEAD < l->count)
			__builtin_prefetch(&rank[c->context[l->record[i + AHEAD]]]);
		l->context[i] = rank[c->context[l->record[i]]];
		if (l->context[i] == NONE)
			return wp_fail(WP_EMISMATCH, "counts that are not those of a text");
	}
	return err;
}

static enum wp_err find_suffixes(struct estimator *e)
{
	struct wp_ngram_level *l = &e->level[e->n];
	const uint32_t *rank = e->level[e->n - 1].rank;
	if (e->n == 1)
		return WP_OK;
	enum wp_err err = wp_alloc(&l->suffix, l->count, sizeof *l->suffix, "n-grams");
	for (size_t i = 0; i < l->count && !err; i++)
		l->suffix[i] = rank[l->record[i]];
	return err;
}

static void find_discounts(struct estimator *e)
{
	const struct wp_ngram_level *l = &e->level[e->n];
	uint64_t of[WP_NGRAM_COUNTS_OF_COUNTS] = {0};
	for (size_t i = 0; i < l->count; i++)
		if (l->counted[i] < WP_NGRAM_COUNTS_OF_COUNTS)
			of[l->counted[i]]++;
	wp_ngram_find_discounts(e->config->smoothing, e->n, of, e->notes, &e->part.discounts);
}

/* The back-off weights become those of the n-grams before. */
static enum wp_err smooth(struct estimator *e)
{
	struct wp_ngram_level *l = &e->level[e->n], *before = &e->level[e->n - 1];
	struct wp_ngram_part *part = &e->part;
	part->config = e->config;
	part->n = e->n;
	part->words = (double)e->c->vocab.count - 1; /* all but SENTENCE_START */
	part->count = l->count;
	part->raw = l->raw;
	part->counted = l->counted;
	part->record = l->record;
	part->context = l->context;
	part->shorter = before->p;
	part->rank = before->rank;
	part->contexts = e->n == 1 ? 1 : before->count;
	size_t room = (part->contexts + 1) * sizeof(double);
	enum wp_err err = wp_table_alloc(&part->whole, room, "contexts");
	if (!err)
		err = wp_table_alloc(&part->rest, room, "contexts");
	if (!err && e->config->smoothing == WP_NGRAM_KATZ)
		err = wp_table_alloc(&part->lower, room, "contexts");
	if (!err)
		err = wp_table_alloc(&before->backoff,
			(part->contexts + 1) * sizeof *before->backoff, "contexts");
	part->backoff = before->backoff;
	if (err)
		return err;
	wp_ngram_sum_contexts(part);
	wp_ngram_finish_contexts(part);
	free(part->rest);
	part->rest = NULL;
	err = wp_table_alloc(&l->p, (l->count + 1) * sizeof *l->p, "probabilities");
	part->p = l->p;
	if (!err)
		wp_ngram_find_probabilities(part, e->notes);
	return err;
}

static void drop_sums(struct estimator *e)
{
	free(e->part.whole);
	free(e->part.rest);
	free(e->part.lower);
	e->part.whole = e->part.rest = e->part.lower = NULL;
}

static enum wp_err hand_on(struct estimator *e, int n)
{
	enum { AHEAD = 16 };
	const struct wp_ngram_counts *c = e->c;
	const struct wp_ngram_level *l = &e->level[n];
	int32_t token[WP_NGRAM_ORDER_MAX];
	enum wp_err err = e->sink->begin(e->sink->arg, n);
	for (size_t i = 0; i < l->count && !err; i++) {
		if (i + AHEAD < l->count)
			__builtin_prefetch(&c->text[c->last[l->record[i + AHEAD]] - 2]);
		if (isnan(l->p[i]))
			continue;
		const int32_t *last = c->text + c->last[l->record[i]];
		for (int k = 0; k < n; k++)
			token[k] = *(last - k);
		err = e->sink->put(
			e->sink->arg, token, l->p[i], l->backoff ? l->backoff[i] : 1);
	}
	return err ? err : e->sink->end(e->sink->arg);
}

/* N-grams of one length; then those before are complete, as their back-off weights are known.
 */
static enum wp_err estimate_order(struct estimator *e)
{
	struct wp_ngram_level *l = &e->level[e->n], *before = &e->level[e->n - 1];
	bool keeps = e->config->prune > 0;
	enum wp_err err = find_ngrams(e);
	if (!err)
		err = find_contexts(e);
	if (!err && keeps)
		err = find_suffixes(e);
	if (err)
		return err;
	find_discounts(e);
	err = smooth(e);
	drop_sums(e);
	drop_counts(l);
	free(before->rank);
	before->rank = NULL;
	if (keeps || err)
		return err;
	free(l->context);
	l->context = NULL;
	if (e->n > 1)
		err = hand_on(e, e->n - 1);
	drop_level(before);
	return err;
}

static enum wp_err prune(struct estimator *e)
{
	enum wp_err err = wp_ngram_prune(e->c, e->level, e->config->prune);
	for (int n = 1; n <= e->c->order && !err; n++) {
		const struct wp_ngram_level *l = &e->level[n];
		uint64_t kept = 0;
		for (size_t i = 0; i < l->count; i++)
			kept += isnan(l->p[i]) ? 0 : 1;
		/* Words are all there, and SENTENCE_START is none of those that came. */
		e->notes->ngrams[n] = n == 1 ? e->notes->ngrams[1] : kept;
	}
	if (!err)
		err = e->sink->start(e->sink->arg, e->notes);
	for (int n = 1; n < e->c->order && !err; n++) {
		err = hand_on(e, n);
		drop_level(&e->level[n]);
	}
	return err;
}

static enum wp_err estimate(struct estimator *e)
{
	enum wp_err err = WP_OK;
	count_types(e->c, e->config, e->notes);
	if (e->config->prune <= 0)
		err = e->sink->start(e->sink->arg, e->notes);
	for (e->n = 1; e->n <= e->c->order && !err; e->n++)
		err = estimate_order(e);
	if (!err && e->config->prune > 0)
		err = prune(e);
	if (!err)
		err = hand_on(e, e->c->order);
	drop_sums(e);
	for (int n = 0; n <= e->c->order; n++)
		drop_level(&e->level[n]);
	return err;
}

enum wp_err wp_ngram_estimate(const struct wp_ngram_counts *counts,
	const struct wp_ngram_config *config, const struct wp_ngram_sink *sink,
	struct wp_ngram_notes *notes)
{
	struct estimator e = {.c = counts, .config = config, .sink = sink, .notes = notes};
	*notes = (struct wp_ngram_notes){0};
	for (int n = 2; n <= counts->order; n++)
		if (config->least[n] < config->least[n - 1])
			return wp_fail(WP_EINVAL, "\1min-count: must not fall with n");
	if (config->prune > 0 && config->smoothing == WP_NGRAM_ADD_K)
		return wp_fail(
			WP_EINVAL, "\1prune: not of add-k, which has no shorter context");
	return counts->spool ? wp_ngram_estimate_external(counts, config, sink, notes)
			     : estimate(&e);
}
