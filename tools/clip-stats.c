/* clip-stats: say what clipping did in the training of a recurrent network.
 *
 * Reads what rnn-train --gradients wrote, and writes a report; or, with --jacobian, runs a
 * model over a stream and measures how derivatives vanish or explode.  Memory: the record, or
 * the model and one segment of text for each of its units.
 */
#include "tool.h"

#include <math.h>

#include "math/blas.h"
#include "nn/analysis/clip_report.h"
#include "nn/analysis/jacobian.h"

static struct {
	bool histogram, tsv;
	double share, spike;
	const char *jacobian;
	int distance, samples;
} conf = {.share = 0.1, .spike = 5, .distance = 30, .samples = 20};

static const struct wp_about about = {
	.name = "clip-stats",
	.summary = "say what gradient clipping did, and which threshold to use",
	.operands = "[file]",
	.examples = (const char *const[]){"clip-stats < grads.bin",
		"clip-stats --histogram grads.bin",
		"clip-stats --jacobian model.bin ids.bin | ts-plot > jacobian.svg", NULL},
	.see_also = "rnn-train, rnn-predict, vocab",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Report"),
	WP_OPT_FLAG(
		0, "histogram", &conf.histogram, "show the distribution of the norms as well"),
	WP_OPT_FLAG(0, "tsv", &conf.tsv, "write the figures as a table, separated by tabs"),
	WP_OPT_REAL(0, "share", &conf.share, "P", 0.0001, 0.9999,
		"share of the steps that the suggested threshold would clip"),
	WP_OPT_REAL(0, "spike", &conf.spike, "X", 1, 1e9,
		"call a step a spike if its norm is above X times the usual"),
	WP_OPT_GROUP("Jacobians"),
	WP_OPT_TEXT(0, "jacobian", &conf.jacobian, "MODEL",
		"measure the norms of dh_t/dh_k of MODEL over the stream"),
	WP_OPT_INT(0, "distance", &conf.distance, "N", 1, 10000, "up to this distance t-k"),
	WP_OPT_INT(0, "segments", &conf.samples, "N", 1, 1000000,
		"segments of the stream to measure at, drawn at random"),
	WP_OPT_ALSO(WP_KIND_INT, "samples", &conf.samples, "N", 1, 1000000),
	WP_OPT_SEED,
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void report_clipping(const char *path)
{
	static const char *const names[] = {"gradients.names", "gradients.step",
		"gradients.norm", "gradients.clipped", "gradients.loss", "gradients.groups",
		"gradients.threshold", NULL};
	struct wp_tensor_set *set;
	struct wp_clip_record record;
	struct wp_clip_stats stats;
	wp_tool_check(wp_tensor_set_read(&set, wp_tool_reader(path), names));
	wp_tool_check(wp_clip_record_get(&record, set));
	wp_tool_check(wp_clip_stats_init(&stats, &record, conf.share, conf.spike));
	wp_tool_check(conf.tsv ? wp_clip_table(wp_tool_output(), &record, &stats)
			       : wp_clip_report(wp_tool_output(), &record, &stats, conf.share,
					 conf.histogram));
	wp_clip_stats_fini(&stats);
	wp_tensor_set_free(set);
}

/* A row for each distance; "-" where the theory gives no bound. */
static void put_jacobian(const struct wp_jacobian *jacobian)
{
	struct wp_output *output = wp_tool_output();
	wp_tool_check(wp_output_printf(output, "distance\tsegments\tmedian\tlargest\tbound\n"));
	for (int d = 0; d <= jacobian->distance; d++) {
		const struct wp_jacobian_row *row = &jacobian->row[d];
		if (row->segments == 0)
			break;
		wp_tool_check(wp_output_printf(output, "%d\t%d\t%.6g\t%.6g\t", d, row->segments,
			row->median, row->largest));
		wp_tool_check(isnan(jacobian->factor)
				? wp_output_printf(output, "-\n")
				: wp_output_printf(output, "%.6g\n", pow(jacobian->factor, d)));
	}
}

static void measure_jacobians(const char *path)
{
	struct wp_nn_model model;
	struct wp_nn_model_input reading;
	struct wp_jacobian jacobian;
	struct wp_reader *reader = wp_tool_model(conf.jacobian, "rnn-train");
	wp_tool_check(wp_nn_model_read(&model, reader, NULL, NULL));
	wp_reader_close(reader);
	reader = wp_tool_reader(path);
	wp_tool_check(wp_nn_model_input_init(
		&reading, &model, reader, wp_common.memory, wp_common.tmpdir, NULL, NULL));
	wp_tool_check(wp_jacobian_measure(
		&jacobian, &reading, conf.distance, conf.samples, wp_common.seed));
	put_jacobian(&jacobian);
	wp_jacobian_fini(&jacobian);
	wp_nn_model_input_fini(&reading);
	wp_nn_model_fini(&model);
	wp_reader_close(reader);
}

int main(int argc, char **argv)
{
	wp_common.memory = (size_t)256 << 20;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	if (conf.tsv && conf.histogram)
		wp_tool_usage("--tsv has the histogram already");
	if (conf.jacobian && (conf.tsv || conf.histogram))
		wp_tool_usage("--jacobian makes a table of its own");
	if (!conf.jacobian && (wp_tool_given(&conf.distance) || wp_tool_given(&conf.samples)))
		wp_tool_usage("--distance and --segments go with --jacobian");
	wp_tool_check(wp_blas_start(1));
	if (conf.jacobian)
		measure_jacobians(argc ? argv[0] : NULL);
	else
		report_clipping(argc ? argv[0] : NULL);
	return wp_tool_finish();
}
