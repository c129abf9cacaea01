#define WIDTH   16
#define SUMS    4
#define COLUMNS 16
#include "math/block_kernels_template.h"

const struct wp_block_kernels wp_block_kernels_avx512 = KERNELS;
