#include "x86/separators.h"

#include <immintrin.h>

/* The compare that finds four characters at once is explained in separators_avx2.c. */
size_t wp_separators_avx512(const char *text, size_t size, uint16_t *at, bool *backslash)
{
	const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(
		' ', -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, 0));
	const __m512i slash = _mm512_set1_epi8('\\');
	uint8_t number[64];
	for (int i = 0; i < 64; i++)
		number[i] = (uint8_t)i;
	const __m512i lanes = _mm512_loadu_si512(number);
	uint16_t *next = at;
	__mmask64 slashes = 0;
	for (size_t i = 0; i < size; i += 64) {
		__m512i bytes = _mm512_loadu_si512(text + i);
		__mmask64 found =
			_mm512_cmpeq_epi8_mask(bytes, _mm512_shuffle_epi8(table, bytes));
		slashes |= _mm512_cmpeq_epi8_mask(bytes, slash);
		int count = (int)_mm_popcnt_u64(found);
		__m512i offsets = _mm512_maskz_compress_epi8(found, lanes);
		__m512i base = _mm512_set1_epi16((short)i);
		__m512i low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(offsets));
		_mm512_storeu_si512(next, _mm512_add_epi16(low, base));
		if (count > 32) {
			__m512i high =
				_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(offsets, 1));
			_mm512_storeu_si512(next + 32, _mm512_add_epi16(high, base));
		}
		next += count;
	}
	*backslash = slashes != 0;
	return (size_t)(next - at);
}
