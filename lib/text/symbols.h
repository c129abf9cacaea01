/* Strings that are numbered in the order in which they come: a list that can be searched while
 * it grows.  One thread at a time; once it does not change any more, any number may search it.
 */
#ifndef WP_TEXT_SYMBOLS_H
#define WP_TEXT_SYMBOLS_H

#include <stdint.h>

#include "base/strings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A zeroed struct is empty. */
struct wp_symbols {
	struct wp_strings strings; /* by number */
	uint32_t *slots;           /* internal: numbers plus 1, by hash; 0 is free */
	uint32_t *tags;            /* internal: the upper half of the hash         */
	size_t mask, secret;
};

void wp_symbols_fini(struct wp_symbols *symbols);

/* The number of a string of n bytes, which is added where it is new.  WP_ELIMIT beyond 2^31. */
WP_MUST_CHECK enum wp_err wp_symbols_add(
	struct wp_symbols *symbols, const char *string, size_t n, int32_t *number);

/* The number of a string, or -1. */
int32_t wp_symbols_find(const struct wp_symbols *symbols, const char *string, size_t n);

/* Take over a list, which is zeroed; of equal strings the first is found.  On failure the list
 * is freed. */
WP_MUST_CHECK enum wp_err wp_symbols_from(struct wp_symbols *symbols, struct wp_strings *list);

#ifdef __cplusplus
}
#endif
#endif
