/* The head of a network: from the states to the outputs of the task, the loss, and its
 * gradient. (Internal: with real.h.)
 *
 * Works through the rows in blocks of logits that stay in the cache: product, softmax,
 * cross-entropy and the two products of the gradient follow each other on one block, which is
 * then forgotten.  A block of few rows, a sentence, has kernels of its own
 * (nn/kernels/small_softmax.h).
 *
 * Softmax in training: full; sampled (nn/outputs/sampled.h); hierarchical
 * (nn/outputs/hierarchical.h).  Predictions of a network with a sampled softmax are by the full
 * one; a tree gives a distribution over all classes itself.
 *
 * Jordan networks: the stack has made the logits already, and makes the gradients of the
 * outputs' weights; then there is only the loss.
 */
#ifndef WP_NN_OUTPUT_LAYER_H
#define WP_NN_OUTPUT_LAYER_H

#include "nn/core/batch.h"
#include "nn/core/context.h"
#include "nn/core/gradient.h"

struct NN(output_layer);

WP_MUST_CHECK enum wp_err NN(output_layer_create)(struct NN(output_layer) **head,
	const struct wp_nn_config *config, const struct wp_nn_params *params,
	const struct wp_nn_context *context);
void NN(output_layer_free)(struct NN(output_layer) *head);

/* top is (rows, width).  Fills d_top, of the same shape, and adds to the parameters' gradient
 * and to the score.  In regress every number is a target; one that is NaN is not known, and
 * counts for nothing. */
WP_MUST_CHECK enum wp_err NN(output_layer_train)(struct NN(output_layer) *head,
	const real *theta, const struct NN(batch) *batch, const real *top, real *d_top,
	struct NN(gradient) *gradient, struct wp_nn_score *score);

/* As net_predict: log-probabilities or numbers into outputs (or NULL), score (or NULL). */
WP_MUST_CHECK enum wp_err NN(output_layer_predict)(struct NN(output_layer) *head,
	const real *theta, const struct NN(batch) *batch, const real *top, real *outputs,
	struct wp_nn_score *score);

#endif
