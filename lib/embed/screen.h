/* Rows in eight bits, beside a search for the nearest ones: what may be near a query is found
 *four times as fast by them, and nothing that is near is missed.  (Internal.)
 *
 * Let x be a row and y a query, x' and y' what their codes stand for.  Then
 *
 *	|xy - x'y'| <= |x - x'| |y| + |x'| |y - y'| <= |x| |y| (a + (1 + a) b)
 *
 * with a = |x - x'| / |x| and b = |y - y'| / |y|, which are known: about 0.007 each with a
 *hundred columns.  So a row whose x'y' lies further than that below the k-th best product is
 *none of the k best.  The others are compared exactly.
 */
#ifndef WP_EMBED_SCREEN_H
#define WP_EMBED_SCREEN_H

#include "embed/screen_kernel.h"
#include "base/error.h"

/* The most that wp_rows multiplies a row with to give it length 1: rows that this is too little
 * for are too faint for rough comparisons. */
#define WP_MOST_SCALE 1e36

struct wp_screen {
	const struct wp_screen_kernels *kernels;
	size_t tiles, groups;
	uint8_t *code; /* (tiles, groups, WP_SCREEN_TILE, WP_SCREEN_GROUP) */
	float *scale;  /* (tiles * WP_SCREEN_TILE): the step of a row; of its unit vector where
			* cosines are compared */
	float *error;  /* likewise: |x| (a + SHARE), see screen.c; NAN beyond the rows */
};

/* Of rows (count, dim) with the scales of wp_rows, which may be NULL.  *screen is NULL where
 * the machine has no kernels, or where there are too many columns.  The rows are finite. */
WP_MUST_CHECK enum wp_err wp_screen_create(struct wp_screen **screen, const float *vector,
	size_t count, size_t dim, const float *scale, int threads);
void wp_screen_free(struct wp_screen *screen);

/* Encode a query (dim) of length `length`; code has room for screen->groups * WP_SCREEN_GROUP.
 */
void wp_screen_encode(const struct wp_screen *screen, const float *query, size_t dim,
	double length, int8_t *code, struct wp_screen_query *to);

/* From now on only rows are of use whose product with the query may be `least`. */
void wp_screen_expect(struct wp_screen_query *query, double length, double least);

#endif
