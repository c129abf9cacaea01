/* Feature templates, in the language of CRF++.
 *
 * A file of templates has one a line; empty lines and those that begin with # are left out.
 *
 *	U...     an attribute of the token, made of the rest of the line
 *	B        transitions: how one tag follows another
 *	B...     with macros: how one tag follows another where the token has this attribute
 *	V...     with one macro: the word vector of what the macro stands for
 *	R...     with one macro %x: the number that stands there, as a value of its own
 *
 * In it stand macros, with a row counted from the token and a column counted from 0:
 *
 *	%x[R,C]             what stands there
 *	%m[R,C,"PATTERN"]   the part of it that the pattern matches (crf/crf_pattern.h), or
 * nothing %t[R,C,"PATTERN"]   true or false: does the pattern match? %X %M %T            the
 * same of the text in lower case
 *
 * Before the first token and behind the last one stand _B-1, _B-2 ... and _B+1, _B+2 ...
 */
#ifndef WP_CRF_TEMPLATE_H
#define WP_CRF_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "stream/input.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	WP_CRF_MACROS = 8,    /* in one template, at most                      */
	WP_CRF_ROWS = 64,     /* that a macro may look back or ahead, at most  */
	WP_CRF_COLUMNS = 1000 /* at most                                       */
};

/* What a macro reads from a token: a column, or something made of it. */
struct wp_crf_source {
	int column;
	char function; /* x, m or t */
	bool lower;
	char *pattern; /* NULL for x */
};

struct wp_crf_macro {
	int row;
	int source;
};

struct wp_crf_template {
	char kind; /* U, B, V or R */
	int group; /* templates of one group differ in their macros alone, and share attributes
		    */
	int count;
	struct wp_crf_macro macro[WP_CRF_MACROS];
};

/* A zeroed struct has none. */
struct wp_crf_templates {
	struct wp_strings lines; /* as they stood, without comments                      */
	struct wp_crf_template *templates;
	size_t count, template_room;
	struct wp_crf_source *sources;
	size_t source_count, source_room;
	struct wp_strings groups; /* the text of each, with a NUL for each macro          */
	bool transitions;         /* there is a B without macros                          */
	int columns;              /* that the macros read, at least: the highest plus one */
	size_t vectors, numbers, pairs; /* templates of kind V, R, and B with macros      */
};

void wp_crf_templates_fini(struct wp_crf_templates *t);

/* Add a line.  WP_EINVAL says what is wrong with it. */
WP_MUST_CHECK enum wp_err wp_crf_templates_add(
	struct wp_crf_templates *t, const char *line, size_t n);

/* Add all lines of a file; the detail names the file and the line.  WP_ECORRUPT for a line that
 * is no template, and where there is none. */
WP_MUST_CHECK enum wp_err wp_crf_templates_read(
	struct wp_crf_templates *t, struct wp_input *input);

/* The templates that are taken where none are given, for tokens of so many columns: words,
 * pairs, beginnings and ends of words and their shape; of each further column values, pairs and
 * triples; with vectors those of the word and of the words beside it. */
WP_MUST_CHECK enum wp_err wp_crf_templates_default(
	struct wp_crf_templates *t, int columns, bool vectors);

#ifdef __cplusplus
}
#endif
#endif
