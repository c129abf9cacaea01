#include "stream/element.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

uint16_t wp_to_bf16(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	if (isnan(value))
		return (uint16_t)((bits >> 16) | 0x40); /* stays a NaN whatever is cut off */
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

uint16_t wp_to_f16(float value)
{
	uint16_t sign = signbit(value) ? 0x8000 : 0;
	float size = fabsf(value);
	if (isnan(value))
		return sign | 0x7e00;
	if (size >= 65520) /* halfway from the largest number to the next power of two */
		return sign | 0x7c00;
	if (size < 0x1p-14f) /* subnormal: units of 2^-24; 1024 of them are the first normal */
		return sign | (uint16_t)lrintf(size * 0x1p24f);
	int exponent;
	float fraction = frexpf(size, &exponent); /* in [0.5, 1) */
	/* A fraction that rounds up to 2048 carries into the exponent, as it should. */
	long units = lrintf(fraction * 2048) - 1024;
	return sign | (uint16_t)(((exponent + 14) << 10) + units);
}

/* By way of memcpy: in the files of other programs, numbers may lie at any address. */
#define ELEMENT(name, kind) \
	static kind name(const void *data, size_t i) \
	{ \
		kind value; \
		memcpy(&value, (const char *)data + i * sizeof value, sizeof value); \
		return value; \
	}
ELEMENT(get_u16, uint16_t)
ELEMENT(get_i32, int32_t)
ELEMENT(get_i64, int64_t)
ELEMENT(get_f32, float)
ELEMENT(get_f64, double)

double wp_element(const void *data, enum wp_type type, size_t i)
{
	switch (type) {
	case WP_I8:
		return ((const int8_t *)data)[i];
	case WP_U8:
		return ((const uint8_t *)data)[i];
	case WP_I32:
		return get_i32(data, i);
	case WP_I64:
		return (double)get_i64(data, i);
	case WP_F16:
		return wp_from_f16(get_u16(data, i));
	case WP_BF16:
		return wp_from_bf16(get_u16(data, i));
	case WP_F32:
		return get_f32(data, i);
	case WP_F64:
		return get_f64(data, i);
	case WP_STRING:
		break;
	}
	return NAN;
}

/* Are all of these binary32 numbers finite?  A loop without branches, at the speed of memory.
 */
static bool all_finite(const float *data, size_t count)
{
	uint32_t found = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t bits;
		memcpy(&bits, &data[i], sizeof bits);
		found |= (bits & 0x7f800000) == 0x7f800000;
	}
	return !found;
}

/* The same of binary16 numbers. */
static bool all_finite_16(const uint16_t *data, size_t count)
{
	uint16_t found = 0;
	for (size_t i = 0; i < count; i++)
		found |= (data[i] & 0x7c00) == 0x7c00;
	return !found;
}

size_t wp_find_not_finite(const void *data, enum wp_type type, size_t count)
{
	if (type != WP_F16 && type != WP_BF16 && type != WP_F32 && type != WP_F64)
		return count;
	enum { BLOCK = 4096 };
	for (size_t i = 0; i < count;) {
		size_t n = count - i < BLOCK ? count - i : BLOCK;
		if (type == WP_F32 && all_finite((const float *)data + i, n)) {
			i += n;
			continue;
		}
		if (type == WP_F16 && all_finite_16((const uint16_t *)data + i, n)) {
			i += n;
			continue;
		}
		for (; n > 0; n--, i++)
			if (!isfinite(wp_element(data, type, i)))
				return i;
	}
	return count;
}

enum wp_err wp_check_finite(const char *from, const struct wp_tensor *t, const void *data)
{
	size_t count, width;
	if (!wp_tensor_count(t, &count) || !wp_tensor_row_count(t, &width))
		return wp_fail(WP_EINVAL, "%s: '%s' is too large", from, t->name);
	size_t at = wp_find_not_finite(data, t->type, count);
	if (at == count)
		return WP_OK;
	double value = wp_element(data, t->type, at);
	return wp_fail(WP_ECORRUPT,
		"%s: '%s' has a value that is %s (row %" PRIu64 ", column %zu)", from, t->name,
		isnan(value) ? "not a number" : "infinite", t->first + at / width + 1,
		at % width + 1);
}

enum wp_err wp_check_counts(const char *from, const struct wp_tensor *t, const void *data)
{
	size_t count;
	if (!wp_tensor_count(t, &count))
		return wp_fail(WP_EINVAL, "%s: '%s' is too large", from, t->name);
	for (size_t i = 0; t->type != WP_STRING && i < count; i++)
		if (wp_element(data, t->type, i) < 0)
			return wp_fail(WP_ECORRUPT,
				"%s: '%s' has a count of %.0f (row %" PRIu64 ")", from, t->name,
				wp_element(data, t->type, i), t->first + i + 1);
	return WP_OK;
}
