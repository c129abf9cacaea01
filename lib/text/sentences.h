/* Sentences of a paragraph: by UAX #29, and not after the usual abbreviations of English. */
#ifndef WP_TEXT_SENTENCES_H
#define WP_TEXT_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed at first. */
struct wp_sentences {
	size_t count;
	size_t *end; /* byte offsets: sentence i ends at end[i], where the next one begins */

	/* Scratch: the text's code points, and the byte at which each begins. */
	uint32_t *code_points;
	size_t *starts;
	bool *breaks;
	size_t code_points_room, starts_room, breaks_room, end_room;
};

void wp_sentences_fini(struct wp_sentences *sentences);

/* Part the text, well-formed UTF-8 of n bytes, into sentences, which keep the white space
 * behind them.  A text of n = 0 has none. */
WP_MUST_CHECK enum wp_err wp_sentences_find(
	struct wp_sentences *sentences, const char *text, size_t n);

#ifdef __cplusplus
}
#endif
#endif
