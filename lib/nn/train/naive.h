/* The naive forecast, which needs no model, and which a model has to be better than: of the
 * next value of a series, the last one (a random walk's forecast); of other targets, their mean
 * where the model was trained.
 */
#ifndef WP_NN_NAIVE_H
#define WP_NN_NAIVE_H

#include "nn/train/batches.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Its errors on the targets of data: the mean of half their squares, as the network sees them;
 * 0 where there are no targets that count.  means (outputs): of targets that are not the next
 * value; in their own units. */
double wp_nn_naive_loss(
	const struct wp_nn_data *data, const struct wp_nn_batching *how, const double *means);

#ifdef __cplusplus
}
#endif
#endif
