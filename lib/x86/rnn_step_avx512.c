#define WIDTH 16
#include "rnn/step_kernel_template.h"

static vec quotient(vec a, vec b)
{
	return a / b;
}

const struct wp_step_kernels wp_step_kernels_avx512 = KERNELS;
