#include "stream/reader.h"

#include <inttypes.h>
#include <stdio.h>
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
	size_t limit; /* of a record that is held whole, or 0 */
	struct wp_watch watch;
	const void *stored; /* payload as stored, checked; NULL until asked for */
	const void *data;   /* payload decoded; NULL until asked for */
	unsigned char *copy;
	size_t copy_room;

	/* A payload that is taken in pieces. */
	bool in_pieces;
	bool forgets;        /* nobody uses payloads in place */
	size_t unread;       /* stored bytes to come                                   */
	size_t unforgotten;  /* stored bytes since memory went back to the system      */
	uint32_t crc;        /* of those that came                                     */
	uint64_t decoded;    /* bytes given                                            */
	uint64_t characters; /* strings: sum of the lengths that came                  */
	uint32_t length;     /* strings: the one that is coming                        */
	z_stream inflater;
	bool is_inflating;
	bool ended;        /* the compressed stream */
	const char *wrong; /* with the compressed data, unless the checksum says more */
};

enum {
	PIECE = 1 << 17,      /* bytes of a payload looked at together, at most */
	FORGET_STEP = 8 << 20 /* of a mapped file, see wp_input_forget          */
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

size_t wp_reader_index(const struct wp_reader *r)
{
	return r->ledger.last;
}

bool wp_reader_watch(struct wp_reader *r, const struct wp_watch *watch)
{
	const struct wp_header *h = &r->header;
	bool can_be = r->in_record && !r->stored && !r->in_pieces && r->mapped &&
		h->codec == WP_STORED && wp_is_little_endian();
	if (can_be)
		r->watch = *watch;
	return can_be;
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

enum wp_err wp_reader_may_read(struct wp_input *input, bool *may)
{
	const char *bytes;
	size_t have;
	enum wp_err err = wp_input_peek(input, 8, &bytes, &have);
	*may = !err && have > 0 && wp_signature_may_begin(bytes, have);
	return err;
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
	if (r->is_inflating)
		inflateEnd(&r->inflater);
	wp_input_close(r->input);
	wp_ledger_fini(&r->ledger);
	free(r->copy);
	free(r);
}

/* ---- A payload in pieces ---- */

static enum wp_err begin_pieces(struct wp_reader *r)
{
	if (r->header.stored > SIZE_MAX / 2)
		return bad(r, WP_ECORRUPT, "impossible size");
	if (r->is_inflating)
		inflateEnd(&r->inflater);
	r->is_inflating = r->ended = false;
	r->in_pieces = true;
	r->unread = (size_t)r->header.stored;
	r->crc = 0;
	r->decoded = r->characters = 0;
	r->wrong = NULL;
	return WP_OK;
}

static enum wp_err begin_inflating(struct wp_reader *r)
{
	r->inflater = (z_stream){0};
	if (inflateInit(&r->inflater) != Z_OK)
		return wp_fail(
			WP_ENOMEM, "%s: cannot get memory to decompress", wp_reader_name(r));
	r->is_inflating = true;
	return wp_grow(&r->copy, &r->copy_room, PIECE, 1, "decompressed record");
}

/* Some more of the stored bytes, 0 at their end; they are consumed, and borrowed. */
static enum wp_err next_stored(struct wp_reader *r, const char **bytes, size_t *size)
{
	size_t want = r->unread < PIECE ? r->unread : PIECE, have = 0;
	*bytes = "";
	*size = 0;
	if (want == 0)
		return WP_OK;
	if (r->forgets && r->unforgotten >= FORGET_STEP) {
		wp_input_forget(r->input);
		r->unforgotten = 0;
	}
	enum wp_err err = wp_input_peek(r->input, want, bytes, &have);
	if (err)
		return err;
	if (have < want)
		return bad(r, WP_ETRUNC, "cut short in this record's data");
	r->crc = wp_crc32(r->crc, *bytes, want);
	wp_input_skip(r->input, want);
	r->unread -= want;
	r->unforgotten += want;
	*size = want;
	return WP_OK;
}

/* The payload is over: what was stored is whole and good, padding included. */
static enum wp_err end_stored(struct wp_reader *r)
{
	const char *bytes;
	size_t have, padding = wp_padding(r->header.stored);
	enum wp_err err = WP_OK;
	while (r->unread > 0 && !err)
		err = next_stored(r, &bytes, &have);
	if (!err)
		err = wp_input_peek(r->input, padding, &bytes, &have);
	if (err)
		return err;
	if (have < padding)
		return bad(r, WP_ETRUNC, "cut short in this record's data");
	if (r->crc != r->header.crc)
		return bad(r, WP_ECORRUPT, "data do not match their checksum");
	for (size_t i = 0; i < padding; i++)
		if (bytes[i])
			return bad(r, WP_ECORRUPT, "padding is not zero");
	if (r->wrong)
		return bad(r, WP_ECORRUPT, r->wrong);
	wp_input_skip(r->input, padding);
	r->in_record = r->in_pieces = false;
	return WP_OK;
}

/* Some more decompressed bytes, 0 at their end. */
static enum wp_err next_inflated(struct wp_reader *r, const void **data, size_t *size)
{
	z_stream *z = &r->inflater;
	enum wp_err err = r->is_inflating ? WP_OK : begin_inflating(r);
	int status = Z_OK;
	*size = 0;
	*data = r->copy;
	if (err)
		return err;
	z->next_out = r->copy;
	z->avail_out = PIECE;
	while (z->avail_out > 0 && status == Z_OK) {
		if (z->avail_in == 0) {
			const char *bytes;
			size_t have;
			err = next_stored(r, &bytes, &have);
			if (err)
				return err;
			z->next_in = (Bytef *)(uintptr_t)bytes;
			z->avail_in = (uInt)have;
		}
		status = inflate(z, Z_NO_FLUSH);
	}
	if (status == Z_MEM_ERROR)
		return wp_fail(
			WP_ENOMEM, "%s: cannot get memory to decompress", wp_reader_name(r));
	*size = PIECE - z->avail_out;
	uint64_t left = r->header.decoded - r->decoded;
	bool is_over = r->ended = status == Z_STREAM_END;
	if (*size > left || (is_over && (*size < left || z->avail_in || r->unread)) ||
		(!is_over && status != Z_OK)) {
		r->wrong = "compressed data do not give what the header says";
		*size = 0;
	}
	return WP_OK;
}

/* The lengths of strings come first; together they are what follows them. */
static void check_lengths(struct wp_reader *r, const unsigned char *bytes, size_t n)
{
	size_t count = 0;
	if (!wp_tensor_count(&r->header.tensor, &count))
		return; /* the header was checked for that */
	uint64_t end = (uint64_t)count * WP_STRING_LENGTH_SIZE;
	for (uint64_t at = r->decoded; n > 0 && at < end; at++, n--) {
		unsigned place = at % WP_STRING_LENGTH_SIZE;
		r->length = (place ? r->length : 0) | (uint32_t)*bytes++ << 8 * place;
		if (place == WP_STRING_LENGTH_SIZE - 1)
			r->characters += r->length;
	}
}

static const char *wrong_lengths(const struct wp_reader *r)
{
	size_t count = 0;
	if (r->header.tensor.type != WP_STRING || !wp_tensor_count(&r->header.tensor, &count))
		return NULL;
	uint64_t rest = r->header.decoded - (uint64_t)count * WP_STRING_LENGTH_SIZE;
	return r->characters > rest    ? "a string reaches beyond its record"
		: r->characters < rest ? "data after the last string"
				       : NULL;
}

/* All that was announced came; does the compressed stream end there, too? */
static enum wp_err finish_inflating(struct wp_reader *r)
{
	const void *data;
	size_t size;
	if (r->header.codec != WP_DEFLATED || r->wrong || r->ended)
		return WP_OK;
	return next_inflated(r, &data, &size);
}

enum wp_err wp_reader_piece(struct wp_reader *r, const void **data, size_t *size)
{
	*size = 0;
	*data = "";
	if (!r->in_record)
		return WP_OK;
	if (r->stored)
		return wp_fail(WP_EINVAL, "%s: a record read whole is not read in pieces",
			wp_reader_name(r));
	enum wp_err err = r->in_pieces ? WP_OK : begin_pieces(r);
	const char *bytes = NULL;
	r->forgets = true;
	if (!err && r->header.codec == WP_DEFLATED && r->decoded < r->header.decoded)
		err = next_inflated(r, data, size);
	else if (!err && r->header.codec == WP_STORED) {
		err = next_stored(r, &bytes, size);
		if (*size)
			*data = bytes;
	}
	if (err)
		return err;
	if (r->header.tensor.type == WP_STRING)
		check_lengths(r, *data, *size);
	r->decoded += *size;
	if (*size > 0)
		return WP_OK;
	err = finish_inflating(r);
	if (!err && !r->wrong)
		r->wrong = wrong_lengths(r);
	return err ? err : end_stored(r);
}

/* Bring the whole payload before us and check it. */
static enum wp_err load_stored(struct wp_reader *r)
{
	if (r->stored)
		return WP_OK;
	if (r->in_pieces || !r->in_record)
		return wp_fail(WP_EINVAL, "%s: a record read in pieces is not read whole",
			wp_reader_name(r));
	const struct wp_header *h = &r->header;
	if (h->stored > SIZE_MAX / 2)
		return bad(r, WP_ECORRUPT, "impossible size");
	bool in_place = r->mapped && h->codec == WP_STORED;
	if (r->limit && !in_place && (h->stored > r->limit || h->decoded > r->limit)) {
		char what[96];
		snprintf(what, sizeof what,
			"takes %.1f MiB, and the limit is %.1f: see \1memory",
			(double)h->decoded / (1 << 20), (double)r->limit / (1 << 20));
		return bad(r, WP_ELIMIT, what);
	}
	size_t size = (size_t)h->stored, padding = wp_padding(h->stored);
	const char *bytes;
	size_t have;
	enum wp_err err = wp_input_peek(r->input, size + padding, &bytes, &have);
	if (err)
		return err;
	if (have < size + padding)
		return bad(r, WP_ETRUNC, "cut short in this record's data");
	uint32_t crc = 0;
	for (size_t done = 0, n; done < size; done += n) {
		n = size - done < PIECE ? size - done : PIECE;
		crc = wp_crc32(crc, bytes + done, n);
		if (r->watch.see)
			r->watch.see(r->watch.arg, bytes, done + n);
	}
	r->watch = (struct wp_watch){0};
	if (crc != h->crc)
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
	size_t left = (size_t)(end - bytes);
	for (size_t i = 0; i < count; i++) {
		size_t n = wp_get_u32(length + i * WP_STRING_LENGTH_SIZE);
		if (n > left)
			return bad(r, WP_ECORRUPT, "a string reaches beyond its record");
		left -= n;
	}
	if (left > 0)
		return bad(r, WP_ECORRUPT, "data after the last string");
	return wp_strings_add_block(list, bytes, length, count);
}

enum wp_err wp_reader_stored(
	struct wp_reader *r, const struct wp_header **header, const void **stored)
{
	enum wp_err err = stored ? load_stored(r) : WP_OK;
	*header = &r->header;
	if (stored)
		*stored = r->stored;
	return err;
}

/* Data after the end of a stream that was to be the only one: if another one follows, say which
 * program makes one of them, by the first tensor of it that is no history. */
static enum wp_err refuse_joined(struct wp_reader *r)
{
	enum { LOOKED_AT = 1 << 16 };
	const char *data;
	size_t have, at = WP_SIGNATURE_SIZE;
	enum wp_err err = wp_input_peek(r->input, LOOKED_AT, &data, &have);
	struct wp_header next;
	if (err)
		return err;
	if (have < at || wp_signature_decode((const unsigned char *)data))
		return bad(r, WP_ECORRUPT, "data after the end, and not another stream");
	bool known = true, ended = false;
	while (have >= at + WP_HEADER_SIZE && known && !ended) {
		const unsigned char *head = (const unsigned char *)data + at;
		ended = wp_is_end_record(head);
		if (ended || wp_header_decode(&next, head))
			break;
		known = strcmp(next.tensor.name, "history") == 0 ||
			wp_ledger_has(&r->ledger, next.tensor.name);
		at += WP_HEADER_SIZE + wp_padding(next.stored);
		at += next.stored < LOOKED_AT ? (size_t)next.stored : LOOKED_AT;
	}
	return bad(r, WP_ECORRUPT,
		!known ? "another stream follows, with other tensors: 'ts-select' makes one "
			 "of both"
			: ended
			? "another stream follows: 'ts-cat' makes one of both"
			: "another stream follows: 'ts-cat' makes one of both, 'ts-select' if "
			  "they have other tensors");
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
	if (wp_input_has_changed(r->input))
		return bad(r, WP_ETRUNC, "changed by another program while it was read");
	wp_input_skip(r->input, WP_HEADER_SIZE);
	r->at_end = true;
	if (r->joined)
		return WP_END;
	const char *after;
	size_t have;
	enum wp_err err = wp_input_peek(r->input, 1, &after, &have);
	if (err)
		return err;
	return have > 0 ? refuse_joined(r) : WP_END;
}

enum wp_err wp_reader_next(struct wp_reader *r, const struct wp_tensor **tensor)
{
	enum wp_err err = WP_OK;
	*tensor = NULL;
	if (r->at_end)
		return WP_END;
	if (r->in_record && r->stored) {
		wp_input_skip(
			r->input, (size_t)r->header.stored + wp_padding(r->header.stored));
		r->in_record = false;
	} else if (r->in_record) {
		err = r->in_pieces ? WP_OK : begin_pieces(r);
		if (!err)
			err = end_stored(r);
		if (err)
			return err;
	}
	r->stored = r->data = NULL;
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

void wp_reader_limit(struct wp_reader *r, size_t limit)
{
	r->limit = limit;
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

bool wp_reader_is_joined(const struct wp_reader *r)
{
	return r->start > 0;
}
