#include <immintrin.h>

#define WIDTH   16
#define LEVELS  127
#define OFFSET  128
#define VECS    4
#define QUERIES 6
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

#define multiply(sum, x, q) \
	((ivec)_mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(x), (__m512i)(q)))
#define at_least(a, b)    _mm512_cmp_ps_mask((a), (b), _CMP_GE_OQ)
#define bytes_of(v, byte) _mm_storeu_si128((void *)(byte), _mm512_cvtepi32_epi8((__m512i)(v)))

#include "embed/screen_kernel_template.h"

const struct wp_screen_kernels wp_screen_kernels_avx512 = KERNELS;
