/* What the tokenizer needs to know of a code point.
 *
 * The tables are made when the toolkit is built, by unicode-tables.pl, from the Unicode data
 * that comes with Perl.  They hold what utf8proc does not have; case mapping, normalisation and
 * grapheme clusters are utf8proc's.
 */
#ifndef WP_TEXT_UNICODE_H
#define WP_TEXT_UNICODE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_REPLACEMENT = 0xFFFD, WP_LAST_CODE_POINT = 0x10FFFF };

/* Values of the property Word_Break (UAX #29, table 3). */
enum wp_word_class {
	WP_WB_OTHER,
	WP_WB_CR,
	WP_WB_LF,
	WP_WB_NEWLINE,
	WP_WB_EXTEND,
	WP_WB_FORMAT,
	WP_WB_ZWJ,
	WP_WB_REGIONAL_INDICATOR,
	WP_WB_KATAKANA,
	WP_WB_HEBREW_LETTER,
	WP_WB_ALETTER,
	WP_WB_SINGLE_QUOTE,
	WP_WB_DOUBLE_QUOTE,
	WP_WB_MIDNUMLET,
	WP_WB_MIDLETTER,
	WP_WB_MIDNUM,
	WP_WB_NUMERIC,
	WP_WB_EXTENDNUMLET,
	WP_WB_WSEGSPACE,
	WP_WB_CLASSES
};

/* Values of the property Sentence_Break (UAX #29, table 4). */
enum wp_sentence_class {
	WP_SB_OTHER,
	WP_SB_CR,
	WP_SB_LF,
	WP_SB_SEP,
	WP_SB_EXTEND,
	WP_SB_FORMAT,
	WP_SB_SP,
	WP_SB_LOWER,
	WP_SB_UPPER,
	WP_SB_OLETTER,
	WP_SB_NUMERIC,
	WP_SB_ATERM,
	WP_SB_STERM,
	WP_SB_SCONTINUE,
	WP_SB_CLOSE,
	WP_SB_CLASSES
};

/* Yes-or-no properties. */
enum wp_char_flag {
	WP_CHAR_SEPARATOR = 1,   /* white space, control character, or zero width space      */
	WP_CHAR_DIGIT = 2,       /* a decimal digit of any script (general category Nd)      */
	WP_CHAR_CASED = 4,       /* Cased                                                    */
	WP_CHAR_PICTOGRAPH = 8,  /* Extended_Pictographic                                    */
	WP_CHAR_NFC_INERT = 16,  /* text of only such characters is in NFC (or in NFKC, next) */
	WP_CHAR_NFKC_INERT = 32, /*   as it stands: quick check says yes, combining class 0  */
	WP_CHAR_IGNORABLE = 64,  /* Case_Ignorable: passed over when case depends on context */
	WP_CHAR_NO_SPACES = 1024,  /* of a script that puts no spaces between words */
	WP_CHAR_PUNCTUATION = 512, /* general category P */
	WP_CHAR_HIDDEN =
		128, /* shows nothing and carries no text: marks of direction and the like */
	WP_CHAR_JOINER =
		256, /* shows nothing alone, but matters to its neighbours: soft hyphen... */
};

struct wp_char {
	uint8_t word;     /* enum wp_word_class     */
	uint8_t sentence; /* enum wp_sentence_class */
	uint16_t flags;   /* set of wp_char_flag    */
};

/* Tables of three stages: block of 128 code points -> kinds of its code points -> properties.
 */
extern const uint16_t wp_char_block[];
extern const uint8_t wp_char_kind[][128];
extern const struct wp_char wp_char_kinds[];

/* The properties of a code point.  code_point <= WP_LAST_CODE_POINT. */
static inline struct wp_char wp_char(uint32_t code_point)
{
	return wp_char_kinds[wp_char_kind[wp_char_block[code_point >> 7]][code_point & 127]];
}

/* The lower-case form of one code point, without regard to what stands around it. */
uint32_t wp_char_lower(uint32_t code_point);

/* The capital of one code point. */
uint32_t wp_char_upper(uint32_t code_point);

/* The version of Unicode that the tables are of, as "14.0.0". */
const char *wp_unicode_version(void);

#ifdef __cplusplus
}
#endif
#endif
