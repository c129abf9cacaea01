/* The kernels of kernels.h for one instruction set; see vector_template.h.  (Internal: with
 * real.h.) */
#include "nn/kernels/kernels.h"

/* ---- Softmax ---- */

/* x += bias; returns the greatest and where it first stands. */
static real add_bias_and_find_most(real *x, const real *bias, size_t n, lane *where)
{
	vec most = splat(-(real)INFINITY);
	ivec at = {0}, here = {0};
	for (int i = 0; i < WIDTH; i++)
		here[i] = i;
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH, here += WIDTH) {
		vec v = load(x + i);
		if (bias) {
			v += load(bias + i);
			store(x + i, v);
		}
		ivec more = v > most;
		most = choose(more, v, most);
		at = (here & more) | (at & ~more);
	}
	real best = most[0];
	*where = at[0];
	for (int k = 1; k < WIDTH; k++)
		if (most[k] > best || (most[k] == best && at[k] < *where)) {
			best = most[k];
			*where = at[k];
		}
	for (; i < n; i++) {
		x[i] += bias ? bias[i] : 0;
		if (x[i] > best) {
			best = x[i];
			*where = (lane)i;
		}
	}
	return best;
}

/* The sum of exp(x - most); its elements go to `to`, if that is not NULL. */
INLINE real sum_exponentials(real *to, const real *x, real most, size_t n)
{
	vec sum = {0};
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH) {
		vec e = exponential(load(x + i) - most);
		sum += e;
		if (to)
			store(to + i, e);
	}
	if (i < n) {
		int left = (int)(n - i);
		vec e = exponential(load_part(x + i, left) - most);
		real part[WIDTH];
		store(part, e);
		for (int k = left; k < WIDTH; k++)
			part[k] = 0;
		e = load(part);
		sum += e;
		if (to)
			store_part(to + i, e, left);
	}
	return sum_all(sum);
}

/* For each vector of n elements of x: x = expression(v), v being the old ones. */
#define MAP(x, n, expression) \
	do { \
		size_t i = 0; \
		for (; i + WIDTH <= n; i += WIDTH) { \
			vec v = load(x + i); \
			store(x + i, expression); \
		} \
		if (i < n) { \
			vec v = load_part(x + i, (int)(n - i)); \
			store_part(x + i, expression, (int)(n - i)); \
		} \
	} while (0)

#ifdef WP_NN_F64
#define LOG log
#else
#define LOG logf
#endif

static void softmax(real *x, const real *bias, size_t n)
{
	lane where;
	real most = add_bias_and_find_most(x, bias, n, &where);
	real share = 1 / sum_exponentials(x, x, most, n);
	MAP(x, n, v * share);
}

static real cross_entropy(real *x, const real *bias, size_t n, size_t class_, int32_t *best)
{
	lane where;
	real most = add_bias_and_find_most(x, bias, n, &where);
	if (best)
		*best = (int32_t)where;
	real below = most - x[class_];
	real sum = sum_exponentials(x, x, most, n), share = 1 / sum;
	MAP(x, n, v * share);
	x[class_] -= 1;
	return below + LOG(sum);
}

static void log_softmax(real *x, const real *bias, size_t n)
{
	lane where;
	real most = add_bias_and_find_most(x, bias, n, &where);
	real shift = most + LOG(sum_exponentials(NULL, x, most, n));
	MAP(x, n, v - shift);
}

/* ---- Sums and products ---- */

static void add(real *to, const real *from, size_t n)
{
	MAP(to, n, v + (i + WIDTH <= n ? load(from + i) : load_part(from + i, (int)(n - i))));
}

static void add_scaled(real *to, real a, const real *x, size_t n)
{
	MAP(to, n, v + a * (i + WIDTH <= n ? load(x + i) : load_part(x + i, (int)(n - i))));
}

static void sum(real *to, const real *a, const real *b, size_t n)
{
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH)
		store(to + i, load(a + i) + load(b + i));
	for (; i < n; i++)
		to[i] = a[i] + b[i];
}

static void multiply(real *to, const real *a, const real *b, size_t n)
{
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH)
		store(to + i, load(a + i) * load(b + i));
	for (; i < n; i++)
		to[i] = a[i] * b[i];
}

static real dot(const real *x, const real *y, size_t n)
{
	vec sum[4] = {{0}};
	size_t i = 0;
	for (; i + 4 * WIDTH <= n; i += 4 * WIDTH)
		UNROLL
	for (size_t k = 0; k < 4; k++)
		sum[k] += load(x + i + k * WIDTH) * load(y + i + k * WIDTH);
	for (; i + WIDTH <= n; i += WIDTH)
		sum[0] += load(x + i) * load(y + i);
	if (i < n)
		sum[1] += load_part(x + i, (int)(n - i)) * load_part(y + i, (int)(n - i));
	return sum_all((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/* Blocks in single precision, their sums in double. */
static double sum_squares(const real *x, size_t n)
{
	enum { BLOCK = 1024 };
	double sum = 0;
	for (size_t i = 0; i < n; i += BLOCK) {
		size_t size = n - i < BLOCK ? n - i : BLOCK;
		sum += (double)dot(x + i, x + i, size);
	}
	return sum;
}

static void add_rows(real *to, const real *x, size_t ld, size_t rows, size_t n)
{
	size_t i = 0;
	for (; i + 4 * WIDTH <= n; i += 4 * WIDTH) {
		vec sum[4];
		UNROLL
		for (size_t k = 0; k < 4; k++)
			sum[k] = load(to + i + k * WIDTH);
		for (size_t r = 0; r < rows; r++)
			UNROLL
		for (size_t k = 0; k < 4; k++)
			sum[k] += load(x + r * ld + i + k * WIDTH);
		UNROLL
		for (size_t k = 0; k < 4; k++)
			store(to + i + k * WIDTH, sum[k]);
	}
	for (; i < n; i += WIDTH) {
		int left = n - i < WIDTH ? (int)(n - i) : WIDTH;
		vec sum = load_part(to + i, left);
		for (size_t r = 0; r < rows; r++)
			sum += load_part(x + r * ld + i, left);
		store_part(to + i, sum, left);
	}
}

/* ---- Rows of tables ---- */

/* Rows that lie anywhere: ask for them so many before they are needed. */
enum { ROWS_AHEAD = 8 };

INLINE void ask_for(const real *table, const struct wp_nn_runs *rows, size_t i)
{
	if (!rows->row || i + ROWS_AHEAD >= rows->count)
		return;
	const real *at = table + (size_t)rows->row[i + ROWS_AHEAD] * rows->size;
	__builtin_prefetch(at);
	__builtin_prefetch(at + rows->size - 1);
}

INLINE size_t row_at(const struct wp_nn_runs *rows, size_t i)
{
	return (rows->row ? (size_t)rows->row[i] : i) * rows->size;
}

static void sum_rows(real *to, const real *table, const struct wp_nn_runs *rows)
{
	const size_t n = rows->size;
	size_t c = 0;
	for (; c + 4 * WIDTH <= n; c += 4 * WIDTH) {
		vec sum[4];
		UNROLL
		for (size_t k = 0; k < 4; k++)
			sum[k] = load(to + c + k * WIDTH);
		for (size_t i = 0; i < rows->count; i++) {
			ask_for(table, rows, i);
			const real *row = table + row_at(rows, i) + c;
			UNROLL
			for (size_t k = 0; k < 4; k++)
				sum[k] += load(row + k * WIDTH);
		}
		UNROLL
		for (size_t k = 0; k < 4; k++)
			store(to + c + k * WIDTH, sum[k]);
	}
	for (; c < n; c += WIDTH) {
		const int left = n - c < WIDTH ? (int)(n - c) : WIDTH;
		vec sum = left < WIDTH ? load_part(to + c, left) : load(to + c);
		for (size_t i = 0; i < rows->count; i++) {
			ask_for(table, rows, i);
			const real *row = table + row_at(rows, i) + c;
			sum += left < WIDTH ? load_part(row, left) : load(row);
		}
		if (left < WIDTH)
			store_part(to + c, sum, left);
		else
			store(to + c, sum);
	}
}

static void add_to_rows(real *table, const struct wp_nn_runs *rows, const real *from)
{
	const size_t n = rows->size;
	if (n < WIDTH) { /* the same number of times a part of a vector */
		const vec x = load_part(from, (int)n);
		for (size_t i = 0; i < rows->count; i++) {
			ask_for(table, rows, i);
			real *row = table + row_at(rows, i);
			store_part(row, load_part(row, (int)n) + x, (int)n);
		}
		return;
	}
	for (size_t i = 0; i < rows->count; i++) {
		ask_for(table, rows, i);
		add(table + row_at(rows, i), from, n);
	}
}

static double sum_squares_of_rows(const real *table, const struct wp_nn_runs *rows)
{
	const size_t n = rows->size;
	double sum = 0;
	for (size_t i = 0; i < rows->count; i++) {
		const real *row = table + row_at(rows, i);
		ask_for(table, rows, i);
		if (n < WIDTH) {
			vec x = load_part(row, (int)n);
			sum += (double)sum_all(x * x);
		} else {
			sum += sum_squares(row, n);
		}
	}
	return sum;
}

static void d_softmax(real *d, const real *p, size_t n)
{
	const real mean = dot(d, p, n);
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH)
		store(d + i, load(p + i) * (load(d + i) - mean));
	for (; i < n; i++)
		d[i] = p[i] * (d[i] - mean);
}

/* ---- Optimisers ---- */

#define UPDATE struct NN(update)

INLINE vec absolute(vec x)
{
	return choose(x < 0, -x, x);
}

/* The gradient that an optimiser sees. */
INLINE vec prepare(vec g, vec theta, const UPDATE *u, bool decays)
{
	g = at_most(at_least(g * u->scale, -u->limit), u->limit);
	if (decays) {
		vec sign = choose(theta < 0, splat(-u->l1), splat(u->l1));
		g += choose(theta == 0, (vec){0}, sign) + u->l2 * theta;
	}
	return g;
}

/* One vector of each array; those that a method does not have are not touched. */
enum method { SGD, MOMENTUM, ADAGRAD, RMSPROP, ADAM, ADAMW };

INLINE void update_vector(enum method method, real *theta, const real *g_, real *first,
	real *second, int n, const UPDATE *u, bool decays)
{
#define GET(p)    (n == WIDTH ? load(p) : load_part(p, n))
#define PUT(p, v) (n == WIDTH ? store(p, v) : store_part(p, v, n))
	vec old = GET(theta), g = prepare(GET(g_), old, u, decays), step = g;
	if (method == MOMENTUM) {
		step = u->momentum * GET(first) + g;
		PUT(first, step);
	} else if (method == ADAGRAD || method == RMSPROP) {
		real keep = method == ADAGRAD ? 1 : u->decay;
		real add_ = method == ADAGRAD ? 1 : 1 - u->decay;
		vec s = keep * GET(first) + add_ * (g * g);
		PUT(first, s);
		step = g / (root(s) + u->epsilon);
	} else if (method == ADAM || method == ADAMW) {
		vec m = GET(first), v = GET(second);
		m += (1 - u->momentum) * (g - m);
		v += (1 - u->decay) * (g * g - v);
		PUT(first, m);
		PUT(second, v);
		step = m / (root(v) + u->epsilon);
	}
	if (method == ADAMW)
		old *= 1 - u->shrink;
	PUT(theta, old - u->rate * step);
#undef GET
#undef PUT
}

INLINE void update(enum method method, real *theta, const real *g, real *first, real *second,
	size_t n, const UPDATE *u, bool decays)
{
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH)
		update_vector(
			method, theta + i, g + i, first + i, second + i, WIDTH, u, decays);
	if (i < n)
		update_vector(method, theta + i, g + i, first + i, second + i, (int)(n - i), u,
			decays);
}

/* By rows; that there are penalties is asked once, not for each. */
INLINE void update_rows(enum method method, real *theta, const real *g, real *first,
	real *second, const struct wp_nn_runs *rows, const UPDATE *u)
{
	const bool decays = u->l1 != 0 || u->l2 != 0;
	const UPDATE own = *u; /* which no store changes: it stays in registers */
	for (size_t i = 0; i < rows->count; i++) {
		const size_t at = row_at(rows, i);
		ask_for(theta, rows, i);
		ask_for(g, rows, i);
		if (first != theta)
			ask_for(first, rows, i);
		if (second != first)
			ask_for(second, rows, i);
		if (decays)
			update(method, theta + at, g + at, first + at, second + at, rows->size,
				&own, true);
		else
			update(method, theta + at, g + at, first + at, second + at, rows->size,
				&own, false);
	}
}

#define ROWS const struct wp_nn_runs *rows, const UPDATE *u

static void sgd(real *theta, const real *g, ROWS)
{
	update_rows(SGD, theta, g, theta, theta, rows, u);
}

static void momentum(real *theta, const real *g, real *v, ROWS)
{
	update_rows(MOMENTUM, theta, g, v, v, rows, u);
}

static void adagrad(real *theta, const real *g, real *s, ROWS)
{
	update_rows(ADAGRAD, theta, g, s, s, rows, u);
}

static void rmsprop(real *theta, const real *g, real *s, ROWS)
{
	update_rows(RMSPROP, theta, g, s, s, rows, u);
}

static void adam(real *theta, const real *g, real *m, real *v, ROWS)
{
	update_rows(ADAM, theta, g, m, v, rows, u);
}

static void adamw(real *theta, const real *g, real *m, real *v, ROWS)
{
	update_rows(ADAMW, theta, g, m, v, rows, u);
}

#undef ROWS
#undef UPDATE

/* ---- Functions ---- */

static void tanh_of(real *x, size_t n)
{
	MAP(x, n, hyperbolic_tangent(v));
}

static void logistic_of(real *x, size_t n)
{
	MAP(x, n, logistic(v));
}

#define ROOT_2_PI ((real)0.7978845608028654)
#define CUBIC     ((real)0.044715)

INLINE vec gelu_vector(vec z)
{
	vec t = hyperbolic_tangent(z * (ROOT_2_PI + ROOT_2_PI * CUBIC * (z * z)));
	return z * ((real)0.5 + (real)0.5 * t);
}

/* With t the tanh of u: (1 + t) / 2 + z/2 (1 - t^2) u'. */
INLINE vec d_gelu_vector(vec z)
{
	vec square = z * z;
	vec t = hyperbolic_tangent(z * (ROOT_2_PI + ROOT_2_PI * CUBIC * square));
	vec du = ROOT_2_PI + 3 * ROOT_2_PI * CUBIC * square;
	return (real)0.5 + (real)0.5 * (t + z * (1 - t * t) * du);
}

#undef ROOT_2_PI
#undef CUBIC

static void gelu(real *y, const real *z, size_t n)
{
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH)
		store(y + i, gelu_vector(load(z + i)));
	if (i < n)
		store_part(y + i, gelu_vector(load_part(z + i, (int)(n - i))), (int)(n - i));
}

static void d_gelu(real *d_z, const real *d_y, const real *z, size_t n)
{
	size_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH)
		store(d_z + i, load(d_y + i) * d_gelu_vector(load(z + i)));
	if (i < n) {
		const int left = (int)(n - i);
		store_part(d_z + i,
			load_part(d_y + i, left) * d_gelu_vector(load_part(z + i, left)), left);
	}
}

#include "nn/kernels/alignment_template.h"

#define KERNELS \
	{ \
		CELL_KERNELS, FEW_KERNELS, ALIGNMENT_KERNELS, cross_entropy, log_softmax, \
			softmax, d_softmax, tanh_of, logistic_of, gelu, d_gelu, add, sum, \
			add_scaled, multiply, sum_squares, dot, add_rows, sum_rows, \
			add_to_rows, sum_squares_of_rows, sgd, momentum, adagrad, rmsprop, \
			adam, adamw \
	}
