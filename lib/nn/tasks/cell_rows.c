#include "nn/tasks/cell_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum wp_err wp_nn_cell_rows_init(
	struct wp_nn_cell_rows *r, size_t memory, const char *directory)
{
	*r = (struct wp_nn_cell_rows){.memory = memory};
	enum wp_err err = wp_cells_reader_create(&r->reader, "onehot");
	if (!err)
		err = wp_spool_create(&r->col, memory / 2, directory);
	if (!err)
		err = wp_spool_create(&r->value, memory / 2, directory);
	if (!err)
		err = wp_grow(&r->start, &r->room, 1, sizeof *r->start, "rows");
	if (!err)
		r->start[0] = 0;
	return err;
}

void wp_nn_cell_rows_fini(struct wp_nn_cell_rows *r)
{
	wp_cells_reader_free(r->reader);
	wp_spool_free(r->col);
	wp_spool_free(r->value);
	free(r->start);
	*r = (struct wp_nn_cell_rows){0};
}

bool wp_nn_cell_rows_own(const struct wp_nn_cell_rows *r, const struct wp_tensor *tensor)
{
	return wp_cells_own(r->reader, tensor);
}

/* There are `rows` rows, those that are new without cells.  One cell may claim to be in a row
 * far beyond the others. */
static enum wp_err have_rows(struct wp_nn_cell_rows *r, const char *from, size_t rows)
{
	if (rows > r->memory / sizeof *r->start || rows > INT32_MAX)
		return wp_fail(WP_ELIMIT, "%s: %zu rows take more than %zu MiB: see \1memory",
			from, rows, r->memory >> 20);
	enum wp_err err = wp_grow(&r->start, &r->room, rows + 1, sizeof *r->start, "rows");
	for (; !err && r->rows < rows; r->rows++)
		r->start[r->rows + 1] = r->cells;
	return err;
}

static enum wp_err add_cells(
	struct wp_nn_cell_rows *r, const char *from, const struct wp_cells *batch)
{
	float block[256];
	enum wp_err err =
		wp_spool_append(r->col, batch->col, batch->count * sizeof *batch->col);
	for (size_t i = 0; i < batch->count && !err;) {
		size_t n = 0;
		for (; n < sizeof block / sizeof *block && i < batch->count && !err; n++, i++) {
			block[n] = (float)batch->value[i];
			if (!isfinite(block[n]))
				return wp_fail(WP_ECORRUPT,
					"%s: 'onehot.value' has a value that is not finite, or too "
					"large (row %d, column %d)",
					from, batch->row[i] + 1, batch->col[i] + 1);
			err = have_rows(r, from, r->before + (size_t)batch->row[i] + 1);
			if (!err)
				r->start[r->rows] = ++r->cells;
		}
		if (!err)
			err = wp_spool_append(r->value, block, n * sizeof *block);
	}
	return err;
}

/* The shape ends a matrix. */
static enum wp_err end_matrix(struct wp_nn_cell_rows *r, const struct wp_reader *reader)
{
	struct wp_cells_shape shape;
	enum wp_err err = wp_cells_end(r->reader, reader, &shape);
	if (!err && r->before > 0 && (size_t)shape.columns != r->columns)
		err = wp_fail(WP_EMISMATCH,
			"%s: joined streams have bags of %zu and of %zu columns: use onehot "
			"--from",
			wp_reader_name(reader), r->columns, (size_t)shape.columns);
	if (!err)
		err = have_rows(r, wp_reader_name(reader), r->before + (size_t)shape.rows);
	if (err)
		return err;
	r->columns = (size_t)shape.columns;
	r->before = r->rows;
	r->open = false;
	return WP_OK;
}

enum wp_err wp_nn_cell_rows_take(
	struct wp_nn_cell_rows *r, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	static const char shape[] = ".shape";
	const size_t length = strlen(tensor->name), end = sizeof shape - 1;
	struct wp_cells batch;
	r->open = true;
	enum wp_err err = wp_cells_take(r->reader, reader, tensor, &batch);
	if (!err)
		err = add_cells(r, wp_reader_name(reader), &batch);
	if (!err && length > end && strcmp(tensor->name + length - end, shape) == 0)
		err = end_matrix(r, reader);
	return err;
}

enum wp_err wp_nn_cell_rows_end(
	struct wp_nn_cell_rows *r, const struct wp_reader *reader, struct wp_nn_data *data)
{
	const void *col, *value;
	enum wp_err err = r->open ? end_matrix(r, reader) : WP_OK;
	if (!err)
		err = wp_spool_map(r->col, &col);
	if (!err)
		err = wp_spool_map(r->value, &value);
	if (err)
		return err;
	data->start = r->start;
	data->col = col;
	data->cell = value;
	data->inputs = r->columns;
	return WP_OK;
}
