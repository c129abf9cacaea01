/* Vectors of words as text: of known words their own, of others composed of character n-grams.
 */
#ifndef WP_EMBED_COMPOSE_H
#define WP_EMBED_COMPOSE_H

#include "embed/embedding.h"
#include "stream/input.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_composer {
	struct wp_embedding embedding;
	float *vector; /* (dim) */
};

/* Read a stream with character n-grams; the reader belongs to the function from here on. */
WP_MUST_CHECK enum wp_err wp_composer_read(
	struct wp_composer *composer, struct wp_reader *reader);
void wp_composer_fini(struct wp_composer *composer);

/* Write a row: the word, then the numbers, tab-separated.  A word of which nothing is known
 * gets a row of its own, without numbers, and is counted. */
WP_MUST_CHECK enum wp_err wp_composer_put(struct wp_composer *composer, struct wp_output *out,
	const char *word, size_t length, size_t *unknown);

/* The same for each line of token text that holds one word; answers line by line. */
WP_MUST_CHECK enum wp_err wp_composer_run(struct wp_composer *composer, struct wp_input *input,
	struct wp_output *out, size_t *all, size_t *unknown);

#ifdef __cplusplus
}
#endif
#endif
