#include "stream/crc.h"

#include <zlib.h>

#include "base/cpu.h"
#include "x86/crc32.h"

enum { WORTH_FOLDING = 1024 }; /* bytes; below that zlib's tables are as quick */

uint32_t wp_crc32(uint32_t crc, const void *data, size_t size)
{
#ifdef WP_X86_KERNELS
	if (size >= WORTH_FOLDING) {
		enum wp_isa isa = wp_cpu_isa();
		size_t whole = size / 256 * 256;
		if (isa >= WP_ISA_AVX2) {
			crc = isa >= WP_ISA_AVX512 ? wp_crc32_avx512(crc, data, whole)
						   : wp_crc32_avx2(crc, data, whole);
			data = (const char *)data + whole;
			size -= whole;
		}
	}
#endif
	while (size > 0) {
		uInt n = size < 1u << 30 ? (uInt)size : 1u << 30;
		crc = (uint32_t)crc32(crc, data, n);
		data = (const char *)data + n;
		size -= n;
	}
	return crc;
}

uint64_t wp_fingerprint(uint64_t before, const void *data, size_t size)
{
	uint64_t adler = before ? before >> 32 : 1;
	for (size_t done = 0; done < size;) {
		size_t n = size - done < 1u << 30 ? size - done : 1u << 30;
		adler = adler32((uLong)adler, (const Bytef *)data + done, (uInt)n);
		done += n;
	}
	return adler << 32 | wp_crc32((uint32_t)before, data, size);
}
