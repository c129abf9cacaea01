/* Whole networks: every parameter's gradient against finite differences in double precision,
 * for every cell, depth, direction, kind of input, task and kind of dropout. */
#define WP_NN_F64

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/blas.h"
#include "nn/train/gradient_check.h"
#include "nn/net/net.h"
#include "tap.h"

enum { STEPS = 6, SEQUENCES = 3, ROWS = 12, VOCAB = 7, LABELS = 4, MOST = 20 };

/* Sequences of 6, 4 and 2 steps; or of 4 steps each. */
static const int uneven[] = {3, 3, 2, 2, 1, 1}, even[] = {3, 3, 3, 3};
static const size_t uneven_begin[] = {0, 3, 6, 8, 10, 11, 12}, even_begin[] = {0, 3, 6, 9, 12};

struct trial {
	struct wp_nn_config config;
	struct wp_nn_graph *graph;
	struct wp_nn_context context;
	struct wp_nn_check_case which;
	double *theta, values[ROWS * 3], targets[ROWS * 2];
	int32_t ids[ROWS], classes[ROWS];
	int64_t counts[MOST];
	size_t begin_parts[VOCAB + 1];
	int32_t part[MOST], row[VOCAB];
	struct wp_subwords subwords;
};

static void check_ok(enum wp_err err)
{
	if (err) {
		printf("Bail out! %s\n", wp_error_detail());
		exit(EXIT_FAILURE);
	}
}

/* The config, complete; everything drawn at random. */
static void set_up(struct trial *t, const struct wp_nn_config *config, bool all_even)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 11, 0);
	*t = (struct trial){.config = *config};
	check_ok(wp_nn_graph_create(&t->graph, &t->config));
	t->theta = calloc(t->graph->params.size, sizeof *t->theta);
	if (!t->theta)
		abort();
	for (size_t p = 0; p < t->graph->params.count; p++)
		for (size_t i = 0;
			i < t->graph->params.param[p].rows * t->graph->params.param[p].cols;
			i++)
			t->theta[t->graph->params.param[p].offset + i] =
				1.6 * wp_rng_double(&rng) - 0.8;
	for (size_t i = 0; i < sizeof t->values / sizeof *t->values; i++)
		t->values[i] = 2 * wp_rng_double(&rng) - 1;
	for (size_t i = 0; i < sizeof t->targets / sizeof *t->targets; i++)
		t->targets[i] = 2 * wp_rng_double(&rng) - 1;
	for (int r = 0; r < ROWS; r++) {
		t->ids[r] = (int32_t)wp_rng_below(&rng, VOCAB);
		t->classes[r] = (int32_t)wp_rng_below(&rng, (uint32_t)config->outputs);
	}
	for (int i = 0; i < MOST; i++)
		t->counts[i] = 1 + wp_rng_below(&rng, 9);
	for (int w = 0; w < VOCAB; w++) { /* two parts of each word; the last has no row */
		t->begin_parts[w + 1] = 2 * (size_t)w + 2;
		t->part[2 * w] = (int32_t)wp_rng_below(&rng, 3);
		t->part[2 * w + 1] = (int32_t)wp_rng_below(&rng, 3);
		t->row[w] = w < VOCAB - 1 ? w : -1;
	}
	t->subwords = (struct wp_subwords){.buckets = 3,
		.words = VOCAB,
		.begin = t->begin_parts,
		.part = t->part,
		.row = t->row};
	t->context = (struct wp_nn_context){.subwords = config->subwords ? &t->subwords : NULL,
		.input_counts = t->counts,
		.class_counts = t->counts,
		.seed = 3};
	t->which = (struct wp_nn_check_case){.graph = t->graph,
		.context = &t->context,
		.theta = t->theta,
		.steps = all_even ? 4 : STEPS,
		.sequences = SEQUENCES,
		.active = all_even ? even : uneven,
		.begin = all_even ? even_begin : uneven_begin,
		.ids = config->input == WP_NN_REAL ? NULL : t->ids,
		.values = config->input == WP_NN_REAL ? t->values : NULL,
		.classes = config->task == WP_NN_REGRESS ? NULL : t->classes,
		.targets = config->task == WP_NN_REGRESS ? t->targets : NULL,
		.number = 5};
}

static void tear_down(struct trial *t)
{
	wp_nn_graph_free(t->graph);
	free(t->theta);
}

static void check(
	const struct wp_nn_config *config, bool all_even, bool continues, const char *more)
{
	struct trial t;
	struct wp_nn_check result;
	set_up(&t, config, all_even);
	t.which.continues = continues;
	check_ok(wp_nn_check_case(&result, &t.which));
	ok(result.error >= 0 && result.error < 1e-6 && result.compared > 0,
		"%s, %d layers of %d%s, %s in, %s%s%s%s: %zu gradients to %.1e",
		wp_nn_cells[config->cell], config->layers, config->hidden,
		config->bidirectional ? " both ways" : "", wp_nn_inputs[config->input],
		wp_nn_tasks[config->task].name, all_even ? ", even" : "",
		continues ? ", going on" : "", more, result.compared, result.error);
	if (!(result.error < 1e-6))
		printf("# %s %zu: %g, but by differences %g\n",
			t.graph->params.param[result.param].name, result.element,
			result.gradient, result.difference);
	tear_down(&t);
}

static struct wp_nn_config config_of(enum wp_nn_cell_kind cell, enum wp_nn_task task)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.cell = cell;
	c.task = task;
	c.hidden = 5;
	c.inputs = VOCAB;
	c.outputs = task == WP_NN_LM ? VOCAB : task == WP_NN_REGRESS ? 2 : LABELS;
	return c;
}

static void set_input(struct wp_nn_config *c, enum wp_nn_input input)
{
	c->input = input;
	if (input == WP_NN_EMBEDDING)
		c->embedding = 3;
	if (input == WP_NN_REAL)
		c->inputs = 3;
}

/* Every cell, depth and direction, as a tagger or, going on, a language model. */
static void test_cells(void)
{
	for (int cell = WP_NN_ELMAN; cell <= WP_NN_GRU_RESET_BEFORE; cell++)
		for (int shape = 0; shape < 4; shape++) {
			struct wp_nn_config c =
				config_of((enum wp_nn_cell_kind)cell, WP_NN_TAG);
			c.layers = 1 + shape / 2;
			c.bidirectional = shape % 2;
			c.no_bias = shape == 3;
			if (cell == WP_NN_JORDAN && shape)
				continue;
			for (int input = WP_NN_ONEHOT; input <= WP_NN_REAL; input++) {
				struct wp_nn_config d = c;
				set_input(&d, (enum wp_nn_input)input);
				check(&d, false, false, "");
			}
			check(&c, true, false, "");
			struct wp_nn_config lm =
				config_of((enum wp_nn_cell_kind)cell, WP_NN_LM);
			lm.layers = c.layers;
			if (!c.bidirectional) {
				check(&lm, false, true, "");
				check(&lm, true, true, "");
			}
		}
}

static void test_activations(void)
{
	for (int cell = WP_NN_ELMAN; cell <= WP_NN_JORDAN; cell++)
		for (int f = WP_NN_RELU; f <= WP_NN_SIGMOID; f++) {
			struct wp_nn_config c =
				config_of((enum wp_nn_cell_kind)cell, WP_NN_TAG);
			c.activation = (enum wp_nn_activation)f;
			check(&c, false, false, f == WP_NN_RELU ? ", ReLU" : ", sigmoid");
		}
}

static void test_tasks(void)
{
	static const char *const poolings[] = {", last", ", mean", ", max"};
	for (int pooling = WP_NN_LAST; pooling <= WP_NN_MAX; pooling++) {
		struct wp_nn_config c = config_of(WP_NN_LSTM, WP_NN_CLASSIFY);
		c.bidirectional = true;
		c.pooling = (enum wp_nn_pooling)pooling;
		check(&c, false, false, poolings[pooling]);
		c = config_of(WP_NN_GRU, WP_NN_REGRESS);
		c.pooling = (enum wp_nn_pooling)pooling;
		check(&c, false, false, poolings[pooling]);
	}
	struct wp_nn_config c = config_of(WP_NN_LSTM, WP_NN_REGRESS);
	c.each_step = true;
	set_input(&c, WP_NN_REAL);
	check(&c, false, false, ", each step");
	c.cell = WP_NN_JORDAN;
	check(&c, false, false, ", each step");
	check(&c, false, true, ", each step");

	c = config_of(WP_NN_GRU, WP_NN_LM);
	set_input(&c, WP_NN_EMBEDDING);
	c.embedding = c.hidden;
	c.tied = true;
	check(&c, false, false, ", tied");
	c = config_of(WP_NN_LSTM, WP_NN_LM);
	c.softmax = WP_NN_SAMPLED;
	c.samples = 3;
	check(&c, false, false, ", sampled softmax");
	c.softmax = WP_NN_HIERARCHICAL;
	check(&c, false, false, ", hierarchical softmax");
}

static void test_inputs(void)
{
	struct wp_nn_config c = config_of(WP_NN_LSTM, WP_NN_TAG);
	set_input(&c, WP_NN_EMBEDDING);
	c.subwords = 3;
	check(&c, false, false, ", subwords");
	c.freeze = true;
	check(&c, false, false, ", subwords, frozen");
	c.subwords = 0;
	check(&c, false, false, ", frozen");
	c.freeze = false;
	c.word_dropout = 3;
	c.unknown = 0;
	check(&c, false, false, ", word dropout");
}

static void test_dropout(void)
{
	for (int cell = WP_NN_ELMAN; cell <= WP_NN_GRU_RESET_BEFORE; cell++) {
		struct wp_nn_config c = config_of((enum wp_nn_cell_kind)cell, WP_NN_TAG);
		set_input(&c, WP_NN_EMBEDDING);
		c.dropout = 0.3;
		c.layers = cell == WP_NN_JORDAN ? 1 : 2;
		check(&c, false, false, ", dropout");
		c.bidirectional = cell != WP_NN_JORDAN;
		c.variational = true;
		check(&c, false, false, ", variational dropout");
		if (cell == WP_NN_JORDAN)
			continue;
		c.recurrent_dropout = 0.4;
		check(&c, false, false, ", recurrent dropout");
		check(&c, true, false, ", recurrent dropout");
		c.bidirectional = false;
		check(&c, false, true, ", recurrent dropout");
	}
}

/* ---- A batch is the sum of its sequences ---- */

enum { LONG = 150, MANY = 9, WIDE = 60 };

struct packed {
	int active[LONG];
	size_t begin[LONG + 1];
	int32_t ids[LONG * MANY], classes[LONG * MANY];
};

/* Sequences [first, first + count) of those that data holds: (MANY, LONG). */
static struct wp_nn64_batch pack(
	struct packed *p, const struct packed *data, const int *lengths, int first, int count)
{
	int t = 0;
	for (p->begin[0] = 0; t < LONG && lengths[first] > t; t++) {
		size_t at = p->begin[t];
		p->active[t] = 0;
		for (int b = first; b < first + count && lengths[b] > t; b++, at++) {
			p->ids[at] = data->ids[b * LONG + t];
			p->classes[at] = data->classes[b * LONG + t];
			p->active[t]++;
		}
		p->begin[t + 1] = at;
	}
	return (struct wp_nn64_batch){.steps = t,
		.sequences = count,
		.active = p->active,
		.begin = p->begin,
		.ids = p->ids,
		.classes = p->classes};
}

/* Long and wide enough that a batch is worked through in several chunks, and a sequence in one:
 * see nn/layers/recurrent.c. */
static void test_sum(enum wp_nn_cell_kind cell, bool all_even, bool bidirectional)
{
	static struct packed data, packed;
	struct wp_rng rng;
	struct wp_nn_config c = config_of(cell, WP_NN_TAG);
	struct wp_nn_graph *graph;
	struct wp_nn_context context = {.seed = 1};
	struct wp_nn64_net *net;
	struct wp_nn64_gradient *whole, *parts;
	struct wp_nn_score score_whole = {0}, score_parts = {0};
	int lengths[MANY];
	c.hidden = WIDE;
	c.bidirectional = bidirectional;
	wp_rng_seed(&rng, 4, 4);
	for (int b = 0; b < MANY; b++)
		lengths[b] = all_even ? LONG : LONG - b * 3;
	for (int i = 0; i < LONG * MANY; i++) {
		data.ids[i] = (int32_t)wp_rng_below(&rng, VOCAB);
		data.classes[i] = (int32_t)wp_rng_below(&rng, LABELS);
	}
	check_ok(wp_nn_graph_create(&graph, &c));
	check_ok(wp_nn64_net_create(&net, graph, &context));
	check_ok(wp_nn64_gradient_create(&whole, &graph->params));
	check_ok(wp_nn64_gradient_create(&parts, &graph->params));
	double *theta = calloc(graph->params.size, sizeof *theta), worst = 0, most = 0;
	if (!theta)
		abort();
	for (size_t i = 0; i < graph->params.size; i++)
		theta[i] = 0.4 * wp_rng_double(&rng) - 0.2;

	struct wp_nn64_batch batch = pack(&packed, &data, lengths, 0, MANY);
	check_ok(wp_nn64_net_train(net, theta, &batch, whole, &score_whole));
	for (int b = 0; b < MANY; b++) {
		batch = pack(&packed, &data, lengths, b, 1);
		check_ok(wp_nn64_net_train(net, theta, &batch, parts, &score_parts));
	}
	for (size_t i = 0; i < graph->params.size; i++) {
		worst = fmax(worst, fabs(whole->value[i] - parts->value[i]));
		most = fmax(most, fabs(whole->value[i]));
	}
	ok(fabs(score_whole.loss - score_parts.loss) < 1e-9 && worst < 1e-10 * most &&
			most > 0 && score_whole.targets == score_parts.targets,
		"%s%s%s: a batch is the sum of its sequences, to %.1e", wp_nn_cells[cell],
		bidirectional ? " both ways" : "", all_even ? ", even" : "", worst / most);
	wp_nn64_net_free(net);
	wp_nn64_gradient_free(whole);
	wp_nn64_gradient_free(parts);
	wp_nn_graph_free(graph);
	free(theta);
}

static void test_sums(void)
{
	for (int cell = WP_NN_ELMAN; cell <= WP_NN_GRU_RESET_BEFORE; cell++)
		for (int shape = 0; shape < (cell == WP_NN_JORDAN ? 2 : 4); shape++)
			test_sum((enum wp_nn_cell_kind)cell, shape % 2, shape / 2);
}

/* What is carried on: two halves of a batch give the loss of the whole. */
static void test_carried(void)
{
	for (int cell = WP_NN_ELMAN; cell <= WP_NN_GRU_RESET_BEFORE; cell++) {
		static struct packed data, packed;
		struct trial t;
		struct wp_nn64_net *net;
		struct wp_nn_score whole = {0}, halves = {0}, again = {0};
		struct wp_nn_config c = config_of((enum wp_nn_cell_kind)cell, WP_NN_LM);
		int lengths[] = {8, 8, 8};
		c.layers = cell == WP_NN_JORDAN ? 1 : 2;
		set_up(&t, &c, true);
		for (int i = 0; i < LONG * MANY; i++) {
			data.ids[i] = i * i % VOCAB;
			data.classes[i] = (i * i + i) % VOCAB;
		}
		check_ok(wp_nn64_net_create(&net, t.graph, &t.context));
		struct wp_nn64_batch batch = pack(&packed, &data, lengths, 0, 3);
		check_ok(wp_nn64_net_predict(net, t.theta, &batch, NULL, &whole));
		batch.steps = 4;
		check_ok(wp_nn64_net_predict(net, t.theta, &batch, NULL, &halves));
		double *state = calloc(wp_nn64_net_state_size(net, 3), sizeof *state);
		check_ok(wp_nn64_net_get_state(net, 3, state));
		batch.continues = true;
		batch.ids += 12;
		batch.classes += 12;
		check_ok(wp_nn64_net_predict(net, t.theta, &batch, NULL, &halves));
		check_ok(wp_nn64_net_set_state(net, 3, state));
		check_ok(wp_nn64_net_predict(net, t.theta, &batch, NULL, &again));
		check_ok(wp_nn64_net_set_state(net, 3, state));
		struct wp_nn_score third = {0};
		check_ok(wp_nn64_net_predict(net, t.theta, &batch, NULL, &third));
		ok(fabs(whole.loss - halves.loss) < 1e-10 && again.loss > 0 &&
				fabs(again.loss - third.loss) < 1e-13,
			"%s: states are carried on, taken and set", wp_nn_cells[cell]);
		free(state);
		wp_nn64_net_free(net);
		tear_down(&t);
	}
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	test_cells();
	test_activations();
	test_tasks();
	test_inputs();
	test_dropout();
	test_sums();
	test_carried();
	return done_testing();
}
