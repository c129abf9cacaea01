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
	const struct wp_nn_cells *cells = &batch->cells;
	double *theta64 = NULL, *values = NULL, *targets = NULL;
	enum wp_err err;
	if ((err = to_double(&theta64, theta, graph->params.size)) ||
		(err = cells->start ? to_double(&values, cells->value, cells->start[rows])
				    : to_double(&values, batch->values,
					      rows * graph->input[0].shape.width)) ||
		(err = to_double(&targets, batch->targets, target_rows * out->outputs)))
		goto out;
	struct wp_nn_check_case which = {
		.graph = graph,
		.context = context,
		.theta = theta64,
		.steps = batch->steps,
		.sequences = batch->sequences,
		.active = batch->active,
		.begin = batch->begin,
		.ids = batch->ids,
		.classes = batch->classes,
		.values = values,
		.start = cells->start,
		.col = cells->col,
		.targets = targets,
		.continues = batch->continues,
		.number = batch->number,
		.compared = compared,
	};
	err = wp_nn_check_case(check, &which);
out:
	free(theta64);
	free(values);
	free(targets);
	return err;
}
