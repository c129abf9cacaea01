/* Whole networks: a batch is the sum of its sequences, and states are carried.  Gradients by
 * finite differences, for every type: nn_types_test.c. */
#define WP_NN_F64

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/blas.h"
#include "nn/net/net.h"
#include "tap.h"

enum { VOCAB = 7, LABELS = 4 };

struct trial {
	struct wp_nn_graph *graph;
	struct wp_nn_context context;
	double *theta;
};

static void check_ok(enum wp_err err)
{
	if (err) {
		printf("Bail out! %s\n", wp_error_detail());
		exit(EXIT_FAILURE);
	}
}

static void set_up(struct trial *t, const struct wp_nn_config *config)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, 11, 0);
	*t = (struct trial){.context.seed = 3};
	check_ok(wp_nn_graph_create(&t->graph, config));
	t->theta = calloc(t->graph->params.size, sizeof *t->theta);
	if (!t->theta)
		abort();
	for (size_t i = 0; i < t->graph->params.size; i++)
		t->theta[i] = 1.6 * wp_rng_double(&rng) - 0.8;
}

static void tear_down(struct trial *t)
{
	wp_nn_graph_free(t->graph);
	free(t->theta);
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
		set_up(&t, &c);
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
	test_sums();
	test_carried();
	return done_testing();
}
