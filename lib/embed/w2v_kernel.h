/* The vector kernels of word2vec: a window is a small matrix product held in registers.
 *
 * A window has `ins` input rows (the contexts of skip-gram, or the one mean row of CBOW) and
 * `outs` output rows (the target and its noise words, the inner nodes on its Huffman path, or
 * all words).  Every input meets every output (Ji et al. 2016), in two steps over a matrix G:
 *
 *	logistic, softmax   G[i][j] = -rate * dL / d(in[i] . out[j])
 *	update              in[i] += sum_j G[i][j] out[j],  out[j] += sum_i G[i][j] in[i]
 *
 * Both sums are over the old rows, so that together they are one step of gradient descent. Only
 * where a row stands twice among the inputs may its second change begin from the first.  Output
 * rows are all different.
 *
 * Rows are `stride` floats, a multiple of WP_W2V_PAD, aligned to 64 bytes, zero beyond the
 * dimension.  G is stored as the kernels make it: for each block of WP_W2V_BLOCK outputs, one
 * line of 8 floats for every input, their number rounded up to even; floats of a line beyond
 * the block's outputs are 0.  Variants for instruction sets are one template
 * (w2v_kernel_template.h).
 */
#ifndef WP_EMBED_W2V_KERNEL_H
#define WP_EMBED_W2V_KERNEL_H

#include <stddef.h>

#include "base/cpu.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	WP_W2V_PAD = 16,     /* a row's length is a multiple of this                   */
	WP_W2V_BLOCK = 6,    /* outputs that are multiplied together                   */
	WP_W2V_LINE = 8,     /* floats that a block takes in G, for each input         */
	WP_W2V_MAX_INS = 16, /* most inputs of one call                                */
	WP_W2V_Y_BLOCK = 24  /* floats that a block takes among the weights of outputs */
};

struct wp_w2v_kernels {
	/* Logistic regression.  y holds a signed weight for each output: positive where its
	 * label is 1, negative where it is 0, and 0 where the output takes no part; see
	 * wp_w2v_set_y.  Returns the loss, sum |y| log(1 + exp(-sign(y) in . out)). */
	float (*logistic)(float *const *in, int ins, float *const *out, int outs, size_t stride,
		const float *y, float rate, float *g);

	/* Softmax over all outputs; the label of every input is `target`.  Returns the loss,
	 * sum -log softmax_target. */
	double (*softmax)(float *const *in, int ins, float *const *out, int outs, size_t stride,
		int target, float rate, float *g);

	void (*update)(float *const *in, int ins, float *const *out, int outs, size_t stride,
		const float *g);

	/* to = the mean of the rows. */
	void (*mean)(float *to, float *const *rows, int count, size_t stride);

	/* Each row += scale * (after - before). */
	void (*spread)(float *const *rows, int count, size_t stride, const float *after,
		const float *before, float scale);
};

static inline size_t wp_w2v_blocks(int outs)
{
	return ((size_t)outs + WP_W2V_BLOCK - 1) / WP_W2V_BLOCK;
}

/* Floats of G, and from one of its blocks to the next. */
static inline size_t wp_w2v_g_block(int ins)
{
	return (size_t)(ins + 1) / 2 * 2 * WP_W2V_LINE;
}

static inline size_t wp_w2v_g_size(int ins, int outs)
{
	return wp_w2v_blocks(outs) * wp_w2v_g_block(ins);
}

/* Change the weight of output j, which is 0 at first.  y begins as wp_w2v_blocks(outs) *
 * WP_W2V_Y_BLOCK zeros; the weights of a block stand there twice, for two inputs at a time, and
 * zeros behind them, so that a last input without partner is met by the second copy and the
 * zeros. */
static inline void wp_w2v_set_y(float *y, int j, float weight)
{
	float *block = y + j / WP_W2V_BLOCK * WP_W2V_Y_BLOCK + j % WP_W2V_BLOCK;
	block[0] = block[WP_W2V_LINE] = weight;
}

static inline void wp_w2v_add_y(float *y, int j, float weight)
{
	float *block = y + j / WP_W2V_BLOCK * WP_W2V_Y_BLOCK + j % WP_W2V_BLOCK;
	block[0] = block[WP_W2V_LINE] = block[0] + weight;
}

const struct wp_w2v_kernels *wp_w2v_kernels(enum wp_isa isa);

extern const struct wp_w2v_kernels wp_w2v_kernels_avx2, wp_w2v_kernels_avx512;

#ifdef __cplusplus
}
#endif
#endif
