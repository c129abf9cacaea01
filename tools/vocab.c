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
#include "text/vocab_list.h"
#include "text/vocab_stream.h"

enum { LIST_TAB, LIST_SPACE };

static struct {
	uint64_t top, min_count, max_size;
	bool no_unknown, no_ids, labels, tags, no_labels, list, merge, line_buffered;
	enum wp_annotation annotation; /* by labels and tags, or recognised */
	bool recognised;
	int list_format;
	const char *from, *tokenize;
} conf = {.min_count = 1};

static const struct wp_about about = {
	.name = "vocab",
	.summary = "count tokens, choose a vocabulary, and write the text as ids",
	.operands = "[file ...]",
	.examples = (const char *const[]){"tokenize text | vocab --top 8000 | w2v > emb.bin",
		"tokenize text | vocab --list | head",
		"tokenize more | vocab --from emb.bin > more.bin",
		"vocab --tokenize='--lower --web' text > ids.bin",
		"tokenize --columns 1,2 pos.tsv | vocab --tags > tagged.bin",
		"vocab --merge --top 30000 part1.bin part2.bin > all.bin", NULL},
	.see_also = "tokenize, w2v, ts-info, tensor-stream(5), wordpipe(7)",
};

static const char *const list_formats[] = {[LIST_TAB] = "tab", [LIST_SPACE] = "space", NULL};

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
	if (conf.annotation || conf.no_labels || conf.merge)
		return;
	first = open_input(path);
	wp_tool_check(wp_annotation_recognise(first, &conf.annotation));
	conf.recognised = conf.annotation != WP_UNANNOTATED;
}

static struct wp_input *open_text(const char *path)
{
	struct wp_input *input = first ? first : open_input(path);
	first = NULL;
	return input;
}

/* The text of one input to the counter, or else to the encoder. */
static void read_text(struct wp_counter *counter, struct wp_encoder *encoder, const char *path)
{
	static struct wp_input *input; /* where leaks are looked for, if this is the end */
	const char *data;
	size_t have;
	input = open_text(path);
	bool at_once = encoder && (conf.line_buffered || wp_input_is_terminal(input));
	do {
		wp_tool_check(wp_input_peek(input, 1, &data, &have));
		enum wp_err err;
		if (have > 0)
			err = counter ? wp_counter_feed(counter, data, have)
				      : wp_encoder_feed(encoder, data, have);
		else
			err = counter ? wp_counter_end_text(counter)
				      : wp_encoder_end_text(encoder);
		if (!err && at_once)
			err = wp_encoder_flush(encoder);
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

static void report(const struct wp_text_counts *n, size_t vocabulary)
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
	if (conf.from && !conf.line_buffered)
		wp_tool_judge_unknown("text", conf.from, unknown, n->tokens);
	wp_tool_report("%" PRIu64 " tokens in %" PRIu64 " sentences", n->tokens, n->sentences);
	if (!conf.from)
		wp_tool_report("%" PRIu64 " different tokens", n->types);
	wp_tool_report("a vocabulary of %zu covers %.2f %%; out of vocabulary: %" PRIu64
		       " tokens, %.2f %%",
		vocabulary, 100 * (double)n->known / all, unknown, 100 * (double)unknown / all);
}

static struct wp_counter *count(int argc, char **argv)
{
	struct wp_counter *counter;
	const struct wp_count_params params = {.with_ids = !conf.no_ids && !conf.list,
		.annotation = conf.annotation,
		.memory = wp_common.memory,
		.max_types = (size_t)conf.max_size,
		.tmpdir = wp_common.tmpdir};
	wp_tool_check(wp_counter_create(&counter, &params));
	for (int i = 0; i < argc || i == 0; i++)
		if (conf.merge)
			wp_tool_check(wp_counter_merge(counter, open_counts(argv[i])));
		else
			read_text(counter, NULL, argv[i]);
	return counter;
}

static void write_stream(struct wp_counter *counter, const struct wp_counted *counted)
{
	struct wp_writer *writer = wp_tool_writer(0);
	wp_tool_put_history();
	wp_tool_check(wp_vocab_put(writer, counted, conf.annotation));
	wp_tool_check(wp_counts_put(writer, counted->counts, counted->tokens.count));
	if (conf.no_ids)
		return;
	wp_tool_check(wp_counter_encode(counter, wp_id_batch_put, writer));
	wp_tool_check(wp_id_batch_put_end(writer, conf.annotation));
}

/* Choose a vocabulary by counting. */
static void count_and_write(int argc, char **argv)
{
	if (!conf.list)
		wp_tool_writer(0); /* before the text: it may be refused */
	run_tokenize(&argc, &argv);
	recognise_labels(argv[0]);
	struct wp_counter *counter = count(argc, argv);
	const struct wp_vocab_cut cut = {.top = (size_t)conf.top,
		.min_count = (int64_t)conf.min_count,
		.without_unknown = conf.no_unknown};
	struct wp_counted counted;
	wp_tool_check(wp_counter_select(counter, &cut, &counted));
	if (conf.list)
		wp_tool_check(wp_vocab_list_write(wp_tool_output(), &counted.tokens,
			counted.counts, conf.list_format == LIST_TAB ? '\t' : ' '));
	else
		write_stream(counter, &counted);
	struct wp_text_counts n = wp_counter_counts(counter);
	report(&n, counted.tokens.count);
	wp_counted_fini(&counted);
	wp_counter_free(counter);
}

/* Encode the text as it streams by. */
static void encode_at_once(
	const struct wp_vocab *vocab, const struct wp_vocab *labels, int argc, char **argv)
{
	struct wp_encoder *encoder;
	struct wp_writer *writer = wp_tool_writer(0);
	wp_tool_check(wp_encoder_create(&encoder, vocab, conf.annotation,
		conf.annotation ? labels : NULL, conf.no_unknown, wp_id_batch_put, writer));
	for (int i = 0; i < argc || i == 0; i++)
		read_text(NULL, encoder, argv[i]);
	wp_tool_check(wp_encoder_flush(encoder));
	wp_tool_check(wp_id_batch_put_end(writer, conf.annotation));
	wp_tool_check(
		wp_counts_put(writer, wp_encoder_id_counts(encoder), vocab->tokens.count));
	struct wp_text_counts n = wp_encoder_counts(encoder);
	report(&n, vocab->tokens.count);
	wp_encoder_free(encoder);
}

/* Encode it when it has all been read: then its labels are known, too. */
static void encode_at_end(const struct wp_vocab *vocab, int argc, char **argv)
{
	struct wp_counted counted;
	struct wp_counter *counter = count(argc, argv);
	wp_tool_check(wp_counter_impose(counter, vocab, conf.no_unknown, &counted));
	write_stream(counter, &counted);
	struct wp_text_counts n = wp_counter_counts(counter);
	report(&n, vocab->tokens.count);
	wp_counted_fini(&counted);
	wp_counter_free(counter);
}

/* Encode with the vocabulary that there is, and its labels, if it comes with some. */
static void encode_and_write(int argc, char **argv)
{
	struct wp_counted given;
	struct wp_vocab vocab, labels;
	struct wp_writer *writer = wp_tool_writer(0);
	wp_tool_check(
		wp_vocab_read(&given, open_counts(conf.from), wp_tool_keep_history, NULL));
	run_tokenize(&argc, &argv);
	recognise_labels(argv[0]);
	struct wp_strings *names = conf.annotation == WP_TAGGED ? &given.tags : &given.labels;
	bool at_once = !conf.annotation || names->count > 0;
	if (at_once) {
		wp_tool_put_history();
		wp_tool_check(wp_vocab_put(writer, &given, conf.annotation));
	}
	wp_tool_check(wp_vocab_from_strings(&labels, names, NULL));
	wp_tool_check(wp_vocab_from_strings(&vocab, &given.tokens, NULL));
	wp_counted_fini(&given); /* its counts are those of another text */
	int32_t repeated = wp_vocab_repeated(&vocab);
	if (repeated >= 0) {
		size_t length;
		const char *token = wp_strings_get(&vocab.tokens, (size_t)repeated, &length);
		wp_tool_warn(
			"%s: '%.*s' comes twice in the vocabulary (the second time with id "
			"%d): the first id is used",
			conf.from, (int)(length < 60 ? length : 60), token, repeated);
	}
	if (at_once)
		encode_at_once(&vocab, &labels, argc, argv);
	else
		encode_at_end(&vocab, argc, argv);
	wp_vocab_fini(&vocab);
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
