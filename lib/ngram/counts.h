/* Counts of the n-grams of a text: exact, and sorted so that one pass over them gives the
 * counts of all shorter ones.
 *
 * A sentence stands between two markers, SENTENCE_START and SENTENCE_END.  Each position of the
 * text but the first of a sentence ends an n-gram of `order` tokens, or of fewer where the
 * sentence begins before that.  Different ones are records.  They are sorted by their last
 * token, then by the last but one, and so on, a shorter one before those that go on: so n-grams
 * of any length n with the same last tokens stand together.
 *
 * Tokens are numbered as in the vocabulary, to which missing markers have been added.
 */
#ifndef WP_NGRAM_COUNTS_H
#define WP_NGRAM_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spool.h"
#include "base/strings.h"
#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_NGRAM_ORDER_MAX = 16 };

/* A zeroed struct is empty. */
struct wp_ngram_counts {
	int order;
	struct wp_strings vocab;
	int32_t start, end, unknown; /* ids of the markers, and of UNKNOWN_TOKEN or -1 */
	uint64_t sentences, tokens;  /* of the text; SENTENCE_END is a token, START not */

	/* Record r: its last token is text[last[r]], the one before it text[last[r] - 1], ...,
	 * length[r] of them. */
	size_t count;
	int32_t *text; /* -1 before each sentence */
	uint32_t *last;
	uint32_t *times;   /* how often it came; 0 for the one that is SENTENCE_START       */
	uint8_t *length;   /* tokens, at most order                                         */
	uint8_t *shared;   /* of these, from the last on, so many are those of the one before */
	uint32_t *context; /* a record whose last length[r] - 1 tokens are those before the
			    * last one of r                                                 */

	/* Or NULL and these, where they did not fit in memory: each record is order + 1
	 * numbers (u32), its tokens + 1, the last one first, 0 where it has fewer, and how
	 * often it came.  See ngram/cursor.h. */
	struct wp_spool *spool;
	size_t memory; /* as given to wp_ngram_counts_init */
	const char *directory;

	size_t text_size, text_room; /* internal, until the records are made */
	uint32_t *weight;            /* internal: of windows                 */
	size_t weight_room;
	bool windows;             /* internal: text is of n-grams that were counted apart */
	struct wp_sorter *sorter; /* internal: where n-grams go that do not fit in memory */
	size_t sorted;            /* internal: positions of the text that are there       */
};

void wp_ngram_counts_fini(struct wp_ngram_counts *counts);

/* Begin to count n-grams of so many tokens; with `merge`, to add up counts.  What does not fit
 * into `memory` bytes, of which the text takes some WP_NGRAM_TOKEN_BYTES a token until a model
 * is made of it, is sorted in temporary files in the directory, which is borrowed. */
enum { WP_NGRAM_TOKEN_BYTES = 56 };
WP_MUST_CHECK enum wp_err wp_ngram_counts_init(struct wp_ngram_counts *counts, int order,
	bool merge, size_t memory, const char *directory);

/* Add a stream: the text that vocab(1) writes, also several joined ones; or to merge, counts
 * that wp_ngram_counts_put has written, of the same order.  All must have the same vocabulary.
 * History and the like go to other().  WP_ELIMIT for more than 2^32 tokens in memory; WP_EIO
 * where the disk of the temporary files is full. */
typedef enum wp_err wp_ngram_other(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor);
WP_MUST_CHECK enum wp_err wp_ngram_counts_add(struct wp_ngram_counts *counts,
	struct wp_reader *reader, wp_ngram_other *other, void *arg);

/* All is added: make the records.  WP_EMISMATCH where there is no sentence. */
WP_MUST_CHECK enum wp_err wp_ngram_counts_sort(struct wp_ngram_counts *counts);

/* Write `vocab`, `ngram.settings`, and in slices `ngram.N.ids` (i32, records x N: -1 before
 * shorter ones) and `ngram.N.count` (i64), N being the order. */
WP_MUST_CHECK enum wp_err wp_ngram_counts_put(
	const struct wp_ngram_counts *counts, struct wp_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
