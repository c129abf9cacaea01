/* What counts are turned into before vectors are made of them. */
#ifndef WP_EMBED_WEIGHTING_H
#define WP_EMBED_WEIGHTING_H

#include "math/sparse.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_weighting_kind {
	WP_WEIGHT_RAW,  /* the numbers as they are; TF-IDF, for instance                  */
	WP_WEIGHT_LOG,  /* log(1 + x)                                                     */
	WP_WEIGHT_PPMI, /* max(0, log(p(row, col) / (p(row) p(col))) - log(shift))        */
};

/* Their names, ended by NULL. */
extern const char *const wp_weighting_names[];

/* Shift and smoothing are for PPMI only.  shift: a word counts with its context where both come
 * together more than so many times as often as by chance; the k of Levy & Goldberg 2014.
 * smooth: p(col) is in proportion to the column's sum to this power; 0.75 takes weight from
 * rare contexts (Levy et al. 2015), 1 is the plain definition. */
struct wp_weighting {
	enum wp_weighting_kind kind;
	double shift, smooth;
};

/* PPMI, no shift (1), no smoothing (1). */
void wp_weighting_default(struct wp_weighting *weighting);

/* WP_EINVAL, saying which, where a setting is out of range. */
WP_MUST_CHECK enum wp_err wp_weighting_check(const struct wp_weighting *weighting);

/* Weigh every cell of a in place.  Cells that become 0 are left out of the matrix.  A symmetric
 * matrix stays symmetric, but for smoothing.  WP_EMISMATCH, naming the cell, for infinities and
 * NaN, and for negative numbers where they have no logarithm; then a is of no use. */
WP_MUST_CHECK enum wp_err wp_weigh(struct wp_sparse *a, const struct wp_weighting *weighting);

#ifdef __cplusplus
}
#endif
#endif
