/* What sums of a layer go through.  (Internal: with real.h.)
 *
 *	linear   z
 *	tanh     tanh z
 *	relu     max(z, 0)
 *	sigmoid  1 / (1 + exp(-z))
 *	hardtanh max(-1, min(z, 1)); Collobert & Weston 2008
 *	gelu     z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))); Hendrycks & Gimpel 2016, as in
 *GPT
 *
 * and of two sums each, of which the second one is a gate:
 *
 *	glu        z . sigmoid(g); Dauphin et al. 2017
 *	gated-tanh tanh(z) . sigmoid(g); WaveNet, van den Oord et al. 2016
 */
#ifndef WP_NN_ACTIVATION_H
#define WP_NN_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/core/real.h"

/* Places in wp_nn_functions; the last two are gated. */
enum wp_nn_function {
	WP_NN_F_LINEAR,
	WP_NN_F_TANH,
	WP_NN_F_RELU,
	WP_NN_F_SIGMOID,
	WP_NN_F_HARDTANH,
	WP_NN_F_GELU,
	WP_NN_F_GLU,
	WP_NN_F_GATED_TANH
};
extern const char *const wp_nn_functions[]; /* their names, ended by NULL */

struct NN(kernels);

/* Sums that one number is made of: 1, or 2. */
static inline size_t wp_nn_sums(enum wp_nn_function f)
{
	return f >= WP_NN_F_GLU ? 2 : 1;
}

/* Is what comes out all that the derivative needs?  If so, y may be z below. */
static inline bool wp_nn_in_place(enum wp_nn_function f)
{
	return f < WP_NN_F_GELU;
}

/* y (rows, n) from sums z (rows, n), or (rows, 2 n): the numbers, then the gates, which become
 * what `derive` wants. */
void NN(activate)(const struct NN(kernels) *k, enum wp_nn_function f, real *z, real *y,
	size_t rows, size_t n);

/* d_z (as z) from d_y (rows, n), y and z; d_z may be d_y where there is no gate. */
void NN(derive)(const struct NN(kernels) *k, enum wp_nn_function f, const real *z,
	const real *y, const real *d_y, real *d_z, size_t rows, size_t n);

#endif
