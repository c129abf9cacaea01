/* A hash table from numbers of 64 bits to two of 32.  (Internal.) */
#ifndef WP_PIECES_MAP_H
#define WP_PIECES_MAP_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

/* A key that is 0 marks a free slot. */
struct wp_pieces_slot {
	uint64_t key;
	int32_t a, b;
};

struct wp_pieces_map {
	struct wp_pieces_slot *slot;
	size_t mask, used;
};

static inline uint64_t wp_pieces_hash(uint64_t key)
{
	key *= 0x9e3779b97f4a7c15u;
	key ^= key >> 32;
	return key * 0xd6e8feb86659fd93u >> 20;
}

/* The slot that the key has, or would have. */
static inline struct wp_pieces_slot *wp_pieces_map_find(
	const struct wp_pieces_map *map, uint64_t key)
{
	size_t i = (size_t)wp_pieces_hash(key) & map->mask;
	while (map->slot[i].key && map->slot[i].key != key)
		i = (i + 1) & map->mask;
	return &map->slot[i];
}

/* Room for one key more: at most half of the slots are used.  Slots may move. */
WP_MUST_CHECK static inline enum wp_err wp_pieces_map_reserve(struct wp_pieces_map *map)
{
	if (map->slot && map->used < (map->mask + 1) / 2)
		return WP_OK;
	struct wp_pieces_map more = {.mask = map->slot ? 2 * map->mask + 1 : 255};
	enum wp_err err = wp_alloc(&more.slot, more.mask + 1, sizeof *more.slot, "pieces");
	if (err)
		return err;
	more.used = map->used;
	for (size_t i = 0; map->slot && i <= map->mask; i++)
		if (map->slot[i].key)
			*wp_pieces_map_find(&more, map->slot[i].key) = map->slot[i];
	free(map->slot);
	*map = more;
	return WP_OK;
}

/* Add a key that the map may have already: then the first value stays. */
WP_MUST_CHECK static inline enum wp_err wp_pieces_map_add(
	struct wp_pieces_map *map, uint64_t key, int32_t a, int32_t b)
{
	enum wp_err err = wp_pieces_map_reserve(map);
	if (err)
		return err;
	struct wp_pieces_slot *slot = wp_pieces_map_find(map, key);
	if (!slot->key) {
		*slot = (struct wp_pieces_slot){key, a, b};
		map->used++;
	}
	return WP_OK;
}

#endif
