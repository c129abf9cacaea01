/* From the sources of pairs to their targets: a row for each source becomes that of its target,
 * such as the states that a decoder begins with. */
#include <stdlib.h>
#include <string.h>

#include "nn/core/layer.h"
#include "nn/kernels/kernels.h"

struct NN(bridge) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) x;
};

static void fini(void *self)
{
	free(((struct NN(bridge) *)self)->x.at);
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(bridge) *b = self;
	const int *source = pass->batch->source_of;
	const size_t width = out->width;
	enum wp_err err = NN(reserve)(&b->x, out->rows, width, "network");
	for (size_t r = 0; r < out->rows && !err; r++)
		memcpy(b->x.at + r * width, in[0]->x + (size_t)source[r] * width,
			width * sizeof(real));
	out->x = b->x.at;
	return err;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(bridge) *b = self;
	const int *source = pass->batch->source_of;
	const size_t width = out->width;
	if (!in[0]->d)
		return WP_OK;
	if (!(NN(begin_d)(in[0]) > 0))
		memset(in[0]->d, 0, in[0]->rows * width * sizeof(real));
	for (size_t r = 0; r < out->rows; r++)
		b->kernels->add(
			in[0]->d + (size_t)source[r] * width, out->d + r * width, width);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_bridge_ops;
extern const struct wp_nn64_layer_ops wp_nn64_bridge_ops;
const struct NN(layer_ops) NN(bridge_ops) = {.life = {sizeof(struct NN(bridge)), NULL, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (!node->in[0].source || !node->in[0].pooled || node->in[0].tokens)
		return wp_fail(WP_EINVAL,
			"%s: reads a row for each source, such as 'pool' makes", node->label);
	node->out = (struct wp_nn_shape){.width = node->in[0].width, .pooled = true};
	return WP_OK;
}

static const struct wp_setting settings[] = {
	{.kind = WP_SETTING_END},
};
static const char defaults = 0;
static const struct wp_nn_case cases[] = {
	WP_NN_TRANSLATE_CASE("e=embedding 3 from source, gru 2 bidirectional, pool, bridge, "
			     "first=dense 6 tanh, t=embedding 3 from input, lstm 3 from "
			     "t+first, softmax"),
	WP_NN_CASES_END,
};

const struct wp_nn_type wp_nn_bridge_type = {.name = "bridge",
	.help = "of pairs: a row for each source becomes that of its target",
	.settings = settings,
	.defaults = &defaults,
	.crosses = true,
	.cases = cases,
	.plan = plan,
	.layer = &wp_nn_bridge_ops,
	.layer64 = &wp_nn64_bridge_ops};
#endif
