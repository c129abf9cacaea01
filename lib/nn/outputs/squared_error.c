/* Numbers, and half their squared error,
 *
 *	1/2 sum over the known y_i of (W_i h + b_i - y_i)^2
 *
 * Of an auto-encoder the targets are rows: their error is the sum over a row.  Where most of
 * the numbers of a row are zeros (cells), y - W h is never made: with Q = W'W, which is as
 * small as the code,
 *
 *	|W h + b - y|^2 = h'Qh + 2 h'W'b + |b|^2 - 2 y'(W h + b) + |y|^2
 *
 * and so is the gradient (Vincent, de Brebisson & Bouthillier 2015, Efficient exact gradient
 * update for training deep networks with very large sparse targets). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/core/matrix.h"
#include "nn/kernels/sparse.h"
#include "nn/outputs/output.h"

struct NN(squared_error) {
	struct NN(output) output;
	struct NN(array) room; /* of training on cells */
};

static void fini(void *self)
{
	free(((struct NN(squared_error) *)self)->room.at);
	NN(output_fini)(self);
}

/* Numbers (n) become their derivatives; the loss of the row.  Where the target is NaN, it is
 * not known, and counts for nothing. */
static double row_loss(const struct NN(output) *o, real *y, const real *bias,
	const real *target, size_t n, struct wp_nn_score *score)
{
	const double *scale = o->context->target_scale;
	const double before = score->loss;
	for (size_t i = 0; i < n; i++) {
		real d = y[i] + (bias ? bias[i] : 0) - target[i];
		bool known = !isnan(target[i]);
		y[i] = known ? d : 0;
		double error = known ? (double)d * (scale ? scale[i] : 1) : 0;
		score->loss += known ? 0.5 * (double)d * (double)d : 0;
		score->squares += error * error;
		score->targets += known && !o->node->by_row;
	}
	score->targets += o->node->by_row;
	return score->loss - before;
}

/* The same of row r of cells. */
static double cells_loss(const struct NN(output) *o, real *y, const real *bias,
	const struct NN(cells) *cells, size_t r, size_t n, struct wp_nn_score *score)
{
	if (bias)
		o->kernels->add(y, bias, n);
	for (size_t c = cells->start[r]; c < cells->start[r + 1]; c++)
		y[cells->col[c]] -= cells->value[c];
	const double squares = o->kernels->sum_squares(y, n);
	score->loss += 0.5 * squares;
	score->squares += squares;
	score->targets++;
	return 0.5 * squares;
}

/* A block of numbers becomes its derivatives. */
static void loss(
	struct NN(output) *o, const struct NN(output_rows) *rows, size_t row, size_t count)
{
	const size_t n = o->nodes;
	const bool any = rows->numbers || rows->cells;
	for (size_t r = 0; r < count && any; r++) {
		real *y = o->block.at + r * n;
		double its = rows->numbers
			? row_loss(o, y, rows->bias, rows->numbers + (row + r) * n, n,
				  rows->score)
			: cells_loss(o, y, rows->bias, rows->cells, row + r, n, rows->score);
		if (rows->score->row_loss)
			rows->score->row_loss[row + r] += its;
	}
}

static void outputs(struct NN(output) *o, const struct NN(output_rows) *rows, size_t row,
	size_t count, real *to)
{
	const size_t n = o->nodes;
	(void)row;
	memcpy(to, o->block.at, count * n * sizeof *to);
	for (size_t r = 0; r < count && rows->bias; r++)
		o->kernels->add(to + r * n, rows->bias, n);
}

static const struct NN(output_block) block = {.loss = loss, .outputs = outputs};

/* ---- Rows of cells ---- */

/* Is that less work than to make the numbers?  Cells take some times as long as products of
 * matrices for the same sums. */
static bool is_worth_it(const struct NN(output) *o, const struct NN(output_rows) *rows)
{
	enum { SLOWER = 4 };
	const double width = (double)o->width, nodes = (double)o->nodes,
		     all = (double)rows->rows * nodes;
	return !o->direct && rows->cells && !rows->numbers &&
		3 * all >
		2 * nodes * width + SLOWER * 2 * (double)rows->cells->start[rows->rows];
}

/* The parts that are as small as the code. */
struct small {
	real *q;   /* (width, width): W'W                         */
	real *u;   /* (width): W'b                                */
	real *hh;  /* (width, width): the sum of h h' over rows   */
	real *h;   /* (width): the sum of h                       */
	real *s;   /* (rows, width): y'W of each row              */
	double bb; /* |b|^2 */
};

static enum wp_err make_small(
	struct NN(squared_error) *e, const struct NN(output_rows) *rows, struct small *m)
{
	const struct NN(output) *o = &e->output;
	const size_t k = o->width, n = o->nodes;
	enum wp_err err = NN(reserve)(&e->room, 2 * k + 2 + rows->rows, k, "network");
	if (err)
		return err;
	m->q = e->room.at;
	m->hh = m->q + k * k;
	m->u = m->hh + k * k;
	m->h = m->u + k;
	m->s = m->h + k;
	memset(m->u, 0, (2 + rows->rows) * k * sizeof *m->u);
	NN(gemm_tn)(k, k, n, rows->weight, k, rows->weight, k, 0, m->q, k);
	NN(gemm_tn)(k, k, rows->rows, rows->x, k, rows->x, k, 0, m->hh, k);
	for (size_t j = 0; j < n && rows->bias; j++)
		o->kernels->add_scaled(m->u, rows->bias[j], rows->weight + j * k, k);
	o->kernels->add_rows(m->h, rows->x, k, rows->rows, k);
	NN(cells_multiply)(o->kernels, rows->cells, rows->rows, rows->weight, k, m->s);
	m->bb = rows->bias ? o->kernels->sum_squares(rows->bias, n) : 0;
	return WP_OK;
}

/* d_x of a row, and its loss.  q: (width), h'Q. */
static double small_loss(const struct NN(output) *o, const struct NN(output_rows) *rows,
	const struct small *m, size_t r, real *d_x)
{
	const struct NN(cells) *cells = rows->cells;
	const real *h = rows->x + r * o->width, *s = m->s + r * o->width;
	double sum = m->bb;
	for (size_t i = 0; i < o->width; i++) { /* of d_x, h'Q so far */
		sum += (double)h[i] * ((double)d_x[i] + 2 * (double)m->u[i] - 2 * (double)s[i]);
		d_x[i] += m->u[i] - s[i];
	}
	for (size_t c = cells->start[r]; c < cells->start[r + 1]; c++) {
		double y = (double)cells->value[c];
		sum += y * (y - (rows->bias ? 2 * (double)rows->bias[cells->col[c]] : 0));
	}
	return sum > 0 ? 0.5 * sum : 0;
}

static void add_small(
	struct NN(output) *o, const struct NN(output_rows) *rows, const struct small *m)
{
	const size_t k = o->width, n = o->nodes, param = rows->weight_param;
	const struct NN(cells) *cells = rows->cells;
	real *d = rows->gradient->value + o->params->param[param].offset;
	real beta = NN(gradient_write)(rows->gradient, param, NAN);
	NN(gemm_nn)(n, k, k, rows->weight, k, m->hh, k, beta, d, k);
	for (size_t j = 0; j < n && rows->bias; j++)
		o->kernels->add_scaled(d + j * k, rows->bias[j], m->h, k);
	NN(cells_scatter)(o->kernels, cells, rows->rows, rows->gradient, param, -1, rows->x, k);
	for (size_t j = 0; j < n && rows->d_bias; j++)
		rows->d_bias[j] += o->kernels->dot(rows->weight + j * k, m->h, k) +
			(real)rows->rows * rows->bias[j];
	for (size_t c = 0; c < cells->start[rows->rows] && rows->d_bias; c++)
		rows->d_bias[cells->col[c]] -= cells->value[c];
}

static enum wp_err train_cells(struct NN(squared_error) *e, const struct NN(output_rows) *rows)
{
	struct NN(output) *o = &e->output;
	struct small m;
	enum wp_err err = make_small(e, rows, &m);
	if (err)
		return err;
	NN(gemm_nn)(rows->rows, o->width, o->width, rows->x, o->width, m.q, o->width, 0,
		rows->d_x, o->width);
	for (size_t r = 0; r < rows->rows; r++) {
		double its = small_loss(o, rows, &m, r, rows->d_x + r * o->width);
		rows->score->loss += its;
		rows->score->squares += 2 * its;
		rows->score->targets++;
		if (rows->score->row_loss)
			rows->score->row_loss[r] += its;
	}
	add_small(o, rows, &m);
	return WP_OK;
}

/* ---- */

static enum wp_err train(void *self, const struct NN(pass) *pass, struct NN(value) *in,
	struct wp_nn_score *score)
{
	struct NN(output_rows) rows = NN(output_rows_of)(self, pass, in, score, true);
	return is_worth_it(self, &rows) ? train_cells(self, &rows)
					: NN(output_run)(self, &rows, &block, NULL);
}

static enum wp_err predict(void *self, const struct NN(pass) *pass, const struct NN(value) *in,
	real *to, struct wp_nn_score *score)
{
	struct NN(output_rows) rows = NN(output_rows_of)(self, pass, in, score, false);
	return NN(output_run)(self, &rows, &block, to);
}

extern const struct wp_nn_output_ops wp_nn_squared_error_ops;
extern const struct wp_nn64_output_ops wp_nn64_squared_error_ops;
const struct NN(output_ops) NN(squared_error_ops) = {
	.life = {sizeof(struct NN(squared_error)), NN(output_init), fini},
	.train = train,
	.predict = predict};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	return wp_nn_output_plan(node, params, node->outputs, WP_NN_WRITTEN);
}

static bool affine(const struct wp_nn_node *node, size_t *weight, size_t *bias)
{
	const struct wp_nn_output_settings *s = WP_NN_OUTPUT_SETTINGS(node);
	*weight = node->param[WP_NN_OUTPUT_WEIGHT];
	*bias = node->param[WP_NN_OUTPUT_BIAS];
	return !s->direct && !s->tied;
}

static const struct wp_nn_case cases[] = {
	WP_NN_NUMBERS_CASE("lstm 5, squared-error"),
	WP_NN_AT_END_CASE("gru 5, pool, squared-error no-bias"),
	{"elman 4, squared-error", WP_NN_REGRESS, false, false},
	WP_NN_NUMBERS_CASE("squared-error"),
	{"jordan 3, squared-error direct", WP_NN_REGRESS, false, false},
	WP_NN_ROWS_CASE("dense 2, code, squared-error tied"),
	WP_NN_ROWS_CASE("dense 2 tanh no-bias, code, squared-error tied no-bias"),
	WP_NN_ROWS_CASE("dense 2 sigmoid, code, dense 4 relu, squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_FLAG(0, "tied", WP_NN_OUTPUT_AT(tied),
		"the weights are those of the first dense layer, transposed"),
	WP_NN_OUTPUT_NO_BIAS, WP_NN_OUTPUT_DIRECT, {.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {0};

WP_NN_OUTPUT_TYPE(squared_error, "squared-error", "numbers", .numbers = true, .affine = affine,
	.writes_weights = true, .is_tied = wp_nn_output_is_tied,
	.shorten = wp_nn_output_shorten, .step = &wp_nn_output_step_ops);
#endif
