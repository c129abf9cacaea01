/* pieces: cut the words of token text into pieces, or join these again.
 *
 * Reads the pieces, and token text; writes token text, line by line.  Memory: the pieces, and
 * the words that have been cut, some 100 MB at most.
 */
#include "tool.h"

#include <inttypes.h>
#include <string.h>

#include "pieces/pieces_text.h"
#include "text/annotation.h"

static struct {
	bool join, labels, tags, no_labels, pair, line_buffered;
} conf;

static const struct wp_about about = {
	.name = "pieces",
	.summary = "cut words into pieces, and join them again",
	.operands = "model [file ...]",
	.examples = (const char *const[]){"tokenize text | pieces pieces.bin | vocab > ids.bin",
		"tokenize new | pieces pieces.bin | vocab --from model.bin > new.bin",
		"rnn-predict --generate 100 model.bin | pieces --join pieces.bin",
		"pieces vocab.txt < tokens", NULL},
	.see_also = "pieces-train, tokenize, vocab, wordpipe(7)",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What to do"),
	WP_OPT_FLAG(0, "join", &conf.join, "put the pieces of words together again"),
	WP_OPT_GROUP("Text"),
	WP_OPT_FLAG(0, "labels", &conf.labels,
		"each line begins with a label and a TAB; the default if the first one has a "
		"TAB"),
	WP_OPT_FLAG(
		0, "no-labels", &conf.no_labels, "all fields, which TABs separate, are text"),
	WP_OPT_FLAG(0, "tags", &conf.tags,
		"each line begins with a tag for each of its tokens, and a TAB"),
	WP_OPT_FLAG(0, "pair", &conf.pair,
		"each line is a source, a TAB and its target; with --labels the label and its "
		"TAB come first"),
	WP_OPT_FLAG(0, "line-buffered", &conf.line_buffered,
		"write each line at once, for other programs to ask line by line"),
	WP_OPT_COMMON,
	WP_OPT_END,
};

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

static struct wp_input *open_text(const char *path)
{
	struct wp_input *input;
	wp_tool_check(wp_input_open_text(&input, path));
	return input;
}

/* Labels that are texts; most words as bytes, or unknown: pieces of another language, say, or
 * another writing. */
static void judge(const struct wp_pieces_text_counts *n, const char *name, bool recognised)
{
	if (recognised && n->spaced > n->lines / 2)
		wp_tool_warn(
			"what stands before the TAB of each line was taken for a label, and "
			"most are several words: --pair cuts a source and its target");
	wp_tool_report("%" PRIu64 " lines, %" PRIu64 " words, %" PRIu64 " pieces", n->lines,
		n->words, n->pieces);
	if (conf.join)
		return;
	wp_tool_report("%" PRIu64 " words are unknown, or have a piece that is not in the list",
		n->others);
	if (!conf.line_buffered)
		wp_tool_judge_unknown("text", name, n->others, n->words);
}

int main(int argc, char **argv)
{
	struct wp_pieces pieces;
	struct wp_pieces_text *text;
	struct wp_input *input;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 1, 1 << 20);
	if (conf.labels + conf.tags + conf.no_labels > 1)
		wp_tool_usage("--labels, --tags, --no-labels: what stands before a TAB is one "
			      "of them");
	if (conf.pair && (conf.tags || conf.no_labels))
		wp_tool_usage("--pair goes with --labels alone");
	if (is_stdin(argv[0]) && is_stdin(argv[1]))
		wp_tool_usage("model and text cannot both be standard input");
	wp_tool_check(wp_input_open(&input, argv[0]));
	wp_tool_check(wp_pieces_read(&pieces, input, NULL, NULL));
	struct wp_output *output = wp_tool_output();
	struct wp_pieces_text_options how = {.join = conf.join, .pairs = conf.pair};
	how.annotation = conf.labels ? WP_LABELLED : conf.tags ? WP_TAGGED : WP_UNANNOTATED;
	input = open_text(argv[1]);
	const bool asked = how.annotation || conf.no_labels || conf.pair;
	if (!asked)
		wp_tool_check(wp_annotation_recognise(input, &how.annotation));
	how.at_once = conf.line_buffered || wp_input_is_terminal(input);
	wp_tool_check(wp_pieces_text_create(&text, &pieces, &how));
	for (int i = 2;; i++) {
		wp_tool_check(wp_pieces_text_run(text, input, output));
		wp_input_close(input);
		if (i >= argc)
			break;
		input = open_text(argv[i]);
	}
	struct wp_pieces_text_counts n = wp_pieces_text_counts(text);
	judge(&n, argv[0], !asked);
	wp_pieces_text_free(text);
	wp_pieces_fini(&pieces);
	return wp_tool_finish();
}
