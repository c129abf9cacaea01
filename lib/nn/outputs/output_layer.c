#include "nn/outputs/output_layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/array.h"
#include "nn/kernels/kernels.h"
#include "nn/core/matrix.h"
#include "nn/layers/pool.h"
#include "nn/outputs/sampled.h"
#include "nn/outputs/hierarchical.h"

struct NN(output_layer) {
	const struct wp_nn_config *config;
	const struct wp_nn_params *params;
	const struct NN(kernels) *kernels;
	size_t width, nodes; /* of the output's rows: classes, or nodes of the tree */
	size_t weight, bias; /* numbers of the parameters; params->count: no biases */
	bool jordan, pooled; /* top has the logits already; there is one row for a sequence */
	struct NN(sampler) *sampler;
	struct NN(hierarchical) *tree;
	struct NN(array) block;        /* of logits */
	struct NN(array) pool, d_pool; /* (sequences, width) */
	int32_t *from;                 /* (sequences, width) */
	size_t from_room;
};

static enum wp_err create_softmax(
	struct NN(output_layer) *h, const struct wp_nn_context *context)
{
	const struct wp_nn_config *c = h->config;
	if (c->softmax == WP_NN_SAMPLED)
		return NN(sampler_create)(&h->sampler, c->outputs, h->width, c->samples,
			context->class_counts, context->seed);
	if (c->softmax != WP_NN_HIERARCHICAL)
		return WP_OK;
	if (!context->class_counts)
		return wp_fail(WP_EINVAL, "hierarchical softmax: needs the classes' counts");
	return NN(hierarchical_create)(&h->tree, context->class_counts, c->outputs);
}

enum wp_err NN(output_layer_create)(struct NN(output_layer) **head,
	const struct wp_nn_config *config, const struct wp_nn_params *params,
	const struct wp_nn_context *context)
{
	struct NN(output_layer) *h;
	enum wp_err err = wp_alloc(&h, 1, sizeof *h, "output layer");
	*head = NULL;
	if (err)
		return err;
	*h = (struct NN(output_layer)){
		.config = config,
		.params = params,
		.kernels = NN(kernels)(wp_cpu_isa()),
		.width = wp_nn_width(config),
		.nodes = config->outputs - (config->softmax == WP_NN_HIERARCHICAL),
		.weight = wp_nn_params_number(
			params, config->tied ? "embedding" : "output.weight"),
		.bias = wp_nn_params_number(params, "output.bias"),
		.jordan = config->cell == WP_NN_JORDAN,
		.pooled = config->task == WP_NN_CLASSIFY ||
			(config->task == WP_NN_REGRESS && !config->each_step),
	};
	if ((err = create_softmax(h, context)))
		NN(output_layer_free)(h);
	else
		*head = h;
	return err;
}

void NN(output_layer_free)(struct NN(output_layer) *head)
{
	if (!head)
		return;
	NN(sampler_free)(head->sampler);
	NN(hierarchical_free)(head->tree);
	free(head->block.at);
	free(head->pool.at);
	free(head->d_pool.at);
	free(head->from);
	free(head);
}

/* Rows of logits in a block, so that there are blocks of like size and none has more than a few
 * megabytes: large enough for the products to be fast, small enough to stay in the cache. */
static size_t block_rows(const struct NN(output_layer) *h, size_t rows)
{
	enum { BLOCK = 1 << 21, FEWEST = 32 };
	size_t most = BLOCK / h->nodes;
	most = most < FEWEST ? FEWEST : most;
	size_t blocks = (rows + most - 1) / most;
	return blocks ? (rows + blocks - 1) / blocks : 0;
}

static enum wp_err reserve_block(struct NN(output_layer) *h, size_t rows)
{
	return NN(reserve)(&h->block, block_rows(h, rows), h->nodes, "logits");
}

/* Logits, without their bias, of `count` rows from `row` on. */
static void make_logits(
	const struct NN(output_layer) *h, const struct NN(output) *o, size_t row, size_t count)
{
	const real *x = o->x + row * o->width;
	if (h->jordan)
		memcpy(h->block.at, x, count * h->nodes * sizeof *x);
	else
		NN(gemm_nt)
	(count, h->nodes, o->width, x, o->width, o->weight, o->width, 0, h->block.at, h->nodes);
}

/* d_x and the parameters' gradient from a block of the logits' derivatives. */
static void backward(
	const struct NN(output_layer) *h, const struct NN(output) *o, size_t row, size_t count)
{
	const real *x = o->x + row * o->width;
	real *d_x = o->d_x + row * o->width;
	if (h->jordan) {
		memcpy(d_x, h->block.at, count * h->nodes * sizeof *d_x);
		return;
	}
	const struct wp_nn_param *weight = &h->params->param[o->weight_param];
	real keep = weight->flags & WP_NN_DENSE_OUTPUT && o->gradient->stale_output ? 0 : 1;
	NN(gemm_nn)
	(count, o->width, h->nodes, h->block.at, h->nodes, o->weight, o->width, 0, d_x,
		o->width);
	NN(gemm_tn)
	(h->nodes, o->width, count, h->block.at, h->nodes, x, o->width, keep,
		o->gradient->value + weight->offset, o->width);
	o->gradient->stale_output = false;
	o->gradient->output_squares = NAN;
	if (o->d_bias)
		o->kernels->add_rows(o->d_bias, h->block.at, h->nodes, count, h->nodes);
}

/* Loss of a block of logits, which become their derivatives. */
static void cross_entropy(const struct NN(output_layer) *h, const struct NN(output) *o,
	size_t row, size_t count, const real *bias)
{
	for (size_t r = 0; r < count; r++) {
		real *logits = h->block.at + r * h->nodes;
		int32_t target = o->target[row + r], best;
		if (target < 0) {
			memset(logits, 0, h->nodes * sizeof *logits);
			continue;
		}
		o->score->loss += (double)o->kernels->cross_entropy(
			logits, bias, h->nodes, (size_t)target, &best);
		o->score->targets++;
		o->score->correct += best == target;
	}
}

/* Half the squared error of a block of numbers, which become its derivatives.  Where the target
 * is NaN, it is not known, and counts for nothing. */
static void squared_error(const struct NN(output_layer) *h, const struct NN(output) *o,
	size_t row, size_t count, const real *bias, const real *targets)
{
	size_t n = h->nodes;
	for (size_t r = 0; r < count; r++) {
		const real *target = targets + (row + r) * n;
		real *y = h->block.at + r * n;
		for (size_t i = 0; i < n; i++) {
			real d = y[i] + (bias ? bias[i] : 0) - target[i];
			bool known = !isnan(target[i]);
			y[i] = known ? d : 0;
			o->score->loss += known ? 0.5 * (double)d * (double)d : 0;
			o->score->targets += known;
		}
	}
}

/* What the output layer reads: the states themselves, or what they are pooled to. */
static enum wp_err pool(struct NN(output_layer) *h, const struct NN(batch) *batch,
	const real *top, struct NN(output) *o)
{
	o->rows = batch->begin[batch->steps];
	o->x = top;
	if (!h->pooled)
		return WP_OK;
	size_t sequences = (size_t)batch->sequences;
	enum wp_err err = NN(reserve)(&h->pool, sequences, h->width, "pooled states");
	if (!err)
		err = wp_grow(&h->from, &h->from_room, sequences * h->width, sizeof *h->from,
			"pooled states");
	if (err)
		return err;
	NN(pool)(h->pool.at, h->from, h->config, batch, top);
	o->rows = sequences;
	o->x = h->pool.at;
	return WP_OK;
}

static struct NN(output) output(
	const struct NN(output_layer) *h, const real *theta, const struct NN(batch) *batch)
{
	const struct wp_nn_param *param = h->params->param;
	return (struct NN(output)){
		.kernels = h->kernels,
		.width = h->width,
		.classes = h->config->outputs,
		.target = batch->classes,
		.weight = theta + param[h->weight].offset,
		.weight_param = h->weight,
		.bias = h->bias < h->params->count ? theta + param[h->bias].offset : NULL,
		.number = batch->number,
	};
}

static enum wp_err train_full(
	struct NN(output_layer) *h, const struct NN(output) *o, const struct NN(batch) *batch)
{
	enum wp_err err = reserve_block(h, o->rows);
	size_t step = block_rows(h, o->rows);
	const real *bias = h->jordan ? NULL : o->bias;
	for (size_t row = 0; row < o->rows && !err; row += step) {
		size_t count = o->rows - row < step ? o->rows - row : step;
		make_logits(h, o, row, count);
		if (h->config->task == WP_NN_REGRESS)
			squared_error(h, o, row, count, bias, batch->targets);
		else
			cross_entropy(h, o, row, count, bias);
		backward(h, o, row, count);
	}
	return err;
}

/* Few rows by kernels of their own (nn/kernels/small_softmax.h), in pieces of like size. */
static enum wp_err train_few(struct NN(output_layer) *h, struct NN(output) *o)
{
	const struct NN(small_softmax_kernels) *few = &o->kernels->few;
	const struct wp_nn_param *weight = &h->params->param[o->weight_param];
	size_t pieces = (o->rows + few->most - 1) / few->most;
	enum wp_err err = NN(reserve)(&h->block, 1, few->space(o->width, o->classes), "logits");
	for (size_t i = 0; i < pieces && !err; i++) {
		size_t begin = o->rows * i / pieces, end = o->rows * (i + 1) / pieces;
		bool stale = weight->flags & WP_NN_DENSE_OUTPUT && o->gradient->stale_output;
		struct NN(small_softmax) piece = {
			.rows = end - begin,
			.width = o->width,
			.classes = o->classes,
			.x = o->x + begin * o->width,
			.target = o->target + begin,
			.weight = o->weight,
			.bias = o->bias,
			.d_x = o->d_x + begin * o->width,
			.d_weight = o->gradient->value + weight->offset,
			.d_bias = o->d_bias,
			.keep = !stale,
		};
		few->cross_entropy(&piece, h->block.at);
		o->gradient->stale_output = false;
		o->gradient->output_squares = piece.squares;
		o->score->loss += piece.loss;
		o->score->targets += piece.targets;
		o->score->correct += piece.correct;
	}
	return err;
}

/* With more rows than this, general products are faster. */
enum { FEW_ROWS = 64 };

enum wp_err NN(output_layer_train)(struct NN(output_layer) *h, const real *theta,
	const struct NN(batch) *batch, const real *top, real *d_top,
	struct NN(gradient) *gradient, struct wp_nn_score *score)
{
	struct NN(output) o = output(h, theta, batch);
	enum wp_err err = pool(h, batch, top, &o);
	o.d_x = d_top;
	if (!err && h->pooled) {
		err = NN(reserve)(&h->d_pool, o.rows, h->width, "pooled states");
		o.d_x = h->d_pool.at;
	}
	if (err)
		return err;
	o.gradient = gradient;
	o.score = score;
	if (o.bias)
		o.d_bias = gradient->value + h->params->param[h->bias].offset;

	if (h->sampler)
		err = NN(sampled_train)(h->sampler, &o);
	else if (h->tree)
		NN(hierarchical_train)(h->tree, &o);
	else if (o.rows < FEW_ROWS && h->config->task != WP_NN_REGRESS && !h->jordan)
		err = train_few(h, &o);
	else
		err = train_full(h, &o, batch);
	NN(gradient_settle)(gradient);
	if (!err && h->pooled)
		NN(unpool)(d_top, o.d_x, h->from, h->config, batch);
	return err;
}

/* A block of what was asked for, from its logits. */
static void predict_block(const struct NN(output_layer) *h, const struct NN(output) *o,
	size_t row, size_t count, const struct NN(batch) *batch, real *outputs)
{
	bool regress = h->config->task == WP_NN_REGRESS;
	const real *bias = h->jordan ? NULL : o->bias;
	size_t n = o->classes;
	if (outputs && h->tree)
		NN(hierarchical_log_softmax)(h->tree, o, count, h->block.at, outputs + row * n);
	for (size_t r = 0; r < count && outputs && !h->tree; r++) {
		real *to = outputs + (row + r) * n;
		memcpy(to, h->block.at + r * n, n * sizeof *to);
		if (!regress)
			o->kernels->log_softmax(to, bias, n);
		else if (bias)
			o->kernels->add(to, bias, n);
	}
	if (!o->score || h->tree)
		return;
	if (regress && batch->targets)
		squared_error(h, o, row, count, bias, batch->targets);
	else if (!regress && o->target)
		cross_entropy(h, o, row, count, bias);
}

enum wp_err NN(output_layer_predict)(struct NN(output_layer) *h, const real *theta,
	const struct NN(batch) *batch, const real *top, real *outputs,
	struct wp_nn_score *score)
{
	struct NN(output) o = output(h, theta, batch);
	enum wp_err err = pool(h, batch, top, &o);
	o.score = score;
	if (!err)
		err = reserve_block(h, o.rows);
	if (!err && h->tree && score && o.target)
		NN(hierarchical_score)(h->tree, &o);
	if (h->tree && !outputs)
		return err;
	size_t step = block_rows(h, o.rows);
	for (size_t row = 0; row < o.rows && !err; row += step) {
		size_t count = o.rows - row < step ? o.rows - row : step;
		make_logits(h, &o, row, count);
		predict_block(h, &o, row, count, batch, outputs);
	}
	return err;
}
