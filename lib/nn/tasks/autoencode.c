#include "nn/tasks/autoencode.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/pack.h"
#include "nn/net/graph.h"
#include "nn/net/net.h"
#include "nn/tasks/mode.h"
#include "stream/element.h"

enum {
	MOST_ROWS = 256,        /* of a batch                               */
	MOST_NUMBERS = 1 << 22, /* of what a batch is reconstructed to      */
	DRAWS = 10              /* of a variational code, to tell its ELBO  */
};

struct coder {
	const struct wp_nn_model_input *reading;
	const struct wp_nn_model *model;
	size_t code, inputs, units; /* the node of the code; numbers of rows and codes */
	struct wp_nn_net *net;
	struct wp_nn_packed packed;
	struct wp_nn_piece piece[MOST_ROWS];
	float *rows; /* (most, inputs): reconstructed */
	size_t most; /* rows of a batch */
};

static enum wp_err coder_init(
	struct coder *c, const struct wp_nn_model_input *reading, size_t expected)
{
	const struct wp_nn_model *m = reading->model;
	const struct wp_nn_data *d = &reading->source.data;
	const struct wp_nn_node *code = wp_nn_graph_code(m->graph);
	const struct wp_nn_context context = {.input_counts = m->counts, .seed = 1};
	*c = (struct coder){.reading = reading,
		.model = m,
		.code = (size_t)(code - m->graph->node),
		.inputs = m->config.inputs,
		.units = code->out.width};
	if (d->rows == 0 && d->inputs == 0)
		return wp_fail(WP_EMISMATCH,
			"no rows of numbers: 'onehot --from MODEL' makes bags of the output of "
			"vocab");
	if (d->rows > 0 && d->inputs != expected)
		return wp_fail(WP_EMISMATCH, "rows of %zu numbers, where the model reads %zu",
			d->inputs, expected);
	c->most = MOST_NUMBERS / c->inputs;
	c->most = c->most < 1 ? 1 : c->most > MOST_ROWS ? MOST_ROWS : c->most;
	enum wp_err err = wp_nn_net_create(&c->net, m->graph, &context);
	return err ? err : wp_alloc(&c->rows, c->most * c->inputs, sizeof *c->rows, "rows");
}

static void coder_fini(struct coder *c)
{
	wp_nn_net_free(c->net);
	wp_nn_packed_fini(&c->packed);
	free(c->rows);
}

/* Rows `first` to first + n - 1. */
static enum wp_err pack(struct coder *c, size_t first, size_t n, struct wp_nn_batch *batch)
{
	const struct wp_nn_data *d = &c->reading->source.data;
	const struct wp_nn_cells cells = {d->start, d->col, d->cell};
	for (size_t i = 0; i < n; i++)
		c->piece[i] = (struct wp_nn_piece){first + i, 1};
	enum wp_err err = d->start
		? wp_nn_pack_cells(&c->packed, c->piece, n, &cells, batch)
		: wp_nn_pack(&c->packed, c->piece, n,
			  &(struct wp_nn_pack_rows){.values = d->values, .inputs = d->inputs},
			  batch);
	if (err)
		return err;
	if (!d->start)
		wp_nn_scaling_apply(&c->model->inputs, c->packed.values, n);
	batch->targets = batch->values;
	return WP_OK;
}

static enum wp_err check_finite(const float *x, size_t n, size_t width, size_t first)
{
	size_t at = wp_find_not_finite(x, WP_F32, n * width);
	return at == n * width
		? WP_OK
		: wp_fail(WP_EDIVERGED, "what is made of row %zu is not a finite number",
			  first + at / width + 1);
}

static enum wp_err put_labels(const struct coder *c, struct wp_writer *writer)
{
	const struct wp_corpus *corpus = &c->reading->source.corpus;
	if (corpus->label_vocab.count == 0)
		return WP_OK;
	enum wp_err err = wp_writer_put_list(writer, "labels.vocab", &corpus->label_vocab);
	return err ? err
		   : wp_writer_put_slice(writer, "labels", WP_I32, corpus->labels,
			     c->reading->source.data.rows, false);
}

/* ---- How much is kept ---- */

/* Column by column. */
struct moments {
	double *sum, *squares; /* (columns) */
	size_t columns;
};

static enum wp_err moments_init(struct moments *m, size_t columns)
{
	m->columns = columns;
	enum wp_err err = wp_alloc(&m->sum, 2 * columns, sizeof *m->sum, "means");
	m->squares = m->sum + columns;
	return err;
}

static void add_number(struct moments *m, size_t column, double x)
{
	m->sum[column] += x;
	m->squares[column] += x * x;
}

/* The sum of squared deviations from the mean of n numbers. */
static double deviations(const struct moments *m, size_t column, double n)
{
	double d = m->squares[column] - m->sum[column] * m->sum[column] / n;
	return d > 0 ? d : 0;
}

struct measurer {
	struct wp_nn_reconstruction *result;
	struct moments rows, code;
	double row_loss[MOST_ROWS];
	bool counts, variational;
};

/* Row `row` of the data, as cells or as numbers; *n of them, cols NULL: all. */
static const float *row_of(
	const struct wp_nn_data *d, size_t row, size_t *n, const int32_t **cols)
{
	*cols = NULL;
	*n = d->inputs;
	if (!d->start)
		return d->values + row * d->inputs;
	*n = d->start[row + 1] - d->start[row];
	*cols = d->col + d->start[row];
	return d->cell + d->start[row];
}

/* Of a row: what is left of it, in the units of the data. */
static double squared_error(
	const float *x, size_t n, const int32_t *cols, const float *made, size_t inputs)
{
	double sum = 0;
	for (size_t i = 0; i < inputs; i++)
		sum += cols ? (double)made[i] * (double)made[i] : 0;
	for (size_t i = 0; i < n; i++) {
		const double y = (double)made[cols ? (size_t)cols[i] : i];
		const double error = (double)x[i] - y;
		sum += error * error - (cols ? y * y : 0);
	}
	return sum;
}

/* The mean over draws of the loss of each row. */
static enum wp_err measure_loss(
	struct measurer *m, struct coder *c, struct wp_nn_batch *batch, size_t first, size_t n)
{
	const struct wp_nn_data *d = &c->reading->source.data;
	const int draws = m->variational ? DRAWS : 1;
	struct wp_nn_score score = {.row_loss = m->row_loss};
	enum wp_err err = WP_OK;
	memset(m->row_loss, 0, sizeof m->row_loss);
	for (int i = 0; i < draws && !err; i++) {
		batch->number = ((uint64_t)i << 40) + first;
		err = wp_nn_net_predict(c->net, c->model->theta, batch, NULL, &score);
	}
	m->result->loss += score.loss / draws;
	m->result->penalty += score.penalty / draws;
	for (size_t r = 0; r < n && m->counts; r++) {
		size_t cells;
		const int32_t *cols;
		const float *x = row_of(d, first + r, &cells, &cols);
		double count = 0;
		for (size_t i = 0; i < cells; i++)
			count += (double)x[i];
		if (!(count > 0))
			continue;
		m->result->bags++;
		m->result->log_perplexity += m->row_loss[r] / draws / count;
	}
	return err;
}

static void measure_rows(struct measurer *m, struct coder *c, size_t first, size_t n)
{
	const struct wp_nn_data *d = &c->reading->source.data;
	for (size_t r = 0; r < n; r++) {
		size_t cells;
		const int32_t *cols;
		const float *x = row_of(d, first + r, &cells, &cols);
		for (size_t i = 0; i < cells; i++)
			add_number(&m->rows, cols ? (size_t)cols[i] : i, (double)x[i]);
		if (!m->counts)
			m->result->squares += squared_error(
				x, cells, cols, c->rows + r * c->inputs, c->inputs);
	}
	const float *code = wp_nn_net_value(c->net, c->code)->x;
	for (size_t r = 0; r < n; r++)
		for (size_t i = 0; i < c->units; i++) {
			add_number(&m->code, i, (double)code[r * c->units + i]);
			m->result->nonzero += code[r * c->units + i] != 0;
		}
	m->result->rows += n;
}

/* -sum over the words of each bag of ln p, p being how often each is in all of them. */
static void measure_unigram(struct measurer *m, const struct coder *c)
{
	const struct wp_nn_data *d = &c->reading->source.data;
	double all = 0;
	for (size_t i = 0; i < m->rows.columns; i++)
		all += m->rows.sum[i];
	for (size_t r = 0; r < d->rows; r++) {
		size_t n;
		const int32_t *cols;
		const float *x = row_of(d, r, &n, &cols);
		double count = 0, sum = 0;
		for (size_t i = 0; i < n; i++) {
			count += (double)x[i];
			if (x[i] > 0)
				sum -= (double)x[i] *
					log(m->rows.sum[cols ? (size_t)cols[i] : i] / all);
		}
		m->result->log_unigram += count > 0 ? sum / count : 0;
	}
}

static void finish_measures(struct measurer *m, const struct coder *c)
{
	enum { HUNDRED = 100 };
	struct wp_nn_reconstruction *r = m->result;
	const double n = r->rows > 0 ? (double)r->rows : 1;
	for (size_t i = 0; i < m->rows.columns; i++)
		r->deviations += deviations(&m->rows, i, n);
	for (size_t i = 0; i < m->code.columns; i++)
		r->active += deviations(&m->code, i, n) * HUNDRED > n;
	if (m->counts)
		measure_unigram(m, c);
}

/* ---- Rows to rows ---- */

static enum wp_err reconstruct(struct coder *c, struct wp_writer *writer, struct measurer *m)
{
	const struct wp_nn_data *d = &c->reading->source.data;
	enum wp_err err = WP_OK;
	for (size_t row = 0, n; row < d->rows && !err; row += n) {
		struct wp_nn_batch batch;
		n = d->rows - row < c->most ? d->rows - row : c->most;
		err = pack(c, row, n, &batch);
		if (!err && m)
			err = measure_loss(m, c, &batch, row, n);
		if (!err)
			err = wp_nn_net_predict(c->net, c->model->theta, &batch, c->rows, NULL);
		if (!err)
			err = check_finite(c->rows, n, c->inputs, row);
		if (err)
			return err;
		wp_nn_scaling_undo(&c->model->outputs, c->rows, n);
		if (m)
			measure_rows(m, c, row, n);
		if (writer)
			err = wp_writer_put_rows(
				writer, "reconstruction", WP_F32, c->rows, n, c->inputs, true);
	}
	if (err || !writer)
		return err;
	err = wp_writer_put_rows(writer, "reconstruction", WP_F32, NULL, 0, c->inputs, false);
	return err ? err : put_labels(c, writer);
}

enum wp_err wp_nn_reconstruct(const struct wp_nn_model_input *reading, struct wp_writer *writer,
	struct wp_nn_reconstruction *result)
{
	const struct wp_nn_graph *g = reading->model->graph;
	struct measurer m = {.result = result,
		.counts = wp_nn_graph_output(g)->type->counts,
		.variational = wp_nn_graph_code(g)->type->variational};
	struct coder c;
	enum wp_err err = coder_init(&c, reading, reading->model->config.inputs);
	if (!err)
		err = wp_nn_check_counts(g, &reading->source.data, "rows");
	if (result)
		*result = (struct wp_nn_reconstruction){.inputs = c.inputs, .units = c.units};
	if (!err && result)
		err = moments_init(&m.rows, c.inputs);
	if (!err && result)
		err = moments_init(&m.code, c.units);
	if (!err)
		err = reconstruct(&c, writer, result ? &m : NULL);
	if (!err && result)
		finish_measures(&m, &c);
	free(m.rows.sum);
	free(m.code.sum);
	coder_fini(&c);
	return err;
}

/* ---- Codes ---- */

enum wp_err wp_nn_encode_rows(const struct wp_nn_model_input *reading, struct wp_writer *writer)
{
	const struct wp_nn_data *d = &reading->source.data;
	struct coder c;
	enum wp_err err = coder_init(&c, reading, reading->model->config.inputs);
	for (size_t row = 0, n; row < d->rows && !err; row += n) {
		struct wp_nn_batch batch;
		n = d->rows - row < c.most ? d->rows - row : c.most;
		err = pack(&c, row, n, &batch);
		if (!err)
			err = wp_nn_net_predict(c.net, c.model->theta, &batch, NULL, NULL);
		const float *code = err ? NULL : wp_nn_net_value(c.net, c.code)->x;
		if (!err)
			err = check_finite(code, n, c.units, row);
		if (!err)
			err = wp_writer_put_rows(
				writer, "encoding", WP_F32, code, n, c.units, true);
	}
	if (!err)
		err = wp_writer_put_rows(writer, "encoding", WP_F32, NULL, 0, c.units, false);
	if (!err)
		err = put_labels(&c, writer);
	coder_fini(&c);
	return err;
}

enum wp_err wp_nn_decode_codes(
	const struct wp_nn_model_input *reading, struct wp_writer *writer)
{
	const struct wp_nn_data *d = &reading->source.data;
	struct coder c;
	enum wp_err err =
		coder_init(&c, reading, wp_nn_graph_code(reading->model->graph)->out.width);
	if (!err && d->start)
		err = wp_fail(WP_EMISMATCH,
			"codes are read from 'encoding', as rnn-predict --encode writes them");
	for (size_t row = 0, n; row < d->rows && !err; row += n) {
		n = d->rows - row < c.most ? d->rows - row : c.most;
		err = wp_nn_net_predict_from(
			c.net, c.model->theta, c.code, d->values + row * c.units, n, c.rows);
		if (!err)
			err = check_finite(c.rows, n, c.inputs, row);
		wp_nn_scaling_undo(&c.model->outputs, c.rows, err ? 0 : n);
		if (!err)
			err = wp_writer_put_rows(
				writer, "reconstruction", WP_F32, c.rows, n, c.inputs, true);
	}
	if (!err)
		err = wp_writer_put_rows(
			writer, "reconstruction", WP_F32, NULL, 0, c.inputs, false);
	if (!err)
		err = put_labels(&c, writer);
	coder_fini(&c);
	return err;
}

enum wp_err wp_nn_check_counts(
	const struct wp_nn_graph *graph, const struct wp_nn_data *data, const char *name)
{
	const size_t n = data->start ? data->start[data->rows] : data->rows * data->inputs;
	const float *x = data->start ? data->cell : data->values;
	for (size_t i = 0; i < n && wp_nn_graph_output(graph)->type->counts; i++)
		if (x[i] < 0)
			return wp_fail(WP_EMISMATCH,
				"%s: the number %g: the output %s is for counts, 0 or above",
				name, (double)x[i], wp_nn_graph_output(graph)->type->name);
	return WP_OK;
}

/* ---- Modes ---- */

/* The last failure was one of that stream. */
static enum wp_err blame(const char *name, enum wp_err err)
{
	char why[256];
	if (err != WP_EMISMATCH && err != WP_EDIVERGED)
		return err;
	snprintf(why, sizeof why, "%s", wp_error_detail());
	return wp_fail(err, "%s: %s", name, why);
}

static enum wp_err report(const struct wp_nn_reconstruction *r, bool counts, bool variational,
	struct wp_output *out)
{
	const double n = r->rows > 0 ? (double)r->rows : 1,
		     bags = r->bags ? (double)r->bags : 1;
	enum wp_err err =
		wp_output_printf(out, "rows\t%" PRIu64 "\nloss\t%.6g\n", r->rows, r->loss / n);
	if (!err && variational)
		err = wp_output_printf(out, "neg_elbo\t%.6g\nreconstruction\t%.6g\nkl\t%.6g\n",
			r->loss / n, (r->loss - r->penalty) / n, r->penalty / n);
	else if (!err && r->penalty > 0)
		err = wp_output_printf(out, "reconstruction\t%.6g\npenalty\t%.6g\n",
			(r->loss - r->penalty) / n, r->penalty / n);
	if (!err && counts)
		err = wp_output_printf(out,
			"%s\t%.2f\nunigram_perplexity\t%.2f\nrelative_perplexity\t%.4f\n",
			variational ? "perplexity_bound" : "perplexity",
			exp(r->log_perplexity / bags), exp(r->log_unigram / bags),
			exp((r->log_perplexity - r->log_unigram) / bags));
	else if (!err)
		err = wp_output_printf(out,
			"squared_error\t%.6g\nmse\t%.6g\nunexplained\t%.6g\n", r->squares / n,
			r->squares / n / (double)r->inputs,
			r->deviations > 0 ? r->squares / r->deviations : 0);
	if (!err)
		err = wp_output_printf(out,
			"code\t%zu\ncode_nonzero\t%.4f\nactive_units\t%zu\n", r->units,
			r->nonzero / n / (double)r->units, r->active);
	return err;
}

enum wp_err wp_nn_use_to_reconstruct(const struct wp_nn_use *use)
{
	const struct wp_nn_graph *g = use->model->graph;
	struct wp_nn_reconstruction result;
	enum wp_err err = blame(use->name,
		wp_nn_reconstruct(use->reading, use->writer, use->report ? &result : NULL));
	if (!err && use->report && result.rows == 0)
		err = wp_fail(WP_EMISMATCH, "%s: no rows to report of", use->name);
	if (!err && use->report)
		err = report(&result, wp_nn_graph_output(g)->type->counts,
			wp_nn_graph_code(g)->type->variational, use->report);
	return err;
}

enum wp_err wp_nn_use_to_decode(const struct wp_nn_use *use)
{
	return blame(use->name, wp_nn_decode_codes(use->reading, use->writer));
}
