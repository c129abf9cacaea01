/* The kernels of block_kernels.h.  The file that includes this defines
 *
 *	SUMS      cells of a sparse row that are added up side by side, 2 or 4: one sum alone
 *	          would wait for each addition to end before the next begins
 *	COLUMNS   columns of a basis whose sums, or factors, are kept in registers; even
 *
 * BLAS has to copy the basis before it multiplies it, which for blocks as narrow as these takes
 * as long as the product itself.  (Internal.)
 */
#include "math/block_kernels.h"

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* One row of a block, whatever number of registers that takes. */
typedef float vec __attribute__((vector_size(WP_BLOCK * sizeof(float)), may_alias));

static void multiply(
	const struct wp_sparse *a, size_t first, size_t last, const float *x, float *y)
{
	vec *to = (vec *)y;
	for (size_t i = first; i < last; i++)
		to[i] = (vec){0};
	for (size_t p = 0; p < a->panels; p++) {
		const struct wp_sparse_panel *panel = &a->panel[p];
		const vec *from = (const vec *)x + p * WP_SPARSE_PANEL;
		for (size_t i = first; i < last; i++) {
			const uint16_t *col = panel->col + panel->start[i];
			const uint16_t *end = panel->col + panel->start[i + 1];
			const float *value = panel->value + panel->start[i];
			vec sum[SUMS] = {to[i]};
			for (; end - col >= SUMS; col += SUMS, value += SUMS) {
				UNROLL
				for (int k = 0; k < SUMS; k++)
					sum[k] += value[k] * from[col[k]];
			}
			for (; col < end; col++, value++)
				sum[0] += *value * from[*col];
			UNROLL
			for (int k = 1; k < SUMS; k++)
				sum[0] += sum[k];
			to[i] = sum[0];
		}
	}
}

static void project(
	const float *q, size_t stride, size_t count, const float *w, size_t rows, float *c)
{
	const vec *from = (const vec *)w;
	vec *to = (vec *)c;
	size_t j = 0;
	for (; count - j >= COLUMNS; j += COLUMNS, q += COLUMNS * stride) {
		vec sum[COLUMNS] = {{0}};
		for (size_t i = 0; i < rows; i++) {
			UNROLL
			for (size_t k = 0; k < COLUMNS; k++)
				sum[k] += q[k * stride + i] * from[i];
		}
		UNROLL
		for (size_t k = 0; k < COLUMNS; k++)
			to[j + k] = sum[k];
	}
	for (; j < count; j++, q += stride) {
		vec sum = {0};
		for (size_t i = 0; i < rows; i++)
			sum += q[i] * from[i];
		to[j] = sum;
	}
}

static void subtract(
	const float *q, size_t stride, size_t count, const float *c, float *w, size_t rows)
{
	const vec *factor = (const vec *)c;
	vec *to = (vec *)w;
	size_t j = 0;
	for (; count - j >= COLUMNS; j += COLUMNS, q += COLUMNS * stride) {
		vec f[COLUMNS];
		UNROLL
		for (size_t k = 0; k < COLUMNS; k++)
			f[k] = factor[j + k];
		for (size_t i = 0; i < rows; i++) {
			vec even = to[i], odd = {0};
			UNROLL
			for (size_t k = 0; k < COLUMNS; k += 2) {
				even -= q[k * stride + i] * f[k];
				odd += q[(k + 1) * stride + i] * f[k + 1];
			}
			to[i] = even - odd;
		}
	}
	for (; j < count; j++, q += stride)
		for (size_t i = 0; i < rows; i++)
			to[i] -= q[i] * factor[j];
}

#define KERNELS \
	{ \
		.multiply = multiply, .project = project, .subtract = subtract \
	}
