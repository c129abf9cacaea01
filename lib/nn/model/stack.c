#include "nn/model/stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/net/graph.h"

/* Nodes of the two, in the order of the one that they make. */
struct stack {
	const struct wp_nn_graph *outer, *inner;
	size_t outer_code, inner_out;
};

static enum wp_err refuse(const char *what)
{
	return wp_fail(WP_EMISMATCH, "auto-encoders upon each other: %s", what);
}

static bool is_chain(const struct wp_nn_graph *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->node[i].inputs != 1 || g->node[i].input[0] != (int)i - 1)
			return false;
	return g->inputs == 1;
}

static enum wp_err check(const struct wp_nn_model *outer, const struct wp_nn_model *inner)
{
	if (!wp_nn_tasks[outer->config.task].itself || !wp_nn_tasks[inner->config.task].itself)
		return refuse("the models are to be of \1task autoencode");
	const struct wp_nn_node *code = wp_nn_graph_code(outer->graph);
	size_t weight, bias;
	if (code->out.width != inner->config.inputs)
		return wp_fail(WP_EMISMATCH,
			"auto-encoders upon each other: the codes of one have %zu numbers, and the "
			"next one reads %zu",
			code->out.width, inner->config.inputs);
	if (!is_chain(outer->graph) || !is_chain(inner->graph))
		return refuse("each layer is to read the one before it");
	if (!wp_nn_code_passes(code))
		return refuse("only the last code may be variational, or have 'top'");
	const struct wp_nn_node *out = wp_nn_graph_output(inner->graph);
	if (!out->type->affine || (!out->type->affine(out, &weight, &bias) && !out->tied))
		return refuse("only the first one may have another output than squared-error");
	if (inner->inputs.count > 0)
		return refuse("only the first one may standardize what it reads");
	return WP_OK;
}

/* ---- The network ---- */

static enum wp_err print_item(struct wp_output *out, const struct wp_nn_node *node, bool *some)
{
	enum wp_err err = *some ? wp_output_write(out, ", ", 2) : WP_OK;
	*some = true;
	return err ? err : wp_nn_print_item(out, node);
}

static enum wp_err print(struct wp_output *out, const struct stack *s)
{
	const struct wp_nn_node *back = wp_nn_graph_output(s->inner);
	bool some = false;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < s->outer_code && !err; i++)
		err = print_item(out, &s->outer->node[i], &some);
	for (size_t i = 0; i < s->inner_out && !err; i++)
		err = print_item(out, &s->inner->node[i], &some);
	if (!err)
		err = wp_output_printf(out, ", dense %zu%s", back->outputs,
			back->param[1] == WP_NN_NONE ? " no-bias" : "");
	for (size_t i = s->outer_code + 1; i < s->outer->count && !err; i++)
		err = print_item(out, &s->outer->node[i], &some);
	return err ? err : wp_output_write(out, "", 1);
}

/* ---- The parameters ---- */

static const float *param_of(const struct wp_nn_model *m, const struct wp_nn_node *n, int slot)
{
	return m->theta + m->params->param[n->param[slot]].offset;
}

static void copy_node(struct wp_nn_model *deep, const struct wp_nn_node *to,
	const struct wp_nn_model *m, const struct wp_nn_node *from)
{
	for (int k = 0; k < WP_NN_NODE_PARAMS; k++) {
		if (to->param[k] == WP_NN_NONE || from->param[k] == WP_NN_NONE)
			continue;
		const struct wp_nn_param *p = &deep->params->param[to->param[k]];
		memcpy(deep->theta + p->offset, param_of(m, from, k),
			p->rows * p->cols * sizeof *deep->theta);
	}
}

/* An output, whose weights have a row for each number, as a dense layer. */
static void copy_output(struct wp_nn_model *deep, const struct wp_nn_node *to,
	const struct wp_nn_model *m, const struct wp_nn_node *from)
{
	const struct wp_nn_param *weight = &deep->params->param[to->param[0]];
	const float *w = param_of(m, from, 0);
	for (size_t i = 0; i < weight->rows; i++)
		for (size_t k = 0; k < weight->cols; k++)
			deep->theta[weight->offset + i * weight->cols + k] =
				w[k * weight->rows + i];
	if (to->param[1] != WP_NN_NONE)
		memcpy(deep->theta + deep->params->param[to->param[1]].offset,
			param_of(m, from, 1), weight->cols * sizeof *w);
}

static void copy_params(struct wp_nn_model *deep, const struct stack *s,
	const struct wp_nn_model *outer, const struct wp_nn_model *inner)
{
	const struct wp_nn_node *to = deep->graph->node;
	for (size_t i = 0; i < s->outer_code; i++)
		copy_node(deep, to++, outer, &s->outer->node[i]);
	for (size_t i = 0; i < s->inner_out; i++)
		copy_node(deep, to++, inner, &s->inner->node[i]);
	copy_output(deep, to++, inner, &s->inner->node[s->inner_out]);
	for (size_t i = s->outer_code + 1; i < s->outer->count; i++)
		copy_node(deep, to++, outer, &s->outer->node[i]);
}

enum wp_err wp_nn_stack(
	struct wp_nn_model *deep, struct wp_nn_model *outer, const struct wp_nn_model *inner)
{
	struct wp_output *words = NULL;
	size_t size;
	*deep = (struct wp_nn_model){0};
	enum wp_err err = check(outer, inner);
	if (err)
		return err;
	const struct stack s = {.outer = outer->graph,
		.inner = inner->graph,
		.outer_code = (size_t)(wp_nn_graph_code(outer->graph) - outer->graph->node),
		.inner_out = inner->graph->count - 1};
	struct wp_nn_config config = outer->config;
	err = wp_output_memory(&words);
	if (!err)
		err = print(words, &s);
	if (err)
		goto out;
	config.net = wp_output_collected(words, &size);
	err = wp_nn_model_create(deep, &config, &outer->vocab, NULL, NULL);
	if (err)
		goto out;
	deep->standardize = outer->standardize;
	err = wp_nn_scaling_copy(&deep->inputs, &outer->inputs);
	if (!err)
		err = wp_nn_scaling_copy(&deep->outputs, &outer->outputs);
	if (!err)
		copy_params(deep, &s, outer, inner);
	if (err)
		wp_nn_model_fini(deep);
out:
	wp_output_discard(words);
	return err;
}
