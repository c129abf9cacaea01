/* Words of scripts that put no spaces between them (Han, Kana, Thai, Lao, Khmer, Burmese): from
 * a list of words with counts, along the most probable path, or by ICU's dictionaries where the
 * library has been built with them.  One thread at a time.
 */
#ifndef WP_TEXT_DICTIONARY_H
#define WP_TEXT_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_dictionary;

/* Read words from a file: one a line, with a count behind white space; 1 where there is none.
 */
WP_MUST_CHECK enum wp_err wp_dictionary_read(
	struct wp_dictionary **dictionary, const char *path);

/* ICU's, for a language by its ISO 639-1 code.  WP_EINVAL where the library is without ICU. */
WP_MUST_CHECK enum wp_err wp_dictionary_icu(
	struct wp_dictionary **dictionary, const char *language);

/* The version of ICU, as "72.1"; NULL where the library is without. */
const char *wp_icu_version(void);

void wp_dictionary_free(struct wp_dictionary *dictionary); /* may be NULL */

/* Is the character of those scripts? */
bool wp_has_no_spaces(uint32_t code_point);

/* Find the words of a text of n bytes, clean UTF-8 of those scripts alone: cuts[i] = a word
 * begins at byte i, for 0 < i < n. */
WP_MUST_CHECK enum wp_err wp_dictionary_cut(
	struct wp_dictionary *dictionary, const char *text, size_t n, bool *cuts);

#ifdef __cplusplus
}
#endif
#endif
