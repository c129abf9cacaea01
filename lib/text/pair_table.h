/* A hash table of candidates for phrases: two words and what stands between them.  (Internal.)
 */
#ifndef WP_TEXT_PAIR_TABLE_H
#define WP_TEXT_PAIR_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct wp_pair {
	int32_t a, b;   /* ids, not negative                             */
	uint32_t mid;   /* number of the connector words between; 0: none */
	uint32_t value; /* 0: the slot is free                           */
};

struct wp_pair_table {
	struct wp_pair *slot;
	size_t mask, used;
};

WP_MUST_CHECK enum wp_err wp_pair_table_init(struct wp_pair_table *table, size_t slots);
void wp_pair_table_fini(struct wp_pair_table *table);

/* All 64 bits are good. */
static inline uint64_t wp_pair_hash(int32_t a, uint32_t mid, int32_t b)
{
	uint64_t h = ((uint64_t)(uint32_t)a << 32 | (uint32_t)b) + mid * 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

/* The slot that the pair has, or would have: its value is 0, and the caller fills it and counts
 * it in `used`. */
static inline struct wp_pair *wp_pair_find(
	const struct wp_pair_table *t, uint64_t hash, int32_t a, uint32_t mid, int32_t b)
{
	size_t i = (size_t)hash & t->mask;
	while (t->slot[i].value &&
		(t->slot[i].a != a || t->slot[i].b != b || t->slot[i].mid != mid))
		i = (i + 1) & t->mask;
	return &t->slot[i];
}

/* Is it so full that it should grow? */
static inline int wp_pair_table_is_full(const struct wp_pair_table *t)
{
	return t->used > t->mask / 4 * 3;
}

/* Move all to a table of `slots` slots, those alone whose hash is below `end`. */
WP_MUST_CHECK enum wp_err wp_pair_table_rebuild(
	struct wp_pair_table *table, size_t slots, uint64_t end);

#endif
