#include "embed/w2v_kernel.h"

#include <immintrin.h>

#define WIDTH 16
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

/* The sums of the halves of two vectors: (a.low + a.high, b.low + b.high). */
static inline __m512 fold(__m512 a, __m512 b)
{
	return _mm512_mask_blend_ps(0xff00, a, b) + _mm512_shuffle_f32x4(a, b, 0x4e);
}

static inline __attribute__((always_inline)) void sum_each(const vec *acc, int n, float *to)
{
	const __m512 none = _mm512_setzero_ps();
	__m512 s04 = fold(acc[0], n > 4 ? acc[4] : none);
	__m512 s15 = fold(n > 1 ? acc[1] : none, n > 5 ? acc[5] : none);
	__m512 s26 = fold(n > 2 ? acc[2] : none, none);
	__m512 s37 = fold(n > 3 ? acc[3] : none, none);
	__m512 s0145 = _mm512_unpacklo_ps(s04, s15) + _mm512_unpackhi_ps(s04, s15);
	__m512 s2367 = _mm512_unpacklo_ps(s26, s37) + _mm512_unpackhi_ps(s26, s37);
	__m512 lanes =
		_mm512_shuffle_ps(s0145, s2367, 0x44) + _mm512_shuffle_ps(s0145, s2367, 0xee);
	__m512 sums = _mm512_shuffle_f32x4(lanes, lanes, 0x88) +
		_mm512_shuffle_f32x4(lanes, lanes, 0xdd);
	_mm256_storeu_ps(to, _mm512_castps512_ps256(sums));
}

#include "embed/w2v_kernel_template.h"

const struct wp_w2v_kernels wp_w2v_kernels_avx512 = KERNELS;
