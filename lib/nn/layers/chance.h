/* Random numbers of a node and a batch: they follow from the seed, the batch's number and the
 * node's place alone.  (Internal.) */
#ifndef WP_NN_CHANCE_H
#define WP_NN_CHANCE_H

#include "base/random.h"
#include "nn/layers/dropout.h"

/* What they are for: streams of their own. */
#define WP_NN_CHANCE_NOISE 0x6e6f697365732e21u
#define WP_NN_CHANCE_CODE  0x636f64652e2e2e21u

static inline struct wp_rng wp_nn_chance_of(
	const struct wp_nn_chance *chance, int place, uint64_t use)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, chance->seed ^ use, chance->batch * WP_NN_PLACES + (uint64_t)place);
	return rng;
}

#endif
