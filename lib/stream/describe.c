#include "stream/describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/visible.h"
#include "stream/bytes.h"
#include "stream/element.h"
#include "stream/format.h"

/* One tensor, its slices taken together. */
struct summary {
	struct wp_tensor tensor; /* dim[0] is the sum of the slices */
	uint64_t slices, stored, decoded;
	char sample[96]; /* the first values */
};

struct summaries {
	struct summary *items;
	size_t count, room;
	struct wp_strings history;
	uint64_t history_left; /* lines that are not kept */
};

/* A character of a JSON string that is not written as it is; beyond U+FFFF it takes two. */
static enum wp_err put_escape(struct wp_output *out, unsigned long c)
{
	if (c <= 0xffff)
		return wp_output_printf(out, "\\u%04lx", c);
	c -= 0x10000;
	return wp_output_printf(
		out, "\\u%04lx\\u%04lx", 0xd800 | c >> 10, 0xdc00 | (c & 0x3ff));
}

/* A JSON string; bytes that are not UTF-8 become U+FFFD. */
static enum wp_err put_quoted(struct wp_output *out, const char *string, size_t length)
{
	enum wp_err err = wp_output_write(out, "\"", 1);
	size_t taken;
	for (size_t i = 0; i < length && !err; i += taken) {
		char step[WP_VISIBLE_STEP + 1], c = string[i];
		size_t n = wp_visible_step(step, string + i, length - i, &taken);
		step[n] = '\0';
		if (taken == 1 && (unsigned char)c >= 0x80)
			err = put_escape(out, 0xfffd);
		else if (c == '"' || c == '\\')
			err = wp_output_printf(out, "\\%c", c);
		else if (n == taken)
			err = wp_output_write(out, string + i, n);
		else /* \x1b or \u{202e} */
			err = put_escape(
				out, strtoul(step + (step[1] == 'x' ? 2 : 3), NULL, 16));
	}
	return err ? err : wp_output_write(out, "\"", 1);
}

/* Text for people: see base/visible.h. */
static enum wp_err put_visible(struct wp_output *out, const char *string, size_t length)
{
	enum wp_err err = WP_OK;
	size_t taken;
	for (size_t i = 0; i < length && !err; i += taken) {
		char step[WP_VISIBLE_STEP];
		size_t n = wp_visible_step(step, string + i, length - i, &taken);
		err = wp_output_write(out, step, n);
	}
	return err;
}

/* The same, filled up with spaces to a column's width. */
static enum wp_err put_column(struct wp_output *out, const char *string, int width)
{
	int length = (int)strlen(string);
	enum wp_err err = put_visible(out, string, strlen(string));
	return err || length >= width ? err : wp_output_printf(out, "%*s", width - length, "");
}

/* How much of a tensor is kept to be shown. */
enum {
	SAMPLE_BYTES = 512, /* numbers: 64 of any type; strings: characters */
	SAMPLE_STRINGS = 48,
	HISTORY_BYTES = 1 << 20,
	HISTORY_STRINGS = 1 << 12
};

/* The beginning of a record, kept while its pieces pass: of numbers bytes; of strings, whose
 * lengths come first, some lengths and some characters. */
struct beginning {
	uint32_t *length;
	size_t length_room, lengths; /* strings: kept, and in the record */
	char *bytes;
	size_t room, used;
};

static enum wp_err beginning_init(struct beginning *b, const struct wp_tensor *tensor)
{
	bool is_history = strcmp(tensor->name, "history") == 0;
	size_t count;
	*b = (struct beginning){.room = is_history ? HISTORY_BYTES : SAMPLE_BYTES};
	if (tensor->type == WP_STRING && wp_tensor_count(tensor, &count)) {
		size_t most = is_history ? HISTORY_STRINGS : SAMPLE_STRINGS;
		b->lengths = count;
		b->length_room = count < most ? count : most;
	}
	enum wp_err err = wp_alloc(&b->length, b->length_room, sizeof *b->length, "sample");
	return err ? err : wp_alloc(&b->bytes, b->room, 1, "sample");
}

static void beginning_fini(struct beginning *b)
{
	free(b->length);
	free(b->bytes);
}

/* The piece that follows the first `at` bytes. */
static void keep_piece(
	struct beginning *b, uint64_t at, const unsigned char *piece, size_t size)
{
	uint64_t lengths = (uint64_t)b->lengths * WP_STRING_LENGTH_SIZE;
	size_t i = 0;
	for (; i < size && at + i < lengths; i++) {
		uint64_t k = (at + i) / WP_STRING_LENGTH_SIZE;
		if (k < b->length_room)
			b->length[k] |= (uint32_t)piece[i]
				<< 8 * ((at + i) % WP_STRING_LENGTH_SIZE);
		else if (lengths - at < size) {
			i = (size_t)(lengths - at);
			break;
		} else
			return;
	}
	size_t n = size - i < b->room - b->used ? size - i : b->room - b->used;
	if (n > 0)
		memcpy(b->bytes + b->used, piece + i, n);
	b->used += n;
}

/* All of the record at which reader stands, checked, of which the beginning is kept (NULL:
 * nothing). */
static enum wp_err read_record(struct wp_reader *reader, struct beginning *b)
{
	const void *piece;
	size_t size;
	uint64_t at = 0;
	enum wp_err err;
	while (!(err = wp_reader_piece(reader, &piece, &size)) && size > 0) {
		if (b && (b->used < b->room || at < b->lengths))
			keep_piece(b, at, piece, size);
		at += size;
	}
	return err;
}

/* The first few values, as far as they fit the sample. */
static void take_numbers(struct summary *s, struct beginning *b)
{
	enum wp_type type = s->tensor.type;
	size_t unit = wp_type_size(type), used = 0, count = b->used / unit;
	if (!wp_is_little_endian() && unit > 1)
		wp_swap_bytes((unsigned char *)b->bytes, count, unit);
	for (size_t i = 0; i < count && used + 32 < sizeof s->sample; i++) {
		char *to = s->sample + used;
		size_t room = sizeof s->sample - used;
		const char *gap = i ? " " : "";
		int n = type == WP_I64
			? snprintf(to, room, "%s%" PRId64, gap, ((const int64_t *)b->bytes)[i])
			: snprintf(to, room, "%s%.*g", gap, type < WP_I64 ? 17 : 4,
				  wp_element(b->bytes, type, i));
		used += (size_t)n;
	}
}

static void take_strings(struct summary *s, const struct beginning *b)
{
	size_t used = 0, begin = 0;
	for (size_t i = 0; i < b->length_room; i++) {
		size_t length = b->length[i];
		if (length > b->used - begin || used + length + 8 > sizeof s->sample)
			break;
		used += (size_t)snprintf(s->sample + used, sizeof s->sample - used, "%s%.*s",
			i ? " " : "", (int)length, b->bytes + begin);
		begin += length;
	}
}

static enum wp_err take_history(struct summaries *all, const struct beginning *b)
{
	enum wp_err err = WP_OK;
	size_t begin = 0, i = 0;
	for (; i < b->length_room && !err; i++) {
		size_t length = b->length[i];
		if (length > b->used - begin ||
			wp_strings_bytes(&all->history) + length > HISTORY_BYTES ||
			all->history.count >= HISTORY_STRINGS)
			break;
		err = wp_strings_add(&all->history, b->bytes + begin, length);
		begin += length;
	}
	all->history_left += b->lengths - i;
	return err;
}

static enum wp_err add_record(
	struct summaries *all, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const struct wp_header *header;
	struct beginning beginning = {0};
	size_t i = wp_reader_index(reader);
	bool is_new = i == all->count, is_string = tensor->type == WP_STRING;
	bool is_history = is_string && strcmp(tensor->name, "history") == 0;
	enum wp_err err = wp_reader_stored(reader, &header, NULL);
	if (!err && is_new)
		err = wp_grow(&all->items, &all->room, i + 1, sizeof *all->items, "summary");
	if (!err && (is_new || is_history))
		err = beginning_init(&beginning, tensor);
	if (!err)
		err = read_record(reader, beginning.bytes ? &beginning : NULL);
	if (!err) {
		struct summary *s = &all->items[i];
		if (is_new) {
			all->count++;
			*s = (struct summary){.tensor = *tensor};
		} else
			s->tensor.dim[0] += tensor->dim[0];
		s->slices++;
		s->stored += header->stored;
		s->decoded += header->decoded;
		if (is_history)
			err = take_history(all, &beginning);
		else if (is_new && is_string)
			take_strings(s, &beginning);
		else if (is_new)
			take_numbers(s, &beginning);
	}
	beginning_fini(&beginning);
	return err;
}

static enum wp_err put_text(
	struct wp_output *out, const struct summaries *all, const char *name)
{
	enum wp_err err = put_visible(out, name, strlen(name));
	if (!err)
		err = wp_output_printf(out, ": %zu tensors\n", all->count);
	for (size_t i = 0; i < all->count && !err; i++) {
		const struct summary *s = &all->items[i];
		char shape[160], packed[64] = "";
		if (s->stored != s->decoded)
			snprintf(
				packed, sizeof packed, " (deflated to %" PRIu64 ")", s->stored);
		err = wp_output_printf(out, "  ");
		if (!err)
			err = put_column(out, s->tensor.name, 16);
		if (!err)
			err = wp_output_printf(out,
				" %-6s %-16s %" PRIu64 " bytes%s in %" PRIu64 " record%s",
				wp_type_name(s->tensor.type),
				wp_tensor_shape(&s->tensor, shape, sizeof shape), s->decoded,
				packed, s->slices, s->slices == 1 ? "" : "s");
		if (!err && *s->sample && strcmp(s->tensor.name, "history") != 0) {
			err = wp_output_printf(out, ": ");
			if (!err)
				err = put_visible(out, s->sample, strlen(s->sample));
			if (!err)
				err = wp_output_printf(out, " ...");
		}
		if (!err)
			err = wp_output_printf(out, "\n");
	}
	for (size_t i = 0; i < all->history.count && !err; i++) {
		size_t length;
		const char *line = wp_strings_get(&all->history, i, &length);
		err = wp_output_printf(out, "  made by ");
		if (!err)
			err = put_visible(out, line, length);
		if (!err)
			err = wp_output_printf(out, "\n");
	}
	if (!err && all->history_left > 0)
		err = wp_output_printf(
			out, "  and %" PRIu64 " commands more\n", all->history_left);
	return err;
}

static enum wp_err put_json_tensor(struct wp_output *out, const struct summary *s)
{
	enum wp_err err = wp_output_printf(out, "{\"name\":");
	if (!err)
		err = put_quoted(out, s->tensor.name, strlen(s->tensor.name));
	if (!err)
		err = wp_output_printf(
			out, ",\"type\":\"%s\",\"shape\":[", wp_type_name(s->tensor.type));
	for (int i = 0; i < s->tensor.rank && !err; i++)
		err = wp_output_printf(out, "%s%" PRIu64, i ? "," : "", s->tensor.dim[i]);
	return err ? err
		   : wp_output_printf(out,
			     "],\"records\":%" PRIu64 ",\"stored\":%" PRIu64
			     ",\"bytes\":%" PRIu64 "}",
			     s->slices, s->stored, s->decoded);
}

static enum wp_err put_json(
	struct wp_output *out, const struct summaries *all, const char *name)
{
	enum wp_err err = wp_output_printf(out, "{\"file\":");
	if (!err)
		err = put_quoted(out, name, strlen(name));
	if (!err)
		err = wp_output_printf(out, ",\"tensors\":[");
	for (size_t i = 0; i < all->count && !err; i++) {
		err = wp_output_write(out, ",", i > 0);
		if (!err)
			err = put_json_tensor(out, &all->items[i]);
	}
	if (!err)
		err = wp_output_printf(out, "],\"history\":[");
	for (size_t i = 0; i < all->history.count && !err; i++) {
		size_t length;
		const char *line = wp_strings_get(&all->history, i, &length);
		err = wp_output_write(out, ",", i > 0);
		if (!err)
			err = put_quoted(out, line, length);
	}
	return err ? err : wp_output_printf(out, "]}\n");
}

static enum wp_err describe_stream(struct wp_reader *reader, struct wp_output *out, bool json)
{
	struct summaries all = {0};
	const struct wp_tensor *tensor;
	enum wp_err err;
	while (!(err = wp_reader_next(reader, &tensor)))
		if ((err = add_record(&all, reader, tensor)))
			break;
	const char *name = wp_reader_name(reader);
	if (err == WP_END)
		err = json ? put_json(out, &all, name) : put_text(out, &all, name);
	free(all.items);
	wp_strings_fini(&all.history);
	return err;
}

enum wp_err wp_describe(struct wp_reader *reader, struct wp_output *output, bool json)
{
	enum wp_err err;
	wp_reader_allow_joined(reader);
	do
		err = describe_stream(reader, output, json);
	while (!err && !(err = wp_reader_next_stream(reader)));
	return err == WP_END ? WP_OK : err;
}
