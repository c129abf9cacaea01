#include "nn/train/average.h"

#include <stddef.h>

#include "nn/core/config.h"

static double equal(const struct wp_nn_average_config *c, uint64_t count)
{
	(void)c;
	return 1 / ((double)count + 1);
}

static double fading(const struct wp_nn_average_config *c, uint64_t count)
{
	double weight = equal(c, count);
	return weight > 1 - c->decay ? weight : 1 - c->decay;
}

const struct wp_nn_average_type wp_nn_averages[] = {
	[WP_NN_NO_AVERAGE] = {.name = "none", .help = "the last parameters"},
	[WP_NN_AVERAGE_STEPS] = {.name = "steps",
		.help = "the mean of those after each step",
		.weight = equal},
	[WP_NN_AVERAGE_EPOCHS] = {.name = "epochs",
		.help = "the mean of those at the end of each epoch",
		.epochs = true,
		.weight = equal},
	[WP_NN_AVERAGE_DECAY] = {.name = "decay",
		.help = "a mean in which those of earlier steps fade",
		.decay = true,
		.weight = fading},
	{.name = NULL},
};

enum wp_err wp_nn_average_check(const struct wp_nn_average_config *c)
{
	if ((unsigned)c->how > WP_NN_AVERAGE_DECAY)
		return wp_fail(WP_EINVAL, "no such average");
	if (!(c->after >= 0 || c->after == WP_NN_UNSET) || c->patience < 0)
		return wp_fail(WP_EINVAL, "average after %g epochs, patience %d: below 0",
			c->after, c->patience);
	if (!(c->decay >= 0 && c->decay < 1))
		return wp_fail(WP_EINVAL,
			"decay of the average %g: out of range (0 to below 1)", c->decay);
	return WP_OK;
}

void wp_nn_average_add(const struct wp_nn_average_config *config, float *mean,
	const float *theta, size_t n, uint64_t count)
{
	float weight = (float)wp_nn_averages[config->how].weight(config, count);
	for (size_t i = 0; i < n; i++)
		mean[i] += weight * (theta[i] - mean[i]);
}
