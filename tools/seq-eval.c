/* seq-eval: how well sequences that were found agree with those of a gold standard.
 *
 * Reads a treebank in CoNLL-U, and token text made from its text; writes a table of precision,
 * recall and F1.  Memory: the treebank's text, three times.
 */
#include "tool.h"

#include <inttypes.h>

#include "text/token_eval.h"

static struct {
	const char *tokens, *text;
} conf;

static const struct wp_about about = {
	.name = "seq-eval",
	.summary = "evaluate tokens and sentences against a treebank",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"seq-eval --text dev.conllu | tokenize --sentences > dev.tokens",
			"seq-eval --tokens dev.conllu dev.tokens", NULL},
	.see_also = "tokenize, rnn-predict, crf-predict",
};

static const struct wp_opt options[] = {
	WP_OPT_TEXT(0, "tokens", &conf.tokens, "GOLD",
		"compare the tokens and sentences of the file with those of this treebank, in "
		"CoNLL-U"),
	WP_OPT_TEXT(0, "text", &conf.text, "GOLD",
		"write the text of this treebank, a paragraph a line, to be tokenized"),
	WP_OPT_COMMON,
	WP_OPT_END,
};

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

static void compare(const struct wp_gold *gold, const char *path)
{
	struct wp_input *input;
	struct wp_token_score score;
	wp_tool_check(wp_input_open(&input, path));
	wp_tool_check(wp_gold_compare(gold, input, &score));
	wp_input_close(input);
	wp_tool_check(wp_output_printf(
		wp_tool_output(), "unit\tprecision\trecall\tf1\tgold\tfound\tright\n"));
	put_row("tokens", &score.tokens);
	put_row("sentences", &score.sentences);
}

int main(int argc, char **argv)
{
	struct wp_gold *gold;
	wp_tool_start(&about, options, &argc, &argv);
	if (!conf.tokens == !conf.text)
		wp_tool_usage("give one of --tokens GOLD and --text GOLD");
	wp_tool_operands(argc, 0, conf.tokens ? 1 : 0);
	wp_tool_check(wp_gold_read(&gold, conf.tokens ? conf.tokens : conf.text));
	if (conf.text)
		wp_tool_check(wp_gold_write_text(gold, wp_tool_output()));
	else
		compare(gold, argc > 0 ? argv[0] : NULL);
	wp_gold_free(gold);
	return wp_tool_finish();
}
