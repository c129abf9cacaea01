/* seq-eval: how well sequences that were found agree with those that are known.
 *
 * Reads references, labels, tags or a treebank, and what any program found for the same text;
 * writes a table.  Memory: counts of each line; of tags, both files; of a treebank, its text,
 * three times.
 */
#include "tool.h"

#include <inttypes.h>
#include <string.h>

#include "text/evaluation.h"
#include "text/token_eval.h"

static struct {
	struct wp_evaluation_config evaluation;
	const char *reference, *labels, *tags, *tokens, *text, *compare;
} conf = {.evaluation = {.tokenization = 1, /* 13a */
		  .smoothing_value = -1,
		  .references = 1,
		  .samples = 1000}};

static const struct wp_about about = {
	.name = "seq-eval",
	.summary = "evaluate text, labels, tags or tokens against what is known",
	.operands = "[file]",
	.examples = (const char *const[]){"seq-eval --reference test.en translated.en",
		"seq-eval --reference test.en --compare baseline.en translated.en",
		"seq-eval --tags test.conll tagged.conll",
		"seq-eval --labels gold.tsv found.txt",
		"seq-eval --text dev.conllu | tokenize --sentences > dev.tokens",
		"seq-eval --tokens dev.conllu dev.tokens", NULL},
	.see_also = "tokenize, rnn-predict, crf-predict",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What is known: one of these"),
	WP_OPT_TEXT(0, "reference", &conf.reference, "FILE",
		"compare lines with those of FILE: BLEU, chrF, lines that are the same"),
	WP_OPT_TEXT(0, "labels", &conf.labels, "FILE",
		"compare the label of each line, all up to a tab: accuracy, F1"),
	WP_OPT_TEXT(0, "tags", &conf.tags, "FILE",
		"compare tags, the last column of text in columns: accuracy, F1 as conlleval"),
	WP_OPT_TEXT(0, "tokens", &conf.tokens, "FILE",
		"compare the tokens and sentences of the file with those of this treebank, in "
		"CoNLL-U"),
	WP_OPT_TEXT(0, "text", &conf.text, "FILE",
		"write the text of this treebank, a paragraph a line, to be tokenized"),
	WP_OPT_GROUP("With --reference"),
	WP_OPT_CHOICE(0, "tokenize", &conf.evaluation.tokenization, "HOW",
		wp_bleu_tokenizations, "how BLEU takes lines apart into words, as sacrebleu"),
	WP_OPT_FLAG(0, "lower", &conf.evaluation.lower, "compare in lower case"),
	WP_OPT_CHOICE(0, "smoothing", &conf.evaluation.smoothing, "METHOD", wp_bleu_smoothings,
		"what BLEU does where no n-gram of a length is right"),
	WP_OPT_REAL(0, "smoothing-value", &conf.evaluation.smoothing_value, "X", 0, 1e6,
		"of floor (0.1 by default) and add-k (1)"),
	WP_OPT_INT(0, "word-order", &conf.evaluation.word_order, "N", 0, 2,
		"count n-grams of up to N words in chrF, too; 2 is chrF++"),
	WP_OPT_INT(0, "references", &conf.evaluation.references, "N", 1, 1000,
		"each line of FILE has so many references, separated by tabs"),
	WP_OPT_GROUP("With --tags"),
	WP_OPT_FLAG(0, "lines", &conf.evaluation.tag_lines,
		"FILE has a line of tags for each sentence, not columns"),
	WP_OPT_FLAG(0, "conlleval", &conf.evaluation.conlleval,
		"write the report of conlleval instead of a table"),
	WP_OPT_GROUP("How sure it is"),
	WP_OPT_TEXT(0, "compare", &conf.compare, "FILE",
		"compare with what another program found, and how likely the difference is by "
		"chance"),
	WP_OPT_INT(0, "samples", &conf.evaluation.samples, "N", 100, 1000000,
		"samples of the lines or sentences, for intervals of 95 %"),
	WP_OPT_SEED,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* ---- Tokens ---- */

static double share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void put_row(const char *name, const struct wp_span_counts *c)
{
	wp_tool_check(wp_output_printf(wp_tool_output(),
		"%s\t%.2f\t%.2f\t%.2f\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", name,
		share(c->right, c->found), share(c->right, c->gold),
		share(2 * c->right, c->gold + c->found), c->gold, c->found, c->right));
}

static void compare_tokens(const char *path)
{
	struct wp_gold *gold;
	struct wp_input *input;
	struct wp_token_score score;
	wp_tool_check(wp_gold_read(&gold, conf.tokens));
	wp_tool_check(wp_input_open(&input, path));
	wp_tool_check(wp_gold_compare(gold, input, &score));
	wp_input_close(input);
	wp_gold_free(gold);
	wp_tool_check(wp_output_printf(
		wp_tool_output(), "unit\tprecision\trecall\tf1\tgold\tfound\tright\n"));
	put_row("tokens", &score.tokens);
	put_row("sentences", &score.sentences);
}

static void write_text(void)
{
	struct wp_gold *gold;
	wp_tool_check(wp_gold_read(&gold, conf.text));
	wp_tool_check(wp_gold_write_text(gold, wp_tool_output()));
	wp_gold_free(gold);
}

/* ---- Text, labels, tags ---- */

static bool any_given(const void *const *variables)
{
	for (; *variables; variables++)
		if (wp_tool_given(*variables))
			return true;
	return false;
}

static void check_options(void)
{
	const struct wp_evaluation_config *c = &conf.evaluation;
	const void *const of_text[] = {&c->tokenization, &c->lower, &c->smoothing,
		&c->smoothing_value, &c->word_order, &c->references, NULL};
	const void *const of_tags[] = {&c->tag_lines, &c->conlleval, NULL};
	const void *const of_samples[] = {&conf.compare, &c->samples, &wp_common.seed, NULL};
	if (!conf.reference + !conf.labels + !conf.tags + !conf.tokens + !conf.text != 4)
		wp_tool_usage("give one of --reference, --labels, --tags, --tokens and --text");
	if (!conf.reference && any_given(of_text))
		wp_tool_usage(
			"--tokenize, --lower, --smoothing, --smoothing-value, --word-order "
			"and --references go with --reference");
	if (!conf.tags && any_given(of_tags))
		wp_tool_usage("--lines and --conlleval go with --tags");
	if ((conf.tokens || conf.text || c->conlleval) && any_given(of_samples))
		wp_tool_usage(
			"--compare, --samples and --seed go with --reference, --labels and "
			"--tags, without --conlleval");
	if (wp_tool_given(&c->smoothing_value) && c->smoothing != WP_SMOOTH_FLOOR &&
		c->smoothing != WP_SMOOTH_ADD_K)
		wp_tool_usage("--smoothing-value goes with --smoothing floor and add-k");
}

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

static void evaluate(const char *path)
{
	struct wp_evaluation_config *c = &conf.evaluation;
	struct wp_evaluation_notes notes;
	const char *known = conf.reference ? conf.reference
		: conf.labels              ? conf.labels
					   : conf.tags;
	c->kind = conf.reference ? WP_EVALUATE_TEXT
		: conf.labels    ? WP_EVALUATE_LABELS
				 : WP_EVALUATE_TAGS;
	c->seed = wp_common.seed;
	if (is_stdin(path) + is_stdin(known) + (conf.compare && is_stdin(conf.compare)) > 1)
		wp_tool_usage("only one file can be standard input");
	struct wp_input *inputs[3] = {NULL};
	wp_tool_check(wp_input_open_text(&inputs[0], known));
	wp_tool_check(wp_input_open_text(&inputs[1], path));
	if (conf.compare)
		wp_tool_check(wp_input_open_text(&inputs[2], conf.compare));
	wp_tool_check(
		wp_evaluate(c, inputs[0], inputs[1], inputs[2], wp_tool_output(), &notes));
	if (notes.lines_with_stops >= 100 && c->tokenization == 1)
		wp_tool_warn("%s: %" PRIu64 " lines end in a \".\" that stands apart: for text "
			     "that is tokenized already, --tokenize none",
			wp_input_name(inputs[1]), notes.lines_with_stops);
	if (notes.other_words > 0)
		wp_tool_warn("%s: %" PRIu64
			     " words are others than in %s (first on line %" PRIu64 ")",
			wp_input_name(inputs[1]), notes.other_words, known, notes.first_line);
	for (int i = 0; i < 3; i++)
		wp_input_close(inputs[i]);
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	check_options();
	wp_tool_operands(argc, 0, conf.text ? 0 : 1);
	const char *path = argc > 0 ? argv[0] : NULL;
	if (conf.text)
		write_text();
	else if (conf.tokens)
		compare_tokens(path);
	else
		evaluate(path);
	return wp_tool_finish();
}
