/* Half precision in both directions, and the checksum on every instruction set. */
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "base/cpu.h"
#include "stream/crc.h"
#include "stream/element.h"
#include "tap.h"

static bool same_float(float a, float b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* Every finite number of 16 bits comes back; between two neighbours the nearer one is taken,
 * and in the middle the even one. */
static void half_precision(const char *what, float (*from)(uint16_t), uint16_t (*to)(float),
	uint16_t infinity, uint16_t one)
{
	int wrong_back = 0, wrong_round = 0, wrong_nan = 0;
	ok(from(one) == 1.0f && same_float(from(0), 0.0f) && same_float(from(0x8000), -0.0f) &&
			from(infinity) == INFINITY && from(infinity | 0x8000) == -INFINITY,
		"%s: zeros, one, infinities", what);
	for (uint32_t u = 0; u < 0x10000; u++) {
		uint16_t bits = (uint16_t)u, size = bits & 0x7fff;
		float x = from(bits);
		if (size > infinity) {
			wrong_nan += !isnan(x) || !isnan(from(to(x)));
			continue;
		}
		wrong_back += to(x) != bits;
		if (size >= infinity - 1)
			continue;
		/* Sums of two such neighbours are exact in single precision. */
		float next = from((uint16_t)(bits + 1)), middle = x / 2 + next / 2;
		uint16_t even = bits & 1 ? (uint16_t)(bits + 1) : bits;
		wrong_round += to(middle) != even ||
			to(nextafterf(middle, x)) !=
				(same_float(nextafterf(middle, x), middle) ? even : bits) ||
			to(nextafterf(middle, next)) != (uint16_t)(bits + 1);
	}
	ok(wrong_back == 0, "%s: every number comes back (%d do not)", what, wrong_back);
	ok(wrong_round == 0, "%s: nearest, ties to even (%d are not)", what, wrong_round);
	ok(wrong_nan == 0, "%s: NaN stays NaN", what);
	ok(to(INFINITY) == infinity && to(-INFINITY) == (infinity | 0x8000) &&
			to(3.4e38f) == infinity && isnan(from(to(NAN))) && to(1e-45f) == 0 &&
			to(-1e-45f) == 0x8000,
		"%s: overflow and underflow", what);
}

static void elements(void)
{
	ok(wp_element((int8_t[]){0, -3}, WP_I8, 1) == -3 &&
			wp_element((uint8_t[]){0, 253}, WP_U8, 1) == 253 &&
			wp_element((int32_t[]){0, -70000}, WP_I32, 1) == -70000 &&
			wp_element((int64_t[]){0, -(1ll << 40)}, WP_I64, 1) == -0x1p40 &&
			wp_element((uint16_t[]){0, 0x3e00}, WP_F16, 1) == 1.5 &&
			wp_element((uint16_t[]){0, 0x3fc0}, WP_BF16, 1) == 1.5 &&
			wp_element((float[]){0, 0.25f}, WP_F32, 1) == 0.25 &&
			wp_element((double[]){0, 0.1}, WP_F64, 1) == 0.1 &&
			isnan(wp_element("", WP_STRING, 0)),
		"elements of every type");
	bool named = true;
	for (enum wp_type t = WP_I8, parsed; t <= WP_STRING; t++)
		named = named && wp_type_parse(wp_type_name(t), &parsed) && parsed == t;
	enum wp_type none;
	ok(named && !wp_type_parse("f33", &none) && !wp_type_parse("?", &none) &&
			strcmp(wp_type_name((enum wp_type)77), "?") == 0 &&
			wp_type_size((enum wp_type)77) == 0 && wp_type_size(WP_F16) == 2,
		"types have names");
	char text[8], all[100];
	struct wp_tensor t = wp_tensor_2d("x", WP_F32, 30000, 100);
	ok(strcmp(wp_tensor_shape(&t, all, sizeof all), "(30000, 100)") == 0 &&
			strcmp(wp_tensor_shape(&t, text, sizeof text), "(30000,") == 0,
		"shapes are written, and cut to fit");
}

static void checksums(void)
{
	enum { SIZE = 1 << 20 };
	static unsigned char data[SIZE];
	uint32_t x = 1;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= WP_ISA_AVX512; isa++) {
		setenv("WORDPIPE_ISA", wp_isa_name(isa), 1);
		if (wp_cpu_isa() != isa) {
			skip("not on this machine", "crc with %s", wp_isa_name(isa));
			continue;
		}
		int wrong = 0;
		for (size_t n = 0; n < 3000; n++)
			wrong += wp_crc32(0, data + n % 17, n) !=
				crc32(0, data + n % 17, (uInt)n);
		for (size_t n = 0; n < 64; n++)
			wrong += wp_crc32((uint32_t)n * 77777777, data + n, SIZE - 3 * n) !=
				crc32((uint32_t)n * 77777777, data + n, (uInt)(SIZE - 3 * n));
		ok(wrong == 0 && wp_crc32(0, "123456789", 9) == 0xcbf43926,
			"crc with %s is zlib's, for all lengths and addresses",
			wp_isa_name(isa));
	}
	setenv("WORDPIPE_ISA", "nonsense", 1);
	enum wp_isa best = wp_cpu_isa();
	unsetenv("WORDPIPE_ISA");
	ok(best == wp_cpu_isa(), "an unknown instruction set changes nothing");
}

int main(void)
{
	half_precision("f16", wp_from_f16, wp_to_f16, 0x7c00, 0x3c00);
	half_precision("bf16", wp_from_bf16, wp_to_bf16, 0x7f80, 0x3f80);
	elements();
	checksums();
	return done_testing();
}
