/* How well text has been divided into tokens and sentences: against a treebank in CoNLL-U, by
 * where each begins and ends among the characters that are not white space, as the evaluation
 * of the CoNLL 2018 shared task has it (Zeman et al. 2018, section 5).
 *
 *	wp_gold_read(&gold, path);
 *	wp_gold_write_text(gold, output);     // the text, for a tokenizer
 *	wp_gold_compare(gold, input, &score); // what it has made of it, as token text
 *	wp_gold_free(gold);
 */
#ifndef WP_TEXT_TOKEN_EVAL_H
#define WP_TEXT_TOKEN_EVAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "stream/input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_gold;

/* Read a treebank in CoNLL-U.  A token that is several words (a range, as 3-4) counts once,
 * with the form that the text has; empty nodes (3.1) do not.  WP_ECORRUPT, naming the line, for
 * what is none. */
WP_MUST_CHECK enum wp_err wp_gold_read(struct wp_gold **gold, const char *path);
void wp_gold_free(struct wp_gold *gold); /* may be NULL */

/* Write its text: a line for each paragraph or document, spaces as SpaceAfter=No has them. */
WP_MUST_CHECK enum wp_err wp_gold_write_text(
	const struct wp_gold *gold, struct wp_output *output);

/* Tokens or sentences: how many there are, how many were found, and how many of these are
 * right. */
struct wp_span_counts {
	uint64_t gold, found, right;
};

struct wp_token_score {
	struct wp_span_counts tokens, sentences;
};

/* Compare token text, one sentence a line, whose tokens must be the same text: but for case,
 * compatibility forms are not undone, quotation marks may be those of the Penn Treebank, digits
 * may be 0, and what cannot be seen may be missing.  WP_ECORRUPT, naming the line, where it is
 * another text. */
WP_MUST_CHECK enum wp_err wp_gold_compare(
	const struct wp_gold *gold, struct wp_input *input, struct wp_token_score *score);

#ifdef __cplusplus
}
#endif
#endif
