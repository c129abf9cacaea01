/* Run a fuzz target over all files of the directories given, and over a few mutants of each (as
 * many as FUZZ_MUTANTS says), always the same ones, and say so in TAP. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int claims, failures, mutants = 12;

/* What libFuzzer has, in small: a bit or a byte is changed, a byte taken out or put in. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room)
{
	static uint32_t state = 1;
	state = state * 1664525 + 1013904223;
	size_t at = size ? (state >> 8) % size : 0;
	switch (state >> 28 & 3) {
	case 0:
		if (size > 0)
			data[at] ^= (uint8_t)(1 << (state >> 5 & 7));
		return size;
	case 1:
		if (size > 1 && room > 8) {
			memmove(data + at, data + at + 1, size - at - 1);
			return size - 1;
		}
		return size;
	case 2:
		if (size < room) {
			memmove(data + at + 1, data + at, size - at);
			data[at] = (uint8_t)(state >> 16);
			return size + 1;
		}
		return size;
	default:
		if (size > 0)
			data[at] = (uint8_t)(state >> 16);
		return size;
	}
}

static void run_mutant(const uint8_t *data, size_t size, unsigned seed)
{
	size_t room = 2 * size + 64;
	uint8_t *copy = malloc(room), *exact;
	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	size = LLVMFuzzerCustomMutator(copy, size, room, seed);
	exact = malloc(size ? size : 1);
	if (!exact)
		abort();
	memcpy(exact, copy, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	free(copy);
}

static void run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, room = 0, got = 1;
	unsigned long accepted;
	while (file && got > 0) {
		room += 1 << 16;
		uint8_t *grown = realloc(data, room);
		if (!grown)
			abort();
		data = grown;
		got = fread(data + size, 1, room - size, file);
		size += got;
	}
	/* A copy of just that size: reading beyond it shows with AddressSanitizer. */
	uint8_t *exact = malloc(size ? size : 1);
	if (exact && size)
		memcpy(exact, data, size);
	if (file && exact) {
		LLVMFuzzerTestOneInput(exact, size);
		accepted = fuzz_accepted;
		for (int i = 0; i < mutants; i++)
			run_mutant(exact, size, (unsigned)i);
		fuzz_accepted = accepted; /* mutants do not count */
		fclose(file);
	}
	failures += !file;
	printf("%sok %d - %s (%zu bytes)\n", file ? "" : "not ", ++claims, path, size);
	fflush(stdout);
	free(exact);
	free(data);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void run_directory(const char *directory)
{
	struct dirent **entries;
	int n = scandir(directory, &entries, is_visible, alphasort);
	if (n <= 0) {
		printf("not ok %d - %s: no corpus\n", ++claims, directory);
		failures++;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
		run_file(path);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	if (getenv("FUZZ_MUTANTS"))
		mutants = atoi(getenv("FUZZ_MUTANTS"));
	for (int i = 1; i < argc; i++)
		run_directory(argv[i]);
	failures += fuzz_accepted == 0;
	printf("%sok %d - accepts %lu of its corpus\n", fuzz_accepted ? "" : "not ", ++claims,
		fuzz_accepted);
	printf("1..%d\n", claims);
	return failures || argc < 2 ? EXIT_FAILURE : EXIT_SUCCESS;
}
