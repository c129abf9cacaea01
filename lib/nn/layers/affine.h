/* Affine maps and what they go through, f(x W + b): dense layers, convolutions.  (Internal:
 * with real.h.)
 *
 * W (in, sums) and b (sums) are parameters of a node; sums are the units, or twice as many
 * where the activation is gated. */
#ifndef WP_NN_AFFINE_H
#define WP_NN_AFFINE_H

#include "nn/layers/activation.h"
#include "nn/core/layer.h"

/* The parameters: of the node's slots, from `slot` on. */
enum { WP_NN_AFFINE_WEIGHT, WP_NN_AFFINE_BIAS };

struct NN(affine) {
	const struct wp_nn_node *node;
	const struct wp_nn_params *params;
	const struct NN(kernels) *kernels;
	size_t in, units, sums; /* numbers that come in, come out, and are between */
	enum wp_nn_function function;
	int slot; /* the first of its parameters */
};

/* y (rows, units) of x (rows, in); z (rows, sums): what is kept for the way back, y itself
 * where that may be (wp_nn_in_place). */
void NN(affine_forward)(const struct NN(affine) *a, const struct NN(pass) *pass, const real *x,
	size_t rows, real *z, real *y);
/* The same of what a node reads, which may be cells. */
void NN(affine_read)(const struct NN(affine) *a, const struct NN(pass) *pass,
	const struct NN(value) *in, real *z, real *y);

/* The way back: d_z (rows, sums) is room, d_y itself where there is no gate.  Adds to the
 * gradient; d_x (rows, in) = its derivative + beta d_x, unless it is NULL. */
void NN(affine_backward)(const struct NN(affine) *a, const struct NN(pass) *pass, const real *x,
	size_t rows, const real *z, const real *y, const real *d_y, real *d_z, real beta,
	real *d_x);

/* The way back of affine_read: also to in->d, where that is wanted. */
void NN(affine_read_back)(const struct NN(affine) *a, const struct NN(pass) *pass,
	struct NN(value) *in, const real *z, const real *y, const real *d_y, real *d_z);

#ifndef WP_NN_F64
#include "nn/core/step.h"

/* Add the parameters. */
WP_MUST_CHECK enum wp_err wp_nn_affine_plan(struct wp_nn_node *node,
	struct wp_nn_params *params, size_t in, size_t units, enum wp_nn_function function,
	bool no_bias);

/* One row; prepare lays the weights out and makes room for the sums, and behind them, at
 * wp_nn_affine_room, for `more` floats. */
WP_MUST_CHECK enum wp_err wp_nn_affine_prepare(struct wp_nn_stepper *stepper, size_t more);
static inline float *wp_nn_affine_room(const struct wp_nn_stepper *stepper)
{
	return stepper->room + stepper->panels[WP_NN_AFFINE_WEIGHT].cols;
}
void wp_nn_affine_step(const struct wp_nn_stepper *stepper, enum wp_nn_function function,
	const float *x, size_t units, float *to);
#endif

#endif
