/* The vector kernels of word2vec: a window is a small matrix product held in registers.
 *
 * A window has `ins` input rows (the contexts of skip-gram, or the one mean row of CBOW) and
 * `outs` output rows (the target and its negative samples, or the inner nodes on the target's
 * Huffman path).  Every input meets every output (Ji et al. 2016), in three steps over one
 * ins x outs matrix G of leading dimension `ld`:
 *
 *	dots      G[i][j] = in[i] . out[j]
 *	logistic  G[i][j] = -rate * dL/dG[i][j], the step along the score's gradient
 *	update    in[i] += sum_j G[i][j] out[j],  out[j] += sum_i G[i][j] in[i] (old values)
 *
 * Rows are `stride` floats, a multiple of WP_W2V_PAD, aligned to 64 bytes, zero beyond the
 * dimension.  Variants for instruction sets are one template (w2v_kernel_template.h).
 */
#ifndef WP_EMBED_W2V_KERNEL_H
#define WP_EMBED_W2V_KERNEL_H

#include <stddef.h>

#include "base/cpu.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	WP_W2V_PAD = 16,     /* floats that a row is padded to a multiple of            */
	WP_W2V_OUTS = 6,     /* output rows that a kernel holds in registers at a time  */
	WP_W2V_MAX_INS = 16, /* most input rows of one call                             */
	WP_W2V_G_SLACK = 16  /* floats past the end of G that the kernels may overwrite */
};

struct wp_w2v_kernels {
	void (*dots)(float *const *in, int ins, float *const *out, int outs, size_t stride,
		float *g, size_t ld);

	/* y[k] is the weight of the k-th of `count` scores, positive where the label is 1,
	 * negative where it is 0, and 0 where the score takes no part.  Returns the loss,
	 * sum |y| log(1 + exp(-sign(y) g)). */
	float (*logistic)(float *g, const float *y, size_t count, float rate);

	/* One row of scores against the label `target`: G = rate * (1[j = target] - softmax_j).
	 * Returns the loss, -log softmax_target. */
	float (*softmax)(float *g, size_t count, size_t target, float rate);

	void (*update)(float *const *in, int ins, float *const *out, int outs, size_t stride,
		const float *g, size_t ld);

	/* to = the mean of the rows. */
	void (*mean)(float *to, float *const *rows, int count, size_t stride);

	/* Each row += scale * (after - before). */
	void (*spread)(float *const *rows, int count, size_t stride, const float *after,
		const float *before, float scale);
};

/* The leading dimension of G for so many output rows: as narrow as the kernels' stores allow.
 */
static inline size_t wp_w2v_ld(int outs)
{
	if (outs <= WP_W2V_OUTS)
		return (size_t)outs;
	return (size_t)((outs - 1) / WP_W2V_OUTS * WP_W2V_OUTS + 8);
}

const struct wp_w2v_kernels *wp_w2v_kernels(enum wp_isa isa);

extern const struct wp_w2v_kernels wp_w2v_kernels_avx2, wp_w2v_kernels_avx512;

#ifdef __cplusplus
}
#endif
#endif
