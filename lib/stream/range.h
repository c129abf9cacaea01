/* Ranges of rows as Python writes them: "10:20", ":-5", "::2", "7".  (Internal.) */
#ifndef WP_STREAM_RANGE_H
#define WP_STREAM_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* FIRST:END:STEP, each of which may be left out; negative ones count from the end; or a single
 * number, one row. */
struct wp_range {
	int64_t first, end, step;
	bool has_first, has_end, single;
};

/* Parse the range that begins at *p, and move *p behind it; false where there is none. */
bool wp_range_parse(const char **p, struct wp_range *range);

/* Rows that follow each other. */
struct wp_span {
	uint64_t first, count;
};

/* A list of rows in any order. */
struct wp_rows {
	struct wp_span *span;
	size_t count, room;
	uint64_t rows; /* in all */
};

/* Append rows to the list. */
WP_MUST_CHECK enum wp_err wp_rows_add(struct wp_rows *list, uint64_t first, uint64_t count);

/* Append those of the range, of an axis of n.  *outside: a single row is not there. */
WP_MUST_CHECK enum wp_err wp_rows_add_range(
	struct wp_rows *list, const struct wp_range *range, uint64_t n, bool *outside);

void wp_rows_fini(struct wp_rows *list);

#ifdef __cplusplus
}
#endif
#endif
