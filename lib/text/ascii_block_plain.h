/* A block of 64 bytes, in plain C.  (Internal.)
 *
 * ascii_block_avx2.h and ascii_block_avx512.h have the same functions for their instruction
 * sets; the templates that include one of them are written in terms of these.  In a mask, bit i
 * is about byte i.
 */
#ifndef WP_TEXT_ASCII_BLOCK_PLAIN_H
#define WP_TEXT_ASCII_BLOCK_PLAIN_H

#include <stdint.h>
#include <string.h>

#include "text/ascii_words.h"

struct block {
	uint64_t bytes[WP_ASCII_BLOCK / 8];
};

static inline struct block block_load(const char *bytes)
{
	struct block b;
	memcpy(&b, bytes, sizeof b);
	return b;
}

/* The entries of the table for the bytes; 0 for those that are not ASCII. */
static inline struct block block_look_up(struct block b, const unsigned char table[128])
{
	unsigned char bytes[WP_ASCII_BLOCK];
	memcpy(bytes, &b, sizeof b);
	for (unsigned i = 0; i < WP_ASCII_BLOCK; i++)
		bytes[i] = bytes[i] < 0x80 ? table[bytes[i]] : 0;
	memcpy(&b, bytes, sizeof b);
	return b;
}

static inline struct block block_and(struct block a, struct block b)
{
	for (unsigned i = 0; i < WP_ASCII_BLOCK / 8; i++)
		a.bytes[i] &= b.bytes[i];
	return a;
}

/* Which bytes have any of these bits? */
static inline uint64_t block_any(struct block b, unsigned char bits)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), low = ones * 0x7F;
	uint64_t mask = 0;
	for (unsigned i = 0; i < WP_ASCII_BLOCK / 8; i++) {
		uint64_t x = b.bytes[i] & ones * bits;
		x = (((x & low) + low) | x) & ~low;
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		x = __builtin_bswap64(x);
#endif
		/* The top bits, 8 apart, become the 8 highest. */
		mask |= (x >> 7) * UINT64_C(0x0102040810204080) >> 56 << 8 * i;
	}
	return mask;
}

/* Which bytes are the same in both? */
static inline uint64_t block_same(struct block a, struct block b)
{
	for (unsigned i = 0; i < WP_ASCII_BLOCK / 8; i++)
		a.bytes[i] ^= b.bytes[i];
	return ~block_any(a, 0xFF);
}

/* Which bytes are not ASCII? */
static inline uint64_t block_high(struct block b)
{
	return block_any(b, 0x80);
}

#endif
