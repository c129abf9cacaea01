/* Tokens of the web: addresses, tags, names, emoticons, runs of marks, numbers in groups.
 * (Internal.)
 */
#ifndef WP_TEXT_WEB_H
#define WP_TEXT_WEB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "text/ascii_find.h"

/* The bytes of such a token at p, or 0.  [begin, end) is what stands between white space, clean
 * UTF-8, and p is where a token may begin. */
size_t wp_web_token(const char *begin, const char *p, const char *end);

/* The bytes of a reference to a character at p, as &amp; or &#39;, and of the same one behind
 * it again; or 0. */
size_t wp_web_reference(const char *p, const char *end);

/* Is the mark at p, -, / or :, one between the digits of a number, date or time? */
bool wp_web_joins_digits(const char *begin, const char *p, const char *end);

/* The first place from p on that may matter to the functions above: a character that is not
 * ASCII, a backslash, or a mark of ASCII in such a neighbourhood; or end.  [begin, end) is
 * text; find is the kernel for the instruction set. */
const char *wp_web_trigger(
	wp_ascii_find_fn *find, const char *begin, const char *p, const char *end);
wp_ascii_find_fn *wp_ascii_find_for(enum wp_isa isa);

#endif
