#include "math/chain_kernels.h"

#define REAL    float
#define LANE    int32_t
#define ULANE   uint32_t
#define WIDTH   4
#define NAME(x) x##_f32
#include "math/chain_kernels_template.h"

static const struct wp_chain_kernels_f32 plain_f32 = KERNELS;

#undef REAL
#undef LANE
#undef ULANE
#undef WIDTH
#undef NAME
#undef KERNELS
#define REAL    double
#define LANE    int64_t
#define ULANE   uint64_t
#define WIDTH   2
#define NAME(x) x##_f64
#include "math/chain_kernels_template.h"

static const struct wp_chain_kernels_f64 plain_f64 = KERNELS;

const struct wp_chain_kernels_f32 *wp_chain_kernels_f32(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_chain_f32_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_chain_f32_avx2;
#endif
	(void)isa;
	return &plain_f32;
}

const struct wp_chain_kernels_f64 *wp_chain_kernels_f64(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return &wp_chain_f64_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_chain_f64_avx2;
#endif
	(void)isa;
	return &plain_f64;
}
