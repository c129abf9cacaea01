/* The rows around each row of a batch: what windows and convolutions read.  (Internal: with
 * real.h.)
 *
 * The window of step t has steps t - before d, ..., t - d, t, t + d, ..., t + after d, d being
 * the dilation, in this order.  Steps beyond the end of a sequence are zeros, as are those
 * before its beginning, unless it continues another: then they are the last rows of that, the
 * past, (sequences, before d, width), oldest first.
 */
#ifndef WP_NN_WINDOW_H
#define WP_NN_WINDOW_H

#include "nn/core/batch.h"

struct wp_nn_window {
	int before, after, dilation;
	size_t width; /* numbers of a row */
};

/* Of `size` steps, the last ones up to each if causal; else as many before it as after it, and
 * of an even number one more after. */
static inline struct wp_nn_window wp_nn_window_of(
	size_t size, size_t dilation, bool causal, size_t width)
{
	const int others = (int)size - 1;
	return (struct wp_nn_window){.before = causal ? others : others / 2,
		.after = causal ? 0 : others - others / 2,
		.dilation = (int)dilation,
		.width = width};
}

static inline int wp_nn_window_rows(const struct wp_nn_window *w)
{
	return w->before + 1 + w->after;
}

/* Rows of the past that it reads. */
static inline int wp_nn_window_span(const struct wp_nn_window *w)
{
	return w->before * w->dilation;
}

/* to (rows of these steps, wp_nn_window_rows, width) = the windows of steps first to end - 1 of
 * x (rows, width).  past may be NULL. */
void NN(window_gather)(const struct wp_nn_window *w, const struct NN(batch) *batch,
	const real *x, const real *past, int first, int end, real *to);

/* The way back: d_x (rows, width) += d, the derivatives by these windows. */
void NN(window_scatter)(const struct wp_nn_window *w, const struct NN(batch) *batch,
	const real *d, int first, int end, real *d_x);

/* past = what it is for a batch that continues this one, which began with `past`, or with zeros
 * if not batch->continues. */
void NN(window_carry)(
	const struct wp_nn_window *w, const struct NN(batch) *batch, const real *x, real *past);

#ifndef WP_NN_F64
/* One step at a time: to (rows, width) = the window that ends in x (width), after = before,
 * the past, with x at its end.  w->after is 0. */
void wp_nn_window_step(const struct wp_nn_window *w, const float *x, const float *before,
	float *after, float *to);
#endif

#endif
