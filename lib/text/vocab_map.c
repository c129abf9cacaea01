#include "text/vocab_map.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/vocab.h"

enum wp_err wp_vocab_map_init(
	struct wp_vocab_map *map, const struct wp_strings *from, const struct wp_strings *to)
{
	struct wp_strings tokens = {0};
	struct wp_vocab vocab;
	enum wp_err err;
	*map = (struct wp_vocab_map){0};
	if ((err = wp_strings_add_all(&tokens, to))) {
		wp_strings_fini(&tokens);
		return err;
	}
	if ((err = wp_vocab_from_strings(&vocab, &tokens, NULL)))
		return err;
	err = wp_alloc(&map->id, from->count, sizeof *map->id, "vocabulary");
	for (size_t i = 0; !err && i < from->count; i++) {
		size_t length;
		const char *token = wp_strings_get(from, i, &length);
		map->id[i] = wp_vocab_find(&vocab, token, length);
		if (map->id[i] >= 0)
			continue;
		map->id[i] = vocab.unknown;
		if (map->unknown++ == 0)
			map->first = i;
	}
	wp_vocab_fini(&vocab);
	return err;
}

void wp_vocab_map_fini(struct wp_vocab_map *map)
{
	free(map->id);
	map->id = NULL;
}
