/* Memory: checked sizes, growing arrays, and tables on huge pages. */
#ifndef WP_BASE_MEMORY_H
#define WP_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* *product = a * b; false, and *product untouched, where that overflows. */
WP_MUST_CHECK bool wp_mulsize(size_t a, size_t b, size_t *product);

/* Allocate count elements of size bytes, all zero, and store the address in *array, which is
 * any object pointer's address.  The caller owns it and gives it to free().  A count of 0
 * gives a pointer that is not NULL.  WP_ENOMEM, naming `what`, leaves *array NULL. */
WP_MUST_CHECK enum wp_err wp_alloc(void *array, size_t count, size_t size, const char *what);

/* Make the malloc'ed *array hold at least `need` elements of size bytes; *room is how many it
 * holds now and is updated.  Grows by half at least, so that appending is linear.  On failure
 * the array is as it was. */
WP_MUST_CHECK enum wp_err wp_grow(
	void *array, size_t *room, size_t need, size_t size, const char *what);

/* A table of `bytes` zero bytes aligned to 64, on huge pages where the system has them to give
 * (which saves TLB misses in random access).  The caller owns it and gives it to free(). */
WP_MUST_CHECK enum wp_err wp_table_alloc(void *table, size_t bytes, const char *what);

/* Address space for `bytes` bytes, all zero, for what grows in place: the system gives memory
 * as it is touched, beyond the first few megabytes in huge pages where it has them.  NULL where
 * there is no such space.  The caller owns it and gives it to wp_release. */
void *wp_reserve(size_t bytes);
void wp_release(void *area, size_t bytes); /* area may be NULL */

/* Peak resident memory of this program so far, mapped files included, in bytes; 0 where the
 * system does not tell. */
size_t wp_peak_memory(void);

/* Test hook: from now on the n-th allocation through this header fails (1 is the next one);
 * 0 switches that off. */
void wp_alloc_fail_at(long n);

#ifdef __cplusplus
}
#endif
#endif
