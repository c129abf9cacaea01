#include "rnn/gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum wp_err RNN(gradient_create)(
	struct RNN(gradient) **gradient, const struct wp_rnn_layout *layout)
{
	struct RNN(gradient) *g;
	enum wp_err err = wp_alloc(&g, 1, sizeof *g, "gradient");
	*gradient = NULL;
	if (err)
		return err;
	g->layout = layout;
	g->output_squares = NAN;
	err = wp_table_alloc(&g->value, layout->size * sizeof(real), "gradient");
	if (!err)
		err = wp_alloc(&g->rows, layout->count, sizeof *g->rows, "gradient");
	for (size_t i = 0; i < layout->count && !err; i++) {
		const struct wp_rnn_param *p = &layout->param[i];
		struct wp_rnn_rows *rows = &g->rows[i];
		if (!(p->flags & WP_RNN_LOOKUP) || p->flags & WP_RNN_FROZEN)
			continue;
		if ((err = wp_alloc(&rows->row, p->rows, sizeof *rows->row, p->name)) == WP_OK)
			err = wp_alloc(&rows->seen, p->rows, 1, p->name);
	}
	if (err)
		RNN(gradient_free)(g);
	else
		*gradient = g;
	return err;
}

void RNN(gradient_free)(struct RNN(gradient) *gradient)
{
	if (!gradient)
		return;
	for (size_t i = 0; gradient->rows && i < gradient->layout->count; i++) {
		free(gradient->rows[i].row);
		free(gradient->rows[i].seen);
	}
	free(gradient->rows);
	free(gradient->value);
	free(gradient);
}

static void clear_rows(
	struct RNN(gradient) *g, const struct wp_rnn_param *p, struct wp_rnn_rows *rows)
{
	real *value = g->value + p->offset;
	for (size_t i = 0; i < rows->count; i++) {
		memset(value + (size_t)rows->row[i] * p->cols, 0, p->cols * sizeof *value);
		rows->seen[rows->row[i]] = 0;
	}
	rows->count = 0;
}

void RNN(gradient_clear)(struct RNN(gradient) *gradient)
{
	const struct wp_rnn_layout *layout = gradient->layout;
	gradient->output_squares = NAN;
	for (size_t i = 0; i < layout->count; i++) {
		const struct wp_rnn_param *p = &layout->param[i];
		if (p->flags & WP_RNN_FROZEN)
			continue;
		if (p->flags & WP_RNN_DENSE_OUTPUT)
			gradient->stale_output = true;
		else if (p->flags & WP_RNN_LOOKUP)
			clear_rows(gradient, p, &gradient->rows[i]);
		else
			memset(gradient->value + p->offset, 0,
				p->rows * p->cols * sizeof(real));
	}
}

void RNN(gradient_settle)(struct RNN(gradient) *gradient)
{
	const struct wp_rnn_layout *layout = gradient->layout;
	for (size_t i = 0; gradient->stale_output && i < layout->count; i++) {
		const struct wp_rnn_param *p = &layout->param[i];
		if (p->flags & WP_RNN_DENSE_OUTPUT)
			memset(gradient->value + p->offset, 0,
				p->rows * p->cols * sizeof(real));
	}
	gradient->stale_output = false;
}

static void add(real *to, const real *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
}

void RNN(gradient_add)(struct RNN(gradient) *to, const struct RNN(gradient) *from)
{
	const struct wp_rnn_layout *layout = to->layout;
	to->output_squares = NAN;
	for (size_t i = 0; i < layout->count; i++) {
		const struct wp_rnn_param *p = &layout->param[i];
		const struct wp_rnn_rows *rows = &from->rows[i];
		const real *value = from->value + p->offset;
		real *sum = to->value + p->offset;
		size_t size = p->rows * p->cols;
		if (p->flags & WP_RNN_FROZEN)
			continue;
		if (p->flags & WP_RNN_LOOKUP) {
			for (size_t k = 0; k < rows->count; k++)
				add(RNN(gradient_touch)(to, i, rows->row[k]),
					value + (size_t)rows->row[k] * p->cols, p->cols);
		} else if (p->flags & WP_RNN_DENSE_OUTPUT && from->stale_output) {
			continue;
		} else if (p->flags & WP_RNN_DENSE_OUTPUT && to->stale_output) {
			memcpy(sum, value, size * sizeof *sum);
			to->stale_output = false;
		} else {
			add(sum, value, size);
		}
	}
}
