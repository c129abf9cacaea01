/* linear-train: learn a linear classifier, or linear regression.
 *
 * Reads the rows of `onehot`, or other vectors, with labels or numbers to predict, and writes a
 * model.  Memory: eight bytes for each cell, and twelve for each column and class.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "linear/train.h"
#include "text/number.h"

enum { COSTS = 64 };

static struct {
	struct wp_linear_config train;
	int iterations, folds;
	const char *costs, *tensor;
} conf = {.costs = "1"};

static const char *const losses[] = {
	[WP_LINEAR_HINGE] = "hinge", [WP_LINEAR_SQUARED_HINGE] = "squared-hinge", NULL};
static const char *const penalties[] = {[WP_LINEAR_L1] = "l1", [WP_LINEAR_L2] = "l2", NULL};

static const struct wp_about about = {
	.name = "linear-train",
	.summary = "learn a linear classifier or linear regression",
	.operands = "[file]",
	.examples = (const char
			*const[]){"tokenize --labels --lower train.tsv | vocab --labels |",
		"  onehot --ngrams 1-2 --min-df 2 --tfidf | linear-train > model.bin",
		"linear-train --method naive-bayes < bags.bin > model.bin",
		"linear-train --method logistic --cost 0.1,1,10 -v bags.bin > model.bin", NULL},
	.see_also = "linear-predict, onehot, vocab, rnn-train",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Model"),
	WP_OPT_CHOICE(0, "method", &conf.train.method, "NAME", wp_linear_methods,
		"what to learn: a support vector machine, logistic regression, multinomial or "
		"Bernoulli naive Bayes, ridge regression"),
	WP_OPT_CHOICE(0, "loss", &conf.train.loss, "NAME", losses, "svm: what errors cost"),
	WP_OPT_CHOICE(0, "penalty", &conf.train.penalty, "NAME", penalties,
		"svm, logistic: penalise absolute weights (l1) or squared ones (l2)"),
	WP_OPT_FLAG(0, "one-vs-rest", &conf.train.one_vs_rest,
		"logistic: each class against the others, instead of all at once"),
	WP_OPT_TEXT('C', "cost", &conf.costs, "R[,R...]",
		"what errors cost against the penalty; of several values the best one in "
		"cross-validation"),
	WP_OPT_REAL(0, "bias", &conf.train.bias, "R", 0, 1e6,
		"the value of a constant feature; 0: none"),
	WP_OPT_REAL(0, "alpha", &conf.train.alpha, "R", 1e-10, 1e6,
		"naive Bayes: add R to each count"),
	WP_OPT_REAL(0, "drop", &conf.train.drop, "R", 0, 1e6,
		"leave out weights below R, made positive"),
	WP_OPT_TEXT(0, "tensor", &conf.tensor, "NAME",
		"rows of this dense matrix, instead of 'onehot' or 'encoding'"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Training"),
	WP_OPT_REAL(0, "tolerance", &conf.train.tolerance, "R", 1e-12, 1,
		"stop when no condition of the optimum is violated by more than R"),
	WP_OPT_INT(0, "epochs", &conf.iterations, "N", 1, 1e9,
		"passes over the rows, or steps, at most"),
	WP_OPT_ALSO(WP_KIND_INT, "iterations", &conf.iterations, "N", 1, 1e9),
	WP_OPT_INT(0, "folds", &conf.folds, "N", 2, 1000,
		"cross-validation in N parts; 5 with several values of --cost, else none"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_LOG,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* A record as it is, but deflated, as all of the model is. */
static enum wp_err repack(
	struct wp_writer *writer, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	struct wp_strings list = {0};
	const void *data;
	size_t size;
	enum wp_err err = tensor->type == WP_STRING ? wp_reader_strings(reader, &list)
						    : wp_reader_data(reader, &data, &size);
	if (!err)
		err = tensor->type == WP_STRING ? wp_writer_put_strings(writer, tensor, &list)
						: wp_writer_put(writer, tensor, data);
	wp_strings_fini(&list);
	return err;
}

static enum wp_err pass_on(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (wp_tool_take_history(reader, tensor))
		return WP_OK;
	wp_tool_put_history();
	return repack(arg, reader, tensor);
}

/* "1" or "0.1,1,10". */
static size_t parse_costs(double *cost)
{
	size_t n = 0;
	const char *at = conf.costs, *end = at + strlen(at);
	for (;; at++) {
		double c;
		const char *next = n < COSTS ? wp_scan_f64(at, end, &c) : NULL;
		if (!next || !(c > 0) || c > 1e12 || (*next && *next != ','))
			wp_tool_usage(
				"--cost %s: not a number above 0, up to 1e12, or up to %d of them "
				"with commas between",
				conf.costs, COSTS);
		cost[n++] = c;
		at = next;
		if (!next || !*next)
			return n;
	}
}

static void check_options(void)
{
	struct wp_linear_config *c = &conf.train;
	bool svm = c->method == WP_LINEAR_SVM, logistic = c->method == WP_LINEAR_REGRESSION;
	bool bayes = c->method == WP_LINEAR_MULTINOMIAL || c->method == WP_LINEAR_BERNOULLI;
	if (wp_tool_given(&c->loss) && !svm)
		wp_tool_usage("--loss is for --method svm");
	if (wp_tool_given(&c->penalty) && !svm && !logistic)
		wp_tool_usage("--penalty is for --method svm and logistic");
	if (c->one_vs_rest && !logistic)
		wp_tool_usage("--one-vs-rest is for --method logistic");
	if (wp_tool_given(&c->alpha) && !bayes)
		wp_tool_usage("--alpha is for --method naive-bayes and bernoulli");
	if (bayes &&
		(wp_tool_given(&conf.costs) || wp_tool_given(&c->bias) ||
			wp_tool_given(&c->tolerance) || wp_tool_given(&conf.iterations)))
		wp_tool_usage("--cost, --bias, --tolerance and --iterations: naive Bayes only "
			      "counts");
	c->iterations = (size_t)conf.iterations;
	c->threads = wp_common.threads;
	c->seed = wp_common.seed;
	c->memory = wp_common.memory;
	if (wp_linear_check(c))
		wp_tool_usage("%s", wp_error_option_detail());
}

/* Choose C; with --folds of one value, only tell how good it is. */
static void choose_cost(const struct wp_linear_rows *rows, const double *cost, size_t n)
{
	bool numbers = conf.train.method == WP_LINEAR_RIDGE;
	const char *measure = numbers ? "rmse" : "accuracy";
	double best = 0, found = cost[0];
	wp_tool_log_start(numbers ? "cost\trmse" : "cost\taccuracy");
	for (size_t i = 0; i < n && (n > 1 || conf.folds); i++) {
		double score;
		conf.train.cost = cost[i];
		wp_tool_progress((double)i / (double)n, "C = %g", cost[i]);
		wp_tool_check(wp_linear_validate(
			rows, &conf.train, conf.folds ? (size_t)conf.folds : 5, &score));
		wp_tool_log("%g\t%.6f", cost[i], score);
		wp_tool_report("C = %g: %s %.4f in cross-validation", cost[i], measure, score);
		if (i > 0 && (numbers ? score >= best : score <= best))
			continue;
		best = score;
		found = cost[i];
	}
	conf.train.cost = found;
}

int main(int argc, char **argv)
{
	double cost[COSTS];
	struct wp_linear_rows rows;
	struct wp_linear_model model;
	wp_linear_default(&conf.train);
	conf.iterations = (int)conf.train.iterations;
	wp_common.memory = conf.train.memory;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	check_options();
	size_t costs = parse_costs(cost);

	struct wp_writer *writer = wp_tool_writer(1); /* now: it may be refused */
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_check(wp_linear_rows_read(
		&rows, reader, conf.tensor, wp_common.memory, pass_on, writer));
	wp_tool_put_history();
	wp_tool_report("%zu rows, %zu columns, %" PRIu64 " cells", rows.rows, rows.cols,
		rows.rows ? rows.start[rows.rows] : 0);
	choose_cost(&rows, cost, costs);
	wp_tool_progress(-1, "training");
	wp_tool_check(wp_linear_train(&model, &rows, &conf.train));
	if (!model.converged)
		wp_tool_warn("not converged: see --iterations, --tolerance");
	wp_tool_check(wp_linear_model_put(&model, writer));
	wp_linear_model_fini(&model);
	wp_linear_rows_fini(&rows);
	wp_reader_close(reader);
	return wp_tool_finish();
}
