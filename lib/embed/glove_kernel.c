#include "embed/glove_kernel.h"

#include <string.h>

#define WIDTH 4
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

#include "embed/vector_template.h"

INLINE void sum3(vec a, vec b, vec c, float *sums)
{
	sums[0] = (a[0] + a[2]) + (a[1] + a[3]);
	sums[1] = (b[0] + b[2]) + (b[1] + b[3]);
	sums[2] = (c[0] + c[2]) + (c[1] + c[3]);
}

#include "embed/glove_kernel_template.h"

static const struct wp_glove_kernels kernels_plain = KERNELS;

const struct wp_glove_kernels *wp_glove_kernels(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_glove_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_glove_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
