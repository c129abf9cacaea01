/* Words of text: by UAX #29, tailored or not, or all that stands between white space.
 * (Internal.)
 *
 * White space of every kind, U+200B and control characters part words and are never in one;
 * between them each segment between two word boundaries is a token, so punctuation is too.
 */
#ifndef WP_TEXT_WORDS_H
#define WP_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "base/error.h"
#include "text/ascii_find.h"
#include "text/ascii_words.h"
#include "text/normalize.h"
#include "text/tailor.h"
#include "text/token_writer.h"

struct wp_words {
	bool whole; /* part words at white space only */
	struct wp_tailoring tailoring;
	wp_ascii_words_fn *ascii;
	wp_ascii_find_fn *find;
	struct wp_normalizer *normalizer;
	struct wp_token_writer *writer;
	uint64_t no_spaces; /* characters of scripts without spaces, no dictionary at hand */
};

/* The kernel for an instruction set. */
wp_ascii_words_fn *wp_ascii_words_for(enum wp_isa isa);

/* Write the words of text, which may have several lines; a line's end is written with it, a
 * line that is not ended by LF is left open.  The text must not begin or end within a word.
 * offset is where it stands in its input. */
WP_MUST_CHECK enum wp_err wp_words_write(
	struct wp_words *words, const char *text, size_t n, uint64_t offset);

#endif
