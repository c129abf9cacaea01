/* safetensors, as Hugging Face's libraries write them: the length of a header (8 bytes, little
 * endian), the header, a JSON object
 *
 *	{"NAME":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}, ..., "__metadata__":{...}}
 *
 * then the elements, little endian, row-major, without holes.  Specification:
 * https://huggingface.co/docs/safetensors, as of version 0.4. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/dense.h"
#include "formats/format.h"
#include "stream/bytes.h"
#include "stream/kind.h"
#include "stream/pattern.h"

enum { LONGEST_HEADER = 100000000 }; /* bytes, as the specification has it */

static const struct {
	const char *name;
	enum wp_type type;
} dtypes[] = {{"I8", WP_I8}, {"U8", WP_U8}, {"I32", WP_I32}, {"I64", WP_I64}, {"F16", WP_F16},
	{"BF16", WP_BF16}, {"F32", WP_F32}, {"F64", WP_F64}, {"BOOL", WP_U8}};

enum { DTYPES = sizeof dtypes / sizeof *dtypes };

/* ---- the header ---- */

struct entry {
	struct wp_tensor tensor;
	uint64_t begin, end; /* of its elements, in the data */
};

struct header {
	struct wp_input *input;
	const char *begin, *p, *stop;
	struct entry *entry;
	size_t count, room;
	struct wp_patterns rename;
};

static enum wp_err bad(const struct header *h, const char *what)
{
	return wp_fail(WP_ECORRUPT, "%s: %s (byte %" PRIu64 ")", wp_input_name(h->input), what,
		(uint64_t)(h->p - h->begin) + 8);
}

static void skip_white(struct header *h)
{
	while (h->p < h->stop &&
		(*h->p == ' ' || *h->p == '\n' || *h->p == '\t' || *h->p == '\r'))
		h->p++;
}

/* Is this the next character?  Then go behind it. */
static bool take(struct header *h, char c)
{
	skip_white(h);
	if (h->p == h->stop || *h->p != c)
		return false;
	h->p++;
	return true;
}

/* A string, cut to room bytes with its NUL; *whole: it was not.  Escapes of ASCII only. */
static enum wp_err take_string(struct header *h, char *to, size_t room, bool *whole)
{
	size_t n = 0;
	*whole = true;
	if (!take(h, '"'))
		return bad(h, "no string where one belongs");
	for (; h->p < h->stop && *h->p != '"'; h->p++) {
		char c = *h->p;
		if (c == '\\' && h->stop - h->p > 1) {
			static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
			const char *e = strchr(escapes, *++h->p);
			if (*h->p == 'u' && h->stop - h->p > 4) {
				char hex[5] = {0}, *end;
				memcpy(hex, h->p + 1, 4);
				unsigned long code = strtoul(hex, &end, 16);
				c = code > 0 && code < 0x80 && *end == '\0' ? (char)code : '?';
				h->p += 4;
			} else if (!e || !*e)
				return bad(h, "an escape that is none");
			else
				c = meant[e - escapes];
		}
		if (n + 1 < room)
			to[n++] = c;
		else
			*whole = false;
	}
	to[n] = '\0';
	return take(h, '"') ? WP_OK : bad(h, "a string without end");
}

static enum wp_err take_number(struct header *h, uint64_t *number)
{
	skip_white(h);
	const char *begin = h->p;
	for (*number = 0; h->p < h->stop && *h->p >= '0' && *h->p <= '9'; h->p++) {
		if (*number > (INT64_MAX - 9) / 10)
			return bad(h, "an impossible number");
		*number = *number * 10 + (uint64_t)(*h->p - '0');
	}
	return h->p > begin ? WP_OK : bad(h, "no whole number where one belongs");
}

/* "[2, 3]": at most `most` numbers. */
static enum wp_err take_numbers(struct header *h, uint64_t *to, int most, int *count)
{
	*count = 0;
	if (!take(h, '['))
		return bad(h, "no list where one belongs");
	if (take(h, ']'))
		return WP_OK;
	do {
		if (*count == most)
			return bad(h, "more numbers than a tensor stream can hold");
		enum wp_err err = take_number(h, &to[(*count)++]);
		if (err)
			return err;
	} while (take(h, ','));
	return take(h, ']') ? WP_OK : bad(h, "a list without end");
}

/* Pass over an object of strings: the metadata. */
static enum wp_err skip_metadata(struct header *h)
{
	char text[8];
	bool whole;
	enum wp_err err = WP_OK;
	if (!take(h, '{'))
		return bad(h, "metadata that are no object");
	if (take(h, '}'))
		return WP_OK;
	do {
		err = take_string(h, text, sizeof text, &whole);
		if (!err && !take(h, ':'))
			err = bad(h, "a name without a value");
		if (!err)
			err = take_string(h, text, sizeof text, &whole);
	} while (!err && take(h, ','));
	return err ? err : take(h, '}') ? WP_OK : bad(h, "an object without end");
}

static enum wp_err take_dtype(struct header *h, struct wp_tensor *tensor)
{
	char name[16];
	bool whole;
	enum wp_err err = take_string(h, name, sizeof name, &whole);
	for (int i = 0; i < DTYPES && !err; i++)
		if (strcmp(dtypes[i].name, name) == 0)
			tensor->type = dtypes[i].type;
	if (!err && !tensor->type)
		err = wp_fail(WP_EMISMATCH,
			"%s: '%s' has elements of type %s, which tensor streams do not have",
			wp_input_name(h->input), tensor->name, name);
	return err;
}

static enum wp_err take_entry(struct header *h, struct entry *e)
{
	enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4 };
	unsigned seen = 0;
	uint64_t offsets[2];
	int n;
	if (!take(h, '{'))
		return bad(h, "a tensor that is no object");
	do {
		char key[16];
		bool whole;
		enum wp_err err = take_string(h, key, sizeof key, &whole);
		if (!err && !take(h, ':'))
			err = bad(h, "a name without a value");
		if (err)
			return err;
		if (strcmp(key, "dtype") == 0) {
			seen += DTYPE;
			err = take_dtype(h, &e->tensor);
		} else if (strcmp(key, "shape") == 0) {
			seen += SHAPE;
			err = take_numbers(h, e->tensor.dim, WP_RANK_MAX, &e->tensor.rank);
		} else if (strcmp(key, "data_offsets") == 0) {
			seen += OFFSETS;
			err = take_numbers(h, offsets, 2, &n);
			if (!err && n != 2)
				err = bad(h, "not a beginning and an end");
		} else
			err = bad(h, "neither dtype, shape nor data_offsets");
		if (err)
			return err;
	} while (take(h, ','));
	if (!take(h, '}') || seen != (DTYPE | SHAPE | OFFSETS))
		return bad(h, "not one dtype, one shape and data_offsets");
	e->begin = offsets[0];
	e->end = offsets[1];
	size_t count, bytes;
	if (!wp_tensor_count(&e->tensor, &count) ||
		!wp_mulsize(count, wp_type_size(e->tensor.type), &bytes) || e->begin > e->end ||
		e->end - e->begin != bytes)
		return bad(h, "an extent that does not fit the shape");
	return WP_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static enum wp_err parse_header(struct header *h)
{
	if (!take(h, '{'))
		return bad(h, "a header that is no object");
	bool some = !take(h, '}');
	while (some) {
		struct entry e = {.tensor = {.name = ""}};
		bool whole;
		char name[512];
		enum wp_err err = take_string(h, name, sizeof name, &whole);
		if (!err && !take(h, ':'))
			err = bad(h, "a name without a value");
		if (!err && strcmp(name, "__metadata__") == 0) {
			err = skip_metadata(h);
		} else if (!err) {
			if (!whole || !*name)
				return bad(h, "a name that is empty or impossibly long");
			err = wp_patterns_rename(&h->rename, name, e.tensor.name);
			if (err)
				return err;
			err = take_entry(h, &e);
			if (!err)
				err = wp_grow(&h->entry, &h->room, h->count + 1,
					sizeof *h->entry, "tensors");
			if (!err)
				h->entry[h->count++] = e;
		}
		if (err)
			return err;
		if (!take(h, ',')) {
			if (!take(h, '}'))
				return bad(h, "a header without end");
			break;
		}
	}
	skip_white(h);
	if (h->p < h->stop)
		return bad(h, "something behind the header's object");
	qsort(h->entry, h->count, sizeof *h->entry, by_place);
	uint64_t at = 0;
	for (size_t i = 0; i < h->count; i++) {
		if (h->entry[i].begin != at)
			return wp_fail(WP_ECORRUPT,
				"%s: '%s' does not begin where the tensor before it ends",
				wp_input_name(h->input), h->entry[i].tensor.name);
		at = h->entry[i].end;
	}
	return WP_OK;
}

/* ---- reading ---- */

static enum wp_err put_entry(struct wp_writer *writer, struct wp_format_job *job,
	const struct entry *e, const char *from, const char *data)
{
	struct wp_tensor tensor = e->tensor;
	size_t bytes = (size_t)(e->end - e->begin), item = wp_type_size(tensor.type);
	char *copy; /* aligned, in this machine's byte order */
	enum wp_err err = wp_alloc(&copy, bytes + 1, 1, "tensor");
	if (err)
		return err;
	memcpy(copy, data + e->begin, bytes);
	if (!wp_is_little_endian())
		wp_swap_bytes((unsigned char *)copy, bytes / item, item);
	if (tensor.rank > 0)
		tensor.dim[0] = wp_format_rows(job, tensor.dim[0]);
	const char *asked = job->tensor;
	bool convert = job->convert;
	job->tensor = e->tensor.name;
	job->convert = convert && (asked || wp_type_is_float(tensor.type));
	err = wp_format_put(writer, job, &tensor, copy, from);
	job->tensor = asked;
	job->convert = convert;
	free(copy);
	return err;
}

static enum wp_err put_entries(
	struct wp_writer *writer, struct wp_format_job *job, struct header *h, const char *data)
{
	const char *from = wp_input_name(h->input);
	enum wp_err err = WP_OK;
	size_t put = 0;
	for (size_t i = 0; i < h->count && !err; i++)
		if (!job->tensor || strcmp(job->tensor, h->entry[i].tensor.name) == 0) {
			err = put_entry(writer, job, &h->entry[i], from, data);
			put++;
		}
	char all[256] = "";
	for (size_t i = 0, n = 0; i < h->count && n < sizeof all; i++)
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "",
			h->entry[i].tensor.name);
	if (!err && put == 0 && job->tensor)
		err = wp_fail(WP_EMISMATCH, "%s: no tensor '%s'; there are %s", from,
			job->tensor, *all ? all : "none");
	if (!err)
		snprintf(job->report, sizeof job->report, "%.100s: %zu of %zu tensors", from,
			put, h->count);
	return err;
}

static enum wp_err read_all(
	struct wp_writer *writer, struct wp_format_job *job, struct header *h)
{
	const char *data;
	size_t have, size;
	wp_input_map(h->input, &size); /* if it can be: then nothing is copied */
	enum wp_err err = wp_input_peek(h->input, 10, &data, &have);
	if (err)
		return err;
	uint64_t length = 0;
	for (int i = 7; i >= 0 && have >= 9; i--)
		length = length << 8 | (unsigned char)data[i];
	if (have < 9 || data[8] != '{' || length < 2 || length > LONGEST_HEADER)
		return wp_kind_refuse(h->input, wp_kind_of(data, have), "a safetensors file");
	err = wp_input_peek(h->input, 8 + (size_t)length, &data, &have);
	if (err)
		return err;
	if (have < 8 + length)
		return wp_fail(WP_ETRUNC, "%s: ends in the header (byte %zu)",
			wp_input_name(h->input), have);
	h->begin = h->p = data + 8;
	h->stop = h->p + length;
	err = parse_header(h);
	if (err)
		return err;
	uint64_t all = 8 + length + (h->count ? h->entry[h->count - 1].end : 0);
	if (all > SIZE_MAX / 2)
		return bad(h, "impossible sizes");
	err = wp_input_peek(h->input, (size_t)all + 1, &data, &have);
	if (!err && have < all)
		err = wp_fail(WP_ETRUNC, "%s: ends after %zu of %" PRIu64 " bytes",
			wp_input_name(h->input), have, all);
	if (!err && have > all)
		err = wp_fail(WP_ECORRUPT, "%s: data behind the last tensor (byte %" PRIu64 ")",
			wp_input_name(h->input), all);
	return err ? err : put_entries(writer, job, h, data + 8 + length);
}

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	struct header h = {.input = input};
	if (job->words && !job->tensor)
		return wp_fail(WP_EMISMATCH,
			"%s: words for which tensor's rows?  --tensor names it",
			wp_input_name(input));
	enum wp_err err = wp_patterns_parse(&h.rename, job->rename, "rename", true);
	if (!err)
		err = read_all(writer, job, &h);
	if (!err && wp_patterns_unused(&h.rename))
		err = wp_fail(WP_EMISMATCH, "%s: \1rename %s: no such tensor",
			wp_input_name(input), wp_patterns_unused(&h.rename));
	wp_patterns_fini(&h.rename);
	free(h.entry);
	return err;
}

/* ---- writing ---- */

/* What is written of a stream: tensors under their new names and types. */
struct written {
	struct wp_tensor tensor;
	const void *data;
	void *own; /* where they were converted */
};

struct writing {
	struct written *item;
	size_t count, room;
};

static void free_writing(struct writing *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->item[i].own);
	free(w->item);
}

static enum wp_err add_written(struct writing *w, const struct wp_tensor_set *set,
	const struct wp_tensor *t, struct wp_patterns *rename, const struct wp_format_job *job)
{
	struct written item = {.tensor = *t};
	enum wp_err err = wp_grow(&w->item, &w->room, w->count + 1, sizeof *w->item, "tensors");
	if (!err)
		err = wp_patterns_rename(rename, t->name, item.tensor.name);
	for (size_t i = 0; i < w->count && !err; i++)
		if (strcmp(w->item[i].tensor.name, item.tensor.name) == 0)
			err = wp_fail(WP_EMISMATCH, "two tensors would have the name '%s'",
				item.tensor.name);
	if (err)
		return err;
	wp_tensor_set_get(set, t->name, &item.data);
	if (job->convert && t->type != job->type &&
		(job->tensor || wp_type_is_float(t->type))) {
		err = wp_dense_retype(t, item.data, job->type, &item.own);
		item.data = item.own;
		item.tensor.type = job->type;
	}
	w->item[w->count++] = item;
	return err;
}

static enum wp_err choose_written(
	struct writing *w, const struct wp_tensor_set *set, const struct wp_format_job *job)
{
	struct wp_patterns rename;
	enum wp_err err = wp_patterns_parse(&rename, job->rename, "rename", true);
	for (size_t i = 0; i < wp_tensor_set_count(set) && !err; i++) {
		const struct wp_tensor *t = wp_tensor_set_at(set, i);
		if (t->type != WP_STRING && (!job->tensor || strcmp(job->tensor, t->name) == 0))
			err = add_written(w, set, t, &rename, job);
	}
	if (!err && wp_patterns_unused(&rename))
		err = wp_tensor_set_lacks(set, wp_patterns_unused(&rename));
	wp_patterns_fini(&rename);
	return err;
}

static enum wp_err put_name(struct wp_output *out, const char *name)
{
	enum wp_err err = wp_output_write(out, "\"", 1);
	for (; *name && !err; name++)
		if (*name == '"' || *name == '\\' || (unsigned char)*name < 0x20)
			err = wp_output_printf(out, "\\u%04x", (unsigned char)*name);
		else
			err = wp_output_write(out, name, 1);
	return err ? err : wp_output_write(out, "\"", 1);
}

static enum wp_err put_header_entry(
	struct wp_output *out, const struct wp_tensor *t, bool first, uint64_t *at)
{
	const char *dtype = "";
	size_t count, bytes = 0;
	for (int i = DTYPES - 1; i >= 0; i--)
		if (dtypes[i].type == t->type)
			dtype = dtypes[i].name; /* of two names, the first */
	if (!wp_tensor_count(t, &count) || !wp_mulsize(count, wp_type_size(t->type), &bytes))
		return wp_fail(WP_EINVAL, "tensor '%s' is too large", t->name);
	enum wp_err err = first ? WP_OK : wp_output_write(out, ",", 1);
	if (!err)
		err = put_name(out, t->name);
	if (!err)
		err = wp_output_printf(out, ":{\"dtype\":\"%s\",\"shape\":[", dtype);
	for (int i = 0; i < t->rank && !err; i++)
		err = wp_output_printf(out, "%s%" PRIu64, i ? "," : "", t->dim[i]);
	if (!err)
		err = wp_output_printf(
			out, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", *at, *at + bytes);
	*at += bytes;
	return err;
}

/* The tensors in the order of their elements' sizes, the largest first, so that all elements
 * are aligned: calls header for each, or writes the data. */
static enum wp_err put_tensors(const struct writing *w, struct wp_output *out, bool data)
{
	enum wp_err err = WP_OK;
	uint64_t at = 0;
	bool first = true;
	for (size_t item = 8; item > 0 && !err; item /= 2)
		for (size_t i = 0; i < w->count && !err; i++) {
			const struct wp_tensor *t = &w->item[i].tensor;
			size_t count;
			if (wp_type_size(t->type) != item)
				continue;
			if (!data)
				err = put_header_entry(out, t, first, &at);
			else if (wp_tensor_count(t, &count) && count > 0)
				err = wp_output_write(out, w->item[i].data, count * item);
			first = false;
		}
	return err;
}

static enum wp_err write_set(struct wp_output *output, const struct wp_tensor_set *set,
	const struct wp_format_job *job)
{
	struct wp_output *header;
	struct writing w = {0};
	size_t length;
	if (!wp_is_little_endian())
		return wp_fail(
			WP_EMISMATCH, "safetensors: written on little-endian machines only");
	enum wp_err err = wp_output_memory(&header);
	if (err)
		return err;
	err = wp_output_write(header, "{", 1);
	if (!err)
		err = choose_written(&w, set, job);
	if (!err)
		err = put_tensors(&w, header, false);
	if (!err && w.count == 0)
		err = job->tensor ? wp_tensor_set_lacks(set, job->tensor)
				  : wp_fail(WP_EMISMATCH, "%s: no tensor of numbers",
					    wp_tensor_set_name(set));
	if (!err)
		err = wp_output_write(header, "}", 1);
	for (length = 1; !err && length % 8;) { /* the data begin at a multiple of 8 */
		wp_output_collected(header, &length);
		if (length % 8)
			err = wp_output_write(header, " ", 1);
	}
	const char *text = err ? NULL : wp_output_collected(header, &length);
	unsigned char size[8];
	for (int i = 0; i < 8; i++)
		size[i] = (unsigned char)(length >> 8 * i & 255);
	if (!err)
		err = wp_output_write(output, size, sizeof size);
	if (!err)
		err = wp_output_write(output, text, length);
	if (!err)
		err = put_tensors(&w, output, true);
	free_writing(&w);
	wp_output_discard(header);
	return err;
}

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	struct wp_tensor_set *set;
	enum wp_err err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	err = write_set(output, set, job);
	wp_tensor_set_free(set);
	return err;
}

const struct wp_format wp_format_safetensors = {
	.name = "safetensors",
	.is_binary = true,
	.reading = WP_FORMAT_WORDS | WP_FORMAT_TYPE | WP_FORMAT_RENAME,
	.writing = WP_FORMAT_RENAME | WP_FORMAT_TYPE,
	.read = read_format,
	.write = write_format,
};
