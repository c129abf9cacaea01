/* A list of byte strings in one block: vocabularies, labels, history lines.
 *
 * Strings may hold any byte, NUL included.  Ownership is plain: the struct owns its two
 * arrays, wp_strings_fini frees them.  A zeroed struct is an empty list.
 */
#ifndef WP_BASE_STRINGS_H
#define WP_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_strings {
	size_t count;
	char *bytes;   /* the strings, one after the other, nothing between them        */
	uint64_t *end; /* end[i]: where string i ends in bytes; it begins where i-1 ends */
	size_t room_count, room_bytes;
};

void wp_strings_fini(struct wp_strings *list);

/* Copy a string of length bytes to the end of the list. */
WP_MUST_CHECK enum wp_err wp_strings_add(
	struct wp_strings *list, const char *string, size_t length);

/* Copy count strings that stand one after the other in bytes; of each, length has the length in
 * four bytes, the lowest first. */
WP_MUST_CHECK enum wp_err wp_strings_add_block(
	struct wp_strings *list, const char *bytes, const unsigned char *length, size_t count);

/* Have both lists the same strings in the same order? */
bool wp_strings_equal(const struct wp_strings *a, const struct wp_strings *b);

/* Copy all strings of another list to the end of the list. */
WP_MUST_CHECK enum wp_err wp_strings_add_all(
	struct wp_strings *list, const struct wp_strings *others);

/* String i, borrowed until the next wp_strings_add; its length goes to *length.  Not ended by
 * a NUL.  i < list->count. */
static inline const char *wp_strings_get(
	const struct wp_strings *list, size_t i, size_t *length)
{
	uint64_t begin = i ? list->end[i - 1] : 0;
	*length = (size_t)(list->end[i] - begin);
	return list->bytes + begin;
}

/* The place of the first string that is equal to a C string, or -1.  Looks at all of them. */
int64_t wp_strings_find(const struct wp_strings *list, const char *string);

/* What stands behind NAME= in the first string that begins with it, at `to`; false where there
 * is none that fits in `room` bytes with its NUL. */
bool wp_strings_setting(const struct wp_strings *list, const char *name, char *to, size_t room);

/* Bytes of all strings together. */
static inline uint64_t wp_strings_bytes(const struct wp_strings *list)
{
	return list->count ? list->end[list->count - 1] : 0;
}

#ifdef __cplusplus
}
#endif
#endif
