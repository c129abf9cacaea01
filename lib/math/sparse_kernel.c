#include "math/sparse_kernel.h"

#define KERNEL wp_sparse_kernel_plain
#define SUMS   2
#include "math/sparse_kernel_template.h"

wp_sparse_kernel *wp_sparse_kernel_for(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return wp_sparse_kernel_avx512;
	if (isa == WP_ISA_AVX2)
		return wp_sparse_kernel_avx2;
#endif
	(void)isa;
	return wp_sparse_kernel_plain;
}
