#include "embed/tsne_affinity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "embed/nearest.h"

/* |x_i - x_j|^2 = |x_i|^2 - 2 (x_i x_j - |x_j|^2 / 2): the nearest rows are those with the
 * largest dot product once a column is added, which is 1 in queries and -|x_j|^2 / 2 in rows.
 */
static void widen(float *wide, const float *vector, size_t count, size_t dim)
{
	for (size_t i = 0; i < count; i++) {
		double square = 0;
		for (size_t j = 0; j < dim; j++)
			square += (double)vector[i * dim + j] * (double)vector[i * dim + j];
		memcpy(wide + i * (dim + 1), vector + i * dim, dim * sizeof *wide);
		wide[i * (dim + 1) + dim] = (float)(-0.5 * square);
	}
}

static float square_distance(const float *a, const float *b, size_t dim)
{
	double sum = 0;
	for (size_t j = 0; j < dim; j++) {
		double d = (double)a[j] - (double)b[j];
		sum += d * d;
	}
	return (float)sum;
}

/* Queries answered at a time. */
enum { QUERIES = 1024 };

struct search {
	const float *vector;
	size_t count, dim, k;
	struct wp_rows rows;
	float *query;           /* (QUERIES, dim + 1) */
	int32_t *self;          /* (QUERIES)          */
	struct wp_match *match; /* (QUERIES, k)       */
};

static enum wp_err search(
	struct search *s, const float *wide, int threads, int32_t *neighbour, float *distance)
{
	size_t dim = s->dim, k = s->k;
	for (size_t first = 0; first < s->count; first += QUERIES) {
		size_t n = s->count - first < QUERIES ? s->count - first : QUERIES;
		memcpy(s->query, wide + first * (dim + 1), n * (dim + 1) * sizeof *wide);
		for (size_t i = 0; i < n; i++) {
			s->query[i * (dim + 1) + dim] = 1;
			s->self[i] = (int32_t)(first + i);
		}
		enum wp_err err =
			wp_nearest(&s->rows, s->query, n, s->self, k, threads, s->match);
		if (err)
			return err;
		for (size_t i = 0; i < n; i++)
			for (size_t m = 0; m < k; m++) {
				int32_t row = s->match[i * k + m].row;
				neighbour[(first + i) * k + m] = row;
				distance[(first + i) * k + m] =
					square_distance(s->vector + (first + i) * dim,
						s->vector + (size_t)row * dim, dim);
			}
	}
	return WP_OK;
}

enum wp_err wp_find_neighbours(const float *vector, size_t count, size_t dim, size_t k,
	int threads, int32_t *neighbour, float *distance)
{
	struct search s = {.vector = vector, .count = count, .dim = dim, .k = k};
	float *wide = NULL;
	enum wp_err err = wp_alloc(&wide, count * (dim + 1), sizeof *wide, "vectors");
	if (!err) {
		widen(wide, vector, count, dim);
		err = wp_rows_init(&s.rows, wide, count, dim + 1, WP_DOT, NULL);
	}
	if (!err)
		err = wp_alloc(&s.query, QUERIES * (dim + 1), sizeof *s.query, "queries");
	if (!err)
		err = wp_alloc(&s.self, QUERIES, sizeof *s.self, "queries");
	if (!err)
		err = wp_alloc(&s.match, QUERIES * k, sizeof *s.match, "neighbours");
	if (!err)
		err = search(&s, wide, threads, neighbour, distance);
	wp_rows_fini(&s.rows);
	free(wide);
	free(s.query);
	free(s.self);
	free(s.match);
	return err;
}

/* The conditional probabilities p_j|i of k neighbours, in place of their squared distances: by
 * bisection for the precision b at which their entropy is that of the perplexity. */
static void calibrate(float *distance, size_t k, double perplexity)
{
	double wanted = log(perplexity), low = 0, high = INFINITY, b = 1;
	double nearest = (double)distance[0], mean = 0, sum = 1;
	for (size_t m = 0; m < k; m++)
		mean += ((double)distance[m] - nearest) / (double)k;
	if (mean > 0)
		b = 1 / mean;
	for (int step = 0; step < 100; step++) {
		double weighed = 0;
		sum = 0; /* then 1 at least: that of the nearest */
		for (size_t m = 0; m < k; m++) {
			double d = (double)distance[m] - nearest, e = exp(-b * d);
			sum += e;
			weighed += e * d;
		}
		/* cppcheck-suppress invalidFunctionArg */
		double entropy = log(sum) + b * weighed / sum;
		if (fabs(entropy - wanted) < 1e-6 || !(mean > 0))
			break;
		if (entropy > wanted)
			low = b;
		else
			high = b;
		b = isinf(high) ? 2 * b : (low + high) / 2;
	}
	for (size_t m = 0; m < k; m++)
		distance[m] = (float)(exp(-b * ((double)distance[m] - nearest)) / sum);
}

struct calibration {
	float *distance;
	size_t count, k;
	double perplexity;
	int threads;
};

static enum wp_err calibrate_part(int thread, void *arg)
{
	struct calibration *c = arg;
	size_t t = (size_t)thread, all = (size_t)c->threads;
	for (size_t i = c->count * t / all; i < c->count * (t + 1) / all; i++)
		calibrate(c->distance + i * c->k, c->k, c->perplexity);
	return WP_OK;
}

/* Does row i list j among its k neighbours?  Where: its place, else k. */
static size_t place(const int32_t *neighbour, size_t k, int32_t j)
{
	size_t m = 0;
	while (m < k && neighbour[m] != j)
		m++;
	return m;
}

struct cell {
	int32_t col;
	float p;
};

static int by_column(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	return x->col < y->col ? -1 : x->col > y->col;
}

/* P = (C + C') / 2n: row i gets its own neighbours and those that have it as theirs. */
static enum wp_err symmetrise(
	struct wp_affinity *a, const int32_t *neighbour, const float *p, size_t k)
{
	size_t n = a->count, *fill = NULL;
	struct cell *cell = NULL;
	enum wp_err err = wp_alloc(&a->start, n + 1, sizeof *a->start, "rows of neighbours");
	if (!err)
		err = wp_alloc(&fill, n, sizeof *fill, "rows of neighbours");
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		a->start[i + 1] += k;
		for (size_t m = 0; m < k; m++) {
			size_t j = (size_t)neighbour[i * k + m];
			if (place(neighbour + j * k, k, (int32_t)i) == k)
				a->start[j + 1]++;
		}
	}
	for (size_t i = 0; i < n; i++) {
		a->start[i + 1] += a->start[i];
		fill[i] = a->start[i];
	}
	err = wp_alloc(&cell, a->start[n], sizeof *cell, "similarities");
	for (size_t i = 0; !err && i < n; i++)
		for (size_t m = 0; m < k; m++) {
			size_t j = (size_t)neighbour[i * k + m];
			float own = p[i * k + m] / (2 * (float)n);
			size_t back = place(neighbour + j * k, k, (int32_t)i);
			float other = back < k ? p[j * k + back] / (2 * (float)n) : 0;
			cell[fill[i]++] = (struct cell){(int32_t)j, own + other};
			if (back == k)
				cell[fill[j]++] = (struct cell){(int32_t)i, own};
		}
	free(fill);
	if (!err)
		err = wp_alloc(&a->col, a->start[n], sizeof *a->col, "similarities");
	if (!err)
		err = wp_alloc(&a->p, a->start[n], sizeof *a->p, "similarities");
	for (size_t i = 0; !err && i < n; i++)
		qsort(cell + a->start[i], a->start[i + 1] - a->start[i], sizeof *cell,
			by_column);
	for (size_t c = 0; !err && c < a->start[n]; c++) {
		a->col[c] = cell[c].col;
		a->p[c] = cell[c].p;
	}
	free(cell);
	return err;
}

enum wp_err wp_affinity_init(struct wp_affinity *affinity, const float *vector, size_t count,
	size_t dim, double perplexity, int threads)
{
	size_t k = (size_t)(3 * perplexity);
	*affinity = (struct wp_affinity){.count = count};
	if (k < 1)
		k = 1;
	if (count < 4)
		return wp_fail(WP_EMISMATCH,
			"%zu point%s: too few for neighbours to tell apart; \1pca draws them",
			count, count == 1 ? "" : "s");
	if (count < k + 1)
		return wp_fail(WP_EMISMATCH,
			"%zu points are too few for perplexity %g, which looks at %zu neighbours "
			"of each; \1perplexity %.3g would do",
			count, perplexity, k, (double)((count - 1) / 3));
	int32_t *neighbour = NULL;
	float *distance = NULL;
	enum wp_err err = wp_alloc(&neighbour, count * k, sizeof *neighbour, "neighbours");
	if (!err)
		err = wp_alloc(&distance, count * k, sizeof *distance, "distances");
	if (!err)
		err = wp_find_neighbours(vector, count, dim, k, threads, neighbour, distance);
	if (!err) {
		struct calibration c = {distance, count, k, perplexity, threads};
		err = wp_parallel(threads, calibrate_part, &c);
	}
	if (!err)
		err = symmetrise(affinity, neighbour, distance, k);
	free(neighbour);
	free(distance);
	if (err)
		wp_affinity_fini(affinity);
	return err;
}

void wp_affinity_fini(struct wp_affinity *affinity)
{
	free(affinity->start);
	free(affinity->col);
	free(affinity->p);
	*affinity = (struct wp_affinity){0};
}
