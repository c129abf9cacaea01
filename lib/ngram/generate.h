/* Text from an n-gram model, and the next words that it expects. */
#ifndef WP_NGRAM_GENERATE_H
#define WP_NGRAM_GENERATE_H

#include "base/random.h"
#include "ngram/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A word and its probability. */
struct wp_ngram_word {
	double p;
	int32_t id;
};

/* The probabilities of all words that can be predicted after a context, the highest first, of
 * equal ones that with the lower id; words has room for the vocabulary.  With `unknown` false
 * UNKNOWN_TOKEN is left out, and the others share what it has.  Returns how many there are. */
size_t wp_ngram_expect(const struct wp_ngram_model *model,
	const struct wp_ngram_context *context, bool unknown, struct wp_ngram_word *words);

/* What is drawn from: probabilities to the power 1 / temperature (0: the highest only), of the
 * top_k highest (0: all), of those that together have top_p (1: all; Holtzman et al. 2020). */
struct wp_ngram_sampling {
	double temperature, top_p;
	size_t top_k;
	bool unknown;
};

/* Draw the next word; words is room, as above. */
int32_t wp_ngram_draw(const struct wp_ngram_model *model,
	const struct wp_ngram_context *context, const struct wp_ngram_sampling *sampling,
	struct wp_rng *rng, struct wp_ngram_word *words);

#ifdef __cplusplus
}
#endif
#endif
