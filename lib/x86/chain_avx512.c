#define REAL    float
#define LANE    int32_t
#define ULANE   uint32_t
#define WIDTH   16
#define NAME(x) x##_f32
#include "math/chain_kernels_template.h"

const struct wp_chain_kernels_f32 wp_chain_f32_avx512 = KERNELS;

#undef REAL
#undef LANE
#undef ULANE
#undef WIDTH
#undef NAME
#undef KERNELS
#define REAL    double
#define LANE    int64_t
#define ULANE   uint64_t
#define WIDTH   8
#define NAME(x) x##_f64
#include "math/chain_kernels_template.h"

const struct wp_chain_kernels_f64 wp_chain_f64_avx512 = KERNELS;
