/* A bag: how often each column occurs in one row of a matrix.
 *
 *	wp_bag_add(&bag, columns, n);     (as often as needed)
 *	wp_bag_close(&bag);
 *	... bag.count, bag.column, bag.times ...
 *	wp_bag_clear(&bag);
 *
 * Memory grows with the different columns of a row, not with its length.
 */
#ifndef WP_TEXT_BAG_H
#define WP_TEXT_BAG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A zeroed struct is an empty bag. */
struct wp_bag {
	/* Once it is closed: the columns that occur, ascending, and how often each does. */
	size_t count;
	int32_t *column, *times;

	/* Internal. */
	size_t column_room, times_room;
	int32_t *pending, *scratch; /* columns as they came */
	size_t pending_count, pending_room, scratch_room;
	int32_t *merged_column, *merged_times;
	size_t merged_column_room, merged_times_room;
};

void wp_bag_fini(struct wp_bag *bag);

/* Put n columns, none of them negative, into the bag.  WP_ELIMIT where one comes 2^31 times. */
WP_MUST_CHECK enum wp_err wp_bag_add(struct wp_bag *bag, const int32_t *columns, size_t n);
WP_MUST_CHECK enum wp_err wp_bag_close(struct wp_bag *bag);

/* Empty it, for the next row. */
void wp_bag_clear(struct wp_bag *bag);

#ifdef __cplusplus
}
#endif
#endif
