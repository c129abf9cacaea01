/* The head of a network: from the states to the outputs of the task, the loss, and its
 * gradient. (Internal: with real.h.)
 *
 * Works through the rows in blocks of logits that stay in the cache: product, soft-max,
 * cross-entropy and the two products of the gradient follow each other on one block, which is
 * then forgotten.  A block of few rows, a sentence, has kernels of its own (rnn/few.h).
 *
 * Soft-max in training: full; sampled (rnn/sampled.h); hierarchical (rnn/tree.h).  Predictions
 * of a network with a sampled soft-max are by the full one; a tree gives a distribution over
 * all classes itself.
 *
 * Jordan networks: the stack has made the logits already, and makes the gradients of the
 * outputs' weights; then there is only the loss.
 */
#ifndef WP_RNN_HEAD_H
#define WP_RNN_HEAD_H

#include "rnn/net.h"

struct RNN(head);

WP_MUST_CHECK enum wp_err RNN(head_create)(struct RNN(head) **head,
	const struct wp_rnn_config *config, const struct wp_rnn_layout *layout,
	const struct wp_rnn_facts *facts);
void RNN(head_free)(struct RNN(head) *head);

/* top is (rows, width).  Fills d_top, of the same shape, and adds to the parameters' gradient
 * and to the score.  In regress every number is a target; one that is NaN is not known, and
 * counts for nothing. */
WP_MUST_CHECK enum wp_err RNN(head_train)(struct RNN(head) *head, const real *theta,
	const struct RNN(batch) *batch, const real *top, real *d_top,
	struct RNN(gradient) *gradient, struct wp_rnn_score *score);

/* As net_predict: log-probabilities or numbers into outputs (or NULL), score (or NULL). */
WP_MUST_CHECK enum wp_err RNN(head_predict)(struct RNN(head) *head, const real *theta,
	const struct RNN(batch) *batch, const real *top, real *outputs,
	struct wp_rnn_score *score);

#endif
