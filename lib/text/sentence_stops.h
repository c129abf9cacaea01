/* Sentences of text whose stops are known.  (Internal.) */
#ifndef WP_TEXT_SENTENCE_STOPS_H
#define WP_TEXT_SENTENCE_STOPS_H

#include "base/cpu.h"
#include "text/ascii_stops.h"
#include "text/sentences.h"

/* What a kernel has found in a text. */
struct wp_stops {
	const char *text;
	const struct wp_ascii_stops *found;
};

/* The kernel for an instruction set. */
wp_ascii_stops_fn *wp_ascii_stops_for(enum wp_isa isa);

/* The same as wp_sentence_end for text within that of the stops, which tailored rules ask for.
 */
size_t wp_sentence_end_by_stops(const struct wp_sentence_rules *rules,
	const struct wp_stops *stops, const char *text, size_t n, bool last);

#endif
