/* linear-predict: use a linear model that linear-train has made.
 *
 * Reads a model and a stream of rows; writes labels as text, or numbers as a stream.  Memory:
 * the model, and eight bytes for each cell of the rows.
 */
#include "tool.h"

#include <inttypes.h>
#include <string.h>

#include "linear/apply.h"
#include "text/metrics.h"

static struct {
	bool classify, regress, probabilities, scores;
	int features;
	const char *report, *tensor;
} conf;

static const struct wp_about about = {
	.name = "linear-predict",
	.summary = "use a linear model: classify, predict numbers, show features",
	.operands = "model [stream]",
	.examples =
		(const char *const[]){
			"tokenize --lower < text | vocab | onehot --from model.bin |",
			"  linear-predict model.bin",
			"linear-predict --report - model.bin test.bin",
			"linear-predict --features 20 model.bin", NULL},
	.see_also = "linear-train, onehot, vocab, rnn-predict",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What to do: one of these; without one, --classify or --regress, as the "
		     "model is"),
	WP_OPT_FLAG(0, "classify", &conf.classify, "write a label for each row"),
	WP_OPT_FLAG(0, "regress", &conf.regress, "write the numbers predicted, as a stream"),
	WP_OPT_INT(0, "features", &conf.features, "N", 1, INT32_MAX,
		"write the N strongest features of each class; there is no stream to read"),
	WP_OPT_GROUP("Output"),
	WP_OPT_FLAG(0, "probabilities", &conf.probabilities,
		"classify: the probabilities of all labels, too"),
	WP_OPT_FLAG(0, "scores", &conf.scores, "classify: what the model gives for all labels"),
	WP_OPT_SIDE("report", &conf.report,
		"write accuracy, F1 and confusion, or errors, to FILE; -: in place of the "
		"rows"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Input"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME",
		"rows of this dense matrix, instead of 'onehot' or 'encoding'"),
	WP_OPT_MEMORY,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

static void check_options(int operands, char **operand)
{
	if (conf.classify + conf.regress + (conf.features > 0) > 1)
		wp_tool_usage("only one of --classify, --regress, --features");
	wp_tool_operands(operands, 1, conf.features ? 1 : 2);
	if (!conf.features && is_stdin(operand[0]) && is_stdin(operand[1]))
		wp_tool_usage("model and stream cannot both be standard input");
	if (conf.probabilities && conf.scores)
		wp_tool_usage("only one of --probabilities, --scores");
	if ((conf.probabilities || conf.scores) && (conf.regress || conf.features))
		wp_tool_usage("--probabilities and --scores are for --classify");
	if (conf.features && (conf.report || conf.tensor))
		wp_tool_usage("--features reads no rows: no --report, --tensor");
}

static bool instead(void)
{
	return conf.report && strcmp(conf.report, "-") == 0;
}

/* Where the report goes, or NULL. */
static struct wp_output *open_report(void)
{
	if (instead())
		return wp_tool_output();
	return conf.report ? wp_tool_side_output(conf.report) : NULL;
}

static void classify(const struct wp_linear_model *model, const struct wp_linear_rows *rows,
	const char *name)
{
	struct wp_linear_labelled labelled;
	struct wp_output *report = open_report();
	enum wp_linear_detail detail = conf.probabilities ? WP_LINEAR_PROBABILITIES
		: conf.scores                             ? WP_LINEAR_SCORES
							  : WP_LINEAR_LABELS;
	wp_tool_check(wp_linear_label(
		model, rows, detail, instead() ? NULL : wp_tool_output(), &labelled));
	if (conf.report && !labelled.metrics)
		wp_tool_die(WP_EMISMATCH, "%s: no labels to compare with", name);
	if (labelled.metrics) {
		struct wp_chunk_counts total = wp_metrics_total(labelled.metrics);
		if (report)
			wp_tool_check(wp_metrics_report(labelled.metrics, "rows", report));
		wp_tool_report("accuracy %.4f of %" PRIu64 " labels", wp_chunk_recall(&total),
			total.truth);
	}
	wp_linear_labelled_fini(&labelled);
}

static void regress(const struct wp_linear_model *model, const struct wp_linear_rows *rows,
	const char *name)
{
	struct wp_writer *writer = instead() ? NULL : wp_tool_writer(0);
	struct wp_output *report = open_report();
	double mse;
	if (writer)
		wp_tool_put_history();
	if (conf.report && !rows->targets)
		wp_tool_die(WP_EMISMATCH, "%s: no targets to compare with", name);
	wp_tool_check(wp_linear_regress(model, rows, writer, &mse));
	if (report)
		wp_tool_check(wp_linear_report_errors(rows, mse, report));
}

int main(int argc, char **argv)
{
	struct wp_linear_model model;
	struct wp_linear_rows rows;
	wp_common.memory = (size_t)2 << 30;
	wp_tool_start(&about, options, &argc, &argv);
	check_options(argc, argv);

	struct wp_reader *reader = wp_tool_model(argv[0], "linear-train");
	wp_tool_check(wp_linear_model_read(&model, reader));
	bool numbers = model.method == WP_LINEAR_RIDGE;
	if (numbers ? conf.classify || conf.probabilities || conf.scores : conf.regress)
		wp_tool_die(WP_EMISMATCH, "%s: a model of %s, which cannot %s",
			wp_reader_name(reader), numbers ? "numbers" : "labels",
			numbers ? "classify" : "predict numbers");
	if (conf.probabilities && !wp_linear_has_probabilities(&model))
		wp_tool_die(WP_EMISMATCH,
			"%s: a support vector machine has no probabilities: see --scores, or "
			"linear-train --method logistic",
			wp_reader_name(reader));
	wp_reader_close(reader);
	if (conf.features) {
		wp_tool_check(
			wp_linear_features(&model, (size_t)conf.features, wp_tool_output()));
	} else {
		if (numbers && !instead())
			wp_tool_writer(0); /* now: it may be refused */
		reader = wp_tool_reader(argc > 1 ? argv[1] : NULL);
		const char *name = wp_reader_name(reader);
		wp_tool_check(wp_linear_rows_read(&rows, reader, conf.tensor, wp_common.memory,
			wp_tool_keep_history, NULL));
		wp_tool_check(wp_linear_model_accepts(&model, &rows, name));
		if (numbers)
			regress(&model, &rows, name);
		else
			classify(&model, &rows, name);
		wp_linear_rows_fini(&rows);
		wp_reader_close(reader);
	}
	wp_linear_model_fini(&model);
	return wp_tool_finish();
}
