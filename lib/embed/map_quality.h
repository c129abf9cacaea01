/* How faithful a map is to the vectors that it was made from. */
#ifndef WP_EMBED_MAP_QUALITY_H
#define WP_EMBED_MAP_QUALITY_H

#include <stddef.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_map_quality {
	/* 1 - 2 / (n k (2n - 3k - 1)) times the sum over all points i, and those of their k
	 * nearest on the map that are not among the k nearest of the vectors, of rank - k: how
	 * far down the list of neighbours of i they are.  1: no false neighbours.  (Venna &
	 * Kaski 2001.) */
	double trustworthiness;
	/* The share of the 10, and of the 30, nearest vectors that are among the 10, or 30,
	 * nearest on the map. */
	double kept_10, kept_30;
};

/* Compare map (count, 2) with vector (count, dim), both by Euclidean distance; k neighbours for
 * the trustworthiness.  Time: count^2 dim.  WP_EINVAL for fewer than 32 points, or for a k that
 * is not below half of them. */
WP_MUST_CHECK enum wp_err wp_map_judge(struct wp_map_quality *quality, const float *vector,
	size_t count, size_t dim, const float *map, size_t k, int threads);

#ifdef __cplusplus
}
#endif
#endif
