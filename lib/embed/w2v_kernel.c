#include "embed/w2v_kernel.h"

#define WIDTH 4
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

static inline void sum_each(const vec *acc, int n, float *to)
{
	for (int k = 0; k < n; k++)
		to[k] = (acc[k][0] + acc[k][2]) + (acc[k][1] + acc[k][3]);
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
