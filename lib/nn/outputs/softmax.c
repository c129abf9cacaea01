/* Softmax over all classes, and its cross-entropy.  A batch of few rows, a sentence, has
 * kernels of its own (nn/kernels/small_softmax.h).
 *
 * With label smoothing e (Szegedy et al. 2016) over K classes, in training the loss is that of
 * a target that is 1 - e + e / K, the other classes having e / K each: with s for the logits,
 * that is e (s_target - mean of s) more.  With class weights, it is multiplied by the target's.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/outputs/output.h"

/* What smoothing adds to the loss: before the logits, to which the bias is not yet added,
 * become their derivatives, and after it. */
static double smooth(
	const struct NN(output_rows) *rows, const real *logits, size_t n, size_t target)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)(logits[i] + (rows->bias ? rows->bias[i] : 0));
	double own = (double)(logits[target] + (rows->bias ? rows->bias[target] : 0));
	return rows->smoothing * (own - sum / (double)n);
}

static void smooth_derivative(
	const struct NN(output_rows) *rows, real *d_logits, size_t n, size_t target)
{
	const real each = (real)(rows->smoothing / (double)n);
	for (size_t i = 0; i < n; i++)
		d_logits[i] -= each;
	d_logits[target] += (real)rows->smoothing;
}

static void scale(real *x, size_t n, real by)
{
	for (size_t i = 0; i < n; i++)
		x[i] *= by;
}

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
		double more = rows->smoothing > 0 ? smooth(rows, logits, n, (size_t)target) : 0;
		double cost = (double)o->kernels->cross_entropy(
			logits, rows->bias, n, (size_t)target, &best);
		if (rows->smoothing > 0)
			smooth_derivative(rows, logits, n, (size_t)target);
		const float weight = rows->class_weight ? rows->class_weight[target] : 1;
		if (rows->class_weight)
			scale(logits, n, weight);
		rows->score->loss += (double)weight * (cost + more);
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
	if (rows.rows < SMALL && !o->direct && !rows.class_weight && !(rows.smoothing > 0))
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

static bool is_random(const struct wp_nn_node *node)
{
	return WP_NN_OUTPUT_SETTINGS(node)->smoothing > 0;
}

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("elman 5, softmax label-smoothing=0.2"),
	WP_NN_TAG_CASE("elman 5, softmax no-bias"),
	WP_NN_LM_CASE("embedding 5, gru 5, softmax tied"),
	WP_NN_LM_CASE("embedding 5, softmax tied no-bias"),
	WP_NN_TAG_CASE("embedding 5, softmax"),
	WP_NN_TAG_CASE("jordan 3, softmax direct"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {WP_NN_OUTPUT_TIED, WP_NN_OUTPUT_NO_BIAS,
	WP_NN_OUTPUT_DIRECT,
	WP_SET_REAL(0, "label-smoothing", WP_NN_OUTPUT_AT(smoothing), NULL, 0, 0.999,
		"in training, give this fraction of each target to all classes alike"),
	{.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {0};

WP_NN_OUTPUT_TYPE(softmax, "softmax", "a probability for each class", .writes_weights = true,
	.weighs = true, .is_random = is_random, .shorten = wp_nn_output_shorten,
	.step = &wp_nn_output_step_ops, .is_tied = wp_nn_output_is_tied);
#endif
