/* Every type of layer and output, in the networks that it brings itself (its cases): gradients
 * against finite differences in double precision, one step at a time against whole sequences,
 * and its words. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "math/blas.h"
#include "nn/core/step.h"
#include "nn/net/graph.h"
#include "nn/net/types.h"
#include "nn/train/gradient_check.h"
#include "nn_steps.h"

enum { SEQUENCES = 3, ROWS = 12, VOCAB = 7, LABELS = 4, NUMBERS = 3, VALUES = 3, ENCODING = 3 };

/* What cases may read beside the tokens. */
static const struct wp_nn_column a_column[] = {{.name = "pos", .values = VALUES}};

/* Sequences of 6, 4 and 2 steps; or of 4 steps each. */
static const int uneven[] = {3, 3, 2, 2, 1, 1}, even[] = {3, 3, 3, 3};
static const size_t uneven_begin[] = {0, 3, 6, 8, 10, 11, 12}, even_begin[] = {0, 3, 6, 9, 12};

static const int source_active[] = {3, 2, 2, 2, 1}, source_of[] = {2, 0, 1};
static const size_t source_begin[] = {0, 3, 5, 7, 9, 10};

static struct wp_nn_config config_of(const struct wp_nn_case *which)
{
	struct wp_nn_config c;
	wp_nn_config_default(&c);
	c.net = which->net;
	c.task = (enum wp_nn_task)which->task;
	c.input = which->numbers ? WP_NN_REAL : WP_NN_ONEHOT;
	c.each_step = c.task == WP_NN_REGRESS && !which->at_end;
	c.inputs = which->numbers ? NUMBERS : VOCAB;
	c.outputs = c.task == WP_NN_LM || c.task == WP_NN_TRANSLATE ? VOCAB
		: wp_nn_tasks[c.task].numbers                       ? NUMBERS
								    : LABELS;
	c.unknown = which->numbers ? -1 : 0;
	c.column = a_column;
	c.columns = strstr(which->net, "column.pos") != NULL;
	c.encoding = ENCODING; /* for those that read it */
	return c;
}

/* As cells: every other zero is one, too, as it may be. */
static void make_cells(const float *x, size_t *start, int32_t *col, float *value)
{
	size_t n = start[0] = 0;
	for (int i = 0; i < ROWS * NUMBERS; i++) {
		if (x[i] != 0 || i % 2) {
			col[n] = i % NUMBERS;
			value[n++] = x[i];
		}
		start[i / NUMBERS + 1] = n;
	}
}

static void check_gradients(
	const struct wp_nn_model *m, bool all_even, bool continues, bool counts, bool as_cells)
{
	const struct wp_nn_config *c = &m->config;
	const struct wp_nn_context context = {.subwords = wp_nn_model_parts(m),
		.input_counts = m->counts,
		.class_counts = m->counts,
		.seed = 3};
	float values[ROWS * NUMBERS], targets[ROWS * NUMBERS], encoding[SEQUENCES * ENCODING];
	int32_t ids[ROWS], classes[ROWS], col[ROWS * NUMBERS], source_ids[ROWS], column[ROWS];
	const int32_t *const columns[] = {column};
	size_t start[ROWS + 1];
	float cell[ROWS * NUMBERS];
	const bool itself = wp_nn_tasks[c->task].itself;
	struct wp_rng rng;
	wp_rng_seed(&rng, 11, 0);
	for (int i = 0; i < ROWS * NUMBERS; i++) {
		values[i] = 2 * wp_rng_float(&rng) - 1;
		targets[i] = 2 * wp_rng_float(&rng) - 1;
		if (counts)
			values[i] = (float)wp_rng_below(&rng, 4);
		else if (itself && i % 3 == 0)
			values[i] = 0;
	}
	make_cells(values, start, col, cell);
	for (int i = 0; i < SEQUENCES * ENCODING; i++)
		encoding[i] = 2 * wp_rng_float(&rng) - 1;
	for (int r = 0; r < ROWS; r++) {
		ids[r] = (int32_t)wp_rng_below(&rng, VOCAB);
		classes[r] = (int32_t)wp_rng_below(&rng, (uint32_t)c->outputs);
		source_ids[r] = (int32_t)wp_rng_below(&rng, VOCAB);
		column[r] = (r * r + 1) % (VALUES + 1) - 1; /* some are unknown */
	}
	/* Sources of 5, 4 and 1 tokens, of other targets than those of the same length. */
	const struct wp_nn_batch source = {.steps = 5,
		.sequences = SEQUENCES,
		.active = source_active,
		.begin = source_begin,
		.ids = source_ids};
	const bool values_in = c->input == WP_NN_REAL, numbers = wp_nn_tasks[c->task].numbers;
	const struct wp_nn_batch batch = {.steps = all_even ? 4 : 6,
		.sequences = SEQUENCES,
		.active = all_even ? even : uneven,
		.begin = all_even ? even_begin : uneven_begin,
		.ids = values_in ? NULL : ids,
		.values = values_in && !as_cells ? values : NULL,
		.cells = {as_cells ? start : NULL, col, cell},
		.classes = numbers ? NULL : classes,
		.targets = as_cells ? NULL
			: itself    ? values
			: numbers   ? targets
				    : NULL,
		.source = c->task == WP_NN_TRANSLATE ? &source : NULL,
		.source_of = source_of,
		.columns = columns,
		.encoding = c->encoding ? encoding : NULL,
		.continues = continues,
		.number = 5};
	struct wp_nn_check check;
	enum wp_err err =
		wp_nn_check_gradients(&check, m->graph, &context, m->theta, &batch, NULL);
	bool right = !err && check.error >= 0 && check.error < 1e-6 && check.compared > 0;
	ok(right, "%s: %s%s%s%s: %zu gradients to %.1e", wp_nn_tasks[c->task].name, m->net,
		all_even ? ", even" : "", continues ? ", continuing" : "",
		as_cells ? ", of cells" : "", check.compared, check.error);
	if (err)
		printf("# %s\n", wp_error_detail());
	else if (!right)
		printf("# %s %zu: %g, but by differences %g\n",
			m->params->param[check.param].name, check.element, check.gradient,
			check.difference);
}

static bool has_type(const struct wp_nn_graph *g, const struct wp_nn_type *type)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->node[i].type == type)
			return true;
	return false;
}

static bool is_same(struct wp_output *a, struct wp_output *b)
{
	size_t n, m;
	const char *x = wp_output_collected(a, &n), *y = wp_output_collected(b, &m);
	return n == m && memcmp(x, y, n) == 0;
}

/* What a network prints is a network that prints the same, of the same parameters. */
static void check_words(const struct wp_nn_graph *g, const struct wp_nn_config *config)
{
	struct wp_output *first, *second;
	struct wp_nn_graph *again;
	struct wp_nn_config c = *config;
	size_t n;
	if (wp_output_memory(&first) || wp_output_memory(&second))
		abort();
	bool right = !wp_nn_graph_print(first, g) && !wp_output_write(first, "", 1);
	c.net = wp_output_collected(first, &n);
	right = right && !wp_nn_graph_create(&again, &c);
	right = right && !wp_nn_graph_print(second, again) && !wp_output_write(second, "", 1) &&
		is_same(first, second) && again->params.size == g->params.size;
	ok(right, "in words: %s", c.net);
	if (right)
		wp_nn_graph_free(again);
	wp_output_discard(first);
	wp_output_discard(second);
}

/* Can all nodes of the network go one step at a time? */
static bool steps(const struct wp_nn_graph *g)
{
	bool all = !g->looks_ahead && !wp_nn_graph_output(g)->in[0].pooled &&
		!wp_nn_graph_reads(g, WP_NN_READS_COLUMN) &&
		!wp_nn_graph_reads(g, WP_NN_READS_SOURCE);
	for (size_t i = 0; i < g->count; i++)
		all = all && g->node[i].type->step;
	return all;
}

static void test_case(const struct wp_nn_type *type, const struct wp_nn_case *which)
{
	struct wp_nn_config c = config_of(which);
	struct wp_nn_model m;
	if (make_model(&m, &c, "UNKNOWN_TOKEN", 0.8f)) {
		ok(false, "%s: %s", which->net, wp_error_detail());
		return;
	}
	ok(has_type(m.graph, type), "a case of %s: %s", type->name, which->net);
	const bool itself = wp_nn_tasks[c.task].itself, counts = itself && which->at_end;
	check_gradients(&m, false, false, counts, false);
	check_gradients(&m, true, false, counts, itself);
	if (itself)
		check_gradients(&m, false, false, counts, true);
	else if (!wp_nn_graph_whole(m.graph) && !wp_nn_at_end(&c)) {
		check_gradients(&m, false, true, false, false);
		check_gradients(&m, true, true, false, false);
	}
	check_words(m.graph, &c);
	wp_nn_model_fini(&m);
}

/* Is there a case in which the type steps?  If so, its steps are those of whole sequences. */
static void test_steps(const struct wp_nn_type *type)
{
	bool stepped = false;
	for (const struct wp_nn_case *which = type->cases; which->net; which++) {
		struct wp_nn_config c = config_of(which);
		struct wp_nn_graph *g;
		if (wp_nn_graph_create(&g, &c))
			continue;
		if (steps(g)) {
			/* No length is a multiple of a vector's. */
			if (c.inputs == VOCAB)
				c.inputs = 37;
			if (c.outputs == VOCAB)
				c.outputs = 37;
			agree(which->net, &c);
			stepped = true;
		}
		wp_nn_graph_free(g);
	}
	ok(stepped == (type->step != NULL), "%s: %s", type->name,
		type->step ? "steps in some case" : "does not step");
}

int main(void)
{
	static const char *const isa_names[] = {"plain", "avx2", "avx512"};
	if (wp_blas_start(4))
		return 1;
	for (int i = 0; wp_nn_types[i]; i++) {
		const struct wp_nn_type *type = wp_nn_types[i];
		ok(type->cases && type->cases->net, "%s brings cases", type->name);
		for (const struct wp_nn_case *c = type->cases; c && c->net; c++)
			test_case(type, c);
	}
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= WP_ISA_AVX512; isa++) {
		setenv("WORDPIPE_ISA", isa_names[isa], 1);
		if (wp_cpu_isa() != isa) {
			skip("not on this machine", "%s", isa_names[isa]);
			continue;
		}
		printf("# %s\n", isa_names[isa]);
		for (int i = 0; wp_nn_types[i]; i++)
			test_steps(wp_nn_types[i]);
	}
	return done_testing();
}
