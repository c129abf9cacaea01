/* Comparing two tensor streams: the work of ts-diff. */
#ifndef WP_STREAM_COMPARE_H
#define WP_STREAM_COMPARE_H

#include "stream/output.h"
#include "stream/tensor_set.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_compare {
	double relative, absolute; /* a and b are equal if |a - b| <= absolute + relative |b| */
	bool history; /* compare that, and what models say of their training, too */
	bool brief;   /* write nothing    */
};

/* Write a line for each tensor in which a and b differ: its name, what differs, and for numbers
 * how many elements, the largest difference, and the root of the mean squared difference over
 * that of b.  Two NaN are equal.  *same says whether there was no such line. */
WP_MUST_CHECK enum wp_err wp_compare(const struct wp_compare *how,
	const struct wp_tensor_set *a, const struct wp_tensor_set *b, struct wp_output *output,
	bool *same);

#ifdef __cplusplus
}
#endif
#endif
