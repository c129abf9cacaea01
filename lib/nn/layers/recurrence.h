/* One direction of a recurrent layer, over a whole batch, forward and backward: what happens in
 * each step is in nn/kernels/cells.h.  (Internal: with real.h.)
 *
 * The backward direction is the same as the forward one with t + 1 for t - 1.  It needs no
 * reversed copies: at step t the sequences that end there begin with zeros.
 *
 * With H units and G gates (1 Elman, 4 LSTM, 3 GRU), the parameters are
 *
 *	input      (in, G H)
 *	recurrent  (H, G H)
 *	bias       (1, G H)
 *	state_bias (1, H)    GRU with reset after: inside the reset gate's product
 *	peephole   (3, H)    peephole LSTM: i, f, o
 */
#ifndef WP_NN_RECURRENCE_H
#define WP_NN_RECURRENCE_H

#include "nn/core/layer.h"
#include "nn/kernels/kernels.h"

/* Parameters of a direction; those of the backward one come after the forward one's. */
enum {
	WP_NN_DIRECTION_INPUT,
	WP_NN_DIRECTION_RECURRENT,
	WP_NN_DIRECTION_BIAS,
	WP_NN_DIRECTION_STATE_BIAS,
	WP_NN_DIRECTION_PEEPHOLE,
	WP_NN_DIRECTION_PARAMS
};

/* What a direction reads: x (rows, width); or tokens (rows), for one-hot input. */
struct NN(direction_input) {
	const real *x;
	const int32_t *tokens;
	size_t width;
};

/* What else happens in the steps of a direction, as attention does (nn/layers/decoder.c). */
struct NN(direction_steps) {
	/* Forward, before step t: x (active, G H) is the input times its weights, to be added
	 * to; `before` (active, H) are the states before, `stride` apart. */
	void (*before)(void *self, int t, const real *before, real *x);
	/* Backward, after step t: d_gates (active, G H) are known; d_before (active, H),
	 * `stride` apart, are the derivatives of the states before, to be added to. */
	void (*after)(void *self, int t, const real *d_gates, real *d_before);
	/* Backward, when d_gates (rows, G H) of rows from `row` on are all known. */
	void (*chunk)(void *self, size_t row, size_t rows, const real *d_gates);
	void *self;
};

struct NN(direction) {
	const struct wp_nn_cell *kind;
	enum wp_nn_activation activation;
	const struct wp_nn_node *node;
	const struct wp_nn_params *params;
	const struct NN(cell_kernels) *kernels;
	const struct NN(kernels) *vectors;
	bool backward;
	int first_param;
	size_t units, gates; /* H, G */
	double omega;
	const struct NN(direction_steps) *steps; /* or NULL */

	/* Of the batch. */
	int sequences;
	bool begun;         /* there are states before the first step, not zeros              */
	size_t rows, chunk; /* rows of all steps, and of the largest chunk */
	const real *mask;   /* (sequences, H), of recurrent dropout; or NULL */
	struct NN(array) mask_room;
	/* Of weight drop, (H, G H) each: the mask, or of size 0; the weights that are left; the
	 * gradient by these. */
	struct NN(array) weight_mask, weight, d_weight;
	bool weights_dropped;

	/* What forward leaves for backward.  `state`, borrowed, and `cell` begin with the rows
	 * of the states before the first step, and end with as many zeros, which are what is
	 * before the sequences of the backward direction; between them, as in the others, are
	 * the batch's rows: of H numbers, in `gate` of G H; those of `state`, and of `d_state`,
	 * which has the batch's rows alone, are `stride` apart.  `inner` is what
	 * nn/kernels/cells.h says; `masked` are the states before, after dropout. */
	real *state, *d_state;
	size_t stride;
	struct NN(array) cell, gate, inner, masked;

	/* Recurrent weights as the kernels want them. */
	struct NN(array) packed;

	/* Of a chunk's rows: input times weights (G H); the derivatives of gates (G H) and of
	 * `inner`, for this chunk and the one worked on before; the states before. */
	struct NN(array) x, d_gate[2], d_inner[2], before;

	struct NN(array) back;   /* of the regularizer: a chunk's rows (H) */
	struct NN(array) d_cell; /* (sequences, H): the derivative of the LSTM's cells, in the
				  * end of those before the first step                 */
	/* Of the states before the first step: (sequences, H), `stride` apart; and what of it
	 * comes through the products. */
	bool wants_first;
	struct NN(array) d_first, through;
};

/* Frees its arrays. */
void NN(direction_fini)(struct NN(direction) *direction);

/* The masks of dropout for a batch, of recurrent connections and of recurrent weights. */
WP_MUST_CHECK enum wp_err NN(direction_draw)(struct NN(direction) *direction,
	const struct NN(pass) *pass, double dropout, double weight_drop, int place);

/* The states before the first step are in `state`, and `cell` takes those of `cells`,
 * (sequences, cells_stride) or NULL: zeros; begun: they are not all zeros. */
WP_MUST_CHECK enum wp_err NN(direction_forward)(struct NN(direction) *direction,
	const real *theta, const struct NN(batch) *batch, const struct NN(direction_input) *in,
	bool begun, const real *cells, size_t cells_stride);

/* d_x (rows, width), or NULL: not wanted; beta: the factor of what it has. */
WP_MUST_CHECK enum wp_err NN(direction_backward)(struct NN(direction) *direction,
	const real *theta, const struct NN(batch) *batch, const struct NN(direction_input) *in,
	real *d_x, real beta, struct NN(gradient) *gradient);

/* Add the derivatives of the states before the first step, and of the cells, to what the layer
 * began with: (sequences, H or 2 H). */
void NN(direction_give_first)(const struct NN(direction) *direction, struct NN(value) *first);

/* The rows before the first step, `width` wide: `first` (sequences, first_width), zeros behind
 * it, NULL: zeros; and the zeros behind the last row. */
void NN(begin_states)(real *states, size_t sequences, size_t rows, size_t width,
	const real *first, size_t first_width);

/* The parameters of a direction with that prefix to their names, from slot first_param on. */
WP_MUST_CHECK enum wp_err wp_nn_direction_plan(struct wp_nn_node *node,
	struct wp_nn_params *params, const struct wp_nn_cell *cell, size_t units, bool no_bias,
	const char *prefix, int first_param);

#endif
