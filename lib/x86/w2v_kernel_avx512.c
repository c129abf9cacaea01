#include "embed/w2v_kernel.h"

#include <immintrin.h>

#define WIDTH       16
#define UPDATE_OUTS 12
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

/* Folded to half their length, a and b in one: (a.low + a.high, b.low + b.high). */
static inline __m512 fold(__m512 a, __m512 b)
{
	return _mm512_mask_blend_ps(0xff00, a, b) + _mm512_shuffle_f32x4(a, b, 0x4e);
}

/* Add up and transpose: comments give what one half of the vector holds, in lanes of four. */
static inline __attribute__((always_inline)) void sum_lines(
	vec acc[2][WP_W2V_BLOCK], int n, float *g)
{
	__m512 s[WP_W2V_BLOCK];
#pragma GCC unroll 6
	for (int k = 0; k < WP_W2V_BLOCK; k++)
		s[k] = k < n ? fold(acc[0][k], acc[1][k]) : _mm512_setzero_ps();
	/* 0 1 0 1 | 0 1 0 1, and so on: each sum in four parts */
	__m512 s01 = _mm512_unpacklo_ps(s[0], s[1]) + _mm512_unpackhi_ps(s[0], s[1]);
	__m512 s23 = _mm512_unpacklo_ps(s[2], s[3]) + _mm512_unpackhi_ps(s[2], s[3]);
	__m512 s45 = _mm512_unpacklo_ps(s[4], s[5]) + _mm512_unpackhi_ps(s[4], s[5]);
	const __m512 zero = _mm512_setzero_ps();
	/* 0 1 2 3 | 0 1 2 3 and 4 5 0 0 | 4 5 0 0: each sum in two parts */
	__m512 s0123 = _mm512_shuffle_ps(s01, s23, 0x44) + _mm512_shuffle_ps(s01, s23, 0xee);
	__m512 s45__ = _mm512_shuffle_ps(s45, zero, 0x44) + _mm512_shuffle_ps(s45, zero, 0xee);
	/* 0 1 2 3 | 4 5 0 0 */
	__m512 straight = _mm512_mask_blend_ps(0xf0f0, s0123, s45__);
	__m512 crossed = _mm512_mask_blend_ps(0xf0f0, s45__, s0123);
	_mm512_store_ps(g, straight + _mm512_shuffle_f32x4(crossed, crossed, 0xb1));
}

#include "embed/w2v_kernel_template.h"

const struct wp_w2v_kernels wp_w2v_kernels_avx512 = KERNELS;
