/* What attention does for one row of the targets: scores of the rows of its source, their sum
 * with weights, and the derivatives.  (Internal: with real.h.)
 *
 * x and key are `rows` rows of n numbers, `ld` apart.
 */
#ifndef WP_NN_ALIGNMENT_KERNELS_H
#define WP_NN_ALIGNMENT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/core/real.h"

struct NN(alignment_kernels) {
	/* score (rows) = v . tanh(key + query), row by row (Bahdanau et al. 2015). */
	void (*additive)(real *score, const real *key, size_t ld, size_t rows,
		const real *query, const real *v, size_t n);
	/* Adds to the derivatives of key (with the same ld), query and v. */
	void (*d_additive)(const real *d_score, const real *key, size_t ld, size_t rows,
		const real *query, const real *v, size_t n, real *d_key, real *d_query,
		real *d_v);
	void (*dots)(real *to, const real *x, size_t ld, size_t rows, const real *y, size_t n);
	/* to (n) = the sum of weight[j] times row j, or that more. */
	void (*sum)(real *to, bool adds, const real *weight, const real *x, size_t ld,
		size_t rows, size_t n);
	/* Row j += weight[j] y. */
	void (*spread)(
		real *x, size_t ld, size_t rows, const real *weight, const real *y, size_t n);
};

#endif
