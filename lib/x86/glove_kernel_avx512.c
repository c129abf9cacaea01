#include "embed/glove_kernel.h"

#include <immintrin.h>
#include <string.h>

#define WIDTH 16
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

#include "embed/vector_template.h"

static inline __m256 fold(__m512 a)
{
	return _mm512_castps512_ps256(a) + _mm512_extractf32x8_ps(a, 1);
}

INLINE void sum3(vec a, vec b, vec c, float *sums)
{
	__m256 ab = _mm256_hadd_ps(fold(a), fold(b)), c_ = fold(c);
	__m256 abc = _mm256_hadd_ps(ab, _mm256_hadd_ps(c_, c_));
	_mm_storeu_ps(sums, _mm256_castps256_ps128(abc) + _mm256_extractf128_ps(abc, 1));
}

#define HALF_IN_HARDWARE

INLINE vec load_half(const uint16_t *p)
{
	return _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)p));
}

/* Cut off after the random number is added, as in the template. */
INLINE void store_half(uint16_t *p, vec x, uvec random)
{
	__m512 sum = (__m512)((uvec)x + random);
	_mm256_store_si256((__m256i *)p, _mm512_cvtps_ph(sum, _MM_FROUND_TO_ZERO));
}

#include "embed/glove_kernel_template.h"

const struct wp_glove_kernels wp_glove_kernels_avx512 = KERNELS;
