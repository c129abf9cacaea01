/* Softmax over all classes, and its cross-entropy.  A batch of few rows, a sentence, has
 * kernels of its own (nn/kernels/small_softmax.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/outputs/output.h"

/* Loss of a block of logits, which become their derivatives. */
static void loss(
	struct NN(output) *o, const struct NN(output_rows) *rows, size_t row, size_t count)
{
	const size_t n = o->nodes;
	for (size_t r = 0; r < count && rows->target; r++) {
		real *logits = o->block.at + r * n;
		int32_t target = rows->target[row + r], best;
		if (target < 0) {
			memset(logits, 0, n * sizeof *logits);
			continue;
		}
		rows->score->loss += (double)o->kernels->cross_entropy(
			logits, rows->bias, n, (size_t)target, &best);
		rows->score->targets++;
		rows->score->correct += best == target;
	}
}

static void outputs(struct NN(output) *o, const struct NN(output_rows) *rows, size_t row,
	size_t count, real *to)
{
	const size_t n = o->nodes;
	(void)row;
	memcpy(to, o->block.at, count * n * sizeof *to);
	for (size_t r = 0; r < count; r++)
		o->kernels->log_softmax(to + r * n, rows->bias, n);
}

const struct NN(output_block) NN(softmax_block) = {.loss = loss, .outputs = outputs};

/* With more rows than this, general products are faster. */
enum { SMALL = 64 };

/* Few rows by kernels of their own, in pieces of like size. */
static enum wp_err train_small(struct NN(output) *o, const struct NN(output_rows) *rows)
{
	const struct NN(small_softmax_kernels) *small = &o->kernels->small;
	const size_t width = rows->width;
	size_t pieces = (rows->rows + small->most - 1) / small->most;
	enum wp_err err = NN(reserve)(&o->block, 1, small->space(width, o->classes), "logits");
	for (size_t i = 0; i < pieces && !err; i++) {
		size_t begin = rows->rows * i / pieces, end = rows->rows * (i + 1) / pieces;
		struct NN(gradient) *gradient = rows->gradient;
		struct NN(small_softmax) piece = {
			.rows = end - begin,
			.width = width,
			.classes = o->classes,
			.x = rows->x + begin * width,
			.target = rows->target + begin,
			.weight = rows->weight,
			.bias = rows->bias,
			.d_x = rows->d_x + begin * width,
			.d_weight =
				gradient->value + o->params->param[rows->weight_param].offset,
			.d_bias = rows->d_bias,
			.keep = NN(gradient_write)(gradient, rows->weight_param, NAN) > 0,
		};
		small->cross_entropy(&piece, o->block.at);
		gradient->rows[rows->weight_param].squares = piece.squares;
		rows->score->loss += piece.loss;
		rows->score->targets += piece.targets;
		rows->score->correct += piece.correct;
	}
	return err;
}

static enum wp_err train(void *self, const struct NN(pass) *pass, struct NN(value) *in,
	struct wp_nn_score *score)
{
	struct NN(output) *o = self;
	struct NN(output_rows) rows = NN(output_rows_of)(o, pass, in, score, true);
	if (rows.rows < SMALL && !o->direct)
		return train_small(o, &rows);
	return NN(output_run)(o, &rows, &NN(softmax_block), NULL);
}

enum wp_err NN(softmax_predict)(void *self, const struct NN(pass) *pass,
	const struct NN(value) *in, real *to, struct wp_nn_score *score)
{
	struct NN(output) *o = self;
	struct NN(output_rows) rows = NN(output_rows_of)(o, pass, in, score, false);
	return NN(output_run)(o, &rows, &NN(softmax_block), to);
}

extern const struct wp_nn_output_ops wp_nn_softmax_ops;
extern const struct wp_nn64_output_ops wp_nn64_softmax_ops;
const struct NN(output_ops) NN(softmax_ops) = {
	.life = {sizeof(struct NN(output)), NN(output_init), NN(output_fini)},
	.train = train,
	.predict = NN(softmax_predict)};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	return wp_nn_output_plan(node, params, node->outputs, WP_NN_WRITTEN);
}

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("elman 5, softmax no-bias"),
	WP_NN_LM_CASE("embedding 5, gru 5, softmax tied"),
	WP_NN_LM_CASE("embedding 5, softmax tied no-bias"),
	WP_NN_TAG_CASE("embedding 5, softmax"),
	WP_NN_TAG_CASE("jordan 3, softmax direct"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_NN_OUTPUT_TIED, WP_NN_OUTPUT_NO_BIAS, WP_NN_OUTPUT_DIRECT, {.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {0};

WP_NN_OUTPUT_TYPE(softmax, "softmax", "a probability for each class", .writes_weights = true,
	.shorten = wp_nn_output_shorten, .step = &wp_nn_output_step_ops,
	.is_tied = wp_nn_output_is_tied);
#endif
