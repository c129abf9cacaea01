/* Is the gradient right?  Every parameter's is compared with finite differences of the loss, in
 * double precision.  (Internal.) */
#ifndef WP_RNN_CHECK_H
#define WP_RNN_CHECK_H

#include "rnn/net.h"

struct wp_rnn_batch;

struct wp_rnn_check {
	double error; /* the largest relative one: |a - b| over the greater of |a| and |b|, or
		       * of a thousandth of the gradient's root mean square, if that is more */
	size_t param, element;       /* where: parameter of the layout, and place in it */
	double gradient, difference; /* there                                           */
	size_t compared;             /* numbers; frozen ones are not                    */
};

/* Compare the gradient of a batch's loss in training, as net_train has it: dropout and sampling
 * stay as they are, since they follow from the seed and the batch's number.  If the batch goes
 * on, it does so from made-up states, which are held constant, as in truncated backpropagation.
 * Time is that of some passes over the batch for every single parameter: this is for small
 * networks and batches. */
WP_MUST_CHECK enum wp_err wp_rnn_check_gradients(struct wp_rnn_check *check,
	const struct wp_rnn_config *config, const struct wp_rnn_layout *layout,
	const struct wp_rnn_facts *facts, const float *theta, const struct wp_rnn_batch *batch);

/* The same of a batch in double precision (rnn/differences.c). */
struct wp_rnn_check_case {
	const struct wp_rnn_config *config;
	const struct wp_rnn_layout *layout;
	const struct wp_rnn_facts *facts;
	double *theta; /* changed in turns, and as it was in the end */
	int steps, sequences;
	const int *active;
	const size_t *begin;
	const int32_t *ids, *classes;
	const double *values, *targets;
	bool go_on;
	uint64_t number;
};

WP_MUST_CHECK enum wp_err wp_rnn_check_case(
	struct wp_rnn_check *check, const struct wp_rnn_check_case *which);

#endif
