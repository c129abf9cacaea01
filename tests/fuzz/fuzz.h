/* What the fuzz targets share.  Each has the entry that libFuzzer calls; driver.c calls it with
 * the files of the corpus, so that any compiler can run them. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A claim of the library that was found to be wrong: the fuzzer keeps the input that shows it.
 */
static inline void must(int holds)
{
	if (!holds)
		abort();
}

#endif
