/* How probable sentences are to a language model. */
#ifndef WP_NN_SCORE_H
#define WP_NN_SCORE_H

#include "nn/tasks/model_input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of all sentences together.  Logarithms are natural ones. */
struct wp_nn_totals {
	uint64_t sentences;
	uint64_t tokens;  /* predicted: SENTENCE_END is one, SENTENCE_START is not        */
	uint64_t unknown; /* of them: that the model does not know, scored as UNKNOWN_TOKEN */
	double logprob, known_logprob; /* of all, and of the known ones                    */
};

/* Score the sentences of a reading.  To a model of single sentences each stands for itself,
 * between SENTENCE_START and SENTENCE_END, which are added where they are missing and the model
 * knows them; to a model of a stream all are one text, whose first token is not scored.
 *
 * Rows go to output, if that is not NULL: for each sentence log-probability, tokens, unknown
 * ones, and the sentence, separated by tabs; or, with by_token, for each token log-probability
 * and token, and an empty line after each sentence.
 *
 * Of pairs, their targets are scored, given their sources, SENTENCE_END included.
 *
 * WP_EMISMATCH where the model is no language model of one direction, nor one of pairs. */
WP_MUST_CHECK enum wp_err wp_nn_score(const struct wp_nn_model_input *reading, int threads,
	bool by_token, struct wp_output *output, struct wp_nn_totals *totals);

/* Whose vector each sequence is given, of a model that reads them: its own, that of another one
 * (all in a random cycle), or none: zeros, as the network sees them. */
enum wp_nn_vectors { WP_NN_OWN_VECTORS, WP_NN_OTHER_VECTORS, WP_NN_NO_VECTORS };

/* The totals alone, with these vectors: how much a model relies on them. */
WP_MUST_CHECK enum wp_err wp_nn_score_vectors(const struct wp_nn_model_input *reading,
	int threads, enum wp_nn_vectors vectors, struct wp_nn_totals *totals);

/* exp(-logprob / tokens); 0 for no tokens. */
double wp_nn_perplexity(double logprob, uint64_t tokens);

#ifdef __cplusplus
}
#endif
#endif
