/* Abbreviations learnt from the very text, in any language with spaces: T. Kiss and J. Strunk,
 * Unsupervised Multilingual Sentence Boundary Detection, Computational Linguistics 32(4), 2006.
 *
 * A type of word is an abbreviation if it is short, if it nearly always has a full stop (a
 * likelihood ratio of that against the share of full stops in the text), and the more so if it
 * has some within.  Words that begin sentences are those which are written small elsewhere, and
 * hardly ever with a capital within sentences.
 */
#ifndef WP_TEXT_PUNKT_H
#define WP_TEXT_PUNKT_H

#include <stddef.h>

#include "base/error.h"
#include "text/abbreviations.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_punkt;

WP_MUST_CHECK enum wp_err wp_punkt_create(struct wp_punkt **punkt);
void wp_punkt_free(struct wp_punkt *punkt); /* may be NULL */

/* Look at n bytes of text; words may continue from one call to the next. */
WP_MUST_CHECK enum wp_err wp_punkt_feed(struct wp_punkt *punkt, const char *text, size_t n);

/* Add what the text has taught: abbreviations that may end sentences, and words that begin
 * them.  *learnt is the number of abbreviations. */
WP_MUST_CHECK enum wp_err wp_punkt_learn(
	struct wp_punkt *punkt, struct wp_abbreviations *abbreviations, size_t *learnt);

#ifdef __cplusplus
}
#endif
#endif
