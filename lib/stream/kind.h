/* What a file is, by its first bytes: so that a program that is given something else than it
 * reads can say what it was given, and which command makes it right.  (Internal.) */
#ifndef WP_STREAM_KIND_H
#define WP_STREAM_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "stream/input.h"

struct wp_kind {
	const char *what;    /* "compressed by bzip2"                                      */
	const char *command; /* "bzip2 -dc", to which the file's name is added; or NULL     */
	const char *effect;  /* "expands it"                                                */
	const char *format;  /* what ts-convert --from calls it; NULL where it reads it not */
};

/* The kind of binary file, or of text in another encoding than UTF-8, that begins with these
 * bytes; NULL where it is none that is known, as text is. */
const struct wp_kind *wp_kind_of_binary(const char *data, size_t have);

/* The same for text as well: tables and vectors are told from other text. */
const struct wp_kind *wp_kind_of(const char *data, size_t have);

/* Is it a table of numbers without names for its columns? */
bool wp_kind_is_bare(const struct wp_kind *kind);

/* Could more bytes than these tell what it is? */
bool wp_kind_is_open(const char *data, size_t have);

/* WP_ECORRUPT and "FILE: KIND, not EXPECTED: 'COMMAND FILE' EFFECT"; "FILE: not EXPECTED" where
 * the kind is NULL. */
enum wp_err wp_kind_refuse(
	const struct wp_input *input, const struct wp_kind *kind, const char *expected);

#endif
