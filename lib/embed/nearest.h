/* The rows of an embedding that are nearest to given vectors.
 *
 * All queries are answered together: every row is compared with all of them, first roughly,
 * then exactly where it may be among the nearest.  So the result is that of comparing all rows
 * in double precision, whatever the rough comparison is: products in single precision, or in
 * eight bits where wp_rows_screen has made codes for that.  The embedding is used where it
 * lies.
 *
 * Matches come in order: higher scores first, of equal scores the lower row first.  The result
 * does not depend on the number of threads.
 */
#ifndef WP_EMBED_NEAREST_H
#define WP_EMBED_NEAREST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_similarity {
	WP_COSINE, /* a row of zeros has cosine 0 with everything */
	WP_DOT     /* dot product: long rows score higher          */
};

/* What is searched. */
struct wp_rows {
	const float *vector; /* (count, dim), borrowed                                   */
	size_t count, dim;
	float *scale;    /* (count): what a row is multiplied with; NULL: all 1. For cosine,
			  * 1 / length, and 0 for a row of zeros */
	float longest;   /* the length of the longest row                          */
	double faintest; /* the largest of scale; INFINITY where that is no float */
	struct wp_screen *screen; /* internal */
};

/* View the first count rows of an embedding; vector must stay alive as long.  square is
 * that of the embedding, or NULL.  WP_ECORRUPT where a row has a number that is not finite,
 * WP_EINVAL for more than INT32_MAX rows or columns. */
WP_MUST_CHECK enum wp_err wp_rows_init(struct wp_rows *rows, const float *vector, size_t count,
	size_t dim, enum wp_similarity similarity, const float *square);

/* Make codes by which many queries are answered several times as fast: a quarter of the rows'
 * memory, and the time of some ten queries.  Does nothing where the machine has no quick
 * products of bytes. */
WP_MUST_CHECK enum wp_err wp_rows_screen(struct wp_rows *rows, int threads);

void wp_rows_fini(struct wp_rows *rows);

/* The similarity of two rows. */
float wp_rows_compare(const struct wp_rows *rows, size_t a, size_t b);

enum { WP_NO_ROW = -1 };

struct wp_match {
	int32_t row; /* WP_NO_ROW: there were fewer rows than matches asked for */
	float score;
};

/* The k best rows for each of n query vectors.  query is (n, dim); match is (n, k).  Row
 * exclude[i] is no answer to query i (WP_NO_ROW: all are); exclude may be NULL. */
WP_MUST_CHECK enum wp_err wp_nearest(const struct wp_rows *rows, const float *query, size_t n,
	const int32_t *exclude, size_t k, int threads, struct wp_match *match);

#ifdef __cplusplus
}
#endif
#endif
