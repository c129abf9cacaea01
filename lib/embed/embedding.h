/* Word vectors as a stream holds them, ready to be used. */
#ifndef WP_EMBED_EMBEDDING_H
#define WP_EMBED_EMBEDDING_H

#include "text/char_ngrams.h"
#include "stream/tensor_set.h"
#include "text/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_embedding {
	struct wp_vocab vocab;
	const float *vector; /* (count, dim): row i is the vector of token i; in the mapped file
			      * where that can be */
	size_t count, dim;
	float *square;                /* (count): of the rows' lengths, in single precision */
	struct wp_char_ngrams ngrams; /* count 0: none, or wp_embedding_read_ngrams was not
				       * called */
	struct wp_tensor_set *set;    /* internal */
	float *converted;             /* internal */
};

/* Read all of reader, which belongs to the embedding from here on, also on failure.  Takes
 * `vocab` (strings, V) and the tensor of that name, "embedding" or "context" (V x D, of any
 * type of floating-point numbers).  WP_EMISMATCH where the stream lacks one of them or they do
 * not fit together. */
WP_MUST_CHECK enum wp_err wp_embedding_read(
	struct wp_embedding *embedding, struct wp_reader *reader, const char *name);

/* The same, for a program that looks up `words` words, or any number if that is 0: for a few it
 * is not worth while to make an index of the vocabulary. */
WP_MUST_CHECK enum wp_err wp_embedding_read_for(struct wp_embedding *embedding,
	struct wp_reader *reader, const char *name, size_t words);

/* Take the character n-grams of the stream as well, which give vectors to unknown words, where
 * it has some.  WP_EMISMATCH where they do not fit the vectors. */
WP_MUST_CHECK enum wp_err wp_embedding_read_ngrams(struct wp_embedding *embedding);

/* The vector of a word (dim): its own, or one composed of n-grams in room (dim); NULL where
 * nothing is known of it. */
const float *wp_embedding_of(
	const struct wp_embedding *embedding, const char *word, size_t length, float *room);

/* A zeroed struct may be given here. */
void wp_embedding_fini(struct wp_embedding *embedding);

#ifdef __cplusplus
}
#endif
#endif
