#include "nn/core/initializer.h"

#include <math.h>
#include <string.h>

#include "base/random.h"

/* Two independent normal numbers (Box & Muller 1958). */
static void normal_pair(double pair[2], struct wp_rng *rng)
{
	double radius = sqrt(-2 * log(1 - wp_rng_double(rng)));
	double angle = 6.283185307179586 * wp_rng_double(rng);
	pair[0] = radius * cos(angle);
	pair[1] = radius * sin(angle);
}

static double dot(const float *a, const float *b, size_t n)
{
	double sum[4] = {0};
	for (size_t i = 0; i < n; i++)
		sum[i % 4] += (double)a[i] * (double)b[i];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void add_scaled(float *a, double scale, const float *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		a[i] += (float)(scale * (double)b[i]);
}

/* n orthonormal rows of n: a Gaussian matrix by Gram and Schmidt, which draws from all
 * orthogonal matrices evenly.  Each row is made orthogonal to those above it twice, the second
 * time against what rounding left.  Where there are more rows than n, every n of them. */
static void orthogonal(float *rows, size_t count, size_t n, size_t ld, size_t in, size_t out,
	struct wp_rng *rng)
{
	(void)in, (void)out;
	for (size_t i = 0; i < count; i++) {
		float *row = rows + i * ld;
		for (size_t j = 0; j < n; j += 2) {
			double pair[2];
			normal_pair(pair, rng);
			row[j] = (float)pair[0];
			if (j + 1 < n)
				row[j + 1] = (float)pair[1];
		}
		for (int pass = 0; pass < 2; pass++) {
			for (size_t k = i / n * n; k < i; k++) {
				const float *above = rows + k * ld;
				add_scaled(row, -dot(row, above, n), above, n);
			}
			add_scaled(row, 1 / sqrt(dot(row, row, n)) - 1, row, n);
		}
	}
}

static void xavier(float *p, size_t rows, size_t cols, size_t ld, size_t in, size_t out,
	struct wp_rng *rng)
{
	const double scale = sqrt(6 / ((double)in + (double)out));
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			p[i * ld + j] = (float)(scale * (2 * wp_rng_double(rng) - 1));
}

static void he(float *p, size_t rows, size_t cols, size_t ld, size_t in, size_t out,
	struct wp_rng *rng)
{
	const double deviation = sqrt(2 / (double)in);
	(void)out;
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j += 2) {
			double pair[2];
			normal_pair(pair, rng);
			p[i * ld + j] = (float)(deviation * pair[0]);
			if (j + 1 < cols)
				p[i * ld + j + 1] = (float)(deviation * pair[1]);
		}
}

static void identity(float *p, size_t rows, size_t cols, size_t ld, size_t in, size_t out,
	struct wp_rng *rng)
{
	(void)in, (void)out, (void)rng;
	for (size_t i = 0; i < rows; i++) {
		memset(p + i * ld, 0, cols * sizeof *p);
		if (i < cols)
			p[i * ld + i] = 1;
	}
}

const struct wp_nn_initializer_type wp_nn_initializers[] = {
	[WP_NN_UNIFORM] = {"uniform", "uniform in +-1/sqrt(in)", false, NULL},
	[WP_NN_XAVIER] = {"xavier", "uniform in +-sqrt(6/(in + out))", false, xavier},
	[WP_NN_HE] = {"he", "normal, of variance 2/in", false, he},
	[WP_NN_ORTHOGONAL] = {"orthogonal", "orthogonal matrices", false, orthogonal},
	[WP_NN_IDENTITY] = {"identity", "the identity", true, identity},
	{NULL, NULL, false, NULL},
};
