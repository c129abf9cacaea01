/* Phrases: words that stand together more often than chance has it, joined to one token
 * (Mikolov et al. 2013, section 4).
 *
 * A candidate is two words next to each other in a sentence, or with nothing but connector
 * words
 * ("of", "the") between them.  Its score, from how often it and its two ends come, decides
 * whether it is a phrase.  Text is joined from left to right, and no word is part of two
 * phrases; the next pass takes joined phrases for words, so that longer ones come about.
 *
 * To learn, text is counted, and passed over some times; to join, it streams by.
 */
#ifndef WP_TEXT_PHRASES_H
#define WP_TEXT_PHRASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_PHRASES_PASSES = 16 };

/* Of a candidate that comes n_ab times, its ends n_a and n_b times: */
enum wp_phrases_score {
	WP_PHRASES_WORD2VEC, /* (n_ab - discount) N / (n_a n_b), N: tokens of the text  */
	WP_PHRASES_GENSIM,   /* N: different words and candidates instead               */
	WP_PHRASES_NPMI      /* log(p_ab / (p_a p_b)) / -log(p_ab): normalised pointwise
			      * mutual information, -1 to 1 (Bouma 2009)                */
};

struct wp_phrases_config {
	enum wp_phrases_score score;
	int64_t min_count; /* candidates that come less often are none          */
	double discount;   /* not for NPMI                                      */
	int passes;
	double threshold[WP_PHRASES_PASSES]; /* of each pass; scores above it count */
	const struct wp_strings *connectors; /* NULL: none                          */
	const char *delimiter;               /* between the words of a phrase       */
	bool labelled;                       /* each line begins with a label and a tab */
	size_t memory;                       /* bytes, about                        */
	const char *tmpdir;
};

struct wp_phrases;

/* Learning: feed the text, and end it; then learn, which calls report, if that is not NULL, now
 * and then with the pass and the share done of it. */
WP_MUST_CHECK enum wp_err wp_phrases_create(
	struct wp_phrases **phrases, const struct wp_phrases_config *config);
WP_MUST_CHECK enum wp_err wp_phrases_feed(
	struct wp_phrases *phrases, const char *block, size_t size);
WP_MUST_CHECK enum wp_err wp_phrases_end_text(struct wp_phrases *phrases);
WP_MUST_CHECK enum wp_err wp_phrases_learn(struct wp_phrases *phrases,
	void (*report)(int pass, double share, void *arg), void *arg);

/* Phrases of a pass, from 0 on. */
size_t wp_phrases_count(const struct wp_phrases *phrases, int pass);

/* Write them as a table, best of each pass first: words separated by spaces, score, count,
 * pass.
 */
WP_MUST_CHECK enum wp_err wp_phrases_write_list(
	struct wp_phrases *phrases, struct wp_output *output);

/* Instead of learning: read such a table; of config, delimiter and labelled count. WP_ECORRUPT,
 * naming the line, where it is none. */
WP_MUST_CHECK enum wp_err wp_phrases_read_list(struct wp_phrases **phrases,
	const struct wp_phrases_config *config, struct wp_input *list);

/* Write the text that was learnt from, joined.  *joined: how many tokens of it are phrases. */
WP_MUST_CHECK enum wp_err wp_phrases_write_text(
	struct wp_phrases *phrases, struct wp_output *output, uint64_t *joined);

/* Write another text, joined, as it comes, line by line; to be used after wp_phrases_read_list.
 * at_once: hand on each line as soon as no other has arrived. */
WP_MUST_CHECK enum wp_err wp_phrases_join(struct wp_phrases *phrases, struct wp_input *input,
	struct wp_output *output, bool at_once, uint64_t *joined);

/* May be NULL. */
void wp_phrases_free(struct wp_phrases *phrases);

#ifdef __cplusplus
}
#endif
#endif
