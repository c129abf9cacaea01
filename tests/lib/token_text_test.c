/* Escapes in token text. */
#include <string.h>

#include "tap.h"
#include "text/token_text.h"
#include "text/utf8.h"

static void escaped(const char *token, size_t n, const char *text)
{
	char out[256], back[256];
	size_t length = wp_token_escape(token, n, out), back_length = 0;
	ok(length == strlen(text) && memcmp(out, text, length) == 0, "a token becomes %s",
		text);
	enum wp_err err = wp_token_unescape(out, length, back, &back_length);
	ok(!err && back_length == n && memcmp(back, token, n) == 0, "and %s becomes it", text);
}

static void refused(const char *text)
{
	char out[64];
	size_t length;
	ok(wp_token_unescape(text, strlen(text), out, &length) == WP_ECORRUPT,
		"%s is refused: %s", text, wp_error_detail());
}

int main(void)
{
	escaped("word", 4, "word");
	escaped("\\", 1, "\\\\");
	escaped(" ", 1, "\\s");
	escaped("a b\n\t\r", 6, "a\\sb\\n\\t\\r");
	escaped("\0\v\f\x7F", 4, "\\u0000\\u000B\\u000C\\u007F");
	escaped("\xC2\xA0\xE3\x80\x80", 5, "\\u00A0\\u3000");
	escaped("\xE2\x80\x8B\xC2\x85", 5, "\\u200B\\u0085");
	escaped("\xC3", 1, "\\xC3");
	escaped("\xFF\xC3\xA9", 3, "\\xFF\xC3\xA9");
	escaped("", 0, "");

	refused("\\");
	refused("a\\");
	refused("\\q");
	refused("\\x");
	refused("\\x4");
	refused("\\xg0");
	refused("\\u12");
	refused("\\ud800");

	char in_place[] = "\\u00e9\\x41\\\\s";
	size_t length = 0;
	enum wp_err err = wp_token_unescape(in_place, strlen(in_place), in_place, &length);
	ok(!err && length == 5 &&
			memcmp(in_place,
				"\xC3\xA9"
				"A\\s",
				5) == 0,
		"escapes are undone in place, digits in either case");

	unsigned wrong = 0;
	for (uint32_t c = 0; c <= WP_LAST_CODE_POINT; c++) {
		char token[4], text[4 * WP_ESCAPE_GROWTH], back[4 * WP_ESCAPE_GROWTH];
		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		size_t n = wp_utf8_encode(c, token), back_n = 0;
		size_t text_n = wp_token_escape(token, n, text);
		wrong += text_n > n * WP_ESCAPE_GROWTH || text_n == 0 ||
			wp_token_unescape(text, text_n, back, &back_n) || back_n != n ||
			memcmp(back, token, n) != 0;
		for (size_t i = 0; i < text_n; i++)
			wrong += (unsigned char)text[i] <= ' ';
	}
	ok(wrong == 0, "every code point comes back, and is written without white space");
	return done_testing();
}
