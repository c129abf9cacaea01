#define _GNU_SOURCE /* F_SETPIPE_SZ, madvise */
#include "stream/input.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "stream/kind.h"

enum {
	BLOCK = 1 << 18,    /* bytes asked of the system at a time                   */
	PIPE_SIZE = 1 << 20 /* of a pipe that we read, where the system lets us say it */
};

struct wp_input {
	char *name;
	int fd; /* -1: memory only */
	bool owns_fd, is_terminal, at_end;
	bool is_gzip, in_member, in_padding;
	z_stream inflater;
	char *packed; /* gzip: bytes as they are in the file */

	char *buffer; /* decompressed bytes, [begin, end) not yet consumed */
	size_t room, begin, end;
	const char *memory; /* instead of buffer, for memory and mapped files */
	size_t memory_size;
	bool is_mapped;
	size_t forgotten; /* of a mapped file: bytes given back to the system */
	struct stat as_mapped;
	_Atomic(struct wp_input *) next; /* in the list of mapped inputs */
	uint64_t offset;
	char last; /* byte consumed by wp_input_skip */
};

/* All mapped inputs of the process, for who has caught SIGBUS.  Changes take turns; the handler
 * of a signal looks at it without. */
static _Atomic(struct wp_input *) mapped_inputs;
static pthread_mutex_t mapped_lock = PTHREAD_MUTEX_INITIALIZER;

static void enter_mapped(struct wp_input *in)
{
	pthread_mutex_lock(&mapped_lock);
	atomic_store(&in->next, atomic_load(&mapped_inputs));
	atomic_store(&mapped_inputs, in);
	pthread_mutex_unlock(&mapped_lock);
}

static void strike_out_mapped(struct wp_input *in)
{
	pthread_mutex_lock(&mapped_lock);
	_Atomic(struct wp_input *) *link = &mapped_inputs;
	while (atomic_load(link) != in)
		link = &atomic_load(link)->next;
	atomic_store(link, atomic_load(&in->next));
	pthread_mutex_unlock(&mapped_lock);
}

const char *wp_input_mapped_at(const void *address)
{
	uintptr_t at = (uintptr_t)address;
	for (struct wp_input *in = atomic_load(&mapped_inputs); in; in = atomic_load(&in->next))
		if (at - (uintptr_t)in->memory < in->memory_size)
			return in->name;
	return NULL;
}

bool wp_input_has_changed(const struct wp_input *in)
{
	struct stat now;
	const struct stat *then = &in->as_mapped;
	if (!in->is_mapped || fstat(in->fd, &now) != 0)
		return false;
	return now.st_size != then->st_size || now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

const char *wp_input_name(const struct wp_input *in)
{
	return in->name;
}

bool wp_input_is_terminal(const struct wp_input *in)
{
	return in->is_terminal;
}

uint64_t wp_input_offset(const struct wp_input *in)
{
	return in->offset;
}

/* Read once from the file, waiting only if nothing is there yet. */
static enum wp_err read_some(struct wp_input *in, char *to, size_t room, size_t *got)
{
	ssize_t n;
	do
		n = read(in->fd, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return wp_fail_errno("%s: cannot read", in->name);
	*got = (size_t)n;
	return WP_OK;
}

static enum wp_err bad_gzip(struct wp_input *in, const char *why)
{
	return wp_fail(WP_ECORRUPT, "%s: damaged gzip data: %s (after %llu bytes of content)",
		in->name, why, (unsigned long long)in->offset + (in->end - in->begin));
}

/* One step of decompression into [to, to + room): *got may stay 0 without that being the end.
 */
static enum wp_err inflate_some(struct wp_input *in, char *to, size_t room, size_t *got)
{
	z_stream *z = &in->inflater;
	if (z->avail_in == 0) {
		size_t n = 0;
		enum wp_err err = read_some(in, in->packed, BLOCK, &n);
		if (err)
			return err;
		z->next_in = (Bytef *)in->packed;
		z->avail_in = (uInt)n;
		if (n == 0) {
			in->at_end = true;
			if (in->in_member)
				return wp_fail(WP_ETRUNC, "%s: gzip data ends in the middle",
					in->name);
			return WP_OK;
		}
	}
	if (!in->in_member) {
		/* Tapes and block devices are filled up with zeros. */
		while (z->avail_in > 0 && *z->next_in == 0) {
			z->next_in++;
			z->avail_in--;
			in->in_padding = true;
		}
		if (z->avail_in == 0)
			return WP_OK;
		if (in->in_padding || *z->next_in != 0x1f)
			return bad_gzip(in, "other bytes behind its end");
		/* Another member, as `cat a.gz b.gz` makes. */
		if (inflateReset(z) != Z_OK)
			return bad_gzip(in, "cannot start another member");
		in->in_member = true;
	}
	z->next_out = (Bytef *)to;
	z->avail_out = (uInt)room;
	int status = inflate(z, Z_NO_FLUSH);
	*got = room - z->avail_out;
	if (status == Z_STREAM_END)
		in->in_member = false;
	else if (status == Z_MEM_ERROR)
		return wp_fail(WP_ENOMEM, "%s: cannot get memory to decompress", in->name);
	else if (status != Z_OK && status != Z_BUF_ERROR)
		return bad_gzip(in, z->msg ? z->msg : "not gzip");
	return WP_OK;
}

/* Add to the buffer until it holds `want` bytes or the input ends. */
static enum wp_err fill(struct wp_input *in, size_t want)
{
	if (in->begin > 0) {
		memmove(in->buffer, in->buffer + in->begin, in->end - in->begin);
		in->end -= in->begin;
		in->begin = 0;
	}
	size_t need = want > BLOCK ? want : BLOCK;
	while (!in->at_end && in->end < want) {
		/* Doubling from what has arrived, not to what was asked for: a hostile
		 * header cannot make us take memory that no data stands behind. */
		size_t aim = in->end + BLOCK < need ? in->end + BLOCK : need;
		enum wp_err err = wp_grow(&in->buffer, &in->room, aim, 1, in->name);
		size_t got = 0;
		size_t room = in->room - in->end;
		if (room > 1 << 30)
			room = 1 << 30;
		if (!err && in->is_gzip)
			err = inflate_some(in, in->buffer + in->end, room, &got);
		else if (!err) {
			err = read_some(in, in->buffer + in->end, room, &got);
			in->at_end = got == 0;
		}
		if (err)
			return err;
		in->end += got;
	}
	return WP_OK;
}

enum wp_err wp_input_peek(struct wp_input *in, size_t want, const char **data, size_t *have)
{
	if (in->memory) {
		*data = in->memory + in->begin;
		*have = in->memory_size - in->begin;
		return WP_OK;
	}
	if (in->end - in->begin < want) {
		enum wp_err err = fill(in, want);
		if (err)
			return err;
	}
	*data = in->buffer + in->begin;
	*have = in->end - in->begin;
	return WP_OK;
}

void wp_input_skip(struct wp_input *in, size_t n)
{
	in->begin += n;
	in->offset += n;
	if (n > 0)
		in->last = (in->memory ? in->memory : in->buffer)[in->begin - 1];
}

char wp_input_last(const struct wp_input *in)
{
	return in->last;
}

enum wp_err wp_input_read(struct wp_input *in, void *buffer, size_t n, size_t *got)
{
	char *to = buffer;
	size_t done = 0;
	while (done < n) {
		size_t have = in->memory ? in->memory_size - in->begin : in->end - in->begin;
		const char *data = in->memory ? in->memory + in->begin : in->buffer + in->begin;
		enum wp_err err = WP_OK;
		bool buffered = have > 0;
		if (!buffered && !in->memory && !in->is_gzip && !in->at_end &&
			n - done >= BLOCK) {
			/* Nothing is buffered and much is wanted: straight to its place. */
			err = read_some(in, to + done, n - done, &have);
			in->at_end = have == 0;
			in->offset += have;
		} else if (!buffered) {
			err = wp_input_peek(in, 1, &data, &have);
			buffered = true;
		}
		if (err)
			return err;
		if (have == 0)
			break;
		if (have > n - done)
			have = n - done;
		if (buffered) {
			memcpy(to + done, data, have);
			wp_input_skip(in, have);
		}
		done += have;
	}
	*got = done;
	return WP_OK;
}

const char *wp_input_map(struct wp_input *in, size_t *size)
{
	if (in->memory || in->offset > 0) {
		*size = in->memory_size;
		return in->offset > 0 ? NULL : in->memory;
	}
	struct stat st;
	if (in->is_gzip || fstat(in->fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return NULL;
	/* Standard input may have been opened and partly read by another program. */
	off_t here = lseek(in->fd, 0, SEEK_CUR);
	if (here < 0 || here != (off_t)in->end || (uintmax_t)st.st_size > SIZE_MAX)
		return NULL;
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, in->fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	in->memory = p;
	in->memory_size = (size_t)st.st_size;
	in->is_mapped = true;
	in->as_mapped = st;
	enter_mapped(in);
	in->begin = 0;
	*size = in->memory_size;
	return p;
}

void wp_input_forget(struct wp_input *in)
{
	/* In large steps, for each is a call of the system; and the page that holds the next
	 * byte stays. */
	size_t end = in->begin / BLOCK * BLOCK;
	if (!in->is_mapped || end <= in->forgotten)
		return;
#ifdef MADV_DONTNEED
	madvise((char *)(uintptr_t)in->memory + in->forgotten, end - in->forgotten,
		MADV_DONTNEED); /* only a hint */
#endif
	in->forgotten = end;
}

/* Look at the first bytes: is it gzip? */
static enum wp_err recognise(struct wp_input *in)
{
	const char *data;
	size_t have;
	enum wp_err err = wp_input_peek(in, 1, &data, &have);
	if (!err && have == 1 && *data == 0x1f && !in->is_terminal)
		err = wp_input_peek(in, 2, &data, &have);
	if (err || have < 2 || (unsigned char)data[0] != 0x1f || (unsigned char)data[1] != 0x8b)
		return err;
	err = wp_alloc(&in->packed, BLOCK, 1, in->name);
	if (err)
		return err;
	if (inflateInit2(&in->inflater, 15 + 16) != Z_OK)
		return wp_fail(WP_ENOMEM, "%s: cannot get memory to decompress", in->name);
	memcpy(in->packed, data, have < BLOCK ? have : BLOCK);
	in->inflater.next_in = (Bytef *)in->packed;
	in->inflater.avail_in = (uInt)have;
	in->is_gzip = in->in_member = true;
	in->begin = in->end = 0;
	return WP_OK;
}

static enum wp_err create(struct wp_input **input, const char *name)
{
	struct wp_input *in;
	*input = NULL;
	enum wp_err err = wp_alloc(&in, 1, sizeof *in, name);
	if (err)
		return err;
	in->fd = -1;
	err = wp_alloc(&in->name, strlen(name) + 1, 1, name);
	if (err) {
		free(in);
		return err;
	}
	strcpy(in->name, name);
	*input = in;
	return WP_OK;
}

enum wp_err wp_input_open(struct wp_input **input, const char *path)
{
	bool is_stdin = !path || strcmp(path, "-") == 0;
	enum wp_err err = create(input, is_stdin ? "<stdin>" : path);
	if (err)
		return err;
	struct wp_input *in = *input;
	in->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	in->owns_fd = !is_stdin;
	if (in->fd < 0)
		err = wp_fail_errno("%s: cannot open", path);
	if (!err) {
		in->is_terminal = isatty(in->fd) == 1;
#ifdef F_SETPIPE_SZ
		fcntl(in->fd, F_SETPIPE_SZ, PIPE_SIZE); /* fails where it is no pipe: fine */
#endif
		err = recognise(in);
	}
	if (err) {
		wp_input_close(in);
		*input = NULL;
	}
	return err;
}

enum wp_err wp_input_expect_text(struct wp_input *in)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *data;
	size_t have = 0, seen;
	enum wp_err err;
	do { /* wait for no more than it takes to tell */
		seen = have;
		err = wp_input_peek(in, seen + 1, &data, &have);
	} while (!err && have > seen && !in->is_terminal &&
		(wp_kind_is_open(data, have) || (have < 3 && memcmp(data, mark, have) == 0)));
	if (err)
		return err;
	const struct wp_kind *kind = wp_kind_of_binary(data, have);
	if (kind)
		return wp_kind_refuse(in, kind, "text");
	if (have >= 3 && memcmp(data, mark, 3) == 0)
		wp_input_skip(in, 3);
	return WP_OK;
}

enum wp_err wp_input_open_text(struct wp_input **input, const char *path)
{
	enum wp_err err = wp_input_open(input, path);
	if (!err)
		err = wp_input_expect_text(*input);
	if (err) {
		wp_input_close(*input);
		*input = NULL;
	}
	return err;
}

enum wp_err wp_input_memory(
	struct wp_input **input, const void *data, size_t size, const char *name)
{
	enum wp_err err = create(input, name);
	if (err)
		return err;
	(*input)->memory = size ? data : "";
	(*input)->memory_size = size;
	(*input)->at_end = true;
	return WP_OK;
}

void wp_input_close(struct wp_input *in)
{
	if (!in)
		return;
	if (in->is_gzip)
		inflateEnd(&in->inflater);
	if (in->is_mapped) {
		strike_out_mapped(in);
		munmap((void *)(uintptr_t)in->memory, in->memory_size);
	}
	if (in->owns_fd && in->fd >= 0)
		close(in->fd);
	free(in->packed);
	free(in->buffer);
	free(in->name);
	free(in);
}
