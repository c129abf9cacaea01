/* Byte order, for the few places that care.  (Internal.) */
#ifndef WP_STREAM_BYTES_H
#define WP_STREAM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool wp_is_little_endian(void)
{
	const uint16_t one = 1;
	unsigned char first;
	memcpy(&first, &one, 1);
	return first == 1;
}

/* Turn each of count elements of size bytes end for end. */
static inline void wp_swap_bytes(unsigned char *bytes, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++, bytes += size)
		for (size_t a = 0, b = size - 1; a < b; a++, b--) {
			unsigned char swap = bytes[a];
			bytes[a] = bytes[b];
			bytes[b] = swap;
		}
}

#endif
