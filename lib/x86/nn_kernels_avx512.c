#include <immintrin.h>

#define WIDTH        16
#define ACCUMULATORS 24
#include "nn/kernels/vector_template.h"

static inline __mmask16 first(int n)
{
	return (__mmask16)((1u << n) - 1);
}

static inline vec load_part(const real *p, int n)
{
	return _mm512_maskz_loadu_ps(first(n), p);
}

static inline void store_part(real *p, vec v, int n)
{
	_mm512_mask_storeu_ps(p, first(n), v);
}

/* Division is slow at this width: one step of Newton's method on the processor's estimate,
 * which has 14 bits, is as exact but for the last bit. */
static inline vec quotient(vec a, vec b)
{
	vec estimate = _mm512_rcp14_ps(b);
	vec q = a * estimate;
	return q + (a - q * b) * estimate;
}

static inline vec root(vec x)
{
	return _mm512_sqrt_ps(x);
}

#include "nn/kernels/cells_template.h"

#include "nn/kernels/small_softmax_template.h"

#include "nn/kernels/kernels_template.h"

const struct wp_nn_kernels wp_nn_kernels_avx512 = KERNELS;
