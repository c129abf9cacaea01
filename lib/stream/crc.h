/* The checksum of tensor streams: zlib's crc32 (CRC-32/ISO-HDLC), at the speed of memory. */
#ifndef WP_STREAM_CRC_H
#define WP_STREAM_CRC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The CRC of a string whose beginning has the CRC `crc` (0 for none) and whose rest is data.
 * The same value as zlib's crc32(), with carry-less multiplication where the machine has it. */
uint32_t wp_crc32(uint32_t crc, const void *data, size_t size);

/* 64 bits that tell two payloads apart, so that large ones need not be kept to be compared: of
 * one whose beginning has the fingerprint `before` (0 for none) and whose rest is data. */
uint64_t wp_fingerprint(uint64_t before, const void *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
