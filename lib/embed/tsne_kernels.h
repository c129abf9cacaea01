/* The inner loops of t-SNE, for each instruction set.  (Internal.) */
#ifndef WP_EMBED_TSNE_KERNELS_H
#define WP_EMBED_TSNE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

enum { WP_FFT_STEPS = 24 };

/* A plan for complex Fourier transforms of a length that is a product of 2, 3 and 5. */
struct wp_fft_plan {
	size_t length;
	int steps;
	unsigned char radix[WP_FFT_STEPS]; /* their product is the length   */
	float *cosine, *sine;              /* (length): of -2 pi i / length */
};

/* Complex charges on nodes, and on the way between them and their spectrum: the transforms of
 * their columns, padded with zeros to the plan's length. */
struct wp_fft_grid {
	const struct wp_fft_plan *plan;
	size_t nodes;   /* along each side; a multiple of 16, half the length at most */
	bool real;      /* the charges have no imaginary parts: im is only written    */
	float *re, *im; /* (nodes, nodes)                                             */
	float *column_re, *column_im; /* (nodes, length): a row for each column        */
};

struct wp_tsne_kernels {
	/* Vectors that are transformed side by side: 4, 8 or 16. */
	size_t width;

	/* Transform `width` vectors: element e of vector v is re[e * width + v] + i im[...].
	 * The transform is left in re and im; scratch has room for 2 * length * width floats.
	 * With re and im exchanged, this is the inverse transform times the length. */
	void (*fft)(const struct wp_fft_plan *plan, float *re, float *im, float *scratch);

	/* The transforms of `width` columns of the grid, from column c.  scratch has room for 4
	 * * length * width floats, here and below. */
	void (*columns)(const struct wp_fft_grid *grid, size_t c, float *scratch);

	/* For `width` rows of the spectrum, from row f: transform them, multiply them by first
	 * + i second, which are symmetric matrices (length, length), and transform them back.
	 * second may be NULL. */
	void (*convolve)(const struct wp_fft_grid *grid, const float *first,
		const float *second, size_t f, float *scratch);

	/* The other way: from the transforms of `width` columns, from c, to the grid. */
	void (*columns_back)(const struct wp_fft_grid *grid, size_t c, float *scratch);

	/* For points first .. last - 1: force (., 2) = sum_j p_ij w_ij (y_i - y_j) over the
	 * neighbours col[start[i]] and so on. */
	void (*attract)(const size_t *start, const int32_t *col, const float *p, const float *y,
		size_t first, size_t last, float *force);

	/* For points first .. last - 1: force (., 2) = sum_j w_ij^2 (y_i - y_j) over all n
	 * points x[j], y[j], which begin at multiples of 64 bytes and have room for a multiple
	 * of 16. Returns the sum of w_ij over those i and all j other than i. */
	double (*repel)(const float *x, const float *y, size_t n, size_t first, size_t last,
		float *force);
};

const struct wp_tsne_kernels *wp_tsne_kernels(enum wp_isa isa);

extern const struct wp_tsne_kernels wp_tsne_kernels_avx2, wp_tsne_kernels_avx512;

#endif
