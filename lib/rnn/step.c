#include "rnn/step.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rnn/step_kernel.h"
#include "rnn/tree.h"

/* A packed matrix; see step_kernel.h. */
struct matrix {
	float *cells;
	size_t rows, cols; /* cols: padded */
};

/* The sums of a layer before their activation are `parts` sections of Hp floats, Hp being H,
 * padded.  Where the reset gate acts on the product, a GRU's are n, r, z, and the part of n
 * that is reset: so the input's product covers the first three, and the state's the last three.
 */
enum { MOST_PARTS = 4 };

struct layer {
	const float *table;  /* one-hot: the input weights as they are, a row for each token */
	struct matrix input; /* else: of what comes from below */
	struct matrix recurrent; /* of the state, or of a Jordan network's outputs            */
	struct matrix candidate; /* GRU with reset before: of the state that was reset        */
	float *start;            /* (parts, Hp): the biases                                   */
	float *peephole;         /* (3, Hp), or NULL                                          */
};

struct lane {
	float *state;  /* (layers, 2, Hp): h and c                             */
	float *fed;    /* Jordan: (outputs, padded): what is fed back          */
	float *output; /* (outputs, padded)                                    */
	bool stale;    /* the outputs of this state are still to be made       */
};

struct wp_rnn_stepper {
	const struct wp_rnn_model *model;
	const struct wp_rnn_config *config;
	const struct wp_step_kernels *kernels;
	size_t hidden, outputs; /* padded */
	int parts;
	struct layer *layers;
	struct matrix output; /* (H, outputs), or of the nodes of a tree */
	float *output_start;
	struct wp_rnn_tree *tree; /* hierarchical soft-max */
	float *nodes;             /* its logits            */
	float *sums;              /* (parts, Hp) */
	float *reset;             /* (Hp)        */
	float *x;                 /* an embedded token, or the values */
	struct lane *lanes;
	int lane_count;
};

/* ---- Laying out the weights ---- */

static enum wp_err alloc_floats(float **array, size_t n, const char *what)
{
	size_t bytes;
	if (!wp_mulsize(n, sizeof **array, &bytes))
		return wp_fail(WP_ENOMEM, "%s: too large", what);
	return wp_table_alloc(array, bytes, what);
}

static enum wp_err matrix_alloc(struct matrix *m, size_t rows, size_t cols)
{
	size_t count;
	m->rows = rows;
	m->cols = cols;
	if (!wp_mulsize(rows, cols, &count))
		return wp_fail(WP_ENOMEM, "weights: too large");
	return alloc_floats(&m->cells, count, "weights");
}

/* Columns go to packed columns `first` and on: rows of `cols` weights, `row_step` apart, those
 * of a row `col_step` apart. */
static void pack(struct matrix *m, size_t panel, size_t first, const float *weights,
	size_t row_step, size_t col_step, size_t cols)
{
	for (size_t c = first; c < first + cols; c++) {
		size_t begin = c / panel * panel;
		size_t width = m->cols - begin < panel ? m->cols - begin : panel;
		float *to = m->cells + begin * m->rows + (c - begin);
		for (size_t r = 0; r < m->rows; r++)
			to[r * width] = weights[r * row_step + (c - first) * col_step];
	}
}

/* Gate `gate` of weights (rows, gates H) becomes section `section` of m. */
static void pack_gate(const struct wp_rnn_stepper *s, struct matrix *m, int section,
	const float *weights, int gates, int gate)
{
	size_t h = (size_t)s->config->hidden;
	pack(m, s->kernels->panel, (size_t)section * s->hidden, weights + (size_t)gate * h,
		(size_t)gates * h, 1, h);
}

static bool is_gru(const struct wp_rnn_config *c)
{
	return c->cell == WP_RNN_GRU || c->cell == WP_RNN_GRU_RESET_BEFORE;
}

static bool is_lstm(const struct wp_rnn_config *c)
{
	return c->cell == WP_RNN_LSTM || c->cell == WP_RNN_PEEPHOLE;
}

/* Gates as the parameters have them. */
static int gate_count(const struct wp_rnn_config *c)
{
	return is_lstm(c) ? 4 : is_gru(c) ? 3 : 1;
}

/* Where gate g of the parameters stands among the sections: a GRU's r z n become n r z. */
static int section_of(const struct wp_rnn_config *c, int gate)
{
	return is_gru(c) ? (gate + 1) % 3 : gate;
}

static const struct wp_rnn_param *find(
	const struct wp_rnn_stepper *s, int layer, const char *name)
{
	char full[64];
	snprintf(full, sizeof full, "layer%d.forward.%s", layer, name);
	return wp_rnn_layout_find(&s->model->layout, full);
}

static const float *weights_of(const struct wp_rnn_stepper *s, const struct wp_rnn_param *param)
{
	return param ? s->model->theta + param->offset : NULL;
}

/* Hidden-long rows of a parameter, padded: `rows` of them to where the sections are. */
static void copy_rows(const struct wp_rnn_stepper *s, float *to, const float *from, int rows)
{
	size_t h = (size_t)s->config->hidden;
	for (int i = 0; from && i < rows; i++)
		memcpy(to + (size_t)section_of(s->config, i) * s->hidden, from + (size_t)i * h,
			h * sizeof *to);
}

static enum wp_err lay_out_recurrent(struct wp_rnn_stepper *s, struct layer *layer, int number)
{
	const struct wp_rnn_config *c = s->config;
	const struct wp_rnn_param *u = find(s, number, "recurrent");
	const float *weights = weights_of(s, u);
	int gates = gate_count(c);
	bool before = c->cell == WP_RNN_GRU_RESET_BEFORE;
	int multiplied = before ? 2 : gates; /* by the state as it is */
	enum wp_err err =
		matrix_alloc(&layer->recurrent, u->rows, (size_t)multiplied * s->hidden);
	if (!err && before)
		err = matrix_alloc(&layer->candidate, u->rows, s->hidden);
	if (err)
		return err;
	for (int gate = 0; gate < multiplied; gate++)
		pack_gate(s, &layer->recurrent, gate, weights, gates, gate);
	if (before)
		pack_gate(s, &layer->candidate, 0, weights, gates, 2);
	return WP_OK;
}

static enum wp_err lay_out_layer(struct wp_rnn_stepper *s, struct layer *layer, int number)
{
	const struct wp_rnn_config *c = s->config;
	int gates = gate_count(c);
	const struct wp_rnn_param *w = find(s, number, "input");
	const float *peephole = weights_of(s, find(s, number, "peephole"));
	const float *state_bias = weights_of(s, find(s, number, "state_bias"));
	enum wp_err err = alloc_floats(&layer->start, (size_t)s->parts * s->hidden, "biases");
	if (!err)
		err = lay_out_recurrent(s, layer, number);
	if (!err && number == 0 && c->input == WP_RNN_ONEHOT)
		layer->table = weights_of(s, w);
	else if (!err)
		err = matrix_alloc(&layer->input, w->rows, (size_t)gates * s->hidden);
	if (!err && peephole)
		err = alloc_floats(&layer->peephole, 3 * s->hidden, "peepholes");
	if (err)
		return err;
	for (int gate = 0; layer->input.cells && gate < gates; gate++)
		pack_gate(s, &layer->input, section_of(c, gate), weights_of(s, w), gates, gate);
	copy_rows(s, layer->start, weights_of(s, find(s, number, "bias")), gates);
	copy_rows(s, layer->peephole, peephole, 3);
	if (state_bias)
		memcpy(layer->start + 3 * s->hidden, state_bias,
			(size_t)c->hidden * sizeof *state_bias);
	return WP_OK;
}

static enum wp_err lay_out_output(struct wp_rnn_stepper *s)
{
	const struct wp_rnn_layout *layout = &s->model->layout;
	const struct wp_rnn_param *w = wp_rnn_layout_find(layout, "output.weight");
	const struct wp_rnn_param *b = wp_rnn_layout_find(layout, "output.bias");
	if (!w) /* tied */
		w = wp_rnn_layout_find(layout, "embedding");
	enum wp_err err = matrix_alloc(&s->output, w->cols, s->outputs);
	if (!err)
		err = alloc_floats(&s->output_start, s->outputs, "biases");
	if (err)
		return err;
	pack(&s->output, s->kernels->panel, 0, weights_of(s, w), 1, w->cols, w->rows);
	if (b)
		memcpy(s->output_start, weights_of(s, b), b->cols * sizeof(float));
	if (s->config->softmax != WP_RNN_HIERARCHICAL)
		return WP_OK;
	err = alloc_floats(&s->nodes, s->outputs, "logits");
	return err ? err : wp_rnn_tree_create(&s->tree, s->model->counts, s->config->outputs);
}

static enum wp_err lane_init(struct wp_rnn_stepper *s, struct lane *lane)
{
	size_t states = (size_t)s->config->layers * 2 * s->hidden;
	enum wp_err err = alloc_floats(&lane->state, states + 2 * s->outputs, "states");
	if (err)
		return err;
	lane->fed = lane->state + states;
	lane->output = lane->fed + s->outputs;
	lane->stale = true;
	return WP_OK;
}

static enum wp_err set_up(struct wp_rnn_stepper *s)
{
	const struct wp_rnn_config *c = s->config;
	size_t x = c->input == WP_RNN_EMBEDDING ? (size_t)c->embedding : c->inputs;
	enum wp_err err = wp_alloc(&s->layers, (size_t)c->layers, sizeof *s->layers, "layers");
	for (int i = 0; !err && i < c->layers; i++)
		err = lay_out_layer(s, &s->layers[i], i);
	if (!err)
		err = lay_out_output(s);
	if (!err)
		err = alloc_floats(&s->sums, (size_t)s->parts * s->hidden, "sums");
	if (!err)
		err = alloc_floats(&s->reset, s->hidden, "sums");
	if (!err && c->input != WP_RNN_ONEHOT)
		err = alloc_floats(&s->x, x, "input");
	if (!err)
		err = wp_alloc(&s->lanes, (size_t)s->lane_count, sizeof *s->lanes, "lanes");
	for (int i = 0; !err && i < s->lane_count; i++)
		err = lane_init(s, &s->lanes[i]);
	return err;
}

enum wp_err wp_rnn_stepper_create(
	struct wp_rnn_stepper **stepper, const struct wp_rnn_model *model, int lanes)
{
	const struct wp_rnn_config *c = &model->config;
	*stepper = NULL;
	if (c->bidirectional)
		return wp_fail(WP_EINVAL,
			"model: a bidirectional network cannot go one step at a time");
	if (c->softmax == WP_RNN_HIERARCHICAL && !model->counts)
		return wp_fail(WP_EMISMATCH, "model: a tree of classes, but no counts");
	struct wp_rnn_stepper *s;
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, "stepper");
	if (err)
		return err;
	s->model = model;
	s->config = c;
	s->kernels = wp_step_kernels(wp_cpu_isa());
	s->hidden = wp_step_padded((size_t)c->hidden);
	s->outputs = wp_step_padded(c->outputs);
	s->parts = is_gru(c) ? 4 : gate_count(c);
	s->lane_count = lanes;
	err = set_up(s);
	if (err) {
		wp_rnn_stepper_free(s);
		return err;
	}
	*stepper = s;
	return WP_OK;
}

static void free_layer(struct layer *layer)
{
	free(layer->input.cells);
	free(layer->recurrent.cells);
	free(layer->candidate.cells);
	free(layer->start);
	free(layer->peephole);
}

void wp_rnn_stepper_free(struct wp_rnn_stepper *s)
{
	if (!s)
		return;
	for (int i = 0; s->layers && i < s->config->layers; i++)
		free_layer(&s->layers[i]);
	for (int i = 0; s->lanes && i < s->lane_count; i++)
		free(s->lanes[i].state);
	free(s->layers);
	free(s->output.cells);
	free(s->output_start);
	free(s->nodes);
	wp_rnn_tree_free(s->tree);
	free(s->sums);
	free(s->reset);
	free(s->x);
	free(s->lanes);
	free(s);
}

/* ---- Stepping ---- */

static void multiply(
	const struct wp_rnn_stepper *s, float *y, const float *x, const struct matrix *m)
{
	s->kernels->product(y, x, m->cells, m->rows, m->cols);
}

/* The sums begin with the biases, and the row of the token where it is one-hot. */
static void begin_sums(struct wp_rnn_stepper *s, const struct layer *layer, int32_t token)
{
	memcpy(s->sums, layer->start, (size_t)s->parts * s->hidden * sizeof *s->sums);
	if (!layer->table)
		return;
	size_t h = (size_t)s->config->hidden;
	int gates = gate_count(s->config);
	const float *row = layer->table + (size_t)token * (size_t)gates * h;
	for (int gate = 0; gate < gates; gate++, row += h) {
		float *to = s->sums + (size_t)section_of(s->config, gate) * s->hidden;
		for (size_t i = 0; i < h; i++)
			to[i] += row[i];
	}
}

static void step_layer(
	struct wp_rnn_stepper *s, const struct layer *layer, const float *fed, float *h)
{
	const struct wp_step_kernels *k = s->kernels;
	size_t n = s->hidden;
	switch (s->config->cell) {
	case WP_RNN_ELMAN:
	case WP_RNN_JORDAN:
		multiply(s, s->sums, fed, &layer->recurrent);
		k->elman(h, s->sums, n, s->config->activation);
		break;
	case WP_RNN_LSTM:
	case WP_RNN_PEEPHOLE:
		multiply(s, s->sums, h, &layer->recurrent);
		k->lstm(h, h + n, s->sums, layer->peephole, n);
		break;
	case WP_RNN_GRU:
		multiply(s, s->sums + n, h, &layer->recurrent);
		k->gru(h, s->sums, n);
		break;
	case WP_RNN_GRU_RESET_BEFORE:
		multiply(s, s->sums + n, h, &layer->recurrent);
		k->reset(s->reset, s->sums + n, h, n);
		multiply(s, s->sums, s->reset, &layer->candidate);
		k->gru(h, s->sums, n);
		break;
	}
}

/* A Jordan network is fed its outputs: the probabilities, or the numbers. */
static void feed_back(struct wp_rnn_stepper *s, int number)
{
	struct lane *lane = &s->lanes[number];
	const float *output = wp_rnn_step_output(s, number);
	memcpy(lane->fed, output, s->config->outputs * sizeof *output);
	if (s->config->task == WP_RNN_REGRESS)
		return;
	for (size_t i = s->config->outputs; i < s->outputs; i++)
		lane->fed[i] = -INFINITY;
	float scale = 1 / s->kernels->exponentials(lane->fed, s->outputs, 1);
	for (size_t i = 0; i < s->outputs; i++)
		lane->fed[i] *= scale;
}

/* A step of all layers; x comes from below the first one, unless it is one-hot. */
static void step(struct wp_rnn_stepper *s, int number, int32_t token, const float *x)
{
	struct lane *lane = &s->lanes[number];
	bool jordan = s->config->cell == WP_RNN_JORDAN;
	for (int i = 0; i < s->config->layers; i++) {
		const struct layer *layer = &s->layers[i];
		float *h = lane->state + (size_t)i * 2 * s->hidden;
		begin_sums(s, layer, token);
		if (!layer->table)
			multiply(s, s->sums, x, &layer->input);
		step_layer(s, layer, jordan ? lane->fed : h, h);
		x = h;
	}
	lane->stale = true;
	if (jordan)
		feed_back(s, number);
}

static void add_row(float *x, const float *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] += row[i];
}

/* s->x = the token's vector, the parts of the word included. */
static void embed(struct wp_rnn_stepper *s, int32_t token)
{
	const struct wp_rnn_layout *layout = &s->model->layout;
	const struct wp_rnn_subwords *parts = &s->model->subwords;
	size_t d = (size_t)s->config->embedding;
	memcpy(s->x, weights_of(s, wp_rnn_layout_find(layout, "embedding")) + (size_t)token * d,
		d * sizeof *s->x);
	const float *table = weights_of(s, wp_rnn_layout_find(layout, "subword"));
	for (size_t i = table ? parts->begin[token] : 0; table && i < parts->begin[token + 1];
		i++)
		add_row(s->x, table + (size_t)parts->part[i] * d, d);
}

void wp_rnn_step_token(struct wp_rnn_stepper *s, int lane, int32_t token)
{
	if (s->config->input == WP_RNN_EMBEDDING)
		embed(s, token);
	step(s, lane, token, s->x);
}

void wp_rnn_step_values(struct wp_rnn_stepper *s, int lane, const float *values)
{
	step(s, lane, -1, values);
}

const float *wp_rnn_step_output(struct wp_rnn_stepper *s, int number)
{
	struct lane *lane = &s->lanes[number];
	if (!lane->stale)
		return lane->output;
	const float *top = lane->state + ((size_t)s->config->layers - 1) * 2 * s->hidden;
	float *logits = s->tree ? s->nodes : lane->output;
	memcpy(logits, s->output_start, s->outputs * sizeof *logits);
	multiply(s, logits, top, &s->output);
	if (s->tree) {
		const struct wp_rnn_output none = {.classes = s->config->outputs};
		wp_rnn_tree_log_softmax(s->tree, &none, 1, logits, lane->output);
	}
	lane->stale = false;
	return lane->output;
}

static size_t lane_floats(const struct wp_rnn_stepper *s)
{
	return (size_t)s->config->layers * 2 * s->hidden + 2 * s->outputs;
}

void wp_rnn_step_reset(struct wp_rnn_stepper *s, int lane)
{
	memset(s->lanes[lane].state, 0, lane_floats(s) * sizeof(float));
	s->lanes[lane].stale = true;
}

void wp_rnn_step_copy(struct wp_rnn_stepper *s, int to, int from)
{
	memcpy(s->lanes[to].state, s->lanes[from].state, lane_floats(s) * sizeof(float));
	s->lanes[to].stale = s->lanes[from].stale;
}
