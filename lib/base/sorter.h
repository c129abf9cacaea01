/* Records of numbers, sorted in bounded memory.
 *
 * A record is a few unsigned numbers of 32 bits, and the first `keys` of them are what it is
 * sorted by, the very first before all others.  What does not fit in memory is put aside as
 * sorted runs in temporary files (base/spool.h), which are merged while they are read: an
 * external merge sort.  One thread at a time.
 */
#ifndef WP_BASE_SORTER_H
#define WP_BASE_SORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_SORTER_WORDS = 32 }; /* of a record at most */

struct wp_sorter_config {
	unsigned words, keys;  /* numbers of a record; of these, to sort by          */
	bool sum;              /* records with the same keys become one, whose last
				* number is the sum of theirs                        */
	size_t memory;         /* bytes; at least 64 KiB are taken                   */
	const char *directory; /* of temporary files; borrowed                      */
	size_t fan_in;         /* runs that are merged at once; 0: 128               */
};

struct wp_sorter;

WP_MUST_CHECK enum wp_err wp_sorter_create(
	struct wp_sorter **sorter, const struct wp_sorter_config *config);
void wp_sorter_free(struct wp_sorter *sorter); /* may be NULL */

/* Add a record.  Not once one has been read.  WP_EIO, naming the directory, where the disk is
 * full. */
WP_MUST_CHECK enum wp_err wp_sorter_put(struct wp_sorter *sorter, const uint32_t *record);

/* The next record, by ascending keys, borrowed until the next call; those with the same keys
 * come in any order.  WP_END after the last one; WP_ELIMIT for a sum of 2^32 or more. */
WP_MUST_CHECK enum wp_err wp_sorter_next(struct wp_sorter *sorter, const uint32_t **record);

/* Bytes written to temporary files. */
uint64_t wp_sorter_bytes(const struct wp_sorter *sorter);

#ifdef __cplusplus
}
#endif
#endif
