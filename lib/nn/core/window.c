#include "nn/core/window.h"

/* The step that place `row` of the window of step t is, which may be beyond either end. */
static int step_at(const struct wp_nn_window *w, int t, int row)
{
	return t + (row - w->before) * w->dilation;
}

/* Rows of step t that have a row in step `other`, which is not before the beginning. */
static size_t rows_with(const struct NN(batch) *batch, int t, int other)
{
	if (other >= batch->steps)
		return 0;
	return (size_t)(other > t ? batch->active[other] : batch->active[t]);
}

void NN(window_gather)(const struct wp_nn_window *w, const struct NN(batch) *batch,
	const real *x, const real *past, int first, int end, real *to)
{
	const size_t width = w->width, span = (size_t)wp_nn_window_span(w);
	const int rows = wp_nn_window_rows(w);
	const size_t ld = (size_t)rows * width;
	for (int t = first; t < end; to += (size_t)batch->active[t++] * ld)
		for (int k = 0; k < rows; k++) {
			const int from = step_at(w, t, k);
			const size_t count = (size_t)batch->active[t];
			const size_t there =
				from < 0 ? past ? count : 0 : rows_with(batch, t, from);
			const real *row = from < 0
				? there ? past + (span - (size_t)-from) * width : NULL
				: x + (there ? batch->begin[from] * width : 0);
			const size_t apart = from < 0 ? span * width : width;
			for (size_t s = 0; s < there; s++)
				memcpy(to + s * ld + (size_t)k * width, row + s * apart,
					width * sizeof *to);
			for (size_t s = there; s < count; s++)
				memset(to + s * ld + (size_t)k * width, 0, width * sizeof *to);
		}
}

void NN(window_scatter)(const struct wp_nn_window *w, const struct NN(batch) *batch,
	const real *d, int first, int end, real *d_x)
{
	const size_t width = w->width;
	const int rows = wp_nn_window_rows(w);
	const size_t ld = (size_t)rows * width;
	for (int t = first; t < end; d += (size_t)batch->active[t++] * ld)
		for (int k = 0; k < rows; k++) {
			const int from = step_at(w, t, k);
			const size_t there = from < 0 ? 0 : rows_with(batch, t, from);
			for (size_t s = 0; s < there; s++) {
				const real *row = d + s * ld + (size_t)k * width;
				real *sum = d_x + (batch->begin[from] + s) * width;
				for (size_t i = 0; i < width; i++)
					sum[i] += row[i];
			}
		}
}

void NN(window_carry)(
	const struct wp_nn_window *w, const struct NN(batch) *batch, const real *x, real *past)
{
	const size_t width = w->width;
	const int span = wp_nn_window_span(w);
	for (int s = 0; s < batch->sequences; s++, past += (size_t)span * width) {
		const int length = NN(batch_length)(batch, s);
		for (int i = 0; i < span; i++) {
			const int t = length - span + i; /* may be before this batch */
			real *to = past + (size_t)i * width;
			if (t >= 0)
				memcpy(to, x + (batch->begin[t] + (size_t)s) * width,
					width * sizeof *to);
			else if (batch->continues)
				memmove(to, past + (size_t)(i + length) * width,
					width * sizeof *to);
			else
				memset(to, 0, width * sizeof *to);
		}
	}
}

#ifndef WP_NN_F64
void wp_nn_window_step(const struct wp_nn_window *w, const float *x, const float *before,
	float *after, float *to)
{
	const size_t width = w->width, span = (size_t)wp_nn_window_span(w);
	for (int k = 0; k < w->before; k++)
		memcpy(to + (size_t)k * width, before + (size_t)(k * w->dilation) * width,
			width * sizeof *to);
	memcpy(to + (size_t)w->before * width, x, width * sizeof *to);
	if (span == 0)
		return;
	memcpy(after, before + width, (span - 1) * width * sizeof *after);
	memcpy(after + (span - 1) * width, x, width * sizeof *after);
}
#endif
