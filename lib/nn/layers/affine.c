#include "nn/layers/affine.h"

#include <string.h>

#include "nn/core/matrix.h"
#include "nn/kernels/kernels.h"
#include "nn/kernels/sparse.h"

/* z = the bias in each row, or zeros if `zeros`; the factor with which z counts. */
static real begin_sums(const struct NN(affine) *a, const struct NN(pass) *pass, size_t rows,
	bool zeros, real *z)
{
	const real *bias =
		NN(param)(a->node, a->params, pass->theta, a->slot + WP_NN_AFFINE_BIAS);
	for (size_t r = 0; r < rows && bias; r++)
		memcpy(z + r * a->sums, bias, a->sums * sizeof *z);
	if (zeros && !bias)
		memset(z, 0, rows * a->sums * sizeof *z);
	return bias ? 1 : 0;
}

void NN(affine_forward)(const struct NN(affine) *a, const struct NN(pass) *pass, const real *x,
	size_t rows, real *z, real *y)
{
	const real beta = begin_sums(a, pass, rows, false, z);
	NN(gemm_nn)(rows, a->sums, a->in, x, a->in,
		NN(param)(a->node, a->params, pass->theta, a->slot + WP_NN_AFFINE_WEIGHT),
		a->sums, beta, z, a->sums);
	NN(activate)(a->kernels, a->function, z, y, rows, a->units);
}

void NN(affine_read)(const struct NN(affine) *a, const struct NN(pass) *pass,
	const struct NN(value) *in, real *z, real *y)
{
	if (!in->cells) {
		NN(affine_forward)(a, pass, in->x, in->rows, z, y);
		return;
	}
	begin_sums(a, pass, in->rows, true, z);
	NN(cells_multiply)
	(a->kernels, in->cells, in->rows,
		NN(param)(a->node, a->params, pass->theta, a->slot + WP_NN_AFFINE_WEIGHT),
		a->sums, z);
	NN(activate)(a->kernels, a->function, z, y, in->rows, a->units);
}

void NN(affine_backward)(const struct NN(affine) *a, const struct NN(pass) *pass, const real *x,
	size_t rows, const real *z, const real *y, const real *d_y, real *d_z, real beta,
	real *d_x)
{
	const size_t m = a->sums;
	NN(derive)(a->kernels, a->function, z, y, d_y, d_z, rows, a->units);
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

void NN(affine_read_back)(const struct NN(affine) *a, const struct NN(pass) *pass,
	struct NN(value) *in, const real *z, const real *y, const real *d_y, real *d_z)
{
	const size_t m = a->sums;
	if (!in->cells) {
		NN(affine_backward)
		(a, pass, in->x, in->rows, z, y, d_y, d_z, in->d ? NN(begin_d)(in) : 0, in->d);
		return;
	}
	NN(derive)(a->kernels, a->function, z, y, d_y, d_z, in->rows, a->units);
	if (!pass->gradient)
		return;
	real *d_bias = NN(param_gradient)(a->node, pass->gradient, a->slot + WP_NN_AFFINE_BIAS);
	NN(cells_scatter)
	(a->kernels, in->cells, in->rows, pass->gradient,
		a->node->param[a->slot + WP_NN_AFFINE_WEIGHT], 1, d_z, m);
	if (d_bias)
		a->kernels->add_rows(d_bias, d_z, m, in->rows, m);
}

#ifndef WP_NN_F64
enum wp_err wp_nn_affine_plan(struct wp_nn_node *node, struct wp_nn_params *params, size_t in,
	size_t units, enum wp_nn_function function, bool no_bias)
{
	const struct wp_nn_begin begin = {.fan_in = in, .gate = units};
	const size_t sums = units * wp_nn_sums(function);
	/* A batch of bags touches the rows of its words alone, but an output that shares them
	 * writes all. */
	const unsigned flags = node->tied ? WP_NN_WRITTEN
		: node->in[0].cells       ? WP_NN_LOOKUP
					  : 0;
	enum wp_err err = wp_nn_add_param(
		node, params, WP_NN_AFFINE_WEIGHT, "weight", in, sums, flags, &begin);
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
