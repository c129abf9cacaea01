/* The kernels of crf_kernels.h.  The file that includes this defines WIDTH, the doubles in a
 * register, and takes KERNELS.  (Internal.) */
#include "crf/crf_kernels.h"

#ifdef WP_SANITIZED
#define UNROLL
#elif defined __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define INLINE static inline __attribute__((always_inline))

typedef double vec __attribute__((vector_size(WIDTH * sizeof(double)), may_alias));

enum { BLOCK = 4 }; /* registers that are worked on at a time */

INLINE void gather_block(double *tags, const double *rows, const int32_t *which, size_t n,
	size_t stride, const int parts)
{
	vec sum[BLOCK], *to = (vec *)tags;
	UNROLL
	for (int p = 0; p < parts; p++)
		sum[p] = to[p];
	for (size_t i = 0; i < n; i++) {
		const vec *row = (const vec *)(rows + (size_t)which[i] * stride);
		UNROLL
		for (int p = 0; p < parts; p++)
			sum[p] += row[p];
	}
	UNROLL
	for (int p = 0; p < parts; p++)
		to[p] = sum[p];
}

INLINE void scatter_block(double *rows, const double *tags, const int32_t *which, size_t n,
	size_t stride, const int parts)
{
	vec from[BLOCK];
	UNROLL
	for (int p = 0; p < parts; p++)
		from[p] = ((const vec *)tags)[p];
	for (size_t i = 0; i < n; i++) {
		vec *row = (vec *)(rows + (size_t)which[i] * stride);
		UNROLL
		for (int p = 0; p < parts; p++)
			row[p] += from[p];
	}
}

INLINE void combine_block(double *tags, const double *rows, const float *factor, size_t n,
	size_t stride, const int parts)
{
	vec sum[BLOCK], *to = (vec *)tags;
	UNROLL
	for (int p = 0; p < parts; p++)
		sum[p] = to[p];
	for (size_t i = 0; i < n; i++, rows += stride) {
		double x = (double)factor[i];
		UNROLL
		for (int p = 0; p < parts; p++)
			sum[p] += x * ((const vec *)rows)[p];
	}
	UNROLL
	for (int p = 0; p < parts; p++)
		to[p] = sum[p];
}

INLINE void spread_block(double *rows, const double *tags, const float *factor, size_t n,
	size_t stride, const int parts)
{
	vec from[BLOCK];
	UNROLL
	for (int p = 0; p < parts; p++)
		from[p] = ((const vec *)tags)[p];
	for (size_t i = 0; i < n; i++, rows += stride) {
		double x = (double)factor[i];
		UNROLL
		for (int p = 0; p < parts; p++)
			((vec *)rows)[p] += x * from[p];
	}
}

/* Blocks of four registers, and what is left of the row. */
#define IN_BLOCKS(block, tags, rows, list) \
	size_t parts = stride / WIDTH, p = 0; \
	for (; p + BLOCK <= parts; p += BLOCK) \
		block(tags + p * WIDTH, rows + p * WIDTH, list, n, stride, BLOCK); \
	switch (parts - p) { \
	case 3: \
		block(tags + p * WIDTH, rows + p * WIDTH, list, n, stride, 3); \
		break; \
	case 2: \
		block(tags + p * WIDTH, rows + p * WIDTH, list, n, stride, 2); \
		break; \
	case 1: \
		block(tags + p * WIDTH, rows + p * WIDTH, list, n, stride, 1); \
		break; \
	default: \
		break; \
	}
#define TURNED(block) \
	INLINE void block##_turned(const double *tags, double *rows, const void *list, \
		size_t n, size_t stride, const int parts) \
	{ \
		block(rows, tags, list, n, stride, parts); \
	}

TURNED(scatter_block)
TURNED(spread_block)

static void gather(
	double *tags, const double *rows, const int32_t *which, size_t n, size_t stride)
{
	IN_BLOCKS(gather_block, tags, rows, which)
}

static void scatter(
	double *rows, const double *tags, const int32_t *which, size_t n, size_t stride)
{
	IN_BLOCKS(scatter_block_turned, tags, rows, which)
}

static void combine(
	double *tags, const double *rows, const float *factor, size_t n, size_t stride)
{
	IN_BLOCKS(combine_block, tags, rows, factor)
}

static void spread(
	double *rows, const double *tags, const float *factor, size_t n, size_t stride)
{
	IN_BLOCKS(spread_block_turned, tags, rows, factor)
}

#define KERNELS \
	{ \
		gather, scatter, combine, spread \
	}
