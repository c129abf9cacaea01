#include "stream/range.h"

#include <stdlib.h>

#include "base/memory.h"

/* A whole number, with a sign perhaps; false where none stands there, or it is too large. */
static bool parse_number(const char **p, int64_t *number)
{
	bool negative = **p == '-';
	const char *q = *p + negative;
	int64_t n = 0;
	if (*q < '0' || *q > '9')
		return false;
	for (; *q >= '0' && *q <= '9'; q++) {
		if (n > (INT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (*q - '0');
	}
	*number = negative ? -n : n;
	*p = q;
	return true;
}

bool wp_range_parse(const char **p, struct wp_range *range)
{
	*range = (struct wp_range){.step = 1};
	range->has_first = parse_number(p, &range->first);
	if (**p != ':') {
		range->single = true;
		return range->has_first;
	}
	++*p;
	range->has_end = parse_number(p, &range->end);
	if (**p != ':')
		return true;
	++*p;
	return parse_number(p, &range->step) && range->step > 0;
}

enum wp_err wp_rows_add(struct wp_rows *list, uint64_t first, uint64_t count)
{
	struct wp_span *last = list->count ? &list->span[list->count - 1] : NULL;
	list->rows += count;
	if (count == 0)
		return WP_OK;
	if (last && last->first + last->count == first) {
		last->count += count;
		return WP_OK;
	}
	enum wp_err err =
		wp_grow(&list->span, &list->room, list->count + 1, sizeof *list->span, "rows");
	if (!err)
		list->span[list->count++] = (struct wp_span){first, count};
	return err;
}

/* A place on an axis of n: from the end, if it is negative, and within. */
static uint64_t place(int64_t at, uint64_t n)
{
	uint64_t back = at < 0 ? (uint64_t)-at : 0;
	if (at < 0)
		return back > n ? 0 : n - back;
	return (uint64_t)at > n ? n : (uint64_t)at;
}

enum wp_err wp_rows_add_range(
	struct wp_rows *list, const struct wp_range *range, uint64_t n, bool *outside)
{
	uint64_t first = range->has_first ? place(range->first, n) : 0;
	uint64_t end = range->has_end ? place(range->end, n) : n;
	*outside = range->single &&
		(range->first < 0 ? (uint64_t)-range->first > n : (uint64_t)range->first >= n);
	if (range->single)
		end = first + !*outside;
	if (range->step == 1)
		return wp_rows_add(list, first, first < end ? end - first : 0);
	enum wp_err err = WP_OK;
	for (uint64_t i = first; i < end && !err; i += (uint64_t)range->step)
		err = wp_rows_add(list, i, 1);
	return err;
}

void wp_rows_fini(struct wp_rows *list)
{
	free(list->span);
	*list = (struct wp_rows){0};
}
