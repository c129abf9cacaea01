#include "math/pca.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/blas.h"
#include "math/lapack.h"

/* Rows that are centred, widened and multiplied at a time. */
enum { ROWS = 256 };

static void find_mean(double *mean, const float *x, size_t count, size_t dim)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < dim; j++)
			mean[j] += (double)x[i * dim + j];
	for (size_t j = 0; j < dim; j++)
		mean[j] /= (double)count;
}

/* covariance (dim, dim) = (x - mean)' (x - mean) / count */
static void find_covariance(double *covariance, double *block, const double *mean,
	const float *x, size_t count, size_t dim)
{
	for (size_t first = 0; first < count; first += ROWS) {
		size_t rows = count - first < ROWS ? count - first : ROWS;
		const float *from = x + first * dim;
		for (size_t i = 0; i < rows; i++)
			for (size_t j = 0; j < dim; j++)
				block[i * dim + j] = (double)from[i * dim + j] - mean[j];
		wp_dgemm_tn(dim, dim, rows, 1 / (double)count, block, dim, block, dim, 1,
			covariance, dim);
	}
}

/* Eigenvectors are only defined up to their sign: the largest element is to be positive. */
static void take_direction(float *to, const double *from, size_t dim)
{
	size_t largest = 0;
	for (size_t j = 1; j < dim; j++)
		if (fabs(from[j]) > fabs(from[largest]))
			largest = j;
	double sign = from[largest] < 0 ? -1 : 1;
	for (size_t j = 0; j < dim; j++)
		to[j] = (float)(sign * from[j]);
}

static enum wp_err compute(struct wp_pca *pca, const float *x, size_t count, double *covariance,
	double *block, double *variance)
{
	size_t dim = pca->dim, k = pca->k;
	find_mean(pca->mean, x, count, dim);
	find_covariance(covariance, block, pca->mean, x, count, dim);
	for (size_t i = 0; i < dim; i++) {
		pca->total += covariance[i * dim + i];
		if (!isfinite(covariance[i * dim + i]))
			return wp_fail(WP_EDIVERGED,
				"column %zu holds numbers that are not finite", i + 1);
	}
	enum wp_err err = wp_eigen_symmetric(dim, covariance, variance);
	for (size_t c = 0; !err && c < k; c++) {
		double v = variance[dim - 1 - c];
		pca->variance[c] = v > 0 ? v : 0;
		take_direction(pca->direction + c * dim, covariance + (dim - 1 - c) * dim, dim);
	}
	return err;
}

enum wp_err wp_pca_compute(
	struct wp_pca *pca, const float *x, size_t count, size_t dim, size_t k)
{
	*pca = (struct wp_pca){.dim = dim, .k = k};
	if (count == 0)
		return wp_fail(WP_EINVAL, "no rows to find principal components of");
	if (k == 0 || k > dim)
		return wp_fail(WP_EINVAL, "%zu principal components of %zu columns", k, dim);
	if (dim > WP_PCA_MAX_DIM)
		return wp_fail(WP_EINVAL,
			"principal components of %zu columns: at most %d are possible", dim,
			WP_PCA_MAX_DIM);
	double *covariance = NULL, *block = NULL, *variance = NULL;
	enum wp_err err = wp_alloc(&covariance, dim * dim, sizeof *covariance, "covariances");
	if (!err)
		err = wp_alloc(&block, ROWS * dim, sizeof *block, "centred rows");
	if (!err)
		err = wp_alloc(&variance, dim, sizeof *variance, "variances");
	if (!err)
		err = wp_alloc(&pca->mean, dim, sizeof *pca->mean, "means");
	if (!err)
		err = wp_alloc(&pca->direction, k * dim, sizeof *pca->direction,
			"principal components");
	if (!err)
		err = wp_alloc(&pca->variance, k, sizeof *pca->variance, "variances");
	if (!err)
		err = compute(pca, x, count, covariance, block, variance);
	free(covariance);
	free(block);
	free(variance);
	if (err)
		wp_pca_fini(pca);
	return err;
}

void wp_pca_fini(struct wp_pca *pca)
{
	free(pca->mean);
	free(pca->direction);
	free(pca->variance);
	*pca = (struct wp_pca){0};
}

void wp_pca_project(const struct wp_pca *pca, const float *x, size_t count, float *y)
{
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < pca->k; c++) {
			double sum = 0;
			for (size_t j = 0; j < pca->dim; j++)
				sum += ((double)x[i * pca->dim + j] - pca->mean[j]) *
					(double)pca->direction[c * pca->dim + j];
			y[i * pca->k + c] = (float)sum;
		}
}
