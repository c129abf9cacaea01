#define WIDTH 8
#include "nn/core/panels_template.h"

const struct wp_panels_kernel wp_panels_avx2 = KERNEL;
