/* Abbreviations and the words with which sentences begin: what a full stop means depends on
 * them.
 */
#ifndef WP_TEXT_ABBREVIATIONS_H
#define WP_TEXT_ABBREVIATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/languages.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_abbreviations;

/* What is known of a word. */
enum wp_word_kind {
	WP_NEVER_LAST = 1,    /* an abbreviation after which a sentence continues: "Dr"   */
	WP_MAY_BE_LAST = 2,   /* an abbreviation that may end a sentence: "etc"           */
	WP_BEFORE_NUMBER = 4, /* an abbreviation only before a number: "p" as in p. 5     */
	WP_OPENER = 8,        /* sentences often begin with it: "The"                     */
	WP_SAYING = 16,       /* follows quoted speech, which it does not end: "diye"     */

	/* An abbreviation that ends a sentence before any capital letter: "usw".  Of a single
	 * letter, "г", it is one behind a number only, and one that may be last elsewhere. */
	WP_LAST_BEFORE_CAPITAL = 32,

	WP_ABBREVIATION = WP_NEVER_LAST | WP_MAY_BE_LAST | WP_LAST_BEFORE_CAPITAL,
};

/* Those of a language, which is not NULL. */
WP_MUST_CHECK enum wp_err wp_abbreviations_create(
	struct wp_abbreviations **abbreviations, const struct wp_language *language);
void wp_abbreviations_free(struct wp_abbreviations *abbreviations); /* may be NULL */

/* Add one word of n bytes, without its full stop. */
WP_MUST_CHECK enum wp_err wp_abbreviations_add(struct wp_abbreviations *abbreviations,
	const char *word, size_t n, enum wp_word_kind kind);

/* Add those of a file: one a line, without its full stop; `#NUMERIC_ONLY#` behind it means that
 * it is one before numbers only; other text from # on is a comment.  (The form of the files of
 * nonbreaking prefixes of Moses.) */
WP_MUST_CHECK enum wp_err wp_abbreviations_read(
	struct wp_abbreviations *abbreviations, const char *path);

/* The set of wp_word_kind of a word of n bytes, as it stands or with a small first letter; 0
 * where nothing is known. */
unsigned wp_abbreviations_find(
	const struct wp_abbreviations *abbreviations, const char *word, size_t n);

/* The same of an abbreviation written with spaces, "d. h", of which [word, end) is the last
 * part, a letter; the others, short ones, are looked for between begin and it. */
unsigned wp_abbreviations_find_spaced(const struct wp_abbreviations *abbreviations,
	const char *begin, const char *word, const char *end);

/* Most words need no such look, since the bit that stands for them is not set: the
 * WP_KNOWN_BITS bits of the words that are known, borrowed until one is added. */
enum { WP_KNOWN_BITS = 1 << 14 };
const uint64_t *wp_abbreviations_known(const struct wp_abbreviations *abbreviations);

/* The number of the bit that a word of n > 0 bytes shares with few others; also with itself in
 * another case, where it is of ASCII letters. */
static inline unsigned wp_word_bit(const char *word, size_t n)
{
	unsigned first = (unsigned char)word[0] | 0x20,
		 last = (unsigned char)word[n - 1] | 0x20;
	unsigned middle = (unsigned char)word[n / 2] | 0x20;
	return (first * 1117 + last * 61 + (unsigned)n * 331 + middle * 7) % WP_KNOWN_BITS;
}

static inline bool wp_may_know(const uint64_t *known, const char *word, size_t n)
{
	unsigned bit = wp_word_bit(word, n);
	return known[bit / 64] >> bit % 64 & 1;
}

#ifdef __cplusplus
}
#endif
#endif
