#include "embed/w2v_kernel.h"

#include <immintrin.h>

#define WIDTH 8
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

static inline __attribute__((always_inline)) void sum_each(const vec *acc, int n, float *to)
{
	const __m256 none = _mm256_setzero_ps();
	__m256 s01 = _mm256_hadd_ps(acc[0], n > 1 ? acc[1] : none);
	__m256 s23 = _mm256_hadd_ps(n > 2 ? acc[2] : none, n > 3 ? acc[3] : none);
	__m256 s45 = _mm256_hadd_ps(n > 4 ? acc[4] : none, n > 5 ? acc[5] : none);
	__m256 s0123 = _mm256_hadd_ps(s01, s23), s45__ = _mm256_hadd_ps(s45, none);
	__m256 low = _mm256_permute2f128_ps(s0123, s45__, 0x20);
	__m256 high = _mm256_permute2f128_ps(s0123, s45__, 0x31);
	_mm256_storeu_ps(to, low + high);
}

#include "embed/w2v_kernel_template.h"

const struct wp_w2v_kernels wp_w2v_kernels_avx2 = KERNELS;
