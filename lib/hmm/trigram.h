/* Trigram taggers: hidden Markov models whose states are pairs of tags (Brants 2000, "TnT").
 *
 * Training counts; what follows from the counts is computed when a model is read.
 *
 * Transitions: p(c | a, b), interpolated from triples, pairs and single tags, with weights by
 * deleted interpolation; times p(c | b, word before) / p(c | b), since what follows a word is
 * not what follows its tag (Lee, Tsujii & Rim 2000).
 *
 * Known words: p(t | w) from counts, smoothed with what is guessed of an unknown word, and
 * corrected by how the word goes with the tag before (Halacsy, Kornai & Oravecz 2007,
 * "HunPos").
 *
 * Unknown words: p(t | ending, shape) of rare words, from no ending to the longest; a word in
 * capitals is also looked up in lower case, above all at the beginning of a sentence.
 */
#ifndef WP_HMM_TRIGRAM_H
#define WP_HMM_TRIGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/tensor_set.h"
#include "stream/writer.h"
#include "text/tagging.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_TRIGRAM_TAGS = 400 /* at most */ };

struct wp_trigram_config {
	int order;      /* 3: the tag depends on the two before it; 2: on the one before it */
	int rare;       /* words that occur so often at most tell what unknown words are    */
	int ending;     /* characters of an ending, at most                                 */
	int tag_column; /* from 0; -1: the last one                                         */
};

/* Order 3, rare 10, endings of 10, the last column. */
void wp_trigram_config_default(struct wp_trigram_config *config);

struct wp_trigram;

/* Count a text in columns, the first of which, or the second where the tags are the first, has
 * the words.  WP_EMISMATCH where there are no tokens, or one tag alone. */
WP_MUST_CHECK enum wp_err wp_trigram_train(struct wp_trigram **tagger,
	const struct wp_trigram_config *config, struct wp_input *input);
void wp_trigram_free(struct wp_trigram *tagger); /* may be NULL */

struct wp_trigram_size {
	uint64_t sentences, tokens;
	size_t tags, words;
};
struct wp_trigram_size wp_trigram_size(const struct wp_trigram *tagger);

/* Make a tagger of what was read (wp_hmm_read_any reads models of both kinds).  WP_EMISMATCH
 * where the set has none. */
WP_MUST_CHECK enum wp_err wp_trigram_unpack(
	struct wp_trigram **tagger, const struct wp_tensor_set *set);
WP_MUST_CHECK enum wp_err wp_trigram_write(
	const struct wp_trigram *tagger, struct wp_writer *writer);

/* As wp_tag_columns; tagging->best is 1.  The columns of *tagging become those of the model. */
WP_MUST_CHECK enum wp_err wp_trigram_tag(struct wp_trigram *tagger, struct wp_tagging *tagging,
	struct wp_input *input, struct wp_output *output, struct wp_tagged *tagged);

#ifdef __cplusplus
}
#endif
#endif
