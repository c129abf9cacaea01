/* The inner loop of products with sparse matrices, for each instruction set.  (Internal.) */
#ifndef WP_MATH_SPARSE_KERNEL_H
#define WP_MATH_SPARSE_KERNEL_H

#include "base/cpu.h"
#include "math/sparse.h"

wp_sparse_kernel *wp_sparse_kernel_for(enum wp_isa isa);

wp_sparse_kernel wp_sparse_kernel_plain, wp_sparse_kernel_avx2, wp_sparse_kernel_avx512;

#endif
