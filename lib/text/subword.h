/* Parts of words: the first 1 to 4 and the last 1 to 5 characters and the whole word, all in
 * lower case, and the word's shape (as Xx, XX, dd, xx-xx), hashed into a table of vectors whose
 * sum is added to the word's own (Bojanowski et al. 2017 for the hashing; for tagging see Plank
 * et al. 2016 on what characters give).  A word that the vocabulary lacks still has them.
 *
 * And the characters of words one by one, for networks that read them.
 */
#ifndef WP_TEXT_SUBWORD_H
#define WP_TEXT_SUBWORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* part[begin[i]] .. part[begin[i + 1] - 1] are the parts of word i, each below `buckets`.
 * row[i] is the embedding's row of word i: i itself for a word of the vocabulary, and the row
 * of UNKNOWN_TOKEN (or -1: none, a zero vector) for one that was added.  Its code points, as
 * they are written, are character[first[i]] .. character[first[i + 1] - 1]. */
struct wp_subwords {
	size_t buckets, words;
	size_t *begin;
	int32_t *part, *row;
	size_t *first;
	uint32_t *character;
};

/* The parts of every word of vocab, of which the first `known` have a row of their own, and
 * `unknown` is the row for the others.  Special tokens (UNKNOWN_TOKEN, the markers) have no
 * parts and no characters.  No buckets: words without parts. */
WP_MUST_CHECK enum wp_err wp_subwords_init(struct wp_subwords *subwords,
	const struct wp_strings *vocab, size_t known, int32_t unknown, size_t buckets);
void wp_subwords_fini(struct wp_subwords *subwords);

#ifdef __cplusplus
}
#endif
#endif
