/* Targets for sources: the most probable token after token, drawn ones, or the best that a beam
 * search finds.
 *
 * Many sources are decoded together: their hypotheses are rows of the same products.  A target
 * begins after SENTENCE_START, and ends before SENTENCE_END.
 */
#ifndef WP_NN_TRANSLATE_H
#define WP_NN_TRANSLATE_H

#include "nn/decode/sampler.h"
#include "nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_translation {
	int beam; /* hypotheses of each source; 0 or 1: greedy                    */
	double length_penalty; /* A: ended ones are compared by log p / tokens^A, SENTENCE_END
				* counted (Wu et al. 2016 have another one)                */
	bool sample;           /* draw each token                                             */
	struct wp_nn_sampling sampling;
	uint64_t seed;
	bool unknown;       /* UNKNOWN_TOKEN may come                                      */
	size_t most, least; /* tokens of a target; most 0: twice those of its source and 10
			     * more                                                     */
};

/* Sources, borrowed arrays: source s has length[s] rows, from row begin[s] of ids (by the ids
 * of the model) or values. */
struct wp_nn_sources {
	const int32_t *ids;
	const float *values; /* (rows, inputs), in their own units */
	const size_t *begin;
	const int32_t *length;
	size_t count;
	uint64_t number; /* of the first one in all that is read, for drawing */
};

/* A target: its tokens, and the logarithm of its probability, that of its end included unless
 * it was cut. */
struct wp_nn_target_found {
	int32_t *tokens;
	size_t count;
	double logprob, score; /* score: divided by tokens^A */
};

struct wp_nn_translator;

/* All is borrowed; subwords as for the ids that will be given, or NULL.  WP_EMISMATCH for a
 * model of another task, or without SENTENCE_START and SENTENCE_END. */
WP_MUST_CHECK enum wp_err wp_nn_translator_create(struct wp_nn_translator **translator,
	const struct wp_nn_model *model, const struct wp_subwords *subwords,
	const struct wp_nn_translation *how, int threads);
void wp_nn_translator_free(struct wp_nn_translator *translator); /* may be NULL */

/* The targets of source s: found[0] to found[*count - 1], best first, fewer than the beam is
 * wide where there are no more; none of an empty source.  Valid until the next call. */
WP_MUST_CHECK enum wp_err wp_nn_translate(
	struct wp_nn_translator *translator, const struct wp_nn_sources *sources);
const struct wp_nn_target_found *wp_nn_translated(
	const struct wp_nn_translator *translator, size_t s, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
