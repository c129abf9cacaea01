#include "text/pair_table.h"

#include <stdlib.h>

#include "base/memory.h"

enum wp_err wp_pair_table_init(struct wp_pair_table *t, size_t slots)
{
	*t = (struct wp_pair_table){.mask = slots - 1};
	return wp_table_alloc(&t->slot, slots * sizeof *t->slot, "candidates");
}

void wp_pair_table_fini(struct wp_pair_table *t)
{
	free(t->slot);
	*t = (struct wp_pair_table){0};
}

enum wp_err wp_pair_table_rebuild(struct wp_pair_table *t, size_t slots, uint64_t end)
{
	struct wp_pair_table to;
	enum wp_err err = wp_pair_table_init(&to, slots);
	if (err)
		return err;
	for (size_t i = 0; i <= t->mask; i++) {
		const struct wp_pair *p = &t->slot[i];
		if (!p->value)
			continue;
		uint64_t hash = wp_pair_hash(p->a, p->mid, p->b);
		if (hash >= end)
			continue;
		*wp_pair_find(&to, hash, p->a, p->mid, p->b) = *p;
		to.used++;
	}
	wp_pair_table_fini(t);
	*t = to;
	return WP_OK;
}
