#include "rnn/input.h"

#include <math.h>
#include <string.h>

void RNN(embed)(const struct RNN(kernels) *k, real *x, const real *theta,
	const struct wp_rnn_layout *layout, const struct wp_rnn_subwords *subwords,
	const int32_t *words, const int32_t *ids, size_t rows)
{
	const struct wp_rnn_param *table = wp_rnn_layout_find(layout, "embedding");
	const struct wp_rnn_param *parts = wp_rnn_layout_find(layout, "subword");
	size_t dim = table->cols;
	for (size_t r = 0; r < rows; r++, x += dim) {
		if (words[r] >= 0)
			memcpy(x, theta + table->offset + (size_t)words[r] * dim,
				dim * sizeof *x);
		else
			memset(x, 0, dim * sizeof *x);
		if (!parts || !subwords)
			continue;
		for (size_t i = subwords->begin[ids[r]]; i < subwords->begin[ids[r] + 1]; i++)
			k->add(x, theta + parts->offset + (size_t)subwords->part[i] * dim, dim);
	}
}

void RNN(embed_backward)(const struct RNN(kernels) *k, struct RNN(gradient) *gradient,
	const struct wp_rnn_subwords *subwords, const int32_t *words, const int32_t *ids,
	size_t rows, const real *dx)
{
	const struct wp_rnn_layout *layout = gradient->layout;
	size_t table = wp_rnn_layout_number(layout, "embedding");
	size_t parts = wp_rnn_layout_number(layout, "subword");
	size_t dim = layout->param[table].cols;
	bool train = !(layout->param[table].flags & WP_RNN_FROZEN);
	if (layout->param[table].flags & WP_RNN_DENSE_OUTPUT)
		gradient->output_squares = NAN; /* tied: they are about to change */
	for (size_t r = 0; r < rows; r++, dx += dim) {
		if (words[r] >= 0 && train)
			k->add(RNN(gradient_touch)(gradient, table, words[r]), dx, dim);
		if (parts == layout->count || !subwords)
			continue;
		for (size_t i = subwords->begin[ids[r]]; i < subwords->begin[ids[r] + 1]; i++)
			k->add(RNN(gradient_touch)(gradient, parts, subwords->part[i]), dx,
				dim);
	}
}

void RNN(scatter)(const struct RNN(kernels) *k, struct RNN(gradient) *gradient, size_t param,
	const int32_t *ids, size_t rows, const real *d_out, size_t ld)
{
	size_t n = gradient->layout->param[param].cols;
	for (size_t r = 0; r < rows; r++)
		k->add(RNN(gradient_touch)(gradient, param, ids[r]), d_out + r * ld, n);
}
