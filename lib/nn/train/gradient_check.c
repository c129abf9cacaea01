#include "nn/train/gradient_check.h"

#include <stdlib.h>

#include "base/memory.h"

static enum wp_err to_double(double **to, const float *from, size_t count)
{
	enum wp_err err = from ? wp_alloc(to, count, sizeof **to, "gradient check") : WP_OK;
	for (size_t i = 0; from && !err && i < count; i++)
		(*to)[i] = (double)from[i];
	return err;
}

enum wp_err wp_nn_check_gradients(struct wp_nn_check *check, const struct wp_nn_graph *graph,
	const struct wp_nn_context *context, const float *theta,
	const struct wp_nn_batch *batch, void (*compared)(double share))
{
	const size_t rows = batch->begin[batch->steps];
	const struct wp_nn_node *out = wp_nn_graph_output(graph);
	const size_t target_rows = out->out.pooled ? (size_t)batch->sequences : rows;
	struct wp_nn_double_batch source,
		wide = wp_nn_double_batch_of(batch, target_rows, &source);
	double *theta64 = NULL;
	enum wp_err err = to_double(&theta64, theta, graph->params.size);
	if (err)
		return err;
	struct wp_nn_check_case which = {.graph = graph,
		.context = context,
		.theta = theta64,
		.batch = &wide,
		.compared = compared};
	err = wp_nn_check_case(check, &which);
	free(theta64);
	return err;
}
