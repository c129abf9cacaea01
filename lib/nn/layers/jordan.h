/* Jordan's network: a layer whose recurrence goes through the output layer, which is therefore
 * part of it; see nn/kernels/cells.h.  One layer, forward only.  (Internal: with real.h.) */
#ifndef WP_NN_JORDAN_H
#define WP_NN_JORDAN_H

#include "nn/layers/recurrent.h"

struct NN(jordan);

WP_MUST_CHECK enum wp_err NN(jordan_create)(struct NN(jordan) **jordan,
	const struct wp_nn_config *config, const struct wp_nn_params *params);
void NN(jordan_free)(struct NN(jordan) *jordan); /* takes NULL */

WP_MUST_CHECK enum wp_err NN(jordan_forward)(struct NN(jordan) *jordan, const real *theta,
	const struct NN(batch) *batch, struct NN(layer_input) in);

/* The outputs (rows, outputs) before their softmax. */
const real *NN(jordan_logits)(const struct NN(jordan) *jordan);

/* d_logits (rows, outputs) comes with what the loss says, and gets what later steps say.  The
 * rest is as layer_backward's. */
WP_MUST_CHECK enum wp_err NN(jordan_backward)(struct NN(jordan) *jordan, const real *theta,
	const struct NN(batch) *batch, struct NN(layer_input) in, real *d_logits, real *d_x,
	struct NN(gradient) *gradient);

/* As a layer's; what is carried on are the outputs (sequences, outputs). */
struct NN(activity) NN(jordan_activity)(const struct NN(jordan) *jordan);
size_t NN(jordan_carry_size)(const struct NN(jordan) *jordan, int sequences);
WP_MUST_CHECK enum wp_err NN(jordan_get_carry)(
	const struct NN(jordan) *jordan, int sequences, real *to);
WP_MUST_CHECK enum wp_err NN(jordan_set_carry)(
	struct NN(jordan) *jordan, int sequences, const real *from);

#endif
