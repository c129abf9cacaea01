#define KERNEL wp_sparse_kernel_avx2
#define SUMS   4
#include "math/sparse_kernel_template.h"
