#include "base/visible.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the sequence that a byte begins; 0 where none begins with it. */
static size_t sequence_length(unsigned char first)
{
	return first < 0x80    ? 1
		: first < 0xc2 ? 0
		: first < 0xe0 ? 2
		: first < 0xf0 ? 3
		: first < 0xf5 ? 4
			       : 0;
}

/* The code point of the UTF-8 sequence at text, *taken bytes of it; -1 where it is none. */
static int32_t decode(const char *text, size_t length, size_t *taken)
{
	static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* else it is overlong */
	unsigned char first = (unsigned char)text[0];
	size_t n = sequence_length(first);
	*taken = 1;
	if (n == 0 || n > length)
		return -1;
	int32_t c = n == 1 ? first : first & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (c < least[n] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return -1;
	*taken = n;
	return c;
}

static bool is_hidden(int32_t c)
{
	static const int32_t ranges[][2] = {{0x61c, 0x61c}, {0x200b, 0x200b}, {0x200e, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
		{0xe0000, 0xe007f}};
	for (size_t i = 0; c >= 0x61c && i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

size_t wp_visible_step(char to[WP_VISIBLE_STEP], const char *text, size_t length, size_t *taken)
{
	int32_t c = decode(text, length, taken);
	if (c < 0x20 || c == 0x7f)
		return (size_t)snprintf(
			to, WP_VISIBLE_STEP, "\\x%02x", (unsigned)(unsigned char)text[0]);
	if ((c >= 0x80 && c < 0xa0) || is_hidden(c))
		return (size_t)snprintf(to, WP_VISIBLE_STEP, "\\u{%x}", (unsigned)c);
	memcpy(to, text, *taken);
	return *taken;
}

size_t wp_visible(char *to, size_t size, const char *text, size_t length)
{
	size_t used = 0, taken;
	for (size_t i = 0; i < length; i += taken) {
		char step[WP_VISIBLE_STEP];
		size_t n = wp_visible_step(step, text + i, length - i, &taken);
		if (used + n >= size)
			break;
		memcpy(to + used, step, n);
		used += n;
	}
	to[used] = '\0';
	return used;
}

size_t wp_visible_unfinished(const char *text, size_t length)
{
	for (size_t back = 1; back <= 3 && back <= length; back++) {
		unsigned char c = (unsigned char)text[length - back];
		if ((c & 0xc0) != 0x80)
			return sequence_length(c) > back ? back : 0;
	}
	return 0;
}
