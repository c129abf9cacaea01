#include "stream/element.h"

#include <math.h>
#include <string.h>

float wp_from_bf16(uint16_t bits)
{
	uint32_t wide = (uint32_t)bits << 16;
	float value;
	memcpy(&value, &wide, sizeof value);
	return value;
}

uint16_t wp_to_bf16(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	if (isnan(value))
		return (uint16_t)((bits >> 16) | 0x40); /* stays a NaN whatever is cut off */
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float wp_from_f16(uint16_t bits)
{
	int exponent = bits >> 10 & 31;
	int fraction = bits & 0x3ff;
	float size;
	if (exponent == 31)
		size = fraction ? NAN : INFINITY;
	else if (exponent == 0)
		size = ldexpf((float)fraction, -24);
	else
		size = ldexpf((float)(fraction | 0x400), exponent - 25);
	return bits & 0x8000 ? -size : size;
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

double wp_element(const void *data, enum wp_type type, size_t i)
{
	switch (type) {
	case WP_I8:
		return ((const int8_t *)data)[i];
	case WP_U8:
		return ((const uint8_t *)data)[i];
	case WP_I32:
		return ((const int32_t *)data)[i];
	case WP_I64:
		return (double)((const int64_t *)data)[i];
	case WP_F16:
		return wp_from_f16(((const uint16_t *)data)[i]);
	case WP_BF16:
		return wp_from_bf16(((const uint16_t *)data)[i]);
	case WP_F32:
		return ((const float *)data)[i];
	case WP_F64:
		return ((const double *)data)[i];
	case WP_STRING:
		break;
	}
	return NAN;
}
