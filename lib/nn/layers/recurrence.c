#include "nn/layers/recurrence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/matrix.h"
#include "nn/layers/dropout.h"
#include "nn/layers/embedding.h"

/* Steps are worked through in chunks of so many bytes of gates: the products of whole chunks
 * are large enough to be fast, and what passes between them and the steps stays in the cache.
 */
enum { CHUNK_BYTES = 512 << 10, CHUNK_LEAST_ROWS = 96 };

static const real *param(const struct NN(direction) *l, const real *theta, int which)
{
	return NN(param)(l->node, l->params, theta, l->first_param + which);
}

static real *param_gradient(
	const struct NN(direction) *l, struct NN(gradient) *gradient, int which)
{
	return NN(param_gradient)(l->node, gradient, l->first_param + which);
}

static bool has_cell(const struct NN(direction) *l)
{
	return l->kind->has_cell;
}

static bool has_inner(const struct NN(direction) *l)
{
	return l->kind->reset != WP_NN_NO_RESET;
}

/* ---- Where things are ---- */

/* The i-th step in the order of the direction. */
static int step_of(const struct NN(direction) *l, const struct NN(batch) *b, int i)
{
	return l->backward ? b->steps - 1 - i : i;
}

/* The first row of step t in state and cell, and of the step before it in the direction. Before
 * the first stand the initial rows; behind the last, zeros. */
static size_t state_row(const struct NN(direction) *l, const struct NN(batch) *b, int t)
{
	return (size_t)l->sequences + b->begin[t];
}

static size_t row_before(const struct NN(direction) *l, const struct NN(batch) *b, int t)
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

static size_t chunk_rows(const struct NN(direction) *l)
{
	size_t rows = CHUNK_BYTES / (l->gates * l->units * sizeof(real));
	return rows > CHUNK_LEAST_ROWS ? rows : CHUNK_LEAST_ROWS;
}

static struct chunk chunk_from(
	const struct NN(direction) *l, const struct NN(batch) *b, int first)
{
	struct chunk chunk = {.first = first, .last = first};
	size_t enough = chunk_rows(l);
	while (chunk.last < b->steps && chunk.rows < enough)
		chunk.rows += (size_t)b->active[step_of(l, b, chunk.last++)];
	chunk.row = b->begin[step_of(l, b, l->backward ? chunk.last - 1 : first)];
	return chunk;
}

static struct chunk chunk_to(const struct NN(direction) *l, const struct NN(batch) *b, int last)
{
	struct chunk chunk = {.first = last, .last = last};
	size_t enough = chunk_rows(l);
	while (chunk.first > 0 && chunk.rows < enough)
		chunk.rows += (size_t)b->active[step_of(l, b, --chunk.first)];
	chunk.row = b->begin[step_of(l, b, l->backward ? last - 1 : chunk.first)];
	return chunk;
}

/* ---- Room ---- */

static enum wp_err reserve_forward(struct NN(direction) *l)
{
	const size_t edged = l->rows + 2 * (size_t)l->sequences;
	const size_t h = l->units, g = l->gates * h;
	const struct NN(want) want[] = {
		{&l->cell, has_cell(l) ? edged : 0, h},
		{&l->gate, l->gates > 1 ? l->rows : 0, g},
		{&l->inner, has_inner(l) ? l->rows : 0, h},
		{&l->masked, l->mask ? l->rows : 0, h},
		{&l->packed, l->kernels->packed_size(h, l->gates), 1},
		{&l->x, l->chunk, g},
	};
	return NN(reserve_all)(want, sizeof want / sizeof *want);
}

static enum wp_err reserve_backward(struct NN(direction) *l)
{
	const size_t h = l->units, g = l->gates * h, inner = has_inner(l) ? l->chunk : 0;
	const struct NN(want) want[] = {
		{&l->d_gate[0], l->chunk, g},
		{&l->d_gate[1], l->chunk, g},
		{&l->d_inner[0], inner, h},
		{&l->d_inner[1], inner, h},
		{&l->before, l->chunk, h},
		{&l->d_cell, has_cell(l) ? (size_t)l->sequences : 0, h},
		{&l->d_first, l->wants_first ? (size_t)l->sequences : 0, l->stride},
		{&l->through, l->wants_first ? (size_t)l->sequences : 0, h},
	};
	return NN(reserve_all)(want, sizeof want / sizeof *want);
}

/* ---- Forward ---- */

static void begin_cells(
	struct NN(direction) *l, size_t sequences, const real *cells, size_t stride)
{
	const size_t h = l->units;
	NN(begin_states)(l->cell.at, sequences, l->rows, h, NULL, 0);
	for (size_t s = 0; s < sequences && cells; s++)
		memcpy(l->cell.at + s * h, cells + s * stride, h * sizeof *cells);
}

void NN(begin_states)(real *states, size_t sequences, size_t rows, size_t width,
	const real *first, size_t first_width)
{
	size_t size = sequences * width;
	if (!first || first_width != width)
		memset(states, 0, size * sizeof *states);
	for (size_t s = 0; s < sequences && first; s++)
		memcpy(states + s * width, first + s * first_width,
			(first_width < width ? first_width : width) * sizeof *states);
	memset(states + size + rows * width, 0, size * sizeof *states);
}

static enum wp_err begin(struct NN(direction) *l, const struct NN(batch) *b, bool begun)
{
	l->sequences = b->sequences;
	l->rows = b->begin[b->steps];
	l->chunk = chunk_rows(l) + (size_t)b->sequences;
	l->begun = begun;
	return reserve_forward(l);
}

/* to = the rows of the states, times the mask. */
static void mask_states(
	const struct NN(direction) *l, real *to, const real *states, size_t rows)
{
	const size_t h = l->units;
	if (l->stride == h) {
		l->vectors->multiply(to, states, l->mask, rows * h);
		return;
	}
	for (size_t r = 0; r < rows; r++)
		l->vectors->multiply(to + r * h, states + r * l->stride, l->mask + r * h, h);
}

/* What forward and backward have in common, for `count` sequences from `first` in step t.
 * `linked`: they have a step before. */
static struct NN(cell_step) moment_of(const struct NN(direction) *l, const real *theta,
	const struct NN(batch) *b, int t, size_t first, size_t count, bool linked)
{
	const size_t h = l->units, g = l->gates * h;
	const size_t row = b->begin[t] + first, at = state_row(l, b, t) + first;
	/* Without a step before there are zeros, in the backward direction those behind the
	 * last step. */
	size_t before = row_before(l, b, t) + first;
	if (!linked && l->backward)
		before = (size_t)l->sequences + l->rows;
	const real *state_before = l->state + before * l->stride;
	return (struct NN(cell_step)){
		.units = h,
		.rows = count,
		.stride = l->stride,
		.before_stride = l->mask ? h : l->stride,
		.activation = l->activation,
		.weights = l->packed.at,
		.peephole = param(l, theta, WP_NN_DIRECTION_PEEPHOLE),
		.before = !linked ? NULL
			: l->mask ? l->masked.at + row * h
				  : state_before,
		.state_before = state_before,
		.cell_before = has_cell(l) ? l->cell.at + before * h : NULL,
		.gates = l->gates > 1 ? l->gate.at + row * g : NULL,
		.state = l->state + at * l->stride,
		.cell = has_cell(l) ? l->cell.at + at * h : NULL,
		.inner = has_inner(l) ? l->inner.at + row * h : NULL,
		.mask = l->mask ? l->mask + first * h : NULL,
	};
}

static bool has_before(const struct NN(direction) *l, const struct NN(batch) *b, int t)
{
	return l->backward ? t + 1 < b->steps : t || l->begun;
}

static void forward_step(struct NN(direction) *l, const real *theta, const struct NN(batch) *b,
	const struct NN(direction_input) *in, const struct chunk *chunk, int t)
{
	const size_t h = l->units, active = (size_t)b->active[t];
	/* In the backward direction, those that end here begin here. */
	const size_t split = l->backward ? (size_t)NN(going_on)(b, t) : active;
	const bool linked = has_before(l, b, t);
	if (l->mask && linked)
		mask_states(l, l->masked.at + b->begin[t] * h,
			l->state + row_before(l, b, t) * l->stride, split);
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
			m.x = param(l, theta, WP_NN_DIRECTION_INPUT);
			m.ids = in->tokens + b->begin[t] + first;
		} else {
			m.x = l->x.at + (b->begin[t] + first - chunk->row) * l->gates * h;
		}
		m.bias = param(l, theta, WP_NN_DIRECTION_BIAS);
		m.state_bias = param(l, theta, WP_NN_DIRECTION_STATE_BIAS);
		l->kernels->forward[l->kind->kernel](&m);
	}
}

static void run_forward(struct NN(direction) *l, const real *theta, const struct NN(batch) *b,
	const struct NN(direction_input) *in)
{
	const size_t g = l->gates * l->units;
	l->kernels->pack_forward[l->kind->kernel](l->packed.at,
		l->weights_dropped ? l->weight.at : param(l, theta, WP_NN_DIRECTION_RECURRENT),
		l->units);
	for (int i = 0; i < b->steps;) {
		struct chunk chunk = chunk_from(l, b, i);
		if (!in->tokens)
			NN(gemm_nn)(chunk.rows, g, in->width, in->x + chunk.row * in->width,
				in->width, param(l, theta, WP_NN_DIRECTION_INPUT), g, 0,
				l->x.at, g);
		for (; i < chunk.last; i++) {
			const int t = step_of(l, b, i);
			if (l->steps)
				l->steps->before(l->steps->self, t,
					l->state + row_before(l, b, t) * l->stride,
					l->x.at + (b->begin[t] - chunk.row) * g);
			forward_step(l, theta, b, in, &chunk, t);
		}
	}
}

enum wp_err NN(direction_forward)(struct NN(direction) *l, const real *theta,
	const struct NN(batch) *b, const struct NN(direction_input) *in, bool begun,
	const real *cells, size_t cells_stride)
{
	enum wp_err err = begin(l, b, begun);
	if (err)
		return err;
	if (has_cell(l))
		begin_cells(l, (size_t)b->sequences, cells, cells_stride);
	run_forward(l, theta, b, in);
	return WP_OK;
}

/* ---- Backward ---- */

/* Where the derivatives of the states before step t are. */
static real *d_state_before(const struct NN(direction) *l, const struct NN(batch) *b, int t)
{
	if (!l->backward && t == 0)
		return l->d_first.at;
	return l->d_state + (row_before(l, b, t) - (size_t)l->sequences) * l->stride;
}

/* `flip`: which of the two chunks' arrays is this one's. */
static void backward_step(struct NN(direction) *l, const real *theta, const struct NN(batch) *b,
	struct NN(gradient) *gradient, const struct chunk *chunk,
	const struct chunk *chunk_after, int flip, int t)
{
	const size_t h = l->units, g = l->gates * h;
	const int after = l->backward ? t - 1 : t + 1;
	const bool has_after = after >= 0 && after < b->steps;
	/* Those that end here have nothing after it, or in the backward direction, before. */
	const size_t split = (size_t)NN(going_on)(b, t), active = (size_t)b->active[t];
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
			if (l->kind->reset == WP_NN_RESET_AFTER)
				m.d_inner_next = l->d_inner[from].at + (row_after + first) * h;
		}
		m.d_state = l->d_state + row * l->stride;
		if (linked && (l->backward || t || l->wants_first))
			m.d_before = d_state_before(l, b, t) + first * l->stride;
		if (has_cell(l))
			m.d_cell = l->d_cell.at + first * h;
		m.d_gates = l->d_gate[flip].at + in_chunk * g;
		if (has_inner(l))
			m.d_inner = l->d_inner[flip].at + in_chunk * h;
		if (gradient)
			m.d_peephole = param_gradient(l, gradient, WP_NN_DIRECTION_PEEPHOLE);
		l->kernels->backward[l->kind->kernel](&m);
	}
}

/* The states before, one for each row of a chunk: where they stand, if they stand together,
 * else copied together; *ld apart. */
static const real *states_before(struct NN(direction) *l, const struct NN(batch) *b,
	const struct chunk *chunk, size_t *ld)
{
	const size_t h = l->units;
	*ld = h;
	if (l->mask)
		return l->masked.at + chunk->row * h;
	int t = step_of(l, b, l->backward ? chunk->last - 1 : chunk->first);
	const int end = t + chunk->last - chunk->first;
	const real *together = l->state + row_before(l, b, t) * l->stride;
	bool even = true;
	for (int i = t; i < end; i++) {
		int before = l->backward ? NN(going_on)(b, i)
			: i              ? b->active[i - 1]
					 : b->sequences;
		if (l->backward && i + 1 == b->steps)
			before = b->active[i];
		even = even && before == b->active[i];
	}
	if (even) {
		*ld = l->stride;
		return together;
	}
	for (real *to = l->before.at; t < end; t++) {
		size_t active = (size_t)b->active[t];
		size_t count = l->backward ? (size_t)NN(going_on)(b, t) : active;
		const real *from = l->state + row_before(l, b, t) * l->stride;
		if (l->stride == h)
			memcpy(to, from, count * h * sizeof(real));
		for (size_t r = 0; r < count && l->stride != h; r++)
			memcpy(to + r * h, from + r * l->stride, h * sizeof(real));
		memset(to + count * h, 0, (active - count) * h * sizeof(real));
		to += active * h;
	}
	return l->before.at;
}

/* The gradient of the recurrent weights by a chunk: what the product read, times the
 * derivatives of what it gave. */
static void recurrent_gradient(struct NN(direction) *l, const struct NN(batch) *b,
	const struct chunk *chunk, const real *d_gates, const real *d_inner, real *to)
{
	const size_t h = l->units, g = l->gates * h;
	size_t ld;
	const real *before = states_before(l, b, chunk, &ld);
	const size_t straight = has_inner(l) ? 2 * h : g;
	NN(gemm_tn)(h, straight, chunk->rows, before, ld, d_gates, g, 1, to, g);
	if (l->kind->reset == WP_NN_RESET_AFTER)
		NN(gemm_tn)(h, h, chunk->rows, before, ld, d_inner, h, 1, to + straight, g);
	else if (l->kind->reset == WP_NN_RESET_BEFORE)
		NN(gemm_tn)
	(h, h, chunk->rows, l->inner.at + chunk->row * h, h, d_gates + straight, g, 1,
		to + straight, g);
}

static void add_gradient(struct NN(direction) *l, const struct NN(batch) *b,
	const struct NN(direction_input) *in, const struct chunk *chunk, int flip,
	struct NN(gradient) *gradient)
{
	const size_t h = l->units, g = l->gates * h, width = in->width;
	const real *d_gates = l->d_gate[flip].at, *d_inner = l->d_inner[flip].at;
	if (in->tokens)
		NN(scatter)(l->vectors, gradient,
			l->node->param[l->first_param + WP_NN_DIRECTION_INPUT],
			in->tokens + chunk->row, chunk->rows, d_gates, g);
	else
		NN(gemm_tn)(width, g, chunk->rows, in->x + chunk->row * width, width, d_gates,
			g, 1, param_gradient(l, gradient, WP_NN_DIRECTION_INPUT), g);
	recurrent_gradient(l, b, chunk, d_gates, d_inner,
		l->weights_dropped ? l->d_weight.at
				   : param_gradient(l, gradient, WP_NN_DIRECTION_RECURRENT));
	real *bias = param_gradient(l, gradient, WP_NN_DIRECTION_BIAS);
	real *state_bias = param_gradient(l, gradient, WP_NN_DIRECTION_STATE_BIAS);
	if (bias)
		l->vectors->add_rows(bias, d_gates, g, chunk->rows, g);
	if (state_bias)
		l->vectors->add_rows(state_bias, d_inner, h, chunk->rows, h);
}

/* The gradient by the weights that were left out is zero. */
static void add_dropped(struct NN(direction) *l, real *gradient)
{
	const size_t n = l->units * l->gates * l->units;
	l->vectors->multiply(l->d_weight.at, l->d_weight.at, l->weight_mask.at, n);
	l->vectors->add(gradient, l->d_weight.at, n);
}

/* The regularizer of Pascanu et al. (2013, section 3.3; without the sum over sequences)
 *
 *	omega sum over t of (|d_t-1| / |d_t| - 1)^2
 *
 * where d_t is the derivative of the loss by the state of step t, and d_t-1 what comes of it
 *one step before: the gradient is to keep its norm on the way back.  As there, the derivative
 *by the recurrent weights U is the immediate one, in which states and d_t are constants: with v
 *the derivative by the sums of step t, d_t-1 is U v, and
 *
 *	d/dU = 2 omega (|U v| / |d_t| - 1) / (|U v| |d_t|) (U v) v'.
 */
static enum wp_err add_omega(struct NN(direction) *l, const real *theta,
	const struct NN(batch) *b, const struct chunk *chunk, const real *d_gates,
	struct NN(gradient) *gradient)
{
	const size_t h = l->units;
	/* The first step has none before it. */
	const size_t first = chunk->first == 0 && !l->begun ? (size_t)b->active[0] : 0;
	const size_t rows = chunk->rows - first;
	enum wp_err err = NN(reserve)(&l->back, rows, h, "network");
	if (err || rows == 0)
		return err;
	d_gates += first * h;
	NN(gemm_nt)(rows, h, h, d_gates, h, param(l, theta, WP_NN_DIRECTION_RECURRENT), h, 0,
		l->back.at, h);
	for (size_t r = 0; r < rows; r++) {
		const real *d = l->d_state + (chunk->row + first + r) * l->stride;
		real *back = l->back.at + r * h;
		double before = 0, after = 0;
		for (size_t i = 0; i < h; i++) {
			before += (double)back[i] * (double)back[i];
			after += (double)d[i] * (double)d[i];
		}
		before = sqrt(before);
		after = sqrt(after);
		/* Of a gradient that is not there, nothing is to be kept. */
		const double factor = before > 1e-30 && after > 1e-30
			? 2 * l->omega * (before / after - 1) / (before * after)
			: 0;
		for (size_t i = 0; i < h; i++)
			back[i] = (real)(factor * (double)back[i]);
	}
	NN(gemm_tn)(h, h, rows, l->back.at, h, d_gates, h, 1,
		param_gradient(l, gradient, WP_NN_DIRECTION_RECURRENT), h);
	return WP_OK;
}

/* What comes of step 0, the gates' derivatives of which are d_gates, to the states before it
 * through the products. */
static void add_first(
	struct NN(direction) *l, const real *weight, const real *d_gates, const real *d_inner)
{
	const size_t h = l->units, g = l->gates * h, rows = (size_t)l->sequences;
	const size_t straight = has_inner(l) ? 2 * h : g;
	real *to = l->through.at;
	NN(gemm_nt)(rows, h, straight, d_gates, g, weight, g, 0, to, h);
	if (l->kind->reset == WP_NN_RESET_AFTER)
		NN(gemm_nt)(rows, h, h, d_inner, h, weight + straight, g, 1, to, h);
	if (l->mask)
		l->vectors->multiply(to, to, l->mask, rows * h);
	for (size_t r = 0; r < rows; r++)
		l->vectors->add(l->d_first.at + r * l->stride, to + r * h, h);
}

enum wp_err NN(direction_backward)(struct NN(direction) *l, const real *theta,
	const struct NN(batch) *b, const struct NN(direction_input) *in, real *d_x, real beta,
	struct NN(gradient) *gradient)
{
	enum wp_err err = reserve_backward(l);
	if (err)
		return err;
	const size_t g = l->gates * l->units;
	const real *weight =
		l->weights_dropped ? l->weight.at : param(l, theta, WP_NN_DIRECTION_RECURRENT);
	l->kernels->pack_backward[l->kind->kernel](l->packed.at, weight, l->units);
	if (l->wants_first)
		memset(l->d_first.at, 0, (size_t)l->sequences * l->stride * sizeof(real));
	if (l->weights_dropped)
		memset(l->d_weight.at, 0, l->units * g * sizeof(real));
	if (has_cell(l))
		memset(l->d_cell.at, 0, (size_t)l->sequences * l->units * sizeof(real));
	struct chunk after = {0};
	int flip = 0;
	for (int i = b->steps; i > 0; flip = !flip) {
		struct chunk chunk = chunk_to(l, b, i);
		while (i-- > chunk.first) {
			const int t = step_of(l, b, i);
			backward_step(l, theta, b, gradient, &chunk, &after, flip, t);
			if (l->steps)
				l->steps->after(l->steps->self, t,
					l->d_gate[flip].at + (b->begin[t] - chunk.row) * g,
					t || l->wants_first ? d_state_before(l, b, t) : NULL);
		}
		i = chunk.first;
		if (l->steps)
			l->steps->chunk(
				l->steps->self, chunk.row, chunk.rows, l->d_gate[flip].at);
		if (i == 0 && l->wants_first)
			add_first(l, weight, l->d_gate[flip].at, l->d_inner[flip].at);
		if (d_x)
			NN(gemm_nt)(chunk.rows, in->width, g, l->d_gate[flip].at, g,
				param(l, theta, WP_NN_DIRECTION_INPUT), g, beta,
				d_x + chunk.row * in->width, in->width);
		if (gradient)
			add_gradient(l, b, in, &chunk, flip, gradient);
		if (gradient && l->omega > 0)
			err = add_omega(l, theta, b, &chunk, l->d_gate[flip].at, gradient);
		if (err)
			return err;
		after = chunk;
	}
	if (gradient && l->weights_dropped)
		add_dropped(l, param_gradient(l, gradient, WP_NN_DIRECTION_RECURRENT));
	return WP_OK;
}

void NN(direction_give_first)(const struct NN(direction) *l, struct NN(value) *first)
{
	const size_t h = l->units;
	if (!(NN(begin_d)(first) > 0))
		memset(first->d, 0, first->rows * first->width * sizeof *first->d);
	for (size_t r = 0; r < first->rows; r++) {
		l->vectors->add(first->d + r * first->width, l->d_first.at + r * l->stride, h);
		if (first->width > h)
			l->vectors->add(
				first->d + r * first->width + h, l->d_cell.at + r * h, h);
	}
}

/* ---- Dropout ---- */

static enum wp_err draw_mask(
	struct NN(direction) *l, const struct NN(pass) *pass, double share, int place)
{
	const size_t size = (size_t)pass->batch->sequences * l->units;
	l->mask = NULL;
	if (!pass->chance || !(share > 0))
		return WP_OK;
	enum wp_err err = NN(reserve)(&l->mask_room, size, 1, "network");
	if (err)
		return err;
	NN(dropout_mask)(l->mask_room.at, size, share, pass->chance, place);
	l->mask = l->mask_room.at;
	return WP_OK;
}

static enum wp_err drop_weights(
	struct NN(direction) *l, const struct NN(pass) *pass, double share, int place)
{
	const size_t h = l->units, g = l->gates * h;
	const struct NN(want) want[] = {
		{&l->weight_mask, h, g}, {&l->weight, h, g}, {&l->d_weight, h, g}};
	l->weights_dropped = pass->chance && share > 0;
	if (!l->weights_dropped)
		return WP_OK;
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(weight_mask)(l->weight_mask.at, h * g, share, pass->chance, place);
	l->vectors->multiply(l->weight.at, param(l, pass->theta, WP_NN_DIRECTION_RECURRENT),
		l->weight_mask.at, h * g);
	return WP_OK;
}

enum wp_err NN(direction_draw)(struct NN(direction) *l, const struct NN(pass) *pass,
	double dropout, double weight_drop, int place)
{
	enum wp_err err = draw_mask(l, pass, dropout, place);
	return err ? err : drop_weights(l, pass, weight_drop, place);
}

void NN(direction_fini)(struct NN(direction) *l)
{
	struct NN(array) *all[] = {&l->mask_room, &l->cell, &l->gate, &l->inner, &l->masked,
		&l->packed, &l->x, &l->d_gate[0], &l->d_gate[1], &l->d_inner[0], &l->d_inner[1],
		&l->before, &l->back, &l->d_cell, &l->weight_mask, &l->weight, &l->d_weight,
		&l->d_first, &l->through};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
}

#ifndef WP_NN_F64
enum wp_err wp_nn_direction_plan(struct wp_nn_node *node, struct wp_nn_params *params,
	const struct wp_nn_cell *cell, size_t units, bool no_bias, const char *prefix,
	int first_param)
{
	const size_t h = units, g = cell->gates * h, in = node->in[0].width;
	const bool tokens = node->in[0].tokens, reset_after = cell->reset == WP_NN_RESET_AFTER;
	/* What PyTorch has as two biases, one for the input and one for the state, is one, but
	 * for that of a GRU's candidate. */
	const struct {
		const char *name;
		size_t rows, cols;
		unsigned flags;
		bool has;
		struct wp_nn_begin begin;
	} all[] = {
		{"input", in, g, tokens ? WP_NN_LOOKUP : 0, true,
			{.fan_in = h, .table = tokens, .gate = h}},
		{"recurrent", h, g, 0, true, {.fan_in = h, .square = true, .gate = h}},
		{"bias", 1, g, WP_NN_BIAS, !no_bias,
			{.fan_in = h,
				.doubled = g - (reset_after ? h : 0),
				.forget = h,
				.forget_end = cell->gates == 4 ? 2 * h : h}},
		{"state_bias", 1, h, WP_NN_BIAS, reset_after && !no_bias, {.fan_in = h}},
		{"peephole", 3, h, 0, cell->peephole, {.fan_in = h}},
	};
	enum wp_err err = WP_OK;
	for (int i = 0; i < WP_NN_DIRECTION_PARAMS && !err; i++) {
		char name[32];
		snprintf(name, sizeof name, "%s%s", prefix, all[i].name);
		if (all[i].has)
			err = wp_nn_add_param(node, params, first_param + i, name, all[i].rows,
				all[i].cols, all[i].flags, &all[i].begin);
	}
	return err;
}
#endif
