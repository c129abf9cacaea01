/* From paragraphs to lines: text comes in pieces, and goes as its sentences, each of them ended
 * by LF.  (Internal.)
 */
#ifndef WP_TEXT_PARAGRAPHS_H
#define WP_TEXT_PARAGRAPHS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "text/sentence_stops.h"

enum { WP_LONGEST_SENTENCE = 1 << 20 }; /* bytes; what is longer is cut */

/* Zeroed, and then set up by setting the first two members. */
struct wp_paragraphs {
	struct wp_sentence_rules rules; /* tailored */
	wp_ascii_stops_fn *find_stops;

	/* The sentences found: lines that end with LF, empty ones among them.  Owned here; the
	 * user sets the length to 0 when they have been dealt with. */
	char *lines;
	size_t length, room;

	char *open; /* the sentence whose end has not been found */
	size_t open_length, open_room;
	size_t tried; /* bytes of it in which there is no end     */

	struct wp_ascii_stops *stops; /* of the text at hand */
	size_t stops_room;
};

void wp_paragraphs_fini(struct wp_paragraphs *paragraphs);

/* Add a piece of clean text, which holds only whole characters; `last` ends the text. */
WP_MUST_CHECK enum wp_err wp_paragraphs_add(
	struct wp_paragraphs *paragraphs, const char *text, size_t n, bool last);

#endif
