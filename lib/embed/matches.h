/* Lists of the best matches so far, and rough comparisons of blocks of rows.  (Internal.) */
#ifndef WP_EMBED_MATCHES_H
#define WP_EMBED_MATCHES_H

#include <stdbool.h>

#include "embed/nearest.h"
#include "embed/row.h"

enum { WP_MAX_QUERIES = 1024 }; /* vectors in one product */

static inline wp_lanes wp_larger(wp_lanes a, wp_lanes b)
{
	wp_int_lanes take = a > b;
	return (wp_lanes)(((wp_int_lanes)a & take) | ((wp_int_lanes)b & ~take));
}

static inline float wp_largest(wp_lanes v)
{
	float best = v[0];
	for (int l = 1; l < WP_LANES; l++)
		best = v[l] > best ? v[l] : best;
	return best;
}

/* How many rows a product with so many queries takes at a time, a multiple of WP_LANES. */
size_t wp_block_rows(size_t queries);

/* The similarities of n rows from `first` on to each of the queries (queries, dim), in single
 * precision, in lines of `block` floats; for cosine the queries have length 1. */
void wp_compare_block(const struct wp_rows *rows, const float *query, size_t queries,
	size_t first, size_t n, float *product, size_t block);

static inline bool wp_is_better(struct wp_match a, struct wp_match b)
{
	if (b.row == WP_NO_ROW || a.score != b.score)
		return b.row == WP_NO_ROW || a.score > b.score;
	return a.row < b.row;
}

/* Put a match into the ordered list best[0 .. k-1]; what falls off its end is dropped. */
static inline void wp_match_insert(struct wp_match *best, size_t k, struct wp_match match)
{
	size_t i = k;
	if (!wp_is_better(match, best[k - 1]))
		return;
	while (--i > 0 && wp_is_better(match, best[i - 1]))
		best[i] = best[i - 1];
	best[i] = match;
}

/* Lists of `lists` numbers of matches from several threads, one behind the other: join them in
 * the first. */
static inline void wp_matches_join(struct wp_match *match, size_t lists, size_t k, int threads)
{
	for (size_t i = lists; i < lists * (size_t)threads; i++)
		if (match[i].row != WP_NO_ROW)
			wp_match_insert(match + i % lists / k * k, k, match[i]);
}

#endif
