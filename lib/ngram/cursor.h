/* Counted n-grams one after the other, wherever they are.  (Internal.)
 *
 * Tokens stand the last one first, as n-grams are sorted.
 */
#ifndef WP_NGRAM_CURSOR_H
#define WP_NGRAM_CURSOR_H

#include "ngram/counts.h"

/* A record: n-grams of the order, and shorter ones with which a sentence begins. */
struct wp_ngram_cursor {
	const struct wp_ngram_counts *counts;
	size_t next;                       /* records that were read */
	uint32_t *buffer;                  /* of those on disk       */
	size_t at, have;                   /* in it, in numbers      */
	int32_t token[WP_NGRAM_ORDER_MAX]; /* the last one first     */
	int length, shared;                /* as in counts           */
	uint32_t times;
};

/* Before the first record of counts that are sorted, which are borrowed. */
WP_MUST_CHECK enum wp_err wp_ngram_cursor_init(
	struct wp_ngram_cursor *cursor, const struct wp_ngram_counts *counts);
void wp_ngram_cursor_fini(struct wp_ngram_cursor *cursor);

/* The next record; WP_END after the last. */
WP_MUST_CHECK enum wp_err wp_ngram_cursor_next(struct wp_ngram_cursor *cursor);

/* The n-grams of one length, each with the sums of its records. */
struct wp_ngram_walk {
	struct wp_ngram_cursor cursor;
	int n;
	bool ended, ahead; /* the cursor is past the end; at the first record of the next */
	uint64_t shorters; /* (n - 1)-grams up to where the cursor is   */
	int32_t token[WP_NGRAM_ORDER_MAX];
	uint64_t index;   /* of this one among those of its length, from 1 on         */
	uint64_t shorter; /* of its last n - 1 tokens, among theirs; 0 where n is 1    */
	uint64_t raw;     /* how often it came                                        */
	uint64_t before;  /* how many different tokens came before it; at the beginning
			   * of a sentence, where there is none, how often it came    */
};

WP_MUST_CHECK enum wp_err wp_ngram_walk_init(
	struct wp_ngram_walk *walk, const struct wp_ngram_counts *counts, int n);
void wp_ngram_walk_fini(struct wp_ngram_walk *walk);

/* The next one; WP_END after the last. */
WP_MUST_CHECK enum wp_err wp_ngram_walk_next(struct wp_ngram_walk *walk);

#endif
