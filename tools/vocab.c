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
#include "text/pair_text.h"
#include "text/vocab_list.h"
#include "text/vocab_stream.h"

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

/* The sides that are read: a text is WP_SOURCE, pairs are both. */
static int first_side = WP_SOURCE, sides_end = WP_TARGET;

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
		"what parts token and count: tab, or space as for word2vec and GloVe"),
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
	if (!wp_tool_given(&conf.target_top))
		conf.target_top = conf.top;
	if (!wp_tool_given(&conf.target_min_count))
		conf.target_min_count = conf.min_count;
	first_side = conf.target ? WP_TARGET : WP_SOURCE;
	sides_end = conf.pair || conf.target ? WP_SIDES : WP_TARGET;
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

/* Labels and tags belong to the source. */
static enum wp_annotation annotation_of(int side)
{
	return side == WP_SOURCE ? conf.annotation : WP_UNANNOTATED;
}

static struct wp_input *open_text(const char *path)
{
	struct wp_input *input = first ? first : open_input(path);
	first = NULL;
	return input;
}

/* Who reads the text, a side each: counters, or else encoders; and who cuts pairs into sides.
 */
static struct wp_counter *counters[WP_SIDES];
static struct wp_encoder *encoders[WP_SIDES];
static struct wp_pair_splitter *splitter;

static enum wp_err feed_side(
	void *unused, enum wp_side side, const char *text, size_t size, size_t lines)
{
	(void)unused;
	(void)lines;
	return counters[side] ? wp_counter_feed(counters[side], text, size)
			      : wp_encoder_feed(encoders[side], text, size);
}

/* A block of text, or with have = 0 its end. */
static enum wp_err feed(const char *data, size_t have)
{
	if (have > 0)
		return splitter ? wp_pair_splitter_feed(splitter, data, have)
				: feed_side(NULL, WP_SOURCE, data, have, 0);
	enum wp_err err = splitter ? wp_pair_splitter_end_text(splitter) : WP_OK;
	for (int side = first_side; side < sides_end && !err; side++)
		err = counters[side] ? wp_counter_end_text(counters[side])
				     : wp_encoder_end_text(encoders[side]);
	return err;
}

static enum wp_err flush(void)
{
	enum wp_err err = WP_OK;
	for (int side = first_side; side < sides_end && !err; side++)
		err = wp_encoder_flush(encoders[side]);
	return err;
}

/* The text of one input. */
static void read_text(const char *path)
{
	static struct wp_input *input; /* where leaks are looked for, if this is the end */
	const char *data;
	size_t have;
	input = open_text(path);
	bool at_once =
		encoders[first_side] && (conf.line_buffered || wp_input_is_terminal(input));
	do {
		wp_tool_check(wp_input_peek(input, 1, &data, &have));
		enum wp_err err = feed(data, have);
		if (!err && at_once)
			err = flush();
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

/* All texts; and what was left out of them. */
static void read_texts(int argc, char **argv)
{
	const struct wp_pair_rules rules = {.labelled = conf.annotation == WP_LABELLED,
		.target_only = conf.target,
		.markers = true,
		.check = true,
		.max_length = (size_t)conf.max_length,
		.max_ratio = conf.max_ratio,
		.drop = conf.invalid_pairs == DROP};
	if (conf.pair || conf.target)
		wp_tool_check(wp_pair_splitter_create(&splitter, &rules, feed_side, NULL));
	for (int i = 0; i < argc || i == 0; i++)
		read_text(argv[i]);
	if (!splitter)
		return;
	const struct wp_pair_counts n = wp_pair_splitter_counts(splitter);
	for (int fault = 0; fault < WP_PAIR_FAULTS; fault++)
		if (n.dropped[fault].count > 0)
			wp_tool_warn("dropped %" PRIu64 " pairs %s, the first of them in line "
				     "%" PRIu64,
				n.dropped[fault].count,
				wp_pair_fault_name((enum wp_pair_fault)fault),
				n.dropped[fault].first_line);
	wp_tool_report("%" PRIu64 " pairs", n.pairs);
	wp_pair_splitter_free(splitter);
}

/* Have tokenize read the texts, and read what it writes instead: *argc and *argv become that.
 */
static void run_tokenize(int *argc, char ***argv)
{
	static char *replaced[2], *chosen;
	size_t known_length = 0;
	const char *known = wp_tool_find_history("tokenize", &known_length);
	if (!conf.tokenize) {
		if (known)
			wp_tool_report("%s: its text was made by 'tokenize %.*s'", conf.from,
				(int)known_length, known);
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

static const char *name_of(int side)
{
	return !conf.pair           ? "text"
		: side == WP_TARGET ? "targets"
		: conf.shared       ? "sources and targets"
				    : "sources";
}

/* Count what is to be written; shared: in one table. */
static void count(int argc, char **argv, bool shared)
{
	for (int side = first_side; side < sides_end; side++) {
		const struct wp_count_params params = {.with_ids = !conf.no_ids && !conf.list,
			.annotation = annotation_of(side),
			.memory = wp_common.memory / (conf.pair ? 2 : 1),
			.max_types = (size_t)conf.max_size,
			.tmpdir = wp_common.tmpdir,
			.shares = shared && side == WP_TARGET ? counters[WP_SOURCE] : NULL};
		wp_tool_check(wp_counter_create(&counters[side], &params));
	}
	if (!conf.merge) {
		read_texts(argc, argv);
		return;
	}
	for (int i = 0; i < argc || i == 0; i++)
		wp_tool_check(wp_counter_merge_pairs(counters, open_counts(argv[i])));
}

/* Labels that nobody has asked for, nearly as many as lines: likely the sources of pairs. */
static void judge_labels(const struct wp_counted *counted, uint64_t sentences)
{
	size_t labels = counted->labels.count;
	if (conf.recognised && !conf.pair && labels > 20 && labels > sentences / 2)
		wp_tool_warn(
			"what stands before the TAB of each line was taken for a label, and "
			"there are %zu different ones in %" PRIu64
			" lines: --pair reads a source and its target",
			labels, sentences);
}

/* The vocabularies and ids that the counters have chosen. */
static void write_counted(struct wp_counted counted[WP_SIDES], bool shared)
{
	struct wp_writer *writer = wp_tool_writer(0);
	int64_t *counts[WP_SIDES] = {NULL};
	wp_tool_put_history();
	for (int side = first_side; side < (shared ? WP_TARGET : sides_end); side++) {
		size_t n = counted[side].tokens.count;
		wp_tool_check(wp_vocab_put(
			writer, (enum wp_side)side, &counted[side], annotation_of(side)));
		if (!shared || conf.no_ids)
			wp_tool_check(wp_counts_put(
				writer, (enum wp_side)side, counted[side].counts, n));
	}
	for (int side = first_side; side < sides_end && !conf.no_ids; side++) {
		size_t n = counted[WP_SOURCE].tokens.count;
		if (shared)
			wp_tool_check(wp_alloc(&counts[side], n, sizeof **counts, "counts"));
		struct wp_id_put put = {writer, (enum wp_side)side, counts[side]};
		wp_tool_check(wp_counter_encode(counters[side], wp_id_batch_put, &put));
		wp_tool_check(wp_id_batch_put_end(&put, annotation_of(side)));
	}
	for (int side = first_side; side < sides_end; side++) {
		if (counts[side])
			wp_tool_check(wp_counts_put(writer, (enum wp_side)side, counts[side],
				counted[WP_SOURCE].tokens.count));
		free(counts[side]);
	}
}

/* What the counters found, which are no longer needed. */
static void end_count(struct wp_counted counted[WP_SIDES], bool shared)
{
	for (int side = first_side; side < sides_end; side++) {
		struct wp_text_counts n = wp_counter_counts(counters[side]);
		if (side == WP_SOURCE)
			judge_labels(&counted[side], n.sentences);
		if (shared && side == WP_SOURCE)
			n.tokens += wp_counter_counts(counters[WP_TARGET]).tokens;
		if (!shared || side == WP_SOURCE)
			report(&n, counted[side].tokens.count, name_of(side));
		wp_counted_fini(&counted[side]);
	}
	for (int side = first_side; side < sides_end; side++)
		wp_counter_free(counters[side]);
}

/* Choose a vocabulary by counting. */
static void count_and_write(int argc, char **argv)
{
	if (!conf.list)
		wp_tool_writer(0); /* before the text: it may be refused */
	run_tokenize(&argc, &argv);
	recognise_labels(argv[0]);
	struct wp_counted counted[WP_SIDES] = {{.counts = NULL}};
	bool shared = conf.shared;
	count(argc, argv, shared);
	for (int side = first_side; side < sides_end; side++) {
		bool of_target = side == WP_TARGET && conf.pair;
		const struct wp_vocab_cut cut = {
			.top = (size_t)(of_target ? conf.target_top : conf.top),
			.min_count =
				(int64_t)(of_target ? conf.target_min_count : conf.min_count),
			.without_unknown = conf.no_unknown};
		wp_tool_check(shared && side == WP_TARGET
				? wp_counter_follow(counters[side])
				: wp_counter_select(counters[side], &cut, &counted[side]));
	}
	if (conf.list)
		wp_tool_check(wp_vocab_list_write(wp_tool_output(), &counted[first_side].tokens,
			counted[first_side].counts, conf.list_format == LIST_TAB ? '\t' : ' '));
	else
		write_counted(counted, shared);
	end_count(counted, shared);
}

/* Encode the text as it streams by. */
static void encode_at_once(const struct wp_vocab vocab[WP_SIDES], const struct wp_vocab *labels,
	int argc, char **argv)
{
	struct wp_writer *writer = wp_tool_writer(0);
	struct wp_id_put put[WP_SIDES];
	for (int side = first_side; side < sides_end; side++) {
		enum wp_annotation annotation = annotation_of(side);
		put[side] = (struct wp_id_put){.writer = writer, .side = (enum wp_side)side};
		wp_tool_check(wp_encoder_create(&encoders[side], &vocab[side], annotation,
			annotation ? labels : NULL, conf.no_unknown, wp_id_batch_put,
			&put[side]));
	}
	read_texts(argc, argv);
	wp_tool_check(flush());
	for (int side = first_side; side < sides_end; side++)
		wp_tool_check(wp_id_batch_put_end(&put[side], annotation_of(side)));
	for (int side = first_side; side < sides_end; side++) {
		wp_tool_check(wp_counts_put(writer, (enum wp_side)side,
			wp_encoder_id_counts(encoders[side]), vocab[side].tokens.count));
		struct wp_text_counts n = wp_encoder_counts(encoders[side]);
		report(&n, vocab[side].tokens.count, name_of(side));
		wp_encoder_free(encoders[side]);
	}
}

/* Encode it when it has all been read: then its labels are known, too. */
static void encode_at_end(
	const struct wp_vocab vocab[WP_SIDES], bool shared, int argc, char **argv)
{
	struct wp_counted counted[WP_SIDES] = {{.counts = NULL}};
	count(argc, argv, shared);
	for (int side = first_side; side < sides_end; side++)
		wp_tool_check(shared && side == WP_TARGET
				? wp_counter_follow(counters[side])
				: wp_counter_impose(counters[side], &vocab[side],
					  conf.no_unknown, &counted[side]));
	write_counted(counted, shared);
	end_count(counted, shared);
}

/* A vocabulary to encode a side with.  That of targets needs the markers; one that is shared is
 * copied. */
static void set_vocab(struct wp_vocab *vocab, struct wp_strings *tokens, int side, bool copy)
{
	struct wp_strings list = {0};
	for (size_t i = 0; i < tokens->count && copy; i++) {
		size_t length;
		const char *token = wp_strings_get(tokens, i, &length);
		wp_tool_check(wp_strings_add(&list, token, length));
	}
	wp_tool_check(wp_vocab_from_strings(vocab, copy ? &list : tokens, NULL));
	if (side == WP_TARGET &&
		(wp_vocab_find(vocab, WP_SENTENCE_START, strlen(WP_SENTENCE_START)) < 0 ||
			wp_vocab_find(vocab, WP_SENTENCE_END, strlen(WP_SENTENCE_END)) < 0))
		wp_tool_die(WP_EMISMATCH,
			"%s: its vocabulary has no " WP_SENTENCE_START " or no " WP_SENTENCE_END
			", between which targets are",
			conf.from);
	int32_t repeated = wp_vocab_repeated(vocab);
	if (repeated < 0 || copy)
		return;
	size_t length;
	const char *token = wp_strings_get(&vocab->tokens, (size_t)repeated, &length);
	wp_tool_warn("%s: '%.*s' comes twice in the vocabulary (the second time with id "
		     "%d): the first id is used",
		conf.from, (int)(length < 60 ? length : 60), token, repeated);
}

/* Encode with the vocabulary that there is, and its labels, if it comes with some. */
static void encode_and_write(int argc, char **argv)
{
	struct wp_counted given, target = {.counts = NULL};
	struct wp_vocab vocab[WP_SIDES] = {{.unknown = -1}}, labels;
	struct wp_writer *writer = wp_tool_writer(0);
	wp_tool_check(
		wp_vocab_read(&given, open_counts(conf.from), wp_tool_keep_history, NULL));
	run_tokenize(&argc, &argv);
	recognise_labels(argv[0]);
	struct wp_strings *names = conf.annotation == WP_TAGGED ? &given.tags : &given.labels;
	bool at_once = !conf.annotation || names->count > 0;
	bool shared = conf.pair && given.targets.count == 0; /* by both sides */
	if (given.targets.count > 0) {
		target.tokens = given.targets;
		given.targets = (struct wp_strings){0};
	}
	const struct wp_counted *written[WP_SIDES] = {
		&given, target.tokens.count > 0 ? &target : &given};
	if (at_once)
		wp_tool_put_history();
	for (int side = first_side; side < (shared ? WP_TARGET : sides_end) && at_once; side++)
		wp_tool_check(wp_vocab_put(
			writer, (enum wp_side)side, written[side], annotation_of(side)));
	wp_tool_check(wp_vocab_from_strings(&labels, names, NULL));
	if (target.tokens.count > 0 && sides_end == WP_SIDES)
		set_vocab(&vocab[WP_TARGET], &target.tokens, WP_TARGET, false);
	else if (sides_end == WP_SIDES)
		set_vocab(&vocab[WP_TARGET], &given.tokens, WP_TARGET, conf.pair);
	if (first_side == WP_SOURCE)
		set_vocab(&vocab[WP_SOURCE], &given.tokens, WP_SOURCE, false);
	wp_counted_fini(&given); /* its counts are those of another text */
	wp_counted_fini(&target);
	if (at_once)
		encode_at_once(vocab, &labels, argc, argv);
	else
		encode_at_end(vocab, shared, argc, argv);
	for (int side = first_side; side < sides_end; side++)
		wp_vocab_fini(&vocab[side]);
	wp_vocab_fini(&labels);
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
	if (conf.tokenize)
		wp_tool_child_end();
	return wp_tool_finish();
}
