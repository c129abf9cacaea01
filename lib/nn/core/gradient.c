#include "nn/core/gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum wp_err NN(gradient_create)(
	struct NN(gradient) **gradient, const struct wp_nn_params *params)
{
	struct NN(gradient) *g;
	enum wp_err err = wp_alloc(&g, 1, sizeof *g, "gradient");
	*gradient = NULL;
	if (err)
		return err;
	g->params = params;
	err = wp_table_alloc(&g->value, params->size * sizeof(real), "gradient");
	if (!err)
		err = wp_alloc(&g->rows, params->count, sizeof *g->rows, "gradient");
	for (size_t i = 0; i < params->count && !err; i++) {
		const struct wp_nn_param *p = &params->param[i];
		struct wp_nn_rows *rows = &g->rows[i];
		rows->squares = NAN;
		if (!(p->flags & WP_NN_LOOKUP) || p->flags & WP_NN_FROZEN)
			continue;
		if ((err = wp_alloc(&rows->row, p->rows + 1, sizeof *rows->row, p->name)) ==
			WP_OK)
			err = wp_alloc(&rows->seen, p->rows, 1, p->name);
	}
	if (err)
		NN(gradient_free)(g);
	else
		*gradient = g;
	return err;
}

void NN(gradient_free)(struct NN(gradient) *gradient)
{
	if (!gradient)
		return;
	for (size_t i = 0; gradient->rows && i < gradient->params->count; i++) {
		free(gradient->rows[i].row);
		free(gradient->rows[i].seen);
	}
	free(gradient->rows);
	free(gradient->value);
	free(gradient);
}

/* Of rows that are short, as many are, calls of memset would be most of the time. */
static void clear(real *row, size_t n)
{
	enum { BLOCK = 8 };
	if (n > 8 * BLOCK) {
		memset(row, 0, n * sizeof *row);
		return;
	}
	for (; n >= BLOCK; n -= BLOCK, row += BLOCK)
		memset(row, 0, BLOCK * sizeof *row);
	for (; n >= 2; n -= 2, row += 2)
		memset(row, 0, 2 * sizeof *row);
	if (n > 0)
		*row = 0;
}

static void clear_rows(
	struct NN(gradient) *g, const struct wp_nn_param *p, struct wp_nn_rows *rows)
{
	real *value = g->value + p->offset;
	for (size_t i = 0; i < rows->count; i++) {
		clear(value + (size_t)rows->row[i] * p->cols, p->cols);
		rows->seen[rows->row[i]] = 0;
	}
	rows->count = 0;
}

void NN(gradient_clear)(struct NN(gradient) *gradient)
{
	const struct wp_nn_params *params = gradient->params;
	for (size_t i = 0; i < params->count; i++) {
		const struct wp_nn_param *p = &params->param[i];
		struct wp_nn_rows *rows = &gradient->rows[i];
		rows->squares = NAN;
		if (p->flags & WP_NN_FROZEN)
			continue;
		if (p->flags & WP_NN_WRITTEN)
			rows->unwritten = true;
		else if (p->flags & WP_NN_LOOKUP)
			clear_rows(gradient, p, rows);
		else
			memset(gradient->value + p->offset, 0,
				p->rows * p->cols * sizeof(real));
	}
}

void NN(gradient_settle)(struct NN(gradient) *gradient)
{
	const struct wp_nn_params *params = gradient->params;
	for (size_t i = 0; i < params->count; i++) {
		const struct wp_nn_param *p = &params->param[i];
		if (gradient->rows[i].unwritten)
			memset(gradient->value + p->offset, 0,
				p->rows * p->cols * sizeof(real));
		gradient->rows[i].unwritten = false;
	}
}

static void add(real *to, const real *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
}

void NN(gradient_add)(struct NN(gradient) *to, const struct NN(gradient) *from)
{
	const struct wp_nn_params *params = to->params;
	for (size_t i = 0; i < params->count; i++) {
		const struct wp_nn_param *p = &params->param[i];
		const struct wp_nn_rows *rows = &from->rows[i];
		const real *value = from->value + p->offset;
		real *sum = to->value + p->offset;
		size_t size = p->rows * p->cols;
		to->rows[i].squares = NAN;
		if (p->flags & WP_NN_FROZEN || rows->unwritten)
			continue;
		if (p->flags & WP_NN_LOOKUP) {
			for (size_t k = 0; k < rows->count; k++)
				add(NN(gradient_touch)(to, i, rows->row[k]),
					value + (size_t)rows->row[k] * p->cols, p->cols);
		} else if (to->rows[i].unwritten) {
			memcpy(sum, value, size * sizeof *sum);
			to->rows[i].unwritten = false;
		} else {
			add(sum, value, size);
		}
	}
}
