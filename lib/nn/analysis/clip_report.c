#include "nn/analysis/clip_report.h"

#include <inttypes.h>
#include <math.h>

/* Output with the first failure kept, so that a report need not ask after every line. */
struct report {
	struct wp_output *output;
	enum wp_err err;
};

#define SAY(report, ...) \
	((report)->err = (report)->err ? (report)->err \
				       : wp_output_printf((report)->output, __VA_ARGS__))

static double percent(size_t part, size_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void say_clipping(struct report *r, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats)
{
	SAY(r, "steps      %zu, from %" PRId64 " to %" PRId64 "\n", record->steps,
		record->step[0], record->step[record->steps - 1]);
	if (stats->finite < record->steps)
		SAY(r, "not finite %zu steps, left out below\n", record->steps - stats->finite);
	if (record->threshold > 0)
		SAY(r, "clipped    %zu steps, %.2f %%, at %g", stats->clipped,
			percent(stats->clipped, stats->finite), record->threshold);
	else
		SAY(r, "clipped    none: the run had no threshold");
	if (stats->clipped)
		SAY(r, "; their gradients kept %.3g of their norm, on average", stats->kept);
	SAY(r, "\n");
}

static void say_norms(struct report *r, const struct wp_clip_stats *stats)
{
	SAY(r, "\nnorm of the gradient before clipping: mean %.4g\n", stats->mean);
	for (int q = 0; q < WP_CLIP_QUANTILES; q++)
		SAY(r, "%s%8g%%", q ? " " : "", 100 * wp_clip_quantiles[q]);
	SAY(r, "\n");
	for (int q = 0; q < WP_CLIP_QUANTILES; q++)
		SAY(r, "%s%9.4g", q ? " " : "", stats->quantile[q]);
	SAY(r, "\n");
}

static void say_histogram(struct report *r, const struct wp_clip_stats *stats)
{
	enum { WIDTH = 50 };
	size_t most = 1;
	for (size_t b = 0; b < stats->bins; b++)
		if (stats->bin[b].steps > most)
			most = stats->bin[b].steps;
	SAY(r, "\n%21s %9s\n", "norm", "steps");
	for (size_t b = 0; b < stats->bins; b++) {
		size_t length = (stats->bin[b].steps * WIDTH + most - 1) / most;
		SAY(r, "%9g .. %8g %9zu %.*s\n", stats->bin[b].from, stats->bin[b].to,
			stats->bin[b].steps, (int)length,
			"##################################################");
	}
}

static void say_drift(struct report *r, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats)
{
	SAY(r, "\n%10s %8s %10s %10s %10s %10s\n", "from step", "steps", "median", "largest",
		"clipped", "loss");
	for (size_t p = 0; p < stats->parts; p++) {
		const struct wp_clip_part *part = &stats->part[p];
		SAY(r, "%10" PRId64 " %8zu %10.4g %10.4g %9.2f%% %10.4f\n",
			record->step[part->first], part->steps, part->median, part->largest,
			percent(part->clipped, part->steps), part->loss);
	}
}

static void say_groups(struct report *r, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats)
{
	SAY(r, "\n%-28s %10s %10s %10s %10s\n", "parameters", "median", "99%", "largest",
		"of square");
	for (size_t g = 0; g < record->groups; g++) {
		size_t length;
		const char *name = wp_strings_get(record->names, g, &length);
		SAY(r, "%-28.*s %10.4g %10.4g %10.4g %9.2f%%\n", (int)length, name,
			stats->group[g].median, stats->group[g].p99, stats->group[g].largest,
			100 * stats->group[g].share);
	}
}

static void say_spikes(struct report *r, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats)
{
	SAY(r, "\nspikes     %zu\n", stats->spikes);
	for (size_t s = 0; s < stats->listed; s++) {
		size_t at = stats->spike[s].at;
		SAY(r,
			"           step %" PRId64
			": norm %.4g, %.1f times the usual %.4g; loss %.4f",
			record->step[at], (double)record->norm[at],
			record->norm[at] / stats->spike[s].usual, stats->spike[s].usual,
			(double)record->loss[at]);
		if (at + 1 < record->steps)
			SAY(r, ", then %.4f", (double)record->loss[at + 1]);
		SAY(r, "\n");
	}
}

/* Two digits are as good as a threshold gets. */
static double rounded(double x)
{
	double unit = x > 0 ? pow(10, floor(log10(x)) - 1) : 1;
	return round(x / unit) * unit;
}

static void say_advice(struct report *r, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats, double share)
{
	double usual = stats->quantile[4], largest = stats->quantile[WP_CLIP_QUANTILES - 1];
	SAY(r, "\nadvice     --clip %g\n", rounded(stats->suggestion));
	SAY(r,
		"           It would cut the largest %g %% of the gradients after the first "
		"tenth of\n           the run and leave a usual one, of %.3g, as it is.\n",
		100 * share, usual);
	if (largest < 2 * stats->suggestion)
		SAY(r,
			"           No gradient was twice as large as that: clipping matters "
			"little here.\n");
	if (record->threshold > 0 && stats->clipped == 0)
		SAY(r, "           At %g it never acted.\n", record->threshold);
	else if (record->threshold > 0 && stats->clipped > stats->finite / 2)
		SAY(r,
			"           At %g it acted on most steps: what it did is to set the "
			"learning rate.\n",
			record->threshold);
	if (stats->finite < record->steps)
		SAY(r,
			"           Clipping does not help a gradient that is not finite: "
			"lower the rate.\n");
}

enum wp_err wp_clip_report(struct wp_output *output, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats, double share, bool histogram)
{
	struct report r = {output, WP_OK};
	say_clipping(&r, record, stats);
	say_norms(&r, stats);
	if (histogram)
		say_histogram(&r, stats);
	say_drift(&r, record, stats);
	say_groups(&r, record, stats);
	say_spikes(&r, record, stats);
	say_advice(&r, record, stats, share);
	return r.err;
}

static void table_run(struct report *r, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats)
{
	SAY(r, "run\tall\tsteps\t%zu\n", record->steps);
	SAY(r, "run\tall\tfinite\t%zu\n", stats->finite);
	SAY(r, "run\tall\tthreshold\t%g\n", record->threshold);
	SAY(r, "run\tall\tclipped\t%zu\n", stats->clipped);
	SAY(r, "run\tall\tkept\t%.6g\n", stats->kept);
	SAY(r, "run\tall\tspikes\t%zu\n", stats->spikes);
	SAY(r, "run\tall\tsuggestion\t%.6g\n", stats->suggestion);
	SAY(r, "norm\tall\tmean\t%.6g\n", stats->mean);
	for (int q = 0; q < WP_CLIP_QUANTILES; q++)
		SAY(r, "norm\tall\tquantile %g\t%.6g\n", wp_clip_quantiles[q],
			stats->quantile[q]);
}

enum wp_err wp_clip_table(struct wp_output *output, const struct wp_clip_record *record,
	const struct wp_clip_stats *stats)
{
	struct report r = {output, WP_OK};
	SAY(&r, "part\titem\tquantity\tvalue\n");
	table_run(&r, record, stats);
	for (size_t b = 0; b < stats->bins; b++)
		SAY(&r, "histogram\t%g\tsteps\t%zu\n", stats->bin[b].from, stats->bin[b].steps);
	for (size_t p = 0; p < stats->parts; p++) {
		const struct wp_clip_part *part = &stats->part[p];
		int64_t from = record->step[part->first];
		SAY(&r, "drift\t%" PRId64 "\tsteps\t%zu\n", from, part->steps);
		SAY(&r, "drift\t%" PRId64 "\tmedian\t%.6g\n", from, part->median);
		SAY(&r, "drift\t%" PRId64 "\tlargest\t%.6g\n", from, part->largest);
		SAY(&r, "drift\t%" PRId64 "\tclipped\t%zu\n", from, part->clipped);
		SAY(&r, "drift\t%" PRId64 "\tloss\t%.6f\n", from, part->loss);
	}
	for (size_t g = 0; g < record->groups; g++) {
		size_t length;
		const char *name = wp_strings_get(record->names, g, &length);
		const struct wp_clip_group *group = &stats->group[g];
		int n = (int)length;
		SAY(&r, "parameters\t%.*s\tmedian\t%.6g\n", n, name, group->median);
		SAY(&r, "parameters\t%.*s\tquantile 0.99\t%.6g\n", n, name, group->p99);
		SAY(&r, "parameters\t%.*s\tlargest\t%.6g\n", n, name, group->largest);
		SAY(&r, "parameters\t%.*s\tshare\t%.6g\n", n, name, group->share);
	}
	for (size_t s = 0; s < stats->listed; s++) {
		size_t at = stats->spike[s].at;
		int64_t step = record->step[at];
		SAY(&r, "spike\t%" PRId64 "\tnorm\t%.6g\n", step, (double)record->norm[at]);
		SAY(&r, "spike\t%" PRId64 "\tusual\t%.6g\n", step, stats->spike[s].usual);
	}
	return r.err;
}
