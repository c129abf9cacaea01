/* A spool: bytes put aside while they are made, and read back once they are complete.
 *
 * They stay in memory up to a limit; beyond it all go to a temporary file, which has no name
 * any more from the moment it is open, so that nothing is left behind however the program ends.
 * One thread at a time, but for wp_spool_read_at.
 */
#ifndef WP_BASE_SPOOL_H
#define WP_BASE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_spool;

/* limit: bytes to keep in memory at most (a spool on disk still has a buffer of 1 MiB).
 * directory: where the temporary file goes; borrowed until wp_spool_free. */
WP_MUST_CHECK enum wp_err wp_spool_create(
	struct wp_spool **spool, size_t limit, const char *directory);

/* May be given NULL. */
void wp_spool_free(struct wp_spool *spool);

/* Add n bytes at the end.  Not once the spool has been read or mapped.  WP_EIO, naming the
 * directory, where the disk is full. */
WP_MUST_CHECK enum wp_err wp_spool_append(struct wp_spool *spool, const void *data, size_t n);

/* Bytes added. */
uint64_t wp_spool_size(const struct wp_spool *spool);

/* Are the bytes in the temporary file? */
bool wp_spool_on_disk(const struct wp_spool *spool);

/* Read on from where the last read ended, at first from the beginning: n bytes, fewer only at
 * the end.  *got says how many. */
WP_MUST_CHECK enum wp_err wp_spool_read(
	struct wp_spool *spool, void *buffer, size_t n, size_t *got);

/* Copy the n bytes from `offset` on, which must be there.  Once all bytes have been added, any
 * number of threads may do this at the same time. */
WP_MUST_CHECK enum wp_err wp_spool_read_at(
	const struct wp_spool *spool, uint64_t offset, void *buffer, size_t n);

/* Read from the beginning again. */
void wp_spool_rewind(struct wp_spool *spool);

/* All bytes as an array, aligned to a page, borrowed until wp_spool_free; NULL if there are
 * none.  Where they are on disk, the system keeps in memory what fits. */
WP_MUST_CHECK enum wp_err wp_spool_map(struct wp_spool *spool, const void **data);

#ifdef __cplusplus
}
#endif
#endif
