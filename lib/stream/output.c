#define _GNU_SOURCE /* F_SETPIPE_SZ, mkostemp */
#include "stream/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/visible.h"

enum { BLOCK = 1 << 18, PIPE_SIZE = 1 << 20 };

struct wp_output {
	char *name;      /* as given, for messages          */
	char *target;    /* where a symbolic link leads, or NULL: then it is name */
	char *temporary; /* where the bytes go till commit  */
	int fd;          /* -1: memory                      */
	bool is_stdout, is_terminal;
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

static const char *target(const struct wp_output *out)
{
	return out->target ? out->target : out->name;
}

/* A temporary file beside the target, with the permissions that open(2) would have given or,
 * where it replaces a file (old), left. */
static enum wp_err open_temporary(struct wp_output *out, const struct stat *old)
{
	size_t length = strlen(target(out));
	enum wp_err err = wp_alloc(&out->temporary, length + 16, 1, out->name);
	if (err)
		return err;
	snprintf(out->temporary, length + 16, "%s.tmp-XXXXXX", target(out));
	out->fd = mkostemp(out->temporary, O_CLOEXEC);
	if (out->fd < 0) {
		err = wp_fail_errno("%s: cannot create", out->name);
		free(out->temporary);
		out->temporary = NULL;
		return err;
	}
	mode_t mask = umask(0);
	umask(mask);
	/* A failure leaves it readable by the user alone. */
	fchmod(out->fd, old ? old->st_mode & 0777 : 0666 & ~mask);
	return WP_OK;
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
	else if (exists && !S_ISREG(st.st_mode)) {
		out->fd = open(path, O_WRONLY | O_CLOEXEC);
		if (out->fd < 0)
			err = wp_fail_errno("%s: cannot open", path);
	} else {
		/* A link stays a link, and the file that it names is replaced. */
		out->target = exists ? realpath(path, NULL) : NULL;
		err = open_temporary(out, exists ? &st : NULL);
	}
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

enum wp_err wp_output_commit(struct wp_output *out)
{
	enum wp_err err = wp_output_flush(out);
	if (!err) /* and what it held back */
		err = wp_output_flush(out);
	if (!err && out->fd >= 0) {
		/* Closing is where some file systems first tell of a full disk. */
		int status = close(out->fd);
		out->fd = -1;
		if (status != 0)
			err = wp_fail_errno("%s: cannot close", out->name);
	}
	if (!err && out->temporary) {
		if (rename(out->temporary, target(out)) != 0)
			err = wp_fail_errno(
				"%s: cannot rename from %s", out->name, out->temporary);
		else {
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
