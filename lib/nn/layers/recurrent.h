/* One direction of one recurrent layer, over a whole batch, forward and backward: what happens
 * in each step is in nn/kernels/cells.h.  (Internal: with real.h.)
 *
 * The backward direction is the same as the forward one with t + 1 for t - 1.  It needs no
 * reversed copies: at step t the sequences that end there begin with zeros.  Jordan's network
 * is in nn/layers/jordan.h.
 */
#ifndef WP_NN_RECURRENT_H
#define WP_NN_RECURRENT_H

#include "nn/core/batch.h"
#include "nn/core/gradient.h"

struct NN(layer);

/* What a pass over a batch left behind: the states (rows, H); the gates (rows, G H) after their
 * activation; the LSTM's cells (rows, H) or NULL; and after the backward pass, the derivative
 * of the loss by each state (rows, H), with all that it goes through later. */
struct NN(activity) {
	const real *state, *gates, *cell, *d_state;
};

/* What a layer reads: x (rows, width); or tokens (rows), for one-hot input. */
struct NN(layer_input) {
	const real *x;
	const int32_t *tokens;
};

/* Layer `number`, from 0; direction: 0 forward, 1 backward.  config and params are borrowed. */
WP_MUST_CHECK enum wp_err NN(layer_create)(struct NN(layer) **layer,
	const struct wp_nn_config *config, const struct wp_nn_params *params, int number,
	int direction);
void NN(layer_free)(struct NN(layer) *layer); /* takes NULL */

/* Run over the batch.  mask (sequences, H), of recurrent dropout, or NULL; it must live until
 * the backward pass is done.  If the batch goes on, begins with the carried states. */
WP_MUST_CHECK enum wp_err NN(layer_forward)(struct NN(layer) *layer, const real *theta,
	const struct NN(batch) *batch, struct NN(layer_input) input, const real *mask);

/* And back.  d_state (rows, H) comes with the derivative by the states from what is above; what
 * the later steps say is added to it.  d_x (rows, width) takes the derivative by the input: in
 * place of what it held, or if `adds`, on top of it; NULL: not wanted.  The parameters'
 * gradient is added to *gradient, if that is not NULL. */
WP_MUST_CHECK enum wp_err NN(layer_backward)(struct NN(layer) *layer, const real *theta,
	const struct NN(batch) *batch, struct NN(layer_input) input, real *d_state, real *d_x,
	bool adds, struct NN(gradient) *gradient);

/* Borrowed until the next pass. */
struct NN(activity) NN(layer_activity)(const struct NN(layer) *layer);

/* The states that are carried on, h and, in an LSTM, c: (sequences, H) each, side by side. */
size_t NN(layer_carry_size)(const struct NN(layer) *layer, int sequences);
WP_MUST_CHECK enum wp_err NN(layer_get_carry)(
	const struct NN(layer) *layer, int sequences, real *to);
WP_MUST_CHECK enum wp_err NN(layer_set_carry)(
	struct NN(layer) *layer, int sequences, const real *from);

#endif
