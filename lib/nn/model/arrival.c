#include "nn/model/arrival.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"

static const char list_suffix[] = ".row";

void wp_nn_arrival_fini(struct wp_nn_arrival *a)
{
	free(a->own);
	free(a->scale);
	free(a->row);
	free(a->place);
	*a = (struct wp_nn_arrival){0};
}

static bool is_list_of(const char *name, const struct wp_nn_param *p)
{
	size_t n = strlen(p->name);
	return strncmp(name, p->name, n) == 0 && strcmp(name + n, list_suffix) == 0;
}

/* Append a record of one axis and that type to an array of elements of `size` bytes. */
static enum wp_err append(struct wp_reader *reader, const struct wp_tensor *t,
	enum wp_type type, void *array, size_t *count, size_t *room, size_t size)
{
	const void *data;
	size_t bytes;
	void **to = array;
	if (t->type != type || t->rank != 1)
		return wp_fail(WP_EMISMATCH, "%s: '%s' is not of type %s and rank 1",
			wp_reader_name(reader), t->name, wp_type_name(type));
	enum wp_err err = wp_reader_data(reader, &data, &bytes);
	if (!err)
		err = wp_grow(to, room, *count + bytes / size + 1, size, t->name);
	if (!err && bytes > 0)
		memcpy((char *)*to + *count * size, data, bytes);
	*count += err ? 0 : bytes / size;
	return err;
}

/* Does the record go on with what came of the parameter, and may it be its rows? */
static bool fits(
	const struct wp_nn_arrival *a, const struct wp_nn_param *p, const struct wp_tensor *t)
{
	return wp_stored_holds(t->type) && (t->first == 0 || t->type == a->type) &&
		t->rank == 2 && t->dim[1] == p->cols && t->first == a->rows &&
		t->dim[0] <= p->rows && t->first <= p->rows - t->dim[0];
}

static enum wp_err take_rows(struct wp_nn_arrival *a, const struct wp_nn_param *p,
	struct wp_reader *reader, const struct wp_tensor *t)
{
	const void *data, *stored;
	const struct wp_header *header;
	const char *from = wp_reader_name(reader);
	size_t size;
	char shape[128];
	if (!fits(a, p, t))
		return wp_fail(WP_EMISMATCH,
			"%s: '%s' is %s %s, not f32, or f16 or i8, (%zu, %zu)", from, t->name,
			wp_type_name(t->type), wp_tensor_shape(t, shape, sizeof shape), p->rows,
			p->cols);
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (!err)
		err = wp_check_finite(from, t, data);
	if (!err)
		err = wp_reader_stored(reader, &header, &stored);
	if (err)
		return err;
	a->type = t->type;
	a->rows += t->dim[0];
	if (a->size == 0 && !t->more && data == stored && wp_reader_is_mapped(reader)) {
		a->data = data;
		a->size = size;
		return WP_OK;
	}
	err = wp_grow(&a->own, &a->room, a->size + size + 1, 1, p->name);
	if (err)
		return err;
	if (size > 0)
		memcpy(a->own + a->size, data, size);
	a->size += size;
	a->data = a->own;
	return WP_OK;
}

enum wp_err wp_nn_arrival_take(struct wp_nn_arrival *a, const struct wp_nn_param *p,
	struct wp_reader *reader, const struct wp_tensor *t, bool *taken)
{
	*taken = true;
	if (strcmp(t->name, p->name) == 0)
		return take_rows(a, p, reader, t);
	if (wp_is_scale_of(t->name, p->name))
		return append(reader, t, WP_F32, &a->scale, &a->scales, &a->scale_room,
			sizeof *a->scale);
	if (is_list_of(t->name, p)) {
		a->has_list = true;
		return append(
			reader, t, WP_I32, &a->row, &a->listed, &a->row_room, sizeof *a->row);
	}
	*taken = false;
	return WP_OK;
}

/* Where each row is, of a list that rises. */
static enum wp_err find_places(
	struct wp_nn_arrival *a, const struct wp_nn_param *p, const char *from)
{
	if (a->listed != a->rows)
		return wp_fail(WP_EMISMATCH, "%s: '%s%s' lists %zu rows, '%s' has %" PRIu64,
			from, p->name, list_suffix, a->listed, p->name, a->rows);
	if (p->rows / WP_NN_LIST_SHARE > a->listed)
		return wp_fail(WP_EMISMATCH, "%s: '%s%s' lists %zu of %zu rows: too few", from,
			p->name, list_suffix, a->listed, p->rows);
	enum wp_err err = wp_alloc(&a->place, p->rows, sizeof *a->place, p->name);
	for (size_t i = 0; i < p->rows && !err; i++)
		a->place[i] = -1;
	for (size_t i = 0; i < a->listed && !err; i++) {
		const int64_t row = a->row[i], before = i > 0 ? a->row[i - 1] : -1;
		if (row <= before || (uint64_t)row >= p->rows)
			return wp_fail(WP_ECORRUPT,
				"%s: '%s%s' does not rise from 0 to less than %zu (row %zu)",
				from, p->name, list_suffix, p->rows, i + 1);
		a->place[row] = (int32_t)i;
	}
	return err;
}

enum wp_err wp_nn_arrival_end(struct wp_nn_arrival *a, const struct wp_nn_param *p,
	const char *from, struct wp_stored *stored)
{
	if (a->rows != p->rows && !a->has_list)
		return wp_fail(WP_EMISMATCH, "%s: the model lacks parameter '%s' (%zu, %zu)",
			from, p->name, p->rows, p->cols);
	enum wp_err err = a->has_list ? find_places(a, p, from) : WP_OK;
	if (!err && a->type == WP_I8) {
		struct wp_tensor tensor = wp_tensor_2d(p->name, WP_I8, a->rows, p->cols);
		struct wp_tensor scale = wp_tensor_1d("", WP_F32, a->scales);
		err = wp_scale_name(p->name, scale.name);
		if (!err)
			err = wp_check_scale(
				from, &tensor, a->scales > 0 ? &scale : NULL, a->scale);
	}
	*stored = (struct wp_stored){.type = a->type,
		.rows = p->rows,
		.cols = p->cols,
		.data = a->data,
		.scale = a->scale,
		.place = a->place};
	return err;
}

/* ---- Writing ---- */

static bool is_zero(const float *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (row[i] != 0)
			return false;
	return true;
}

/* The rows to write: those that are not zero, or enough of the others, too.  A list costs a
 * number for each. */
static size_t rows_to_list(const struct wp_nn_param *p, const float *value)
{
	enum { SMALL = 512 }; /* rows */
	size_t kept = 0, least = p->rows / WP_NN_LIST_SHARE + 1;
	if (!(p->flags & WP_NN_BY_ROWS) || p->rows < SMALL ||
		strlen(p->name) + sizeof list_suffix > WP_NAME_SIZE)
		return p->rows;
	for (size_t r = 0; r < p->rows; r++)
		kept += !is_zero(value + r * p->cols, p->cols);
	kept = kept < least ? least : kept;
	return (p->rows - kept) * p->cols > kept ? kept : p->rows;
}

enum wp_err wp_nn_param_put(
	struct wp_writer *writer, const struct wp_nn_param *p, const float *value)
{
	const size_t kept = rows_to_list(p, value);
	struct wp_tensor tensor = wp_tensor_2d(p->name, WP_F32, kept, p->cols);
	struct wp_tensor list = wp_tensor_1d("", WP_I32, kept);
	int32_t *row;
	float *rows = NULL;
	if (kept == p->rows)
		return wp_writer_put(writer, &tensor, value);
	snprintf(list.name, sizeof list.name, "%.*s%s",
		(int)(WP_NAME_SIZE - sizeof list_suffix), p->name, list_suffix);
	enum wp_err err = wp_alloc(&row, kept, sizeof *row, p->name);
	if (!err)
		err = wp_alloc(&rows, kept, p->cols * sizeof *rows, p->name);
	for (size_t r = 0, n = 0; r < p->rows && n < kept && !err; r++) {
		const float *from = value + r * p->cols;
		if (is_zero(from, p->cols) && kept - n < p->rows - r)
			continue;
		row[n] = (int32_t)r;
		memcpy(rows + n++ * p->cols, from, p->cols * sizeof *rows);
	}
	if (!err)
		err = wp_writer_put(writer, &list, row);
	if (!err)
		err = wp_writer_put(writer, &tensor, rows);
	free(row);
	free(rows);
	return err;
}
