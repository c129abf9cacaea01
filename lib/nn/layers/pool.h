/* From the states of a sequence to one vector.  (Internal: with real.h.) */
#ifndef WP_NN_POOL_H
#define WP_NN_POOL_H

#include "nn/core/batch.h"
#include "nn/core/config.h"

/* pooled (sequences, width) from top (rows, width).  For WP_NN_MAX, from (sequences, width)
 * tells the step that each number is of, for unpool; others leave it alone. */
void NN(pool)(real *pooled, int32_t *from, const struct wp_nn_config *config,
	const struct NN(batch) *batch, const real *top);

/* Its derivative: fills d_top (rows, width). */
void NN(unpool)(real *d_top, const real *d_pooled, const int32_t *from,
	const struct wp_nn_config *config, const struct NN(batch) *batch);

#endif
