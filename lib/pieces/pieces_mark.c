#include "pieces/pieces_mark.h"

#include <string.h>

#include "text/unicode.h"
#include "text/vocab.h"

const char *const wp_pieces_methods[] = {[WP_PIECES_BPE] = "bpe",
	[WP_PIECES_WORDPIECE] = "wordpiece",
	[WP_PIECES_SENTENCEPIECE] = "sentencepiece",
	NULL};

const char *const wp_pieces_fallbacks[] = {[WP_PIECES_BYTES] = "bytes",
	[WP_PIECES_UNKNOWN] = "unknown",
	[WP_PIECES_KEEP] = "keep",
	NULL};

static bool begins(const char *text, size_t length, const char *with)
{
	size_t n = strlen(with);
	return length >= n && memcmp(text, with, n) == 0;
}

static bool ends(const char *text, size_t length, const char *with)
{
	size_t n = strlen(with);
	return length >= n && memcmp(text + length - n, with, n) == 0;
}

size_t wp_pieces_mark(enum wp_pieces_method method, const struct wp_symbol *symbol, char *out)
{
	size_t before = symbol->marked && method == WP_PIECES_WORDPIECE ? 2 : 0;
	size_t behind = symbol->marked && method == WP_PIECES_BPE ? 2 : 0;
	memcpy(out, "##", before);
	memcpy(out + before, symbol->text, symbol->length);
	memcpy(out + before + symbol->length, "@@", behind);
	return before + symbol->length + behind;
}

struct wp_symbol wp_pieces_unmark(
	enum wp_pieces_method method, const char *piece, size_t length)
{
	if (method == WP_PIECES_BPE && length > 2 && ends(piece, length, "@@"))
		return (struct wp_symbol){piece, length - 2, true};
	if (method == WP_PIECES_WORDPIECE && length > 2 && begins(piece, length, "##"))
		return (struct wp_symbol){piece + 2, length - 2, true};
	return (struct wp_symbol){piece, length, false};
}

int wp_pieces_byte(const char *text, size_t length)
{
	static const char digits[] = "0123456789ABCDEF";
	if (length != WP_PIECES_BYTE_LENGTH || !begins(text, length, "<0x") || text[5] != '>')
		return -1;
	const char *high = memchr(digits, text[3], 16), *low = memchr(digits, text[4], 16);
	return high && low ? (int)((high - digits) * 16 + (low - digits)) : -1;
}

void wp_pieces_put_byte(unsigned char byte, char out[WP_PIECES_BYTE_LENGTH])
{
	static const char digits[] = "0123456789ABCDEF";
	memcpy(out, "<0x", 3);
	out[3] = digits[byte >> 4];
	out[4] = digits[byte & 15];
	out[5] = '>';
}

bool wp_pieces_is_ambiguous(enum wp_pieces_method method, const struct wp_symbol *s)
{
	if (wp_pieces_byte(s->text, s->length) >= 0)
		return true;
	switch (method) {
	case WP_PIECES_BPE:
		/* "</w>" is what ends a word in a file of merges. */
		return s->marked
			? ends(s->text, s->length, "</w>")
			: ends(s->text, s->length, "@@") || wp_is_special(s->text, s->length);
	case WP_PIECES_WORDPIECE:
		return !s->marked && begins(s->text, s->length, "##");
	case WP_PIECES_SENTENCEPIECE:
		return wp_is_special(s->text, s->length);
	}
	return false;
}

bool wp_pieces_takes(uint32_t code_point)
{
	return !(wp_char(code_point).flags & (WP_CHAR_SEPARATOR | WP_CHAR_HIDDEN));
}
