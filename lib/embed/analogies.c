#include "embed/analogies.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "embed/matches.h"

/* One product gives the cosine of every query vector with every row of a block.  A question
 * then combines three of these lines of cosines into its scores of the block's rows.  3CosAdd
 * is linear in the cosines and 3CosMul is made of them, so that an analogy needs no vector of
 * its own: the 19,544 questions of the Google set have but 905 different words.
 */

/* Write the scores of n rows, and return the best of them.  line[] are the question's lines of
 * similarities; n is a multiple of WP_LANES. */
typedef float combine_fn(const float *const line[3], size_t n, float *score);

/* What differs between them is EXPRESSION, over the lines' a, b and c. */
#define DEFINE_COMBINE(NAME, EXPRESSION) \
	static float NAME(const float *const line[3], size_t n, float *score) \
	{ \
		wp_lanes best = (wp_lanes){0} - INFINITY; \
		for (size_t i = 0; i < n; i += WP_LANES) { \
			const wp_lanes a = *(const wp_lanes *)(line[0] + i); \
			const wp_lanes b = *(const wp_lanes *)(line[1] + i); \
			const wp_lanes c = *(const wp_lanes *)(line[2] + i); \
			const wp_lanes x = (EXPRESSION); \
			(void)b, (void)c; \
			*(wp_lanes *)(score + i) = x; \
			best = wp_larger(x, best); \
		} \
		return wp_largest(best); \
	}

DEFINE_COMBINE(combine_3cosadd, b - a + c)
/* (1 + b)/2 (1 + c)/2 / ((1 + a)/2 + 0.001), with the halves taken together. */
DEFINE_COMBINE(combine_3cosmul, (1 + b) * (1 + c) / (2 * (1 + a) + 0.004f))

/* ---- search ---- */

struct question {
	uint32_t operand[3]; /* which query vectors are a, b and c           */
	int32_t excluded[3]; /* rows, or words where search.word is set */
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
	size_t block; /* rows, a multiple of WP_LANES */
	atomic_size_t next_block;
	struct wp_match *match; /* (threads, question_count, k) */
};

/* Take those of n scores, of the rows from `first` on, that belong among the best. */
static void insert_block(const struct search *s, const struct question *q,
	struct wp_match *best, const float *score, size_t first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct wp_match match = {(int32_t)(first + i), score[i]};
		if (!wp_is_better(match, best[s->k - 1]))
			continue;
		int32_t id = s->word ? s->word[match.row] : match.row;
		if (id != q->excluded[0] && id != q->excluded[1] && id != q->excluded[2])
			wp_match_insert(best, s->k, match);
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
		wp_compare_block(
			s->rows, s->query, s->query_count, first, n, product, s->block);
		/* Beyond the n-th, the last block's lines hold zeros or an earlier block's
		 * similarities: finite numbers, which cost at worst a look at the block. */
		for (size_t i = 0; i < s->question_count; i++) {
			const struct question *q = &s->question[i];
			struct wp_match *best = match + i * s->k;
			const float *line[3];
			for (int o = 0; o < 3; o++)
				line[o] = product + q->operand[o] * s->block;
			float top = s->combine(
				line, (n + WP_LANES - 1) / WP_LANES * WP_LANES, score);
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
	s->block = wp_block_rows(s->query_count);
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
	if (!err) {
		wp_matches_join(s->match, lists, s->k, threads);
		memcpy(match, s->match, lists * sizeof *match);
	}
	free(s->match);
	return err;
}

/* The questions of one product: as many as have their words among WP_MAX_QUERIES. */
struct batch {
	struct question *question;
	size_t question_count;
	float *query;
	size_t query_count;
	int32_t rows[WP_MAX_QUERIES]; /* row of each query vector */
	int32_t *place;               /* (rows): which query vector a row is, or -1 */
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
			&b.query, WP_MAX_QUERIES * rows->dim, sizeof *b.query, "query vectors");
	if (!err)
		err = wp_alloc(&b.place, rows->count, sizeof *b.place, "query vectors");
	for (size_t r = 0; r < rows->count && !err; r++)
		b.place[r] = -1;
	for (size_t done = 0; done < n && !err; done += b.question_count) {
		batch_clear(&b);
		for (size_t i = done; i < n && b.query_count + 3 <= WP_MAX_QUERIES; i++) {
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
