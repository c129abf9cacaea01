/* The rows that an output layer works on, whichever soft-max it has.  (Internal: with real.h.)
 */
#ifndef WP_RNN_OUTPUT_H
#define WP_RNN_OUTPUT_H

#include "rnn/gradient.h"
#include "rnn/kernels.h"
#include "rnn/net.h"

struct RNN(output) {
	const struct RNN(kernels) *kernels;
	size_t rows, width, classes;
	const real *x;         /* (rows, width): states, or what they were pooled to      */
	const int32_t *target; /* (rows): the class; negative: none, it counts for nothing */
	const real *weight;    /* (classes, width), or a row for each node of a tree      */
	const real *bias;      /* or NULL */
	uint64_t number;       /* of the batch, for sampling                              */

	/* Of training. */
	real *d_x; /* (rows, width): all of it is written */
	struct RNN(gradient) *gradient;
	size_t weight_param; /* number of the weights' parameter */
	real *d_bias;        /* or NULL */
	struct wp_rnn_score *score;
};

#endif
