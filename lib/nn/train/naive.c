#include "nn/train/naive.h"

#include <math.h>

struct sum {
	double squares;
	size_t targets;
};

/* A row of targets and one of forecasts, (outputs); a target that is NaN is not known. */
static void add_row(struct sum *sum, const struct wp_nn_data *d, const float *target,
	const float *last, const double *means)
{
	const struct wp_nn_scaling *s = d->scale_targets;
	for (size_t i = 0; i < d->outputs; i++) {
		double forecast = last ? (double)last[i] : means[i];
		double error = (double)target[i] - forecast;
		if (s && s->count)
			error /= s->scale[i];
		sum->squares += isnan(error) ? 0 : error * error;
		sum->targets += isnan(error) ? 0 : 1;
	}
}

/* The next values of a sequence of `rows` rows. */
static void add_next(
	struct sum *sum, const struct wp_nn_data *d, const float *values, size_t rows)
{
	for (size_t r = d->skip; r + 1 < rows; r++)
		add_row(sum, d, values + (r + 1) * d->inputs, values + r * d->inputs, NULL);
}

double wp_nn_naive_loss(
	const struct wp_nn_data *d, const struct wp_nn_batching *how, const double *means)
{
	const bool by_row = wp_nn_by_row(how->task, how->each_step);
	const bool next = !d->targets;
	struct sum sum = {0, 0};
	size_t row = 0;
	if (next && how->stream)
		add_next(&sum, d, d->values, d->rows);
	for (size_t s = 0; s < d->sequences && !(next && how->stream); s++) {
		size_t rows = (size_t)d->lengths[s];
		if (next)
			add_next(&sum, d, d->values + row * d->inputs, rows);
		for (size_t r = d->skip; r < rows && by_row && !next; r++)
			add_row(&sum, d, d->targets + (row + r) * d->outputs, NULL, means);
		if (!by_row)
			add_row(&sum, d, d->targets + s * d->outputs, NULL, means);
		row += rows;
	}
	return sum.targets ? 0.5 * sum.squares / (double)sum.targets : 0;
}
