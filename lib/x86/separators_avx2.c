#include "x86/separators.h"

#include <immintrin.h>

/* A byte shuffle looks up the low half of each byte in a table that has at that place the one
 * separator with this low half, and elsewhere a byte with another low half: so the result
 * equals the byte just where the byte is a separator (Langdale & Lemire 2019).  Bytes above
 * 0x7f look up 0, which they are not. */
static inline uint32_t separators(__m256i bytes)
{
	const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(
		' ', -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, 0));
	__m256i found = _mm256_cmpeq_epi8(bytes, _mm256_shuffle_epi8(table, bytes));
	return (uint32_t)_mm256_movemask_epi8(found);
}

size_t wp_separators_avx2(const char *text, size_t size, uint16_t *at, bool *backslash)
{
	const __m256i slash = _mm256_set1_epi8('\\');
	__m256i slashes = _mm256_setzero_si256();
	uint16_t *next = at;
	for (size_t i = 0; i < size; i += 64) {
		__m256i low = _mm256_loadu_si256((const __m256i *)(text + i));
		__m256i high = _mm256_loadu_si256((const __m256i *)(text + i + 32));
		uint64_t found = separators(low) | (uint64_t)separators(high) << 32;
		slashes = _mm256_or_si256(slashes, _mm256_cmpeq_epi8(low, slash));
		slashes = _mm256_or_si256(slashes, _mm256_cmpeq_epi8(high, slash));
		/* Four at a time, whether there are as many or not: a loop that ends in steps
		 * of four is mispredicted less often. */
		uint16_t *end = next + _mm_popcnt_u64(found);
		for (; next < end; next += 4)
			for (int k = 0; k < 4; k++, found = _blsr_u64(found))
				next[k] = (uint16_t)(i + _tzcnt_u64(found));
		next = end;
	}
	*backslash = _mm256_movemask_epi8(slashes) != 0;
	return (size_t)(next - at);
}
