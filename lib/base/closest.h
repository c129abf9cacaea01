/* The name that was meant: for messages about options, choices and words that nobody has. */
#ifndef WP_BASE_CLOSEST_H
#define WP_BASE_CLOSEST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The number of insertions, deletions, replacements and exchanges of neighbours that turn one
 * string into the other (the optimal string alignment distance), ASCII letters compared without
 * case; or something above `most` where there are more than that. */
size_t wp_edit_distance(
	const char *a, size_t a_length, const char *b, size_t b_length, size_t most);

/* How far off a name of that length may be and still be meant. */
size_t wp_edit_tolerance(size_t length);

/* The one among names, ended by NULL, that is closest to a word of that length, the first of
 * several; NULL where none is close enough to have been meant.  A name that the word begins, or
 * that begins the word, counts as close. */
const char *wp_closest(const char *const *names, const char *word, size_t length);

#ifdef __cplusplus
}
#endif
#endif
