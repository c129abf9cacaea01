#include "ngram/smoothing.h"

#include <math.h>
#include <string.h>

enum { KATZ_MOST = WP_NGRAM_KATZ_MOST };

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

/* ---- Discounts ---- */

static bool within(double d, double most)
{
	return d >= 0 && d <= most; /* NaN is not */
}

/* Chen & Goodman (1998), equation 26.  Returns whether the counts give them. */
static bool kneser_ney(const uint64_t *of, double *d)
{
	double y = (double)of[1] / ((double)of[1] + 2 * (double)of[2]);
	for (int k = 1; k <= 3; k++)
		d[k] = k - (k + 1) * y * (double)of[k + 1] / (double)of[k];
	if (within(d[1], 1) && within(d[2], 2) && within(d[3], 3) && of[4] > 0)
		return true;
	for (int k = 1; k <= 3; k++)
		d[k] = 0.5 * k;
	return false;
}

/* One discount for all counts (Ney, Essen & Kneser 1994). */
static bool absolute(const uint64_t *of, double *d)
{
	d[1] = (double)of[1] / ((double)of[1] + 2 * (double)of[2]);
	if (within(d[1], 1) && of[1] > 0 && of[2] > 0)
		return true;
	d[1] = 0.5;
	return false;
}

/* Katz (1987): the factor of a count r up to a bound, which makes of it what Good and Turing
 * estimate, while counts above stay as they are and the singletons pay for all. */
static bool good_turing(int n, const uint64_t *of, double *factor)
{
	int most = KATZ_MOST;
	bool all = true;
	for (int r = 0; r <= KATZ_MOST; r++)
		factor[r] = 1;
	while (most > 0 && of[most + 1] == 0)
		most--;
	if (n == 1)
		return true;
	if (most == 0 || of[1] == 0)
		return false;
	double common = (most + 1) * (double)of[most + 1] / (double)of[1];
	for (int r = 1; r <= most; r++) {
		double f = ((r + 1) * (double)of[r + 1] / (r * (double)of[r]) - common) /
			(1 - common);
		if (f > 0 && f <= 1)
			factor[r] = f;
		else
			all = false;
	}
	return all;
}

void wp_ngram_find_discounts(enum wp_ngram_smoothing smoothing, int n, const uint64_t *of,
	struct wp_ngram_notes *notes, struct wp_ngram_discounts *discounts)
{
	double *d = discounts->d;
	bool defined = true;
	memset(d, 0, sizeof discounts->d);
	discounts->last = 1;
	switch (smoothing) {
	case WP_NGRAM_KNESER_NEY:
		defined = kneser_ney(of, d);
		discounts->last = 3;
		break;
	case WP_NGRAM_ABSOLUTE:
		defined = absolute(of, d);
		break;
	case WP_NGRAM_KATZ:
		defined = good_turing(n, of, d);
		discounts->last = KATZ_MOST;
		break;
	case WP_NGRAM_WITTEN_BELL:
	case WP_NGRAM_ADD_K:
		break;
	}
	notes->undefined[n] = !defined;
	for (int r = 0; r <= discounts->last; r++)
		notes->discount[n][r] = d[r];
}

/* ---- Contexts ---- */

bool wp_ngram_is_kept(const struct wp_ngram_part *p, size_t i)
{
	return p->raw[i] >= p->config->least[p->n] && p->raw[i] > 0;
}

/* The probability of an n-gram's last word under the shorter context. */
static double shorter(const struct wp_ngram_part *p, size_t i)
{
	return p->n == 1 ? 1 / p->words : p->shorter[p->rank ? p->rank[p->record[i]] : i];
}

static size_t context_of(const struct wp_ngram_part *p, size_t i)
{
	return p->context ? p->context[i] : 0;
}

static double discount_of(const struct wp_ngram_part *p, uint32_t a)
{
	const struct wp_ngram_discounts *d = &p->discounts;
	return d->d[a < (uint32_t)d->last ? a : (uint32_t)d->last];
}

static double katz_factor(const struct wp_ngram_part *p, uint32_t a)
{
	return a <= KATZ_MOST ? p->discounts.d[a] : 1;
}

void wp_ngram_sum_contexts(struct wp_ngram_part *p)
{
	enum { AHEAD = 16 };
	enum wp_ngram_smoothing how = p->config->smoothing;
	for (size_t i = 0; i < p->count; i++) {
		if (i + AHEAD < p->count) {
			__builtin_prefetch(&p->whole[context_of(p, i + AHEAD)], 1);
			__builtin_prefetch(&p->rest[context_of(p, i + AHEAD)], 1);
		}
		uint32_t a = p->counted[i];
		size_t at = context_of(p, i);
		bool kept = wp_ngram_is_kept(p, i);
		if (p->raw[i] == 0)
			continue; /* SENTENCE_START: never predicted */
		p->whole[at] += a;
		if (how == WP_NGRAM_KATZ) {
			p->rest[at] += kept ? katz_factor(p, a) * a : 0;
			p->lower[at] += kept ? shorter(p, i) : 0;
		} else if (how == WP_NGRAM_WITTEN_BELL) {
			p->rest[at] += kept ? 1 : 1 + (double)a;
		} else {
			p->rest[at] += kept ? discount_of(p, a) : a;
		}
	}
}

/* Contexts of Katz whose n-grams leave nothing for other words, if there are any, get 1 more in
 * the denominator (Doug Paul's device, as SRILM has it). */
void wp_ngram_finish_contexts(struct wp_ngram_part *p)
{
	const double enough = 3e-6;
	enum wp_ngram_smoothing how = p->config->smoothing;
	for (size_t i = 0; i < p->contexts; i++) {
		double whole = p->whole[i], rest = p->rest[i], backoff = 1;
		if (whole <= 0) {
			p->backoff[i] = 1;
			continue;
		}
		if (how == WP_NGRAM_KATZ) {
			while (p->n > 1 && rest / whole > 1 - enough &&
				p->lower[i] < 1 - enough)
				whole += 1;
			double left = 1 - rest / whole, other = 1 - p->lower[i];
			if (p->n > 1 && rest > 0)
				backoff = other > 0 && left > 0 ? left / other : 0;
		} else if (how == WP_NGRAM_ADD_K) {
			whole += p->config->k * p->words;
			backoff = p->config->k / whole;
		} else {
			whole += how == WP_NGRAM_WITTEN_BELL ? rest : 0;
			backoff = rest / whole;
		}
		p->whole[i] = whole;
		p->backoff[i] = (float)backoff;
	}
}

/* ---- Probabilities ---- */

/* Words that did not come share what is left; where nothing is, as with Katz, they are taken to
 * have come once, all together. */
static void finish_words(struct wp_ngram_part *p, struct wp_ngram_notes *notes)
{
	size_t came = 0;
	double kept = 0;
	for (size_t i = 0; i < p->count; i++) {
		came += wp_ngram_is_kept(p, i);
		kept += wp_ngram_is_kept(p, i) ? p->counted[i] : 0;
	}
	double without = p->words - (double)came;
	if (p->config->smoothing == WP_NGRAM_KATZ) {
		double all = p->whole[0];
		double whole = without > 0 && kept / all > 1 - 3e-6 ? all + 1 : all;
		for (size_t i = 0; i < p->count; i++)
			p->p[i] = (float)((double)p->p[i] * all / whole);
		notes->zero = without > 0 ? (1 - kept / whole) / without : 0;
	} else if (p->config->smoothing == WP_NGRAM_ADD_K) {
		notes->zero = p->backoff[0];
	} else {
		notes->zero = p->backoff[0] / p->words;
	}
	for (size_t i = 0; i < p->count; i++)
		if (!wp_ngram_is_kept(p, i))
			p->p[i] = (float)notes->zero;
}

void wp_ngram_find_probabilities(struct wp_ngram_part *part, struct wp_ngram_notes *notes)
{
	enum { AHEAD = 16 };
	enum wp_ngram_smoothing how = part->config->smoothing;
	for (size_t i = 0; i < part->count; i++) {
		if (i + AHEAD < part->count) {
			__builtin_prefetch(&part->whole[context_of(part, i + AHEAD)]);
			__builtin_prefetch(&part->backoff[context_of(part, i + AHEAD)]);
		}
		uint32_t a = part->counted[i];
		size_t at = context_of(part, i);
		double p = a;
		if (!wp_ngram_is_kept(part, i) && part->n > 1) {
			part->p[i] = NAN;
			continue;
		}
		if (how == WP_NGRAM_KATZ)
			p = katz_factor(part, a) * a / part->whole[at];
		else if (how == WP_NGRAM_ADD_K)
			p = (a + part->config->k) / part->whole[at];
		else
			p = (a - discount_of(part, a)) / part->whole[at] +
				(double)part->backoff[at] * shorter(part, i);
		part->p[i] = (float)p;
	}
	if (part->n == 1)
		finish_words(part, notes);
}
