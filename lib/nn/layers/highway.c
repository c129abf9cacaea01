/* A highway layer (Srivastava, Greff & Schmidhuber 2015): a gate t chooses, number by number,
 * between a map of the row and the row itself:
 *
 *	y = t . f(x W + b) + (1 - t) . x,   t = sigmoid(x W_t + b_t)
 *
 * f is an activation without a gate of its own (nn/layers/activation.h).  Parameters: weight
 * (in, 2 in), those of the map, then those of the gate; bias (2 in), of which the gate's begin
 * around -1, so that rows are carried at first, as the paper has it. */
#include <stdlib.h>

#include "nn/core/config.h"
#include "nn/kernels/kernels.h"
#include "nn/layers/affine.h"

struct settings {
	int function; /* enum wp_nn_function */
};

struct NN(highway) {
	WP_NN_NODE_AT_WORK;
	struct NN(affine) map;
	enum wp_nn_function function;
	struct NN(array) z; /* (rows, 2 width): sums, then gates                  */
	struct NN(array) h; /* (rows, width): f of the sums                       */
	struct NN(array) y, d_z, d_h;
};

static void fini(void *self)
{
	struct NN(highway) *w = self;
	struct NN(array) *all[] = {&w->z, &w->h, &w->y, &w->d_z, &w->d_h};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
}

static enum wp_err init(void *self)
{
	struct NN(highway) *w = self;
	const size_t n = w->node->out.width;
	w->function = (enum wp_nn_function)WP_NN_SETTINGS(w->node, struct settings)->function;
	w->map = (struct NN(affine)){.node = w->node,
		.params = w->params,
		.kernels = w->kernels,
		.in = n,
		.units = 2 * n,
		.sums = 2 * n,
		.function = WP_NN_F_LINEAR};
	return WP_OK;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(highway) *w = self;
	const size_t n = out->width;
	const struct NN(want) want[] = {
		{&w->z, out->rows, 2 * n}, {&w->h, out->rows, n}, {&w->y, out->rows, n}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(affine_forward)(&w->map, pass, in[0]->x, out->rows, w->z.at, w->z.at);
	for (size_t r = 0; r < out->rows; r++) {
		const real *x = in[0]->x + r * n;
		real *z = w->z.at + r * 2 * n, *gate = z + n, *h = w->h.at + r * n;
		real *y = w->y.at + r * n;
		NN(activate)(w->kernels, w->function, z, h, 1, n);
		w->kernels->logistic(gate, n);
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] + gate[i] * (h[i] - x[i]);
	}
	out->x = w->y.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(highway) *w = self;
	const size_t n = out->width;
	const struct NN(want) want[] = {{&w->d_z, out->rows, 2 * n}, {&w->d_h, 1, n}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	const bool adds = in[0]->d && NN(begin_d)(in[0]) > 0;
	for (size_t r = 0; r < out->rows; r++) {
		const real *x = in[0]->x + r * n, *d_y = out->d + r * n;
		const real *z = w->z.at + r * 2 * n, *gate = z + n, *h = w->h.at + r * n;
		real *d_z = w->d_z.at + r * 2 * n;
		real *d_x = in[0]->d ? in[0]->d + r * n : NULL;
		w->kernels->multiply(w->d_h.at, d_y, gate, n);
		NN(derive)(w->kernels, w->function, z, h, w->d_h.at, d_z, 1, n);
		for (size_t i = 0; i < n; i++)
			d_z[n + i] = d_y[i] * (h[i] - x[i]) * gate[i] * (1 - gate[i]);
		for (size_t i = 0; i < n && d_x; i++)
			d_x[i] = (adds ? d_x[i] : 0) + d_y[i] * (1 - gate[i]);
	}
	NN(affine_backward)
	(&w->map, pass, in[0]->x, out->rows, w->z.at, w->z.at, w->d_z.at, w->d_z.at, 1,
		in[0]->d);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_highway_ops;
extern const struct wp_nn64_layer_ops wp_nn64_highway_ops;
const struct NN(layer_ops) NN(highway_ops) = {.life = {sizeof(struct NN(highway)), init, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const size_t n = node->in[0].width;
	const enum wp_nn_function f =
		(enum wp_nn_function)WP_NN_SETTINGS(node, struct settings)->function;
	const struct wp_nn_begin weight = {.fan_in = n, .gate = n};
	const struct wp_nn_begin bias = {
		.fan_in = n, .more = -1, .more_begin = n, .more_end = 2 * n};
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads numbers, not tokens", node->label);
	if (wp_nn_sums(f) > 1)
		return wp_fail(WP_EINVAL, "%s: activation %s: has a gate, and so has a highway",
			node->label, wp_nn_functions[f]);
	node->out = node->in[0];
	node->out.mixed |= node->in[0].backward > 0;
	enum wp_err err = wp_nn_add_param(
		node, params, WP_NN_AFFINE_WEIGHT, "weight", n, 2 * n, 0, &weight);
	return err ? err
		   : wp_nn_add_param(node, params, WP_NN_AFFINE_BIAS, "bias", 1, 2 * n,
			     WP_NN_BIAS, &bias);
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	return 5 * node->out.width;
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	return wp_nn_affine_prepare(s, 2 * wp_nn_padded(2 * s->node->out.width));
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const size_t n = s->node->out.width;
	const float *x = in[0]->x;
	float *z = wp_nn_affine_room(s), *h = z + wp_nn_padded(2 * n);
	(void)before, (void)after;
	wp_nn_affine_step(s, WP_NN_F_LINEAR, x, 2 * n, z);
	wp_nn_activate(s->kernels,
		(enum wp_nn_function)WP_NN_SETTINGS(s->node, struct settings)->function, z, h,
		1, n);
	s->kernels->logistic(z + n, n);
	for (size_t i = 0; i < n; i++)
		out->to[i] = x[i] + z[n + i] * (h[i] - x[i]);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("embedding 5, 2 x (highway), softmax"),
	WP_NN_TAG_CASE("embedding 4, e=elman 5, highway gelu, add from highway+e, softmax"),
	WP_NN_NUMBERS_CASE("highway tanh, squared-error"),
	WP_NN_CLASSIFY_CASE("elman 5, pool, highway sigmoid, softmax"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_CHOICE(0, "activation", offsetof(struct settings, function), NULL,
		wp_nn_functions, "what the sums go through"),
	{.kind = WP_SETTING_END},
};
static const struct settings defaults = {.function = WP_NN_F_RELU};

const struct wp_nn_type wp_nn_highway_type = {.name = "highway",
	.help = "a gated sum of a row and a map of it (Srivastava et al. 2015)",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.plan = plan,
	.row_numbers = row_numbers,
	.cases = cases,
	.step = &step_ops,
	.layer = &wp_nn_highway_ops,
	.layer64 = &wp_nn64_highway_ops};
#endif
