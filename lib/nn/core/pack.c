#include "nn/core/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/batch.h"

static enum wp_err reserve(
	struct wp_nn_packed *p, size_t steps, size_t ids, size_t values, size_t columns)
{
	static const char what[] = "a batch";
	enum wp_err err = wp_grow(&p->active, &p->active_room, steps, sizeof *p->active, what);
	if (!err)
		err = wp_grow(&p->begin, &p->begin_room, steps + 1, sizeof *p->begin, what);
	if (!err)
		err = wp_grow(&p->ids, &p->ids_room, ids, sizeof *p->ids, what);
	if (!err)
		err = wp_grow(&p->values, &p->values_room, values, sizeof *p->values, what);
	if (!err)
		err = wp_grow(&p->columns, &p->columns_room, columns, sizeof *p->columns, what);
	return err;
}

/* Row *row of the batch is row `from` of the cells. */
static enum wp_err add_cells(
	struct wp_nn_packed *p, const struct wp_nn_cells *cells, size_t from, size_t row)
{
	const size_t first = cells->start[from], n = cells->start[from + 1] - first;
	const size_t at = p->start[row], all = at + n;
	enum wp_err err = wp_grow(&p->col, &p->col_room, all, sizeof *p->col, "a batch");
	if (!err)
		err = wp_grow(&p->values, &p->values_room, all, sizeof *p->values, "a batch");
	if (err)
		return err;
	memcpy(p->col + at, cells->col + first, n * sizeof *p->col);
	memcpy(p->values + at, cells->value + first, n * sizeof *p->values);
	p->start[row + 1] = all;
	return WP_OK;
}

enum wp_err wp_nn_pack_cells(struct wp_nn_packed *p, const struct wp_nn_piece *piece,
	size_t count, const struct wp_nn_cells *cells, struct wp_nn_batch *batch)
{
	size_t steps = count ? piece[0].length : 0, rows = 0, active = count;
	for (size_t i = 0; i < count; i++)
		rows += piece[i].length;
	enum wp_err err = reserve(p, steps, 0, 1, 0);
	if (!err)
		err = wp_grow(&p->start, &p->start_room, rows + 1, sizeof *p->start, "a batch");
	if (!err)
		err = wp_grow(&p->col, &p->col_room, 1, sizeof *p->col, "a batch");
	if (err)
		return err;
	p->begin[0] = p->start[0] = 0;
	for (size_t t = 0, row = 0; t < steps; t++) {
		while (piece[active - 1].length <= t)
			active--;
		for (size_t k = 0; k < active && !err; k++, row++)
			err = add_cells(p, cells, piece[k].row + t, row);
		p->active[t] = (int)active;
		p->begin[t + 1] = row;
	}
	*batch = (struct wp_nn_batch){.steps = (int)steps,
		.sequences = (int)count,
		.active = p->active,
		.begin = p->begin,
		.cells = {p->start, p->col, p->values}};
	return err;
}

/* Row `to` of the batch: what stands in row `from`. */
static void copy_row(struct wp_nn_packed *p, const struct wp_nn_pack_rows *d, size_t rows,
	size_t to, size_t from)
{
	if (d->ids)
		p->ids[to] = d->ids[from];
	else
		memcpy(p->values + to * d->inputs, d->values + from * d->inputs,
			d->inputs * sizeof *d->values);
	for (size_t c = 0; c < d->columns; c++)
		p->columns[c * rows + to] = d->column[c][from];
}

enum wp_err wp_nn_pack(struct wp_nn_packed *p, const struct wp_nn_piece *piece, size_t count,
	const struct wp_nn_pack_rows *d, struct wp_nn_batch *batch)
{
	size_t steps = count ? piece[0].length : 0, rows = 0, active = count;
	for (size_t i = 0; i < count; i++)
		rows += piece[i].length;
	enum wp_err err = reserve(
		p, steps, d->ids ? rows : 0, d->ids ? 0 : rows * d->inputs, rows * d->columns);
	if (!err)
		err = wp_grow(
			&p->column, &p->column_room, d->columns, sizeof *p->column, "a batch");
	if (err)
		return err;
	p->begin[0] = 0;
	for (size_t t = 0, row = 0; t < steps; t++) {
		while (piece[active - 1].length <= t)
			active--;
		for (size_t k = 0; k < active; k++, row++)
			copy_row(p, d, rows, row, piece[k].row + t);
		p->active[t] = (int)active;
		p->begin[t + 1] = row;
	}
	for (size_t c = 0; c < d->columns; c++)
		p->column[c] = p->columns + c * rows;
	*batch = (struct wp_nn_batch){.steps = (int)steps,
		.sequences = (int)count,
		.active = p->active,
		.begin = p->begin,
		.ids = d->ids ? p->ids : NULL,
		.values = d->ids ? NULL : p->values,
		.columns = d->columns ? p->column : NULL};
	return WP_OK;
}

void wp_nn_packed_fini(struct wp_nn_packed *p)
{
	free(p->active);
	free(p->begin);
	free(p->ids);
	free(p->values);
	free(p->start);
	free(p->col);
	free(p->columns);
	free(p->column);
	*p = (struct wp_nn_packed){0};
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

void wp_nn_sort_keys(uint64_t *key, size_t n)
{
	qsort(key, n, sizeof *key, compare_keys);
}

/* ---- Pairs ---- */

static enum wp_err reserve_sources(struct wp_nn_pair_packed *s, size_t count)
{
	static const char what[] = "a batch";
	enum wp_err err = s->batch ? WP_OK : wp_alloc(&s->batch, 1, sizeof *s->batch, what);
	if (!err)
		err = wp_grow(&s->piece, &s->piece_room, count, sizeof *s->piece, what);
	if (!err)
		err = wp_grow(&s->key, &s->key_room, count, sizeof *s->key, what);
	if (!err)
		err = wp_grow(
			&s->source_of, &s->source_room, count, sizeof *s->source_of, what);
	return err;
}

enum wp_err wp_nn_pack_sources(struct wp_nn_pair_packed *s, const struct wp_nn_piece *piece,
	size_t count, const int32_t *ids, const float *values, size_t inputs,
	struct wp_nn_batch *batch)
{
	enum wp_err err = reserve_sources(s, count);
	if (err)
		return err;
	for (size_t k = 0; k < count; k++)
		s->key[k] = wp_nn_length_key(piece[k].length, k);
	wp_nn_sort_keys(s->key, count);
	for (size_t i = 0; i < count; i++) {
		size_t k = (size_t)(s->key[i] & UINT32_MAX);
		s->piece[i] = piece[k];
		s->source_of[k] = (int)i;
	}
	const struct wp_nn_pack_rows rows = {.ids = ids, .values = values, .inputs = inputs};
	err = wp_nn_pack(&s->packed, s->piece, count, &rows, s->batch);
	batch->source = s->batch;
	batch->source_of = s->source_of;
	return err;
}

void wp_nn_pair_packed_fini(struct wp_nn_pair_packed *s)
{
	wp_nn_packed_fini(&s->packed);
	free(s->batch);
	free(s->piece);
	free(s->key);
	free(s->source_of);
	*s = (struct wp_nn_pair_packed){.batch = NULL};
}
