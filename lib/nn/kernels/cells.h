/* The recurrent cells: one moment of a layer, which is all that it does in one time step,
 * forward or backward, for the sequences that run.  (Internal: with real.h.)
 *
 * x_t is the input of step t, a row vector; h_t the state; W, U, b the parameters `input`,
 * `recurrent` and `bias` of nn/core/params.h; s the logistic function; . the product element by
 * element.
 *
 *	Elman (Elman 1990)            h_t = f(x_t W + h_t-1 U + b), f = tanh, ReLU or s
 *
 *	Jordan (Jordan 1986)          h_t = f(x_t W + y_t-1 U + b)
 *	                              y_t = g(h_t V + c), g = softmax, or the identity in
 *	                              regress; V, c are output.weight (transposed) and
 *	                              output.bias; y_-1 = 0
 *
 *	LSTM (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins 2000)
 *	                              i, f, o = s(x_t W + h_t-1 U + b), g = tanh(...)
 *	                              c_t = f . c_t-1 + i . g
 *	                              h_t = o . tanh(c_t)
 *
 *	peephole LSTM (Gers & Schmidhuber 2000), p being `peephole`
 *	                              i and f see p_i . c_t-1 and p_f . c_t-1 as well,
 *	                              o sees p_o . c_t
 *
 *	GRU (Cho et al. 2014)         r, z = s(x_t W + h_t-1 U + b)
 *	                              h_t = (1 - z) . n + z . h_t-1
 *	     reset after the product  n = tanh(x_t W_n + b_n + r . (h_t-1 U_n + state_bias))
 *	     reset before it          n = tanh(x_t W_n + b_n + (r . h_t-1) U_n)
 *
 * With recurrent dropout the products see h_t-1 . mask, one mask for all steps of a sequence.
 *
 * A kernel does the product with the recurrent weights, which are laid out for it beforehand,
 * and while the result is in registers and the innermost cache, gates and states.
 */
#ifndef WP_NN_CELLS_H
#define WP_NN_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "nn/core/config.h"
#include "nn/core/real.h"

/* Matrices have `rows` rows, one for each sequence, H = units wide unless said otherwise.
 * "Before" is the step before in the direction of the layer. */
struct NN(cell_step) {
	size_t units, rows;
	/* States and their derivatives may be columns of wider rows, of both directions of a
	 * layer: the rows of state, state_before, d_state and d_before are `stride` apart,
	 * those of `before` before_stride. */
	size_t stride, before_stride;
	enum wp_nn_activation activation;
	const real *weights; /* recurrent, as pack_forward or pack_backward laid them out */
	const real *peephole;

	/* What the product reads: forward, the state before, as the product sees it (after
	 * recurrent dropout).  NULL: the state before is zero, there is no product. */
	const real *before;
	const real *state_before, *cell_before;

	/* Forward.  x is (rows, G H): the input times its weights, row r, or row ids[r] of a
	 * table if ids is not NULL. */
	const real *x;
	const int32_t *ids;
	const real *bias, *state_bias; /* or NULL */
	real *gates;                   /* (rows, G H), after their activation             */
	real *state, *cell;
	real *inner; /* GRU: h_t-1 U_n + state_bias; reset before: r . h_t-1              */

	/* Backward: from the derivatives of the gates after this step, d_next (rows, G H),
	 * d_inner_next (NULL: none), to those of this one. */
	const real *d_next, *d_inner_next;
	const real *mask; /* of recurrent dropout, or NULL                                */
	real *d_state;    /* what comes from above; what came later is added              */
	real *d_before;   /* of the state before, added to by what does not go through the
			   * product (GRU); NULL: not wanted                              */
	real *d_cell;     /* LSTM: of c_t by what comes later; becomes that of c_t-1      */
	real *d_gates;    /* (rows, G H): before their activation                         */
	real *d_inner;    /* GRU: of h_t-1 U_n + state_bias                               */
	real *d_peephole; /* (3, H): added to                                             */
};

enum { WP_NN_CELLS = 6 };

/* By enum wp_nn_cell_kind; Jordan's is the Elman cell, fed with outputs by nn/layers/jordan.h.
 */
struct NN(cell_kernels) {
	void (*forward[WP_NN_CELLS])(const struct NN(cell_step) *m);
	void (*backward[WP_NN_CELLS])(const struct NN(cell_step) *m);

	/* Lay recurrent weights (H, G H) out; packed_size reals are enough for either. */
	void (*pack_forward[WP_NN_CELLS])(real *packed, const real *weights, size_t units);
	void (*pack_backward[WP_NN_CELLS])(real *packed, const real *weights, size_t units);
	size_t (*packed_size)(size_t units, size_t gates);
};

#endif
