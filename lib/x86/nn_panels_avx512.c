#define WIDTH 16
#include "nn/core/panels_template.h"

const struct wp_panels_kernel wp_panels_avx512 = KERNEL;
