#include "embed/w2v_kernel.h"

#define WIDTH       4
#define UPDATE_OUTS 6
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

static inline void sum_lines(vec acc[2][WP_W2V_BLOCK], int n, float *g)
{
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < WP_W2V_LINE; k++) {
			float *to = g + i * WP_W2V_LINE + k;
			if (k < n)
				*to = (acc[i][k][0] + acc[i][k][2]) +
					(acc[i][k][1] + acc[i][k][3]);
			else
				*to = 0;
		}
}

#include "embed/w2v_kernel_template.h"

static const struct wp_w2v_kernels kernels_plain = KERNELS;

const struct wp_w2v_kernels *wp_w2v_kernels(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_w2v_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_w2v_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
