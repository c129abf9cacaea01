#include "text/token_text.h"

#include <stdbool.h>
#include <string.h>

#include "text/utf8.h"

/* Characters with a letter of their own, and the letters. */
static const char named[] = {'\\', ' ', '\n', '\t', '\r'};
static const char names[] = {'\\', 's', 'n', 't', 'r'};

static const char hex_digits[] = "0123456789ABCDEF";

static size_t write_hex(char kind, uint32_t value, size_t digits, char *out)
{
	out[0] = '\\';
	out[1] = kind;
	for (size_t i = 0; i < digits; i++)
		out[2 + i] = hex_digits[value >> 4 * (digits - 1 - i) & 15];
	return 2 + digits;
}

/* Joiners and selectors are shown by what they do to the character before them. */
static bool is_unseen(uint32_t c, bool first)
{
	unsigned flags = wp_char(c).flags;
	return flags & (WP_CHAR_SEPARATOR | WP_CHAR_HIDDEN) ||
		(first && c < 0x10000 && flags & WP_CHAR_JOINER);
}

size_t wp_token_escape(const char *token, size_t n, char *out)
{
	const char *end = token + n;
	const char *first = token;
	char *begin = out;
	while (token < end) {
		if (*token > ' ' && *token < '\x7F' && *token != '\\') {
			*out++ = *token++; /* the usual case */
			continue;
		}
		struct wp_decoded c = wp_utf8_decode(token, end);
		const char *name = c.code_point && c.code_point < 0x80
			? memchr(named, (int)c.code_point, sizeof named)
			: NULL;
		if (name) {
			*out++ = '\\';
			*out++ = names[name - named];
		} else if (!c.valid) {
			for (size_t i = 0; i < c.length; i++)
				out += write_hex('x', (unsigned char)token[i], 2, out);
		} else if (is_unseen(c.code_point, token == first)) {
			out += write_hex('u', c.code_point, 4, out); /* all are below U+10000 */
		} else {
			memcpy(out, token, c.length);
			out += c.length;
		}
		token += c.length;
	}
	return (size_t)(out - begin);
}

/* The value of `digits` hexadecimal digits before end; -1 where they are not. */
static long read_hex(const char *text, const char *end, size_t digits)
{
	long value = 0;
	if ((size_t)(end - text) < digits)
		return -1;
	for (size_t i = 0; i < digits; i++) {
		int c = text[i] >= 'a' && text[i] <= 'f' ? text[i] - 'a' + 'A' : text[i];
		const char *digit = c ? strchr(hex_digits, c) : NULL;
		if (!digit)
			return -1;
		value = value * 16 + (digit - hex_digits);
	}
	return value;
}

enum wp_err wp_token_unescape(const char *text, size_t n, char *out, size_t *length)
{
	const char *begin = text, *end = text + n;
	char *start = out;
	while (text < end) {
		if (*text != '\\') {
			*out++ = *text++;
			continue;
		}
		char kind = text + 1 < end ? text[1] : '\0';
		const char *name = kind ? memchr(names, kind, sizeof names) : NULL;
		size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 0;
		long value = digits ? read_hex(text + 2, end, digits) : -1;
		if (name)
			*out++ = named[name - names];
		else if (value >= 0 && kind == 'x')
			*out++ = (char)value;
		else if (value >= 0 && !(value >= 0xD800 && value <= 0xDFFF))
			out += wp_utf8_encode((uint32_t)value, out);
		else
			return wp_fail(WP_ECORRUPT,
				"token: a backslash begins no escape (byte %zu)",
				(size_t)(text - begin));
		text += 2 + digits;
	}
	*length = (size_t)(out - start);
	return WP_OK;
}
