/* Do the tensors of pairs have as many targets as sources?  By their names and shapes alone. */
#ifndef WP_STREAM_PAIR_ROWS_H
#define WP_STREAM_PAIR_ROWS_H

#include <stdbool.h>

#include "stream/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_PAIR_TENSORS = 4 };

/* Zeroed, it has seen no tensor. */
struct wp_pair_rows {
	bool seen[WP_PAIR_TENSORS];
	uint64_t rows[WP_PAIR_TENSORS];
};

/* A tensor of that name, or a slice of it, has so many rows (more). */
void wp_pair_rows_note(struct wp_pair_rows *pairs, const char *name, uint64_t rows);

/* WP_EMISMATCH where there are `target.lengths`, but of `lengths`, `encoding` or `labels`,
 * which have a row for each sequence too, another number.  from: the stream, for messages, or
 * NULL. */
WP_MUST_CHECK enum wp_err wp_pair_rows_check(
	const struct wp_pair_rows *pairs, const char *from);

#ifdef __cplusplus
}
#endif
#endif
