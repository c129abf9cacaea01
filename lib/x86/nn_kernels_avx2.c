#include <immintrin.h>

#define WIDTH        8
#define ACCUMULATORS 12
#include "nn/kernels/vector_template.h"

/* All bits set in the first n of eight. */
static inline __m256i first(int n)
{
	const __m256i place = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), place);
}

static inline vec load_part(const real *p, int n)
{
	return _mm256_maskload_ps(p, first(n));
}

static inline void store_part(real *p, vec v, int n)
{
	_mm256_maskstore_ps(p, first(n), v);
}

static inline vec quotient(vec a, vec b)
{
	return a / b;
}

static inline vec root(vec x)
{
	return _mm256_sqrt_ps(x);
}

#include "nn/kernels/cells_template.h"

#include "nn/kernels/small_softmax_template.h"

#include "nn/kernels/kernels_template.h"

const struct wp_nn_kernels wp_nn_kernels_avx2 = KERNELS;
