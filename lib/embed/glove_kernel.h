/* The kernel of GloVe: a step of descent for each cell of a tile.
 *
 * A tile is what some rows of the matrix have in some of its columns; the vectors of its rows
 * and columns together fit a cache.  A cell x of row i and column j has the cost
 *
 *	f(x) r^2 / 2,   r = w_i . c_j + b_i + b_j - log x,   f(x) = min(1, (x / x_max)^alpha)
 *
 * (Pennington et al. 2014; half of their J, as their program has it) and the gradients f(x) r
 * c_j for w_i, f(x) r w_i for c_j, and f(x) r for both biases.  AdaGrad divides each by the
 * root of a sum of squares, this step's included.  The sum of a bias is of its own gradients;
 * that of a vector is of the mean squares of its gradients' elements, one sum for the whole
 * vector, for its elements do not differ in how often they learn.
 *
 * In the table a vector is a row: first its elements, in binary16 and padded with zeros to
 * blocks of WP_GLOVE_BLOCK, and at its very end a struct wp_glove_tail.  Elements are computed
 * with in single precision and rounded at random, up with the probability that makes the
 * rounded one right on average (Gupta et al. 2015): steps much smaller than the distance of
 * two numbers of binary16 still add up.  Rows are aligned to 64 bytes.
 *
 * Variants for instruction sets are one template (glove_kernel_template.h).  (Internal.)
 */
#ifndef WP_EMBED_GLOVE_KERNEL_H
#define WP_EMBED_GLOVE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"
#include "embed/glove_cells.h"

enum {
	WP_GLOVE_BLOCK = 16, /* the elements of a row are a multiple of this               */
	WP_GLOVE_AHEAD = 16, /* so many cells beyond the last one are looked at, not used  */
	WP_GLOVE_LINE = 64   /* bytes of a cache line                                      */
};

/* What a row has besides its elements. */
struct wp_glove_tail {
	float bias, bias_sum; /* bias_sum: squared gradients of the bias, added up */
	float sum; /* mean squares of the gradients' elements, added up             */
	float unused;
};

struct wp_glove_tile {
	unsigned char *main, *context; /* the tile's first row, and its first column's       */
	size_t step;                   /* bytes from a row of the tile to the next           */
	size_t elements;               /* of a row, padding included                         */
	size_t tail;                   /* bytes from a row's begin to its tail               */
	float per_dim; /* 1 / the number of elements                                   */
	float alpha, log_x_max;
	uint32_t random[WP_GLOVE_BLOCK]; /* xorshift generators (Marsaglia 2003), not 0      */
};

struct wp_glove_kernels {
	/* Train count cells, one after the other, and return the sum of their costs before the
	 * steps: not a finite number where training diverges. */
	double (*train)(
		struct wp_glove_tile *tile, const struct wp_glove_cell *cells, size_t count);
};

const struct wp_glove_kernels *wp_glove_kernels(enum wp_isa isa);

extern const struct wp_glove_kernels wp_glove_kernels_avx2, wp_glove_kernels_avx512;

#endif
