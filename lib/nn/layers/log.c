/* ln(1 + x) of counts, which are less skewed then; of negative numbers x, - ln(1 - x). */
#include <math.h>
#include <stdlib.h>

#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"

struct NN(log) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) x;
	struct NN(cells) cells;
};

static void fini(void *self)
{
	free(((struct NN(log) *)self)->x.at);
}

static void apply(const real *from, size_t n, real *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (real)(from[i] < 0 ? -log1p(-(double)from[i]) : log1p((double)from[i]));
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(log) *l = self;
	const struct NN(cells) *cells = in[0]->cells;
	const size_t n = cells ? cells->start[out->rows] : out->rows * out->width;
	(void)pass;
	enum wp_err err = NN(reserve)(&l->x, n, 1, "network");
	if (err)
		return err;
	apply(cells ? cells->value : in[0]->x, n, l->x.at);
	if (cells) {
		l->cells = (struct NN(cells)){cells->start, cells->col, l->x.at};
		out->cells = &l->cells;
	} else {
		out->x = l->x.at;
	}
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const size_t n = out->rows * out->width;
	(void)self, (void)pass;
	if (!in[0]->d)
		return WP_OK;
	const real beta = NN(begin_d)(in[0]);
	for (size_t i = 0; i < n; i++) {
		const real x = in[0]->x[i];
		in[0]->d[i] = (beta > 0 ? in[0]->d[i] : 0) + out->d[i] / (1 + (x < 0 ? -x : x));
	}
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_log_ops;
extern const struct wp_nn64_layer_ops wp_nn64_log_ops;
const struct NN(layer_ops) NN(log_ops) = {
	.life = {sizeof(struct NN(log)), NULL, fini}, .forward = forward, .backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads numbers, not tokens", node->label);
	node->out = node->in[0];
	return WP_OK;
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	(void)before, (void)after;
	apply(in[0]->x, s->node->out.width, out->to);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {.step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_NUMBERS_CASE("log, elman 4, log, squared-error"),
	WP_NN_COUNTS_CASE("log, dense 2 tanh, code, squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {{.kind = WP_SETTING_END}};
static const char defaults = 0;

const struct wp_nn_type wp_nn_log_type = {.name = "log",
	.help = "ln(1 + x) of each number",
	.settings = settings,
	.defaults = &defaults,
	.cells = true,
	.cases = cases,
	.step = &step_ops,
	.plan = plan,
	.layer = &wp_nn_log_ops,
	.layer64 = &wp_nn64_log_ops};
#endif
