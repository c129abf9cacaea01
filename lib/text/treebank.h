/* Tokens as in the Penn Treebank: "He can't pay $3.50." is 8: He ca n't pay $ 3.50 .
 *
 * The conventions are those of the tokenizer script that came with the corpus (R. MacIntyre,
 * 1995): punctuation stands apart, but for full stops within the text, commas and colons
 * between digits, hyphens, slashes and apostrophes in words; clitics (n't 's 'm 'd 'll 're 've)
 * and the parts of cannot, gonna, wanna and their like are tokens; double quotes become `` and
 * ''. Brackets are kept as they are.  Beyond ASCII, quotation marks are treated as their ASCII
 * counterparts, and dashes, ellipses, inverted marks and signs of currency stand apart.
 */
#ifndef WP_TEXT_TREEBANK_H
#define WP_TEXT_TREEBANK_H

#include <stddef.h>

#include "base/error.h"
#include "text/token_writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed at first. */
struct wp_treebank {
	char *text; /* scratch: the sentence with ASCII quotation marks */
	size_t room;
};

void wp_treebank_fini(struct wp_treebank *treebank);

/* Write the tokens of a sentence, well-formed UTF-8.  Only at its end does a full stop stand
 * apart from the word before. */
WP_MUST_CHECK enum wp_err wp_treebank_write(struct wp_treebank *treebank, const char *sentence,
	size_t n, struct wp_token_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
