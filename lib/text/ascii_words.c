/* The plain C variants of what is done to ASCII text. */
#include "text/ascii_words.h"

#include <stddef.h>
#include <string.h>

#include "text/ascii_block_plain.h"
#include "text/ascii_find.h"
#include "text/ascii_stops.h"
#include "text/ascii_treebank.h"

/* The class of a byte is the top bit of a lane of 8 bits.  Eight bytes in a row, each shifting
 * those before it down by one, make the eight bits of each class. */
#define LANE(k)    (UINT64_C(0x80) << 8 * (k))
#define LETTER     LANE(0)
#define DIGIT      LANE(1)
#define UNDERSCORE LANE(2)
#define MID_LETTER LANE(3)
#define MID_DIGIT  LANE(4)
#define SEPARATOR  LANE(5)
#define NEWLINE    LANE(6)
#define SPECIAL    LANE(7)

static const uint64_t lanes[256] = {
	[0 ... '\n' - 1] = SEPARATOR,
	['\n'] = NEWLINE,
	['\n' + 1 ... ' '] = SEPARATOR,
	['\''] = MID_LETTER | MID_DIGIT,
	[','] = MID_DIGIT,
	['.'] = MID_LETTER | MID_DIGIT,
	['0' ... '9'] = DIGIT,
	[':'] = MID_LETTER,
	[';'] = MID_DIGIT,
	['A' ... 'Z'] = LETTER,
	['\\'] = SPECIAL,
	['_'] = UNDERSCORE,
	['a' ... 'z'] = LETTER,
	[0x7F] = SEPARATOR,
	[0x80 ... 0xFF] = SPECIAL,
};

static inline struct wp_ascii_classes classify(const char *block)
{
	struct wp_ascii_classes c = {0};
	for (unsigned group = 0; group < WP_ASCII_BLOCK; group += 8) {
		uint64_t sum = 0;
		for (unsigned i = 0; i < 8; i++)
			sum = sum >> 1 | lanes[(unsigned char)block[group + i]];
		c.letter |= (sum & 255) << group;
		c.digit |= (sum >> 8 & 255) << group;
		c.underscore |= (sum >> 16 & 255) << group;
		c.mid_letter |= (sum >> 24 & 255) << group;
		c.mid_digit |= (sum >> 32 & 255) << group;
		c.separator |= (sum >> 40 & 255) << group;
		c.newline |= (sum >> 48 & 255) << group;
		c.special |= (sum >> 56) << group;
	}
	return c;
}

static inline char *spread(const struct wp_ascii_words *w, const char *block, uint64_t insert,
	uint64_t keep, char *out)
{
	char changed[WP_ASCII_BLOCK];
	memcpy(changed, block, sizeof changed);
	for (unsigned i = 0; w->lower && i < WP_ASCII_BLOCK; i++)
		changed[i] |= (char)((changed[i] >= 'A' && changed[i] <= 'Z') << 5);
	for (unsigned i = 0; w->fold && i < WP_ASCII_BLOCK; i++)
		changed[i] = changed[i] >= '0' && changed[i] <= '9' ? '0' : changed[i];

	/* Every byte is written, with a space before it; those not wanted are overwritten. */
	for (unsigned i = 0; i < WP_ASCII_BLOCK; i++) {
		out[0] = ' ';
		out[insert & 1] = changed[i];
		out += (insert & 1) + (keep & 1);
		insert >>= 1;
		keep >>= 1;
	}
	return out;
}

#define KERNEL wp_ascii_words_plain
#include "text/ascii_words_template.h"

#define TREEBANK_KERNEL wp_ascii_treebank_plain
#include "text/ascii_treebank_template.h"

#define FIND_KERNEL wp_ascii_find_plain
#include "text/ascii_find_template.h"

#define STOPS_KERNEL wp_ascii_stops_plain
#include "text/ascii_stops_template.h"
