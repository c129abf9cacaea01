#define WIDTH 8
#include "crf/crf_kernels_template.h"

const struct wp_crf_kernels wp_crf_kernels_avx512 = KERNELS;
