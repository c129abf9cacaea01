#include "formats/word_vectors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/format.h"
#include "stream/bytes.h"
#include "stream/element.h"
#include "stream/kind.h"
#include "stream/lines.h"
#include "text/number.h"

enum {
	MAX_DIM = 1 << 24,      /* of a vector: more is no vector but a damaged file */
	LONGEST_HEADER = 48,    /* bytes of "V D\n" */
	LONGEST_WORD = 1 << 20, /* bytes, in binary: beyond that it is no word       */
	SHOWN = 40              /* bytes of a field in a message                     */
};

void wp_word_vectors_fini(struct wp_word_vectors *v)
{
	wp_strings_fini(&v->words);
	free(v->vector);
	*v = (struct wp_word_vectors){0};
}

/* Room for one more row: where its numbers go. */
static enum wp_err next_row(struct wp_word_vectors *v, float **row)
{
	size_t begin, need;
	if (!wp_mulsize(v->count, v->dim, &begin) || !wp_mulsize(v->count + 1, v->dim, &need))
		return wp_fail(WP_ENOMEM, "word vectors: more than can be addressed");
	enum wp_err err =
		wp_grow(&v->vector, &v->room, need, sizeof *v->vector, "word vectors");
	*row = err ? NULL : v->vector + begin;
	return err;
}

/* Is it "V D", two whole numbers separated by one space and nothing else? */
static bool parse_header(const char *line, const char *end, int64_t *count, int64_t *dim)
{
	const char *p = wp_scan_i64(line, end, count);
	return p && p < end && *p == ' ' && wp_scan_i64(p + 1, end, dim) == end;
}

static enum wp_err check_header(const struct wp_input *input, int64_t count, int64_t dim)
{
	if (count >= 0 && dim >= 1 && dim <= MAX_DIM)
		return WP_OK;
	return wp_fail(WP_ECORRUPT,
		"%s: the header claims %" PRId64 " vectors of length %" PRId64 " (line 1)",
		wp_input_name(input), count, dim);
}

/* ---- text ---- */

/* A line without its CR and without one space at its end. */
static size_t trim(const char *line, size_t length)
{
	length -= length > 0 && line[length - 1] == '\r';
	length -= length > 0 && line[length - 1] == ' ';
	return length;
}

/* Read exactly dim numbers, each after a space, that end with the line; returns NULL, or where
 * it went wrong. */
static const char *scan_numbers(const char *p, const char *end, size_t dim, float *row)
{
	for (size_t i = 0; i < dim; i++) {
		if (p == end || *p != ' ')
			return p;
		const char *next = wp_scan_f32(p + 1, end, &row[i]);
		if (!next || (next < end && *next != ' '))
			return p;
		p = next;
	}
	return p == end ? NULL : p;
}

/* Where the last dim fields begin, at the space before them; NULL if there are fewer. */
static const char *last_fields(const char *line, const char *end, size_t dim)
{
	const char *p = end;
	for (size_t i = 0; i < dim; i++) {
		do {
			if (p == line)
				return NULL;
			p--;
		} while (*p != ' ');
	}
	return p;
}

static enum wp_err bad_row(const struct wp_lines *lines, size_t dim, const char *wrong,
	const char *end, bool has_header)
{
	const char *name = wp_input_name(lines->input);
	double value;
	if (!wrong)
		return wp_fail(WP_ECORRUPT,
			"%s: fewer than a word and %zu numbers (line %" PRIu64 ")", name, dim,
			lines->number);
	wrong += wrong < end && *wrong == ' ';
	const char *stop = memchr(wrong, ' ', (size_t)(end - wrong));
	size_t length = (size_t)((stop ? stop : end) - wrong);
	return wp_fail(WP_ECORRUPT, "%s: '%.*s' is %s (line %" PRIu64 "%s)", name,
		length < SHOWN ? (int)length : SHOWN, wrong,
		length > 0 && wp_scan_f64(wrong, wrong + length, &value) == wrong + length
			? "too large for a float"
			: "not a number",
		lines->number,
		lines->number > 1 || has_header
			? ""
			: "; a first word with a space needs the dimension said");
}

/* Does a word with spaces in it end in a number, as no word does, but numbers taken for a part
 * of the word do? */
static bool has_numbers_before(const char *line, const char *word_end)
{
	const char *space = NULL;
	float number;
	for (const char *p = line; p < word_end; p++)
		if (*p == ' ')
			space = p;
	return space && space > line && wp_scan_f32(space + 1, word_end, &number) == word_end;
}

static enum wp_err read_row(struct wp_word_vectors *v, const struct wp_lines *lines,
	const char *line, size_t length)
{
	const char *end = line + length;
	float *row;
	if (length / 2 < v->dim) /* before memory is taken for them */
		return bad_row(lines, v->dim, NULL, end, v->had_header);
	enum wp_err err = next_row(v, &row);
	if (err)
		return err;
	const char *word_end = memchr(line, ' ', length);
	if (!word_end || scan_numbers(word_end, end, v->dim, row)) {
		/* A word with spaces in it, or an error: the exact rule decides. */
		word_end = last_fields(line, end, v->dim);
		const char *wrong = word_end ? scan_numbers(word_end, end, v->dim, row) : NULL;
		if (!word_end || wrong)
			return bad_row(lines, v->dim, wrong, end, v->had_header);
	}
	if (v->count == 0 && has_numbers_before(line, word_end))
		return wp_fail(WP_ECORRUPT,
			"%s: more numbers than the %zu %s (line %" PRIu64 ")",
			wp_input_name(lines->input), v->dim,
			v->had_header ? "that the header says" : "of a vector", lines->number);
	err = wp_strings_add(&v->words, line, (size_t)(word_end - line));
	v->count += !err;
	return err;
}

static size_t count_spaces(const char *line, size_t length)
{
	size_t spaces = 0;
	for (size_t i = 0; i < length; i++)
		spaces += line[i] == ' ';
	return spaces;
}

/* What the first line says of the file.  *is_header: it is no row. */
static enum wp_err begin_text(struct wp_word_vectors *v, const struct wp_lines *lines,
	const struct wp_vectors_form *form, const char *line, size_t length, int64_t *promised)
{
	int64_t dim;
	if (!form->no_header && parse_header(line, line + length, promised, &dim)) {
		v->had_header = true;
		v->dim = (size_t)dim;
		return check_header(lines->input, *promised, dim);
	}
	int64_t count;
	v->maybe_header = parse_header(line, line + length, &count, &dim);
	*promised = -1;
	v->dim = form->dim ? form->dim : count_spaces(line, length);
	if (v->dim == 0 || v->dim > MAX_DIM)
		return wp_fail(WP_ECORRUPT, "%s: not a word and its numbers (line 1)",
			wp_input_name(lines->input));
	return WP_OK;
}

/* A line after the first. */
static enum wp_err take_line(struct wp_word_vectors *v, const struct wp_lines *lines,
	const char *line, size_t length, int64_t promised)
{
	if (v->maybe_header && lines->number == 2 && count_spaces(line, length) != 1)
		return wp_fail(WP_ECORRUPT,
			"%s: line 1 is the header of word2vec's form: '\1from word2vec' reads "
			"it",
			wp_input_name(lines->input));
	if (promised < 0 || v->count < (uint64_t)promised)
		return read_row(v, lines, line, length);
	if (length == 0) /* an empty line at the end does no harm */
		return WP_OK;
	return wp_fail(WP_ECORRUPT,
		"%s: more rows than the %" PRId64 " of the header (line %" PRIu64 ")",
		wp_input_name(lines->input), promised, lines->number);
}

static enum wp_err read_text(
	struct wp_word_vectors *v, struct wp_lines *lines, const struct wp_vectors_form *form)
{
	const char *line;
	size_t length;
	int64_t promised;
	enum wp_err err = wp_lines_next(lines, &line, &length);
	if (err == WP_END)
		return wp_fail(WP_ECORRUPT, "%s: empty where word vectors were expected",
			wp_input_name(lines->input));
	if (err)
		return err;
	length = trim(line, length);
	err = begin_text(v, lines, form, line, length, &promised);
	if (!err && !v->had_header)
		err = read_row(v, lines, line, length);
	while (!err && (!form->top || v->count < form->top)) {
		err = wp_lines_next(lines, &line, &length);
		if (!err)
			err = take_line(v, lines, line, trim(line, length), promised);
	}
	if (err == WP_END && promised >= 0 && v->count < (uint64_t)promised)
		return wp_fail(WP_ETRUNC,
			"%s: ends after %zu rows of the %" PRId64 " that its header promises",
			wp_input_name(lines->input), v->count, promised);
	return err == WP_END ? WP_OK : err;
}

enum wp_err wp_word_vectors_read_text(
	struct wp_word_vectors *v, struct wp_input *input, const struct wp_vectors_form *form)
{
	struct wp_lines lines = {.input = input};
	*v = (struct wp_word_vectors){0};
	enum wp_err err = read_text(v, &lines, form);
	if (err)
		wp_word_vectors_fini(v);
	return err;
}

static enum wp_err cannot_hold(size_t row, const char *what, const char *form)
{
	return wp_fail(
		WP_EMISMATCH, "word %zu holds a %s, which %s cannot hold", row, what, form);
}

enum wp_err wp_word_vectors_write_text(struct wp_output *output, const struct wp_strings *words,
	const float *vector, size_t count, size_t dim, bool header)
{
	enum wp_err err = WP_OK;
	if (header)
		err = wp_output_printf(output, "%zu %zu\n", count, dim);
	for (size_t i = 0; i < count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(words, i, &length);
		if (length && memchr(word, '\n', length))
			return cannot_hold(i, "line feed", "text");
		char *room;
		err = wp_output_reserve(output, length + dim * (WP_NUMBER_ROOM + 1) + 1, &room);
		if (err)
			break;
		char *p = room;
		if (length)
			memcpy(p, word, length);
		p += length;
		for (size_t d = 0; d < dim; d++) {
			*p++ = ' ';
			p = wp_print_f32(p, vector[i * dim + d]);
		}
		*p++ = '\n';
		wp_output_advance(output, (size_t)(p - room));
	}
	return err;
}

/* ---- binary ---- */

static enum wp_err bad_binary(struct wp_input *input, enum wp_err code, const char *what)
{
	return wp_fail(code, "%s: %s (byte %" PRIu64 ")", wp_input_name(input), what,
		wp_input_offset(input));
}

static enum wp_err read_binary_header(struct wp_input *input, int64_t *count, int64_t *dim)
{
	const char *data;
	size_t have;
	enum wp_err err = wp_input_peek(input, LONGEST_HEADER, &data, &have);
	if (err)
		return err;
	if (have == 0)
		return wp_fail(WP_ECORRUPT, "%s: empty where word vectors were expected",
			wp_input_name(input));
	const char *end = memchr(data, '\n', have < LONGEST_HEADER ? have : LONGEST_HEADER);
	if (!end || !parse_header(data, end, count, dim)) {
		const struct wp_kind *kind = wp_kind_of(data, have);
		return kind ? wp_kind_refuse(input, kind, "word2vec's binary form")
			    : bad_binary(input, WP_ECORRUPT,
				      "no line with the numbers of words and dimensions");
	}
	err = check_header(input, *count, *dim);
	if (!err)
		wp_input_skip(input, (size_t)(end - data) + 1);
	return err;
}

/* Find the space that ends a word: *length is that of the word. */
static enum wp_err find_word_end(struct wp_input *input, const char **word, size_t *length)
{
	size_t have = 0, seen;
	do {
		seen = have;
		enum wp_err err = wp_input_peek(input, seen + 1, word, &have);
		if (err)
			return err;
		const char *space = have > seen ? memchr(*word + seen, ' ', have - seen) : NULL;
		if (space && space - *word <= LONGEST_WORD) {
			*length = (size_t)(space - *word);
			return WP_OK;
		}
	} while (have > seen && have <= LONGEST_WORD);
	return have > seen ? bad_binary(input, WP_ECORRUPT, "no word ends here")
			   : bad_binary(input, WP_ETRUNC, "ends in a word");
}

/* Would a vector of floats have such bytes?  Not if all of them are those of numbers written as
 * text, and they are enough to tell. */
static bool is_text(const char *bytes, size_t size)
{
	static const char number[] = "0123456789.-+e \n";
	size_t n = size < 64 ? size : 64;
	for (size_t i = 0; i < n; i++)
		if (!memchr(number, bytes[i], sizeof number - 1))
			return false;
	return n >= 16;
}

static enum wp_err read_binary_row(struct wp_word_vectors *v, struct wp_input *input)
{
	const char *word;
	size_t length = 0, have;
	float *row;
	enum wp_err err = find_word_end(input, &word, &length);
	if (err)
		return err;
	size_t bytes = v->dim * sizeof(float);
	err = wp_input_peek(input, length + 1 + bytes, &word, &have);
	if (err)
		return err;
	if (have < length + 1 + bytes)
		return bad_binary(input, WP_ETRUNC, "ends in a vector");
	if (is_text(word + length + 1, bytes))
		return bad_binary(input, WP_ECORRUPT, "numbers as text: not the binary form");
	err = next_row(v, &row);
	if (!err)
		err = wp_strings_add(&v->words, word, length);
	if (err)
		return err;
	memcpy(row, word + length + 1, bytes);
	if (!wp_is_little_endian())
		wp_swap_bytes((unsigned char *)row, v->dim, sizeof *row);
	wp_input_skip(input, length + 1 + bytes);
	v->count++;
	return WP_OK;
}

/* Skip the line feeds after a vector, which some writers leave out.  *more: something follows.
 */
static enum wp_err skip_line_feeds(struct wp_input *input, bool *more)
{
	const char *data;
	size_t have;
	enum wp_err err;
	while (!(err = wp_input_peek(input, 1, &data, &have)) && have > 0 && *data == '\n')
		wp_input_skip(input, 1);
	*more = !err && have > 0;
	return err;
}

static enum wp_err read_binary(struct wp_word_vectors *v, struct wp_input *input, size_t top)
{
	int64_t promised = 0, dim = 0;
	enum wp_err err = read_binary_header(input, &promised, &dim);
	bool more = true;
	v->had_header = true;
	v->dim = (size_t)dim;
	while (!err && v->count < (uint64_t)promised && (!top || v->count < top)) {
		err = skip_line_feeds(input, &more);
		if (!err && !more)
			err = wp_fail(WP_ETRUNC,
				"%s: ends after %zu rows of the %" PRId64
				" that its header promises",
				wp_input_name(input), v->count, promised);
		if (!err)
			err = read_binary_row(v, input);
	}
	if (!err && v->count == (uint64_t)promised) {
		err = skip_line_feeds(input, &more);
		if (!err && more)
			err = bad_binary(input, WP_ECORRUPT, "data after the last vector");
	}
	return err;
}

enum wp_err wp_word_vectors_read_binary(
	struct wp_word_vectors *v, struct wp_input *input, size_t top)
{
	*v = (struct wp_word_vectors){0};
	enum wp_err err = read_binary(v, input, top);
	if (err)
		wp_word_vectors_fini(v);
	return err;
}

enum wp_err wp_word_vectors_write_binary(struct wp_output *output,
	const struct wp_strings *words, const float *vector, size_t count, size_t dim)
{
	enum wp_err err = wp_output_printf(output, "%zu %zu\n", count, dim);
	for (size_t i = 0; i < count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(words, i, &length);
		if (length && memchr(word, ' ', length))
			return cannot_hold(i, "space", "word2vec's binary form");
		if (length && memchr(word, '\n', length))
			return cannot_hold(i, "line feed", "word2vec's binary form");
		char *room;
		size_t bytes = dim * sizeof(float);
		err = wp_output_reserve(output, length + bytes + 2, &room);
		if (err)
			break;
		if (length)
			memcpy(room, word, length);
		room[length] = ' ';
		memcpy(room + length + 1, vector + i * dim, bytes);
		if (!wp_is_little_endian())
			wp_swap_bytes((unsigned char *)room + length + 1, dim, sizeof *vector);
		room[length + 1 + bytes] = '\n';
		wp_output_advance(output, length + bytes + 2);
	}
	return err;
}

/* ---- the formats ---- */

static enum wp_err put_vectors(struct wp_writer *writer, const struct wp_input *input,
	struct wp_format_job *job, struct wp_word_vectors *v)
{
	struct wp_tensor tensor = wp_tensor_2d("", WP_F32, v->count, v->dim);
	snprintf(job->report, sizeof job->report, "%s: %zu vectors of length %zu, %s header",
		wp_input_name(input), v->count, v->dim, v->had_header ? "with a" : "without");
	enum wp_err err =
		wp_format_keep_first(job, &v->words, &tensor, v->vector, wp_input_name(input));
	job->words = &v->words;
	return err ? err : wp_format_put(writer, job, &tensor, v->vector, wp_input_name(input));
}

static enum wp_err read_text_format(struct wp_writer *writer, struct wp_input *input,
	struct wp_format_job *job, bool no_header)
{
	struct wp_word_vectors vectors;
	const struct wp_vectors_form form = {
		.no_header = no_header, .dim = job->dim, .top = (size_t)job->top};
	enum wp_err err = wp_word_vectors_read_text(&vectors, input, &form);
	if (!err)
		err = put_vectors(writer, input, job, &vectors);
	wp_word_vectors_fini(&vectors);
	return err;
}

static enum wp_err read_word2vec(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	return read_text_format(writer, input, job, false);
}

static enum wp_err read_glove(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	return read_text_format(writer, input, job, true);
}

static enum wp_err read_word2vec_binary(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	struct wp_word_vectors vectors;
	enum wp_err err = wp_word_vectors_read_binary(&vectors, input, (size_t)job->top);
	if (!err)
		err = put_vectors(writer, input, job, &vectors);
	wp_word_vectors_fini(&vectors);
	return err;
}

/* The vectors of a stream: a floating-point matrix with a word for each row. */
struct vectors {
	struct wp_format_table table;
	const float *vector;
	float *converted;
};

static enum wp_err to_floats(struct vectors *v)
{
	const struct wp_tensor *t = &v->table.tensor;
	if (t->type == WP_F32) {
		v->vector = v->table.data;
		return WP_OK;
	}
	size_t count = (size_t)(t->dim[0] * t->dim[1]); /* fits: the elements are in memory */
	enum wp_err err = wp_alloc(&v->converted, count, sizeof(float), "word vectors");
	for (size_t i = 0; i < count && !err; i++)
		v->converted[i] = (float)wp_element(v->table.data, t->type, i);
	size_t at = err ? count : wp_find_not_finite(v->converted, WP_F32, count);
	for (size_t i = at; i < count; i++)
		if (isfinite(wp_element(v->table.data, t->type, i)) &&
			!isfinite(v->converted[i]))
			return wp_fail(WP_EMISMATCH,
				"tensor '%s' has a number that is too large for a float (row "
				"%zu)",
				t->name, i / (size_t)t->dim[1] + 1);
	v->vector = v->converted;
	return err;
}

static enum wp_err take_vectors(
	struct vectors *v, struct wp_reader *reader, struct wp_format_job *job)
{
	*v = (struct vectors){0};
	enum wp_err err = wp_format_take(&v->table, reader, job, wp_format_embedding);
	if (err)
		return err;
	const struct wp_tensor *t = &v->table.tensor;
	const char *from = wp_tensor_set_name(v->table.set);
	if (t->type != WP_F32 && t->type != WP_F16 && t->type != WP_BF16 && t->type != WP_F64)
		return wp_fail(WP_EMISMATCH, "%s: tensor '%s' is of type %s, not vectors", from,
			t->name, wp_type_name(t->type));
	if (t->rank != 2 || t->dim[1] == 0 || !v->table.words) {
		char shape[128];
		return wp_fail(WP_EMISMATCH,
			"%s: tensor '%s' is %s, where a vector for each token of 'vocab' was "
			"expected",
			from, t->name, wp_tensor_shape(t, shape, sizeof shape));
	}
	return to_floats(v);
}

static enum wp_err write_format(struct wp_output *output, struct wp_reader *reader,
	struct wp_format_job *job, bool binary, bool header)
{
	struct vectors v;
	enum wp_err err = take_vectors(&v, reader, job);
	const struct wp_strings *words = v.table.words;
	size_t count = (size_t)v.table.tensor.dim[0], dim = (size_t)v.table.tensor.dim[1];
	if (!err)
		err = binary ? wp_word_vectors_write_binary(output, words, v.vector, count, dim)
			     : wp_word_vectors_write_text(
				       output, words, v.vector, count, dim, header);
	free(v.converted);
	wp_format_table_fini(&v.table);
	return err;
}

static enum wp_err write_word2vec(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, false, true);
}

static enum wp_err write_glove(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, false, false);
}

static enum wp_err write_word2vec_binary(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, true, true);
}

const struct wp_format wp_format_word2vec = {
	.name = "word2vec",
	.reading = WP_FORMAT_DIM | WP_FORMAT_TYPE | WP_FORMAT_VOCAB,
	.writing = WP_FORMAT_VOCAB,
	.read = read_word2vec,
	.write = write_word2vec,
};

const struct wp_format wp_format_word2vec_binary = {
	.name = "word2vec-binary",
	.is_binary = true,
	.reading = WP_FORMAT_TYPE | WP_FORMAT_VOCAB,
	.writing = WP_FORMAT_VOCAB,
	.read = read_word2vec_binary,
	.write = write_word2vec_binary,
};

const struct wp_format wp_format_glove = {
	.name = "glove",
	.reading = WP_FORMAT_DIM | WP_FORMAT_TYPE | WP_FORMAT_VOCAB,
	.writing = WP_FORMAT_VOCAB,
	.read = read_glove,
	.write = write_glove,
};
