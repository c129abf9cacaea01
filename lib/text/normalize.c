#include "text/normalize.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/utf8.h"

void wp_normalizer_fini(struct wp_normalizer *z)
{
	free(z->repaired);
	free(z->normal);
	free(z->code_points);
}

/* The end of the ASCII text at p. */
static const char *skip_ascii(const char *p, const char *end)
{
	for (uint64_t eight; end - p >= 8; p += 8) {
		memcpy(&eight, p, sizeof eight);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (p < end && (unsigned char)*p < 0x80)
		p++;
	return p;
}

/* Is there a well-formed sequence of two or three bytes at p?  Its length, or 0. */
static inline size_t usual_length(const char *p, const char *end)
{
	const unsigned char *b = (const unsigned char *)p;
	if (b[0] >= 0xC2 && b[0] <= 0xDF && end - p >= 2 && b[1] >> 6 == 2)
		return 2;
	if (b[0] >= 0xE1 && b[0] <= 0xEC && end - p >= 3 && b[1] >> 6 == 2 && b[2] >> 6 == 2)
		return 3;
	return 0;
}

/* Count the malformed sequences, and note where the first is. */
static size_t count_invalid(const char *text, const char *end, const char **first)
{
	size_t invalid = 0;
	for (const char *p = skip_ascii(text, end); p < end;) {
		size_t n = usual_length(p, end);
		if (n == 0) {
			struct wp_decoded c = wp_utf8_decode(p, end);
			if (!c.valid && invalid++ == 0)
				*first = p;
			n = c.length;
		}
		p += n;
		if (p < end && (unsigned char)*p < 0x80)
			p = skip_ascii(p, end);
	}
	return invalid;
}

/* Is well-formed text in the normal form that this flag is about? */
static bool is_normal(const char *text, const char *end, unsigned inert)
{
	while ((text = skip_ascii(text, end)) < end)
		if (!(wp_char(wp_utf8_next(&text)).flags & inert))
			return false;
	return true;
}

/* Write text to z->repaired with U+FFFD (three bytes) for what is malformed. */
static enum wp_err repair(struct wp_normalizer *z, const char **text, size_t *n, size_t invalid)
{
	enum wp_err err = wp_grow(
		&z->repaired, &z->repaired_room, *n + 2 * invalid, 1, "text to be repaired");
	if (err)
		return err;
	char *out = z->repaired;
	for (const char *p = *text, *end = p + *n; p < end;) {
		struct wp_decoded c = wp_utf8_decode(p, end);
		if (c.valid)
			memcpy(out, p, c.length);
		out += c.valid ? c.length : wp_utf8_encode(WP_REPLACEMENT, out);
		p += c.length;
	}
	*text = z->repaired;
	*n = (size_t)(out - z->repaired);
	return WP_OK;
}

static enum wp_err compose(struct wp_normalizer *z, const char **text, size_t *n)
{
	utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	if (z->form == WP_FORM_NFKC)
		options |= UTF8PROC_COMPAT;
	const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)*text;
	utf8proc_ssize_t count;
	while ((count = utf8proc_decompose(from, (utf8proc_ssize_t)*n, z->code_points,
			(utf8proc_ssize_t)z->code_points_room, options)) >
		(utf8proc_ssize_t)z->code_points_room) {
		enum wp_err err = wp_grow(&z->code_points, &z->code_points_room, (size_t)count,
			sizeof *z->code_points, "text to be normalised");
		if (err)
			return err;
	}
	if (count >= 0)
		count = utf8proc_normalize_utf32(z->code_points, count, options);
	if (count < 0)
		return wp_fail(WP_ENOMEM, "%s: cannot normalise the text: %s", z->name,
			utf8proc_errmsg(count));
	enum wp_err err = wp_grow(
		&z->normal, &z->normal_room, (size_t)count * 4, 1, "text to be normalised");
	if (err)
		return err;
	char *out = z->normal;
	for (utf8proc_ssize_t i = 0; i < count; i++)
		out += wp_utf8_encode((uint32_t)z->code_points[i], out);
	*text = z->normal;
	*n = (size_t)(out - z->normal);
	return WP_OK;
}

enum wp_err wp_normalize(struct wp_normalizer *z, const char **text, size_t *n, uint64_t offset)
{
	const char *bad = NULL;
	size_t invalid = count_invalid(*text, *text + *n, &bad);
	if (invalid > 0) {
		if (z->strict)
			return wp_fail(WP_ECORRUPT, "%s: not UTF-8 (byte %" PRIu64 ")", z->name,
				offset + (uint64_t)(bad - *text));
		z->invalid += invalid;
		enum wp_err err = repair(z, text, n, invalid);
		if (err)
			return err;
	}
	unsigned inert = z->form == WP_FORM_NFKC ? WP_CHAR_NFKC_INERT : WP_CHAR_NFC_INERT;
	if (z->form == WP_FORM_AS_IS || is_normal(*text, *text + *n, inert))
		return WP_OK;
	return compose(z, text, n);
}
