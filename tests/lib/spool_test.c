/* Spools: in memory, on disk, across the border between them; full disks; no memory. */
#define _DEFAULT_SOURCE /* setrlimit(RLIMIT_FSIZE), mkdtemp */
#include "base/spool.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "tap.h"

static const char *directory;

/* Byte i of every spool here. */
static unsigned char byte_at(uint64_t i)
{
	return (unsigned char)(i * 2654435761u >> 24);
}

/* Append `size` bytes in pieces of many sizes. */
static enum wp_err fill(struct wp_spool *spool, size_t size, size_t largest)
{
	unsigned char *piece = malloc(largest + 1);
	enum wp_err err = WP_OK;
	for (size_t done = 0, n = 0; done < size && !err; done += n) {
		n = (done * 7919 + 13) % largest + 1;
		if (n > size - done)
			n = size - done;
		for (size_t i = 0; i < n; i++)
			piece[i] = byte_at(done + i);
		err = wp_spool_append(spool, piece, n);
	}
	free(piece);
	return err;
}

static bool reads_back(struct wp_spool *spool, size_t size, size_t piece)
{
	unsigned char *buffer = malloc(piece);
	size_t done = 0, got;
	bool good = true;
	do {
		good = good && !wp_spool_read(spool, buffer, piece, &got);
		for (size_t i = 0; i < got && good; i++)
			good = buffer[i] == byte_at(done + i);
		good = good && (got == piece || done + got == size);
		done += got;
	} while (good && got > 0);
	free(buffer);
	return good && done == size;
}

/* Pieces from anywhere, those across the border between disk and memory included. */
static bool reads_anywhere(const struct wp_spool *spool, size_t size)
{
	unsigned char buffer[1000];
	bool good = true;
	for (uint64_t i = 0; i < 500 && good; i++) {
		size_t n = (size_t)(i * 7919 % sizeof buffer);
		n = n < size ? n : size;
		uint64_t offset = i * 2654435761u % (size - n + 1);
		if (i == 0)
			offset = size - n;
		good = !wp_spool_read_at(spool, offset, buffer, n);
		for (size_t k = 0; k < n && good; k++)
			good = buffer[k] == byte_at(offset + k);
	}
	return good;
}

static bool is_mapped_right(struct wp_spool *spool, size_t size)
{
	const void *data;
	if (wp_spool_map(spool, &data) || (data != NULL) != (size > 0))
		return false;
	for (size_t i = 0; i < size; i++)
		if (((const unsigned char *)data)[i] != byte_at(i))
			return false;
	return true;
}

static int files_in(const char *path)
{
	int count = 0;
	DIR *dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static void test_size(size_t limit, size_t size, size_t largest)
{
	struct wp_spool *spool;
	bool good = !wp_spool_create(&spool, limit, directory) && !fill(spool, size, largest) &&
		wp_spool_size(spool) == size;
	int files = files_in(directory);
	good = good && reads_back(spool, size, 4096) && reads_anywhere(spool, size);
	wp_spool_rewind(spool);
	good = good && reads_back(spool, size, 1 << 21) && is_mapped_right(spool, size);
	wp_spool_rewind(spool);
	good = good && reads_back(spool, size, 100003) && is_mapped_right(spool, size);
	ok(good, "%zu bytes in pieces up to %zu, memory for %zu", size, largest, limit);
	ok(wp_spool_on_disk(spool) == (size > limit && size > 1 << 20) && files == 2,
		"... on disk only beyond the limit, in a file without a name");
	wp_spool_free(spool);
}

static void test_full_disk(void)
{
	struct rlimit old, small = {.rlim_cur = 3 << 20};
	struct wp_spool *spool;
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	enum wp_err err = wp_spool_create(&spool, 1 << 20, directory);
	if (!err)
		err = fill(spool, 8 << 20, 5000);
	ok(err == WP_EIO, "a disk that takes no more is an error");
	ok(strstr(wp_error_detail(), directory) && strstr(wp_error_detail(), "File too large"),
		"... that names the directory: %s", wp_error_detail());
	wp_spool_free(spool);
	setrlimit(RLIMIT_FSIZE, &old);

	err = wp_spool_create(&spool, 1 << 20, "/nonexistent");
	if (!err)
		err = fill(spool, 2 << 20, 5000);
	ok(err == WP_EIO && strstr(wp_error_detail(), "/nonexistent"),
		"so is a directory that is not there: %s", wp_error_detail());
	wp_spool_free(spool);
}

static void test_no_memory(void)
{
	struct wp_spool *spool = NULL;
	wp_alloc_fail_at(1);
	ok(wp_spool_create(&spool, 1 << 20, directory) == WP_ENOMEM && !spool,
		"no memory for a spool");
	wp_alloc_fail_at(0);
	ok(!wp_spool_create(&spool, SIZE_MAX / 2, directory) && !fill(spool, 5000, 100) &&
			reads_back(spool, 5000, 64),
		"a limit beyond what there is is no error before it is needed");
	wp_spool_free(spool);
	wp_spool_free(NULL);
}

int main(void)
{
	char path[] = "/tmp/spool_test.XXXXXX";
	directory = mkdtemp(path);
	test_size(1 << 20, 0, 1);
	test_size(1 << 20, 100, 7);
	test_size(1 << 20, 1 << 20, 4096);
	test_size(1 << 20, (1 << 20) + 1, 4096);
	test_size(1 << 20, 5000000, 3000);
	test_size(1 << 20, 9000000, 3 << 20);
	test_size(4 << 20, 4 << 20, 70000);
	test_size(4 << 20, 9000000, 70000);
	test_full_disk();
	test_no_memory();
	rmdir(directory);
	return done_testing();
}
