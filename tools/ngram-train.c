/* ngram-train: count n-grams, and make a language model of them.
 *
 * Reads the stream of `vocab`, or counts, and writes a model, counts, or an ARPA file.  Memory:
 * some 56 bytes for each token of the text, up to --memory, beyond which n-grams are sorted in
 * temporary files; and the vocabulary.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ngram/arpa.h"
#include "ngram/model.h"
#include "text/number.h"

static struct {
	struct wp_ngram_config model;
	enum wp_ngram_smoothing smoothing;
	int order;
	bool counts, merge, arpa, from_arpa;
	const char *least;
} conf = {.order = 5, .smoothing = WP_NGRAM_KNESER_NEY};

static const struct wp_about about = {
	.name = "ngram-train",
	.summary = "count n-grams and make a language model of them",
	.operands = "[file ...]",
	.examples = (const char *const[]){"tokenize text | vocab | ngram-train > model.bin",
		"vocab < lines | ngram-train --order 3 --smoothing katz > model.bin",
		"ngram-train --counts < part1.bin > counts1.bin",
		"ngram-train --merge counts1.bin counts2.bin > model.bin", NULL},
	.see_also = "ngram-predict, vocab, rnn-train, cooc",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Model"),
	WP_OPT_INT(0, "order", &conf.order, "N", 1, WP_NGRAM_ORDER_MAX,
		"tokens of the longest n-grams"),
	WP_OPT_CHOICE(0, "smoothing", &conf.smoothing, "NAME", wp_ngram_smoothings,
		"how probabilities are made of counts"),
	WP_OPT_REAL(0, "add", &conf.model.k, "R", 1e-9, 1e6, "add-k: what is added to counts"),
	WP_OPT_TEXT(0, "min-count", &conf.least, "N[,N...]",
		"leave out n-grams that come fewer times: of 1 token, of 2, ...; the last "
		"number is for all longer ones"),
	WP_OPT_REAL(0, "prune", &conf.model.prune, "R", 0, 1,
		"leave out n-grams without which perplexity rises by less than the share R: "
		"1e-8 few, 1e-6 most"),
	WP_OPT_GROUP("Counts"),
	WP_OPT_FLAG(0, "counts", &conf.counts, "write the counts instead of a model"),
	WP_OPT_FLAG(0, "merge", &conf.merge,
		"the files are such counts, with one vocabulary: add them up"),
	WP_OPT_GROUP("Other formats"),
	WP_OPT_FLAG(0, "arpa", &conf.arpa, "write an ARPA file instead of a model"),
	WP_OPT_FLAG(0, "from-arpa", &conf.from_arpa, "the file is an ARPA file"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_LOG,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* "1,1,2" */
static void parse_least(void)
{
	const char *at = conf.least, *end = at + strlen(at);
	int64_t value = 1;
	for (int n = 1; n <= WP_NGRAM_ORDER_MAX; n++) {
		if (at) {
			const char *next = wp_scan_i64(at, end, &value);
			if (!next || value < 1 || value > INT32_MAX || (*next && *next != ','))
				wp_tool_usage("--min-count %s: not numbers from 1 on, with "
					      "commas between",
					conf.least);
			at = next && *next ? next + 1 : NULL;
		}
		conf.model.least[n] = (uint32_t)value;
		if (n > 1 && conf.model.least[n] < conf.model.least[n - 1])
			wp_tool_usage("--min-count %s: must not fall", conf.least);
	}
	if (at)
		wp_tool_usage("--min-count %s: too many numbers", conf.least);
}

static void check_options(int operands)
{
	bool model = conf.least || wp_tool_given(&conf.smoothing) ||
		wp_tool_given(&conf.model.k) || wp_tool_given(&conf.model.prune);
	if (conf.counts && (model || conf.arpa || wp_common.log))
		wp_tool_usage("--counts makes no model: no --smoothing, --add, --min-count, "
			      "--prune, --arpa, --log");
	if (conf.from_arpa &&
		(model || conf.counts || conf.merge || conf.arpa || wp_common.log ||
			wp_tool_given(&conf.order)))
		wp_tool_usage("--from-arpa takes a model as it is: no other options for it");
	if (wp_tool_given(&conf.model.k) && conf.smoothing != WP_NGRAM_ADD_K)
		wp_tool_usage("--add is for --smoothing add-k");
	if (conf.arpa && conf.smoothing == WP_NGRAM_ADD_K)
		wp_tool_usage("--arpa: that form cannot say what add-k does");
	if (operands > 1 && !conf.merge)
		wp_tool_usage(
			"several files are for --merge, which adds up what --counts writes");
	wp_tool_operands(operands, 0, 1 << 20);
	wp_ngram_config_cut(&conf.model, conf.smoothing);
	if (conf.least)
		parse_least();
}

static void add(struct wp_ngram_counts *counts, const char *path)
{
	struct wp_reader *reader = wp_tool_reader(path);
	wp_tool_progress(-1, "reading");
	wp_tool_check(wp_ngram_counts_add(counts, reader, wp_tool_keep_history, NULL));
	wp_reader_close(reader);
}

/* ---- Estimating: the sink, with progress ---- */

static struct {
	struct wp_ngram_sink sink;
	struct wp_ngram_notes notes;
	uint64_t done, all; /* n-grams written, and to be written */
	int n;
} model;

static enum wp_err start(void *unused, const struct wp_ngram_notes *notes)
{
	(void)unused;
	for (int n = 1; n <= conf.order; n++)
		model.all += notes->ngrams[n];
	wp_tool_log_start("n\ttypes\tonce\tin_model\tdiscount1\tdiscount2\tdiscount3\tseconds");
	return model.sink.start(model.sink.arg, notes);
}

static enum wp_err begin(void *unused, int n)
{
	(void)unused;
	model.n = n;
	return model.sink.begin(model.sink.arg, n);
}

static enum wp_err put(void *unused, const int32_t *token, float p, float backoff)
{
	(void)unused;
	if (++model.done % 4096 == 0 && wp_tool_progress_due())
		wp_tool_progress((double)model.done / (double)model.all, "%d-grams", model.n);
	return model.sink.put(model.sink.arg, token, p, backoff);
}

static enum wp_err end(void *unused)
{
	const double *d = model.notes.discount[model.n];
	(void)unused;
	wp_tool_log("%d\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%.4f\t%.4f\t%.4f\t%.2f",
		model.n, model.notes.types[model.n], model.notes.once[model.n],
		model.notes.ngrams[model.n], d[1], d[2], d[3], wp_tool_seconds());
	return model.sink.end(model.sink.arg);
}

/* Discounts that the counts do not give, and how many n-grams there are. */
static void tell(void)
{
	static const char *const instead[] = {[WP_NGRAM_KNESER_NEY] = "0.5, 1 and 1.5",
		[WP_NGRAM_ABSOLUTE] = "0.5",
		[WP_NGRAM_KATZ] = "none where they are out of range"};
	const struct wp_ngram_notes *notes = &model.notes;
	for (int n = 1; n <= conf.order; n++) {
		if (notes->undefined[n])
			wp_tool_warn("discounts of %d-grams cannot be had from these counts: "
				     "taken as %s",
				n, instead[conf.smoothing]);
		wp_tool_report("%d-grams: %" PRIu64 ", of these %" PRIu64
			       " that came once; in the model %" PRIu64,
			n, notes->types[n], notes->once[n], notes->ngrams[n]);
		if (conf.smoothing == WP_NGRAM_KNESER_NEY)
			wp_tool_report("discounts of %d-grams: %.4f %.4f %.4f", n,
				notes->discount[n][1], notes->discount[n][2],
				notes->discount[n][3]);
	}
}

static void estimate(const struct wp_ngram_counts *counts)
{
	const struct wp_ngram_sink sink = {NULL, start, begin, put, end};
	struct wp_ngram_packer *packer = NULL;
	struct wp_arpa_writer *arpa = NULL;
	if (conf.arpa) {
		wp_tool_check(wp_arpa_writer_create(&arpa, counts, wp_tool_output()));
		model.sink = wp_arpa_writer_sink(arpa);
	} else {
		wp_tool_check(wp_ngram_packer_create(
			&packer, counts, &conf.model, wp_tool_writer(0)));
		model.sink = wp_ngram_packer_sink(packer);
	}
	wp_tool_progress(-1, "estimating");
	wp_tool_check(wp_ngram_estimate(counts, &conf.model, &sink, &model.notes));
	tell();
	wp_arpa_writer_free(arpa);
	wp_ngram_packer_free(packer);
}

static void from_arpa(const char *path)
{
	struct wp_input *input;
	wp_tool_check(wp_input_open(&input, path));
	wp_tool_put_history();
	wp_tool_check(wp_arpa_read(input, wp_tool_writer(0)));
}

int main(int argc, char **argv)
{
	struct wp_ngram_counts counts;
	wp_ngram_config_default(&conf.model);
	wp_common.memory = (size_t)2 << 30;
	wp_tool_start(&about, options, &argc, &argv);
	check_options(argc);

	if (!conf.arpa)
		wp_tool_writer(0); /* now: it may be refused */
	if (conf.from_arpa) {
		from_arpa(argc ? argv[0] : NULL);
		return wp_tool_finish();
	}
	wp_tool_check(wp_ngram_counts_init(
		&counts, conf.order, conf.merge, wp_common.memory, wp_common.tmpdir));
	for (int i = 0; i < argc; i++)
		add(&counts, argv[i]);
	if (argc == 0)
		add(&counts, NULL);
	if (!conf.arpa)
		wp_tool_put_history();
	wp_tool_report(
		"%" PRIu64 " sentences, %" PRIu64 " tokens", counts.sentences, counts.tokens);
	wp_tool_progress(-1, "sorting");
	wp_tool_check(wp_ngram_counts_sort(&counts));
	if (conf.counts)
		wp_tool_check(wp_ngram_counts_put(&counts, wp_tool_writer(0)));
	else
		estimate(&counts);
	wp_ngram_counts_fini(&counts);
	return wp_tool_finish();
}
