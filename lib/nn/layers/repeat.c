/* A row for each sequence, repeated at each of its steps: so that layers read, beside what
 * changes from step to step, what stays: a vector that a decoder is conditioned on. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"

struct NN(repeat) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) x; /* (rows, width) */
};

static void fini(void *self)
{
	free(((struct NN(repeat) *)self)->x.at);
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(repeat) *p = self;
	const struct NN(batch) *b = pass->batch;
	const size_t width = out->width;
	enum wp_err err = NN(reserve)(&p->x, out->rows, width, "network");
	if (err)
		return err;
	for (int t = 0; t < b->steps; t++)
		memcpy(p->x.at + b->begin[t] * width, in[0]->x,
			(size_t)b->active[t] * width * sizeof(real));
	out->x = p->x.at;
	return WP_OK;
}

/* The sum over the steps. */
static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(repeat) *p = self;
	const struct NN(batch) *b = pass->batch;
	const size_t width = out->width;
	if (!in[0]->d)
		return WP_OK;
	if (!(NN(begin_d)(in[0]) > 0))
		memset(in[0]->d, 0, in[0]->rows * width * sizeof(real));
	for (int t = 0; t < b->steps; t++)
		p->kernels->add(
			in[0]->d, out->d + b->begin[t] * width, (size_t)b->active[t] * width);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_repeat_ops;
extern const struct wp_nn64_layer_ops wp_nn64_repeat_ops;
const struct NN(layer_ops) NN(repeat_ops) = {.life = {sizeof(struct NN(repeat)), NULL, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (!node->in[0].pooled)
		return wp_fail(WP_EINVAL,
			"%s: repeats a row for each sequence, such as 'encoding' or what 'pool' "
			"makes, not rows of steps",
			node->label);
	node->out =
		(struct wp_nn_shape){.width = node->in[0].width, .mixed = node->in[0].mixed};
	return WP_OK;
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	(void)s, (void)before, (void)after;
	out->x = in[0]->x;
}

static const struct wp_nn_step_ops step_ops = {.step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("e=embedding 4, v=repeat from encoding, concat from e+v, gru 5, softmax"),
	WP_NN_LM_CASE("e=embedding 4, d=dense 4 from encoding, v=repeat, add from e+v, lstm 5, "
		      "softmax"),
	WP_NN_TAG_CASE(
		"l=elman 4 bidirectional, p=pool mean, v=repeat, concat from l+v, softmax"),
	WP_NN_NUMBERS_CASE(
		"v=repeat from encoding, concat from v+input, l=elman 4, concat from l+v, "
		"squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	{.kind = WP_SETTING_END},
};
static const char defaults = 0;

const struct wp_nn_type wp_nn_repeat_type = {.name = "repeat",
	.help = "a row for each sequence, at each of its steps",
	.settings = settings,
	.defaults = &defaults,
	.plan = plan,
	.cases = cases,
	.step = &step_ops,
	.layer = &wp_nn_repeat_ops,
	.layer64 = &wp_nn64_repeat_ops};
#endif
