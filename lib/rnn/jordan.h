/* Jordan's network: a layer whose recurrence goes through the output layer, which is therefore
 * part of it; see rnn/cell.h.  One layer, forward only.  (Internal: with real.h.) */
#ifndef WP_RNN_JORDAN_H
#define WP_RNN_JORDAN_H

#include "rnn/layer.h"

struct RNN(jordan);

WP_MUST_CHECK enum wp_err RNN(jordan_create)(struct RNN(jordan) **jordan,
	const struct wp_rnn_config *config, const struct wp_rnn_layout *layout);
void RNN(jordan_free)(struct RNN(jordan) *jordan); /* takes NULL */

WP_MUST_CHECK enum wp_err RNN(jordan_forward)(struct RNN(jordan) *jordan, const real *theta,
	const struct RNN(batch) *batch, struct RNN(layer_input) in);

/* The outputs (rows, outputs) before their soft-max. */
const real *RNN(jordan_logits)(const struct RNN(jordan) *jordan);

/* d_logits (rows, outputs) comes with what the loss says, and gets what later steps say.  The
 * rest is as layer_backward's. */
WP_MUST_CHECK enum wp_err RNN(jordan_backward)(struct RNN(jordan) *jordan, const real *theta,
	const struct RNN(batch) *batch, struct RNN(layer_input) in, real *d_logits, real *d_x,
	struct RNN(gradient) *gradient);

/* As a layer's; what is carried on are the outputs (sequences, outputs). */
struct RNN(activity) RNN(jordan_activity)(const struct RNN(jordan) *jordan);
size_t RNN(jordan_carry_size)(const struct RNN(jordan) *jordan, int sequences);
WP_MUST_CHECK enum wp_err RNN(jordan_get_carry)(
	const struct RNN(jordan) *jordan, int sequences, real *to);
WP_MUST_CHECK enum wp_err RNN(jordan_set_carry)(
	struct RNN(jordan) *jordan, int sequences, const real *from);

#endif
