/* Counts of a row, such as those of the words of a bag, as drawn from one distribution:
 *
 *	- sum over i of y_i ln p_i,  p = softmax(W h + b)
 *
 * The decoder of the neural variational document model (Miao, Yu & Blunsom 2016), there without
 * hidden layers, and of replicated softmax (Salakhutdinov & Hinton 2009).  The coefficient that
 * counts the orders of the words is left out, as usual: the loss is that of the words in the
 * order in which they were read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/outputs/output.h"

struct NN(multinomial) {
	struct NN(output) output;
	/* The cells of a row of numbers. */
	int32_t *col;
	real *count;
	size_t col_room, count_room;
	size_t start[2];
};

static void fini(void *self)
{
	struct NN(multinomial) *m = self;
	free(m->col);
	free(m->count);
	NN(output_fini)(self);
}

static enum wp_err init(void *self)
{
	struct NN(multinomial) *m = self;
	enum wp_err err = NN(output_init)(self);
	if (!err)
		err = wp_grow(&m->col, &m->col_room, m->output.nodes, sizeof *m->col, "counts");
	return err ? err
		   : wp_grow(&m->count, &m->count_room, m->output.nodes, sizeof *m->count,
			     "counts");
}

/* Row r of the targets: cells c to *end - 1. */
static struct NN(cells) targets_of(struct NN(multinomial) *m,
	const struct NN(output_rows) *rows, size_t r, size_t *c, size_t *end)
{
	if (!rows->numbers) {
		*c = rows->cells->start[r];
		*end = rows->cells->start[r + 1];
		return *rows->cells;
	}
	const real *y = rows->numbers + r * m->output.nodes;
	*c = *end = 0;
	for (size_t i = 0; i < m->output.nodes; i++) {
		m->col[*end] = (int32_t)i;
		m->count[*end] = y[i];
		*end += y[i] != 0;
	}
	return (struct NN(cells)){m->start, m->col, m->count};
}

/* Logits (nodes) become their derivatives, N p - y; the loss of the row. */
static double row_loss(struct NN(output) *o, real *logits, const real *bias,
	const struct NN(cells) *y, size_t c, size_t end)
{
	const size_t n = o->nodes;
	double sum = 0, count = 0;
	if (c == end) {
		memset(logits, 0, n * sizeof *logits);
		return 0;
	}
	for (size_t i = c; i < end; i++) {
		const size_t j = (size_t)y->col[i];
		count += (double)y->value[i];
		sum += (double)y->value[i] * (double)(logits[j] + (bias ? bias[j] : 0));
	}
	const size_t first = (size_t)y->col[c];
	const double own = (double)(logits[first] + (bias ? bias[first] : 0));
	/* p, but for 1 less at the first one. */
	double log_z = own + (double)o->kernels->cross_entropy(logits, bias, n, first, NULL);
	logits[first] += 1;
	for (size_t j = 0; j < n; j++)
		logits[j] *= (real)count;
	for (size_t i = c; i < end; i++)
		logits[y->col[i]] -= y->value[i];
	return count * log_z - sum;
}

static void loss(
	struct NN(output) *o, const struct NN(output_rows) *rows, size_t row, size_t count)
{
	const bool any = rows->numbers || rows->cells;
	for (size_t r = 0; r < count && any; r++) {
		size_t c, end;
		const struct NN(cells) y =
			targets_of((struct NN(multinomial) *)o, rows, row + r, &c, &end);
		double its = row_loss(o, o->block.at + r * o->nodes, rows->bias, &y, c, end);
		rows->score->loss += its;
		rows->score->targets++;
		if (rows->score->row_loss)
			rows->score->row_loss[row + r] += its;
	}
}

/* Probabilities. */
static void outputs(struct NN(output) *o, const struct NN(output_rows) *rows, size_t row,
	size_t count, real *to)
{
	const size_t n = o->nodes;
	(void)row;
	memcpy(to, o->block.at, count * n * sizeof *to);
	for (size_t r = 0; r < count; r++)
		o->kernels->softmax(to + r * n, rows->bias, n);
}

static const struct NN(output_block) block = {.loss = loss, .outputs = outputs};

static enum wp_err train(void *self, const struct NN(pass) *pass, struct NN(value) *in,
	struct wp_nn_score *score)
{
	struct NN(output_rows) rows = NN(output_rows_of)(self, pass, in, score, true);
	return NN(output_run)(self, &rows, &block, NULL);
}

static enum wp_err predict(void *self, const struct NN(pass) *pass, const struct NN(value) *in,
	real *to, struct wp_nn_score *score)
{
	struct NN(output_rows) rows = NN(output_rows_of)(self, pass, in, score, false);
	return NN(output_run)(self, &rows, &block, to);
}

extern const struct wp_nn_output_ops wp_nn_multinomial_ops;
extern const struct wp_nn64_output_ops wp_nn64_multinomial_ops;
const struct NN(output_ops)
	NN(multinomial_ops) = {.life = {sizeof(struct NN(multinomial)), init, fini},
		.train = train,
		.predict = predict};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	if (!node->by_row)
		return wp_fail(WP_EINVAL, "%s: only of an auto-encoder", node->label);
	return wp_nn_output_plan(node, params, node->outputs, WP_NN_WRITTEN);
}

static const struct wp_nn_case cases[] = {
	WP_NN_COUNTS_CASE("dense 2, code, multinomial"),
	WP_NN_COUNTS_CASE("dense 2 tanh, code, dense 4 relu, multinomial no-bias"),
	WP_NN_COUNTS_CASE("dense 2, code, multinomial tied"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_FLAG(0, "tied", WP_NN_OUTPUT_AT(tied),
		"the weights are those of the first dense layer, transposed"),
	WP_NN_OUTPUT_NO_BIAS, {.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {0};

WP_NN_OUTPUT_TYPE(multinomial, "multinomial", "counts, by a distribution over the columns",
	.numbers = true, .counts = true, .writes_weights = true,
	.is_tied = wp_nn_output_is_tied);
#endif
