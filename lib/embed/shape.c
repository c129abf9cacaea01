#include "embed/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "embed/nearest.h"
#include "math/lapack.h"
#include "math/pca.h"
#include "text/vocab.h"

/* ---- Joining ---- */

/* The row of each word of the joined vocabulary in each set, or -1. */
struct plan {
	struct wp_vocab *vocab; /* (n): of the sets */
	size_t n, count, room;
	int32_t *row; /* (count, n) */
};

/* Words of set s that no set before it has. */
static enum wp_err plan_words(
	struct plan *plan, const struct wp_points *set, size_t s, bool all)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < set[s].count && !err; i++) {
		size_t length, have = 0;
		const char *word = wp_strings_get(&set[s].vocab, i, &length);
		bool first = wp_vocab_find(&plan->vocab[s], word, length) == (int32_t)i;
		err = wp_grow(&plan->row, &plan->room, (plan->count + 1) * plan->n,
			sizeof *plan->row, "words");
		int32_t *row = plan->row + plan->count * plan->n;
		for (size_t t = 0; t < plan->n && !err; t++) {
			row[t] = wp_vocab_find(&plan->vocab[t], word, length);
			have += row[t] >= 0;
			first = first && (t >= s || row[t] < 0);
		}
		if (!err && first && (all || have == plan->n))
			plan->count++;
	}
	return err;
}

static enum wp_err put_word(
	struct wp_points *joined, const struct wp_points *set, const int32_t *row, size_t n)
{
	size_t s = 0, length;
	while (row[s] < 0)
		s++;
	const char *word = wp_strings_get(&set[s].vocab, (size_t)row[s], &length);
	for (size_t t = n; t-- > 0;)
		if (row[t] >= 0 && set[t].counts)
			joined->counts[joined->vocab.count] = set[t].counts[row[t]];
	return wp_strings_add(&joined->vocab, word, length);
}

static void put_vector(float *to, const struct wp_points *set, const int32_t *row, size_t n,
	const double *weight, enum wp_joining how)
{
	size_t have = 0, at = 0;
	for (size_t s = 0; s < n; s++)
		have += row[s] >= 0;
	for (size_t s = 0; s < n; s++) {
		size_t dim = set[s].dim;
		const float *from = row[s] >= 0 ? set[s].vector + (size_t)row[s] * dim : NULL;
		double factor = weight[s] / (how == WP_JOIN_AVERAGE ? (double)have : 1);
		for (size_t j = 0; from && j < dim; j++)
			to[at + j] += (float)(factor * (double)from[j]);
		at += how == WP_JOIN_CONCAT ? dim : 0;
	}
}

static enum wp_err join(struct wp_points *joined, const struct wp_points *set, size_t n,
	const double *weight, enum wp_joining how, const struct plan *plan)
{
	bool counted = false;
	for (size_t s = 0; s < n; s++) {
		joined->dim = how == WP_JOIN_CONCAT ? joined->dim + set[s].dim : set[s].dim;
		counted = counted || set[s].counts;
		if (how == WP_JOIN_AVERAGE && set[s].dim != set[0].dim)
			return wp_fail(WP_EMISMATCH,
				"vectors of %zu and of %zu numbers have no mean", set[0].dim,
				set[s].dim);
	}
	if (plan->count == 0)
		return wp_fail(WP_EMISMATCH, "no word is in all of the files");
	joined->count = plan->count;
	size_t size;
	if (!wp_mulsize(joined->count, joined->dim, &size))
		return wp_fail(WP_ELIMIT, "too many vectors");
	enum wp_err err = wp_alloc(&joined->vector, size, sizeof *joined->vector, "vectors");
	if (!err)
		err = wp_alloc(
			&joined->counts, joined->count, sizeof *joined->counts, "counts");
	for (size_t i = 0; !err && i < plan->count; i++) {
		const int32_t *row = plan->row + i * n;
		err = put_word(joined, set, row, n);
		put_vector(joined->vector + i * joined->dim, set, row, n, weight, how);
	}
	if (!counted) {
		free(joined->counts);
		joined->counts = NULL;
	}
	return err;
}

enum wp_err wp_points_join(struct wp_points *joined, const struct wp_points *set, size_t n,
	const double *weight, enum wp_joining how, bool all)
{
	struct plan plan = {.n = n};
	*joined = (struct wp_points){0};
	enum wp_err err = wp_alloc(&plan.vocab, n, sizeof *plan.vocab, "vocabularies");
	for (size_t s = 0; s < n && !err; s++)
		err = wp_points_index(&set[s], &plan.vocab[s]);
	for (size_t s = 0; s < (all ? n : 1) && !err; s++)
		err = plan_words(&plan, set, s, all);
	if (!err)
		err = join(joined, set, n, weight, how, &plan);
	for (size_t s = 0; plan.vocab && s < n; s++)
		wp_vocab_fini(&plan.vocab[s]);
	free(plan.vocab);
	free(plan.row);
	if (err)
		wp_points_fini(joined);
	return err;
}

/* ---- In place ---- */

static double length_of(const float *v, size_t dim)
{
	double square = 0;
	for (size_t j = 0; j < dim; j++)
		square += (double)v[j] * (double)v[j];
	return sqrt(square);
}

void wp_points_add_beside(struct wp_points *p, double share, bool unit)
{
	for (size_t i = 0; i < p->count; i++) {
		float *to = p->vector + i * p->dim;
		const float *from = p->beside + i * p->dim;
		double a = unit ? length_of(to, p->dim) : 1,
		       b = unit ? length_of(from, p->dim) : 1;
		for (size_t j = 0; j < p->dim; j++)
			to[j] = (float)((a > 0 ? (double)to[j] / a : 0) +
				(b > 0 ? share * (double)from[j] / b : 0));
	}
}

void wp_points_centre(struct wp_points *p)
{
	for (size_t j = 0; j < p->dim; j++) {
		double mean = 0;
		for (size_t i = 0; i < p->count; i++)
			mean += (double)p->vector[i * p->dim + j];
		mean /= (double)p->count;
		for (size_t i = 0; i < p->count; i++)
			p->vector[i * p->dim + j] -= (float)mean;
	}
}

static enum wp_err components(
	struct wp_pca *pca, const struct wp_points *p, size_t k, const char *what)
{
	if (k > p->dim)
		return wp_fail(WP_EMISMATCH,
			"%zu components to %s, but the vectors have %zu numbers", k, what,
			p->dim);
	return wp_pca_compute(pca, p->vector, p->count, p->dim, k);
}

enum wp_err wp_points_project(struct wp_points *p, size_t k, double power)
{
	struct wp_pca pca;
	float *projected;
	enum wp_err err = components(&pca, p, k, "keep");
	if (err)
		return err;
	err = wp_alloc(&projected, p->count * k, sizeof *projected, "vectors");
	if (!err) {
		wp_pca_project(&pca, p->vector, p->count, projected);
		for (size_t c = 0; c < k && power != 0; c++) {
			double scale =
				pca.variance[c] > 0 ? pow(pca.variance[c], power / 2) : 0;
			for (size_t i = 0; i < p->count; i++)
				projected[i * k + c] =
					(float)(scale * (double)projected[i * k + c]);
		}
		free(p->vector);
		p->vector = projected;
		p->dim = k;
	}
	wp_pca_fini(&pca);
	return err;
}

enum wp_err wp_points_remove_top(struct wp_points *p, size_t k)
{
	struct wp_pca pca;
	float *top;
	enum wp_err err = components(&pca, p, k, "remove");
	if (err)
		return err;
	err = wp_alloc(&top, p->count * k, sizeof *top, "components");
	if (!err) {
		wp_pca_project(&pca, p->vector, p->count, top);
		for (size_t i = 0; i < p->count; i++)
			for (size_t j = 0; j < p->dim; j++) {
				double v = (double)p->vector[i * p->dim + j] - pca.mean[j];
				for (size_t c = 0; c < k; c++)
					v -= (double)top[i * k + c] *
						(double)pca.direction[c * p->dim + j];
				p->vector[i * p->dim + j] = (float)v;
			}
	}
	free(top);
	wp_pca_fini(&pca);
	return err;
}

/* The matrix U V' of the decomposition of M = sum x y' turns x closest to y. */
static enum wp_err find_turn(double *turn, const struct wp_points *p,
	const struct wp_points *target, const struct wp_pair_of_rows *pair, size_t n)
{
	size_t d = p->dim;
	double *m = NULL, *s = NULL, *u = NULL, *vt = NULL;
	enum wp_err err = wp_alloc(&m, d * d, sizeof *m, "a rotation");
	if (!err)
		err = wp_alloc(&s, d, sizeof *s, "a rotation");
	if (!err)
		err = wp_alloc(&u, d * d, sizeof *u, "a rotation");
	if (!err)
		err = wp_alloc(&vt, d * d, sizeof *vt, "a rotation");
	for (size_t k = 0; k < n && !err; k++) {
		const float *x = p->vector + pair[k].here * d;
		const float *y = target->vector + pair[k].there * d;
		double scale = length_of(x, d) * length_of(y, d);
		for (size_t i = 0; i < d && scale > 0; i++)
			for (size_t j = 0; j < d; j++)
				m[i + j * d] += (double)x[i] * (double)y[j] / scale;
	}
	if (!err)
		err = wp_svd_dense(d, d, m, s, u, vt);
	for (size_t i = 0; i < d && !err; i++)
		for (size_t j = 0; j < d; j++) {
			double sum = 0;
			for (size_t k = 0; k < d; k++)
				sum += u[i + k * d] * vt[k + j * d];
			turn[i * d + j] = sum;
		}
	free(m);
	free(s);
	free(u);
	free(vt);
	return err;
}

enum wp_err wp_points_align(struct wp_points *p, const struct wp_points *target,
	const struct wp_pair_of_rows *pair, size_t n)
{
	size_t d = p->dim;
	double *turn = NULL, *row = NULL;
	if (d != target->dim)
		return wp_fail(WP_EMISMATCH,
			"vectors of %zu numbers cannot be aligned with vectors of %zu", d,
			target->dim);
	if (n == 0)
		return wp_fail(WP_EMISMATCH, "no pair of words to align the vectors by");
	enum wp_err err = wp_alloc(&turn, d * d, sizeof *turn, "a rotation");
	if (!err)
		err = wp_alloc(&row, d, sizeof *row, "a rotation");
	if (!err)
		err = find_turn(turn, p, target, pair, n);
	for (size_t i = 0; i < p->count && !err; i++) {
		float *v = p->vector + i * d;
		memset(row, 0, d * sizeof *row);
		for (size_t a = 0; a < d; a++)
			for (size_t b = 0; b < d; b++)
				row[b] += (double)v[a] * turn[a * d + b];
		for (size_t b = 0; b < d; b++)
			v[b] = (float)row[b];
	}
	free(turn);
	free(row);
	return err;
}

void wp_points_keep(struct wp_points *p, const bool *keep)
{
	size_t count = 0;
	uint64_t bytes = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (!keep[i])
			continue;
		memmove(p->vector + count * p->dim, p->vector + i * p->dim,
			p->dim * sizeof *p->vector);
		if (p->counts)
			p->counts[count] = p->counts[i];
		if (p->vocab.count) { /* strings move down in place, too */
			size_t length;
			const char *word = wp_strings_get(&p->vocab, i, &length);
			memmove(p->vocab.bytes + bytes, word, length);
			bytes += length;
		}
		count++;
	}
	/* The ends are set last: those of rows to come were still needed. */
	if (p->vocab.count) {
		uint64_t begin = 0, end = 0;
		size_t kept = 0;
		for (size_t i = 0; i < p->count; i++) {
			uint64_t next = p->vocab.end[i];
			if (keep[i]) {
				end += next - begin;
				p->vocab.end[kept++] = end;
			}
			begin = next;
		}
		p->vocab.count = count;
	}
	p->count = count;
}

/* ---- Clusters ---- */

struct clusters {
	const struct wp_points *points;
	size_t k;
	float *unit;   /* (count, dim): the rows with length 1 */
	float *centre; /* (k, dim)                             */
	struct wp_match *match;
	double *sum;     /* (k, dim) */
	size_t *members; /* (k)      */
};

/* The first centre at random, each further one with a probability that grows with its distance
 * to the nearest of those before it. */
static void choose_centres(struct clusters *c, uint64_t seed, double *distance)
{
	size_t n = c->points->count, d = c->points->dim;
	struct wp_rng rng;
	wp_rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < n; i++)
		distance[i] = INFINITY;
	size_t chosen = (size_t)(wp_rng_double(&rng) * (double)n);
	for (size_t k = 0; k < c->k; k++) {
		double all = 0;
		const float *centre = c->unit + chosen * d;
		memcpy(c->centre + k * d, centre, d * sizeof *centre);
		for (size_t i = 0; i < n; i++) {
			float dot = 0;
			for (size_t j = 0; j < d; j++)
				dot += c->unit[i * d + j] * centre[j];
			distance[i] = fmin(distance[i], fmax(0, 1 - (double)dot));
			all += distance[i];
		}
		double at = wp_rng_double(&rng) * all;
		for (chosen = 0; chosen + 1 < n && at >= distance[chosen]; chosen++)
			at -= distance[chosen];
	}
}

/* Each row to its nearest centre, each centre to the mean direction of its rows; has any moved?
 */
static enum wp_err step(struct clusters *c, int threads, int32_t *cluster, bool *moved)
{
	size_t n = c->points->count, d = c->points->dim;
	struct wp_rows rows;
	enum wp_err err = wp_rows_init(&rows, c->centre, c->k, d, WP_COSINE, NULL);
	if (!err)
		err = wp_nearest(&rows, c->unit, n, NULL, 1, threads, c->match);
	wp_rows_fini(&rows);
	if (err)
		return err;
	memset(c->sum, 0, c->k * d * sizeof *c->sum);
	memset(c->members, 0, c->k * sizeof *c->members);
	*moved = false;
	for (size_t i = 0; i < n; i++) {
		int32_t to = c->match[i].row;
		*moved = *moved || cluster[i] != to;
		cluster[i] = to;
		c->members[to]++;
		for (size_t j = 0; j < d; j++)
			c->sum[(size_t)to * d + j] += (double)c->unit[i * d + j];
	}
	for (size_t k = 0; k < c->k; k++)
		for (size_t j = 0; j < d && c->members[k] > 0; j++)
			c->centre[k * d + j] =
				(float)(c->sum[k * d + j] / (double)c->members[k]);
	return WP_OK;
}

struct rank {
	size_t members, cluster;
};

static int by_members(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	if (x->members != y->members)
		return x->members > y->members ? -1 : 1;
	return x->cluster < y->cluster ? -1 : 1;
}

static enum wp_err number_by_size(struct clusters *c, int32_t *cluster)
{
	struct rank *rank;
	enum wp_err err = wp_alloc(&rank, c->k, sizeof *rank, "clusters");
	if (err)
		return err;
	for (size_t k = 0; k < c->k; k++)
		rank[k] = (struct rank){c->members[k], k};
	qsort(rank, c->k, sizeof *rank, by_members);
	for (size_t k = 0; k < c->k; k++)
		c->members[rank[k].cluster] = k;
	for (size_t i = 0; i < c->points->count; i++)
		cluster[i] = (int32_t)c->members[cluster[i]];
	free(rank);
	return WP_OK;
}

enum wp_err wp_points_cluster(const struct wp_points *points, size_t k, int iterations,
	uint64_t seed, int threads, int32_t *cluster)
{
	size_t n = points->count, d = points->dim;
	struct clusters c = {.points = points, .k = k};
	double *distance = NULL;
	if (k == 0 || n < k)
		return wp_fail(WP_EMISMATCH, "%zu rows cannot make %zu clusters", n, k);
	enum wp_err err = wp_alloc(&c.unit, n * d, sizeof *c.unit, "clusters");
	if (!err)
		err = wp_alloc(&c.centre, k * d, sizeof *c.centre, "clusters");
	if (!err)
		err = wp_alloc(&c.match, n, sizeof *c.match, "clusters");
	if (!err)
		err = wp_alloc(&c.sum, k * d, sizeof *c.sum, "clusters");
	if (!err)
		err = wp_alloc(&c.members, k, sizeof *c.members, "clusters");
	if (!err)
		err = wp_alloc(&distance, n, sizeof *distance, "clusters");
	if (!err) {
		memcpy(c.unit, points->vector, n * d * sizeof *c.unit);
		struct wp_points unit = {.vector = c.unit, .count = n, .dim = d};
		wp_points_normalize(&unit);
		choose_centres(&c, seed, distance);
		for (size_t i = 0; i < n; i++)
			cluster[i] = -1;
	}
	bool moved = true;
	for (int i = 0; i < iterations && moved && !err; i++)
		err = step(&c, threads, cluster, &moved);
	if (!err)
		err = number_by_size(&c, cluster);
	free(c.unit);
	free(c.centre);
	free(c.match);
	free(c.sum);
	free(c.members);
	free(distance);
	return err;
}
