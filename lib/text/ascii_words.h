/* Words of ASCII text, 64 bytes at a time.  (Internal.)
 *
 * Almost all bytes of most texts are ASCII, and there the rules of UAX #29 need only look at a
 * character and its two neighbours.  So for each class of characters a block of 64 bytes
 * becomes a word of 64 bits, the rules become shifts and ands of such words, and their result
 * is two words: before which bytes a space has to be inserted, and which bytes are kept.  What
 * the rules are is written once, in ascii_words_template.h; how the bits are gathered and how
 * the bytes are spread out depends on the instruction set.
 */
#ifndef WP_TEXT_ASCII_WORDS_H
#define WP_TEXT_ASCII_WORDS_H

#include <stdbool.h>
#include <stdint.h>

enum { WP_ASCII_BLOCK = 64 };

struct wp_ascii_words {
	/* What a word is, and what is done to it. */
	bool whole;      /* all that stands between separators, instead of UAX #29       */
	bool keep_lines; /* lines without a token are kept                               */
	bool lower;      /* A-Z to a-z                                                   */
	bool fold;       /* 0-9 to 0                                                     */

	/* Where we are. */
	bool line_empty;  /* the line being written has no token yet */
	const char *text; /* the next byte to read                   */
	const char *end;
	char *out; /* the next byte to write          */

	/* What was written. */
	uint64_t tokens, lines;
};

/* Read words from w->text on, which is the beginning of the text or follows white space or is
 * white space.  Stops at w->end; or, where a byte is not ASCII or is a backslash, before the
 * character that precedes it (since what follows may be a part of its word) unless that is
 * white space.  The rules hold for the text up to there, with the characters beyond seen.
 *
 * Writes at most twice the bytes that it reads; to be quick, it may touch WP_ASCII_ROOM bytes
 * more than that of the room at w->out. */
typedef void wp_ascii_words_fn(struct wp_ascii_words *w);
enum { WP_ASCII_ROOM = 2 * WP_ASCII_BLOCK };

wp_ascii_words_fn wp_ascii_words_plain;
wp_ascii_words_fn wp_ascii_words_avx2;
wp_ascii_words_fn wp_ascii_words_avx512;

/* The classes of a block's characters: bit i is about byte i. */
struct wp_ascii_classes {
	uint64_t letter, digit;
	uint64_t underscore; /* ExtendNumLet                             */
	uint64_t mid_letter; /* MidLetter, MidNumLet and Single_Quote    */
	uint64_t mid_digit;  /* MidNum, MidNumLet and Single_Quote       */
	uint64_t separator;  /* space and all controls but LF            */
	uint64_t newline;    /* LF                                       */
	uint64_t special;    /* backslash and what is not ASCII          */
};

#endif
