/* Run a fuzz target over all files of the directories given, and say so in TAP. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int claims, failures;

static void run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, room = 0, got = 1;
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
	for (int i = 1; i < argc; i++)
		run_directory(argv[i]);
	printf("1..%d\n", claims);
	return failures || argc < 2 ? EXIT_FAILURE : EXIT_SUCCESS;
}
