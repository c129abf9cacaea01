/* The columns of a document-term matrix: a number for each n-gram of a vocabulary.
 *
 * Exact numbers: ids i1 ... in, read as the digits of a number to the base V, the size of the
 * vocabulary; and a block of V^n columns for each n, the shortest n-grams first.  Or buckets:
 * column h mod B of a hash h, which n-grams may share (feature hashing; Weinberger et al.,
 * Feature hashing for large scale multitask learning, 2009, here without signs).  The hash of
 * an n-gram takes its ids from the last to the first:
 *
 *	h = 0; for each id: h = mix(h + id + 1)                           (modulo 2^64)
 *	mix(z): z += 0x9e3779b97f4a7c15; z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
 *	        z = (z ^ z >> 27) * 0x94d049bb133111eb; return z ^ z >> 31
 */
#ifndef WP_TEXT_NGRAMS_H
#define WP_TEXT_NGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_NGRAM_MAX = 32 };

struct wp_ngrams {
	int least, most;              /* n: 1 <= least <= most <= WP_NGRAM_MAX */
	uint64_t buckets;             /* 0: exact numbers                      */
	int64_t columns;              /* all together, at most 2^31 - 1        */
	uint64_t power[WP_NGRAM_MAX]; /* V^k                       */
	uint64_t block[WP_NGRAM_MAX]; /* where that of n - 1 begins */
};

/* WP_ELIMIT where exact numbers of n-grams over `words` tokens need too many columns. */
WP_MUST_CHECK enum wp_err wp_ngrams_init(
	struct wp_ngrams *ngrams, int least, int most, uint64_t buckets, size_t words);

/* The columns of the n-grams that end with each of ids[0 .. n), with `before` ids of the same
 * sentence standing before ids[0]; those further off than most - 1 do not count.  Writes at
 * most n * (most - least + 1) columns and returns how many. */
size_t wp_ngrams_columns(const struct wp_ngrams *ngrams, const int32_t *ids, size_t n,
	size_t before, int32_t *columns);

#ifdef __cplusplus
}
#endif
#endif
