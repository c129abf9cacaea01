/* UTF-8: decoding that never fails, and encoding.
 *
 * A sequence that is not UTF-8 reads as U+FFFD.  How many bytes one U+FFFD stands for follows
 * the Unicode Standard's recommended practice (section 3.9, "maximal subparts"), as the WHATWG
 * decoder does: the longest beginning of a well-formed sequence, or else one byte.
 */
#ifndef WP_TEXT_UTF8_H
#define WP_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/unicode.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_decoded {
	uint32_t code_point;
	uint8_t length; /* bytes that it takes: 1 to 4          */
	bool valid;     /* false: code_point is WP_REPLACEMENT  */
};

/* The same as wp_utf8_decode, not inline. */
struct wp_decoded wp_utf8_decode_any(const char *text, const char *end);

/* Decode the code point at text; text < end. */
static inline struct wp_decoded wp_utf8_decode(const char *text, const char *end)
{
	const unsigned char *p = (const unsigned char *)text;
	if (p[0] < 0x80) {
		struct wp_decoded ascii = {p[0], 1, true};
		return ascii;
	}
	if (p[0] >= 0xC2 && p[0] <= 0xDF && end - text >= 2 && p[1] >> 6 == 2) {
		struct wp_decoded two = {(p[0] & 31u) << 6 | (p[1] & 63u), 2, true};
		return two;
	}
	return wp_utf8_decode_any(text, end);
}

/* Decode at text, which is known to be well formed, and move *text to what follows. */
static inline uint32_t wp_utf8_next(const char **text)
{
	const unsigned char *p = (const unsigned char *)*text;
	uint32_t c = *p++;
	if (c >= 0xF0) {
		c = (c & 7) << 18 | (p[0] & 63u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
		p += 3;
	} else if (c >= 0xE0) {
		c = (c & 15) << 12 | (p[0] & 63u) << 6 | (p[1] & 63u);
		p += 2;
	} else if (c >= 0x80) {
		c = (c & 31) << 6 | (p[0] & 63u);
		p += 1;
	}
	*text = (const char *)p;
	return c;
}

/* Write a code point (no surrogate) to out, which has room for 4 bytes; the bytes it takes. */
static inline size_t wp_utf8_encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

#ifdef __cplusplus
}
#endif
#endif
