/* Single elements of any numeric type, for programs that look rather than compute. */
#ifndef WP_STREAM_ELEMENT_H
#define WP_STREAM_ELEMENT_H

#include <string.h>

#include "stream/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Element i of data, an array of a numeric type, as a double.  i64 beyond 2^53 is rounded. */
double wp_element(const void *data, enum wp_type type, size_t i);

/* The place of the first of count elements that is infinite or no number; count where there is
 * none, as among whole numbers. */
size_t wp_find_not_finite(const void *data, enum wp_type type, size_t count);

/* WP_ECORRUPT, naming the tensor, row and column, counted from 1, where one of the elements of
 * this tensor or slice is not finite.  from: the file, for the message. */
WP_MUST_CHECK enum wp_err wp_check_finite(
	const char *from, const struct wp_tensor *tensor, const void *data);

/* The same of counts: WP_ECORRUPT where one of them is below 0. */
WP_MUST_CHECK enum wp_err wp_check_counts(
	const char *from, const struct wp_tensor *tensor, const void *data);

/* binary16 and bfloat16 to and from float: exact one way, round to nearest even the other. */
uint16_t wp_to_f16(float value);
uint16_t wp_to_bf16(float value);

static inline float wp_from_bf16(uint16_t bits)
{
	uint32_t wide = (uint32_t)bits << 16;
	float value;
	memcpy(&value, &wide, sizeof value);
	return value;
}

/* Without branches, so that loops over many become vectors.  A subnormal number counts units of
 * 2^-24: put into the fraction of 0.5, whose last place that is, and 0.5 taken away. */
static inline float wp_from_f16(uint16_t bits)
{
	const uint32_t half = 0x3f000000, size = bits & 0x7fffu;
	uint32_t wide = (size << 13) + (112u << 23); /* another bias of the exponent */
	uint32_t small = half + size;
	float value;
	wide += size >= 0x7c00 ? 112u << 23 : 0; /* infinite, or not a number */
	memcpy(&value, &small, sizeof value);
	value -= 0.5f;
	memcpy(&small, &value, sizeof value);
	wide = (size < 0x400 ? small : wide) | (uint32_t)(bits & 0x8000u) << 16;
	memcpy(&value, &wide, sizeof value);
	return value;
}

#ifdef __cplusplus
}
#endif
#endif
