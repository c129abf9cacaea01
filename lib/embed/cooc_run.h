/* One packed matrix of counts in a spool.  (Internal.)
 *
 * The cells come in segments: row, less the row of the segment before; how many cells; then
 * each one's column, less the column before it in this row, and its sum.  All are unsigned
 * numbers of 7 bits a byte, the lowest first, with the highest bit set where more follow.
 */
#ifndef WP_EMBED_COOC_RUN_H
#define WP_EMBED_COOC_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spool.h"

struct wp_cooc_packer {
	struct wp_spool *spool;
	int32_t row, col; /* the last ones written */
	size_t used;
	uint8_t buffer[1 << 16];
};

/* Begin a run at the end of the spool. */
void wp_cooc_packer_begin(struct wp_cooc_packer *packer, struct wp_spool *spool);

/* Add cells of a row that is not before the last one, by ascending column. */
WP_MUST_CHECK enum wp_err wp_cooc_pack(struct wp_cooc_packer *packer, int32_t row, size_t count,
	const int32_t *col, const uint64_t *sum);

/* Write what is still buffered. */
WP_MUST_CHECK enum wp_err wp_cooc_packer_end(struct wp_cooc_packer *packer);

struct wp_cooc_unpacker {
	const struct wp_spool *spool;
	uint64_t next, end; /* bytes of the spool not yet in the buffer */
	uint8_t *buffer;
	size_t room, at, have;
	int32_t row;  /* of the current segment; INT32_MAX: the run is over */
	size_t cells; /* of the segment that are still to come */
	int32_t col;
};

/* Least bytes of a buffer. */
enum { WP_COOC_UNPACKER_ROOM = 4096 };

/* Go to the first segment of the run in bytes [begin, end); the unpacker takes the malloc'ed
 * buffer over. */
WP_MUST_CHECK enum wp_err wp_cooc_unpacker_init(struct wp_cooc_unpacker *run,
	const struct wp_spool *spool, uint64_t begin, uint64_t end, size_t room);
void wp_cooc_unpacker_fini(struct wp_cooc_unpacker *run);

/* Unpack up to n cells of the current segment; *count is 0 at its end. */
WP_MUST_CHECK enum wp_err wp_cooc_unpack(
	struct wp_cooc_unpacker *run, size_t n, int32_t *col, uint64_t *sum, size_t *count);

/* Go to the next segment; the current one must have come to its end. */
WP_MUST_CHECK enum wp_err wp_cooc_unpacker_next(struct wp_cooc_unpacker *run);

#endif
