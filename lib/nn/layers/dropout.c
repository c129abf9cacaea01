#include "nn/layers/dropout.h"

#include "base/random.h"

/* Place WP_NN_PLACES - 1 is for words. */
static struct wp_rng generator(const struct wp_nn_chance *chance, int place)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, chance->seed ^ 0x64726f706f757421, /* not the lanes of sampling */
		chance->batch * WP_NN_PLACES + (uint64_t)place);
	return rng;
}

void NN(dropout_mask)(
	real *mask, size_t n, double share, const struct wp_nn_chance *chance, int place)
{
	enum { ALL = 1 << 16 };
	struct wp_rng rng = generator(chance, place);
	uint32_t dropped = (uint32_t)(share * ALL + 0.5);
	if (dropped >= ALL)
		dropped = ALL - 1;
	const real kept = (real)ALL / (real)(ALL - dropped);
	for (size_t i = 0; i < n;) {
		uint64_t bits = wp_rng_next(&rng);
		for (int k = 0; k < 4 && i < n; k++, i++, bits >>= 16)
			mask[i] = (bits & (ALL - 1)) < dropped ? 0 : kept;
	}
}

void NN(drop_words)(int32_t *words, size_t rows, const int64_t *counts, size_t known, double a,
	int32_t unknown, const struct wp_nn_chance *chance)
{
	struct wp_rng rng = generator(chance, WP_NN_PLACES - 1);
	for (size_t r = 0; r < rows; r++) {
		double x = wp_rng_double(&rng);
		if (words[r] < 0 || (size_t)words[r] >= known)
			continue;
		if (x * (a + (double)counts[words[r]]) < a)
			words[r] = unknown;
	}
}
