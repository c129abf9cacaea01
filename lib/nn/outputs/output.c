#include "nn/outputs/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/matrix.h"

enum wp_err NN(output_init)(void *self)
{
	struct NN(output) *o = self;
	o->width = o->node->in[0].width;
	o->classes = o->node->outputs;
	o->direct = WP_NN_OUTPUT_SETTINGS(o->node)->direct;
	o->nodes = o->direct ? o->classes
			     : o->params->param[o->node->param[WP_NN_OUTPUT_WEIGHT]].rows;
	return WP_OK;
}

void NN(output_fini)(void *self)
{
	free(((struct NN(output) *)self)->block.at);
}

struct NN(output_rows)
	NN(output_rows_of)(const struct NN(output) *o, const struct NN(pass) *pass,
		const struct NN(value) *in, struct wp_nn_score *score, bool train)
{
	return (struct NN(output_rows)){
		.rows = in->rows,
		.width = o->width,
		.classes = o->classes,
		.x = in->x,
		.target = pass->batch->classes,
		.numbers = pass->batch->targets,
		.cells = pass->batch->cells.start ? &pass->batch->cells : NULL,
		.weight = NN(param)(o->node, o->params, pass->theta, WP_NN_OUTPUT_WEIGHT),
		.bias = NN(param)(o->node, o->params, pass->theta, WP_NN_OUTPUT_BIAS),
		.number = pass->batch->number,
		.d_x = train ? in->d : NULL,
		.gradient = train ? pass->gradient : NULL,
		.weight_param = o->node->param[WP_NN_OUTPUT_WEIGHT],
		.d_bias = train ? NN(param_gradient)(o->node, pass->gradient, WP_NN_OUTPUT_BIAS)
				: NULL,
		.score = score,
		.smoothing = train ? WP_NN_OUTPUT_SETTINGS(o->node)->smoothing : 0,
		.class_weight = train ? o->context->class_weights : NULL,
	};
}

/* Rows of logits in a block, so that there are blocks of like size and none has more than a few
 * megabytes: large enough for the products to be fast, small enough to stay in the cache. */
static size_t block_rows(const struct NN(output) *o, size_t rows)
{
	enum { BLOCK = 1 << 21, FEWEST = 32 };
	size_t most = BLOCK / o->nodes;
	most = most < FEWEST ? FEWEST : most;
	size_t blocks = (rows + most - 1) / most;
	return blocks ? (rows + blocks - 1) / blocks : 0;
}

static enum wp_err reserve_block(struct NN(output) *o, size_t rows)
{
	return NN(reserve)(&o->block, block_rows(o, rows), o->nodes, "logits");
}

/* Logits, without their bias. */
static void make_logits(
	struct NN(output) *o, const struct NN(output_rows) *rows, size_t row, size_t count)
{
	const real *x = rows->x + row * rows->width;
	if (o->direct)
		memcpy(o->block.at, x, count * o->nodes * sizeof *x);
	else
		NN(gemm_nt)(count, o->nodes, rows->width, x, rows->width, rows->weight,
			rows->width, 0, o->block.at, o->nodes);
}

/* d_x and the parameters' gradient from a block of the logits' derivatives. */
static void backward(
	struct NN(output) *o, const struct NN(output_rows) *rows, size_t row, size_t count)
{
	const size_t width = rows->width;
	const real *x = rows->x + row * width;
	real *d_x = rows->d_x + row * width;
	if (o->direct) {
		memcpy(d_x, o->block.at, count * o->nodes * sizeof *d_x);
		return;
	}
	NN(gemm_nn)(count, width, o->nodes, o->block.at, o->nodes, rows->weight, width, 0, d_x,
		width);
	real beta = NN(gradient_write)(rows->gradient, rows->weight_param, NAN);
	NN(gemm_tn)(o->nodes, width, count, o->block.at, o->nodes, x, width, beta,
		rows->gradient->value + o->params->param[rows->weight_param].offset, width);
	if (rows->d_bias)
		o->kernels->add_rows(rows->d_bias, o->block.at, o->nodes, count, o->nodes);
}

enum wp_err NN(output_run)(struct NN(output) *o, const struct NN(output_rows) *rows,
	const struct NN(output_block) *block, real *outputs)
{
	enum wp_err err = reserve_block(o, rows->rows);
	size_t step = block_rows(o, rows->rows);
	for (size_t row = 0; row < rows->rows && !err; row += step) {
		size_t count = rows->rows - row < step ? rows->rows - row : step;
		make_logits(o, rows, row, count);
		if (outputs)
			block->outputs(o, rows, row, count, outputs + row * o->classes);
		if (rows->score)
			block->loss(o, rows, row, count);
		if (rows->gradient)
			backward(o, rows, row, count);
	}
	return err;
}

#ifndef WP_NN_F64
bool wp_nn_output_is_tied(const struct wp_nn_node *node)
{
	return WP_NN_OUTPUT_SETTINGS(node)->tied;
}

void wp_nn_output_shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	const struct wp_nn_output_settings *s = WP_NN_OUTPUT_SETTINGS(node);
	c->tied = s->tied;
	c->no_bias |= s->no_bias;
	c->softmax = WP_NN_FULL;
}

static enum wp_err plan_tied(
	struct wp_nn_node *node, const struct wp_nn_params *params, size_t nodes)
{
	const struct wp_nn_node *table = node->tied;
	if (!table)
		return wp_fail(WP_EINVAL, "%s: tied: there is no %s to share", node->label,
			node->type->numbers ? "dense layer" : "embedding");
	if (node->type->numbers &&
		(table->in[0].width != nodes || table->out.width != node->in[0].width))
		return wp_fail(WP_EINVAL,
			"%s: tied to '%s', which makes %zu numbers of what is read: %zu come in "
			"here",
			node->label, table->label, table->out.width, node->in[0].width);
	if (params && params->param[table->param[0]].cols != table->out.width)
		return wp_fail(WP_EINVAL, "%s: tied: '%s' has gates beside its weights",
			node->label, table->label);
	if (table->in[0].width != nodes)
		return wp_fail(WP_EINVAL,
			"%s: tied: %zu tokens have vectors, but there are %zu outputs",
			node->label, table->in[0].width, nodes);
	if (table->out.width != node->in[0].width)
		return wp_fail(WP_EINVAL,
			"%s: tied: embedding of %zu numbers, but states of %zu", node->label,
			table->out.width, node->in[0].width);
	node->param[WP_NN_OUTPUT_WEIGHT] = table->param[0];
	return WP_OK;
}

enum wp_err wp_nn_output_plan(
	struct wp_nn_node *node, struct wp_nn_params *params, size_t nodes, unsigned flags)
{
	const struct wp_nn_output_settings *s = WP_NN_OUTPUT_SETTINGS(node);
	const struct wp_nn_begin begin = {.fan_in = node->in[0].width, .by_rows = true};
	enum wp_err err = WP_OK;
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads numbers, not tokens", node->label);
	node->out = (struct wp_nn_shape){.width = node->outputs, .pooled = node->in[0].pooled};
	if (s->direct && (s->tied || node->in[0].width != nodes))
		return wp_fail(WP_EINVAL,
			"%s: direct: %zu numbers come in, %zu are to come out", node->label,
			node->in[0].width, nodes);
	if (s->direct)
		return WP_OK;
	if (s->tied)
		err = plan_tied(node, params, nodes);
	else
		err = wp_nn_add_param(node, params, WP_NN_OUTPUT_WEIGHT, "weight", nodes,
			node->in[0].width, flags, &begin);
	if (!err && !s->no_bias)
		err = wp_nn_add_param(
			node, params, WP_NN_OUTPUT_BIAS, "bias", 1, nodes, WP_NN_BIAS, &begin);
	return err;
}

/* ---- One step at a time ---- */

enum wp_err wp_nn_output_prepare(struct wp_nn_stepper *s)
{
	return WP_NN_OUTPUT_SETTINGS(s->node)->direct
		? WP_OK
		: wp_nn_lay_out(s, WP_NN_OUTPUT_WEIGHT, true);
}

void wp_nn_output_logits(const struct wp_nn_stepper *s, const float *x, float *to)
{
	const struct wp_panels *weight = &s->panels[WP_NN_OUTPUT_WEIGHT];
	const size_t bias = s->node->param[WP_NN_OUTPUT_BIAS];
	memset(to, 0, weight->cols * sizeof *to);
	if (bias != WP_NN_NONE)
		memcpy(to, s->theta + s->params->param[bias].offset,
			s->params->param[bias].cols * sizeof *to);
	wp_panels_multiply(to, x, weight);
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	(void)before, (void)after;
	if (WP_NN_OUTPUT_SETTINGS(s->node)->direct)
		memcpy(out->to, in[0]->x, s->node->outputs * sizeof *out->to);
	else
		wp_nn_output_logits(s, in[0]->x, out->to);
	out->x = out->to;
}

const struct wp_nn_step_ops wp_nn_output_step_ops = {
	.prepare = wp_nn_output_prepare, .step = step};
#endif
