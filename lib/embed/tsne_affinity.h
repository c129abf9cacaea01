/* The similarities p_ij of t-SNE, of near neighbours only.  (Internal.) */
#ifndef WP_EMBED_TSNE_AFFINITY_H
#define WP_EMBED_TSNE_AFFINITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A symmetric sparse matrix: row i has columns col[start[i]] .. col[start[i + 1] - 1],
 * ascending. All values together are 1. */
struct wp_affinity {
	size_t count;
	size_t *start; /* (count + 1) */
	int32_t *col;
	float *p;
};

/* The neighbours of each row of vector (count, dim), nearest first: neighbour (count, k), and
 * their squared distances.  Equal distances: the lower row first.  Both arrays are the
 * caller's. */
WP_MUST_CHECK enum wp_err wp_find_neighbours(const float *vector, size_t count, size_t dim,
	size_t k, int threads, int32_t *neighbour, float *distance);

WP_MUST_CHECK enum wp_err wp_affinity_init(struct wp_affinity *affinity, const float *vector,
	size_t count, size_t dim, double perplexity, int threads);
void wp_affinity_fini(struct wp_affinity *affinity);

#endif
