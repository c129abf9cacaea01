/* Vocabularies: the tokens that have an id, in the order of their ids, with their counts. */
#ifndef WP_TEXT_VOCAB_H
#define WP_TEXT_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The special tokens.  The first stands for every token that the vocabulary does not have; the
 * others are the markers that tokenize --markers puts round each sentence. */
#define WP_UNKNOWN_TOKEN  "UNKNOWN_TOKEN"
#define WP_SENTENCE_START "SENTENCE_START"
#define WP_SENTENCE_END   "SENTENCE_END"

/* Is a token one of the three? */
bool wp_is_special(const char *token, size_t length);

/* Does not change once it is made: any number of threads may look things up. */
struct wp_vocab {
	struct wp_strings tokens;     /* by id                                       */
	int64_t *counts;              /* by id; NULL where nobody knows them         */
	int32_t unknown;              /* the id of WP_UNKNOWN_TOKEN; -1: it has none */
	struct wp_token_table *table; /* internal                                    */
};

/* Take over the tokens, and counts where that is not NULL (malloc'ed, one for each token), and
 * make them a vocabulary; on failure they are freed.  A token that occurs twice is found under
 * its first id.  WP_ELIMIT for more tokens than an id can number (2^31 - 1). */
WP_MUST_CHECK enum wp_err wp_vocab_from_strings(
	struct wp_vocab *vocab, struct wp_strings *tokens, int64_t *counts);

/* The same without an index, for who looks up a few tokens only: wp_vocab_find goes through the
 * tokens from the first on.  unknown is -1. */
WP_MUST_CHECK enum wp_err wp_vocab_unindexed(struct wp_vocab *vocab, struct wp_strings *tokens);

/* A zeroed struct is an empty vocabulary, and may be given here. */
void wp_vocab_fini(struct wp_vocab *vocab);

/* The id of a token, which may hold any bytes, or -1. */
int32_t wp_vocab_find(const struct wp_vocab *vocab, const char *token, size_t length);

/* The first id whose token has a smaller id, too, under which it is found; -1: no token comes
 * twice. */
int32_t wp_vocab_repeated(const struct wp_vocab *vocab);

/* The tokens that were likely meant by one that the vocabulary lacks: written with other
 * capitals, or with a letter or two amiss.  Up to `most` ids, the closest first, of equally
 * close ones the first, that is the most frequent; returns how many, none that is more than one
 * step farther off than the closest.  Looks at the first 200,000 tokens. */
size_t wp_vocab_closest(const struct wp_vocab *vocab, const char *token, size_t length,
	int32_t *id, size_t most);

#ifdef __cplusplus
}
#endif
#endif
