#define WIDTH 4
#include "crf/crf_kernels_template.h"

const struct wp_crf_kernels wp_crf_kernels_avx2 = KERNELS;
