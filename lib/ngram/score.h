/* How probable a text is to n-gram models. */
#ifndef WP_NGRAM_SCORE_H
#define WP_NGRAM_SCORE_H

#include "ngram/model.h"
#include "stream/input.h"
#include "stream/output.h"
#include "text/corpus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of all sentences together.  Logarithms are natural ones. */
struct wp_ngram_totals {
	uint64_t sentences;
	uint64_t tokens;  /* predicted: SENTENCE_END is one, SENTENCE_START is not           */
	uint64_t unknown; /* of them: that the model does not know                           */
	uint64_t never;   /* of them: without a probability; they are in neither sum         */
	double logprob, known_logprob; /* of all, and of the known ones                      */
	uint64_t seen[WP_NGRAM_ORDER_MAX + 1];   /* by n: tokens whose n-gram was seen       */
	uint64_t places[WP_NGRAM_ORDER_MAX + 1]; /* by n: tokens that end an n-gram at all   */
};

/* Models to mix: the probability of a token is the weighted sum of theirs (Jelinek & Mercer
 * 1980).  The first one says what is known, and which n-grams were seen. */
enum { WP_NGRAM_MODELS_MAX = 8 };
struct wp_ngram_mixture {
	size_t models;
	const struct wp_ngram_model *model[WP_NGRAM_MODELS_MAX];
	const double
		*other;    /* natural logarithms of the probabilities that something else, such
			    * as rnn-predict --score --tokens, gives the tokens; or NULL   */
	size_t others;     /* how many                                                     */
	bool find_weights; /* by EM on this text                                           */
	double weight[WP_NGRAM_MODELS_MAX +
		1]; /* of the models, then of `other`; found or used */
};

/* Score the sentences of a text, each between SENTENCE_START and SENTENCE_END, which are added
 * where they are missing.
 *
 * Rows go to output, if that is not NULL: for each sentence log-probability, tokens, unknown
 * ones, and the sentence, separated by tabs; or, with by_token, for each token log-probability,
 * token, and the length of the longest n-gram seen, and an empty line after each sentence. */
WP_MUST_CHECK enum wp_err wp_ngram_score(struct wp_ngram_mixture *mixture,
	const struct wp_corpus *text, bool by_token, struct wp_output *output,
	struct wp_ngram_totals *totals);

/* Read what rnn-predict or ngram-predict --score --tokens has written: the first field of each
 * line that is not empty.  The caller frees *logprob.  Closes input. */
WP_MUST_CHECK enum wp_err wp_ngram_scores_read(
	struct wp_input *input, double **logprob, size_t *count);

/* exp(-logprob / tokens); 0 for no tokens. */
double wp_ngram_perplexity(double logprob, uint64_t tokens);

#ifdef __cplusplus
}
#endif
#endif
