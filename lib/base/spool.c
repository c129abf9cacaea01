#define _DEFAULT_SOURCE /* mkstemp */
#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"

enum { DISK_BUFFER = 1 << 20 };

struct wp_spool {
	const char *directory;
	char *memory; /* everything, or, on disk, what is not yet written */
	size_t used, room;
	int fd;           /* of the temporary file, or -1 */
	uint64_t written; /* bytes in the file            */
	uint64_t position;
	void *map; /* of the file */
};

enum wp_err wp_spool_create(struct wp_spool **spool, size_t limit, const char *directory)
{
	enum wp_err err = wp_alloc(spool, 1, sizeof **spool, "spool");
	if (err)
		return err;
	struct wp_spool *s = *spool;
	s->directory = directory;
	s->fd = -1;
	s->room = limit > DISK_BUFFER ? limit : DISK_BUFFER;
	/* The spool grows in place, without being copied and without taking what it does not
	 * need.  Where address space is limited, one that goes to disk earlier does too. */
	while (!(s->memory = wp_reserve(s->room)) && s->room > DISK_BUFFER)
		s->room = s->room / 2 > DISK_BUFFER ? s->room / 2 : DISK_BUFFER;
	if (!s->memory) {
		free(s);
		*spool = NULL;
		return wp_fail(WP_ENOMEM, "spool: cannot get %d bytes of memory", DISK_BUFFER);
	}
	return WP_OK;
}

void wp_spool_free(struct wp_spool *s)
{
	if (!s)
		return;
	if (s->map)
		munmap(s->map, (size_t)s->written);
	if (s->fd >= 0)
		close(s->fd);
	munmap(s->memory, s->room);
	free(s);
}

static enum wp_err disk_failed(const struct wp_spool *s, const char *what)
{
	return wp_fail_errno("%s: temporary file: cannot %s (byte %llu)", s->directory, what,
		(unsigned long long)s->written);
}

static enum wp_err open_file(struct wp_spool *s)
{
	static const char name[] = "/wordpipe.XXXXXX";
	size_t length = strlen(s->directory);
	char *path;
	enum wp_err err = wp_alloc(&path, length + sizeof name, 1, "spool");
	if (err)
		return err;
	memcpy(path, s->directory, length);
	memcpy(path + length, name, sizeof name);
	s->fd = mkstemp(path);
	if (s->fd < 0)
		err = disk_failed(s, "create");
	else if (unlink(path) != 0 || fcntl(s->fd, F_SETFD, FD_CLOEXEC) != 0)
		err = disk_failed(s, "prepare");
	free(path);
	return err;
}

static enum wp_err write_file(struct wp_spool *s, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(s->fd, data, n < 1 << 30 ? n : 1 << 30);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return disk_failed(s, "write");
		s->written += (uint64_t)done;
		data += done;
		n -= (size_t)done;
	}
	return WP_OK;
}

/* The memory is full: move what it holds to the file.  The first time, keep only a buffer. */
static enum wp_err spill(struct wp_spool *s)
{
	enum wp_err err = s->fd < 0 ? open_file(s) : WP_OK;
	if (!err)
		err = write_file(s, s->memory, s->used);
	if (err)
		return err;
	s->used = 0;
	if (s->room > DISK_BUFFER) {
		munmap(s->memory + DISK_BUFFER, s->room - DISK_BUFFER);
		s->room = DISK_BUFFER;
	}
	return WP_OK;
}

enum wp_err wp_spool_append(struct wp_spool *s, const void *data, size_t n)
{
	const char *from = data;
	if (n > s->room - s->used) {
		enum wp_err err = spill(s);
		if (!err && n > s->room)
			return write_file(s, from, n);
		if (err)
			return err;
	}
	if (n > 0)
		memcpy(s->memory + s->used, from, n);
	s->used += n;
	return WP_OK;
}

uint64_t wp_spool_size(const struct wp_spool *s)
{
	return s->written + s->used;
}

bool wp_spool_on_disk(const struct wp_spool *s)
{
	return s->fd >= 0;
}

void wp_spool_rewind(struct wp_spool *s)
{
	s->position = 0;
}

static enum wp_err read_file(const struct wp_spool *s, char *to, size_t n, uint64_t from)
{
	while (n > 0) {
		ssize_t done = pread(s->fd, to, n < 1 << 30 ? n : 1 << 30, (off_t)from);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return disk_failed(s, "read");
		if (done == 0)
			return wp_fail(WP_EIO, "%s: temporary file: cut short by somebody",
				s->directory);
		to += done;
		n -= (size_t)done;
		from += (uint64_t)done;
	}
	return WP_OK;
}

enum wp_err wp_spool_read_at(const struct wp_spool *s, uint64_t offset, void *buffer, size_t n)
{
	char *to = buffer;
	size_t on_disk = 0;
	if (offset < s->written) {
		uint64_t rest = s->written - offset;
		on_disk = rest < n ? (size_t)rest : n;
		enum wp_err err = read_file(s, to, on_disk, offset);
		if (err)
			return err;
	}
	if (n > on_disk)
		memcpy(to + on_disk, s->memory + (offset + on_disk - s->written), n - on_disk);
	return WP_OK;
}

enum wp_err wp_spool_read(struct wp_spool *s, void *buffer, size_t n, size_t *got)
{
	uint64_t left = wp_spool_size(s) - s->position;
	*got = 0;
	if (n > left)
		n = (size_t)left;
	enum wp_err err = wp_spool_read_at(s, s->position, buffer, n);
	if (err)
		return err;
	s->position += n;
	*got = n;
	return WP_OK;
}

enum wp_err wp_spool_map(struct wp_spool *s, const void **data)
{
	*data = NULL;
	if (wp_spool_size(s) == 0)
		return WP_OK;
	if (s->fd < 0) {
		*data = s->memory;
		return WP_OK;
	}
	if (!s->map) {
		enum wp_err err = write_file(s, s->memory, s->used);
		if (err)
			return err;
		s->used = 0;
		if (s->written > SIZE_MAX)
			return wp_fail(WP_ELIMIT,
				"spool: %llu bytes are more than a program here can address",
				(unsigned long long)s->written);
		void *map = mmap(NULL, (size_t)s->written, PROT_READ, MAP_PRIVATE, s->fd, 0);
		if (map == MAP_FAILED)
			return disk_failed(s, "map");
		s->map = map;
	}
	*data = s->map;
	return WP_OK;
}
