#include "nn/core/scaling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Mean and standard deviation (of the population), as z-scores have them. */
static void fit_zscore(
	const float *x, size_t rows, size_t columns, size_t column, double *mean, double *scale)
{
	double sum = 0, squares = 0;
	size_t n = 0;
	for (size_t r = 0; r < rows; r++) {
		double value = (double)x[r * columns + column];
		sum += isnan(value) ? 0 : value;
		n += isnan(value) ? 0 : 1;
	}
	*mean = n ? sum / (double)n : 0;
	for (size_t r = 0; r < rows; r++) {
		double d = (double)x[r * columns + column] - *mean;
		squares += isnan(d) ? 0 : d * d;
	}
	*scale = n ? sqrt(squares / (double)n) : 0;
}

const struct wp_nn_standardizer wp_nn_standardizers[] = {
	[WP_NN_AS_IT_IS] = {"none", "numbers as they are", NULL},
	[WP_NN_ZSCORE] = {"zscore", "mean 0 and standard deviation 1", fit_zscore},
	{NULL, NULL, NULL},
};

static enum wp_err allocate(struct wp_nn_scaling *s, size_t count)
{
	*s = (struct wp_nn_scaling){.count = count};
	enum wp_err err = wp_alloc(&s->mean, 2 * count, sizeof *s->mean, "means and scales");
	s->scale = s->mean ? s->mean + count : NULL;
	return err;
}

enum wp_err wp_nn_scaling_fit(struct wp_nn_scaling *s, enum wp_nn_standardize how,
	const float *x, size_t rows, size_t columns)
{
	const struct wp_nn_standardizer *type = &wp_nn_standardizers[how];
	*s = (struct wp_nn_scaling){0};
	if (!type->fit)
		return WP_OK;
	enum wp_err err = allocate(s, columns);
	for (size_t i = 0; !err && i < columns; i++) {
		type->fit(x, rows, columns, i, &s->mean[i], &s->scale[i]);
		/* What is left of a constant are the errors of its sum. */
		if (!(s->scale[i] > 1e-12 * fabs(s->mean[i])))
			s->scale[i] = 1;
	}
	return err;
}

enum wp_err wp_nn_scaling_is_usual(const float *x, size_t rows, size_t columns, bool *usual)
{
	struct wp_nn_scaling s;
	enum wp_err err = wp_nn_scaling_fit(&s, WP_NN_ZSCORE, x, rows, columns);
	*usual = true;
	for (size_t i = 0; !err && i < columns; i++)
		*usual &= fabs(s.mean[i]) <= 2 && s.scale[i] >= 0.1 && s.scale[i] <= 3;
	wp_nn_scaling_fini(&s);
	return err;
}

enum wp_err wp_nn_scaling_set(
	struct wp_nn_scaling *s, const double *mean, const double *scale, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(mean[i]) || !isfinite(scale[i]) || !(scale[i] > 0))
			return wp_fail(WP_ECORRUPT,
				"column %zu has the mean %g and the scale %g", i + 1, mean[i],
				scale[i]);
	enum wp_err err = allocate(s, count);
	for (size_t i = 0; !err && i < count; i++) {
		s->mean[i] = mean[i];
		s->scale[i] = scale[i];
	}
	return err;
}

enum wp_err wp_nn_scaling_copy(struct wp_nn_scaling *to, const struct wp_nn_scaling *from)
{
	*to = (struct wp_nn_scaling){0};
	return from->count ? wp_nn_scaling_set(to, from->mean, from->scale, from->count)
			   : WP_OK;
}

void wp_nn_scaling_fini(struct wp_nn_scaling *s)
{
	free(s->mean);
	*s = (struct wp_nn_scaling){0};
}

void wp_nn_scaling_apply(const struct wp_nn_scaling *s, float *x, size_t rows)
{
	const size_t n = s ? s->count : 0;
	for (size_t r = 0; n && r < rows; r++, x += n)
		for (size_t i = 0; i < n; i++)
			x[i] = (float)(((double)x[i] - s->mean[i]) / s->scale[i]);
}

void wp_nn_scaling_undo(const struct wp_nn_scaling *s, float *x, size_t rows)
{
	const size_t n = s ? s->count : 0;
	for (size_t r = 0; n && r < rows; r++, x += n)
		for (size_t i = 0; i < n; i++)
			x[i] = (float)((double)x[i] * s->scale[i] + s->mean[i]);
}
