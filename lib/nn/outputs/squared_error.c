/* Numbers, and half their squared error. */
#include <math.h>
#include <string.h>

#include "nn/outputs/output.h"

/* A block of numbers becomes its derivatives.  Where the target is NaN, it is not known, and
 * counts for nothing. */
static void loss(
	struct NN(output) *o, const struct NN(output_rows) *rows, size_t row, size_t count)
{
	const size_t n = o->nodes;
	const double *scale = o->context->target_scale;
	for (size_t r = 0; r < count && rows->numbers; r++) {
		const real *target = rows->numbers + (row + r) * n;
		real *y = o->block.at + r * n;
		for (size_t i = 0; i < n; i++) {
			real d = y[i] + (rows->bias ? rows->bias[i] : 0) - target[i];
			bool known = !isnan(target[i]);
			y[i] = known ? d : 0;
			double error = known ? (double)d * (scale ? scale[i] : 1) : 0;
			rows->score->loss += known ? 0.5 * (double)d * (double)d : 0;
			rows->score->squares += error * error;
			rows->score->targets += known;
		}
	}
}

static void outputs(struct NN(output) *o, const struct NN(output_rows) *rows, size_t row,
	size_t count, real *to)
{
	const size_t n = o->nodes;
	(void)row;
	memcpy(to, o->block.at, count * n * sizeof *to);
	for (size_t r = 0; r < count && rows->bias; r++)
		o->kernels->add(to + r * n, rows->bias, n);
}

static const struct NN(output_block) block = {.loss = loss, .outputs = outputs};

static enum wp_err train(void *self, const struct NN(pass) *pass, struct NN(value) *in,
	struct wp_nn_score *score)
{
	struct NN(output_rows) rows = NN(output_rows_of)(self, pass, in, score, true);
	return NN(output_run)(self, &rows, &block, NULL);
}

static enum wp_err predict(void *self, const struct NN(pass) *pass, const struct NN(value) *in,
	real *to, struct wp_nn_score *score)
{
	struct NN(output_rows) rows = NN(output_rows_of)(self, pass, in, score, false);
	return NN(output_run)(self, &rows, &block, to);
}

extern const struct wp_nn_output_ops wp_nn_squared_error_ops;
extern const struct wp_nn64_output_ops wp_nn64_squared_error_ops;
const struct NN(output_ops) NN(squared_error_ops) = {
	.life = {sizeof(struct NN(output)), NN(output_init), NN(output_fini)},
	.train = train,
	.predict = predict};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	return wp_nn_output_plan(node, params, node->outputs, WP_NN_WRITTEN);
}

static bool affine(const struct wp_nn_node *node, size_t *weight, size_t *bias)
{
	const struct wp_nn_output_settings *s = WP_NN_OUTPUT_SETTINGS(node);
	*weight = node->param[WP_NN_OUTPUT_WEIGHT];
	*bias = node->param[WP_NN_OUTPUT_BIAS];
	return !s->direct && !s->tied;
}

static const struct wp_nn_case cases[] = {
	WP_NN_NUMBERS_CASE("lstm 5, squared-error"),
	WP_NN_AT_END_CASE("gru 5, pool, squared-error no-bias"),
	{"elman 4, squared-error", WP_NN_REGRESS, false, false},
	WP_NN_NUMBERS_CASE("squared-error"),
	{"jordan 3, squared-error direct", WP_NN_REGRESS, false, false},
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_NN_OUTPUT_NO_BIAS, WP_NN_OUTPUT_DIRECT, {.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {0};

WP_NN_OUTPUT_TYPE(squared_error, "squared-error", "numbers", .numbers = true, .affine = affine,
	.shorten = wp_nn_output_shorten, .step = &wp_nn_output_step_ops);
#endif
