/* Co-occurrence counts: how often each word stands near each other word, or in each sentence.
 *
 *	wp_cooc_default(&config);
 *	wp_cooc_create(&cooc, &config, words);
 *	wp_cooc_add(cooc, ids, n, true);        (sentence after sentence)
 *	wp_cooc_finish(cooc, sink, arg);        (gets the rows of the matrix, in order)
 *	wp_cooc_free(cooc);
 *
 * A pair of words at a distance of d counts 1/d, or 1.  All sums are whole numbers of units of
 * 1/unit, so that the result does not depend on the order of adding up: not on threads, not on
 * the memory, not on how a text was cut into parts.
 *
 * The text is held, not the matrix: each row is counted when it is due, in an array of its own
 * that fits the cache, by going through the places where its word stands.  So cells come out
 * sorted and nothing needs to be sorted or merged.  A text too large for the memory is counted
 * in pieces; the rows of each go to a temporary file in a compact form, and are added up in the
 * end.
 */
#ifndef WP_EMBED_COOC_H
#define WP_EMBED_COOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_cooc_side {
	WP_COOC_BOTH, /* neighbours to the left and to the right of the row's word */
	WP_COOC_LEFT,
	WP_COOC_RIGHT
};

enum wp_cooc_weight {
	WP_COOC_HARMONIC, /* a neighbour at distance d counts 1/d */
	WP_COOC_FLAT      /* each counts 1                        */
};

enum { WP_COOC_WINDOW_MAX = 1000 };

struct wp_cooc_config {
	int window; /* largest distance of a neighbour */
	enum wp_cooc_side side;
	enum wp_cooc_weight weight;
	bool documents; /* columns are sentences, cells how often the word stands in each;
			   window, side and weight mean nothing then */
	int threads;
	size_t memory;      /* bytes to use at most */
	const char *tmpdir; /* for temporary files; borrowed as long as the counter lives */
};

struct wp_cooc;

/* Some cells of one row, by ascending column; values are sum[i] / unit.  A row may come in
 * several pieces, rows ascend.  The arrays are borrowed until the sink returns.  Called on any
 * thread, but by one at a time. */
typedef enum wp_err wp_cooc_sink(
	void *arg, int32_t row, size_t count, const int32_t *col, const uint64_t *sum);

/* Window 10 to both sides, harmonic, one thread, 1 GiB, /tmp. */
void wp_cooc_default(struct wp_cooc_config *config);

/* WP_EINVAL, saying which, where a setting is out of range. */
WP_MUST_CHECK enum wp_err wp_cooc_check(const struct wp_cooc_config *config);

/* What the sums count: 1/unit.  The least common multiple of 1 .. window where that is below
 * 2^24 (window up to 18), so that every 1/d is exact; else 2^26, and 1/d is rounded to that. */
uint32_t wp_cooc_unit(const struct wp_cooc_config *config);

/* A counter for a vocabulary of so many words.  WP_ELIMIT, saying how much is needed, where the
 * memory is too little. */
WP_MUST_CHECK enum wp_err wp_cooc_create(
	struct wp_cooc **cooc, const struct wp_cooc_config *config, size_t words);

/* Of the vocabulary. */
size_t wp_cooc_words(const struct wp_cooc *cooc);

/* May be given NULL. */
void wp_cooc_free(struct wp_cooc *cooc);

/* Pass over the tokens of this word as if they were not there: their neighbours close up. */
void wp_cooc_leave_out(struct wp_cooc *cooc, int32_t id);

/* The next n ids of the current sentence, each in 0 .. words-1; it is over with `ends`. */
WP_MUST_CHECK enum wp_err wp_cooc_add(
	struct wp_cooc *cooc, const int32_t *ids, size_t n, bool ends);

/* Instead of a text: cells that were counted before, as a sink gets them, in several parts.
 * Where columns are sentences those of a part come after those of the part before. */
WP_MUST_CHECK enum wp_err wp_cooc_add_cells(struct wp_cooc *cooc, int32_t row, size_t count,
	const int32_t *col, const uint64_t *sum);
WP_MUST_CHECK enum wp_err wp_cooc_end_part(struct wp_cooc *cooc);

/* All is added: count, and give the rows to sink.  WP_ELIMIT where a sum reaches 2^53.  The
 * counter can then only be asked and freed. */
WP_MUST_CHECK enum wp_err wp_cooc_finish(struct wp_cooc *cooc, wp_cooc_sink *sink, void *arg);

/* How it was done. */
struct wp_cooc_stats {
	uint64_t tokens;    /* added, without those left out    */
	uint64_t sentences; /* that have ended                  */
	uint64_t pieces;    /* in which the text was counted    */
	uint64_t spilled;   /* bytes written to temporary files */
};
struct wp_cooc_stats wp_cooc_stats(const struct wp_cooc *cooc);

#ifdef __cplusplus
}
#endif
#endif
