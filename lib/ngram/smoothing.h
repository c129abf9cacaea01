/* What smoothing makes of the n-grams of one length, once they are counted.  (Internal.)
 *
 * Whoever has all n-grams in memory calls these functions for a whole length; whoever reads
 * them sorted by their contexts, for each context by itself.  Sums go over the n-grams of a
 * context in ascending order of their last token in both cases, so that the results are the
 * same bits.
 */
#ifndef WP_NGRAM_SMOOTHING_H
#define WP_NGRAM_SMOOTHING_H

#include "ngram/estimate.h"

enum { WP_NGRAM_KATZ_MOST = 7, WP_NGRAM_COUNTS_OF_COUNTS = WP_NGRAM_KATZ_MOST + 2 };

/* Discounts of one length. */
struct wp_ngram_discounts {
	double d[WP_NGRAM_KATZ_MOST + 1]; /* taken off a count; of Katz, a factor */
	int last;                         /* counts above have this one's         */
};

/* From how many n-grams have each count of 0 to WP_NGRAM_KATZ_MOST + 1; what was found goes to
 * the notes. */
void wp_ngram_find_discounts(enum wp_ngram_smoothing smoothing, int n, const uint64_t *of,
	struct wp_ngram_notes *notes, struct wp_ngram_discounts *discounts);

/* N-grams of one length and their contexts. */
struct wp_ngram_part {
	const struct wp_ngram_config *config;
	struct wp_ngram_discounts discounts;
	int n;
	double words; /* that can be predicted */
	size_t count;
	const uint32_t *raw;     /* how often each came                              */
	const uint32_t *counted; /* what is discounted: raw, or of Kneser-Ney adjusted */
	const uint32_t *context; /* each one's context; NULL: there is only one      */
	/* The probability of its last token under the shorter context is shorter[i], or, where
	 * `rank` is given, shorter[rank[record[i]]]. */
	const float *shorter;
	const uint32_t *rank, *record;

	size_t contexts;
	double *whole;  /* by context: the sum of what is counted                    */
	double *rest;   /* what its n-grams leave; of Katz, what they have           */
	double *lower;  /* of Katz: what its n-grams have under the shorter context  */
	float *backoff; /* by context                                                */
	float *p;       /* by n-gram: NaN where it is left out                       */
};

bool wp_ngram_is_kept(const struct wp_ngram_part *part, size_t i);

/* Add to the sums of the contexts, which are 0 at first. */
void wp_ngram_sum_contexts(struct wp_ngram_part *part);

/* From sums to what the probabilities of a context are divided by (in `whole`), and its
 * back-off weight. */
void wp_ngram_finish_contexts(struct wp_ngram_part *part);

/* For n of 1 this includes wp_ngram_notes.zero. */
void wp_ngram_find_probabilities(struct wp_ngram_part *part, struct wp_ngram_notes *notes);

#endif
