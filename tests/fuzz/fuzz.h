/* What the fuzz targets share.  Each has the entry that libFuzzer calls; driver.c calls it with
 * the files of the corpus, so that any compiler can run them. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many inputs were what the target reads, and got through to the end of it.  A target that
 * accepts none of its corpus tests nothing, and fails. */
extern unsigned long fuzz_accepted;

/* Make every checksum of the stream right, as far as its headers can be followed: hardly a
 * change would come past them otherwise. */
void fuzz_repair(uint8_t *data, size_t size);

/* Put the end of a stream behind its records; there is room for it.  The length of that end. */
enum { FUZZ_END = 128 };
size_t fuzz_end(uint8_t *data, size_t size);

/* Change a stream somewhere, or any other input anyhow; libFuzzer and driver.c call it. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

/* A claim of the library that was found to be wrong: the fuzzer keeps the input that shows it.
 */
static inline void must(int holds)
{
	if (!holds)
		abort();
}

#endif
