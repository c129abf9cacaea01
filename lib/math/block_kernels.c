#include "math/block_kernels.h"

#define WIDTH   4
#define SUMS    2
#define COLUMNS 2
#include "math/block_kernels_template.h"

static const struct wp_block_kernels kernels_plain = KERNELS;

const struct wp_block_kernels *wp_block_kernels(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_block_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_block_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
