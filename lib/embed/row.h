/* The dot product of two rows in single precision, with the vectors that every machine has.
 * (Internal.) */
#ifndef WP_EMBED_ROW_H
#define WP_EMBED_ROW_H

#include <stddef.h>
#include <stdint.h>

enum { WP_LANES = 4 }; /* floats in a vector */

typedef float wp_lanes
	__attribute__((vector_size(WP_LANES * sizeof(float)), aligned(4), may_alias));
typedef int32_t wp_int_lanes __attribute__((vector_size(WP_LANES * sizeof(float))));

static inline float wp_row_dot(const float *a, const float *b, size_t n)
{
	wp_lanes sum = {0};
	size_t i = 0;
	for (; i + WP_LANES <= n; i += WP_LANES)
		sum += *(const wp_lanes *)(a + i) * *(const wp_lanes *)(b + i);
	float total = 0;
	for (int l = 0; l < WP_LANES; l++)
		total += sum[l];
	for (; i < n; i++)
		total += a[i] * b[i];
	return total;
}

#endif
