/* Text in columns, as the shared tasks of CoNLL have it: a line for each token, whose fields
 * are separated by tabs, or where the line has none, by spaces; and an empty line after each
 * sentence.
 *
 *	struct wp_column_text text = {.lines = {.input = input}};
 *	while (!(err = wp_column_text_next(&text, &sentence)))
 *		...
 *	wp_column_text_fini(&text);
 */
#ifndef WP_TEXT_COLUMN_TEXT_H
#define WP_TEXT_COLUMN_TEXT_H

#include "stream/lines.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A piece of a line; not ended by a NUL. */
struct wp_field {
	const char *text;
	size_t length;
};

/* What a sentence has; borrowed until the next one is read. */
struct wp_column_sentence {
	size_t tokens, columns;
	const struct wp_field *fields; /* (tokens, columns) */
	const struct wp_field *lines;  /* (tokens): the whole line, without what ends it  */
	size_t blank_before; /* empty lines before the sentence                       */
	size_t blank_after;  /* 1: an empty line ends it; 0: the end of the text does */
	uint64_t line;       /* of the first token                                    */
};

struct wp_column_text {
	struct wp_lines lines; /* its input stays the caller's */
	size_t columns;        /* that each line has; 0: as many as the first one has */
	/* Internal. */
	char *bytes;
	size_t used, room;
	size_t *place, place_room; /* beginnings and lengths of fields and lines */
	struct wp_field *fields;
	size_t field_room;
	struct wp_field *whole;
	size_t whole_room, blank;
};

void wp_column_text_fini(struct wp_column_text *text);

/* The next sentence, which has at least one token.  WP_END after the last; then
 * sentence->blank_before is how many empty lines stand at the end.  WP_ECORRUPT for a line with
 * another number of columns than the lines before, and for an empty field. */
WP_MUST_CHECK enum wp_err wp_column_text_next(
	struct wp_column_text *text, struct wp_column_sentence *sentence);

#ifdef __cplusplus
}
#endif
#endif
