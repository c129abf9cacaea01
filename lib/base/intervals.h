/* How sure scores are: intervals of 95 %, and the paired bootstrap for two scores of the same
 * items.
 */
#ifndef WP_BASE_INTERVALS_H
#define WP_BASE_INTERVALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_interval {
	double low, high; /* NaN where there is none */
};

/* Of a share of right answers among n: Wilson's score interval (1927). */
struct wp_interval wp_interval_of_share(size_t right, size_t n);

/* Of Spearman's rank correlation over n pairs: Fisher's z with the standard error
 * sqrt((1 + rho^2 / 2) / (n - 3)) of Bonett & Wright (2000).  None for n below 4. */
struct wp_interval wp_interval_of_spearman(double rho, size_t n);

/* Two scores of the same n items, a and b, and their difference a - b over samples of the items
 * with replacement (Efron & Tibshirani 1993): the interval is that of its percentiles, and p,
 * two- sided, is twice the smaller share of samples in which the difference is not above, or
 * not below, 0, where a sample with a difference of 0 counts on both sides. */
struct wp_comparison {
	double a, b, difference;
	struct wp_interval interval;
	double p;
};

/* What the differences of samples, a score of a less one of b, come to: c->a and c->b are
 * given. The samples are sorted; those that are NaN, for want of different values, are left
 * out. */
void wp_comparison_conclude(struct wp_comparison *comparison, double *difference, int samples);

/* The middle 95 % of the scores of samples, which are sorted; NaN is left out. */
struct wp_interval wp_interval_of_samples(double *score, int samples);

/* Scores are shares of right answers: 1 or 0 for each item. */
WP_MUST_CHECK enum wp_err wp_compare_shares(struct wp_comparison *comparison,
	const unsigned char *a, const unsigned char *b, size_t n, int samples, uint64_t seed);

/* Scores are Spearman's rank correlations of a and b with `truth`. */
WP_MUST_CHECK enum wp_err wp_compare_spearman(struct wp_comparison *comparison,
	const double *truth, const double *a, const double *b, size_t n, int samples,
	uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
