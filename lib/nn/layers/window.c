/* The rows of the steps around each step side by side, or with `causal` of the last ones up to
 * it: what the networks of Bengio et al. (2003, JMLR 3) and Collobert & Weston (2008, ICML)
 *read.
 *
 *	y_t = [x_{t-b}; ...; x_t; ...; x_{t+a}]
 *
 * with b + 1 + a steps; steps beyond either end of the sequence are zeros. */
#include <stdlib.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"
#include "nn/core/window.h"

struct settings {
	size_t size;
	bool causal;
};

struct NN(window_layer) {
	WP_NN_NODE_AT_WORK;
	struct wp_nn_window window;
	struct NN(array) x; /* (rows, size, width) */
};

static void fini(void *self)
{
	free(((struct NN(window_layer) *)self)->x.at);
}

static struct wp_nn_window window_of(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	return wp_nn_window_of(s->size, 1, s->causal, node->in[0].width);
}

static enum wp_err init(void *self)
{
	struct NN(window_layer) *w = self;
	w->window = window_of(w->node);
	return WP_OK;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(window_layer) *w = self;
	const struct NN(batch) *b = pass->batch;
	enum wp_err err = NN(reserve)(&w->x, out->rows, out->width, "network");
	if (err)
		return err;
	NN(window_gather)
	(&w->window, b, in[0]->x, b->continues ? out->state[0] : NULL, 0, b->steps, w->x.at);
	if (out->state[0])
		NN(window_carry)(&w->window, b, in[0]->x, out->state[0]);
	out->x = w->x.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(window_layer) *w = self;
	if (!in[0]->d)
		return WP_OK;
	if (!(NN(begin_d)(in[0]) > 0))
		memset(in[0]->d, 0, in[0]->rows * in[0]->width * sizeof *in[0]->d);
	NN(window_scatter)(&w->window, pass->batch, out->d, 0, pass->batch->steps, in[0]->d);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_window_ops;
extern const struct wp_nn64_layer_ops wp_nn64_window_ops;
const struct NN(layer_ops)
	NN(window_ops) = {.life = {sizeof(struct NN(window_layer)), init, fini},
		.forward = forward,
		.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	(void)params;
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL,
			"%s: reads numbers, not tokens: 'embedding' before it gives them vectors",
			node->label);
	if (node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	node->out = (struct wp_nn_shape){.width = s->size * node->in[0].width,
		.mixed = node->in[0].mixed || node->in[0].backward};
	return WP_OK;
}

static bool looks_ahead(const struct wp_nn_node *node)
{
	return window_of(node).after > 0;
}

static size_t looks_back(const struct wp_nn_node *node)
{
	return (size_t)window_of(node).before;
}

static bool is_linear(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

static int states(const struct wp_nn_node *node, struct wp_nn_state *state)
{
	const struct wp_nn_window w = window_of(node);
	state[0] = (struct wp_nn_state){"past", (size_t)wp_nn_window_span(&w) * w.width};
	return w.after == 0 && w.before > 0;
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct wp_nn_window w = window_of(s->node);
	wp_nn_window_step(&w, in[0]->x, before[0], after[0], out->to);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {.step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("embedding 4, window 5, softmax"),
	WP_NN_TAG_CASE("embedding 3, window 2, lstm 4, window, softmax"),
	WP_NN_LM_CASE("embedding 4, window 3 causal, elman 5, softmax"),
	WP_NN_LM_CASE("elman 3, 2 x (window 2 causal), window 1, softmax"),
	WP_NN_NUMBERS_CASE("window 9 causal, squared-error"),
	WP_NN_AT_END_CASE("window 4, pool max, squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "size", offsetof(struct settings, size), NULL, 1, 10000,
		"steps side by side, half of them before; of an even number, one more after"),
	WP_SET_FLAG(
		0, "causal", offsetof(struct settings, causal), "the last steps, none to come"),
	{.kind = WP_SETTING_END},
};
static const struct settings defaults = {.size = 5};

const struct wp_nn_type wp_nn_window_type = {.name = "window",
	.help = "the steps around each step, or up to it, side by side",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.plan = plan,
	.cases = cases,
	.looks_ahead = looks_ahead,
	.looks_back = looks_back,
	.is_linear = is_linear,
	.needs_whole = looks_ahead,
	.states = states,
	.step = &step_ops,
	.layer = &wp_nn_window_ops,
	.layer64 = &wp_nn64_window_ops};
#endif
