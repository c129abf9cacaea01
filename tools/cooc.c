/* cooc: count how often words stand near each other.
 *
 * Reads the stream of `vocab` and writes one with the counts as a sparse matrix.  Memory: 8
 * bytes a token, up to --memory, beyond which the text is counted in pieces; a row of the
 * matrix for each thread; and the vocabulary.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "embed/cooc_estimate.h"
#include "embed/cooc_stream.h"
#include "stream/join.h"
#include "text/id_stream.h"
#include "text/vocab.h"

static struct {
	struct wp_cooc_config count;
	bool count_specials, merge, dry_run;
} conf;

static const char *const weights[] = {
	[WP_COOC_HARMONIC] = "harmonic", [WP_COOC_FLAT] = "flat", NULL};

static const struct wp_about about = {
	.name = "cooc",
	.summary = "count how often words stand near each other",
	.operands = "[file ...]",
	.examples =
		(const char *const[]){
			"tokenize --lower text | vocab --top 30000 | cooc > counts.bin",
			"cooc --window 5 --weight flat ids.bin | svd-embed > svd.bin",
			"cooc --merge part1.bin part2.bin | glove > glove.bin", NULL},
	.see_also = "vocab, onehot, glove, svd-embed, ts-convert",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Counting"),
	WP_OPT_INT('w', "window", &conf.count.window, "N", 1, WP_COOC_WINDOW_MAX,
		"largest distance at which words are near"),
	WP_OPT_SET(0, "symmetric", &conf.count.side, WP_COOC_BOTH,
		"count neighbours to both sides: the default"),
	WP_OPT_SET(
		0, "left", &conf.count.side, WP_COOC_LEFT, "count neighbours to the left only"),
	WP_OPT_SET(0, "right", &conf.count.side, WP_COOC_RIGHT,
		"count neighbours to the right only"),
	WP_OPT_CHOICE(0, "weight", &conf.count.weight, "WEIGHT", weights,
		"count a neighbour at distance d as 1/d, or as 1"),
	WP_OPT_FLAG(0, "documents", &conf.count.documents,
		"count how often each word stands in each sentence instead"),
	WP_OPT_FLAG(0, "specials", &conf.count_specials,
		"count UNKNOWN_TOKEN and the sentence markers like words"),
	WP_OPT_ALSO(WP_KIND_FLAG, "count-specials", &conf.count_specials, NULL, 0, 0),
	WP_OPT_FLAG(0, "merge", &conf.merge, "add up what was counted of the parts of a text"),
	WP_OPT_FLAG(0, "dry-run", &conf.dry_run,
		"print only an estimate of cells, memory and disk space, from a sample"),
	WP_OPT_GROUP("Output"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* What the records of the input go through. */
static struct {
	struct wp_writer *writer;
	struct wp_join *others; /* records that are passed on */
	struct wp_id_stream text;
	struct wp_cooc_parts parts;
	struct wp_cooc *cooc;
	struct wp_cooc_estimator *estimator;
	uint64_t streams; /* of which records were passed on */
	/* What has been written, for the progress line. */
	const int64_t *counts;
	int64_t all, done; /* sums of counts */
	int32_t row;
} run;

/* Records that counting has no use for go on to the output; those of joined streams follow
 * each other there. */
static enum wp_err pass_on(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	(void)arg;
	if (wp_tool_take_history(reader, tensor) || conf.dry_run)
		return WP_OK;
	wp_tool_put_history();
	if (run.streams < run.text.streams + run.parts.parts + conf.merge) {
		run.streams = run.text.streams + run.parts.parts + conf.merge;
		wp_tool_check(wp_join_begin_stream(run.others, wp_reader_name(reader)));
	}
	return wp_join_record(run.others, reader, tensor);
}

/* UNKNOWN_TOKEN and the sentence markers are no words. */
static void leave_out_specials(const struct wp_strings *vocab)
{
	static const char *const specials[] = {
		WP_UNKNOWN_TOKEN, WP_SENTENCE_START, WP_SENTENCE_END};
	for (int i = 0; i < 3; i++) {
		int32_t id = (int32_t)wp_strings_find(vocab, specials[i]);
		if (id < 0)
			continue;
		if (conf.dry_run)
			wp_cooc_estimator_leave_out(run.estimator, id);
		else
			wp_cooc_leave_out(run.cooc, id);
	}
}

static enum wp_err take_vocab(void *arg, const struct wp_strings *vocab)
{
	(void)arg;
	enum wp_err err = conf.dry_run
		? wp_cooc_estimator_create(&run.estimator, &conf.count, vocab->count)
		: wp_cooc_create(&run.cooc, &conf.count, vocab->count);
	if (!err && !conf.count_specials)
		leave_out_specials(vocab);
	return err;
}

static enum wp_err take_ids(void *arg, const int32_t *ids, size_t n, bool ends)
{
	(void)arg;
	if (wp_tool_progress_due())
		wp_tool_progress(-1, "%.1f million words", (double)run.text.tokens * 1e-6);
	return conf.dry_run ? wp_cooc_estimator_add(run.estimator, ids, n, ends)
			    : wp_cooc_add(run.cooc, ids, n, ends);
}

static void read_text(const char *path)
{
	const struct wp_id_stream_handler handler = {
		.vocab = take_vocab, .ids = take_ids, .other = pass_on};
	struct wp_reader *reader = wp_tool_reader(path);
	wp_tool_check(wp_id_stream_read(&run.text, reader, &handler));
	wp_reader_close(reader);
}

static void read_parts(int count, char **paths)
{
	for (int i = 0; i < (count ? count : 1); i++) {
		struct wp_reader *reader = wp_tool_reader(count ? paths[i] : NULL);
		wp_tool_check(
			wp_cooc_parts_add(&run.parts, reader, &conf.count, pass_on, NULL));
		wp_reader_close(reader);
	}
}

/* The rows of frequent words take longest: progress is the share of the text that they have. */
static void report(int32_t row)
{
	for (; run.row < row; run.row++)
		run.done += run.counts[run.row];
	if (wp_tool_progress_due())
		wp_tool_progress(
			run.all ? (double)run.done / (double)run.all : 1, "row %" PRId32, row);
}

/* The matrix, and in front of it what it is of. */
static void write_counts(struct wp_cooc *cooc, const struct wp_strings *vocab,
	const int64_t *counts, const struct wp_strings *settings, int64_t columns)
{
	struct wp_tensor tensor = wp_tensor_1d("counts", WP_I64, vocab->count);
	uint64_t cells;
	run.counts = counts;
	for (size_t i = 0; i < vocab->count; i++)
		run.all += counts[i];
	wp_tool_put_history();
	wp_tool_check(wp_join_finish(run.others));
	wp_tool_check(wp_writer_put_list(run.writer, "vocab", vocab));
	wp_tool_check(wp_writer_put(run.writer, &tensor, counts));
	wp_tool_check(wp_cooc_put(run.writer, cooc, settings, columns, report, &cells));
	struct wp_cooc_stats stats = wp_cooc_stats(cooc);
	uint64_t pieces = conf.merge ? run.parts.parts : stats.pieces;
	wp_tool_report("%" PRIu64 " cells of %zu words, counted in %" PRIu64
		       " %s%s, with %.1f MiB of temporary files",
		cells, vocab->count, pieces, conf.merge ? "part" : "piece",
		pieces == 1 ? "" : "s", (double)stats.spilled / 0x1p20);
}

static void count_text(const char *path)
{
	struct wp_strings settings = {0};
	wp_tool_check(wp_cooc_settings(&settings, &conf.count));
	read_text(path);
	int64_t columns = conf.count.documents ? (int64_t)run.text.sentences
					       : (int64_t)run.text.vocab.count;
	write_counts(run.cooc, &run.text.vocab, run.text.counts, &settings, columns);
	wp_strings_fini(&settings);
	wp_cooc_free(run.cooc);
	wp_id_stream_fini(&run.text);
}

static void merge_parts(int count, char **paths)
{
	struct wp_cooc_parts *parts = &run.parts;
	read_parts(count, paths);
	write_counts(
		parts->cooc, &parts->vocab, parts->counts, &parts->settings, parts->columns);
	wp_cooc_parts_fini(parts);
}

static void print_estimate(const char *path)
{
	struct wp_cooc_estimate e;
	struct wp_output *output = wp_tool_output();
	read_text(path);
	wp_tool_check(wp_cooc_estimator_finish(run.estimator, &e));
	wp_tool_check(wp_output_printf(output,
		"tokens\t%" PRIu64 "\nsample\t%" PRIu64 "\ncells\t%.0f\noutput\t%.0fM\n"
		"pieces\t%.0f\ntemporary files\t%.0fM\nmemory for one piece\t%.0fM\n",
		e.tokens, e.sample, e.cells, e.output / 0x1p20, e.pieces, e.disk / 0x1p20,
		e.memory / 0x1p20 + 1));
	wp_cooc_estimator_free(run.estimator);
	wp_id_stream_fini(&run.text);
}

/* Options that would have no effect are mistakes. */
static void check_options(int operands)
{
	bool window_given = wp_tool_given(&conf.count.window) ||
		wp_tool_given(&conf.count.side) || wp_tool_given(&conf.count.weight);
	if (conf.count.documents && window_given)
		wp_tool_usage("--documents has no window: no --window, side or --weight");
	if (conf.merge && (window_given || conf.count.documents || conf.count_specials))
		wp_tool_usage("--merge: how the parts were counted is in them");
	if (conf.merge && conf.dry_run)
		wp_tool_usage("--dry-run is not for --merge");
	if (!conf.merge && operands > 1)
		wp_tool_usage("several files need --merge, or cat(1) in front");
}

int main(int argc, char **argv)
{
	wp_cooc_default(&conf.count);
	wp_common.memory = conf.count.memory;
	wp_tool_start(&about, options, &argc, &argv);
	check_options(argc);
	conf.count.threads = wp_common.threads;
	conf.count.memory = wp_common.memory;
	conf.count.tmpdir = wp_common.tmpdir;
	wp_tool_check(wp_cooc_check(&conf.count));
	if (conf.dry_run) {
		print_estimate(argc ? argv[0] : NULL);
		return wp_tool_finish();
	}
	run.writer = wp_tool_writer(0); /* now: it may be refused */
	wp_tool_check(wp_join_create(&run.others, run.writer));
	if (conf.merge)
		merge_parts(argc, argv);
	else
		count_text(argc ? argv[0] : NULL);
	wp_join_free(run.others);
	return wp_tool_finish();
}
