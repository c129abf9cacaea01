/* Vocabularies as text: one token and its count a line, or a token a line.
 *
 * Separated by a tab, or by a space as word2vec and GloVe have it.  Tokens are escaped as in
 * token text, so that a line has neither a tab nor a space too many.
 */
#ifndef WP_TEXT_VOCAB_LIST_H
#define WP_TEXT_VOCAB_LIST_H

#include <stdint.h>

#include "base/strings.h"
#include "stream/input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write the tokens with counts[i], in their order; separator is '\t' or ' '. */
WP_MUST_CHECK enum wp_err wp_vocab_list_write(struct wp_output *output,
	const struct wp_strings *tokens, const int64_t *counts, char separator);

/* Read such a list, in either form, whoever wrote it: the count is what follows the line's last
 * tab or space.  Where the first line has neither, no line has a count, and they are 0. *counts
 * is malloc'ed, one for each token.  WP_ECORRUPT, naming the line, for a line of another kind.
 * On failure both are empty. */
WP_MUST_CHECK enum wp_err wp_vocab_list_read(
	struct wp_input *input, struct wp_strings *tokens, int64_t **counts);

#ifdef __cplusplus
}
#endif
#endif
