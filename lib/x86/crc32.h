/* CRC-32 by folding with carry-less multiplication; stream/crc.c chooses.  (Internal.)
 *
 * V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction",
 * Intel 2009.  crc and the result are as zlib's; size is a multiple of 256 and not 0.
 */
#ifndef WP_X86_CRC32_H
#define WP_X86_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t wp_crc32_avx2(uint32_t crc, const void *data, size_t size);
uint32_t wp_crc32_avx512(uint32_t crc, const void *data, size_t size);

#endif
