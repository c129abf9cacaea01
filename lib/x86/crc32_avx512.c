#include "x86/crc32.h"

#include <immintrin.h>
#include <zlib.h>

/* Move `sum` forward by the distance of the constants, where `next` is added to it. */
static inline __m512i fold(__m512i sum, __m512i by, __m512i next)
{
	__m512i low = _mm512_clmulepi64_epi128(sum, by, 0x00);
	__m512i high = _mm512_clmulepi64_epi128(sum, by, 0x11);
	return _mm512_ternarylogic_epi64(low, high, next, 0x96); /* exclusive or of all three */
}

uint32_t wp_crc32_avx512(uint32_t crc, const void *data, size_t size)
{
	/* x^(n+32) and x^(n-32) mod P, bit-reflected, for steps of 256 and of 64 bytes. */
	const __m512i by256 = _mm512_broadcast_i32x4(_mm_set_epi64x(0x1322d1430, 0x11542778a));
	const __m512i by64 = _mm512_broadcast_i32x4(_mm_set_epi64x(0x1c6e41596, 0x154442bd4));
	const __m512i *in = data, *end = (const __m512i *)((const char *)data + size);
	__m512i sum[4];
	for (int i = 0; i < 4; i++)
		sum[i] = _mm512_loadu_si512(in++);
	__m512i start = _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)~crc));
	sum[0] = _mm512_xor_si512(sum[0], start);
	while (in < end)
		for (int i = 0; i < 4; i++)
			sum[i] = fold(sum[i], by256, _mm512_loadu_si512(in++));
	for (int i = 1; i < 4; i++)
		sum[i] = fold(sum[i - 1], by64, sum[i]);
	/* What is left has the same remainder as the whole: 64 bytes for the tables. */
	return (uint32_t)crc32(0xffffffff, (const Bytef *)&sum[3], sizeof sum[3]);
}
