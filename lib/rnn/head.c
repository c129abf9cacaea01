#include "rnn/head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rnn/array.h"
#include "rnn/kernels.h"
#include "rnn/matrix.h"
#include "rnn/pooling.h"
#include "rnn/sampled.h"
#include "rnn/tree.h"

struct RNN(head) {
	const struct wp_rnn_config *config;
	const struct wp_rnn_layout *layout;
	const struct RNN(kernels) *kernels;
	size_t width, nodes; /* of the output's rows: classes, or nodes of the tree */
	size_t weight, bias; /* numbers of the parameters; layout->count: no biases */
	bool jordan, pooled; /* top has the logits already; there is one row for a sequence */
	struct RNN(sampler) *sampler;
	struct RNN(tree) *tree;
	struct RNN(array) block;        /* of logits */
	struct RNN(array) pool, d_pool; /* (sequences, width) */
	int32_t *from;                  /* (sequences, width) */
	size_t from_room;
};

static enum wp_err create_softmax(struct RNN(head) *h, const struct wp_rnn_facts *facts)
{
	const struct wp_rnn_config *c = h->config;
	if (c->softmax == WP_RNN_SAMPLED)
		return RNN(sampler_create)(&h->sampler, c->outputs, h->width, c->samples,
			facts->class_counts, facts->seed);
	if (c->softmax != WP_RNN_HIERARCHICAL)
		return WP_OK;
	if (!facts->class_counts)
		return wp_fail(WP_EINVAL, "hierarchical soft-max: needs the classes' counts");
	return RNN(tree_create)(&h->tree, facts->class_counts, c->outputs);
}

enum wp_err RNN(head_create)(struct RNN(head) **head, const struct wp_rnn_config *config,
	const struct wp_rnn_layout *layout, const struct wp_rnn_facts *facts)
{
	struct RNN(head) *h;
	enum wp_err err = wp_alloc(&h, 1, sizeof *h, "output layer");
	*head = NULL;
	if (err)
		return err;
	*h = (struct RNN(head)){
		.config = config,
		.layout = layout,
		.kernels = RNN(kernels)(wp_cpu_isa()),
		.width = wp_rnn_width(config),
		.nodes = config->outputs - (config->softmax == WP_RNN_HIERARCHICAL),
		.weight = wp_rnn_layout_number(
			layout, config->tied ? "embedding" : "output.weight"),
		.bias = wp_rnn_layout_number(layout, "output.bias"),
		.jordan = config->cell == WP_RNN_JORDAN,
		.pooled = config->task == WP_RNN_CLASSIFY ||
			(config->task == WP_RNN_REGRESS && !config->each_step),
	};
	if ((err = create_softmax(h, facts)))
		RNN(head_free)(h);
	else
		*head = h;
	return err;
}

void RNN(head_free)(struct RNN(head) *head)
{
	if (!head)
		return;
	RNN(sampler_free)(head->sampler);
	RNN(tree_free)(head->tree);
	free(head->block.at);
	free(head->pool.at);
	free(head->d_pool.at);
	free(head->from);
	free(head);
}

/* Rows of logits in a block, so that there are blocks of like size and none has more than a few
 * megabytes: large enough for the products to be fast, small enough to stay in the cache. */
static size_t block_rows(const struct RNN(head) *h, size_t rows)
{
	enum { BLOCK = 1 << 21, FEWEST = 32 };
	size_t most = BLOCK / h->nodes;
	most = most < FEWEST ? FEWEST : most;
	size_t blocks = (rows + most - 1) / most;
	return blocks ? (rows + blocks - 1) / blocks : 0;
}

static enum wp_err reserve_block(struct RNN(head) *h, size_t rows)
{
	return RNN(reserve)(&h->block, block_rows(h, rows), h->nodes, "logits");
}

/* Logits, without their bias, of `count` rows from `row` on. */
static void make_logits(
	const struct RNN(head) *h, const struct RNN(output) *o, size_t row, size_t count)
{
	const real *x = o->x + row * o->width;
	if (h->jordan)
		memcpy(h->block.at, x, count * h->nodes * sizeof *x);
	else
		RNN(gemm_nt)(count, h->nodes, o->width, x, o->width, o->weight, o->width, 0,
			h->block.at, h->nodes);
}

/* d_x and the parameters' gradient from a block of the logits' derivatives. */
static void backward(
	const struct RNN(head) *h, const struct RNN(output) *o, size_t row, size_t count)
{
	const real *x = o->x + row * o->width;
	real *d_x = o->d_x + row * o->width;
	if (h->jordan) {
		memcpy(d_x, h->block.at, count * h->nodes * sizeof *d_x);
		return;
	}
	const struct wp_rnn_param *weight = &h->layout->param[o->weight_param];
	real keep = weight->flags & WP_RNN_DENSE_OUTPUT && o->gradient->stale_output ? 0 : 1;
	RNN(gemm_nn)(count, o->width, h->nodes, h->block.at, h->nodes, o->weight, o->width, 0,
		d_x, o->width);
	RNN(gemm_tn)(h->nodes, o->width, count, h->block.at, h->nodes, x, o->width, keep,
		o->gradient->value + weight->offset, o->width);
	o->gradient->stale_output = false;
	o->gradient->output_squares = NAN;
	if (o->d_bias)
		o->kernels->add_rows(o->d_bias, h->block.at, h->nodes, count, h->nodes);
}

/* Loss of a block of logits, which become their derivatives. */
static void cross_entropy(const struct RNN(head) *h, const struct RNN(output) *o, size_t row,
	size_t count, const real *bias)
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
static void squared_error(const struct RNN(head) *h, const struct RNN(output) *o, size_t row,
	size_t count, const real *bias, const real *targets)
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
static enum wp_err pool(struct RNN(head) *h, const struct RNN(batch) *batch, const real *top,
	struct RNN(output) *o)
{
	o->rows = batch->begin[batch->steps];
	o->x = top;
	if (!h->pooled)
		return WP_OK;
	size_t sequences = (size_t)batch->sequences;
	enum wp_err err = RNN(reserve)(&h->pool, sequences, h->width, "pooled states");
	if (!err)
		err = wp_grow(&h->from, &h->from_room, sequences * h->width, sizeof *h->from,
			"pooled states");
	if (err)
		return err;
	RNN(pool)(h->pool.at, h->from, h->config, batch, top);
	o->rows = sequences;
	o->x = h->pool.at;
	return WP_OK;
}

static struct RNN(output) output(
	const struct RNN(head) *h, const real *theta, const struct RNN(batch) *batch)
{
	const struct wp_rnn_param *param = h->layout->param;
	return (struct RNN(output)){
		.kernels = h->kernels,
		.width = h->width,
		.classes = h->config->outputs,
		.target = batch->classes,
		.weight = theta + param[h->weight].offset,
		.weight_param = h->weight,
		.bias = h->bias < h->layout->count ? theta + param[h->bias].offset : NULL,
		.number = batch->number,
	};
}

static enum wp_err train_full(
	struct RNN(head) *h, const struct RNN(output) *o, const struct RNN(batch) *batch)
{
	enum wp_err err = reserve_block(h, o->rows);
	size_t step = block_rows(h, o->rows);
	const real *bias = h->jordan ? NULL : o->bias;
	for (size_t row = 0; row < o->rows && !err; row += step) {
		size_t count = o->rows - row < step ? o->rows - row : step;
		make_logits(h, o, row, count);
		if (h->config->task == WP_RNN_REGRESS)
			squared_error(h, o, row, count, bias, batch->targets);
		else
			cross_entropy(h, o, row, count, bias);
		backward(h, o, row, count);
	}
	return err;
}

/* Few rows by kernels of their own (rnn/few.h), in pieces of like size. */
static enum wp_err train_few(struct RNN(head) *h, struct RNN(output) *o)
{
	const struct RNN(few_kernels) *few = &o->kernels->few;
	const struct wp_rnn_param *weight = &h->layout->param[o->weight_param];
	size_t pieces = (o->rows + few->most - 1) / few->most;
	enum wp_err err =
		RNN(reserve)(&h->block, 1, few->space(o->width, o->classes), "logits");
	for (size_t i = 0; i < pieces && !err; i++) {
		size_t begin = o->rows * i / pieces, end = o->rows * (i + 1) / pieces;
		bool stale = weight->flags & WP_RNN_DENSE_OUTPUT && o->gradient->stale_output;
		struct RNN(few) piece = {
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

enum wp_err RNN(head_train)(struct RNN(head) *h, const real *theta,
	const struct RNN(batch) *batch, const real *top, real *d_top,
	struct RNN(gradient) *gradient, struct wp_rnn_score *score)
{
	struct RNN(output) o = output(h, theta, batch);
	enum wp_err err = pool(h, batch, top, &o);
	o.d_x = d_top;
	if (!err && h->pooled) {
		err = RNN(reserve)(&h->d_pool, o.rows, h->width, "pooled states");
		o.d_x = h->d_pool.at;
	}
	if (err)
		return err;
	o.gradient = gradient;
	o.score = score;
	if (o.bias)
		o.d_bias = gradient->value + h->layout->param[h->bias].offset;

	if (h->sampler)
		err = RNN(sampled_train)(h->sampler, &o);
	else if (h->tree)
		RNN(tree_train)(h->tree, &o);
	else if (o.rows < FEW_ROWS && h->config->task != WP_RNN_REGRESS && !h->jordan)
		err = train_few(h, &o);
	else
		err = train_full(h, &o, batch);
	RNN(gradient_settle)(gradient);
	if (!err && h->pooled)
		RNN(unpool)(d_top, o.d_x, h->from, h->config, batch);
	return err;
}

/* A block of what was asked for, from its logits. */
static void predict_block(const struct RNN(head) *h, const struct RNN(output) *o, size_t row,
	size_t count, const struct RNN(batch) *batch, real *outputs)
{
	bool regress = h->config->task == WP_RNN_REGRESS;
	const real *bias = h->jordan ? NULL : o->bias;
	size_t n = o->classes;
	if (outputs && h->tree)
		RNN(tree_log_softmax)(h->tree, o, count, h->block.at, outputs + row * n);
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

enum wp_err RNN(head_predict)(struct RNN(head) *h, const real *theta,
	const struct RNN(batch) *batch, const real *top, real *outputs,
	struct wp_rnn_score *score)
{
	struct RNN(output) o = output(h, theta, batch);
	enum wp_err err = pool(h, batch, top, &o);
	o.score = score;
	if (!err)
		err = reserve_block(h, o.rows);
	if (!err && h->tree && score && o.target)
		RNN(tree_score)(h->tree, &o);
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
