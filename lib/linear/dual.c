#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "linear/solve.h"

struct dual {
	const struct wp_linear_part *part;
	const int8_t *y;
	const struct wp_linear_config *config;
	double *w, *alpha, *square; /* square: of each row's length, the constant included */
	uint32_t *order;
	struct wp_rng rng;
};

static double margin(const struct dual *d, uint32_t i)
{
	const struct wp_linear_rows *rows = d->part->rows;
	double f = wp_linear_dot(rows, d->part->which[i], d->w) +
		d->config->bias * d->w[rows->cols];
	return d->y[i] * f;
}

static void move(struct dual *d, uint32_t i, double by)
{
	const struct wp_linear_rows *rows = d->part->rows;
	double step = by * d->y[i];
	wp_linear_axpy(rows, d->part->which[i], step, d->w);
	d->w[rows->cols] += step * d->config->bias;
}

/* Algorithm 3 of Hsieh et al. (2008).  Variables that stay at a bound are set aside (shrinking)
 * until the others have converged; then all are looked at once more. */
static void solve_svm(struct dual *d, struct wp_linear_solved *solved)
{
	const struct wp_linear_config *c = d->config;
	bool squared = c->loss == WP_LINEAR_SQUARED_HINGE;
	double most = squared ? INFINITY : c->cost, diagonal = squared ? 0.5 / c->cost : 0;
	double upper = INFINITY, lower = -INFINITY;
	size_t active = d->part->n;
	for (solved->iterations = 0; solved->iterations < c->iterations;) {
		double highest = -INFINITY, lowest = INFINITY;
		wp_linear_shuffle(&d->rng, d->order, active);
		for (size_t s = 0; s < active; s++) {
			uint32_t i = d->order[s];
			double alpha = d->alpha[i], projected = 0;
			double g = margin(d, i) - 1 + diagonal * alpha;
			bool bound = false;
			if (alpha <= 0) {
				bound = g > upper;
				projected = g < 0 ? g : 0;
			} else if (alpha >= most) {
				bound = g < lower;
				projected = g > 0 ? g : 0;
			} else {
				projected = g;
			}
			if (bound) {
				d->order[s--] = d->order[--active];
				d->order[active] = i;
				continue;
			}
			highest = projected > highest ? projected : highest;
			lowest = projected < lowest ? projected : lowest;
			if (fabs(projected) < 1e-12)
				continue;
			double next = alpha - g / (d->square[i] + diagonal);
			next = next < 0 ? 0 : next > most ? most : next;
			d->alpha[i] = next;
			move(d, i, next - alpha);
		}
		solved->iterations++;
		solved->violation = active ? highest - lowest : 0;
		if (solved->violation <= c->tolerance) {
			solved->converged = active == d->part->n;
			if (solved->converged)
				return;
			active = d->part->n;
			upper = INFINITY;
			lower = -INFINITY;
			continue;
		}
		upper = highest > 0 ? highest : INFINITY;
		lower = lowest < 0 ? lowest : -INFINITY;
	}
}

/* Algorithm 5 of Yu, Huang & Lin (2011).  The dual of each row has two variables that add up to
 * C; of these the smaller one, z, is moved by Newton steps in the logarithmic barrier. */
static void solve_logistic(struct dual *d, struct wp_linear_solved *solved)
{
	const struct wp_linear_config *c = d->config;
	double cost = c->cost, inner = 1e-2, least_inner = fmin(1e-8, c->tolerance);
	for (size_t i = 0; i < d->part->n; i++) {
		d->alpha[i] = fmin(0.001 * cost, 1e-8);
		move(d, (uint32_t)i, d->alpha[i]);
	}
	for (solved->iterations = 0; solved->iterations < c->iterations;) {
		size_t newton = 0;
		double worst = 0;
		wp_linear_shuffle(&d->rng, d->order, d->part->n);
		for (size_t s = 0; s < d->part->n; s++) {
			uint32_t i = d->order[s];
			double a = d->square[i], b = margin(d, i), first = d->alpha[i];
			double second = cost - first;
			bool swap = 0.5 * a * (second - first) + b < 0;
			double sign = swap ? -1 : 1, old = swap ? second : first, z = old;
			if (cost - z < 0.5 * cost)
				z *= 0.1;
			double g = a * (z - old) + sign * b + log(z / (cost - z));
			worst = fmax(worst, fabs(g));
			int steps = 0;
			for (; steps < 100 && fabs(g) >= inner; steps++) {
				double h = a + cost / (cost - z) / z, next = z - g / h;
				z = next <= 0 ? 0.1 * z : next;
				g = a * (z - old) + sign * b + log(z / (cost - z));
			}
			newton += (size_t)steps;
			if (steps == 0)
				continue;
			d->alpha[i] = swap ? cost - z : z;
			move(d, i, sign * (z - old));
		}
		solved->iterations++;
		solved->violation = worst;
		solved->converged = worst < c->tolerance;
		if (solved->converged)
			return;
		if (newton <= d->part->n / 10)
			inner = fmax(least_inner, 0.1 * inner);
	}
}

/* The squared length of a row; a row of nothing moves no weight, whatever it is divided by. */
static double square_of(const struct wp_linear_rows *rows, uint32_t row, double bias)
{
	double sum = bias * bias;
	for (uint64_t k = rows->start[row]; k < rows->start[row + 1]; k++)
		sum += (double)rows->value[k] * rows->value[k];
	return sum > 0 ? sum : 1e-12;
}

enum wp_err wp_linear_dual(const struct wp_linear_part *part, const int8_t *y,
	const struct wp_linear_config *config, uint64_t lane, double *w,
	struct wp_linear_solved *solved)
{
	struct dual d = {.part = part, .y = y, .config = config, .w = w};
	const struct wp_linear_rows *rows = part->rows;
	*solved = (struct wp_linear_solved){0};
	enum wp_err err = wp_alloc(&d.alpha, part->n, sizeof *d.alpha, "training");
	if (!err)
		err = wp_alloc(&d.square, part->n, sizeof *d.square, "training");
	if (!err)
		err = wp_alloc(&d.order, part->n, sizeof *d.order, "training");
	for (size_t i = 0; i < part->n && !err; i++) {
		d.order[i] = (uint32_t)i;
		d.square[i] = square_of(rows, part->which[i], config->bias);
	}
	wp_rng_seed(&d.rng, config->seed, lane);
	if (!err && config->loss == WP_LINEAR_LOGISTIC)
		solve_logistic(&d, solved);
	else if (!err)
		solve_svm(&d, solved);
	w[rows->cols] *= config->bias; /* what is added to each sum */
	free(d.alpha);
	free(d.square);
	free(d.order);
	return err;
}

/* ---- Several classes at once ---- */

enum { WIDE = WP_LINEAR_TOGETHER };

/* As struct dual, with WIDE numbers in the place of each: those of a row, or of a column, side
 * by side. */
struct wide {
	const struct wp_linear_part *part;
	const struct wp_linear_config *config;
	double *w, *alpha, *square;
	int8_t *y;
	uint32_t *order;
	double most, diagonal;
	double upper[WIDE], lower[WIDE], highest[WIDE], lowest[WIDE];
	size_t classes;
};

static void wide_sums(const struct wide *d, uint32_t i, double *sum)
{
	const struct wp_linear_rows *r = d->part->rows;
	uint32_t row = d->part->which[i];
	const double *constant = d->w + r->cols * WIDE;
	double s[WIDE];
	for (int c = 0; c < WIDE; c++)
		s[c] = d->config->bias * constant[c];
	for (uint64_t k = r->start[row]; k < r->start[row + 1]; k++) {
		const double *w = d->w + (size_t)r->col[k] * WIDE, x = r->value[k];
		for (int c = 0; c < WIDE; c++)
			s[c] += x * w[c];
	}
	for (int c = 0; c < WIDE; c++)
		sum[c] = s[c];
}

static void wide_move(const struct wide *d, uint32_t i, const double *by)
{
	const struct wp_linear_rows *r = d->part->rows;
	uint32_t row = d->part->which[i];
	double *constant = d->w + r->cols * WIDE, b[WIDE];
	for (int c = 0; c < WIDE; c++) {
		b[c] = by[c];
		constant[c] += d->config->bias * b[c];
	}
	for (uint64_t k = r->start[row]; k < r->start[row + 1]; k++) {
		double *w = d->w + (size_t)r->col[k] * WIDE, x = r->value[k];
		for (int c = 0; c < WIDE; c++)
			w[c] += x * b[c];
	}
}

/* One row; false where all its variables stay at their bounds and can be set aside. */
static bool wide_row(struct wide *d, uint32_t i)
{
	double sum[WIDE], by[WIDE] = {0}, *alphas = d->alpha + (size_t)i * WIDE;
	const int8_t *y = d->y + (size_t)i * WIDE;
	bool aside = true, moves = false;
	wide_sums(d, i, sum);
	for (size_t c = 0; c < d->classes; c++) {
		double alpha = alphas[c], g = y[c] * sum[c] - 1 + d->diagonal * alpha;
		double projected = g;
		if (alpha <= 0) {
			if (g > d->upper[c])
				continue;
			projected = g < 0 ? g : 0;
		} else if (alpha >= d->most) {
			if (g < d->lower[c])
				continue;
			projected = g > 0 ? g : 0;
		}
		aside = false;
		d->highest[c] = projected > d->highest[c] ? projected : d->highest[c];
		d->lowest[c] = projected < d->lowest[c] ? projected : d->lowest[c];
		if (fabs(projected) < 1e-12)
			continue;
		double next = alpha - g / (d->square[i] + d->diagonal);
		next = next < 0 ? 0 : next > d->most ? d->most : next;
		alphas[c] = next;
		by[c] = (next - alpha) * y[c];
		moves = true;
	}
	if (moves)
		wide_move(d, i, by);
	return !aside;
}

/* Bounds for setting rows aside in the next pass; the largest violation of any class. */
static double wide_bounds(struct wide *d, bool all)
{
	double worst = 0;
	for (size_t c = 0; c < d->classes; c++) {
		if (d->highest[c] >= d->lowest[c])
			worst = fmax(worst, d->highest[c] - d->lowest[c]);
		d->upper[c] = !all && d->highest[c] > 0 ? d->highest[c] : INFINITY;
		d->lower[c] = !all && d->lowest[c] < 0 ? d->lowest[c] : -INFINITY;
	}
	return worst;
}

static void solve_wide(struct wide *d, struct wp_rng *rng, struct wp_linear_solved *solved)
{
	size_t n = d->part->n, active = n;
	wide_bounds(d, true);
	while (solved->iterations < d->config->iterations) {
		for (size_t c = 0; c < WIDE; c++) {
			d->highest[c] = -INFINITY;
			d->lowest[c] = INFINITY;
		}
		wp_linear_shuffle(rng, d->order, active);
		for (size_t s = 0; s < active; s++) {
			uint32_t i = d->order[s];
			if (wide_row(d, i))
				continue;
			d->order[s--] = d->order[--active];
			d->order[active] = i;
		}
		solved->iterations++;
		solved->violation = wide_bounds(d, false);
		if (solved->violation > d->config->tolerance)
			continue;
		solved->converged = active == n;
		if (solved->converged)
			return;
		active = n;
		wide_bounds(d, true);
	}
}

enum wp_err wp_linear_dual_together(const struct wp_linear_part *part, const int32_t *class_,
	int32_t first, size_t classes, const struct wp_linear_config *config, double *w,
	struct wp_linear_solved *solved)
{
	bool squared = config->loss == WP_LINEAR_SQUARED_HINGE;
	struct wide d = {.part = part,
		.config = config,
		.classes = classes,
		.most = squared ? INFINITY : config->cost,
		.diagonal = squared ? 0.5 / config->cost : 0};
	const struct wp_linear_rows *r = part->rows;
	struct wp_rng rng;
	*solved = (struct wp_linear_solved){0};
	enum wp_err err = wp_table_alloc(&d.w, (r->cols + 1) * WIDE * sizeof *d.w, "weights");
	if (!err)
		err = wp_alloc(&d.alpha, part->n * WIDE, sizeof *d.alpha, "training");
	if (!err)
		err = wp_alloc(&d.square, part->n, sizeof *d.square, "training");
	if (!err)
		err = wp_alloc(&d.y, part->n * WIDE, sizeof *d.y, "training");
	if (!err)
		err = wp_alloc(&d.order, part->n, sizeof *d.order, "training");
	for (size_t i = 0; i < part->n && !err; i++) {
		d.order[i] = (uint32_t)i;
		d.square[i] = square_of(r, part->which[i], config->bias);
		for (int32_t c = 0; c < WIDE; c++)
			d.y[i * WIDE + (size_t)c] = class_[i] == first + c ? 1 : -1;
	}
	wp_rng_seed(&rng, config->seed, (uint64_t)first);
	if (!err)
		solve_wide(&d, &rng, solved);
	for (size_t c = 0; c < classes && !err; c++) {
		double *to = w + c * (r->cols + 1);
		for (size_t j = 0; j <= r->cols; j++)
			to[j] = d.w[j * WIDE + c];
		to[r->cols] *= config->bias;
		solved[c] = solved[0];
	}
	free(d.w);
	free(d.alpha);
	free(d.square);
	free(d.y);
	free(d.order);
	return err;
}
