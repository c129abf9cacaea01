#define WIDTH 8
#include "embed/tsne_kernels_template.h"

const struct wp_tsne_kernels wp_tsne_kernels_avx2 = KERNELS;
