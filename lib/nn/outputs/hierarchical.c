/* Hierarchical softmax (Morin & Bengio 2005) over a Huffman tree, as word2vec's: each inner
 * node is a logistic regression, which decides where the path to the class turns, and a class's
 * probability is the product along its path.  So a class costs as many rows as its path is
 * long. */

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/huffman.h"
#include "nn/outputs/output.h"

struct NN(hierarchical) {
	const struct NN(kernels) *kernels;
	struct wp_huffman code;
	/* (classes - 1): where each turn leads: to an inner node, or to class c as ~c.  Parents
	 * have greater numbers than their children; the root is classes - 2. */
	int32_t (*child)[2];
	real *log_p; /* (classes - 1): room for those of the nodes */
};

static void free_tree(struct NN(hierarchical) *tree)
{
	if (!tree)
		return;
	wp_huffman_fini(&tree->code);
	free(tree->child);
	free(tree->log_p);
	free(tree);
}

/* counts: (classes), two classes or more. */
static enum wp_err create_tree(
	struct NN(hierarchical) **tree, const int64_t *counts, size_t classes)
{
	struct NN(hierarchical) *t;
	int64_t *weight = NULL;
	*tree = NULL;
	if (!counts)
		return wp_fail(WP_EINVAL, "hierarchical softmax: needs the classes' counts");
	enum wp_err err = wp_alloc(&t, 1, sizeof *t, "tree");
	if (err)
		return err;
	t->kernels = NN(kernels)(wp_cpu_isa());
	if ((err = wp_alloc(&weight, classes, sizeof *weight, "tree")) ||
		(err = wp_alloc(&t->child, classes - 1, sizeof *t->child, "tree")) ||
		(err = wp_alloc(&t->log_p, classes - 1, sizeof *t->log_p, "tree")))
		goto out;
	/* Classes that never occur get a place at all, but no chain of them. */
	for (size_t i = 0; i < classes; i++)
		weight[i] = counts[i] > 0 ? counts[i] : 1;
	if ((err = wp_huffman_init(&t->code, weight, classes)))
		goto out;
	for (size_t i = 0; i < classes; i++)
		for (uint64_t k = t->code.begin[i]; k < t->code.begin[i + 1]; k++)
			t->child[t->code.nodes[k]][t->code.turns[k]] =
				k + 1 < t->code.begin[i + 1] ? t->code.nodes[k + 1]
							     : ~(int32_t)i;
out:
	free(weight);
	if (err)
		free_tree(t);
	else
		*tree = t;
	return err;
}

/* log(1 + e^x): minus the logarithm of the probability of a turn against logit x. */
static real softplus(real x)
{
#ifdef WP_NN_F64
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
#else
	return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x));
#endif
}

static real logistic(real x)
{
#ifdef WP_NN_F64
	return 1 / (1 + exp(-x));
#else
	return 1 / (1 + expf(-x));
#endif
}

/* The logit of turn 1 at a node. */
static real logit(const struct NN(hierarchical) *tree, const struct NN(output_rows) *o,
	size_t row, int32_t node)
{
	real x = tree->kernels->dot(
		o->x + row * o->width, o->weight + (size_t)node * o->width, o->width);
	return o->bias ? x + o->bias[node] : x;
}

/* Loss and gradient, added to score and gradient.  A class counts as correct here where every
 * turn to it is the likelier one. */
static void train_rows(const struct NN(hierarchical) *tree, const struct NN(output_rows) *o)
{
	const struct wp_huffman *code = &tree->code;
	for (size_t r = 0; r < o->rows; r++) {
		const real *x = o->x + r * o->width;
		real *d_x = o->d_x + r * o->width;
		bool correct = true;
		for (size_t i = 0; i < o->width; i++)
			d_x[i] = 0;
		if (o->target[r] < 0)
			continue;
		uint64_t end = code->begin[o->target[r] + 1];
		for (uint64_t k = code->begin[o->target[r]]; k < end; k++) {
			int32_t node = code->nodes[k];
			real a = logit(tree, o, r, node);
			real d = logistic(a) - code->turns[k];
			correct = correct && (a > 0) == code->turns[k];
			o->score->loss += (double)softplus(code->turns[k] ? -a : a);
			tree->kernels->add_scaled(
				d_x, d, o->weight + (size_t)node * o->width, o->width);
			tree->kernels->add_scaled(
				NN(gradient_touch)(o->gradient, o->weight_param, node), d, x,
				o->width);
			if (o->d_bias)
				o->d_bias[node] += d;
		}
		o->score->targets++;
		o->score->correct += correct;
	}
}

/* The log-probability of a class. */
static double log_probability(const struct NN(hierarchical) *tree,
	const struct NN(output_rows) *o, size_t row, int32_t class_)
{
	const struct wp_huffman *code = &tree->code;
	double sum = 0;
	for (uint64_t k = code->begin[class_]; k < code->begin[class_ + 1]; k++) {
		real a = logit(tree, o, row, code->nodes[k]);
		sum -= (double)softplus(code->turns[k] ? -a : a);
	}
	return sum;
}

/* Is there a class below `node` whose log-probability is above `least`, where the node itself
 * has log_p?  Likelier branches first, and none that is too unlikely as a whole: where p is the
 * probability to beat, those are at most 1 / p paths. */
static bool likelier(const struct NN(hierarchical) *tree, const struct NN(output_rows) *o,
	size_t row, int32_t node, double log_p, double least)
{
	if (!(log_p > least))
		return false;
	if (node < 0)
		return true;
	real a = logit(tree, o, row, node);
	int turn = a > 0;
	const int32_t *child = tree->child[node];
	return likelier(tree, o, row, child[turn], log_p - (double)softplus(turn ? -a : a),
		       least) ||
		likelier(tree, o, row, child[!turn], log_p - (double)softplus(turn ? a : -a),
			least);
}

/* Loss and correctness alone, of the exact distribution: follows a few paths of the tree. */
static void score_rows(const struct NN(hierarchical) *tree, const struct NN(output_rows) *o)
{
	int32_t root = (int32_t)o->classes - 2;
	for (size_t r = 0; r < o->rows; r++) {
		if (o->target[r] < 0)
			continue;
		double log_p = log_probability(tree, o, r, o->target[r]);
		/* Its own path, added up in the same order, gives exactly log_p again. */
		o->score->correct += !likelier(tree, o, r, root, 0, log_p);
		o->score->loss -= log_p;
		o->score->targets++;
	}
}

/* logits (rows, classes - 1), those of all nodes without o->bias, to log_p (rows, classes). */
static void log_softmax(const struct NN(hierarchical) *tree, const struct NN(output_rows) *o,
	size_t rows, const real *logits, real *log_p)
{
	size_t nodes = o->classes - 1;
	for (size_t r = 0; r < rows; r++, logits += nodes, log_p += o->classes) {
		tree->log_p[nodes - 1] = 0;
		for (size_t node = nodes; node-- > 0;) {
			real a = logits[node] + (o->bias ? o->bias[node] : 0);
			for (int turn = 0; turn < 2; turn++) {
				int32_t child = tree->child[node][turn];
				real p = tree->log_p[node] - softplus(turn ? -a : a);
				*(child < 0 ? &log_p[~child] : &tree->log_p[child]) = p;
			}
		}
	}
}

/* ---- The output ---- */

struct NN(hierarchical_output) {
	struct NN(output) output;
	struct NN(hierarchical) *tree;
};

static void fini(void *self)
{
	free_tree(((struct NN(hierarchical_output) *)self)->tree);
	NN(output_fini)(self);
}

static enum wp_err init(void *self)
{
	struct NN(hierarchical_output) *h = self;
	enum wp_err err = NN(output_init)(self);
	return err ? err
		   : create_tree(&h->tree, h->output.context->class_counts, h->output.classes);
}

static enum wp_err train(void *self, const struct NN(pass) *pass, struct NN(value) *in,
	struct wp_nn_score *score)
{
	struct NN(hierarchical_output) *h = self;
	struct NN(output_rows) rows = NN(output_rows_of)(&h->output, pass, in, score, true);
	train_rows(h->tree, &rows);
	return WP_OK;
}

static void outputs(struct NN(output) *o, const struct NN(output_rows) *rows, size_t row,
	size_t count, real *to)
{
	(void)row;
	log_softmax(((struct NN(hierarchical_output) *)o)->tree, rows, count, o->block.at, to);
}

static enum wp_err predict(void *self, const struct NN(pass) *pass, const struct NN(value) *in,
	real *to, struct wp_nn_score *score)
{
	static const struct NN(output_block) block = {.outputs = outputs};
	struct NN(hierarchical_output) *h = self;
	struct NN(output_rows) rows = NN(output_rows_of)(&h->output, pass, in, score, false);
	if (score && rows.target)
		score_rows(h->tree, &rows);
	rows.score = NULL;
	return to ? NN(output_run)(&h->output, &rows, &block, to) : WP_OK;
}

extern const struct wp_nn_output_ops wp_nn_hierarchical_ops;
extern const struct wp_nn64_output_ops wp_nn64_hierarchical_ops;
const struct NN(output_ops)
	NN(hierarchical_ops) = {.life = {sizeof(struct NN(hierarchical_output)), init, fini},
		.train = train,
		.predict = predict};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	if (node->outputs < 2)
		return wp_fail(WP_EINVAL, "%s: needs two classes or more", node->label);
	return wp_nn_output_plan(node, params, node->outputs - 1, WP_NN_LOOKUP);
}

/* ---- One step at a time ---- */

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	struct wp_nn_hierarchical *tree = NULL;
	enum wp_err err = wp_nn_output_prepare(s);
	if (!err)
		err = wp_nn_step_room(s, wp_nn_padded(s->node->outputs));
	if (!err)
		err = create_tree(&tree, s->context->class_counts, s->node->outputs);
	s->own = tree;
	return err;
}

static void finish(struct wp_nn_stepper *s)
{
	free_tree(s->own);
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct wp_nn_output_rows none = {.classes = s->node->outputs};
	(void)before, (void)after;
	wp_nn_output_logits(s, in[0]->x, s->room);
	log_softmax(s->own, &none, 1, s->room, out->to);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {
	.prepare = prepare, .finish = finish, .step = step};

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	wp_nn_output_shorten(node, c);
	c->softmax = WP_NN_HIERARCHICAL;
}

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("lstm 5, hierarchical"),
	WP_NN_LM_CASE("embedding 5, elman 4, hierarchical no-bias"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {WP_NN_OUTPUT_NO_BIAS, {.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {0};

WP_NN_OUTPUT_TYPE(hierarchical, "hierarchical",
	"softmax along the path to the class in a binary tree", .shorten = shorten,
	.step = &step_ops);
#endif
