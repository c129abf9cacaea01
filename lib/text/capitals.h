/* How a token is capitalised: what networks read where words are in lower case or seldom, as a
 * column of the text with few values (Collobert et al. 2011, Natural language processing
 * (almost) from scratch, section 3.2).
 */
#ifndef WP_TEXT_CAPITALS_H
#define WP_TEXT_CAPITALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_capitals {
	WP_CAPITALS_NONE,    /* no letter that has case: "1999", ",", and special tokens     */
	WP_CAPITALS_LOWER,   /* "rate"                                                        */
	WP_CAPITALS_INITIAL, /* the first character alone is a capital: "Rate", "I", "U.s."   */
	WP_CAPITALS_ALL,     /* two capitals or more, and no small letter: "NATO", "U.S."     */
	WP_CAPITALS_MIXED    /* "McDonald", "iPhone"                                          */
};

/* "none", "lower", "initial", "all", "mixed"; ended by NULL. */
extern const char *const wp_capitals_names[];

/* Of a token in UTF-8. */
enum wp_capitals wp_capitals_of(const char *token, size_t length);

/* The names as a list; *of (vocab->count, malloc'ed): the place there of each token of a
 * vocabulary.  On failure both are empty. */
WP_MUST_CHECK enum wp_err wp_capitals_list(
	const struct wp_strings *vocab, struct wp_strings *names, int32_t **of);

#ifdef __cplusplus
}
#endif
#endif
