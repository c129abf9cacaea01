/* NumPy's .npz: a zip archive of .npy files, NAME.npy for each array, as numpy.savez and
 * numpy.savez_compressed write it.
 *
 * The archive is found from its end: the end record, the central directory before it, an entry
 * for each file, and there where its local header stands.  All numbers are little endian.
 * Format: PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.4; https://numpy.org/doc/stable/
 * reference/generated/numpy.savez.html. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "formats/dense.h"
#include "formats/format.h"
#include "formats/npy.h"
#include "stream/crc.h"
#include "stream/kind.h"
#include "stream/pattern.h"

enum {
	LOCAL = 30,      /* bytes of a local header, before its name        */
	CENTRAL = 46,    /* of an entry of the central directory            */
	END = 22,        /* of the end record, before its comment           */
	LONGEST = 65535, /* comment, name or extra field                    */
	STORED = 0,
	DEFLATED = 8
};

static const char local_mark[] = "PK\3\4", central_mark[] = "PK\1\2", end_mark[] = "PK\5\6";

static uint64_t number(const unsigned char *p, int bytes)
{
	uint64_t n = 0;
	for (int i = bytes - 1; i >= 0; i--)
		n = n << 8 | p[i];
	return n;
}

/* ---- reading ---- */

struct member {
	char name[512]; /* without ".npy" */
	uint64_t packed, size, local;
	uint32_t crc;
	unsigned method;
};

struct archive {
	const char *from;
	const unsigned char *data;
	size_t size;
	size_t at; /* in the central directory */
	uint64_t members;
};

static enum wp_err bad(const struct archive *a, enum wp_err code, const char *what, uint64_t at)
{
	return wp_fail(code, "%s: %s (byte %" PRIu64 ")", a->from, what, at);
}

static enum wp_err find_directory(struct archive *a)
{
	size_t last = a->size < END ? 0 : a->size - END + 1, i = last;
	size_t least = a->size > END + LONGEST ? a->size - END - LONGEST : 0;
	while (i > least && memcmp(a->data + i - 1, end_mark, 4) != 0)
		i--;
	if (i == least && (a->size < END || memcmp(a->data + least, end_mark, 4) != 0))
		return bad(a, WP_ETRUNC, "a zip archive without its end", a->size);
	const unsigned char *end = a->data + (i ? i - 1 : 0);
	uint64_t at = number(end + 16, 4), bytes = number(end + 12, 4);
	a->members = number(end + 10, 2);
	if (a->members == 0xffff || at == 0xffffffff)
		return bad(a, WP_EMISMATCH,
			"a zip64 archive: numpy.save writes large arrays as .npy files, which "
			"are read",
			(uint64_t)(end - a->data));
	if (number(end + 20, 2) != (uint64_t)(a->data + a->size - end - END))
		return bad(a, WP_ECORRUPT, "data behind the zip archive",
			(uint64_t)(end - a->data));
	if (at > a->size || bytes > a->size - at || at + bytes > (uint64_t)(end - a->data))
		return bad(a, WP_ECORRUPT,
			"a zip archive whose directory is not where it should be",
			(uint64_t)(end - a->data));
	a->at = (size_t)at;
	return WP_OK;
}

static enum wp_err next_member(struct archive *a, struct member *m)
{
	const unsigned char *p = a->data + a->at;
	if (a->size - a->at < CENTRAL || memcmp(p, central_mark, 4) != 0)
		return bad(a, WP_ECORRUPT, "not an entry of the archive's directory", a->at);
	size_t name = (size_t)number(p + 28, 2);
	size_t whole = CENTRAL + name + (size_t)number(p + 30, 2) + (size_t)number(p + 32, 2);
	if (a->size - a->at < whole)
		return bad(a, WP_ETRUNC, "ends in the archive's directory", a->at);
	*m = (struct member){.method = (unsigned)number(p + 10, 2),
		.crc = (uint32_t)number(p + 16, 4),
		.packed = number(p + 20, 4),
		.size = number(p + 24, 4),
		.local = number(p + 42, 4)};
	if (number(p + 8, 2) & 1)
		return bad(a, WP_EMISMATCH, "an encrypted file in the archive", a->at);
	if (name >= sizeof m->name || memchr(p + CENTRAL, '\0', name))
		return bad(a, WP_ECORRUPT, "an impossible name in the archive", a->at);
	memcpy(m->name, p + CENTRAL, name);
	if (name > 4 && memcmp(m->name + name - 4, ".npy", 4) == 0)
		m->name[name - 4] = '\0';
	else
		return wp_fail(WP_EMISMATCH,
			"%s: the archive holds '%s', which is no array of NumPy", a->from,
			m->name);
	a->at += whole;
	return WP_OK;
}

/* The bytes of a file in the archive: *file in place where it is stored, else *own, to be
 * freed. */
static enum wp_err unpack(
	const struct archive *a, const struct member *m, const unsigned char **file, void **own)
{
	*own = NULL;
	if (m->local > a->size || a->size - m->local < LOCAL ||
		memcmp(a->data + m->local, local_mark, 4) != 0)
		return bad(a, WP_ECORRUPT, "no file where the archive says there is one",
			m->local);
	const unsigned char *p = a->data + m->local;
	uint64_t begin = m->local + LOCAL + number(p + 26, 2) + number(p + 28, 2);
	if (begin > a->size || m->packed > a->size - begin)
		return bad(a, WP_ETRUNC, "ends in a file of the archive", m->local);
	*file = a->data + begin;
	if (m->method == STORED && m->packed != m->size)
		return bad(a, WP_ECORRUPT, "sizes that contradict each other", m->local);
	if (m->method == DEFLATED) {
		/* Deflate packs a thousandfold at most: no more memory than the data can fill.
		 */
		if (m->size / 1032 > m->packed)
			return bad(a, WP_ECORRUPT, "an impossible size", m->local);
		enum wp_err err = wp_alloc(own, (size_t)m->size + 1, 1, "array");
		if (err)
			return err;
		z_stream z = {.next_in = (Bytef *)(uintptr_t)*file,
			.avail_in = (uInt)m->packed,
			.next_out = *own,
			.avail_out = (uInt)m->size + 1};
		if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
			return wp_fail(WP_ENOMEM, "%s: no memory to expand it", a->from);
		int result = inflate(&z, Z_FINISH);
		uint64_t got = z.total_out;
		inflateEnd(&z);
		if (result != Z_STREAM_END || got != m->size)
			return bad(a, WP_ECORRUPT, "damaged compressed data", begin);
		*file = *own;
	} else if (m->method != STORED) {
		return bad(a, WP_EMISMATCH, "compressed in a way that is not known here",
			m->local);
	}
	return wp_crc32(0, *file, (size_t)m->size) == m->crc
		? WP_OK
		: bad(a, WP_ECORRUPT, "damaged: the checksum is wrong", begin);
}

static enum wp_err put_array(struct wp_writer *writer, struct wp_format_job *job,
	const struct archive *a, const char *name, const unsigned char *file, size_t size)
{
	struct wp_input *input;
	struct wp_npy npy;
	char from[600];
	snprintf(from, sizeof from, "%.80s: %.500s.npy", a->from, name);
	enum wp_err err = wp_input_memory(&input, file, size, from);
	if (err)
		return err;
	err = wp_npy_read(&npy, input);
	const char *asked = job->tensor;
	bool convert = job->convert;
	job->tensor = name;
	if (!err && npy.tensor.rank > 0)
		npy.tensor.dim[0] = wp_format_rows(job, npy.tensor.dim[0]);
	job->convert = convert && wp_dense_is_float(npy.tensor.type);
	if (!err && npy.tensor.type == WP_STRING)
		err = wp_npy_put_strings(writer, name, &npy);
	else if (!err)
		err = wp_format_put(writer, job, &npy.tensor, npy.data, from);
	job->tensor = asked;
	job->convert = convert;
	wp_npy_fini(&npy);
	wp_input_close(input);
	return err;
}

static enum wp_err read_members(
	struct archive *a, struct wp_writer *writer, struct wp_format_job *job)
{
	struct wp_patterns rename;
	char all[256] = "";
	uint64_t put = 0;
	enum wp_err err = wp_patterns_parse(&rename, job->rename, "rename", true);
	for (uint64_t i = 0; i < a->members && !err; i++) {
		struct member m;
		char name[WP_NAME_SIZE];
		const unsigned char *file = NULL;
		void *own = NULL;
		err = next_member(a, &m);
		if (!err)
			err = wp_patterns_rename(&rename, m.name, name);
		if (err)
			break;
		size_t used = strlen(all);
		snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", name);
		if (job->tensor && strcmp(job->tensor, name) != 0)
			continue;
		err = unpack(a, &m, &file, &own);
		if (!err)
			err = put_array(writer, job, a, name, file, (size_t)m.size);
		free(own);
		put++;
	}
	if (!err && put == 0)
		err = job->tensor
			? wp_fail(WP_EMISMATCH, "%s: no array '%s'; there %s %s", a->from,
				  job->tensor, *all ? "are" : "is none", all)
			: wp_fail(WP_EMISMATCH, "%s: an archive without arrays", a->from);
	if (!err && wp_patterns_unused(&rename))
		err = wp_fail(WP_EMISMATCH, "%s: \1rename %s: no such array; there are %s",
			a->from, wp_patterns_unused(&rename), all);
	wp_patterns_fini(&rename);
	snprintf(job->report, sizeof job->report, "%.100s: %" PRIu64 " of %" PRIu64 " arrays",
		a->from, put, a->members);
	return err;
}

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	const char *data;
	size_t have = 0, seen;
	struct archive a = {.from = wp_input_name(input)};
	enum wp_err err;
	wp_input_map(input, &seen); /* if it can be: then nothing is copied */
	do {
		seen = have;
		err = wp_input_peek(input, seen + (1 << 20), &data, &have);
	} while (!err && have >= seen + (1 << 20));
	if (err)
		return err;
	if (have < 4 || (memcmp(data, local_mark, 4) != 0 && memcmp(data, end_mark, 4) != 0))
		return wp_kind_refuse(input, wp_kind_of(data, have), "a .npz file");
	if (have > UINT32_MAX)
		return wp_fail(WP_EMISMATCH,
			"%s: larger than 4 GiB: numpy.save writes large arrays as .npy files, "
			"which are read",
			a.from);
	a.data = (const unsigned char *)data;
	a.size = have;
	err = find_directory(&a);
	return err ? err : read_members(&a, writer, job);
}

/* ---- writing ---- */

struct writing {
	struct wp_output *output, *directory;
	uint64_t begin; /* of the archive in the output */
	size_t members;
};

static void put_number(unsigned char *p, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (unsigned char)(n >> 8 * i & 255);
}

/* The fields that both headers have, from the version needed on: stored, no flags, of the first
 * day that there is. */
static void describe(unsigned char *p, uint32_t crc, uint64_t size, size_t name)
{
	put_number(p, 20, 2);
	put_number(p + 8, 0x21, 2); /* 1 January 1980 */
	put_number(p + 10, crc, 4);
	put_number(p + 14, size, 4);
	put_number(p + 18, size, 4);
	put_number(p + 22, name, 2);
}

/* Add a file of these bytes. */
static enum wp_err add(struct writing *w, const char *name, const void *data, size_t size)
{
	unsigned char local[LOCAL] = {0}, central[CENTRAL] = {0};
	char file[WP_NAME_SIZE + 8];
	size_t n = (size_t)snprintf(file, sizeof file, "%s.npy", name);
	uint64_t at = wp_output_offset(w->output) - w->begin;
	if (at + size > UINT32_MAX - (1 << 20))
		return wp_fail(WP_EMISMATCH,
			"tensor '%s': a zip archive of this form ends at 4 GiB; \1tensor and "
			"'\1to npy' write one tensor of any size",
			name);
	uint32_t crc = wp_crc32(0, data, size);
	memcpy(local, local_mark, 4);
	describe(local + 4, crc, size, n);
	memcpy(central, central_mark, 4);
	put_number(central + 4, 20, 2);
	describe(central + 6, crc, size, n);
	put_number(central + 42, at, 4);
	enum wp_err err = wp_output_write(w->output, local, sizeof local);
	if (!err)
		err = wp_output_write(w->output, file, n);
	if (!err)
		err = wp_output_write(w->output, data, size);
	if (!err)
		err = wp_output_write(w->directory, central, sizeof central);
	w->members++;
	return err ? err : wp_output_write(w->directory, file, n);
}

/* A tensor as an .npy file in memory, and into the archive. */
static enum wp_err add_tensor(struct writing *w, const struct wp_tensor_set *set,
	const struct wp_tensor *t, const char *name, const struct wp_format_job *job)
{
	struct wp_output *file;
	struct wp_tensor tensor = *t;
	const void *data = NULL;
	void *own = NULL;
	size_t size;
	const struct wp_strings *strings = wp_tensor_set_strings(set, t->name);
	enum wp_err err = wp_output_memory(&file);
	if (err)
		return err;
	if (!strings)
		wp_tensor_set_get(set, t->name, &data);
	if (!strings && job->convert && wp_dense_is_float(t->type) && t->type != job->type) {
		err = wp_dense_retype(t, data, job->type, &own);
		tensor.type = job->type;
		data = own;
	}
	if (!err)
		err = strings ? wp_npy_write_strings(file, name, strings, strings->count)
			      : wp_npy_write(file, &tensor, data);
	if (!err) {
		const char *bytes = wp_output_collected(file, &size);
		err = add(w, name, bytes, size);
	}
	free(own);
	wp_output_discard(file);
	return err;
}

static enum wp_err add_end(struct writing *w)
{
	unsigned char end[END] = {0};
	size_t size;
	const char *directory = wp_output_collected(w->directory, &size);
	memcpy(end, end_mark, 4);
	put_number(end + 8, w->members, 2);
	put_number(end + 10, w->members, 2);
	put_number(end + 12, size, 4);
	put_number(end + 16, wp_output_offset(w->output) - w->begin, 4);
	enum wp_err err = wp_output_write(w->output, directory, size);
	return err ? err : wp_output_write(w->output, end, sizeof end);
}

static enum wp_err write_set(
	struct writing *w, const struct wp_tensor_set *set, const struct wp_format_job *job)
{
	struct wp_patterns rename;
	enum wp_err err = wp_patterns_parse(&rename, job->rename, "rename", true);
	for (size_t i = 0; i < wp_tensor_set_count(set) && !err; i++) {
		const struct wp_tensor *t = wp_tensor_set_at(set, i);
		char name[WP_NAME_SIZE];
		if (job->tensor ? strcmp(t->name, job->tensor) != 0
				: strcmp(t->name, "history") == 0)
			continue;
		if (w->members == UINT16_MAX - 1)
			err = wp_fail(WP_EMISMATCH, "more tensors than an archive can hold");
		if (!err)
			err = wp_patterns_rename(&rename, t->name, name);
		if (!err && strchr(name, '/'))
			err = wp_fail(WP_EMISMATCH,
				"tensor '%s': a name with a slash; \1rename gives it another",
				name);
		if (!err)
			err = add_tensor(w, set, t, name, job);
	}
	if (!err && w->members == 0)
		err = job->tensor
			? wp_tensor_set_lacks(set, job->tensor)
			: wp_fail(WP_EMISMATCH, "%s: no tensors", wp_tensor_set_name(set));
	if (!err && wp_patterns_unused(&rename))
		err = wp_tensor_set_lacks(set, wp_patterns_unused(&rename));
	wp_patterns_fini(&rename);
	return err ? err : add_end(w);
}

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	struct wp_tensor_set *set;
	struct writing w = {.output = output, .begin = wp_output_offset(output)};
	enum wp_err err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	err = wp_output_memory(&w.directory);
	if (!err) {
		err = write_set(&w, set, job);
		wp_output_discard(w.directory);
	}
	wp_tensor_set_free(set);
	return err;
}

const struct wp_format wp_format_npz = {
	.name = "npz",
	.is_binary = true,
	.reading = WP_FORMAT_TYPE | WP_FORMAT_RENAME,
	.writing = WP_FORMAT_TYPE | WP_FORMAT_RENAME,
	.read = read_format,
	.write = write_format,
};
