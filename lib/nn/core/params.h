/* The parameters of a network: which there are, how each begins, and where in one array it
 * lies.
 *
 * All parameters are one array, so that optimisers, clipping, checkpoints and finite
 * differences need not know the network.  The nodes of a network (nn/core/node.h) declare them;
 * they are called NODE.PARAMETER.  Weights that multiply a row vector from the right are stored
 * as (in, out), gates beside each other: LSTM i f g o, GRU r z n (the order of PyTorch and
 * cuDNN); those of outputs have a row for each class.
 */
#ifndef WP_NN_PARAMS_H
#define WP_NN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "nn/core/initializer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	WP_NN_LOOKUP = 1,  /* a batch touches few of its rows (nn/core/gradient.h): tables of
			    * tokens, and outputs if not every class takes part; not where
			    * the rows are so few that lists are not worth it            */
	WP_NN_BIAS = 2,    /* takes no part in weight decay                              */
	WP_NN_FROZEN = 4,  /* not trained: no gradient is made                           */
	WP_NN_WRITTEN = 8, /* every batch writes all of its gradient, once, before anything is
			    * added to it (nn/core/gradient.h): the weights of an output    */
	WP_NN_BY_ROWS = 16 /* predicting reads single rows of it, also of those that are
			    * `stored`: see below                                           */
};

/* Names are those of tensors (stream/tensor.h), in which models are saved. */
enum { WP_NN_PARAM_NAME_SIZE = 40 };

/* How a parameter begins: uniform in +-1/sqrt(fan_in), of which there may be more to say. */
struct wp_nn_begin {
	size_t fan_in;  /* 0: zeros                                                     */
	int table;      /* a table that tokens look up, so many rows at a time; 0: it is none */
	size_t doubled; /* so many first numbers are sums of two: a bias that PyTorch has twice
			 */
	bool square;    /* recurrent weights                                            */
	size_t gate;    /* columns of a gate, of weights (in, out)                      */
	bool by_rows;   /* weights (out, in)                                            */
	size_t forget, forget_end; /* numbers that are biases of the forget gate            */
	double more;               /* added to these numbers                                */
	size_t more_begin, more_end;
};

struct wp_stored;

struct wp_nn_param {
	char name[WP_NN_PARAM_NAME_SIZE];
	size_t rows, cols, offset; /* offset into the array of all parameters */
	unsigned flags;
	struct wp_nn_begin begin;
	/* Where it is not among the parameters, whose part for it is zero then, but as the file
	 * has it (wp_nn_model_map, of BY_ROWS in single precision); NULL: it is.  Borrowed. */
	const struct wp_stored *stored;
};

struct wp_nn_params {
	struct wp_nn_param *param;
	size_t count, room;
	size_t size; /* of the array; each parameter begins at a multiple of 16 elements, and
		      * what lies between two of them is zero and stays so */
	size_t parameters; /* the sum of rows * cols: what --summary counts */
};

/* Append one of that name; *number says which it is.  WP_EINVAL for a name that is too long or
 * is there already, and for one that is too large. */
WP_MUST_CHECK enum wp_err wp_nn_params_add(struct wp_nn_params *params, const char *name,
	size_t rows, size_t cols, unsigned flags, const struct wp_nn_begin *begin,
	size_t *number);
void wp_nn_params_fini(struct wp_nn_params *params);

/* Place them anew without those that have one of these flags, which are not in the array then.
 */
void wp_nn_params_leave_out(struct wp_nn_params *params, unsigned flags);

/* The parameter of that name, or NULL. */
const struct wp_nn_param *wp_nn_params_find(
	const struct wp_nn_params *params, const char *name);

/* How the parameters of a network begin. */
struct wp_nn_init {
	double scale;       /* all uniform in +-scale; 0: as PyTorch has them: uniform in
			     * +-1/sqrt(H), outputs in +-1/sqrt(width)                    */
	double table_scale; /* the same for what tokens look up, one-hot weights or an embedding
			     * (but a tied one); 0: as above.  Of such a table one row counts at
			     * a time, not a sum, so that more is right than for other weights
			     */
	/* Of matrices, gate by gate, where it is not uniform; biases then begin with 0. */
	enum wp_nn_initializer weights, recurrent;
	bool orthogonal;    /* recurrent weights, if `recurrent` is uniform: orthogonal       */
	double forget_bias; /* added to the LSTM's forget gate (Gers et al. 2000; Jozefowicz et
			     * al. 2015 recommend 1)                                      */
	uint64_t seed;
};

/* theta: params->size floats. */
void wp_nn_initialize(
	float *theta, const struct wp_nn_params *params, const struct wp_nn_init *init);

#ifdef __cplusplus
}
#endif
#endif
