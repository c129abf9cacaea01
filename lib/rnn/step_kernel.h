/* The vector kernels of a network that runs one step at a time.  (Internal.)
 *
 * One step of one sequence costs the products of a vector by matrices, and these cost the way
 * of the matrices from the cache: so they are packed in the order in which they are read.  A
 * matrix (rows, cols) is cut into panels of `panel` columns, the last one of what is left;
 * panel by panel, its rows follow each other.  All lengths but `rows` are multiples of
 * WP_STEP_PAD, and all arrays are aligned to 64 bytes.  Variants for instruction sets are one
 * template (step_kernel_template.h).
 */
#ifndef WP_RNN_STEP_KERNEL_H
#define WP_RNN_STEP_KERNEL_H

#include <stddef.h>

#include "base/cpu.h"
#include "rnn/config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_STEP_PAD = 16 };

static inline size_t wp_step_padded(size_t n)
{
	return (n + WP_STEP_PAD - 1) / WP_STEP_PAD * WP_STEP_PAD;
}

struct wp_step_kernels {
	size_t panel;

	/* y (cols) += x (rows) times a packed matrix (rows, cols). */
	void (*product)(
		float *y, const float *x, const float *matrix, size_t rows, size_t cols);

	/* The cells, from the sums a before their activation; the equations are in rnn/cell.h.
	 * n is H, and the parts of a are n floats each. */

	/* h = f(a). */
	void (*elman)(float *h, const float *a, size_t n, enum wp_rnn_activation f);
	/* a: i, f, g, o; peephole: i, f, o, or NULL.  Changes h and c. */
	void (*lstm)(float *h, float *c, const float *a, const float *peephole, size_t n);
	/* a: n, r, z, and what r multiplies inside n.  Changes h. */
	void (*gru)(float *h, const float *a, size_t n);
	/* rh = s(r) . h */
	void (*reset)(float *rh, const float *r, const float *h, size_t n);

	/* z = e^(scale (z - the greatest z)), scale > 0; returns the sum. An element may be
	 * -INFINITY, but not all. */
	float (*exponentials)(float *z, size_t n, float scale);
};

const struct wp_step_kernels *wp_step_kernels(enum wp_isa isa);

extern const struct wp_step_kernels wp_step_kernels_avx2, wp_step_kernels_avx512;

#ifdef __cplusplus
}
#endif
#endif
