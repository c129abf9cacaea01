/* The gradient of a batch: an array like that of the parameters, and for tables of which a
 * batch touches few rows (WP_NN_LOOKUP), the list of those rows, so that nothing of the size
 * of the vocabulary is cleared, added or updated for a batch of a few words.  (Internal: with
 * real.h.)
 */
#ifndef WP_NN_GRADIENT_H
#define WP_NN_GRADIENT_H

#include <math.h>
#include <stdbool.h>

#include "nn/core/params.h"
#include "nn/core/real.h"

/* Of one parameter: the rows touched, in the order of their first touch; and, of one that every
 * batch writes wholly (WP_NN_WRITTEN), whether it has been: clearing it first would be one more
 * pass through what may be the largest parameter.  Until then, what stands there is left from
 * another batch and counts as zero. */
struct wp_nn_rows {
	int32_t *row; /* (count), with room for all rows and one more */
	size_t count;
	uint8_t *seen; /* by row */
	bool unwritten;
	double squares; /* the sum of the gradient's squares, where who made it has it; or NaN
			 */
};

struct NN(gradient) {
	const struct wp_nn_params *params;
	real *value;             /* (params->size) */
	struct wp_nn_rows *rows; /* by parameter */
};

WP_MUST_CHECK enum wp_err NN(gradient_create)(
	struct NN(gradient) **gradient, const struct wp_nn_params *params);
void NN(gradient_free)(struct NN(gradient) *gradient); /* may be NULL */

/* Zero again: all of it, but of the tables only the rows touched. */
void NN(gradient_clear)(struct NN(gradient) *gradient);

/* Clear what nobody has written. */
void NN(gradient_settle)(struct NN(gradient) *gradient);

/* The factor by which what stands at parameter `param` counts, as beta of a product: 0 where it
 * has yet to be written, which is what happens now.  squares: of what is written, or NaN. */
static inline real NN(gradient_write)(
	struct NN(gradient) *gradient, size_t param, double squares)
{
	struct wp_nn_rows *rows = &gradient->rows[param];
	real beta = rows->unwritten ? 0 : 1;
	rows->unwritten = false;
	rows->squares = squares;
	return beta;
}

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

/* List so many rows as touched, whose gradients the caller adds to. */
static inline void NN(gradient_touch_all)(
	struct NN(gradient) *gradient, size_t param, const int32_t *row, size_t count)
{
	struct wp_nn_rows *rows = &gradient->rows[param];
	rows->squares = NAN; /* of a shared table: about to change */
	for (size_t i = 0; i < count && rows->seen; i++) {
		/* Without a branch: whether a row is new nobody can foresee. */
		rows->row[rows->count] = row[i];
		rows->count += !rows->seen[row[i]];
		rows->seen[row[i]] = 1;
	}
}

/* to += from; of several shards, in their order. */
void NN(gradient_add)(struct NN(gradient) *to, const struct NN(gradient) *from);

#endif
