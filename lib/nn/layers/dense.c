/* An affine map of each row, and an activation:
 *
 *	y = f(x W + b)
 *
 * The hidden layer of a multi-layer perceptron.  f is in nn/layers/activation.h.  Parameters:
 * weight (in, units), bias (units); twice as many units where f is gated. */
#include <stdlib.h>

#include "nn/layers/affine.h"
#include "nn/core/config.h"

struct settings {
	size_t units;
	int function; /* enum wp_nn_function */
	bool no_bias;
};

struct NN(dense) {
	WP_NN_NODE_AT_WORK;
	struct NN(affine) map;
	struct NN(array) z, y,
		d_z; /* z and d_z: only where they are not y and its derivative */
};

static void fini(void *self)
{
	struct NN(dense) *d = self;
	free(d->z.at);
	free(d->y.at);
	free(d->d_z.at);
}

static enum wp_err init(void *self)
{
	struct NN(dense) *d = self;
	const struct settings *s = WP_NN_SETTINGS(d->node, struct settings);
	const enum wp_nn_function f = (enum wp_nn_function)s->function;
	d->map = (struct NN(affine)){.node = d->node,
		.params = d->params,
		.kernels = d->kernels,
		.in = d->node->in[0].width,
		.units = s->units,
		.sums = s->units * wp_nn_sums(f),
		.function = f};
	return WP_OK;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(dense) *d = self;
	const bool in_place = wp_nn_in_place(d->map.function);
	const struct NN(want) want[] = {
		{&d->y, out->rows, out->width}, {&d->z, in_place ? 0 : out->rows, d->map.sums}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(affine_read)(&d->map, pass, in[0], in_place ? d->y.at : d->z.at, d->y.at);
	out->x = d->y.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(dense) *d = self;
	const bool gated = d->map.sums > d->map.units;
	enum wp_err err = NN(reserve)(&d->d_z, gated ? out->rows : 0, d->map.sums, "network");
	if (err)
		return err;
	NN(affine_read_back)
	(&d->map, pass, in[0], d->z.at, d->y.at, out->d, gated ? d->d_z.at : out->d);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_dense_ops;
extern const struct wp_nn64_layer_ops wp_nn64_dense_ops;
const struct NN(layer_ops) NN(dense_ops) = {.life = {sizeof(struct NN(dense)), init, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL,
			"%s: reads numbers, not tokens: 'embedding' before it gives them vectors",
			node->label);
	node->out = (struct wp_nn_shape){.width = s->units,
		.pooled = node->in[0].pooled,
		.mixed = node->in[0].mixed || node->in[0].backward};
	return wp_nn_affine_plan(node, params, node->in[0].width, s->units,
		(enum wp_nn_function)s->function, s->no_bias);
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	return wp_nn_affine_prepare(s, 0);
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct settings *set = WP_NN_SETTINGS(s->node, struct settings);
	(void)before, (void)after;
	wp_nn_affine_step(s, (enum wp_nn_function)set->function, in[0]->x, set->units, out->to);
	out->x = out->to;
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const enum wp_nn_function f = (enum wp_nn_function)s->function;
	return wp_nn_in_place(f) ? 0 : s->units * (wp_nn_sums(f) == 2 ? 4 : 1);
}

static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("embedding 4, window 3 causal, dense 6 tanh, softmax"),
	WP_NN_TAG_CASE("embedding 4, window 3, dense 6 sigmoid, dense 5 gelu no-bias, crf"),
	WP_NN_CLASSIFY_CASE("elman 4 bidirectional, dense 6, pool mean, dense 5 glu, softmax"),
	WP_NN_NUMBERS_CASE("dense 7 gated-tanh, dense 6 gated-tanh no-bias, squared-error"),
	WP_NN_NUMBERS_CASE("dense 7 relu, dense 6 hardtanh, squared-error"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 1048576, "numbers that come out"),
	WP_SET_CHOICE(0, "activation", AT(function), NULL, wp_nn_functions,
		"what the sums go through"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.units = 128};

const struct wp_nn_type wp_nn_dense_type = {.name = "dense",
	.help = "an affine map of each row, and an activation",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.cells = true,
	.lends = true,
	.plan = plan,
	.row_numbers = row_numbers,
	.cases = cases,
	.step = &step_ops,
	.layer = &wp_nn_dense_ops,
	.layer64 = &wp_nn64_dense_ops};
#endif
