/* What a language model writes, as text for people; and text for it to continue.
 *
 * Where each token but the special ones is one character (a grapheme cluster) or one byte, text
 * is what the tokens make, with nothing between them.  Otherwise it is token text: tokens
 * separated by spaces, with the escapes of text/token_text.h.
 */
#ifndef WP_TEXT_PLAIN_TEXT_H
#define WP_TEXT_PLAIN_TEXT_H

#include <stdbool.h>

#include "stream/output.h"
#include "text/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_plain_text {
	struct wp_vocab vocab;
	bool characters;   /* found from the vocabulary; set it to false to get token text */
	bool by_character; /* text to continue is cut into characters, either way        */
	int32_t end;       /* id of SENTENCE_END, which ends a line, or -1                 */
	size_t longest;    /* bytes of a token */
	bool line_empty;   /* nothing stands in the line that is being written             */
	bool empty;        /* nothing has been written since the last wp_plain_text_end    */
};

WP_MUST_CHECK enum wp_err wp_plain_text_init(
	struct wp_plain_text *text, const struct wp_strings *vocab);
void wp_plain_text_fini(struct wp_plain_text *text); /* a zeroed one may be given, too */

/* The tokens of a text; the caller frees *ids.  Characters: the longest token that the
 * vocabulary has, again and again; words: what stands between white space.  What is unknown
 * becomes UNKNOWN_TOKEN and is counted; WP_EMISMATCH, quoting it, where there is none. */
WP_MUST_CHECK enum wp_err wp_plain_text_cut(const struct wp_plain_text *text, const char *from,
	size_t length, int32_t **ids, size_t *count, size_t *unknown);

/* Write a token; end a sequence: with a line feed, unless it has just written one. */
WP_MUST_CHECK enum wp_err wp_plain_text_put(
	struct wp_plain_text *text, struct wp_output *output, int32_t token);
WP_MUST_CHECK enum wp_err wp_plain_text_end(
	struct wp_plain_text *text, struct wp_output *output);

/* Write a string of a list in escaped form. */
WP_MUST_CHECK enum wp_err wp_put_token(
	struct wp_output *output, const struct wp_strings *list, size_t i);

#ifdef __cplusplus
}
#endif
#endif
