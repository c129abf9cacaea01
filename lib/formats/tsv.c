#include "formats/tsv.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/format.h"
#include "stream/element.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/token_text.h"

enum { SHOWN = 40 /* bytes of a field in a message */ };

/* ---- reading ---- */

static const char *skip_digits(const char *p, const char *end, bool *any)
{
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		*any = true;
	return p;
}

/* Is it written as a number is, a whole one or not? */
static bool is_written_as_number(const char *p, const char *end, bool whole)
{
	bool digits = false, exponent = false;
	p += p < end && (*p == '-' || *p == '+');
	p = skip_digits(p, end, &digits);
	if (whole)
		return digits && p == end;
	if (p < end && *p == '.')
		p = skip_digits(p + 1, end, &digits);
	if (digits && p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '-' || *p == '+');
		p = skip_digits(p, end, &exponent);
		digits = exponent;
	}
	return digits && p == end;
}

bool wp_tsv_scan(const char *p, const char *end, enum wp_type type, void *to)
{
	int64_t whole = 0;
	float single = 0;
	const char *after;
	switch (type) {
	case WP_F16:
	case WP_BF16:
	case WP_F32:
		after = wp_scan_f32(p, end, &single);
		break;
	case WP_F64:
		return wp_scan_f64(p, end, to) == end;
	default:
		after = wp_scan_i64(p, end, &whole);
		break;
	}
	if (after != end)
		return false;
	switch (type) {
	case WP_F32:
		*(float *)to = single;
		return true;
	case WP_F16:
		*(uint16_t *)to = wp_to_f16(single);
		return isfinite(wp_from_f16(*(uint16_t *)to)) || !isfinite(single);
	case WP_BF16:
		*(uint16_t *)to = wp_to_bf16(single);
		return isfinite(wp_from_bf16(*(uint16_t *)to)) || !isfinite(single);
	case WP_I8:
		*(int8_t *)to = (int8_t)whole;
		return whole >= INT8_MIN && whole <= INT8_MAX;
	case WP_U8:
		*(uint8_t *)to = (uint8_t)whole;
		return whole >= 0 && whole <= UINT8_MAX;
	case WP_I32:
		*(int32_t *)to = (int32_t)whole;
		return whole >= INT32_MIN && whole <= INT32_MAX;
	case WP_I64:
		*(int64_t *)to = whole;
		return true;
	case WP_F64:
	case WP_STRING:
		break;
	}
	return false;
}

/* A row that is one field, where a word and numbers were expected. */
static enum wp_err lone_field(const struct wp_lines *lines, const char *p, const char *end)
{
	size_t length = (size_t)(end - p);
	bool is_number = is_written_as_number(p, end, false);
	return wp_fail(WP_ECORRUPT, "%s: '%.*s': a word without numbers%s (line %" PRIu64 ")",
		wp_input_name(lines->input), length < SHOWN ? (int)length : SHOWN, p,
		is_number ? "; '\1no-words' reads numbers alone"
			: lines->number == 1
			? "; '\1from csv' reads a table with a heading, '\1type string' words"
			: "",
		lines->number);
}

/* The end of the field that begins at p. */
static const char *field_end(const char *p, const char *end)
{
	const char *tab = p < end ? memchr(p, '\t', (size_t)(end - p)) : NULL;
	return tab ? tab : end;
}

static enum wp_err add_word(
	struct wp_strings *words, const struct wp_lines *lines, const char *word, size_t length)
{
	char *text;
	size_t n;
	enum wp_err err = wp_alloc(&text, length, 1, "word");
	if (err)
		return err;
	err = wp_token_unescape(word, length, text, &n);
	if (err)
		err = wp_fail(WP_ECORRUPT,
			"%s: a backslash that begins no escape (line %" PRIu64 ")",
			wp_input_name(lines->input), lines->number);
	if (!err)
		err = wp_strings_add(words, text, n);
	free(text);
	return err;
}

static enum wp_err bad_field(
	const struct wp_lines *lines, const char *p, const char *end, enum wp_type type)
{
	size_t length = (size_t)(end - p);
	bool whole = type != WP_F16 && type != WP_BF16 && type != WP_F32 && type != WP_F64;
	bool outside = is_written_as_number(p, end, whole);
	return wp_fail(WP_ECORRUPT, "%s: '%.*s' is %s %s (line %" PRIu64 "%s)",
		wp_input_name(lines->input), length < SHOWN ? (int)length : SHOWN, p,
		outside ? "out of the range of type" : "not a number of type",
		wp_type_name(type), lines->number,
		!outside && lines->number == 1 && p < end &&
				(isalpha((unsigned char)*p) || strchr("\"'_", *p))
			? "; '\1from csv' reads a table with a heading"
			: "");
}

static enum wp_err read_numbers(
	struct wp_tsv *tsv, const struct wp_lines *lines, const char *p, const char *end)
{
	struct wp_tensor *t = &tsv->tensor;
	size_t item = wp_type_size(t->type);
	size_t columns = 1;
	for (const char *q = p; q < end; q++)
		columns += *q == '\t';
	if (t->dim[0] == 0)
		t->dim[1] = columns;
	if (columns != t->dim[1])
		return wp_fail(WP_ECORRUPT,
			"%s: %zu numbers where rows before have %" PRIu64 " (line %" PRIu64 ")",
			wp_input_name(lines->input), columns, t->dim[1], lines->number);
	size_t before = (size_t)t->dim[0] * columns * item; /* these bytes are in memory */
	enum wp_err err = wp_grow(&tsv->data, &tsv->room, before + columns * item, 1, "table");
	if (err)
		return err;
	char *to = (char *)tsv->data + before;
	for (size_t c = 0; c < columns; c++, to += item) {
		const char *stop = field_end(p, end);
		if (!wp_tsv_scan(p, stop, t->type, to))
			return bad_field(lines, p, stop, t->type);
		p = stop + 1;
	}
	t->dim[0]++;
	return WP_OK;
}

static enum wp_err read_row(struct wp_tsv *tsv, const struct wp_lines *lines, const char *line,
	size_t length, bool has_words)
{
	const char *p = line;
	const char *end = line + length - (length > 0 && line[length - 1] == '\r');
	if (has_words) {
		const char *stop = field_end(p, end);
		enum wp_err err = add_word(&tsv->words, lines, p, (size_t)(stop - p));
		if (err)
			return err;
		if (stop == end)
			return lone_field(lines, p, end);
		p = stop + 1;
	}
	return read_numbers(tsv, lines, p, end);
}

/* What a program that failed before us has left. */
static enum wp_err is_empty(struct wp_input *input)
{
	return wp_fail(WP_ECORRUPT, "%s: empty where rows were expected", wp_input_name(input));
}

enum wp_err wp_tsv_read(struct wp_tsv *tsv, struct wp_input *input, enum wp_type type,
	bool has_words, size_t top)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err = WP_OK;
	*tsv = (struct wp_tsv){.tensor = {.type = type, .rank = 2}};
	while (!err && (!top || lines.number < top)) {
		err = wp_lines_next(&lines, &line, &length);
		if (!err)
			err = read_row(tsv, &lines, line, length, has_words);
	}
	if (err == WP_END && tsv->tensor.dim[0] == 0)
		err = is_empty(input);
	if (tsv->tensor.dim[1] <= 1) {
		tsv->tensor.rank = 1;
		tsv->tensor.dim[1] = 0;
	}
	if (!err || err == WP_END)
		return WP_OK;
	wp_tsv_fini(tsv);
	return err;
}

void wp_tsv_fini(struct wp_tsv *tsv)
{
	wp_strings_fini(&tsv->words);
	free(tsv->data);
	*tsv = (struct wp_tsv){0};
}

enum wp_err wp_tsv_read_words(struct wp_strings *words, struct wp_input *input, size_t top)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t length;
	enum wp_err err = WP_OK;
	*words = (struct wp_strings){0};
	while (!err && (!top || lines.number < top)) {
		err = wp_lines_next(&lines, &line, &length);
		if (!err)
			err = add_word(words, &lines, line,
				length - (length > 0 && line[length - 1] == '\r'));
	}
	if (err == WP_END && words->count == 0)
		err = is_empty(input);
	if (!err || err == WP_END)
		return WP_OK;
	wp_strings_fini(words);
	return err;
}

/* ---- writing ---- */

char *wp_tsv_print(char *to, const void *data, enum wp_type type, size_t i)
{
	switch (type) {
	case WP_F32:
		return wp_print_f32(to, ((const float *)data)[i]);
	case WP_F64:
		return wp_print_f64(to, ((const double *)data)[i]);
	case WP_F16:
	case WP_BF16:
		return wp_print_f32(to, (float)wp_element(data, type, i));
	case WP_I64:
		return wp_print_i64(to, ((const int64_t *)data)[i]);
	default:
		return wp_print_i64(to, (int64_t)wp_element(data, type, i));
	}
}

static enum wp_err write_word(
	struct wp_output *output, const struct wp_strings *words, size_t i)
{
	size_t length;
	const char *word = wp_strings_get(words, i, &length);
	char *room;
	enum wp_err err = wp_output_reserve(output, length * WP_ESCAPE_GROWTH + 1, &room);
	if (!err)
		wp_output_advance(output, wp_token_escape(word, length, room));
	return err;
}

enum wp_err wp_tsv_write(struct wp_output *output, const struct wp_tensor *t, const void *data,
	const struct wp_strings *words)
{
	if (t->rank > 2 || t->type == WP_STRING)
		return wp_fail(WP_EMISMATCH,
			"tensor '%s': a table holds numbers in rows and columns, not %s",
			t->name, t->rank > 2 ? "more axes" : "strings");
	size_t rows = t->rank > 0 ? (size_t)t->dim[0] : 1;
	size_t columns = t->rank > 1 ? (size_t)t->dim[1] : 1;
	enum wp_err err = WP_OK;
	for (size_t r = 0; r < rows && !err; r++) {
		char *room;
		if (words)
			err = write_word(output, words, r);
		if (!err)
			err = wp_output_reserve(
				output, columns * (WP_NUMBER_ROOM + 1) + 1, &room);
		if (err)
			break;
		char *p = room;
		for (size_t c = 0; c < columns; c++) {
			if (c > 0 || words)
				*p++ = '\t';
			p = wp_tsv_print(p, data, t->type, r * columns + c);
		}
		*p++ = '\n';
		wp_output_advance(output, (size_t)(p - room));
	}
	return err;
}

enum wp_err wp_tsv_write_words(
	struct wp_output *output, const struct wp_strings *words, size_t count)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < count && !err; i++) {
		err = write_word(output, words, i);
		if (!err)
			err = wp_output_write(output, "\n", 1);
	}
	return err;
}

/* ---- the format ---- */

static enum wp_err read_strings(
	struct wp_writer *writer, struct wp_input *input, const struct wp_format_job *job)
{
	struct wp_strings strings;
	enum wp_err err = wp_tsv_read_words(&strings, input, (size_t)job->top);
	if (!err)
		err = wp_writer_put_list(
			writer, job->tensor ? job->tensor : "embedding", &strings);
	wp_strings_fini(&strings);
	return err;
}

/* Words that are all numbers are likely none. */
static void doubt_words(
	struct wp_format_job *job, const struct wp_strings *words, const char *from)
{
	for (size_t i = 0; i < words->count; i++) {
		size_t n;
		const char *word = wp_strings_get(words, i, &n);
		if (!is_written_as_number(word, word + n, false))
			return;
	}
	snprintf(job->warning, sizeof job->warning,
		"%.100s: the first column, all numbers, is taken for words: '--no-words' takes "
		"it for numbers",
		from);
}

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	struct wp_tsv tsv;
	if (job->type == WP_STRING)
		return read_strings(writer, input, job);
	enum wp_err err = wp_tsv_read(&tsv, input, job->type, !job->no_words, (size_t)job->top);
	if (err)
		return err;
	const char *from = wp_input_name(input);
	if (!job->no_words)
		doubt_words(job, &tsv.words, from);
	if (!job->no_words) {
		err = wp_format_keep_first(job, &tsv.words, &tsv.tensor, tsv.data, from);
		job->words = &tsv.words;
	}
	if (!err)
		err = wp_format_put(writer, job, &tsv.tensor, tsv.data, from);
	job->words = NULL;
	wp_tsv_fini(&tsv);
	return err;
}

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	struct wp_format_table table;
	enum wp_err err = wp_format_take(&table, reader, job, wp_format_embedding);
	if (!err)
		err = table.strings
			? wp_tsv_write_words(output, table.strings, (size_t)table.tensor.dim[0])
			: wp_tsv_write(output, &table.tensor, table.data, table.words);
	wp_format_table_fini(&table);
	return err;
}

const struct wp_format wp_format_tsv = {
	.name = "tsv",
	.reading = WP_FORMAT_TYPE | WP_FORMAT_NO_WORDS | WP_FORMAT_WORDS | WP_FORMAT_VOCAB,
	.writing = WP_FORMAT_NO_WORDS | WP_FORMAT_VOCAB | WP_FORMAT_MEMORY,
	.read = read_format,
	.write = write_format,
};
