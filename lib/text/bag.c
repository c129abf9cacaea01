#include "text/bag.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	PENDING = 1 << 16, /* columns to hold at least before they are counted     */
	SHORT = 48         /* up to so many are sorted by insertion, more by digits */
};

void wp_bag_fini(struct wp_bag *bag)
{
	free(bag->column);
	free(bag->times);
	free(bag->pending);
	free(bag->scratch);
	free(bag->merged_column);
	free(bag->merged_times);
	*bag = (struct wp_bag){0};
}

void wp_bag_clear(struct wp_bag *bag)
{
	bag->count = bag->pending_count = 0;
}

static void sort_short(int32_t *a, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		int32_t x = a[i];
		size_t at = i;
		for (; at > 0 && a[at - 1] > x; at--)
			a[at] = a[at - 1];
		a[at] = x;
	}
}

/* Sort by digits of eight bits, the last one first, as many as the largest column has. */
static void sort_long(int32_t *a, size_t n, int32_t *other)
{
	int32_t largest = 0;
	int32_t *from = a, *to = other;
	for (size_t i = 0; i < n; i++)
		largest = a[i] > largest ? a[i] : largest;
	for (unsigned shift = 0; shift < 32 && (uint32_t)largest >> shift > 0; shift += 8) {
		size_t at[257] = {0};
		for (size_t i = 0; i < n; i++)
			at[1 + ((uint32_t)from[i] >> shift & 255)]++;
		for (int digit = 1; digit < 256; digit++)
			at[digit] += at[digit - 1];
		for (size_t i = 0; i < n; i++)
			to[at[(uint32_t)from[i] >> shift & 255]++] = from[i];
		int32_t *sorted = to;
		to = from;
		from = sorted;
	}
	if (from != a)
		memcpy(a, from, n * sizeof *a);
}

/* Make room for what the bag may have once all that is pending is counted. */
static enum wp_err make_room(struct wp_bag *bag)
{
	size_t n = bag->pending_count, most = bag->count + n;
	enum wp_err err =
		wp_grow(&bag->scratch, &bag->scratch_room, n, sizeof *bag->scratch, "row");
	if (!err)
		err = wp_grow(&bag->merged_column, &bag->merged_column_room, most,
			sizeof *bag->merged_column, "row");
	return err ? err
		   : wp_grow(&bag->merged_times, &bag->merged_times_room, most,
			     sizeof *bag->merged_times, "row");
}

static void swap_arrays(int32_t **a, size_t *a_room, int32_t **b, size_t *b_room)
{
	int32_t *array = *a;
	size_t room = *a_room;
	*a = *b;
	*a_room = *b_room;
	*b = array;
	*b_room = room;
}

/* Count what is pending, together with what has been counted before. */
static enum wp_err count_pending(struct wp_bag *bag)
{
	size_t n = bag->pending_count, i = 0, old = 0, kept = 0;
	enum wp_err err = n > 0 ? make_room(bag) : WP_OK;
	if (err || n == 0)
		return err;
	if (n <= SHORT)
		sort_short(bag->pending, n);
	else
		sort_long(bag->pending, n, bag->scratch);
	while (i < n || old < bag->count) {
		bool new_first =
			old == bag->count || (i < n && bag->pending[i] <= bag->column[old]);
		int32_t column = new_first ? bag->pending[i] : bag->column[old];
		int64_t times = 0;
		if (old < bag->count && bag->column[old] == column)
			times += bag->times[old++];
		for (; i < n && bag->pending[i] == column; i++)
			times++;
		if (times > INT32_MAX)
			return wp_fail(
				WP_ELIMIT, "a row with more than %d of one token", INT32_MAX);
		bag->merged_column[kept] = column;
		bag->merged_times[kept++] = (int32_t)times;
	}
	swap_arrays(
		&bag->column, &bag->column_room, &bag->merged_column, &bag->merged_column_room);
	swap_arrays(&bag->times, &bag->times_room, &bag->merged_times, &bag->merged_times_room);
	bag->count = kept;
	bag->pending_count = 0;
	return WP_OK;
}

enum wp_err wp_bag_add(struct wp_bag *bag, const int32_t *columns, size_t n)
{
	/* As many as are counted already, so that all the merging is linear but for a factor
	 * that grows with the logarithm. */
	size_t most = bag->count > PENDING ? bag->count : PENDING;
	while (n > 0) {
		size_t some = most - bag->pending_count;
		some = n < some ? n : some;
		enum wp_err err = wp_grow(&bag->pending, &bag->pending_room,
			bag->pending_count + some, sizeof *bag->pending, "row");
		if (err)
			return err;
		memcpy(bag->pending + bag->pending_count, columns, some * sizeof *columns);
		bag->pending_count += some;
		columns += some;
		n -= some;
		if (bag->pending_count == most) {
			err = count_pending(bag);
			most = bag->count > PENDING ? bag->count : PENDING;
		}
		if (err)
			return err;
	}
	return WP_OK;
}

enum wp_err wp_bag_close(struct wp_bag *bag)
{
	return count_pending(bag);
}
