/* Running a network: forward over a batch, the loss, and its gradient by backpropagation
 * through time.  (Internal: with real.h.)
 *
 * A net holds the space for one batch at a time and the states that are carried from one to the
 * next.  Several nets of one config may run on as many threads: they share nothing.  All of it
 * is exact: no clipping, no averaging here; loss and gradient are sums over the targets.
 */
#ifndef WP_RNN_NET_H
#define WP_RNN_NET_H

#include "rnn/batch.h"
#include "rnn/gradient.h"
#include "rnn/layer.h"
#include "rnn/subword.h"

struct RNN(net);

/* Sums over the targets of a batch. */
struct wp_rnn_score {
	double loss;      /* cross-entropy in nats, or half the squared error          */
	uint64_t targets; /* that counted                                              */
	uint64_t correct; /* of those: most probable class is the target; 0 in regress */
};

/* What a network knows of its data; all borrowed as long as the net lives. */
struct wp_rnn_facts {
	const struct wp_rnn_subwords *subwords; /* or NULL                                    */
	const int64_t *input_counts; /* (inputs): for word dropout; or NULL                  */
	const int64_t *class_counts; /* (outputs): for sampled and hierarchical soft-max;
				      * for the latter needed in evaluation too; or NULL     */
	uint64_t seed;               /* for dropout and sampling                             */
};

/* config and layout are borrowed, too. */
WP_MUST_CHECK enum wp_err RNN(net_create)(struct RNN(net) **net,
	const struct wp_rnn_config *config, const struct wp_rnn_layout *layout,
	const struct wp_rnn_facts *facts);
void RNN(net_free)(struct RNN(net) *net); /* takes NULL */

/* Training: the loss of a batch under parameters theta, with dropout and the configured
 * soft-max, and its gradient, added to *gradient. */
WP_MUST_CHECK enum wp_err RNN(net_train)(struct RNN(net) *net, const real *theta,
	const struct RNN(batch) *batch, struct RNN(gradient) *gradient,
	struct wp_rnn_score *score);

/* Evaluation: no dropout, full soft-max.  outputs, if not NULL, takes the logarithms of the
 * class probabilities, or the numbers (regress): (rows, outputs), or (sequences, outputs) for
 * classify and regress at the end.  score may be NULL. */
WP_MUST_CHECK enum wp_err RNN(net_predict)(struct RNN(net) *net, const real *theta,
	const struct RNN(batch) *batch, real *outputs, struct wp_rnn_score *score);

/* What the last batch left behind in a layer's direction (0 forward, 1 backward), borrowed
 * until the next; d_state after net_train and net_backpropagate. */
struct RNN(activity) RNN(net_activity)(const struct RNN(net) *net, int layer, int direction);

/* The vectors (rows, width) that the stack handed to the head. */
const real *RNN(net_top)(const struct RNN(net) *net);

/* Backpropagate d_top (rows, width), given instead of a head's, through the stack alone, after
 * net_predict: fills d_state of the activities.  For measuring Jacobians. */
WP_MUST_CHECK enum wp_err RNN(net_backpropagate)(struct RNN(net) *net, const real *theta,
	const struct RNN(batch) *batch, const real *d_top);

/* The carried states, as one array of net_state_size(net, sequences) reals, to save and to set:
 * for each layer h, and c where there is one, each (sequences, H).  Only one-directional
 * networks carry states. */
size_t RNN(net_state_size)(const struct RNN(net) *net, int sequences);
WP_MUST_CHECK enum wp_err RNN(net_get_state)(
	const struct RNN(net) *net, int sequences, real *state);
WP_MUST_CHECK enum wp_err RNN(net_set_state)(
	struct RNN(net) *net, int sequences, const real *state);

#endif
