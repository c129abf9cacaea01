/* pieces-train: learn pieces of words, by byte-pair encoding or as WordPiece has them.
 *
 * Reads token text, or what vocab has counted, and writes a tensor stream or the text file of
 * the method.  Memory: the different words, and some 40 bytes for each of their characters.
 */
#include "tool.h"

#include <inttypes.h>
#include <string.h>

#include "pieces/pieces_file.h"
#include "pieces/pieces_learn.h"
#include "text/annotation.h"
#include "text/vocab_stream.h"

static struct {
	enum wp_pieces_method method;
	enum wp_pieces_fallback fallback;
	uint64_t top, merges, min_count;
	double coverage;
	bool merge, labels, tags, no_labels, pair, list;
	const char *from;
	enum wp_annotation annotation;
} conf = {.top = 8000, .min_count = 2, .coverage = 0.9999};

static const struct wp_about about = {
	.name = "pieces-train",
	.summary = "learn pieces of words: byte-pair encoding, WordPiece",
	.operands = "[file ...]",
	.examples = (const char
			*const[]){"tokenize text | pieces-train --top 8000 > pieces.bin",
		"tokenize text | vocab --no-ids | pieces-train > pieces.bin",
		"tokenize text | pieces-train --merges 32000 --list > merges",
		"tokenize --lower text | pieces-train --method wordpiece --list > vocab.txt",
		"pieces-train --from vocab.txt > pieces.bin", NULL},
	.see_also = "pieces, tokenize, vocab, tensor-stream(5), wordpipe(7)",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What is learnt"),
	WP_OPT_CHOICE(0, "method", &conf.method, "NAME", wp_pieces_methods,
		"how pieces are applied and marked: low@@ er, low ##er, or as sentencepiece has "
		"BPE"),
	WP_OPT_COUNT('n', "top", &conf.top, "N", 1, INT32_MAX,
		"pieces in all, special tokens, bytes and characters included"),
	WP_OPT_COUNT(0, "merges", &conf.merges, "N", 0, INT32_MAX,
		"instead so many merges, and all characters, as subword-nmt counts; 0: --top counts"),
	WP_OPT_COUNT(0, "min-count", &conf.min_count, "N", 1, 9007199254740992.0,
		"merge pairs that come at least N times"),
	WP_OPT_REAL(0, "coverage", &conf.coverage, "R", 1e-9, 1,
		"the most frequent characters, up to this share of the text, are pieces; with "
		"--merges by default 1"),
	WP_OPT_CHOICE(0, "fallback", &conf.fallback, "WHAT", wp_pieces_fallbacks,
		"what becomes of other characters: bytes; the word is unknown; they are kept"),
	WP_OPT_TEXT(0, "from", &conf.from, "FILE",
		"take the pieces from FILE, a stream, merges, .vocab or vocab.txt, and only "
		"write them"),
	WP_OPT_GROUP("What is read"),
	{.kind = WP_KIND_FLAG,
		.name = "merge",
		.var = &conf.merge,
		.flags = WP_OPT_NEUTRAL,
		.help = "not text, but what vocab counted, streams or lists; streams are "
			"recognised"},
	WP_OPT_FLAG(0, "labels", &conf.labels,
		"each line begins with a label and a TAB; the default if the first one has a "
		"TAB"),
	WP_OPT_FLAG(0, "no-labels", &conf.no_labels, "a TAB is white space like any other"),
	WP_OPT_FLAG(0, "tags", &conf.tags,
		"each line begins with a tag for each of its tokens, and a TAB"),
	WP_OPT_FLAG(0, "pair", &conf.pair,
		"each line is a source, a TAB and its target; with --labels the label and its "
		"TAB come first"),
	WP_OPT_GROUP("What is written"),
	WP_OPT_FLAG('l', "list", &conf.list,
		"text instead: merges of subword-nmt, vocab.txt of BERT, .vocab of "
		"sentencepiece"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void check_options(int operands)
{
	const void *const learning[] = {&conf.method, &conf.top, &conf.merges, &conf.min_count,
		&conf.coverage, &conf.fallback, &conf.merge, &conf.labels, &conf.no_labels,
		&conf.tags, &conf.pair};
	for (size_t i = 0; conf.from && i < sizeof learning / sizeof learning[0]; i++)
		if (wp_tool_given(learning[i]))
			wp_tool_usage(
				"--from has the pieces already: it goes with --list alone");
	wp_tool_operands(operands, 0, conf.from ? 0 : 1 << 20);
	if (conf.labels + conf.tags + conf.no_labels > 1)
		wp_tool_usage("--labels, --tags, --no-labels: what stands before a TAB is one "
			      "of them");
	if (conf.pair && (conf.tags || conf.no_labels))
		wp_tool_usage("--pair goes with --labels alone");
	if (conf.merges && wp_tool_given(&conf.top))
		wp_tool_usage("--top and --merges both say how much is learnt");
	if (conf.merges) {
		conf.top = 0;
		conf.coverage = wp_tool_given(&conf.coverage) ? conf.coverage : 1;
	}
	conf.annotation = conf.labels ? WP_LABELLED : conf.tags ? WP_TAGGED : WP_UNANNOTATED;
}

/* What stands before the first tab of a text, where nobody has said. */
static enum wp_annotation recognise(struct wp_input *input)
{
	enum wp_annotation annotation = conf.annotation;
	if (!annotation && !conf.no_labels && !conf.pair)
		wp_tool_check(wp_annotation_recognise(input, &annotation));
	return annotation;
}

/* Of pairs in streams both sides, which have their words together; otherwise the first alone.
 */
static struct wp_counter *counters[WP_SIDES];

static void create_counter(enum wp_side side, enum wp_annotation annotation)
{
	const struct wp_count_params params = {.annotation = annotation,
		.memory = wp_common.memory,
		.tmpdir = wp_common.tmpdir,
		.shares = side == WP_TARGET ? counters[WP_SOURCE] : NULL};
	if (!counters[side])
		wp_tool_check(wp_counter_create(&counters[side], &params));
}

/* What vocab has counted. */
static void count_stream(struct wp_input *input)
{
	if (!conf.pair) {
		wp_tool_check(wp_counter_merge(counters[WP_SOURCE], input));
		return;
	}
	create_counter(WP_TARGET, WP_UNANNOTATED);
	wp_tool_check(wp_counter_merge_pairs(counters, input));
}

static enum wp_err feed(void *counter, const char *data, size_t n)
{
	return n > 0 ? wp_counter_feed(counter, data, n) : wp_counter_end_text(counter);
}

/* Count the words of one input. */
static void count(const char *path)
{
	struct wp_input *input;
	bool stream;
	enum wp_annotation annotation = WP_UNANNOTATED;
	wp_tool_check(wp_input_open(&input, path));
	wp_tool_check(wp_reader_may_read(input, &stream));
	stream |= conf.merge;
	if (!stream) {
		wp_tool_check(wp_input_expect_text(input));
		annotation = recognise(input);
	}
	create_counter(WP_SOURCE, annotation);
	if (stream) {
		count_stream(input);
		return;
	}
	wp_tool_feed(input, feed, counters[WP_SOURCE]);
}

static void report(size_t merges, double share, void *arg)
{
	(void)arg;
	if (wp_tool_progress_due())
		wp_tool_progress(share, "%zu merges", merges);
}

static void learn(struct wp_pieces *pieces, int argc, char **argv)
{
	struct wp_counted counted;
	struct wp_pieces_learnt learnt;
	const struct wp_vocab_cut all = {.min_count = 1};
	const struct wp_pieces_config config = {.method = conf.method,
		.fallback = conf.fallback,
		.top = (size_t)conf.top,
		.merges = (size_t)conf.merges,
		.min_count = (int64_t)conf.min_count,
		.coverage = conf.coverage};
	for (int i = 0; i < argc || i == 0; i++)
		count(argc ? argv[i] : NULL);
	wp_tool_check(wp_counter_select(counters[WP_SOURCE], &all, &counted));
	struct wp_text_counts n = wp_counter_counts(counters[WP_SOURCE]);
	wp_counter_free(counters[WP_TARGET]);
	wp_counter_free(counters[WP_SOURCE]);
	wp_tool_check(wp_pieces_learn(
		pieces, &counted.tokens, counted.counts, &config, &learnt, report, NULL));
	wp_counted_fini(&counted);
	if (learnt.words == 0)
		wp_tool_die(WP_EMISMATCH, "no words to learn from");
	wp_tool_report("%" PRIu64 " tokens, %zu different words", n.tokens, learnt.words);
	wp_tool_report(
		"%zu characters, of which %zu are pieces", learnt.characters, learnt.covered);
	wp_tool_report("%zu merges, the last of a pair that comes %" PRId64
		       " times: %zu pieces",
		learnt.merges, learnt.last_count, pieces->pieces.count);
	bool asked = wp_tool_given(&conf.top) || wp_tool_given(&conf.merges);
	if (asked &&
		(conf.merges ? learnt.merges < conf.merges : pieces->pieces.count < conf.top))
		wp_tool_warn("no other pair comes %" PRIu64 " times: %zu merges, %zu pieces",
			conf.min_count, learnt.merges, pieces->pieces.count);
}

int main(int argc, char **argv)
{
	struct wp_pieces pieces;
	struct wp_input *input;
	wp_common.memory = (size_t)2 << 30;
	wp_tool_start(&about, options, &argc, &argv);
	check_options(argc);
	struct wp_writer *writer = conf.list ? NULL : wp_tool_writer(0);
	struct wp_output *output = conf.list ? wp_tool_output() : NULL;
	if (conf.from) {
		wp_tool_check(wp_input_open(&input, conf.from));
		wp_tool_check(wp_pieces_read(&pieces, input, wp_tool_keep_history, NULL));
	} else {
		learn(&pieces, argc, argv);
	}
	if (!conf.list) {
		wp_tool_put_history();
		wp_tool_check(wp_pieces_put(&pieces, writer));
	} else {
		wp_tool_check(wp_pieces_file_write(&pieces, output));
	}
	wp_pieces_fini(&pieces);
	return wp_tool_finish();
}
