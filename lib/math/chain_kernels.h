/* The inner loops of linear chains, for each instruction set.  (Internal.)
 *
 * Rows of T numbers are padded with zeros to `stride`, a multiple of 64 bytes, and aligned to
 * 64 bytes.
 */
#ifndef WP_MATH_CHAIN_KERNELS_H
#define WP_MATH_CHAIN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

#define WP_CHAIN_KERNELS(real, lane, name) \
	struct name { \
		/* Each row of x, (n, stride), becomes exp(row - its maximum); the sum of the \
		 * maxima is the result. */ \
		double (*exponentials)(real * x, size_t n, size_t stride); \
		/* alpha[0] = start psi[0], alpha[t] = (alpha[t-1] m) psi[t], each divided by \
		 * its sum, which goes to scale[t].  False where a sum is below `least`, or \
		 * none. */ \
		bool (*forward)(real * alpha, real *scale, const real *psi, const real *m, \
			const real *start, size_t n, size_t tags, size_t stride, real least); \
		/* One row of it: to = (from m) psi, divided by its sum, which is the result. \
		 */ \
		real (*forward_row)(real * to, const real *from, const real *psi, \
			const real *m, size_t tags, size_t stride); \
		/* From beta = the last row: psi[t] becomes psi[t] beta[t] / scale[t], and \
		 * alpha[t] becomes alpha[t] beta[t], where beta[t-1] = mt psi[t].  beta has \
		 * stride elements.  before[t] keeps alpha[t], unless before is NULL. */ \
		void (*backward)(real * alpha, real *psi, const real *scale, const real *mt, \
			real *beta, real *before, size_t n, size_t tags, size_t stride); \
		/* One row of it: psi becomes psi beta / scale, alpha becomes alpha beta, and \
		 * beta becomes mt psi. */ \
		void (*backward_row)(real * alpha, real *psi, real scale, const real *mt, \
			real *beta, size_t tags, size_t stride); \
		/* sum[i, j] += a[i] m[i, j] b[j]; sum and m are (tags, stride). */ \
		void (*pairs)(real * sum, const real *a, const real *m, const real *b, \
			size_t tags, size_t stride); \
		/* sum += a' b, over n rows; sum is (tags, stride). */ \
		void (*outer)(real * sum, const real *a, const real *b, size_t n, size_t tags, \
			size_t stride); \
		/* to[j] = max over i of from[i] + m[i, j], back[j] = the first such i. */ \
		void (*best)(real * to, lane *back, const real *from, const real *m, \
			size_t tags, size_t stride); \
	}

WP_CHAIN_KERNELS(float, int32_t, wp_chain_kernels_f32);
WP_CHAIN_KERNELS(double, int64_t, wp_chain_kernels_f64);

const struct wp_chain_kernels_f32 *wp_chain_kernels_f32(enum wp_isa isa);
const struct wp_chain_kernels_f64 *wp_chain_kernels_f64(enum wp_isa isa);

extern const struct wp_chain_kernels_f32 wp_chain_f32_avx2, wp_chain_f32_avx512;
extern const struct wp_chain_kernels_f64 wp_chain_f64_avx2, wp_chain_f64_avx512;

#endif
