#include "crf/crf_kernels.h"

#define WIDTH 2
#include "crf/crf_kernels_template.h"

static const struct wp_crf_kernels kernels_plain = KERNELS;

const struct wp_crf_kernels *wp_crf_kernels(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_crf_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_crf_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
