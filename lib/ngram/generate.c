#include "ngram/generate.h"

#include <math.h>
#include <stdlib.h>

static int likeliest_first(const void *a, const void *b)
{
	const struct wp_ngram_word *x = a, *y = b;
	if (x->p != y->p)
		return x->p > y->p ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* In the order of the vocabulary. */
static size_t weigh(const struct wp_ngram_model *m, const struct wp_ngram_context *context,
	bool unknown, struct wp_ngram_word *words)
{
	size_t n = 0;
	double sum = 0;
	for (int32_t id = 0; id < (int32_t)m->vocab.count; id++) {
		if (id == m->start || (id == m->unknown && !unknown))
			continue;
		double log10 = wp_ngram_next(m, context, id, NULL, NULL);
		if (log10 < WP_NGRAM_NEVER / 2)
			continue;
		words[n] = (struct wp_ngram_word){pow(10, log10), id};
		sum += words[n++].p;
	}
	for (size_t i = 0; i < n && !unknown && sum > 0; i++)
		words[i].p /= sum;
	return n;
}

size_t wp_ngram_expect(const struct wp_ngram_model *model,
	const struct wp_ngram_context *context, bool unknown, struct wp_ngram_word *words)
{
	size_t n = weigh(model, context, unknown, words);
	qsort(words, n, sizeof *words, likeliest_first);
	return n;
}

int32_t wp_ngram_draw(const struct wp_ngram_model *model,
	const struct wp_ngram_context *context, const struct wp_ngram_sampling *s,
	struct wp_rng *rng, struct wp_ngram_word *words)
{
	bool sorted = s->temperature <= 0 || s->top_k > 0 || s->top_p < 1;
	size_t n = weigh(model, context, s->unknown, words), kept = 0;
	double all = 0, sum = 0;
	if (n == 0)
		return model->end;
	if (sorted)
		qsort(words, n, sizeof *words, likeliest_first);
	if (s->temperature <= 0)
		return words[0].id;
	if (s->top_k > 0 && s->top_k < n)
		n = s->top_k;
	for (size_t i = 0; i < n; i++)
		all += words[i].p = pow(words[i].p, 1 / s->temperature);
	for (kept = 0; kept < n && (kept == 0 || sum < s->top_p * all); kept++)
		sum += words[kept].p;
	double at = wp_rng_double(rng) * sum;
	for (size_t i = 0; i + 1 < kept; i++) {
		if (at < words[i].p)
			return words[i].id;
		at -= words[i].p;
	}
	return words[kept - 1].id;
}
