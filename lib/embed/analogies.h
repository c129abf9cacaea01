/* Words that complete analogies: those whose vectors lie best with three given ones.
 *
 * All questions are answered together, as matrix products with blocks of the embedding's rows.
 * Matches come in order: higher scores first, of equal scores the lower row first.  The result
 * does not depend on the number of threads.
 */
#ifndef WP_EMBED_ANALOGIES_H
#define WP_EMBED_ANALOGIES_H

#include "embed/nearest.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "a is to b as c is to what?", in rows. */
struct wp_analogy {
	int32_t a, b, c;
};

/* With cosines and vectors of length 1: */
enum wp_analogy_method {
	WP_3COSADD, /* cos(x, b) - cos(x, a) + cos(x, c) (Mikolov et al. 2013)            */
	WP_3COSMUL  /* cos(x, b) cos(x, c) / (cos(x, a) + 0.001), each cosine moved to 0 .. 1
		     * by (1 + cos) / 2 (Levy & Goldberg 2014) */
};

/* The k best rows x for each of n analogies, a, b and c themselves excepted.  word[r] says
 * which word row r belongs to: all rows of the words of a, b and c are excepted.  word may be
 * NULL: each row is a word.  rows must have been prepared for cosine.  match is (n, k). */
WP_MUST_CHECK enum wp_err wp_analogies(const struct wp_rows *rows,
	const struct wp_analogy *question, size_t n, enum wp_analogy_method method,
	const int32_t *word, size_t k, int threads, struct wp_match *match);

#ifdef __cplusplus
}
#endif
#endif
