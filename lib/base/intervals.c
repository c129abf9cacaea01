#include "base/intervals.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

static const double z95 = 1.959963984540054; /* of the normal distribution, two-sided */

static const struct wp_interval none = {(double)NAN, (double)NAN};

struct wp_interval wp_interval_of_share(size_t right, size_t n)
{
	if (n == 0)
		return none;
	double p = (double)right / (double)n, m = (double)n, zz = z95 * z95;
	double middle = (p + zz / (2 * m)) / (1 + zz / m);
	double half = z95 * sqrt(p * (1 - p) / m + zz / (4 * m * m)) / (1 + zz / m);
	return (struct wp_interval){fmax(middle - half, 0), fmin(middle + half, 1)};
}

struct wp_interval wp_interval_of_spearman(double rho, size_t n)
{
	if (n < 4 || isnan(rho))
		return none;
	if (fabs(rho) >= 1)
		return (struct wp_interval){rho, rho};
	double z = atanh(rho), half = z95 * sqrt((1 + rho * rho / 2) / ((double)n - 3));
	return (struct wp_interval){tanh(z - half), tanh(z + half)};
}

/* ---- The bootstrap ---- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sort those that are numbers to the front: how many they are. */
static size_t sort_samples(double *sample, int samples)
{
	size_t n = 0;
	for (int i = 0; i < samples; i++)
		if (!isnan(sample[i]))
			sample[n++] = sample[i];
	qsort(sample, n, sizeof *sample, ascending);
	return n;
}

static struct wp_interval middle(const double *sorted, size_t n)
{
	size_t outside = (size_t)(0.025 * (double)(n - 1));
	return (struct wp_interval){sorted[outside], sorted[n - 1 - outside]};
}

struct wp_interval wp_interval_of_samples(double *score, int samples)
{
	size_t n = sort_samples(score, samples);
	return n > 0 ? middle(score, n) : none;
}

void wp_comparison_conclude(struct wp_comparison *c, double *difference, int samples)
{
	size_t n = sort_samples(difference, samples), not_above = 0, not_below = 0;
	c->difference = c->a - c->b;
	c->interval = none;
	c->p = (double)NAN;
	if (n == 0 || isnan(c->difference))
		return;
	for (size_t i = 0; i < n; i++) {
		not_above += difference[i] <= 0;
		not_below += difference[i] >= 0;
	}
	size_t fewer = not_above < not_below ? not_above : not_below;
	c->p = fmin(1, 2 * ((double)fewer + 1) / ((double)n + 1));
	c->interval = middle(difference, n);
}

enum wp_err wp_compare_shares(struct wp_comparison *c, const unsigned char *a,
	const unsigned char *b, size_t n, int samples, uint64_t seed)
{
	double *difference;
	struct wp_rng rng;
	size_t right[2] = {0};
	enum wp_err err = wp_alloc(&difference, (size_t)samples, sizeof *difference, "samples");
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		right[0] += a[i];
		right[1] += b[i];
	}
	c->a = n > 0 ? (double)right[0] / (double)n : (double)NAN;
	c->b = n > 0 ? (double)right[1] / (double)n : (double)NAN;
	wp_rng_seed(&rng, seed, 0);
	for (int s = 0; s < samples; s++) {
		int64_t sum = 0;
		for (size_t i = 0; i < n; i++) {
			uint32_t k = wp_rng_below(&rng, (uint32_t)n);
			sum += (int)a[k] - (int)b[k];
		}
		difference[s] = n > 0 ? (double)sum / (double)n : (double)NAN;
	}
	wp_comparison_conclude(c, difference, samples);
	free(difference);
	return WP_OK;
}

/* Items in ascending order of a value, to rank samples of them without sorting anew. */
struct order {
	size_t *item;
	unsigned char *same; /* as the one before? */
};

struct valued {
	double value;
	size_t item;
};

static int by_value(const void *a, const void *b)
{
	const struct valued *x = a, *y = b;
	return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
				    : (x->item > y->item) - (x->item < y->item);
}

static enum wp_err order_init(struct order *o, const double *value, size_t n)
{
	struct valued *sorted = NULL;
	enum wp_err err = wp_alloc(&sorted, n, sizeof *sorted, "ranks");
	if (!err)
		err = wp_alloc(&o->item, n, sizeof *o->item, "ranks");
	if (!err)
		err = wp_alloc(&o->same, n, 1, "ranks");
	for (size_t i = 0; i < n && !err; i++)
		sorted[i] = (struct valued){value[i], i};
	if (!err)
		qsort(sorted, n, sizeof *sorted, by_value);
	for (size_t i = 0; i < n && !err; i++) {
		o->item[i] = sorted[i].item;
		o->same[i] = i > 0 && sorted[i].value == sorted[i - 1].value;
	}
	free(sorted);
	return err;
}

static void order_fini(struct order *o)
{
	free(o->item);
	free(o->same);
}

/* The ranks, from 1, of a sample that has item i times[i] times; equal values share the mean.
 */
static void rank(const struct order *o, const uint32_t *times, size_t n, double *rank)
{
	uint64_t before = 0;
	for (size_t i = 0, end; i < n; i = end) {
		uint64_t here = times[o->item[i]];
		for (end = i + 1; end < n && o->same[end]; end++)
			here += times[o->item[end]];
		for (size_t j = i; j < end; j++)
			rank[o->item[j]] = (double)before + ((double)here + 1) / 2;
		before += here;
	}
}

static double correlate(
	const double *x, const double *y, const uint32_t *times, size_t n, double mean)
{
	double xx = 0, yy = 0, xy = 0;
	for (size_t i = 0; i < n; i++) {
		double t = times[i], a = x[i] - mean, b = y[i] - mean;
		xx += t * a * a;
		yy += t * b * b;
		xy += t * a * b;
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

enum wp_err wp_compare_spearman(struct wp_comparison *c, const double *truth, const double *a,
	const double *b, size_t n, int samples, uint64_t seed)
{
	const double *value[3] = {truth, a, b};
	struct order order[3] = {{NULL, NULL}};
	uint32_t *times = NULL;
	double *ranks = NULL, *difference = NULL, mean = ((double)n + 1) / 2;
	struct wp_rng rng;
	enum wp_err err = wp_alloc(&times, n, sizeof *times, "samples");
	if (!err)
		err = wp_alloc(&ranks, n, 3 * sizeof *ranks, "ranks");
	if (!err)
		err = wp_alloc(&difference, (size_t)samples, sizeof *difference, "samples");
	for (int k = 0; k < 3 && !err; k++)
		err = order_init(&order[k], value[k], n);
	wp_rng_seed(&rng, seed, 0);
	/* First the items themselves, then the samples. */
	for (int s = -1; s < samples && !err; s++) {
		for (size_t i = 0; i < n; i++)
			times[i] = s < 0;
		for (size_t i = 0; i < n && s >= 0; i++)
			times[wp_rng_below(&rng, (uint32_t)n)]++;
		for (int k = 0; k < 3; k++)
			rank(&order[k], times, n, ranks + (size_t)k * n);
		double x = correlate(ranks, ranks + n, times, n, mean);
		double y = correlate(ranks, ranks + 2 * n, times, n, mean);
		if (s < 0) {
			c->a = x;
			c->b = y;
		} else {
			difference[s] = x - y;
		}
	}
	if (!err)
		wp_comparison_conclude(c, difference, samples);
	for (int k = 0; k < 3; k++)
		order_fini(&order[k]);
	free(times);
	free(ranks);
	free(difference);
	return err;
}
