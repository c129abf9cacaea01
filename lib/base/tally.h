/* Scores of a collection of items, such as sentences, that are functions of sums over the
 *items: shares, F1, BLEU; how sure they are, and how sure their difference, by the bootstrap
 *(Efron & Tibshirani 1993; of pairs, for translations: Koehn 2004).
 *
 * A tally holds what each item adds to the sums: numbers for cells, most of them 0.
 *
 *	wp_tally_add(&tally, cell, 3); ...    // the first item adds 3 to a cell, ...
 *	wp_tally_end_item(&tally);
 *	wp_tally_judge(&tally, NULL, &scoring, 1000, seed, result);
 *
 * One thread at a time.
 */
#ifndef WP_BASE_TALLY_H
#define WP_BASE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/intervals.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_tally_entry {
	uint32_t cell, number;
};

/* A zeroed struct is empty. */
struct wp_tally {
	struct wp_tally_entry *entries;
	size_t *end; /* (items): where the entries of each end */
	size_t count, items, entry_room, item_room;
};

void wp_tally_fini(struct wp_tally *tally);

/* Add a number to a cell of the item that has not ended; 0 is not kept. */
WP_MUST_CHECK enum wp_err wp_tally_add(struct wp_tally *tally, uint32_t cell, uint64_t number);
WP_MUST_CHECK enum wp_err wp_tally_end_item(struct wp_tally *tally);

/* Scores of sums. */
struct wp_tally_scoring {
	size_t cells, scores;
	/* From sums (cells) to scores (scores); NaN: there is none. */
	void (*score)(const void *arg, const double *sums, double *scores);
	const void *arg;
};

/* Of each score: its value in a, and the middle 95 % of it over `samples` samples of the items
 * with replacement, in `interval`.  Or, where b is not NULL, another tally of the same items:
 * both values, their difference, its interval and p, as base/intervals.h has them.  results
 * (scores).  WP_EMISMATCH where they have different numbers of items. */
WP_MUST_CHECK enum wp_err wp_tally_judge(const struct wp_tally *a, const struct wp_tally *b,
	const struct wp_tally_scoring *scoring, int samples, uint64_t seed,
	struct wp_comparison *results);

#ifdef __cplusplus
}
#endif
#endif
