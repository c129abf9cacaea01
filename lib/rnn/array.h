/* Arrays that grow to what the largest batch needs, and then stay.  (Internal: with real.h.) */
#ifndef WP_RNN_ARRAY_H
#define WP_RNN_ARRAY_H

#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "rnn/output.h"
#include "rnn/real.h"

struct RNN(array) {
	real *at;
	size_t room;
};

/* What an array is to hold: rows x width; nothing where either is 0. */
struct RNN(want) {
	struct RNN(array) *array;
	size_t rows, width;
};

/* Make room for all of them; what was in an array that grows is lost. */
WP_MUST_CHECK static inline enum wp_err RNN(reserve_all)(
	const struct RNN(want) *want, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct RNN(array) *array = want[i].array;
		size_t size;
		if (!wp_mulsize(want[i].rows, want[i].width, &size))
			return wp_fail(WP_ENOMEM, "network: batch too large");
		enum wp_err err = RNN(reserve)(&array->at, &array->room, size, "network");
		if (err)
			return err;
	}
	return WP_OK;
}

#endif
