/* The arithmetic of a node's type.  (Internal: with real.h.)
 *
 * Values are packed as batches are (nn/core/batch.h).  Whatever a node keeps from forward to
 * backward is its own; it grows to what the largest batch needs, and then stays.
 */
#ifndef WP_NN_LAYER_H
#define WP_NN_LAYER_H

#include "nn/core/array.h"
#include "nn/core/batch.h"
#include "nn/core/gradient.h"
#include "nn/core/node.h"

/* What a node made of a batch: rows x width; or what the network reads. */
struct NN(value) {
	size_t rows, width;
	const real *x; /* (rows, width); NULL of tokens                              */
	const struct NN(cells) *cells; /* the same as cells: for types that read such
					* (`cells`); x may then be NULL                */
	const int32_t *ids;   /* (rows), of tokens                                          */
	const int32_t *words; /* (rows): their rows in a table of tokens; negative: none   */
	real *d;      /* (rows, width): the derivative of the loss by x; NULL: not wanted */
	bool d_begun; /* something has been put there: add to it                    */
	/* The states of the node's type, each (sequences, width): forward begins with them, if
	 * the batch continues, and leaves those in which its sequences ended. */
	real *state[WP_NN_NODE_STATES];
};

/* What is the same for all nodes of a pass. */
struct NN(pass) {
	const real *theta;
	const struct NN(batch) *batch;     /* of pairs: of the node's side                  */
	const struct wp_nn_chance *chance; /* NULL: evaluation, nothing is left to chance   */
	struct NN(gradient) *gradient;     /* backward: added to; NULL: not wanted          */
	struct wp_nn_score *score; /* what a layer adds to the loss; NULL: not wanted       */
};

/* What a recurrent layer's direction left behind: states and, after backward, their derivatives
 * with all that goes through later steps, (rows, H), with rows `stride` apart; gates (rows, G
 * H) after their activation, cells (rows, H) or NULL. */
struct NN(activity) {
	const real *state, *d_state;
	size_t stride;
	const real *gates, *cell;
};

/* What every layer and output begins with; all borrowed. */
struct NN(kernels);
#define WP_NN_NODE_AT_WORK \
	const struct wp_nn_node *node; \
	const struct wp_nn_params *params; \
	const struct wp_nn_context *context; \
	const struct NN(kernels) *kernels

struct NN(layer) {
	WP_NN_NODE_AT_WORK;
};

/* How one is made: of `size` bytes, zeros after what all begin with.  init, which may be NULL,
 * does the rest; fini, which may be NULL, frees what it took, and later passes, also after init
 * failed. */
struct NN(life) {
	size_t size;
	enum wp_err (*init)(void *self);
	void (*fini)(void *self);
};

struct NN(layer_ops) {
	struct NN(life) life;
	/* Sets out->x, or ids and words where it makes tokens, or cells. */
	enum wp_err (*forward)(void *self, const struct NN(pass) *pass,
		const struct NN(value) *const in[], struct NN(value) *out);
	/* Adds to in[i]->d, where that is wanted, and to the gradient.  NULL: no derivative
	 * goes through. */
	enum wp_err (*backward)(void *self, const struct NN(pass) *pass,
		struct NN(value) *const in[], const struct NN(value) *out);

	/* Of recurrent layers, else NULL. */
	struct NN(activity) (*activity)(const void *self, int direction);

	/* Of layers that attend to a source, else NULL: the weights of its steps, for a head
	 * and a row of the targets; borrowed until the next pass. */
	const real *(*attention)(const void *self, size_t row, size_t head);
};

struct NN(output_ops) {
	struct NN(life) life;
	/* The loss of the batch's targets, added to *score, and its gradient: fills in->d, adds
	 * to the parameters'. */
	enum wp_err (*train)(void *self, const struct NN(pass) *pass, struct NN(value) *in,
		struct wp_nn_score *score);
	/* Log-probabilities of the classes, or the numbers, into outputs (rows, outputs), if
	 * that is not NULL; the loss, if score is not NULL. */
	enum wp_err (*predict)(void *self, const struct NN(pass) *pass,
		const struct NN(value) *in, real *outputs, struct wp_nn_score *score);
	/* The `count` best sequences of classes, best (count, rows), in falling order.
	 * logprob (count, sequences), unless it is NULL: the logarithm of the probability of
	 * each, -INFINITY where there are fewer.  NULL: the most probable of each row. */
	enum wp_err (*decode)(void *self, const struct NN(pass) *pass,
		const struct NN(value) *in, size_t count, int32_t *best, double *logprob);
};

/* Every type's operations, in the precision that is being compiled. */
#ifdef WP_NN_F64
#define WP_NN_LAYER_OPS(type)  ((type)->layer64)
#define WP_NN_MEAN_OPS(type)   ((type)->mean64)
#define WP_NN_OUTPUT_OPS(type) ((type)->out64)
#else
#define WP_NN_LAYER_OPS(type)  ((type)->layer)
#define WP_NN_MEAN_OPS(type)   ((type)->mean)
#define WP_NN_OUTPUT_OPS(type) ((type)->out)
#endif

/* Where parameter `slot` of a node lies in theta, or in a gradient; NULL where it has none. */
static inline const real *NN(param)(const struct wp_nn_node *node,
	const struct wp_nn_params *params, const real *theta, int slot)
{
	size_t number = node->param[slot];
	return number == WP_NN_NONE ? NULL : theta + params->param[number].offset;
}

static inline real *NN(param_gradient)(
	const struct wp_nn_node *node, struct NN(gradient) *gradient, int slot)
{
	size_t number = node->param[slot];
	return number == WP_NN_NONE ? NULL
				    : gradient->value + gradient->params->param[number].offset;
}

/* The factor by which what stands in value->d counts, as beta of a product: 1 if something has
 * been put there, which from now on it has. */
static inline real NN(begin_d)(struct NN(value) *value)
{
	real beta = value->d_begun ? 1 : 0;
	value->d_begun = true;
	return beta;
}

#endif
