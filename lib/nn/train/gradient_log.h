/* The norms of the gradients of a training run, as a tensor stream: what clip-stats reads.
 *
 * `gradients.names` (strings): groups, one for each parameter; slices, some hundred steps long,
 * of `gradients.step` (i64), `gradients.norm` (f32: before clipping), `gradients.clipped` (f32:
 * after it), `gradients.loss` (f32: mean over the targets) and `gradients.groups` (f32, steps x
 * groups: norms before clipping); and `gradients.threshold` (f64; 0: no clipping).
 */
#ifndef WP_NN_GRADIENT_LOG_H
#define WP_NN_GRADIENT_LOG_H

#include "nn/train/trainer.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_nn_gradient_log;

/* Begin on an open writer, which is borrowed.  history is the line for its record of that name;
 * NULL: none. */
WP_MUST_CHECK enum wp_err wp_nn_gradient_log_open(struct wp_nn_gradient_log **log,
	struct wp_writer *writer, const struct wp_nn_params *params, double threshold,
	const char *history);

/* Add what an update did. */
WP_MUST_CHECK enum wp_err wp_nn_gradient_log_add(
	struct wp_nn_gradient_log *log, const struct wp_nn_progress *progress);

/* Write what there is left, and free the log, also on failure; the caller ends the stream. */
WP_MUST_CHECK enum wp_err wp_nn_gradient_log_finish(struct wp_nn_gradient_log *log);

#ifdef __cplusplus
}
#endif
#endif
