/* The kernels of screen_kernel.h for one instruction set.  The file that includes this defines
 *
 *	WIDTH               floats, and 32-bit integers, in a vector: 8 or 16
 *	vec                 a GCC vector of WIDTH floats that may alias floats
 *	LEVELS, OFFSET      of rows, see there
 *	VECS, QUERIES       so many vectors of rows meet so many queries in registers
 *	multiply(sum, x, q) sum + the products of four unsigned bytes of x and four signed ones
 *of q, for each 32-bit integer at_least(a, b)      the bits of the places where a >= b
 *	bytes_of(v)         the low bytes of WIDTH integers, as a vector of bytes
 *
 * (Internal.)
 */
#include "embed/screen_kernel.h"

#include <math.h>
#include <string.h>

#include "embed/vector_template.h"

INLINE void hits_of(const uint8_t *tile, size_t groups, const float *scale, const float *error,
	const struct wp_screen_query *query, int n, int row, uint64_t *hit)
{
	ivec sum[VECS][QUERIES];
	UNROLL
	for (int q = 0; q < n; q++) {
		UNROLL
		for (int v = 0; v < VECS; v++)
			sum[v][q] = (ivec){0} + query[q].start;
	}
	const uint8_t *at = tile + (size_t)row * WP_SCREEN_GROUP;
	for (size_t g = 0; g < groups; g++, at += WP_SCREEN_TILE * WP_SCREEN_GROUP) {
		ivec x[VECS];
		UNROLL
		for (int v = 0; v < VECS; v++)
			memcpy(&x[v], at + v * WIDTH * WP_SCREEN_GROUP, sizeof x[v]);
		UNROLL
		for (int q = 0; q < n; q++) {
			int32_t four;
			memcpy(&four, query[q].code + g * WP_SCREEN_GROUP, sizeof four);
			const ivec y = (ivec){0} + four;
			UNROLL
			for (int v = 0; v < VECS; v++)
				sum[v][q] = multiply(sum[v][q], x[v], y);
		}
	}
	UNROLL
	for (int v = 0; v < VECS; v++) {
		const vec s = load(scale + row + v * WIDTH), e = load(error + row + v * WIDTH);
		UNROLL
		for (int q = 0; q < n; q++) {
			vec most = __builtin_convertvector(sum[v][q], vec) * s +
				e * splat(query[q].spread);
			hit[q] |= (uint64_t)at_least(most, splat(query[q].least))
				<< (row + v * WIDTH);
		}
	}
}

static void hits(const uint8_t *tile, size_t groups, const float *scale, const float *error,
	const struct wp_screen_query *query, size_t n, uint64_t *hit)
{
	memset(hit, 0, n * sizeof *hit);
	for (int row = 0; row < WP_SCREEN_TILE; row += VECS * WIDTH) {
		size_t i = 0;
		for (; i + QUERIES <= n; i += QUERIES)
			hits_of(tile, groups, scale, error, query + i, QUERIES, row, hit + i);
		for (; i < n; i++)
			hits_of(tile, groups, scale, error, query + i, 1, row, hit + i);
	}
}

/* WIDTH numbers of a row from column c on, with zeros beyond its end. */
INLINE vec some_of(const float *row, size_t dim, size_t c)
{
	vec v = {0};
	if (c + WIDTH <= dim)
		memcpy(&v, row + c, sizeof v);
	else
		memcpy(&v, row + c, (dim - c) * sizeof *row);
	return v;
}

static float encode(const float *row, size_t dim, uint8_t *to, float *rest)
{
	const ivec magnitude = (ivec){0} + INT32_MAX;
	vec most = {0}, sum = {0};
	for (size_t c = 0; c < dim; c += WIDTH) {
		vec x = (vec)((ivec)some_of(row, dim, c) & magnitude);
		most = choose(x > most, x, most);
	}
	float largest = 0, square = 0;
	for (int i = 0; i < WIDTH; i++)
		largest = most[i] > largest ? most[i] : largest;
	/* What is too short for its step is all error. */
	float step = largest > 1e-30f ? largest / LEVELS : 0;
	float factor = step > 0 ? LEVELS / largest : 0;
	for (size_t c = 0; c < dim; c += WIDTH) {
		vec x = some_of(row, dim, c);
		/* Adding 1.5 * 2^23 rounds, and leaves the integer in the low bits. */
		vec shifted = x * factor + 0x1.8p23f;
		vec left = x - (shifted - 0x1.8p23f) * step;
		sum += left * left;
		uint8_t byte[WIDTH];
		ivec code = ((ivec)shifted & 0xff) + OFFSET;
		bytes_of(code, byte);
		size_t n = dim - c < WIDTH ? (dim - c + WP_SCREEN_GROUP - 1) / WP_SCREEN_GROUP
					   : WIDTH / WP_SCREEN_GROUP;
		for (size_t g = 0; g < n; g++) {
			memcpy(to, byte + g * WP_SCREEN_GROUP, WP_SCREEN_GROUP);
			to += WP_SCREEN_TILE * WP_SCREEN_GROUP;
		}
	}
	for (int i = 0; i < WIDTH; i++)
		square += sum[i];
	*rest = step > 0 ? sqrtf(square) : largest * sqrtf((float)dim);
	return step;
}

#define KERNELS \
	{ \
		LEVELS, OFFSET, hits, encode \
	}
