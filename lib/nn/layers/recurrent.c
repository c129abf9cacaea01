/* Recurrent layers, in one direction or both (nn/layers/recurrence.h).
 *
 * The states of both directions stand in the same rows, side by side, as the layers above read
 * them.  The parameters of the directions are named forward.* and backward.*.  What a layer
 * reads as second, a row for each sequence, are the states that it begins with; and after them,
 * where there are so many numbers, the cells.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/step.h"
#include "nn/layers/recurrence.h"
#include "nn/layers/recurrent.h"

struct NN(recurrent) {
	WP_NN_NODE_AT_WORK;
	int directions;
	size_t units, width;
	bool has_cell;
	struct NN(direction) direction[2];
	struct NN(array) state; /* (sequences + rows + sequences, width) */
};
static void fini(void *self)
{
	struct NN(recurrent) *r = self;
	for (int d = 0; d < 2; d++)
		NN(direction_fini)(&r->direction[d]);
	free(r->state.at);
}

static enum wp_err init(void *self)
{
	struct NN(recurrent) *r = self;
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(r->node, struct wp_nn_recurrent_settings);
	r->directions = s->bidirectional ? 2 : 1;
	r->units = s->units;
	r->width = r->node->out.width;
	r->has_cell = r->node->type->cell->has_cell;
	for (int d = 0; d < r->directions; d++)
		r->direction[d] = (struct NN(direction)){.kind = r->node->type->cell,
			.activation = (enum wp_nn_activation)s->activation,
			.node = r->node,
			.params = r->params,
			.vectors = r->kernels,
			.kernels = &r->kernels->cell,
			.backward = d == 1,
			.first_param = d * WP_NN_DIRECTION_PARAMS,
			.units = s->units,
			.gates = r->node->type->cell->gates,
			.omega = s->omega,
			.stride = r->width};
	return WP_OK;
}

static struct NN(direction_input) input_of_node(
	const struct NN(recurrent) *r, const struct NN(value) *in)
{
	return (struct NN(direction_input)){.x = in->x,
		.tokens = r->node->in[0].tokens ? in->words : NULL,
		.width = in->width};
}

/* What it begins with: states, or states and cells, of what it reads as second; or zeros. */
static const struct NN(value) *first_of(
	const struct NN(recurrent) *r, const struct NN(value) *const in[])
{
	return r->node->inputs > 1 ? in[1] : NULL;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(recurrent) *r = self;
	const struct NN(batch) *b = pass->batch;
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(r->node, struct wp_nn_recurrent_settings);
	const struct NN(direction_input) input = input_of_node(r, in[0]);
	const struct NN(value) *first = first_of(r, in);
	const size_t sequences = (size_t)b->sequences, rows = b->begin[b->steps];
	enum wp_err err = NN(reserve)(&r->state, rows + 2 * sequences, r->width, "network");
	if (err)
		return err;
	const real *states = b->continues ? out->state[0] : first ? first->x : NULL;
	const real *cells = b->continues           ? out->state[1]
		: first && first->width > r->units ? first->x + r->units
						   : NULL;
	NN(begin_states)(r->state.at, sequences, rows, r->width, states,
		b->continues || !first ? r->width : first->width);
	for (int d = 0; d < r->directions && !err; d++) {
		struct NN(direction) *l = &r->direction[d];
		err = NN(direction_draw)(
			l, pass, s->dropout, s->weight_drop, r->node->place + d);
		l->state = r->state.at + (size_t)d * r->units;
		if (!err)
			err = NN(direction_forward)(l, pass->theta, b, &input, states != NULL,
				cells,
				b->continues    ? r->units
					: first ? first->width
						: 0);
	}
	if (err)
		return err;
	out->x = r->state.at + sequences * r->width;
	if (r->directions == 1)
		NN(last_rows)(b, out->x, r->units, out->state[0]);
	if (r->directions == 1 && r->has_cell)
		NN(last_rows)(b, r->direction[0].cell.at + sequences * r->units, r->units,
			out->state[1]);
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(recurrent) *r = self;
	const struct NN(direction_input) input = input_of_node(r, in[0]);
	struct NN(value) *first =
		r->node->inputs > 1 && in[1]->d && !pass->batch->continues ? in[1] : NULL;
	enum wp_err err = WP_OK;
	for (int d = 0; d < r->directions && !err; d++) {
		struct NN(direction) *l = &r->direction[d];
		l->d_state = out->d + (size_t)d * r->units;
		l->wants_first = first != NULL;
		err = NN(direction_backward)(l, pass->theta, pass->batch, &input, in[0]->d,
			in[0]->d ? NN(begin_d)(in[0]) : 0, pass->gradient);
	}
	if (!err && first)
		NN(direction_give_first)(&r->direction[0], first);
	return err;
}

/* ---- What is left behind ---- */

static struct NN(activity) activity(const void *self, int direction)
{
	const struct NN(recurrent) *r = self;
	const struct NN(direction) *l = &r->direction[direction];
	size_t at = (size_t)l->sequences;
	return (struct NN(activity)){
		.state = l->state + at * l->stride,
		.d_state = l->d_state,
		.stride = l->stride,
		.gates = l->gates > 1 ? l->gate.at : NULL,
		.cell = r->has_cell ? l->cell.at + at * l->units : NULL,
	};
}

const struct NN(layer_ops) NN(recurrent_ops) = {
	.life = {sizeof(struct NN(recurrent)), init, fini},
	.forward = forward,
	.backward = backward,
	.activity = activity,
};

#ifndef WP_NN_F64
/* ---- What it is ---- */

static enum wp_err check_first(const struct wp_nn_node *node)
{
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	const struct wp_nn_shape *first = &node->in[1];
	const bool cells = node->type->cell->has_cell && first->width == 2 * s->units;
	if (s->bidirectional || s->omega > 0)
		return wp_fail(WP_EINVAL,
			"%s: begins with given states only in one direction, without omega",
			node->label);
	return first->pooled && !first->tokens && (first->width == s->units || cells)
		? WP_OK
		: wp_fail(WP_EINVAL,
			  "%s: the states it begins with are to be a row of %zu numbers for each "
			  "sequence%s",
			  node->label, s->units,
			  node->type->cell->has_cell ? ", or twice as many: with its cells"
						     : "");
}

static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	enum wp_err err = WP_OK;
	if (node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	if (s->activation != WP_NN_TANH && !node->type->cell->has_activation)
		return wp_fail(WP_EINVAL,
			"%s: a cell of type %s has no other activation than tanh", node->label,
			node->type->name);
	if (node->inputs > 1)
		err = check_first(node);
	if (err)
		return err;
	if (s->omega > 0 &&
		(node->type->cell->kernel != WP_NN_ELMAN || s->bidirectional ||
			s->dropout > 0 || s->weight_drop > 0))
		return wp_fail(WP_EINVAL,
			"%s: omega is for elman in one direction, without dropout of what is "
			"recurrent",
			node->label);
	err = wp_nn_direction_plan(
		node, params, node->type->cell, s->units, s->no_bias, "forward.", 0);
	if (!err && s->bidirectional)
		err = wp_nn_direction_plan(node, params, node->type->cell, s->units, s->no_bias,
			"backward.", WP_NN_DIRECTION_PARAMS);
	node->out = (struct wp_nn_shape){.width = s->units * (s->bidirectional ? 2 : 1),
		.backward = s->bidirectional ? s->units : 0};
	return err;
}

static size_t units(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings)->units;
}

static int directions(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings)->bidirectional ? 2 : 1;
}

static bool is_bidirectional(const struct wp_nn_node *node)
{
	return directions(node) == 2;
}

/* It begins only once. */
static bool needs_whole(const struct wp_nn_node *node)
{
	return is_bidirectional(node) || node->inputs > 1;
}

static bool penalized(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings)->omega > 0;
}

static bool is_random(const struct wp_nn_node *node)
{
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	return s->dropout > 0 || s->weight_drop > 0;
}

static int states(const struct wp_nn_node *node, struct wp_nn_state *state)
{
	state[0] = (struct wp_nn_state){"state", units(node)};
	state[1] = (struct wp_nn_state){"cell", units(node)};
	return node->type->cell->has_cell ? 2 : 1;
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	const struct wp_nn_cell *cell = s->node->type->cell;
	const struct wp_nn_cell_kernels *kernels = &s->kernels->cell;
	const size_t h = units(s->node), packed = kernels->packed_size(h, cell->gates);
	enum wp_err err =
		s->node->in[0].tokens ? WP_OK : wp_nn_lay_out(s, WP_NN_DIRECTION_INPUT, false);
	if (!err)
		err = wp_nn_step_room(
			s, wp_nn_padded(packed) + 2 * wp_nn_padded(cell->gates * h) + h);
	if (!err)
		kernels->pack_forward[cell->kernel](
			s->room, wp_nn_step_param(s, WP_NN_DIRECTION_RECURRENT), h);
	return err;
}

/* The room has the weights, what the input adds to the gates, the gates, and `inner`. */
static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct wp_nn_cell *cell = s->node->type->cell;
	const size_t h = units(s->node), g = wp_nn_padded(cell->gates * h);
	const bool tokens = s->node->in[0].tokens;
	float *sums = s->room + wp_nn_padded(s->kernels->cell.packed_size(h, cell->gates));
	const struct wp_nn_cell_step m = {
		.units = h,
		.rows = 1,
		.stride = h,
		.before_stride = h,
		.activation = (enum wp_nn_activation)WP_NN_SETTINGS(
			s->node, struct wp_nn_recurrent_settings)
				      ->activation,
		.weights = s->room,
		.peephole = wp_nn_step_param(s, WP_NN_DIRECTION_PEEPHOLE),
		.before = before[0],
		.state_before = before[0],
		.cell_before = before[1],
		.x = tokens ? wp_nn_step_param(s, WP_NN_DIRECTION_INPUT) : sums,
		.ids = tokens ? &in[0]->word : NULL,
		.bias = wp_nn_step_param(s, WP_NN_DIRECTION_BIAS),
		.state_bias = wp_nn_step_param(s, WP_NN_DIRECTION_STATE_BIAS),
		.gates = sums + g,
		.state = after[0],
		.cell = after[1],
		.inner = sums + 2 * g,
	};
	if (!tokens) {
		memset(sums, 0, g * sizeof *sums);
		wp_panels_multiply(sums, in[0]->x, &s->panels[WP_NN_DIRECTION_INPUT]);
	}
	s->kernels->cell.forward[cell->kernel](&m);
	out->x = after[0];
}

/* The states that were given, and behind them the cells. */
static void begin_steps(
	struct wp_nn_stepper *s, const struct wp_nn_row *const in[], float *const state[])
{
	const size_t h = units(s->node);
	if (s->node->inputs < 2)
		return;
	memcpy(state[0], in[1]->x, h * sizeof *state[0]);
	if (s->node->in[1].width == 2 * h)
		memcpy(state[1], in[1]->x + h, h * sizeof *state[1]);
}

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	c->cell = (enum wp_nn_cell_kind)node->type->cell->kernel;
	c->hidden = (int)s->units;
	c->activation = (enum wp_nn_activation)s->activation;
	c->bidirectional = s->bidirectional;
	c->no_bias = s->no_bias;
	c->recurrent_dropout = s->dropout;
	c->variational |= s->dropout > 0;
	c->layers++;
}

static const struct wp_nn_step_ops step_ops = {
	.prepare = prepare, .begin = begin_steps, .step = step};

#define AT(member) offsetof(struct wp_nn_recurrent_settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 65536, "units of each direction"),
	WP_SET_CHOICE(0, "activation", AT(activation), NULL, wp_nn_activations,
		"elman: what the sums go through"),
	WP_SET_FLAG(
		0, "bidirectional", AT(bidirectional), "read each sequence in both directions"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases"),
	WP_SET_REAL(0, "recurrent-dropout", AT(dropout), NULL, 0, 0.999,
		"drop this fraction of the recurrent connections, the same at all steps"),
	WP_SET_REAL(0, "weight-drop", AT(weight_drop), NULL, 0, 0.999,
		"drop this fraction of the recurrent weights, the same in all of a batch"),
	WP_SET_REAL(0, "omega", AT(omega), NULL, 0, 1e6,
		"elman: weight of the regularizer that keeps gradients from vanishing"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct wp_nn_recurrent_settings defaults = {.units = 128};
_Static_assert(sizeof defaults <= WP_NN_SETTINGS_SIZE, "room for settings");

static const char *const lstm_gates[] = {"i", "f", "g", "o", NULL};
static const char *const gru_gates[] = {"r", "z", "n", NULL};
static const char *const no_gates[] = {NULL};

#define CASES(name) \
	WP_NN_TAG_CASE(name " 5, softmax"), WP_NN_LM_CASE(name " 5, softmax"), \
		WP_NN_LM_CASE("embedding 3, " name " 5, 2 x (" name " 4 no-bias), softmax"), \
		WP_NN_TAG_CASE("embedding 3, " name " 5 bidirectional, " name \
			       " 4 bidirectional, softmax"), \
		WP_NN_NUMBERS_CASE( \
			name " 5 bidirectional no-bias, " name " 4, squared-error"), \
		WP_NN_NUMBERS_CASE(name " 4, " name " 5 no-bias, squared-error"), \
		WP_NN_LM_CASE(name " 5 recurrent-dropout=0.4, " name \
				   " 4 recurrent-dropout=0.3, softmax"), \
		WP_NN_TAG_CASE("embedding 3, " name \
			       " 5 bidirectional recurrent-dropout=0.4, softmax"), \
		WP_NN_TAG_CASE( \
			"embedding 3, " name " 5 bidirectional weight-drop=0.4, softmax"), \
	{ \
		NULL, 0, false, false \
	}
static const struct wp_nn_case elman_cases[] = {
	WP_NN_TAG_CASE("a=elman 3, p=pool max, elman 3 from a+p, softmax"),
	WP_NN_TAG_CASE("elman 5 activation=relu, softmax"),
	WP_NN_LM_CASE("elman 5 activation=sigmoid, softmax"), CASES("elman")};
static const struct wp_nn_case lstm_cases[] = {
	WP_NN_TAG_CASE(
		"a=lstm 3 bidirectional, p=pool, f=dense 8 tanh, lstm 4 from a+f, softmax"),
	CASES("lstm")};
static const struct wp_nn_case peephole_cases[] = {
	WP_NN_TAG_CASE("a=gru 3, p=pool, f=dense 4, peephole 4 from a+f, softmax"),
	CASES("peephole")};
static const struct wp_nn_case gru_cases[] = {
	WP_NN_TAG_CASE("a=gru 3, p=pool, gru 3 recurrent-dropout=0.3 from a+p, softmax"),
	CASES("gru")};
static const struct wp_nn_case gru_reset_before_cases[] = {
	WP_NN_TAG_CASE(
		"a=elman 3, p=pool mean, gru-reset-before 3 weight-drop=0.4 from a+p, softmax"),
	CASES("gru-reset-before")};

#define RECURRENT_TYPE(id, name_, help_, ...) \
	static const struct wp_nn_cell id##_cell = {__VA_ARGS__}; \
	const struct wp_nn_type wp_nn_##id##_type = {.name = name_, \
		.help = help_, \
		.settings = settings, \
		.defaults = &defaults, \
		.settings_size = sizeof defaults, \
		.label = "layer", \
		.may_read = 1, \
		.plan = plan, \
		.units = units, \
		.directions = directions, \
		.is_random = is_random, \
		.penalized = penalized, \
		.needs_whole = needs_whole, \
		.looks_ahead = is_bidirectional, \
		.places = directions, \
		.cases = id##_cases, \
		.shorten = shorten, \
		.states = states, \
		.step = &step_ops, \
		.cell = &id##_cell, \
		.layer = &wp_nn_recurrent_ops, \
		.layer64 = &wp_nn64_recurrent_ops}

RECURRENT_TYPE(elman, "elman", "simple recurrent units (Elman 1990)", .kernel = WP_NN_ELMAN,
	.gates = 1, .gate_names = no_gates, .has_activation = true);
RECURRENT_TYPE(lstm, "lstm", "long short-term memory (Hochreiter & Schmidhuber 1997)",
	.kernel = WP_NN_LSTM, .gates = 4, .gate_names = lstm_gates, .has_cell = true);
RECURRENT_TYPE(peephole, "peephole", "LSTM with peepholes (Gers & Schmidhuber 2000)",
	.kernel = WP_NN_PEEPHOLE, .gates = 4, .gate_names = lstm_gates, .has_cell = true,
	.peephole = true);
RECURRENT_TYPE(gru, "gru", "gated recurrent units, reset after the product (Cho et al. 2014)",
	.kernel = WP_NN_GRU, .gates = 3, .gate_names = gru_gates, .reset = WP_NN_RESET_AFTER);
RECURRENT_TYPE(gru_reset_before, "gru-reset-before", "GRU, reset before the product",
	.kernel = WP_NN_GRU_RESET_BEFORE, .gates = 3, .gate_names = gru_gates,
	.reset = WP_NN_RESET_BEFORE);
#endif
