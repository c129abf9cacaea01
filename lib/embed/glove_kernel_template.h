/* The kernel of glove_kernel.h for one instruction set.  The file that includes this defines,
 * besides what vector_template.h asks for,
 *
 *	sum3(a, b, c, sums)   sums[0 .. 2] = sums of the elements of a, b and c
 *
 * and, where the instruction set converts binary16, HALF_IN_HARDWARE with load_half and
 * store_half as they are below.  (Internal.)
 */
#include "embed/glove_kernel.h"

#include <math.h>

#ifndef HALF_IN_HARDWARE
typedef uint16_t hvec __attribute__((vector_size(WIDTH * 2), may_alias));

/* Shifted to their place in a binary32, exponents are by 127 - 15 too small. */
INLINE vec load_half(const uint16_t *p)
{
	uvec bits = __builtin_convertvector(*(const hvec *)p, uvec);
	vec size = (vec)((bits & 0x7fff) << 13) * 0x1p112f;
	return (vec)((uvec)size | (bits & 0x8000) << 16);
}

/* The 13 bits that binary16 has not are a fraction of its last bit.  A random number of 13 bits
 * is added, so that it carries with just that probability.  What is too large becomes the
 * largest number. */
INLINE void store_half(uint16_t *p, vec x, uvec random)
{
	const uvec largest = (uvec){0} + 0x7bff;
	uvec size = (uvec)((vec)((uvec)x & 0x7fffffff) * 0x1p-112f) + random;
	size >>= 13;
	size = (uvec)choose((ivec)(size < largest), (vec)size, (vec)largest);
	size |= (uvec)x >> 16 & 0x8000;
	*(hvec *)p = __builtin_convertvector(size, hvec);
}
#endif

enum { VECTORS = WP_GLOVE_BLOCK / WIDTH }; /* in a block */

enum {
	BATCH = 16, /* cells whose weights are computed together       */
	SOON = 6    /* so many cells ahead, rows are brought near      */
};

/* f(x) of BATCH cells. */
INLINE void weigh(
	const struct wp_glove_tile *tile, const struct wp_glove_cell *cells, float *weight)
{
	_Alignas(64) float log_x[BATCH];
	for (int i = 0; i < BATCH; i++)
		log_x[i] = cells[i].log;
	for (int i = 0; i < BATCH; i += WIDTH) {
		vec over = load(log_x + i) - tile->log_x_max;
		store(weight + i,
			exp_negative(tile->alpha * choose(over < 0.0f, over, (vec){0})));
	}
}

INLINE uvec next_random(uvec r)
{
	r ^= r << 13;
	r ^= r >> 17;
	return r ^ r << 5;
}

INLINE void prefetch_row(const unsigned char *row, const struct wp_glove_tile *tile)
{
	for (size_t at = 0; at <= tile->tail; at += WP_GLOVE_LINE)
		__builtin_prefetch(row + at, 1);
}

/* One step of descent; returns the cost before it. */
INLINE float descend(const struct wp_glove_tile *tile, const struct wp_glove_cell *cell,
	float weight, uvec *random)
{
	unsigned char *main_row = tile->main + cell->row * tile->step;
	unsigned char *context_row = tile->context + cell->col * tile->step;
	uint16_t *w = (uint16_t *)(void *)main_row, *c = (uint16_t *)(void *)context_row;
	vec wc = {0}, ww = {0}, cc = {0};
	for (size_t k = 0; k < tile->elements; k += WIDTH) {
		vec x = load_half(w + k), y = load_half(c + k);
		wc += x * y;
		ww += x * x;
		cc += y * y;
	}
	float sum[4];
	sum3(wc, ww, cc, sum);

	struct wp_glove_tail *i = (void *)(main_row + tile->tail);
	struct wp_glove_tail *j = (void *)(context_row + tile->tail);
	float residual = sum[0] + i->bias + j->bias - cell->log, slope = weight * residual;
	float square = slope * slope, mean_square = square * tile->per_dim;
	float sums[4] = {i->bias_sum + square, j->bias_sum + square,
		i->sum + mean_square * sum[2], j->sum + mean_square * sum[1]};
	float step[4];
	for (int k = 0; k < 4; k++)
		step[k] = -slope / sqrtf(sums[k]);
	*i = (struct wp_glove_tail){i->bias + step[0], sums[0], sums[2], 0};
	*j = (struct wp_glove_tail){j->bias + step[1], sums[1], sums[3], 0};

	for (size_t k = 0; k < tile->elements; k += WP_GLOVE_BLOCK) {
		UNROLL
		for (size_t v = 0; v < VECTORS; v++) {
			const size_t at = k + v * WIDTH;
			vec x = load_half(w + at), y = load_half(c + at);
			/* Its ends are two random numbers of 13 bits. */
			uvec r = random[v] = next_random(random[v]);
			store_half(w + at, x + step[2] * y, r & 0x1fff);
			store_half(c + at, y + step[3] * x, r >> 19);
		}
	}
	return slope * residual / 2;
}

static double train(struct wp_glove_tile *tile, const struct wp_glove_cell *cells, size_t count)
{
	double cost = 0;
	uvec random[VECTORS];
	memcpy(random, tile->random, sizeof random);
	for (size_t begin = 0; begin < count; begin += BATCH) {
		_Alignas(64) float weight[BATCH];
		size_t n = count - begin < BATCH ? count - begin : BATCH;
		weigh(tile, cells + begin, weight);
		for (size_t k = 0; k < n; k++) {
			const struct wp_glove_cell *cell = cells + begin + k;
			const struct wp_glove_cell *soon = cell + SOON;
			prefetch_row(tile->main + soon->row * tile->step, tile);
			prefetch_row(tile->context + soon->col * tile->step, tile);
			cost += (double)descend(tile, cell, weight[k], random);
		}
	}
	memcpy(tile->random, random, sizeof random);
	return cost;
}

#define KERNELS \
	{ \
		train \
	}
