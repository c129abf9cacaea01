/* Where token text is written to: a buffer that grows until its owner empties it. */
#ifndef WP_TEXT_TOKEN_WRITER_H
#define WP_TEXT_TOKEN_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/utf8.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed, with line_empty = true, and the settings. */
struct wp_token_writer {
	bool lower;         /* letters are written in lower case     */
	bool fold_digits;   /* decimal digits are written as 0       */
	bool fold_case;     /* full case folding, for comparing words */
	bool strip_accents; /* letters are written without accents  */
	bool dotless_i;     /* the small form of I has no dot        */
	bool keep_lines;    /* lines without a token are written too */

	bool line_empty; /* the line being written has no token yet */
	char *bytes;
	size_t length, room;
	uint64_t tokens, lines; /* written so far */
	char *changed;          /* scratch */
	size_t changed_room;
};

void wp_token_writer_fini(struct wp_token_writer *writer);

/* Make room for n more bytes. */
WP_MUST_CHECK enum wp_err wp_token_writer_reserve(struct wp_token_writer *writer, size_t n);

/* Write a token of n bytes, n > 0. */
WP_MUST_CHECK enum wp_err wp_token_writer_put(
	struct wp_token_writer *writer, const char *token, size_t n);

/* Write n characters of printing ASCII, each of them a token, behind another token of the line.
 */
WP_MUST_CHECK enum wp_err wp_token_writer_put_ascii(
	struct wp_token_writer *writer, const char *text, size_t n);

/* Write bytes as they are: no token, no escapes. */
WP_MUST_CHECK enum wp_err wp_token_writer_raw(
	struct wp_token_writer *writer, const char *bytes, size_t n);

/* End the line, if it has a token or lines are kept. */
WP_MUST_CHECK enum wp_err wp_token_writer_end_line(struct wp_token_writer *writer);

/* Is what follows c behind a letter with case?  Marks, apostrophes, full stops, colons and
 * format characters are passed over; after_cased is the answer for what precedes c. */
static inline bool wp_after_cased(uint32_t c, bool after_cased)
{
	unsigned flags = wp_char(c).flags;
	return flags & WP_CHAR_IGNORABLE ? after_cased : (flags & WP_CHAR_CASED) != 0;
}

/* Is a letter with case the first thing in text that is not passed over? */
static inline bool wp_before_cased(const char *text, const char *end)
{
	while (text < end) {
		unsigned flags = wp_char(wp_utf8_next(&text)).flags;
		if (!(flags & WP_CHAR_IGNORABLE))
			return flags & WP_CHAR_CASED;
	}
	return false;
}

/* A character changed as writer->lower and writer->fold_digits say.  Sigma has two lower-case
 * forms; which of them depends on the token before, of which after_cased tells, and behind
 * (Final_Sigma of the Unicode Standard, section 3.13). */
static inline uint32_t wp_token_writer_change(const struct wp_token_writer *writer, uint32_t c,
	bool after_cased, const char *next, const char *end)
{
	enum { CAPITAL_SIGMA = 0x3A3, SIGMA = 0x3C3, FINAL_SIGMA = 0x3C2 };
	if (c < 0x80) {
		if (writer->lower && c >= 'A' && c <= 'Z')
			return c | 0x20;
		return writer->fold_digits && c >= '0' && c <= '9' ? '0' : c;
	}
	if (writer->fold_digits && wp_char(c).flags & WP_CHAR_DIGIT)
		return '0';
	if (!writer->lower)
		return c;
	if (c != CAPITAL_SIGMA)
		return wp_char_lower(c);
	return after_cased && !wp_before_cased(next, end) ? FINAL_SIGMA : SIGMA;
}

/* Do characters become others than wp_token_writer_change says, or several? */
static inline bool wp_token_writer_is_special(const struct wp_token_writer *w)
{
	return w->fold_case || w->strip_accents || w->dotless_i;
}

/* Write a token with all changes to out, where there is room for 4 bytes for each of it; the
 * bytes written. */
size_t wp_token_writer_change_all(
	const struct wp_token_writer *writer, const char *token, const char *end, char *out);

#ifdef __cplusplus
}
#endif
#endif
