/* Recurrent layers, over a whole batch, forward and backward, in one direction or both: what
 * happens in each step is in nn/kernels/cells.h.
 *
 * The backward direction is the same as the forward one with t + 1 for t - 1.  It needs no
 * reversed copies: at step t the sequences that end there begin with zeros.  The states of both
 * directions stand in the same rows, side by side, as the layers above read them.
 *
 * For direction D, forward or backward, with H units and G gates (1 Elman, 4 LSTM, 3 GRU), the
 * parameters are
 *
 *	D.input      (in, G H)
 *	D.recurrent  (H, G H)
 *	D.bias       (1, G H)
 *	D.state_bias (1, H)    GRU with reset after: inside the reset gate's product
 *	D.peephole   (3, H)    peephole LSTM: i, f, o
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/layer.h"
#include "nn/core/matrix.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"
#include "nn/layers/dropout.h"
#include "nn/layers/embedding.h"
#include "nn/layers/recurrent.h"

/* Steps are worked through in chunks of so many bytes of gates: the products of whole chunks
 * are large enough to be fast, and what passes between them and the steps stays in the cache.
 */
enum { CHUNK_BYTES = 512 << 10, CHUNK_LEAST_ROWS = 96 };

/* Parameters of a direction; those of the backward one come after the forward one's. */
enum { INPUT, RECURRENT, BIAS, STATE_BIAS, PEEPHOLE, DIRECTION_PARAMS };

/* What a direction reads: x (rows, width); or tokens (rows), for one-hot input. */
struct input {
	const real *x;
	const int32_t *tokens;
	size_t width;
};

struct direction {
	const struct wp_nn_cell *kind;
	enum wp_nn_activation activation;
	const struct wp_nn_node *node;
	const struct wp_nn_params *params;
	const struct NN(cell_kernels) *kernels;
	const struct NN(kernels) *vectors;
	bool backward;
	int first_param;
	size_t units, gates; /* H, G */
	double omega;

	/* Of the batch. */
	int sequences;
	size_t rows, chunk; /* rows of all steps, and of the largest chunk */
	const real *mask;   /* (sequences, H), of recurrent dropout; or NULL */
	struct NN(array) mask_room;
	/* Of weight drop, (H, G H) each: the mask, or of size 0; the weights that are left; the
	 * gradient by these. */
	struct NN(array) weight_mask, weight, d_weight;
	bool weights_dropped;

	/* What forward leaves for backward.  `state`, borrowed, and `cell` begin with the rows
	 * of the states before the first step, and end with as many zeros, which are what is
	 * before the sequences of the backward direction; between them, as in the others, are
	 * the batch's rows: of H numbers, in `gate` of G H; those of `state`, and of `d_state`,
	 * which has the batch's rows alone, are `stride` apart.  `inner` is what
	 * nn/kernels/cells.h says; `masked` are the states before, after dropout. */
	real *state, *d_state;
	size_t stride;
	struct NN(array) cell, gate, inner, masked;

	/* Recurrent weights as the kernels want them. */
	struct NN(array) packed;

	/* Of a chunk's rows: input times weights (G H); the derivatives of gates (G H) and of
	 * `inner`, for this chunk and the one worked on before; the states before. */
	struct NN(array) x, d_gate[2], d_inner[2], before;

	struct NN(array) back;   /* of the regularizer: a chunk's rows (H) */
	struct NN(array) d_cell; /* (sequences, H): the derivative of the LSTM's cells */
};

struct NN(recurrent) {
	WP_NN_NODE_AT_WORK;
	int directions;
	size_t units, width;
	bool has_cell;
	struct direction direction[2];
	struct NN(array) state; /* (sequences + rows + sequences, width) */
};

static const real *param(const struct direction *l, const real *theta, int which)
{
	return NN(param)(l->node, l->params, theta, l->first_param + which);
}

static real *param_gradient(const struct direction *l, struct NN(gradient) *gradient, int which)
{
	return NN(param_gradient)(l->node, gradient, l->first_param + which);
}

static bool has_cell(const struct direction *l)
{
	return l->kind->has_cell;
}

static bool has_inner(const struct direction *l)
{
	return l->kind->reset != WP_NN_NO_RESET;
}

/* ---- Where things are ---- */

/* The i-th step in the order of the direction. */
static int step_of(const struct direction *l, const struct NN(batch) *b, int i)
{
	return l->backward ? b->steps - 1 - i : i;
}

/* The first row of step t in state and cell, and of the step before it in the direction. Before
 * the first stand the initial rows; behind the last, zeros. */
static size_t state_row(const struct direction *l, const struct NN(batch) *b, int t)
{
	return (size_t)l->sequences + b->begin[t];
}

static size_t row_before(const struct direction *l, const struct NN(batch) *b, int t)
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

static size_t chunk_rows(const struct direction *l)
{
	size_t rows = CHUNK_BYTES / (l->gates * l->units * sizeof(real));
	return rows > CHUNK_LEAST_ROWS ? rows : CHUNK_LEAST_ROWS;
}

static struct chunk chunk_from(const struct direction *l, const struct NN(batch) *b, int first)
{
	struct chunk chunk = {.first = first, .last = first};
	size_t enough = chunk_rows(l);
	while (chunk.last < b->steps && chunk.rows < enough)
		chunk.rows += (size_t)b->active[step_of(l, b, chunk.last++)];
	chunk.row = b->begin[step_of(l, b, l->backward ? chunk.last - 1 : first)];
	return chunk;
}

static struct chunk chunk_to(const struct direction *l, const struct NN(batch) *b, int last)
{
	struct chunk chunk = {.first = last, .last = last};
	size_t enough = chunk_rows(l);
	while (chunk.first > 0 && chunk.rows < enough)
		chunk.rows += (size_t)b->active[step_of(l, b, --chunk.first)];
	chunk.row = b->begin[step_of(l, b, l->backward ? last - 1 : chunk.first)];
	return chunk;
}

/* ---- Room ---- */

static enum wp_err reserve_forward(struct direction *l)
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

static enum wp_err reserve_backward(struct direction *l)
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
static void begin_states(
	real *states, size_t sequences, size_t rows, size_t width, const real *carried)
{
	size_t size = sequences * width;
	if (carried)
		memcpy(states, carried, size * sizeof *states);
	else
		memset(states, 0, size * sizeof *states);
	memset(states + size + rows * width, 0, size * sizeof *states);
}

static enum wp_err begin(struct direction *l, const struct NN(batch) *b, const real *mask)
{
	l->sequences = b->sequences;
	l->rows = b->begin[b->steps];
	l->chunk = chunk_rows(l) + (size_t)b->sequences;
	l->mask = mask;
	return reserve_forward(l);
}

/* to = the rows of the states, times the mask. */
static void mask_states(const struct direction *l, real *to, const real *states, size_t rows)
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
static struct NN(cell_step) moment_of(const struct direction *l, const real *theta,
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
		.peephole = param(l, theta, PEEPHOLE),
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

static bool has_before(const struct direction *l, const struct NN(batch) *b, int t)
{
	return l->backward ? t + 1 < b->steps : t || b->continues;
}

static void forward_step(struct direction *l, const real *theta, const struct NN(batch) *b,
	const struct input *in, const struct chunk *chunk, int t)
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
			m.x = param(l, theta, INPUT);
			m.ids = in->tokens + b->begin[t] + first;
		} else {
			m.x = l->x.at + (b->begin[t] + first - chunk->row) * l->gates * h;
		}
		m.bias = param(l, theta, BIAS);
		m.state_bias = param(l, theta, STATE_BIAS);
		l->kernels->forward[l->kind->kernel](&m);
	}
}

static void run_forward(struct direction *l, const real *theta, const struct NN(batch) *b,
	const struct input *in)
{
	const size_t g = l->gates * l->units;
	l->kernels->pack_forward[l->kind->kernel](l->packed.at,
		l->weights_dropped ? l->weight.at : param(l, theta, RECURRENT), l->units);
	for (int i = 0; i < b->steps;) {
		struct chunk chunk = chunk_from(l, b, i);
		if (!in->tokens)
			NN(gemm_nn)(chunk.rows, g, in->width, in->x + chunk.row * in->width,
				in->width, param(l, theta, INPUT), g, 0, l->x.at, g);
		for (; i < chunk.last; i++)
			forward_step(l, theta, b, in, &chunk, step_of(l, b, i));
	}
}

/* ---- Backward ---- */

/* `flip`: which of the two chunks' arrays is this one's. */
static void backward_step(struct direction *l, const real *theta, const struct NN(batch) *b,
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
		if (linked && (l->backward || t))
			m.d_before = l->d_state +
				(row_before(l, b, t) - (size_t)l->sequences + first) *
					l->stride;
		if (has_cell(l))
			m.d_cell = l->d_cell.at + first * h;
		m.d_gates = l->d_gate[flip].at + in_chunk * g;
		if (has_inner(l))
			m.d_inner = l->d_inner[flip].at + in_chunk * h;
		if (gradient)
			m.d_peephole = param_gradient(l, gradient, PEEPHOLE);
		l->kernels->backward[l->kind->kernel](&m);
	}
}

/* The states before, one for each row of a chunk: where they stand, if they stand together,
 * else copied together; *ld apart. */
static const real *states_before(
	struct direction *l, const struct NN(batch) *b, const struct chunk *chunk, size_t *ld)
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
static void recurrent_gradient(struct direction *l, const struct NN(batch) *b,
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

static void add_gradient(struct direction *l, const struct NN(batch) *b, const struct input *in,
	const struct chunk *chunk, int flip, struct NN(gradient) *gradient)
{
	const size_t h = l->units, g = l->gates * h, width = in->width;
	const real *d_gates = l->d_gate[flip].at, *d_inner = l->d_inner[flip].at;
	if (in->tokens)
		NN(scatter)(l->vectors, gradient, l->node->param[l->first_param + INPUT],
			in->tokens + chunk->row, chunk->rows, d_gates, g);
	else
		NN(gemm_tn)(width, g, chunk->rows, in->x + chunk->row * width, width, d_gates,
			g, 1, param_gradient(l, gradient, INPUT), g);
	recurrent_gradient(l, b, chunk, d_gates, d_inner,
		l->weights_dropped ? l->d_weight.at : param_gradient(l, gradient, RECURRENT));
	real *bias = param_gradient(l, gradient, BIAS);
	real *state_bias = param_gradient(l, gradient, STATE_BIAS);
	if (bias)
		l->vectors->add_rows(bias, d_gates, g, chunk->rows, g);
	if (state_bias)
		l->vectors->add_rows(state_bias, d_inner, h, chunk->rows, h);
}

/* The gradient by the weights that were left out is zero. */
static void add_dropped(struct direction *l, real *gradient)
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
static enum wp_err add_omega(struct direction *l, const real *theta, const struct NN(batch) *b,
	const struct chunk *chunk, const real *d_gates, struct NN(gradient) *gradient)
{
	const size_t h = l->units;
	/* The first step has none before it. */
	const size_t first = chunk->first == 0 && !b->continues ? (size_t)b->active[0] : 0;
	const size_t rows = chunk->rows - first;
	enum wp_err err = NN(reserve)(&l->back, rows, h, "network");
	if (err || rows == 0)
		return err;
	d_gates += first * h;
	NN(gemm_nt)(rows, h, h, d_gates, h, param(l, theta, RECURRENT), h, 0, l->back.at, h);
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
		param_gradient(l, gradient, RECURRENT), h);
	return WP_OK;
}

/* d_x (rows, width), or NULL: not wanted; beta: the factor of what it has. */
static enum wp_err run_backward(struct direction *l, const real *theta,
	const struct NN(batch) *b, const struct input *in, real *d_x, real beta,
	struct NN(gradient) *gradient)
{
	enum wp_err err = reserve_backward(l);
	if (err)
		return err;
	const size_t g = l->gates * l->units;
	l->kernels->pack_backward[l->kind->kernel](l->packed.at,
		l->weights_dropped ? l->weight.at : param(l, theta, RECURRENT), l->units);
	if (l->weights_dropped)
		memset(l->d_weight.at, 0, l->units * g * sizeof(real));
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
			NN(gemm_nt)(chunk.rows, in->width, g, l->d_gate[flip].at, g,
				param(l, theta, INPUT), g, beta, d_x + chunk.row * in->width,
				in->width);
		if (gradient)
			add_gradient(l, b, in, &chunk, flip, gradient);
		if (gradient && l->omega > 0)
			err = add_omega(l, theta, b, &chunk, l->d_gate[flip].at, gradient);
		if (err)
			return err;
		after = chunk;
	}
	if (gradient && l->weights_dropped)
		add_dropped(l, param_gradient(l, gradient, RECURRENT));
	return WP_OK;
}

/* ---- The layer ---- */

static void fini(void *self)
{
	struct NN(recurrent) *r = self;
	for (int d = 0; d < 2; d++) {
		struct direction *l = &r->direction[d];
		struct NN(array) *all[] = {&l->mask_room, &l->cell, &l->gate, &l->inner,
			&l->masked, &l->packed, &l->x, &l->d_gate[0], &l->d_gate[1],
			&l->d_inner[0], &l->d_inner[1], &l->before, &l->back, &l->d_cell,
			&l->weight_mask, &l->weight, &l->d_weight};
		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			free(all[i]->at);
	}
	free(r->state.at);
}

static enum wp_err init(void *self)
{
	struct NN(recurrent) *r = self;
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(r->node, struct wp_nn_recurrent_settings);
	r->directions = s->bidirectional ? 2 : 1;
	r->units = s->units;
	r->width = r->node->out.width;
	r->has_cell = r->node->type->cell->has_cell;
	for (int d = 0; d < r->directions; d++)
		r->direction[d] = (struct direction){.kind = r->node->type->cell,
			.activation = (enum wp_nn_activation)s->activation,
			.node = r->node,
			.params = r->params,
			.vectors = r->kernels,
			.kernels = &r->kernels->cell,
			.backward = d == 1,
			.first_param = d * DIRECTION_PARAMS,
			.units = s->units,
			.gates = r->node->type->cell->gates,
			.omega = s->omega,
			.stride = r->width};
	return WP_OK;
}

static struct input input_of_node(const struct NN(recurrent) *r, const struct NN(value) *in)
{
	return (struct input){.x = in->x,
		.tokens = r->node->in[0].tokens ? in->words : NULL,
		.width = in->width};
}

/* The mask of recurrent dropout; *mask is NULL where there is none. */
static enum wp_err draw_mask(
	struct NN(recurrent) *r, int direction, const struct NN(pass) *pass, const real **mask)
{
	double share = WP_NN_SETTINGS(r->node, struct wp_nn_recurrent_settings)->dropout;
	struct NN(array) *room = &r->direction[direction].mask_room;
	size_t sequences = (size_t)pass->batch->sequences;
	*mask = NULL;
	if (!pass->chance || !(share > 0))
		return WP_OK;
	enum wp_err err = NN(reserve)(room, sequences, r->units, "network");
	if (err)
		return err;
	NN(dropout_mask)(room->at, sequences * r->units, share, pass->chance,
		r->node->place + direction);
	*mask = room->at;
	return WP_OK;
}

static enum wp_err drop_weights(
	struct NN(recurrent) *r, int direction, const struct NN(pass) *pass)
{
	double share = WP_NN_SETTINGS(r->node, struct wp_nn_recurrent_settings)->weight_drop;
	struct direction *l = &r->direction[direction];
	const size_t h = l->units, g = l->gates * h;
	const struct NN(want) want[] = {
		{&l->weight_mask, h, g}, {&l->weight, h, g}, {&l->d_weight, h, g}};
	l->weights_dropped = pass->chance && share > 0;
	if (!l->weights_dropped)
		return WP_OK;
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(weight_mask)
	(l->weight_mask.at, h * g, share, pass->chance, r->node->place + direction);
	l->vectors->multiply(
		l->weight.at, param(l, pass->theta, RECURRENT), l->weight_mask.at, h * g);
	return WP_OK;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(recurrent) *r = self;
	const struct NN(batch) *b = pass->batch;
	const struct input input = input_of_node(r, in[0]);
	const size_t sequences = (size_t)b->sequences, rows = b->begin[b->steps];
	enum wp_err err = NN(reserve)(&r->state, rows + 2 * sequences, r->width, "network");
	if (err)
		return err;
	begin_states(
		r->state.at, sequences, rows, r->width, b->continues ? out->state[0] : NULL);
	for (int d = 0; d < r->directions && !err; d++) {
		struct direction *l = &r->direction[d];
		const real *mask;
		if ((err = draw_mask(r, d, pass, &mask)) || (err = drop_weights(r, d, pass)) ||
			(err = begin(l, b, mask)))
			break;
		l->state = r->state.at + (size_t)d * r->units;
		if (r->has_cell)
			begin_states(l->cell.at, sequences, rows, r->units,
				b->continues ? out->state[1] : NULL);
		run_forward(l, pass->theta, b, &input);
	}
	if (err)
		return err;
	out->x = r->state.at + sequences * r->width;
	if (r->directions == 1)
		NN(last_rows)(b, out->x, r->units, out->state[0]);
	if (r->directions == 1 && r->has_cell)
		NN(last_rows)(b, r->direction[0].cell.at + sequences * r->units, r->units,
			out->state[1]);
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(recurrent) *r = self;
	const struct input input = input_of_node(r, in[0]);
	enum wp_err err = WP_OK;
	for (int d = 0; d < r->directions && !err; d++) {
		struct direction *l = &r->direction[d];
		l->d_state = out->d + (size_t)d * r->units;
		err = run_backward(l, pass->theta, pass->batch, &input, in[0]->d,
			in[0]->d ? NN(begin_d)(in[0]) : 0, pass->gradient);
	}
	return err;
}

/* ---- What is left behind ---- */

static struct NN(activity) activity(const void *self, int direction)
{
	const struct NN(recurrent) *r = self;
	const struct direction *l = &r->direction[direction];
	size_t at = (size_t)l->sequences;
	return (struct NN(activity)){
		.state = l->state + at * l->stride,
		.d_state = l->d_state,
		.stride = l->stride,
		.gates = l->gates > 1 ? l->gate.at : NULL,
		.cell = r->has_cell ? l->cell.at + at * l->units : NULL,
	};
}

const struct NN(layer_ops) NN(recurrent_ops) = {
	.life = {sizeof(struct NN(recurrent)), init, fini},
	.forward = forward,
	.backward = backward,
	.activity = activity,
};

#ifndef WP_NN_F64
/* ---- What it is ---- */

static enum wp_err plan_direction(
	struct wp_nn_node *node, struct wp_nn_params *params, int direction)
{
	static const char *const names[] = {"forward", "backward"};
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	const struct wp_nn_cell *cell = node->type->cell;
	const size_t h = s->units, g = cell->gates * h, in = node->in[0].width;
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
		{"bias", 1, g, WP_NN_BIAS, !s->no_bias,
			{.fan_in = h,
				.doubled = g - (reset_after ? h : 0),
				.forget = h,
				.forget_end = cell->gates == 4 ? 2 * h : h}},
		{"state_bias", 1, h, WP_NN_BIAS, reset_after && !s->no_bias, {.fan_in = h}},
		{"peephole", 3, h, 0, cell->peephole, {.fan_in = h}},
	};
	enum wp_err err = WP_OK;
	for (int i = 0; i < DIRECTION_PARAMS && !err; i++) {
		char name[32];
		snprintf(name, sizeof name, "%s.%s", names[direction], all[i].name);
		if (all[i].has)
			err = wp_nn_add_param(node, params, direction * DIRECTION_PARAMS + i,
				name, all[i].rows, all[i].cols, all[i].flags, &all[i].begin);
	}
	return err;
}

static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	if (node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	if (s->activation != WP_NN_TANH && !node->type->cell->has_activation)
		return wp_fail(WP_EINVAL,
			"%s: a cell of type %s has no other activation than tanh", node->label,
			node->type->name);
	if (s->omega > 0 &&
		(node->type->cell->kernel != WP_NN_ELMAN || s->bidirectional ||
			s->dropout > 0 || s->weight_drop > 0))
		return wp_fail(WP_EINVAL,
			"%s: omega is for elman in one direction, without dropout of what is "
			"recurrent",
			node->label);
	enum wp_err err = plan_direction(node, params, 0);
	if (!err && s->bidirectional)
		err = plan_direction(node, params, 1);
	node->out = (struct wp_nn_shape){.width = s->units * (s->bidirectional ? 2 : 1),
		.backward = s->bidirectional ? s->units : 0};
	return err;
}

static size_t units(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings)->units;
}

static int directions(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings)->bidirectional ? 2 : 1;
}

static bool is_bidirectional(const struct wp_nn_node *node)
{
	return directions(node) == 2;
}

static bool penalized(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings)->omega > 0;
}

static bool is_random(const struct wp_nn_node *node)
{
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	return s->dropout > 0 || s->weight_drop > 0;
}

static int states(const struct wp_nn_node *node, struct wp_nn_state *state)
{
	state[0] = (struct wp_nn_state){"state", units(node)};
	state[1] = (struct wp_nn_state){"cell", units(node)};
	return node->type->cell->has_cell ? 2 : 1;
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	const struct wp_nn_cell *cell = s->node->type->cell;
	const struct wp_nn_cell_kernels *kernels = &s->kernels->cell;
	const size_t h = units(s->node), packed = kernels->packed_size(h, cell->gates);
	enum wp_err err = s->node->in[0].tokens ? WP_OK : wp_nn_lay_out(s, INPUT, false);
	if (!err)
		err = wp_nn_step_room(
			s, wp_nn_padded(packed) + 2 * wp_nn_padded(cell->gates * h) + h);
	if (!err)
		kernels->pack_forward[cell->kernel](s->room, wp_nn_step_param(s, RECURRENT), h);
	return err;
}

/* The room has the weights, what the input adds to the gates, the gates, and `inner`. */
static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct wp_nn_cell *cell = s->node->type->cell;
	const size_t h = units(s->node), g = wp_nn_padded(cell->gates * h);
	const bool tokens = s->node->in[0].tokens;
	float *sums = s->room + wp_nn_padded(s->kernels->cell.packed_size(h, cell->gates));
	const struct wp_nn_cell_step m = {
		.units = h,
		.rows = 1,
		.stride = h,
		.before_stride = h,
		.activation = (enum wp_nn_activation)WP_NN_SETTINGS(
			s->node, struct wp_nn_recurrent_settings)
				      ->activation,
		.weights = s->room,
		.peephole = wp_nn_step_param(s, PEEPHOLE),
		.before = before[0],
		.state_before = before[0],
		.cell_before = before[1],
		.x = tokens ? wp_nn_step_param(s, INPUT) : sums,
		.ids = tokens ? &in[0]->word : NULL,
		.bias = wp_nn_step_param(s, BIAS),
		.state_bias = wp_nn_step_param(s, STATE_BIAS),
		.gates = sums + g,
		.state = after[0],
		.cell = after[1],
		.inner = sums + 2 * g,
	};
	if (!tokens) {
		memset(sums, 0, g * sizeof *sums);
		wp_panels_multiply(sums, in[0]->x, &s->panels[INPUT]);
	}
	s->kernels->cell.forward[cell->kernel](&m);
	out->x = after[0];
}

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_recurrent_settings);
	c->cell = (enum wp_nn_cell_kind)node->type->cell->kernel;
	c->hidden = (int)s->units;
	c->activation = (enum wp_nn_activation)s->activation;
	c->bidirectional = s->bidirectional;
	c->no_bias = s->no_bias;
	c->recurrent_dropout = s->dropout;
	c->variational |= s->dropout > 0;
	c->layers++;
}

static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

#define AT(member) offsetof(struct wp_nn_recurrent_settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 65536, "units of each direction"),
	WP_SET_CHOICE(0, "activation", AT(activation), NULL, wp_nn_activations,
		"elman: what the sums go through"),
	WP_SET_FLAG(
		0, "bidirectional", AT(bidirectional), "read each sequence in both directions"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases"),
	WP_SET_REAL(0, "recurrent-dropout", AT(dropout), NULL, 0, 0.999,
		"drop this fraction of the recurrent connections, the same at all steps"),
	WP_SET_REAL(0, "weight-drop", AT(weight_drop), NULL, 0, 0.999,
		"drop this fraction of the recurrent weights, the same in all of a batch"),
	WP_SET_REAL(0, "omega", AT(omega), NULL, 0, 1e6,
		"elman: weight of the regularizer that keeps gradients from vanishing"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct wp_nn_recurrent_settings defaults = {.units = 128};
_Static_assert(sizeof defaults <= WP_NN_SETTINGS_SIZE, "room for settings");

static const char *const lstm_gates[] = {"i", "f", "g", "o", NULL};
static const char *const gru_gates[] = {"r", "z", "n", NULL};
static const char *const no_gates[] = {NULL};

#define CASES(name) \
	WP_NN_TAG_CASE(name " 5, softmax"), WP_NN_LM_CASE(name " 5, softmax"), \
		WP_NN_LM_CASE("embedding 3, " name " 5, 2 x (" name " 4 no-bias), softmax"), \
		WP_NN_TAG_CASE("embedding 3, " name " 5 bidirectional, " name \
			       " 4 bidirectional, softmax"), \
		WP_NN_NUMBERS_CASE( \
			name " 5 bidirectional no-bias, " name " 4, squared-error"), \
		WP_NN_NUMBERS_CASE(name " 4, " name " 5 no-bias, squared-error"), \
		WP_NN_LM_CASE(name " 5 recurrent-dropout=0.4, " name \
				   " 4 recurrent-dropout=0.3, softmax"), \
		WP_NN_TAG_CASE("embedding 3, " name \
			       " 5 bidirectional recurrent-dropout=0.4, softmax"), \
		WP_NN_TAG_CASE( \
			"embedding 3, " name " 5 bidirectional weight-drop=0.4, softmax"), \
	{ \
		NULL, 0, false, false \
	}
static const struct wp_nn_case elman_cases[] = {
	WP_NN_TAG_CASE("elman 5 activation=relu, softmax"),
	WP_NN_LM_CASE("elman 5 activation=sigmoid, softmax"), CASES("elman")};
static const struct wp_nn_case lstm_cases[] = {CASES("lstm")};
static const struct wp_nn_case peephole_cases[] = {CASES("peephole")};
static const struct wp_nn_case gru_cases[] = {CASES("gru")};
static const struct wp_nn_case gru_reset_before_cases[] = {CASES("gru-reset-before")};

#define RECURRENT_TYPE(id, name_, help_, ...) \
	static const struct wp_nn_cell id##_cell = {__VA_ARGS__}; \
	const struct wp_nn_type wp_nn_##id##_type = {.name = name_, \
		.help = help_, \
		.settings = settings, \
		.defaults = &defaults, \
		.settings_size = sizeof defaults, \
		.label = "layer", \
		.plan = plan, \
		.units = units, \
		.directions = directions, \
		.is_random = is_random, \
		.penalized = penalized, \
		.needs_whole = is_bidirectional, \
		.looks_ahead = is_bidirectional, \
		.places = directions, \
		.cases = id##_cases, \
		.shorten = shorten, \
		.states = states, \
		.step = &step_ops, \
		.cell = &id##_cell, \
		.layer = &wp_nn_recurrent_ops, \
		.layer64 = &wp_nn64_recurrent_ops}

RECURRENT_TYPE(elman, "elman", "simple recurrent units (Elman 1990)", .kernel = WP_NN_ELMAN,
	.gates = 1, .gate_names = no_gates, .has_activation = true);
RECURRENT_TYPE(lstm, "lstm", "long short-term memory (Hochreiter & Schmidhuber 1997)",
	.kernel = WP_NN_LSTM, .gates = 4, .gate_names = lstm_gates, .has_cell = true);
RECURRENT_TYPE(peephole, "peephole", "LSTM with peepholes (Gers & Schmidhuber 2000)",
	.kernel = WP_NN_PEEPHOLE, .gates = 4, .gate_names = lstm_gates, .has_cell = true,
	.peephole = true);
RECURRENT_TYPE(gru, "gru", "gated recurrent units, reset after the product (Cho et al. 2014)",
	.kernel = WP_NN_GRU, .gates = 3, .gate_names = gru_gates, .reset = WP_NN_RESET_AFTER);
RECURRENT_TYPE(gru_reset_before, "gru-reset-before", "GRU, reset before the product",
	.kernel = WP_NN_GRU_RESET_BEFORE, .gates = 3, .gate_names = gru_gates,
	.reset = WP_NN_RESET_BEFORE);
#endif
