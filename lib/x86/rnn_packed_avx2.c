#define WIDTH 8
#include "rnn/packed_template.h"

const struct wp_packed_kernel wp_packed_avx2 = KERNEL;
