/* The rows of an embedding that are nearest to given vectors, or that complete analogies.
 *
 * All queries are answered together, as matrix products of the query vectors with blocks of the
 * embedding's rows, so that thousands of queries cost little more than reading the embedding.
 * The embedding is used where it lies; nothing of it is copied.
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
	float *scale; /* (count): what a row is multiplied with; NULL: all 1. For cosine,
		       * 1 / length, and 0 for a row of zeros */
};

/* View the first count rows of an embedding; vector must stay alive as long.  WP_ECORRUPT where
 * a row has a number that is not finite, WP_EINVAL for more than INT32_MAX rows or columns. */
WP_MUST_CHECK enum wp_err wp_rows_init(struct wp_rows *rows, const float *vector, size_t count,
	size_t dim, enum wp_similarity similarity);
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

/* "a is to b as c is to what?", in rows. */
struct wp_analogy {
	int32_t a, b, c;
};

/* With cosines and vectors of length 1: */
enum wp_analogy_method {
	WP_3COSADD, /* cos(x, b) - cos(x, a) + cos(x, c) (Mikolov et al. 2013)            */
	WP_3COSMUL  /* cos(x, b) cos(x, c) / (cos(x, a) + 0.001), each cosine moved to 0 .. 1
		     * by (1 + cos) / 2 (Levy & Goldberg 2014) */
};

/* The k best rows x for each of n analogies, a, b and c themselves excepted.  word[r] says
 * which word row r belongs to: all rows of the words of a, b and c are excepted.  word may be
 * NULL: each row is a word.  rows must have been prepared for cosine.  match is (n, k). */
WP_MUST_CHECK enum wp_err wp_analogies(const struct wp_rows *rows,
	const struct wp_analogy *question, size_t n, enum wp_analogy_method method,
	const int32_t *word, size_t k, int threads, struct wp_match *match);

#ifdef __cplusplus
}
#endif
#endif
