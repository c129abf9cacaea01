#include "nn/layers/pool.h"

#include <string.h>

/* Steps of a sequence. */
static int length(const struct NN(batch) *batch, int sequence)
{
	int steps = batch->steps;
	while (steps > 0 && batch->active[steps - 1] <= sequence)
		steps--;
	return steps;
}

static const real *row_of(
	const real *rows, size_t width, const struct NN(batch) *batch, int step, int sequence)
{
	return rows + (batch->begin[step] + (size_t)sequence) * width;
}

static void pool_last(real *pooled, size_t width, bool bidirectional,
	const struct NN(batch) *batch, const real *top, int sequence)
{
	size_t half = bidirectional ? width / 2 : width;
	int last = length(batch, sequence) - 1;
	memcpy(pooled, row_of(top, width, batch, last, sequence), half * sizeof *pooled);
	memcpy(pooled + half, row_of(top, width, batch, 0, sequence) + half,
		(width - half) * sizeof *pooled);
}

static void pool_mean(real *pooled, size_t width, const struct NN(batch) *batch,
	const real *top, int sequence)
{
	int steps = length(batch, sequence);
	memset(pooled, 0, width * sizeof *pooled);
	for (int t = 0; t < steps; t++) {
		const real *row = row_of(top, width, batch, t, sequence);
		for (size_t i = 0; i < width; i++)
			pooled[i] += row[i];
	}
	for (size_t i = 0; i < width; i++)
		pooled[i] /= (real)steps;
}

static void pool_max(real *pooled, int32_t *from, size_t width, const struct NN(batch) *batch,
	const real *top, int sequence)
{
	int steps = length(batch, sequence);
	memcpy(pooled, row_of(top, width, batch, 0, sequence), width * sizeof *pooled);
	memset(from, 0, width * sizeof *from);
	for (int t = 1; t < steps; t++) {
		const real *row = row_of(top, width, batch, t, sequence);
		for (size_t i = 0; i < width; i++) {
			from[i] = row[i] > pooled[i] ? t : from[i];
			pooled[i] = row[i] > pooled[i] ? row[i] : pooled[i];
		}
	}
}

void NN(pool)(real *pooled, int32_t *from, const struct wp_nn_config *config,
	const struct NN(batch) *batch, const real *top)
{
	size_t width = wp_nn_width(config);
	for (int s = 0; s < batch->sequences; s++) {
		real *to = pooled + (size_t)s * width;
		if (config->pooling == WP_NN_LAST)
			pool_last(to, width, config->bidirectional, batch, top, s);
		else if (config->pooling == WP_NN_MEAN)
			pool_mean(to, width, batch, top, s);
		else
			pool_max(to, from + (size_t)s * width, width, batch, top, s);
	}
}

void NN(unpool)(real *d_top, const real *d_pooled, const int32_t *from,
	const struct wp_nn_config *config, const struct NN(batch) *batch)
{
	size_t width = wp_nn_width(config), half = config->bidirectional ? width / 2 : width;
	memset(d_top, 0, batch->begin[batch->steps] * width * sizeof *d_top);
	for (int s = 0; s < batch->sequences; s++) {
		const real *d = d_pooled + (size_t)s * width;
		real *first = d_top + (size_t)s * width;
		int steps = length(batch, s);
		for (int t = 0; t < steps && config->pooling == WP_NN_MEAN; t++)
			for (size_t i = 0; i < width; i++)
				first[batch->begin[t] * width + i] = d[i] / (real)steps;
		if (config->pooling == WP_NN_LAST) {
			real *last = first + batch->begin[steps - 1] * width;
			memcpy(last, d, half * sizeof *d);
			memcpy(first + half, d + half, (width - half) * sizeof *d);
		}
		for (size_t i = 0; i < width && config->pooling == WP_NN_MAX; i++) {
			int t = from[(size_t)s * width + i];
			first[batch->begin[t] * width + i] = d[i];
		}
	}
}
