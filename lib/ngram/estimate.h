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
};

/* Kneser-Ney, no n-gram left out. */
void wp_ngram_config_default(struct wp_ngram_config *config);

/* The usual cut-offs of a smoothing: for Katz, n-grams of 3 tokens and more that came once are
 * left out, as SRILM does. */
void wp_ngram_config_cut(struct wp_ngram_config *config, enum wp_ngram_smoothing smoothing);

/* N-grams of one length, with what was estimated. */
struct wp_ngram_order {
	int n;
	size_t count;           /* those that are left out, too                               */
	const uint32_t *record; /* in counts: one that ends with it                        */
	float *probability;     /* NaN: left out; these arrays may be written over          */
	float *backoff;         /* by which the shorter context counts; NULL for the longest */
};

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

/* Estimate, and hand the n-grams of each length to put(), the shortest first.  Before the first
 * one, start() gets how many there will be, in notes.  Both may be NULL. */
struct wp_ngram_sink {
	void *arg;
	enum wp_err (*start)(void *arg, const struct wp_ngram_notes *notes);
	enum wp_err (*put)(void *arg, const struct wp_ngram_order *order);
};
WP_MUST_CHECK enum wp_err wp_ngram_estimate(const struct wp_ngram_counts *counts,
	const struct wp_ngram_config *config, const struct wp_ngram_sink *sink,
	struct wp_ngram_notes *notes);

#ifdef __cplusplus
}
#endif
#endif
