/* From the states of a sequence to one vector: the last, the mean or the maximum of all. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/pooling.h"
#include "nn/layers/pool.h"

struct NN(pool) {
	WP_NN_NODE_AT_WORK;
	enum wp_nn_pooling how;
	size_t half;        /* columns of the forward direction                        */
	struct NN(array) x; /* (sequences, width)                                      */
	int32_t *from;      /* (sequences, width): the step of each number; of maxima */
	size_t from_room;
};

static void fini(void *self)
{
	struct NN(pool) *p = self;
	free(p->x.at);
	free(p->from);
}

static enum wp_err init(void *self)
{
	struct NN(pool) *p = self;
	p->how = (enum wp_nn_pooling)WP_NN_SETTINGS(p->node, struct wp_nn_pool_settings)->how;
	p->half = p->node->in[0].width - p->node->in[0].backward;
	return WP_OK;
}

static const real *row_of(
	const real *rows, size_t width, const struct NN(batch) *batch, int step, int sequence)
{
	return rows + (batch->begin[step] + (size_t)sequence) * width;
}

/* The columns from `half` on have their last state at step 0. */
static void pool_sequence(const struct NN(pool) *p, const struct NN(batch) *batch,
	const real *top, size_t width, int sequence, real *pooled, int32_t *from)
{
	const int steps = NN(batch_length)(batch, sequence);
	const bool last = p->how == WP_NN_LAST;
	const size_t half = last ? p->half : width;
	memset(pooled, 0, width * sizeof *pooled);
	if (from)
		memset(from, 0, width * sizeof *from);
	for (int t = last ? steps - 1 : 0; t < steps; t++)
		NN(pool_step)(
			p->how, pooled, from, row_of(top, width, batch, t, sequence), half, t);
	NN(pool_step)(p->how, pooled + half, NULL,
		row_of(top, width, batch, 0, sequence) + half, width - half, 0);
	for (size_t i = 0; i < width && p->how == WP_NN_MEAN; i++)
		pooled[i] /= (real)steps;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(pool) *p = self;
	const struct NN(batch) *batch = pass->batch;
	const size_t width = out->width;
	const real *top = in[0]->x;
	enum wp_err err = NN(reserve)(&p->x, out->rows, width, "pooled states");
	if (!err && p->how == WP_NN_MAX)
		err = wp_grow(&p->from, &p->from_room, out->rows * width, sizeof *p->from,
			"pooled states");
	if (err)
		return err;
	for (int s = 0; s < batch->sequences; s++)
		pool_sequence(p, batch, top, width, s, p->x.at + (size_t)s * width,
			p->how == WP_NN_MAX ? p->from + (size_t)s * width : NULL);
	out->x = p->x.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(pool) *p = self;
	const struct NN(batch) *batch = pass->batch;
	const size_t width = out->width, half = p->half;
	if (!in[0]->d)
		return WP_OK;
	if (!(NN(begin_d)(in[0]) > 0))
		memset(in[0]->d, 0, in[0]->rows * width * sizeof *in[0]->d);
	for (int s = 0; s < batch->sequences; s++) {
		const real *d = out->d + (size_t)s * width;
		real *first = in[0]->d + (size_t)s * width;
		int steps = NN(batch_length)(batch, s);
		for (int t = 0; t < steps && p->how == WP_NN_MEAN; t++)
			for (size_t i = 0; i < width; i++)
				first[batch->begin[t] * width + i] += d[i] / (real)steps;
		if (p->how == WP_NN_LAST) {
			real *last = first + batch->begin[steps - 1] * width;
			for (size_t i = 0; i < half; i++)
				last[i] += d[i];
			for (size_t i = half; i < width; i++)
				first[i] += d[i];
		}
		for (size_t i = 0; i < width && p->how == WP_NN_MAX; i++)
			first[batch->begin[p->from[(size_t)s * width + i]] * width + i] += d[i];
	}
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_pool_ops;
extern const struct wp_nn64_layer_ops wp_nn64_pool_ops;
const struct NN(layer_ops) NN(pool_ops) = {.life = {sizeof(struct NN(pool)), init, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static bool is_linear(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_pool_settings)->how != WP_NN_MAX;
}

static bool is_mean(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_pool_settings)->how == WP_NN_MEAN;
}

static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (node->in[0].tokens || node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads the states of all steps", node->label);
	if (node->in[0].mixed &&
		WP_NN_SETTINGS(node, struct wp_nn_pool_settings)->how == WP_NN_LAST)
		return wp_fail(WP_EINVAL,
			"%s: which state is the last differs from column to column: pool before "
			"they are put together",
			node->label);
	node->out = (struct wp_nn_shape){.width = node->in[0].width, .pooled = true};
	return WP_OK;
}

static bool needs_whole(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_pool_settings)->how != WP_NN_LAST;
}

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	c->pooling = (enum wp_nn_pooling)WP_NN_SETTINGS(node, struct wp_nn_pool_settings)->how;
}

static const struct wp_nn_case cases[] = {
	WP_NN_CLASSIFY_CASE("lstm 5 bidirectional, pool, softmax"),
	WP_NN_CLASSIFY_CASE("lstm 5 bidirectional, pool mean, softmax"),
	WP_NN_CLASSIFY_CASE("lstm 5 bidirectional, pool max, softmax"),
	WP_NN_AT_END_CASE("gru 5, pool last, squared-error"),
	WP_NN_CLASSIFY_CASE("embedding 5, pool mean, softmax"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_CHOICE(0, "how", offsetof(struct wp_nn_pool_settings, how), NULL, wp_nn_poolings,
		"the last state of each direction, or the mean or maximum of all"),
	{.kind = WP_SETTING_END},
};
static const struct wp_nn_pool_settings defaults = {.how = WP_NN_LAST};

const struct wp_nn_type wp_nn_pool_type = {.name = "pool",
	.help = "from the states of a sequence to one vector",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.cases = cases,
	.shorten = shorten,
	.is_linear = is_linear,
	.is_mean = is_mean,
	.plan = plan,
	.needs_whole = needs_whole,
	.layer = &wp_nn_pool_ops,
	.layer64 = &wp_nn64_pool_ops};
#endif
