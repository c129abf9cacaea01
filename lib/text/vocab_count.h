/* Counting: from token text to a vocabulary and the text's ids, in one pass over the text.
 *
 *	wp_counter_create(&c, &params);
 *	while (...) wp_counter_feed(c, block, size);
 *	wp_counter_end_text(c);
 *	wp_counter_select(c, &cut, &counted);
 *	wp_counter_encode(c, sink, arg);          (as often as wanted)
 *
 * While it counts it does not know yet which tokens are frequent.  So it numbers them as they
 * come, spools these numbers instead of the text, and renumbers them on the way out.
 */
#ifndef WP_TEXT_VOCAB_COUNT_H
#define WP_TEXT_VOCAB_COUNT_H

#include <stdbool.h>

#include "text/vocab_encode.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_counter;

struct wp_count_params {
	bool with_ids; /* keep the ids of the text for wp_counter_encode        */
	enum wp_annotation annotation; /* before the first tab of each line          */
	size_t memory;             /* bytes: half of it for the table, the rest for the ids */
	size_t max_types;          /* tokens to hold at most while counting; 0: no limit    */
	const char *tmpdir;        /* for ids beyond the memory; borrowed                   */
	struct wp_counter *shares; /* NULL; or this text, the other side of pairs, has its
				    * vocabulary together with that counter's text, which
				    * outlives this one; see wp_counter_follow */
};

/* Which tokens the vocabulary gets. */
struct wp_vocab_cut {
	size_t top;           /* so many at most, special tokens included; 0: no limit */
	int64_t min_count;    /* none that is counted less often, special tokens apart */
	bool without_unknown; /* WP_UNKNOWN_TOKEN is not one of them                  */
};

WP_MUST_CHECK enum wp_err wp_counter_create(
	struct wp_counter **counter, const struct wp_count_params *params);
void wp_counter_free(struct wp_counter *counter);
const struct wp_count_params *wp_counter_params(const struct wp_counter *counter);

/* The next block of the text, of any size and cut anywhere.  WP_ELIMIT where the table outgrows
 * its half of the memory.  With max_types it does not: the rarest tokens are forgotten
 * instead, and what has been counted of them is unknown. */
WP_MUST_CHECK enum wp_err wp_counter_feed(
	struct wp_counter *counter, const char *block, size_t size);

/* The text ends, and with it its last sentence; another one may follow. */
WP_MUST_CHECK enum wp_err wp_counter_end_text(struct wp_counter *counter);

/* Instead of a text, what was counted apart: tokens (length >= 1) with their counts (>= 0), and
 * labels or tags.  *id is the number by which ids and labels have to be given afterwards.  See
 * text/vocab_stream.h for whole streams. */
WP_MUST_CHECK enum wp_err wp_counter_add(struct wp_counter *counter, const char *token,
	size_t length, int64_t count, int32_t *id);
WP_MUST_CHECK enum wp_err wp_counter_add_label(
	struct wp_counter *counter, const char *label, size_t length, int32_t *id);

/* And, with params.with_ids, its sentences: the ids, how many of them each sentence has, and
 * its label, or the tag of each id.  In the end these must agree. */
WP_MUST_CHECK enum wp_err wp_counter_add_ids(
	struct wp_counter *counter, const int32_t *ids, size_t n);
WP_MUST_CHECK enum wp_err wp_counter_add_lengths(
	struct wp_counter *counter, const int32_t *lengths, size_t n);
WP_MUST_CHECK enum wp_err wp_counter_add_labels(
	struct wp_counter *counter, const int32_t *labels, size_t n);

/* What wp_counter_select gives: by id, the tokens and their counts. */
struct wp_counted {
	struct wp_strings tokens;
	int64_t *counts;
	struct wp_strings labels, tags; /* none where the text has none */
	struct wp_strings targets;      /* read with the vocabulary of pairs: `target.vocab` */
};
void wp_counted_fini(struct wp_counted *counted);

/* The vocabulary: WP_UNKNOWN_TOKEN, WP_SENTENCE_START and WP_SENTENCE_END (those two where the
 * text has them), then the others by falling count, and by their bytes where counts are equal.
 * All tokens that it does not have are counted as WP_UNKNOWN_TOKEN.  Labels and tags are
 * ordered by their bytes alone.  Call it once, when all is counted; the caller frees *counted
 * with wp_counted_fini. */
WP_MUST_CHECK enum wp_err wp_counter_select(
	struct wp_counter *counter, const struct wp_vocab_cut *cut, struct wp_counted *counted);

/* Instead of a selection: this vocabulary, copied to *counted, with the counts of this text and
 * its labels or tags.  WP_EMISMATCH where it has no WP_UNKNOWN_TOKEN, unless what it does not
 * have is to be left out. */
WP_MUST_CHECK enum wp_err wp_counter_impose(struct wp_counter *counter,
	const struct wp_vocab *vocab, bool without_unknown, struct wp_counted *counted);

/* Of a counter that shares another's vocabulary, after wp_counter_select or wp_counter_impose
 * of that one, in whose counts are those of both texts: take the ids that it has given. */
WP_MUST_CHECK enum wp_err wp_counter_follow(struct wp_counter *counter);

/* The text as ids of the selected vocabulary; without WP_UNKNOWN_TOKEN in it, what it does not
 * have is left out.  Only with params.with_ids. */
WP_MUST_CHECK enum wp_err wp_counter_encode(
	struct wp_counter *counter, wp_id_sink *sink, void *arg);

/* `known` counts only after wp_counter_select; in a vocabulary that is shared, it and `types`
 * are of both texts. */
struct wp_text_counts wp_counter_counts(const struct wp_counter *counter);

#ifdef __cplusplus
}
#endif
#endif
