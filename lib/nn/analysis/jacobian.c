#include "nn/analysis/jacobian.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/layers/recurrent.h"
#include "nn/net/net.h"

/* One sequence, `units` copies of it side by side: backpropagating the i-th unit vector through
 * the i-th copy gives row i of every Jacobian. */
struct segment {
	size_t units;
	int length, room; /* steps; room for the longest */
	int *active;
	size_t *begin;
	size_t inputs; /* numbers of a row of values */
	int32_t *ids;  /* (steps, units), or NULL, and ... */
	float *values; /* ... (steps, units, inputs)       */
	float *d_top;
	float *row, *column; /* (units): for the power iteration */
};

static void segment_free(struct segment *s)
{
	free(s->active);
	free(s->begin);
	free(s->ids);
	free(s->values);
	free(s->d_top);
	free(s->row);
	free(s->column);
}

/* inputs: numbers of each step; 0: tokens. */
static enum wp_err segment_create(
	struct segment *s, size_t units, size_t width, size_t inputs, int longest)
{
	enum wp_err err;
	size_t steps = (size_t)longest, rows;
	size_t numbers = 0;
	*s = (struct segment){.units = units, .room = longest, .inputs = inputs};
	if (!wp_mulsize(steps, units, &rows) || !wp_mulsize(rows, inputs, &numbers))
		return wp_fail(WP_EINVAL, "jacobian: distance too large");
	if ((err = wp_alloc(&s->active, steps, sizeof *s->active, "segment")) ||
		(err = wp_alloc(&s->begin, steps + 1, sizeof *s->begin, "segment")) ||
		(err = inputs ? wp_alloc(&s->values, numbers, sizeof *s->values, "segment")
			      : wp_alloc(&s->ids, rows, sizeof *s->ids, "segment")) ||
		(err = wp_alloc(&s->d_top, rows, width * sizeof *s->d_top, "segment")) ||
		(err = wp_alloc(&s->row, units, sizeof *s->row, "segment")) ||
		(err = wp_alloc(&s->column, units, sizeof *s->column, "segment")))
		segment_free(s);
	for (size_t t = 0; !err && t <= steps; t++) {
		s->begin[t] = t * units;
		if (t < steps)
			s->active[t] = (int)units;
	}
	return err;
}

static double length_of(const float *x, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sqrt(sum);
}

/* The largest singular value of the n x m matrix a, by the power method on a'a.  x is (m), y is
 * (n): scratch. */
static double spectral_norm(
	const float *a, size_t n, size_t m, size_t stride, float *x, float *y)
{
	double norm = 0, last;
	for (size_t j = 0; j < m; j++) /* all directions, none favoured by symmetry */
		x[j] = 1 + (float)(j % 7) / 7;
	for (int step = 0; step < 300; step++) {
		double size = length_of(x, m);
		if (!(size > 0))
			return 0;
		for (size_t j = 0; j < m; j++)
			x[j] /= (float)size;
		for (size_t i = 0; i < n; i++) {
			y[i] = 0;
			for (size_t j = 0; j < m; j++)
				y[i] += a[i * stride + j] * x[j];
		}
		last = norm;
		norm = length_of(y, n);
		if (norm <= last * (1 + 1e-5))
			break;
		memset(x, 0, m * sizeof *x);
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < m; j++)
				x[j] += a[i * stride + j] * y[i];
	}
	return norm;
}

static const struct wp_nn_node *last_layer(const struct wp_nn_model *model)
{
	return wp_nn_graph_recurrent(model->graph, model->graph->recurrent - 1);
}

/* Where a recurrent matrix and a slope bound the derivative of a step. */
static enum wp_err bound(double *factor, const struct wp_nn_model *model, struct segment *s)
{
	static const double slope[] = {
		[WP_NN_TANH] = 1, [WP_NN_RELU] = 1, [WP_NN_SIGMOID] = 0.25};
	const struct wp_nn_node *layer = last_layer(model);
	*factor = NAN;
	if (!layer->type->cell->has_activation)
		return WP_OK;
	const struct wp_nn_param *u =
		&model->params->param[layer->param[WP_NN_RECURRENT_WEIGHTS]];
	*factor = slope[WP_NN_SETTINGS(layer, struct wp_nn_recurrent_settings)->activation] *
		spectral_norm(
			model->theta + u->offset, u->rows, u->cols, u->cols, s->column, s->row);
	return WP_OK;
}

/* Copy step `row` of the data to step t of the segment, for each unit. */
static void take_step(
	struct segment *s, const struct wp_nn_model_input *reading, size_t row, size_t t)
{
	const struct wp_nn_data *data = &reading->source.data;
	for (size_t i = t * s->units; i < (t + 1) * s->units; i++)
		if (s->ids)
			s->ids[i] = reading->id[data->ids[row]];
		else
			memcpy(s->values + i * s->inputs, data->values + row * s->inputs,
				s->inputs * sizeof *s->values);
	if (s->values)
		wp_nn_scaling_apply(&reading->model->inputs,
			s->values + t * s->units * s->inputs, s->units);
}

/* Does the model carry its state through all of the data, so that a segment may begin anywhere?
 */
static bool is_one_sequence(const struct wp_nn_model_input *reading)
{
	const struct wp_nn_model *model = reading->model;
	if (model->config.input == WP_NN_REAL)
		return model->config.each_step && reading->source.data.sequences == 1;
	return wp_nn_tasks[model->config.task].next && !model->sentences;
}

/* A random segment: of a random sequence, or of all where that is one sequence. */
static void draw(struct segment *s, const struct wp_nn_model_input *reading,
	const size_t *begin, struct wp_rng *rng)
{
	const struct wp_nn_data *data = &reading->source.data;
	size_t from = (size_t)(wp_rng_double(rng) * (double)data->rows), end = data->rows;
	if (!is_one_sequence(reading)) {
		size_t below = 0, above = data->sequences; /* the sequence of step `from` */
		while (above - below > 1) {
			size_t middle = (below + above) / 2;
			if (begin[middle] <= from)
				below = middle;
			else
				above = middle;
		}
		from = begin[below];
		end = begin[below + 1];
	}
	s->length = end - from < (size_t)s->room ? (int)(end - from) : s->room;
	for (int t = 0; t < s->length; t++)
		take_step(s, reading, from + (size_t)t, (size_t)t);
}

/* norm[d] for each distance d below s->length. */
static enum wp_err measure(struct segment *s, const struct wp_nn_model *model,
	struct wp_nn_net *net, uint64_t number, float *norm)
{
	const size_t width = last_layer(model)->out.width, units = s->units;
	const size_t layer = model->graph->recurrent - 1;
	size_t last = (size_t)(s->length - 1) * units;
	struct wp_nn_batch batch = {.steps = s->length,
		.sequences = (int)units,
		.active = s->active,
		.begin = s->begin,
		.ids = s->ids,
		.values = s->values,
		.number = number};
	memset(s->d_top, 0, (last + units) * width * sizeof *s->d_top);
	for (size_t i = 0; i < units; i++)
		s->d_top[(last + i) * width + i] = 1;
	enum wp_err err = wp_nn_net_predict(net, model->theta, &batch, NULL, NULL);
	if (!err)
		err = wp_nn_net_backpropagate(net, model->theta, &batch, layer, s->d_top);
	if (err)
		return err;
	struct wp_nn_activity activity = wp_nn_net_activity(net, layer, 0);
	for (int t = 0; t < s->length; t++)
		norm[s->length - 1 - t] = (float)spectral_norm(
			activity.d_state + (size_t)t * units * activity.stride, units, units,
			activity.stride, s->column, s->row);
	return WP_OK;
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* norms is (samples, distance + 1), with -1 where a segment was too short. */
static void sum_up(struct wp_jacobian *jacobian, const float *norms, int samples, float *column)
{
	size_t width = (size_t)jacobian->distance + 1;
	for (size_t d = 0; d < width; d++) {
		struct wp_jacobian_row *row = &jacobian->row[d];
		for (int s = 0; s < samples; s++)
			if (norms[(size_t)s * width + d] >= 0)
				column[row->segments++] = norms[(size_t)s * width + d];
		if (row->segments == 0)
			continue;
		qsort(column, (size_t)row->segments, sizeof *column, by_size);
		row->median = column[row->segments / 2];
		row->largest = column[row->segments - 1];
	}
}

static enum wp_err sequence_begins(size_t **begin, const struct wp_nn_data *data)
{
	enum wp_err err = wp_alloc(begin, data->sequences + 1, sizeof **begin, "sequences");
	for (size_t i = 0; !err && i < data->sequences; i++)
		(*begin)[i + 1] = (*begin)[i] + (size_t)data->lengths[i];
	return err;
}

static enum wp_err check(const struct wp_nn_model_input *reading)
{
	const struct wp_nn_model *model = reading->model;
	if (model->graph->recurrent == 0)
		return wp_fail(WP_EMISMATCH, "jacobian: the model has no recurrent layer");
	if (last_layer(model)->type->makes_outputs)
		return wp_fail(WP_EMISMATCH,
			"jacobian: a Jordan network's state is its output; there is no dh/dh");
	if (model->graph->inputs > 1)
		return wp_fail(WP_EMISMATCH,
			"jacobian: the model reads '%s' beside its input; only of networks that "
			"read one thing it is measured",
			model->graph->input[1].name);
	if (reading->source.data.rows == 0)
		return wp_fail(WP_EMISMATCH, "jacobian: the stream has no %s",
			model->config.input == WP_NN_REAL ? "steps" : "tokens");
	return WP_OK;
}

enum wp_err wp_jacobian_measure(struct wp_jacobian *jacobian,
	const struct wp_nn_model_input *reading, int distance, int samples, uint64_t seed)
{
	const struct wp_nn_model *model = reading->model;
	const struct wp_nn_data *data = &reading->source.data;
	struct segment segment = {0};
	struct wp_nn_net *net = NULL;
	struct wp_rng rng;
	size_t *begin = NULL, steps = (size_t)distance + 1;
	float *norms = NULL, *column = NULL;
	const struct wp_nn_context context = {
		.subwords = reading->subwords, .class_counts = model->counts, .seed = seed};
	*jacobian = (struct wp_jacobian){.distance = distance};
	enum wp_err err = check(reading);
	if (err)
		return err;
	if (!(err = sequence_begins(&begin, data)) &&
		!(err = wp_alloc(&norms, (size_t)samples, steps * sizeof *norms, "norms")) &&
		!(err = wp_alloc(&column, (size_t)samples, sizeof *column, "norms")) &&
		!(err = wp_alloc(&jacobian->row, steps, sizeof *jacobian->row, "norms")) &&
		!(err = segment_create(&segment,
			  last_layer(model)->type->units(last_layer(model)),
			  last_layer(model)->out.width, data->values ? data->inputs : 0,
			  distance + 1)) &&
		!(err = wp_nn_net_create(&net, model->graph, &context)))
		err = bound(&jacobian->factor, model, &segment);
	wp_rng_seed(&rng, seed, 0);
	for (int s = 0; !err && s < samples; s++) {
		float *norm = norms + (size_t)s * steps;
		draw(&segment, reading, begin, &rng);
		for (size_t d = (size_t)segment.length; d < steps; d++)
			norm[d] = -1;
		err = measure(&segment, model, net, (uint64_t)s, norm);
	}
	if (!err)
		sum_up(jacobian, norms, samples, column);
	else
		wp_jacobian_fini(jacobian);
	wp_nn_net_free(net);
	segment_free(&segment);
	free(begin);
	free(norms);
	free(column);
	return err;
}

void wp_jacobian_fini(struct wp_jacobian *jacobian)
{
	free(jacobian->row);
	jacobian->row = NULL;
}
