#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "stream/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/visible.h"

enum { BLOCK = 1 << 18, PIPE_SIZE = 1 << 20 };

struct wp_output {
	char *name;      /* as given, for messages                       */
	char *target;    /* the file itself, where name is a link; or NULL */
	char *temporary; /* where the bytes go till commit               */
	int fd;          /* -1: memory, or closed                        */
	bool is_stdout, is_terminal, closed;
	char *buffer;
	size_t room, used;
	uint64_t flushed;
};

const char *wp_output_name(const struct wp_output *out)
{
	return out->name;
}

bool wp_output_is_terminal(const struct wp_output *out)
{
	return out->is_terminal;
}

const char *wp_output_temporary(const struct wp_output *out)
{
	return out->temporary;
}

uint64_t wp_output_offset(const struct wp_output *out)
{
	return out->flushed + out->used;
}

static enum wp_err write_bytes(struct wp_output *out, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(out->fd, data, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EFAULT) /* where SIGBUS would come: see input.h */
			return wp_fail(WP_ETRUNC,
				"%s: input was cut short by another program while it was copied",
				out->name);
		if (done < 0)
			return wp_fail_errno("%s: cannot write", out->name);
		data += done;
		n -= (size_t)done;
	}
	return WP_OK;
}

/* On a terminal words and names could be commands: see base/visible.h.  Lines and columns are
 * ours. */
static enum wp_err write_visible(struct wp_output *out, const char *data, size_t n)
{
	char shown[4096];
	size_t used = 0, taken;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i += taken) {
		taken = 1;
		if (data[i] == '\n' || data[i] == '\t')
			shown[used++] = data[i];
		else
			used += wp_visible_step(shown + used, data + i, n - i, &taken);
		if (used + WP_VISIBLE_STEP > sizeof shown || i + taken == n) {
			err = write_bytes(out, shown, used);
			used = 0;
		}
	}
	return err;
}

static enum wp_err write_all(struct wp_output *out, const char *data, size_t n)
{
	out->flushed += n;
	return out->is_terminal ? write_visible(out, data, n) : write_bytes(out, data, n);
}

enum wp_err wp_output_flush(struct wp_output *out)
{
	if (out->closed)
		return wp_fail(WP_EINVAL, "%s: already closed", out->name);
	if (out->fd < 0)
		return WP_OK;
	size_t n = out->used, rest = 0;
	if (out->is_terminal) /* of a character, what is to come will complete it */
		rest = wp_visible_unfinished(out->buffer, n);
	if (rest == n)
		rest = 0;
	enum wp_err err = write_all(out, out->buffer, n - rest);
	memmove(out->buffer, out->buffer + n - rest, rest);
	out->used = rest;
	return err;
}

enum wp_err wp_output_reserve(struct wp_output *out, size_t n, char **room)
{
	enum wp_err err = WP_OK;
	if (out->room - out->used < n && out->used > 0)
		err = wp_output_flush(out);
	if (!err)
		err = wp_grow(&out->buffer, &out->room, out->used + n, 1, out->name);
	if (!err)
		*room = out->buffer + out->used;
	return err;
}

void wp_output_advance(struct wp_output *out, size_t n)
{
	out->used += n;
}

enum wp_err wp_output_write(struct wp_output *out, const void *data, size_t n)
{
	if (n == 0)
		return WP_OK;
	if (out->fd >= 0 && n >= BLOCK && !out->is_terminal) { /* large: not worth a copy */
		enum wp_err err = wp_output_flush(out);
		return err ? err : write_all(out, data, n);
	}
	char *room;
	enum wp_err err = wp_output_reserve(out, n, &room);
	if (err)
		return err;
	memcpy(room, data, n);
	wp_output_advance(out, n);
	return WP_OK;
}

enum wp_err wp_output_printf(struct wp_output *out, const char *format, ...)
{
	size_t need = 256;
	for (;;) {
		char *room;
		enum wp_err err = wp_output_reserve(out, need, &room);
		if (err)
			return err;
		va_list args;
		va_start(args, format);
		int n = vsnprintf(room, need, format, args);
		va_end(args);
		if (n < 0)
			return wp_fail_errno("%s: cannot format", out->name);
		if ((size_t)n < need) {
			wp_output_advance(out, (size_t)n);
			return WP_OK;
		}
		need = (size_t)n + 1;
	}
}

static enum wp_err create(struct wp_output **output, const char *name)
{
	struct wp_output *out;
	*output = NULL;
	enum wp_err err = wp_alloc(&out, 1, sizeof *out, name);
	if (err)
		return err;
	out->fd = -1;
	err = wp_alloc(&out->name, strlen(name) + 1, 1, name);
	if (!err)
		err = wp_grow(&out->buffer, &out->room, BLOCK, 1, name);
	if (err) {
		wp_output_discard(out);
		return err;
	}
	strcpy(out->name, name);
	*output = out;
	return WP_OK;
}

/* Where path leads through symbolic links, the last of which may name a file that is not there
 * yet.  NULL with errno set where that cannot be told.  The caller frees it. */
static char *resolve(const char *path)
{
	char *target = realpath(path, NULL), link[PATH_MAX];
	if (target || errno != ENOENT)
		return target;
	if ((target = strdup(path)))
		errno = 0;
	for (int links = 0; target && !errno; links++) {
		ssize_t length = readlink(target, link, sizeof link - 1);
		if (length < 0 && (errno == EINVAL || errno == ENOENT))
			errno = 0; /* where the links end */
		else if (links > 40)
			errno = ELOOP;
		if (length < 0 || errno)
			break;
		link[length] = '\0';
		const char *slash = strrchr(target, '/');
		size_t folder = slash && link[0] != '/' ? (size_t)(slash + 1 - target) : 0;
		char *next = malloc(folder + (size_t)length + 1);
		if (next) {
			memcpy(next, target, folder);
			strcpy(next + folder, link);
			errno = 0;
		}
		free(target);
		target = next;
	}
	if (errno) {
		free(target);
		target = NULL;
	}
	return target;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return S_ISREG(a->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool wp_output_is_open_as(const char *path, int fd)
{
	struct stat of_path, of_fd;
	return stat(path, &of_path) == 0 && fstat(fd, &of_fd) == 0 &&
		same_file(&of_path, &of_fd);
}

bool wp_output_same(const char *a, const char *b)
{
	struct stat of_a, of_b;
	bool is_a = stat(a, &of_a) == 0, is_b = stat(b, &of_b) == 0;
	if (is_a != is_b)
		return false;
	if (is_a)
		return same_file(&of_a, &of_b);
	/* Neither is there: the same name in the same folder. */
	char *target_a = resolve(a), *target_b = resolve(b);
	bool same = target_a && target_b;
	if (same) {
		char *slash_a = strrchr(target_a, '/'), *slash_b = strrchr(target_b, '/');
		same = strcmp(slash_a ? slash_a + 1 : target_a,
			       slash_b ? slash_b + 1 : target_b) == 0;
		if (slash_a)
			slash_a[1] = '\0';
		if (slash_b)
			slash_b[1] = '\0';
		same = same && stat(slash_a ? target_a : ".", &of_a) == 0 &&
			stat(slash_b ? target_b : ".", &of_b) == 0 &&
			of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
	}
	free(target_a);
	free(target_b);
	return same;
}

static const char *target(const struct wp_output *out)
{
	return out->target ? out->target : out->name;
}

/* Six letters that no other file has yet, most likely. */
static void choose_suffix(char *suffix)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t x = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30;
	x = (x ^ (uint64_t)getpid() << 20 ^ (uint64_t)(uintptr_t)suffix) *
		UINT64_C(0x9e3779b97f4a7c15);
	for (int i = 0; i < 6; i++, x /= sizeof letters - 1)
		suffix[i] = letters[x % (sizeof letters - 1)];
}

/* A temporary file beside the target, with the permissions that open(2) would have given or,
 * where it replaces a file (old), with its permissions and, if that is allowed, its owner. */
static enum wp_err open_temporary(struct wp_output *out, const struct stat *old)
{
	static const char ending[] = ".tmp-XXXXXX";
	enum { LONGEST = NAME_MAX - (int)sizeof ending + 1, TRIES = 100 };
	const char *slash = strrchr(target(out), '/');
	size_t folder = slash ? (size_t)(slash + 1 - target(out)) : 0;
	size_t length = strlen(target(out) + folder);
	length = folder + (length < LONGEST ? length : LONGEST);
	enum wp_err err = wp_alloc(&out->temporary, length + sizeof ending, 1, out->name);
	if (err)
		return err;
	memcpy(out->temporary, target(out), length);
	strcpy(out->temporary + length, ending);
	mode_t mode = old ? old->st_mode & 0777 : 0666;
	for (int i = 0; out->fd < 0 && i < TRIES; i++) {
		choose_suffix(out->temporary + length + sizeof ending - 7);
		out->fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (out->fd < 0 && errno != EEXIST)
			break;
	}
	if (out->fd < 0) {
		err = wp_fail_errno("%s: cannot create", out->name);
		free(out->temporary);
		out->temporary = NULL;
		return err;
	}
	/* Where these fail, it is readable by fewer. */
	if (old &&
		(fchown(out->fd, old->st_uid, old->st_gid) != 0 ||
			fchmod(out->fd, old->st_mode & 0777) != 0))
		return WP_OK;
	return WP_OK;
}

/* A regular file, there (st) or not (NULL). */
static enum wp_err open_file(struct wp_output *out, const struct stat *st)
{
	if (st && access(out->name, W_OK) != 0)
		return wp_fail_errno("%s: cannot write", out->name);
	/* A link stays a link, and the file that it names is replaced. */
	out->target = resolve(out->name);
	if (!out->target)
		return wp_fail_errno("%s: cannot create", out->name);
	return open_temporary(out, st);
}

enum wp_err wp_output_open(struct wp_output **output, const char *path)
{
	bool is_stdout = !path || strcmp(path, "-") == 0;
	enum wp_err err = create(output, is_stdout ? "<stdout>" : path);
	if (err)
		return err;
	struct wp_output *out = *output;
	struct stat st;
	bool exists = !is_stdout && stat(path, &st) == 0;
	out->is_stdout = is_stdout;
	if (is_stdout)
		out->fd = STDOUT_FILENO;
	else if (exists && (!S_ISREG(st.st_mode) || st.st_nlink == 0)) {
		/* A file without a name, as /dev/stdout may be, can't be replaced either. */
		out->fd = open(path, O_WRONLY | O_CLOEXEC);
		if (out->fd < 0)
			err = wp_fail_errno("%s: cannot open", path);
	} else
		err = open_file(out, exists ? &st : NULL);
	if (err) {
		wp_output_discard(out);
		*output = NULL;
		return err;
	}
#ifdef F_SETPIPE_SZ
	fcntl(out->fd, F_SETPIPE_SZ, PIPE_SIZE); /* fails where it is no pipe: fine */
#endif
	out->is_terminal = isatty(out->fd) == 1;
	return WP_OK;
}

enum wp_err wp_output_memory(struct wp_output **output)
{
	return create(output, "<memory>");
}

const char *wp_output_collected(const struct wp_output *out, size_t *size)
{
	*size = out->used;
	return out->buffer;
}

enum wp_err wp_output_close(struct wp_output *out)
{
	if (out->closed || out->fd < 0)
		return WP_OK;
	enum wp_err err = wp_output_flush(out);
	if (!err) /* and what it held back */
		err = wp_output_flush(out);
	if (err)
		return err;
	/* Some file systems first tell of a full disk here.  What cannot be synced, a pipe say,
	 * is none of them. */
	if (out->temporary && fsync(out->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
		err = wp_fail_errno("%s: cannot write", out->name);
	int status = close(out->fd);
	out->fd = -1;
	out->closed = true;
	if (!err && status != 0)
		err = wp_fail_errno("%s: cannot close", out->name);
	return err;
}

/* Make a new name last.  Where the system cannot do that there is nothing else to be done: the
 * file is whole under its new name or, after a failure of the machine, under its old one. */
static void sync_folder(char *path)
{
	char *slash = strrchr(path, '/');
	if (slash)
		slash[slash == path] = '\0';
	int fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

enum wp_err wp_output_commit(struct wp_output *out)
{
	enum wp_err err = wp_output_close(out);
	if (!err && out->temporary) {
		if (rename(out->temporary, target(out)) != 0)
			err = wp_fail_errno(
				"%s: cannot rename from %s", out->name, out->temporary);
		else {
			sync_folder(out->temporary);
			free(out->temporary);
			out->temporary = NULL;
		}
	}
	wp_output_discard(out);
	return err;
}

void wp_output_discard(struct wp_output *out)
{
	if (!out)
		return;
	if (out->fd >= 0 && !out->is_stdout)
		close(out->fd);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	free(out->target);
	free(out->buffer);
	free(out->name);
	free(out);
}
