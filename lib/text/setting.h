/* Values of settings as text: read, and printed so that they read back the same. */
#ifndef WP_TEXT_SETTING_H
#define WP_TEXT_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/setting.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_SETTING_ROOM = 64 }; /* for the text of a value */

/* The name of choice i; NULL behind the last. */
const char *wp_setting_choice(const struct wp_setting *setting, int i);

/* The setting of that name in a table; NULL: there is none. */
const struct wp_setting *wp_setting_find(
	const struct wp_setting *settings, const char *name, size_t length);

/* Set the member of the struct `of` to what the text says: a number in its range, the name of a
 * choice, 0 or 1 of a flag.  False, and nothing is set, where it is none; and for texts. */
bool wp_setting_scan(
	const struct wp_setting *setting, void *of, const char *text, size_t length);

/* Print the member of the struct `of` at `to`, of WP_SETTING_ROOM bytes, and return where it
 * ends; no NUL is added.  Of texts nothing is printed. */
char *wp_setting_print(const struct wp_setting *setting, const void *of, char *to);

/* Have both structs the same value of that setting, which is no text? */
bool wp_setting_equal(const struct wp_setting *setting, const void *a, const void *b);

#ifdef __cplusplus
}
#endif
#endif
