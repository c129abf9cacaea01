/* The n-grams of each length while a model is made of them.  (Internal.)
 */
#ifndef WP_NGRAM_LEVELS_H
#define WP_NGRAM_LEVELS_H

#include "ngram/estimate.h"

/* N-grams of one length, in memory.  What is not needed (any more) is NULL. */
struct wp_ngram_level {
	size_t count;
	uint32_t *record;  /* in counts: one that ends with each                     */
	uint32_t *raw;     /* how often each came                                    */
	uint32_t *counted; /* what is discounted: raw, or of Kneser-Ney adjusted     */
	uint32_t *rank;    /* by record: which of them; UINT32_MAX: none             */
	uint32_t *context; /* each one's, among those that are a token shorter       */
	uint32_t *suffix;  /* without its first token, among the same; for pruning   */
	float *p;          /* NaN: left out                                          */
	float *backoff;
};

/* Leave out what adds the least: level[1] to level[order] with context, suffix, p and backoff.
 * Back-off weights are computed anew. */
WP_MUST_CHECK enum wp_err wp_ngram_prune(
	const struct wp_ngram_counts *counts, struct wp_ngram_level *level, double threshold);

/* The same estimates of counts that are on disk. */
WP_MUST_CHECK enum wp_err wp_ngram_estimate_external(const struct wp_ngram_counts *counts,
	const struct wp_ngram_config *config, const struct wp_ngram_sink *sink,
	struct wp_ngram_notes *notes);

#endif
