/* The parameters of a network: which there are, and where in one array each of them lies.
 *
 * All parameters are one array, so that optimisers, clipping, checkpoints and finite
 * differences need not know the network.  Weights that multiply a row vector from the right
 * are stored as (in, out), gates beside each other: LSTM i f g o, GRU r z n (the order of
 * PyTorch and cuDNN).  For direction D, forward or backward, of layer L, counted from 0:
 *
 *	layerL.D.input      (in, G H)   G gates: 1 Elman and Jordan, 4 LSTM, 3 GRU; `in` is V,
 *	                                D, or the width of the layer below
 *	layerL.D.recurrent  (H, G H)    Jordan: (outputs, H)
 *	layerL.D.bias       (1, G H)
 *	layerL.D.state_bias (1, H)      GRU with reset after: inside the reset gate's product
 *	layerL.D.peephole   (3, H)      peephole LSTM: i, f, o
 *	embedding           (V, D)
 *	subword             (subwords, D)
 *	output.weight       (outputs, width)  a row for each class; hierarchical: for each node
 *	output.bias         (1, outputs)
 */
#ifndef WP_NN_PARAMS_H
#define WP_NN_PARAMS_H

#include "nn/core/config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	WP_NN_LOOKUP = 1, /* a batch touches few of its rows (nn/core/gradient.h): tables of
			   * tokens, and outputs if not every class takes part; not where
			   * the rows are so few that lists are not worth it            */
	WP_NN_BIAS = 2,   /* takes no part in weight decay                              */
	WP_NN_FROZEN = 4, /* not trained: no gradient is made                           */
	WP_NN_DENSE_OUTPUT = 8 /* the weights of a head that every batch fills wholly, first of
				* all parameters (nn/core/gradient.h); in tied networks, the
				* embedding                                                  */
};

struct wp_nn_param {
	char name[48];
	size_t rows, cols, offset; /* offset into the array of all parameters */
	unsigned flags;
};

struct wp_nn_params {
	struct wp_nn_param *param;
	size_t count;
	size_t size; /* of the array; each parameter begins at a multiple of 16 elements, and
		      * what lies between two of them is zero and stays so */
	size_t parameters; /* the sum of rows * cols: what --summary counts */
};

WP_MUST_CHECK enum wp_err wp_nn_params_init(
	struct wp_nn_params *params, const struct wp_nn_config *config);
void wp_nn_params_fini(struct wp_nn_params *params);

/* The parameter of that name, or NULL. */
const struct wp_nn_param *wp_nn_params_find(
	const struct wp_nn_params *params, const char *name);

/* Its number; count where there is none of that name. */
size_t wp_nn_params_number(const struct wp_nn_params *params, const char *name);

/* How the parameters begin. */
struct wp_nn_init {
	double scale;       /* all uniform in +-scale; 0: as PyTorch has them: uniform in
			     * +-1/sqrt(H), outputs in +-1/sqrt(width)                    */
	double table_scale; /* the same for what tokens look up, one-hot weights or an embedding
			     * (but a tied one); 0: as above.  Of such a table one row counts at
			     * a time, not a sum, so that more is right than for other weights
			     */
	bool orthogonal;    /* recurrent weights: orthogonal, gate by gate (Saxe et al. 2014) */
	double forget_bias; /* added to the LSTM's forget gate (Gers et al. 2000; Jozefowicz et
			     * al. 2015 recommend 1)                                      */
	uint64_t seed;
};

/* theta: params->size floats. */
void wp_nn_initialize(float *theta, const struct wp_nn_params *params,
	const struct wp_nn_config *config, const struct wp_nn_init *init);

#ifdef __cplusplus
}
#endif
#endif
