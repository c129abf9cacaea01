#include "embed/glove_kernel.h"

#include <immintrin.h>
#include <string.h>

#define WIDTH 8
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

#include "embed/vector_template.h"

INLINE void sum3(vec a, vec b, vec c, float *sums)
{
	__m256 ab = _mm256_hadd_ps(a, b), cc = _mm256_hadd_ps(c, c);
	__m256 abc = _mm256_hadd_ps(ab, cc);
	_mm_storeu_ps(sums, _mm256_castps256_ps128(abc) + _mm256_extractf128_ps(abc, 1));
}

#define HALF_IN_HARDWARE

INLINE vec load_half(const uint16_t *p)
{
	return _mm256_cvtph_ps(_mm_load_si128((const __m128i *)p));
}

/* Cut off after the random number is added, as in the template. */
INLINE void store_half(uint16_t *p, vec x, uvec random)
{
	__m256 sum = (__m256)((uvec)x + random);
	_mm_store_si128((__m128i *)p, _mm256_cvtps_ph(sum, _MM_FROUND_TO_ZERO));
}

#include "embed/glove_kernel_template.h"

const struct wp_glove_kernels wp_glove_kernels_avx2 = KERNELS;
