/* Tokens of ASCII text with AVX2 (and BMI2 for the spreading of bytes). */
#include "text/ascii_find.h"
#include "text/ascii_stops.h"
#include "text/ascii_treebank.h"
#include "text/ascii_words.h"

#include <immintrin.h>
#include <stddef.h>
#include <string.h>

#include "x86/ascii_block_avx2.h"

static inline uint64_t equals(struct block b, char c)
{
	__m256i all = _mm256_set1_epi8(c);
	return bits(_mm256_cmpeq_epi8(b.low, all), _mm256_cmpeq_epi8(b.high, all));
}

/* All ones in the bytes that are from low to high. */
static inline __m256i range(__m256i bytes, char low, char high)
{
	__m256i above = _mm256_sub_epi8(bytes, _mm256_set1_epi8(low));
	return _mm256_cmpeq_epi8(
		_mm256_min_epu8(above, _mm256_set1_epi8((char)(high - low))), above);
}

static inline uint64_t within(struct block b, char low, char high)
{
	return bits(range(b.low, low, high), range(b.high, low, high));
}

static inline struct wp_ascii_classes classify(const char *bytes)
{
	struct block b = block_load(bytes);
	__m256i case_bit = _mm256_set1_epi8(0x20);
	struct block lower = {
		_mm256_or_si256(b.low, case_bit), _mm256_or_si256(b.high, case_bit)};
	uint64_t either = equals(b, '.') | equals(b, '\'');
	uint64_t newline = equals(b, '\n');
	return (struct wp_ascii_classes){
		.letter = within(lower, 'a', 'z'),
		.digit = within(b, '0', '9'),
		.underscore = equals(b, '_'),
		.mid_letter = either | equals(b, ':'),
		.mid_digit = either | equals(b, ',') | equals(b, ';'),
		.separator = (within(b, 0, ' ') | equals(b, 0x7F)) & ~newline,
		.newline = newline,
		.special = bits(b.low, b.high) | equals(b, '\\'),
	};
}

static inline __m256i change(const struct wp_ascii_words *w, __m256i bytes)
{
	if (w->lower)
		bytes = _mm256_add_epi8(bytes,
			_mm256_and_si256(range(bytes, 'A', 'Z'), _mm256_set1_epi8(0x20)));
	if (w->fold)
		bytes = _mm256_blendv_epi8(
			bytes, _mm256_set1_epi8('0'), range(bytes, '0', '9'));
	return bytes;
}

/* 16 bytes become 16 pairs of a space and a byte; four pairs at a time, those that are wanted
 * are pushed together. */
static inline char *spread_16(__m128i bytes, uint32_t insert, uint32_t keep, char *out)
{
	const __m128i spaces = _mm_set1_epi8(' ');
	uint64_t pairs[4];
	_mm_storeu_si128((__m128i *)pairs, _mm_unpacklo_epi8(spaces, bytes));
	_mm_storeu_si128((__m128i *)(pairs + 2), _mm_unpackhi_epi8(spaces, bytes));
	uint32_t wanted = _pdep_u32(insert, 0x55555555) | _pdep_u32(keep, 0xAAAAAAAA);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t eight = wanted >> 8 * i & 255;
		uint64_t mask = _pdep_u64(eight, 0x0101010101010101) * 255;
		uint64_t pushed = _pext_u64(pairs[i], mask);
		memcpy(out, &pushed, sizeof pushed);
		out += __builtin_popcount(eight);
	}
	return out;
}

static inline char *spread_32(__m256i bytes, uint32_t insert, uint32_t keep, char *out)
{
	out = spread_16(_mm256_castsi256_si128(bytes), insert, keep, out);
	return spread_16(_mm256_extracti128_si256(bytes, 1), insert >> 16, keep >> 16, out);
}

static inline char *spread(const struct wp_ascii_words *w, const char *bytes, uint64_t insert,
	uint64_t keep, char *out)
{
	struct block b = block_load(bytes);
	out = spread_32(change(w, b.low), (uint32_t)insert, (uint32_t)keep, out);
	return spread_32(
		change(w, b.high), (uint32_t)(insert >> 32), (uint32_t)(keep >> 32), out);
}

#define KERNEL wp_ascii_words_avx2
#include "text/ascii_words_template.h"

#define TREEBANK_KERNEL wp_ascii_treebank_avx2
#include "text/ascii_treebank_template.h"

#define FIND_KERNEL wp_ascii_find_avx2
#include "text/ascii_find_template.h"

#define STOPS_KERNEL wp_ascii_stops_avx2
#include "text/ascii_stops_template.h"
