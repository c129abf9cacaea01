#include "embed/map_quality.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "embed/tsne_affinity.h"
#include "math/blas.h"

enum { NEAR = 30, ROWS = 64 };

struct judge {
	const float *vector;
	size_t count, dim, k, near;
	int threads;
	const int32_t *on_map; /* (count, near): nearest on the map     */
	float *square;         /* (count): |x_i|^2                      */
	float **dots;          /* for each thread: (ROWS, count)        */
	double *penalty;       /* for each block of ROWS points         */
};

/* For points of one block: how far down the lists of neighbours are those of the map? */
static double judge_block(const struct judge *j, float *dots, size_t first, size_t last)
{
	double penalty = 0;
	wp_sgemm_nt(last - first, j->count, j->dim, 1, j->vector + first * j->dim, j->dim,
		j->vector, j->dim, 0, dots, j->count);
	for (size_t i = first; i < last; i++) {
		const float *dot = dots + (i - first) * j->count;
		for (size_t m = 0; m < j->k; m++) {
			size_t other = (size_t)j->on_map[i * j->near + m], rank = 1;
			float distance = j->square[other] - 2 * dot[other];
			for (size_t c = 0; c < j->count; c++)
				rank += c != i && c != other &&
					j->square[c] - 2 * dot[c] < distance;
			if (rank > j->k)
				penalty += (double)(rank - j->k);
		}
	}
	return penalty;
}

static enum wp_err judge_part(int thread, void *arg)
{
	struct judge *j = arg;
	for (size_t b = (size_t)thread; b * ROWS < j->count; b += (size_t)j->threads) {
		size_t first = b * ROWS;
		size_t last = first + ROWS < j->count ? first + ROWS : j->count;
		j->penalty[b] = judge_block(j, j->dots[thread], first, last);
	}
	return WP_OK;
}

/* The share of the first k of a that are among the first k of b. */
static double kept(const int32_t *a, const int32_t *b, size_t count, size_t near, size_t k)
{
	size_t same = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t m = 0; m < k; m++)
			for (size_t o = 0; o < k; o++)
				same += a[i * near + m] == b[i * near + o];
	return (double)same / (double)(count * k);
}

static enum wp_err judge(struct wp_map_quality *quality, struct judge *j, const float *map,
	int32_t *on_map, int32_t *among_vectors, float *distance)
{
	size_t n = j->count, k = j->k;
	enum wp_err err = wp_find_neighbours(map, n, 2, j->near, j->threads, on_map, distance);
	if (!err)
		err = wp_find_neighbours(
			j->vector, n, j->dim, j->near, j->threads, among_vectors, distance);
	if (err)
		return err;
	quality->kept_10 = kept(among_vectors, on_map, n, j->near, 10);
	quality->kept_30 = kept(among_vectors, on_map, n, j->near, NEAR);
	for (size_t i = 0; i < n; i++) {
		double square = 0;
		for (size_t d = 0; d < j->dim; d++)
			square += (double)j->vector[i * j->dim + d] *
				(double)j->vector[i * j->dim + d];
		j->square[i] = (float)square;
	}
	err = wp_parallel(j->threads, judge_part, j);
	double penalty = 0;
	for (size_t b = 0; b * ROWS < n; b++)
		penalty += j->penalty[b];
	quality->trustworthiness =
		1 - 2 * penalty / ((double)n * (double)k * (double)(2 * n - 3 * k - 1));
	return err;
}

enum wp_err wp_map_judge(struct wp_map_quality *quality, const float *vector, size_t count,
	size_t dim, const float *map, size_t k, int threads)
{
	if (count < NEAR + 2 || k < 1 || 2 * k >= count)
		return wp_fail(WP_EINVAL, "%zu points are too few to judge a map by", count);
	struct judge j = {.vector = vector,
		.count = count,
		.dim = dim,
		.k = k,
		.near = k > NEAR ? k : NEAR,
		.threads = threads};
	int32_t *on_map = NULL, *among_vectors = NULL;
	float *distance = NULL;
	enum wp_err err = wp_alloc(&on_map, count * j.near, sizeof *on_map, "neighbours");
	if (!err)
		err = wp_alloc(
			&among_vectors, count * j.near, sizeof *among_vectors, "neighbours");
	if (!err)
		err = wp_alloc(&distance, count * j.near, sizeof *distance, "distances");
	if (!err)
		err = wp_alloc(&j.square, count, sizeof *j.square, "lengths");
	if (!err)
		err = wp_alloc(&j.penalty, count / ROWS + 1, sizeof *j.penalty, "ranks");
	if (!err)
		err = wp_alloc(&j.dots, (size_t)threads, sizeof *j.dots, "products");
	for (int t = 0; t < threads && !err; t++)
		err = wp_alloc(&j.dots[t], ROWS * count, sizeof **j.dots, "products");
	j.on_map = on_map;
	if (!err)
		err = judge(quality, &j, map, on_map, among_vectors, distance);
	for (int t = 0; j.dots && t < threads; t++)
		free(j.dots[t]);
	free(j.dots);
	free(j.penalty);
	free(j.square);
	free(on_map);
	free(among_vectors);
	free(distance);
	return err;
}
