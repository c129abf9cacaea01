/* The kernels of chain_kernels.h.  The file that includes this, once or twice, defines
 *
 *	REAL     float or double
 *	LANE     the signed integer of the same size
 *	ULANE    the unsigned one
 *	WIDTH    reals in a register
 *	NAME(x)  x with an ending of its own
 *
 * and takes NAME(kernels).  (Internal.)
 */
#include <math.h>
#include <string.h>

#include "math/chain_kernels.h"

#ifndef WP_CHAIN_KERNELS_TEMPLATE_H
#define WP_CHAIN_KERNELS_TEMPLATE_H
#define INLINE static inline __attribute__((always_inline))
#ifdef WP_SANITIZED
#define UNROLL
#elif defined __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
enum { BLOCK = 4 }; /* registers of a row that are worked on at a time */
#endif

typedef REAL NAME(vec) __attribute__((vector_size(WIDTH * sizeof(REAL)), may_alias));
typedef LANE NAME(ivec) __attribute__((vector_size(WIDTH * sizeof(REAL)), may_alias));
typedef ULANE NAME(uvec) __attribute__((vector_size(WIDTH * sizeof(REAL)), may_alias));
#define vec  NAME(vec)
#define uvec NAME(uvec)
#define ivec NAME(ivec)

INLINE vec NAME(choose)(ivec mask, vec a, vec b)
{
	return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}

INLINE ivec NAME(choose_lane)(ivec mask, ivec a, ivec b)
{
	return (a & mask) | (b & ~mask);
}

INLINE REAL NAME(total)(vec v)
{
	REAL sum[WIDTH];
	memcpy(sum, &v, sizeof v);
	UNROLL
	for (int n = WIDTH / 2; n; n /= 2)
		for (int i = 0; i < n; i++)
			sum[i] += sum[i + n];
	return sum[0];
}

INLINE REAL NAME(most)(vec v)
{
	REAL top[WIDTH];
	memcpy(top, &v, sizeof v);
	UNROLL
	for (int n = WIDTH / 2; n; n /= 2)
		for (int i = 0; i < n; i++)
			top[i] = top[i] > top[i + n] ? top[i] : top[i + n];
	return top[0];
}

/* e^x for x <= 0: 2^k times the Taylor polynomial of the rest, which is at most log(2) / 2;
 * adding 1.5 * 2^23, or 2^52, rounds to an integer k and leaves it in the low bits.  0 where
 * the result would be denormal. */
INLINE vec NAME(exp_negative)(vec x)
{
	enum { F64 = sizeof(REAL) == 8, DEGREE = F64 ? 13 : 7, BITS = F64 ? 52 : 23 };
	const REAL shift = (REAL)(F64 ? 0x1.8p52 : 0x1.8p23);
	const REAL high = (REAL)(F64 ? 0x1.62e42fefa39efp-1 : 0x1.62e4p-1);
	const REAL low = (REAL)(F64 ? 0x1.abc9e3b39803fp-56 : 0x1.7f7d1cp-20);
	static const double inverse[] = {1, 1, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720,
		1. / 5040, 1. / 40320, 1. / 362880, 1. / 3628800, 1. / 39916800, 1. / 479001600,
		1. / 6227020800};
	vec shifted = x * (REAL)0x1.71547652b82fep0 + shift, k = shifted - shift;
	vec r = x - k * high - k * low,
	    p = r * (REAL)inverse[DEGREE] + (REAL)inverse[DEGREE - 1];
	UNROLL
	for (int i = DEGREE - 2; i >= 0; i--)
		p = p * r + (REAL)inverse[i];
	return (vec)(((uvec)p + ((uvec)shifted << BITS)) &
		(uvec)(x > (REAL)(F64 ? -708 : -87)));
}

static double NAME(exponentials)(REAL *x, size_t n, size_t stride)
{
	double sum = 0;
	size_t parts = stride / WIDTH;
	for (size_t t = 0; t < n; t++, x += stride) {
		vec *row = (vec *)x, top = row[0];
		for (size_t p = 1; p < parts; p++)
			top = NAME(choose)(row[p] > top, row[p], top);
		REAL most = NAME(most)(top);
		if (!(most > -INFINITY)) /* nothing is allowed, or no number */
			most = 0;
		for (size_t p = 0; p < parts; p++)
			row[p] = NAME(exp_negative)(row[p] - most);
		sum += (double)most;
	}
	return sum;
}

/* A block of y = x m: y[j] = sum over i of x[i] m[i, j], in two sums each, since one would wait
 * for each addition to end before the next begins. */
INLINE void NAME(product)(
	vec *y, const REAL *x, const REAL *m, size_t tags, size_t stride, const int parts)
{
	vec a[BLOCK], b[BLOCK];
	size_t i = 0;
	UNROLL
	for (int p = 0; p < parts; p++)
		a[p] = b[p] = (vec){0};
	for (; i + 2 <= tags; i += 2, m += 2 * stride) {
		const vec *even = (const vec *)m, *odd = (const vec *)(m + stride);
		UNROLL
		for (int p = 0; p < parts; p++) {
			a[p] += x[i] * even[p];
			b[p] += x[i + 1] * odd[p];
		}
	}
	if (i < tags) {
		UNROLL
		for (int p = 0; p < parts; p++)
			a[p] += x[i] * ((const vec *)m)[p];
	}
	UNROLL
	for (int p = 0; p < parts; p++)
		y[p] = a[p] + b[p];
}

INLINE void NAME(product_row)(
	REAL *y, const REAL *x, const REAL *m, size_t tags, size_t stride, const int whole)
{
	vec *to = (vec *)y;
	if (whole) { /* the row is one block, known when this is compiled */
		NAME(product)(to, x, m, tags, stride, whole);
		return;
	}
	size_t parts = stride / WIDTH, p = 0;
	for (; p + BLOCK <= parts; p += BLOCK)
		NAME(product)(to + p, x, m + p * WIDTH, tags, stride, BLOCK);
	for (; p < parts; p++)
		NAME(product)(to + p, x, m + p * WIDTH, tags, stride, 1);
}

/* row *= factor, elementwise; the sum. */
INLINE REAL NAME(weigh)(REAL *row, const REAL *factor, const REAL *from, size_t parts)
{
	vec sum = {0}, *to = (vec *)row;
	const vec *f = (const vec *)factor, *x = (const vec *)from;
	for (size_t p = 0; p < parts; p++)
		sum += to[p] = x[p] * f[p];
	return NAME(total)(sum);
}

INLINE void NAME(scale)(REAL *row, REAL factor, size_t parts)
{
	vec *to = (vec *)row;
	for (size_t p = 0; p < parts; p++)
		to[p] *= factor;
}

INLINE bool NAME(forward_by)(REAL *alpha, REAL *scale, const REAL *psi, const REAL *m,
	const REAL *start, size_t n, size_t tags, size_t stride, REAL least, const int whole)
{
	size_t parts = whole ? (size_t)whole : stride / WIDTH;
	for (size_t t = 0; t < n; t++) {
		REAL *row = alpha + t * stride;
		if (t)
			NAME(product_row)(row, row - stride, m, tags, stride, whole);
		scale[t] = NAME(weigh)(row, psi + t * stride, t ? row : start, parts);
		if (!(scale[t] >= least))
			return false;
		NAME(scale)(row, 1 / scale[t], parts);
	}
	return true;
}

static bool NAME(forward)(REAL *alpha, REAL *scale, const REAL *psi, const REAL *m,
	const REAL *start, size_t n, size_t tags, size_t stride, REAL least)
{
	switch (stride / WIDTH) {
	case 1:
		return NAME(forward_by)(alpha, scale, psi, m, start, n, tags, stride, least, 1);
	case 2:
		return NAME(forward_by)(alpha, scale, psi, m, start, n, tags, stride, least, 2);
	case 3:
		return NAME(forward_by)(alpha, scale, psi, m, start, n, tags, stride, least, 3);
	case 4:
		return NAME(forward_by)(alpha, scale, psi, m, start, n, tags, stride, least, 4);
	default:
		return NAME(forward_by)(alpha, scale, psi, m, start, n, tags, stride, least, 0);
	}
}

static REAL NAME(forward_row)(
	REAL *to, const REAL *from, const REAL *psi, const REAL *m, size_t tags, size_t stride)
{
	NAME(product_row)(to, from, m, tags, stride, 0);
	REAL sum = NAME(weigh)(to, psi, to, stride / WIDTH);
	NAME(scale)(to, 1 / sum, stride / WIDTH);
	return sum;
}

INLINE void NAME(backward_by)(REAL *alpha, REAL *psi, const REAL *scale, const REAL *mt,
	REAL *beta, REAL *before, size_t n, size_t tags, size_t stride, const int whole)
{
	size_t parts = whole ? (size_t)whole : stride / WIDTH;
	for (size_t t = n; t-- > 0;) {
		REAL *row = alpha + t * stride, *next = psi + t * stride;
		if (before)
			memcpy(before + t * stride, row, stride * sizeof *row);
		/* The marginals sum to 1 but for rounding, which would grow from step to step.
		 */
		REAL factor = 1 / NAME(weigh)(row, beta, row, parts);
		NAME(scale)(row, factor, parts);
		factor /= scale[t];
		for (size_t p = 0; p < parts; p++)
			((vec *)next)[p] *= ((vec *)beta)[p] * factor;
		if (t)
			NAME(product_row)(beta, next, mt, tags, stride, whole);
	}
}

static void NAME(backward)(REAL *alpha, REAL *psi, const REAL *scale, const REAL *mt,
	REAL *beta, REAL *before, size_t n, size_t tags, size_t stride)
{
	switch (stride / WIDTH) {
	case 1:
		NAME(backward_by)(alpha, psi, scale, mt, beta, before, n, tags, stride, 1);
		break;
	case 2:
		NAME(backward_by)(alpha, psi, scale, mt, beta, before, n, tags, stride, 2);
		break;
	case 3:
		NAME(backward_by)(alpha, psi, scale, mt, beta, before, n, tags, stride, 3);
		break;
	case 4:
		NAME(backward_by)(alpha, psi, scale, mt, beta, before, n, tags, stride, 4);
		break;
	default:
		NAME(backward_by)(alpha, psi, scale, mt, beta, before, n, tags, stride, 0);
	}
}

static void NAME(backward_row)(REAL *alpha, REAL *psi, REAL scale, const REAL *mt, REAL *beta,
	size_t tags, size_t stride)
{
	size_t parts = stride / WIDTH;
	REAL factor = 1 / NAME(weigh)(alpha, beta, alpha, parts);
	NAME(scale)(alpha, factor, parts);
	factor /= scale;
	for (size_t p = 0; p < parts; p++)
		((vec *)psi)[p] *= ((vec *)beta)[p] * factor;
	NAME(product_row)(beta, psi, mt, tags, stride, 0);
}

static void NAME(pairs)(
	REAL *sum, const REAL *a, const REAL *m, const REAL *b, size_t tags, size_t stride)
{
	for (size_t i = 0; i < tags; i++, sum += stride, m += stride)
		for (size_t p = 0; p < stride / WIDTH; p++)
			((vec *)sum)[p] += a[i] * ((const vec *)m)[p] * ((const vec *)b)[p];
}

/* Four rows and `parts` registers of them at a time stay in registers over all n steps. */
INLINE void NAME(outer_block)(REAL *sum, const REAL *a, const REAL *b, size_t n, size_t stride,
	const int rows, const int parts)
{
	vec acc[4][2];
	UNROLL
	for (int r = 0; r < rows; r++)
		for (int p = 0; p < parts; p++)
			acc[r][p] = ((vec *)(sum + (size_t)r * stride))[p];
	for (size_t t = 0; t < n; t++, a += stride, b += stride) {
		UNROLL
		for (int r = 0; r < rows; r++)
			for (int p = 0; p < parts; p++)
				acc[r][p] += a[r] * ((const vec *)b)[p];
	}
	UNROLL
	for (int r = 0; r < rows; r++)
		for (int p = 0; p < parts; p++)
			((vec *)(sum + (size_t)r * stride))[p] = acc[r][p];
}

static void NAME(outer)(
	REAL *sum, const REAL *a, const REAL *b, size_t n, size_t tags, size_t stride)
{
	size_t parts = stride / WIDTH;
	for (size_t i = 0; i < tags; i += 4)
		for (size_t p = 0; p < parts; p += 2) {
			REAL *to = sum + i * stride + p * WIDTH;
			const REAL *x = b + p * WIDTH;
			bool pair = p + 2 <= parts, four = i + 4 <= tags;
			if (pair && four)
				NAME(outer_block)(to, a + i, x, n, stride, 4, 2);
			else if (four)
				NAME(outer_block)(to, a + i, x, n, stride, 4, 1);
			else
				for (size_t k = i; k < tags; k++) {
					REAL *row = sum + k * stride + p * WIDTH;
					if (pair)
						NAME(outer_block)
					(row, a + k, x, n, stride, 1, 2);
					else NAME(outer_block)(row, a + k, x, n, stride, 1, 1);
				}
		}
}

static void NAME(best)(
	REAL *to, LANE *back, const REAL *from, const REAL *m, size_t tags, size_t stride)
{
	for (size_t p = 0; p < stride / WIDTH; p++) {
		vec top = from[0] + ((const vec *)m)[p];
		ivec which = {0};
		for (size_t i = 1; i < tags; i++) {
			vec next = from[i] + ((const vec *)(m + i * stride))[p];
			ivec better = next > top;
			top = NAME(choose)(better, next, top);
			which = NAME(choose_lane)(better, (ivec){0} + (LANE)i, which);
		}
		((vec *)to)[p] = top;
		((ivec *)back)[p] = which;
	}
}

#define KERNELS \
	{ \
		NAME(exponentials), NAME(forward), NAME(forward_row), NAME(backward), \
			NAME(backward_row), NAME(pairs), NAME(outer), NAME(best) \
	}
#undef vec
#undef uvec
#undef ivec
