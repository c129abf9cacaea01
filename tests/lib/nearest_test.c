/* The search for nearest rows and analogies, against the plainest computation. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/cpu.h"
#include "base/random.h"
#include "embed/analogies.h"
#include "embed/screen_kernel.h"
#include "math/blas.h"
#include "tap.h"

static void *must_alloc(size_t count, size_t size)
{
	void *p;
	if (wp_alloc(&p, count, size, "test"))
		exit(EXIT_FAILURE);
	return p;
}

static float *random_rows(size_t count, size_t dim, uint64_t seed)
{
	struct wp_rng rng;
	float *v = must_alloc(count * dim, sizeof *v);
	wp_rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < count * dim; i++)
		v[i] = wp_rng_float(&rng) - 0.4f;
	return v;
}

static double dot(const float *a, const float *b, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

static double cosine(const float *a, const float *b, size_t n)
{
	double lengths = sqrt(dot(a, a, n) * dot(b, b, n));
	return lengths > 0 ? dot(a, b, n) / lengths : 0;
}

/* Are the k matches those of the scores?  Rows whose scores differ by rounding may change
 * places, so what is compared is each match's own score with the i-th best. */
static bool are_best(const double *score, const bool *excluded, size_t count,
	const struct wp_match *match, size_t k, double relative)
{
	bool *taken = must_alloc(count, sizeof *taken);
	bool good = true;
	for (size_t i = 0; i < k && good; i++) {
		size_t best = count;
		for (size_t r = 0; r < count; r++)
			if (!taken[r] && !excluded[r] &&
				(best == count || score[r] > score[best]))
				best = r;
		if (best == count) {
			good = match[i].row == WP_NO_ROW;
			continue;
		}
		int32_t row = match[i].row;
		double near = 1e-5 + relative * fabs(score[best]);
		good = row >= 0 && (size_t)row < count && !excluded[row] && !taken[row] &&
			fabs(score[row] - score[best]) < near &&
			fabs(score[row] - (double)match[i].score) < near &&
			(i == 0 || match[i].score <= match[i - 1].score);
		if (good)
			taken[row] = true;
	}
	free(taken);
	return good;
}

static bool nearest_is_right(size_t count, size_t dim, size_t queries, size_t k,
	enum wp_similarity similarity, int threads)
{
	float *v = random_rows(count, dim, count + dim);
	float *q = random_rows(queries, dim, queries);
	int32_t *exclude = must_alloc(queries, sizeof *exclude);
	struct wp_match *match = must_alloc(queries * k, sizeof *match);
	double *score = must_alloc(count, sizeof *score);
	bool *excluded = must_alloc(count, sizeof *excluded);
	struct wp_rows rows;
	memset(v, 0, dim * sizeof *v); /* a row of zeros */
	for (size_t i = 0; i < queries; i++)
		exclude[i] = i % 3 ? (int32_t)(i % count) : WP_NO_ROW;
	bool good = !wp_rows_init(&rows, v, count, dim, similarity, NULL) &&
		!wp_nearest(&rows, q, queries, exclude, k, threads, match);
	for (size_t i = 0; i < queries && good; i += queries / 7 + 1) {
		for (size_t r = 0; r < count; r++) {
			const float *x = q + i * dim, *y = v + r * dim;
			score[r] = similarity == WP_COSINE ? cosine(x, y, dim) : dot(x, y, dim);
			excluded[r] = (int32_t)r == exclude[i];
		}
		good = are_best(score, excluded, count, match + i * k, k, 0);
	}
	wp_rows_fini(&rows);
	free(v);
	free(q);
	free(exclude);
	free(match);
	free(score);
	free(excluded);
	return good;
}

static void nearest(void)
{
	static const struct {
		size_t count, dim, queries, k;
	} cases[] = {{1, 1, 1, 1}, {3, 2, 5, 7}, {255, 3, 10, 4}, {256, 16, 2, 1},
		{257, 17, 3, 300}, {5000, 50, 1, 10}, {4097, 7, 40, 10}, {700, 5, 2500, 3}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int threads = 1; threads <= 3; threads += 2)
			for (int s = WP_COSINE; s <= WP_DOT; s++)
				ok(nearest_is_right(cases[i].count, cases[i].dim,
					   cases[i].queries, cases[i].k, (enum wp_similarity)s,
					   threads),
					"%zu x %zu, %zu queries, best %zu, %s, %d threads",
					cases[i].count, cases[i].dim, cases[i].queries,
					cases[i].k, s == WP_COSINE ? "cosine" : "dot", threads);
}

/* Rows that lie so close together that rough comparisons cannot tell them apart, in groups,
 * some equal, some of zeros, some hardly longer. */
static float *crowded_rows(size_t count, size_t dim)
{
	struct wp_rng rng;
	float *v = must_alloc(count * dim, sizeof *v);
	static const float apart[] = {0, 1e-7f, 1e-5f, 1e-3f, 0.02f};
	wp_rng_seed(&rng, dim, count);
	for (size_t r = 0; r < count; r++)
		for (size_t d = 0; d < dim; d++) {
			float x = wp_rng_float(&rng) - 0.5f;
			size_t group = r % 40;
			bool first = r < 40;
			v[r * dim + d] = first || group > 35
				? x
				: v[group * dim + d] + x * apart[r / 40 % 5];
		}
	for (size_t r = 0; r < count; r++)
		for (size_t d = 0; d < dim; d++)
			v[r * dim + d] *= r % 97 == 13 ? 0
				: r % 89 == 7          ? 1e-40f
				: r % 83 == 5          ? 1e-30f
				: r % 79 == 3          ? 1e15f
						       : 1;
	return v;
}

/* Exactly the rows, in exactly the order, of comparing all of them one by one. */
static bool nothing_is_missed(size_t count, size_t dim, size_t queries, size_t k,
	enum wp_similarity similarity, bool screened, int threads)
{
	float *v = crowded_rows(count, dim);
	float *q = must_alloc(queries * dim, sizeof *q);
	struct wp_match *match = must_alloc(queries * k, sizeof *match);
	bool *taken = must_alloc(count, sizeof *taken);
	struct wp_rows rows;
	bool good = !wp_rows_init(&rows, v, count, dim, similarity, NULL) &&
		(!screened || !wp_rows_screen(&rows, threads));
	for (size_t i = 0; i < queries; i++)
		memcpy(q + i * dim, v + i * 7 % count * dim, dim * sizeof *v);
	good = good && !wp_nearest(&rows, q, queries, NULL, k, threads, match);
	for (size_t i = 0; i < queries && good; i++) {
		memset(taken, 0, count * sizeof *taken);
		for (size_t m = 0; m < k && good; m++) {
			size_t best = count;
			float score = 0;
			for (size_t r = 0; r < count; r++) {
				float own = wp_rows_compare(&rows, i * 7 % count, r);
				if (!taken[r] && (best == count || own > score)) {
					best = r;
					score = own;
				}
			}
			if (best < count)
				taken[best] = true;
			good = match[i * k + m].row ==
				(best < count ? (int32_t)best : WP_NO_ROW);
			good = good && (best == count || match[i * k + m].score == score);
		}
	}
	wp_rows_fini(&rows);
	free(v);
	free(q);
	free(match);
	free(taken);
	return good;
}

static void exact(void)
{
	static const struct {
		size_t count, dim, queries, k;
	} cases[] = {{1, 1, 1, 1}, {64, 3, 7, 5}, {65, 4, 8, 70}, {700, 17, 13, 10},
		{1500, 100, 5, 10}, {2100, 65, 2, 3}, {300, 300, 30, 1}};
	for (enum wp_isa isa = WP_ISA_PLAIN; isa <= WP_ISA_AVX512; isa++) {
		setenv("WORDPIPE_ISA", wp_isa_name(isa), 1);
		if (wp_cpu_isa() != isa)
			continue;
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
			for (int s = WP_COSINE; s <= WP_DOT; s++)
				for (int screened = 0; screened <= 1; screened++)
					ok(nothing_is_missed(cases[i].count, cases[i].dim,
						   cases[i].queries, cases[i].k,
						   (enum wp_similarity)s, screened, 1 + i % 2),
						"%s, %zu x %zu, best %zu, %s%s: exact",
						wp_isa_name(isa), cases[i].count, cases[i].dim,
						cases[i].k, s == WP_COSINE ? "cosine" : "dot",
						screened ? ", screened" : "");
	}
	unsetenv("WORDPIPE_ISA");
}

/* The kernels against sums of whole numbers, and the codes against the rows. */
static bool kernels_are_right(const struct wp_screen_kernels *k, size_t dim, size_t n)
{
	size_t groups = (dim + 3) / 4;
	float *v = random_rows(WP_SCREEN_TILE, dim, dim);
	uint8_t *tile;
	_Alignas(64) float scale[WP_SCREEN_TILE], error[WP_SCREEN_TILE];
	int8_t *code = must_alloc(n * groups, 4);
	struct wp_screen_query *query = must_alloc(n, sizeof *query);
	uint64_t *hit = must_alloc(n, sizeof *hit);
	struct wp_rng rng;
	bool good = !wp_table_alloc(&tile, WP_SCREEN_TILE * groups * 4, "test");
	wp_rng_seed(&rng, n, 0);
	for (size_t r = 0; r < WP_SCREEN_TILE && good; r++) {
		double off = 0;
		scale[r] = k->encode(v + r * dim, dim, tile + r * 4, &error[r]);
		for (size_t d = 0; d < dim; d++) {
			int c = tile[(d / 4 * WP_SCREEN_TILE + r) * 4 + d % 4] - k->offset;
			double x = (double)v[r * dim + d] - c * (double)scale[r];
			good = good && abs(c) <= k->levels;
			off += x * x;
		}
		good = good && fabs(sqrt(off) - (double)error[r]) < 1e-5;
	}
	for (size_t i = 0; i < n; i++) {
		query[i] = (struct wp_screen_query){.code = code + i * groups * 4, .spread = 1};
		for (size_t d = 0; d < dim; d++) {
			code[i * groups * 4 + d] = (int8_t)((int)wp_rng_below(&rng, 255) - 127);
			query[i].start -= k->offset * code[i * groups * 4 + d];
		}
		query[i].least = (wp_rng_float(&rng) - 0.5f) * 64;
	}
	k->hits(tile, groups, scale, error, query, n, hit);
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < WP_SCREEN_TILE; r++) {
			long sum = 0;
			for (size_t d = 0; d < dim; d++)
				sum += (tile[(d / 4 * WP_SCREEN_TILE + r) * 4 + d % 4] -
					       k->offset) *
					code[i * groups * 4 + d];
			double most = (double)sum * (double)scale[r] + (double)error[r];
			double over = most - (double)query[i].least;
			if (fabs(over) > 1e-4)
				good = good && (hit[i] >> r & 1) == (over > 0);
		}
	free(v);
	free(tile);
	free(code);
	free(query);
	free(hit);
	return good;
}

static void kernels(void)
{
	for (enum wp_isa isa = WP_ISA_AVX2; isa <= wp_cpu_isa(); isa++)
		for (size_t dim = 1; dim < 40; dim += 3)
			ok(kernels_are_right(wp_screen_kernels(isa), dim, dim),
				"products in eight bits, %s, %zu columns", wp_isa_name(isa),
				dim);
}

static bool analogies_are_right(size_t count, size_t dim, size_t n, size_t k,
	enum wp_analogy_method method, bool with_words, int threads)
{
	struct wp_rng rng;
	float *v = random_rows(count, dim, dim);
	struct wp_analogy *q = must_alloc(n, sizeof *q);
	struct wp_match *match = must_alloc(n * k, sizeof *match);
	int32_t *word = must_alloc(count, sizeof *word);
	double *score = must_alloc(count, sizeof *score);
	bool *excluded = must_alloc(count, sizeof *excluded);
	struct wp_rows rows;
	wp_rng_seed(&rng, n, 0);
	for (size_t r = 0; r < count; r++)
		word[r] = with_words ? (int32_t)(r % (count / 2)) : (int32_t)r;
	for (size_t i = 0; i < n; i++)
		q[i] = (struct wp_analogy){(int32_t)wp_rng_below(&rng, (uint32_t)count),
			(int32_t)wp_rng_below(&rng, (uint32_t)count),
			(int32_t)wp_rng_below(&rng, (uint32_t)count)};
	bool good = !wp_rows_init(&rows, v, count, dim, WP_COSINE, NULL) &&
		!wp_analogies(&rows, q, n, method, with_words ? word : NULL, k, threads, match);
	for (size_t i = 0; i < n && good; i += n / 11 + 1) {
		const float *a = v + (size_t)q[i].a * dim, *b = v + (size_t)q[i].b * dim;
		const float *c = v + (size_t)q[i].c * dim;
		for (size_t r = 0; r < count; r++) {
			const float *x = v + r * dim;
			double xa = cosine(x, a, dim), xb = cosine(x, b, dim);
			double xc = cosine(x, c, dim);
			score[r] = method == WP_3COSADD
				? xb - xa + xc
				: (1 + xb) / 2 * (1 + xc) / 2 / ((1 + xa) / 2 + 0.001);
			excluded[r] = word[r] == word[q[i].a] || word[r] == word[q[i].b] ||
				word[r] == word[q[i].c];
		}
		/* Near cos(x, a) = -1 the quotient magnifies the rounding of the cosine. */
		double relative = method == WP_3COSMUL ? 2e-4 : 0;
		good = are_best(score, excluded, count, match + i * k, k, relative);
	}
	wp_rows_fini(&rows);
	free(v);
	free(q);
	free(match);
	free(word);
	free(score);
	free(excluded);
	return good;
}

static void analogies(void)
{
	static const struct {
		size_t count, dim, n, k;
	} cases[] = {{4, 2, 3, 5}, {300, 10, 50, 10}, {3000, 20, 900, 1}, {1500, 8, 2000, 3}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int method = WP_3COSADD; method <= WP_3COSMUL; method++)
			for (int words = 0; words <= 1; words++)
				ok(analogies_are_right(cases[i].count, cases[i].dim, cases[i].n,
					   cases[i].k, (enum wp_analogy_method)method, words,
					   1 + words),
					"%zu x %zu, %zu analogies, best %zu, %s, %s",
					cases[i].count, cases[i].dim, cases[i].n, cases[i].k,
					method == WP_3COSADD ? "3CosAdd" : "3CosMul",
					words ? "words of several rows" : "a row a word");
}

/* Equal rows are found in the order of their numbers, whatever thread finds them first. */
static void ties(void)
{
	enum { COUNT = 6000, K = 20 };
	float *v = must_alloc(COUNT, sizeof *v);
	struct wp_match match[K];
	struct wp_rows rows;
	float query = 1;
	for (size_t i = 0; i < COUNT; i++)
		v[i] = i % 2 ? 3.0f : -1.0f;
	bool ordered = !wp_rows_init(&rows, v, COUNT, 1, WP_COSINE, NULL) &&
		!wp_nearest(&rows, &query, 1, NULL, K, 4, match);
	for (int i = 0; i < K && ordered; i++)
		ordered = match[i].row == 2 * i + 1;
	ok(ordered, "equal scores come in the order of the rows");
	wp_rows_fini(&rows);
	free(v);
}

static void numbers_that_are_none(void)
{
	float v[] = {1, 2, 3, NAN}, big[] = {1, 2, 1e30f, 1}, tiny[] = {1e-30f, 0, 0, 1};
	struct wp_rows rows;
	ok(wp_rows_init(&rows, v, 2, 2, WP_COSINE, NULL) == WP_ECORRUPT &&
			strstr(wp_error_detail(), "row 1"),
		"NaN is refused: %s", wp_error_detail());
	v[3] = INFINITY;
	ok(wp_rows_init(&rows, v, 2, 2, WP_DOT, NULL) == WP_ECORRUPT, "infinity is refused");
	ok(wp_rows_init(&rows, big, 2, 2, WP_COSINE, NULL) == WP_ECORRUPT, "1e30 is refused");
	ok(!wp_rows_init(&rows, tiny, 2, 2, WP_COSINE, NULL), "1e-30 is not");
	struct wp_match match;
	float query[] = {1, 0};
	ok(!wp_nearest(&rows, query, 1, NULL, 1, 1, &match) && match.row == 0 &&
			fabs((double)match.score - 1) < 1e-6,
		"and has a direction");
	query[0] = NAN;
	ok(wp_nearest(&rows, query, 1, NULL, 1, 1, &match) == WP_ECORRUPT,
		"a query with NaN is refused");
	wp_rows_fini(&rows);
}

/* Each allocation fails once; nothing leaks and nothing breaks. */
static void out_of_memory(void)
{
	float *v = random_rows(600, 4, 1);
	struct wp_analogy q = {1, 2, 3};
	struct wp_match match;
	enum wp_err err = WP_ENOMEM;
	int failures = 0;
	for (long n = 1; err == WP_ENOMEM; n++, failures++) {
		struct wp_rows rows;
		wp_alloc_fail_at(n);
		err = wp_rows_init(&rows, v, 600, 4, WP_COSINE, NULL);
		if (!err)
			err = wp_nearest(&rows, v, 1, NULL, 1, 1, &match);
		if (!err)
			err = wp_rows_screen(&rows, 1);
		if (!err)
			err = wp_nearest(&rows, v, 1, NULL, 1, 1, &match);
		if (!err)
			err = wp_analogies(&rows, &q, 1, WP_3COSADD, NULL, 1, 1, &match);
		wp_alloc_fail_at(0);
		wp_rows_fini(&rows);
	}
	ok(err == WP_OK && failures > 8, "%d allocations failed one by one", failures - 1);
	free(v);
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	nearest();
	exact();
	kernels();
	analogies();
	ties();
	numbers_that_are_none();
	out_of_memory();
	return done_testing();
}
