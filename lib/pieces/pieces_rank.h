/* Merges by the rank of what they make.  (Internal.) */
#ifndef WP_PIECES_RANK_H
#define WP_PIECES_RANK_H

#include "pieces/pieces.h"

/* Set the merges of a model of sentencepiece: all ways to make each of n pieces out of two
 * others. Piece k in the order of ranks is order[k], or first + k where order is NULL. */
WP_MUST_CHECK enum wp_err wp_pieces_rank(
	struct wp_pieces *pieces, const int32_t *order, size_t first, size_t n);

#endif
