/* Running a network: forward over a batch, the loss, and its gradient by backpropagation
 * through time.  (Internal: with real.h.)
 *
 * A net holds the space for one batch at a time and the states that are carried from one to the
 * next.  Several nets of one graph may run on as many threads: they share nothing.  All of it
 * is exact: no clipping, no averaging here; loss and gradient are sums over the targets.
 */
#ifndef WP_NN_NET_H
#define WP_NN_NET_H

#include "nn/core/batch.h"
#include "nn/core/context.h"
#include "nn/core/gradient.h"
#include "nn/core/layer.h"
#include "nn/net/graph.h"

struct NN(net);

/* A node's layer or output by itself; node, params and context are borrowed. */
WP_MUST_CHECK enum wp_err NN(node_create)(void **self, const struct wp_nn_node *node,
	const struct wp_nn_params *params, const struct wp_nn_context *context);
void NN(node_free)(void *self); /* may be NULL */

/* The graph is borrowed, and what context points at. */
WP_MUST_CHECK enum wp_err NN(net_create)(struct NN(net) **net, const struct wp_nn_graph *graph,
	const struct wp_nn_context *context);
void NN(net_free)(struct NN(net) *net); /* may be NULL */

/* Training: the loss of a batch under parameters theta, with dropout and the output's way
 * to train, and its gradient, added to *gradient. */
WP_MUST_CHECK enum wp_err NN(net_train)(struct NN(net) *net, const real *theta,
	const struct NN(batch) *batch, struct NN(gradient) *gradient,
	struct wp_nn_score *score);

/* Evaluation: no dropout, full softmax.  outputs, if not NULL, takes the logarithms of the
 * class probabilities, or the numbers (regress): (rows, outputs), or (sequences, outputs) for
 * classify and regress at the end.  score may be NULL. */
WP_MUST_CHECK enum wp_err NN(net_predict)(struct NN(net) *net, const real *theta,
	const struct NN(batch) *batch, real *outputs, struct wp_nn_score *score);

/* Of an output at each step: the outputs after the last step of the batch alone, (active[steps
 * - 1], outputs).  For decoding. */
WP_MUST_CHECK enum wp_err NN(net_predict_last)(
	struct NN(net) *net, const real *theta, const struct NN(batch) *batch, real *outputs);

/* From now on carried states are those of `count` sequences, of which sequence i continues what
 * sequence from[i] was.  Of pairs, those of the targets. */
WP_MUST_CHECK enum wp_err NN(net_choose)(struct NN(net) *net, const int *from, int count);

/* What layer `node`, which has heads, gave the steps of a row's source as weights, for a head;
 * borrowed until the next batch. */
const real *NN(net_attention)(const struct NN(net) *net, size_t node, size_t row, size_t head);

/* The `count` best sequences of classes of the batch on which net_predict has just run, best
 * (count, rows), and, unless it is NULL, the logarithms of their probabilities (count,
 * sequences), -INFINITY where there are fewer; for outputs that have some (type->decodes). */
WP_MUST_CHECK enum wp_err NN(net_decode)(struct NN(net) *net, const real *theta,
	const struct NN(batch) *batch, size_t count, int32_t *best, double *logprob);

/* What node number `node` of the graph made of the last batch; borrowed until the next. */
const struct NN(value) *NN(net_value)(const struct NN(net) *net, size_t node);

/* Evaluation from there on: x (rows, its width) instead of what node `node` makes, of rows that
 * are sequences of one step; outputs as of net_predict.  Later nodes read none before it. */
WP_MUST_CHECK enum wp_err NN(net_predict_from)(struct NN(net) *net, const real *theta,
	size_t node, const real *x, size_t rows, real *outputs);

/* What the output read of the last batch; borrowed until the next. */
const struct NN(value) *NN(net_top)(const struct NN(net) *net);

/* What the last batch left behind in recurrent layer `layer`, from 0, in a direction (0
 * forward, 1 backward), borrowed until the next; d_state after net_train and net_backpropagate.
 */
struct NN(activity) NN(net_activity)(const struct NN(net) *net, size_t layer, int direction);

/* Backpropagate `d`, given as the derivative by what recurrent layer `layer` made, from there
 * down, after net_predict: fills d_state of the activities.  For measuring Jacobians. */
WP_MUST_CHECK enum wp_err NN(net_backpropagate)(struct NN(net) *net, const real *theta,
	const struct NN(batch) *batch, size_t layer, const real *d);

/* The carried states, as one array of net_state_size(net, sequences) reals, to save and to set:
 * for each layer h, and c where there is one, each (sequences, H); of pairs, those of the
 * targets.  Only one-directional
 * networks carry states. */
size_t NN(net_state_size)(const struct NN(net) *net, int sequences);
WP_MUST_CHECK enum wp_err NN(net_get_state)(
	const struct NN(net) *net, int sequences, real *state);
WP_MUST_CHECK enum wp_err NN(net_set_state)(
	struct NN(net) *net, int sequences, const real *state);

#endif
