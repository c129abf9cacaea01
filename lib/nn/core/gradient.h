/* The gradient of a batch: an array like that of the parameters, and for tables of which a
 * batch touches few rows (WP_NN_LOOKUP), the list of those rows, so that nothing of the size
 * of the vocabulary is cleared, added or updated for a batch of a few words.  (Internal: with
 * real.h.)
 */
#ifndef WP_NN_GRADIENT_H
#define WP_NN_GRADIENT_H

#include <stdbool.h>

#include "nn/core/params.h"
#include "nn/core/real.h"

/* Rows touched, in the order of their first touch. */
struct wp_nn_rows {
	int32_t *row; /* (count), with room for all rows */
	size_t count;
	uint8_t *seen; /* by row */
};

struct NN(gradient) {
	const struct wp_nn_params *params;
	real *value;             /* (params->size) */
	struct wp_nn_rows *rows; /* by parameter; used for those with WP_NN_LOOKUP */
	/* The head writes all of its weights' gradient (WP_NN_DENSE_OUTPUT) in one product:
	 * clearing it first would be one more pass through the largest parameter.  While this
	 * is set, what stands there is left from another batch, and counts as zero. */
	bool stale_output;
	double output_squares; /* the sum of their squares, where who made them has it; or NaN
				*/
};

WP_MUST_CHECK enum wp_err NN(gradient_create)(
	struct NN(gradient) **gradient, const struct wp_nn_params *params);
void NN(gradient_free)(struct NN(gradient) *gradient); /* takes NULL */

/* Zero again: all of it, but of the tables only the rows touched. */
void NN(gradient_clear)(struct NN(gradient) *gradient);

/* Clear what is stale, if it is.  The head has done so for others that add after it. */
void NN(gradient_settle)(struct NN(gradient) *gradient);

/* Where row `row` of parameter number `param` has its gradient, and list it as touched. */
static inline real *NN(gradient_touch)(struct NN(gradient) *gradient, size_t param, int32_t row)
{
	const struct wp_nn_param *p = &gradient->params->param[param];
	struct wp_nn_rows *rows = &gradient->rows[param];
	if (rows->seen && !rows->seen[row]) {
		rows->seen[row] = 1;
		rows->row[rows->count++] = row;
	}
	return gradient->value + p->offset + (size_t)row * p->cols;
}

/* to += from; of several shards, in their order. */
void NN(gradient_add)(struct NN(gradient) *to, const struct NN(gradient) *from);

#endif
