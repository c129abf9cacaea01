#include "text/utf8.h"

/* The Unicode Standard, table 3-7: what each lead byte asks of the bytes after it.  Only the
 * second byte's range depends on the lead; the others are 80..BF. */
struct wp_decoded wp_utf8_decode_any(const char *text, const char *end)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t have = (size_t)(end - text);
	unsigned lead = p[0];
	unsigned low = 0x80, high = 0xBF;
	uint8_t length;
	uint32_t c;
	if (lead < 0x80)
		return (struct wp_decoded){lead, 1, true};
	if (lead >= 0xC2 && lead <= 0xDF) {
		length = 2;
		c = lead & 31;
	} else if (lead >= 0xE0 && lead <= 0xEF) {
		length = 3;
		c = lead & 15;
		if (lead == 0xE0)
			low = 0xA0; /* shorter forms exist */
		if (lead == 0xED)
			high = 0x9F; /* surrogates          */
	} else if (lead >= 0xF0 && lead <= 0xF4) {
		length = 4;
		c = lead & 7;
		if (lead == 0xF0)
			low = 0x90; /* shorter forms exist */
		if (lead == 0xF4)
			high = 0x8F; /* beyond U+10FFFF     */
	} else {
		return (struct wp_decoded){WP_REPLACEMENT, 1, false};
	}
	for (uint8_t i = 1; i < length; i++) {
		if (i >= have || p[i] < low || p[i] > high)
			return (struct wp_decoded){WP_REPLACEMENT, i, false};
		c = c << 6 | (p[i] & 63u);
		low = 0x80;
		high = 0xBF;
	}
	return (struct wp_decoded){c, length, true};
}
