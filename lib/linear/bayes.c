#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "linear/solve.h"

/* Sums of values, or numbers of rows that have the column, by class: w[class][column]. */
static enum wp_err count(const struct wp_linear_part *part, const int32_t *class_, bool once,
	double *w, double *rows_of)
{
	const struct wp_linear_rows *r = part->rows;
	size_t stride = r->cols + 1;
	for (size_t i = 0; i < part->n; i++) {
		double *to = w + (size_t)class_[i] * stride;
		uint32_t row = part->which[i];
		rows_of[class_[i]]++;
		for (uint64_t k = r->start[row]; k < r->start[row + 1]; k++) {
			if (r->value[k] < 0)
				return wp_fail(WP_EMISMATCH,
					"row %" PRIu32 ": naive Bayes counts, and %g is "
					"negative",
					row + 1, r->value[k]);
			to[r->col[k]] += once ? r->value[k] > 0 : r->value[k];
		}
	}
	return WP_OK;
}

/* log((count + alpha) / (all + alpha columns)) */
static void multinomial(double *w, size_t cols, double alpha)
{
	double sum = alpha * (double)cols;
	for (size_t j = 0; j < cols; j++)
		sum += w[j];
	for (size_t j = 0; j < cols; j++)
		w[j] = log(w[j] + alpha) - log(sum);
}

/* p = (rows + alpha) / (all + 2 alpha): log p where the column is there, log(1 - p) where not,
 * which all rows begin with. */
static void bernoulli(double *w, size_t cols, double alpha, double rows)
{
	double absent = 0;
	for (size_t j = 0; j < cols; j++) {
		double p = (w[j] + alpha) / (rows + 2 * alpha);
		absent += log1p(-p);
		w[j] = log(p) - log1p(-p);
	}
	w[cols] += absent;
}

enum wp_err wp_linear_bayes(const struct wp_linear_part *part, const int32_t *class_,
	size_t classes, const struct wp_linear_config *c, double *w)
{
	size_t cols = part->rows->cols, stride = cols + 1;
	bool binary = c->method == WP_LINEAR_BERNOULLI;
	double *rows_of;
	enum wp_err err = wp_alloc(&rows_of, classes, sizeof *rows_of, "classes");
	if (!err)
		err = count(part, class_, binary, w, rows_of);
	for (size_t k = 0; k < classes && !err; k++) {
		w[k * stride + cols] = log(rows_of[k] / (double)part->n);
		if (binary)
			bernoulli(w + k * stride, cols, c->alpha, rows_of[k]);
		else
			multinomial(w + k * stride, cols, c->alpha);
	}
	free(rows_of);
	return err;
}
