#include "ngram/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { NONE = UINT32_MAX, KATZ_MOST = 7 };

const char *const wp_ngram_smoothings[] = {[WP_NGRAM_KNESER_NEY] = "kneser-ney",
	[WP_NGRAM_KATZ] = "katz",
	[WP_NGRAM_WITTEN_BELL] = "witten-bell",
	[WP_NGRAM_ABSOLUTE] = "absolute",
	[WP_NGRAM_ADD_K] = "add-k",
	NULL};

void wp_ngram_config_cut(struct wp_ngram_config *config, enum wp_ngram_smoothing smoothing)
{
	config->smoothing = smoothing;
	for (int n = 0; n <= WP_NGRAM_ORDER_MAX; n++)
		config->least[n] = smoothing == WP_NGRAM_KATZ && n > 2 ? 2 : 1;
}

void wp_ngram_config_default(struct wp_ngram_config *config)
{
	*config = (struct wp_ngram_config){.k = 1};
	wp_ngram_config_cut(config, WP_NGRAM_KNESER_NEY);
}

/* The n-grams of one length, and their contexts. */
struct level {
	size_t count;
	uint32_t *record;  /* one that ends with each                          */
	uint32_t *raw;     /* how often each came                              */
	uint32_t *counted; /* what is discounted: raw, or of Kneser-Ney adjusted */
	uint32_t *rank;    /* by record: which of them; NONE                   */
	float *p;
};

struct estimator {
	const struct wp_ngram_counts *c;
	const struct wp_ngram_config *config;
	struct wp_ngram_notes *notes;
	struct level now, before; /* of n and of n - 1 */
	size_t contexts;
	uint32_t *context; /* by n-gram of now: which of before, its context          */
	double *whole;     /* by context: the sum of what is counted                  */
	double *rest;      /* what its n-grams leave; of Katz, what they have         */
	double *lower;     /* of Katz: what its n-grams have under the shorter context */
	float *backoff;    /* by context                                              */
	double words;      /* that can be predicted                                   */
	int n;
};

static void drop_counts(struct level *l)
{
	if (l->counted != l->raw)
		free(l->counted);
	free(l->raw);
	l->raw = l->counted = NULL;
}

static void level_fini(struct level *l)
{
	drop_counts(l);
	free(l->record);
	free(l->rank);
	free(l->p);
	*l = (struct level){0};
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
	struct level *l = &e->now;
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

/* ---- Discounts ---- */

static void count_of_counts(const struct estimator *e, uint64_t *of)
{
	for (size_t i = 0; i < e->now.count; i++)
		if (e->now.counted[i] <= KATZ_MOST + 1)
			of[e->now.counted[i]]++;
}

static bool within(double d, double most)
{
	return d >= 0 && d <= most; /* NaN is not */
}

/* Chen & Goodman (1998), equation 26. */
static void kneser_ney(struct estimator *e, const uint64_t *of, double *d)
{
	double y = (double)of[1] / ((double)of[1] + 2 * (double)of[2]);
	for (int k = 1; k <= 3; k++)
		d[k] = k - (k + 1) * y * (double)of[k + 1] / (double)of[k];
	if (within(d[1], 1) && within(d[2], 2) && within(d[3], 3) && of[4] > 0)
		return;
	e->notes->undefined[e->n] = true;
	for (int k = 1; k <= 3; k++)
		d[k] = 0.5 * k;
}

/* Katz (1987): the factor of a count r up to a bound, which makes of it what Good and Turing
 * estimate, while counts above stay as they are and the singletons pay for all. */
static void good_turing(struct estimator *e, const uint64_t *of, double *factor)
{
	int most = KATZ_MOST;
	for (int r = 0; r <= KATZ_MOST; r++)
		factor[r] = 1;
	while (most > 0 && of[most + 1] == 0)
		most--;
	if (e->n == 1)
		return;
	if (most == 0 || of[1] == 0) {
		e->notes->undefined[e->n] = true;
		return;
	}
	double common = (most + 1) * (double)of[most + 1] / (double)of[1];
	for (int r = 1; r <= most; r++) {
		double f = ((r + 1) * (double)of[r + 1] / (r * (double)of[r]) - common) /
			(1 - common);
		if (f > 0 && f <= 1)
			factor[r] = f;
		else
			e->notes->undefined[e->n] = true;
	}
}

/* d[r]: what is taken off a count r; those above have the last one. */
static int find_discounts(struct estimator *e, double *d)
{
	uint64_t of[KATZ_MOST + 2] = {0};
	int last = 1;
	count_of_counts(e, of);
	memset(d, 0, (KATZ_MOST + 1) * sizeof *d);
	switch (e->config->smoothing) {
	case WP_NGRAM_KNESER_NEY:
		kneser_ney(e, of, d);
		last = 3;
		break;
	case WP_NGRAM_ABSOLUTE:
		d[1] = (double)of[1] / ((double)of[1] + 2 * (double)of[2]);
		if (!within(d[1], 1) || of[1] == 0 || of[2] == 0) {
			e->notes->undefined[e->n] = true;
			d[1] = 0.5;
		}
		break;
	case WP_NGRAM_KATZ:
		good_turing(e, of, d);
		last = KATZ_MOST;
		break;
	case WP_NGRAM_WITTEN_BELL:
	case WP_NGRAM_ADD_K:
		break;
	}
	for (int r = 0; r <= last; r++)
		e->notes->discount[e->n][r] = d[r];
	return last;
}

/* ---- Probabilities ---- */

static bool is_kept(const struct estimator *e, size_t i)
{
	return e->now.raw[i] >= e->config->least[e->n] && e->now.raw[i] > 0;
}

static enum wp_err find_contexts(struct estimator *e)
{
	enum { AHEAD = 24 };
	const struct wp_ngram_counts *c = e->c;
	const struct level *l = &e->now;
	e->contexts = e->n == 1 ? 1 : e->before.count;
	enum wp_err err = wp_alloc(&e->context, l->count, sizeof *e->context, "contexts");
	if (!err)
		err = wp_table_alloc(
			&e->whole, (e->contexts + 1) * sizeof *e->whole, "contexts");
	if (!err)
		err = wp_table_alloc(&e->rest, (e->contexts + 1) * sizeof *e->rest, "contexts");
	if (!err && e->config->smoothing == WP_NGRAM_KATZ)
		err = wp_table_alloc(
			&e->lower, (e->contexts + 1) * sizeof *e->lower, "contexts");
	if (!err)
		err = wp_table_alloc(
			&e->backoff, (e->contexts + 1) * sizeof *e->backoff, "contexts");
	for (size_t i = 0; i < l->count && !err && e->n > 1; i++) {
		if (i + AHEAD < l->count)
			__builtin_prefetch(&e->before.rank[c->context[l->record[i + AHEAD]]]);
		e->context[i] = e->before.rank[c->context[l->record[i]]];
		if (e->context[i] == NONE)
			return wp_fail(WP_EMISMATCH, "counts that are not those of a text");
	}
	return err;
}

/* The probability of an n-gram's last word under the shorter context. */
static double shorter(const struct estimator *e, size_t i)
{
	return e->n == 1 ? 1 / e->words : e->before.p[e->before.rank[e->now.record[i]]];
}

static void sum_contexts(struct estimator *e, const double *d, int last)
{
	enum { AHEAD = 16 };
	const struct level *l = &e->now;
	enum wp_ngram_smoothing how = e->config->smoothing;
	for (size_t i = 0; i < l->count; i++) {
		if (i + AHEAD < l->count) {
			__builtin_prefetch(&e->whole[e->context[i + AHEAD]], 1);
			__builtin_prefetch(&e->rest[e->context[i + AHEAD]], 1);
		}
		uint32_t a = l->counted[i], at = e->context[i];
		bool kept = is_kept(e, i);
		double off = d[a < (uint32_t)last ? a : (uint32_t)last];
		if (l->raw[i] == 0)
			continue; /* SENTENCE_START: never predicted */
		e->whole[at] += a;
		if (how == WP_NGRAM_KATZ) {
			double factor = a <= KATZ_MOST ? d[a] : 1;
			e->rest[at] += kept ? factor * a : 0;
			e->lower[at] += kept ? shorter(e, i) : 0;
		} else if (how == WP_NGRAM_WITTEN_BELL) {
			e->rest[at] += kept ? 1 : 1 + (double)a;
		} else {
			e->rest[at] += kept ? off : a;
		}
	}
}

/* From sums to what the probabilities of a context are divided by (in `whole`) and its back-off
 * weight.  Contexts of Katz whose n-grams leave nothing for other words, if there are any, get
 * 1 more in the denominator (Doug Paul's device, as SRILM has it). */
static void finish_contexts(struct estimator *e)
{
	const double enough = 3e-6;
	enum wp_ngram_smoothing how = e->config->smoothing;
	for (size_t i = 0; i < e->contexts; i++) {
		double whole = e->whole[i], rest = e->rest[i], backoff = 1;
		if (whole <= 0) {
			e->backoff[i] = 1;
			continue;
		}
		if (how == WP_NGRAM_KATZ) {
			while (e->n > 1 && rest / whole > 1 - enough &&
				e->lower[i] < 1 - enough)
				whole += 1;
			double left = 1 - rest / whole, other = 1 - e->lower[i];
			if (e->n > 1 && rest > 0)
				backoff = other > 0 && left > 0 ? left / other : 0;
		} else if (how == WP_NGRAM_ADD_K) {
			whole += e->config->k * e->words;
			backoff = e->config->k / whole;
		} else {
			whole += how == WP_NGRAM_WITTEN_BELL ? rest : 0;
			backoff = rest / whole;
		}
		e->whole[i] = whole;
		e->backoff[i] = (float)backoff;
	}
}

static enum wp_err find_probabilities(struct estimator *e, const double *d, int last)
{
	enum { AHEAD = 16 };
	struct level *l = &e->now;
	enum wp_ngram_smoothing how = e->config->smoothing;
	enum wp_err err = wp_table_alloc(&l->p, (l->count + 1) * sizeof *l->p, "probabilities");
	for (size_t i = 0; i < l->count && !err; i++) {
		if (i + AHEAD < l->count) {
			__builtin_prefetch(&e->whole[e->context[i + AHEAD]]);
			__builtin_prefetch(&e->backoff[e->context[i + AHEAD]]);
		}
		uint32_t a = l->counted[i], at = e->context[i];
		double p = a;
		if (!is_kept(e, i) && e->n > 1) {
			l->p[i] = NAN;
			continue;
		}
		if (how == WP_NGRAM_KATZ)
			p = (a <= KATZ_MOST ? d[a] : 1) * a / e->whole[at];
		else if (how == WP_NGRAM_ADD_K)
			p = (a + e->config->k) / e->whole[at];
		else
			p = (a - d[a < (uint32_t)last ? a : (uint32_t)last]) / e->whole[at] +
				(double)e->backoff[at] * shorter(e, i);
		l->p[i] = (float)p;
	}
	return err;
}

/* Words that did not come share what is left; where nothing is, as with Katz, they are taken to
 * have come once, all together. */
static void finish_words(struct estimator *e)
{
	struct level *l = &e->now;
	size_t came = 0;
	for (size_t i = 0; i < l->count; i++)
		came += is_kept(e, i);
	double without = e->words - (double)came;
	if (e->config->smoothing == WP_NGRAM_KATZ) {
		double all = e->whole[0], kept = e->rest[0];
		double whole = without > 0 && kept / all > 1 - 3e-6 ? all + 1 : all;
		for (size_t i = 0; i < l->count; i++)
			l->p[i] = (float)((double)l->p[i] * all / whole);
		e->notes->zero = without > 0 ? (1 - kept / whole) / without : 0;
	} else if (e->config->smoothing == WP_NGRAM_ADD_K) {
		e->notes->zero = e->backoff[0];
	} else {
		e->notes->zero = e->backoff[0] / e->words;
	}
	for (size_t i = 0; i < l->count; i++)
		if (!is_kept(e, i))
			l->p[i] = (float)e->notes->zero;
}

static enum wp_err hand_on(
	const struct wp_ngram_sink *sink, int n, const struct level *l, float *backoff)
{
	struct wp_ngram_order order = {n, l->count, l->record, l->p, backoff};
	return sink->put && n > 0 ? sink->put(sink->arg, &order) : WP_OK;
}

static void drop_contexts(struct estimator *e)
{
	free(e->context);
	free(e->whole);
	free(e->rest);
	free(e->lower);
	free(e->backoff);
	e->context = NULL;
	e->whole = e->rest = e->lower = NULL;
	e->backoff = NULL;
}

/* N-grams of one length; then those before are complete, as their back-off weights are known.
 */
static enum wp_err estimate_order(struct estimator *e, const struct wp_ngram_sink *sink)
{
	double d[KATZ_MOST + 1];
	enum wp_err err = find_ngrams(e);
	if (!err)
		err = find_contexts(e);
	if (err)
		return err;
	int last = find_discounts(e, d);
	sum_contexts(e, d, last);
	finish_contexts(e);
	free(e->rest);
	e->rest = NULL;
	if (e->n == 1) { /* needs the sum again */
		if ((err = wp_alloc(&e->rest, 1, sizeof *e->rest, "contexts")))
			return err;
		for (size_t i = 0; i < e->now.count; i++)
			e->rest[0] += is_kept(e, i) ? e->now.counted[i] : 0;
	}
	err = find_probabilities(e, d, last);
	if (!err && e->n == 1)
		finish_words(e);
	drop_counts(&e->now);
	free(e->before.rank);
	e->before.rank = NULL;
	free(e->context);
	free(e->whole);
	e->context = NULL;
	e->whole = NULL;
	if (!err)
		err = hand_on(sink, e->n - 1, &e->before, e->backoff);
	level_fini(&e->before);
	e->before = e->now;
	e->now = (struct level){0};
	drop_contexts(e);
	return err;
}

enum wp_err wp_ngram_estimate(const struct wp_ngram_counts *counts,
	const struct wp_ngram_config *config, const struct wp_ngram_sink *sink,
	struct wp_ngram_notes *notes)
{
	struct estimator e = {.c = counts, .config = config, .notes = notes};
	*notes = (struct wp_ngram_notes){0};
	e.words = (double)counts->vocab.count - 1; /* all but SENTENCE_START */
	for (int n = 2; n <= counts->order; n++)
		if (config->least[n] < config->least[n - 1])
			return wp_fail(WP_EINVAL, "\1min-count: must not fall with n");
	count_types(counts, config, notes);
	enum wp_err err = sink->start ? sink->start(sink->arg, notes) : WP_OK;
	for (e.n = 1; e.n <= counts->order && !err; e.n++)
		err = estimate_order(&e, sink);
	if (!err)
		err = hand_on(sink, counts->order, &e.before, NULL);
	level_fini(&e.now);
	level_fini(&e.before);
	drop_contexts(&e);
	return err;
}
