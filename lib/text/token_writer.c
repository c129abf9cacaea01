#include "text/token_writer.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/token_text.h"

void wp_token_writer_fini(struct wp_token_writer *w)
{
	free(w->bytes);
	free(w->changed);
}

enum wp_err wp_token_writer_reserve(struct wp_token_writer *w, size_t n)
{
	return wp_grow(&w->bytes, &w->room, w->length + n, 1, "token text");
}

/* Marks that accents are made of, and points that are read without: of Latin, Greek, Cyrillic,
 * Hebrew and Arabic letters.  The vowel signs of Indic scripts are no accents. */
static bool is_accent(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36F) || (c >= 0x483 && c <= 0x487) ||
		(c >= 0x591 && c <= 0x5C7 && c != 0x5BE && c != 0x5C0 && c != 0x5C3 &&
			c != 0x5C6) ||
		(c >= 0x610 && c <= 0x61A) || (c >= 0x64B && c <= 0x65F) || c == 0x670 ||
		(c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
		(c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

/* The letter without its accents; 0 for an accent by itself. */
static uint32_t strip(uint32_t c)
{
	utf8proc_int32_t parts[32];
	int boundary = 0;
	if (is_accent(c))
		return 0;
	if (c < 0xC0)
		return c;
	utf8proc_ssize_t n = utf8proc_decompose_char(
		(utf8proc_int32_t)c, parts, 32, UTF8PROC_DECOMPOSE, &boundary);
	for (utf8proc_ssize_t i = 1; i < n; i++)
		if (!is_accent((uint32_t)parts[i]))
			return c;
	return n > 0 ? (uint32_t)parts[0] : c;
}

/* What the letters I are in Turkish: each has a small form of its own. */
static uint32_t lower_dotless(uint32_t c)
{
	enum { DOTLESS_I = 0x131, I_WITH_DOT = 0x130 };
	return c == 'I' ? DOTLESS_I : c == I_WITH_DOT ? 'i' : c;
}

size_t wp_token_writer_change_all(
	const struct wp_token_writer *w, const char *token, const char *end, char *out)
{
	enum { PARTS = 8 };
	bool after_cased = false;
	char *begin = out;
	for (const char *p = token; p < end;) {
		uint32_t c = wp_utf8_next(&p), original = c;
		if (w->dotless_i && (w->lower || w->fold_case))
			c = lower_dotless(c);
		c = wp_token_writer_change(w, c, after_cased, p, end);
		after_cased = wp_after_cased(original, after_cased);
		if (w->strip_accents && !(c = strip(c)))
			continue;
		utf8proc_int32_t parts[PARTS] = {(utf8proc_int32_t)c};
		int boundary = 0;
		utf8proc_ssize_t n = 1;
		if (w->fold_case)
			n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, PARTS,
				UTF8PROC_CASEFOLD, &boundary);
		for (utf8proc_ssize_t i = 0; i < n && i < PARTS; i++)
			out += wp_utf8_encode((uint32_t)parts[i], out);
	}
	if (out > begin)
		return (size_t)(out - begin);
	memcpy(out, token, (size_t)(end - token)); /* nothing but accents */
	return (size_t)(end - token);
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
	enum { CHANGE_GROWTH = 4 }; /* full case folding may write three letters for one */
	if (wp_token_writer_is_special(w)) {
		enum wp_err err = wp_grow(
			&w->changed, &w->changed_room, n * CHANGE_GROWTH, 1, "token text");
		if (err)
			return err;
		n = wp_token_writer_change_all(w, token, token + n, w->changed);
		token = w->changed;
	}
	enum wp_err err = wp_token_writer_reserve(w, 1 + n * CHANGE_GROWTH * WP_ESCAPE_GROWTH);
	if (err)
		return err;
	char *out = w->bytes + w->length;
	if (!w->line_empty)
		*out++ = ' ';
	if ((w->lower || w->fold_digits) && !wp_token_writer_is_special(w))
		out = write_changed(w, token, token + n, out);
	else
		out += wp_token_escape(token, n, out);
	w->length = (size_t)(out - w->bytes);
	w->line_empty = false;
	w->tokens++;
	return WP_OK;
}

enum wp_err wp_token_writer_put_ascii(struct wp_token_writer *w, const char *text, size_t n)
{
	enum wp_err err = WP_OK;
	if (wp_token_writer_is_special(w)) {
		for (size_t i = 0; !err && i < n; i++)
			err = wp_token_writer_put(w, text + i, 1);
		return err;
	}
	enum { MOST = 3, ROOM = 1 }; /* a space and an escape; one byte more may be touched */
	err = wp_token_writer_reserve(w, MOST * n + ROOM);
	if (err)
		return err;
	char *out = w->bytes + w->length;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (w->lower && c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (w->fold_digits && c >= '0' && c <= '9')
			c = '0';
		bool escaped = c == ' ' || c == '\\';
		out[0] = ' ';
		out[1] = escaped ? '\\' : c;
		out[2] = c == ' ' ? 's' : '\\';
		out += 2 + escaped;
	}
	w->length = (size_t)(out - w->bytes);
	w->tokens += n;
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
