/* Finished word vectors, changed: joined, weighed, centred, projected, turned, sorted into
 * clusters.
 *
 * All work on struct wp_points (embed/points.h) in place, one thread unless said.  Where
 * nothing else is said, WP_ENOMEM is the only failure, and the points are then as they were.
 */
#ifndef WP_EMBED_SHAPE_H
#define WP_EMBED_SHAPE_H

#include "embed/points.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_joining {
	WP_JOIN_CONCAT, /* the vectors of a word one behind the other */
	WP_JOIN_AVERAGE /* their mean: they must have the same length */
};

/* Join n sets of vectors by word.  The words are those that all sets have, or with `all` those
 * that any has, with zeros (to the mean, nothing) for the others; in the order of the first
 * set, then of the next.  Counts are those of the first set that knows the word and has any.
 * weight (n) multiplies the vectors of each set.  WP_EMISMATCH where a set has no words, where
 * no word is left, or where lengths differ that must not.  joined needs no fini on failure. */
WP_MUST_CHECK enum wp_err wp_points_join(struct wp_points *joined, const struct wp_points *set,
	size_t n, const double *weight, enum wp_joining how, bool all);

/* vector += share * beside; both of length 1 first where `unit` is set. */
void wp_points_add_beside(struct wp_points *points, double share, bool unit);

/* Take the mean of all rows from each. */
void wp_points_centre(struct wp_points *points);

/* Replace the vectors, once centred, by their first k principal components; or remove the first
 * k from them (Mu & Viswanath 2018, "All-but-the-Top").  power: each component is multiplied by
 * its standard deviation to that power (0: nothing).  WP_EMISMATCH where there are fewer. */
WP_MUST_CHECK enum wp_err wp_points_project(struct wp_points *points, size_t k, double power);
WP_MUST_CHECK enum wp_err wp_points_remove_top(struct wp_points *points, size_t k);

/* Turn the vectors, by the orthogonal matrix that brings those of given words closest to those
 * of their partners in `target` (Schonemann 1966; Xing et al. 2015; Conneau et al. 2018): pairs
 * (n) are rows here and there.  WP_EMISMATCH where lengths differ or there are no pairs. */
struct wp_pair_of_rows {
	size_t here, there;
};
WP_MUST_CHECK enum wp_err wp_points_align(struct wp_points *points,
	const struct wp_points *target, const struct wp_pair_of_rows *pair, size_t n);

/* Keep the rows whose flag is set. */
void wp_points_keep(struct wp_points *points, const bool *keep);

/* k-means by cosine (Lloyd 1982, with the start of Arthur & Vassilvitskii 2007; Dhillon & Modha
 * 2001), at most `iterations`: cluster[i] is 0 .. k - 1, sorted so that larger clusters come
 * first. The same for any number of threads.  WP_EMISMATCH where there are fewer rows than
 * clusters. */
WP_MUST_CHECK enum wp_err wp_points_cluster(const struct wp_points *points, size_t k,
	int iterations, uint64_t seed, int threads, int32_t *cluster);

#ifdef __cplusplus
}
#endif
#endif
