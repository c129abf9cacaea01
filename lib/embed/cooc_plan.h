/* What the memory for counting co-occurrences is used for.  (Internal.) */
#ifndef WP_EMBED_COOC_PLAN_H
#define WP_EMBED_COOC_PLAN_H

#include "embed/cooc.h"

struct wp_cooc_plan {
	int threads;  /* for which there is memory, at least 1 */
	size_t room;  /* tokens and sentence ends that a piece of text may have */
	double fixed; /* bytes for everything but the text */
};

/* WP_ELIMIT, saying how much is needed, where the memory is too little. */
WP_MUST_CHECK enum wp_err wp_cooc_plan_make(
	struct wp_cooc_plan *plan, const struct wp_cooc_config *config, size_t words);

/* Bytes with which a text of so many tokens and sentence ends is one piece. */
double wp_cooc_plan_bytes(const struct wp_cooc_plan *plan, double slots);

#endif
