/* Softmax, cross-entropy and all gradients of an output layer for few rows, as in training
 * sentence by sentence.  With so little to reuse, what costs is passing through the weights: a
 * product of general matrices copies them in another order first.  Here they are read twice,
 * where they lie, and their gradient is written once.  (Internal: with real.h.)
 *
 * Everything is by class, with the rows side by side in vectors, so that softmax needs no sums
 * across a vector, and what the next product multiplies by stands together.
 */
#ifndef WP_NN_SMALL_SOFTMAX_H
#define WP_NN_SMALL_SOFTMAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/core/real.h"

struct NN(small_softmax) {
	size_t rows, width, classes; /* 1 to `most` rows */
	const real *x;               /* (rows, width) */
	const int32_t *target;       /* (rows); a negative one counts for nothing */
	const real *weight, *bias;   /* (classes, width); (classes) or NULL       */

	real *d_x;      /* (rows, width) */
	real *d_weight; /* (classes, width) */
	real *d_bias;   /* (classes), added to; or NULL        */
	bool keep;      /* add to d_weight, not overwrite it   */

	double squares; /* the sum of those of d_weight, once it is complete */
	double loss;
	uint64_t targets, correct; /* the first of the likeliest classes is the target */
};

struct NN(small_softmax_kernels) {
	size_t most; /* rows */
	/* space: few_space(width, classes) reals, aligned to 64 bytes. */
	void (*cross_entropy)(struct NN(small_softmax) *few, real *space);
	size_t (*space)(size_t width, size_t classes);
};

#endif
