#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/tasks/predictor.h"
#include "text/vocab.h"

enum { MOST_SENTENCES = 4096, MOST_ROWS = 1 << 16, MOST_NUMBERS = 1 << 22 };

size_t wp_nn_window_rows(size_t numbers_of_row)
{
	size_t rows = numbers_of_row ? MOST_NUMBERS / numbers_of_row : MOST_ROWS;
	return rows < MOST_ROWS ? rows + 1 : MOST_ROWS;
}

/* Ids that a language model of sentences reads or leaves out; -1: none. */
struct markers {
	int32_t start, end;
};

static struct markers find_markers(const struct wp_nn_model *model, bool as_trained)
{
	if (!as_trained || !wp_nn_tasks[model->config.task].next || !model->sentences)
		return (struct markers){-1, -1};
	return (struct markers){(int32_t)wp_strings_find(&model->vocab, WP_SENTENCE_START),
		(int32_t)wp_strings_find(&model->vocab, WP_SENTENCE_END)};
}

/* The next n tokens' values in the columns, by the numbers of the model. */
static enum wp_err add_columns(
	struct wp_nn_window *w, const struct wp_nn_model_input *r, size_t from, size_t n)
{
	const struct wp_nn_data *d = &r->source.data;
	enum wp_err err = WP_OK;
	if (!w->column && d->columns) {
		err = wp_alloc(&w->column, d->columns, sizeof *w->column, "columns");
		if (!err)
			err = wp_alloc(
				&w->column_room, d->columns, sizeof *w->column_room, "columns");
		w->columns = err ? 0 : d->columns;
	}
	for (size_t k = 0; k < w->columns && !err; k++) {
		err = wp_grow(&w->column[k], &w->column_room[k], w->rows + n,
			sizeof *w->column[k], "columns");
		for (size_t i = 0; i < n && !err; i++)
			w->column[k][w->rows + i] = r->column[k].id[d->column[k][from + i]];
	}
	return err;
}

static enum wp_err add_words(struct wp_nn_window *w, const struct wp_nn_model_input *r,
	const int32_t *ids, size_t n, struct markers markers)
{
	enum wp_err err =
		wp_grow(&w->ids, &w->ids_room, w->rows + n + 1, sizeof *w->ids, "tokens");
	if (err)
		return err;
	if (n > 0 && markers.end >= 0 && r->id[ids[n - 1]] == markers.end)
		n--;
	if (markers.start >= 0 && (n == 0 || r->id[ids[0]] != markers.start))
		w->ids[w->rows++] = markers.start;
	for (size_t i = 0; i < n; i++)
		w->ids[w->rows++] = r->id[ids[i]];
	return WP_OK;
}

enum wp_err wp_nn_window_next(struct wp_nn_window *w, const struct wp_nn_model_input *r,
	size_t most_rows, bool as_trained)
{
	const struct wp_nn_data *d = &r->source.data;
	struct markers markers = find_markers(r->model, as_trained);
	w->sentence += w->sequences.count;
	w->row += w->data_rows;
	w->base = d->ids ? 0 : w->row;
	w->rows = w->data_rows = 0;
	size_t count = 0;
	while (w->sentence + count < d->sequences && count < MOST_SENTENCES) {
		size_t n = (size_t)d->lengths[w->sentence + count], before = w->rows;
		if (count > 0 && before + n > most_rows)
			break;
		enum wp_err err = wp_grow(
			&w->begin, &w->begin_room, count + 1, sizeof *w->begin, "sentences");
		if (!err)
			err = wp_grow(&w->length, &w->length_room, count + 1, sizeof *w->length,
				"sentences");
		if (!err)
			err = add_columns(w, r, w->row + w->data_rows, n);
		if (!err && d->ids)
			err = add_words(w, r, d->ids + w->row + w->data_rows, n, markers);
		else
			w->rows += n;
		if (err)
			return err;
		w->begin[count] = w->base + before;
		w->length[count++] = (int32_t)(w->rows - before);
		w->data_rows += n;
	}
	w->cells = (struct wp_nn_cells){d->start, d->col, d->cell};
	w->sequences = (struct wp_nn_sequences){.ids = d->ids ? w->ids : NULL,
		.values = d->values,
		.cells = d->start ? &w->cells : NULL,
		.column = (const int32_t *const *)w->column,
		.begin = w->begin,
		.length = w->length,
		.count = count,
		.encodings = d->encodings ? d->encodings + w->sentence * d->encoding : NULL};
	return count > 0 ? WP_OK : WP_END;
}

void wp_nn_window_take(const struct wp_nn_window *w, const struct wp_nn_predicted *p,
	bool each_step, size_t columns, float *to)
{
	if (!each_step)
		for (int b = 0; b < p->batch->sequences; b++)
			memcpy(to + p->sequence[b] * columns, p->outputs + (size_t)b * columns,
				columns * sizeof *to);
	for (int t = 0; each_step && t < p->batch->steps; t++)
		for (int b = 0; b < p->batch->active[t]; b++) {
			size_t row =
				wp_nn_window_row(w, p->sequence[b], p->first_step + (size_t)t);
			size_t from = p->batch->begin[t] + (size_t)b;
			memcpy(to + row * columns, p->outputs + from * columns,
				columns * sizeof *to);
		}
}

void wp_nn_window_fini(struct wp_nn_window *w)
{
	for (size_t k = 0; k < w->columns; k++)
		free(w->column[k]);
	free(w->column);
	free(w->column_room);
	free(w->ids);
	free(w->length);
	free(w->begin);
}
