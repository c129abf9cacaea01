/* A recurrent layer that attends to the source at each step (Bahdanau, Cho & Bengio 2015): with
 * h_t-1 the state before and c_t the context that it finds (nn/layers/alignment.h),
 *
 *	h_t = cell(x_t W + c_t W_c, h_t-1)
 *
 * What comes out are h_t and c_t, beside each other.  It reads the target's rows, the source's
 * states, and, if given, the states that it begins with, as other recurrent layers do.
 *
 * Products with x, the keys of the source, and the gradients of all weights are of all steps at
 * once; what depends on the state before is in the steps (nn/layers/recurrence.h).  Parameters,
 * beside those of a direction and of an alignment: context (C, G H). */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/config.h"
#include "nn/core/matrix.h"
#include "nn/layers/alignment.h"
#include "nn/layers/recurrence.h"
#include "nn/layers/recurrent.h"

enum { CONTEXT = WP_NN_DIRECTION_PARAMS, ALIGN };
_Static_assert(
	(int)ALIGN + (int)WP_NN_ALIGN_PARAMS <= (int)WP_NN_NODE_PARAMS, "room for parameters");

struct settings {
	size_t units;
	int cell, score; /* of `cells`; enum wp_nn_score_kind */
	size_t heads, align;
	bool no_bias;
};

struct NN(decoder) {
	WP_NN_NODE_AT_WORK;
	struct NN(direction) direction;
	struct NN(direction_steps) steps;
	struct NN(alignment) alignment;
	size_t units, values, width; /* H, C, H + C */
	struct NN(array) state;      /* (sequences + rows + sequences, width)              */
	struct NN(array) before;     /* (rows, H): the states before                       */

	/* Of the pass. */
	const struct NN(pass) *pass;
	real *d; /* (rows, width) */
};

static const struct wp_nn_cell *cell_of(const struct wp_nn_node *node);

static void fini(void *self)
{
	struct NN(decoder) *d = self;
	NN(direction_fini)(&d->direction);
	NN(alignment_fini)(&d->alignment);
	free(d->state.at);
	free(d->before.at);
}

/* ---- Steps ---- */

static real *rows_of(const struct NN(decoder) *d, int t)
{
	const struct NN(batch) *b = d->pass->batch;
	return d->state.at + ((size_t)b->sequences + b->begin[t]) * d->width;
}

/* x += context times its weights. */
static void before_step(void *self, int t, const real *before, real *x)
{
	struct NN(decoder) *d = self;
	const struct NN(batch) *b = d->pass->batch;
	const size_t count = (size_t)b->active[t], g = d->direction.gates * d->units;
	real *context = rows_of(d, t) + d->units;
	for (size_t r = 0; r < count; r++)
		memcpy(d->before.at + (b->begin[t] + r) * d->units, before + r * d->width,
			d->units * sizeof(real));
	NN(alignment_attend)
	(&d->alignment, d->pass, b->begin[t], count, before, d->width, context, d->width);
	NN(gemm_nn)(count, g, d->values, context, d->width,
		NN(param)(d->node, d->params, d->pass->theta, CONTEXT), g, 1, x, g);
}

static void after_step(void *self, int t, const real *d_gates, real *d_before)
{
	struct NN(decoder) *d = self;
	const struct NN(batch) *b = d->pass->batch;
	const size_t count = (size_t)b->active[t], g = d->direction.gates * d->units;
	real *d_context = d->d + b->begin[t] * d->width + d->units;
	NN(gemm_nt)(count, d->values, g, d_gates, g,
		NN(param)(d->node, d->params, d->pass->theta, CONTEXT), g, 1, d_context,
		d->width);
	NN(alignment_back)
	(&d->alignment, d->pass, b->begin[t], count, d_context, d->width, d_before, d->width);
}

static void end_chunk(void *self, size_t row, size_t rows, const real *d_gates)
{
	struct NN(decoder) *d = self;
	const size_t g = d->direction.gates * d->units;
	if (d->pass->gradient)
		NN(gemm_tn)(d->values, g, rows, rows_of(d, 0) + row * d->width + d->units,
			d->width, d_gates, g, 1,
			NN(param_gradient)(d->node, d->pass->gradient, CONTEXT), g);
}

/* ---- The layer ---- */

static enum wp_err init(void *self)
{
	struct NN(decoder) *d = self;
	const struct settings *s = WP_NN_SETTINGS(d->node, struct settings);
	d->units = s->units;
	d->values = d->node->in[1].width;
	d->width = d->units + d->values;
	d->steps = (struct NN(direction_steps)){before_step, after_step, end_chunk, d};
	d->direction = (struct NN(direction)){.kind = cell_of(d->node),
		.activation = WP_NN_TANH,
		.node = d->node,
		.params = d->params,
		.vectors = d->kernels,
		.kernels = &d->kernels->cell,
		.units = d->units,
		.gates = cell_of(d->node)->gates,
		.steps = &d->steps,
		.stride = d->width};
	d->alignment = (struct NN(alignment)){.node = d->node,
		.params = d->params,
		.kernels = d->kernels,
		.kind = (enum wp_nn_score_kind)s->score,
		.first_param = ALIGN,
		.target = d->units,
		.units = s->align ? s->align : d->units,
		.values = d->values,
		.heads = s->heads};
	return WP_OK;
}

/* The states in which the sequences end. */
static void keep_states(const struct NN(decoder) *d, struct NN(value) *out)
{
	const struct NN(batch) *b = d->pass->batch;
	const size_t h = d->units;
	for (int t = 0; t < b->steps; t++)
		for (size_t s = (size_t)NN(going_on)(b, t); s < (size_t)b->active[t]; s++)
			memcpy(out->state[0] + s * h, rows_of(d, t) + s * d->width,
				h * sizeof(real));
	if (d->direction.kind->has_cell)
		NN(last_rows)(
			b, d->direction.cell.at + (size_t)b->sequences * h, h, out->state[1]);
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(decoder) *d = self;
	const struct NN(batch) *b = pass->batch;
	const struct NN(direction_input) input = {.x = in[0]->x, .width = in[0]->width};
	const struct NN(value) *first = d->node->inputs > 2 ? in[2] : NULL;
	const size_t sequences = (size_t)b->sequences, rows = out->rows, h = d->units;
	const struct NN(want) want[] = {
		{&d->state, rows + 2 * sequences, d->width}, {&d->before, rows, h}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (!err)
		err = NN(alignment_begin)(&d->alignment, pass, in[1]);
	if (err)
		return err;
	d->pass = pass;
	d->direction.state = d->state.at;
	NN(begin_states)(d->state.at, sequences, rows, d->width, NULL, 0);
	const real *states = b->continues ? out->state[0] : first ? first->x : NULL;
	const size_t stride = b->continues ? h : first ? first->width : 0;
	for (size_t s = 0; s < sequences && states; s++)
		memcpy(d->state.at + s * d->width, states + s * stride, h * sizeof(real));
	err = NN(direction_forward)(&d->direction, pass->theta, b, &input, states != NULL,
		b->continues         ? out->state[1]
			: stride > h ? first->x + h
				     : NULL,
		stride);
	out->x = rows_of(d, 0);
	if (!err)
		keep_states(d, out);
	return err;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(decoder) *d = self;
	const struct NN(direction_input) input = {.x = in[0]->x, .width = in[0]->width};
	struct NN(value) *first =
		d->node->inputs > 2 && in[2]->d && !pass->batch->continues ? in[2] : NULL;
	enum wp_err err = NN(alignment_begin_back)(&d->alignment, pass);
	if (err)
		return err;
	d->pass = pass;
	d->d = out->d;
	d->direction.d_state = out->d;
	d->direction.wants_first = first != NULL;
	err = NN(direction_backward)(&d->direction, pass->theta, pass->batch, &input, in[0]->d,
		in[0]->d ? NN(begin_d)(in[0]) : 0, pass->gradient);
	if (!err)
		NN(alignment_end_back)(&d->alignment, pass, d->before.at, d->units, in[1]);
	if (!err && first)
		NN(direction_give_first)(&d->direction, first);
	return err;
}

static const real *attention(const void *self, size_t row, size_t head)
{
	return NN(alignment_weights)(&((const struct NN(decoder) *)self)->alignment, row, head);
}

extern const struct wp_nn_layer_ops wp_nn_decoder_ops;
extern const struct wp_nn64_layer_ops wp_nn64_decoder_ops;
const struct NN(layer_ops) NN(decoder_ops) = {.life = {sizeof(struct NN(decoder)), init, fini},
	.forward = forward,
	.backward = backward,
	.attention = attention};

static const struct wp_nn_cell *cell_of(const struct wp_nn_node *node)
{
	static const struct wp_nn_type *const types[] = {&wp_nn_gru_type,
		&wp_nn_gru_reset_before_type, &wp_nn_lstm_type, &wp_nn_peephole_type,
		&wp_nn_elman_type};
	return types[WP_NN_SETTINGS(node, struct settings)->cell]->cell;
}

#ifndef WP_NN_F64
/* In the order of the types above. */
static const char *const cells[] = {
	"gru", "gru-reset-before", "lstm", "peephole", "elman", NULL};

static enum wp_err check(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const struct wp_nn_shape *in = &node->in[0], *first = &node->in[2];
	const bool cells_too = cell_of(node)->has_cell && first->width == 2 * s->units;
	if (node->inputs > 3 || in->tokens || in->pooled || in->source)
		return wp_fail(WP_EINVAL,
			"%s: reads rows of numbers of the target's steps, the states of the "
			"source's steps, and perhaps states to begin with",
			node->label);
	if (node->inputs > 2 &&
		(!first->pooled || first->tokens || first->source ||
			(first->width != s->units && !cells_too)))
		return wp_fail(WP_EINVAL,
			"%s: the states it begins with are to be a row of %zu numbers for each "
			"target%s",
			node->label, s->units,
			cell_of(node)->has_cell ? ", or twice as many: with its cells" : "");
	return WP_OK;
}

static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const struct wp_nn_cell *cell = cell_of(node);
	const size_t values = node->in[1].width, g = cell->gates * s->units;
	enum wp_err err = check(node);
	if (!err)
		err = wp_nn_direction_plan(node, params, cell, s->units, s->no_bias, "", 0);
	if (!err)
		err = wp_nn_add_param(node, params, CONTEXT, "context", values, g, 0,
			&(struct wp_nn_begin){.fan_in = s->units, .gate = s->units});
	if (!err)
		err = wp_nn_alignment_plan(node, params, (enum wp_nn_score_kind)s->score,
			s->units, s->align, s->heads, &node->in[1], ALIGN);
	node->out = (struct wp_nn_shape){.width = s->units + values, .mixed = true};
	return err;
}

static int states(const struct wp_nn_node *node, struct wp_nn_state *state)
{
	const size_t units = WP_NN_SETTINGS(node, struct settings)->units;
	state[0] = (struct wp_nn_state){"state", units};
	state[1] = (struct wp_nn_state){"cell", units};
	return cell_of(node)->has_cell ? 2 : 1;
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	return s->units * (cell_of(node)->gates + 2) + 2 * (s->align ? s->align : s->units);
}

static size_t heads(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct settings)->heads;
}

#define READS "embedding 3 from source, s=gru 2 bidirectional, pool, bridge, "
static const struct wp_nn_case cases[] = {
	WP_NN_TRANSLATE_CASE(READS "f=dense 5 tanh, e=embedding 3 from input, "
				   "d=decoder 5 from e+s+f, concat from d+e, dense 6 tanh, "
				   "softmax"),
	WP_NN_TRANSLATE_CASE(
		READS "f=dense 10 tanh, e=embedding 3 from input, "
		      "decoder 5 lstm additive align=6 heads=2 from e+s+f, softmax"),
	WP_NN_TRANSLATE_CASE(READS "f=dense 4 tanh, e=embedding 3 from input, "
				   "decoder 4 gru-reset-before dot from e+s+f, softmax"),
	WP_NN_TRANSLATE_CASE("s=embedding 4 from source, e=embedding 3 from input, "
			     "decoder 3 elman general no-bias from e+s, gru 3, softmax"),
	WP_NN_TRANSLATE_CASE(READS "f=dense 4, e=embedding 3 from input, "
				   "decoder 4 peephole general from e+s+f, softmax"),
	WP_NN_CASES_END,
};
#undef READS
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 65536, "units of the cell"),
	WP_SET_CHOICE(0, "cell", AT(cell), NULL, cells, "kind of recurrent unit"),
	WP_SET_CHOICE(0, "score", AT(score), NULL, wp_nn_score_kinds,
		"how states of source and target are compared"),
	WP_SET_SIZE(0, "heads", AT(heads), NULL, 1, 1024,
		"attend so many times, each with a part of the states"),
	WP_SET_SIZE(0, "align", AT(align), NULL, 0, 65536,
		"additive: numbers that both are mapped to; 0: as many as units"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases of the cell"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.units = 128, .heads = 1};
_Static_assert(sizeof defaults <= WP_NN_SETTINGS_SIZE, "room for settings");

const struct wp_nn_type wp_nn_decoder_type = {.name = "decoder",
	.help = "of pairs: recurrent units that attend to the source at each step (Bahdanau et al. "
		"2015)",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.joins = true,
	.crosses = true,
	.row_numbers = row_numbers,
	.heads = heads,
	.states = states,
	.cases = cases,
	.plan = plan,
	.layer = &wp_nn_decoder_ops,
	.layer64 = &wp_nn64_decoder_ops};
#endif
