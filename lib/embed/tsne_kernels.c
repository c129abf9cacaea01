#include "embed/tsne_kernels.h"

#define WIDTH 4
#include "embed/tsne_kernels_template.h"

static const struct wp_tsne_kernels kernels_plain = KERNELS;

const struct wp_tsne_kernels *wp_tsne_kernels(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_tsne_kernels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_tsne_kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
