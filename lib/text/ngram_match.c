#include "text/ngram_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The n-grams at one place: the first `length` symbols, WP_MATCH_ORDERS at most. */
struct wp_ngram_suffix {
	const uint32_t *at;
	uint32_t length, sequence;
};

void wp_ngram_matcher_fini(struct wp_ngram_matcher *m)
{
	free(m->suffixes);
	*m = (struct wp_ngram_matcher){0};
}

static size_t common(const struct wp_ngram_suffix *a, const struct wp_ngram_suffix *b)
{
	size_t n = a->length < b->length ? a->length : b->length, i = 0;
	while (i < n && a->at[i] == b->at[i])
		i++;
	return i;
}

/* In the order of their symbols, then of their sequences. */
static int compare(const void *x, const void *y)
{
	const struct wp_ngram_suffix *a = x, *b = y;
	size_t i = common(a, b);
	if (i < a->length && i < b->length)
		return a->at[i] < b->at[i] ? -1 : 1;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* Suffixes that begin with the same n symbols: how often sequence 0 has them, at most as often
 * as one of the others.  They are not in the order of their sequences. */
static uint64_t match_group(const struct wp_ngram_suffix *s, size_t n, size_t sequences)
{
	uint64_t most = 0, own = 0;
	for (size_t i = 0; i < n; i++)
		own += s[i].sequence == 0;
	for (size_t k = 1; own > 0 && k < sequences; k++) {
		uint64_t times = 0;
		for (size_t i = 0; i < n; i++)
			times += s[i].sequence == k;
		most = times > most ? times : most;
	}
	return own < most ? own : most;
}

enum wp_err wp_ngram_match(struct wp_ngram_matcher *m,
	const struct wp_symbol_sequence *sequence, size_t count, size_t orders, uint64_t *right)
{
	size_t all = 0, n = 0;
	memset(right, 0, orders * sizeof *right);
	for (size_t k = 0; k < count; k++)
		all += sequence[k].n;
	enum wp_err err =
		wp_grow(&m->suffixes, &m->room, all + 1, sizeof *m->suffixes, "n-grams");
	if (err)
		return err;
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < sequence[k].n; i++) {
			size_t left = sequence[k].n - i;
			m->suffixes[n++] = (struct wp_ngram_suffix){sequence[k].symbols + i,
				(uint32_t)(left < orders ? left : orders), (uint32_t)k};
		}
	qsort(m->suffixes, n, sizeof *m->suffixes, compare);
	for (size_t order = 1; order <= orders; order++)
		for (size_t i = 0, end; i < n; i = end) {
			for (end = i + 1; end < n; end++)
				if (common(&m->suffixes[end - 1], &m->suffixes[end]) < order)
					break;
			if (m->suffixes[i].length >= order)
				right[order - 1] +=
					match_group(m->suffixes + i, end - i, count);
		}
	return WP_OK;
}
