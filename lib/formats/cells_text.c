#include "formats/cells_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/spool.h"
#include "formats/format.h"
#include "stream/cells.h"
#include "stream/kind.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/token_text.h"
#include "text/vocab.h"

struct cell {
	int32_t row, col;
	double value;
};

/* Rows of `cooc` are words, those of others are sentences or tokens. */
static bool rows_are_words(const char *name)
{
	return strcmp(name, "cooc") == 0;
}

/* ---- Writing ---- */

struct writing {
	const struct wp_cells_text *text;
	struct wp_output *output;
	struct wp_reader *reader;
	struct wp_strings vocab;
	char name[WP_NAME_SIZE];
	struct wp_spool *cells; /* as struct cell, until all are there */
	struct wp_cells_shape shape;
	uint64_t count;
	bool single;    /* values have the precision of float */
	bool documents; /* columns of `cooc` are no words     */
	const struct wp_strings *row_words, *col_words;
};

static enum wp_err put_aside(struct writing *w, const struct wp_cells *batch)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < batch->count && !err; i++) {
		if (w->text->top && (uint64_t)batch->row[i] >= w->text->top)
			break; /* they are sorted */
		struct cell cell = {batch->row[i], batch->col[i], batch->value[i]};
		err = wp_spool_append(w->cells, &cell, sizeof cell);
		w->count++;
	}
	return err;
}

static enum wp_err take_settings(struct writing *w)
{
	struct wp_strings settings = {0};
	enum wp_err err = wp_reader_strings(w->reader, &settings);
	for (size_t i = 0; i < settings.count && !err; i++) {
		size_t length;
		const char *text = wp_strings_get(&settings, i, &length);
		w->documents |= length >= 10 && memcmp(text, "documents=", 10) == 0;
	}
	wp_strings_fini(&settings);
	return err;
}

/* "cooc" of "cooc.row". */
static bool name_of_rows(const struct wp_tensor *tensor, char name[WP_NAME_SIZE])
{
	size_t length = strlen(tensor->name), tail = strlen(".row");
	bool is_row = length > tail && strcmp(tensor->name + length - tail, ".row") == 0;
	if (is_row)
		snprintf(name, WP_NAME_SIZE, "%.*s", (int)(length - tail), tensor->name);
	return is_row;
}

static enum wp_err read_matrix(struct writing *w)
{
	struct wp_cells_reader *cells = NULL;
	struct wp_cells batch;
	const struct wp_tensor *tensor;
	enum wp_err err = WP_OK;
	snprintf(w->name, sizeof w->name, "%s", w->text->name ? w->text->name : "");
	while (!err && !(err = wp_reader_next(w->reader, &tensor))) {
		if (!cells && (*w->name || name_of_rows(tensor, w->name)))
			err = wp_cells_reader_create(&cells, w->name);
		if (err)
			break;
		wp_reader_forget(w->reader);
		if (strcmp(tensor->name, "vocab") == 0) {
			err = wp_reader_strings(w->reader, &w->vocab);
		} else if (strcmp(tensor->name, "cooc.settings") == 0) {
			err = take_settings(w);
		} else if (cells && wp_cells_own(cells, tensor)) {
			w->single |= tensor->type == WP_F32;
			err = wp_cells_take(cells, w->reader, tensor, &batch);
			if (!err)
				err = put_aside(w, &batch);
		}
	}
	if (err == WP_END && !cells)
		err = wp_fail(WP_EMISMATCH, "%s: no sparse matrix", wp_reader_name(w->reader));
	else if (err == WP_END)
		err = wp_cells_end(cells, w->reader, &w->shape);
	wp_cells_reader_free(cells);
	return err;
}

/* Is the vocabulary that of these rows or columns? */
static const struct wp_strings *words_for(const struct writing *w, bool words, int64_t size)
{
	bool fit = w->text->words && words && (uint64_t)size == w->vocab.count;
	return fit ? &w->vocab : NULL;
}

/* A word, or a number counted from `base`; returns where it ends. */
static char *print_index(char *to, const struct wp_strings *words, int32_t index, int32_t base)
{
	size_t length;
	if (!words)
		return wp_print_i64(to, (int64_t)index + base);
	const char *word = wp_strings_get(words, (size_t)index, &length);
	return to + wp_token_escape(word, length, to);
}

static size_t room_for(const struct wp_strings *words, int32_t index)
{
	size_t length = 0;
	if (words)
		wp_strings_get(words, (size_t)index, &length);
	return WP_NUMBER_ROOM + length * WP_ESCAPE_GROWTH;
}

static enum wp_err write_glove(const struct writing *w, const struct cell *cell)
{
	const struct cell numbered = {cell->row + 1, cell->col + 1, cell->value};
	_Static_assert(sizeof numbered == 16, "GloVe's record");
	return wp_output_write(w->output, &numbered, sizeof numbered);
}

static enum wp_err write_cell(const struct writing *w, const struct cell *cell)
{
	if (w->text->form == WP_CELLS_GLOVE)
		return write_glove(w, cell);
	bool market = w->text->form == WP_CELLS_MATRIX_MARKET;
	char *room;
	enum wp_err err = wp_output_reserve(w->output,
		room_for(w->row_words, cell->row) + room_for(w->col_words, cell->col) +
			WP_NUMBER_ROOM,
		&room);
	if (err)
		return err;
	char *p = print_index(room, w->row_words, cell->row, market);
	*p++ = market ? ' ' : '\t';
	p = print_index(p, w->col_words, cell->col, market);
	*p++ = market ? ' ' : '\t';
	p = w->single ? wp_print_f32(p, (float)cell->value) : wp_print_f64(p, cell->value);
	*p++ = '\n';
	wp_output_advance(w->output, (size_t)(p - room));
	return WP_OK;
}

static enum wp_err write_matrix(struct writing *w)
{
	struct cell cells[256];
	size_t got = 1;
	enum wp_err err = WP_OK;
	uint64_t top = w->text->top;
	int64_t rows = top && top < (uint64_t)w->shape.rows ? (int64_t)top : w->shape.rows;
	if (w->text->form == WP_CELLS_MATRIX_MARKET)
		err = wp_output_printf(w->output,
			"%%%%MatrixMarket matrix coordinate real general\n"
			"%" PRId64 " %" PRId64 " %" PRIu64 "\n",
			rows, w->shape.columns, w->count);
	else if (w->text->form == WP_CELLS_LINES) {
		w->row_words = words_for(w, rows_are_words(w->name), w->shape.rows);
		w->col_words = words_for(w, !w->documents, w->shape.columns);
	}
	while (!err && got > 0) {
		err = wp_spool_read(w->cells, cells, sizeof cells, &got);
		for (size_t i = 0; i < got / sizeof *cells && !err; i++)
			err = write_cell(w, &cells[i]);
	}
	return err;
}

enum wp_err wp_cells_text_write(
	struct wp_output *output, struct wp_reader *reader, const struct wp_cells_text *text)
{
	struct writing w = {.text = text, .output = output, .reader = reader};
	enum wp_err err = wp_spool_create(&w.cells, text->memory, text->directory);
	if (!err)
		err = read_matrix(&w);
	if (!err)
		err = write_matrix(&w);
	wp_spool_free(w.cells);
	wp_strings_fini(&w.vocab);
	return err;
}

/* ---- Reading ---- */

struct reading {
	const struct wp_cells_text *text;
	struct wp_lines lines;
	struct wp_vocab vocab;
	bool has_vocab, symmetric, pattern;
	struct cell *cells;
	size_t count, room;
	int64_t rows, columns; /* of the heading, or as many as there are words */
	char *word;            /* with its escapes undone */
	size_t word_room;
};

static enum wp_err bad(const struct reading *r, const char *what)
{
	return wp_fail(WP_ECORRUPT, "%s: %s (line %" PRIu64 ")", wp_input_name(r->lines.input),
		what, r->lines.number);
}

static enum wp_err add_cell(struct reading *r, int64_t row, int64_t col, double value)
{
	if (!isfinite(value))
		return bad(r, "a value that is infinite or not a number");
	if (row < 0 || col < 0 || row >= INT32_MAX || col >= INT32_MAX)
		return bad(r, "a row or column out of range");
	if (r->rows >= 0 && (row >= r->rows || col >= r->columns))
		return bad(r, "a row or column beyond the matrix");
	if (r->text->top && (uint64_t)row >= r->text->top)
		return WP_OK;
	enum wp_err err =
		wp_grow(&r->cells, &r->room, r->count + 1, sizeof *r->cells, "matrix cells");
	if (!err)
		r->cells[r->count++] = (struct cell){(int32_t)row, (int32_t)col, value};
	return err;
}

/* The number, or the word, that a field is. */
static enum wp_err take_index(
	struct reading *r, const char *field, const char *end, bool word, int64_t *index)
{
	if (!word)
		return wp_scan_i64(field, end, index) == end && field < end
			? WP_OK
			: bad(r, "a row or column that is no number");
	size_t length = (size_t)(end - field);
	enum wp_err err = wp_grow(&r->word, &r->word_room, length + 1, 1, "word");
	if (err)
		return err;
	if (wp_token_unescape(field, length, r->word, &length))
		return bad(r, "a backslash that begins no escape");
	*index = wp_vocab_find(&r->vocab, r->word, length);
	return *index < 0 ? bad(r, "a word that the vocabulary does not have") : WP_OK;
}

static enum wp_err read_line(struct reading *r, const char *line, size_t length)
{
	const char *end = line + length - (length > 0 && line[length - 1] == '\r');
	const char *tab = memchr(line, '\t', (size_t)(end - line));
	const char *next = tab ? memchr(tab + 1, '\t', (size_t)(end - tab - 1)) : NULL;
	int64_t row, col;
	double value;
	if (!next)
		return bad(r, "fewer than a row, a column and a value, separated by tabs");
	enum wp_err err =
		take_index(r, line, tab, r->has_vocab && rows_are_words(r->text->name), &row);
	if (!err)
		err = take_index(r, tab + 1, next, r->has_vocab, &col);
	if (!err && wp_scan_f64(next + 1, end, &value) != end)
		err = bad(r, "a value that is no number");
	return err ? err : add_cell(r, row, col, value);
}

static enum wp_err read_lines(struct reading *r)
{
	const char *line;
	size_t length;
	enum wp_err err;
	r->rows = r->columns = -1;
	while (!(err = wp_lines_next(&r->lines, &line, &length)))
		if ((err = read_line(r, line, length)))
			return err;
	return err == WP_END ? WP_OK : err;
}

/* Is the field this word, in any case of letters? */
static bool is_word(const char *field, size_t length, const char *word)
{
	return length == strlen(word) && strncasecmp(field, word, length) == 0;
}

/* "%%MatrixMarket matrix coordinate real general" and its kin. */
static enum wp_err read_banner(struct reading *r)
{
	const char *line, *field[5];
	size_t length, n[5];
	enum wp_err err = wp_lines_next(&r->lines, &line, &length);
	if (err)
		return err == WP_END ? bad(r, "empty where a MatrixMarket file was expected")
				     : err;
	const char *end = line + length;
	for (int i = 0; i < 5; i++)
		n[i] = wp_line_field(&line, end, &field[i]);
	if (!is_word(field[0], n[0], "%%MatrixMarket"))
		return bad(r, "not a MatrixMarket file");
	r->pattern = is_word(field[3], n[3], "pattern");
	r->symmetric = is_word(field[4], n[4], "symmetric");
	bool known = is_word(field[1], n[1], "matrix") && is_word(field[2], n[2], "coordinate");
	known &= r->pattern || is_word(field[3], n[3], "real") ||
		is_word(field[3], n[3], "integer");
	known &= r->symmetric || is_word(field[4], n[4], "general");
	return known ? WP_OK
		     : bad(r,
			       "not a matrix of coordinates, real, integer or pattern, general "
			       "or symmetric");
}

/* The next line that is no comment and not empty. */
static enum wp_err next_entry(struct reading *r, const char **line, const char **end)
{
	size_t length;
	enum wp_err err;
	do {
		err = wp_lines_next(&r->lines, line, &length);
		if (err)
			return err;
		length = wp_line_trim(*line, length);
	} while (length == 0 || **line == '%');
	*end = *line + length;
	return WP_OK;
}

/* The whole number that the next field is; false where it is none. */
static bool next_number(const char **line, const char *end, int64_t *number)
{
	const char *field;
	size_t n = wp_line_field(line, end, &field);
	return n > 0 && wp_scan_i64(field, field + n, number) == field + n;
}

static enum wp_err read_entry(struct reading *r, const char *line, const char *end)
{
	int64_t row, col;
	double value = 1;
	const char *field;
	if (!next_number(&line, end, &row) || !next_number(&line, end, &col))
		return bad(r, "no row and column");
	size_t n = wp_line_field(&line, end, &field);
	if (r->pattern ? n > 0 : n == 0 || wp_scan_f64(field, field + n, &value) != field + n)
		return bad(r, "not a value where one belongs");
	enum wp_err err = add_cell(r, row - 1, col - 1, value);
	if (!err && r->symmetric && row != col)
		err = add_cell(r, col - 1, row - 1, value);
	return err;
}

static enum wp_err read_matrix_market(struct reading *r)
{
	const char *line, *end;
	int64_t entries;
	enum wp_err err = read_banner(r);
	if (!err)
		err = next_entry(r, &line, &end);
	if (err)
		return err == WP_END ? bad(r, "no line with the size of the matrix") : err;
	if (!next_number(&line, end, &r->rows) || !next_number(&line, end, &r->columns) ||
		!next_number(&line, end, &entries) || r->rows < 0 || r->columns < 0)
		return bad(r, "not the numbers of rows, columns and cells");
	for (; !(err = next_entry(r, &line, &end)); entries--)
		if ((err = read_entry(r, line, end)))
			return err;
	if (err == WP_END && entries > 0)
		return wp_fail(WP_ETRUNC, "%s: %" PRId64 " cells are missing at the end",
			wp_input_name(r->lines.input), entries);
	if (err == WP_END && entries < 0)
		return bad(r, "more cells than the heading says");
	return err == WP_END ? WP_OK : err;
}

/* GloVe's cooccurrence.bin, or what its shuffle makes of it. */
static enum wp_err read_glove(struct reading *r)
{
	struct wp_input *input = r->lines.input;
	struct cell cell;
	size_t got;
	enum wp_err err;
	const char *data;
	err = wp_input_peek(input, 64, &data, &got);
	if (!err && got > 0 && wp_kind_of(data, got) && got >= sizeof cell &&
		(memcpy(&cell, data, sizeof cell), cell.row < 1 || cell.row > 1 << 28))
		return wp_kind_refuse(input, wp_kind_of(data, got), "GloVe's cooccurrence.bin");
	if (!err && got == 0)
		return wp_fail(WP_ECORRUPT, "%s: empty where cells were expected",
			wp_input_name(input));
	r->rows = r->columns = r->has_vocab ? (int64_t)r->vocab.tokens.count : -1;
	while (!err && !(err = wp_input_read(input, &cell, sizeof cell, &got)) && got > 0) {
		uint64_t at = wp_input_offset(input) - got;
		bool outside = r->rows >= 0 && (cell.row > r->rows || cell.col > r->columns);
		if (got < sizeof cell)
			err = wp_fail(WP_ETRUNC, "%s: ends in a cell (byte %" PRIu64 ")",
				wp_input_name(input), at);
		else if (cell.row < 1 || cell.col < 1 || !isfinite(cell.value) || outside)
			err = wp_fail(WP_ECORRUPT, "%s: %s (byte %" PRIu64 ")",
				wp_input_name(input),
				outside ? "a word beyond the vocabulary of \1words"
					: "not a cell of GloVe: two numbers from 1 and a count",
				at);
		else
			err = add_cell(
				r, (int64_t)cell.row - 1, (int64_t)cell.col - 1, cell.value);
	}
	return err;
}

static int by_place(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

/* Sort the cells, unless they are sorted, and add up those of one place, as other readers of
 * such files do. */
static enum wp_err sort_cells(struct reading *r)
{
	size_t i = 1;
	while (i < r->count && by_place(&r->cells[i - 1], &r->cells[i]) < 0)
		i++;
	if (i >= r->count)
		return WP_OK;
	qsort(r->cells, r->count, sizeof *r->cells, by_place);
	size_t kept = 0;
	for (i = 1; i < r->count; i++)
		if (by_place(&r->cells[kept], &r->cells[i]) == 0)
			r->cells[kept].value += r->cells[i].value;
		else
			r->cells[++kept] = r->cells[i];
	r->count = kept + 1;
	for (i = 0; i < r->count; i++)
		if (!isfinite(r->cells[i].value))
			return wp_fail(WP_ECORRUPT,
				"%s: the values of row %" PRId32 " and column %" PRId32
				" (from 0) add up to infinity",
				wp_input_name(r->lines.input), r->cells[i].row,
				r->cells[i].col);
	return WP_OK;
}

/* The shape that no heading told. */
static void find_shape(struct reading *r)
{
	int64_t rows = 0, columns = 0;
	for (size_t i = 0; i < r->count; i++) {
		rows = r->cells[i].row >= rows ? r->cells[i].row + 1 : rows;
		columns = r->cells[i].col >= columns ? r->cells[i].col + 1 : columns;
	}
	int64_t words = (int64_t)r->vocab.tokens.count;
	if (r->rows < 0) {
		r->rows = r->has_vocab && rows_are_words(r->text->name) ? words : rows;
		r->columns = r->has_vocab ? words : columns;
	}
	if (r->text->top && (uint64_t)r->rows > r->text->top)
		r->rows = (int64_t)r->text->top;
}

static enum wp_err put_matrix(const struct reading *r, struct wp_writer *writer)
{
	struct wp_cells_writer *cells;
	enum wp_err err = WP_OK;
	if (r->has_vocab)
		err = wp_writer_put_list(writer, "vocab", &r->vocab.tokens);
	if (!err)
		err = wp_cells_writer_create(&cells, writer, r->text->name,
			rows_are_words(r->text->name) ? WP_F64 : WP_F32);
	if (err)
		return err;
	for (size_t i = 0; i < r->count && !err; i++)
		err = wp_cells_put(
			cells, r->cells[i].row, 1, &r->cells[i].col, &r->cells[i].value);
	if (!err)
		err = wp_cells_finish(cells, r->rows, r->columns);
	wp_cells_writer_free(cells);
	return err;
}

enum wp_err wp_cells_text_read(struct wp_writer *writer, struct wp_input *input,
	const struct wp_cells_text *text, struct wp_strings *vocab)
{
	struct reading r = {
		.text = text, .lines = {.input = input}, .has_vocab = vocab != NULL};
	enum wp_err err = vocab ? wp_vocab_from_strings(&r.vocab, vocab, NULL) : WP_OK;
	if (!err)
		err = text->form == WP_CELLS_MATRIX_MARKET ? read_matrix_market(&r)
			: text->form == WP_CELLS_GLOVE     ? read_glove(&r)
							   : read_lines(&r);
	if (!err)
		err = sort_cells(&r);
	if (!err) {
		find_shape(&r);
		err = put_matrix(&r, writer);
	}
	wp_vocab_fini(&r.vocab);
	free(r.cells);
	free(r.word);
	return err;
}

/* ---- The formats ---- */

static struct wp_cells_text settings(const struct wp_format_job *job, enum wp_cells_form form)
{
	return (struct wp_cells_text){
		.name = job->tensor,
		.form = form,
		.words = !job->no_words,
		.top = job->top,
		.memory = job->memory,
		.directory = job->directory,
	};
}

static enum wp_err read_format(struct wp_writer *writer, struct wp_input *input,
	const struct wp_format_job *job, enum wp_cells_form form)
{
	struct wp_cells_text text = settings(job, form);
	if (!text.name)
		text.name = "cooc";
	return wp_cells_text_read(writer, input, &text, job->words);
}

static enum wp_err write_format(struct wp_output *output, struct wp_reader *reader,
	const struct wp_format_job *job, enum wp_cells_form form)
{
	struct wp_cells_text text = settings(job, form);
	enum wp_err err = wp_cells_text_write(output, reader, &text);
	wp_reader_close(reader);
	return err;
}

static enum wp_err read_cells(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	return read_format(writer, input, job, WP_CELLS_LINES);
}

static enum wp_err write_cells(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, WP_CELLS_LINES);
}

static enum wp_err read_market(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	return read_format(writer, input, job, WP_CELLS_MATRIX_MARKET);
}

static enum wp_err write_market(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, WP_CELLS_MATRIX_MARKET);
}

static enum wp_err read_glove_cooc(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	return read_format(writer, input, job, WP_CELLS_GLOVE);
}

static enum wp_err write_glove_cooc(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	return write_format(output, reader, job, WP_CELLS_GLOVE);
}

const struct wp_format wp_format_cells = {
	.name = "cells",
	.reading = WP_FORMAT_WORDS | WP_FORMAT_NO_WORDS | WP_FORMAT_ONE_WORDS,
	.writing = WP_FORMAT_NO_WORDS | WP_FORMAT_MEMORY | WP_FORMAT_TMPDIR,
	.read = read_cells,
	.write = write_cells,
};

const struct wp_format wp_format_matrix_market = {
	.name = "matrix-market",
	.reading = WP_FORMAT_WORDS,
	.writing = WP_FORMAT_MEMORY | WP_FORMAT_TMPDIR,
	.read = read_market,
	.write = write_market,
};

const struct wp_format wp_format_glove_cooc = {
	.name = "glove-cooc",
	.is_binary = true,
	.reading = WP_FORMAT_WORDS,
	.writing = WP_FORMAT_MEMORY | WP_FORMAT_TMPDIR,
	.read = read_glove_cooc,
	.write = write_glove_cooc,
};
