#include "x86/crc32.h"

#include <immintrin.h>
#include <zlib.h>

/* Move `sum` forward by the distance of the constants, where `next` is added to it. */
static inline __m128i fold(__m128i sum, __m128i by, __m128i next)
{
	__m128i low = _mm_clmulepi64_si128(sum, by, 0x00);
	__m128i high = _mm_clmulepi64_si128(sum, by, 0x11);
	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

uint32_t wp_crc32_avx2(uint32_t crc, const void *data, size_t size)
{
	/* x^(512+32) and x^(512-32) mod P, bit-reflected: a step of 64 bytes. */
	const __m128i by64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i *in = data, *end = (const __m128i *)((const char *)data + size);
	__m128i sum[4];
	for (int i = 0; i < 4; i++)
		sum[i] = _mm_loadu_si128(in++);
	sum[0] = _mm_xor_si128(sum[0], _mm_cvtsi32_si128((int)~crc));
	while (in < end)
		for (int i = 0; i < 4; i++)
			sum[i] = fold(sum[i], by64, _mm_loadu_si128(in++));
	/* What is left has the same remainder as the whole: 64 bytes for the tables. */
	return (uint32_t)crc32(0xffffffff, (const Bytef *)sum, sizeof sum);
}
