/* The vector kernels of recurrent networks: what happens between the large matrix products.
 * (Internal: with real.h.)
 *
 * Variants for instruction sets are one template (kernels_template.h, cell_template.h); in
 * double precision there is the plain one only.  No array needs any alignment, and no length
 * has to be a multiple of anything.  Functions are good to a few units in the last place.
 */
#ifndef WP_NN_KERNELS_H
#define WP_NN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "nn/kernels/alignment.h"
#include "nn/kernels/cells.h"
#include "nn/kernels/small_softmax.h"
#include "nn/core/real.h"

/* A step of an optimiser (nn/train/optimizer.h), on any part of the parameters.  g is scaled,
 * limited to +-limit, and l1 sign(theta) + l2 theta is added to it. */
struct NN(update) {
	real scale, limit; /* limit INFINITY: none                                       */
	real l1, l2;
	real rate;     /* Adam: with both bias corrections                           */
	real momentum; /* momentum: mu; Adam: beta1                                  */
	real decay;    /* RMSProp: rho; Adam: beta2                                  */
	real epsilon;  /* Adam: with the second bias correction                      */
	real shrink;   /* AdamW: the fraction of theta that is taken off            */
};

#ifndef WP_NN_RUNS
#define WP_NN_RUNS
/* `count` rows of `size` elements of a table: of those numbers, or, if row is NULL, the first
 * ones. */
struct wp_nn_runs {
	const int32_t *row;
	size_t count, size;
};
#endif

struct NN(kernels) {
	struct NN(cell_kernels) cell;
	struct NN(small_softmax_kernels) small; /* an output of few rows */
	struct NN(alignment_kernels) align;     /* attention to a source */

	/* A row of n logits, to which bias is added first (NULL: none).
	 * cross_entropy: returns -log softmax_class, and x becomes its derivative by the
	 * logits, softmax minus 1 at class.  *best (or NULL) = the first of the greatest. */
	real (*cross_entropy)(
		real *x, const real *bias, size_t n, size_t class_, int32_t *best);
	void (*log_softmax)(real *x, const real *bias, size_t n);
	void (*softmax)(real *x, const real *bias, size_t n);
	/* Derivatives d by what softmax made, p, become those by what it read: p . (d - p d').
	 */
	void (*d_softmax)(real *d, const real *p, size_t n);

	/* The functions in the cells, by themselves. */
	void (*tanh)(real *x, size_t n);
	void (*logistic)(real *x, size_t n);

	/* Hendrycks & Gimpel 2016, by tanh (nn/layers/activation.h), of z; and its derivative
	 * times d_y, into d_z, which may be d_y. */
	void (*gelu)(real *y, const real *z, size_t n);
	void (*d_gelu)(real *d_z, const real *d_y, const real *z, size_t n);

	void (*add)(real *to, const real *from, size_t n);             /* to += from       */
	void (*sum)(real *to, const real *a, const real *b, size_t n); /* to = a + b      */
	void (*add_scaled)(real *to, real a, const real *x, size_t n); /* to += a x        */
	void (*multiply)(real *to, const real *a, const real *b, size_t n); /* to = a . b  */
	double (*sum_squares)(const real *x, size_t n);
	real (*dot)(const real *x, const real *y, size_t n);
	/* to (n) += the sum of `rows` rows of n, which are ld apart. */
	void (*add_rows)(real *to, const real *x, size_t ld, size_t rows, size_t n);

	/* Rows of a table, which lie anywhere in memory: to (size) += their sum; each += from
	 * (size). */
	void (*sum_rows)(real *to, const real *table, const struct wp_nn_runs *rows);
	void (*add_to_rows)(real *table, const struct wp_nn_runs *rows, const real *from);
	double (*sum_squares_of_rows)(const real *table, const struct wp_nn_runs *rows);

	/* Element by element, over rows of each array; m, v and s are the optimiser's state. */
	void (*sgd)(real *theta, const real *g, const struct wp_nn_runs *rows,
		const struct NN(update) *u);
	void (*momentum)(real *theta, const real *g, real *v, const struct wp_nn_runs *rows,
		const struct NN(update) *u);
	void (*adagrad)(real *theta, const real *g, real *s, const struct wp_nn_runs *rows,
		const struct NN(update) *u);
	void (*rmsprop)(real *theta, const real *g, real *s, const struct wp_nn_runs *rows,
		const struct NN(update) *u);
	void (*adam)(real *theta, const real *g, real *m, real *v,
		const struct wp_nn_runs *rows, const struct NN(update) *u);
	void (*adamw)(real *theta, const real *g, real *m, real *v,
		const struct wp_nn_runs *rows, const struct NN(update) *u);
};

const struct NN(kernels) *NN(kernels)(enum wp_isa isa);

#ifndef WP_NN_F64
extern const struct wp_nn_kernels wp_nn_kernels_avx2, wp_nn_kernels_avx512;
#endif

#endif
