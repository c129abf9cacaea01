/* Arithmetic that the templates of kernels share.  The file that includes this defines
 *
 *	WIDTH   floats in a vector: 4, 8 or 16
 *	vec     a GCC vector of WIDTH floats that may alias floats
 *
 * Loops marked UNROLL over a constant number of steps unroll wholly, so that their arrays are
 * registers.  (Internal.)
 */
#include <stdint.h>

typedef int32_t ivec __attribute__((vector_size(WIDTH * 4), may_alias));
typedef uint32_t uvec __attribute__((vector_size(WIDTH * 4), may_alias));

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

INLINE vec load(const float *p)
{
	return *(const vec *)p;
}

INLINE void store(float *p, vec v)
{
	*(vec *)p = v;
}

INLINE vec splat(float x)
{
	return x - (vec){0}; /* x + 0 would not be x where it is -0 */
}

/* a where the mask is set, b elsewhere. */
INLINE vec choose(ivec mask, vec a, vec b)
{
	return (vec)(((ivec)a & mask) | ((ivec)b & ~mask));
}

/* e^x for x <= 0, to a relative error of 1e-7 + |x| 6e-8; 0 below -87.  2^k times a minimax
 * polynomial for the rest; adding 1.5 * 2^23 rounds to an integer k and leaves it in the low
 * bits. */
INLINE vec exp_negative(vec x)
{
	vec shifted = x * 0x1.715476p0f + 0x1.8p23f; /* 1 / log 2 */
	vec r = x - (shifted - 0x1.8p23f) * 0x1.62e43p-1f;
	vec r2 = r * r;
	vec p = (r * 0x1.0fe5c6p-7f + 0x1.575eeep-5f) * r2 +
		(r * 0x1.555a18p-3f + 0x1.fffd1ap-2f);
	p = p * r2 + (r * 0x1.fffff6p-1f + 0x1.000002p+0f);
	return (vec)(((uvec)p + ((uvec)shifted << 23)) & (uvec)(x > -87.0f));
}
