#include "crf/crf_pattern.h"

#include <stdint.h>
#include <string.h>

#include "text/unicode.h"
#include "text/utf8.h"

enum wp_err wp_crf_pattern_check(const char *pattern)
{
	bool item = false; /* before what stands here is something that ? and * can be about */
	const char *p = pattern;
	p += *p == '^';
	for (; *p; p++) {
		if (*p == '?' || *p == '*') {
			if (!item)
				return wp_fail(WP_EINVAL,
					"the pattern %s has nothing before %c", pattern, *p);
			item = false;
			continue;
		}
		if (*p == '\\' && !*++p)
			return wp_fail(WP_EINVAL, "the pattern %s ends with \\", pattern);
		item = true;
	}
	return WP_OK;
}

static bool is_letter(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	unsigned class = wp_char(c).sentence;
	return class == WP_SB_LOWER || class == WP_SB_UPPER || class == WP_SB_OLETTER;
}

static bool is_digit(uint32_t c)
{
	return c < 0x80 ? c >= '0' && c <= '9' : wp_char(c).sentence == WP_SB_NUMERIC;
}

static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x3000;
}

static bool in_class(char class, uint32_t c)
{
	switch (class | 32) {
	case 'd':
		return is_digit(c);
	case 'l':
		return c < 0x80 ? c >= 'a' && c <= 'z' : wp_char(c).sentence == WP_SB_LOWER;
	case 'u':
		return c < 0x80 ? c >= 'A' && c <= 'Z' : wp_char(c).sentence == WP_SB_UPPER;
	case 'a':
		return is_letter(c);
	case 'w':
		return is_letter(c) || is_digit(c) || c == '_';
	case 'p':
		return !is_letter(c) && !is_digit(c) && !is_space(c);
	default:
		return is_space(c);
	}
}

/* One item of a pattern: what it matches, and where the next one begins. */
static bool item_matches(const char *item, uint32_t c)
{
	if (*item == '.')
		return true;
	if (*item != '\\') {
		const char *end = item + strlen(item);
		return wp_utf8_decode(item, end).code_point == c;
	}
	char class = item[1];
	if (!strchr("dluawpsDLUAWPS", class))
		return (unsigned char)class == c;
	bool upper = class < 'a';
	return in_class(class, c) != upper;
}

static const char *item_end(const char *item)
{
	if (*item == '\\')
		return item + 2;
	return item + wp_utf8_decode(item, item + strlen(item)).length;
}

/* Match the rest of the pattern at `at`; the place behind the match, or SIZE_MAX. */
static size_t match_here(const char *pattern, const char *text, size_t n, size_t at)
{
	while (*pattern) {
		if (*pattern == '$' && !pattern[1])
			return at == n ? at : SIZE_MAX;
		const char *next = item_end(pattern);
		if (*next == '*') {
			/* As often as possible, and then less and less often. */
			size_t stop = at;
			while (stop < n) {
				struct wp_decoded d = wp_utf8_decode(text + stop, text + n);
				if (!item_matches(pattern, d.code_point))
					break;
				stop += d.length;
			}
			for (;;) {
				size_t end = match_here(next + 1, text, n, stop);
				if (end != SIZE_MAX || stop == at)
					return end;
				stop--;
				while (stop > at && ((unsigned char)text[stop] & 0xC0) == 0x80)
					stop--;
			}
		}
		bool matches = false;
		struct wp_decoded d = {0};
		if (at < n) {
			d = wp_utf8_decode(text + at, text + n);
			matches = item_matches(pattern, d.code_point);
		}
		if (*next == '?') {
			if (matches) {
				size_t end = match_here(next + 1, text, n, at + d.length);
				if (end != SIZE_MAX)
					return end;
			}
			pattern = next + 1;
			continue;
		}
		if (!matches)
			return SIZE_MAX;
		at += d.length;
		pattern = next;
	}
	return at;
}

bool wp_crf_pattern_match(
	const char *pattern, const char *text, size_t n, size_t *begin, size_t *length)
{
	bool fixed = *pattern == '^';
	pattern += fixed;
	for (size_t at = 0; at <= n;) {
		size_t end = match_here(pattern, text, n, at);
		if (end != SIZE_MAX) {
			*begin = at;
			*length = end - at;
			return true;
		}
		if (fixed || at == n)
			break;
		at += wp_utf8_decode(text + at, text + n).length;
	}
	return false;
}
