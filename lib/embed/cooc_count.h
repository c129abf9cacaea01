/* Counting the words around each word of a piece of text, row by row.  (Internal.) */
#ifndef WP_EMBED_COOC_COUNT_H
#define WP_EMBED_COOC_COUNT_H

#include "embed/cooc_text.h"

/* Give the rows of a text, which has an index, to sink.  Threads work on some rows each, and
 * hand them on in their turn. */
WP_MUST_CHECK enum wp_err wp_cooc_count(const struct wp_cooc_text *text,
	const struct wp_cooc_config *config, wp_cooc_sink *sink, void *arg);

/* Bytes that each thread takes. */
size_t wp_cooc_count_bytes(const struct wp_cooc_config *config, size_t words);

/* How much a neighbour at distance d counts, in units. */
uint64_t wp_cooc_weight_at(const struct wp_cooc_config *config, int d);

#endif
