/* Tokens as in the Penn Treebank: "He can't pay $3.50." is 8: He ca n't pay $ 3.50 .
 * (Internal.)
 *
 * The conventions are those of the tokenizer script that came with the corpus (R. MacIntyre,
 * 1995): punctuation stands apart, but for commas and colons between digits, and hyphens,
 * slashes and apostrophes in words; clitics (n't 's 'm 'd 'll 're 've) and the parts of cannot,
 * gonna, wanna and their like are tokens; double quotes become `` and ''.  Brackets are kept as
 * they are.  The full stop of every word that is no abbreviation, initial or acronym is a
 * token, not only the last one of a sentence.  Beyond ASCII all punctuation stands apart, and
 * quotation marks are treated as their ASCII counterparts, which depends on what they close.
 * In other languages than English words are those of tailor.h, without clitics.  (Internal.)
 */
#ifndef WP_TEXT_TREEBANK_H
#define WP_TEXT_TREEBANK_H

#include <stddef.h>

#include "base/cpu.h"
#include "base/error.h"
#include "text/ascii_treebank.h"
#include "text/tailor.h"
#include "text/token_writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed, and then set up by setting the first two members. */
struct wp_treebank {
	struct wp_tailoring tailoring;
	wp_ascii_treebank_fn *ascii;
	char *text; /* scratch: the text with ASCII quotation marks */
	size_t room;
};

void wp_treebank_fini(struct wp_treebank *treebank);

/* The kernel for an instruction set. */
wp_ascii_treebank_fn *wp_ascii_treebank_for(enum wp_isa isa);

/* Write the tokens of clean UTF-8, of one or more lines, which end with LF; the last one is
 * left open where it does not. */
WP_MUST_CHECK enum wp_err wp_treebank_write(struct wp_treebank *treebank, const char *text,
	size_t n, struct wp_token_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
