/* Two types that read two nodes or more: add, their sum, and concat, all side by side. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"

struct NN(join) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) x; /* (rows, width) */
};

static void fini(void *self)
{
	free(((struct NN(join) *)self)->x.at);
}

static enum wp_err forward_add(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(join) *j = self;
	const size_t n = out->rows * out->width;
	(void)pass;
	enum wp_err err = NN(reserve)(&j->x, out->rows, out->width, "network");
	if (err)
		return err;
	j->kernels->sum(j->x.at, in[0]->x, in[1]->x, n);
	for (int k = 2; k < j->node->inputs; k++)
		j->kernels->add(j->x.at, in[k]->x, n);
	out->x = j->x.at;
	return WP_OK;
}

static enum wp_err backward_add(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(join) *j = self;
	const size_t n = out->rows * out->width;
	(void)pass;
	for (int k = 0; k < j->node->inputs; k++) {
		if (!in[k]->d)
			continue;
		if (NN(begin_d)(in[k]) > 0)
			j->kernels->add(in[k]->d, out->d, n);
		else if (in[k]->d != out->d)
			memcpy(in[k]->d, out->d, n * sizeof(real));
	}
	return WP_OK;
}

static enum wp_err forward_concat(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(join) *j = self;
	(void)pass;
	enum wp_err err = NN(reserve)(&j->x, out->rows, out->width, "network");
	if (err)
		return err;
	real *to = j->x.at;
	for (size_t r = 0; r < out->rows; r++)
		for (int k = 0; k < j->node->inputs; to += in[k++]->width)
			memcpy(to, in[k]->x + r * in[k]->width, in[k]->width * sizeof *to);
	out->x = j->x.at;
	return WP_OK;
}

static enum wp_err backward_concat(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(join) *j = self;
	(void)pass;
	const real *from = out->d;
	for (int k = 0; k < j->node->inputs; from += in[k++]->width) {
		const size_t width = in[k]->width;
		if (!in[k]->d)
			continue;
		bool adds = NN(begin_d)(in[k]) > 0;
		for (size_t r = 0; r < out->rows; r++) {
			real *to = in[k]->d + r * width;
			if (adds)
				j->kernels->add(to, from + r * out->width, width);
			else
				memcpy(to, from + r * out->width, width * sizeof *to);
		}
	}
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_add_ops, wp_nn_concat_ops;
extern const struct wp_nn64_layer_ops wp_nn64_add_ops, wp_nn64_concat_ops;
#define JOIN_OPS(id) \
	const struct NN(layer_ops) \
		NN(id##_ops) = {.life = {sizeof(struct NN(join)), NULL, fini}, \
			.forward = forward_##id, \
			.backward = backward_##id}
JOIN_OPS(add);
JOIN_OPS(concat);

#ifndef WP_NN_F64
static enum wp_err check(const struct wp_nn_node *node)
{
	for (int k = 0; k < node->inputs; k++) {
		if (node->in[k].tokens)
			return wp_fail(WP_EINVAL, "%s: reads numbers, not tokens", node->label);
		if (node->in[k].pooled != node->in[0].pooled)
			return wp_fail(WP_EINVAL,
				"%s: one has a row for each step, another one for each "
				"sequence",
				node->label);
	}
	return WP_OK;
}

static enum wp_err plan_add(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	enum wp_err err = check(node);
	node->out = node->in[0];
	for (int k = 1; k < node->inputs && !err; k++) {
		const struct wp_nn_shape *in = &node->in[k];
		if (in->width != node->out.width)
			return wp_fail(WP_EINVAL,
				"%s: rows of %zu numbers cannot be added to rows of %zu",
				node->label, node->out.width, in->width);
		node->out.mixed |= in->mixed || in->backward != node->in[0].backward;
	}
	return err;
}

static enum wp_err plan_concat(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	node->out = (struct wp_nn_shape){.pooled = node->in[0].pooled};
	for (int k = 0; k < node->inputs; k++) {
		node->out.width += node->in[k].width;
		node->out.mixed |= node->in[k].mixed || node->in[k].backward;
	}
	return check(node);
}

static void step_add(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	(void)before, (void)after;
	memcpy(out->to, in[0]->x, s->node->out.width * sizeof *out->to);
	for (int k = 1; k < s->node->inputs; k++)
		s->kernels->add(out->to, in[k]->x, s->node->out.width);
	out->x = out->to;
}

static void step_concat(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	float *to = out->to;
	(void)before, (void)after;
	for (int k = 0; k < s->node->inputs; to += s->node->in[k++].width)
		memcpy(to, in[k]->x, s->node->in[k].width * sizeof *to);
	out->x = out->to;
}

static const struct wp_setting settings[] = {
	{.kind = WP_SETTING_END},
};
static const char defaults = 0;
static const struct wp_nn_case add_cases[] = {
	WP_NN_LM_CASE("e=embedding 5, l=elman 5, add from l+e, softmax"),
	WP_NN_TAG_CASE(
		"embedding 5, residual (dense 4 tanh, dense 5), 2 x (residual (elman 5)), "
		"softmax"),
	WP_NN_NUMBERS_CASE("residual (dense 3 tanh), squared-error"),
	WP_NN_TAG_CASE("e=embedding 6, lstm 3 bidirectional, add from layer0+e, gru 6, "
		       "add from add+layer1, softmax"),
	WP_NN_AT_END_CASE(
		"a=elman 5, b=lstm 5 from input, add from b+a+b, pool max, squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_nn_case concat_cases[] = {
	WP_NN_LM_CASE("e=embedding 4, l=elman 5, concat from l+e, softmax"),
	WP_NN_LM_CASE(
		"e=embedding 8, l=lstm 6, d=dropout 0.5, g=gru 7 from e, concat from d+g, softmax"),
	WP_NN_CLASSIFY_CASE(
		"l=elman 3 bidirectional, p=pool, q=pool mean from l, concat from p+q, softmax"),
	WP_NN_NUMBERS_CASE("elman 4, concat from layer0+input, squared-error"),
	WP_NN_TAG_CASE("e=embedding 3, f=embedding 4 from input, g=elman 2, concat from e+f+g, "
		       "softmax"),
	WP_NN_CASES_END,
};

static bool is_linear(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

#define JOIN_TYPE(id, help_, ...) \
	static const struct wp_nn_step_ops id##_step = {.step = step_##id}; \
	const struct wp_nn_type wp_nn_##id##_type = {.name = #id, \
		.help = help_, \
		.settings = settings, \
		.defaults = &defaults, \
		.joins = true, \
		.is_linear = is_linear, \
		.plan = plan_##id, \
		.cases = id##_cases, \
		.step = &id##_step, \
		.layer = &wp_nn_##id##_ops, \
		.layer64 = &wp_nn64_##id##_ops, \
		__VA_ARGS__}
JOIN_TYPE(add, "the sum of two nodes or more", .in_place = true);
JOIN_TYPE(concat, "two nodes or more side by side", .in_place = false);
#endif
