/* The kernels of alignment.h for one instruction set; see vector_template.h.  (Internal: with
 * real.h.)
 *
 * Each function's loop over the vectors of a row is `part`, of n numbers: a constant where n is
 * WIDTH. */
#include "nn/kernels/alignment.h"

#define EACH_VECTOR(part) \
	do { \
		size_t i = 0; \
		for (; i + WIDTH <= n; i += WIDTH) { \
			const size_t w = WIDTH; \
			part; \
		} \
		if (i < n) { \
			const size_t w = n - i; \
			part; \
		} \
	} while (0)

/* tanh(0 + 0) times 0 is 0 where a vector has no number. */
static void align_additive(real *score, const real *key, size_t ld, size_t rows,
	const real *query, const real *v, size_t n)
{
	for (size_t j = 0; j < rows; j++, key += ld) {
		vec sum = {0};
		EACH_VECTOR(sum += get(v + i, w) *
				hyperbolic_tangent(get(key + i, w) + get(query + i, w)));
		score[j] = sum_all(sum);
	}
}

INLINE void align_d_vector(const real *d_score, const real *key, size_t ld, size_t rows,
	const real *query, const real *v, size_t w, real *d_key, real *d_query, real *d_v)
{
	const vec q = get(query, w), factor = get(v, w);
	vec dq = get(d_query, w), dv = get(d_v, w);
	for (size_t j = 0; j < rows; j++) {
		vec y = hyperbolic_tangent(get(key + j * ld, w) + q);
		vec d = splat(d_score[j]);
		dv += d * y;
		d *= factor * (1 - y * y);
		dq += d;
		put(d_key + j * ld, get(d_key + j * ld, w) + d, w);
	}
	put(d_query, dq, w);
	put(d_v, dv, w);
}

static void align_d_additive(const real *d_score, const real *key, size_t ld, size_t rows,
	const real *query, const real *v, size_t n, real *d_key, real *d_query, real *d_v)
{
	EACH_VECTOR(align_d_vector(d_score, key + i, ld, rows, query + i, v + i, w, d_key + i,
		d_query + i, d_v + i));
}

static void align_dots(real *to, const real *x, size_t ld, size_t rows, const real *y, size_t n)
{
	for (size_t j = 0; j < rows; j++)
		to[j] = dot(x + j * ld, y, n);
}

INLINE void align_sum_vector(real *to, bool adds, const real *weight, const real *x, size_t ld,
	size_t rows, size_t w)
{
	vec sum = adds ? get(to, w) : (vec){0};
	for (size_t j = 0; j < rows; j++)
		sum += weight[j] * get(x + j * ld, w);
	put(to, sum, w);
}

static void align_sum(real *to, bool adds, const real *weight, const real *x, size_t ld,
	size_t rows, size_t n)
{
	EACH_VECTOR(align_sum_vector(to + i, adds, weight, x + i, ld, rows, w));
}

static void align_spread(
	real *x, size_t ld, size_t rows, const real *weight, const real *y, size_t n)
{
	for (size_t j = 0; j < rows; j++)
		add_scaled(x + j * ld, weight[j], y, n);
}

#undef EACH_VECTOR

#define ALIGNMENT_KERNELS \
	{ \
		align_additive, align_d_additive, align_dots, align_sum, align_spread \
	}
