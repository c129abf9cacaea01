/* Least squares: of a network that is linear in what it reads, the weights of the output at
 *once,
 *
 *	min over W, b of  sum |x_t W + b - y_t|^2 + l2 N |W|^2
 *
 * for N targets of each number.  With a window of the last p values it is autoregression,
 *AR(p), as regression on them (the "conditional least squares" of the literature: rows before
 *the first whole window do not count); with l2, ridge regression (Hoerl & Kennard 1970). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/least_squares.h"
#include "nn/train/whole.h"

static enum wp_err check(const struct wp_nn_training *config, const struct wp_nn_graph *graph)
{
	const struct wp_nn_node *out = wp_nn_graph_output(graph);
	size_t weight, bias;
	for (size_t i = 0; i + 1 < graph->count; i++) {
		const struct wp_nn_node *n = &graph->node[i];
		if (!n->type->is_linear || !n->type->is_linear(n))
			return wp_fail(WP_EINVAL,
				"optimizer least-squares: the network is not linear: '%s' (%s); "
				"\1window N makes one that is",
				n->label, n->type->name);
	}
	if (!out->type->affine || !out->type->affine(out, &weight, &bias))
		return wp_fail(WP_EINVAL,
			"optimizer least-squares: is for numbers: the output is to be "
			"squared-error, with weights of its own");
	if (config->optimizer.l1 > 0)
		return wp_fail(WP_EINVAL, "optimizer least-squares: has \1l2, not \1l1");
	return WP_OK;
}

/* Targets `first` to first + count - 1, where all of them are known. */
struct fit {
	struct wp_least_squares rows;
	size_t first, count, width, outputs;
	size_t weight, bias; /* numbers of parameters                        */
	bool partly;         /* there were rows of which only some are known */
	double *x;           /* (width + 1) */
};

static enum wp_err add_rows(
	struct wp_nn_whole *w, int shard, const struct wp_nn_double_batch *batch, void *arg)
{
	struct fit *f = arg;
	const double *x, *y;
	size_t rows;
	enum wp_err err = wp_nn_double_top(w->net, shard, w->theta, batch, &x, &y, &rows);
	for (size_t r = 0; r < rows && !err; r++, x += f->width, y += f->outputs) {
		size_t known = 0;
		for (size_t i = 0; i < f->count; i++)
			known += isnan(y[f->first + i]) ? 0 : 1;
		f->partly |= known > 0 && known < f->count;
		if (known < f->count)
			continue;
		memcpy(f->x, x, f->width * sizeof *x);
		f->x[f->width] = 1;
		err = wp_least_squares_add(&f->rows, f->x, y + f->first);
	}
	return err;
}

/* sqrt(l2 N) of each weight, of which 0 is the target. */
static enum wp_err add_decay(struct fit *f, double l2, double *zeros)
{
	const double weight = sqrt(l2 * (double)f->rows.rows);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < f->width && weight > 0 && !err; i++) {
		memset(f->x, 0, (f->width + 1) * sizeof *f->x);
		f->x[i] = weight;
		err = wp_least_squares_add(&f->rows, f->x, zeros);
	}
	return err;
}

/* solution: (width + 1, count). */
static void set_weights(struct wp_nn_whole *w, const struct fit *f, const double *solution)
{
	const struct wp_nn_params *params = w->trainer->model->params;
	float *theta = w->trainer->model->theta;
	float *weight = theta + params->param[f->weight].offset;
	for (size_t k = 0; k < f->count; k++)
		for (size_t i = 0; i < f->width; i++)
			weight[(f->first + k) * f->width + i] =
				(float)solution[i * f->count + k];
	for (size_t k = 0; k < f->count && f->bias != WP_NN_NONE; k++)
		theta[params->param[f->bias].offset + f->first + k] =
			(float)solution[f->width * f->count + k];
}

/* *partly: these targets can only be fitted one by one. */
static enum wp_err fit(struct wp_nn_whole *w, size_t first, size_t count, bool *partly)
{
	const struct wp_nn_node *out = wp_nn_graph_output(w->trainer->model->graph);
	struct fit f = {.first = first,
		.count = count,
		.width = out->in[0].width,
		.outputs = out->outputs};
	out->type->affine(out, &f.weight, &f.bias);
	const size_t columns = f.width + (f.bias != WP_NN_NONE ? 1 : 0);
	double *solution = NULL;
	enum wp_err err = wp_least_squares_init(&f.rows, columns, count);
	if (err)
		return err;
	err = wp_alloc(&f.x, f.width + 1, sizeof *f.x, "least squares");
	if (!err)
		err = wp_alloc(
			&solution, columns * count + count, sizeof *solution, "least squares");
	if (!err)
		err = wp_nn_whole_each(w, add_rows, &f);
	*partly = f.partly;
	if (!err && !f.partly && f.rows.rows == 0)
		err = wp_fail(WP_EMISMATCH, "no sequence has a target to train on");
	if (!err && !f.partly)
		err = add_decay(
			&f, w->trainer->config.optimizer.l2, solution + columns * count);
	if (!err && !f.partly)
		err = wp_least_squares_solve(&f.rows, solution, NULL);
	if (!err && !f.partly)
		set_weights(w, &f, solution);
	wp_least_squares_fini(&f.rows);
	free(f.x);
	free(solution);
	return err;
}

static enum wp_err step(
	struct wp_nn_whole *w, struct wp_nn_score *score, double *norm, bool *ended)
{
	const size_t outputs = wp_nn_graph_output(w->trainer->model->graph)->outputs;
	const size_t size = w->trainer->model->params->size;
	bool partly = false;
	double loss;
	enum wp_err err = fit(w, 0, outputs, &partly);
	for (size_t i = 0; partly && i < outputs && !err; i++) {
		bool one;
		err = fit(w, i, 1, &one);
	}
	for (size_t i = 0; i < size && !err; i++)
		w->theta[i] = (double)w->trainer->model->theta[i];
	if (!err)
		err = wp_nn_whole_loss(w, w->theta, w->gradient, score, &loss);
	*norm = NAN;
	*ended = true;
	return err;
}

const struct wp_nn_whole_method wp_nn_least_squares = {.check = check, .step = step};
