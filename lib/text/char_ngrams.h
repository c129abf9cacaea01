/* Vectors of character n-grams, beside those of words, which give vectors to words that have
 * none.
 *
 * A word has the n-grams of <word>, angle brackets included, of so many characters each
 * (Bojanowski et al. 2017).  Its vector is made of those of its n-grams, as far as they are
 * known.  Two programs make them: w2v trains them along with the words, emb-ngrams fits them to
 * finished vectors (char_ngrams_fit.h); and files of fastText have them.
 */
#ifndef WP_TEXT_CHAR_NGRAMS_H
#define WP_TEXT_CHAR_NGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/tensor_set.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_CHAR_NGRAMS_LONGEST = 30 /* characters */ };

/* How a vector is made of those of n n-grams. */
enum wp_char_ngrams_sum {
	WP_CHAR_NGRAMS_UNIT, /* their sum, by sqrt(n): each word is a row of length 1 */
	WP_CHAR_NGRAMS_MEAN
};

/* How an n-gram is looked up. */
enum wp_char_ngrams_hash {
	WP_CHAR_NGRAMS_FNV64,   /* by 64 bits; an n-gram that a word has twice counts once */
	WP_CHAR_NGRAMS_FASTTEXT /* by the number of fastText's bucket, in which there may be
				 * several; what comes twice counts twice                 */
};

/* Read-only once made: any number of threads may compose words. */
struct wp_char_ngrams {
	int shortest, longest; /* characters of an n-gram */
	enum wp_char_ngrams_sum sum;
	enum wp_char_ngrams_hash by;
	uint64_t buckets; /* fastText's, otherwise 0 */
	size_t count, dim;
	const uint64_t *hash; /* (count), ascending; NULL: 0 to count - 1, fastText's alone */
	const float *vector;  /* (count, dim); NULL while there are none */
	void *own_hash, *own_vector; /* internal: what is to be freed */
};

/* WP_EINVAL, saying which, where these are out of range. */
WP_MUST_CHECK enum wp_err wp_char_ngrams_check(int shortest, int longest);

/* Which n-grams there are: those of the words of a vocabulary that at least `words` of them
 * have.  ngrams has its lengths, and gets count and hash.  WP_EMISMATCH where there is none. */
WP_MUST_CHECK enum wp_err wp_char_ngrams_choose(
	struct wp_char_ngrams *ngrams, const struct wp_strings *vocab, int words);
void wp_char_ngrams_fini(struct wp_char_ngrams *ngrams);

/* The n-grams of each word of a vocabulary: of word i, ngram[row[i]] to ngram[row[i + 1]]. */
struct wp_char_ngram_rows {
	size_t words, most; /* most: n-grams of a word */
	size_t *row;        /* (words + 1)             */
	uint32_t *ngram;
};
WP_MUST_CHECK enum wp_err wp_char_ngram_rows_init(struct wp_char_ngram_rows *rows,
	const struct wp_char_ngrams *ngrams, const struct wp_strings *vocab);
void wp_char_ngram_rows_fini(struct wp_char_ngram_rows *rows);

/* The vector of a word from its n-grams (dim); false, and zeros, where none of them is known.
 */
bool wp_char_ngrams_compose(
	const struct wp_char_ngrams *ngrams, const char *word, size_t length, float *vector);

/* `charngram.hash`, `charngram.vector` and `charngram.settings` of a stream. */
WP_MUST_CHECK enum wp_err wp_char_ngrams_put(
	const struct wp_char_ngrams *ngrams, struct wp_writer *writer);
/* The settings alone. */
WP_MUST_CHECK enum wp_err wp_char_ngrams_put_settings(
	const struct wp_char_ngrams *ngrams, struct wp_writer *writer);

/* Does a stream have any? */
bool wp_char_ngrams_are_in(const struct wp_tensor_set *set);

/* View them in a set of tensors, which must live as long; WP_EMISMATCH where there are none, or
 * they do not fit together or the vectors of words (dim, where that is not 0). */
WP_MUST_CHECK enum wp_err wp_char_ngrams_get(
	struct wp_char_ngrams *ngrams, struct wp_tensor_set *set, size_t dim);

#ifdef __cplusplus
}
#endif
#endif
