/* Words beside each other: how similar two are, and which of several does not belong, as rows
 * of a table.  The rest of what neighbors answers.
 *
 * A word that the vocabulary lacks has the vector that its character n-grams make, where the
 * embedding has some (wp_embedding_read_ngrams).
 */
#ifndef WP_EMBED_RELATE_H
#define WP_EMBED_RELATE_H

#include "embed/embedding.h"
#include "embed/nearest.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_relation {
	WP_RELATE_PAIR, /* two words: they, and their similarity */
	WP_RELATE_ODD   /* three words or more: each with its cosine to the mean of all, these
			 * being   1 long, the farthest off first; words that are unknown come
			 * behind   them without a number   */
};

struct wp_relate_params {
	enum wp_relation relation;
	enum wp_similarity similarity; /* of pairs                                  */
	size_t top;                    /* use the first top words only; 0: all      */
	/* Told of each word that is not known, in escaped form; may be NULL. */
	void (*unknown)(void *arg, const char *word, size_t length);
	void *arg;
};

/* Answer `words` words, as pairs or all together, or where there are none each line of standard
 * input, whose words spaces or tabs separate; answers are handed on before more is waited for.
 * *known says how many questions had words that could be compared.  WP_ECORRUPT for a line of
 * too few or too many words. */
WP_MUST_CHECK enum wp_err wp_relate_ask(const struct wp_embedding *embedding,
	const struct wp_relate_params *params, const char *const *word, size_t words,
	struct wp_output *output, size_t *known);

#ifdef __cplusplus
}
#endif
#endif
