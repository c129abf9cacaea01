/* Pooling, a state at a time: of layers, which keep the steps of maxima, and of encodings,
 * which are put together piece by piece.  (Internal: with real.h.) */
#ifndef WP_NN_POOLING_H
#define WP_NN_POOLING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/core/real.h"

/* Take the state x (n) of step t into `pooled` (n), zeros before the first: the last one, the
 * maximum, or the sum, which is to be divided by the number of steps.  from (n), zeros before
 * the first, or NULL: gets the step of each maximum. */
static inline void NN(pool_step)(
	enum wp_nn_pooling how, real *pooled, int32_t *from, const real *x, size_t n, int t)
{
	if (how == WP_NN_MEAN) {
		for (size_t i = 0; i < n; i++)
			pooled[i] += x[i];
	} else if (how == WP_NN_LAST || t == 0) {
		memcpy(pooled, x, n * sizeof *pooled);
	} else {
		for (size_t i = 0; i < n && from; i++)
			from[i] = x[i] > pooled[i] ? t : from[i];
		for (size_t i = 0; i < n; i++)
			pooled[i] = x[i] > pooled[i] ? x[i] : pooled[i];
	}
}

#endif
