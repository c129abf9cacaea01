/* Sentences of text: by UAX #29, tailored.
 *
 * The rules of UAX #29 are kept, but for these, each of which the page tokenize(1) describes:
 * a full stop after an abbreviation, an initial or an acronym; between letters or digits; marks
 * within addresses; footnotes behind the mark; quoted speech that continues in lower case;
 * dashes that begin speech; an ellipsis before a capital; a number behind the full stop.
 *
 * What has been read so far is enough to find the ends of all sentences but the last few: text
 * comes in pieces of any size, and memory is bounded by a sentence.
 */
#ifndef WP_TEXT_SENTENCES_H
#define WP_TEXT_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/abbreviations.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How sentences are found; zeroed: by the rules of UAX #29 as they stand. */
struct wp_sentence_rules {
	bool tailored; /* with the rules above                                          */
	bool chat;     /* a sentence may begin in lower case after a longer word        */
	const struct wp_abbreviations *abbreviations; /* or NULL; borrowed               */
	const struct wp_language *language; /* whose marks and numbers count; or NULL    */
};

/* Where the first sentence of the text, clean UTF-8, ends: its bytes, with the white space and
 * line end behind it; n if the text ends with it.  0 where that depends on what follows the
 * text, which `last` says is nothing. */
size_t wp_sentence_end(
	const struct wp_sentence_rules *rules, const char *text, size_t n, bool last);

#ifdef __cplusplus
}
#endif
#endif
