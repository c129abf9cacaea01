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
	END_64 = 56,     /* of the end record of zip64                      */
	LOCATOR = 20,    /* of what says where that is                      */
	EXTRA_64 = 1,    /* the number of the extra field of zip64          */
	LONGEST = 65535, /* comment, name or extra field                    */
	STORED = 0,
	DEFLATED = 8
};

static const char local_mark[] = "PK\3\4", central_mark[] = "PK\1\2", end_mark[] = "PK\5\6";
static const char end_64_mark[] = "PK\6\6", locator_mark[] = "PK\6\7";

/* Numbers that fit no field stand in those of zip64. */
static const uint64_t beyond = UINT32_MAX, beyond_members = UINT16_MAX;

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
	uint64_t before = (uint64_t)(end - a->data);
	a->members = number(end + 10, 2);
	if (a->members == beyond_members || at == beyond || bytes == beyond) {
		const unsigned char *locator = end - LOCATOR;
		uint64_t place = 0;
		if (before >= LOCATOR && memcmp(locator, locator_mark, 4) == 0)
			place = number(locator + 8, 8);
		if (before < LOCATOR + END_64 || memcmp(locator, locator_mark, 4) != 0 ||
			place > before - LOCATOR - END_64 ||
			memcmp(a->data + place, end_64_mark, 4) != 0)
			return bad(a, WP_ECORRUPT, "a zip64 archive without its end record",
				before);
		const unsigned char *end_64 = a->data + place;
		a->members = number(end_64 + 32, 8);
		bytes = number(end_64 + 40, 8);
		at = number(end_64 + 48, 8);
		before = place;
	}
	if (number(end + 20, 2) != (uint64_t)(a->data + a->size - end - END))
		return bad(a, WP_ECORRUPT, "data behind the zip archive",
			(uint64_t)(end - a->data));
	if (at > before || bytes > before - at)
		return bad(a, WP_ECORRUPT,
			"a zip archive whose directory is not where it should be",
			(uint64_t)(end - a->data));
	a->at = (size_t)at;
	return WP_OK;
}

/* Take the numbers that fit no field from the extra field of zip64, where they stand in this
 * order; false where it lacks them. */
static bool take_zip64(struct member *m, const unsigned char *extra, size_t size)
{
	uint64_t *wanted[3], **want = wanted, **end;
	if (m->size == beyond)
		*want++ = &m->size;
	if (m->packed == beyond)
		*want++ = &m->packed;
	if (m->local == beyond)
		*want++ = &m->local;
	end = want;
	want = wanted;
	while (want < end && size >= 4) {
		size_t id = (size_t)number(extra, 2), length = (size_t)number(extra + 2, 2);
		if (length > size - 4)
			return false;
		if (id == EXTRA_64) {
			for (size_t k = 0; want < end && k + 8 <= length; k += 8)
				**want++ = number(extra + 4 + k, 8);
			return want == end;
		}
		extra += 4 + length;
		size -= 4 + length;
	}
	return want == end;
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
	if (!take_zip64(m, p + CENTRAL + name, (size_t)number(p + 30, 2)))
		return bad(a, WP_ECORRUPT, "sizes of zip64 are missing", a->at);
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

/* zlib counts what it is given in 32 bits. */
static uInt some(uint64_t left)
{
	return left < 1 << 30 ? (uInt)left : 1 << 30;
}

/* Expand a file to m->size bytes at `to`, which has room for one more. */
static enum wp_err expand(
	const struct archive *a, const struct member *m, const unsigned char *from, void *to)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)from, .next_out = to};
	uint64_t in = m->packed, out = m->size + 1;
	int result = Z_OK;
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return wp_fail(WP_ENOMEM, "%s: no memory to expand it", a->from);
	while (result == Z_OK && out > 0) {
		uInt give = some(in), room = some(out);
		z.avail_in = give;
		z.avail_out = room;
		result = inflate(&z, Z_NO_FLUSH);
		in -= give - z.avail_in;
		out -= room - z.avail_out;
	}
	inflateEnd(&z);
	return result == Z_STREAM_END && out == 1 ? WP_OK : WP_ECORRUPT;
}

/* The bytes of a file in the archive: *file in place where it is stored, else *own, to be
 * freed. */
static enum wp_err unpack(
	const struct archive *a, const struct member *m, const unsigned char **file, void **own)
{
	enum wp_err err;
	*own = NULL;
	if (m->local > a->size || a->size - m->local < LOCAL ||
		memcmp(a->data + m->local, local_mark, 4) != 0)
		return bad(a, WP_ECORRUPT, "no file where the archive says there is one",
			m->local);
	const unsigned char *p = a->data + m->local;
	size_t name = strlen(m->name);
	if (number(p + 26, 2) != name + 4 || a->size - m->local - LOCAL < name + 4 ||
		memcmp(p + LOCAL, m->name, name) != 0 || number(p + 8, 2) != m->method)
		return bad(a, WP_ECORRUPT, "a file that is not the one of the directory",
			m->local);
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
		if ((err = wp_alloc(own, (size_t)m->size + 1, 1, "array")))
			return err;
		if ((err = expand(a, m, *file, *own)))
			return err == WP_ECORRUPT
				? bad(a, WP_ECORRUPT, "damaged compressed data", begin)
				: err;
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
	job->convert = convert && wp_type_is_float(npy.tensor.type);
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
static void describe(unsigned char *p, uint32_t crc, uint64_t size, size_t name, bool zip64)
{
	put_number(p, zip64 ? 45 : 20, 2);
	put_number(p + 8, 0x21, 2); /* 1 January 1980 */
	put_number(p + 10, crc, 4);
	put_number(p + 14, zip64 ? beyond : size, 4);
	put_number(p + 18, zip64 ? beyond : size, 4);
	put_number(p + 22, name, 2);
}

/* The extra field of zip64 with these numbers; its bytes. */
static size_t put_extra(unsigned char *p, const uint64_t *numbers, int count)
{
	put_number(p, EXTRA_64, 2);
	put_number(p + 2, 8 * (uint64_t)count, 2);
	for (int i = 0; i < count; i++)
		put_number(p + 4 + 8 * i, numbers[i], 8);
	return 4 + 8 * (size_t)count;
}

/* Add a file of these bytes; beyond 4 GiB, in the form of zip64. */
static enum wp_err add(struct writing *w, const char *name, const void *data, size_t size)
{
	unsigned char local[LOCAL] = {0}, central[CENTRAL] = {0}, extra[2][28];
	char file[WP_NAME_SIZE + 8];
	size_t n = (size_t)snprintf(file, sizeof file, "%s.npy", name), extras[2] = {0, 0};
	uint64_t at = wp_output_offset(w->output) - w->begin;
	bool zip64 = at >= beyond || size >= beyond;
	const uint64_t numbers[] = {size, size, at};
	uint32_t crc = wp_crc32(0, data, size);
	if (zip64) {
		extras[0] = put_extra(extra[0], numbers, 2);
		extras[1] = put_extra(extra[1], numbers, 3);
	}
	memcpy(local, local_mark, 4);
	describe(local + 4, crc, size, n, zip64);
	put_number(local + 28, extras[0], 2);
	memcpy(central, central_mark, 4);
	put_number(central + 4, zip64 ? 45 : 20, 2);
	describe(central + 6, crc, size, n, zip64);
	put_number(central + 30, extras[1], 2);
	put_number(central + 42, zip64 ? beyond : at, 4);
	enum wp_err err = wp_output_write(w->output, local, sizeof local);
	if (!err)
		err = wp_output_write(w->output, file, n);
	if (!err)
		err = wp_output_write(w->output, extra[0], extras[0]);
	if (!err)
		err = wp_output_write(w->output, data, size);
	if (!err)
		err = wp_output_write(w->directory, central, sizeof central);
	if (!err)
		err = wp_output_write(w->directory, file, n);
	w->members++;
	return err ? err : wp_output_write(w->directory, extra[1], extras[1]);
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
	if (!strings && job->convert && wp_type_is_float(t->type) && t->type != job->type) {
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

/* The end record of zip64, and where it is. */
static enum wp_err add_end_64(struct writing *w, uint64_t at, uint64_t size)
{
	unsigned char end[END_64 + LOCATOR] = {0}, *locator = end + END_64;
	memcpy(end, end_64_mark, 4);
	put_number(end + 4, END_64 - 12, 8);
	put_number(end + 12, 45, 2);
	put_number(end + 14, 45, 2);
	put_number(end + 24, w->members, 8);
	put_number(end + 32, w->members, 8);
	put_number(end + 40, size, 8);
	put_number(end + 48, at, 8);
	memcpy(locator, locator_mark, 4);
	put_number(locator + 8, at + size, 8);
	put_number(locator + 16, 1, 4);
	return wp_output_write(w->output, end, sizeof end);
}

static enum wp_err add_end(struct writing *w)
{
	unsigned char end[END] = {0};
	size_t size;
	const char *directory = wp_output_collected(w->directory, &size);
	uint64_t at = wp_output_offset(w->output) - w->begin;
	bool zip64 = at >= beyond || w->members >= beyond_members;
	enum wp_err err = wp_output_write(w->output, directory, size);
	if (!err && zip64)
		err = add_end_64(w, at, size);
	memcpy(end, end_mark, 4);
	put_number(end + 8, zip64 ? beyond_members : w->members, 2);
	put_number(end + 10, zip64 ? beyond_members : w->members, 2);
	put_number(end + 12, zip64 ? beyond : size, 4);
	put_number(end + 16, zip64 ? beyond : at, 4);
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
