#define KERNEL wp_sparse_kernel_avx512
#define SUMS   4
#include "math/sparse_kernel_template.h"
