/* The inner loops of conditional random fields, for each instruction set.  (Internal.)
 *
 * Rows have a weight for each tag, padded with zeros to `stride`, a multiple of 8; they and
 * `tags`, another such row, are aligned to 64 bytes.
 */
#ifndef WP_CRF_KERNELS_H
#define WP_CRF_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

struct wp_crf_kernels {
	/* tags += the sum of these n rows. */
	void (*gather)(double *tags, const double *rows, const int32_t *which, size_t n,
		size_t stride);
	/* Each of these n rows += tags. */
	void (*scatter)(double *rows, const double *tags, const int32_t *which, size_t n,
		size_t stride);
	/* tags += the sum of n rows, each times its factor. */
	void (*combine)(
		double *tags, const double *rows, const float *factor, size_t n, size_t stride);
	/* Each of n rows += its factor times tags. */
	void (*spread)(
		double *rows, const double *tags, const float *factor, size_t n, size_t stride);
};

const struct wp_crf_kernels *wp_crf_kernels(enum wp_isa isa);

extern const struct wp_crf_kernels wp_crf_kernels_avx2, wp_crf_kernels_avx512;

#endif
