#include "nn/analysis/clip_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const double wp_clip_quantiles[WP_CLIP_QUANTILES] = {
	0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1};

/* The tensor called `name`, with `steps` rows of `columns` elements (0: rank 1). */
static enum wp_err get(const struct wp_tensor_set *set, const char *name, enum wp_type type,
	uint64_t steps, uint64_t columns, const void **data)
{
	const struct wp_tensor *t = wp_tensor_set_get(set, name, data);
	if (!t)
		return wp_fail(WP_EMISMATCH,
			"%s: no tensor '%s': not what rnn-train --gradients writes",
			wp_tensor_set_name(set), name);
	bool fits = t->type == type && t->rank == (columns ? 2 : 1) && t->dim[0] == steps &&
		(!columns || t->dim[1] == columns);
	char shape[64];
	if (!fits)
		return wp_fail(WP_EMISMATCH, "%s: '%s' is %s of shape %s, which does not fit",
			wp_tensor_set_name(set), name, wp_type_name(t->type),
			wp_tensor_shape(t, shape, sizeof shape));
	return WP_OK;
}

enum wp_err wp_clip_record_get(struct wp_clip_record *record, const struct wp_tensor_set *set)
{
	const void *data;
	const struct wp_tensor *step = wp_tensor_set_get(set, "gradients.step", &data);
	const struct wp_tensor *threshold;
	enum wp_err err;
	*record =
		(struct wp_clip_record){.names = wp_tensor_set_strings(set, "gradients.names")};
	if (!step || !record->names || step->type != WP_I64 || step->rank != 1)
		return wp_fail(WP_EMISMATCH, "%s: not what rnn-train --gradients writes",
			wp_tensor_set_name(set));
	record->step = data;
	uint64_t steps = step->dim[0];
	record->steps = (size_t)steps;
	record->groups = record->names->count;
	if ((err = get(set, "gradients.norm", WP_F32, steps, 0, &data)))
		return err;
	record->norm = data;
	if ((err = get(set, "gradients.clipped", WP_F32, steps, 0, &data)))
		return err;
	record->clipped = data;
	if ((err = get(set, "gradients.loss", WP_F32, steps, 0, &data)))
		return err;
	record->loss = data;
	if ((err = get(set, "gradients.groups", WP_F32, steps, record->groups, &data)))
		return err;
	record->group = data;
	threshold = wp_tensor_set_get(set, "gradients.threshold", &data);
	if (threshold && threshold->type == WP_F64 && threshold->rank == 0)
		memcpy(&record->threshold, data, sizeof record->threshold);
	return WP_OK;
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

/* Of n sorted values, linear between two of them (R's type 7, NumPy's default). */
static double quantile(const float *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t below = (size_t)at;
	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Copy the finite ones of n values, `stride` apart, sort them, and say how many. */
static size_t sort_finite(float *to, const float *from, size_t n, size_t stride)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(from[i * stride]))
			to[count++] = from[i * stride];
	qsort(to, count, sizeof *to, by_size);
	return count;
}

static bool was_clipped(const struct wp_clip_record *r, size_t i)
{
	return isfinite(r->norm[i]) && r->clipped[i] < r->norm[i];
}

static void sum_up_parts(
	struct wp_clip_stats *stats, const struct wp_clip_record *r, float *scratch)
{
	stats->parts = r->steps < WP_CLIP_PARTS ? r->steps : WP_CLIP_PARTS;
	for (size_t p = 0; p < stats->parts; p++) {
		struct wp_clip_part *part = &stats->part[p];
		size_t end = r->steps * (p + 1) / stats->parts;
		part->first = r->steps * p / stats->parts;
		part->steps = end - part->first;
		for (size_t i = part->first; i < end; i++) {
			part->clipped += was_clipped(r, i);
			part->loss += (double)r->loss[i] / (double)part->steps;
		}
		size_t n = sort_finite(scratch, r->norm + part->first, part->steps, 1);
		part->median = n ? quantile(scratch, n, 0.5) : NAN;
		part->largest = n ? scratch[n - 1] : NAN;
	}
}

/* Keep the listed spikes in order of their ratio to the usual norm, the largest first. */
static void list_spike(
	struct wp_clip_stats *stats, const struct wp_clip_record *r, struct wp_clip_spike spike)
{
	size_t place = stats->listed;
	double ratio = r->norm[spike.at] / spike.usual;
	while (place > 0 &&
		r->norm[stats->spike[place - 1].at] / stats->spike[place - 1].usual < ratio)
		place--;
	if (place == WP_CLIP_SPIKES)
		return;
	if (stats->listed < WP_CLIP_SPIKES)
		stats->listed++;
	memmove(&stats->spike[place + 1], &stats->spike[place],
		(stats->listed - 1 - place) * sizeof spike);
	stats->spike[place] = spike;
}

/* The window of the steps before is kept sorted, so that its median costs one insertion. */
static void find_spikes(
	struct wp_clip_stats *stats, const struct wp_clip_record *r, double spike_ratio)
{
	float window[WP_CLIP_BEHIND], sorted[WP_CLIP_BEHIND];
	size_t seen = 0, held = 0;
	for (size_t i = 0; i < r->steps; i++) {
		float norm = r->norm[i];
		if (!isfinite(norm))
			continue;
		double usual = held ? quantile(sorted, held, 0.5) : 0;
		if (held >= WP_CLIP_BEHIND / 10 && norm > spike_ratio * usual) {
			stats->spikes++;
			list_spike(stats, r, (struct wp_clip_spike){i, usual});
		}
		if (held == WP_CLIP_BEHIND) { /* the oldest one leaves */
			size_t out = 0;
			while (sorted[out] != window[seen % WP_CLIP_BEHIND])
				out++;
			held--;
			memmove(sorted + out, sorted + out + 1, (held - out) * sizeof *sorted);
		}
		size_t in = held++;
		for (; in > 0 && sorted[in - 1] > norm; in--)
			sorted[in] = sorted[in - 1];
		sorted[in] = norm;
		window[seen++ % WP_CLIP_BEHIND] = norm;
	}
}

/* Bins of equal width in the logarithm, on bounds 1, 2, 5 times powers of ten; what is below
 * the first one counts there. */
static void fill_histogram(struct wp_clip_stats *stats, const float *sorted, size_t n)
{
	static const double mantissa[] = {1, 2, 5};
	double last = sorted[n - 1], least = sorted[n / 100];
	if (least <= 0)
		least = last * 1e-6;
	int k = last > 0 ? 3 * (int)floor(log10(least)) : 0;
	size_t i = 0;
	for (; stats->bins < WP_CLIP_BINS && i < n; k++) {
		int power = k >= 0 ? k / 3 : -((2 - k) / 3), next = k + 1;
		double from = mantissa[k - 3 * power] * pow(10, power);
		int next_power = next >= 0 ? next / 3 : -((2 - next) / 3);
		double to = mantissa[next - 3 * next_power] * pow(10, next_power);
		struct wp_clip_bin bin = {.from = stats->bins ? from : 0, .to = to};
		if (stats->bins + 1 == WP_CLIP_BINS)
			bin.to = INFINITY;
		for (; i < n && sorted[i] < bin.to; i++)
			bin.steps++;
		if (stats->bins || bin.steps)
			stats->bin[stats->bins++] = bin;
	}
}

static enum wp_err sum_up_groups(
	struct wp_clip_stats *stats, const struct wp_clip_record *r, float *scratch)
{
	enum wp_err err = wp_alloc(&stats->group, r->groups, sizeof *stats->group, "groups");
	for (size_t g = 0; !err && g < r->groups; g++) {
		struct wp_clip_group *group = &stats->group[g];
		for (size_t i = 0; i < r->steps; i++) {
			double part = r->group[i * r->groups + g], all = r->norm[i];
			if (isfinite(part) && isfinite(all) && all > 0)
				group->share +=
					part * part / (all * all) / (double)stats->finite;
		}
		size_t n = sort_finite(scratch, r->group + g, r->steps, r->groups);
		group->median = n ? quantile(scratch, n, 0.5) : NAN;
		group->p99 = n ? quantile(scratch, n, 0.99) : NAN;
		group->largest = n ? scratch[n - 1] : NAN;
	}
	return err;
}

enum wp_err wp_clip_stats_init(struct wp_clip_stats *stats, const struct wp_clip_record *record,
	double share, double spike_ratio)
{
	float *sorted;
	*stats = (struct wp_clip_stats){.kept = 1};
	enum wp_err err = wp_alloc(&sorted, record->steps, sizeof *sorted, "norms");
	if (err)
		return err;
	size_t n = stats->finite = sort_finite(sorted, record->norm, record->steps, 1);
	if (n == 0) {
		free(sorted);
		return wp_fail(WP_EMISMATCH, "gradients: no step has a finite norm");
	}
	for (size_t q = 0; q < WP_CLIP_QUANTILES; q++)
		stats->quantile[q] = quantile(sorted, n, wp_clip_quantiles[q]);
	for (size_t i = 0; i < n; i++)
		stats->mean += (double)sorted[i] / (double)n;
	fill_histogram(stats, sorted, n);
	double kept = 0;
	for (size_t i = 0; i < record->steps; i++)
		if (was_clipped(record, i)) {
			stats->clipped++;
			kept += (double)record->clipped[i] / (double)record->norm[i];
		}
	if (stats->clipped)
		stats->kept = kept / (double)stats->clipped;
	sum_up_parts(stats, record, sorted);
	find_spikes(stats, record, spike_ratio);

	/* The first tenth is the start, when gradients are like no later ones. */
	size_t start = record->steps / WP_CLIP_PARTS;
	n = sort_finite(sorted, record->norm + start, record->steps - start, 1);
	stats->suggestion =
		n ? quantile(sorted, n, 1 - share) : stats->quantile[WP_CLIP_QUANTILES - 1];
	err = sum_up_groups(stats, record, sorted);
	free(sorted);
	return err;
}

void wp_clip_stats_fini(struct wp_clip_stats *stats)
{
	free(stats->group);
	stats->group = NULL;
}
