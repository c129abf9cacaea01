#include "embed/nearest.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "math/blas.h"

/* How it works: for each block of rows, one product gives the cosine of every query vector with
 * every row of the block.  A question then combines up to three of these lines of cosines into
 * its scores of the block's rows.  3CosAdd is linear in the cosines and 3CosMul is made of
 * them, so that an analogy needs no vector of its own: the 19,544 questions of the Google set
 * have but 905 different words.
 */
enum {
	MAX_QUERIES = 1024,    /* vectors in one product                                 */
	PRODUCT_AIM = 1 << 18, /* floats of a block's product: 1 MiB stays in the L2 cache */
	MIN_BLOCK = 256,       /* rows                                                   */
	MAX_BLOCK = 4096,
	FEW = 4,  /* queries that are compared row by row */
	LANES = 4 /* floats in a vector: what every machine has */
};

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int32_t int_lanes __attribute__((vector_size(LANES * sizeof(float))));

/* ---- rows ---- */

/* Of a row or query: products of longer ones might overflow. */
#define LARGEST_SQUARE 1e36

static float dot(const float *a, const float *b, size_t n)
{
	lanes sum = {0};
	size_t i = 0;
	for (; i + LANES <= n; i += LANES)
		sum += *(const lanes *)(a + i) * *(const lanes *)(b + i);
	float total = 0;
	for (int l = 0; l < LANES; l++)
		total += sum[l];
	for (; i < n; i++)
		total += a[i] * b[i];
	return total;
}

/* For rows whose squares leave the range of float. */
static double careful_square(const float *a, size_t n)
{
	double total = 0;
	for (size_t i = 0; i < n; i++)
		total += (double)a[i] * (double)a[i];
	return total;
}

enum wp_err wp_rows_init(struct wp_rows *rows, const float *vector, size_t count, size_t dim,
	enum wp_similarity similarity)
{
	*rows = (struct wp_rows){.vector = vector, .count = count, .dim = dim};
	if (count > INT32_MAX || dim > INT32_MAX)
		return wp_fail(WP_EINVAL,
			"embedding: %zu rows of %zu numbers are more than can be searched",
			count, dim);
	enum wp_err err = WP_OK;
	if (similarity == WP_COSINE)
		err = wp_alloc(&rows->scale, count, sizeof *rows->scale, "scales of rows");
	for (size_t r = 0; r < count && !err; r++) {
		const float *row = vector + r * dim;
		double square = (double)dot(row, row, dim);
		if (!(square > 1e-30 && square < 1e30))
			square = careful_square(row, dim);
		if (!(square < LARGEST_SQUARE))
			err = wp_fail(WP_ECORRUPT,
				"embedding: numbers that are infinite, too large or none "
				"(row %zu)",
				r);
		else if (rows->scale)
			rows->scale[r] = square > 0 ? (float)(1 / sqrt(square)) : 0;
	}
	if (err)
		wp_rows_fini(rows);
	return err;
}

void wp_rows_fini(struct wp_rows *rows)
{
	free(rows->scale);
	*rows = (struct wp_rows){0};
}

/* The similarity of two vectors in double precision, without the last few bits: values that are
 * equal but for rounding, as those of a vector and its multiples, are equal here. */
static float similarity(const float *a, const float *b, size_t n, bool cosine)
{
	double product = 0, scale = careful_square(a, n) * careful_square(b, n);
	for (size_t i = 0; i < n; i++)
		product += (double)a[i] * (double)b[i];
	if (!(scale > 0))
		return 0;
	scale = sqrt(scale);
	double value = rint(product / scale * 0x1p24) * 0x1p-24;
	return (float)(cosine ? value : value == 0 ? 0 : product);
}

float wp_rows_compare(const struct wp_rows *rows, size_t a, size_t b)
{
	return similarity(rows->vector + a * rows->dim, rows->vector + b * rows->dim, rows->dim,
		rows->scale != NULL);
}

/* A query as it enters the product: for cosine, of length 1. */
static enum wp_err query_vector(const struct wp_rows *rows, const float *query, float *to)
{
	double square = careful_square(query, rows->dim);
	if (!(square < LARGEST_SQUARE))
		return wp_fail(
			WP_ECORRUPT, "query: numbers that are infinite, too large or none");
	float scale = 1;
	if (rows->scale)
		scale = square > 0 ? (float)(1 / sqrt(square)) : 0;
	for (size_t d = 0; d < rows->dim; d++)
		to[d] = query[d] * scale;
	return WP_OK;
}

/* ---- from cosines to scores ---- */

/* Write the scores of n rows, and return the best of them.  line[] are the question's lines of
 * similarities; n is a multiple of LANES. */
typedef float combine_fn(const float *const line[3], size_t n, float *score);

static lanes larger(lanes a, lanes b)
{
	int_lanes take = a > b;
	return (lanes)(((int_lanes)a & take) | ((int_lanes)b & ~take));
}

static float largest(lanes v)
{
	float best = v[0];
	for (int l = 1; l < LANES; l++)
		best = v[l] > best ? v[l] : best;
	return best;
}

/* What differs between them is EXPRESSION, over the lines' a, b and c. */
#define DEFINE_COMBINE(NAME, EXPRESSION) \
	static float NAME(const float *const line[3], size_t n, float *score) \
	{ \
		lanes best = (lanes){0} - INFINITY; \
		for (size_t i = 0; i < n; i += LANES) { \
			const lanes a = *(const lanes *)(line[0] + i); \
			const lanes b = *(const lanes *)(line[1] + i); \
			const lanes c = *(const lanes *)(line[2] + i); \
			const lanes x = (EXPRESSION); \
			(void)b, (void)c; \
			*(lanes *)(score + i) = x; \
			best = larger(x, best); \
		} \
		return largest(best); \
	}

DEFINE_COMBINE(combine_none, a)
DEFINE_COMBINE(combine_3cosadd, b - a + c)
/* (1 + b)/2 (1 + c)/2 / ((1 + a)/2 + 0.001), with the halves taken together. */
DEFINE_COMBINE(combine_3cosmul, (1 + b) * (1 + c) / (2 * (1 + a) + 0.004f))

/* ---- search ---- */

struct question {
	uint32_t operand[3]; /* which query vectors are a, b and c              */
	int32_t excluded[3]; /* rows, or words where search.word is set; or WP_NO_ROW */
};

struct search {
	const struct wp_rows *rows;
	const float *query; /* (query_count, dim) */
	size_t query_count;
	const struct question *question;
	size_t question_count;
	combine_fn *combine;
	const int32_t *word;
	size_t k;
	size_t block; /* rows, a multiple of LANES */
	atomic_size_t next_block;
	struct wp_match *match; /* (threads, question_count, k) */
};

static bool is_better(struct wp_match a, struct wp_match b)
{
	if (b.row == WP_NO_ROW || a.score != b.score)
		return b.row == WP_NO_ROW || a.score > b.score;
	return a.row < b.row;
}

/* Put a match into the ordered list best[0 .. k-1]; what falls off its end is dropped. */
static void insert(struct wp_match *best, size_t k, struct wp_match match)
{
	size_t i = k;
	if (!is_better(match, best[k - 1]))
		return;
	while (--i > 0 && is_better(match, best[i - 1]))
		best[i] = best[i - 1];
	best[i] = match;
}

/* Take those of n scores, of the rows from `first` on, that belong among the best. */
static void insert_block(const struct search *s, const struct question *q,
	struct wp_match *best, const float *score, size_t first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct wp_match match = {(int32_t)(first + i), score[i]};
		if (!is_better(match, best[s->k - 1]))
			continue;
		int32_t id = s->word ? s->word[match.row] : match.row;
		if (id != q->excluded[0] && id != q->excluded[1] && id != q->excluded[2])
			insert(best, s->k, match);
	}
}

/* Similarities of all query vectors to n rows from `first` on, in lines of s->block floats. */
static void compare_block(const struct search *s, size_t first, size_t n, float *product)
{
	const struct wp_rows *rows = s->rows;
	if (s->query_count < FEW) { /* a product would copy the rows first */
		for (size_t q = 0; q < s->query_count; q++)
			for (size_t i = 0; i < n; i++)
				product[q * s->block + i] = dot(s->query + q * rows->dim,
					rows->vector + (first + i) * rows->dim, rows->dim);
	} else
		wp_sgemm_nt(s->query_count, n, rows->dim, 1, s->query, rows->dim,
			rows->vector + first * rows->dim, rows->dim, 0, product, s->block);
	if (!rows->scale)
		return;
	const float *scale = rows->scale + first;
	for (size_t q = 0; q < s->query_count; q++) {
		float *line = product + q * s->block;
		for (size_t i = 0; i < n; i++)
			line[i] *= scale[i];
	}
}

static enum wp_err search_blocks(int thread, void *arg)
{
	struct search *s = arg;
	struct wp_match *match = s->match + (size_t)thread * s->question_count * s->k;
	for (size_t i = 0; i < s->question_count * s->k; i++)
		match[i] = (struct wp_match){WP_NO_ROW, 0};
	float *product;
	float *score;
	enum wp_err err = wp_table_alloc(
		&product, s->query_count * s->block * sizeof *product, "similarities");
	if (err)
		return err;
	err = wp_table_alloc(&score, s->block * sizeof *score, "scores");
	size_t first;
	while (!err &&
		(first = s->block * atomic_fetch_add(&s->next_block, 1)) < s->rows->count) {
		size_t n = s->rows->count - first;
		if (n > s->block)
			n = s->block;
		compare_block(s, first, n, product);
		/* Beyond the n-th, the last block's lines hold zeros or an earlier block's
		 * similarities: finite numbers, which cost at worst a look at the block. */
		for (size_t i = 0; i < s->question_count; i++) {
			const struct question *q = &s->question[i];
			struct wp_match *best = match + i * s->k;
			const float *line[3];
			for (int o = 0; o < 3; o++)
				line[o] = product + q->operand[o] * s->block;
			float top = s->combine(line, (n + LANES - 1) / LANES * LANES, score);
			const struct wp_match *last = &best[s->k - 1];
			if (last->row == WP_NO_ROW || top >= last->score)
				insert_block(s, q, best, score, first, n);
		}
	}
	free(score);
	free(product);
	return err;
}

/* Fill in the rest of the search, run it on all threads, and join what they found. */
static enum wp_err run(struct search *s, int threads, struct wp_match *match)
{
	size_t fit = PRODUCT_AIM / s->query_count / LANES * LANES;
	s->block = fit < MIN_BLOCK ? MIN_BLOCK : fit > MAX_BLOCK ? MAX_BLOCK : fit;
	size_t blocks = (s->rows->count + s->block - 1) / s->block;
	if ((size_t)threads > blocks)
		threads = blocks ? (int)blocks : 1;
	atomic_init(&s->next_block, 0);
	size_t lists = s->question_count * s->k;
	size_t all;
	if (!wp_mulsize(lists, (size_t)threads, &all))
		return wp_fail(WP_ENOMEM, "search: %zu matches are too many", lists);
	enum wp_err err = wp_alloc(&s->match, all, sizeof *match, "matches");
	if (!err)
		err = wp_parallel(threads, search_blocks, s);
	if (!err)
		memcpy(match, s->match, lists * sizeof *match);
	for (size_t i = lists; i < all && !err; i++)
		if (s->match[i].row != WP_NO_ROW)
			insert(match + i % lists / s->k * s->k, s->k, s->match[i]);
	free(s->match);
	return err;
}

/* Give the k matches of a query their exact similarities, and rank them by these: of equal ones
 * the first row comes first, whatever the product's rounding was. */
static void rank_exactly(
	const struct wp_rows *rows, const float *query, size_t k, struct wp_match *match)
{
	for (size_t i = 0; i < k && match[i].row != WP_NO_ROW; i++) {
		struct wp_match m = match[i];
		m.score = similarity(query, rows->vector + (size_t)m.row * rows->dim, rows->dim,
			rows->scale != NULL);
		size_t j = i;
		for (; j > 0 && is_better(m, match[j - 1]); j--)
			match[j] = match[j - 1];
		match[j] = m;
	}
}

enum wp_err wp_nearest(const struct wp_rows *rows, const float *query, size_t n,
	const int32_t *exclude, size_t k, int threads, struct wp_match *match)
{
	struct question question[MAX_QUERIES];
	float *unit;
	if (n == 0 || k == 0)
		return WP_OK;
	enum wp_err err =
		wp_alloc(&unit, MAX_QUERIES * rows->dim, sizeof *unit, "query vectors");
	for (size_t done = 0; done < n && !err;) {
		size_t some = n - done < MAX_QUERIES ? n - done : MAX_QUERIES;
		for (size_t i = 0; i < some && !err; i++) {
			int32_t row = exclude ? exclude[done + i] : WP_NO_ROW;
			uint32_t q = (uint32_t)i;
			question[i] = (struct question){{q, q, q}, {row, WP_NO_ROW, WP_NO_ROW}};
			err = query_vector(
				rows, query + (done + i) * rows->dim, unit + i * rows->dim);
		}
		struct search search = {
			.rows = rows,
			.query = unit,
			.query_count = some,
			.question = question,
			.question_count = some,
			.combine = combine_none,
			.k = k,
		};
		if (!err)
			err = run(&search, threads, match + done * k);
		for (size_t i = done; i < done + some && !err; i++)
			rank_exactly(rows, query + i * rows->dim, k, match + i * k);
		done += some;
	}
	free(unit);
	return err;
}

/* The questions of one product: as many as have their words among MAX_QUERIES. */
struct batch {
	struct question *question;
	size_t question_count;
	float *query;
	size_t query_count;
	int32_t rows[MAX_QUERIES]; /* row of each query vector */
	int32_t *place;            /* (rows): which query vector a row is, or -1 */
};

static uint32_t batch_operand(struct batch *b, const struct wp_rows *rows, int32_t row)
{
	if (b->place[row] < 0) {
		size_t q = b->query_count++;
		b->place[row] = (int32_t)q;
		b->rows[q] = row;
		for (size_t d = 0; d < rows->dim; d++)
			b->query[q * rows->dim + d] =
				rows->vector[(size_t)row * rows->dim + d] * rows->scale[row];
	}
	return (uint32_t)b->place[row];
}

static void batch_clear(struct batch *b)
{
	for (size_t q = 0; q < b->query_count; q++)
		b->place[b->rows[q]] = -1;
	b->query_count = b->question_count = 0;
}

enum wp_err wp_analogies(const struct wp_rows *rows, const struct wp_analogy *question,
	size_t n, enum wp_analogy_method method, const int32_t *word, size_t k, int threads,
	struct wp_match *match)
{
	struct batch b = {0};
	if (n == 0 || k == 0)
		return WP_OK;
	enum wp_err err = wp_alloc(&b.question, n, sizeof *b.question, "questions");
	if (!err)
		err = wp_alloc(
			&b.query, MAX_QUERIES * rows->dim, sizeof *b.query, "query vectors");
	if (!err)
		err = wp_alloc(&b.place, rows->count, sizeof *b.place, "query vectors");
	for (size_t r = 0; r < rows->count && !err; r++)
		b.place[r] = -1;
	for (size_t done = 0; done < n && !err; done += b.question_count) {
		batch_clear(&b);
		for (size_t i = done; i < n && b.query_count + 3 <= MAX_QUERIES; i++) {
			const int32_t row[3] = {question[i].a, question[i].b, question[i].c};
			struct question *q = &b.question[b.question_count++];
			for (int o = 0; o < 3; o++) {
				q->operand[o] = batch_operand(&b, rows, row[o]);
				q->excluded[o] = word ? word[row[o]] : row[o];
			}
		}
		struct search search = {
			.rows = rows,
			.query = b.query,
			.query_count = b.query_count,
			.question = b.question,
			.question_count = b.question_count,
			.combine = method == WP_3COSADD ? combine_3cosadd : combine_3cosmul,
			.word = word,
			.k = k,
		};
		err = run(&search, threads, match + done * k);
	}
	free(b.question);
	free(b.query);
	free(b.place);
	return err;
}
