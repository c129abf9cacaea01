#define _POSIX_C_SOURCE 200809L /* newlocale, uselocale */
#include "text/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Powers of ten that a double holds exactly. */
static const double exact_power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

enum { MAX_EXACT_POWER = 22 };

/* x * 10^power; each step of up to 22 powers rounds once. */
static double scale(double x, int power)
{
	for (; power > MAX_EXACT_POWER; power -= MAX_EXACT_POWER)
		x *= exact_power[MAX_EXACT_POWER];
	for (; power < -MAX_EXACT_POWER; power += MAX_EXACT_POWER)
		x /= exact_power[MAX_EXACT_POWER];
	return power < 0 ? x / exact_power[-power] : x * exact_power[power];
}

/* ---- reading ---- */

enum {
	DIGITS_KEPT = 18,      /* significant digits in decimal.digits: below 2^63      */
	EXPONENT_LIMIT = 9999, /* larger ones change nothing: it is 0 or infinity anyway */
	LONGEST_EXACT = 1000   /* characters that the exact fallback takes              */
};

/* (-1)^negative * digits * 10^exponent, up to the digits beyond DIGITS_KEPT. */
struct decimal {
	int64_t digits;
	int exponent;
	bool negative, is_cut;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The rare long number: leading zeros do not count, digits beyond DIGITS_KEPT are cut off. */
static void keep_leading_digits(const char *text, const char *end, struct decimal *d)
{
	int64_t exponent = 0;
	int kept = 0;
	bool after_point = false;
	d->digits = 0;
	for (const char *p = text; p < end; p++) {
		if (*p == '.') {
			after_point = true;
			continue;
		}
		exponent -= after_point;
		if (kept == DIGITS_KEPT) {
			d->is_cut = d->is_cut || *p != '0';
			exponent++;
		} else {
			d->digits = d->digits * 10 + (*p - '0');
			kept += d->digits != 0;
		}
	}
	if (exponent > EXPONENT_LIMIT)
		exponent = EXPONENT_LIMIT;
	d->exponent = exponent < -EXPONENT_LIMIT ? -EXPONENT_LIMIT : (int)exponent;
}

/* Returns the end of the number, NULL if there is no digit. */
static const char *scan_decimal(const char *p, const char *end, struct decimal *d)
{
	d->negative = p < end && *p == '-';
	p += p < end && (*p == '-' || *p == '+');
	const char *begin = p;
	uint64_t digits = 0;
	while (p < end && is_digit(*p))
		digits = digits * 10 + (uint64_t)(*p++ - '0');
	ptrdiff_t count = p - begin;
	ptrdiff_t fraction = 0;
	if (p < end && *p == '.') {
		const char *point = p++;
		while (p < end && is_digit(*p))
			digits = digits * 10 + (uint64_t)(*p++ - '0');
		fraction = p - point - 1;
		count += fraction;
	}
	if (count == 0)
		return NULL;
	d->digits = (int64_t)digits;
	d->exponent = (int)-fraction;
	d->is_cut = false;
	if (count > DIGITS_KEPT)
		keep_leading_digits(begin, p, d);
	if (p < end && (*p == 'e' || *p == 'E')) {
		const char *q = p + 1;
		bool minus = q < end && *q == '-';
		q += q < end && (*q == '-' || *q == '+');
		int exponent = 0;
		if (q < end && is_digit(*q)) {
			for (; q < end && is_digit(*q); q++)
				if (exponent < EXPONENT_LIMIT)
					exponent = exponent * 10 + (*q - '0');
			d->exponent += minus ? -exponent : exponent;
			p = q;
		}
	}
	return p;
}

static bool has_word(const char *p, const char *end, const char *word)
{
	size_t length = strlen(word);
	if ((size_t)(end - p) < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((p[i] | 0x20) != word[i])
			return false;
	return true;
}

/* inf, infinity, nan; NULL if it is none of them. */
static const char *scan_special(const char *p, const char *end, double *value)
{
	static const char *const words[] = {"infinity", "inf", "nan"};
	bool minus = p < end && *p == '-';
	p += p < end && (*p == '-' || *p == '+');
	for (int i = 0; i < 3; i++)
		if (has_word(p, end, words[i])) {
			double magnitude = i < 2 ? HUGE_VAL : (double)NAN;
			*value = minus ? -magnitude : magnitude;
			return p + strlen(words[i]);
		}
	return NULL;
}

/* The exact value by the C library, which knows how; whatever locale the program is in.  False
 * where the number does not fit. */
static bool exact_value(const char *text, const char *end, float *f32, double *f64)
{
	char copy[LONGEST_EXACT + 1];
	size_t length = (size_t)(end - text);
	if (length > LONGEST_EXACT)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!c_locale)
		return false;
	locale_t theirs = uselocale(c_locale);
	double value = f32 ? (double)(*f32 = strtof(copy, NULL)) : (*f64 = strtod(copy, NULL));
	uselocale(theirs);
	freelocale(c_locale);
	return !isinf(value);
}

const char *wp_scan_f32(const char *text, const char *end, float *value)
{
	struct decimal d;
	const char *after = scan_decimal(text, end, &d);
	if (!after) {
		double special;
		after = scan_special(text, end, &special);
		if (after)
			*value = (float)special;
		return after;
	}
	if (d.digits == 0) {
		*value = d.negative ? -0.0f : 0.0f;
		return after;
	}
	/* In double precision the value is off by 4 units in the last place at most: one each
	 * for the conversion, two scalings and the digits that were cut.  Rounding that to
	 * float is right unless it is as near as that to the middle between two floats. */
	if (d.exponent >= -2 * MAX_EXACT_POWER && d.exponent <= 2 * MAX_EXACT_POWER) {
		double x = scale((double)d.digits, d.exponent);
		uint64_t bits;
		memcpy(&bits, &x, sizeof bits);
		int64_t below = (int64_t)(bits & 0x1fffffff) - 0x10000000;
		if (x >= (double)FLT_MIN && x < (double)FLT_MAX && (below < -8 || below > 8)) {
			*value = (float)(d.negative ? -x : x);
			return after;
		}
	}
	return exact_value(text, after, value, NULL) ? after : NULL;
}

const char *wp_scan_f64(const char *text, const char *end, double *value)
{
	struct decimal d;
	const char *after = scan_decimal(text, end, &d);
	if (!after)
		return scan_special(text, end, value);
	/* Both operands exact, one rounding: the nearest value (Clinger 1990). */
	if (!d.is_cut && d.digits <= (int64_t)1 << 53 && d.exponent >= -MAX_EXACT_POWER &&
		d.exponent <= MAX_EXACT_POWER) {
		double x = scale((double)d.digits, d.exponent);
		*value = d.negative ? -x : x;
		return after;
	}
	return exact_value(text, after, NULL, value) ? after : NULL;
}

const char *wp_scan_i64(const char *text, const char *end, int64_t *value)
{
	const char *p = text;
	bool minus = p < end && *p == '-';
	p += p < end && (*p == '-' || *p == '+');
	const char *begin = p;
	uint64_t limit = (uint64_t)INT64_MAX + minus;
	uint64_t magnitude = 0;
	for (; p < end && is_digit(*p); p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (magnitude > (limit - digit) / 10)
			return NULL;
		magnitude = magnitude * 10 + digit;
	}
	if (p == begin)
		return NULL;
	if (minus && magnitude)
		*value = -(int64_t)(magnitude - 1) - 1; /* no overflow for the least number */
	else
		*value = (int64_t)magnitude;
	return p;
}

/* ---- printing ---- */

/* The numbers from 00 to 99. */
static const char pairs[] = "0001020304050607080910111213141516171819"
			    "2021222324252627282930313233343536373839"
			    "4041424344454647484950515253545556575859"
			    "6061626364656667686970717273747576777879"
			    "8081828384858687888990919293949596979899";

static char *print_u64(char *to, uint64_t value)
{
	char digits[20];
	int count = 0;
	do
		digits[count++] = (char)('0' + value % 10);
	while (value /= 10);
	while (count)
		*to++ = digits[--count];
	return to;
}

char *wp_print_i64(char *to, int64_t value)
{
	uint64_t magnitude = (uint64_t)value;
	if (value < 0) {
		*to++ = '-';
		magnitude = 0 - magnitude;
	}
	return print_u64(to, magnitude);
}

static char *append(char *to, const char *text)
{
	size_t length = strlen(text);
	memcpy(to, text, length);
	return to + length;
}

/* Lay out d.ddd * 10^exponent as %g does.  `digits` has no zero at its end.  Copies of a
 * constant size write beyond the end of the number, but within WP_NUMBER_ROOM. */
static char *print_layout(char *to, uint32_t digits, int exponent)
{
	enum { MOST = 10, COPIED = 16 };
	char buffer[MOST + COPIED];
	char *first = buffer + MOST;
	memset(buffer, '0', sizeof buffer); /* zeros follow the digits, as in 100 */
	for (; digits >= 10; digits /= 100) {
		first -= 2;
		memcpy(first, &pairs[2 * (digits % 100)], 2);
	}
	if (digits)
		*--first = (char)('0' + digits);
	int count = (int)(buffer + MOST - first);

	if (exponent < -4 || exponent >= FLT_DECIMAL_DIG) {
		*to++ = first[0];
		*to = '.';
		memcpy(to + 1, first + 1, COPIED - 1);
		to += count > 1 ? count : 0;
		*to++ = 'e';
		*to++ = exponent < 0 ? '-' : '+';
		memcpy(to, &pairs[2 * (exponent < 0 ? -exponent : exponent)], 2);
		return to + 2;
	}
	if (exponent < 0) {
		memcpy(to, "0.0000", 6);
		to += 1 - exponent;
		memcpy(to, first, COPIED);
		return to + count;
	}
	int whole = exponent + 1;
	memcpy(to, first, COPIED);
	if (count <= whole)
		return to + whole;
	to[whole] = '.';
	memcpy(to + whole + 1, first + whole, FLT_DECIMAL_DIG);
	return to + count + 1;
}

/* The fewest digits that read back as x, a positive float: digits * 10^n is within the gap, for
 * some n, and 10^*exponent is the place of its first digit. */
static uint32_t shortest(double x, int *exponent)
{
	/* x = mantissa * 2^binary_exponent with the mantissa in [1, 2). */
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	int binary_exponent = (int)(bits >> 52) - 1023;
	bool is_power_of_two = bits << 12 == 0;

	/* Half the distance to the next smaller float: whatever is nearer than that to x (and
	 * the distance upwards is no smaller) reads back as x.  Below FLT_MIN all distances are
	 * the same; above, they double at each power of two. */
	int gap_exponent = FLT_MIN_EXP - 1 - FLT_MANT_DIG;
	if (binary_exponent > FLT_MIN_EXP - 1)
		gap_exponent = binary_exponent - FLT_MANT_DIG - is_power_of_two;
	bits = (uint64_t)(gap_exponent + 1023) << 52;
	double half_gap;
	memcpy(&half_gap, &bits, sizeof half_gap);

	/* Scale both to nine digits before the point.  log10(2) is 78913 / 2^18, near enough
	 * for these exponents; it gives the decimal exponent of x but for one.  That scaling
	 * rounds (by less than 2^-20, where half_gap is 2.9 and more) is allowed for in
	 * half_gap. */
	*exponent = (binary_exponent * 78913 + (512 << 18)) / (1 << 18) - 512;
	x = scale(x, FLT_DECIMAL_DIG - 1 - *exponent);
	half_gap = scale(half_gap, FLT_DECIMAL_DIG - 1 - *exponent) * (1 - 0x1p-20);
	bool is_above = x >= 1e9;
	*exponent += is_above;
	x *= is_above ? 0.1 : 1;
	half_gap *= is_above ? 0.1 : 1;

	/* Drop last digits while the rounded number stays within the gap. */
	static const double unit[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	static const double inverse[] = {
		1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9};
	uint32_t digits = (uint32_t)(int32_t)(x + 0.5);
	int dropped = 0;
	while (dropped < FLT_DECIMAL_DIG) {
		int32_t shorter = (int32_t)(x * inverse[dropped + 1] + 0.5);
		if (fabs(shorter * unit[dropped + 1] - x) >= half_gap)
			break;
		digits = (uint32_t)shorter;
		dropped++;
	}
	if (digits * unit[dropped] >= 1e9) /* 9.99... became 10 */
		++*exponent;
	while (digits % 10 == 0)
		digits /= 10;
	return digits;
}

char *wp_print_f32(char *to, float value)
{
	if (isnan(value))
		return append(to, "nan");
	*to = '-';
	to += signbit(value) != 0;
	if (isinf(value))
		return append(to, "inf");
	if (value == 0)
		return append(to, "0");
	int exponent;
	uint32_t digits = shortest(fabs((double)value), &exponent);
	return print_layout(to, digits, exponent);
}

char *wp_print_f64(char *to, double value)
{
	if (isnan(value))
		return append(to, "nan");
	if (isinf(value))
		return append(to, value < 0 ? "-inf" : "inf");
	char text[64];
	for (int precision = DBL_DIG; precision <= DBL_DECIMAL_DIG; precision++) {
		snprintf(text, sizeof text, "%.*g", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	/* Where a program has set a locale, what stands between the digits is its point. */
	bool in_point = false;
	for (const char *p = text; *p; p++) {
		bool is_ours = is_digit(*p) || *p == '-' || *p == '+' || *p == 'e';
		if (is_ours)
			*to++ = *p;
		else if (!in_point)
			*to++ = '.';
		in_point = !is_ours;
	}
	return to;
}
