#include "text/segment.h"

#include <utf8proc.h>

/* --- words ------------------------------------------------------------------------------ */

/* Conditions on what stands before the last character; they go on from enum wp_word_link. */
enum {
	IF_LETTER_BEFORE = WP_LINK_IF_DIGIT_NEXT + 1, /* WB7  */
	IF_HEBREW_BEFORE,                             /* WB7c */
	IF_DIGIT_BEFORE,                              /* WB11 */
	IF_ODD,                                       /* WB15, WB16 */
	IF_TOUCHING, /* WB3d: not across an ignored character */
};

#define JOIN        WP_LINK_JOIN
#define LETTER_NEXT WP_LINK_IF_LETTER_NEXT
#define HEBREW_NEXT WP_LINK_IF_HEBREW_NEXT
#define DIGIT_NEXT  WP_LINK_IF_DIGIT_NEXT

/* Pairs that are not listed have a boundary between them (WB3a, WB3b, WB999). */
const uint8_t wp_word_links[WP_WB_CLASSES + 1][WP_WB_CLASSES] = {
	[WP_WB_CR] = {[WP_WB_LF] = JOIN},                      /* WB3  */
	[WP_WB_WSEGSPACE] = {[WP_WB_WSEGSPACE] = IF_TOUCHING}, /* WB3d */
	[WP_WB_ALETTER] =
		{
			[WP_WB_ALETTER] = JOIN, /* WB5 */
			[WP_WB_HEBREW_LETTER] = JOIN,
			[WP_WB_MIDLETTER] = LETTER_NEXT, /* WB6 */
			[WP_WB_MIDNUMLET] = LETTER_NEXT,
			[WP_WB_SINGLE_QUOTE] = LETTER_NEXT,
			[WP_WB_NUMERIC] = JOIN,      /* WB9   */
			[WP_WB_EXTENDNUMLET] = JOIN, /* WB13a */
		},
	[WP_WB_HEBREW_LETTER] =
		{
			[WP_WB_ALETTER] = JOIN, /* WB5 */
			[WP_WB_HEBREW_LETTER] = JOIN,
			[WP_WB_MIDLETTER] = LETTER_NEXT, /* WB6 */
			[WP_WB_MIDNUMLET] = LETTER_NEXT,
			[WP_WB_SINGLE_QUOTE] = JOIN,        /* WB7a  */
			[WP_WB_DOUBLE_QUOTE] = HEBREW_NEXT, /* WB7b  */
			[WP_WB_NUMERIC] = JOIN,             /* WB9   */
			[WP_WB_EXTENDNUMLET] = JOIN,        /* WB13a */
		},
	[WP_WB_NUMERIC] =
		{
			[WP_WB_NUMERIC] = JOIN, /* WB8  */
			[WP_WB_ALETTER] = JOIN, /* WB10 */
			[WP_WB_HEBREW_LETTER] = JOIN,
			[WP_WB_MIDNUM] = DIGIT_NEXT, /* WB12 */
			[WP_WB_MIDNUMLET] = DIGIT_NEXT,
			[WP_WB_SINGLE_QUOTE] = DIGIT_NEXT,
			[WP_WB_EXTENDNUMLET] = JOIN, /* WB13a */
		},
	[WP_WB_KATAKANA] =
		{
			[WP_WB_KATAKANA] = JOIN,     /* WB13  */
			[WP_WB_EXTENDNUMLET] = JOIN, /* WB13a */
		},
	[WP_WB_EXTENDNUMLET] =
		{
			[WP_WB_EXTENDNUMLET] = JOIN, /* WB13a */
			[WP_WB_ALETTER] = JOIN,      /* WB13b */
			[WP_WB_HEBREW_LETTER] = JOIN,
			[WP_WB_NUMERIC] = JOIN,
			[WP_WB_KATAKANA] = JOIN,
		},
	[WP_WB_MIDLETTER] =
		{
			[WP_WB_ALETTER] = IF_LETTER_BEFORE, /* WB7 */
			[WP_WB_HEBREW_LETTER] = IF_LETTER_BEFORE,
		},
	[WP_WB_MIDNUM] = {[WP_WB_NUMERIC] = IF_DIGIT_BEFORE}, /* WB11 */
	[WP_WB_MIDNUMLET] =
		{
			[WP_WB_ALETTER] = IF_LETTER_BEFORE, /* WB7 */
			[WP_WB_HEBREW_LETTER] = IF_LETTER_BEFORE,
			[WP_WB_NUMERIC] = IF_DIGIT_BEFORE, /* WB11 */
		},
	[WP_WB_SINGLE_QUOTE] =
		{
			[WP_WB_ALETTER] = IF_LETTER_BEFORE, /* WB7 */
			[WP_WB_HEBREW_LETTER] = IF_LETTER_BEFORE,
			[WP_WB_NUMERIC] = IF_DIGIT_BEFORE, /* WB11 */
		},
	[WP_WB_DOUBLE_QUOTE] = {[WP_WB_HEBREW_LETTER] = IF_HEBREW_BEFORE},  /* WB7c */
	[WP_WB_REGIONAL_INDICATOR] = {[WP_WB_REGIONAL_INDICATOR] = IF_ODD}, /* WB15 */
};

/* Does nothing attach to this class (WB3a, and WB4's exception)? */
static bool is_edge(unsigned word_class)
{
	return word_class == WP_WB_START || word_class == WP_WB_CR || word_class == WP_WB_LF ||
		word_class == WP_WB_NEWLINE;
}

static bool was_before(const struct wp_word_state *state, unsigned link, unsigned touching)
{
	switch (link) {
	case IF_LETTER_BEFORE:
		return state->before == WP_WB_ALETTER || state->before == WP_WB_HEBREW_LETTER;
	case IF_HEBREW_BEFORE:
		return state->before == WP_WB_HEBREW_LETTER;
	case IF_DIGIT_BEFORE:
		return state->before == WP_WB_NUMERIC;
	case IF_ODD:
		return state->odd;
	default:
		return touching == WP_WB_WSEGSPACE; /* IF_TOUCHING */
	}
}

enum wp_word_link wp_word_step_hard(struct wp_word_state *state, struct wp_char c)
{
	unsigned touching = state->touching;
	state->touching = c.word;
	if (wp_word_ignored(c.word)) {
		if (!is_edge(state->last))
			return WP_LINK_JOIN;
		state->before = state->last;
		state->last = WP_WB_OTHER;
		return WP_LINK_BREAK;
	}
	unsigned link = wp_word_links[state->last][c.word];
	if (touching == WP_WB_ZWJ && c.flags & WP_CHAR_PICTOGRAPH)
		link = WP_LINK_JOIN; /* WB3c */
	if (link > WP_LINK_IF_DIGIT_NEXT)
		link = was_before(state, link, touching) ? WP_LINK_JOIN : WP_LINK_BREAK;
	state->odd = c.word == WP_WB_REGIONAL_INDICATOR &&
		!(state->last == WP_WB_REGIONAL_INDICATOR && state->odd);
	state->before = state->last;
	state->last = c.word;
	return (enum wp_word_link)link;
}

void wp_word_breaks(const uint32_t *text, size_t n, bool *breaks)
{
	struct wp_word_state state = wp_word_start;
	for (size_t i = 0; i < n; i++) {
		enum wp_word_link link = wp_word_step(&state, wp_char(text[i]));
		unsigned next = WP_WB_START;
		for (size_t k = i + 1; link > WP_LINK_JOIN && k < n; k++) {
			next = wp_char(text[k]).word;
			if (!wp_word_ignored(next))
				break;
		}
		breaks[i] = !wp_word_link_holds(link, next);
	}
}

/* --- sentences -------------------------------------------------------------------------- */

static bool is_paragraph_separator(unsigned c)
{
	return c == WP_SB_SEP || c == WP_SB_CR || c == WP_SB_LF;
}

static bool is_terminator(unsigned c)
{
	return c == WP_SB_ATERM || c == WP_SB_STERM;
}

/* SB8: after a full stop, is a lower-case letter the first thing of consequence? */
static bool goes_on_in_lower_case(const uint32_t *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned c = wp_char(text[i]).sentence;
		if (c == WP_SB_LOWER)
			return true;
		if (c == WP_SB_OLETTER || c == WP_SB_UPPER || is_paragraph_separator(c) ||
			is_terminator(c))
			return false;
	}
	return false;
}

/* How far we are in SATerm Close* Sp*, the end of a sentence. */
enum ending { NO_ENDING, AFTER_TERMINATOR, AFTER_CLOSE, AFTER_SPACE };

void wp_sentence_breaks(const uint32_t *text, size_t n, bool *breaks)
{
	enum ending ending = NO_ENDING;
	bool full_stop = false;     /* the terminator is an ATerm                */
	bool letter_before = false; /* ... and stands after a letter with a case */
	unsigned last = WP_SB_SEP;  /* class of the last character, SB5 heeded    */
	for (size_t i = 0; i < n; i++) {
		unsigned c = wp_char(text[i]).sentence;
		if (is_paragraph_separator(last)) {
			breaks[i] =
				i == 0 || !(last == WP_SB_CR && c == WP_SB_LF); /* SB3, SB4 */
			ending = NO_ENDING;
		} else if (c == WP_SB_EXTEND || c == WP_SB_FORMAT) {
			breaks[i] = false; /* SB5 */
			continue;
		} else if (ending == NO_ENDING || c == WP_SB_SP || is_paragraph_separator(c) ||
			c == WP_SB_SCONTINUE || is_terminator(c)) {
			breaks[i] = false; /* SB8a, SB9, SB10, SB998 */
		} else if (c == WP_SB_CLOSE && ending != AFTER_SPACE) {
			breaks[i] = false; /* SB9 */
		} else {
			bool number =
				ending == AFTER_TERMINATOR && c == WP_SB_NUMERIC; /* SB6 */
			bool acronym = ending == AFTER_TERMINATOR && letter_before &&
				c == WP_SB_UPPER; /* SB7 */
			breaks[i] = !(full_stop &&
				(number || acronym || goes_on_in_lower_case(text + i, n - i)));
		}

		if (is_terminator(c)) {
			ending = AFTER_TERMINATOR;
			full_stop = c == WP_SB_ATERM;
			letter_before = last == WP_SB_UPPER || last == WP_SB_LOWER;
		} else if (c == WP_SB_CLOSE && ending != NO_ENDING && ending != AFTER_SPACE) {
			ending = AFTER_CLOSE;
		} else if (c == WP_SB_SP && ending != NO_ENDING) {
			ending = AFTER_SPACE;
		} else {
			ending = NO_ENDING;
		}
		last = c;
	}
}

/* --- grapheme clusters ------------------------------------------------------------------ */

void wp_grapheme_breaks(const uint32_t *text, size_t n, bool *breaks)
{
	utf8proc_int32_t state = 0;
	for (size_t i = 0; i < n; i++)
		breaks[i] = i == 0 ||
			utf8proc_grapheme_break_stateful((utf8proc_int32_t)text[i - 1],
				(utf8proc_int32_t)text[i], &state);
}
