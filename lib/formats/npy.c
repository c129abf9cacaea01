#include "formats/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/format.h"
#include "stream/bytes.h"
#include "stream/element.h"
#include "stream/kind.h"
#include "text/utf8.h"

/* The file: 93 'NUMPY', version (two bytes), length of the header (2 bytes in version 1, 4 in
 * later ones), the header: a Python dictionary, padded with spaces and ended by a line feed,
 *
 *	{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }
 *
 * then the elements.  Version 3 says that the header is UTF-8 instead of Latin-1; for ours that
 * makes no difference. */
static const char magic[] = "\x93NUMPY";

enum {
	MAGIC_SIZE = 6,
	PREFIX_SIZE = 12,         /* up to the header's length, in version 2 and 3 */
	LONGEST_HEADER = 1 << 16, /* bytes; ours have some 100 */
	LONGEST_STRING = 1 << 20,
	ALIGN = 64
};

struct form {
	struct wp_tensor *tensor;
	bool big_endian, fortran_order;
	size_t item; /* bytes of an element */
	char string; /* 'U' or 'S': of an array of strings */
};

/* numpy's names without their byte order. */
static const struct {
	const char *descr;
	enum wp_type type;
} types[] = {{"i1", WP_I8}, {"u1", WP_U8}, {"b1", WP_U8}, {"i4", WP_I32}, {"i8", WP_I64},
	{"f2", WP_F16}, {"f4", WP_F32}, {"f8", WP_F64}};

enum { TYPES = sizeof types / sizeof *types };

static enum wp_err bad(struct wp_input *input, enum wp_err code, const char *what)
{
	return wp_fail(code, "%s: %s (byte %" PRIu64 ")", wp_input_name(input), what,
		wp_input_offset(input));
}

/* ---- the header's dictionary ---- */

static void skip_spaces(const char **p, const char *end)
{
	while (*p < end && (**p == ' ' || **p == '\n' || **p == '\t'))
		++*p;
}

/* Consume the text, if it stands there. */
static bool take(const char **p, const char *end, const char *text)
{
	size_t n = strlen(text);
	skip_spaces(p, end);
	if ((size_t)(end - *p) < n || memcmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

/* A string in single or double quotes, without escapes. */
static bool take_string(const char **p, const char *end, char *to, size_t room)
{
	skip_spaces(p, end);
	if (*p == end || (**p != '\'' && **p != '"'))
		return false;
	char quote = *(*p)++;
	const char *close = memchr(*p, quote, (size_t)(end - *p));
	if (!close || (size_t)(close - *p) >= room)
		return false;
	memcpy(to, *p, (size_t)(close - *p));
	to[close - *p] = '\0';
	*p = close + 1;
	return true;
}

/* "(3, 2)", "(3,)", "()". */
static const char *take_shape(const char **p, const char *end, struct wp_tensor *t)
{
	static const char wrong[] = "its shape is not one";
	t->rank = 0;
	if (!take(p, end, "("))
		return wrong;
	while (!take(p, end, ")")) {
		if (t->rank == WP_RANK_MAX)
			return "it has too many axes";
		uint64_t n = 0;
		const char *begin = *p;
		for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
			if (n > (INT64_MAX - 9) / 10)
				return wrong;
			n = n * 10 + (uint64_t)(**p - '0');
		}
		if (*p == begin)
			return wrong;
		take(p, end, "L"); /* a long integer of Python 2 */
		t->dim[t->rank++] = n;
		if (!take(p, end, ",")) {
			if (take(p, end, ")"))
				break;
			return wrong;
		}
	}
	return NULL;
}

static const char *take_type(const char *descr, struct form *form)
{
	bool ordered = *descr == '<' || *descr == '>' || *descr == '=' || *descr == '|';
	form->big_endian =
		*descr == '>' || ((*descr == '=' || !ordered) && !wp_is_little_endian());
	for (int i = 0; i < TYPES; i++)
		if (strcmp(descr + ordered, types[i].descr) == 0) {
			form->tensor->type = types[i].type;
			form->item = wp_type_size(types[i].type);
			return NULL;
		}
	const char *kind = descr + ordered;
	char *end;
	unsigned long n = *kind ? strtoul(kind + 1, &end, 10) : 0;
	if ((*kind == 'U' || *kind == 'S') && n > 0 && n < LONGEST_STRING && *end == '\0') {
		form->tensor->type = WP_STRING;
		form->string = *kind;
		form->item = *kind == 'U' ? 4 * n : n;
		return NULL;
	}
	return "its element type is one that tensor streams do not have";
}

/* Returns NULL, or what is wrong. */
static const char *parse_header(const char *p, const char *end, struct form *form)
{
	static const char wrong[] =
		"its header is not a dictionary of descr, fortran_order, shape";
	bool has_type = false, has_order = false, has_shape = false;
	if (!take(&p, end, "{"))
		return wrong;
	while (!take(&p, end, "}")) {
		char key[16], descr[16];
		const char *problem = NULL;
		if (!take_string(&p, end, key, sizeof key) || !take(&p, end, ":"))
			return wrong;
		if (strcmp(key, "descr") == 0 && !has_type) {
			has_type = true;
			problem = take_string(&p, end, descr, sizeof descr)
				? take_type(descr, form)
				: "it holds records, not numbers";
		} else if (strcmp(key, "fortran_order") == 0 && !has_order) {
			has_order = true;
			form->fortran_order = take(&p, end, "True");
			if (!form->fortran_order && !take(&p, end, "False"))
				return wrong;
		} else if (strcmp(key, "shape") == 0 && !has_shape) {
			has_shape = true;
			problem = take_shape(&p, end, form->tensor);
		} else {
			return wrong; /* of no known name, or there already */
		}
		if (problem)
			return problem;
		if (!take(&p, end, ",")) {
			if (take(&p, end, "}"))
				break;
			return wrong;
		}
	}
	skip_spaces(&p, end);
	return p == end && has_type && has_order && has_shape ? NULL : wrong;
}

static enum wp_err read_header(struct wp_input *input, struct form *form)
{
	const char *data;
	size_t have;
	enum wp_err err = wp_input_peek(input, PREFIX_SIZE, &data, &have);
	if (err)
		return err;
	if (have < MAGIC_SIZE || memcmp(data, magic, MAGIC_SIZE) != 0)
		return wp_kind_refuse(input, wp_kind_of(data, have), "a .npy file");
	if (have < PREFIX_SIZE)
		return bad(input, WP_ETRUNC, "ends in the header");
	const unsigned char *byte = (const unsigned char *)data;
	if (byte[6] < 1 || byte[6] > 3)
		return bad(input, WP_ECORRUPT, "a version of .npy that is not known here");
	size_t begin = byte[6] == 1 ? 10 : 12;
	size_t length = byte[8] | (size_t)byte[9] << 8;
	if (byte[6] > 1)
		length |= (size_t)byte[10] << 16 | (size_t)byte[11] << 24;
	if (length > LONGEST_HEADER)
		return bad(input, WP_ECORRUPT, "a header of impossible length");
	err = wp_input_peek(input, begin + length, &data, &have);
	if (err)
		return err;
	if (have < begin + length)
		return bad(input, WP_ETRUNC, "ends in the header");
	const char *wrong = parse_header(data + begin, data + begin + length, form);
	if (wrong)
		return bad(input, WP_ECORRUPT, wrong);
	wp_input_skip(input, begin + length);
	return WP_OK;
}

/* ---- the elements ---- */

/* One string of the file, without the NULs that fill it up, as UTF-8 in `to`. */
static bool decode_string(
	const struct form *form, const unsigned char *p, char *to, size_t *length)
{
	size_t n = form->item, used = 0;
	if (form->string == 'S') {
		while (n > 0 && p[n - 1] == 0)
			n--;
		memcpy(to, p, n);
		*length = n;
		return true;
	}
	for (n /= 4; n > 0; n--) {
		uint32_t c = 0;
		for (int i = 0; i < 4; i++)
			c |= (uint32_t)p[4 * (n - 1) + (size_t)i]
				<< (form->big_endian ? 24 - 8 * i : 8 * i);
		if (c)
			break;
	}
	for (size_t k = 0; k < n; k++) {
		uint32_t c = 0;
		for (int i = 0; i < 4; i++)
			c |= (uint32_t)p[4 * k + (size_t)i]
				<< (form->big_endian ? 24 - 8 * i : 8 * i);
		if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return false;
		used += wp_utf8_encode(c, to + used);
	}
	*length = used;
	return true;
}

static enum wp_err take_strings(struct wp_npy *npy, const struct form *form, const char *from)
{
	char *text;
	size_t count = 0;
	enum wp_err err = wp_alloc(&text, form->item + 4, 1, "string");
	if (!err && !wp_tensor_count(&npy->tensor, &count))
		err = wp_fail(WP_EINVAL, "%s: too large", from);
	for (size_t i = 0; i < count && !err; i++) {
		size_t length;
		if (!decode_string(form, (const unsigned char *)npy->data + i * form->item,
			    text, &length))
			err = wp_fail(WP_ECORRUPT,
				"%s: a string with what is no character (element %zu)", from,
				i);
		else
			err = wp_strings_add(&npy->strings, text, length);
	}
	npy->data = NULL;
	free(text);
	return err;
}

/* A copy in this machine's byte order and in C order. */
static enum wp_err rearrange(struct wp_npy *npy, const struct form *form, size_t bytes)
{
	const struct wp_tensor *t = &npy->tensor;
	enum wp_err err = wp_alloc(&npy->own, bytes, 1, "array");
	if (err)
		return err;
	if (form->fortran_order && t->rank == 2) {
		size_t rows = (size_t)t->dim[0], columns = (size_t)t->dim[1];
		char *to = npy->own;
		for (size_t r = 0; r < rows; r++)
			for (size_t c = 0; c < columns; c++, to += form->item)
				memcpy(to,
					(const char *)npy->data + (c * rows + r) * form->item,
					form->item);
	} else if (bytes > 0) {
		memcpy(npy->own, npy->data, bytes);
	}
	if (form->big_endian == wp_is_little_endian())
		wp_swap_bytes(npy->own, bytes / form->item, form->item);
	npy->data = npy->own;
	return WP_OK;
}

static enum wp_err read_array(struct wp_npy *npy, struct wp_input *input)
{
	struct form form = {.tensor = &npy->tensor};
	size_t count, bytes, have, size;
	const char *data;
	wp_input_map(input, &size); /* if it can be: then nothing is copied */
	enum wp_err err = read_header(input, &form);
	if (err)
		return err;
	if (form.fortran_order && npy->tensor.rank > 2)
		return bad(input, WP_EMISMATCH,
			"in Fortran order with more than two axes: "
			"numpy.ascontiguousarray puts it in C order");
	if (!wp_tensor_count(&npy->tensor, &count) || !wp_mulsize(count, form.item, &bytes) ||
		bytes > SIZE_MAX / 2)
		return bad(input, WP_ECORRUPT, "an impossible shape");
	err = wp_input_peek(input, bytes + 1, &data, &have);
	if (err)
		return err;
	if (have < bytes)
		return wp_fail(WP_ETRUNC,
			"%s: ends after %zu of the array's %zu bytes (byte %" PRIu64 ")",
			wp_input_name(input), have, bytes, wp_input_offset(input) + have);
	npy->data = data;
	wp_input_skip(input, bytes);
	if (have > bytes)
		return bad(input, WP_ECORRUPT, "data after the array");
	if (form.string)
		return form.fortran_order && npy->tensor.rank > 1
			? bad(input, WP_EMISMATCH, "strings in Fortran order")
			: take_strings(npy, &form, wp_input_name(input));
	bool swap = form.item > 1 && form.big_endian == wp_is_little_endian();
	bool transpose = form.fortran_order && npy->tensor.rank == 2;
	return swap || transpose ? rearrange(npy, &form, bytes) : WP_OK;
}

enum wp_err wp_npy_read(struct wp_npy *npy, struct wp_input *input)
{
	*npy = (struct wp_npy){0};
	enum wp_err err = read_array(npy, input);
	if (err)
		wp_npy_fini(npy);
	return err;
}

void wp_npy_fini(struct wp_npy *npy)
{
	free(npy->own);
	wp_strings_fini(&npy->strings);
	*npy = (struct wp_npy){0};
}

/* ---- writing ---- */

/* descr: "<f4" */
static enum wp_err write_heading(
	struct wp_output *output, const struct wp_tensor *t, const char *descr)
{
	char text[512], shape[256];
	size_t n = 0;
	for (int i = 0; i < t->rank; i++)
		n += (size_t)snprintf(
			shape + n, sizeof shape - n, "%s%" PRIu64, i ? ", " : "", t->dim[i]);
	snprintf(shape + n, sizeof shape - n, "%s", t->rank == 1 ? "," : "");
	n = MAGIC_SIZE + 4;
	n += (size_t)snprintf(text + n, sizeof text - n,
		"{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape);
	size_t size = (n + 1 + ALIGN - 1) / ALIGN * ALIGN;
	memset(text + n, ' ', size - n);
	text[size - 1] = '\n';
	memcpy(text, magic, MAGIC_SIZE);
	text[6] = 1;
	text[7] = 0;
	text[8] = (char)((size - 10) & 255);
	text[9] = (char)((size - 10) >> 8);
	return wp_output_write(output, text, size);
}

static enum wp_err write_header(struct wp_output *output, const struct wp_tensor *t)
{
	char text[16];
	const char *descr = t->type == WP_BF16 ? "f4" : "?";
	for (int i = TYPES - 1; i >= 0; i--)
		if (types[i].type == t->type)
			descr = types[i].descr; /* of two names, the first */
	char order = descr[1] == '1' ? '|' : wp_is_little_endian() ? '<' : '>';
	snprintf(text, sizeof text, "%c%s", order, descr);
	return write_heading(output, t, text);
}

/* The code points of a string; false where it is not UTF-8. */
static bool count_characters(const char *text, size_t length, size_t *count)
{
	const char *end = text + length;
	for (*count = 0; text < end; ++*count) {
		struct wp_decoded d = wp_utf8_decode(text, end);
		if (!d.valid)
			return false;
		text += d.length;
	}
	return true;
}

enum wp_err wp_npy_write_strings(struct wp_output *output, const char *name,
	const struct wp_strings *strings, size_t count)
{
	size_t longest = 1, n, length, bytes;
	char descr[32];
	for (size_t i = 0; i < count; i++) {
		const char *text = wp_strings_get(strings, i, &length);
		if (!count_characters(text, length, &n) ||
			(length > 0 && text[length - 1] == 0))
			return wp_fail(WP_EMISMATCH,
				"tensor '%s': string %zu %s, which NumPy's strings cannot hold",
				name, i,
				length > 0 && text[length - 1] == 0 ? "ends in a NUL"
								    : "is not UTF-8");
		longest = n > longest ? n : longest;
	}
	if (!wp_mulsize(count, 4 * longest, &bytes))
		return wp_fail(WP_EINVAL, "tensor '%s' is too large", name);
	struct wp_tensor t = wp_tensor_1d("", WP_STRING, count);
	snprintf(descr, sizeof descr, "<U%zu", longest);
	enum wp_err err = write_heading(output, &t, descr);
	for (size_t i = 0; i < count && !err; i++) {
		char *room;
		const char *text = wp_strings_get(strings, i, &length), *end = text + length;
		err = wp_output_reserve(output, 4 * longest, &room);
		if (err)
			break;
		memset(room, 0, 4 * longest);
		for (char *to = room; text < end; to += 4) {
			struct wp_decoded d = wp_utf8_decode(text, end);
			for (int k = 0; k < 4; k++)
				to[k] = (char)(d.code_point >> 8 * k & 255);
			text += d.length;
		}
		wp_output_advance(output, 4 * longest);
	}
	return err;
}

enum wp_err wp_npy_put_strings(struct wp_writer *writer, const char *name, struct wp_npy *npy)
{
	struct wp_tensor tensor = npy->tensor;
	struct wp_strings some = npy->strings;
	size_t row;
	if (!wp_tensor_row_count(&tensor, &row))
		return wp_fail(WP_EINVAL, "tensor '%s' is too large", name);
	if (tensor.rank > 0)
		some.count = (size_t)tensor.dim[0] * row;
	snprintf(tensor.name, sizeof tensor.name, "%s", name);
	return wp_writer_put_strings(writer, &tensor, &some);
}

enum wp_err wp_npy_write(
	struct wp_output *output, const struct wp_tensor *tensor, const void *data)
{
	size_t count, bytes;
	size_t item = wp_type_size(tensor->type);
	if (item == 0)
		return wp_fail(WP_EMISMATCH, "tensor '%s': .npy holds numbers, not strings",
			tensor->name);
	if (!wp_tensor_count(tensor, &count) || !wp_mulsize(count, item, &bytes))
		return wp_fail(WP_EINVAL, "tensor '%s' is too large", tensor->name);
	enum wp_err err = write_header(output, tensor);
	if (tensor->type != WP_BF16)
		return err ? err : wp_output_write(output, data, bytes);
	for (size_t i = 0; i < count && !err; i++) {
		float value = wp_from_bf16(((const uint16_t *)data)[i]);
		err = wp_output_write(output, &value, sizeof value);
	}
	return err;
}

/* ---- the format ---- */

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	struct wp_npy npy;
	enum wp_err err = wp_npy_read(&npy, input);
	if (err)
		return err;
	if (npy.tensor.rank > 0)
		npy.tensor.dim[0] = wp_format_rows(job, npy.tensor.dim[0]);
	err = npy.tensor.type == WP_STRING
		? wp_npy_put_strings(writer, job->tensor ? job->tensor : "vocab", &npy)
		: wp_format_put(writer, job, &npy.tensor, npy.data, wp_input_name(input));
	wp_npy_fini(&npy);
	return err;
}

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	struct wp_format_table table;
	enum wp_err err = wp_format_take(&table, reader, job, wp_format_embedding);
	if (!err)
		err = table.strings ? wp_npy_write_strings(output, table.tensor.name,
					      table.strings, (size_t)table.tensor.dim[0])
				    : wp_npy_write(output, &table.tensor, table.data);
	wp_format_table_fini(&table);
	return err;
}

const struct wp_format wp_format_npy = {
	.name = "npy",
	.is_binary = true,
	.reading = WP_FORMAT_WORDS | WP_FORMAT_TYPE | WP_FORMAT_VOCAB,
	.writing = WP_FORMAT_TYPE | WP_FORMAT_VOCAB | WP_FORMAT_MEMORY,
	.read = read_format,
	.write = write_format,
};
