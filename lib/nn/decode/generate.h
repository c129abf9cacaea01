/* Sequences that a language model makes: token after token by chance, or the most probable ones
 * as a whole.
 *
 * A model of single sentences begins with SENTENCE_START, and SENTENCE_END ends the sequence.
 * A model of a stream begins with what follows SENTENCE_END, or a line feed, or, if it has
 * neither, with a token drawn by how frequent each is; SENTENCE_END is a token like others, but
 * SENTENCE_START follows where the vocabulary has it.  UNKNOWN_TOKEN is not drawn unless asked
 * for, SENTENCE_START never.
 */
#ifndef WP_NN_GENERATE_H
#define WP_NN_GENERATE_H

#include "nn/model/model.h"
#include "nn/decode/sampler.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_generation {
	struct wp_nn_sampling sampling;
	uint64_t seed;
	bool unknown;  /* UNKNOWN_TOKEN may come */
	int beam;      /* width of a beam; 0: none */
	size_t length; /* tokens of a sequence, at most */
	/* ... and at least: SENTENCE_END is not drawn before; of a model of single sentences.
	 */
	size_t min_length;
};

struct wp_nn_generator;

/* model is borrowed.  WP_EMISMATCH for one that is not a language model of one direction, or,
 * given a min_length, has no ends of sequences. */
WP_MUST_CHECK enum wp_err wp_nn_generator_create(struct wp_nn_generator **generator,
	const struct wp_nn_model *model, const struct wp_nn_generation *generation);
void wp_nn_generator_free(struct wp_nn_generator *generator); /* may be NULL */

/* Of a model that reads a vector for each sequence: that of what is made from now on, borrowed;
 * NULL: zeros, as the network sees them. */
void wp_nn_generator_condition(struct wp_nn_generator *generator, const float *encoding);

/* What is made, token by token; the SENTENCE_END that ends the sequence is not told. */
typedef enum wp_err wp_nn_token_sink(void *arg, int32_t token);

/* Sequence number `number`, which begins with the prime.  Tokens drawn go to sink(arg, ...). */
WP_MUST_CHECK enum wp_err wp_nn_generate(struct wp_nn_generator *generator, uint64_t number,
	const int32_t *prime, size_t primed, wp_nn_token_sink *sink, void *arg);

/* The probabilities (config.outputs) of the first token after the prime: 0 of those that are
 * never drawn, in whose place the others have more.  Borrowed until the next call. */
const float *wp_nn_expect(
	struct wp_nn_generator *generator, const int32_t *prime, size_t primed);

/* A sequence that a beam search found: its tokens after the prime, and the logarithm of its
 * probability, that of its end included. */
struct wp_nn_found {
	int32_t *tokens;
	size_t count;
	double logprob;
};

/* Search with the generation's beam; *found, up to as many as the beam is wide, best first, is
 * borrowed until the next search. */
WP_MUST_CHECK enum wp_err wp_nn_beam_search(struct wp_nn_generator *generator,
	const int32_t *prime, size_t primed, const struct wp_nn_found **found, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
