#include <immintrin.h>

/* The sums of two products must fit into 16 bits: so 127 levels meet 63, between 1 and 127. */
#define WIDTH   8
#define LEVELS  63
#define OFFSET  64
#define VECS    2
#define QUERIES 4
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

#define multiply(sum, x, q) \
	((sum) + \
		(ivec)_mm256_madd_epi16(_mm256_maddubs_epi16((__m256i)(x), (__m256i)(q)), \
			_mm256_set1_epi16(1)))
#define at_least(a, b) (unsigned)_mm256_movemask_ps(_mm256_cmp_ps((a), (b), _CMP_GE_OQ))
#define bytes_of(v, byte) \
	for (int b = 0; b < WIDTH; b++) \
	(byte)[b] = (uint8_t)(v)[b]

#include "embed/screen_kernel_template.h"

const struct wp_screen_kernels wp_screen_kernels_avx2 = KERNELS;
