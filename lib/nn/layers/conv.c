/* A convolution over the steps of a sequence: one affine map of the window around each step, or
 * with `causal` of the steps up to it, and an activation:
 *
 *	y_t = f(sum over k of x_{t + (k - b) d} W_k + b')
 *
 * with `width` steps k, b of them before t, and dilation d; steps beyond either end of the
 * sequence are zeros.  Time-delay networks (Waibel et al. 1989), sentence classifiers (Kim
 * 2014, with `pool max` after it), dilated causal language models (van den Oord et al. 2016;
 * Bai et al. 2018).  f is in nn/layers/activation.h.  Parameters: weight (width x in, units),
 * the oldest step first, bias (units); twice as many units where f is gated.
 *
 * The windows are put together block by block, so that they stay in the cache, and again on
 * the way back. */
#include <stdlib.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/core/window.h"
#include "nn/layers/affine.h"

enum { BLOCK = 1 << 16 }; /* numbers of the windows of a block, but at least a step */

struct settings {
	size_t units, width, dilation;
	int function; /* enum wp_nn_function */
	bool causal, no_bias;
};

struct NN(conv) {
	WP_NN_NODE_AT_WORK;
	struct wp_nn_window window;
	struct NN(affine) map;
	struct NN(array) z, y, d_z;          /* as those of a dense layer               */
	struct NN(array) windows, d_windows; /* (rows of a block, map.in)               */
	struct NN(array) past;               /* with which the batch began, if it continues */
};

static void fini(void *self)
{
	struct NN(conv) *c = self;
	struct NN(array) *all[] = {&c->z, &c->y, &c->d_z, &c->windows, &c->d_windows, &c->past};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
}

static struct wp_nn_window window_of(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	return wp_nn_window_of(s->width, s->dilation, s->causal, node->in[0].width);
}

static enum wp_err init(void *self)
{
	struct NN(conv) *c = self;
	const struct settings *s = WP_NN_SETTINGS(c->node, struct settings);
	const enum wp_nn_function f = (enum wp_nn_function)s->function;
	c->window = window_of(c->node);
	c->map = (struct NN(affine)){.node = c->node,
		.params = c->params,
		.kernels = c->kernels,
		.in = s->width * c->node->in[0].width,
		.units = s->units,
		.sums = s->units * wp_nn_sums(f),
		.function = f};
	return WP_OK;
}

/* The end of the block of steps that begins at `first`, and its rows. */
static int block_end(
	const struct NN(conv) *c, const struct NN(batch) *b, int first, size_t *rows)
{
	const size_t most = BLOCK / c->map.in;
	int end = first + 1;
	while (end < b->steps && b->begin[end + 1] - b->begin[first] <= most)
		end++;
	*rows = b->begin[end] - b->begin[first];
	return end;
}

/* Room for the windows of the largest block. */
static enum wp_err reserve_block(
	const struct NN(conv) *c, const struct NN(batch) *b, struct NN(array) *windows)
{
	size_t most = 0, rows;
	for (int t = 0; t < b->steps;) {
		t = block_end(c, b, t, &rows);
		most = rows > most ? rows : most;
	}
	return NN(reserve)(windows, most, c->map.in, "network");
}

static enum wp_err reserve_forward(
	struct NN(conv) *c, const struct NN(batch) *b, const struct NN(value) *out)
{
	const size_t span = (size_t)wp_nn_window_span(&c->window) * c->window.width;
	const struct NN(want) want[] = {{&c->y, out->rows, out->width},
		{&c->z, wp_nn_in_place(c->map.function) ? 0 : out->rows, c->map.sums},
		{&c->past, b->continues ? (size_t)b->sequences : 0, span}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	return err ? err : reserve_block(c, b, &c->windows);
}

/* Rows from `row` on of an array that may not be there. */
static real *rows_of(const struct NN(array) *array, size_t row, size_t width)
{
	return array->at ? array->at + row * width : NULL;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(conv) *c = self;
	const struct NN(batch) *b = pass->batch;
	const size_t span = (size_t)wp_nn_window_span(&c->window) * c->window.width;
	const bool in_place = wp_nn_in_place(c->map.function);
	size_t rows;
	enum wp_err err = reserve_forward(c, b, out);
	if (err)
		return err;
	if (b->continues && span)
		memcpy(c->past.at, out->state[0], (size_t)b->sequences * span * sizeof(real));
	for (int t = 0, end; t < b->steps; t = end) {
		end = block_end(c, b, t, &rows);
		const size_t row = b->begin[t];
		real *y = rows_of(&c->y, row, out->width);
		NN(window_gather)
		(&c->window, b, in[0]->x, b->continues ? c->past.at : NULL, t, end,
			c->windows.at);
		NN(affine_forward)
		(&c->map, pass, c->windows.at, rows,
			in_place ? y : rows_of(&c->z, row, c->map.sums), y);
	}
	if (out->state[0])
		NN(window_carry)(&c->window, b, in[0]->x, out->state[0]);
	out->x = c->y.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(conv) *c = self;
	const struct NN(batch) *b = pass->batch;
	const bool gated = c->map.sums > c->map.units;
	size_t rows;
	enum wp_err err = reserve_block(c, b, &c->d_windows);
	if (!err && gated)
		err = NN(reserve)(
			&c->d_z, c->d_windows.room / c->map.in, c->map.sums, "network");
	if (err)
		return err;
	if (in[0]->d && !(NN(begin_d)(in[0]) > 0))
		memset(in[0]->d, 0, in[0]->rows * in[0]->width * sizeof *in[0]->d);
	for (int t = 0, end; t < b->steps; t = end) {
		end = block_end(c, b, t, &rows);
		const size_t row = b->begin[t];
		real *d_y = out->d + row * out->width;
		NN(window_gather)
		(&c->window, b, in[0]->x, b->continues ? c->past.at : NULL, t, end,
			c->windows.at);
		NN(affine_backward)
		(&c->map, pass, c->windows.at, rows, rows_of(&c->z, row, c->map.sums),
			rows_of(&c->y, row, out->width), d_y, gated ? c->d_z.at : d_y, 0,
			in[0]->d ? c->d_windows.at : NULL);
		if (in[0]->d)
			NN(window_scatter)(&c->window, b, c->d_windows.at, t, end, in[0]->d);
	}
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_conv_ops;
extern const struct wp_nn64_layer_ops wp_nn64_conv_ops;
const struct NN(layer_ops) NN(conv_ops) = {.life = {sizeof(struct NN(conv)), init, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL,
			"%s: reads numbers, not tokens: 'embedding' before it gives them vectors",
			node->label);
	if (node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	node->out = (struct wp_nn_shape){
		.width = s->units, .mixed = node->in[0].mixed || node->in[0].backward};
	return wp_nn_affine_plan(node, params, s->width * node->in[0].width, s->units,
		(enum wp_nn_function)s->function, s->no_bias);
}

static bool looks_ahead(const struct wp_nn_node *node)
{
	return window_of(node).after > 0;
}

static size_t looks_back(const struct wp_nn_node *node)
{
	const struct wp_nn_window w = window_of(node);
	return (size_t)wp_nn_window_span(&w);
}

static int states(const struct wp_nn_node *node, struct wp_nn_state *state)
{
	const struct wp_nn_window w = window_of(node);
	state[0] = (struct wp_nn_state){"past", (size_t)wp_nn_window_span(&w) * w.width};
	return w.after == 0 && w.before > 0;
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const enum wp_nn_function f = (enum wp_nn_function)s->function;
	return wp_nn_in_place(f) ? 0 : s->units * wp_nn_sums(f);
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	const struct wp_nn_window w = window_of(s->node);
	return wp_nn_affine_prepare(s, (size_t)wp_nn_window_rows(&w) * w.width);
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct settings *set = WP_NN_SETTINGS(s->node, struct settings);
	const struct wp_nn_window w = window_of(s->node);
	float *window = wp_nn_affine_room(s);
	wp_nn_window_step(&w, in[0]->x, before[0], after[0], window);
	wp_nn_affine_step(s, (enum wp_nn_function)set->function, window, set->units, out->to);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("embedding 4, conv 5 relu, softmax"),
	WP_NN_TAG_CASE("embedding 4, conv 5 width=4 dilation=2 no-bias tanh, elman 3, softmax"),
	WP_NN_LM_CASE("embedding 4, conv 5 causal gated-tanh, conv 4 width=2 dilation=3 causal "
		      "glu, softmax"),
	WP_NN_LM_CASE("embedding 4, 2 x (residual (conv 4 width=2 dilation=2 causal gelu)), "
		      "conv 5 width=1, softmax"),
	WP_NN_NUMBERS_CASE("conv 6 width=5 causal tanh, squared-error"),
	WP_NN_CLASSIFY_CASE(
		"e=embedding 5, a=conv 4 width=3 tanh, b=conv 3 width=4 tanh from e, "
		"concat from a+b, max, softmax"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 65536, "numbers that come out"),
	WP_SET_SIZE(0, "width", AT(width), NULL, 1, 1000,
		"steps of a window, half of them before; of an even number, one more after"),
	WP_SET_SIZE(0, "dilation", AT(dilation), NULL, 1, 100000, "how far they are apart"),
	WP_SET_FLAG(0, "causal", AT(causal), "the last steps, none to come"),
	WP_SET_CHOICE(0, "activation", AT(function), NULL, wp_nn_functions,
		"what the sums go through"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.units = 128, .width = 3, .dilation = 1};

const struct wp_nn_type wp_nn_conv_type = {.name = "conv",
	.help = "a convolution over steps",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.plan = plan,
	.row_numbers = row_numbers,
	.cases = cases,
	.looks_ahead = looks_ahead,
	.looks_back = looks_back,
	.needs_whole = looks_ahead,
	.states = states,
	.step = &step_ops,
	.layer = &wp_nn_conv_ops,
	.layer64 = &wp_nn64_conv_ops};
#endif
