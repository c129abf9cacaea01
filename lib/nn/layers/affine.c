#include "nn/layers/affine.h"

#include <string.h>

#include "nn/core/matrix.h"
#include "nn/kernels/kernels.h"

void NN(affine_forward)(const struct NN(affine) *a, const struct NN(pass) *pass, const real *x,
	size_t rows, real *z, real *y)
{
	const real *bias =
		NN(param)(a->node, a->params, pass->theta, a->slot + WP_NN_AFFINE_BIAS);
	for (size_t r = 0; r < rows && bias; r++)
		memcpy(z + r * a->sums, bias, a->sums * sizeof *z);
	NN(gemm_nn)(rows, a->sums, a->in, x, a->in,
		NN(param)(a->node, a->params, pass->theta, a->slot + WP_NN_AFFINE_WEIGHT),
		a->sums, bias ? 1 : 0, z, a->sums);
	NN(activate)(a->kernels, a->function, z, y, rows, a->units);
}

void NN(affine_backward)(const struct NN(affine) *a, const struct NN(pass) *pass, const real *x,
	size_t rows, const real *z, const real *y, const real *d_y, real *d_z, real beta,
	real *d_x)
{
	const size_t m = a->sums;
	NN(derive)(a->function, z, y, d_y, d_z, rows, a->units);
	if (pass->gradient) {
		real *d_bias = NN(param_gradient)(
			a->node, pass->gradient, a->slot + WP_NN_AFFINE_BIAS);
		NN(gemm_tn)(a->in, m, rows, x, a->in, d_z, m, 1,
			NN(param_gradient)(
				a->node, pass->gradient, a->slot + WP_NN_AFFINE_WEIGHT),
			m);
		if (d_bias)
			a->kernels->add_rows(d_bias, d_z, m, rows, m);
	}
	if (d_x)
		NN(gemm_nt)(rows, a->in, m, d_z, m,
			NN(param)(
				a->node, a->params, pass->theta, a->slot + WP_NN_AFFINE_WEIGHT),
			m, beta, d_x, a->in);
}

#ifndef WP_NN_F64
enum wp_err wp_nn_affine_plan(struct wp_nn_node *node, struct wp_nn_params *params, size_t in,
	size_t units, enum wp_nn_function function, bool no_bias)
{
	const struct wp_nn_begin begin = {.fan_in = in, .gate = units};
	const size_t sums = units * wp_nn_sums(function);
	enum wp_err err = wp_nn_add_param(
		node, params, WP_NN_AFFINE_WEIGHT, "weight", in, sums, 0, &begin);
	if (!err && !no_bias)
		err = wp_nn_add_param(
			node, params, WP_NN_AFFINE_BIAS, "bias", 1, sums, WP_NN_BIAS, &begin);
	return err;
}

enum wp_err wp_nn_affine_prepare(struct wp_nn_stepper *s, size_t more)
{
	enum wp_err err = wp_nn_lay_out(s, WP_NN_AFFINE_WEIGHT, false);
	return err ? err : wp_nn_step_room(s, s->panels[WP_NN_AFFINE_WEIGHT].cols + more);
}

void wp_nn_affine_step(const struct wp_nn_stepper *s, enum wp_nn_function function,
	const float *x, size_t units, float *to)
{
	const struct wp_panels *weight = &s->panels[WP_NN_AFFINE_WEIGHT];
	const float *bias = wp_nn_step_param(s, WP_NN_AFFINE_BIAS);
	memset(s->room, 0, weight->cols * sizeof *s->room);
	if (bias)
		memcpy(s->room, bias, units * wp_nn_sums(function) * sizeof *bias);
	wp_panels_multiply(s->room, x, weight);
	wp_nn_activate(s->kernels, function, s->room, to, 1, units);
}
#endif
