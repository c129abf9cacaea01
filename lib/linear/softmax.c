#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "linear/solve.h"

/* Weights are held column by column here, `k` classes side by side, so that a row's cells touch
 * whole lines of memory. */
struct softmax {
	const struct wp_linear_part *part;
	const int32_t *class_;
	const struct wp_linear_config *config;
	size_t k, size; /* size = k * (cols + 1) */
	double *w, *gradient, *step, *direction, *rest, *product, *trial;
	double *p;   /* n x k: probabilities at w */
	double *sum; /* k                        */
};

static void scores(const struct softmax *s, uint32_t row, const double *w, double *to)
{
	const struct wp_linear_rows *r = s->part->rows;
	size_t k = s->k;
	for (size_t c = 0; c < k; c++)
		to[c] = s->config->bias * w[r->cols * k + c];
	for (uint64_t at = r->start[row]; at < r->start[row + 1]; at++) {
		const double *from = w + (size_t)r->col[at] * k;
		double x = r->value[at];
		for (size_t c = 0; c < k; c++)
			to[c] += x * from[c];
	}
}

static void add_row(const struct softmax *s, uint32_t row, const double *by, double *w)
{
	const struct wp_linear_rows *r = s->part->rows;
	size_t k = s->k;
	for (uint64_t at = r->start[row]; at < r->start[row + 1]; at++) {
		double *to = w + (size_t)r->col[at] * k, x = r->value[at];
		for (size_t c = 0; c < k; c++)
			to[c] += x * by[c];
	}
	for (size_t c = 0; c < k; c++)
		w[r->cols * k + c] += s->config->bias * by[c];
}

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* The objective at w; the probabilities go to p if that is not NULL. */
static double objective(const struct softmax *s, const double *w, double *p)
{
	double loss = 0, *to = s->sum;
	for (size_t i = 0; i < s->part->n; i++) {
		double most = -INFINITY, total = 0;
		scores(s, s->part->which[i], w, to);
		for (size_t c = 0; c < s->k; c++)
			most = fmax(most, to[c]);
		for (size_t c = 0; c < s->k; c++)
			total += exp(to[c] - most);
		/* cppcheck-suppress invalidFunctionArg ; 1 at least: that of the largest */
		loss += most + log(total) - to[s->class_[i]];
		for (size_t c = 0; p && c < s->k; c++)
			p[i * s->k + c] = exp(to[c] - most) / total;
	}
	return 0.5 * dot(w, w, s->size) + s->config->cost * loss;
}

static void find_gradient(struct softmax *s)
{
	memcpy(s->gradient, s->w, s->size * sizeof *s->w);
	for (size_t i = 0; i < s->part->n; i++) {
		for (size_t c = 0; c < s->k; c++)
			s->sum[c] = s->config->cost *
				(s->p[i * s->k + c] - (s->class_[i] == (int32_t)c));
		add_row(s, s->part->which[i], s->sum, s->gradient);
	}
}

/* product = Hessian times v: for each row (diag(p) - p p') applied to its scores. */
static void curvature(struct softmax *s, const double *v, double *product)
{
	memcpy(product, v, s->size * sizeof *v);
	for (size_t i = 0; i < s->part->n; i++) {
		const double *p = s->p + i * s->k;
		scores(s, s->part->which[i], v, s->sum);
		double mean = dot(p, s->sum, s->k);
		for (size_t c = 0; c < s->k; c++)
			s->sum[c] = s->config->cost * p[c] * (s->sum[c] - mean);
		add_row(s, s->part->which[i], s->sum, product);
	}
}

/* The Newton step, as far as conjugate gradients take it. */
static void find_step(struct softmax *s, double length, double relative)
{
	size_t n = s->size;
	memset(s->step, 0, n * sizeof *s->step);
	for (size_t j = 0; j < n; j++)
		s->direction[j] = s->rest[j] = -s->gradient[j];
	double rest = length * length, target = rest * relative * relative;
	for (int i = 0; i < 200 && rest > target; i++) {
		curvature(s, s->direction, s->product);
		double by = rest / dot(s->direction, s->product, n), old = rest;
		for (size_t j = 0; j < n; j++) {
			s->step[j] += by * s->direction[j];
			s->rest[j] -= by * s->product[j];
		}
		rest = dot(s->rest, s->rest, n);
		for (size_t j = 0; j < n; j++)
			s->direction[j] = s->rest[j] + rest / old * s->direction[j];
	}
}

static void solve(struct softmax *s, struct wp_linear_solved *solved)
{
	double value = objective(s, s->w, s->p), first = -1;
	for (;; solved->iterations++) {
		find_gradient(s);
		double length = sqrt(dot(s->gradient, s->gradient, s->size));
		first = first < 0 ? length : first;
		solved->violation = first > 0 ? length / first : 0;
		solved->converged = length <= s->config->tolerance * first;
		if (solved->converged || solved->iterations == s->config->iterations)
			return;
		find_step(s, length, fmin(0.1, sqrt(solved->violation)));
		double slope = dot(s->gradient, s->step, s->size), by = 1, next = value;
		for (int tries = 0; tries < 40; tries++, by *= 0.5) {
			for (size_t j = 0; j < s->size; j++)
				s->trial[j] = s->w[j] + by * s->step[j];
			next = objective(s, s->trial, NULL);
			if (next <= value + 1e-4 * by * slope)
				break;
		}
		if (!(next < value))
			return; /* as far as the arithmetic goes */
		double *old = s->w;
		s->w = s->trial;
		s->trial = old;
		value = objective(s, s->w, s->p);
	}
}

enum wp_err wp_linear_softmax(const struct wp_linear_part *part, const int32_t *class_,
	size_t classes, const struct wp_linear_config *config, double *w,
	struct wp_linear_solved *solved)
{
	size_t cols = part->rows->cols;
	struct softmax s = {.part = part,
		.class_ = class_,
		.config = config,
		.k = classes,
		.size = classes * (cols + 1)};
	double **vectors[] = {
		&s.w, &s.gradient, &s.step, &s.direction, &s.rest, &s.product, &s.trial};
	enum { VECTORS = sizeof vectors / sizeof *vectors };
	enum wp_err err = wp_alloc(&s.sum, classes, sizeof *s.sum, "training");
	*solved = (struct wp_linear_solved){0};
	for (int i = 0; i < VECTORS && !err; i++)
		err = wp_alloc(vectors[i], s.size, sizeof **vectors[i], "training");
	if (!err)
		err = wp_alloc(&s.p, part->n * classes, sizeof *s.p, "training");
	if (!err)
		solve(&s, solved);
	for (size_t c = 0; c < classes && !err; c++) {
		for (size_t j = 0; j <= cols; j++)
			w[c * (cols + 1) + j] = s.w[j * classes + c];
		w[c * (cols + 1) + cols] *= config->bias;
	}
	for (int i = 0; i < VECTORS; i++)
		free(*vectors[i]);
	free(s.p);
	free(s.sum);
	return err;
}
