/* One moment of a recurrent layer: all that a cell does in one time step, forward or backward,
 * for the sequences that run, in one kernel: the product with the recurrent weights, which are
 * laid out for it beforehand, and while its result is in registers and the innermost cache, the
 * gates and the state.  The equations are in rnn/cell.h.  (Internal: with real.h.)
 */
#ifndef WP_RNN_MOMENT_H
#define WP_RNN_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#include "rnn/config.h"
#include "rnn/real.h"

/* Matrices have `rows` rows, one for each sequence, H = units wide unless said otherwise.
 * "Before" is the step before in the direction of the layer. */
struct RNN(moment) {
	size_t units, rows;
	enum wp_rnn_activation activation;
	const real
		*weights; /* recurrent ones, as pack_forward or pack_backward laid them out */
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

enum { WP_RNN_CELLS = 6 };

/* By enum wp_rnn_cell; Jordan's is the Elman cell, fed with outputs by rnn/jordan.h. */
struct RNN(moment_kernels) {
	void (*forward[WP_RNN_CELLS])(const struct RNN(moment) * m);
	void (*backward[WP_RNN_CELLS])(const struct RNN(moment) * m);

	/* Lay recurrent weights (H, G H) out; packed_size reals are enough for either. */
	void (*pack_forward[WP_RNN_CELLS])(real *packed, const real *weights, size_t units);
	void (*pack_backward[WP_RNN_CELLS])(real *packed, const real *weights, size_t units);
	size_t (*packed_size)(size_t units, size_t gates);
};

#endif
