#include "text/token_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/token_text.h"

void wp_token_writer_fini(struct wp_token_writer *w)
{
	free(w->bytes);
}

enum wp_err wp_token_writer_reserve(struct wp_token_writer *w, size_t n)
{
	return wp_grow(&w->bytes, &w->room, w->length + n, 1, "token text");
}

/* Write the token in escaped form; the end of it. */
static char *write_changed(
	const struct wp_token_writer *w, const char *token, const char *end, char *out)
{
	bool after_cased = false;
	while (token < end) {
		char changed[4];
		uint32_t c = wp_utf8_next(&token);
		size_t n = wp_utf8_encode(
			wp_token_writer_change(w, c, after_cased, token, end), changed);
		out += wp_token_escape(changed, n, out);
		after_cased = wp_after_cased(c, after_cased);
	}
	return out;
}

enum wp_err wp_token_writer_put(struct wp_token_writer *w, const char *token, size_t n)
{
	enum { CHANGE_GROWTH = 2 }; /* the lower-case letters of U+023A and U+023E are longer */
	enum wp_err err = wp_token_writer_reserve(w, 1 + n * CHANGE_GROWTH * WP_ESCAPE_GROWTH);
	if (err)
		return err;
	char *out = w->bytes + w->length;
	if (!w->line_empty)
		*out++ = ' ';
	if (w->lower || w->fold_digits)
		out = write_changed(w, token, token + n, out);
	else
		out += wp_token_escape(token, n, out);
	w->length = (size_t)(out - w->bytes);
	w->line_empty = false;
	w->tokens++;
	return WP_OK;
}

enum wp_err wp_token_writer_raw(struct wp_token_writer *w, const char *bytes, size_t n)
{
	enum wp_err err = wp_token_writer_reserve(w, n);
	if (!err && n > 0) {
		memcpy(w->bytes + w->length, bytes, n);
		w->length += n;
	}
	return err;
}

enum wp_err wp_token_writer_end_line(struct wp_token_writer *w)
{
	enum wp_err err = WP_OK;
	if (!w->line_empty || w->keep_lines) {
		err = wp_token_writer_raw(w, "\n", 1);
		w->lines++;
	}
	w->line_empty = true;
	return err;
}
