/* Tokens of ASCII text with AVX-512 (VBMI2 for the compressing of bytes). */
#include "text/ascii_find.h"
#include "text/ascii_stops.h"
#include "text/ascii_treebank.h"
#include "text/ascii_words.h"

#include <immintrin.h>
#include <stddef.h>

#include "x86/ascii_block_avx512.h"

static inline uint64_t equals(__m512i block, char c)
{
	return _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(c));
}

/* Which bytes are from low to high? */
static inline uint64_t within(__m512i block, char low, char high)
{
	__m512i above = _mm512_sub_epi8(block, _mm512_set1_epi8(low));
	return _mm512_cmple_epu8_mask(above, _mm512_set1_epi8((char)(high - low)));
}

static inline struct wp_ascii_classes classify(const char *bytes)
{
	__m512i block = _mm512_loadu_si512(bytes);
	uint64_t either = equals(block, '.') | equals(block, '\'');
	uint64_t newline = equals(block, '\n');
	return (struct wp_ascii_classes){
		.letter = within(_mm512_or_si512(block, _mm512_set1_epi8(0x20)), 'a', 'z'),
		.digit = within(block, '0', '9'),
		.underscore = equals(block, '_'),
		.mid_letter = either | equals(block, ':'),
		.mid_digit = either | equals(block, ',') | equals(block, ';'),
		.separator = (within(block, 0, ' ') | equals(block, 0x7F)) & ~newline,
		.newline = newline,
		.special = _mm512_movepi8_mask(block) | equals(block, '\\'),
	};
}

/* 32 bytes become 32 pairs of a space and a byte, out of which those wanted are taken. */
static inline char *spread_half(__m256i half, uint64_t insert, uint64_t keep, char *out)
{
	__m512i pairs = _mm512_or_si512(
		_mm512_slli_epi16(_mm512_cvtepu8_epi16(half), 8), _mm512_set1_epi16(' '));
	uint64_t wanted =
		_pdep_u64(insert, 0x5555555555555555) | _pdep_u64(keep, 0xAAAAAAAAAAAAAAAA);
	_mm512_storeu_si512(out, _mm512_maskz_compress_epi8(wanted, pairs));
	return out + __builtin_popcountll(wanted);
}

static inline char *spread(const struct wp_ascii_words *w, const char *bytes, uint64_t insert,
	uint64_t keep, char *out)
{
	__m512i block = _mm512_loadu_si512(bytes);
	if (w->lower)
		block = _mm512_mask_add_epi8(
			block, within(block, 'A', 'Z'), block, _mm512_set1_epi8(0x20));
	if (w->fold)
		block = _mm512_mask_mov_epi8(
			block, within(block, '0', '9'), _mm512_set1_epi8('0'));
	out = spread_half(_mm512_castsi512_si256(block), insert, keep, out);
	return spread_half(_mm512_extracti64x4_epi64(block, 1), insert >> 32, keep >> 32, out);
}

#define KERNEL wp_ascii_words_avx512
#include "text/ascii_words_template.h"

#define TREEBANK_KERNEL wp_ascii_treebank_avx512
#include "text/ascii_treebank_template.h"

#define FIND_KERNEL wp_ascii_find_avx512
#include "text/ascii_find_template.h"

#define STOPS_KERNEL wp_ascii_stops_avx512
#include "text/ascii_stops_template.h"
