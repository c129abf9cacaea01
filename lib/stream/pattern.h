/* Names of tensors, and patterns for them: "embedding", "output.*".  (Internal.) */
#ifndef WP_STREAM_PATTERN_H
#define WP_STREAM_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A list "A,B.*" or, with a second side, "A=X,B.*=Y.*".  A star stands for any bytes, also for
 * none; there is one at most in a pattern, and on the right one only where there is one on the
 * left. */
struct wp_patterns {
	struct wp_pattern *item;
	size_t count;
};

/* Parse the text, which may be NULL: an empty list.  setting: what it is called, for messages;
 * pairs: each has a second side.  WP_EINVAL. */
WP_MUST_CHECK enum wp_err wp_patterns_parse(
	struct wp_patterns *list, const char *text, const char *setting, bool pairs);

/* A zeroed struct may be given here. */
void wp_patterns_fini(struct wp_patterns *list);

/* Does one of the patterns match?  That is remembered. */
bool wp_patterns_match(struct wp_patterns *list, const char *name);

/* What the first pair that matches makes of the name, which may be of any length, in `to` of
 * WP_NAME_SIZE bytes: the name itself where none does.  WP_EMISMATCH where that is too long. */
WP_MUST_CHECK enum wp_err wp_patterns_rename(
	struct wp_patterns *list, const char *name, char *to);

/* The first pattern that has matched nothing so far; NULL where all have. */
const char *wp_patterns_unused(const struct wp_patterns *list);

#ifdef __cplusplus
}
#endif
#endif
