/* The work of vocab: a text, or the two sides of pairs of texts, counted or encoded, and
 *written as a stream.
 *
 * To count, and choose a vocabulary:             To encode with vocabularies that there are:
 *
 *	wp_vocab_job_create(&job, &params);             wp_vocab_job_create(&job, &params);
 *	wp_vocab_job_count(job);                        wp_vocab_job_give(job, vocabularies,
 *name); while (...) wp_vocab_job_feed(job, ...);        wp_vocab_job_encode(job, ...);
 *	wp_vocab_job_end_text(job);                     while (...) wp_vocab_job_feed(job, ...);
 *	wp_vocab_job_select(job, cuts);                 wp_vocab_job_end_text(job);
 *	wp_vocab_job_put(job, writer);                  wp_vocab_job_put_end(job);
 *
 * A text that is encoded with a vocabulary, but has labels of its own, is counted after
 * wp_vocab_job_give, and wp_vocab_job_impose takes the place of wp_vocab_job_select.
 */
#ifndef WP_TEXT_VOCAB_JOB_H
#define WP_TEXT_VOCAB_JOB_H

#include "text/pair_text.h"
#include "text/vocab_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_vocab_job_params {
	bool pair;   /* each line is a source and its target                         */
	bool target; /* or a target alone; otherwise the text is one                 */
	bool shared; /* counting: both sides have one vocabulary                     */
	struct wp_count_params count; /* annotation is that of a text, or of sources */
	struct wp_pair_rules rules;   /* of pairs and targets: check and what follows it */
};

struct wp_vocab_job;

WP_MUST_CHECK enum wp_err wp_vocab_job_create(
	struct wp_vocab_job **job, const struct wp_vocab_job_params *params);
void wp_vocab_job_free(struct wp_vocab_job *job); /* may be NULL */

/* Is there such a side?  A text is WP_SOURCE. */
bool wp_vocab_job_has(const struct wp_vocab_job *job, enum wp_side side);

/* Use the vocabularies and labels of `given`, which is named `name`; they are copied.  Targets
 * have its `targets`, or, if it has none, share its tokens.  WP_EMISMATCH where a vocabulary of
 * targets lacks the markers. */
WP_MUST_CHECK enum wp_err wp_vocab_job_give(
	struct wp_vocab_job *job, const struct wp_counted *given, const char *name);

/* Count what comes. */
WP_MUST_CHECK enum wp_err wp_vocab_job_count(struct wp_vocab_job *job);

/* Encode what comes with the vocabularies given, which are written before, to writer. */
WP_MUST_CHECK enum wp_err wp_vocab_job_encode(
	struct wp_vocab_job *job, bool drop_unknown, struct wp_writer *writer);

/* The next block of the text, of any size and cut anywhere; the end of the text, which another
 * one may follow; hand on what is complete, where it is encoded. */
WP_MUST_CHECK enum wp_err wp_vocab_job_feed(
	struct wp_vocab_job *job, const char *block, size_t size);
WP_MUST_CHECK enum wp_err wp_vocab_job_end_text(struct wp_vocab_job *job);
WP_MUST_CHECK enum wp_err wp_vocab_job_flush(struct wp_vocab_job *job);

/* Count what was counted apart instead: see wp_counter_merge. */
WP_MUST_CHECK enum wp_err wp_vocab_job_merge(struct wp_vocab_job *job, struct wp_input *input);

/* Choose the vocabularies, by the cut of each side; that of the source counts where they are
 * shared.  Or take those that were given. */
WP_MUST_CHECK enum wp_err wp_vocab_job_select(
	struct wp_vocab_job *job, const struct wp_vocab_cut cuts[WP_SIDES]);
WP_MUST_CHECK enum wp_err wp_vocab_job_impose(struct wp_vocab_job *job, bool without_unknown);

/* Write vocabularies, counts and, with params.count.with_ids, ids. */
WP_MUST_CHECK enum wp_err wp_vocab_job_put(struct wp_vocab_job *job, struct wp_writer *writer);

/* All has been encoded: write the ends of ids, and counts. */
WP_MUST_CHECK enum wp_err wp_vocab_job_put_end(struct wp_vocab_job *job);

/* What was chosen for a side; nothing for targets that share it. */
const struct wp_counted *wp_vocab_job_counted(
	const struct wp_vocab_job *job, enum wp_side side);

/* What a side is encoded with, after wp_vocab_job_give. */
const struct wp_vocab *wp_vocab_job_vocab(const struct wp_vocab_job *job, enum wp_side side);

/* Of a side; where both were counted together, of both. */
struct wp_text_counts wp_vocab_job_counts(const struct wp_vocab_job *job, enum wp_side side);
struct wp_pair_counts wp_vocab_job_pairs(const struct wp_vocab_job *job);

/* Do both sides have one vocabulary? */
bool wp_vocab_job_shared(const struct wp_vocab_job *job);

#ifdef __cplusplus
}
#endif
#endif
