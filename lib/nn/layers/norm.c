/* Layer normalisation (Ba, Kiros & Hinton 2016): each row with its mean taken off and divided
 *by its standard deviation, then scaled and shifted by what is learnt:
 *
 *	y = g . (x - mean(x)) / sqrt(var(x) + 1e-5) + b
 *
 * Parameters: gain (in), which begins with ones, and bias (in), zeros. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"

enum { GAIN, BIAS };
#define EPSILON 1e-5

struct NN(norm) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) normal, y; /* (rows, width): before and after gain and bias */
	struct NN(array) inverse;   /* (rows): of the standard deviation              */
	struct NN(array) row;       /* (2, width): ones, and room                     */
};

static void fini(void *self)
{
	struct NN(norm) *n = self;
	free(n->normal.at);
	free(n->y.at);
	free(n->inverse.at);
	free(n->row.at);
}

/* normal = x with mean 0 and variance 1; returns the inverse of the standard deviation. */
static real normalize(
	const struct NN(kernels) *k, const real *x, size_t n, const real *ones, real *normal)
{
	const real mean = k->dot(x, ones, n) / (real)n;
	for (size_t i = 0; i < n; i++)
		normal[i] = x[i] - mean;
	const double variance = k->sum_squares(normal, n) / (double)n;
	const real inverse = (real)(1 / sqrt(variance + EPSILON));
	for (size_t i = 0; i < n; i++)
		normal[i] *= inverse;
	return inverse;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(norm) *n = self;
	const size_t width = out->width;
	const real *gain = NN(param)(n->node, n->params, pass->theta, GAIN);
	const real *bias = NN(param)(n->node, n->params, pass->theta, BIAS);
	const struct NN(want) want[] = {{&n->normal, out->rows, width},
		{&n->y, out->rows, width}, {&n->inverse, out->rows, 1}, {&n->row, 2, width}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	for (size_t i = 0; i < width; i++)
		n->row.at[i] = 1;
	for (size_t r = 0; r < out->rows; r++) {
		real *normal = n->normal.at + r * width, *y = n->y.at + r * width;
		n->inverse.at[r] =
			normalize(n->kernels, in[0]->x + r * width, width, n->row.at, normal);
		n->kernels->multiply(y, normal, gain, width);
		n->kernels->add(y, bias, width);
	}
	out->x = n->y.at;
	return WP_OK;
}

/* With h = (x - mean) / sd and e = g . dy:
 * dx = (e - mean(e) - h mean(e . h)) / sd. */
static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(norm) *n = self;
	const struct NN(kernels) *k = n->kernels;
	const size_t width = out->width;
	const real *gain = NN(param)(n->node, n->params, pass->theta, GAIN);
	real *d_gain =
		pass->gradient ? NN(param_gradient)(n->node, pass->gradient, GAIN) : NULL;
	real *d_bias =
		pass->gradient ? NN(param_gradient)(n->node, pass->gradient, BIAS) : NULL;
	real *room = n->row.at + width;
	const bool adds = in[0]->d && NN(begin_d)(in[0]) > 0;
	for (size_t r = 0; r < out->rows; r++) {
		const real *normal = n->normal.at + r * width;
		const real *d_y = out->d + r * width;
		if (d_gain) {
			k->multiply(room, d_y, normal, width);
			k->add(d_gain, room, width);
			k->add(d_bias, d_y, width);
		}
		if (!in[0]->d)
			continue;
		k->multiply(room, d_y, gain, width);
		const real mean = k->dot(room, n->row.at, width) / (real)width;
		const real slope = k->dot(room, normal, width) / (real)width;
		const real inverse = n->inverse.at[r];
		real *d_x = in[0]->d + r * width;
		for (size_t i = 0; i < width; i++) {
			real d = inverse * (room[i] - mean - slope * normal[i]);
			d_x[i] = adds ? d_x[i] + d : d;
		}
	}
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_norm_ops;
extern const struct wp_nn64_layer_ops wp_nn64_norm_ops;
const struct NN(layer_ops) NN(norm_ops) = {.life = {sizeof(struct NN(norm)), NULL, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const size_t n = node->in[0].width;
	const struct wp_nn_begin ones = {.more = 1, .more_end = n}, zeros = {0};
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads numbers, not tokens", node->label);
	node->out = node->in[0];
	enum wp_err err = wp_nn_add_param(node, params, GAIN, "gain", 1, n, WP_NN_BIAS, &ones);
	return err ? err
		   : wp_nn_add_param(node, params, BIAS, "bias", 1, n, WP_NN_BIAS, &zeros);
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	return node->out.width + 1;
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	const size_t n = s->node->out.width;
	enum wp_err err = wp_nn_step_room(s, n);
	for (size_t i = 0; i < n && !err; i++)
		s->room[i] = 1;
	return err;
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const size_t n = s->node->out.width;
	(void)before, (void)after;
	normalize(s->kernels, in[0]->x, n, s->room, out->to);
	s->kernels->multiply(out->to, out->to, wp_nn_step_param(s, GAIN), n);
	s->kernels->add(out->to, wp_nn_step_param(s, BIAS), n);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("embedding 5, norm, elman 4, norm, softmax"),
	WP_NN_TAG_CASE("embedding 5, residual (norm, dense 5 tanh), softmax"),
	WP_NN_CLASSIFY_CASE("elman 6 bidirectional, pool, norm, dense 5, softmax"),
	WP_NN_NUMBERS_CASE("dense 5, norm, squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {{.kind = WP_SETTING_END}};
static const char defaults = 0;

const struct wp_nn_type wp_nn_norm_type = {.name = "norm",
	.help = "layer normalisation (Ba et al. 2016)",
	.settings = settings,
	.defaults = &defaults,
	.plan = plan,
	.row_numbers = row_numbers,
	.cases = cases,
	.step = &step_ops,
	.layer = &wp_nn_norm_ops,
	.layer64 = &wp_nn64_norm_ops};
#endif
