#include <immintrin.h>

#define WIDTH        8
#define ACCUMULATORS 12
#include "rnn/vector_template.h"

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

#include "rnn/cell_template.h"

#include "rnn/few_template.h"

#include "rnn/kernels_template.h"

const struct wp_rnn_kernels wp_rnn_kernels_avx2 = KERNELS;
