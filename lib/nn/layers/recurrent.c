#include "nn/layers/recurrent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/array.h"
#include "nn/layers/embedding.h"
#include "nn/kernels/kernels.h"
#include "nn/core/matrix.h"

/* Steps are worked through in chunks of so many bytes of gates: the products of whole chunks
 * are large enough to be fast, and what passes between them and the steps stays in the cache.
 */
enum { CHUNK_BYTES = 512 << 10, CHUNK_LEAST_ROWS = 96 };

struct NN(layer) {
	enum wp_nn_cell kind;
	enum wp_nn_activation activation;
	const struct wp_nn_params *params;
	const struct NN(cell_kernels) *kernels;
	const struct NN(kernels) *vectors;
	bool backward;                                       /* the direction */
	size_t units, gates;                                 /* H, G */
	size_t input, recurrent, bias, state_bias, peephole; /* numbers of parameters */

	/* Of the batch. */
	int sequences;
	size_t rows, chunk; /* rows of all steps, and of the largest chunk */
	const real *mask;   /* borrowed                                    */
	real *d_state;      /* borrowed                                    */

	/* What forward leaves for backward.  `state` and `cell` begin with the rows of the
	 * states before the first step, and end with as many zeros, which are what is before
	 * the sequences of the backward direction; between them, as in the others, are the
	 * batch's rows: of H numbers, in `gate` of G H.  `inner` is what nn/kernels/cells.h
	 * says; `masked` are the states before, after dropout. */
	struct NN(array) state, cell, gate, inner, masked;

	/* Recurrent weights as the kernels want them. */
	struct NN(array) packed;

	/* Of a chunk's rows: input times weights (G H); the derivatives of gates (G H) and of
	 * `inner`, for this chunk and the one worked on before; the states before. */
	struct NN(array) x, d_gate[2], d_inner[2], before;

	/* (sequences, H): the derivative of the LSTM's cells; and what is carried on, states
	 * and as many cells. */
	struct NN(array) d_cell, carried;
	int carried_sequences;
};

static bool has_cell(const struct NN(layer) *l)
{
	return l->kind == WP_NN_LSTM || l->kind == WP_NN_PEEPHOLE;
}

static bool has_inner(const struct NN(layer) *l)
{
	return l->kind == WP_NN_GRU || l->kind == WP_NN_GRU_RESET_BEFORE;
}

static size_t find(
	const struct wp_nn_params *params, int layer, bool backward, const char *what)
{
	char name[sizeof params->param->name];
	snprintf(name, sizeof name, "layer%d.%s.%s", layer, backward ? "backward" : "forward",
		what);
	const struct wp_nn_param *param = wp_nn_params_find(params, name);
	return param ? (size_t)(param - params->param) : params->count;
}

/* A parameter in theta, or its place in a gradient; NULL where the network does not have it. */
static const real *param(const struct NN(layer) *l, const real *theta, size_t number)
{
	return number < l->params->count ? theta + l->params->param[number].offset : NULL;
}

static real *param_gradient(
	const struct NN(layer) *l, struct NN(gradient) *gradient, size_t number)
{
	return number < l->params->count ? gradient->value + l->params->param[number].offset
					 : NULL;
}

enum wp_err NN(layer_create)(struct NN(layer) **layer, const struct wp_nn_config *config,
	const struct wp_nn_params *params, int number, int direction)
{
	struct NN(layer) *l;
	enum wp_err err = wp_alloc(&l, 1, sizeof *l, "recurrent layer");
	*layer = NULL;
	if (err)
		return err;
	bool backward = direction == 1;
	l->kind = config->cell;
	l->activation = config->activation;
	l->params = params;
	l->vectors = NN(kernels)(wp_cpu_isa());
	l->kernels = &l->vectors->cell;
	l->backward = backward;
	l->units = (size_t)config->hidden;
	l->input = find(params, number, backward, "input");
	l->recurrent = find(params, number, backward, "recurrent");
	l->bias = find(params, number, backward, "bias");
	l->state_bias = find(params, number, backward, "state_bias");
	l->peephole = find(params, number, backward, "peephole");
	l->gates = params->param[l->recurrent].cols / l->units;
	*layer = l;
	return WP_OK;
}

void NN(layer_free)(struct NN(layer) *l)
{
	if (!l)
		return;
	struct NN(array) *all[] = {&l->state, &l->cell, &l->gate, &l->inner, &l->masked,
		&l->packed, &l->x, &l->d_gate[0], &l->d_gate[1], &l->d_inner[0], &l->d_inner[1],
		&l->before, &l->d_cell, &l->carried};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
	free(l);
}

/* ---- Where things are ---- */

/* The i-th step in the order of the direction. */
static int step_of(const struct NN(layer) *l, const struct NN(batch) *b, int i)
{
	return l->backward ? b->steps - 1 - i : i;
}

/* Sequences that are there in step t + 1, too: the first ones.  The others end at t. */
static int going_on(const struct NN(batch) *b, int t)
{
	return t + 1 < b->steps ? b->active[t + 1] : 0;
}

/* The first row of step t in state and cell, and of the step before it in the direction. Before
 * the first stand the initial rows; behind the last, zeros. */
static size_t state_row(const struct NN(layer) *l, const struct NN(batch) *b, int t)
{
	return (size_t)l->sequences + b->begin[t];
}

static size_t row_before(const struct NN(layer) *l, const struct NN(batch) *b, int t)
{
	if (!l->backward)
		return t ? state_row(l, b, t - 1) : 0;
	return t + 1 < b->steps ? state_row(l, b, t + 1) : (size_t)l->sequences + l->rows;
}

/* Steps [first, last) in the order of the direction, whose rows are all those from `row`. */
struct chunk {
	int first, last;
	size_t row, rows;
};

static size_t chunk_rows(const struct NN(layer) *l)
{
	size_t rows = CHUNK_BYTES / (l->gates * l->units * sizeof(real));
	return rows > CHUNK_LEAST_ROWS ? rows : CHUNK_LEAST_ROWS;
}

static struct chunk chunk_from(const struct NN(layer) *l, const struct NN(batch) *b, int first)
{
	struct chunk chunk = {.first = first, .last = first};
	size_t enough = chunk_rows(l);
	while (chunk.last < b->steps && chunk.rows < enough)
		chunk.rows += (size_t)b->active[step_of(l, b, chunk.last++)];
	chunk.row = b->begin[step_of(l, b, l->backward ? chunk.last - 1 : first)];
	return chunk;
}

static struct chunk chunk_to(const struct NN(layer) *l, const struct NN(batch) *b, int last)
{
	struct chunk chunk = {.first = last, .last = last};
	size_t enough = chunk_rows(l);
	while (chunk.first > 0 && chunk.rows < enough)
		chunk.rows += (size_t)b->active[step_of(l, b, --chunk.first)];
	chunk.row = b->begin[step_of(l, b, l->backward ? last - 1 : chunk.first)];
	return chunk;
}

/* ---- Room ---- */

static enum wp_err reserve_forward(struct NN(layer) *l, const struct NN(batch) *b)
{
	const size_t sequences = (size_t)b->sequences, edged = l->rows + 2 * sequences;
	const size_t h = l->units, g = l->gates * h;
	const struct NN(want) want[] = {
		{&l->state, edged, h},
		{&l->cell, has_cell(l) ? edged : 0, h},
		{&l->gate, l->gates > 1 ? l->rows : 0, g},
		{&l->inner, has_inner(l) ? l->rows : 0, h},
		{&l->masked, l->mask ? l->rows : 0, h},
		{&l->packed, l->kernels->packed_size(h, l->gates), 1},
		{&l->x, l->chunk, g},
		{&l->carried, l->backward ? 0 : sequences, 2 * h},
	};
	return NN(reserve_all)(want, sizeof want / sizeof *want);
}

static enum wp_err reserve_backward(struct NN(layer) *l)
{
	const size_t h = l->units, g = l->gates * h, inner = has_inner(l) ? l->chunk : 0;
	const struct NN(want) want[] = {
		{&l->d_gate[0], l->chunk, g},
		{&l->d_gate[1], l->chunk, g},
		{&l->d_inner[0], inner, h},
		{&l->d_inner[1], inner, h},
		{&l->before, l->chunk, h},
		{&l->d_cell, has_cell(l) ? (size_t)l->sequences : 0, h},
	};
	return NN(reserve_all)(want, sizeof want / sizeof *want);
}

/* ---- Forward ---- */

/* The rows before the first step: the carried states, or zeros; and the zeros at the end. */
static void begin_states(struct NN(layer) *l, struct NN(array) *states, const real *carried)
{
	size_t size = (size_t)l->sequences * l->units;
	if (carried)
		memcpy(states->at, carried, size * sizeof(real));
	else
		memset(states->at, 0, size * sizeof(real));
	memset(states->at + size + l->rows * l->units, 0, size * sizeof(real));
}

static real *carried_cells(const struct NN(layer) *l)
{
	return l->carried.at + l->carried.room / 2;
}

static enum wp_err begin(struct NN(layer) *l, const struct NN(batch) *b, const real *mask)
{
	l->sequences = b->sequences;
	l->rows = b->begin[b->steps];
	l->chunk = chunk_rows(l) + (size_t)b->sequences;
	l->mask = mask;
	if (b->continues && (l->backward || b->sequences > l->carried_sequences))
		return wp_fail(WP_EINVAL,
			"batch: goes on, but there are states of %d of %d "
			"sequences",
			l->backward ? 0 : l->carried_sequences, b->sequences);
	/* Carried states that are not needed may be lost when their array grows. */
	enum wp_err err = reserve_forward(l, b);
	if (err)
		return err;
	begin_states(l, &l->state, b->continues ? l->carried.at : NULL);
	if (has_cell(l))
		begin_states(l, &l->cell, b->continues ? carried_cells(l) : NULL);
	return WP_OK;
}

/* The states with which the sequences end. */
static void carry(struct NN(layer) *l, const struct NN(batch) *b)
{
	for (int t = 0; t < b->steps; t++) {
		size_t first = (size_t)going_on(b, t), count = (size_t)b->active[t] - first;
		size_t from = (state_row(l, b, t) + first) * l->units, to = first * l->units;
		size_t bytes = count * l->units * sizeof(real);
		memcpy(l->carried.at + to, l->state.at + from, bytes);
		if (has_cell(l))
			memcpy(carried_cells(l) + to, l->cell.at + from, bytes);
	}
	l->carried_sequences = b->sequences;
}

/* What forward and backward have in common, for `count` sequences from `first` in step t.
 * `linked`: they have a step before. */
static struct NN(cell_step) moment_of(const struct NN(layer) *l, const real *theta,
	const struct NN(batch) *b, int t, size_t first, size_t count, bool linked)
{
	const size_t h = l->units, g = l->gates * h;
	const size_t row = b->begin[t] + first, at = (state_row(l, b, t) + first) * h;
	/* Without a step before there are zeros, in the backward direction those behind the
	 * last step. */
	size_t before = row_before(l, b, t) + first;
	if (!linked && l->backward)
		before = (size_t)l->sequences + l->rows;
	const real *state_before = l->state.at + before * h;
	return (struct NN(cell_step)){
		.units = h,
		.rows = count,
		.activation = l->activation,
		.weights = l->packed.at,
		.peephole = param(l, theta, l->peephole),
		.before = !linked ? NULL
			: l->mask ? l->masked.at + row * h
				  : state_before,
		.state_before = state_before,
		.cell_before = has_cell(l) ? l->cell.at + before * h : NULL,
		.gates = l->gates > 1 ? l->gate.at + row * g : NULL,
		.state = l->state.at + at,
		.cell = has_cell(l) ? l->cell.at + at : NULL,
		.inner = has_inner(l) ? l->inner.at + row * h : NULL,
		.mask = l->mask ? l->mask + first * h : NULL,
	};
}

static bool has_before(const struct NN(layer) *l, const struct NN(batch) *b, int t)
{
	return l->backward ? t + 1 < b->steps : t || b->continues;
}

static void forward_step(struct NN(layer) *l, const real *theta, const struct NN(batch) *b,
	const struct NN(layer_input) *in, const struct chunk *chunk, int t)
{
	const size_t h = l->units, active = (size_t)b->active[t];
	/* In the backward direction, those that end here begin here. */
	const size_t split = l->backward ? (size_t)going_on(b, t) : active;
	const bool linked = has_before(l, b, t);
	if (l->mask && linked)
		l->vectors->multiply(l->masked.at + b->begin[t] * h,
			l->state.at + row_before(l, b, t) * h, l->mask, split * h);
	if (l->mask)
		memset(l->masked.at + (b->begin[t] + (linked ? split : 0)) * h, 0,
			(active - (linked ? split : 0)) * h * sizeof(real));
	for (int part = 0; part < 2; part++) {
		size_t first = part ? split : 0, count = part ? active - split : split;
		if (!count)
			continue;
		struct NN(cell_step) m =
			moment_of(l, theta, b, t, first, count, linked && !part);
		if (in->tokens) {
			m.x = param(l, theta, l->input);
			m.ids = in->tokens + b->begin[t] + first;
		} else {
			m.x = l->x.at + (b->begin[t] + first - chunk->row) * l->gates * h;
		}
		m.bias = param(l, theta, l->bias);
		m.state_bias = param(l, theta, l->state_bias);
		l->kernels->forward[l->kind](&m);
	}
}

enum wp_err NN(layer_forward)(struct NN(layer) *l, const real *theta, const struct NN(batch) *b,
	struct NN(layer_input) in, const real *mask)
{
	enum wp_err err = begin(l, b, mask);
	if (err)
		return err;
	const struct wp_nn_param *input = &l->params->param[l->input];
	l->kernels->pack_forward[l->kind](
		l->packed.at, param(l, theta, l->recurrent), l->units);
	for (int i = 0; i < b->steps;) {
		struct chunk chunk = chunk_from(l, b, i);
		if (!in.tokens)
			NN(gemm_nn)
		(chunk.rows, input->cols, input->rows, in.x + chunk.row * input->rows,
			input->rows, theta + input->offset, input->cols, 0, l->x.at,
			input->cols);
		for (; i < chunk.last; i++)
			forward_step(l, theta, b, &in, &chunk, step_of(l, b, i));
	}
	if (!l->backward)
		carry(l, b);
	return WP_OK;
}

/* ---- Backward ---- */

/* `flip`: which of the two chunks' arrays is this one's. */
static void backward_step(struct NN(layer) *l, const real *theta, const struct NN(batch) *b,
	struct NN(gradient) *gradient, const struct chunk *chunk,
	const struct chunk *chunk_after, int flip, int t)
{
	const size_t h = l->units, g = l->gates * h;
	const int after = l->backward ? t - 1 : t + 1;
	const bool has_after = after >= 0 && after < b->steps;
	/* Those that end here have nothing after it, or in the backward direction, before. */
	const size_t split = (size_t)going_on(b, t), active = (size_t)b->active[t];
	/* Where the step after is: in this chunk, or in the one worked on before it. */
	bool same = has_after && b->begin[after] >= chunk->row &&
		b->begin[after] < chunk->row + chunk->rows;
	size_t row_after = !has_after ? 0
		: same                ? b->begin[after] - chunk->row
				      : b->begin[after] - chunk_after->row;
	int from = same ? flip : !flip;
	for (int part = 0; part < 2; part++) {
		size_t first = part ? split : 0, count = part ? active - split : split;
		if (!count)
			continue;
		bool linked = has_before(l, b, t) && (!l->backward || !part);
		bool followed = has_after && (l->backward || !part);
		size_t row = b->begin[t] + first, in_chunk = row - chunk->row;
		struct NN(cell_step) m = moment_of(l, theta, b, t, first, count, linked);
		if (followed) {
			m.d_next = l->d_gate[from].at + (row_after + first) * g;
			if (l->kind == WP_NN_GRU)
				m.d_inner_next = l->d_inner[from].at + (row_after + first) * h;
		}
		m.d_state = l->d_state + row * h;
		if (linked && (l->backward || t))
			m.d_before = l->d_state +
				(row_before(l, b, t) - (size_t)l->sequences + first) * h;
		if (has_cell(l))
			m.d_cell = l->d_cell.at + first * h;
		m.d_gates = l->d_gate[flip].at + in_chunk * g;
		if (has_inner(l))
			m.d_inner = l->d_inner[flip].at + in_chunk * h;
		if (gradient)
			m.d_peephole = param_gradient(l, gradient, l->peephole);
		l->kernels->backward[l->kind](&m);
	}
}

/* The states before, one for each row of a chunk: where they stand, if they stand together,
 * else copied together. */
static const real *states_before(
	struct NN(layer) *l, const struct NN(batch) *b, const struct chunk *chunk)
{
	const size_t h = l->units;
	if (l->mask)
		return l->masked.at + chunk->row * h;
	int t = step_of(l, b, l->backward ? chunk->last - 1 : chunk->first);
	const int end = t + chunk->last - chunk->first;
	const real *together = l->state.at + row_before(l, b, t) * h;
	bool even = true;
	for (int i = t; i < end; i++) {
		int before = l->backward ? going_on(b, i) : i ? b->active[i - 1] : b->sequences;
		if (l->backward && i + 1 == b->steps)
			before = b->active[i];
		even = even && before == b->active[i];
	}
	if (even)
		return together;
	for (real *to = l->before.at; t < end; t++) {
		size_t active = (size_t)b->active[t];
		size_t count = l->backward ? (size_t)going_on(b, t) : active;
		memcpy(to, l->state.at + row_before(l, b, t) * h, count * h * sizeof(real));
		memset(to + count * h, 0, (active - count) * h * sizeof(real));
		to += active * h;
	}
	return l->before.at;
}

/* The gradient of the recurrent weights by a chunk: what the product read, times the
 * derivatives of what it gave. */
static void recurrent_gradient(struct NN(layer) *l, const struct NN(batch) *b,
	const struct chunk *chunk, const real *d_gates, const real *d_inner, real *to)
{
	const size_t h = l->units, g = l->gates * h;
	const real *before = states_before(l, b, chunk);
	const size_t straight = has_inner(l) ? 2 * h : g;
	NN(gemm_tn)(h, straight, chunk->rows, before, h, d_gates, g, 1, to, g);
	if (l->kind == WP_NN_GRU)
		NN(gemm_tn)(h, h, chunk->rows, before, h, d_inner, h, 1, to + straight, g);
	else if (l->kind == WP_NN_GRU_RESET_BEFORE)
		NN(gemm_tn)
	(h, h, chunk->rows, l->inner.at + chunk->row * h, h, d_gates + straight, g, 1,
		to + straight, g);
}

static void add_gradient(struct NN(layer) *l, const struct NN(batch) *b,
	const struct NN(layer_input) *in, const struct chunk *chunk, int flip,
	struct NN(gradient) *gradient)
{
	const struct wp_nn_param *input = &l->params->param[l->input];
	const size_t h = l->units, g = l->gates * h;
	const real *d_gates = l->d_gate[flip].at, *d_inner = l->d_inner[flip].at;
	if (in->tokens)
		NN(scatter)
	(l->vectors, gradient, l->input, in->tokens + chunk->row, chunk->rows, d_gates, g);
	else NN(gemm_tn)(input->rows, g, chunk->rows, in->x + chunk->row * input->rows,
		input->rows, d_gates, g, 1, gradient->value + input->offset, g);
	recurrent_gradient(
		l, b, chunk, d_gates, d_inner, param_gradient(l, gradient, l->recurrent));
	real *bias = param_gradient(l, gradient, l->bias);
	real *state_bias = param_gradient(l, gradient, l->state_bias);
	if (bias)
		l->vectors->add_rows(bias, d_gates, g, chunk->rows, g);
	if (state_bias)
		l->vectors->add_rows(state_bias, d_inner, h, chunk->rows, h);
}

enum wp_err NN(layer_backward)(struct NN(layer) *l, const real *theta,
	const struct NN(batch) *b, struct NN(layer_input) in, real *d_state, real *d_x,
	bool adds, struct NN(gradient) *gradient)
{
	enum wp_err err = reserve_backward(l);
	if (err)
		return err;
	const struct wp_nn_param *input = &l->params->param[l->input];
	const size_t g = l->gates * l->units;
	l->d_state = d_state;
	l->kernels->pack_backward[l->kind](
		l->packed.at, param(l, theta, l->recurrent), l->units);
	if (has_cell(l))
		memset(l->d_cell.at, 0, (size_t)l->sequences * l->units * sizeof(real));
	struct chunk after = {0};
	int flip = 0;
	for (int i = b->steps; i > 0; flip = !flip) {
		struct chunk chunk = chunk_to(l, b, i);
		while (i-- > chunk.first)
			backward_step(
				l, theta, b, gradient, &chunk, &after, flip, step_of(l, b, i));
		i = chunk.first;
		if (d_x)
			NN(gemm_nt)
		(chunk.rows, input->rows, g, l->d_gate[flip].at, g, theta + input->offset, g,
			adds, d_x + chunk.row * input->rows, input->rows);
		if (gradient)
			add_gradient(l, b, &in, &chunk, flip, gradient);
		after = chunk;
	}
	return WP_OK;
}

/* ---- What is left behind ---- */

struct NN(activity) NN(layer_activity)(const struct NN(layer) *l)
{
	size_t at = (size_t)l->sequences * l->units;
	return (struct NN(activity)){
		.state = l->state.at + at,
		.gates = l->gates > 1 ? l->gate.at : l->state.at + at,
		.cell = has_cell(l) ? l->cell.at + at : NULL,
		.d_state = l->d_state,
	};
}

size_t NN(layer_carry_size)(const struct NN(layer) *l, int sequences)
{
	return (size_t)sequences * l->units * (has_cell(l) ? 2 : 1);
}

enum wp_err NN(layer_get_carry)(const struct NN(layer) *l, int sequences, real *to)
{
	size_t size = (size_t)sequences * l->units;
	if (sequences > l->carried_sequences)
		return wp_fail(WP_EINVAL, "states: of %d sequences wanted, but there are %d",
			sequences, l->carried_sequences);
	memcpy(to, l->carried.at, size * sizeof *to);
	if (has_cell(l))
		memcpy(to + size, carried_cells(l), size * sizeof *to);
	return WP_OK;
}

enum wp_err NN(layer_set_carry)(struct NN(layer) *l, int sequences, const real *from)
{
	size_t size = (size_t)sequences * l->units;
	const struct NN(want) want = {&l->carried, (size_t)sequences, 2 * l->units};
	enum wp_err err = NN(reserve_all)(&want, 1);
	if (err)
		return err;
	memcpy(l->carried.at, from, size * sizeof *from);
	if (has_cell(l))
		memcpy(carried_cells(l), from + size, size * sizeof *from);
	l->carried_sequences = sequences;
	return WP_OK;
}
