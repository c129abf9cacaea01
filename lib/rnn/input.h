/* The input of a network: tokens become the rows that the first layer reads.  (Internal: with
 * real.h.) */
#ifndef WP_RNN_INPUT_H
#define WP_RNN_INPUT_H

#include "rnn/batch.h"
#include "rnn/gradient.h"
#include "rnn/kernels.h"
#include "rnn/subword.h"

/* x (rows, D) = row words[r] of the embedding (negative: zeros), plus the rows of the parts of
 * word ids[r] in the table of subwords (NULL: none). */
void RNN(embed)(const struct RNN(kernels) *kernels, real *x, const real *theta,
	const struct wp_rnn_layout *layout, const struct wp_rnn_subwords *subwords,
	const int32_t *words, const int32_t *ids, size_t rows);

/* The gradient of that: adds each row of dx to the rows that it came from, except where they
 * are frozen. */
void RNN(embed_backward)(const struct RNN(kernels) *kernels, struct RNN(gradient) *gradient,
	const struct wp_rnn_subwords *subwords, const int32_t *words, const int32_t *ids,
	size_t rows, const real *dx);

/* One-hot input, whose weights the first layer looks up itself (rnn/cell.h): the gradient of
 * these, parameter number `param`: row ids[r] += row r of d_out, rows being ld apart. */
void RNN(scatter)(const struct RNN(kernels) *kernels, struct RNN(gradient) *gradient,
	size_t param, const int32_t *ids, size_t rows, const real *d_out, size_t ld);

#endif
