/* Does a loss fall, as it should, or rise?
 *
 * What training reports is gathered into ten parts of the whole; noise within them averages
 * out. A loss that ends well above what it has been, or that was never below that of chance,
 * says that the learning rate is too large.
 */
#ifndef WP_BASE_TREND_H
#define WP_BASE_TREND_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A zeroed struct is a beginning. */
struct wp_trend {
	double loss, weight;             /* totals where the current part began */
	int part, parts;                 /* the current one; those that are complete */
	double first, least, most, last; /* mean losses of the complete ones */
};

/* share: of the training that is done, 0 to 1.  loss, weight: the sum of the losses so far, and
 * of the examples that they are sums of. */
void wp_trend_add(struct wp_trend *trend, double share, double loss, double weight);

/* Has it risen by more than a tenth above the least, or on the way to more than twice the
 * first? Not where it is next to nothing: below a hundredth of the first part's. */
bool wp_trend_rises(const struct wp_trend *trend);

#ifdef __cplusplus
}
#endif
#endif
