/* Boundaries in text, by the rules of UAX #29 (Unicode Text Segmentation).
 *
 * The functions with "breaks" in their name look at a whole text of code points and say before
 * which of them there is a boundary; there always is one at the beginning of a text that is not
 * empty, and one at its end, which is not stored.
 */
#ifndef WP_TEXT_SEGMENT_H
#define WP_TEXT_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/unicode.h"

#ifdef __cplusplus
extern "C" {
#endif

/* breaks[i] = there is a boundary before text[i], for i < n. */
void wp_word_breaks(const uint32_t *text, size_t n, bool *breaks);
void wp_sentence_breaks(const uint32_t *text, size_t n, bool *breaks);
void wp_grapheme_breaks(const uint32_t *text, size_t n, bool *breaks);

/* The word rules one character at a time, for callers that hold the text in another form. */

struct wp_word_state {
	uint8_t before; /* class before the last one, and                                    */
	uint8_t last;   /* last class, both with WB4's Extend, Format and ZWJ left out        */
	uint8_t touching; /* class of the character just before, nothing left out             */
	bool odd;         /* the last one ends an odd number of regional indicators in a row  */
};

/* Before the first character; stands in for a class. */
enum { WP_WB_START = WP_WB_CLASSES };

static const struct wp_word_state wp_word_start = {
	WP_WB_START, WP_WB_START, WP_WB_START, false};

/* Is there a boundary before the character just given?  The last three answers depend on the
 * next character whose class is not ignored (wp_word_ignored): there is none if that is of the
 * class named, and there is one otherwise. */
enum wp_word_link {
	WP_LINK_BREAK,
	WP_LINK_JOIN,
	WP_LINK_IF_LETTER_NEXT, /* ALetter or Hebrew_Letter (WB6) */
	WP_LINK_IF_HEBREW_NEXT, /* Hebrew_Letter (WB7b)           */
	WP_LINK_IF_DIGIT_NEXT,  /* Numeric (WB12)                 */
};

/* WB4: does the class attach to what stands before it and is otherwise not looked at? */
static inline bool wp_word_ignored(unsigned word_class)
{
	return word_class == WP_WB_EXTEND || word_class == WP_WB_FORMAT ||
		word_class == WP_WB_ZWJ;
}

/* Is the condition of a WP_LINK_IF_... met by that next class? */
static inline bool wp_word_link_holds(enum wp_word_link link, unsigned next)
{
	switch (link) {
	case WP_LINK_BREAK:
		return false;
	case WP_LINK_JOIN:
		return true;
	case WP_LINK_IF_LETTER_NEXT:
		return next == WP_WB_ALETTER || next == WP_WB_HEBREW_LETTER;
	case WP_LINK_IF_HEBREW_NEXT:
		return next == WP_WB_HEBREW_LETTER;
	case WP_LINK_IF_DIGIT_NEXT:
		return next == WP_WB_NUMERIC;
	}
	return false;
}

/* wp_word_links[last][class]: the rules for two classes next to each other.  Values beyond
 * those of enum wp_word_link are conditions on what went before, which wp_word_step resolves.
 */
extern const uint8_t wp_word_links[WP_WB_CLASSES + 1][WP_WB_CLASSES];

/* The general case of wp_word_step. */
enum wp_word_link wp_word_step_hard(struct wp_word_state *state, struct wp_char c);

/* Take in the next character, and tell whether there is a boundary before it. */
static inline enum wp_word_link wp_word_step(struct wp_word_state *state, struct wp_char c)
{
	unsigned link = wp_word_links[state->last][c.word];
	if (link > WP_LINK_IF_DIGIT_NEXT || wp_word_ignored(c.word) ||
		state->touching == WP_WB_ZWJ)
		return wp_word_step_hard(state, c);
	state->before = state->last;
	state->last = state->touching = c.word;
	state->odd = c.word == WP_WB_REGIONAL_INDICATOR;
	return (enum wp_word_link)link;
}

#ifdef __cplusplus
}
#endif
#endif
