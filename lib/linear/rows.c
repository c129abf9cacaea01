#include "linear/rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/cells.h"
#include "stream/element.h"

struct reading {
	struct wp_linear_rows *rows;
	struct wp_reader *reader;
	struct wp_cells_reader *cells;
	const char *dense; /* the name of the dense matrix that is being read; NULL: none yet */
	const char *wanted;
	bool sparse, has_labels, has_targets;
	size_t labels, targets, memory;
	int64_t columns; /* of `onehot.shape`; -1: not seen */
	wp_linear_other *other;
	void *arg;
	char seen[200]; /* names of other matrices */
};

void wp_linear_rows_fini(struct wp_linear_rows *r)
{
	free(r->start);
	free(r->col);
	free(r->value);
	free(r->labels);
	free(r->targets);
	wp_strings_fini(&r->label_vocab);
	wp_strings_fini(&r->vocab);
	wp_strings_fini(&r->settings);
	*r = (struct wp_linear_rows){0};
}

static enum wp_err wrong(const struct reading *r, const char *name, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: '%s': %s", wp_reader_name(r->reader), name, what);
}

/* Room for n more cells. */
static enum wp_err make_room(struct reading *r, uint64_t cells)
{
	struct wp_linear_rows *m = r->rows;
	if (cells > r->memory / (sizeof *m->col + sizeof *m->value))
		return wp_fail(WP_ELIMIT, "%s: %" PRIu64 " cells take %.0f MiB: see \1memory",
			wp_reader_name(r->reader), cells,
			(double)cells * (sizeof *m->col + sizeof *m->value) / 0x1p20);
	enum wp_err err =
		wp_grow(&m->col, &m->cell_room, (size_t)cells + 1, sizeof *m->col, "rows");
	return err ? err
		   : wp_grow(&m->value, &m->value_room, (size_t)cells + 1, sizeof *m->value,
			     "rows");
}

/* Rows up to `row` begin at cell `at`.  One cell may claim to be in a row far beyond the
 * others. */
static enum wp_err begin_rows(struct reading *r, size_t row, uint64_t at)
{
	struct wp_linear_rows *m = r->rows;
	if (row > r->memory / sizeof *m->start)
		return wp_fail(WP_ELIMIT, "%s: %zu rows take %.0f MiB: see \1memory",
			wp_reader_name(r->reader), row + 1,
			(double)row * sizeof *m->start / 0x1p20);
	enum wp_err err = wp_grow(&m->start, &m->start_room, row + 2, sizeof *m->start, "rows");
	for (; !err && m->rows <= row; m->rows++)
		m->start[m->rows] = at;
	return err;
}

static enum wp_err take_cells(struct reading *r, const struct wp_tensor *tensor)
{
	struct wp_linear_rows *m = r->rows;
	struct wp_cells batch;
	uint64_t have = m->rows ? m->start[m->rows] : 0;
	r->sparse = true;
	enum wp_err err = wp_cells_take(r->cells, r->reader, tensor, &batch);
	if (!err)
		err = make_room(r, have + batch.count);
	for (size_t i = 0; i < batch.count && !err; i++) {
		if (!isfinite(batch.value[i]))
			return wp_fail(WP_ECORRUPT,
				"%s: 'onehot.value' has a value that is not finite (row %d, "
				"column %d)",
				wp_reader_name(r->reader), batch.row[i] + 1, batch.col[i] + 1);
		if ((size_t)batch.row[i] >= m->rows)
			err = begin_rows(r, (size_t)batch.row[i], have);
		if (err)
			return err;
		m->col[have] = batch.col[i];
		m->value[have++] = (float)batch.value[i];
		m->start[m->rows] = have;
	}
	return err;
}

/* Rows of a dense matrix; zeros are no cells. */
static enum wp_err take_dense(struct reading *r, const struct wp_tensor *tensor)
{
	struct wp_linear_rows *m = r->rows;
	const void *data;
	size_t size, n, cols = tensor->rank == 2 ? (size_t)tensor->dim[1] : 0;
	if (tensor->rank != 2 || tensor->type == WP_STRING)
		return wrong(r, tensor->name, "not a matrix of numbers");
	if (m->rows > 0 && cols != m->cols)
		return wrong(r, tensor->name, "another matrix has been read before");
	m->cols = cols;
	enum wp_err err = wp_reader_data(r->reader, &data, &size);
	if (!err && !wp_tensor_count(tensor, &n))
		err = wrong(r, tensor->name, "too large");
	if (!err)
		err = wp_check_finite(wp_reader_name(r->reader), tensor, data);
	uint64_t have = m->rows ? m->start[m->rows] : 0;
	if (!err)
		err = make_room(r, have + n);
	for (size_t i = 0; i < tensor->dim[0] && !err; i++) {
		err = begin_rows(r, m->rows, have);
		for (size_t j = 0; j < cols && !err; j++) {
			double x = wp_element(data, tensor->type, i * cols + j);
			m->col[have] = (int32_t)j;
			m->value[have] = (float)x;
			have += x != 0;
		}
		if (!err)
			m->start[m->rows] = have;
	}
	return err;
}

static enum wp_err take_labels(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	struct wp_linear_rows *m = r->rows;
	if (tensor->type != WP_I32 || tensor->rank != 1)
		return wrong(r, tensor->name, "not a list of type i32");
	enum wp_err err = wp_reader_data(r->reader, &data, &size);
	size_t n = size / sizeof *m->labels;
	if (!err)
		err = wp_grow(&m->labels, &m->label_room, r->labels + n + 1, sizeof *m->labels,
			"labels");
	if (err)
		return err;
	memcpy(m->labels + r->labels, data, n * sizeof *m->labels);
	r->labels += n;
	r->has_labels = true;
	return WP_OK;
}

static enum wp_err take_targets(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size, outputs = tensor->rank == 2 ? (size_t)tensor->dim[1] : 1;
	struct wp_linear_rows *m = r->rows;
	if (tensor->type != WP_F32 || tensor->rank < 1 || tensor->rank > 2 || outputs == 0 ||
		(r->targets > 0 && outputs != m->outputs))
		return wrong(r, tensor->name, "not a matrix of type f32");
	enum wp_err err = wp_reader_data(r->reader, &data, &size);
	size_t n = size / sizeof *m->targets;
	m->outputs = outputs;
	if (!err)
		err = wp_check_finite(wp_reader_name(r->reader), tensor, data);
	if (!err)
		err = wp_grow(&m->targets, &m->target_room, r->targets + n + 1,
			sizeof *m->targets, "targets");
	if (err)
		return err;
	memcpy(m->targets + r->targets, data, n * sizeof *m->targets);
	r->targets += n;
	r->has_targets = true;
	return WP_OK;
}

static enum wp_err take_shape(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(r->reader, &data, &size);
	if (!err && (tensor->type != WP_I64 || size != 2 * sizeof(int64_t)))
		return wrong(r, tensor->name, "no shape of a matrix");
	if (!err)
		r->columns = ((const int64_t *)data)[1];
	return err;
}

static enum wp_err take_list(
	struct reading *r, const struct wp_tensor *tensor, struct wp_strings *list)
{
	if (tensor->type != WP_STRING)
		return wrong(r, tensor->name, "not a list of strings");
	wp_strings_fini(list);
	return wp_reader_strings(r->reader, list);
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static bool is_dense(struct reading *r, const struct wp_tensor *tensor)
{
	static const char *const usual[] = {"onehot", "encoding", NULL};
	if (r->wanted)
		return strcmp(tensor->name, r->wanted) == 0;
	if (r->sparse || !is_one_of(tensor->name, usual))
		return false;
	if (!r->dense)
		r->dense = strcmp(tensor->name, usual[0]) == 0 ? usual[0] : usual[1];
	return strcmp(tensor->name, r->dense) == 0;
}

/* The name of a matrix that is not read: for the message, should there be no other. */
static void note_matrix(struct reading *r, const struct wp_tensor *tensor)
{
	size_t used = strlen(r->seen), room = sizeof r->seen - used;
	if (tensor->rank != 2 || tensor->type == WP_STRING || tensor->first > 0)
		return;
	if (strlen(tensor->name) + 8 < room)
		snprintf(r->seen + used, room, "%s '%s'", used ? "," : "", tensor->name);
}

static enum wp_err take_record(struct reading *r, const struct wp_tensor *tensor)
{
	static const char *const text[] = {"ids", "lengths", "counts", NULL};
	struct wp_linear_rows *m = r->rows;
	enum wp_err err = WP_OK;
	bool is_shape = strcmp(tensor->name, "onehot.shape") == 0;
	if (is_dense(r, tensor))
		return take_dense(r, tensor);
	if (!r->wanted && !r->dense && !is_shape && wp_cells_own(r->cells, tensor))
		return take_cells(r, tensor);
	if (strcmp(tensor->name, "labels") == 0)
		return take_labels(r, tensor);
	if (strcmp(tensor->name, "targets") == 0)
		return take_targets(r, tensor);
	if (strcmp(tensor->name, "labels.vocab") == 0)
		return take_list(r, tensor, &m->label_vocab);
	if (is_one_of(tensor->name, text))
		return WP_OK;
	if (strcmp(tensor->name, "vocab") == 0)
		err = take_list(r, tensor, &m->vocab);
	else if (strcmp(tensor->name, "onehot.settings") == 0)
		err = take_list(r, tensor, &m->settings);
	else if (is_shape && !r->wanted && !r->dense) {
		struct wp_cells none;
		r->sparse = true;
		err = take_shape(r, tensor);
		if (!err)
			err = wp_cells_take(r->cells, r->reader, tensor, &none);
	}
	note_matrix(r, tensor);
	return !err && r->other ? r->other(r->arg, r->reader, tensor) : err;
}

static enum wp_err check(struct reading *r)
{
	struct wp_linear_rows *m = r->rows;
	const char *name = wp_reader_name(r->reader);
	if (r->has_labels && r->labels != m->rows)
		return wp_fail(WP_EMISMATCH, "%s: %zu labels for %zu rows%s", name, r->labels,
			m->rows,
			r->labels < m->rows ? ": rows of tokens have none, see onehot --bow"
					    : "");
	for (size_t i = 0; i < r->labels; i++)
		if (m->labels[i] < 0 || (size_t)m->labels[i] >= m->label_vocab.count)
			return wrong(r, "labels", "a label beyond 'labels.vocab'");
	if (r->has_targets && r->targets != m->rows * m->outputs)
		return wp_fail(WP_EMISMATCH, "%s: targets of %zu rows for %zu rows", name,
			r->targets / m->outputs, m->rows);
	return WP_OK;
}

static enum wp_err no_matrix(const struct reading *r)
{
	const char *name = wp_reader_name(r->reader),
		   *wanted = r->wanted ? r->wanted : "onehot";
	if (r->seen[0])
		return wp_fail(WP_EMISMATCH,
			"%s: no matrix '%s', but%s: \1tensor chooses the rows", name, wanted,
			r->seen);
	return wp_fail(WP_EMISMATCH,
		"%s: no matrix '%s': onehot --bow makes rows of the output of vocab", name,
		wanted);
}

static enum wp_err finish(struct reading *r)
{
	struct wp_linear_rows *m = r->rows;
	struct wp_cells_shape shape;
	if (!r->sparse && m->rows == 0 && m->cols == 0)
		return no_matrix(r);
	if (r->sparse) {
		uint64_t have = m->rows ? m->start[m->rows] : 0;
		enum wp_err err = wp_cells_end(r->cells, r->reader, &shape);
		if (!err && (uint64_t)shape.rows > r->memory / sizeof *m->start)
			err = wp_fail(WP_ELIMIT, "%s: %" PRId64 " rows: see \1memory",
				wp_reader_name(r->reader), shape.rows);
		if (!err && r->has_labels && (uint64_t)shape.rows != r->labels)
			m->rows = (size_t)shape.rows;
		else if (!err && shape.rows > 0)
			err = begin_rows(r, (size_t)shape.rows - 1, have);
		if (err)
			return err;
		m->cols = (size_t)shape.columns;
		if (r->has_labels && m->rows != r->labels)
			return check(r);
		if (m->rows > 0)
			m->start[m->rows] = have;
	}
	return check(r);
}

enum wp_err wp_linear_rows_read(struct wp_linear_rows *rows, struct wp_reader *reader,
	const char *tensor, size_t memory, wp_linear_other *other, void *arg)
{
	struct reading r = {.rows = rows,
		.reader = reader,
		.wanted = tensor,
		.memory = memory,
		.columns = -1,
		.other = other,
		.arg = arg};
	const struct wp_tensor *record;
	*rows = (struct wp_linear_rows){.name = wp_reader_name(reader)};
	enum wp_err err = wp_cells_reader_create(&r.cells, "onehot");
	while (!err && !(err = wp_reader_next(reader, &record)))
		err = take_record(&r, record);
	if (err == WP_END)
		err = finish(&r);
	wp_cells_reader_free(r.cells);
	if (err)
		wp_linear_rows_fini(rows);
	return err;
}
