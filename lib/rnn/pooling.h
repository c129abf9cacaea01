/* From the states of a sequence to one vector.  (Internal: with real.h.) */
#ifndef WP_RNN_POOLING_H
#define WP_RNN_POOLING_H

#include "rnn/batch.h"
#include "rnn/config.h"

/* pooled (sequences, width) from top (rows, width).  For WP_RNN_MAX, from (sequences, width)
 * tells the step that each number is of, for unpool; others leave it alone. */
void RNN(pool)(real *pooled, int32_t *from, const struct wp_rnn_config *config,
	const struct RNN(batch) *batch, const real *top);

/* Its derivative: fills d_top (rows, width). */
void RNN(unpool)(real *d_top, const real *d_pooled, const int32_t *from,
	const struct wp_rnn_config *config, const struct RNN(batch) *batch);

#endif
