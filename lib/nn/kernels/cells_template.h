/* The kernels of cell.h for one instruction set; see vector_template.h.  (Internal: with
 * real.h.)
 *
 * A product is made in blocks: some rows times a panel, which is a few vectors of columns of
 * the weights, one line of them for each row of the weights.  Forward, the vectors of a panel
 * are the gates of the same units, so that a block has all that these units' new states need.
 * What follows a product is a function of one row and one vector of units, `finish`.
 */
#include "nn/kernels/cells.h"

#define STEP struct NN(cell_step)

enum {
	PANEL = 4, /* most vectors of a panel */
	MOST_ROWS = 12
};

/* Vectors of the panel that begins with this unit: gates of the same units, or if there is only
 * one to multiply with, units that follow each other. */
static int panel_vectors(size_t units, size_t unit, int gates)
{
	size_t left = (units - unit + WIDTH - 1) / WIDTH;
	return gates > 1 ? gates : left < PANEL ? (int)left : PANEL;
}

/* Units that a panel takes at most, and reals that all panels take, of k rows. */
static size_t panel_units(int gates)
{
	return gates > 1 ? WIDTH : PANEL * WIDTH;
}

static size_t panels_size(size_t units, size_t k, size_t gates)
{
	return (units + WIDTH - 1) / WIDTH * WIDTH * gates * k;
}

/* ---- Products ---- */

/* sum (rows, vectors) = the product of `rows` rows of a, k long and lda apart, and a panel; if
 * `adds`, on top of what it was. */
INLINE void product_rows(vec *sum, bool adds, int rows, int vectors, const real *a, size_t lda,
	const real *panel, size_t k)
{
	vec acc[ACCUMULATORS];
	UNROLL
	for (int i = 0; i < rows * vectors; i++)
		acc[i] = adds ? sum[i] : (vec){0};
	for (size_t p = 0; p < k; p++, panel += vectors * WIDTH) {
		vec w[PANEL];
		UNROLL
		for (int j = 0; j < vectors; j++)
			w[j] = load(panel + j * WIDTH);
		UNROLL
		for (int i = 0; i < rows; i++) {
			vec x = splat(a[(size_t)i * lda + p]);
			UNROLL
			for (int j = 0; j < vectors; j++)
				acc[i * vectors + j] += x * w[j];
		}
	}
	UNROLL
	for (int i = 0; i < rows * vectors; i++)
		sum[i] = acc[i];
}

#define ROWS(n) \
	case n: \
		if (n * vectors <= ACCUMULATORS) \
			product_rows(sum, adds, n, vectors, a, lda, panel, k); \
		break;
#define PRODUCT(name, vectors_) \
	static __attribute__((noinline)) void name(vec *sum, bool adds, int rows, \
		const real *a, size_t lda, const real *panel, size_t k) \
	{ \
		enum { vectors = vectors_ }; \
		switch (rows) { \
			ROWS(1) \
			ROWS(2) \
			ROWS(3) \
			ROWS(4) \
			ROWS(5) \
			ROWS(6) \
			ROWS(7) \
			ROWS(8) \
			ROWS(9) \
			ROWS(10) \
			ROWS(11) \
			ROWS(12) \
		} \
	}
PRODUCT(product1, 1)
PRODUCT(product2, 2)
PRODUCT(product3, 3)
PRODUCT(product4, 4)
#undef PRODUCT
#undef ROWS

static void product(vec *sum, bool adds, int rows, int vectors, const real *a, size_t lda,
	const real *panel, size_t k)
{
	if (vectors == 1)
		product1(sum, adds, rows, a, lda, panel, k);
	else if (vectors == 2)
		product2(sum, adds, rows, a, lda, panel, k);
	else if (vectors == 3)
		product3(sum, adds, rows, a, lda, panel, k);
	else
		product4(sum, adds, rows, a, lda, panel, k);
}

/* A factor of a product: rows of k reals, ld apart, and the panels to multiply them by.  The
 * rows may be NULL: zeros. */
struct factor {
	const real *rows;
	size_t ld, k;
	const real *panels;
};

typedef void finish_unit(const STEP *m, size_t row, size_t unit, size_t n, vec *sum);

/* finish() for n units from `unit` of each of the rows: sum[i * vectors] is where the vectors
 * of row i begin. */
INLINE void finish_rows(const STEP *m, finish_unit *finish, size_t row, int rows, size_t unit,
	int vectors, int gates, vec *sum)
{
	for (int v = 0; v < vectors; v += gates, unit += WIDTH) {
		if (unit >= m->units)
			break;
		size_t n = m->units - unit;
		if (n >= WIDTH)
			for (int i = 0; i < rows; i++)
				finish(m, row + (size_t)i, unit, WIDTH, sum + i * vectors + v);
		else
			for (int i = 0; i < rows; i++)
				finish(m, row + (size_t)i, unit, n, sum + i * vectors + v);
	}
}

/* For all rows and units: the sum of one or two products, and then finish(), which wants the
 * sums of so many gates. */
INLINE void each_unit(
	const STEP *m, struct factor f, struct factor g, int gates, finish_unit *finish)
{
	for (size_t unit = 0; unit < m->units; unit += panel_units(gates)) {
		const int vectors = panel_vectors(m->units, unit, gates);
		const size_t panel = unit * (size_t)gates; /* reals before it, of each row */
		size_t most = (size_t)(ACCUMULATORS / vectors), row = 0;
		most = most < MOST_ROWS ? most : MOST_ROWS;
		for (size_t blocks = (m->rows + most - 1) / most; blocks; blocks--) {
			int rows = (int)((m->rows - row + blocks - 1) / blocks);
			vec sum[ACCUMULATORS];
			for (int i = 0; i < rows * vectors && !f.rows; i++)
				sum[i] = (vec){0};
			if (f.rows)
				product(sum, false, rows, vectors, f.rows + row * f.ld, f.ld,
					f.panels + panel * f.k, f.k);
			if (g.rows)
				product(sum, true, rows, vectors, g.rows + row * g.ld, g.ld,
					g.panels + panel * g.k, g.k);
			finish_rows(m, finish, row, rows, unit, vectors, gates, sum);
			row += (size_t)rows;
		}
	}
}

/* ---- Laying out weights ---- */

/* The panels of a matrix of k rows: element (r, c) is from[r * row + c * column].  Beyond the
 * last unit there are zeros. */
static real *pack(real *to, const real *from, size_t row, size_t column, size_t k, size_t units,
	int gates)
{
	for (size_t unit = 0; unit < units; unit += panel_units(gates)) {
		const int vectors = panel_vectors(units, unit, gates);
		for (size_t r = 0; r < k; r++)
			for (int v = 0; v < vectors; v++, to += WIDTH) {
				size_t u = unit + (size_t)(v / gates) * WIDTH;
				const real *line = from + r * row +
					((size_t)(v % gates) * units + u) * column;
				for (size_t i = 0; i < WIDTH; i++)
					to[i] = u + i < units ? line[i * column] : 0;
			}
	}
	return to;
}

static size_t packed_size(size_t units, size_t gates)
{
	return panels_size(units, units, gates);
}

static void pack_elman(real *packed, const real *weights, size_t units)
{
	pack(packed, weights, units, 1, units, units, 1);
}

static void pack_lstm(real *packed, const real *weights, size_t units)
{
	pack(packed, weights, 4 * units, 1, units, units, 4);
}

static void pack_gru(real *packed, const real *weights, size_t units)
{
	pack(packed, weights, 3 * units, 1, units, units, 3);
}

/* The panels of r and z, then those of n, which follow another product. */
static void pack_gru_before(real *packed, const real *weights, size_t units)
{
	packed = pack(packed, weights, 3 * units, 1, units, units, 2);
	pack(packed, weights + 2 * units, 3 * units, 1, units, units, 1);
}

/* Transposed: `gates` gates' worth of columns of the weights, which have `all`. */
static real *pack_back(
	real *packed, const real *weights, size_t units, size_t gates, size_t all)
{
	return pack(packed, weights, 1, all * units, gates * units, units, 1);
}

static void pack_elman_back(real *packed, const real *weights, size_t units)
{
	pack_back(packed, weights, units, 1, 1);
}

static void pack_lstm_back(real *packed, const real *weights, size_t units)
{
	pack_back(packed, weights, units, 4, 4);
}

/* r and z, then n: the product has two parts. */
static void pack_gru_back(real *packed, const real *weights, size_t units)
{
	packed = pack_back(packed, weights, units, 2, 3);
	pack_back(packed, weights + 2 * units, units, 1, 3);
}

/* ---- What the cells share ---- */

/* n is a constant where it is WIDTH. */
INLINE vec get(const real *p, size_t n)
{
	return n == WIDTH ? load(p) : load_part(p, (int)n);
}

INLINE void put(real *p, vec v, size_t n)
{
	if (n == WIDTH)
		store(p, v);
	else
		store_part(p, v, (int)n);
}

INLINE vec get_or_zero(const real *p, size_t at, size_t n)
{
	return p ? get(p + at, n) : (vec){0};
}

/* Input and bias of a gate. */
INLINE vec input_of(const STEP *m, size_t row, size_t gates, size_t gate, size_t unit, size_t n)
{
	size_t at = m->ids ? (size_t)m->ids[row] : row;
	size_t column = gate * m->units + unit;
	return get(m->x + at * gates * m->units + column, n) + get_or_zero(m->bias, column, n);
}

/* Where a unit of a row stands among the states. */
INLINE size_t state_at(const STEP *m, size_t row, size_t unit)
{
	return row * m->stride + unit;
}

/* The derivative by the state, complete: from above, and through the product from the step
 * after. */
INLINE vec complete_d_state(const STEP *m, size_t row, size_t unit, size_t n, vec sum)
{
	size_t at = state_at(m, row, unit);
	if (m->mask)
		sum *= get(m->mask + row * m->units + unit, n);
	vec d = get(m->d_state + at, n) + sum;
	put(m->d_state + at, d, n);
	return d;
}

/* By the argument of the function, from that by its value y. */
INLINE vec d_logistic(vec d, vec y)
{
	return d * (y - y * y);
}

INLINE vec d_tanh(vec d, vec y)
{
	return d - d * (y * y);
}

/* ---- Elman ---- */

INLINE void elman_finish(
	const STEP *m, enum wp_nn_activation f, size_t row, size_t unit, size_t n, vec sum)
{
	vec a = sum + input_of(m, row, 1, 0, unit, n);
	if (f == WP_NN_TANH)
		a = hyperbolic_tangent(a);
	else if (f == WP_NN_SIGMOID)
		a = logistic(a);
	else
		a = choose(a < 0, (vec){0}, a);
	put(m->state + state_at(m, row, unit), a, n);
}

INLINE void elman_finish_back(
	const STEP *m, enum wp_nn_activation f, size_t row, size_t unit, size_t n, vec sum)
{
	size_t at = row * m->units + unit;
	vec d = complete_d_state(m, row, unit, n, sum);
	vec y = get(m->state + state_at(m, row, unit), n);
	if (f == WP_NN_TANH)
		d = d_tanh(d, y);
	else if (f == WP_NN_SIGMOID)
		d = d_logistic(d, y);
	else
		d = choose(y > 0, d, (vec){0});
	put(m->d_gates + at, d, n);
}

#define ACTIVATION(name, f) \
	INLINE void name##_finish(const STEP *m, size_t row, size_t unit, size_t n, vec *sum) \
	{ \
		elman_finish(m, f, row, unit, n, *sum); \
	} \
	INLINE void name##_finish_back( \
		const STEP *m, size_t row, size_t unit, size_t n, vec *sum) \
	{ \
		elman_finish_back(m, f, row, unit, n, *sum); \
	}
ACTIVATION(tanh, WP_NN_TANH)
ACTIVATION(relu, WP_NN_RELU)
ACTIVATION(sigmoid, WP_NN_SIGMOID)
#undef ACTIVATION

static const struct factor none;

static void elman_forward(const STEP *m)
{
	struct factor f = {m->before, m->before_stride, m->units, m->weights};
	if (m->activation == WP_NN_TANH)
		each_unit(m, f, none, 1, tanh_finish);
	else if (m->activation == WP_NN_RELU)
		each_unit(m, f, none, 1, relu_finish);
	else
		each_unit(m, f, none, 1, sigmoid_finish);
}

static void elman_backward(const STEP *m)
{
	struct factor f = {m->d_next, m->units, m->units, m->weights};
	if (m->activation == WP_NN_TANH)
		each_unit(m, f, none, 1, tanh_finish_back);
	else if (m->activation == WP_NN_RELU)
		each_unit(m, f, none, 1, relu_finish_back);
	else
		each_unit(m, f, none, 1, sigmoid_finish_back);
}

/* ---- LSTM ---- */

INLINE void lstm_finish_any(
	const STEP *m, bool peephole, size_t row, size_t unit, size_t n, vec *sum)
{
	const size_t units = m->units, at = row * units + unit;
	real *gates = m->gates + row * 4 * units + unit;
	vec c = get(m->cell_before + at, n);
	vec i = sum[0] + input_of(m, row, 4, 0, unit, n);
	vec f = sum[1] + input_of(m, row, 4, 1, unit, n);
	vec g = sum[2] + input_of(m, row, 4, 2, unit, n);
	vec o = sum[3] + input_of(m, row, 4, 3, unit, n);
	if (peephole) {
		i += get(m->peephole + unit, n) * c;
		f += get(m->peephole + units + unit, n) * c;
	}
	i = logistic(i);
	f = logistic(f);
	g = hyperbolic_tangent(g);
	c = f * c + i * g;
	if (peephole)
		o += get(m->peephole + 2 * units + unit, n) * c;
	o = logistic(o);
	put(gates, i, n);
	put(gates + units, f, n);
	put(gates + 2 * units, g, n);
	put(gates + 3 * units, o, n);
	put(m->cell + at, c, n);
	put(m->state + state_at(m, row, unit), o * hyperbolic_tangent(c), n);
}

INLINE void lstm_finish_back_any(
	const STEP *m, bool peephole, size_t row, size_t unit, size_t n, vec sum)
{
	const size_t units = m->units, at = row * units + unit;
	const real *gates = m->gates + row * 4 * units + unit;
	real *d_gates = m->d_gates + row * 4 * units + unit;
	vec i = get(gates, n), f = get(gates + units, n);
	vec g = get(gates + 2 * units, n), o = get(gates + 3 * units, n);
	vec c = get(m->cell + at, n), before = get(m->cell_before + at, n);
	vec dh = complete_d_state(m, row, unit, n, sum);
	vec y = hyperbolic_tangent(c);
	vec d_o = d_logistic(dh * y, o);
	vec dc = get(m->d_cell + at, n) + d_tanh(dh * o, y);
	if (peephole)
		dc += d_o * get(m->peephole + 2 * units + unit, n);
	vec di = d_logistic(dc * g, i);
	vec df = d_logistic(dc * before, f);
	vec dg = d_tanh(dc * i, g);
	vec d_before = dc * f;
	if (peephole) {
		d_before += di * get(m->peephole + unit, n) +
			df * get(m->peephole + units + unit, n);
		if (m->d_peephole) {
			real *d = m->d_peephole + unit;
			put(d, get(d, n) + di * before, n);
			put(d + units, get(d + units, n) + df * before, n);
			put(d + 2 * units, get(d + 2 * units, n) + d_o * c, n);
		}
	}
	put(m->d_cell + at, d_before, n);
	put(d_gates, di, n);
	put(d_gates + units, df, n);
	put(d_gates + 2 * units, dg, n);
	put(d_gates + 3 * units, d_o, n);
}

#define LSTM(name, peephole) \
	INLINE void name##_finish(const STEP *m, size_t row, size_t unit, size_t n, vec *sum) \
	{ \
		lstm_finish_any(m, peephole, row, unit, n, sum); \
	} \
	INLINE void name##_finish_back( \
		const STEP *m, size_t row, size_t unit, size_t n, vec *sum) \
	{ \
		lstm_finish_back_any(m, peephole, row, unit, n, *sum); \
	} \
	static void name##_forward(const STEP *m) \
	{ \
		struct factor f = {m->before, m->before_stride, m->units, m->weights}; \
		each_unit(m, f, none, 4, name##_finish); \
	} \
	static void name##_backward(const STEP *m) \
	{ \
		struct factor f = {m->d_next, 4 * m->units, 4 * m->units, m->weights}; \
		each_unit(m, f, none, 1, name##_finish_back); \
	}
LSTM(lstm, false)
LSTM(peephole, true)
#undef LSTM

/* ---- GRU ---- */

INLINE void gru_finish(const STEP *m, size_t row, size_t unit, size_t n, vec *sum)
{
	const size_t units = m->units, at = row * units + unit;
	real *gates = m->gates + row * 3 * units + unit;
	vec r = logistic(sum[0] + input_of(m, row, 3, 0, unit, n));
	vec z = logistic(sum[1] + input_of(m, row, 3, 1, unit, n));
	vec inner = sum[2] + get_or_zero(m->state_bias, unit, n);
	vec y = hyperbolic_tangent(input_of(m, row, 3, 2, unit, n) + r * inner);
	put(gates, r, n);
	put(gates + units, z, n);
	put(gates + 2 * units, y, n);
	put(m->inner + at, inner, n);
	put(m->state + state_at(m, row, unit),
		y + z * (get(m->state_before + state_at(m, row, unit), n) - y), n);
}

/* What both kinds of GRU have in common: the derivatives of n and z, and of the state before
 * where it goes past the gates.  Returns that of n's argument. */
INLINE vec gru_d_candidate(const STEP *m, size_t row, size_t unit, size_t n, vec sum)
{
	const size_t units = m->units, at = state_at(m, row, unit);
	const real *gates = m->gates + row * 3 * units + unit;
	real *d_gates = m->d_gates + row * 3 * units + unit;
	vec z = get(gates + units, n), y = get(gates + 2 * units, n);
	vec dh = complete_d_state(m, row, unit, n, sum);
	vec dz = d_logistic(dh * (get(m->state_before + at, n) - y), z);
	vec dn = d_tanh(dh - dh * z, y);
	put(d_gates + units, dz, n);
	put(d_gates + 2 * units, dn, n);
	if (m->d_before)
		put(m->d_before + at, get(m->d_before + at, n) + dh * z, n);
	return dn;
}

INLINE void gru_finish_back(const STEP *m, size_t row, size_t unit, size_t n, vec *sum)
{
	const size_t units = m->units, at = row * units + unit;
	vec dn = gru_d_candidate(m, row, unit, n, *sum);
	vec r = get(m->gates + row * 3 * units + unit, n);
	vec dr = d_logistic(dn * get(m->inner + at, n), r);
	put(m->d_gates + row * 3 * units + unit, dr, n);
	put(m->d_inner + at, dn * r, n);
}

static void gru_forward(const STEP *m)
{
	struct factor f = {m->before, m->before_stride, m->units, m->weights};
	each_unit(m, f, none, 3, gru_finish);
}

static void gru_backward(const STEP *m)
{
	const size_t units = m->units;
	struct factor rz = {m->d_next, 3 * units, 2 * units, m->weights};
	struct factor inner = {
		m->d_inner_next, units, units, m->weights + panels_size(units, 2 * units, 1)};
	each_unit(m, rz, inner, 1, gru_finish_back);
}

/* ---- GRU with the reset before the product: two products after each other ---- */

INLINE void gates_finish(const STEP *m, size_t row, size_t unit, size_t n, vec *sum)
{
	const size_t units = m->units, at = row * units + unit;
	real *gates = m->gates + row * 3 * units + unit;
	vec r = logistic(sum[0] + input_of(m, row, 3, 0, unit, n));
	put(gates, r, n);
	put(gates + units, logistic(sum[1] + input_of(m, row, 3, 1, unit, n)), n);
	put(m->inner + at, r * get_or_zero(m->before, row * m->before_stride + unit, n), n);
}

INLINE void candidate_finish(const STEP *m, size_t row, size_t unit, size_t n, vec *sum)
{
	const size_t units = m->units;
	real *gates = m->gates + row * 3 * units + unit;
	vec z = get(gates + units, n);
	vec y = hyperbolic_tangent(sum[0] + input_of(m, row, 3, 2, unit, n));
	put(gates + 2 * units, y, n);
	put(m->state + state_at(m, row, unit),
		y + z * (get(m->state_before + state_at(m, row, unit), n) - y), n);
}

static void gru_before_forward(const STEP *m)
{
	const size_t units = m->units;
	struct factor rz = {m->before, m->before_stride, units, m->weights};
	struct factor inner = {m->before ? m->inner : NULL, units, units,
		m->weights + panels_size(units, units, 2)};
	each_unit(m, rz, none, 2, gates_finish);
	each_unit(m, inner, none, 1, candidate_finish);
}

INLINE void candidate_finish_back(const STEP *m, size_t row, size_t unit, size_t n, vec *sum)
{
	gru_d_candidate(m, row, unit, n, *sum);
}

INLINE void reset_finish_back(const STEP *m, size_t row, size_t unit, size_t n, vec *sum)
{
	const size_t units = m->units, at = state_at(m, row, unit);
	vec r = get(m->gates + row * 3 * units + unit, n);
	vec dr = d_logistic(*sum * get_or_zero(m->before, row * m->before_stride + unit, n), r);
	put(m->d_gates + row * 3 * units + unit, dr, n);
	if (m->d_before) {
		vec d = *sum * r;
		if (m->mask)
			d *= get(m->mask + row * units + unit, n);
		put(m->d_before + at, get(m->d_before + at, n) + d, n);
	}
}

static void gru_before_backward(const STEP *m)
{
	const size_t units = m->units;
	struct factor rz = {m->d_next, 3 * units, 2 * units, m->weights};
	struct factor inner = {m->before ? m->d_gates + 2 * units : NULL, 3 * units, units,
		m->weights + panels_size(units, 2 * units, 1)};
	each_unit(m, rz, none, 1, candidate_finish_back);
	each_unit(m, inner, none, 1, reset_finish_back);
}

#undef STEP

#define CELLS(of) \
	{ \
		[WP_NN_ELMAN] = elman##of, [WP_NN_JORDAN] = elman##of, \
		[WP_NN_LSTM] = lstm##of, [WP_NN_PEEPHOLE] = peephole##of, \
		[WP_NN_GRU] = gru##of, [WP_NN_GRU_RESET_BEFORE] = gru_before##of \
	}
#define CELL_KERNELS \
	{ \
		CELLS(_forward), CELLS(_backward), \
			{[WP_NN_ELMAN] = pack_elman, \
				[WP_NN_LSTM] = pack_lstm, \
				[WP_NN_PEEPHOLE] = pack_lstm, \
				[WP_NN_GRU] = pack_gru, \
				[WP_NN_GRU_RESET_BEFORE] = pack_gru_before}, \
			{[WP_NN_ELMAN] = pack_elman_back, \
				[WP_NN_LSTM] = pack_lstm_back, \
				[WP_NN_PEEPHOLE] = pack_lstm_back, \
				[WP_NN_GRU] = pack_gru_back, \
				[WP_NN_GRU_RESET_BEFORE] = pack_gru_back}, \
			packed_size \
	}
