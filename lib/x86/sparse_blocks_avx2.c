#define WIDTH   8
#define SUMS    4
#define COLUMNS 4
#include "math/block_kernels_template.h"

const struct wp_block_kernels wp_block_kernels_avx2 = KERNELS;
