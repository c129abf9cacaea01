/* A block of 64 bytes, with AVX2; see text/ascii_block_plain.h.  (Internal.) */
#ifndef WP_X86_ASCII_BLOCK_AVX2_H
#define WP_X86_ASCII_BLOCK_AVX2_H

#include <immintrin.h>
#include <stdint.h>

struct block {
	__m256i low, high;
};

static inline struct block block_load(const char *bytes)
{
	return (struct block){_mm256_loadu_si256((const __m256i *)bytes),
		_mm256_loadu_si256((const __m256i *)(bytes + 32))};
}

static inline uint64_t bits(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) |
		(uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline uint64_t block_high(struct block b)
{
	return bits(b.low, b.high);
}

/* The instruction looks 16 entries up, and has 0 for an index with a top bit: bytes of another
 * sixteenth of the table are made to have one. */
static inline __m256i look_up_32(__m256i bytes, const unsigned char table[128])
{
	__m256i found = _mm256_setzero_si256();
	for (int part = 0; part < 8; part++) {
		__m256i entries = _mm256_broadcastsi128_si256(
			_mm_loadu_si128((const __m128i *)(table + 16 * part)));
		__m256i index = _mm256_adds_epu8(
			_mm256_xor_si256(bytes, _mm256_set1_epi8((char)(16 * part))),
			_mm256_set1_epi8(0x70));
		found = _mm256_or_si256(found, _mm256_shuffle_epi8(entries, index));
	}
	return found;
}

static inline struct block block_look_up(struct block b, const unsigned char table[128])
{
	return (struct block){look_up_32(b.low, table), look_up_32(b.high, table)};
}

static inline struct block block_and(struct block a, struct block b)
{
	return (struct block){_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
}

static inline uint64_t block_same(struct block a, struct block b)
{
	return bits(_mm256_cmpeq_epi8(a.low, b.low), _mm256_cmpeq_epi8(a.high, b.high));
}

static inline uint64_t block_any(struct block b, unsigned char wanted)
{
	__m256i all = _mm256_set1_epi8((char)wanted);
	struct block has = block_and(b, (struct block){all, all});
	__m256i none = _mm256_setzero_si256();
	return ~block_same(has, (struct block){none, none});
}

#endif
