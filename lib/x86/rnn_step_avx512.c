#include "rnn/step_kernel.h"

#define WIDTH 16
typedef float vec __attribute__((vector_size(WIDTH * 4), may_alias));

#include "rnn/step_kernel_template.h"

const struct wp_step_kernels wp_step_kernels_avx512 = KERNELS;
