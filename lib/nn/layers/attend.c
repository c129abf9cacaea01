/* Attention of all rows of the targets to the rows of their sources (nn/layers/alignment.h),
 * after a recurrent layer (Luong, Pham & Manning 2015): what comes out are the contexts. */
#include <stdlib.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/layers/alignment.h"

struct settings {
	int score; /* enum wp_nn_score_kind */
	size_t heads, align;
};

struct NN(attend) {
	WP_NN_NODE_AT_WORK;
	struct NN(alignment) alignment;
	struct NN(array) contexts;
};

static void fini(void *self)
{
	struct NN(attend) *a = self;
	NN(alignment_fini)(&a->alignment);
	free(a->contexts.at);
}

static enum wp_err init(void *self)
{
	struct NN(attend) *a = self;
	const struct settings *s = WP_NN_SETTINGS(a->node, struct settings);
	const size_t target = a->node->in[0].width;
	a->alignment = (struct NN(alignment)){.node = a->node,
		.params = a->params,
		.kernels = a->kernels,
		.kind = (enum wp_nn_score_kind)s->score,
		.target = target,
		.units = s->align ? s->align : target,
		.values = a->node->in[1].width,
		.heads = s->heads};
	return WP_OK;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(attend) *a = self;
	const struct NN(batch) *b = pass->batch;
	enum wp_err err = NN(reserve)(&a->contexts, out->rows, out->width, "network");
	if (!err)
		err = NN(alignment_begin)(&a->alignment, pass, in[1]);
	for (int t = 0; t < b->steps && !err; t++)
		NN(alignment_attend)
	(&a->alignment, pass, b->begin[t], (size_t)b->active[t],
		in[0]->x + b->begin[t] * in[0]->width, in[0]->width,
		a->contexts.at + b->begin[t] * out->width, out->width);
	out->x = a->contexts.at;
	return err;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(attend) *a = self;
	const struct NN(batch) *b = pass->batch;
	const size_t width = in[0]->width;
	enum wp_err err = NN(alignment_begin_back)(&a->alignment, pass);
	if (err)
		return err;
	if (in[0]->d && !(NN(begin_d)(in[0]) > 0))
		memset(in[0]->d, 0, in[0]->rows * width * sizeof(real));
	for (int t = 0; t < b->steps; t++)
		NN(alignment_back)
	(&a->alignment, pass, b->begin[t], (size_t)b->active[t],
		out->d + b->begin[t] * out->width, out->width,
		in[0]->d ? in[0]->d + b->begin[t] * width : NULL, width);
	NN(alignment_end_back)(&a->alignment, pass, in[0]->x, width, in[1]);
	return WP_OK;
}

static const real *attention(const void *self, size_t row, size_t head)
{
	return NN(alignment_weights)(&((const struct NN(attend) *)self)->alignment, row, head);
}

extern const struct wp_nn_layer_ops wp_nn_attend_ops;
extern const struct wp_nn64_layer_ops wp_nn64_attend_ops;
const struct NN(layer_ops) NN(attend_ops) = {.life = {sizeof(struct NN(attend)), init, fini},
	.forward = forward,
	.backward = backward,
	.attention = attention};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	if (node->inputs != 2 || node->in[0].tokens || node->in[0].pooled || node->in[0].source)
		return wp_fail(WP_EINVAL,
			"%s: reads states of the target's steps and those of the source's",
			node->label);
	node->out = (struct wp_nn_shape){.width = node->in[1].width, .mixed = true};
	return wp_nn_alignment_plan(node, params, (enum wp_nn_score_kind)s->score,
		node->in[0].width, s->align, s->heads, &node->in[1], 0);
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	return 2 * (s->align ? s->align : node->in[0].width);
}

static size_t heads(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct settings)->heads;
}

static const struct wp_nn_case cases[] = {
	WP_NN_TRANSLATE_CASE(
		"embedding 3 from source, s=gru 3, e=embedding 3 from input, "
		"t=gru 3, attend dot from t+s, concat from t+attend, dense 5 tanh, "
		"softmax"),
	WP_NN_TRANSLATE_CASE(
		"embedding 3 from source, s=lstm 3 bidirectional, e=embedding 4 "
		"from input, t=gru 4, attend general heads=2 from t+s, concat from "
		"t+attend, softmax"),
	WP_NN_TRANSLATE_CASE(
		"s=embedding 4 from source, t=embedding 4 from input, attend additive "
		"heads=2 align=6 from t+s, gru 3, softmax"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_CHOICE(0, "score", AT(score), NULL, wp_nn_score_kinds,
		"how states of source and target are compared"),
	WP_SET_SIZE(0, "heads", AT(heads), NULL, 1, 1024,
		"so many times, each with its part of the states"),
	WP_SET_SIZE(0, "align", AT(align), NULL, 0, 65536,
		"additive: numbers that both are mapped to; 0: as the target's state has"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.heads = 1};

const struct wp_nn_type wp_nn_attend_type = {.name = "attend",
	.help = "of pairs: what rows of the target attend to in the source (Luong et al. 2015)",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.joins = true,
	.crosses = true,
	.row_numbers = row_numbers,
	.heads = heads,
	.cases = cases,
	.plan = plan,
	.layer = &wp_nn_attend_ops,
	.layer64 = &wp_nn64_attend_ops};
#endif
