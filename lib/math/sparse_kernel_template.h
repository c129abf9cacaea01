/* The kernel of sparse_kernel.h.  The file that includes this defines KERNEL, its name, and
 * SUMS, the number of cells that are added up side by side, 1, 2 or 4: one sum alone would wait
 * for each addition to end before the next begins, and more than fit the registers cost more
 * than they gain.  (Internal.)
 */
#include "math/sparse_kernel.h"

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 4")
#endif

/* One row of the dense block, whatever number of registers that takes. */
typedef float vec __attribute__((vector_size(WP_SPARSE_WIDTH * sizeof(float)), may_alias));

void KERNEL(const struct wp_sparse *a, size_t first, size_t last, const float *x, float *y)
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
