/* Single elements of any numeric type, for programs that look rather than compute. */
#ifndef WP_STREAM_ELEMENT_H
#define WP_STREAM_ELEMENT_H

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
float wp_from_f16(uint16_t bits);
float wp_from_bf16(uint16_t bits);
uint16_t wp_to_f16(float value);
uint16_t wp_to_bf16(float value);

#ifdef __cplusplus
}
#endif
#endif
