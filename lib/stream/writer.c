#include "stream/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "stream/bytes.h"
#include "stream/crc.h"
#include "stream/format.h"
#include "stream/ledger.h"
#include "stream/reader.h"

struct wp_writer {
	struct wp_output *output;
	struct wp_ledger ledger;
	uint64_t records;
	uint64_t start; /* output offset of the signature */
	int level;
	bool closed;           /* the end is written     */
	unsigned char *packed; /* deflated payload */
	size_t packed_room;
	unsigned char *encoded; /* strings on the wire, or elements of a big-endian machine */
	size_t encoded_room;
};

enum wp_err wp_writer_open(struct wp_writer **writer, struct wp_output *output, int level)
{
	struct wp_writer *w = NULL;
	enum wp_err err = WP_OK;
	if (wp_output_is_terminal(output))
		err = wp_fail(WP_EINVAL,
			"%s: a tensor stream is binary and not for a terminal: use a pipe or -o",
			wp_output_name(output));
	if (!err)
		err = wp_alloc(&w, 1, sizeof *w, "writer");
	*writer = w;
	if (err) {
		wp_output_discard(output);
		return err;
	}
	unsigned char signature[WP_SIGNATURE_SIZE];
	wp_signature_encode(signature);
	w->output = output;
	w->level = level;
	w->start = wp_output_offset(output);
	err = wp_output_write(output, signature, sizeof signature);
	if (err) {
		*writer = NULL;
		wp_writer_abandon(w, "");
	}
	return err;
}

struct wp_output *wp_writer_output(struct wp_writer *w)
{
	return w->output;
}

/* Bytes as they are stored; those of a list of strings are in two places. */
struct payload {
	const void *data, *rest;
	size_t size, rest_size;
};

/* Header, payload and padding of one record, stored as given. */
static enum wp_err write_record(
	struct wp_writer *w, const struct wp_header *header, const struct payload *payload)
{
	static const unsigned char zeros[WP_ALIGN];
	unsigned char bytes[WP_HEADER_SIZE];
	wp_header_encode(header, bytes);
	enum wp_err err = wp_output_write(w->output, bytes, sizeof bytes);
	if (!err)
		err = wp_output_write(w->output, payload->data, payload->size);
	if (!err)
		err = wp_output_write(w->output, payload->rest, payload->rest_size);
	if (!err)
		err = wp_output_write(w->output, zeros, wp_padding(header->stored));
	if (!err)
		err = wp_output_flush(w->output);
	w->records++;
	return err;
}

/* Deflate *data of *size bytes into w->packed; leave both as they are where it would not
 * shrink. */
static enum wp_err deflate_payload(struct wp_writer *w, const void **data, uint64_t *size)
{
	uLong bound = compressBound((uLong)*size);
	enum wp_err err = wp_grow(&w->packed, &w->packed_room, bound, 1, "compressed record");
	if (err)
		return err;
	uLongf packed = bound;
	if (compress2(w->packed, &packed, *data, (uLong)*size, w->level) != Z_OK)
		return wp_fail(WP_ENOMEM, "%s: cannot compress", wp_output_name(w->output));
	if (packed < *size) {
		*data = w->packed;
		*size = packed;
	}
	return WP_OK;
}

/* What can be said of a record before its payload is looked at. */
static enum wp_err check_tensor(
	struct wp_writer *w, const struct wp_tensor *tensor, bool is_string)
{
	const char *wrong = NULL;
	if (tensor->type < WP_I8 || tensor->type > WP_STRING ||
		(tensor->type == WP_STRING) != is_string)
		wrong = "wrong element type";
	else if (tensor->rank < 0 || tensor->rank > WP_RANK_MAX)
		wrong = "bad rank";
	else if (tensor->rank == 0 && tensor->more)
		wrong = "a scalar cannot come in slices";
	else if (!tensor->name[0] || !memchr(tensor->name, '\0', WP_NAME_SIZE))
		wrong = "bad name";
	return wrong ? wp_fail(WP_EINVAL, "%s: tensor '%.*s': %s", wp_output_name(w->output),
			       WP_NAME_SIZE, tensor->name, wrong)
		     : WP_OK;
}

/* Enter the record and number its rows. */
static enum wp_err enter(struct wp_writer *w, struct wp_tensor *tensor)
{
	const char *wrong;
	tensor->first = wp_ledger_rows(&w->ledger, tensor->name);
	enum wp_err err = wp_ledger_enter(&w->ledger, tensor, &wrong);
	if (err && wrong)
		return wp_fail(WP_EINVAL, "%s: tensor '%s': %s", wp_output_name(w->output),
			tensor->name, wrong);
	return err;
}

static enum wp_err put_payload(
	struct wp_writer *w, const struct wp_tensor *tensor, struct payload payload)
{
	uint64_t size = payload.size + payload.rest_size;
	struct wp_header header = {.tensor = *tensor, .stored = size, .decoded = size};
	enum wp_err err = enter(w, &header.tensor);
	if (!err && w->level > 0) {
		err = deflate_payload(w, &payload.data, &header.stored);
		payload.size = (size_t)header.stored;
	}
	if (err)
		return err;
	header.codec = header.stored == header.decoded ? WP_STORED : WP_DEFLATED;
	header.crc = wp_crc32(0, payload.data, payload.size);
	header.crc = wp_crc32(header.crc, payload.rest, payload.rest_size);
	return write_record(w, &header, &payload);
}

enum wp_err wp_writer_put(struct wp_writer *w, const struct wp_tensor *tensor, const void *data)
{
	size_t count, bytes;
	size_t size = wp_type_size(tensor->type);
	enum wp_err err = check_tensor(w, tensor, false);
	if (err)
		return err;
	if (!wp_tensor_count(tensor, &count) || !wp_mulsize(count, size, &bytes))
		return wp_fail(WP_EINVAL, "%s: tensor '%s' is too large",
			wp_output_name(w->output), tensor->name);
	if (!wp_is_little_endian() && size > 1) {
		err = wp_grow(&w->encoded, &w->encoded_room, bytes, 1, "encoded record");
		if (err)
			return err;
		memcpy(w->encoded, data, bytes);
		wp_swap_bytes(w->encoded, count, size);
		data = w->encoded;
	}
	return put_payload(w, tensor, (struct payload){.data = data, .size = bytes});
}

enum wp_err wp_writer_put_strings(
	struct wp_writer *w, const struct wp_tensor *tensor, const struct wp_strings *list)
{
	size_t count;
	enum wp_err err = check_tensor(w, tensor, true);
	if (err)
		return err;
	if (!wp_tensor_count(tensor, &count) || count != list->count)
		return wp_fail(WP_EINVAL, "%s: tensor '%s': shape does not fit its strings",
			wp_output_name(w->output), tensor->name);
	size_t lengths = count * WP_STRING_LENGTH_SIZE, bytes = (size_t)wp_strings_bytes(list);
	/* The strings can be written from where they are, unless all is to be deflated. */
	size_t copied = w->level > 0 ? bytes : 0;
	err = wp_grow(&w->encoded, &w->encoded_room, lengths + copied, 1, "encoded strings");
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		size_t length;
		wp_strings_get(list, i, &length);
		if (length > UINT32_MAX)
			return wp_fail(WP_EINVAL, "%s: tensor '%s': string %zu is too long",
				wp_output_name(w->output), tensor->name, i);
		wp_put_u32(w->encoded + i * WP_STRING_LENGTH_SIZE, (uint32_t)length);
	}
	if (copied > 0)
		memcpy(w->encoded + lengths, list->bytes, copied);
	return put_payload(w, tensor,
		(struct payload){w->encoded, list->bytes, lengths + copied, bytes - copied});
}

enum wp_err wp_writer_put_slice(struct wp_writer *w, const char *name, enum wp_type type,
	const void *data, size_t n, bool more)
{
	struct wp_tensor slice = wp_tensor_1d(name, type, n);
	slice.more = more;
	return wp_writer_put(w, &slice, data);
}

enum wp_err wp_writer_put_rows(struct wp_writer *w, const char *name, enum wp_type type,
	const void *data, size_t rows, size_t columns, bool more)
{
	struct wp_tensor slice = wp_tensor_2d(name, type, rows, columns);
	slice.more = more;
	return wp_writer_put(w, &slice, data);
}

enum wp_err wp_writer_put_list(
	struct wp_writer *w, const char *name, const struct wp_strings *list)
{
	struct wp_tensor tensor = wp_tensor_1d(name, WP_STRING, list->count);
	return wp_writer_put_strings(w, &tensor, list);
}

enum wp_err wp_writer_pass(struct wp_writer *w, struct wp_reader *reader)
{
	const struct wp_header *header;
	const void *stored;
	enum wp_err err = wp_reader_stored(reader, &header, &stored);
	if (err)
		return err;
	struct wp_header copy = *header;
	err = enter(w, &copy.tensor);
	struct payload payload = {.data = stored, .size = (size_t)copy.stored};
	return err ? err : write_record(w, &copy, &payload);
}

enum wp_err wp_writer_copy(
	struct wp_writer *w, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	struct wp_strings list = {0};
	bool strings = tensor->type == WP_STRING;
	enum wp_err err = strings ? wp_reader_strings(reader, &list)
				  : wp_reader_data(reader, &data, &size);
	if (!err)
		err = strings ? wp_writer_put_strings(w, tensor, &list)
			      : wp_writer_put(w, tensor, data);
	wp_strings_fini(&list);
	return err;
}

static void release(struct wp_writer *w)
{
	wp_ledger_fini(&w->ledger);
	free(w->packed);
	free(w->encoded);
	free(w);
}

static enum wp_err write_end(struct wp_writer *w, bool failed, const char *reason)
{
	struct wp_end end = {
		.failed = failed,
		.records = w->records,
		.bytes = wp_output_offset(w->output) - w->start,
	};
	snprintf(end.reason, sizeof end.reason, "%s", reason ? reason : "");
	unsigned char bytes[WP_HEADER_SIZE];
	wp_end_encode(&end, bytes);
	return wp_output_write(w->output, bytes, sizeof bytes);
}

enum wp_err wp_writer_close(struct wp_writer *w)
{
	const char *open = wp_ledger_open_name(&w->ledger);
	if (w->closed)
		return WP_OK;
	if (open)
		return wp_fail(WP_EINVAL, "%s: tensor '%s' was not completed",
			wp_output_name(w->output), open);
	enum wp_err err = write_end(w, false, NULL);
	if (err)
		return err;
	w->closed = true;
	return wp_output_close(w->output);
}

static enum wp_err commit(struct wp_writer *w)
{
	enum wp_err err = wp_output_commit(w->output);
	release(w);
	return err;
}

enum wp_err wp_writer_finish(struct wp_writer *w)
{
	enum wp_err err = wp_writer_close(w);
	if (!err)
		return commit(w);
	wp_writer_abandon(w, "writer stopped early");
	return err;
}

enum wp_err wp_writer_fail(struct wp_writer *w, const char *reason)
{
	enum wp_err err = write_end(w, true, reason);
	if (!err)
		return commit(w);
	wp_output_discard(w->output);
	release(w);
	return err;
}

void wp_writer_abandon(struct wp_writer *w, const char *reason)
{
	if (!w)
		return;
	/* A courtesy to the reader: where it cannot be written, the missing end says the same.
	 */
	enum wp_err err = w->closed ? WP_OK : write_end(w, true, reason);
	if (!err && !w->closed)
		err = wp_output_flush(w->output);
	(void)err;
	wp_output_discard(w->output);
	release(w);
}
