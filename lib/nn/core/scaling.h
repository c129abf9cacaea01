/* Standardizing: numbers as a network reads and predicts them, x' = (x - mean) / scale, column
 * by column, and back.  How means and scales come about is an entry of the table.
 */
#ifndef WP_NN_SCALING_H
#define WP_NN_SCALING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Places in the table. */
enum wp_nn_standardize { WP_NN_AS_IT_IS, WP_NN_ZSCORE };

struct wp_nn_scaling {
	size_t count;  /* columns; 0: numbers stay as they are             */
	double *mean;  /* (count)                                          */
	double *scale; /* (count): above 0, finite; in the same allocation */
};

struct wp_nn_standardizer {
	const char *name, *help;
	/* Mean and scale of column `column` of x (rows, columns), NaN left out; NULL: none. */
	void (*fit)(const float *x, size_t rows, size_t columns, size_t column, double *mean,
		double *scale);
};

/* In the order of the enum, ended by one without a name. */
extern const struct wp_nn_standardizer wp_nn_standardizers[];

/* As the data are: x (rows, columns).  A column of one value only gets the scale 1. */
WP_MUST_CHECK enum wp_err wp_nn_scaling_fit(struct wp_nn_scaling *scaling,
	enum wp_nn_standardize how, const float *x, size_t rows, size_t columns);
/* Are the numbers of x of a size that networks learn as they are: the mean of each column
 * within 2 of 0, and its standard deviation between 0.1 and 3 (or 0)? */
WP_MUST_CHECK enum wp_err wp_nn_scaling_is_usual(
	const float *x, size_t rows, size_t columns, bool *usual);
/* With given means and scales, each (count): WP_ECORRUPT where one is not finite, or a scale is
 * not above 0. */
WP_MUST_CHECK enum wp_err wp_nn_scaling_set(
	struct wp_nn_scaling *scaling, const double *mean, const double *scale, size_t count);
WP_MUST_CHECK enum wp_err wp_nn_scaling_copy(
	struct wp_nn_scaling *to, const struct wp_nn_scaling *from);
void wp_nn_scaling_fini(struct wp_nn_scaling *scaling); /* a zeroed one may be given, too */

/* x (rows, count) to what the network sees, and back, in place; nothing where scaling is NULL
 * or has no columns. */
void wp_nn_scaling_apply(const struct wp_nn_scaling *scaling, float *x, size_t rows);
void wp_nn_scaling_undo(const struct wp_nn_scaling *scaling, float *x, size_t rows);

#ifdef __cplusplus
}
#endif
#endif
