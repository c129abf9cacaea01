/* Probabilities from counts: the smoothing of n-gram models.
 *
 * All models have the form of Katz (1987): a probability for each n-gram, and for each context
 * a back-off weight, by which the probability under the shorter context is multiplied where the
 * longer n-gram was not seen.  Interpolated models have the interpolation in their
 * probabilities.
 */
#ifndef WP_NGRAM_ESTIMATE_H
#define WP_NGRAM_ESTIMATE_H

#include "ngram/counts.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_ngram_smoothing {
	WP_NGRAM_KNESER_NEY,  /* interpolated, modified (Chen & Goodman 1998)          */
	WP_NGRAM_KATZ,        /* Good-Turing discounts of counts up to 7, back-off      */
	WP_NGRAM_WITTEN_BELL, /* interpolated                                          */
	WP_NGRAM_ABSOLUTE,    /* absolute discounting, interpolated (Ney et al. 1994)  */
	WP_NGRAM_ADD_K        /* k added to the count of each word; no shorter context */
};

/* "kneser-ney" ... "add-k", ended by NULL. */
extern const char *const wp_ngram_smoothings[];

struct wp_ngram_config {
	enum wp_ngram_smoothing smoothing;
	double k;                               /* of add-k                            */
	uint32_t least[WP_NGRAM_ORDER_MAX + 1]; /* by n: fewer times, and an n-gram is left
						 * out; not falling with n             */
	double prune; /* n-grams are left out without which perplexity rises by less than
		       * this share (Stolcke 1998); 0: none                            */
};

/* Kneser-Ney, no n-gram left out. */
void wp_ngram_config_default(struct wp_ngram_config *config);

/* The usual cut-offs of a smoothing: for Katz, n-grams of 3 tokens and more that came once are
 * left out, as SRILM does. */
void wp_ngram_config_cut(struct wp_ngram_config *config, enum wp_ngram_smoothing smoothing);

/* What was found on the way, for messages. */
struct wp_ngram_notes {
	double discount[WP_NGRAM_ORDER_MAX + 1]
		       [8];                     /* by n: of n-grams that came 1, 2, ... times */
	bool undefined[WP_NGRAM_ORDER_MAX + 1]; /* they could not be had from the counts: those
						 * of Kneser-Ney are 0.5, 1 and 1.5 then, others
						 * 0.5; of Katz counts stay as they are      */
	uint64_t ngrams[WP_NGRAM_ORDER_MAX + 1]; /* by n: those that are not left out         */
	uint64_t once[WP_NGRAM_ORDER_MAX + 1];   /* of all: that came once                    */
	uint64_t types[WP_NGRAM_ORDER_MAX + 1];  /* all                                       */
	double zero; /* the probability of each word that did not come                        */
};

/* Where the n-grams go: those of each length, the shortest first. */
struct wp_ngram_sink {
	void *arg;
	/* Before the first; notes, borrowed until the end, have `ngrams`. */
	enum wp_err (*start)(void *arg, const struct wp_ngram_notes *notes);
	enum wp_err (*begin)(void *arg, int n);
	/* An n-gram that is not left out, its last token first, sorted as counts are; and by
	 * what the shorter context counts after it, 1 where that is not known or n is the
	 * order.  Of single words only those that came: others have notes->zero. */
	enum wp_err (*put)(void *arg, const int32_t *token, float p, float backoff);
	enum wp_err (*end)(void *arg);
};

/* Estimate a model of counts that are sorted.  Counts that are not in memory are estimated from
 * with as much memory as they were counted with, and with the same results; WP_ELIMIT then for
 * pruning, which needs all n-grams at once. */
WP_MUST_CHECK enum wp_err wp_ngram_estimate(const struct wp_ngram_counts *counts,
	const struct wp_ngram_config *config, const struct wp_ngram_sink *sink,
	struct wp_ngram_notes *notes);

#ifdef __cplusplus
}
#endif
#endif
