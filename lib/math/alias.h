/* The noise distribution of negative sampling, drawn from by the alias method.
 *
 * Walker 1977, Vose 1991: words equal slots, each holding at most two words, so that a draw
 * takes one random number and one look into a table of 8 bytes a word.
 */
#ifndef WP_MATH_ALIAS_H
#define WP_MATH_ALIAS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_alias_slot {
	uint32_t keep;  /* the slot is its own word with probability keep / 2^32 ... */
	uint32_t other; /* ... and this word otherwise                               */
};

struct wp_alias {
	struct wp_alias_slot *slots;
	uint32_t words;
};

/* P(word) proportional to counts[word] ^ power; words of count 0 are never drawn.  Fails with
 * WP_EINVAL where every count is 0. */
WP_MUST_CHECK enum wp_err wp_alias_init(
	struct wp_alias *noise, const int64_t *counts, size_t words, double power);

void wp_alias_fini(struct wp_alias *noise);

static inline uint32_t wp_alias_slot(const struct wp_alias *noise, uint64_t bits)
{
	return (uint32_t)(((bits >> 32) * noise->words) >> 32);
}

/* The word that 64 random bits stand for. */
static inline uint32_t wp_alias_word(const struct wp_alias *noise, uint64_t bits)
{
	uint32_t slot = wp_alias_slot(noise, bits);
	/* Which of both is a toss-up that no processor can guess: so without a branch. */
	uint32_t own = (uint32_t)0 - ((uint32_t)bits < noise->slots[slot].keep);
	return (slot & own) | (noise->slots[slot].other & ~own);
}

static inline uint32_t wp_alias_draw(const struct wp_alias *noise, struct wp_rng *rng)
{
	return wp_alias_word(noise, wp_rng_next(rng));
}

/* Draw n words.  bits has room for n numbers. */
void wp_alias_draw_many(const struct wp_alias *noise, struct wp_rng *rng, size_t n,
	uint64_t *bits, uint32_t *word);

#ifdef __cplusplus
}
#endif
#endif
