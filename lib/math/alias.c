#include "math/alias.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* share[word] = its probability times the number of words, so that 1 is a full slot. */
static enum wp_err shares(double *share, const int64_t *counts, size_t words, double power)
{
	double sum = 0;
	for (size_t i = 0; i < words; i++) {
		share[i] = counts[i] > 0 ? pow((double)counts[i], power) : 0;
		sum += share[i];
	}
	if (!(sum > 0) || isinf(sum))
		return wp_fail(WP_EINVAL, "counts: no word to draw as noise");
	for (size_t i = 0; i < words; i++)
		share[i] *= (double)words / sum;
	return WP_OK;
}

/* Fill slot after slot: a word that leaves room in its slot is topped up from one that has
 * more than a slot's worth.  Both kinds wait on stacks that share one array, the small ones
 * growing up from its start and the large ones down from its end. */
static void fill_slots(
	struct wp_alias_slot *slots, double *share, uint32_t *stack, size_t words)
{
	size_t small = 0, large = words;
	for (size_t i = 0; i < words; i++)
		stack[share[i] < 1 ? small++ : --large] = (uint32_t)i;
	while (small > 0 && large < words) {
		uint32_t lesser = stack[--small], greater = stack[large];
		slots[lesser].keep = (uint32_t)(share[lesser] * 0x1p32);
		slots[lesser].other = greater;
		share[greater] -= 1 - share[lesser];
		if (share[greater] < 1) {
			large++;
			stack[small++] = greater;
		}
	}
	/* What is left is full but for rounding. */
	while (small > 0 || large < words) {
		uint32_t word = small > 0 ? stack[--small] : stack[large++];
		slots[word].keep = UINT32_MAX;
		slots[word].other = word;
	}
}

enum wp_err wp_alias_init(
	struct wp_alias *noise, const int64_t *counts, size_t words, double power)
{
	*noise = (struct wp_alias){0};
	double *share = NULL;
	uint32_t *stack = NULL;
	enum wp_err err = WP_OK;
	if (words > UINT32_MAX)
		return wp_fail(WP_EINVAL, "counts: %zu words are too many", words);
	if ((err = wp_alloc(&share, words, sizeof *share, "noise distribution")) ||
		(err = wp_alloc(&stack, words, sizeof *stack, "noise distribution")) ||
		(err = wp_alloc(
			 &noise->slots, words, sizeof *noise->slots, "noise distribution")))
		goto out;
	noise->words = (uint32_t)words;
	if ((err = shares(share, counts, words, power)) == WP_OK)
		fill_slots(noise->slots, share, stack, words);
out:
	if (err)
		wp_alias_fini(noise);
	free(share);
	free(stack);
	return err;
}

void wp_alias_fini(struct wp_alias *noise)
{
	free(noise->slots);
	*noise = (struct wp_alias){0};
}

/* Slots lie anywhere in a table that may be larger than the cache: so all are asked for first.
 */
void wp_alias_draw_many(const struct wp_alias *noise, struct wp_rng *rng, size_t n,
	uint64_t *bits, uint32_t *word)
{
	for (size_t i = 0; i < n; i++) {
		bits[i] = wp_rng_next(rng);
		__builtin_prefetch(&noise->slots[wp_alias_slot(noise, bits[i])]);
	}
	for (size_t i = 0; i < n; i++)
		word[i] = wp_alias_word(noise, bits[i]);
}
