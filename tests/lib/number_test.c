/* Numbers as text: against the C library, which is slower but right. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "tap.h"
#include "text/number.h"

static float float_of(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static const char *print(char text[WP_NUMBER_ROOM + 1], float value)
{
	*wp_print_f32(text, value) = '\0';
	return text;
}

/* A stride through all floats, with all exponents and many fractions. */
static void every_float_comes_back(void)
{
	int wrong = 0, misread = 0, long_ones = 0, count = 0;
	for (uint64_t bits = 0; bits < 0x7f800000; bits += 4099, count++) {
		char text[WP_NUMBER_ROOM + 1], shortest[32];
		float value = float_of((uint32_t)bits), back = -1;
		print(text, value);
		const char *end = text + strlen(text);
		misread += wp_scan_f32(text, end, &back) != end || back != value;
		wrong += strtof(text, NULL) != value;
		int digits = 1;
		do
			snprintf(shortest, sizeof shortest, "%.*g", digits, (double)value);
		while (strtof(shortest, NULL) != value && digits++ < FLT_DECIMAL_DIG);
		long_ones += strlen(text) > strlen(shortest);
	}
	ok(wrong == 0, "printed floats read back by strtof (%d of %d wrong)", wrong, count);
	ok(misread == 0, "printed floats read back by ours (%d wrong)", misread);
	ok(long_ones < count / 1000, "printed floats are as short as can be but for %d",
		long_ones);
}

/* Texts of all lengths, and exact middles between floats: the same value as strtof. */
static void scans_as_strtof(void)
{
	struct wp_rng rng;
	int wrong = 0, wrong_double = 0;
	wp_rng_seed(&rng, 1, 0);
	for (int i = 0; i < 200000; i++) {
		char text[512];
		float value = float_of((uint32_t)wp_rng_next(&rng) & 0x7fffffff);
		if (!isfinite(value))
			continue;
		double middle = ((double)value + (double)nextafterf(value, INFINITY)) / 2;
		int precision = (int)wp_rng_below(&rng, 30) + 1;
		if (i % 3 == 0)
			snprintf(text, sizeof text, "%.*g", precision, (double)value);
		else if (i % 3 == 1)
			snprintf(text, sizeof text, "%.*f", precision, (double)value);
		else
			snprintf(text, sizeof text, "%.*e", 20 + precision, middle);
		const char *end = text + strlen(text);
		float single = -1, expected = strtof(text, NULL);
		double twice = -1;
		const char *after = wp_scan_f32(text, end, &single);
		wrong += isinf(expected) ? after != NULL : after != end || single != expected;
		wrong_double +=
			wp_scan_f64(text, end, &twice) != end || twice != strtod(text, NULL);
	}
	ok(wrong == 0, "floats are read as strtof reads them (%d wrong)", wrong);
	ok(wrong_double == 0, "doubles are read as strtod reads them (%d wrong)", wrong_double);
}

static void known_texts(void)
{
	static const struct {
		float value;
		const char *text;
	} printed[] = {{0.0f, "0"}, {-0.0f, "-0"}, {1.0f, "1"}, {-0.1f, "-0.1"}, {0.5f, "0.5"},
		{100.0f, "100"}, {123456.0f, "123456"}, {123456789.0f, "123456790"},
		{1e9f, "1e+09"}, {0.0001f, "0.0001"}, {0.00001f, "1e-05"}, {1e38f, "1e+38"},
		{FLT_MAX, "3.4028235e+38"}, {0x1p-149f, "1e-45"}, {FLT_MIN, "1.1754944e-38"},
		{INFINITY, "inf"}, {-INFINITY, "-inf"}, {NAN, "nan"}, {0.418f, "0.418"}};
	for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
		char text[WP_NUMBER_ROOM + 1];
		print(text, printed[i].value);
		ok(strcmp(text, printed[i].text) == 0, "%.9g prints as %s: %s",
			(double)printed[i].value, printed[i].text, text);
	}

	/* What is left over is not part of the number. */
	static const struct {
		const char *text;
		int taken; /* -1: no number */
		float value;
	} scanned[] = {{"", -1, 0}, {"-", -1, 0}, {".", -1, 0}, {"-.", -1, 0}, {"e5", -1, 0},
		{" 1", -1, 0}, {"x", -1, 0}, {"1e39", -1, 0}, {"1 2", 1, 1}, {"1.", 2, 1},
		{"-.5", 3, -0.5f}, {"+2", 2, 2}, {"1e", 1, 1}, {"1e+", 1, 1}, {"1e2x", 3, 100},
		{"0x10", 1, 0}, {"1,5", 1, 1}, {"INF", 3, INFINITY},
		{"-infinity", 9, -INFINITY}, {"1e-400", 6, 0}, {"0e999", 5, 0},
		{"0000000000000000000000000000000000000001.5", 42, 1.5f},
		{"340282356779733661637539395458142568447", 39, FLT_MAX},
		{"340282356779733661637539395458142568448", -1, 0}};
	for (size_t i = 0; i < sizeof scanned / sizeof *scanned; i++) {
		const char *text = scanned[i].text;
		float value = 0;
		const char *after = wp_scan_f32(text, text + strlen(text), &value);
		int taken = after ? (int)(after - text) : -1;
		ok(taken == scanned[i].taken && (taken < 0 || value == scanned[i].value),
			"'%s' has %d characters of a number: %d", text, scanned[i].taken,
			taken);
	}
	float value;
	const char nan_text[] = "-NaN";
	ok(wp_scan_f32(nan_text, nan_text + 4, &value) == nan_text + 4 && isnan(value), "-NaN");
}

/* The end of a text is where the caller says, not at a NUL. */
static void ends_are_kept(void)
{
	float value = 0;
	const char digits[] = "123456789";
	ok(wp_scan_f32(digits, digits + 2, &value) == digits + 2 && value == 12.0f,
		"nothing is read beyond the end");
	char *huge = malloc(5000);
	if (!huge)
		return;
	memset(huge, '7', 5000);
	ok(!wp_scan_f32(huge, huge + 5000, &value), "5000 digits before the point are refused");
	memcpy(huge, "0.", 2);
	ok(wp_scan_f32(huge, huge + 5000, &value) == huge + 5000 && value == 0.7777778f,
		"5000 digits behind the point are rounded");
	free(huge);
}

static void whole_numbers(void)
{
	static const struct {
		const char *text;
		bool is_one;
		int64_t value;
	} cases[] = {{"0", true, 0}, {"-0", true, 0}, {"+7", true, 7},
		{"9223372036854775807", true, INT64_MAX}, {"9223372036854775808", false, 0},
		{"-9223372036854775808", true, INT64_MIN}, {"-9223372036854775809", false, 0},
		{"99999999999999999999", false, 0}, {"", false, 0}, {"-", false, 0}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *text = cases[i].text, *end = text + strlen(text);
		int64_t value = 0;
		const char *after = wp_scan_i64(text, end, &value);
		ok(cases[i].is_one ? after == end && value == cases[i].value : !after, "'%s'",
			text);
		char back[WP_NUMBER_ROOM + 1];
		*wp_print_i64(back, cases[i].value) = '\0';
		ok(strtoll(back, NULL, 10) == cases[i].value, "and printed: %s", back);
	}
}

static void doubles_come_back(void)
{
	struct wp_rng rng;
	int wrong = 0;
	wp_rng_seed(&rng, 2, 0);
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = wp_rng_next(&rng);
		double value, back = 0;
		char text[WP_NUMBER_ROOM + 1];
		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value))
			continue;
		char *end = wp_print_f64(text, value);
		wrong += end - text > WP_NUMBER_ROOM || wp_scan_f64(text, end, &back) != end ||
			back != value;
	}
	ok(wrong == 0, "printed doubles read back (%d wrong)", wrong);
}

/* German and others write a comma. */
static void no_locale_matters(void)
{
	static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", NULL};
	const char *const *l = locales;
	while (*l && !setlocale(LC_ALL, *l))
		l++;
	if (!*l) {
		skip("no locale with a decimal comma is installed", "locales");
		return;
	}
	char text[WP_NUMBER_ROOM + 1];
	const char exact[] = "0.100000001490116119384765625";
	float single = 0;
	double twice = 0;
	*wp_print_f64(text, 0.1) = '\0';
	ok(strcmp(text, "0.1") == 0, "a double in %s: %s", *l, text);
	ok(wp_scan_f64(exact, exact + strlen(exact), &twice) && twice == (double)0.1f,
		"read exactly in %s", *l);
	const char middle[] = "16777217";
	ok(wp_scan_f32(middle, middle + 8, &single) && single == 16777216.0f,
		"a middle is read in %s", *l);
	setlocale(LC_ALL, "C");
}

int main(void)
{
	every_float_comes_back();
	scans_as_strtof();
	known_texts();
	ends_are_kept();
	whole_numbers();
	doubles_come_back();
	no_locale_matters();
	return done_testing();
}
