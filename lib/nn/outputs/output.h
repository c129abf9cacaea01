/* The rows that an output layer works on, whichever softmax it has.  (Internal: with real.h.)
 */
#ifndef WP_NN_OUTPUT_H
#define WP_NN_OUTPUT_H

#include "nn/core/gradient.h"
#include "nn/kernels/kernels.h"
#include "nn/core/context.h"

struct NN(output) {
	const struct NN(kernels) *kernels;
	size_t rows, width, classes;
	const real *x;         /* (rows, width): states, or what they were pooled to      */
	const int32_t *target; /* (rows): the class; negative: none, it counts for nothing */
	const real *weight;    /* (classes, width), or a row for each node of a tree      */
	const real *bias;      /* or NULL */
	uint64_t number;       /* of the batch, for sampling                              */

	/* Of training. */
	real *d_x; /* (rows, width): all of it is written */
	struct NN(gradient) *gradient;
	size_t weight_param; /* number of the weights' parameter */
	real *d_bias;        /* or NULL */
	struct wp_nn_score *score;
};

#endif
