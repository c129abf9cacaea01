/* The kernels of block_kernels.h.  The file that includes this defines
 *
 *	WIDTH     floats in a register: 4, 8 or 16
 *	SUMS      cells of a sparse row that are added up side by side, 2 or 4: one sum alone
 *	          would wait for each addition to end before the next begins
 *	COLUMNS   columns of a basis whose sums, or factors, are kept in registers; even
 *
 * BLAS has to copy the basis before it multiplies it, which for blocks as narrow as these takes
 * as long as the product itself.  (Internal.)
 */
#include "math/block_kernels.h"

#include <string.h>

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(WIDTH * sizeof(float)), may_alias));

/* One row of a block takes so many registers. */
enum { PARTS = WP_BLOCK / WIDTH };

INLINE void load(vec row[PARTS], const float *from)
{
	UNROLL
	for (int p = 0; p < PARTS; p++)
		row[p] = ((const vec *)from)[p];
}

INLINE void store(float *to, const vec row[PARTS])
{
	UNROLL
	for (int p = 0; p < PARTS; p++)
		((vec *)to)[p] = row[p];
}

INLINE void add(vec sum[PARTS], const vec row[PARTS])
{
	UNROLL
	for (int p = 0; p < PARTS; p++)
		sum[p] += row[p];
}

INLINE void add_product(vec sum[PARTS], float factor, const float *row)
{
	UNROLL
	for (int p = 0; p < PARTS; p++)
		sum[p] += factor * ((const vec *)row)[p];
}

INLINE void subtract_product(vec sum[PARTS], float factor, const vec row[PARTS])
{
	UNROLL
	for (int p = 0; p < PARTS; p++)
		sum[p] -= factor * row[p];
}

static void multiply(
	const struct wp_sparse *a, size_t first, size_t last, const float *x, float *y)
{
	memset(y + first * WP_BLOCK, 0, (last - first) * WP_BLOCK * sizeof *y);
	for (size_t p = 0; p < a->panels; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		const float *from = x + p * WP_SPARSE_PANEL * WP_BLOCK;
		if (!panel->col) /* no cells, no arrays */
			continue;
		for (size_t i = first; i < last; i++) {
			const uint16_t *col = panel->col + panel->start[i];
			const uint16_t *end = panel->col + panel->start[i + 1];
			const float *value = panel->value + panel->start[i];
			vec sum[SUMS][PARTS] = {{{0}}};
			load(sum[0], y + i * WP_BLOCK);
			for (; end - col >= SUMS; col += SUMS, value += SUMS) {
				UNROLL
				for (int k = 0; k < SUMS; k++)
					add_product(sum[k], value[k],
						from + (size_t)col[k] * WP_BLOCK);
			}
			for (; col < end; col++, value++)
				add_product(sum[0], *value, from + (size_t)*col * WP_BLOCK);
			UNROLL
			for (int k = 1; k < SUMS; k++)
				add(sum[0], sum[k]);
			store(y + i * WP_BLOCK, sum[0]);
		}
	}
}

static void project(
	const float *q, size_t stride, size_t count, const float *w, size_t rows, float *c)
{
	size_t j = 0;
	for (; count - j >= COLUMNS; j += COLUMNS, q += COLUMNS * stride) {
		vec sum[COLUMNS][PARTS] = {{{0}}};
		for (size_t i = 0; i < rows; i++) {
			UNROLL
			for (size_t k = 0; k < COLUMNS; k++)
				add_product(sum[k], q[k * stride + i], w + i * WP_BLOCK);
		}
		UNROLL
		for (size_t k = 0; k < COLUMNS; k++)
			store(c + (j + k) * WP_BLOCK, sum[k]);
	}
	for (; j < count; j++, q += stride) {
		vec sum[PARTS] = {{0}};
		for (size_t i = 0; i < rows; i++)
			add_product(sum, q[i], w + i * WP_BLOCK);
		store(c + j * WP_BLOCK, sum);
	}
}

/* Two differences for each row, so that the products need not wait for each other. */
static void subtract(
	const float *q, size_t stride, size_t count, const float *c, float *w, size_t rows)
{
	size_t j = 0;
	for (; count - j >= COLUMNS; j += COLUMNS, q += COLUMNS * stride) {
		vec f[COLUMNS][PARTS];
		UNROLL
		for (size_t k = 0; k < COLUMNS; k++)
			load(f[k], c + (j + k) * WP_BLOCK);
		for (size_t i = 0; i < rows; i++) {
			vec even[PARTS], odd[PARTS] = {{0}};
			load(even, w + i * WP_BLOCK);
			UNROLL
			for (size_t k = 0; k < COLUMNS; k += 2) {
				subtract_product(even, q[k * stride + i], f[k]);
				subtract_product(odd, q[(k + 1) * stride + i], f[k + 1]);
			}
			add(even, odd);
			store(w + i * WP_BLOCK, even);
		}
	}
	for (; j < count; j++, q += stride) {
		vec f[PARTS];
		load(f, c + j * WP_BLOCK);
		for (size_t i = 0; i < rows; i++) {
			vec rest[PARTS];
			load(rest, w + i * WP_BLOCK);
			subtract_product(rest, q[i], f);
			store(w + i * WP_BLOCK, rest);
		}
	}
}

#define KERNELS \
	{ \
		.multiply = multiply, .project = project, .subtract = subtract \
	}
