#include "nn/tasks/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/pooling.h"
#include "nn/net/graph.h"
#include "nn/tasks/autoencode.h"
#include "nn/tasks/mode.h"
#include "nn/tasks/predictor.h"

/* ---- A vector for each sentence ---- */

struct encoder {
	const struct wp_nn_model_input *reading;
	const struct wp_nn_graph *graph;
	size_t units; /* of the last recurrent layer */
	int directions;
	enum wp_nn_pooling pooling;
	struct wp_nn_predictor *predictor;
	struct wp_nn_window window;
	size_t width;
	float *encoding; /* (sentences of the window, width) */
	size_t room;
};

/* The backward direction ends at the first token: its last state is not that of the last. */
static void take_encoding(void *arg, const struct wp_nn_predicted *p)
{
	struct encoder *e = arg;
	for (int direction = 0; direction < e->directions; direction++) {
		const struct wp_nn_activity a =
			wp_nn_net_activity(p->net, e->graph->recurrent - 1, direction);
		for (int t = 0; t < p->batch->steps; t++)
			for (int b = 0; b < p->batch->active[t]; b++) {
				size_t s = p->sequence[b], row = p->batch->begin[t] + (size_t)b;
				int step = (int)p->first_step + t;
				if (direction && e->pooling == WP_NN_LAST && step > 0)
					continue;
				wp_nn_pool_step(e->pooling,
					e->encoding + s * e->width +
						(size_t)direction * e->units,
					NULL, a.state + row * a.stride, e->units, step);
			}
	}
}

static void divide(struct encoder *e)
{
	const struct wp_nn_window *w = &e->window;
	for (size_t s = 0; s < w->sequences.count; s++)
		for (size_t i = 0; i < e->width && w->length[s] > 0; i++)
			e->encoding[s * e->width + i] /= (float)w->length[s];
}

static enum wp_err encode(struct encoder *e, struct wp_writer *writer)
{
	struct wp_nn_window *w = &e->window;
	enum wp_err err;
	while (!(err = wp_nn_window_next(w, e->reading, wp_nn_window_rows(0), true))) {
		size_t n = w->sequences.count;
		err = wp_grow(
			&e->encoding, &e->room, n * e->width, sizeof *e->encoding, "encoding");
		if (err)
			return err;
		memset(e->encoding, 0, n * e->width * sizeof *e->encoding);
		err = wp_nn_predict(
			e->predictor, &w->sequences, false, false, take_encoding, e);
		if (err)
			return err;
		if (e->pooling == WP_NN_MEAN)
			divide(e);
		err = wp_writer_put_rows(
			writer, "encoding", WP_F32, e->encoding, n, e->width, true);
		if (err)
			return err;
	}
	return err == WP_END
		? wp_writer_put_rows(writer, "encoding", WP_F32, NULL, 0, e->width, false)
		: err;
}

static enum wp_err put_labels(const struct wp_nn_model_input *r, struct wp_writer *writer)
{
	const struct wp_corpus *corpus = &r->source.corpus;
	if (corpus->label_vocab.count == 0)
		return WP_OK;
	enum wp_err err = wp_writer_put_list(writer, "labels.vocab", &corpus->label_vocab);
	return err ? err
		   : wp_writer_put_slice(writer, "labels", WP_I32, corpus->labels,
			     r->source.data.sequences, false);
}

enum wp_err wp_nn_encode(const struct wp_nn_model_input *reading, enum wp_nn_pooling pooling,
	int threads, struct wp_writer *writer)
{
	const struct wp_nn_graph *g = reading->model->graph;
	if (wp_nn_tasks[reading->model->config.task].itself)
		return pooling == WP_NN_LAST
			? wp_nn_encode_rows(reading, writer)
			: wp_fail(WP_EMISMATCH,
				  "model: an auto-encoder has a code for each row: nothing to "
				  "pool");
	if (g->recurrent == 0)
		return wp_fail(
			WP_EMISMATCH, "model: no recurrent layer, whose states would encode");
	const struct wp_nn_node *last = wp_nn_graph_recurrent(g, g->recurrent - 1);
	struct encoder e = {.reading = reading,
		.graph = g,
		.pooling = pooling,
		.units = last->type->units(last),
		.directions = last->type->directions(last)};
	e.width = e.units * (size_t)e.directions;
	enum wp_err err = wp_nn_predictor_create(
		&e.predictor, reading->model, reading->subwords, threads);
	if (!err)
		err = encode(&e, writer);
	if (!err)
		err = put_labels(reading, writer);
	wp_nn_predictor_free(e.predictor);
	wp_nn_window_fini(&e.window);
	free(e.encoding);
	return err;
}

/* ---- All that goes on inside ---- */

/* What is written of a direction of a layer, token by token. */
struct series {
	char name[WP_NAME_SIZE];
	size_t units;
	float *value; /* (rows of the window, units) */
};

/* A direction of a recurrent layer: its series are the gates, the state, and the cell if it has
 * one. */
struct direction {
	size_t layer;
	int direction, gates;
	bool has_cell;
	size_t units;
	struct series *series;
};

struct states {
	const struct wp_nn_model_input *reading;
	struct wp_nn_predictor *predictor;
	struct wp_nn_window window;
	struct direction *directions;
	struct series *series;
	int direction_count, series_count;
	size_t numbers;         /* of a row of all series */
	size_t most_rows, room; /* of a window; of each value, in rows */
};

static void add_series(struct states *s, const struct direction *d, const char *what)
{
	struct series *series = &s->series[s->series_count++];
	series->units = d->units;
	s->numbers += d->units;
	snprintf(series->name, sizeof series->name, "states.%zu.%s.%s", d->layer,
		d->direction ? "backward" : "forward", what);
}

static void add_direction(
	struct states *s, const struct wp_nn_node *node, size_t layer, int direction)
{
	const struct wp_nn_cell *cell = node->type->cell;
	struct direction *d = &s->directions[s->direction_count++];
	*d = (struct direction){.layer = layer,
		.direction = direction,
		.has_cell = cell->has_cell,
		.units = node->type->units(node),
		.series = s->series + s->series_count};
	for (; cell->gate_names[d->gates]; d->gates++)
		add_series(s, d, cell->gate_names[d->gates]);
	add_series(s, d, "state");
	if (d->has_cell)
		add_series(s, d, "cell");
}

static enum wp_err name_series(struct states *s)
{
	enum { MOST_SERIES = 6 }; /* of a direction: state, cell, four gates */
	const struct wp_nn_graph *g = s->reading->model->graph;
	size_t most = 2 * g->recurrent;
	enum wp_err err = wp_alloc(&s->directions, most, sizeof *s->directions, "states");
	if (!err)
		err = wp_alloc(&s->series, most * MOST_SERIES, sizeof *s->series, "states");
	for (size_t layer = 0; !err && layer < g->recurrent; layer++) {
		const struct wp_nn_node *node = wp_nn_graph_recurrent(g, layer);
		for (int d = 0; d < node->type->directions(node); d++)
			add_direction(s, node, layer, d);
	}
	return err;
}

/* Copy row `from` of what the net has to row `to` of a direction's series. */
static void take_row(
	const struct direction *d, const struct wp_nn_activity *a, size_t to, size_t from)
{
	const size_t h = d->units, gates = (size_t)d->gates;
	struct series *series = d->series;
	for (size_t g = 0; g < gates; g++)
		memcpy(series[g].value + to * h, a->gates + (from * gates + g) * h,
			h * sizeof(float));
	memcpy(series[gates].value + to * h, a->state + from * a->stride, h * sizeof(float));
	if (d->has_cell)
		memcpy(series[gates + 1].value + to * h, a->cell + from * h, h * sizeof(float));
}

static void take_states(void *arg, const struct wp_nn_predicted *p)
{
	struct states *s = arg;
	const struct wp_nn_window *w = &s->window;
	for (int i = 0; i < s->direction_count; i++) {
		const struct direction *d = &s->directions[i];
		const struct wp_nn_activity a =
			wp_nn_net_activity(p->net, d->layer, d->direction);
		for (int t = 0; t < p->batch->steps; t++)
			for (int b = 0; b < p->batch->active[t]; b++) {
				size_t to = wp_nn_window_row(
					w, p->sequence[b], p->first_step + (size_t)t);
				take_row(d, &a, to, p->batch->begin[t] + (size_t)b);
			}
	}
}

static enum wp_err make_room(struct states *s, size_t rows)
{
	enum wp_err err = WP_OK;
	size_t room = s->room;
	for (int i = 0; !err && i < s->series_count; i++) {
		room = s->room;
		err = wp_grow(&s->series[i].value, &room, rows,
			s->series[i].units * sizeof(float), "states");
	}
	if (!err)
		s->room = room;
	return err;
}

static enum wp_err put_series(
	const struct states *s, size_t rows, bool more, struct wp_writer *writer)
{
	enum wp_err err = WP_OK;
	for (int i = 0; !err && i < s->series_count; i++)
		err = wp_writer_put_rows(writer, s->series[i].name, WP_F32, s->series[i].value,
			rows, s->series[i].units, more);
	return err;
}

/* Run the network over the window.  To a model of a stream its sentences are one sequence,
 * which continues from window to window. */
static enum wp_err run(struct states *s)
{
	const struct wp_nn_model *m = s->reading->model;
	const struct wp_nn_window *w = &s->window;
	if (!wp_nn_tasks[m->config.task].next || m->sentences || m->graph->looks_ahead)
		return wp_nn_predict(s->predictor, &w->sequences, false, false, take_states, s);
	int32_t length = (int32_t)w->rows;
	const struct wp_nn_sequences whole = {
		.ids = w->ids, .begin = w->begin, .length = &length, .count = 1};
	return wp_nn_predict(s->predictor, &whole, false, w->row > 0, take_states, s);
}

static enum wp_err put_states(struct states *s, struct wp_writer *writer)
{
	struct wp_nn_window *w = &s->window;
	bool words = s->reading->model->config.input != WP_NN_REAL;
	enum wp_err err;
	while (!(err = wp_nn_window_next(w, s->reading, s->most_rows, true))) {
		if ((err = make_room(s, w->rows)) || (err = run(s)))
			return err;
		if (words &&
			(err = wp_writer_put_slice(
				 writer, "ids", WP_I32, w->ids, w->rows, true)))
			return err;
		if ((err = wp_writer_put_slice(
			     writer, "lengths", WP_I32, w->length, w->sequences.count, true)) ||
			(err = put_series(s, w->rows, true, writer)))
			return err;
	}
	if (err != WP_END)
		return err;
	err = words ? wp_writer_put_slice(writer, "ids", WP_I32, NULL, 0, false) : WP_OK;
	if (!err)
		err = wp_writer_put_slice(writer, "lengths", WP_I32, NULL, 0, false);
	return err ? err : put_series(s, 0, false, writer);
}

enum wp_err wp_nn_put_states(
	const struct wp_nn_model_input *reading, int threads, struct wp_writer *writer)
{
	struct states s = {.reading = reading};
	enum wp_err err = name_series(&s);
	if (!err)
		err = wp_nn_predictor_create(
			&s.predictor, reading->model, reading->subwords, threads);
	s.most_rows = wp_nn_window_rows(s.numbers);
	if (!err && reading->model->vocab.count > 0)
		err = wp_writer_put_list(writer, "vocab", &reading->model->vocab);
	if (!err)
		err = put_states(&s, writer);
	wp_nn_predictor_free(s.predictor);
	wp_nn_window_fini(&s.window);
	for (int i = 0; i < s.series_count; i++)
		free(s.series[i].value);
	free(s.series);
	free(s.directions);
	return err;
}

enum wp_err wp_nn_use_to_encode(const struct wp_nn_use *use)
{
	return wp_nn_encode(use->reading, use->how->pooling, use->how->threads, use->writer);
}

enum wp_err wp_nn_use_for_states(const struct wp_nn_use *use)
{
	return wp_nn_put_states(use->reading, use->how->threads, use->writer);
}
