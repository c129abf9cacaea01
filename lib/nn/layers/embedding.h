/* The input of a network: tokens become the rows that the first layer reads.  (Internal: with
 * real.h.) */
#ifndef WP_NN_EMBEDDING_H
#define WP_NN_EMBEDDING_H

#include "nn/core/batch.h"
#include "nn/core/gradient.h"
#include "nn/kernels/kernels.h"
#include "text/subword.h"

/* x (rows, D) = row words[r] of the embedding (negative: zeros), plus the rows of the parts of
 * word ids[r] in the table of subwords (NULL: none). */
void NN(embed)(const struct NN(kernels) *kernels, real *x, const real *theta,
	const struct wp_nn_params *params, const struct wp_subwords *subwords,
	const int32_t *words, const int32_t *ids, size_t rows);

/* The gradient of that: adds each row of dx to the rows that it came from, except where they
 * are frozen. */
void NN(embed_backward)(const struct NN(kernels) *kernels, struct NN(gradient) *gradient,
	const struct wp_subwords *subwords, const int32_t *words, const int32_t *ids,
	size_t rows, const real *dx);

/* One-hot input, whose weights the first layer looks up itself (nn/kernels/cells.h): the
 * gradient of these, parameter number `param`: row ids[r] += row r of d_out, rows being ld
 * apart. */
void NN(scatter)(const struct NN(kernels) *kernels, struct NN(gradient) *gradient, size_t param,
	const int32_t *ids, size_t rows, const real *d_out, size_t ld);

#endif
