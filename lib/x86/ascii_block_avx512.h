/* A block of 64 bytes, with AVX-512; see text/ascii_block_plain.h.  (Internal.) */
#ifndef WP_X86_ASCII_BLOCK_AVX512_H
#define WP_X86_ASCII_BLOCK_AVX512_H

#include <immintrin.h>
#include <stdint.h>

struct block {
	__m512i bytes;
};

static inline struct block block_load(const char *bytes)
{
	return (struct block){_mm512_loadu_si512(bytes)};
}

static inline uint64_t block_high(struct block b)
{
	return _mm512_movepi8_mask(b.bytes);
}

static inline struct block block_look_up(struct block b, const unsigned char table[128])
{
	return (struct block){_mm512_maskz_permutex2var_epi8(~block_high(b),
		_mm512_loadu_si512(table), b.bytes, _mm512_loadu_si512(table + 64))};
}

static inline struct block block_and(struct block a, struct block b)
{
	return (struct block){_mm512_and_si512(a.bytes, b.bytes)};
}

static inline uint64_t block_any(struct block b, unsigned char bits)
{
	return _mm512_test_epi8_mask(b.bytes, _mm512_set1_epi8((char)bits));
}

static inline uint64_t block_same(struct block a, struct block b)
{
	return _mm512_cmpeq_epi8_mask(a.bytes, b.bytes);
}

#endif
