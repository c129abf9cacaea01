/* The gradient of a batch: an array like that of the parameters, and for tables of which a batch
 * touches few rows (WP_RNN_LOOKUP), the list of those rows, so that nothing of the size of the
 * vocabulary is cleared, added or updated for a batch of a few words.  (Internal: with real.h.)
 */
#ifndef WP_RNN_GRADIENT_H
#define WP_RNN_GRADIENT_H

#include "rnn/layout.h"
#include "rnn/real.h"

/* Rows touched, in the order of their first touch. */
struct wp_rnn_rows {
	int32_t *row;
	size_t count, room;
	uint8_t *seen; /* by row */
};

struct RNN(gradient) {
	const struct wp_rnn_layout *layout;
	real *value;              /* (layout->size) */
	struct wp_rnn_rows *rows; /* by parameter; used for those with WP_RNN_LOOKUP */
};

WP_MUST_CHECK enum wp_err RNN(gradient_create)(
	struct RNN(gradient) **gradient, const struct wp_rnn_layout *layout);
void RNN(gradient_free)(struct RNN(gradient) *gradient);

/* Zero again: all of it, but of the tables only the rows touched. */
void RNN(gradient_clear)(struct RNN(gradient) *gradient);

/* Row `row` of a table is about to get a gradient: list it. */
WP_MUST_CHECK enum wp_err RNN(gradient_touch)(
	struct RNN(gradient) *gradient, size_t param, int32_t row);

/* to += from; of several shards, in their order. */
WP_MUST_CHECK enum wp_err RNN(gradient_add)(
	struct RNN(gradient) *to, const struct RNN(gradient) *from);

#endif
