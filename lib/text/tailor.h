/* Words by UAX #29, tailored: to the web, and to a language.  (Internal.) */
#ifndef WP_TEXT_TAILOR_H
#define WP_TEXT_TAILOR_H

#include <stdbool.h>
#include <stddef.h>

#include "text/abbreviations.h"
#include "text/dictionary.h"
#include "text/languages.h"

/* The words of the text of a dictionary's scripts at which we are.  Zeroed at first. */
struct wp_dictionary_run {
	const char *begin, *end;
	bool *cuts; /* by byte; owned */
	size_t room;
	enum wp_err err; /* of the dictionary; the detail is that of wp_fail */
};

/* All pointers are borrowed, and may be NULL. */
struct wp_tailoring {
	bool web;
	bool numbers; /* digits are joined by - / :, as with the web */
	enum wp_hyphens hyphens;
	const struct wp_language *language;
	const struct wp_abbreviations *abbreviations; /* whose full stops are theirs */
	struct wp_dictionary *dictionary;
	struct wp_dictionary_run *run; /* where there is a dictionary */
};

static inline bool wp_is_tailored(const struct wp_tailoring *t)
{
	return t->web || t->language || t->hyphens == WP_HYPHENS_KEEP;
}

/* Text between two stretches of white space, and what comes behind it. */
struct wp_chunk {
	const char *begin, *end;
	const char *text_end;   /* of the line or sentence, which continues behind the chunk */
	const char *text_begin; /* of what stands before it, or NULL                         */
};

/* The bytes of the token that begins at p, within the chunk. */
size_t wp_tailored_token(
	const struct wp_tailoring *tailoring, const struct wp_chunk *chunk, const char *p);

/* Does the full stop at p, which ends a chunk or stands before a mark that does, belong to the
 * abbreviation or ordinal number [word, p)? */
bool wp_owns_full_stop(const struct wp_tailoring *tailoring, const struct wp_chunk *chunk,
	const char *word, const char *p);

#endif
