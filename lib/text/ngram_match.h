/* N-grams that a sequence has in common with others: what BLEU and chrF count.  (Internal.) */
#ifndef WP_TEXT_NGRAM_MATCH_H
#define WP_TEXT_NGRAM_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { WP_MATCH_ORDERS = 6 }; /* the longest n-grams */

/* Symbols: numbers of words, or code points. */
struct wp_symbol_sequence {
	const uint32_t *symbols;
	size_t n;
};

struct wp_ngram_suffix;

/* Room for the work; zeroed at the beginning. */
struct wp_ngram_matcher {
	struct wp_ngram_suffix *suffixes;
	size_t room;
};

void wp_ngram_matcher_fini(struct wp_ngram_matcher *matcher);

/* Of the n-grams of sequence[0], those of n symbols into right[n - 1], 1 <= n <= orders: how
 * many are in one of the others, each counted at most as often as the one that has it most
 * often. orders <= WP_MATCH_ORDERS, 1 <= count. */
WP_MUST_CHECK enum wp_err wp_ngram_match(struct wp_ngram_matcher *matcher,
	const struct wp_symbol_sequence *sequence, size_t count, size_t orders,
	uint64_t *right);

/* How many n-grams of n symbols a sequence of that length has. */
static inline uint64_t wp_ngrams_of(size_t length, size_t n)
{
	return length >= n ? length - n + 1 : 0;
}

#endif
