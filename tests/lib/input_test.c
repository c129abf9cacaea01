/* Input and output of bytes: files, pipes, gzip, memory; names that appear when all went well.
 */
#include <errno.h>
#include <sys/wait.h>
#include <zlib.h>

#include "base/memory.h"
#include "files.h"
#include "stream/input.h"
#include "stream/output.h"
#include "tap.h"

enum { TEXT_SIZE = 700000 }; /* some of the blocks in which files are read */

static unsigned char *text;

static void make_text(void)
{
	text = malloc(TEXT_SIZE);
	uint32_t x = 1;
	for (size_t i = 0; i < TEXT_SIZE; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = (unsigned char)"etaoin shrdlu\n"[x >> 24 & 15 ? x % 14 : 0];
	}
}

/* One gzip member. */
static struct bytes gzip(const void *data, size_t size)
{
	struct bytes b = {malloc(size + 1000), 0};
	z_stream z = {0};
	if (!b.data || deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	z.next_out = b.data;
	z.avail_out = (uInt)size + 1000;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	b.size = z.total_out;
	deflateEnd(&z);
	return b;
}

/* All of an input, by small and large reads in turn. */
static enum wp_err read_turns(struct wp_input *in, unsigned char *to, size_t room, size_t *size)
{
	enum wp_err err = WP_OK;
	size_t got = 1;
	*size = 0;
	for (int turn = 0; got && !err; turn++) {
		size_t want = turn % 3 == 0 ? 1 : turn % 3 == 1 ? 1000 : 300000;
		err = wp_input_read(
			in, to + *size, want < room - *size ? want : room - *size, &got);
		*size += err ? 0 : got;
	}
	return err;
}

/* The same by peeking. */
static enum wp_err read_peeks(struct wp_input *in, unsigned char *to, size_t room, size_t *size)
{
	*size = 0;
	for (size_t want = 1;; want = want * 3 % 400009) {
		const char *data;
		size_t have;
		enum wp_err err = wp_input_peek(in, want, &data, &have);
		if (err || have == 0)
			return err;
		size_t n = have < want ? have : want;
		if (n > room - *size)
			n = room - *size;
		memcpy(to + *size, data, n);
		wp_input_skip(in, n);
		*size += n;
		if (wp_input_offset(in) != *size || n == 0)
			return WP_EINVAL;
	}
}

typedef enum wp_err read_fn(struct wp_input *, unsigned char *, size_t, size_t *);

static void is_text(const char *what, const char *path, size_t expected)
{
	static read_fn *const readers[] = {read_turns, read_peeks};
	unsigned char *got = malloc(3 * TEXT_SIZE);
	for (int i = 0; i < 2; i++) {
		struct wp_input *in;
		size_t size = 0;
		enum wp_err err = wp_input_open(&in, path);
		if (!err)
			err = readers[i](in, got, 3 * TEXT_SIZE, &size);
		bool same = size == expected;
		for (size_t done = 0; same && done < size; done += TEXT_SIZE)
			same = memcmp(got + done, text,
				       size - done < TEXT_SIZE ? size - done : TEXT_SIZE) == 0;
		ok(!err && same, "%s: %zu bytes by %s", what, size, i ? "peeking" : "reading");
		if (err)
			printf("# %s\n", wp_error_detail());
		if (!err)
			wp_input_close(in);
	}
	free(got);
}

static enum wp_err read_file(const char *path)
{
	struct wp_input *in;
	char buffer[5000];
	size_t got = 1;
	enum wp_err err = wp_input_open(&in, path);
	if (err)
		return err;
	while (!err && got)
		err = wp_input_read(in, buffer, sizeof buffer, &got);
	wp_input_close(in);
	return err;
}

static void plain_files(void)
{
	is_text("a file", files_put("text", text, TEXT_SIZE), TEXT_SIZE);
	is_text("a file of one byte", files_put("text", text, 1), 1);
	is_text("an empty file", files_put("text", text, 0), 0);
	ok(read_file("/nowhere/at/all") == WP_EIO &&
			strcmp(wp_error_detail(),
				"/nowhere/at/all: cannot open: No such file or directory") == 0,
		"what is not there: %s", wp_error_detail());
	ok(read_file("/") == WP_EIO &&
			strstr(wp_error_detail(), "/: cannot read: Is a directory"),
		"a directory: %s", wp_error_detail());
}

static void gzip_files(void)
{
	struct bytes a = gzip(text, TEXT_SIZE), nothing = gzip("", 0);
	is_text("gzip", files_put("gz", a.data, a.size), TEXT_SIZE);
	struct bytes two = {malloc(2 * a.size + 2 * nothing.size), 0};
	const struct bytes parts[] = {nothing, a, nothing, a};
	for (int i = 0; i < 4; i++) {
		memcpy(two.data + two.size, parts[i].data, parts[i].size);
		two.size += parts[i].size;
	}
	is_text("several gzip members", files_put("gz", two.data, two.size), 2 * TEXT_SIZE);
	is_text("gzip of nothing", files_put("gz", nothing.data, nothing.size), 0);

	struct bytes small = gzip(text, 300);
	int cut = 0, seen = 0, bits = 0;
	for (size_t n = 2; n < small.size; n++)
		cut += read_file(files_put("gz", small.data, n)) == WP_ETRUNC;
	ok(cut == (int)small.size - 2, "gzip cut at each of %d bytes: incomplete", cut);
	/* Not the ten bytes of header, which have no sum: time, system.  A few bits that fill
	 * the last byte of the data mean nothing. */
	for (size_t bit = 80; bit < 8 * small.size; bit++, bits++) {
		small.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		enum wp_err err = read_file(files_put("gz", small.data, small.size));
		seen += err == WP_ECORRUPT || err == WP_ETRUNC;
		small.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	ok(seen >= bits - 7, "gzip with each of %d bits flipped: damaged", bits);
	memcpy(two.data, small.data, small.size);
	memcpy(two.data + small.size, "garbage", 7);
	ok(read_file(files_put("gz", two.data, small.size + 7)) == WP_ECORRUPT &&
			strstr(wp_error_detail(), "damaged gzip data"),
		"gzip with something else behind it: %s", wp_error_detail());

	long n = 0;
	enum wp_err err;
	files_put("gz", a.data, a.size);
	do {
		wp_alloc_fail_at(++n);
		err = read_file(files_path("gz"));
		wp_alloc_fail_at(0);
	} while (err == WP_ENOMEM);
	ok(!err && n > 4, "each of %ld allocations refused, each time reported", n - 1);
	free(a.data);
	free(nothing.data);
	free(two.data);
	free(small.data);
}

static void mapping(void)
{
	struct wp_input *in;
	size_t size = 0, have;
	const char *data;
	char c;
	if (wp_input_open(&in, files_put("text", text, TEXT_SIZE)))
		abort();
	ok(!wp_input_peek(in, 1000, &data, &have) && wp_input_map(in, &size) &&
			size == TEXT_SIZE,
		"a file can be mapped, even after a look at it");
	ok(!wp_input_read(in, &c, 1, &have) && c == (char)text[0], "and then be read");
	wp_input_close(in);
	if (wp_input_open(&in, files_path("text")) || wp_input_read(in, &c, 1, &have))
		abort();
	ok(!wp_input_map(in, &size), "but not once something was consumed");
	wp_input_close(in);
	if (wp_input_memory(&in, text, 10, "words"))
		abort();
	ok(wp_input_map(in, &size) == (const char *)text && size == 10 &&
			strcmp(wp_input_name(in), "words") == 0,
		"memory is its own map");
	wp_input_close(in);
	if (wp_input_memory(&in, NULL, 0, "nothing"))
		abort();
	ok(!wp_input_peek(in, 1, &data, &have) && have == 0, "memory may be empty");
	wp_input_close(in);
}

/* ---- Output ---- */

static bool holds(const char *name, const char *expected)
{
	struct bytes b = files_get(files_path(name));
	bool same = b.size == strlen(expected) && memcmp(b.data, expected, b.size) == 0;
	free(b.data);
	return same;
}

static int mode_of(const char *name)
{
	struct stat st;
	return lstat(files_path(name), &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

static struct wp_output *open_output(const char *name)
{
	struct wp_output *out;
	if (wp_output_open(&out, files_path(name)))
		abort();
	return out;
}

static void committing(void)
{
	umask(027);
	struct wp_output *out = open_output("new");
	ok(access(files_path("new"), F_OK) != 0 && access(wp_output_temporary(out), F_OK) == 0,
		"until commit the bytes go to %s", strrchr(wp_output_temporary(out), '/') + 1);
	ok(!wp_output_printf(out, "%d words", 12) && wp_output_offset(out) == 8 &&
			!wp_output_commit(out) && holds("new", "12 words"),
		"then the file has its name");
	ok(mode_of("new") == 0640, "and what the umask allows");
	int files = files_count();

	out = open_output("new");
	bool written = !wp_output_write(out, text, TEXT_SIZE) && !wp_output_flush(out);
	wp_output_discard(out);
	ok(written && holds("new", "12 words") && files_count() == files,
		"what is discarded leaves the old file, and no other");
	wp_output_discard(NULL);

	chmod(files_path("new"), 0604);
	out = open_output("new");
	ok(!wp_output_write(out, "newer", 5) && !wp_output_commit(out) &&
			holds("new", "newer") && mode_of("new") == 0604,
		"a replaced file keeps its permissions");

	symlink("new", files_path("link"));
	out = open_output("link");
	struct stat st;
	ok(!wp_output_write(out, "linked", 6) && !wp_output_commit(out) &&
			holds("new", "linked") && lstat(files_path("link"), &st) == 0 &&
			S_ISLNK(st.st_mode),
		"a symbolic link stays one");

	out = open_output("gone");
	unlink(wp_output_temporary(out));
	ok(wp_output_commit(out) == WP_EIO && strstr(wp_error_detail(), "cannot rename"),
		"a commit that fails says so");
	ok(wp_output_open(&out, files_path("no/such/directory")) == WP_EIO && !out,
		"no directory, no file: %s", wp_error_detail());
	ok(wp_output_open(&out, "/") == WP_EIO && !out, "a directory is no file");
}

static void full_disks(void)
{
	struct wp_output *out;
	if (wp_output_open(&out, "/dev/full")) {
		skip("no /dev/full", "a full disk");
		return;
	}
	ok(!wp_output_temporary(out), "a device is written to directly");
	ok(!wp_output_write(out, "x", 1) && wp_output_commit(out) == WP_EIO &&
			strcmp(wp_error_detail(),
				"/dev/full: cannot write: No space left on device") == 0,
		"a full disk is noticed at the end at the latest: %s", wp_error_detail());
	if (wp_output_open(&out, "/dev/full"))
		abort();
	ok(wp_output_write(out, text, TEXT_SIZE) == WP_EIO,
		"and at once where much is written");
	wp_output_discard(out);
}

static void memory_output(void)
{
	struct wp_output *out;
	char *room = NULL;
	size_t size;
	if (wp_output_memory(&out))
		abort();
	bool done = true;
	for (int i = 0; i < 3; i++)
		done = done && !wp_output_write(out, text, TEXT_SIZE);
	if (!done || wp_output_reserve(out, 5, &room))
		abort();
	memcpy(room, "tail", 4);
	wp_output_advance(out, 4);
	done = done && !wp_output_printf(out, "%600d", 7);
	const char *all = wp_output_collected(out, &size);
	ok(done && size == 3 * TEXT_SIZE + 604 && wp_output_offset(out) == size &&
			memcmp(all + TEXT_SIZE, text, TEXT_SIZE) == 0 &&
			memcmp(all + 3 * TEXT_SIZE, "tail ", 5) == 0 && all[size - 1] == '7',
		"output is collected in memory");
	wp_output_discard(out);

	int files = files_count();
	long n = 0;
	enum wp_err err;
	do {
		wp_alloc_fail_at(++n);
		err = wp_output_open(&out, files_path("nomem"));
		if (!err)
			err = wp_output_write(out, text, TEXT_SIZE / 3);
		if (!err)
			err = wp_output_commit(out);
		else
			wp_output_discard(out);
		wp_alloc_fail_at(0);
	} while (err == WP_ENOMEM);
	ok(!err && n > 4 && files_count() == files + 1, "each of %ld allocations refused",
		n - 1);
}

int main(void)
{
	make_text();
	plain_files();
	gzip_files();
	mapping();
	committing();
	full_disks();
	memory_output();
	free(text);
	return done_testing();
}
