/* All of this file is in double precision. */
#define WP_NN_F64

#include "nn/train/double_net.h"

#include <stdlib.h>

#include "base/memory.h"
#include "nn/net/net.h"

struct wp_nn_double_net {
	const struct wp_nn_graph *graph;
	struct wp_nn_context context;
	struct wp_nn64_net **net; /* (nets) */
	int nets;
	struct wp_nn64_gradient *gradient;
	struct wp_nn_widened *widened; /* a batch */
};

enum wp_err wp_nn_double_net_create(struct wp_nn_double_net **net,
	const struct wp_nn_graph *graph, const struct wp_nn_context *context, int nets)
{
	struct wp_nn_double_net *d;
	enum wp_err err = wp_alloc(&d, 1, sizeof *d, "network");
	*net = NULL;
	if (err)
		return err;
	d->graph = graph;
	d->context = *context;
	err = wp_alloc(&d->net, (size_t)nets, sizeof *d->net, "network");
	while (!err && d->nets < nets) {
		err = wp_nn64_net_create(&d->net[d->nets], graph, &d->context);
		d->nets += !err;
	}
	if (!err)
		err = wp_nn64_gradient_create(&d->gradient, &graph->params);
	if (err) {
		wp_nn_double_net_free(d);
		return err;
	}
	*net = d;
	return WP_OK;
}

void wp_nn_double_net_free(struct wp_nn_double_net *d)
{
	if (!d)
		return;
	for (int i = 0; i < d->nets; i++)
		wp_nn64_net_free(d->net[i]);
	wp_nn64_gradient_free(d->gradient);
	wp_nn_widened_free(d->widened);
	free(d->net);
	free(d);
}

const double *wp_nn_double_gradient(const struct wp_nn_double_net *d)
{
	return d->gradient->value;
}

void wp_nn_double_clear(struct wp_nn_double_net *d)
{
	wp_nn64_gradient_clear(d->gradient);
}

enum wp_err wp_nn_double_train(struct wp_nn_double_net *d, int shard, const double *theta,
	const struct wp_nn_double_batch *batch, struct wp_nn_score *score)
{
	struct wp_nn64_batch b;
	enum wp_err err = wp_nn_widen(&d->widened, d->graph, batch, &b);
	return err ? err : wp_nn64_net_train(d->net[shard], theta, &b, d->gradient, score);
}

enum wp_err wp_nn_double_top(struct wp_nn_double_net *d, int shard, const double *theta,
	const struct wp_nn_double_batch *batch, const double **x, const double **y,
	size_t *rows)
{
	struct wp_nn64_batch b;
	enum wp_err err = wp_nn_widen(&d->widened, d->graph, batch, &b);
	if (!err)
		err = wp_nn64_net_predict(d->net[shard], theta, &b, NULL, NULL);
	if (err)
		return err;
	const struct wp_nn64_value *top = wp_nn64_net_top(d->net[shard]);
	*x = top->x;
	*y = b.targets;
	*rows = top->rows;
	return WP_OK;
}
