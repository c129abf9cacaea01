/* From the ids of one vocabulary to those of another, by the tokens that they stand for: a
 * stream made with its own vocabulary is read by a model of another text. */
#ifndef WP_TEXT_VOCAB_MAP_H
#define WP_TEXT_VOCAB_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_vocab_map {
	int32_t *id; /* by id in `from`: the id in `to`, that of UNKNOWN_TOKEN where `to` lacks
		      * the token, or -1 where it lacks that as well                     */
	size_t unknown; /* how many `to` lacks                                              */
	size_t first;   /* the first of them, for messages                                  */
};

WP_MUST_CHECK enum wp_err wp_vocab_map_init(
	struct wp_vocab_map *map, const struct wp_strings *from, const struct wp_strings *to);
void wp_vocab_map_fini(struct wp_vocab_map *map);

#ifdef __cplusplus
}
#endif
#endif
