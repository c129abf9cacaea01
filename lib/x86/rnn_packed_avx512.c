#define WIDTH 16
#include "rnn/packed_template.h"

const struct wp_packed_kernel wp_packed_avx512 = KERNEL;
