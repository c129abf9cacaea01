#include "embed/w2v_kernel.h"

#include <immintrin.h>

#define WIDTH       8
#define UPDATE_OUTS 6
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

static inline __attribute__((always_inline)) void sum_lines(
	vec acc[2][WP_W2V_BLOCK], int n, float *g)
{
	const __m256 zero = _mm256_setzero_ps();
#pragma GCC unroll 2
	for (int i = 0; i < 2; i++) {
		__m256 s01 = _mm256_hadd_ps(acc[i][0], n > 1 ? acc[i][1] : zero);
		__m256 s23 = _mm256_hadd_ps(n > 2 ? acc[i][2] : zero, n > 3 ? acc[i][3] : zero);
		__m256 s45 = _mm256_hadd_ps(n > 4 ? acc[i][4] : zero, n > 5 ? acc[i][5] : zero);
		__m256 s0123 = _mm256_hadd_ps(s01, s23), s45__ = _mm256_hadd_ps(s45, zero);
		_mm256_store_ps(g + i * WP_W2V_LINE,
			_mm256_permute2f128_ps(s0123, s45__, 0x20) +
				_mm256_permute2f128_ps(s0123, s45__, 0x31));
	}
}

#include "embed/w2v_kernel_template.h"

const struct wp_w2v_kernels wp_w2v_kernels_avx2 = KERNELS;
