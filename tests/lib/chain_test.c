/* Linear chains: every sequence of tags by itself against what chain.h makes of all of them. */
#include "math/chain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/random.h"
#include "tap.h"

enum { T = 3, N = 5, ALL = 243 };

enum { FIRST = 3, EXTRA = FIRST + 2 * (N - 1) * T }; /* entries begin at FIRST */

/* The same problem in both precisions; with_extra: with scores of transitions at single steps,
 * some of them of the same pair. */
struct problem {
	double unary[N * T], transition[T * T], start[T], end[T];
	bool with_extra;
	size_t begin[N + 1];
	uint32_t pair[EXTRA];
	double extra[EXTRA];
};

static double between(struct wp_rng *rng, double low, double high)
{
	return low + (high - low) * wp_rng_double(rng);
}

static void make(
	struct problem *p, struct wp_rng *rng, double size, bool forbid, bool with_extra)
{
	size_t k = FIRST;
	memset(p, 0, sizeof *p);
	p->with_extra = with_extra;
	p->begin[0] = p->begin[1] = k;
	for (int t = 1; t < N; t++) {
		uint32_t entries = with_extra ? wp_rng_below(rng, 2 * T + 1) : 0;
		for (uint32_t i = 0; i < entries; i++, k++) {
			p->pair[k] = wp_chain_pair(wp_rng_below(rng, T), wp_rng_below(rng, T));
			p->extra[k] = between(rng, -size, size);
		}
		p->begin[t + 1] = k;
	}
	double *part[] = {p->unary, p->transition, p->start, p->end};
	size_t length[] = {N * T, T * T, T, T};
	for (int j = 0; j < 4; j++)
		for (size_t i = 0; i < length[j]; i++)
			part[j][i] = forbid && wp_rng_below(rng, 4) == 0
				? -INFINITY
				: between(rng, -size, size);
}

/* By enumeration: the score of each sequence, log Z, and expectations. */
struct truth {
	double score[ALL], log_z, marginal[N * T], transition[T * T], start[T], end[T];
	double extra[EXTRA];
	int count;
};

/* What entries of step t say of that pair of tags. */
static double extra_of(const struct problem *p, int t, int from, int to)
{
	double sum = 0;
	for (size_t k = p->begin[t]; k < p->begin[t + 1]; k++)
		sum += p->pair[k] == wp_chain_pair((size_t)from, (size_t)to) ? p->extra[k] : 0;
	return sum;
}

static void tags_of(int code, int n, int32_t *tags)
{
	for (int t = 0; t < n; t++, code /= T)
		tags[t] = code % T;
}

static void enumerate(const struct problem *p, int n, struct truth *truth)
{
	double z = 0, most = -INFINITY;
	memset(truth, 0, sizeof *truth);
	truth->count = (int)(pow(T, n) + 0.5);
	for (int code = 0; code < truth->count; code++) {
		int32_t y[N];
		tags_of(code, n, y);
		double score = p->start[y[0]] + p->end[y[n - 1]];
		for (int t = 0; t < n; t++)
			score += p->unary[t * T + y[t]] +
				(t ? p->transition[y[t - 1] * T + y[t]] +
							extra_of(p, t, y[t - 1], y[t])
				   : 0);
		truth->score[code] = score;
		most = score > most ? score : most;
	}
	for (int code = 0; code < truth->count; code++)
		z += most > -INFINITY ? exp(truth->score[code] - most) : 0;
	truth->log_z = z > 0 ? most + log(z) : -INFINITY;
	for (int code = 0; code < truth->count && z > 0; code++) {
		double share = exp(truth->score[code] - truth->log_z);
		int32_t y[N];
		tags_of(code, n, y);
		truth->start[y[0]] += share;
		truth->end[y[n - 1]] += share;
		for (int t = 0; t < n; t++) {
			truth->marginal[t * T + y[t]] += share;
			if (t)
				truth->transition[y[t - 1] * T + y[t]] += share;
			for (size_t k = p->begin[t]; k < p->begin[t + 1]; k++)
				if (p->pair[k] == wp_chain_pair((size_t)y[t - 1], (size_t)y[t]))
					truth->extra[k] += share;
		}
	}
}

static bool near(double a, double b, double tolerance)
{
	return a == b || fabs(a - b) <= tolerance * (1 + fabs(b));
}

static bool all_near(const double *a, const double *b, size_t n, double tolerance)
{
	for (size_t i = 0; i < n; i++)
		if (!near(a[i], b[i], tolerance))
			return false;
	return true;
}

static int by_score(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x < y) - (x > y);
}

static bool agree_f64(const struct problem *p, int n, struct wp_chain_work *work)
{
	struct truth truth;
	enumerate(p, n, &truth);
	struct wp_chain_f64 *chain;
	if (wp_chain_f64_create(&chain, T))
		return false;
	wp_chain_f64_set(chain, p->transition, p->start, p->end);
	double marginal[N * T], transition[T * T] = {0}, start[T] = {0}, end[T] = {0}, log_z;
	double entries[EXTRA] = {0};
	struct wp_chain_sums_f64 sums = {transition, start, end, entries};
	struct wp_chain_extra_f64 all = {p->begin, p->pair, p->extra},
				  *extra = p->with_extra ? &all : NULL;
	bool good = !wp_chain_f64_marginals(chain, work, p->unary, T, (size_t)n, extra,
			    marginal, T, &sums, &log_z) &&
		all_near(entries, truth.extra, EXTRA, 1e-12) &&
		near(log_z, truth.log_z, 1e-12) &&
		all_near(marginal, truth.marginal, (size_t)n * T, 1e-12) &&
		all_near(transition, truth.transition, T * T, 1e-12) &&
		all_near(start, truth.start, T, 1e-12) && all_near(end, truth.end, T, 1e-12);

	int32_t tags[N], best[ALL * N];
	double score, scores[ALL];
	size_t found;
	good = good &&
		!wp_chain_f64_viterbi(
			chain, work, p->unary, T, (size_t)n, extra, tags, &score) &&
		!wp_chain_f64_best(
			chain, work, p->unary, T, (size_t)n, extra, ALL, best, scores, &found);
	qsort(truth.score, (size_t)truth.count, sizeof *truth.score, by_score);
	good = good && near(score, truth.score[0], 1e-12);
	size_t possible = 0;
	while (possible < (size_t)truth.count && truth.score[possible] > -INFINITY)
		possible++;
	good = good && found == possible && all_near(scores, truth.score, found, 1e-12);
	for (size_t k = 0; k < found && good; k++)
		good = near(wp_chain_f64_score(
				    chain, p->unary, T, (size_t)n, extra, best + k * (size_t)n),
			scores[k], 1e-12);
	good = good &&
		(found == 0 || memcmp(best, tags, (size_t)n * sizeof *tags) == 0 ||
			(found > 1 && near(scores[0], scores[1], 1e-12)));
	wp_chain_f64_free(chain);
	return good;
}

static bool agree_f32(const struct problem *p, int n, struct wp_chain_work *work)
{
	struct truth truth;
	enumerate(p, n, &truth);
	float unary[N * T], transition[T * T], start[T], end[T];
	for (int i = 0; i < N * T; i++)
		unary[i] = (float)p->unary[i];
	for (int i = 0; i < T * T; i++)
		transition[i] = (float)p->transition[i];
	for (int i = 0; i < T; i++) {
		start[i] = (float)p->start[i];
		end[i] = (float)p->end[i];
	}
	struct wp_chain_f32 *chain;
	if (wp_chain_f32_create(&chain, T))
		return false;
	wp_chain_f32_set(chain, transition, start, end);
	double log_z, score;
	float marginal[N * T], sum[T * T] = {0}, entries[EXTRA] = {0}, scores[EXTRA];
	int32_t tags[N];
	for (int k = 0; k < EXTRA; k++)
		scores[k] = (float)p->extra[k];
	/* Sums of large scores are rounded to float before they are exponents. */
	double tolerance = p->with_extra ? 1e-3 : 2e-5, of_logs = p->with_extra ? 1e-3 : 1e-5;
	struct wp_chain_sums_f32 sums = {.transition = sum, .extra = entries};
	struct wp_chain_extra_f32 all = {p->begin, p->pair, scores},
				  *extra = p->with_extra ? &all : NULL;
	bool good = !wp_chain_f32_marginals(chain, work, unary, T, (size_t)n, extra, marginal,
			    T, &sums, &log_z) &&
		near(log_z, truth.log_z, of_logs) &&
		!wp_chain_f32_viterbi(chain, work, unary, T, (size_t)n, extra, tags, &score);
	for (int k = 0; k < EXTRA && good; k++)
		good = near((double)entries[k], truth.extra[k], tolerance);
	for (int i = 0; i < n * T && good; i++)
		good = near((double)marginal[i], truth.marginal[i], tolerance);
	for (int i = 0; i < T * T && good; i++)
		good = near((double)sum[i], truth.transition[i], 2.5 * tolerance);
	qsort(truth.score, (size_t)truth.count, sizeof *truth.score, by_score);
	good = good && near(score, truth.score[0], of_logs);
	wp_chain_f32_free(chain);
	return good;
}

static void against_enumeration(void)
{
	struct wp_chain_work *work;
	if (wp_chain_work_create(&work))
		abort();
	struct wp_rng rng;
	wp_rng_seed(&rng, 1, 0);
	static const double sizes[] = {1, 10, 300};
	for (int k = 0; k < 12; k++) {
		bool good_f64 = true, good_f32 = true, forbid = k / 3 % 2, with_extra = k >= 6;
		for (int trial = 0; trial < 100; trial++) {
			struct problem p;
			make(&p, &rng, sizes[k % 3], forbid, with_extra);
			for (int n = 1; n <= N; n++) {
				good_f64 = good_f64 && agree_f64(&p, n, work);
				good_f32 = good_f32 && agree_f32(&p, n, work);
			}
		}
		const char *which = forbid ? ", some forbidden" : "",
			   *more = with_extra ? ", and scores of single steps" : "";
		ok(good_f64, "double: scores to %g%s%s: as by enumeration", sizes[k % 3], which,
			more);
		ok(good_f32, "float: scores to %g%s%s: as by enumeration", sizes[k % 3], which,
			more);
	}
	wp_chain_work_free(work);
}

/* Finite differences of the log-likelihood, for many tags, so that rows are wide and odd. */
static void gradients(int tags, bool with_extra)
{
	enum { STEPS = 7, MORE = 100 };
	size_t n = STEPS, count = (size_t)tags, size = n * count, pairs = count * count;
	size_t all = size + pairs + 2 * count + MORE;
	struct wp_rng rng;
	wp_rng_seed(&rng, 2, (uint64_t)tags);
	double *x = calloc(2 * all, sizeof *x), *g = x + all;
	size_t begin[STEPS + 1] = {0};
	uint32_t pair[MORE];
	int32_t y[STEPS];
	struct wp_chain_f64 *chain;
	struct wp_chain_work *work;
	if (!x || wp_chain_f64_create(&chain, tags) || wp_chain_work_create(&work))
		abort();
	for (size_t i = 0; i < all; i++)
		x[i] = between(&rng, -2, 2);
	for (size_t t = 0; t < n; t++)
		y[t] = (int32_t)wp_rng_below(&rng, (uint32_t)tags);
	for (size_t t = 1; t <= n; t++)
		begin[t] = (t - 1) * MORE / (n - 1);
	for (size_t k = 0; k < MORE; k++)
		pair[k] = wp_chain_pair(
			wp_rng_below(&rng, (uint32_t)tags), wp_rng_below(&rng, (uint32_t)tags));
	for (size_t t = 1; t < n; t++)
		pair[begin[t]] = wp_chain_pair((size_t)y[t - 1], (size_t)y[t]);
	double *part[] = {
		x, x + size, x + size + pairs, x + size + pairs + count, x + all - MORE};
	struct wp_chain_sums_f64 sums = {g + size, g + size + pairs, g + size + pairs + count,
		with_extra ? g + all - MORE : NULL};
	struct wp_chain_extra_f64 entries = {begin, pair, part[4]},
				  *extra = with_extra ? &entries : NULL;
	double likelihood, worst = 0;
	wp_chain_f64_set(chain, part[1], part[2], part[3]);
	if (wp_chain_f64_gradient(
		    chain, work, x, count, n, extra, y, g, count, &sums, &likelihood))
		abort();
	for (int trial = 0; trial < 200; trial++) {
		size_t i = wp_rng_below(&rng, (uint32_t)all);
		if (trial % 4 == 0) /* there are few of these */
			i = all - 1 - wp_rng_below(&rng, MORE);
		double was = x[i], value[2], h = 1e-5;
		for (int side = 0; side < 2; side++) {
			double log_z;
			x[i] = was + (side ? h : -h);
			wp_chain_f64_set(chain, part[1], part[2], part[3]);
			if (wp_chain_f64_marginals(
				    chain, work, x, count, n, extra, NULL, 0, NULL, &log_z))
				abort();
			value[side] = wp_chain_f64_score(chain, x, count, n, extra, y) - log_z;
		}
		x[i] = was;
		double error = fabs((value[1] - value[0]) / (2 * h) - g[i]);
		worst = error > worst ? error : worst;
	}
	ok(worst < 1e-8, "%d tags%s: the gradient is that of finite differences: %.1e", tags,
		with_extra ? ", scores of single steps" : "", worst);
	wp_chain_f64_free(chain);
	wp_chain_work_free(work);
	free(x);
}

/* A longer chain, whose probability is far below the range of float. */
static void long_chain(void)
{
	enum { LONG = 5000, TAGS = 22 };
	float *unary = calloc((size_t)LONG * TAGS, sizeof *unary), *marginal;
	double *wide = calloc((size_t)LONG * TAGS, sizeof *wide), log_z[2];
	marginal = calloc((size_t)LONG * TAGS, sizeof *marginal);
	struct wp_chain_f32 *f32;
	struct wp_chain_f64 *f64;
	struct wp_chain_work *work;
	if (!unary || !wide || !marginal || wp_chain_f32_create(&f32, TAGS) ||
		wp_chain_f64_create(&f64, TAGS) || wp_chain_work_create(&work))
		abort();
	struct wp_rng rng;
	wp_rng_seed(&rng, 3, 0);
	for (size_t i = 0; i < (size_t)LONG * TAGS; i++)
		wide[i] = unary[i] = (float)between(&rng, -20, 20);
	bool good = !wp_chain_f32_marginals(f32, work, unary, TAGS, LONG, NULL, marginal, TAGS,
			    NULL, &log_z[0]) &&
		!wp_chain_f64_marginals(
			f64, work, wide, TAGS, LONG, NULL, wide, TAGS, NULL, &log_z[1]);
	double worst = 0;
	for (size_t i = 0; i < (size_t)LONG * TAGS; i++)
		worst = fmax(worst, fabs((double)marginal[i] - wide[i]));
	ok(good && near(log_z[0], log_z[1], 1e-6) && worst < 1e-5,
		"5000 steps in float as in double, in place: %.1e", worst);
	wp_chain_f32_free(f32);
	wp_chain_f64_free(f64);
	wp_chain_work_free(work);
	free(unary);
	free(wide);
	free(marginal);
}

static void odds_and_ends(void)
{
	struct wp_chain_f64 *chain;
	struct wp_chain_work *work;
	ok(wp_chain_f64_create(&chain, 0) == WP_EINVAL && !chain, "no tags: refused");
	if (wp_chain_f64_create(&chain, 2) || wp_chain_work_create(&work))
		abort();
	double log_z = 1, score = 1, potential[] = {0.5, 0.25, 0.125, 0.5};
	size_t found;
	int32_t tags[2];
	ok(!wp_chain_f64_marginals(chain, work, NULL, 2, 0, NULL, NULL, 0, NULL, &log_z) &&
			log_z == 0 &&
			!wp_chain_f64_viterbi(chain, work, NULL, 2, 0, NULL, NULL, &score) &&
			score == 0 &&
			!wp_chain_f64_best(
				chain, work, NULL, 2, 0, NULL, 1, NULL, &score, &found) &&
			found == 1,
		"an empty sequence has one sequence of tags, of score 0");
	ok(!wp_chain_f64_posteriors(chain, work, potential, 2, 2, potential, 2, NULL, &log_z) &&
			near(log_z, log(0.75 * 0.625), 1e-14) &&
			near(potential[0], 2. / 3, 1e-14),
		"potentials as probabilities");
	double equal[] = {1, 1, 1, 1};
	ok(!wp_chain_f64_viterbi(chain, work, equal, 2, 2, NULL, tags, &score) &&
			tags[0] == 0 && tags[1] == 0,
		"of equal sequences the first");
	wp_chain_f64_free(chain);
	wp_chain_work_free(work);
}

int main(void)
{
	static const char *const isas[] = {"plain", "avx2", "avx512"};
	for (int i = 0; i < 3; i++) {
		setenv("WORDPIPE_ISA", isas[i], 1);
		printf("# %s\n", wp_isa_name(wp_cpu_isa()));
		against_enumeration();
		static const int widths[] = {1, 2, 8, 9, 17, 22, 33, 70, 100};
		for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
			for (int extra = 0; extra < 2; extra++)
				gradients(widths[k], extra);
		long_chain();
	}
	odds_and_ends();
	return done_testing();
}
