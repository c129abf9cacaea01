/* Attention pooling (Yang et al. 2016, Hierarchical attention networks): the mean of the rows
 *of a sequence, weighed by how well each suits a query that is learnt:
 *
 *	u_t = tanh(x_t W + b),   a = softmax over t of u_t . q,   y = sum over t of a_t x_t
 *
 * Parameters: weight (in, units), bias (units), query (units). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/kernels/kernels.h"
#include "nn/layers/affine.h"

enum { QUERY = WP_NN_AFFINE_BIAS + 1 };

struct settings {
	size_t units;
};

struct NN(attention_pool) {
	WP_NN_NODE_AT_WORK;
	struct NN(affine) map;
	struct NN(array) u;      /* (rows, units)                                       */
	struct NN(array) weight; /* (rows): a                                           */
	struct NN(array) y;      /* (sequences, width)                                  */
	struct NN(array) column; /* (steps): of one sequence                            */
	struct NN(array) d_u;
};

static void fini(void *self)
{
	struct NN(attention_pool) *a = self;
	struct NN(array) *all[] = {&a->u, &a->weight, &a->y, &a->column, &a->d_u};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
}

static enum wp_err init(void *self)
{
	struct NN(attention_pool) *a = self;
	const size_t units = WP_NN_SETTINGS(a->node, struct settings)->units;
	a->map = (struct NN(affine)){.node = a->node,
		.params = a->params,
		.kernels = a->kernels,
		.in = a->node->in[0].width,
		.units = units,
		.sums = units,
		.function = WP_NN_F_TANH};
	return WP_OK;
}

static size_t row_at(const struct NN(batch) *b, int t, int sequence)
{
	return b->begin[t] + (size_t)sequence;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(attention_pool) *a = self;
	const struct NN(batch) *b = pass->batch;
	const size_t width = out->width, units = a->map.units;
	const real *query = NN(param)(a->node, a->params, pass->theta, QUERY);
	const struct NN(want) want[] = {{&a->u, in[0]->rows, units},
		{&a->weight, in[0]->rows, 1}, {&a->y, out->rows, width},
		{&a->column, (size_t)b->steps, 1}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(affine_forward)(&a->map, pass, in[0]->x, in[0]->rows, a->u.at, a->u.at);
	memset(a->y.at, 0, out->rows * width * sizeof *a->y.at);
	for (int s = 0; s < b->sequences; s++) {
		const int steps = NN(batch_length)(b, s);
		real *score = a->column.at;
		for (int t = 0; t < steps; t++)
			score[t] = a->kernels->dot(
				a->u.at + row_at(b, t, s) * units, query, units);
		a->kernels->softmax(score, NULL, (size_t)steps);
		for (int t = 0; t < steps; t++) {
			a->weight.at[row_at(b, t, s)] = score[t];
			a->kernels->add_scaled(a->y.at + (size_t)s * width, score[t],
				in[0]->x + row_at(b, t, s) * width, width);
		}
	}
	out->x = a->y.at;
	return WP_OK;
}

/* The scores' derivatives, a_t (dy . x_t - sum over k of a_k dy . x_k), into d_score (rows). */
static void derive_scores(const struct NN(attention_pool) *a, const struct NN(batch) *b,
	const real *x, const real *d_y, size_t width, real *d_score)
{
	for (int s = 0; s < b->sequences; s++) {
		const int steps = NN(batch_length)(b, s);
		real sum = 0;
		for (int t = 0; t < steps; t++) {
			const size_t row = row_at(b, t, s);
			d_score[row] = a->kernels->dot(
				d_y + (size_t)s * width, x + row * width, width);
			sum += a->weight.at[row] * d_score[row];
		}
		for (int t = 0; t < steps; t++) {
			const size_t row = row_at(b, t, s);
			d_score[row] = a->weight.at[row] * (d_score[row] - sum);
		}
	}
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(attention_pool) *a = self;
	const struct NN(batch) *b = pass->batch;
	const size_t width = out->width, units = a->map.units, rows = in[0]->rows;
	const real *query = NN(param)(a->node, a->params, pass->theta, QUERY);
	real *d_query =
		pass->gradient ? NN(param_gradient)(a->node, pass->gradient, QUERY) : NULL;
	enum wp_err err = NN(reserve)(&a->d_u, rows, units + 1, "network");
	if (err)
		return err;
	real *d_u = a->d_u.at, *d_score = a->d_u.at + rows * units;
	derive_scores(a, b, in[0]->x, out->d, width, d_score);
	for (size_t r = 0; r < rows; r++) {
		if (d_query)
			a->kernels->add_scaled(d_query, d_score[r], a->u.at + r * units, units);
		for (size_t i = 0; i < units; i++)
			d_u[r * units + i] = d_score[r] * query[i];
	}
	NN(affine_backward)
	(&a->map, pass, in[0]->x, rows, a->u.at, a->u.at, d_u, d_u,
		in[0]->d ? NN(begin_d)(in[0]) : 0, in[0]->d);
	for (int t = 0; t < b->steps && in[0]->d; t++)
		for (int s = 0; s < b->active[t]; s++)
			a->kernels->add_scaled(in[0]->d + row_at(b, t, s) * width,
				a->weight.at[row_at(b, t, s)], out->d + (size_t)s * width,
				width);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_attention_pool_ops;
extern const struct wp_nn64_layer_ops wp_nn64_attention_pool_ops;
const struct NN(layer_ops)
	NN(attention_pool_ops) = {.life = {sizeof(struct NN(attention_pool)), init, fini},
		.forward = forward,
		.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const size_t units = WP_NN_SETTINGS(node, struct settings)->units;
	const struct wp_nn_begin query = {.fan_in = units};
	if (node->in[0].tokens || node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads the states of all steps", node->label);
	node->out = (struct wp_nn_shape){.width = node->in[0].width, .pooled = true};
	enum wp_err err =
		wp_nn_affine_plan(node, params, node->in[0].width, units, WP_NN_F_TANH, false);
	return err ? err : wp_nn_add_param(node, params, QUERY, "query", 1, units, 0, &query);
}

static bool needs_whole(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	return 2 * (WP_NN_SETTINGS(node, struct settings)->units + 1);
}

static const struct wp_nn_case cases[] = {
	WP_NN_CLASSIFY_CASE("lstm 4 bidirectional, attention-pool 5, softmax"),
	WP_NN_CLASSIFY_CASE("e=embedding 4, attention-pool 3, a=pool mean from e, concat from "
			    "attention-pool+a, softmax"),
	WP_NN_AT_END_CASE("attention-pool 3, squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", offsetof(struct settings, units), NULL, 1, 65536,
		"numbers by which rows and the query are compared"),
	{.kind = WP_SETTING_END},
};
static const struct settings defaults = {.units = 100};

const struct wp_nn_type wp_nn_attention_pool_type = {.name = "attention-pool",
	.help = "the mean of a sequence's rows, weighed by a learnt query (Yang et al. 2016)",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.plan = plan,
	.row_numbers = row_numbers,
	.cases = cases,
	.needs_whole = needs_whole,
	.layer = &wp_nn_attention_pool_ops,
	.layer64 = &wp_nn64_attention_pool_ops};
#endif
