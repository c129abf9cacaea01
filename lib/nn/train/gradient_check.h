/* Is the gradient right?  Every parameter's is compared with finite differences of the loss, in
 * double precision.  (Internal.) */
#ifndef WP_NN_GRADIENT_CHECK_H
#define WP_NN_GRADIENT_CHECK_H

#include "nn/net/net.h"
#include "nn/train/double_batch.h"

struct wp_nn_batch;

struct wp_nn_check {
	double error; /* the largest relative one: |a - b| over the greater of |a| and |b|, or
		       * of a thousandth of the gradient's root mean square, if that is more */
	size_t param, element;       /* where: parameter of the graph, and place in it */
	double gradient, difference; /* there                                           */
	size_t compared;             /* numbers; frozen ones are not                    */
};

/* Compare the gradient of a batch's loss in training, as net_train has it: dropout and sampling
 * stay as they are, since they follow from the seed and the batch's number.  If the batch goes
 * on, it does so from made-up states, which are held constant, as in truncated backpropagation.
 * compared, if not NULL, is told the share that is done.  Time is that of some passes over the
 * batch for every single parameter: this is for small networks and batches. */
WP_MUST_CHECK enum wp_err wp_nn_check_gradients(struct wp_nn_check *check,
	const struct wp_nn_graph *graph, const struct wp_nn_context *context,
	const float *theta, const struct wp_nn_batch *batch, void (*compared)(double share));

/* The same with parameters in double precision (nn/train/differences.c). */
struct wp_nn_check_case {
	const struct wp_nn_graph *graph;
	const struct wp_nn_context *context;
	double *theta; /* changed in turns, and as it was in the end */
	const struct wp_nn_double_batch *batch;
	void (*compared)(double share);
};

WP_MUST_CHECK enum wp_err wp_nn_check_case(
	struct wp_nn_check *check, const struct wp_nn_check_case *which);

#endif
