/* Text that is shown to people: nothing in it can command a terminal, or hide.
 *
 * Names, words and reasons come from files and command lines, and may hold any byte.  Here they
 * become text of which everything can be seen: control characters of ASCII and bytes that are
 * not UTF-8 are shown as \xHH; the other control characters (U+0080 to U+009F), and characters
 * that end lines, change the direction of what follows or cannot be seen (U+061C, U+200B,
 * U+200E, U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF, U+FFF9 to U+FFFB, U+E0000 to
 * U+E007F), as \u{HEX}.  Joiners (U+200C, U+200D), which languages and emoji need, stay as they
 * are.
 */
#ifndef WP_BASE_VISIBLE_H
#define WP_BASE_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	WP_VISIBLE_STEP = 16, /* bytes that one character takes at most, a NUL included  */
	WP_VISIBLE_GROWTH = 4 /* shown text takes at most so many times the bytes of text */
};

/* Show the character at the beginning of text, which has `length` bytes, at least 1, in to;
 * *taken is how many bytes of text it is.  Returns the bytes written, with no NUL behind. */
size_t wp_visible_step(
	char to[WP_VISIBLE_STEP], const char *text, size_t length, size_t *taken);

/* Show `length` bytes of text in to, which has room for `size`, 1 or more: as many whole
 * characters as fit, and a NUL.  Returns the bytes written, the NUL not counted. */
size_t wp_visible(char *to, size_t size, const char *text, size_t length);

/* How many bytes at the end of text may be the beginning of a UTF-8 sequence of which the rest
 * is still to come: 0 to 3. */
size_t wp_visible_unfinished(const char *text, size_t length);

#ifdef __cplusplus
}
#endif
#endif
