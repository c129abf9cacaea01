/* vocab: count tokens, choose a vocabulary, and write the text as its ids.
 *
 * Reads token text and writes a tensor stream, or a list.  Memory: half of --memory for the
 * different tokens, and up to the other half for ids, which beyond that go to disk.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/annotation.h"
#include "text/pair_tokenize.h"
#include "text/vocab_job.h"
#include "text/vocab_list.h"

enum { LIST_TAB, LIST_SPACE };

static struct {
	uint64_t top, min_count, max_size;
	uint64_t target_top, target_min_count, max_length;
	double max_ratio;
	bool no_unknown, no_ids, labels, tags, no_labels, list, merge, line_buffered;
	bool pair, target, shared;
	enum wp_annotation annotation; /* by labels and tags, or recognised */
	bool recognised;
	int list_format, invalid_pairs;
	const char *from, *tokenize;
} conf = {.min_count = 1, .target_min_count = 1};

static struct wp_vocab_job *job;

static const struct wp_about about = {
	.name = "vocab",
	.summary = "count tokens, choose a vocabulary, and write the text as ids",
	.operands = "[file ...]",
	.examples = (const char *const[]){"tokenize text | vocab --top 8000 | w2v > emb.bin",
		"tokenize text | vocab --list | head",
		"tokenize more | vocab --from emb.bin > more.bin",
		"vocab --tokenize='--lower --web' text > ids.bin",
		"tokenize --columns 1,2 pos.tsv | vocab --tags > tagged.bin",
		"vocab --merge --top 30000 part1.bin part2.bin > all.bin",
		"paste de en | tokenize --pair --lower | vocab --pair --top 8000 > pairs.bin",
		"tokenize captions | vocab --target > captions.bin", NULL},
	.see_also = "tokenize, w2v, ts-info, tensor-stream(5), wordpipe(7)",
};

static const char *const list_formats[] = {[LIST_TAB] = "tab", [LIST_SPACE] = "space", NULL};

enum { REFUSE, DROP };
static const char *const ways[] = {[REFUSE] = "refuse", [DROP] = "drop", NULL};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Which tokens the vocabulary has"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 0, INT32_MAX,
		"the N most frequent, special tokens included; 0: all"),
	WP_OPT_COUNT(0, "min-count", &conf.min_count, "N", 1, 9007199254740992.0,
		"those that occur at least N times"),
	WP_OPT_COUNT(0, "max-size", &conf.max_size, "N", 0, INT32_MAX - 3,
		"hold N different tokens at most while counting, forget the rarest; 0: all"),
	WP_OPT_TEXT(0, "from", &conf.from, "FILE",
		"those of FILE, a stream of any program or a list; encode the text with them"),
	WP_OPT_FLAG(0, "no-unknown", &conf.no_unknown,
		"drop all other tokens instead of writing UNKNOWN_TOKEN for them"),
	WP_OPT_GROUP("What is read"),
	{.kind = WP_KIND_FLAG,
		.name = "merge",
		.var = &conf.merge,
		.flags = WP_OPT_NEUTRAL,
		.help = "not text, but what vocab made of its parts: streams or lists"},
	{.kind = WP_KIND_TEXT,
		.name = "tokenize",
		.var = &conf.tokenize,
		.flags = WP_OPT_NEUTRAL,
		.arg = "OPTIONS",
		.help = "plain text, which tokenize divides into tokens with these options; with "
			"--from also: same, with those of FILE's text"},
	WP_OPT_FLAG(0, "labels", &conf.labels,
		"each line begins with a label and a TAB; the default if the first one has a "
		"TAB"),
	WP_OPT_FLAG(0, "no-labels", &conf.no_labels, "a TAB is white space like any other"),
	WP_OPT_FLAG(0, "tags", &conf.tags,
		"each line begins with a tag for each of its tokens, and a TAB"),
	WP_OPT_GROUP("Pairs"),
	WP_OPT_FLAG(0, "pair", &conf.pair,
		"each line is a source, a TAB and its target; with --labels a label and a TAB come "
		"first"),
	WP_OPT_FLAG(0, "target", &conf.target,
		"each line is a target: write what ts-select joins with its source"),
	WP_OPT_FLAG(0, "shared", &conf.shared, "one vocabulary for both sides"),
	WP_OPT_COUNT(0, "target-top", &conf.target_top, "N", 0, INT32_MAX,
		"as --top, of targets; by default what --top says"),
	WP_OPT_COUNT(0, "target-min-count", &conf.target_min_count, "N", 1, 9007199254740992.0,
		"as --min-count, of targets; by default what that says"),
	WP_OPT_COUNT(0, "max-length", &conf.max_length, "N", 0, INT32_MAX,
		"pairs with more than N tokens on a side are invalid, as are those with none; 0: "
		"any number"),
	WP_OPT_REAL(0, "max-ratio", &conf.max_ratio, "X", 0, 1e6,
		"and those with more than X times as many tokens on one side as on the other; 0: "
		"any"),
	WP_OPT_CHOICE(
		0, "invalid-pairs", &conf.invalid_pairs, "HOW", ways, "refuse or drop them"),
	WP_OPT_GROUP("What is written"),
	WP_OPT_FLAG(0, "no-ids", &conf.no_ids, "the vocabulary and its counts only"),
	WP_OPT_FLAG(0, "list", &conf.list, "text instead: a token and its count a line"),
	WP_OPT_CHOICE(0, "list-format", &conf.list_format, "FORM", list_formats,
		"what separates token and count: tab, or space as for word2vec and GloVe"),
	WP_OPT_FLAG(0, "line-buffered", &conf.line_buffered,
		"with --from: write every line at once, as is done for a terminal"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void check_pair_options(void)
{
	if (conf.pair && conf.target)
		wp_tool_usage("--pair reads both sides, --target one: they do not go together");
	if (conf.tags && (conf.pair || conf.target))
		wp_tool_usage("--tags is of a text, and goes neither with --pair nor --target");
	if (conf.target && (conf.labels || conf.merge))
		wp_tool_usage(
			"--target goes neither with --labels nor with --merge: a source has "
			"the label, and 'vocab --pair --merge' merges pairs");
	if (conf.pair && conf.list && !conf.shared)
		wp_tool_usage("--list is of one vocabulary: with --pair it needs --shared");
	if (!conf.pair &&
		(conf.shared || wp_tool_given(&conf.target_top) ||
			wp_tool_given(&conf.target_min_count) || conf.max_ratio > 0 ||
			conf.invalid_pairs == DROP || (conf.max_length && !conf.target)))
		wp_tool_usage("--shared, --target-top, --target-min-count, --max-length, "
			      "--max-ratio and --invalid-pairs need --pair");
	if (conf.merge && (conf.max_length || conf.max_ratio > 0 || conf.invalid_pairs == DROP))
		wp_tool_usage(
			"--max-length, --max-ratio and --invalid-pairs are for reading text, "
			"not for --merge");
	bool own = wp_tool_given(&conf.target_top) || wp_tool_given(&conf.target_min_count);
	if (own && (conf.shared || conf.from))
		wp_tool_usage("--target-top and --target-min-count choose a vocabulary of the "
			      "targets, which with %s there is not",
			conf.shared ? "--shared" : "--from");
	if (conf.from && conf.shared)
		wp_tool_usage("--from: one vocabulary is shared where FILE has no other for "
			      "targets; --shared is for counting");
}

static void check_options(void)
{
	if (wp_tool_given(&conf.list_format))
		conf.list = true;
	if (conf.labels + conf.tags + conf.no_labels > 1)
		wp_tool_usage("--labels, --tags, --no-labels: what stands before a TAB is one "
			      "of them");
	conf.annotation = conf.labels ? WP_LABELLED : conf.tags ? WP_TAGGED : WP_UNANNOTATED;
	if (conf.from && (conf.merge || conf.list || conf.no_ids || conf.max_size))
		wp_tool_usage("--from goes with none of --merge, --list, --no-ids, --max-size");
	if (conf.from && (wp_tool_given(&conf.top) || wp_tool_given(&conf.min_count)))
		wp_tool_usage(
			"--from: the vocabulary is given; --top and --min-count choose one");
	if (conf.merge && conf.max_size)
		wp_tool_usage("--max-size is for counting; --merge forgets nothing");
	if (conf.tokenize && (conf.merge || conf.list))
		wp_tool_usage("--tokenize goes neither with --merge nor with --list");
	if (conf.tokenize && strcmp(conf.tokenize, "same") == 0 && !conf.from)
		wp_tool_usage("--tokenize=same needs --from, the text to be the same as");
	if (conf.line_buffered && !conf.from)
		wp_tool_usage(
			"--line-buffered needs --from: otherwise the text is counted first");
	check_pair_options();
}

/* What vocab wrote, a stream or a list. */
static struct wp_input *open_counts(const char *path)
{
	struct wp_input *input;
	wp_tool_check(wp_input_open(&input, path));
	return input;
}

static struct wp_input *open_input(const char *path)
{
	struct wp_input *input;
	wp_tool_check(wp_input_open_text(&input, path));
	return input;
}

static bool encoding;          /* the text, while it is read */
static struct wp_input *first; /* of the texts, opened before its turn to see what it is */

/* What stands before tabs, where nobody has said. */
static void recognise_labels(const char *path)
{
	if (conf.annotation || conf.no_labels || conf.merge || conf.target)
		return;
	first = open_input(path);
	if (conf.pair) {
		bool labelled;
		wp_tool_check(wp_pair_recognise_label(first, &labelled));
		conf.annotation = labelled ? WP_LABELLED : WP_UNANNOTATED;
	} else {
		wp_tool_check(wp_annotation_recognise(first, &conf.annotation));
	}
	conf.recognised = conf.annotation != WP_UNANNOTATED;
}

static struct wp_input *open_text(const char *path)
{
	struct wp_input *input = first ? first : open_input(path);
	first = NULL;
	return input;
}

/* The text of one input. */
static void read_text(const char *path)
{
	static struct wp_input *input; /* where leaks are looked for, if this is the end */
	const char *data;
	size_t have;
	input = open_text(path);
	bool at_once = encoding && (conf.line_buffered || wp_input_is_terminal(input));
	do {
		wp_tool_check(wp_input_peek(input, 1, &data, &have));
		enum wp_err err = have > 0 ? wp_vocab_job_feed(job, data, have)
					   : wp_vocab_job_end_text(job);
		if (!err && at_once)
			err = wp_vocab_job_flush(job);
		if (err)
			wp_tool_die(err, "%s: %s%s", wp_input_name(input),
				wp_error_option_detail(),
				err == WP_ECORRUPT && conf.recognised
					? "; for what the first lines are taken, see --labels and "
					  "--no-labels"
					: "");
		wp_input_skip(input, have);
		if (wp_tool_progress_due()) {
			double megabytes = (double)wp_input_offset(input) * 1e-6;
			wp_tool_progress(-1, "%.0f MB of %s, %.0f MB/s", megabytes,
				wp_input_name(input), megabytes / wp_tool_seconds());
		}
	} while (have > 0);
	wp_input_close(input);
}

/* All of them; and what was left out. */
static void read_texts(int argc, char **argv)
{
	for (int i = 0; i < argc || i == 0; i++)
		if (conf.merge)
			wp_tool_check(wp_vocab_job_merge(job, open_counts(argv[i])));
		else
			read_text(argv[i]);
	const struct wp_pair_counts n = wp_vocab_job_pairs(job);
	wp_tool_warn_of_dropped(&n);
	if (conf.pair && !conf.merge)
		wp_tool_report("%" PRIu64 " pairs", n.pairs);
}

/* Have tokenize read the texts, and read what it writes instead: *argc and *argv become that.
 */
static void run_tokenize(int *argc, char ***argv)
{
	static char *replaced[2], *chosen, *adapted;
	size_t known_length = 0;
	const char *known = wp_tool_find_history("tokenize", &known_length);
	if (known) { /* pairs, perhaps, where this text is a side, or the other way round */
		wp_tool_check(wp_alloc(&adapted, known_length + WP_PAIR_OPTION, 1, "options"));
		known_length = wp_pair_tokenizer_adapt(known, known_length, conf.pair,
			conf.target ? WP_TARGET : WP_SOURCE, adapted);
		known = adapted;
	}
	if (!conf.tokenize) {
		if (known)
			wp_tool_report("%s: its text was made by 'tokenize %.*s'", conf.from,
				(int)known_length, known);
		free(adapted);
		return;
	}
	bool same = strcmp(conf.tokenize, "same") == 0;
	if (same && !known)
		wp_tool_die(WP_EMISMATCH,
			"%s: its history does not say how its text was made into tokens",
			conf.from);
	size_t length = same ? known_length : strlen(conf.tokenize);
	wp_tool_check(wp_alloc(&chosen, length + 1, 1, "options"));
	memcpy(chosen, same ? known : conf.tokenize, length);
	if (known && (length != known_length || memcmp(chosen, known, length) != 0))
		wp_tool_warn(
			"%s: its text was made by 'tokenize %.*s', this one by 'tokenize %s'",
			conf.from, (int)known_length, known, chosen);
	replaced[0] = wp_tool_child_start("tokenize", chosen, *argc, *argv);
	free(chosen);
	free(adapted);
	*argv = replaced;
	*argc = 1;
}

/* What was read of a text, or side, named `what`. */
static void report(const struct wp_text_counts *n, size_t vocabulary, const char *what)
{
	uint64_t unknown = n->tokens - n->known;
	double all = n->tokens > 0 ? (double)n->tokens : 1;
	if (n->forgotten_types > 0)
		wp_tool_warn("--max-size %" PRIu64 ": forgot %" PRIu64
			     " rare tokens while counting, and %" PRIu64
			     " of their occurrences are unknown",
			conf.max_size, n->forgotten_types, n->forgotten_tokens);
	if (conf.merge && n->given_unknown > 0)
		wp_tool_warn("%" PRIu64 " tokens were unknown in the parts already: the result "
			     "is not that of one run over the whole text",
			n->given_unknown);
	const char *side = conf.pair ? what : "", *colon = conf.pair ? ": " : "";
	if (conf.from && !conf.line_buffered)
		wp_tool_judge_unknown(what, conf.from, unknown, n->tokens);
	wp_tool_report("%s%s%" PRIu64 " tokens in %" PRIu64 " sentences", side, colon,
		n->tokens, n->sentences);
	if (!conf.from)
		wp_tool_report("%s%s%" PRIu64 " different tokens", side, colon, n->types);
	wp_tool_report("a vocabulary of %zu covers %.2f %%; out of vocabulary: %" PRIu64
		       " tokens, %.2f %%",
		vocabulary, 100 * (double)n->known / all, unknown, 100 * (double)unknown / all);
}

/* Labels that nobody has asked for, nearly as many as lines: likely the sources of pairs. */
static void judge_labels(uint64_t sentences)
{
	size_t labels = wp_vocab_job_counted(job, WP_SOURCE)->labels.count;
	if (conf.recognised && !conf.pair && labels > 20 && labels > sentences / 2)
		wp_tool_warn(
			"what stands before the TAB of each line was taken for a label, and "
			"there are %zu different ones in %" PRIu64
			" lines: --pair reads a source and its target",
			labels, sentences);
}

/* What became of each side, or of both together. */
static void report_sides(void)
{
	bool together = wp_vocab_job_shared(job) && !encoding;
	for (int i = 0; i < WP_SIDES; i++) {
		enum wp_side side = (enum wp_side)i;
		if (!wp_vocab_job_has(job, side) || (together && side == WP_TARGET))
			continue;
		struct wp_text_counts n = wp_vocab_job_counts(job, side);
		if (side == WP_SOURCE)
			judge_labels(n.sentences);
		size_t vocabulary = conf.from ? wp_vocab_job_vocab(job, side)->tokens.count
					      : wp_vocab_job_counted(job, side)->tokens.count;
		report(&n, vocabulary,
			!conf.pair                  ? "text"
				: together          ? "sources and targets"
				: side == WP_SOURCE ? "sources"
						    : "targets");
	}
}

static void create_job(void)
{
	const struct wp_vocab_job_params params = {.pair = conf.pair,
		.target = conf.target,
		.shared = conf.shared,
		.count = {.with_ids = !conf.no_ids && !conf.list,
			.annotation = conf.annotation,
			.memory = wp_common.memory,
			.max_types = (size_t)conf.max_size,
			.tmpdir = wp_common.tmpdir},
		.rules = {.check = true,
			.max_length = (size_t)conf.max_length,
			.max_ratio = conf.max_ratio,
			.drop = conf.invalid_pairs == DROP}};
	wp_tool_check(wp_vocab_job_create(&job, &params));
}

static void write_list(void)
{
	const struct wp_counted *counted =
		wp_vocab_job_counted(job, conf.target ? WP_TARGET : WP_SOURCE);
	wp_tool_check(wp_vocab_list_write(wp_tool_output(), &counted->tokens, counted->counts,
		conf.list_format == LIST_TAB ? '\t' : ' '));
}

static void write_stream(void)
{
	struct wp_writer *writer = wp_tool_writer(0);
	wp_tool_put_history();
	wp_tool_check(wp_vocab_job_put(job, writer));
}

/* Choose a vocabulary by counting. */
static void count_and_write(int argc, char **argv)
{
	if (!conf.list)
		wp_tool_writer(0); /* before the text: it may be refused */
	run_tokenize(&argc, &argv);
	recognise_labels(argv[0]);
	create_job();
	wp_tool_check(wp_vocab_job_count(job));
	read_texts(argc, argv);
	const struct wp_vocab_cut source = {.top = (size_t)conf.top,
		.min_count = (int64_t)conf.min_count,
		.without_unknown = conf.no_unknown};
	struct wp_vocab_cut target = source;
	if (wp_tool_given(&conf.target_top))
		target.top = (size_t)conf.target_top;
	if (wp_tool_given(&conf.target_min_count))
		target.min_count = (int64_t)conf.target_min_count;
	wp_tool_check(
		wp_vocab_job_select(job, (struct wp_vocab_cut[WP_SIDES]){source, target}));
	if (conf.list)
		write_list();
	else
		write_stream();
}

static void warn_of_repeated(const struct wp_vocab *vocab)
{
	int32_t repeated = wp_vocab_repeated(vocab);
	if (repeated < 0)
		return;
	size_t length;
	const char *token = wp_strings_get(&vocab->tokens, (size_t)repeated, &length);
	wp_tool_warn("%s: '%.*s' comes twice in the vocabulary (the second time with id "
		     "%d): the first id is used",
		conf.from, (int)(length < 60 ? length : 60), token, repeated);
}

/* Encode with the vocabulary that there is, and its labels, if it comes with some: as the text
 * streams by; else when it has all been read and its labels are known. */
static void encode_and_write(int argc, char **argv)
{
	struct wp_counted given;
	struct wp_writer *writer = wp_tool_writer(0);
	wp_tool_check(
		wp_vocab_read(&given, open_counts(conf.from), wp_tool_keep_history, NULL));
	run_tokenize(&argc, &argv);
	recognise_labels(argv[0]);
	create_job();
	wp_tool_check(wp_vocab_job_give(job, &given, conf.from));
	encoding = !conf.annotation ||
		(conf.annotation == WP_TAGGED ? given.tags : given.labels).count > 0;
	wp_counted_fini(&given); /* its counts are those of another text */
	warn_of_repeated(wp_vocab_job_vocab(job, conf.target ? WP_TARGET : WP_SOURCE));
	if (encoding)
		wp_tool_put_history();
	wp_tool_check(encoding ? wp_vocab_job_encode(job, conf.no_unknown, writer)
			       : wp_vocab_job_count(job));
	read_texts(argc, argv);
	if (encoding) {
		wp_tool_check(wp_vocab_job_put_end(job));
		return;
	}
	wp_tool_check(wp_vocab_job_impose(job, conf.no_unknown));
	write_stream();
}

int main(int argc, char **argv)
{
	wp_common.memory = (size_t)2 << 30;
	wp_tool_start(&about, options, &argc, &argv);
	check_options();
	if (conf.from)
		encode_and_write(argc, argv);
	else
		count_and_write(argc, argv);
	report_sides();
	wp_vocab_job_free(job);
	if (conf.tokenize)
		wp_tool_child_end();
	return wp_tool_finish();
}
