#include "stream/describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/visible.h"
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

/* The first few values of a record, as far as they fit the sample. */
static enum wp_err take_sample(struct wp_reader *reader, struct summary *s)
{
	size_t count, used = 0, size;
	const void *data;
	if (!wp_tensor_count(&s->tensor, &count))
		return WP_OK;
	if (s->tensor.type == WP_STRING) {
		struct wp_strings list = {0};
		enum wp_err err = wp_reader_strings(reader, &list);
		for (size_t i = 0; i < list.count && !err; i++) {
			size_t length;
			const char *string = wp_strings_get(&list, i, &length);
			if (used + length + 8 > sizeof s->sample)
				break;
			used += (size_t)snprintf(s->sample + used, sizeof s->sample - used,
				"%s%.*s", i ? " " : "", (int)length, string);
		}
		wp_strings_fini(&list);
		return err;
	}
	int digits = s->tensor.type <= WP_I64 ? 17 : 4;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	for (size_t i = 0; i < count && used + 32 < sizeof s->sample && !err; i++)
		used += (size_t)snprintf(s->sample + used, sizeof s->sample - used, "%s%.*g",
			i ? " " : "", digits, wp_element(data, s->tensor.type, i));
	return err;
}

static enum wp_err add_record(
	struct summaries *all, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const struct wp_header *header;
	const void *stored;
	enum wp_err err = wp_reader_stored(reader, &header, &stored);
	size_t i = 0;
	while (i < all->count && strcmp(all->items[i].tensor.name, tensor->name) != 0)
		i++;
	bool is_new = i == all->count;
	if (!err && is_new)
		err = wp_grow(&all->items, &all->room, i + 1, sizeof *all->items, "summary");
	if (err)
		return err;
	struct summary *s = &all->items[i];
	if (is_new) {
		all->count++;
		*s = (struct summary){.tensor = *tensor};
		err = take_sample(reader, s);
	} else
		s->tensor.dim[0] += tensor->dim[0];
	if (err)
		return err;
	s->slices++;
	s->stored += header->stored;
	s->decoded += header->decoded;
	if (strcmp(tensor->name, "history") == 0 && tensor->type == WP_STRING)
		return wp_reader_strings(reader, &all->history);
	return WP_OK;
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
