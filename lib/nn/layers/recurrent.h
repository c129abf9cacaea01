/* Recurrent layers: the types elman, lstm, peephole, gru and gru-reset-before.  (Internal.) */
#ifndef WP_NN_RECURRENT_H
#define WP_NN_RECURRENT_H

#include "nn/core/node.h"

struct wp_nn_recurrent_settings {
	size_t units;
	int activation; /* enum wp_nn_activation */
	bool bidirectional, no_bias;
	double dropout;     /* of the recurrent connections, one mask for all steps (Gal &
			     * Ghahramani 2016) */
	double weight_drop; /* of the recurrent weights, the same in all steps and sequences
			     * of a batch (DropConnect; Wan et al. 2013, Merity et al. 2018) */
	double omega;       /* elman: weight of the regularizer that keeps gradients from
			     * vanishing (Pascanu et al. 2013) */
};

/* The number of the forward direction's recurrent weights among the parameters of a node. */
enum { WP_NN_RECURRENT_WEIGHTS = 1 };

extern const struct wp_nn_type wp_nn_elman_type, wp_nn_lstm_type, wp_nn_peephole_type,
	wp_nn_gru_type, wp_nn_gru_reset_before_type;
extern const struct wp_nn_layer_ops wp_nn_recurrent_ops;
extern const struct wp_nn64_layer_ops wp_nn64_recurrent_ops;

#endif
