/* Jordan's network: a recurrence that goes through the output layer, which is therefore part of
 * it; see nn/kernels/cells.h.  What it makes are the outputs before their softmax: an output
 * that reads them has no weights of its own.  Forward only.
 *
 * Parameters of label L: L.forward.input (in, H), L.forward.recurrent (outputs, H),
 * L.forward.bias (1, H); of the output O that follows, O.weight (outputs, H), O.bias (1,
 * outputs).
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/layer.h"
#include "nn/core/matrix.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"
#include "nn/layers/embedding.h"
#include "nn/layers/jordan.h"

enum { INPUT, RECURRENT, BIAS, WEIGHT, OUTPUT_BIAS };

struct NN(jordan) {
	WP_NN_NODE_AT_WORK;
	enum wp_nn_activation activation;
	bool softmax; /* is fed back; else the outputs themselves */
	size_t units, outputs;

	size_t sequences, rows;  /* of the batch */
	struct NN(array) x;      /* (rows, H): before the activation                 */
	struct NN(array) state;  /* (rows, H)                                        */
	struct NN(array) logits; /* (rows, outputs)                                  */
	struct NN(array) y;      /* (sequences + rows, outputs): what is fed back; first that
				  * before the first step                            */
	struct NN(array) d_state, d_x; /* (rows, H): of the states, and before activation */
	struct NN(array) d_y;          /* (sequences, outputs)                             */
};

static enum wp_err init(void *self)
{
	struct NN(jordan) *j = self;
	const struct wp_nn_jordan_settings *s =
		WP_NN_SETTINGS(j->node, struct wp_nn_jordan_settings);
	j->activation = (enum wp_nn_activation)s->activation;
	j->softmax = !j->node->numbers;
	j->units = s->units;
	j->outputs = j->node->out.width;
	return WP_OK;
}

static void fini(void *self)
{
	struct NN(jordan) *j = self;
	struct NN(array) *all[] = {
		&j->x, &j->state, &j->logits, &j->y, &j->d_state, &j->d_x, &j->d_y};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
}

static const real *param(const struct NN(jordan) *j, const real *theta, int which)
{
	return NN(param)(j->node, j->params, theta, which);
}

/* What is fed back to step t. */
static real *fed_back(const struct NN(jordan) *j, const struct NN(batch) *b, int t)
{
	return j->y.at + (t ? j->sequences + b->begin[t - 1] : 0) * j->outputs;
}

static enum wp_err begin(struct NN(jordan) *j, const struct NN(batch) *b, const real *carried)
{
	j->sequences = (size_t)b->sequences;
	j->rows = b->begin[b->steps];
	const struct NN(want) want[] = {
		{&j->x, j->rows, j->units},
		{&j->state, j->rows, j->units},
		{&j->logits, j->rows, j->outputs},
		{&j->y, j->sequences + j->rows, j->outputs},
	};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	size_t bytes = j->sequences * j->outputs * sizeof(real);
	if (b->continues)
		memcpy(j->y.at, carried, bytes);
	else
		memset(j->y.at, 0, bytes);
	return WP_OK;
}

static void project_input(struct NN(jordan) *j, const real *theta, const struct NN(value) *in)
{
	const real *weights = param(j, theta, INPUT);
	const size_t h = j->units, width = in->width;
	if (in->x)
		NN(gemm_nn)(j->rows, h, width, in->x, width, weights, h, 0, j->x.at, h);
	for (size_t r = 0; !in->x && r < j->rows; r++)
		memcpy(j->x.at + r * h, weights + (size_t)in->words[r] * h, h * sizeof(real));
}

static void forward_step(
	struct NN(jordan) *j, const real *theta, const struct NN(batch) *b, int t)
{
	const size_t h = j->units, n = j->outputs, row = b->begin[t];
	const size_t active = (size_t)b->active[t];
	real *x = j->x.at + row * h, *state = j->state.at + row * h;
	real *logits = j->logits.at + row * n, *y = j->y.at + (j->sequences + row) * n;
	if (t || b->continues)
		NN(gemm_nn)
	(active, h, n, fed_back(j, b, t), n, param(j, theta, RECURRENT), h, 1, x, h);
	struct NN(cell_step) m = {
		.units = h,
		.rows = active,
		.activation = j->activation,
		.stride = h,
		.x = x,
		.bias = param(j, theta, BIAS),
		.state = state,
	};
	j->kernels->cell.forward[WP_NN_JORDAN](&m);
	NN(gemm_nt)(active, n, h, state, h, param(j, theta, WEIGHT), h, 0, logits, n);
	const real *bias = param(j, theta, OUTPUT_BIAS);
	for (size_t r = 0; r < active && bias; r++)
		j->kernels->add(logits + r * n, bias, n);
	memcpy(y, logits, active * n * sizeof(real));
	for (size_t r = 0; r < active && j->softmax; r++)
		j->kernels->softmax(y + r * n, NULL, n);
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(jordan) *j = self;
	const struct NN(batch) *b = pass->batch;
	enum wp_err err = begin(j, b, out->state[0]);
	if (err)
		return err;
	project_input(j, pass->theta, in[0]);
	for (int t = 0; t < b->steps; t++)
		forward_step(j, pass->theta, b, t);
	NN(last_rows)(b, j->y.at + j->sequences * j->outputs, j->outputs, out->state[0]);
	out->x = j->logits.at;
	return WP_OK;
}

/* d_logits += what the steps after t say of the outputs of step t. */
static void complete_d_logits(struct NN(jordan) *j, const real *theta,
	const struct NN(batch) *b, int t, real *d_logits)
{
	const size_t h = j->units, n = j->outputs, rows = (size_t)NN(going_on)(b, t);
	if (rows == 0)
		return;
	NN(gemm_nt)
	(rows, n, h, j->d_x.at + b->begin[t + 1] * h, h, param(j, theta, RECURRENT), h, 0,
		j->d_y.at, n);
	const real *y = fed_back(j, b, t + 1);
	for (size_t r = 0; r < rows; r++, y += n, d_logits += n) {
		const real *d_y = j->d_y.at + r * n;
		real mean = j->softmax ? j->kernels->dot(y, d_y, n) : 0;
		for (size_t i = 0; i < n; i++)
			d_logits[i] += j->softmax ? y[i] * (d_y[i] - mean) : d_y[i];
	}
}

static void add_gradient(struct NN(jordan) *j, const struct NN(batch) *b,
	const struct NN(value) *in, const real *d_logits, struct NN(gradient) *gradient)
{
	const size_t h = j->units, n = j->outputs, width = in->width;
	real *bias = NN(param_gradient)(j->node, gradient, BIAS);
	real *output_bias = NN(param_gradient)(j->node, gradient, OUTPUT_BIAS);
	if (in->x)
		NN(gemm_tn)(width, h, j->rows, in->x, width, j->d_x.at, h, 1,
			NN(param_gradient)(j->node, gradient, INPUT), h);
	else
		NN(scatter)(j->kernels, gradient, j->node->param[INPUT], in->words, j->rows,
			j->d_x.at, h);
	for (int t = 0; t < b->steps; t++)
		NN(gemm_tn)(n, h, (size_t)b->active[t], fed_back(j, b, t), n,
			j->d_x.at + b->begin[t] * h, h, 1,
			NN(param_gradient)(j->node, gradient, RECURRENT), h);
	NN(gemm_tn)(n, h, j->rows, d_logits, n, j->state.at, h, 1,
		NN(param_gradient)(j->node, gradient, WEIGHT), h);
	if (bias)
		j->kernels->add_rows(bias, j->d_x.at, h, j->rows, h);
	if (output_bias)
		j->kernels->add_rows(output_bias, d_logits, n, j->rows, n);
}

/* out->d comes with what the loss says, and gets what later steps say. */
static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(jordan) *j = self;
	const struct NN(batch) *b = pass->batch;
	const real *theta = pass->theta;
	const size_t h = j->units, n = j->outputs, width = in[0]->width;
	real *d_logits = out->d;
	const struct NN(want) want[] = {
		{&j->d_state, j->rows, h},
		{&j->d_x, j->rows, h},
		{&j->d_y, j->sequences, n},
	};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	for (int t = b->steps - 1; t >= 0; t--) {
		const size_t row = b->begin[t], active = (size_t)b->active[t];
		complete_d_logits(j, theta, b, t, d_logits + row * n);
		NN(gemm_nn)(active, h, n, d_logits + row * n, n, param(j, theta, WEIGHT), h, 0,
			j->d_state.at + row * h, h);
		struct NN(cell_step) m = {
			.units = h,
			.rows = active,
			.stride = h,
			.activation = j->activation,
			.state = j->state.at + row * h,
			.d_state = j->d_state.at + row * h,
			.d_gates = j->d_x.at + row * h,
		};
		j->kernels->cell.backward[WP_NN_JORDAN](&m);
	}
	if (in[0]->d)
		NN(gemm_nt)(j->rows, width, h, j->d_x.at, h, param(j, theta, INPUT), h,
			NN(begin_d)(in[0]), in[0]->d, width);
	if (pass->gradient)
		add_gradient(j, b, in[0], d_logits, pass->gradient);
	return WP_OK;
}

static struct NN(activity) activity(const void *self, int direction)
{
	const struct NN(jordan) *j = self;
	(void)direction;
	return (struct NN(activity)){
		.state = j->state.at, .d_state = j->d_state.at, .stride = j->units};
}

extern const struct wp_nn_layer_ops wp_nn_jordan_ops;
extern const struct wp_nn64_layer_ops wp_nn64_jordan_ops;
const struct NN(layer_ops) NN(jordan_ops) = {
	.life = {sizeof(struct NN(jordan)), init, fini},
	.forward = forward,
	.backward = backward,
	.activity = activity,
};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct wp_nn_jordan_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_jordan_settings);
	const size_t h = s->units, in = node->in[0].width;
	const bool tokens = node->in[0].tokens;
	const struct wp_nn_begin twice = {.fan_in = h, .doubled = h},
				 recurrent = {.fan_in = h, .square = true, .gate = h},
				 table = {.fan_in = h, .table = tokens, .gate = h};
	enum wp_err err;
	if (node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	node->out = (struct wp_nn_shape){.width = node->outputs};
	if ((err = wp_nn_add_param(node, params, INPUT, "forward.input", in, h,
		     tokens ? WP_NN_LOOKUP : 0, &table)) ||
		(err = wp_nn_add_param(node, params, RECURRENT, "forward.recurrent",
			 node->outputs, h, 0, &recurrent)) ||
		(!s->no_bias &&
			(err = wp_nn_add_param(node, params, BIAS, "forward.bias", 1, h,
				 WP_NN_BIAS, &twice))))
		return err;
	return WP_OK;
}

/* The output's weights, which are part of the recurrence, stand where an output's do. */
static enum wp_err plan_last(
	struct wp_nn_node *node, const struct wp_nn_node *output, struct wp_nn_params *params)
{
	const struct wp_nn_jordan_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_jordan_settings);
	const size_t h = s->units, n = node->outputs;
	const struct wp_nn_begin begin = {.fan_in = h, .by_rows = true};
	struct wp_nn_node named = *output; /* which has no parameters of its own */
	enum wp_err err = wp_nn_add_param(&named, params, WEIGHT, "weight", n, h, 0, &begin);
	if (!err && !s->no_bias)
		err = wp_nn_add_param(
			&named, params, OUTPUT_BIAS, "bias", 1, n, WP_NN_BIAS, &begin);
	node->param[WEIGHT] = named.param[WEIGHT];
	node->param[OUTPUT_BIAS] = named.param[OUTPUT_BIAS];
	return err;
}

static size_t units(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_jordan_settings)->units;
}

static int directions(const struct wp_nn_node *node)
{
	(void)node;
	return 1;
}

static int states(const struct wp_nn_node *node, struct wp_nn_state *state)
{
	state[0] = (struct wp_nn_state){"output", node->outputs};
	return 1;
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	enum wp_err err = s->node->in[0].tokens ? WP_OK : wp_nn_lay_out(s, INPUT, false);
	if (!err)
		err = wp_nn_lay_out(s, RECURRENT, false);
	if (!err)
		err = wp_nn_lay_out(s, WEIGHT, true);
	return err ? err : wp_nn_step_room(s, 2 * wp_nn_padded(units(s->node)));
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const size_t h = units(s->node), n = s->node->outputs;
	const float *bias = wp_nn_step_param(s, OUTPUT_BIAS);
	float *sums = s->room, *state = s->room + wp_nn_padded(h);
	const struct wp_nn_cell_step m = {
		.units = h,
		.rows = 1,
		.stride = h,
		.activation = (enum wp_nn_activation)WP_NN_SETTINGS(
			s->node, struct wp_nn_jordan_settings)
				      ->activation,
		.x = sums,
		.bias = wp_nn_step_param(s, BIAS),
		.state = state,
	};
	memset(sums, 0, wp_nn_padded(h) * sizeof *sums);
	if (s->node->in[0].tokens)
		s->kernels->add(sums, wp_nn_step_param(s, INPUT) + (size_t)in[0]->word * h, h);
	else
		wp_panels_multiply(sums, in[0]->x, &s->panels[INPUT]);
	wp_panels_multiply(sums, before[0], &s->panels[RECURRENT]);
	s->kernels->cell.forward[WP_NN_JORDAN](&m);
	memset(out->to, 0, wp_nn_padded(n) * sizeof *out->to);
	if (bias)
		memcpy(out->to, bias, n * sizeof *bias);
	wp_panels_multiply(out->to, state, &s->panels[WEIGHT]);
	memcpy(after[0], out->to, n * sizeof *out->to);
	if (!s->node->numbers)
		s->kernels->softmax(after[0], NULL, n);
	out->x = out->to;
}

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	const struct wp_nn_jordan_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_jordan_settings);
	c->cell = WP_NN_JORDAN;
	c->hidden = (int)s->units;
	c->activation = (enum wp_nn_activation)s->activation;
	c->no_bias = s->no_bias;
	c->layers++;
}

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("jordan 5, softmax direct"),
	WP_NN_LM_CASE("jordan 5 no-bias, softmax direct"),
	WP_NN_TAG_CASE("jordan 5 activation=relu, softmax direct"),
	WP_NN_LM_CASE("jordan 5 activation=sigmoid, softmax direct"),
	WP_NN_LM_CASE("embedding 3, dropout 0.3, jordan 4, softmax direct"),
	WP_NN_NUMBERS_CASE("elman 4, jordan 5, squared-error direct"),
	WP_NN_NUMBERS_CASE("jordan 5, squared-error direct"),
	WP_NN_CASES_END,
};
static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

#define AT(member) offsetof(struct wp_nn_jordan_settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 65536, "units"),
	WP_SET_CHOICE(0, "activation", AT(activation), NULL, wp_nn_activations,
		"what the sums go through"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct wp_nn_jordan_settings defaults = {.units = 128};
static const char *const no_gates[] = {NULL};
static const struct wp_nn_cell cell = {
	.kernel = WP_NN_JORDAN, .gates = 1, .gate_names = no_gates, .has_activation = true};

const struct wp_nn_type wp_nn_jordan_type = {.name = "jordan",
	.help = "units that read the last outputs (Jordan 1986); the output after it is `direct`",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.label = "layer",
	.plan = plan,
	.plan_last = plan_last,
	.units = units,
	.directions = directions,
	.places = directions,
	.makes_outputs = true,
	.cases = cases,
	.shorten = shorten,
	.states = states,
	.step = &step_ops,
	.cell = &cell,
	.layer = &wp_nn_jordan_ops,
	.layer64 = &wp_nn64_jordan_ops};
#endif
