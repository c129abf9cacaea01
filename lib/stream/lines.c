#include "stream/lines.h"

#include <string.h>

enum wp_err wp_lines_next(struct wp_lines *l, const char **line, size_t *length)
{
	wp_input_skip(l->input, l->used);
	l->used = 0;
	const char *end = NULL;
	size_t want = 1, seen = 0;
	do {
		enum wp_err err = wp_input_peek(l->input, want, &l->data, &l->have);
		if (err)
			return err;
		if (l->have == seen)
			break; /* no more is coming */
		end = memchr(l->data + seen, '\n', l->have - seen);
		seen = l->have;
		want = l->have + l->have / 2 + 1; /* long lines: look at each byte once */
	} while (!end);
	if (l->have == 0)
		return WP_END;
	*line = l->data;
	*length = end ? (size_t)(end - l->data) : l->have;
	l->used = *length + (end != NULL);
	l->number++;
	return WP_OK;
}

bool wp_lines_ready(const struct wp_lines *l)
{
	return l->have > l->used && memchr(l->data + l->used, '\n', l->have - l->used);
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

size_t wp_line_trim(const char *line, size_t length)
{
	while (length > 0 && is_white(line[length - 1]))
		length--;
	return length;
}

size_t wp_line_field(const char **line, const char *end, const char **field)
{
	const char *p = *line;
	while (p < end && is_white(*p))
		p++;
	*field = p;
	while (p < end && !is_white(*p))
		p++;
	*line = p;
	return (size_t)(p - *field);
}
