/* crf-predict: tag text with a conditional random field.
 *
 * Reads a model of crf-train and then text in columns, a sentence at a time, or a stream.
 * Memory: the model, and with --report 8 bytes for each token.
 */
#include "tool.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "crf/crf_tag.h"
#include "embed/embedding.h"
#include "text/column_stream.h"

static struct {
	bool tag, score;
	struct wp_tagging tagging;
	int best, features;
	const char *report, *embedding;
} conf = {.best = 1};

static const struct wp_about about = {
	.name = "crf-predict",
	.summary = "tag text with a conditional random field",
	.operands = "model [file]",
	.examples = (const char *const[]){"crf-predict crf.bin test.txt > tagged.txt",
		"crf-predict --report - crf.bin test.txt",
		"crf-predict --probabilities --best 3 crf.bin < test.txt",
		"crf-predict --features 20 crf.bin", NULL},
	.see_also = "crf-train, hmm-predict, rnn-predict",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What to write instead of each line with its tag: one of these at most"),
	WP_OPT_FLAG(0, "tag", &conf.tag, "a line of tags for each sentence"),
	WP_OPT_FLAG(0, "score", &conf.score,
		"a line for each sentence: the log-probability of its tags, tokens, tags"),
	WP_OPT_INT(0, "features", &conf.features, "N", 0, 1000000000,
		"read no text: the N largest weights of each tag, by name"),
	WP_OPT_GROUP("Results"),
	WP_OPT_FLAG(0, "probabilities", &conf.tagging.probabilities,
		"behind each tag its probability, and all other tags with theirs"),
	WP_OPT_INT(0, "best", &conf.best, "N", 1, 10000,
		"the N best sequences of tags for each sentence"),
	WP_OPT_SIDE("report", &conf.report,
		"write accuracy and F1 in total to FILE; -: in place of the lines"),
	WP_OPT_GROUP("Running"),
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"the word vectors that the model was trained with"),
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void check_options(void)
{
	if (conf.tag + conf.score + (conf.features > 0) > 1)
		wp_tool_usage("--tag, --score and --features exclude each other");
	bool lines = !conf.tag && !conf.score && conf.features == 0;
	if (conf.tagging.probabilities && !lines)
		wp_tool_usage("--probabilities stand behind the tag of each line");
	if (conf.best > 1 && !lines)
		wp_tool_usage("--best writes each line with its tag");
	if (conf.report && conf.features > 0)
		wp_tool_usage("--report is about text, and --features reads none");
	conf.tagging.form = conf.tag ? WP_TAGGING_TAGS
		: conf.score         ? WP_TAGGING_SCORE
				     : WP_TAGGING_COLUMNS;
	conf.tagging.best = (size_t)conf.best;
	conf.tagging.keep = conf.report != NULL;
}

static void set_vectors(struct wp_crf *crf, const char *model, struct wp_embedding *embedding)
{
	if (wp_crf_dim(crf) == 0 && conf.embedding)
		wp_tool_die(WP_EMISMATCH, "%s: it reads no word vectors", model);
	if (wp_crf_dim(crf) > 0 && !conf.embedding)
		wp_tool_die(WP_EMISMATCH,
			"%s: it reads word vectors of %zu numbers: name them with --embedding FILE",
			model, wp_crf_dim(crf));
	if (!conf.embedding)
		return;
	wp_tool_check(
		wp_embedding_read(embedding, wp_tool_reader(conf.embedding), "embedding"));
	const struct wp_crf_vectors vectors = {
		&embedding->vocab, embedding->vector, embedding->dim};
	wp_tool_check(wp_crf_set_vectors(crf, &vectors));
}

/* Where the report goes, or NULL. */
static struct wp_output *open_report(bool instead)
{
	if (instead)
		return wp_tool_output();
	return conf.report ? wp_tool_side_output(conf.report) : NULL;
}

static void tag(const struct wp_crf *crf, const char *path)
{
	bool instead = conf.report && strcmp(conf.report, "-") == 0;
	struct wp_output *report = open_report(instead),
			 *out = instead ? NULL : wp_tool_output();
	struct wp_tagged tagged = {0};
	struct wp_columns text;
	const struct wp_strings *names = wp_crf_column_names(crf);
	wp_tool_refuse_terminal(path);
	/* A model of one column reads tokens alone, whatever else a stream has. */
	wp_tool_check(wp_columns_open(&text, path,
		names->count || wp_crf_columns(crf) == 1 ? names : NULL,
		wp_crf_tag_column(crf)));
	int columns = (int)text.names.count + 1;
	if (text.stream && columns != wp_crf_columns(crf))
		wp_tool_die(WP_EMISMATCH, "%s: %d column%s, and the model reads %d",
			wp_input_name(text.input), columns, columns == 1 ? "" : "s",
			wp_crf_columns(crf));
	wp_tool_check(wp_crf_tag(crf, &conf.tagging, text.input, out, &tagged));
	if (tagged.tokens == 0)
		wp_tool_warn("%s: no tokens", wp_input_name(text.input));
	else if (conf.report && !tagged.given)
		wp_tool_die(WP_EMISMATCH, "%s: no column of tags to report on",
			wp_input_name(text.input));
	if (conf.report && tagged.given)
		wp_tool_check(wp_tagged_report(&tagged, report));
	wp_tool_report(
		"%" PRIu64 " sentences, %" PRIu64 " tokens", tagged.sentences, tagged.tokens);
	if (tagged.given)
		wp_tool_report("accuracy %.4f",
			tagged.tokens ? (double)tagged.correct / (double)tagged.tokens : 0);
	wp_columns_close(&text);
	wp_tagged_fini(&tagged);
}

int main(int argc, char **argv)
{
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 1, 2);
	check_options();

	struct wp_crf *crf;
	struct wp_embedding embedding = {0};
	wp_tool_check(wp_crf_read(&crf, wp_tool_model(argv[0], "crf-train")));
	if (conf.features > 0) {
		if (argc > 1)
			wp_tool_usage("--features reads no text");
		wp_tool_check(
			wp_crf_write_features(crf, (size_t)conf.features, wp_tool_output()));
	} else {
		set_vectors(crf, argv[0], &embedding);
		tag(crf, argc > 1 ? argv[1] : NULL);
	}
	wp_crf_free(crf);
	wp_embedding_fini(&embedding);
	return wp_tool_finish();
}
