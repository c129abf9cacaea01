/* Products of many rows and many queries in whole numbers of eight bits, to find the rows that
 * may be near.  (Internal.)
 *
 * Rows are kept in tiles of WP_SCREEN_TILE.  In a tile, each group of four columns takes four
 * bytes of every row, the rows side by side: (groups, WP_SCREEN_TILE, 4).  A number x of a row
 * is stored as the byte round(x / step) + offset, where step is the row's own, so that the
 * bytes lie between offset - levels and offset + levels; a number of a query as a signed byte,
 * without an offset. The columns are filled up to whole groups by zeros.  Where the processor
 * has no quick products of bytes there are no kernels.  Variants for instruction sets are one
 * template (screen_kernel_template.h).
 */
#ifndef WP_EMBED_SCREEN_KERNEL_H
#define WP_EMBED_SCREEN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

enum {
	WP_SCREEN_TILE = 64,       /* rows                       */
	WP_SCREEN_GROUP = 4,       /* columns                    */
	WP_SCREEN_LEVELS = 127,    /* of the numbers of a query  */
	WP_SCREEN_WIDEST = 1 << 16 /* columns, so that sums fit into 32 bits */
};

struct wp_screen_query {
	const int8_t *code; /* (groups, 4)                                  */
	int32_t start;      /* - offset * the sum of code                   */
	float spread;       /* what the errors of rows are multiplied with  */
	float least;        /* that is to be reached                        */
	double step;        /* of code, where the query's length is 1       */
};

struct wp_screen_kernels {
	int levels, offset; /* of rows */

	/* Bit r of hit[i] is set where row r of the tile may be near query i, that is, where
	 *
	 *	scale[r] * sum_c code[r][c] code[i][c] + error[r] * spread[i] >= least[i]
	 *
	 * with the codes as signed numbers.  For n queries; scale and error are of the tile,
	 *and aligned to 64 bytes as it is. */
	void (*hits)(const uint8_t *tile, size_t groups, const float *scale, const float *error,
		const struct wp_screen_query *query, size_t n, uint64_t *hit);

	/* Store a row of dim numbers at its place `to` in a tile.  Returns its step, and in
	 * *rest how long the vector of what rounding took off is, but for 1e-5 of it and of the
	 * row. */
	float (*encode)(const float *row, size_t dim, uint8_t *to, float *rest);
};

/* NULL: none. */
const struct wp_screen_kernels *wp_screen_kernels(enum wp_isa isa);

extern const struct wp_screen_kernels wp_screen_kernels_avx2, wp_screen_kernels_avx512;

#endif
