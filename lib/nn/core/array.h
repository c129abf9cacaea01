/* Arrays that grow to what the largest batch needs, and then stay.  (Internal: with real.h.) */
#ifndef WP_NN_ARRAY_H
#define WP_NN_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/core/real.h"

/* The owner frees `at`. */
struct NN(array) {
	real *at;
	size_t room;
};

/* Make room for rows x width; what was in an array that grows is lost. */
WP_MUST_CHECK static inline enum wp_err NN(reserve)(
	struct NN(array) *array, size_t rows, size_t width, const char *what)
{
	size_t need, bytes;
	if (!wp_mulsize(rows, width, &need) || !wp_mulsize(need, 2 * sizeof(real), &bytes))
		return wp_fail(WP_ENOMEM, "%s: %zu x %zu are too many", what, rows, width);
	if (need <= array->room)
		return WP_OK;
	if (need < array->room + array->room / 2)
		need = array->room + array->room / 2;
	free(array->at);
	*array = (struct NN(array)){0};
	enum wp_err err = wp_table_alloc(&array->at, need * sizeof(real), what);
	if (!err)
		array->room = need;
	return err;
}

/* What an array is to hold: rows x width; nothing where either is 0. */
struct NN(want) {
	struct NN(array) *array;
	size_t rows, width;
};

/* Make room for all of them. */
WP_MUST_CHECK static inline enum wp_err NN(reserve_all)(
	const struct NN(want) *want, size_t count)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < count && !err; i++)
		err = NN(reserve)(want[i].array, want[i].rows, want[i].width, "network");
	return err;
}

#endif
