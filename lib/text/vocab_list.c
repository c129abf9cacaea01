#include "text/vocab_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/kind.h"
#include "stream/lines.h"
#include "text/token_text.h"

enum { COUNT_ROOM = 32 }; /* of a count with what stands round it, and the NUL of snprintf */

enum wp_err wp_vocab_list_write(struct wp_output *output, const struct wp_strings *tokens,
	const int64_t *counts, char separator)
{
	for (size_t i = 0; i < tokens->count; i++) {
		size_t length;
		const char *token = wp_strings_get(tokens, i, &length);
		char *room;
		enum wp_err err = wp_output_reserve(
			output, length * WP_ESCAPE_GROWTH + COUNT_ROOM, &room);
		if (err)
			return err;
		size_t n = wp_token_escape(token, length, room);
		n += (size_t)snprintf(
			room + n, COUNT_ROOM, "%c%" PRId64 "\n", separator, counts[i]);
		wp_output_advance(output, n);
	}
	return WP_OK;
}

static bool parse_count(const char *digits, const char *end, int64_t *count)
{
	int64_t value = 0;
	if (digits == end)
		return false;
	for (; digits < end; digits++) {
		int digit = *digits - '0';
		if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*count = value;
	return true;
}

/* A token with its escapes undone; one that another program wrote may have a backslash that
 * begins none, and is taken as it stands. */
static enum wp_err add_token(struct wp_strings *tokens, const char *text, size_t length)
{
	if (!memchr(text, '\\', length))
		return wp_strings_add(tokens, text, length);
	char *plain;
	size_t plain_length;
	enum wp_err err = wp_alloc(&plain, length, 1, "token");
	if (err)
		return err;
	if (wp_token_unescape(text, length, plain, &plain_length))
		err = wp_strings_add(tokens, text, length);
	else
		err = wp_strings_add(tokens, plain, plain_length);
	free(plain);
	return err;
}

/* The first line decides whether the list has counts; *plain: it has none. */
static enum wp_err add_line(struct wp_strings *tokens, int64_t **counts, size_t *room,
	const struct wp_lines *lines, const char *line, size_t length, bool *plain)
{
	size_t end = wp_line_trim(line, length), at = end;
	while (at > 0 && line[at - 1] != '\t' && line[at - 1] != ' ')
		at--;
	int64_t count = 0;
	bool counted = at >= 2 && parse_count(line + at, line + end, &count);
	if (lines->number == 1)
		*plain = at == 0 && end > 0;
	if (*plain && at == 0) {
		if (end == 0) /* an empty line */
			return WP_OK;
		at = end + 1;
	} else if (*plain)
		return wp_fail(WP_ECORRUPT,
			"%s: more than a token, in a list that began without counts (line "
			"%" PRIu64 ")",
			wp_input_name(lines->input), lines->number);
	else if (!counted)
		return wp_fail(WP_ECORRUPT, "%s: no token and count (line %" PRIu64 ")",
			wp_input_name(lines->input), lines->number);
	enum wp_err err =
		wp_grow(counts, room, tokens->count + 1, sizeof **counts, "vocabulary");
	if (err)
		return err;
	(*counts)[tokens->count] = count;
	return add_token(tokens, line, at - 1);
}

enum { LOOKED_AT = 4096 }; /* bytes, to tell what a file is that is no list */

enum wp_err wp_vocab_list_read(
	struct wp_input *input, struct wp_strings *tokens, int64_t **counts)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length, room = 0;
	bool plain = false;
	enum wp_err err;
	*tokens = (struct wp_strings){0};
	*counts = NULL;
	const char *data;
	size_t have;
	if ((err = wp_input_peek(input, LOOKED_AT, &data, &have)))
		return err;
	const struct wp_kind *kind = wp_kind_of(data, have);
	while (!(err = wp_lines_next(&lines, &line, &length))) {
		err = add_line(tokens, counts, &room, &lines, line, length, &plain);
		if (err)
			break;
	}
	if (err == WP_END)
		return WP_OK;
	/* A list of tokens and counts is a table, too: then the line says more. */
	bool list =
		kind && kind->format && strcmp(kind->format, "tsv") == 0 && lines.number > 1;
	if (err == WP_ECORRUPT && kind && kind->format && !list)
		err = wp_kind_refuse(input, kind, "a vocabulary");
	wp_strings_fini(tokens);
	free(*counts);
	*counts = NULL;
	return err;
}
