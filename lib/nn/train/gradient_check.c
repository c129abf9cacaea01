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

enum wp_err wp_nn_check_gradients(struct wp_nn_check *check, const struct wp_nn_config *config,
	const struct wp_nn_params *params, const struct wp_nn_context *context,
	const float *theta, const struct wp_nn_batch *batch)
{
	const size_t rows = batch->begin[batch->steps];
	const size_t target_rows = config->each_step ? rows : (size_t)batch->sequences;
	double *theta64 = NULL, *values = NULL, *targets = NULL;
	enum wp_err err;
	if ((err = to_double(&theta64, theta, params->size)) ||
		(err = to_double(&values, batch->values, rows * config->inputs)) ||
		(err = to_double(&targets, batch->targets, target_rows * config->outputs)))
		goto out;
	struct wp_nn_check_case which = {
		.config = config,
		.params = params,
		.context = context,
		.theta = theta64,
		.steps = batch->steps,
		.sequences = batch->sequences,
		.active = batch->active,
		.begin = batch->begin,
		.ids = batch->ids,
		.classes = batch->classes,
		.values = values,
		.targets = targets,
		.continues = batch->continues,
		.number = batch->number,
	};
	err = wp_nn_check_case(check, &which);
out:
	free(theta64);
	free(values);
	free(targets);
	return err;
}
