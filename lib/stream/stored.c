#include "stream/stored.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stream/element.h"

bool wp_stored_holds(enum wp_type type)
{
	return type == WP_F32 || type == WP_F16 || type == WP_BF16 || type == WP_I8;
}

/* A loop for each type, over the numbers of one row: to[i] = or += VALUE. */
#define ROW(name, from_type, value) \
	static void name(const from_type *from, size_t n, float factor, bool add, float *to) \
	{ \
		(void)factor; \
		if (add) \
			for (size_t i = 0; i < n; i++) \
				to[i] += value; \
		else \
			for (size_t i = 0; i < n; i++) \
				to[i] = value; \
	}
ROW(row_f32, float, from[i])
ROW(row_f16, uint16_t, wp_from_f16(from[i]))
ROW(row_bf16, uint16_t, wp_from_bf16(from[i]))
ROW(row_i8, int8_t, factor *(float)from[i])

static void take_row(const struct wp_stored *s, size_t row, bool add, float *to)
{
	const size_t n = s->cols;
	if (s->place && s->place[row] < 0) {
		if (!add)
			memset(to, 0, n * sizeof *to);
		return;
	}
	const size_t at = s->place ? (size_t)s->place[row] : row;
	if (s->type == WP_I8)
		row_i8((const int8_t *)s->data + at * n, n, s->scale[at], add, to);
	else if (s->type == WP_F16)
		row_f16((const uint16_t *)s->data + at * n, n, 1, add, to);
	else if (s->type == WP_BF16)
		row_bf16((const uint16_t *)s->data + at * n, n, 1, add, to);
	else
		row_f32((const float *)s->data + at * n, n, 1, add, to);
}

void wp_stored_row(const struct wp_stored *s, size_t row, float *to)
{
	take_row(s, row, false, to);
}

void wp_stored_add_row(const struct wp_stored *s, size_t row, float *to)
{
	take_row(s, row, true, to);
}

void wp_stored_rows(const struct wp_stored *s, float *to)
{
	for (size_t row = 0; row < s->rows; row++)
		take_row(s, row, false, to + row * s->cols);
}

/* The next number of eight significant bits: a step less than a hundredth larger, and scales of
 * many rows that deflate to a half. */
static float round_up(float scale)
{
	uint32_t bits;
	memcpy(&bits, &scale, sizeof bits);
	bits = (bits + 0xffff) & 0xffff0000;
	memcpy(&scale, &bits, sizeof scale);
	return scale;
}

void wp_quantize(const float *from, size_t rows, size_t cols, int8_t *to, float *scale)
{
	enum { LARGEST = INT8_MAX };
	for (size_t r = 0; r < rows; r++, from += cols, to += cols) {
		float largest = 0;
		for (size_t i = 0; i < cols; i++)
			largest = fabsf(from[i]) > largest ? fabsf(from[i]) : largest;
		scale[r] = round_up(largest / LARGEST);
		const float factor = scale[r] > 0 ? 1 / scale[r] : 0;
		/* Numbers so small that there is no such factor are taken for zero. */
		for (size_t i = 0; i < cols; i++) {
			float q = isfinite(factor) ? rintf(from[i] * factor) : 0;
			to[i] = (int8_t)(q > LARGEST ? LARGEST : q < -LARGEST ? -LARGEST : q);
		}
	}
}

static const char suffix[] = ".scale";

enum wp_err wp_scale_name(const char *name, char scales[WP_NAME_SIZE])
{
	if (strlen(name) + sizeof suffix > WP_NAME_SIZE)
		return wp_fail(WP_EINVAL,
			"tensor '%s': '%s%s', of its scales, is longer than %d bytes", name,
			name, suffix, WP_NAME_SIZE - 1);
	snprintf(scales, WP_NAME_SIZE, "%s%s", name, suffix);
	return WP_OK;
}

bool wp_is_scale_of(const char *scales, const char *name)
{
	size_t n = strlen(name);
	return strncmp(scales, name, n) == 0 && strcmp(scales + n, suffix) == 0;
}

bool wp_may_be_scale(const struct wp_tensor *t, char base[WP_NAME_SIZE])
{
	const size_t length = strlen(t->name), n = sizeof suffix - 1;
	if (t->type != WP_F32 || t->rank != 1 || length <= n ||
		strcmp(t->name + length - n, suffix) != 0)
		return false;
	snprintf(base, WP_NAME_SIZE, "%.*s", (int)(length - n), t->name);
	return true;
}

enum wp_err wp_check_scale(const char *from, const struct wp_tensor *t,
	const struct wp_tensor *scale, const float *scales)
{
	if (!scale)
		return wp_fail(WP_EMISMATCH,
			"%s: '%s' is of type i8, and there is no '%s%s', the scales of its rows",
			from, t->name, t->name, suffix);
	if (scale->type != WP_F32 || scale->rank != 1 || t->rank < 1 ||
		scale->dim[0] != t->dim[0] || scale->first != t->first)
		return wp_fail(WP_EMISMATCH,
			"%s: '%s' is not f32, a number for each of %" PRIu64 " rows", from,
			scale->name, t->rank < 1 ? 0 : t->dim[0]);
	for (size_t i = 0; i < scale->dim[0]; i++)
		if (!(scales[i] >= 0 && scales[i] <= FLT_MAX / 128))
			return wp_fail(WP_ECORRUPT, "%s: '%s' has a scale that is %s (row %zu)",
				from, scale->name,
				isnan(scales[i])        ? "not a number"
					: scales[i] < 0 ? "below 0"
							: "too large",
				i + 1);
	return WP_OK;
}
