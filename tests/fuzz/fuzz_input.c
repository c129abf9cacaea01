/* Input through a pipe, where gzip is undone: peeking and reading give the same bytes. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "stream/lines.h"

enum { MOST = 1 << 22 }; /* what a bomb may grow to */

static struct wp_input *open_again(int fd)
{
	char path[32];
	struct wp_input *input;
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	return wp_input_open(&input, path) ? NULL : input;
}

static enum wp_err read_turns(struct wp_input *in, char *to, size_t *size)
{
	size_t got = 1;
	enum wp_err err = WP_OK;
	for (*size = 0; !err && got && *size + 300000 < MOST; *size += got) {
		got = 0;
		err = wp_input_read(
			in, to + *size, *size % 3 ? 1 + *size % 1000 : 300000, &got);
	}
	return err;
}

static enum wp_err peek_all(struct wp_input *in, const char *expected, size_t size)
{
	for (size_t at = 0; at < size;) {
		const char *data;
		size_t want = 1 + at % 777, have;
		enum wp_err err = wp_input_peek(in, want, &data, &have);
		if (err)
			return err;
		size_t n = have < want ? have : want;
		must(n > 0 && wp_input_offset(in) == at);
		if (n > size - at)
			n = size - at;
		must(memcmp(data, expected + at, n) == 0);
		wp_input_skip(in, n);
		at += n;
	}
	return WP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *bytes;
	if (!bytes)
		bytes = malloc(MOST);
	int fd = memfd_create("fuzz", 0);
	must(bytes && fd >= 0 && write(fd, data, size) == (ssize_t)size);
	struct wp_input *in = open_again(fd);
	size_t got = 0;
	if (in) {
		enum wp_err err = read_turns(in, bytes, &got);
		fuzz_accepted += !err;
		bool is_gzip = size > 1 && data[0] == 0x1f && data[1] == 0x8b;
		must(is_gzip || err || size > MOST - 300000 ||
			(got == size && memcmp(bytes, data, size) == 0));
		wp_input_close(in);
		in = open_again(fd);
		must(in != NULL);
		/* In damaged data, how far one comes depends on the steps. */
		must(peek_all(in, bytes, got) == WP_OK || err);
		wp_input_close(in);
		in = open_again(fd);
		must(in != NULL);
		struct wp_lines lines = {.input = in};
		const char *line;
		size_t length, total = 0;
		while (total < MOST && !(err = wp_lines_next(&lines, &line, &length)))
			total += length + 1;
		wp_input_close(in);
	}
	close(fd);
	return 0;
}
