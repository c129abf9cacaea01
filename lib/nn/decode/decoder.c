#include "nn/decode/decoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/kernels/kernels.h"
#include "nn/decode/panels.h"
#include "nn/net/net.h"
#include "nn/outputs/hierarchical.h"

struct layer {
	const float *table; /* one-hot: the input weights as they are, a row for each token */
	struct wp_panels input; /* else: of what comes from below                        */
	float *recurrent;       /* laid out for the cell's kernel; NULL for Jordan's     */
	struct wp_panels fed;   /* Jordan's: of the outputs                              */
	const float *bias, *state_bias, *peephole; /* or NULL                            */
};

/* States come in pairs that take turns: a cell reads one and writes the other. */
struct hypothesis {
	float *memory; /* all that follows */
	float *state;  /* (2, layers, H) */
	float *cell;   /* (2, layers, H) */
	float *fed;    /* Jordan: (outputs, padded): what is fed back      */
	float *output; /* (outputs, padded)                                */
	int turn;      /* which of the two the last step wrote             */
	bool stale;    /* the outputs of this state are still to be made   */
};

struct wp_nn_decoder {
	const struct wp_nn_model *model;
	const struct wp_nn_config *config;
	const struct wp_nn_kernels *kernels;
	size_t hidden, width; /* H; G H, the gates of all units */
	size_t outputs;       /* padded                         */
	struct layer *layers;
	struct wp_panels output;          /* (H, outputs), or of the nodes of a tree */
	const float *output_bias;         /* or NULL                                 */
	struct wp_nn_hierarchical *tree;  /* of hierarchical softmax                */
	float *nodes;                     /* its logits                              */
	const float *embedding, *subword; /* tables, or NULL */
	float *x;                         /* what the first layer reads: a token's vector */
	float *sums;                      /* (gates, H), padded: the input times its weights */
	float *gates, *inner;             /* of a cell's kernel                          */
	struct hypothesis *hypotheses;
	struct wp_nn_net *net; /* of a network in words, which runs itself; else NULL */
	int hypothesis_count;
};

/* ---- Laying out the weights ---- */

static size_t padded(size_t n)
{
	return (n + WP_PANELS_PAD - 1) / WP_PANELS_PAD * WP_PANELS_PAD;
}

static enum wp_err alloc_floats(float **array, size_t n, const char *what)
{
	size_t bytes;
	if (!wp_mulsize(n, sizeof **array, &bytes))
		return wp_fail(WP_ENOMEM, "%s: too large", what);
	return wp_table_alloc(array, bytes, what);
}

static const struct wp_nn_param *find(const struct wp_nn_decoder *s, const char *name)
{
	return wp_nn_params_find(s->model->params, name);
}

static const struct wp_nn_param *find_in(
	const struct wp_nn_decoder *s, int layer, const char *name)
{
	char full[64];
	snprintf(full, sizeof full, "layer%d.forward.%s", layer, name);
	return find(s, full);
}

static const float *weights_of(const struct wp_nn_decoder *s, const struct wp_nn_param *param)
{
	return param ? s->model->theta + param->offset : NULL;
}

static enum wp_err pack_by_rows(const struct wp_nn_decoder *s, struct wp_panels *matrix,
	const struct wp_nn_param *param)
{
	return wp_panels_init(
		matrix, weights_of(s, param), param->rows, param->cols, param->cols, 1);
}

static enum wp_err lay_out_layer(struct wp_nn_decoder *s, struct layer *layer, int number)
{
	const struct wp_nn_config *c = s->config;
	const struct wp_nn_cell_kernels *k = &s->kernels->cell;
	const struct wp_nn_param *w = find_in(s, number, "input");
	const struct wp_nn_param *u = find_in(s, number, "recurrent");
	enum wp_err err = WP_OK;
	layer->bias = weights_of(s, find_in(s, number, "bias"));
	layer->state_bias = weights_of(s, find_in(s, number, "state_bias"));
	layer->peephole = weights_of(s, find_in(s, number, "peephole"));
	if (number == 0 && c->input == WP_NN_ONEHOT)
		layer->table = weights_of(s, w);
	else
		err = pack_by_rows(s, &layer->input, w);
	if (!err && c->cell == WP_NN_JORDAN)
		return pack_by_rows(s, &layer->fed, u);
	if (!err)
		err = alloc_floats(&layer->recurrent,
			k->packed_size(s->hidden, u->cols / s->hidden), "weights");
	if (!err)
		k->pack_forward[c->cell](layer->recurrent, weights_of(s, u), s->hidden);
	return err;
}

static enum wp_err lay_out_output(struct wp_nn_decoder *s)
{
	const struct wp_nn_param *w = find(s, "output.weight");
	if (!w) /* tied */
		w = find(s, "embedding");
	s->output_bias = weights_of(s, find(s, "output.bias"));
	enum wp_err err =
		wp_panels_init(&s->output, weights_of(s, w), w->cols, w->rows, 1, w->cols);
	if (err || s->config->softmax != WP_NN_HIERARCHICAL)
		return err;
	if (!s->model->counts)
		return wp_fail(WP_EMISMATCH, "model: a tree of classes, but no counts");
	err = alloc_floats(&s->nodes, s->outputs, "logits");
	return err ? err
		   : wp_nn_hierarchical_create(&s->tree, s->model->counts, s->config->outputs);
}

/* Floats of a hypothesis's states, and of all it has. */
static size_t hypothesis_states(const struct wp_nn_decoder *s)
{
	return padded(2 * (size_t)s->config->layers * s->hidden);
}

static size_t net_states(const struct wp_nn_decoder *s)
{
	return padded(wp_nn_net_state_size(s->net, 1));
}

static size_t hypothesis_floats(const struct wp_nn_decoder *s)
{
	if (s->net)
		return net_states(s) + s->outputs;
	return 2 * hypothesis_states(s) + 2 * s->outputs;
}

static enum wp_err hypothesis_init(const struct wp_nn_decoder *s, struct hypothesis *hypothesis)
{
	enum wp_err err = alloc_floats(&hypothesis->memory, hypothesis_floats(s), "states");
	if (err)
		return err;
	hypothesis->state = hypothesis->memory;
	hypothesis->cell = hypothesis->state + hypothesis_states(s);
	hypothesis->fed = hypothesis->cell + hypothesis_states(s);
	hypothesis->output = hypothesis->fed + s->outputs;
	hypothesis->stale = true;
	return WP_OK;
}

static enum wp_err set_up(struct wp_nn_decoder *s)
{
	const struct wp_nn_config *c = s->config;
	s->width = find_in(s, 0, "input")->cols;
	enum wp_err err = wp_alloc(&s->layers, (size_t)c->layers, sizeof *s->layers, "layers");
	for (int i = 0; !err && i < c->layers; i++)
		err = lay_out_layer(s, &s->layers[i], i);
	if (!err)
		err = lay_out_output(s);
	if (!err)
		err = alloc_floats(&s->sums, padded(s->width), "sums");
	if (!err)
		err = alloc_floats(&s->gates, s->width, "gates");
	if (!err)
		err = alloc_floats(&s->inner, s->hidden, "gates");
	if (!err && c->input == WP_NN_EMBEDDING)
		err = alloc_floats(&s->x, (size_t)c->embedding, "input");
	if (!err)
		err = wp_alloc(&s->hypotheses, (size_t)s->hypothesis_count,
			sizeof *s->hypotheses, "hypotheses");
	for (int i = 0; !err && i < s->hypothesis_count; i++)
		err = hypothesis_init(s, &s->hypotheses[i]);
	return err;
}

/* A network in words goes step by step in batches of one row. */
static enum wp_err set_up_net(struct wp_nn_decoder *s)
{
	const struct wp_nn_model *m = s->model;
	const struct wp_nn_context context = {
		.subwords = m->config.subwords ? &m->subwords : NULL,
		.class_counts = m->counts};
	enum wp_err err = wp_nn_net_create(&s->net, m->graph, &context);
	if (!err)
		err = wp_alloc(&s->hypotheses, (size_t)s->hypothesis_count,
			sizeof *s->hypotheses, "hypotheses");
	for (int i = 0; !err && i < s->hypothesis_count; i++) {
		struct hypothesis *h = &s->hypotheses[i];
		err = alloc_floats(&h->memory, hypothesis_floats(s), "states");
		h->state = h->memory;
		h->output = h->state + net_states(s);
	}
	return err;
}

enum wp_err wp_nn_decoder_create(
	struct wp_nn_decoder **decoder, const struct wp_nn_model *model, int hypotheses)
{
	const struct wp_nn_config *c = &model->config;
	struct wp_nn_decoder *s;
	*decoder = NULL;
	if (model->graph->bidirectional)
		return wp_fail(WP_EINVAL,
			"model: a bidirectional network cannot go one step at a time");
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, "decoder");
	if (err)
		return err;
	s->model = model;
	s->config = c;
	s->kernels = wp_nn_kernels(wp_cpu_isa());
	s->hidden = (size_t)c->hidden;
	s->outputs = padded(c->outputs);
	s->embedding = weights_of(s, find(s, "embedding"));
	s->subword = weights_of(s, find(s, "subword"));
	s->hypothesis_count = hypotheses;
	err = model->net ? set_up_net(s) : set_up(s);
	if (err) {
		wp_nn_decoder_free(s);
		return err;
	}
	*decoder = s;
	return WP_OK;
}

void wp_nn_decoder_free(struct wp_nn_decoder *s)
{
	if (!s)
		return;
	for (int i = 0; s->layers && i < s->config->layers; i++) {
		wp_panels_fini(&s->layers[i].input);
		wp_panels_fini(&s->layers[i].fed);
		free(s->layers[i].recurrent);
	}
	for (int i = 0; s->hypotheses && i < s->hypothesis_count; i++)
		free(s->hypotheses[i].memory);
	wp_nn_net_free(s->net);
	free(s->layers);
	wp_panels_fini(&s->output);
	wp_nn_hierarchical_free(s->tree);
	free(s->nodes);
	free(s->x);
	free(s->sums);
	free(s->gates);
	free(s->inner);
	free(s->hypotheses);
	free(s);
}

/* ---- Stepping ---- */

/* A Jordan network is fed its outputs: the probabilities, or the numbers. */
static void feed_back(struct wp_nn_decoder *s, int number)
{
	struct hypothesis *hypothesis = &s->hypotheses[number];
	size_t n = s->config->outputs;
	memcpy(hypothesis->fed, wp_nn_decoder_output(s, number), n * sizeof *hypothesis->fed);
	if (s->config->task != WP_NN_REGRESS)
		s->kernels->softmax(hypothesis->fed, NULL, n);
}

/* s->sums = what a layer's input adds to its gates. */
static void multiply_input(struct wp_nn_decoder *s, const struct layer *layer,
	const struct hypothesis *hypothesis, int32_t token, const float *x)
{
	memset(s->sums, 0, padded(s->width) * sizeof *s->sums);
	if (layer->table)
		s->kernels->add(s->sums, layer->table + (size_t)token * s->width, s->width);
	else
		wp_panels_multiply(s->sums, x, &layer->input);
	if (s->config->cell == WP_NN_JORDAN)
		wp_panels_multiply(s->sums, hypothesis->fed, &layer->fed);
}

/* A step of all layers; x comes from below the first one, unless it is one-hot. */
static void step(struct wp_nn_decoder *s, int number, int32_t token, const float *x)
{
	struct hypothesis *hypothesis = &s->hypotheses[number];
	size_t h = s->hidden, layers = (size_t)s->config->layers;
	bool jordan = s->config->cell == WP_NN_JORDAN;
	size_t before = (size_t)hypothesis->turn * layers, now = layers - before;
	for (size_t i = 0; i < layers; i++) {
		const struct layer *layer = &s->layers[i];
		const float *state = hypothesis->state + (before + i) * h;
		bool looked_up = layer->table && !jordan;
		const struct wp_nn_cell_step moment = {.units = h,
			.rows = 1,
			.stride = h,
			.before_stride = h,
			.activation = s->config->activation,
			.weights = layer->recurrent,
			.peephole = layer->peephole,
			.before = jordan ? NULL : state,
			.state_before = state,
			.cell_before = hypothesis->cell + (before + i) * h,
			.x = looked_up ? layer->table : s->sums,
			.ids = looked_up ? &token : NULL,
			.bias = layer->bias,
			.state_bias = layer->state_bias,
			.gates = s->gates,
			.state = hypothesis->state + (now + i) * h,
			.cell = hypothesis->cell + (now + i) * h,
			.inner = s->inner};
		if (!looked_up)
			multiply_input(s, layer, hypothesis, token, x);
		s->kernels->cell.forward[s->config->cell](&moment);
		x = moment.state;
	}
	hypothesis->turn = 1 - hypothesis->turn;
	hypothesis->stale = true;
	if (jordan)
		feed_back(s, number);
}

/* s->x = the token's vector, the parts of the word included. */
static void embed(struct wp_nn_decoder *s, int32_t token)
{
	const struct wp_subwords *parts = &s->model->subwords;
	const float *table = weights_of(s, find(s, "subword"));
	size_t d = (size_t)s->config->embedding;
	memcpy(s->x, weights_of(s, find(s, "embedding")) + (size_t)token * d, d * sizeof *s->x);
	for (size_t i = table ? parts->begin[token] : 0; table && i < parts->begin[token + 1];
		i++)
		s->kernels->add(s->x, table + (size_t)parts->part[i] * d, d);
}

/* A step of a network in words: `turn` says whether there was one before.  Memory is the only
 * thing that can be missing: then nothing is likely. */
static void step_net(struct wp_nn_decoder *s, int number, const int32_t *token, const float *x)
{
	static const int active = 1;
	static const size_t begin[2] = {0, 1};
	struct hypothesis *h = &s->hypotheses[number];
	const struct wp_nn_batch batch = {.steps = 1,
		.sequences = 1,
		.active = &active,
		.begin = begin,
		.ids = token,
		.values = x,
		.continues = h->turn};
	enum wp_err err = h->turn ? wp_nn_net_set_state(s->net, 1, h->state) : WP_OK;
	if (!err)
		err = wp_nn_net_predict(s->net, s->model->theta, &batch, h->output, NULL);
	if (!err)
		err = wp_nn_net_get_state(s->net, 1, h->state);
	if (err)
		memset(h->output, 0, s->outputs * sizeof *h->output);
	h->turn = 1;
}

void wp_nn_decoder_token(struct wp_nn_decoder *s, int hypothesis, int32_t token)
{
	if (s->net) {
		step_net(s, hypothesis, &token, NULL);
		return;
	}
	if (s->config->input == WP_NN_EMBEDDING)
		embed(s, token);
	step(s, hypothesis, token, s->x);
}

void wp_nn_decoder_values(struct wp_nn_decoder *s, int hypothesis, const float *values)
{
	if (s->net) {
		step_net(s, hypothesis, NULL, values);
		return;
	}
	step(s, hypothesis, -1, values);
}

const float *wp_nn_decoder_output(struct wp_nn_decoder *s, int number)
{
	struct hypothesis *hypothesis = &s->hypotheses[number];
	if (s->net || !hypothesis->stale)
		return hypothesis->output;
	size_t top = (size_t)(hypothesis->turn + 1) * (size_t)s->config->layers - 1;
	float *logits = s->tree ? s->nodes : hypothesis->output;
	size_t n = s->config->outputs - (s->tree ? 1 : 0);
	memset(logits, 0, s->outputs * sizeof *logits);
	if (s->output_bias)
		memcpy(logits, s->output_bias, n * sizeof *logits);
	wp_panels_multiply(logits, hypothesis->state + top * s->hidden, &s->output);
	if (s->tree) {
		const struct wp_nn_output_rows none = {.classes = s->config->outputs};
		wp_nn_hierarchical_log_softmax(s->tree, &none, 1, logits, hypothesis->output);
	}
	hypothesis->stale = false;
	return hypothesis->output;
}

void wp_nn_decoder_reset(struct wp_nn_decoder *s, int hypothesis)
{
	memset(s->hypotheses[hypothesis].memory, 0, hypothesis_floats(s) * sizeof(float));
	s->hypotheses[hypothesis].stale = true;
	s->hypotheses[hypothesis].turn = 0;
}

void wp_nn_decoder_copy(struct wp_nn_decoder *s, int to, int from)
{
	memcpy(s->hypotheses[to].memory, s->hypotheses[from].memory,
		hypothesis_floats(s) * sizeof(float));
	s->hypotheses[to].stale = s->hypotheses[from].stale;
	s->hypotheses[to].turn = s->hypotheses[from].turn;
}
