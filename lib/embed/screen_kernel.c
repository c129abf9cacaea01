#include "embed/screen_kernel.h"

const struct wp_screen_kernels *wp_screen_kernels(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_screen_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_screen_kernels_avx2;
#endif
	(void)isa;
	return NULL;
}
