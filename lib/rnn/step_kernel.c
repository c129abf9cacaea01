#include "rnn/step_kernel.h"

#define WIDTH 4
#include "rnn/step_kernel_template.h"

static vec quotient(vec a, vec b)
{
	return a / b;
}

static const struct wp_step_kernels kernels_plain = KERNELS;

const struct wp_step_kernels *wp_step_kernels(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_step_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_step_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
