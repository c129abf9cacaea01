/* Token text: tokens separated by one space, one sentence (or paragraph, or document) a line.
 *
 * A token may hold any character.  What would be taken for a space between tokens or the end of
 * a line, or could not be seen, is written as an escape:
 *
 *     \\  a backslash        \s  a space        \n  LF      \t  TAB      \r  CR
 *     \uHHHH  any other white space character, U+200B, a control character, or a format
 * character that cannot be seen \xHH    a byte that is not part of well-formed UTF-8
 *
 * H is a hexadecimal digit; they are written in capitals, and read in both cases.
 */
#ifndef WP_TEXT_TOKEN_TEXT_H
#define WP_TEXT_TOKEN_TEXT_H

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An escaped token takes at most this many times the bytes of the token. */
enum { WP_ESCAPE_GROWTH = 6 };

/* Write the token's n bytes to out in escaped form; returns the bytes written, at most
 * n * WP_ESCAPE_GROWTH. */
size_t wp_token_escape(const char *token, size_t n, char *out);

/* Undo that: write the n bytes of text to out, which may be text itself, and their number, at
 * most n, to *length.  WP_ECORRUPT where a backslash begins no escape. */
WP_MUST_CHECK enum wp_err wp_token_unescape(
	const char *text, size_t n, char *out, size_t *length);

#ifdef __cplusplus
}
#endif
#endif
