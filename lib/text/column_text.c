#include "text/column_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void wp_column_text_fini(struct wp_column_text *t)
{
	free(t->bytes);
	free(t->place);
	free(t->fields);
	free(t->whole);
	*t = (struct wp_column_text){0};
}

static enum wp_err keep_place(struct wp_column_text *t, size_t n, size_t begin, size_t length)
{
	enum wp_err err =
		wp_grow(&t->place, &t->place_room, n + 2, sizeof *t->place, "a sentence");
	if (err)
		return err;
	t->place[n] = begin;
	t->place[n + 1] = length;
	return WP_OK;
}

/* Note where the fields of the line stand whose copy begins at `base`. */
static enum wp_err cut(
	struct wp_column_text *t, const char *line, size_t n, size_t base, size_t *places)
{
	bool by_tabs = memchr(line, '\t', n) != NULL;
	size_t fields = 0, at = 0;
	enum wp_err err = keep_place(t, *places, base, n);
	*places += 2;
	while (at <= n && !err) {
		while (!by_tabs && at < n && line[at] == ' ')
			at++;
		if (!by_tabs && at == n)
			break;
		const char *end = memchr(line + at, by_tabs ? '\t' : ' ', n - at);
		size_t length = end ? (size_t)(end - line) - at : n - at;
		fields++;
		if (length == 0)
			return wp_fail(WP_ECORRUPT,
				"%s: nothing in column %zu (line %" PRIu64 ")",
				wp_input_name(t->lines.input), fields, t->lines.number);
		err = keep_place(t, *places, base + at, length);
		*places += 2;
		at += length + 1;
	}
	if (err)
		return err;
	if (t->columns == 0)
		t->columns = fields;
	if (fields != t->columns)
		return wp_fail(WP_ECORRUPT,
			"%s: %zu column%s, and %zu in the lines before (line %" PRIu64 ")",
			wp_input_name(t->lines.input), fields, fields == 1 ? "" : "s",
			t->columns, t->lines.number);
	return WP_OK;
}

static enum wp_err finish(struct wp_column_text *t, struct wp_column_sentence *s, size_t places)
{
	size_t each = 2 * (t->columns + 1);
	s->tokens = places / each;
	s->columns = t->columns;
	enum wp_err err = wp_grow(&t->fields, &t->field_room, s->tokens * s->columns + 1,
		sizeof *t->fields, "a sentence");
	if (!err)
		err = wp_grow(&t->whole, &t->whole_room, s->tokens + 1, sizeof *t->whole,
			"a sentence");
	for (size_t i = 0; i < s->tokens && !err; i++) {
		const size_t *p = t->place + i * each;
		t->whole[i] = (struct wp_field){t->bytes + p[0], p[1]};
		for (size_t c = 0; c < s->columns; c++)
			t->fields[i * s->columns + c] =
				(struct wp_field){t->bytes + p[2 * c + 2], p[2 * c + 3]};
	}
	s->fields = t->fields;
	s->lines = t->whole;
	return err;
}

enum wp_err wp_column_text_next(struct wp_column_text *t, struct wp_column_sentence *s)
{
	*s = (struct wp_column_sentence){0};
	size_t places = 0;
	t->used = 0;
	for (;;) {
		const char *line;
		size_t n;
		enum wp_err err = wp_lines_next(&t->lines, &line, &n);
		if (err == WP_END) {
			return places ? finish(t, s, places) : WP_END;
		}
		if (err)
			return err;
		n = wp_line_trim(line, n);
		if (n == 0 && places == 0) {
			s->blank_before++;
			continue;
		}
		if (n == 0) {
			s->blank_after = 1;
			return finish(t, s, places);
		}
		if (places == 0)
			s->line = t->lines.number;
		err = wp_grow(&t->bytes, &t->room, t->used + n, 1, "a sentence");
		if (err)
			return err;
		memcpy(t->bytes + t->used, line, n);
		err = cut(t, line, n, t->used, &places);
		if (err)
			return err;
		t->used += n;
	}
}
