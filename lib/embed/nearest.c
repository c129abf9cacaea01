#include "embed/nearest.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "embed/matches.h"
#include "embed/screen.h"
#include "math/blas.h"

/* How it works: first every row is compared roughly, with a bound of the error that this makes;
 * then those rows that may be among the best, exactly.  Roughly is by codes of eight bits
 * (screen.h), or by a product in single precision of the queries with a block of rows.
 */
enum {
	PRODUCT_AIM = 1 << 18, /* floats of a block's product: 1 MiB stays in the L2 cache */
	MIN_BLOCK = 256,       /* rows                                                   */
	MAX_BLOCK = 4096,
	FEW = 4,        /* queries that are compared row by row       */
	SOME_TILES = 16 /* that a thread looks through at a time      */
};

/* ---- rows ---- */

/* Of a row or query: products of longer ones might overflow. */
#define LARGEST_SQUARE 1e36

/* For rows whose squares leave the range of float. */
static double careful_square(const float *a, size_t n)
{
	double total = 0;
	for (size_t i = 0; i < n; i++)
		total += (double)a[i] * (double)a[i];
	return total;
}

enum wp_err wp_rows_init(struct wp_rows *rows, const float *vector, size_t count, size_t dim,
	enum wp_similarity similarity, const float *square)
{
	*rows = (struct wp_rows){.vector = vector, .count = count, .dim = dim};
	if (count > INT32_MAX || dim > INT32_MAX)
		return wp_fail(WP_EINVAL,
			"embedding: %zu rows of %zu numbers are more than can be searched",
			count, dim);
	enum wp_err err = WP_OK;
	double longest = 0, shortest = INFINITY;
	if (similarity == WP_COSINE)
		err = wp_alloc(&rows->scale, count, sizeof *rows->scale, "scales of rows");
	for (size_t r = 0; r < count && !err; r++) {
		const float *row = vector + r * dim;
		double own = (double)(square ? square[r] : wp_row_dot(row, row, dim));
		if (!(own > 1e-30 && own < 1e30))
			own = careful_square(row, dim);
		if (!(own < LARGEST_SQUARE))
			err = wp_fail(WP_ECORRUPT,
				"embedding: numbers that are infinite, too large or none "
				"(row %zu)",
				r);
		else if (rows->scale)
			rows->scale[r] =
				own > 0 ? (float)fmin(1 / sqrt(own), WP_MOST_SCALE) : 0;
		longest = own > longest ? own : longest;
		shortest = own > 0 && own < shortest ? own : shortest;
	}
	rows->longest = (float)sqrt(longest);
	rows->faintest = shortest > 1e-72 ? 1 / sqrt(shortest) : INFINITY;
	if (err)
		wp_rows_fini(rows);
	return err;
}

enum wp_err wp_rows_screen(struct wp_rows *rows, int threads)
{
	if (rows->screen)
		return WP_OK;
	return wp_screen_create(
		&rows->screen, rows->vector, rows->count, rows->dim, rows->scale, threads);
}

void wp_rows_fini(struct wp_rows *rows)
{
	wp_screen_free(rows->screen);
	free(rows->scale);
	*rows = (struct wp_rows){0};
}

/* The similarity of two vectors in double precision, without the last few bits: values that are
 * equal but for rounding, as those of a vector and its multiples, are equal here.  a_square is
 * of a. */
static float similarity(const float *a, double a_square, const float *b, size_t n, bool cosine)
{
	enum { PARTS = 4 };
	double product[PARTS] = {0}, square[PARTS] = {0};
	size_t i = 0;
	for (; i + PARTS <= n; i += PARTS)
		for (int k = 0; k < PARTS; k++) {
			double x = (double)a[i + (size_t)k], y = (double)b[i + (size_t)k];
			product[k] += x * y;
			square[k] += y * y;
		}
	for (; i < n; i++) {
		product[0] += (double)a[i] * (double)b[i];
		square[0] += (double)b[i] * (double)b[i];
	}
	for (int k = 1; k < PARTS; k++) {
		product[0] += product[k];
		square[0] += square[k];
	}
	double scale = a_square * square[0];
	if (!(scale > 0))
		return 0;
	double value = rint(product[0] / sqrt(scale) * 0x1p24) * 0x1p-24;
	return (float)(cosine ? value : value == 0 ? 0 : product[0]);
}

float wp_rows_compare(const struct wp_rows *rows, size_t a, size_t b)
{
	const float *x = rows->vector + a * rows->dim, *y = rows->vector + b * rows->dim;
	return similarity(x, careful_square(x, rows->dim), y, rows->dim, rows->scale != NULL);
}

/* ---- rough comparisons ---- */

size_t wp_block_rows(size_t queries)
{
	size_t fit = PRODUCT_AIM / queries / WP_LANES * WP_LANES;
	return fit < MIN_BLOCK ? MIN_BLOCK : fit > MAX_BLOCK ? MAX_BLOCK : fit;
}

void wp_compare_block(const struct wp_rows *rows, const float *query, size_t queries,
	size_t first, size_t n, float *product, size_t block)
{
	if (queries < FEW) { /* a product would copy the rows first */
		for (size_t q = 0; q < queries; q++)
			for (size_t i = 0; i < n; i++)
				product[q * block + i] = wp_row_dot(query + q * rows->dim,
					rows->vector + (first + i) * rows->dim, rows->dim);
	} else
		wp_sgemm_nt(queries, n, rows->dim, 1, query, rows->dim,
			rows->vector + first * rows->dim, rows->dim, 0, product, block);
	if (!rows->scale)
		return;
	const float *scale = rows->scale + first;
	for (size_t q = 0; q < queries; q++) {
		float *line = product + q * block;
		for (size_t i = 0; i < n; i++)
			line[i] *= scale[i];
	}
}

/* ---- search ---- */

/* A query, and what is known of it. */
struct asked {
	const float *vector; /* as given                                          */
	const float *rough;  /* as it is compared roughly: for cosine, of length 1 */
	double square;       /* of vector's length                                */
	double length;       /* of rough                                          */
	float margin;        /* by which single precision may be wrong            */
	int32_t exclude;
};

struct search {
	const struct wp_rows *rows;
	struct asked *query;              /* (queries) */
	float *rough;                     /* (queries, dim) */
	int8_t *code;                     /* (queries, groups of columns), with a screen */
	struct wp_screen_query *screened; /* (queries), likewise */
	size_t queries, k;
	size_t block; /* rows, or tiles of rows */
	atomic_size_t next_block;
	struct wp_match *match; /* (threads, queries, k) */
};

static enum wp_err ask(struct search *s, size_t i, const float *vector, const int32_t *exclude)
{
	const struct wp_rows *rows = s->rows;
	struct asked *q = &s->query[i];
	float *rough = s->rough + i * rows->dim;
	double square = careful_square(vector, rows->dim), scale = 1;
	if (!(square < LARGEST_SQUARE))
		return wp_fail(
			WP_ECORRUPT, "query: numbers that are infinite, too large or none");
	if (rows->scale)
		scale = square > 0 ? 1 / sqrt(square) : 0;
	for (size_t d = 0; d < rows->dim; d++)
		rough[d] = (float)(vector[d] * scale);
	*q = (struct asked){.vector = vector,
		.rough = rough,
		.square = square,
		.length = sqrt(square) * scale,
		.exclude = exclude ? exclude[i] : WP_NO_ROW};
	/* Each of a product's sums and products is wrong by a factor of at most 1 + 2^-24; so
	 * are the scales and the rounded similarities; twice as much, for good measure.  And
	 * by 2^-149 where it is too small for that. */
	double longest = rows->scale ? 1 : (double)rows->longest;
	double smallest = 0x1p-148 * (rows->scale ? rows->faintest : 1);
	q->margin =
		(float)((double)(rows->dim + 8) * (0x1p-23 * longest * q->length + smallest));
	if (rows->screen)
		wp_screen_encode(rows->screen, rough, rows->dim, q->length,
			s->code + i * rows->screen->groups * WP_SCREEN_GROUP, &s->screened[i]);
	return WP_OK;
}

/* The score that a row has to reach to be among the best. */
static float least(const struct search *s, const struct wp_match *best)
{
	const struct wp_match *last = &best[s->k - 1];
	return last->row == WP_NO_ROW ? -INFINITY : last->score;
}

/* Compare a row exactly. */
static void try_row(
	const struct search *s, const struct asked *q, size_t row, struct wp_match *best)
{
	if ((int32_t)row == q->exclude)
		return;
	const struct wp_rows *rows = s->rows;
	float score = similarity(q->vector, q->square, rows->vector + row * rows->dim,
		rows->dim, rows->scale != NULL);
	wp_match_insert(best, s->k, (struct wp_match){(int32_t)row, score});
}

/* Those of n scores of the rows from `first` on that may be among the best. */
static void try_line(const struct search *s, const struct asked *q, const float *score,
	size_t first, size_t n, struct wp_match *best)
{
	wp_lanes most = {0};
	most -= INFINITY;
	size_t i = 0;
	for (; i + WP_LANES <= n; i += WP_LANES)
		most = wp_larger(*(const wp_lanes *)(score + i), most);
	float top = wp_largest(most);
	for (; i < n; i++)
		top = score[i] > top ? score[i] : top;
	float aim = least(s, best) - q->margin;
	if (top < aim)
		return;
	if (s->k == 1 && q->exclude == WP_NO_ROW && aim < top - 2 * q->margin)
		aim = top - 2 * q->margin;
	for (i = 0; i < n; i++)
		if (score[i] >= aim) {
			try_row(s, q, first + i, best);
			float now = least(s, best) - q->margin;
			aim = now > aim ? now : aim;
		}
}

static enum wp_err search_blocks(int thread, void *arg)
{
	struct search *s = arg;
	struct wp_match *match = s->match + (size_t)thread * s->queries * s->k;
	float *product;
	enum wp_err err = wp_table_alloc(
		&product, s->queries * s->block * sizeof *product, "similarities");
	size_t first;
	while (!err &&
		(first = s->block * atomic_fetch_add(&s->next_block, 1)) < s->rows->count) {
		size_t n = s->rows->count - first;
		if (n > s->block)
			n = s->block;
		wp_compare_block(s->rows, s->rough, s->queries, first, n, product, s->block);
		for (size_t i = 0; i < s->queries; i++)
			try_line(s, &s->query[i], product + i * s->block, first, n,
				match + i * s->k);
	}
	free(product);
	return err;
}

/* Those rows of a tile that its codes let through. */
static void try_hits(const struct search *s, const struct asked *q, size_t first, uint64_t hits,
	struct wp_screen_query *screened, struct wp_match *best)
{
	const struct wp_rows *rows = s->rows;
	float before = least(s, best), aim = before;
	for (; hits; hits &= hits - 1) {
		size_t row = first + (size_t)__builtin_ctzll(hits);
		float score = wp_row_dot(q->rough, rows->vector + row * rows->dim, rows->dim);
		if (rows->scale)
			score *= rows->scale[row];
		if (score < aim - q->margin)
			continue;
		try_row(s, q, row, best);
		aim = least(s, best);
	}
	if (aim > before)
		wp_screen_expect(screened, q->length, (double)aim);
}

static enum wp_err search_tiles(int thread, void *arg)
{
	struct search *s = arg;
	const struct wp_screen *screen = s->rows->screen;
	struct wp_match *match = s->match + (size_t)thread * s->queries * s->k;
	const size_t tile = WP_SCREEN_TILE * WP_SCREEN_GROUP * screen->groups;
	struct wp_screen_query *query = NULL;
	uint64_t *hit = NULL;
	enum wp_err err = wp_alloc(&query, s->queries, sizeof *query, "queries");
	if (!err)
		err = wp_alloc(&hit, s->queries, sizeof *hit, "queries");
	if (!err)
		memcpy(query, s->screened, s->queries * sizeof *query);
	size_t first;
	while (!err && (first = s->block * atomic_fetch_add(&s->next_block, 1)) < screen->tiles)
		for (size_t t = first; t < first + s->block && t < screen->tiles; t++) {
			size_t row = t * WP_SCREEN_TILE;
			screen->kernels->hits(screen->code + t * tile, screen->groups,
				screen->scale + row, screen->error + row, query, s->queries,
				hit);
			for (size_t i = 0; i < s->queries; i++)
				if (hit[i])
					try_hits(s, &s->query[i], row, hit[i], &query[i],
						match + i * s->k);
		}
	free(query);
	free(hit);
	return err;
}

/* Answer the queries that have been asked, on all threads, and join what they found. */
static enum wp_err run(struct search *s, int threads, struct wp_match *match)
{
	const struct wp_rows *rows = s->rows;
	size_t units = rows->screen ? rows->screen->tiles : rows->count;
	s->block = rows->screen ? SOME_TILES : wp_block_rows(s->queries);
	size_t blocks = (units + s->block - 1) / s->block, lists = s->queries * s->k, all;
	if ((size_t)threads > blocks)
		threads = blocks ? (int)blocks : 1;
	atomic_init(&s->next_block, 0);
	if (!wp_mulsize(lists, (size_t)threads, &all))
		return wp_fail(WP_ENOMEM, "search: %zu matches are too many", lists);
	enum wp_err err = wp_alloc(&s->match, all, sizeof *match, "matches");
	for (size_t i = 0; i < all && !err; i++)
		s->match[i] = (struct wp_match){WP_NO_ROW, 0};
	if (!err)
		err = wp_parallel(threads, rows->screen ? search_tiles : search_blocks, s);
	if (!err) {
		wp_matches_join(s->match, lists, s->k, threads);
		memcpy(match, s->match, lists * sizeof *match);
	}
	free(s->match);
	return err;
}

enum wp_err wp_nearest(const struct wp_rows *rows, const float *query, size_t n,
	const int32_t *exclude, size_t k, int threads, struct wp_match *match)
{
	if (n == 0 || k == 0)
		return WP_OK;
	size_t most = n < WP_MAX_QUERIES ? n : WP_MAX_QUERIES;
	struct search s = {.rows = rows, .k = k};
	enum wp_err err = wp_alloc(&s.query, most, sizeof *s.query, "queries");
	if (!err)
		err = wp_alloc(&s.rough, most * rows->dim, sizeof *s.rough, "queries");
	if (!err && rows->screen)
		err = wp_alloc(
			&s.code, most * rows->screen->groups, WP_SCREEN_GROUP, "queries");
	if (!err && rows->screen)
		err = wp_alloc(&s.screened, most, sizeof *s.screened, "queries");
	for (size_t done = 0; done < n && !err; done += s.queries) {
		s.queries = n - done < most ? n - done : most;
		for (size_t i = 0; i < s.queries && !err; i++)
			err = ask(&s, i, query + (done + i) * rows->dim,
				exclude ? exclude + done : NULL);
		if (!err)
			err = run(&s, threads, match + done * k);
	}
	free(s.query);
	free(s.rough);
	free(s.code);
	free(s.screened);
	return err;
}
