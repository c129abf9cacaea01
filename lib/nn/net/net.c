#include "nn/net/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "nn/kernels/kernels.h"
#include "nn/layers/dropout.h"

/* A node at work. */
struct part {
	const struct wp_nn_node *node;
	void *self;
	struct NN(value) value; /* what it made */
	struct NN(array) d;     /* room for its derivative, where that is not another's */
	int d_of;               /* the node whose d this one's is                       */
	struct NN(array)
		dense;   /* room for what it made as cells, where that is read otherwise */
	bool wanted;     /* its derivative: something below it is trained        */
	bool takes_mean; /* it makes the mean that the node above stands for,  */
	bool passes;     /* which gives on what it gets                        */
	struct NN(array) state[WP_NN_NODE_STATES]; /* carried from batch to batch      */
};

/* What the network reads. */
struct input {
	struct NN(value) value;
	int32_t *words; /* (rows): the row of a table that stands for each token */
	size_t words_room;
	struct NN(array) dense; /* the rows, if they are cells and some node reads numbers */
};

struct NN(net) {
	const struct wp_nn_graph *graph;
	struct wp_nn_context context;
	struct part *part; /* (graph->count); the last one is the output */
	int parts;
	int carried; /* sequences of which there are states */
	struct input input[WP_NN_GRAPH_INPUTS];
	struct NN(array) chosen; /* states on their way */
};

/* ---- Making one ---- */

static const struct NN(life) *life_of(const struct wp_nn_type *type)
{
	return type->output ? &WP_NN_OUTPUT_OPS(type)->life : &WP_NN_LAYER_OPS(type)->life;
}

enum wp_err NN(node_create)(void **self, const struct wp_nn_node *node,
	const struct wp_nn_params *params, const struct wp_nn_context *context)
{
	const struct NN(life) *life = life_of(node->type);
	struct NN(layer) *layer;
	*self = NULL;
	enum wp_err err = wp_alloc(&layer, 1, life->size, "network");
	if (err)
		return err;
	*layer = (struct NN(layer)){node, params, context, NN(kernels)(wp_cpu_isa())};
	err = life->init ? life->init(layer) : WP_OK;
	if (err)
		NN(node_free)(layer);
	else
		*self = layer;
	return err;
}

void NN(node_free)(void *self)
{
	const struct NN(layer) *layer = self;
	if (layer && life_of(layer->node->type)->fini)
		life_of(layer->node->type)->fini(self);
	free(self);
}

/* Has the node parameters that are trained? */
static bool is_trained(const struct NN(net) *n, const struct wp_nn_node *node)
{
	for (int k = 0; k < WP_NN_NODE_PARAMS; k++)
		if (node->param[k] != WP_NN_NONE &&
			!(n->graph->params.param[node->param[k]].flags & WP_NN_FROZEN))
			return true;
	return false;
}

static int readers(const struct NN(net) *n, int i)
{
	int count = 0;
	for (int k = 0; k < n->parts; k++)
		for (int j = 0; j < n->part[k].node->inputs; j++)
			count += n->part[k].node->input[j] == i;
	return count;
}

/* Means of what a node makes row by row, which it can sum up itself. */
static void plan_means(struct NN(net) *n)
{
	for (int i = 0; i < n->parts; i++) {
		const struct wp_nn_node *node = n->part[i].node;
		struct part *below = node->input[0] < 0 ? NULL : &n->part[node->input[0]];
		if (!below || !node->type->is_mean || !node->type->is_mean(node) ||
			!WP_NN_MEAN_OPS(below->node->type) ||
			!below->node->type->has_mean(below->node) ||
			readers(n, node->input[0]) != 1)
			continue;
		below->takes_mean = n->part[i].passes = true;
	}
}

/* Whose derivatives are wanted, and which share their room: where a node alone reads what it
 * could overwrite. */
static void plan_derivatives(struct NN(net) *n)
{
	for (int i = 0; i < n->parts; i++) {
		struct part *p = &n->part[i];
		p->wanted = is_trained(n, p->node);
		for (int k = 0; k < p->node->inputs; k++)
			if (p->node->input[k] >= 0)
				p->wanted |= n->part[p->node->input[k]].wanted;
	}
	for (int i = n->parts - 1; i >= 0; i--) {
		int below = n->part[i].node->input[0];
		bool over = n->part[i].passes || n->part[i].node->type->in_place;
		if (over && below >= 0 && readers(n, below) == 1)
			n->part[below].d_of = n->part[i].d_of;
	}
}

enum wp_err NN(net_create)(struct NN(net) **net, const struct wp_nn_graph *graph,
	const struct wp_nn_context *context)
{
	struct NN(net) *n;
	enum wp_err err = wp_alloc(&n, 1, sizeof *n, "network");
	*net = NULL;
	if (err)
		return err;
	n->graph = graph;
	n->context = *context;
	err = wp_alloc(&n->part, graph->count, sizeof *n->part, "network");
	for (int i = 0; !err && i < (int)graph->count; i++, n->parts++) {
		n->part[i] = (struct part){.node = &graph->node[i], .d_of = i};
		err = NN(node_create)(
			&n->part[i].self, n->part[i].node, &graph->params, &n->context);
	}
	if (err) {
		NN(net_free)(n);
		return err;
	}
	plan_means(n);
	plan_derivatives(n);
	*net = n;
	return WP_OK;
}

void NN(net_free)(struct NN(net) *net)
{
	if (!net)
		return;
	for (int i = 0; i < net->parts; i++) {
		NN(node_free)(net->part[i].self);
		free(net->part[i].d.at);
		free(net->part[i].dense.at);
		for (int k = 0; k < WP_NN_NODE_STATES; k++)
			free(net->part[i].state[k].at);
	}
	for (size_t i = 0; i < net->graph->inputs; i++) {
		free(net->input[i].words);
		free(net->input[i].dense.at);
	}
	free(net->chosen.at);
	free(net->part);
	free(net);
}

/* ---- Running it ---- */

/* The batch of a side of pairs: that of the sources, or that of the targets; of others there is
 * one. */
static const struct NN(batch) *side(const struct NN(batch) *b, const struct wp_nn_shape *shape)
{
	return shape->source ? b->source : b;
}

static size_t rows_of(const struct NN(batch) *b, const struct wp_nn_shape *shape)
{
	return shape->pooled ? (size_t)b->sequences : b->begin[b->steps];
}

/* What a batch has of an input. */
static struct NN(value) value_of(
	const struct NN(batch) *b, const struct wp_nn_graph_input *input)
{
	struct NN(value) value = {
		.width = input->shape.width, .rows = rows_of(b, &input->shape)};
	if (input->kind == WP_NN_READS_ENCODING)
		value.x = b->encoding;
	else if (input->kind == WP_NN_READS_COLUMN)
		value.ids = b->columns[input->column];
	else
		value.x = b->values, value.ids = b->ids,
		value.cells = b->cells.start ? &b->cells : NULL;
	return value;
}

/* The words of the vocabulary may be known by their parts: of pairs, those of the sources. */
static bool has_parts(const struct NN(net) *n, const struct wp_nn_graph_input *input)
{
	const bool pairs =
		n->graph->inputs > 1 && n->graph->input[1].kind == WP_NN_READS_SOURCE;
	return n->context.subwords &&
		input->kind == (pairs ? WP_NN_READS_SOURCE : WP_NN_READS_INPUT);
}

/* Cells as rows of numbers, for nodes that read no others. */
static enum wp_err make_dense(
	struct NN(net) *n, int i, struct NN(value) *value, struct NN(array) *room)
{
	const struct NN(cells) *cells = value->cells;
	bool wanted = false;
	for (int k = 0; k < n->parts; k++)
		for (int j = 0; j < n->part[k].node->inputs; j++)
			wanted |=
				n->part[k].node->input[j] == i && !n->part[k].node->type->cells;
	if (!wanted || !cells || value->x)
		return WP_OK;
	enum wp_err err = NN(reserve)(room, value->rows, value->width, "network");
	if (err)
		return err;
	memset(room->at, 0, value->rows * value->width * sizeof *room->at);
	for (size_t r = 0; r < value->rows; r++)
		for (size_t c = cells->start[r]; c < cells->start[r + 1]; c++)
			room->at[r * value->width + (size_t)cells->col[c]] = cells->value[c];
	value->x = room->at;
	return WP_OK;
}

/* The tokens' rows: the tokens themselves, but for words that are known by their parts alone.
 */
static enum wp_err read_input(
	struct NN(net) *n, const struct wp_nn_graph_input *from, const struct NN(batch) *b)
{
	struct input *input = &n->input[from - n->graph->input];
	const struct wp_subwords *subwords = has_parts(n, from) ? n->context.subwords : NULL;
	input->value = value_of(b, from);
	const int32_t *ids = input->value.ids;
	if (from->kind == WP_NN_READS_ENCODING && !input->value.x &&
		wp_nn_graph_reads(n->graph, WP_NN_READS_ENCODING))
		return wp_fail(
			WP_EINVAL, "batch: no vectors of sequences, which the network reads");
	if (input->value.cells)
		return make_dense(n, WP_NN_THE_INPUT, &input->value, &input->dense);
	if (!ids)
		return WP_OK;
	enum wp_err err = wp_grow(&input->words, &input->words_room, input->value.rows,
		sizeof *input->words, "tokens of a batch");
	if (err)
		return err;
	for (size_t r = 0; r < input->value.rows; r++)
		input->words[r] = subwords ? subwords->row[ids[r]] : ids[r];
	input->value.words = input->words;
	return WP_OK;
}

static enum wp_err read_batch(struct NN(net) *n, const struct NN(batch) *b)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n->graph->inputs && !err; i++)
		if (!b->same_source || !n->graph->input[i].shape.source)
			err = read_input(
				n, &n->graph->input[i], side(b, &n->graph->input[i].shape));
	return err;
}

static struct NN(value) *input_of(struct NN(net) *n, int i, int k)
{
	int from = n->part[i].node->input[k];
	return from < 0 ? &n->input[WP_NN_INPUT(from)].value : &n->part[from].value;
}

/* The pass as a node sees it: over the batch of its side. */
static struct NN(pass) pass_of(const struct NN(pass) *pass, const struct wp_nn_node *node)
{
	struct NN(pass) own = *pass;
	own.batch = side(pass->batch, &node->out);
	return own;
}

/* Room for the states of so many sequences and, of pairs, sources; those that are there may be
 * lost where there were fewer. */
static enum wp_err reserve_states(struct NN(net) *n, int sequences, int sources)
{
	enum wp_err err = WP_OK;
	for (int i = 0; i < n->parts; i++) {
		struct wp_nn_state state[WP_NN_NODE_STATES];
		int count = wp_nn_states(n->part[i].node, state);
		for (int k = 0; k < count && !err; k++)
			err = NN(reserve)(&n->part[i].state[k],
				(size_t)(n->part[i].node->out.source ? sources : sequences),
				state[k].width, "network");
	}
	return err;
}

static const struct NN(layer_ops) *ops_of(const struct part *p)
{
	return p->takes_mean ? WP_NN_MEAN_OPS(p->node->type) : WP_NN_LAYER_OPS(p->node->type);
}

static enum wp_err begin_forward(struct NN(net) *n, const struct NN(batch) *b)
{
	if (b->continues && b->sequences > n->carried)
		return wp_fail(WP_EINVAL,
			"batch: continues, but there are states of %d of %d sequences",
			n->carried, b->sequences);
	const int sources = b->source ? b->source->sequences : 0;
	enum wp_err err = reserve_states(n, b->continues ? 0 : b->sequences, sources);
	n->carried = err || n->graph->looks_ahead ? 0 : b->sequences;
	return err ? err : read_batch(n, b);
}

/* From node `first` on. */
static enum wp_err forward_from(struct NN(net) *n, const struct NN(pass) *pass, int first)
{
	enum wp_err err = WP_OK;
	for (int i = first; i < n->parts - 1 && !err; i++) {
		struct part *p = &n->part[i];
		const struct wp_nn_shape *out = &p->node->out;
		if (pass->batch->same_source && out->source)
			continue;
		const struct NN(value) *in[WP_NN_NODE_INPUTS] = {NULL};
		for (int k = 0; k < p->node->inputs; k++)
			in[k] = input_of(n, i, k);
		const struct NN(pass) own = pass_of(pass, p->node);
		p->value = (struct NN(value)){.width = out->width,
			.rows = p->takes_mean ? (size_t)own.batch->sequences
					      : rows_of(own.batch, out)};
		for (int k = 0; k < WP_NN_NODE_STATES; k++)
			p->value.state[k] = p->state[k].at;
		if (p->passes)
			p->value.x = in[0]->x;
		else
			err = ops_of(p)->forward(p->self, &own, in, &p->value);
		if (!err && p->value.cells)
			err = make_dense(n, i, &p->value, &p->dense);
	}
	return err;
}

static enum wp_err forward(struct NN(net) *n, const struct NN(pass) *pass)
{
	enum wp_err err = begin_forward(n, pass->batch);
	return err ? err : forward_from(n, pass, 0);
}

/* Room for the derivatives that are wanted. */
static enum wp_err begin_backward(struct NN(net) *n)
{
	enum wp_err err = WP_OK;
	for (int i = n->parts - 2; i >= 0 && !err; i--) {
		struct part *p = &n->part[i];
		if (!p->wanted)
			continue;
		if (p->d_of == i)
			err = NN(reserve)(&p->d, p->value.rows, p->value.width, "network");
		p->value.d = n->part[p->d_of].d.at;
	}
	return err;
}

/* From node `first` down. */
static enum wp_err backward(struct NN(net) *n, const struct NN(pass) *pass, int first)
{
	enum wp_err err = WP_OK;
	for (int i = first; i >= 0 && !err; i--) {
		struct part *p = &n->part[i];
		const struct NN(layer_ops) *ops = ops_of(p);
		struct NN(value) *in[WP_NN_NODE_INPUTS] = {NULL};
		if (!p->value.d || !ops->backward)
			continue;
		for (int k = 0; k < p->node->inputs; k++)
			in[k] = input_of(n, i, k);
		/* Nobody read it: no loss depends on it. */
		if (!p->value.d_begun)
			memset(p->value.d, 0, p->value.rows * p->value.width * sizeof(real));
		if (p->passes) {
			in[0]->d_begun = true;
			continue;
		}
		const struct NN(pass) own = pass_of(pass, p->node);
		err = ops->backward(p->self, &own, in, &p->value);
	}
	return err;
}

static struct NN(value) *top(struct NN(net) *n)
{
	return input_of(n, n->parts - 1, 0);
}

const struct NN(value) *NN(net_top)(const struct NN(net) *net)
{
	return top((struct NN(net) *)net);
}

static enum wp_err train(
	struct NN(net) *n, const struct NN(pass) *pass, struct wp_nn_score *score)
{
	const struct part *out = &n->part[n->parts - 1];
	enum wp_err err;
	if ((err = forward(n, pass)) || (err = begin_backward(n)))
		return err;
	/* The output fills it, also where nothing below is trained. */
	struct NN(value) *in = top(n);
	struct NN(array) spare = {0};
	if (!in->d && !(err = NN(reserve)(&spare, in->rows, in->width, "network")))
		in->d = spare.at;
	if (!err) {
		in->d_begun = true;
		err = WP_NN_OUTPUT_OPS(out->node->type)->train(out->self, pass, in, score);
		NN(gradient_settle)(pass->gradient);
	}
	if (spare.at)
		in->d = NULL;
	free(spare.at);
	return err ? err : backward(n, pass, n->parts - 2);
}

/* Gradients that vanish on their way back would pass through many denormal numbers. */
enum wp_err NN(net_train)(struct NN(net) *net, const real *theta, const struct NN(batch) *batch,
	struct NN(gradient) *gradient, struct wp_nn_score *score)
{
	const struct wp_nn_chance chance = {.seed = net->context.seed, .batch = batch->number};
	const struct NN(pass) pass = {.theta = theta,
		.batch = batch,
		.chance = &chance,
		.gradient = gradient,
		.score = score};
	unsigned mode = wp_flush_denormals();
	enum wp_err err = train(net, &pass, score);
	wp_restore_denormals(mode);
	return err;
}

enum wp_err NN(net_predict)(struct NN(net) *n, const real *theta, const struct NN(batch) *b,
	real *outputs, struct wp_nn_score *score)
{
	const struct NN(pass) pass = {.theta = theta, .batch = b, .score = score};
	const struct part *out = &n->part[n->parts - 1];
	unsigned mode = wp_flush_denormals();
	enum wp_err err = forward(n, &pass);
	if (!err && (outputs || score))
		err = WP_NN_OUTPUT_OPS(out->node->type)
			      ->predict(out->self, &pass, top(n), outputs, score);
	wp_restore_denormals(mode);
	return err;
}

const struct NN(value) *NN(net_value)(const struct NN(net) *n, size_t node)
{
	return &n->part[node].value;
}

enum wp_err NN(net_predict_from)(struct NN(net) *n, const real *theta, size_t node,
	const real *x, size_t rows, real *outputs)
{
	const int active[] = {(int)rows};
	const size_t begin[] = {0, rows};
	const struct NN(batch) b = {
		.steps = 1, .sequences = (int)rows, .active = active, .begin = begin};
	const struct NN(pass) pass = {.theta = theta, .batch = &b};
	const struct part *out = &n->part[n->parts - 1];
	n->part[node].value = (struct NN(value)){
		.rows = rows, .width = n->part[node].node->out.width, .x = x};
	n->carried = 0;
	enum wp_err err = reserve_states(n, (int)rows, 0);
	unsigned mode = wp_flush_denormals();
	if (!err)
		err = forward_from(n, &pass, (int)node + 1);
	if (!err)
		err = WP_NN_OUTPUT_OPS(out->node->type)
			      ->predict(out->self, &pass, top(n), outputs, NULL);
	wp_restore_denormals(mode);
	return err;
}

enum wp_err NN(net_predict_last)(
	struct NN(net) *n, const real *theta, const struct NN(batch) *b, real *outputs)
{
	const struct NN(pass) pass = {.theta = theta, .batch = b};
	const struct part *out = &n->part[n->parts - 1];
	unsigned mode = wp_flush_denormals();
	enum wp_err err = forward(n, &pass);
	if (!err) {
		struct NN(value) last = *top(n);
		last.x += b->begin[b->steps - 1] * last.width;
		last.rows = (size_t)b->active[b->steps - 1];
		err = WP_NN_OUTPUT_OPS(out->node->type)
			      ->predict(out->self, &pass, &last, outputs, NULL);
	}
	wp_restore_denormals(mode);
	return err;
}

enum wp_err NN(net_choose)(struct NN(net) *n, const int *from, int count)
{
	for (int i = 0; i < n->parts; i++) {
		struct wp_nn_state state[WP_NN_NODE_STATES];
		int states =
			n->part[i].node->out.source ? 0 : wp_nn_states(n->part[i].node, state);
		for (int k = 0; k < states; k++) {
			const size_t width = state[k].width;
			enum wp_err err =
				NN(reserve)(&n->chosen, (size_t)count, width, "network");
			if (err)
				return err;
			for (size_t s = 0; s < (size_t)count; s++)
				memcpy(n->chosen.at + s * width,
					n->part[i].state[k].at + (size_t)from[s] * width,
					width * sizeof(real));
			const struct NN(array) old = n->part[i].state[k];
			n->part[i].state[k] = n->chosen;
			n->chosen = old;
		}
	}
	n->carried = count;
	return WP_OK;
}

const real *NN(net_attention)(const struct NN(net) *n, size_t node, size_t row, size_t head)
{
	const struct part *p = &n->part[node];
	return WP_NN_LAYER_OPS(p->node->type)->attention(p->self, row, head);
}

enum wp_err NN(net_decode)(struct NN(net) *n, const real *theta, const struct NN(batch) *b,
	size_t count, int32_t *best, double *logprob)
{
	const struct NN(pass) pass = {.theta = theta, .batch = b};
	const struct part *out = &n->part[n->parts - 1];
	return WP_NN_OUTPUT_OPS(out->node->type)
		->decode(out->self, &pass, top(n), count, best, logprob);
}

/* ---- What is left behind ---- */

static const struct part *recurrent(const struct NN(net) *n, size_t number)
{
	const struct wp_nn_node *node = wp_nn_graph_recurrent(n->graph, number);
	return node ? &n->part[node - n->graph->node] : NULL;
}

struct NN(activity) NN(net_activity)(const struct NN(net) *net, size_t layer, int direction)
{
	const struct part *p = recurrent(net, layer);
	return WP_NN_LAYER_OPS(p->node->type)->activity(p->self, direction);
}

enum wp_err NN(net_backpropagate)(struct NN(net) *n, const real *theta,
	const struct NN(batch) *b, size_t layer, const real *d)
{
	const struct NN(pass) pass = {.theta = theta, .batch = b};
	int i = (int)(wp_nn_graph_recurrent(n->graph, layer) - n->graph->node);
	struct NN(value) *value = &n->part[i].value;
	for (int k = 0; k < n->parts; k++)
		n->part[k].value.d_begun = false;
	enum wp_err err = begin_backward(n);
	if (err)
		return err;
	memcpy(value->d, d, value->rows * value->width * sizeof *d);
	value->d_begun = true;
	unsigned mode = wp_flush_denormals();
	err = backward(n, &pass, i);
	wp_restore_denormals(mode);
	return err;
}

size_t NN(net_state_size)(const struct NN(net) *net, int sequences)
{
	size_t size = 0;
	for (int i = 0; i < net->parts; i++)
		if (!net->part[i].node->out.source)
			size += wp_nn_states_size(net->part[i].node);
	return size * (size_t)sequences;
}

/* All states in order, to or from one array. */
static void copy_states(const struct NN(net) *n, int sequences, real *to, const real *from)
{
	for (int i = 0; i < n->parts; i++) {
		struct wp_nn_state state[WP_NN_NODE_STATES];
		int count =
			n->part[i].node->out.source ? 0 : wp_nn_states(n->part[i].node, state);
		for (int k = 0; k < count; k++) {
			size_t size = state[k].width * (size_t)sequences;
			real *own = n->part[i].state[k].at;
			memcpy(to ? to : own, to ? own : from, size * sizeof *own);
			to = to ? to + size : NULL;
			from = from ? from + size : NULL;
		}
	}
}

enum wp_err NN(net_get_state)(const struct NN(net) *net, int sequences, real *state)
{
	if (sequences > net->carried)
		return wp_fail(WP_EINVAL, "states: of %d sequences wanted, but there are %d",
			sequences, net->carried);
	copy_states(net, sequences, state, NULL);
	return WP_OK;
}

enum wp_err NN(net_set_state)(struct NN(net) *net, int sequences, const real *state)
{
	enum wp_err err = reserve_states(net, sequences, 0);
	if (err)
		return err;
	net->carried = sequences;
	copy_states(net, sequences, NULL, state);
	return WP_OK;
}
