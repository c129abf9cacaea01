/* The ways in which sacrebleu (Post 2018) takes lines apart into words before it compares them.
 * (Internal.)
 *
 *	none   at white space
 *	13a    as mteval-v13a.pl of NIST: punctuation of ASCII stands apart, but for ' and -,
 *and . and , between digits intl   as mteval-v14.pl: punctuation and symbols of Unicode stand
 *apart char   each character
 */
#ifndef WP_TEXT_BLEU_TOKENS_H
#define WP_TEXT_BLEU_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum wp_bleu_tokens { WP_BLEU_NONE, WP_BLEU_13A, WP_BLEU_INTL, WP_BLEU_CHAR };

/* A line as code points. */
struct wp_code_points {
	uint32_t *at;
	size_t n, room;
};

void wp_code_points_fini(struct wp_code_points *line);

/* Decode; what is not UTF-8 reads as U+FFFD.  With lower, in lower case as Python's str.lower()
 * has it. */
WP_MUST_CHECK enum wp_err wp_code_points_set(
	struct wp_code_points *line, const char *text, size_t n, bool lower);

/* Put spaces between the tokens of a line; scratch is used and may be zeroed. */
WP_MUST_CHECK enum wp_err wp_bleu_tokenize(
	enum wp_bleu_tokens how, struct wp_code_points *line, struct wp_code_points *scratch);

/* White space as Python's str.split() has it. */
bool wp_is_python_space(uint32_t c);

/* The next word from *at on, moving it behind; its length, 0 at the end. */
size_t wp_next_word(const struct wp_code_points *line, size_t *at, const uint32_t **word);

#endif
