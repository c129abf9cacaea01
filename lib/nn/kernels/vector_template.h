/* Vectors of WIDTH reals, and the functions of them that networks need.  (Internal: with
 * real.h.)
 *
 * The file that includes this defines WIDTH before; and for kernels_template.h and
 * cell_template.h, after it,
 *
 *	ACCUMULATORS            sums that a product keeps in registers: 12, or 24 of 32
 *	vec load_part(p, n)     the first n of a vector from p, n < WIDTH, and zeros
 *	void store_part(p, v, n)
 *	vec quotient(a, b)      a / b, where b is neither very large nor very small
 *	vec root(x)             the square root
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "nn/core/real.h"

#ifdef WP_NN_F64
typedef int64_t lane;
#else
typedef int32_t lane;
#endif
typedef real vec __attribute__((vector_size(WIDTH * sizeof(real))));
typedef lane ivec __attribute__((vector_size(WIDTH * sizeof(real))));

#define INLINE static inline __attribute__((always_inline))
/* Loops over a constant number of vectors unroll wholly, so that their arrays are registers;
 * but not with sanitizers, whose checks of so much code would take minutes to compile. */
#ifdef WP_SANITIZED
#define UNROLL
#elif defined __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

INLINE vec load(const real *p)
{
	vec v;
	memcpy(&v, p, sizeof v);
	return v;
}

INLINE void store(real *p, vec v)
{
	memcpy(p, &v, sizeof v);
}

INLINE vec splat(real x)
{
	return x - (vec){0}; /* x + 0 would not be x where it is -0 */
}

/* a where the mask is set, b elsewhere. */
INLINE vec choose(ivec mask, vec a, vec b)
{
	return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}

/* These leave x as it is where that is not a number. */
INLINE vec at_least(vec x, real low)
{
	return choose(x < low, splat(low), x);
}

INLINE vec at_most(vec x, real high)
{
	return choose(x > high, splat(high), x);
}

INLINE real sum_all(vec v)
{
	real sum[WIDTH];
	store(sum, v);
	UNROLL
	for (int n = WIDTH / 2; n; n /= 2)
		for (int i = 0; i < n; i++)
			sum[i] += sum[i + n];
	return sum[0];
}

#ifdef WP_NN_F64

/* Element by element, as exact as the C library: finite differences see every bit. */
#define EACH(f) \
	for (int i = 0; i < WIDTH; i++) \
		x[i] = f(x[i]); \
	return x;

INLINE vec exponential(vec x){EACH(exp)}

INLINE vec hyperbolic_tangent(vec x){EACH(tanh)}

INLINE vec logistic(vec x)
{
	return 1 / (1 + exponential(-x));
}

#undef EACH

#else

typedef uint32_t uvec __attribute__((vector_size(WIDTH * sizeof(real))));

static vec quotient(vec a, vec b);

/* e^x to 1 ulp: 2^k times a minimax polynomial for the rest of x; adding 1.5 * 2^23 rounds to
 * an integer k and leaves it in the low bits.  Stays finite: constant above 88 and zero below
 * -87. */
INLINE vec exponential(vec x)
{
	x = at_most(x, 88.0f);
	vec shifted = x * 0x1.715476p0f + 0x1.8p23f; /* 1 / log 2 */
	vec k = shifted - 0x1.8p23f;
	vec r = x - k * 0x1.62e4p-1f - k * 0x1.7f7d1cp-20f; /* log 2 in two parts */
	vec p = r * 0x1.6a2434p-10f + 0x1.1239e2p-7f;
	p = p * r + 0x1.5558f2p-5f;
	p = p * r + 0x1.555492p-3f;
	p = p * r + 0x1.fffffcp-2f;
	p = p * (r * r) + r + 1.0f;
	uvec scaled = (uvec)p + ((uvec)shifted << 23);
	return (vec)(scaled & ~(uvec)(x < -87.0f));
}

/* To 3 ulp: an odd rational function, minimax for the relative error; beyond 9.02 the result
 * rounds to 1. */
INLINE vec hyperbolic_tangent(vec x)
{
	x = at_most(at_least(x, -9.02f), 9.02f);
	vec u = x * x;
	vec p = u * 0x1.c99878p-27f + 0x1.595168p-16f;
	p = p * u + 0x1.c9f67ep-9f;
	p = p * u + 0x1.120404p-3f;
	p = p * u + 1.0f;
	vec q = u * 0x1.a0b126p-21f + 0x1.583f68p-12f;
	q = q * u + 0x1.a7de46p-6f;
	q = q * u + 0x1.de574cp-2f;
	q = q * u + 1.0f;
	return quotient(x * p, q);
}

INLINE vec logistic(vec x)
{
	return quotient(splat(1.0f), 1.0f + exponential(-at_least(x, -87.0f)));
}

#endif
