/* A network in double precision, for methods that want a loss and its gradient to more digits
 * than training step by step does.  (Internal.) */
#ifndef WP_NN_DOUBLE_NET_H
#define WP_NN_DOUBLE_NET_H

#include "nn/core/context.h"
#include "nn/net/graph.h"
#include "nn/train/double_batch.h"

struct wp_nn_double_net;

/* `nets` of them, which carry states for as many shards; graph and context are borrowed. */
WP_MUST_CHECK enum wp_err wp_nn_double_net_create(struct wp_nn_double_net **net,
	const struct wp_nn_graph *graph, const struct wp_nn_context *context, int nets);
void wp_nn_double_net_free(struct wp_nn_double_net *net); /* may be NULL */

/* Where gradients are added up: (params.size); and set it to zeros. */
const double *wp_nn_double_gradient(const struct wp_nn_double_net *net);
void wp_nn_double_clear(struct wp_nn_double_net *net);

/* The loss of a batch, by net number `shard`, added to *score, and its gradient, added. */
WP_MUST_CHECK enum wp_err wp_nn_double_train(struct wp_nn_double_net *net, int shard,
	const double *theta, const struct wp_nn_double_batch *batch, struct wp_nn_score *score);

/* What the output reads of a batch: *x (*rows, the output's width), and the batch's targets *y
 * (*rows, outputs), borrowed until the next call. */
WP_MUST_CHECK enum wp_err wp_nn_double_top(struct wp_nn_double_net *net, int shard,
	const double *theta, const struct wp_nn_double_batch *batch, const double **x,
	const double **y, size_t *rows);

#endif
