/* Principal components: the directions in which the rows of a matrix differ most. */
#ifndef WP_MATH_PCA_H
#define WP_MATH_PCA_H

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WP_PCA_MAX_DIM = 8192 };

struct wp_pca {
	size_t dim, k;
	double *mean;     /* (dim): of the rows                                              */
	float *direction; /* (k, dim), row-major: orthonormal, the strongest first; the element
			   * of largest size in each is positive                              */
	double *variance; /* (k): of the rows along each direction, descending               */
	double total;     /* the sum of all dim variances                                     */
};

/* The first k principal components of x (count, dim), by the eigenvectors of the covariance
 * matrix (Pearson 1901; Hotelling 1933), summed up in double precision: the same bits for the
 * same rows.  WP_EINVAL for k of 0 or above dim, no rows, or dim above WP_PCA_MAX_DIM;
 * WP_EDIVERGED where x holds infinities or NaN.  Time: count dim^2.  On failure *pca needs no
 * fini. */
WP_MUST_CHECK enum wp_err wp_pca_compute(
	struct wp_pca *pca, const float *x, size_t count, size_t dim, size_t k);
void wp_pca_fini(struct wp_pca *pca);

/* y = (x - mean) direction': the coordinates of count rows, y (count, k). */
void wp_pca_project(const struct wp_pca *pca, const float *x, size_t count, float *y);

#ifdef __cplusplus
}
#endif
#endif
