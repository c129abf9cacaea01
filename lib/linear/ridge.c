#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "linear/solve.h"

/* The matrix whose columns have their means taken off, which is never written out. */
struct centred {
	const struct wp_linear_part *part;
	double *mean; /* by column; NULL: as it is */
	double *by_row;
};

/* to = X' X from */
static void multiply(const struct centred *x, const double *from, double *to)
{
	const struct wp_linear_rows *r = x->part->rows;
	double shift = 0, sum = 0;
	memset(to, 0, r->cols * sizeof *to);
	for (size_t j = 0; x->mean && j < r->cols; j++)
		shift += x->mean[j] * from[j];
	for (size_t i = 0; i < x->part->n; i++) {
		uint32_t row = x->part->which[i];
		double f = wp_linear_dot(r, row, from) - shift;
		wp_linear_axpy(r, row, f, to);
		sum += f;
	}
	for (size_t j = 0; x->mean && j < r->cols; j++)
		to[j] -= sum * x->mean[j];
}

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Solve (X' X + lambda) w = g by conjugate gradients, from w = 0; g becomes what is left. */
static void descend(const struct centred *x, double lambda, const struct wp_linear_config *c,
	double *g, double *direction, double *product, double *w,
	struct wp_linear_solved *solved)
{
	size_t n = x->part->rows->cols;
	double rest = dot(g, g, n), target = rest * c->tolerance * c->tolerance;
	memcpy(direction, g, n * sizeof *g);
	solved->converged = rest <= target;
	double first = rest;
	while (!solved->converged && solved->iterations < c->iterations) {
		multiply(x, direction, product);
		for (size_t j = 0; j < n; j++)
			product[j] += lambda * direction[j];
		double step = rest / dot(direction, product, n), old = rest;
		for (size_t j = 0; j < n; j++) {
			w[j] += step * direction[j];
			g[j] -= step * product[j];
		}
		rest = dot(g, g, n);
		for (size_t j = 0; j < n; j++)
			direction[j] = g[j] + rest / old * direction[j];
		solved->iterations++;
		solved->converged = rest <= target;
	}
	solved->violation = first > 0 ? sqrt(rest / first) : 0;
}

enum wp_err wp_linear_ridge(const struct wp_linear_part *part, const double *y,
	const struct wp_linear_config *c, double *w, struct wp_linear_solved *solved)
{
	const struct wp_linear_rows *r = part->rows;
	struct centred x = {.part = part};
	double *room, mean = 0;
	*solved = (struct wp_linear_solved){0};
	enum wp_err err = wp_alloc(&room, 4 * r->cols + 1, sizeof *room, "training");
	if (err)
		return err;
	double *means = room, *g = room + r->cols;
	for (size_t i = 0; i < part->n && c->bias != 0; i++) {
		mean += y[i] / (double)part->n;
		wp_linear_axpy(r, part->which[i], 1 / (double)part->n, means);
	}
	x.mean = c->bias != 0 ? means : NULL;
	double sum = 0;
	for (size_t i = 0; i < part->n; i++) {
		wp_linear_axpy(r, part->which[i], y[i] - mean, g);
		sum += y[i] - mean;
	}
	for (size_t j = 0; x.mean && j < r->cols; j++)
		g[j] -= sum * means[j];
	descend(&x, 0.5 / c->cost, c, g, g + r->cols, g + 2 * r->cols, w, solved);
	w[r->cols] = mean - (x.mean ? dot(means, w, r->cols) : 0);
	free(room);
	return WP_OK;
}
