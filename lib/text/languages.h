/* What the tokenizer knows of languages: one row of a table for each. */
#ifndef WP_TEXT_LANGUAGES_H
#define WP_TEXT_LANGUAGES_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum wp_language_trait {
	WP_LANGUAGE_ORDINALS = 1,  /* "3." is an ordinal number: am 3. Mai              */
	WP_LANGUAGE_SEMICOLON = 2, /* ";" is the question mark                          */
	WP_LANGUAGE_HYPHENS = 4,   /* words with hyphens are one token                  */
	WP_LANGUAGE_DOTLESS_I =
		8, /* I and i are two letters: capital, with and without a dot */
	WP_LANGUAGE_NO_SPACES = 16, /* words are found with a dictionary                 */
	WP_LANGUAGE_COLONS = 32,    /* endings follow a colon: EU:n                      */
};

enum wp_hyphens {
	WP_HYPHENS_BY_LANGUAGE, /* as the unit and the language have it   */
	WP_HYPHENS_KEEP,        /* words with hyphens are one token       */
	WP_HYPHENS_SPLIT,       /* a hyphen between letters is a token    */
};

/* Words are separated by spaces, and written without a final full stop. */
struct wp_language {
	const char *code; /* ISO 639-1 */
	const char *name; /* in English */
	unsigned traits;  /* set of wp_language_trait */
	const char *never_last, *may_be_last, *last_before_capital, *before_number, *openers,
		*sayings;
	/* Words before whose apostrophe ends a token, as "l" in l'homme; "*": any letters. */
	const char *elided;
	const char *not_elided; /* words with an apostrophe that are one token all the same */
	const char *apocopes;   /* words whose apostrophe at the end belongs to them, as po' */
	const char *enclitics;  /* parts behind a hyphen that are tokens, as "-t-il" */
};

/* The language of that code, or NULL. */
const struct wp_language *wp_language_find(const char *code);

/* The codes of all, with spaces between. */
const char *wp_language_codes(void);

/* Of the table, the i-th from 0, or NULL. */
const struct wp_language *wp_language_at(size_t i);

#ifdef __cplusplus
}
#endif
#endif
