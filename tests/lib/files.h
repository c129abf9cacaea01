/* Files for the C tests: a directory that goes away at the end, whole files, and pipes. */
#ifndef FILES_H
#define FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bytes {
	unsigned char *data;
	size_t size;
};

static char files_dir[64];

static inline void files_remove(void)
{
	char path[512];
	DIR *d = opendir(files_dir);
	for (struct dirent *e; d && (e = readdir(d));) {
		snprintf(path, sizeof path, "%s/%s", files_dir, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(files_dir);
}

/* The path of a file in this test's directory; overwritten by the fourth call after it. */
static inline const char *files_path(const char *name)
{
	static char paths[4][512];
	static int next;
	if (!*files_dir) {
		strcpy(files_dir, "/tmp/wordpipe-test-XXXXXX");
		if (!mkdtemp(files_dir))
			abort();
		atexit(files_remove);
	}
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", files_dir, name);
	return path;
}

/* How many files the directory has. */
static inline int files_count(void)
{
	int n = 0;
	files_path(""); /* makes the directory */
	DIR *d = opendir(files_dir);
	for (struct dirent *e; d && (e = readdir(d));)
		n += *e->d_name != '.';
	if (d)
		closedir(d);
	return n;
}

static inline struct bytes files_get(const char *path)
{
	struct bytes b = {0};
	struct stat st;
	FILE *f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) != 0 || !(b.data = malloc((size_t)st.st_size + 1)))
		abort();
	b.size = fread(b.data, 1, (size_t)st.st_size, f);
	fclose(f);
	return b;
}

static inline const char *files_put(const char *name, const void *data, size_t size)
{
	const char *path = files_path(name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
		abort();
	return path;
}

/* The path of a pipe that holds data (which must fit it) and then ends; *fd is to be closed. */
static inline const char *files_pipe(const void *data, size_t size, int *fd)
{
	static char path[32];
	int ends[2];
	if (pipe(ends) != 0 || write(ends[1], data, size) != (ssize_t)size)
		abort();
	close(ends[1]);
	*fd = ends[0];
	snprintf(path, sizeof path, "/dev/fd/%d", *fd);
	return path;
}

#endif
