#include "stream/cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"

/* Cells of one slice: 1 MiB of records, so that the next program can begin early. */
enum { SLICE = 1 << 16 };

/* The name of a matrix and what is appended to it fit a tensor's name. */
enum { NAME_MOST = WP_NAME_SIZE - (int)sizeof ".value" };

static bool name_fits(const char *name)
{
	return *name && strlen(name) <= NAME_MOST;
}

static enum wp_err bad_name(const char *name)
{
	return wp_fail(WP_EINVAL, "matrix '%s': a name has 1 to %d bytes", name, NAME_MOST);
}

/* ---- Writing ---- */

struct wp_cells_writer {
	struct wp_writer *writer;
	struct wp_tensor row_slice, col_slice, value_slice;
	char name[WP_NAME_SIZE];
	int32_t last_row, last_col;
	size_t count; /* of cells that wait for their slice to fill */
	uint64_t written;
	int32_t row[SLICE], col[SLICE];
	union {
		double f64[SLICE];
		float f32[SLICE];
	} value;
};

static struct wp_tensor slice_of(const char *name, const char *part, enum wp_type type)
{
	char full[WP_NAME_SIZE];
	snprintf(full, sizeof full, "%.*s.%s", NAME_MOST, name, part);
	return wp_tensor_1d(full, type, 0);
}

enum wp_err wp_cells_writer_create(struct wp_cells_writer **cells, struct wp_writer *writer,
	const char *name, enum wp_type type)
{
	struct wp_cells_writer *w = NULL;
	*cells = NULL;
	if (!name_fits(name))
		return bad_name(name);
	if (type != WP_F32 && type != WP_F64)
		return wp_fail(WP_EINVAL, "matrix '%s': values of %s: not f32 or f64", name,
			wp_type_name(type));
	enum wp_err err = wp_alloc(&w, 1, sizeof *w, "matrix cells");
	if (err)
		return err;
	w->writer = writer;
	w->row_slice = slice_of(name, "row", WP_I32);
	w->col_slice = slice_of(name, "col", WP_I32);
	w->value_slice = slice_of(name, "value", type);
	snprintf(w->name, sizeof w->name, "%s", name);
	w->last_row = w->last_col = -1;
	*cells = w;
	return WP_OK;
}

void wp_cells_writer_free(struct wp_cells_writer *w)
{
	free(w);
}

static enum wp_err put_slice(
	struct wp_cells_writer *w, struct wp_tensor *slice, const void *data, bool more)
{
	slice->dim[0] = w->count;
	slice->more = more;
	return wp_writer_put(w->writer, slice, data);
}

static enum wp_err put_slices(struct wp_cells_writer *w, bool more)
{
	enum wp_err err = put_slice(w, &w->row_slice, w->row, more);
	if (!err)
		err = put_slice(w, &w->col_slice, w->col, more);
	if (!err)
		err = put_slice(w, &w->value_slice, &w->value, more);
	w->written += w->count;
	w->count = 0;
	return err;
}

enum wp_err wp_cells_put(struct wp_cells_writer *w, int32_t row, size_t count,
	const int32_t *col, const double *value)
{
	if (count == 0)
		return WP_OK;
	if (row < w->last_row || (row == w->last_row && col[0] <= w->last_col) || col[0] < 0)
		return wp_fail(WP_EINVAL,
			"matrix '%s': cell (%" PRId32 ", %" PRId32 ") after (%" PRId32
			", %" PRId32 ")",
			w->name, row, col[0], w->last_row, w->last_col);
	w->last_row = row;
	w->last_col = col[count - 1];
	while (count > 0) {
		size_t n = count < SLICE - w->count ? count : SLICE - w->count;
		memcpy(w->col + w->count, col, n * sizeof *col);
		for (size_t i = 0; i < n; i++)
			w->row[w->count + i] = row;
		if (w->value_slice.type == WP_F64)
			memcpy(w->value.f64 + w->count, value, n * sizeof *value);
		else
			for (size_t i = 0; i < n; i++)
				w->value.f32[w->count + i] = (float)value[i];
		w->count += n;
		col += n;
		value += n;
		count -= n;
		enum wp_err err = w->count == SLICE ? put_slices(w, true) : WP_OK;
		if (err)
			return err;
	}
	return WP_OK;
}

enum wp_err wp_cells_finish(struct wp_cells_writer *w, int64_t rows, int64_t columns)
{
	struct wp_tensor shape = slice_of(w->name, "shape", WP_I64);
	const int64_t dim[2] = {rows, columns};
	shape.dim[0] = 2;
	enum wp_err err = put_slices(w, false);
	return err ? err : wp_writer_put(w->writer, &shape, dim);
}

uint64_t wp_cells_written(const struct wp_cells_writer *w)
{
	return w->written + w->count;
}

/* ---- Reading ---- */

enum part { ROW, COL, VALUE, SHAPE, PARTS };
static const char *const parts[PARTS] = {"row", "col", "value", "shape"};

struct wp_cells_reader {
	char name[WP_NAME_SIZE];
	size_t name_length;
	int64_t row_limit, col_limit; /* 0: none */
	enum part next;               /* which is due: ROW, COL or VALUE */
	size_t count;                 /* of cells in the slices that are being put together */
	int32_t *row, *col;           /* copies: the reader keeps but one record */
	double *value;                /* where the stream has f32 */
	size_t row_room, col_room, value_room;
	bool seen; /* any record of the matrix */
	bool has_shape;
	int32_t last_row, last_col, max_col;
	struct wp_cells_shape shape;
};

/* Ready for a stream. */
static void begin(struct wp_cells_reader *c)
{
	c->next = ROW;
	c->seen = c->has_shape = false;
	c->last_row = c->last_col = c->max_col = -1;
	c->shape = (struct wp_cells_shape){0};
}

enum wp_err wp_cells_reader_create(struct wp_cells_reader **cells, const char *name)
{
	struct wp_cells_reader *c = NULL;
	*cells = NULL;
	if (!name_fits(name))
		return bad_name(name);
	enum wp_err err = wp_alloc(&c, 1, sizeof *c, "matrix cells");
	if (err)
		return err;
	snprintf(c->name, sizeof c->name, "%s", name);
	c->name_length = strlen(name);
	begin(c);
	*cells = c;
	return WP_OK;
}

void wp_cells_reader_free(struct wp_cells_reader *c)
{
	if (!c)
		return;
	free(c->row);
	free(c->col);
	free(c->value);
	free(c);
}

void wp_cells_expect(struct wp_cells_reader *c, int64_t rows, int64_t columns)
{
	c->row_limit = rows;
	c->col_limit = columns;
}

/* Which part of the matrix this record is; PARTS for none. */
static enum part part_of(const struct wp_cells_reader *c, const struct wp_tensor *tensor)
{
	const char *name = tensor->name;
	int p = PARTS;
	if (strncmp(name, c->name, c->name_length) == 0 && name[c->name_length] == '.')
		for (p = 0; p < PARTS && strcmp(name + c->name_length + 1, parts[p]) != 0;)
			p++;
	return (enum part)p;
}

bool wp_cells_own(const struct wp_cells_reader *c, const struct wp_tensor *tensor)
{
	return part_of(c, tensor) != PARTS;
}

static enum wp_err bad(
	const struct wp_reader *reader, const struct wp_tensor *tensor, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s (record %" PRIu64 " '%s', byte %" PRIu64 ")",
		wp_reader_name(reader), what, wp_reader_records(reader), tensor->name,
		wp_reader_offset(reader));
}

/* One slice of row or column numbers into a buffer of ours. */
static enum wp_err take_indices(struct wp_cells_reader *c, struct wp_reader *reader,
	const struct wp_tensor *tensor, int32_t **indices, size_t *room, int64_t limit)
{
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (!err)
		err = wp_grow(indices, room, c->count + 1, sizeof **indices, "matrix cells");
	if (err)
		return err;
	memcpy(*indices, data, size);
	int32_t least = 0, most = -1;
	for (size_t i = 0; i < c->count; i++) {
		int32_t x = (*indices)[i];
		least = x < least ? x : least;
		most = x > most ? x : most;
	}
	if (least < 0)
		return bad(reader, tensor, "a negative row or column");
	if (limit && most >= limit)
		return bad(reader, tensor, "a row or column beyond the matrix");
	if (indices == &c->col && most > c->max_col)
		c->max_col = most;
	return WP_OK;
}

/* Each cell after the one before it? */
static bool is_sorted(const struct wp_cells_reader *c)
{
	int32_t row = c->last_row, col = c->last_col;
	bool sorted = true;
	for (size_t i = 0; i < c->count; i++) {
		sorted &= c->row[i] > row || (c->row[i] == row && c->col[i] > col);
		row = c->row[i];
		col = c->col[i];
	}
	return sorted;
}

static enum wp_err take_values(struct wp_cells_reader *c, struct wp_reader *reader,
	const struct wp_tensor *tensor, struct wp_cells *batch)
{
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (err)
		return err;
	if (!is_sorted(c))
		return bad(reader, tensor, "cells are not sorted by row and column");
	size_t at = wp_find_not_finite(data, tensor->type, c->count);
	if (at < c->count)
		return wp_fail(WP_ECORRUPT,
			"%s: '%s' has a number that is not finite, in row %" PRId32
			" and column %" PRId32 " (from 0)",
			wp_reader_name(reader), tensor->name, c->row[at], c->col[at]);
	*batch = (struct wp_cells){c->count, c->row, c->col, data};
	if (c->count > 0) {
		c->last_row = c->row[c->count - 1];
		c->last_col = c->col[c->count - 1];
		c->shape.cells += c->count;
	}
	if (tensor->type == WP_F64)
		return WP_OK;
	err = wp_grow(
		&c->value, &c->value_room, c->count + 1, sizeof *c->value, "matrix cells");
	for (size_t i = 0; i < c->count && !err; i++)
		c->value[i] = ((const float *)data)[i];
	batch->value = c->value;
	return err;
}

static enum wp_err take_shape(
	struct wp_cells_reader *c, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	int64_t dim[2];
	if (c->count != 2 || tensor->type != WP_I64)
		return bad(reader, tensor, "not two numbers of type i64");
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (err)
		return err;
	memcpy(dim, data, sizeof dim);
	if (dim[0] < 0 || dim[1] < 0)
		return bad(reader, tensor, "a negative shape");
	if ((c->row_limit && dim[0] != c->row_limit) ||
		(c->col_limit && dim[1] != c->col_limit))
		return bad(reader, tensor, "the matrix has another shape than was expected");
	c->shape.rows = dim[0];
	c->shape.columns = dim[1];
	c->has_shape = true;
	return WP_OK;
}

enum wp_err wp_cells_take(struct wp_cells_reader *c, struct wp_reader *reader,
	const struct wp_tensor *tensor, struct wp_cells *batch)
{
	enum part part = part_of(c, tensor);
	size_t count;
	*batch = (struct wp_cells){0};
	c->seen = true;
	if (tensor->rank != 1 || !wp_tensor_count(tensor, &count))
		return bad(reader, tensor, "not a list of numbers");
	if (part == SHAPE ? c->next != ROW : part != c->next)
		return bad(reader, tensor, "row, col and value do not take turns");
	if (part == COL || part == VALUE ? count != c->count : false)
		return bad(reader, tensor, "row, col and value differ in length");
	if (part == VALUE ? tensor->type != WP_F32 && tensor->type != WP_F64
			  : part != SHAPE && tensor->type != WP_I32)
		return bad(reader, tensor, "unexpected element type");
	c->count = count;
	switch (part) {
	case ROW:
		c->next = COL;
		return take_indices(c, reader, tensor, &c->row, &c->row_room, c->row_limit);
	case COL:
		c->next = VALUE;
		return take_indices(c, reader, tensor, &c->col, &c->col_room, c->col_limit);
	case VALUE:
		c->next = ROW;
		return take_values(c, reader, tensor, batch);
	default:
		return take_shape(c, reader, tensor);
	}
}

enum wp_err wp_cells_end(
	struct wp_cells_reader *c, const struct wp_reader *reader, struct wp_cells_shape *shape)
{
	const char *wrong = NULL;
	*shape = c->shape;
	if (!c->seen)
		wrong = strcmp(c->name, "cooc") == 0
			? "is not there: cooc counts it in the output of vocab"
			: "is not there";
	else if (c->next != ROW)
		wrong = "ends with a row or column that has no value";
	else if (!c->has_shape)
		wrong = "has no shape";
	else if (c->last_row >= c->shape.rows || c->max_col >= c->shape.columns)
		wrong = "has cells outside its shape";
	begin(c);
	return wrong ? wp_fail(WP_EMISMATCH, "%s: matrix '%s' %s", wp_reader_name(reader),
			       c->name, wrong)
		     : WP_OK;
}
