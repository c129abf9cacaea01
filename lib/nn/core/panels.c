#include "nn/core/panels.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "base/memory.h"

#define WIDTH 4
#include "nn/core/panels_template.h"

static const struct wp_panels_kernel plain = KERNEL;

static const struct wp_panels_kernel *kernel(void)
{
#ifdef WP_X86_KERNELS
	enum wp_isa isa = wp_cpu_isa();
	if (isa == WP_ISA_AVX512)
		return &wp_panels_avx512;
	if (isa == WP_ISA_AVX2)
		return &wp_panels_avx2;
#endif
	return &plain;
}

enum wp_err wp_panels_init(struct wp_panels *m, const float *weights, size_t rows, size_t cols,
	size_t row_step, size_t col_step)
{
	const struct wp_panels_kernel *k = kernel();
	size_t count;
	*m = (struct wp_panels){.rows = rows,
		.cols = (cols + WP_PANELS_PAD - 1) / WP_PANELS_PAD * WP_PANELS_PAD,
		.multiply = k->multiply};
	if (!wp_mulsize(m->rows, m->cols, &count) ||
		!wp_mulsize(count, sizeof *m->cells, &count))
		return wp_fail(WP_ENOMEM, "weights: %zu x %zu are too many", rows, cols);
	enum wp_err err = wp_table_alloc(&m->cells, count, "weights");
	for (size_t c = 0; !err && c < cols; c++) {
		size_t panel = c / k->panel * k->panel;
		size_t width = m->cols - panel < k->panel ? m->cols - panel : k->panel;
		float *to = m->cells + panel * rows + (c - panel);
		for (size_t r = 0; r < rows; r++)
			to[r * width] = weights[r * row_step + c * col_step];
	}
	return err;
}

void wp_panels_fini(struct wp_panels *m)
{
	free(m->cells);
	*m = (struct wp_panels){0};
}
