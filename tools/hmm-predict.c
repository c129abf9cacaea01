/* hmm-predict: tag, score and generate with a hidden Markov model.
 *
 * Reads a model of hmm-train and then text: in columns, a sentence at a time, or a stream.
 * Memory: the model, the text of a stream, and with --report 8 bytes for each token.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "hmm/hmm.h"
#include "hmm/trigram.h"

static struct {
	bool tag, score, with_states;
	int generate, count;
	struct wp_hmm_tagging plain;
	struct wp_tagging tagging;
	const char *report;
} conf = {.count = 1};

static const struct wp_about about = {
	.name = "hmm-predict",
	.summary = "tag, score and generate with a hidden Markov model",
	.operands = "model [file]",
	.examples = (const char *const[]){"hmm-predict tagger.bin words.txt > tagged.txt",
		"hmm-predict --report - tagger.bin test.txt",
		"tokenize text | vocab | hmm-predict --tag hmm.bin",
		"hmm-predict --generate 20 --count 5 hmm.bin", NULL},
	.see_also = "hmm-train, crf-predict, rnn-predict, vocab",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What to write instead of each line with its tag: one of these at most"),
	WP_OPT_FLAG(0, "tag", &conf.tag, "a line of tags, or states, for each sentence"),
	WP_OPT_FLAG(0, "score", &conf.score,
		"a line for each sentence: a log-probability, tokens, tags"),
	WP_OPT_INT(0, "generate", &conf.generate, "N", 0, 1000000000,
		"plain model: read no text, draw a sequence of N steps"),
	WP_OPT_GROUP("Results"),
	WP_OPT_FLAG(0, "probabilities", &conf.tagging.probabilities,
		"behind each tag its probability, and all other tags with theirs"),
	WP_OPT_FLAG(0, "posterior", &conf.plain.posterior,
		"plain model: the most probable state of each token, not the most probable "
		"sequence"),
	WP_OPT_SIDE("report", &conf.report,
		"write accuracy and F1 in total to FILE; -: in place of the lines"),
	WP_OPT_GROUP("Generating"),
	WP_OPT_INT('k', "count", &conf.count, "N", 1, 1000000, "sequences to generate"),
	WP_OPT_FLAG(0, "states", &conf.with_states,
		"generate: a line for each step, its state behind it"),
	WP_OPT_SEED,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void check_options(int argc)
{
	if (conf.tag + conf.score + (conf.generate > 0) > 1)
		wp_tool_usage("--tag, --score and --generate exclude each other");
	bool lines = !conf.tag && !conf.score && conf.generate == 0;
	if (conf.tagging.probabilities && !lines)
		wp_tool_usage("--probabilities stand behind the tag of each line");
	if (conf.generate > 0 && (conf.report || argc > 1))
		wp_tool_usage("--generate reads no text");
	if (conf.generate == 0 &&
		(wp_tool_given(&conf.count) || conf.with_states ||
			wp_tool_given(&wp_common.seed)))
		wp_tool_usage("--count, --states and --seed go with --generate");
	conf.tagging.form = conf.tag ? WP_TAGGING_TAGS
		: conf.score         ? WP_TAGGING_SCORE
				     : WP_TAGGING_COLUMNS;
	conf.tagging.best = 1;
	conf.tagging.keep = conf.report != NULL;
}

/* The text in columns: a file of it, or of a stream. */
struct text {
	struct wp_input *input;
	char *columns; /* made of a stream; or NULL */
};

static bool is_stream(struct wp_input *input)
{
	const char *data;
	size_t have;
	for (size_t n = 1; n <= 4; n++) { /* wait for no more than it takes to tell */
		wp_tool_check(wp_input_peek(input, n, &data, &have));
		if (have < n || memcmp(data, "\x89TST", n) != 0)
			return false;
	}
	return true;
}

static void open_text(struct text *text, const char *path)
{
	wp_tool_refuse_terminal(path);
	wp_tool_check(wp_input_open(&text->input, path));
	if (!is_stream(text->input)) {
		wp_tool_check(wp_input_expect_text(text->input));
		return;
	}
	struct wp_reader *reader;
	struct wp_hmm_text stream;
	size_t size;
	wp_tool_check(wp_reader_over(&reader, text->input));
	wp_tool_check(wp_hmm_text_read(&stream, reader));
	wp_tool_check(wp_hmm_columns(&stream, &text->columns, &size));
	wp_hmm_text_fini(&stream);
	wp_tool_check(
		wp_input_memory(&text->input, text->columns, size, path ? path : "<stdin>"));
}

/* Where the report goes, or NULL. */
static struct wp_output *open_report(bool instead)
{
	if (instead)
		return wp_tool_output();
	return conf.report ? wp_tool_side_output(conf.report) : NULL;
}

static void tag(struct wp_trigram *tagger, const struct wp_hmm *hmm, const char *path)
{
	bool instead = conf.report && strcmp(conf.report, "-") == 0;
	struct wp_output *report = open_report(instead),
			 *out = instead ? NULL : wp_tool_output();
	struct wp_tagged tagged = {0};
	struct text text = {0};
	open_text(&text, path);
	if (tagger)
		wp_tool_check(wp_trigram_tag(tagger, &conf.tagging, text.input, out, &tagged));
	else
		wp_tool_check(
			wp_hmm_tag(hmm, &conf.plain, &conf.tagging, text.input, out, &tagged));
	if (tagged.tokens == 0)
		wp_tool_warn("%s: no tokens", wp_input_name(text.input));
	else if (conf.report && !tagged.given)
		wp_tool_die(
			WP_EMISMATCH, "%s: no tags to report on", wp_input_name(text.input));
	if (conf.report && tagged.given)
		wp_tool_check(wp_tagged_report(&tagged, report));
	wp_tool_report(
		"%" PRIu64 " sentences, %" PRIu64 " tokens", tagged.sentences, tagged.tokens);
	if (tagged.given && tagged.tokens)
		wp_tool_report("accuracy %.4f", (double)tagged.correct / (double)tagged.tokens);
	if (hmm)
		wp_tool_report("logprob %.6g", conf.plain.logprob);
	wp_input_close(text.input);
	free(text.columns);
	wp_tagged_fini(&tagged);
}

static void generate(const struct wp_hmm *hmm)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, wp_common.seed, 0);
	for (int i = 0; i < conf.count; i++)
		wp_tool_check(wp_hmm_sample(
			hmm, (size_t)conf.generate, conf.with_states, &rng, wp_tool_output()));
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 1, 2);
	check_options(argc);

	struct wp_trigram *tagger = NULL;
	struct wp_hmm hmm = {0};
	wp_tool_check(wp_hmm_read_any(&hmm, &tagger, wp_tool_model(argv[0], "hmm-train")));
	if (tagger && (conf.generate > 0 || conf.plain.posterior))
		wp_tool_die(WP_EMISMATCH, "%s: a trigram tagger; --%s is for plain models",
			argv[0], conf.generate > 0 ? "generate" : "posterior");
	if (conf.generate > 0)
		generate(&hmm);
	else
		tag(tagger, tagger ? NULL : &hmm, argc > 1 ? argv[1] : NULL);
	wp_trigram_free(tagger);
	wp_hmm_fini(&hmm);
	return wp_tool_finish();
}
