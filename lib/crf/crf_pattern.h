/* Patterns of characters, as Wapiti's templates have them.  (Internal.)
 *
 *	^ at the beginning, $ at the end: only there; otherwise the first place that matches
 *	.        any character            \d \D  a digit, or none
 *	\l \L    a lower-case letter      \u \U  an upper-case letter
 *	\a \A    a letter                 \w \W  a letter, a digit or _
 *	\p \P    neither letter, digit nor white space
 *	\s \S    white space              \ and another character: that character
 *	? and * after one of these: it may be missing; it may be there any number of times, and
 * as often as possible
 */
#ifndef WP_CRF_PATTERN_H
#define WP_CRF_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* WP_EINVAL, with a detail that ends the sentence "the pattern ...". */
WP_MUST_CHECK enum wp_err wp_crf_pattern_check(const char *pattern);

/* Does the pattern, which is checked, match in the text of n bytes?  Where: *begin, *length. */
bool wp_crf_pattern_match(
	const char *pattern, const char *text, size_t n, size_t *begin, size_t *length);

#endif
