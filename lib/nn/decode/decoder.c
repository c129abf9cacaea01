#include "nn/decode/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"
#include "nn/net/graph.h"

/* A sequence.  Its states come in pairs that take turns: a step reads one and writes the other.
 */
struct hypothesis {
	float *memory; /* all that follows                                        */
	float *state;  /* (2, states)                                             */
	float *still;  /* rows for the whole sequence: what was given, what nodes made of it */
	float *top;    /* what the output reads of the last step                  */
	float *output; /* (outputs, padded)                                       */
	int turn;      /* which of the two the last step wrote                    */
	bool stale;    /* the outputs of this step are still to be made           */
	/* Where the network has a context: the steps so far that it knows, and what they were.
	 */
	size_t past;
	float *cache;   /* (context, cached), node by node                        */
	int32_t *token; /* (context), or                                          */
	float *values;  /* (context, inputs)                                      */
};

struct part {
	struct wp_nn_stepper stepper;
	struct wp_nn_row row;            /* what it made                         */
	int states;                      /* how many                             */
	size_t state[WP_NN_NODE_STATES]; /* where each is among those of a hypothesis */
	size_t cache, cached; /* where that is among that of a hypothesis; numbers of a step */
	size_t still; /* of a node that makes a row for the whole sequence: where that is */
};

struct wp_nn_decoder {
	const struct wp_nn_graph *graph;
	struct wp_nn_context known;
	struct part *part; /* (graph->count); the last one is the output */
	struct wp_nn_row input;
	const struct wp_nn_model *model;
	float *values; /* of a step: (inputs), as the network sees them */
	struct hypothesis *hypotheses;
	int hypothesis_count;
	size_t states, still, width, outputs; /* padded: states; rows for whole sequences; what
					       * the output reads, and makes */
	struct wp_nn_row encoding;
	size_t context; /* steps of which a hypothesis knows; 0: all, by its states          */
	size_t cached;  /* numbers that it keeps of each                                     */
};

/* ---- Making one ---- */

static enum wp_err set_up_part(struct wp_nn_decoder *s, size_t i, const float *theta)
{
	const struct wp_nn_node *node = &s->graph->node[i];
	struct part *p = &s->part[i];
	struct wp_nn_state state[WP_NN_NODE_STATES];
	for (int k = 0; k < node->inputs; k++)
		if (node->input[k] < WP_NN_THE_INPUT &&
			wp_nn_graph_input(s->graph, node->input[k])->kind !=
				WP_NN_READS_ENCODING)
			return wp_fail(WP_EINVAL,
				"model: %s: reads '%s', and cannot go one step at a time",
				node->label, wp_nn_graph_input(s->graph, node->input[k])->name);
	if (!node->type->step)
		return wp_fail(WP_EINVAL, "model: %s: '%s' cannot go one step at a time",
			node->label, node->type->name);
	p->cached = node->type->cached ? node->type->cached(node) : 0;
	p->cache = s->cached * s->context;
	s->cached += p->cached;
	if (node->out.pooled) {
		p->still = s->still;
		s->still += wp_nn_padded(node->out.width);
	}
	p->states = wp_nn_states(node, state);
	for (int k = 0; k < p->states; k++) {
		p->state[k] = s->states;
		s->states += wp_nn_padded(state[k].width);
	}
	enum wp_err err = wp_nn_stepper_init(&p->stepper, node, &s->graph->params, &s->known,
		wp_nn_kernels(wp_cpu_isa()), theta);
	if (!err && !node->type->output && !node->out.tokens && !node->out.pooled)
		err = wp_table_alloc(&p->row.to,
			wp_nn_padded(node->out.width) * sizeof *p->row.to, "states");
	return err;
}

static enum wp_err set_up_hypothesis(const struct wp_nn_decoder *s, struct hypothesis *h)
{
	const size_t floats = 2 * s->states + s->still + s->width + s->outputs;
	enum wp_err err = wp_table_alloc(&h->memory, floats * sizeof *h->memory, "states");
	if (err)
		return err;
	h->state = h->memory;
	h->still = h->state + 2 * s->states;
	h->top = h->still + s->still;
	h->output = h->top + s->width;
	h->stale = true;
	/* Filled step by step: memory is taken as it is. */
	const size_t inputs = s->model->config.inputs;
	if (s->context)
		err = wp_alloc(&h->cache, s->context,
			(s->cached ? s->cached : 1) * sizeof *h->cache, "states");
	if (!err && s->context && s->model->config.input != WP_NN_REAL)
		err = wp_alloc(&h->token, s->context, sizeof *h->token, "states");
	else if (!err && s->context)
		err = wp_alloc(&h->values, s->context, inputs * sizeof *h->values, "states");
	return err;
}

/* Steps of which a hypothesis knows. */
static size_t context_of(const struct wp_nn_graph *g)
{
	size_t context = g->context;
	for (size_t i = 0; i < g->count && !g->context; i++)
		if (g->node[i].type->cached && g->node[i].type->cached(&g->node[i]))
			context = WP_NN_DECODER_CONTEXT;
	return context;
}

/* The first node that reads whole sequences, of which steps would have to know more. */
static const struct wp_nn_node *find_whole(const struct wp_nn_graph *g)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct wp_nn_type *type = g->node[i].type;
		const bool whole = type->needs_whole && type->needs_whole(&g->node[i]);
		const bool ahead = type->looks_ahead && type->looks_ahead(&g->node[i]);
		if (whole && (ahead || !type->step))
			return &g->node[i];
	}
	return NULL;
}

static enum wp_err set_up(struct wp_nn_decoder *s, const struct wp_nn_model *m)
{
	const struct wp_nn_node *output = wp_nn_graph_output(s->graph);
	const struct wp_nn_node *whole = find_whole(s->graph);
	if (whole)
		return wp_fail(WP_EINVAL,
			"model: %s: '%s' reads whole sequences, and cannot go one step at a time",
			whole->label, whole->type->name);
	s->context = context_of(s->graph);
	s->width = wp_nn_padded(output->in[0].width);
	s->outputs = wp_nn_padded(output->outputs);
	s->still = wp_nn_padded(s->model->config.encoding);
	enum wp_err err = wp_alloc(&s->part, s->graph->count, sizeof *s->part, "decoder");
	for (size_t i = 0; !err && i < s->graph->count; i++)
		err = set_up_part(s, i, m->theta);
	if (!err)
		err = wp_alloc(&s->hypotheses, (size_t)s->hypothesis_count,
			sizeof *s->hypotheses, "hypotheses");
	for (int i = 0; !err && i < s->hypothesis_count; i++)
		err = set_up_hypothesis(s, &s->hypotheses[i]);
	return err;
}

enum wp_err wp_nn_decoder_create(
	struct wp_nn_decoder **decoder, const struct wp_nn_model *model, int hypotheses)
{
	struct wp_nn_decoder *s;
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, "decoder");
	*decoder = NULL;
	if (!err && wp_nn_tasks[model->config.task].pairs) {
		free(s);
		return wp_fail(WP_EMISMATCH,
			"model: reads pairs: it goes step by step only beside their sources");
	}
	if (err)
		return err;
	*s = (struct wp_nn_decoder){.graph = model->graph,
		.model = model,
		.known = {.subwords = wp_nn_model_parts(model), .class_counts = model->counts},
		.hypothesis_count = hypotheses};
	err = set_up(s, model);
	if (!err && model->config.input == WP_NN_REAL)
		err = wp_alloc(&s->values, model->config.inputs, sizeof *s->values, "numbers");
	if (err) {
		wp_nn_decoder_free(s);
		return err;
	}
	*decoder = s;
	return WP_OK;
}

static void hypothesis_fini(struct hypothesis *h)
{
	free(h->memory);
	free(h->cache);
	free(h->token);
	free(h->values);
}

void wp_nn_decoder_free(struct wp_nn_decoder *s)
{
	if (!s)
		return;
	for (size_t i = 0; s->part && i < s->graph->count; i++) {
		wp_nn_stepper_fini(&s->part[i].stepper);
		free(s->part[i].row.to);
	}
	for (int i = 0; s->hypotheses && i < s->hypothesis_count; i++)
		hypothesis_fini(&s->hypotheses[i]);
	free(s->part);
	free(s->values);
	free(s->hypotheses);
	free(s);
}

/* ---- Stepping ---- */

static float *states(const struct wp_nn_decoder *s, const struct hypothesis *h, int turn)
{
	return h->state + (turn ? s->states : 0);
}

/* What a node made, or the network read. */
static const struct wp_nn_row *row_of(const struct wp_nn_decoder *s, int number)
{
	if (number < WP_NN_THE_INPUT)
		return &s->encoding;
	return number < 0 ? &s->input : &s->part[number].row;
}

/* Rows for the whole sequence are those of the hypothesis. */
static void show_still(struct wp_nn_decoder *s, const struct hypothesis *h)
{
	s->encoding.x = h->still;
	for (size_t i = 0; s->still > 0 && i < s->graph->count; i++)
		if (s->graph->node[i].out.pooled)
			s->part[i].row.x = h->still + s->part[i].still;
}

/* What a node reads of rows for the whole sequence; of others NULL. */
static void still_inputs(const struct wp_nn_decoder *s, const struct wp_nn_node *node,
	const struct wp_nn_row *in[WP_NN_NODE_INPUTS])
{
	for (int k = 0; k < WP_NN_NODE_INPUTS; k++)
		in[k] = k < node->inputs && node->in[k].pooled ? row_of(s, node->input[k])
							       : NULL;
}

/* The rows that nodes make for the whole sequence. */
static void make_still(struct wp_nn_decoder *s, struct hypothesis *h)
{
	const struct wp_nn_row *in[WP_NN_NODE_INPUTS];
	show_still(s, h);
	for (size_t i = 0; i + 1 < s->graph->count; i++) {
		struct part *p = &s->part[i];
		const struct wp_nn_node *node = p->stepper.node;
		if (!node->out.pooled)
			continue;
		still_inputs(s, node, in);
		p->row.to = h->still + p->still;
		node->type->step->step(&p->stepper, in, NULL, NULL, &p->row);
		p->row.to = NULL; /* it is not the part's */
	}
}

/* The states before the first step, where they are not zeros. */
static void begin_states(struct wp_nn_decoder *s, struct hypothesis *h)
{
	const struct wp_nn_row *in[WP_NN_NODE_INPUTS];
	show_still(s, h);
	for (size_t i = 0; i + 1 < s->graph->count; i++) {
		struct part *p = &s->part[i];
		float *state[WP_NN_NODE_STATES] = {NULL};
		if (!p->stepper.node->type->step->begin)
			continue;
		still_inputs(s, p->stepper.node, in);
		for (int k = 0; k < p->states; k++)
			state[k] = states(s, h, h->turn) + p->state[k];
		p->stepper.node->type->step->begin(&p->stepper, in, state);
	}
}

/* A node's step; h is the sequence's. */
static void step(struct wp_nn_decoder *s, struct part *p, struct hypothesis *h)
{
	const struct wp_nn_node *node = p->stepper.node;
	const struct wp_nn_row *in[WP_NN_NODE_INPUTS] = {NULL};
	const float *before[WP_NN_NODE_STATES] = {NULL};
	float *after[WP_NN_NODE_STATES] = {NULL};
	for (int k = 0; k < node->inputs; k++)
		in[k] = row_of(s, node->input[k]);
	for (int k = 0; k < p->states; k++) {
		before[k] = states(s, h, h->turn) + p->state[k];
		after[k] = states(s, h, !h->turn) + p->state[k];
	}
	p->stepper.past = h->past;
	p->stepper.cache = h->cache ? h->cache + p->cache : NULL;
	node->type->step->step(&p->stepper, in, before, after, &p->row);
}

/* All nodes but the output, which is left until somebody asks for it. */
static void run(struct wp_nn_decoder *s, struct hypothesis *h)
{
	show_still(s, h);
	for (size_t i = 0; i + 1 < s->graph->count; i++)
		if (!s->graph->node[i].out.pooled)
			step(s, &s->part[i], h);
	h->turn = !h->turn;
	h->past++;
}

static void read_token(struct wp_nn_decoder *s, int32_t token)
{
	const struct wp_subwords *subwords = s->known.subwords;
	s->input = (struct wp_nn_row){
		.id = token, .word = subwords ? subwords->row[token] : token};
}

static void forget(const struct wp_nn_decoder *s, struct hypothesis *h)
{
	memset(h->state, 0, 2 * s->states * sizeof *h->state);
	memset(h->top, 0, s->width * sizeof *h->top);
	h->stale = true;
	h->turn = 0;
	h->past = 0;
}

/* All steps of the context are known: begin anew with the later half of them. */
static void read_again(struct wp_nn_decoder *s, struct hypothesis *h)
{
	const size_t inputs = s->model->config.inputs, kept = s->context / 2;
	const size_t first = s->context - kept;
	forget(s, h);
	begin_states(s, h);
	for (size_t i = 0; i < kept; i++) {
		if (h->token)
			read_token(s, h->token[i] = h->token[first + i]);
		else
			s->input.x = memmove(h->values + i * inputs,
				h->values + (first + i) * inputs, inputs * sizeof *h->values);
		run(s, h);
	}
}

/* What s->input is. */
static void feed(struct wp_nn_decoder *s, int hypothesis)
{
	struct hypothesis *h = &s->hypotheses[hypothesis];
	const struct wp_nn_node *output = wp_nn_graph_output(s->graph);
	const struct wp_nn_row input = s->input;
	const size_t inputs = s->model->config.inputs;
	if (s->context && h->past == s->context)
		read_again(s, h);
	s->input = input;
	if (h->token)
		h->token[h->past] = input.id;
	else if (h->values)
		memcpy(h->values + h->past * inputs, input.x, inputs * sizeof *input.x);
	run(s, h);
	h->stale = true;
	memcpy(h->top, row_of(s, output->input[0])->x, output->in[0].width * sizeof *h->top);
}

void wp_nn_decoder_token(struct wp_nn_decoder *s, int hypothesis, int32_t token)
{
	read_token(s, token);
	feed(s, hypothesis);
}

void wp_nn_decoder_values(struct wp_nn_decoder *s, int hypothesis, const float *values)
{
	memcpy(s->values, values, s->model->config.inputs * sizeof *values);
	wp_nn_scaling_apply(&s->model->inputs, s->values, 1);
	s->input = (struct wp_nn_row){.x = s->values};
	feed(s, hypothesis);
}

const float *wp_nn_decoder_output(struct wp_nn_decoder *s, int hypothesis)
{
	struct hypothesis *h = &s->hypotheses[hypothesis];
	struct part *p = &s->part[s->graph->count - 1];
	const struct wp_nn_row top = {.x = h->top}, *in[] = {&top};
	if (h->stale) {
		p->row.to = h->output;
		p->stepper.node->type->step->step(&p->stepper, in, NULL, NULL, &p->row);
		p->row.to = NULL;
		wp_nn_scaling_undo(&s->model->outputs, h->output, 1);
		h->stale = false;
	}
	return h->output;
}

void wp_nn_decoder_reset(struct wp_nn_decoder *s, int hypothesis)
{
	struct hypothesis *h = &s->hypotheses[hypothesis];
	memset(h->still, 0, s->still * sizeof *h->still);
	forget(s, h);
}

void wp_nn_decoder_begin(struct wp_nn_decoder *s, int hypothesis, const float *encoding)
{
	struct hypothesis *h = &s->hypotheses[hypothesis];
	wp_nn_decoder_reset(s, hypothesis);
	if (encoding) {
		memcpy(h->still, encoding, s->model->config.encoding * sizeof *encoding);
		wp_nn_scaling_apply(&s->model->encodings, h->still, 1);
	}
	make_still(s, h);
	begin_states(s, h);
}

/* The outputs, which seldom matter any more, are made anew if they do. */
void wp_nn_decoder_copy(struct wp_nn_decoder *s, int to, int from)
{
	struct hypothesis *a = &s->hypotheses[to];
	const struct hypothesis *b = &s->hypotheses[from];
	a->turn = b->turn;
	a->stale = true;
	memcpy(states(s, a, a->turn), states(s, b, b->turn), s->states * sizeof *a->state);
	memcpy(a->still, b->still, s->still * sizeof *a->still);
	memcpy(a->top, b->top, s->width * sizeof *a->top);
	a->past = b->past;
	for (size_t i = 0; i + 1 < s->graph->count && s->context; i++)
		memcpy(a->cache + s->part[i].cache, b->cache + s->part[i].cache,
			b->past * s->part[i].cached * sizeof *a->cache);
	if (b->token)
		memcpy(a->token, b->token, b->past * sizeof *a->token);
	else if (b->values)
		memcpy(a->values, b->values,
			b->past * s->model->config.inputs * sizeof *a->values);
}
