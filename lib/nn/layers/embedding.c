#include "nn/layers/embedding.h"

#include <math.h>
#include <string.h>

void NN(embed)(const struct NN(kernels) *k, real *x, const real *theta,
	const struct wp_nn_params *params, const struct wp_subwords *subwords,
	const int32_t *words, const int32_t *ids, size_t rows)
{
	const struct wp_nn_param *table = wp_nn_params_find(params, "embedding");
	const struct wp_nn_param *parts = wp_nn_params_find(params, "subword");
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

void NN(embed_backward)(const struct NN(kernels) *k, struct NN(gradient) *gradient,
	const struct wp_subwords *subwords, const int32_t *words, const int32_t *ids,
	size_t rows, const real *dx)
{
	const struct wp_nn_params *params = gradient->params;
	size_t table = wp_nn_params_number(params, "embedding");
	size_t parts = wp_nn_params_number(params, "subword");
	size_t dim = params->param[table].cols;
	bool train = !(params->param[table].flags & WP_NN_FROZEN);
	if (params->param[table].flags & WP_NN_DENSE_OUTPUT)
		gradient->output_squares = NAN; /* tied: they are about to change */
	for (size_t r = 0; r < rows; r++, dx += dim) {
		if (words[r] >= 0 && train)
			k->add(NN(gradient_touch)(gradient, table, words[r]), dx, dim);
		if (parts == params->count || !subwords)
			continue;
		for (size_t i = subwords->begin[ids[r]]; i < subwords->begin[ids[r] + 1]; i++)
			k->add(NN(gradient_touch)(gradient, parts, subwords->part[i]), dx, dim);
	}
}

void NN(scatter)(const struct NN(kernels) *k, struct NN(gradient) *gradient, size_t param,
	const int32_t *ids, size_t rows, const real *d_out, size_t ld)
{
	size_t n = gradient->params->param[param].cols;
	for (size_t r = 0; r < rows; r++)
		k->add(NN(gradient_touch)(gradient, param, ids[r]), d_out + r * ld, n);
}
