#include "stream/reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "stream/bytes.h"
#include "stream/crc.h"
#include "stream/format.h"
#include "stream/kind.h"
#include "stream/ledger.h"

struct wp_reader {
	struct wp_input *input;
	struct wp_ledger ledger;
	struct wp_header header; /* of the current record */
	uint64_t start;          /* where the current stream begins */
	uint64_t record_start;
	uint64_t records;
	bool in_record; /* its payload has not been consumed yet */
	bool at_end;    /* of the current stream */
	bool joined, mapped;
	const void *stored; /* payload as stored, checked; NULL until asked for */
	const void *data;   /* payload decoded; NULL until asked for */
	unsigned char *copy;
	size_t copy_room;
};

const char *wp_reader_name(const struct wp_reader *r)
{
	return wp_input_name(r->input);
}

uint64_t wp_reader_records(const struct wp_reader *r)
{
	return r->records;
}

uint64_t wp_reader_offset(const struct wp_reader *r)
{
	return r->record_start;
}

void wp_reader_forget(struct wp_reader *r)
{
	wp_input_forget(r->input);
}

bool wp_reader_is_mapped(const struct wp_reader *r)
{
	return r->mapped;
}

/* "(record 3 'ids', byte 123456)". */
static enum wp_err bad(struct wp_reader *r, enum wp_err code, const char *what)
{
	const char *name = r->in_record ? r->header.tensor.name : "";
	return wp_fail(code, "%s: %s (record %" PRIu64 "%s%s%s, byte %" PRIu64 ")",
		wp_reader_name(r), what, r->records + !r->in_record, *name ? " '" : "", name,
		*name ? "'" : "", r->record_start);
}

/* What stands where a stream should begin: say what it is, if it is the whole input. */
static enum wp_err not_a_stream(const struct wp_reader *r, const char *bytes, size_t have)
{
	return wp_kind_refuse(
		r->input, r->start == 0 ? wp_kind_of(bytes, have) : NULL, "a tensor stream");
}

static enum wp_err read_signature(struct wp_reader *r)
{
	const char *bytes;
	size_t have;
	r->start = r->record_start = wp_input_offset(r->input);
	r->records = 0;
	r->at_end = false;
	enum wp_err err = wp_input_peek(r->input, WP_SIGNATURE_SIZE, &bytes, &have);
	if (err)
		return err;
	if (have == 0)
		return wp_fail(WP_ETRUNC, "%s: empty where a tensor stream was expected",
			wp_reader_name(r));
	if (!wp_signature_may_begin(bytes, have))
		return not_a_stream(r, bytes, have);
	if (have < WP_SIGNATURE_SIZE)
		return wp_fail(WP_ETRUNC, "%s: cut short in the signature (byte %" PRIu64 ")",
			wp_reader_name(r), r->start + have);
	const char *wrong = wp_signature_decode((const unsigned char *)bytes);
	if (wrong)
		return wp_fail(WP_ECORRUPT, "%s: %s (byte %" PRIu64 ")", wp_reader_name(r),
			wrong, r->start);
	wp_input_skip(r->input, WP_SIGNATURE_SIZE);
	return WP_OK;
}

enum wp_err wp_reader_over(struct wp_reader **reader, struct wp_input *input)
{
	struct wp_reader *r;
	enum wp_err err = wp_alloc(&r, 1, sizeof *r, "reader");
	*reader = r;
	if (err) {
		wp_input_close(input);
		return err;
	}
	size_t size;
	r->input = input;
	r->mapped = wp_input_map(input, &size) != NULL;
	err = read_signature(r);
	if (err) {
		wp_reader_close(r);
		*reader = NULL;
	}
	return err;
}

enum wp_err wp_reader_open(struct wp_reader **reader, const char *path)
{
	struct wp_input *input;
	*reader = NULL;
	enum wp_err err = wp_input_open(&input, path);
	return err ? err : wp_reader_over(reader, input);
}

void wp_reader_close(struct wp_reader *r)
{
	if (!r)
		return;
	wp_input_close(r->input);
	wp_ledger_fini(&r->ledger);
	free(r->copy);
	free(r);
}

/* Bring the whole payload before us and check it. */
static enum wp_err load_stored(struct wp_reader *r)
{
	if (r->stored)
		return WP_OK;
	const struct wp_header *h = &r->header;
	if (h->stored > SIZE_MAX / 2)
		return bad(r, WP_ECORRUPT, "impossible size");
	size_t size = (size_t)h->stored, padding = wp_padding(h->stored);
	const char *bytes;
	size_t have;
	enum wp_err err = wp_input_peek(r->input, size + padding, &bytes, &have);
	if (err)
		return err;
	if (have < size + padding)
		return bad(r, WP_ETRUNC, "cut short in this record's data");
	if (wp_crc32(0, bytes, size) != h->crc)
		return bad(r, WP_ECORRUPT, "data do not match their checksum");
	for (size_t i = 0; i < padding; i++)
		if (bytes[size + i])
			return bad(r, WP_ECORRUPT, "padding is not zero");
	r->stored = bytes;
	return WP_OK;
}

static enum wp_err inflate_payload(struct wp_reader *r)
{
	z_stream z = {0};
	if (inflateInit(&z) != Z_OK)
		return wp_fail(
			WP_ENOMEM, "%s: cannot get memory to decompress", wp_reader_name(r));
	size_t done = 0, total = (size_t)r->header.decoded;
	size_t left = (size_t)r->header.stored;
	int status = Z_OK;
	enum wp_err err = WP_OK;
	z.next_in = (Bytef *)(uintptr_t)r->stored;
	/* One byte more than was announced, so that too much data shows. */
	while (status == Z_OK && !err && done <= total) {
		size_t step = total - done < 1 << 20 ? total - done + 1 : 1 << 20;
		if (z.avail_in == 0) {
			z.avail_in = left < 1u << 30 ? (uInt)left : 1u << 30;
			left -= z.avail_in;
		}
		err = wp_grow(&r->copy, &r->copy_room, done + step, 1, "decompressed record");
		if (err)
			break;
		z.next_out = r->copy + done;
		z.avail_out = (uInt)step;
		status = inflate(&z, Z_NO_FLUSH);
		done += step - z.avail_out;
	}
	bool whole = status == Z_STREAM_END && done == total && z.avail_in == 0 && left == 0;
	inflateEnd(&z);
	if (!err && status == Z_MEM_ERROR)
		err = wp_fail(
			WP_ENOMEM, "%s: cannot get memory to decompress", wp_reader_name(r));
	if (!err && !whole)
		err = bad(r, WP_ECORRUPT, "compressed data do not give what the header says");
	r->data = r->copy;
	return err;
}

static bool is_aligned(const void *p)
{
	return (uintptr_t)p % 16 == 0;
}

static enum wp_err copy_payload(struct wp_reader *r)
{
	size_t size = (size_t)r->header.stored;
	/* Never 0 bytes: data of no elements have an address too. */
	enum wp_err err = wp_grow(&r->copy, &r->copy_room, size + 1, 1, "record");
	if (err)
		return err;
	if (size)
		memcpy(r->copy, r->stored, size);
	r->data = r->copy;
	return WP_OK;
}

enum wp_err wp_reader_data(struct wp_reader *r, const void **data, size_t *size)
{
	enum wp_err err = load_stored(r);
	size_t unit = wp_type_size(r->header.tensor.type);
	bool swap = !wp_is_little_endian() && unit > 1;
	if (!err && !r->data) {
		if (r->header.codec == WP_DEFLATED)
			err = inflate_payload(r);
		else if (swap || !is_aligned(r->stored))
			err = copy_payload(r);
		else
			r->data = r->stored;
		if (!err && swap)
			wp_swap_bytes(r->copy, (size_t)r->header.decoded / unit, unit);
	}
	if (err)
		return err;
	*data = r->data;
	*size = (size_t)r->header.decoded;
	return WP_OK;
}

enum wp_err wp_reader_strings(struct wp_reader *r, struct wp_strings *list)
{
	const void *data;
	size_t size, count;
	if (r->header.tensor.type != WP_STRING)
		return bad(r, WP_EMISMATCH, "numbers where strings were expected");
	enum wp_err err = wp_reader_data(r, &data, &size);
	if (err)
		return err;
	if (!wp_tensor_count(&r->header.tensor, &count)) /* the header was checked for that */
		return bad(r, WP_ECORRUPT, "impossible size");
	const unsigned char *length = data;
	const char *bytes = (const char *)data + count * WP_STRING_LENGTH_SIZE;
	const char *end = (const char *)data + size;
	for (size_t i = 0; i < count && !err; i++, length += WP_STRING_LENGTH_SIZE) {
		size_t n = wp_get_u32(length);
		if (n > (size_t)(end - bytes))
			return bad(r, WP_ECORRUPT, "a string reaches beyond its record");
		err = wp_strings_add(list, bytes, n);
		bytes += n;
	}
	if (!err && bytes != end)
		err = bad(r, WP_ECORRUPT, "data after the last string");
	return err;
}

enum wp_err wp_reader_stored(
	struct wp_reader *r, const struct wp_header **header, const void **stored)
{
	enum wp_err err = load_stored(r);
	*header = &r->header;
	*stored = r->stored;
	return err;
}

/* The end record: is it good, and what comes after it? */
static enum wp_err read_end(struct wp_reader *r, const unsigned char *bytes)
{
	struct wp_end end;
	const char *wrong = wp_end_decode(&end, bytes);
	const char *open = wp_ledger_open_name(&r->ledger);
	if (!wrong && !end.failed && end.records != r->records)
		wrong = "records are missing";
	if (!wrong && !end.failed && end.bytes != r->record_start - r->start)
		wrong = "the stream has another length than its end record says";
	if (!wrong && !end.failed && open)
		wrong = "a tensor was not completed";
	if (wrong)
		return bad(r, WP_ECORRUPT, wrong);
	if (end.failed)
		return wp_fail(WP_ETRUNC, "%s: the program that wrote this failed%s%s",
			wp_reader_name(r), *end.reason ? ": " : "", end.reason);
	wp_input_skip(r->input, WP_HEADER_SIZE);
	r->at_end = true;
	if (r->joined)
		return WP_END;
	const char *after;
	size_t have;
	enum wp_err err = wp_input_peek(r->input, 1, &after, &have);
	if (err)
		return err;
	if (have > 0)
		return bad(r, WP_ECORRUPT, "data after the end (ts-cat joins streams)");
	return WP_END;
}

enum wp_err wp_reader_next(struct wp_reader *r, const struct wp_tensor **tensor)
{
	enum wp_err err = WP_OK;
	*tensor = NULL;
	if (r->at_end)
		return WP_END;
	if (r->in_record) {
		err = load_stored(r);
		if (err)
			return err;
		wp_input_skip(
			r->input, (size_t)r->header.stored + wp_padding(r->header.stored));
		r->in_record = false;
		r->stored = r->data = NULL;
	}
	const char *bytes;
	size_t have;
	r->record_start = wp_input_offset(r->input);
	err = wp_input_peek(r->input, WP_HEADER_SIZE, &bytes, &have);
	if (err)
		return err;
	if (have < WP_HEADER_SIZE)
		return bad(r, WP_ETRUNC, "cut short: the stream has no end record");
	const unsigned char *head = (const unsigned char *)bytes;
	if (wp_is_end_record(head))
		return read_end(r, head);
	const char *wrong = wp_header_decode(&r->header, head);
	if (!wrong)
		err = wp_ledger_enter(&r->ledger, &r->header.tensor, &wrong);
	if (wrong)
		return bad(r, WP_ECORRUPT, wrong);
	if (err)
		return err;
	wp_input_skip(r->input, WP_HEADER_SIZE);
	r->in_record = true;
	r->records++;
	*tensor = &r->header.tensor;
	return WP_OK;
}

void wp_reader_allow_joined(struct wp_reader *r)
{
	r->joined = true;
}

enum wp_err wp_reader_next_stream(struct wp_reader *r)
{
	const char *bytes;
	size_t have;
	enum wp_err err = wp_input_peek(r->input, 1, &bytes, &have);
	if (err)
		return err;
	if (have == 0)
		return WP_END;
	wp_ledger_clear(&r->ledger);
	return read_signature(r);
}
