/* Text input line by line, of any length, with line numbers for messages. */
#ifndef WP_STREAM_LINES_H
#define WP_STREAM_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/input.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Begin with {.input = input}; the input stays the caller's. */
struct wp_lines {
	struct wp_input *input;
	uint64_t number;   /* of the line last given; the first is 1 */
	size_t used, have; /* internal */
	const char *data;
};

/* The next line without its LF; the last one may have none.  Borrowed until the next call.
 * WP_END after the last. */
WP_MUST_CHECK enum wp_err wp_lines_next(
	struct wp_lines *lines, const char **line, size_t *length);

/* Is another whole line there already, so that wp_lines_next will not wait for input? */
bool wp_lines_ready(const struct wp_lines *lines);

/* The length of the line without white space (space, tab, CR) at its end. */
size_t wp_line_trim(const char *line, size_t length);

/* The next field of a line: skip white space at *line, take all up to the next white space,
 * move *line behind it.  Its length, 0 at the end of the line. */
size_t wp_line_field(const char **line, const char *end, const char **field);

#ifdef __cplusplus
}
#endif
#endif
