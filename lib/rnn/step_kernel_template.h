/* The kernels of step_kernel.h for one instruction set.  The file that includes this defines
 *
 *	WIDTH              floats in a vector: 4, 8 or 16
 *	vec quotient(a, b) after it; see vector_template.h
 *
 * Loops over a constant number of vectors unroll wholly, so that their arrays are registers.
 * (Internal.)
 */
#include "rnn/step_kernel.h"

#include "rnn/vector_template.h"

enum {
	PANEL = 8,      /* vectors of a panel: as many sums hide the latency of multiply-add */
	AHEAD = 64 * 16 /* floats from what is read to what is asked for */
};

/* A panel of n vectors.  With few of them, two rows at a time have sums of their own, so that
 * no sum waits for the one before. */
INLINE void panel(float *y, const float *x, const float *w, size_t rows, int n)
{
	const int sets = n <= PANEL / 2 ? 2 : 1;
	vec sum[2][PANEL];
	UNROLL
	for (int j = 0; j < n; j++) {
		sum[0][j] = load(y + j * WIDTH);
		sum[1][j] = (vec){0};
	}
	size_t k = 0;
	for (; k + (size_t)sets <= rows; k += (size_t)sets) {
		UNROLL
		for (int s = 0; s < sets; s++) {
			vec xk = splat(x[k + (size_t)s]);
			UNROLL
			for (int j = 0; j < n; j++) {
				if (j * WIDTH % 16 == 0)
					__builtin_prefetch(w + j * WIDTH + AHEAD);
				sum[s][j] += xk * load(w + j * WIDTH);
			}
			w += n * WIDTH;
		}
	}
	if (k < rows) {
		vec xk = splat(x[k]);
		UNROLL
		for (int j = 0; j < n; j++)
			sum[0][j] += xk * load(w + j * WIDTH);
	}
	UNROLL
	for (int j = 0; j < n; j++)
		store(y + j * WIDTH, sum[0][j] + sum[1][j]);
}

static void product(float *y, const float *x, const float *w, size_t rows, size_t cols)
{
	for (; cols >= PANEL * WIDTH; cols -= PANEL * WIDTH) {
		panel(y, x, w, rows, PANEL);
		y += PANEL * WIDTH;
		w += rows * PANEL * WIDTH;
	}
	switch (cols / WIDTH) {
#define CASE(n) \
	case n: \
		panel(y, x, w, rows, n); \
		break
		CASE(1);
		CASE(2);
		CASE(3);
		CASE(4);
		CASE(5);
		CASE(6);
		CASE(7);
#undef CASE
	default:
		break;
	}
}

static void elman(float *h, const float *a, size_t n, enum wp_rnn_activation f)
{
	for (size_t i = 0; i < n; i += WIDTH) {
		vec x = load(a + i);
		store(h + i,
			f == WP_RNN_TANH           ? hyperbolic_tangent(x)
				: f == WP_RNN_RELU ? choose(x > 0.0f, x, (vec){0})
						   : logistic(x));
	}
}

static void lstm(float *h, float *c, const float *a, const float *peephole, size_t n)
{
	for (size_t k = 0; k < n; k += WIDTH, a += WIDTH) {
		vec i = load(a), f = load(a + n), g = load(a + 2 * n), o = load(a + 3 * n);
		vec cell = load(c + k);
		if (peephole) {
			i += load(peephole + k) * cell;
			f += load(peephole + n + k) * cell;
		}
		cell = logistic(f) * cell + logistic(i) * hyperbolic_tangent(g);
		if (peephole)
			o += load(peephole + 2 * n + k) * cell;
		store(c + k, cell);
		store(h + k, logistic(o) * hyperbolic_tangent(cell));
	}
}

static void gru(float *h, const float *a, size_t n)
{
	for (size_t i = 0; i < n; i += WIDTH, a += WIDTH) {
		vec r = logistic(load(a + n)), z = logistic(load(a + 2 * n));
		vec new = hyperbolic_tangent(load(a) + r * load(a + 3 * n));
		store(h + i, new + z *(load(h + i) - new));
	}
}

static void reset(float *rh, const float *r, const float *h, size_t n)
{
	for (size_t i = 0; i < n; i += WIDTH)
		store(rh + i, logistic(load(r + i)) * load(h + i));
}

static float exponentials(float *z, size_t n, float scale)
{
	vec most = load(z), sum = {0};
	for (size_t i = WIDTH; i < n; i += WIDTH) {
		vec v = load(z + i);
		most = choose(v > most, v, most);
	}
	float greatest = most[0], all = 0;
	for (int k = 1; k < WIDTH; k++)
		greatest = most[k] > greatest ? most[k] : greatest;
	for (size_t i = 0; i < n; i += WIDTH) {
		vec e = exponential((load(z + i) - greatest) * scale);
		store(z + i, e);
		sum += e;
	}
	for (int k = 0; k < WIDTH; k++)
		all += sum[k];
	return all;
}

#define KERNELS \
	{ \
		.panel = PANEL * WIDTH, .product = product, .elman = elman, .lstm = lstm, \
		.gru = gru, .reset = reset, .exponentials = exponentials \
	}
