/* rnn-predict: use a recurrent network that rnn-train has made.
 *
 * Reads a model and, but for generating, a stream of sentences or series; writes text, or a
 * stream of numbers.  Memory: the model twice (once laid out for one step at a time) to
 * generate; else the model, the ids, which beyond --memory go to disk, and some MB of results.
 */
#include "tool.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/blas.h"
#include "nn/tasks/encode.h"
#include "nn/decode/generate.h"
#include "nn/tasks/label.h"
#include "nn/tasks/regression.h"
#include "text/plain_text.h"
#include "nn/tasks/score.h"

static struct {
	int generate, forecast; /* also the modes of these names */
	bool score, classify, tag, regress, encode, states;
	const char *prime;
	int count, top_k, beam, best;
	double temperature, top_p;
	bool greedy, unknown, tokens, probabilities;
	int pooling;
	const char *report;
} conf = {.prime = "", .count = 1, .best = 1, .temperature = 1, .top_p = 1};

static const struct wp_about about = {
	.name = "rnn-predict",
	.summary = "use a recurrent network: generate, score, classify, tag, encode, forecast",
	.operands = "model [stream]",
	.examples = (const char *const[]){"rnn-predict --generate 500 --prime ROMEO: model.bin",
		"tokenize --markers < text | vocab | rnn-predict --score lm.bin",
		"rnn-predict --tag --report - model.bin test.bin", NULL},
	.see_also = "rnn-train, tokenize, vocab, ts-convert, clip-stats",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What to do: exactly one of these"),
	WP_OPT_INT(0, "generate", &conf.generate, "N", 1, INT32_MAX,
		"write text of N tokens at most"),
	WP_OPT_FLAG(0, "score", &conf.score,
		"write the log-probability of each sentence to a language model"),
	WP_OPT_FLAG(0, "classify", &conf.classify, "write a label for each sentence"),
	WP_OPT_FLAG(0, "tag", &conf.tag, "write a tag for each token"),
	WP_OPT_FLAG(0, "regress", &conf.regress, "write the numbers predicted, as a stream"),
	WP_OPT_FLAG(0, "encode", &conf.encode, "write a vector for each sentence, as a stream"),
	WP_OPT_FLAG(0, "states", &conf.states,
		"write all states and gates at each token, as a stream"),
	WP_OPT_INT(0, "forecast", &conf.forecast, "N", 1, INT32_MAX,
		"write the next N values of each series, as a stream"),
	WP_OPT_GROUP("Generating"),
	WP_OPT_TEXT(0, "prime", &conf.prime, "TEXT", "begin with TEXT"),
	WP_OPT_INT('k', "count", &conf.count, "N", 1, 1000000,
		"sequences to generate; of a beam: how many of the best to write"),
	WP_OPT_REAL(0, "temperature", &conf.temperature, "R", 0, 1e6,
		"divide the logarithms of probabilities by R; 0: as --greedy"),
	WP_OPT_FLAG(0, "greedy", &conf.greedy, "take the most probable token always"),
	WP_OPT_INT(0, "top-k", &conf.top_k, "N", 0, INT32_MAX,
		"draw from the N most probable tokens; 0: from all"),
	WP_OPT_REAL(0, "top-p", &conf.top_p, "R", 1e-9, 1,
		"draw from the most probable tokens that together have this probability"),
	WP_OPT_INT(0, "beam", &conf.beam, "N", 0, 1024,
		"look for the most probable sequence, keeping the N best; 0: draw"),
	WP_OPT_FLAG(0, "unknown", &conf.unknown, "let UNKNOWN_TOKEN come, too"),
	/* Text has no history, and no stream depends on the seed. */
	{.kind = WP_KIND_COUNT,
		.name = "seed",
		.arg = "N",
		.var = &wp_common.seed,
		.max = 9007199254740992.0,
		.flags = WP_OPT_NEUTRAL,
		.help = "seed of the random numbers"},
	WP_OPT_GROUP("Results"),
	WP_OPT_FLAG(0, "tokens", &conf.tokens,
		"generate: write token text, a sequence a line; score, tag: a row for each "
		"token"),
	WP_OPT_FLAG(0, "probabilities", &conf.probabilities,
		"classify, tag: the probabilities of all labels, too"),
	WP_OPT_INT(0, "best", &conf.best, "N", 1, 10000,
		"tag, of an output crf: the N best sequences of tags for each sentence"),
	WP_OPT_CHOICE(0, "pooling", &conf.pooling, "HOW", wp_nn_poolings,
		"encode: the state after the last token, or the mean or maximum of all"),
	WP_OPT_SIDE("report", &conf.report,
		"write perplexity, accuracy, F1 or errors in total to FILE; -: in place of "
		"the rows"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* ---- The command line ---- */

static bool given_generating(void)
{
	return wp_tool_given(&conf.prime) || wp_tool_given(&conf.count) ||
		wp_tool_given(&conf.temperature) || conf.greedy || wp_tool_given(&conf.top_k) ||
		wp_tool_given(&conf.top_p) || wp_tool_given(&conf.beam) || conf.unknown ||
		wp_tool_given(&wp_common.seed);
}

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

static void check_options(int operands, char **operand)
{
	int modes = (conf.generate > 0) + (conf.forecast > 0) + conf.score + conf.classify +
		conf.tag + conf.regress + conf.encode + conf.states;
	bool shapes = wp_tool_given(&conf.temperature) || wp_tool_given(&conf.top_k) ||
		wp_tool_given(&conf.top_p);
	if (modes != 1)
		wp_tool_usage("%s of --generate, --score, --classify, --tag, --regress, "
			      "--encode, --states, --forecast",
			modes ? "only one" : "which one");
	wp_tool_operands(operands, 1, conf.generate ? 1 : 2);
	if (!conf.generate && is_stdin(operand[0]) && is_stdin(operand[1]))
		wp_tool_usage("model and stream cannot both be standard input");
	if (!conf.generate && given_generating())
		wp_tool_usage("options for generating need --generate");
	if (conf.beam && (shapes || conf.greedy))
		wp_tool_usage("--beam draws nothing: no --temperature, --greedy, --top-k, "
			      "--top-p");
	if (conf.beam && conf.count > conf.beam)
		wp_tool_usage("--count: a beam of %d finds no more sequences", conf.beam);
	if (conf.greedy && shapes)
		wp_tool_usage("--greedy takes the most probable token: no --temperature, "
			      "--top-k, --top-p");
	if (conf.tokens && !conf.generate && !conf.score && !conf.tag)
		wp_tool_usage("--tokens is for --generate, --score and --tag");
	if (conf.probabilities && !conf.classify && !conf.tag)
		wp_tool_usage("--probabilities is for --classify and --tag");
	if (wp_tool_given(&conf.best) && !conf.tag)
		wp_tool_usage("--best is for --tag");
	if (wp_tool_given(&conf.pooling) && !conf.encode)
		wp_tool_usage("--pooling is for --encode");
	if (conf.report && !conf.score && !conf.classify && !conf.tag && !conf.regress)
		wp_tool_usage("--report is for --score, --classify, --tag and --regress");
}

/* ---- Generating ---- */

struct writing {
	struct wp_plain_text text;
	double flushed;
	uint64_t tokens;
};

/* Text is on its way as it is made; fast networks do not ask the system for each token. */
static enum wp_err write_token(void *arg, int32_t token)
{
	struct writing *w = arg;
	struct wp_output *out = wp_tool_output();
	enum wp_err err = wp_plain_text_put(&w->text, out, token);
	w->tokens++;
	double now = wp_tool_seconds();
	if (!err && now - w->flushed > 0.02) {
		w->flushed = now;
		err = wp_output_flush(out);
	}
	return err;
}

static void write_tokens(struct writing *w, const int32_t *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wp_tool_check(write_token(w, tokens[i]));
}

static void end_sequence(struct writing *w)
{
	wp_tool_check(wp_plain_text_end(&w->text, wp_tool_output()));
	wp_tool_check(wp_output_flush(wp_tool_output()));
}

static void generate(const struct wp_nn_model *model)
{
	struct wp_nn_generation how = {
		.sampling = {conf.greedy ? 0 : conf.temperature, conf.top_k, conf.top_p},
		.seed = wp_common.seed,
		.unknown = conf.unknown,
		.beam = conf.beam,
		.length = (size_t)conf.generate};
	struct wp_nn_generator *generator;
	struct writing w = {0};
	int32_t *prime;
	size_t primed, unknown;
	wp_tool_check(wp_nn_generator_create(&generator, model, &how));
	wp_tool_check(wp_plain_text_init(&w.text, &model->vocab));
	wp_tool_check(wp_plain_text_cut(
		&w.text, conf.prime, strlen(conf.prime), &prime, &primed, &unknown));
	if (unknown > 0)
		wp_tool_warn("%zu of %zu tokens of the prime are unknown to the model", unknown,
			primed);
	if (conf.tokens)
		w.text.characters = false;
	double started = wp_tool_seconds();
	const struct wp_nn_found *found = NULL;
	size_t count = (size_t)conf.count;
	if (conf.beam)
		wp_tool_check(wp_nn_beam_search(generator, prime, primed, &found, &count));
	for (size_t i = 0; i < count && i < (size_t)conf.count; i++) {
		write_tokens(&w, prime, primed);
		if (found)
			write_tokens(&w, found[i].tokens, found[i].count);
		else
			wp_tool_check(
				wp_nn_generate(generator, i, prime, primed, write_token, &w));
		end_sequence(&w);
	}
	wp_tool_report(
		"%.0f tokens/s", (double)w.tokens / (wp_tool_seconds() - started + 1e-9));
	free(prime);
	wp_plain_text_fini(&w.text);
	wp_nn_generator_free(generator);
}

/* ---- Everything else reads a stream ---- */

/* Where rows go, or NULL: with --report - the report stands there. */
static struct wp_output *rows(void)
{
	bool instead = conf.report && strcmp(conf.report, "-") == 0;
	return instead ? NULL : wp_tool_output();
}

/* Where the report goes, or NULL. */
static struct wp_output *open_report(void)
{
	if (!conf.report)
		return NULL;
	bool instead = strcmp(conf.report, "-") == 0;
	return instead ? wp_tool_output() : wp_tool_side_output(conf.report);
}

static void score(const struct wp_nn_model_input *reading)
{
	struct wp_nn_totals t;
	wp_tool_check(wp_nn_score(reading, wp_common.threads, conf.tokens, rows(), &t));
	double perplexity = wp_nn_perplexity(t.logprob, t.tokens);
	struct wp_output *out = open_report();
	if (out)
		wp_tool_check(wp_output_printf(out,
			"sentences\t%" PRIu64 "\ntokens\t%" PRIu64 "\nunknown\t%" PRIu64
			"\nlogprob\t%.4f\nperplexity\t%.4f\nperplexity_known\t%.4f\n",
			t.sentences, t.tokens, t.unknown, t.logprob, perplexity,
			wp_nn_perplexity(t.known_logprob, t.tokens - t.unknown)));
	wp_tool_report("perplexity %.4f of %" PRIu64 " tokens, %" PRIu64 " of them unknown",
		perplexity, t.tokens, t.unknown);
}

static void label(const struct wp_nn_model_input *reading, const char *name)
{
	const struct wp_nn_labelling how = {.threads = wp_common.threads,
		.by_token = conf.tokens,
		.probabilities = conf.probabilities,
		.best = wp_tool_given(&conf.best) ? (size_t)conf.best : 0};
	bool tags = reading->model->config.task == WP_NN_TAG;
	struct wp_nn_labelled labelled;
	wp_tool_check(wp_nn_label(reading, &how, rows(), &labelled));
	if (conf.report && !labelled.metrics)
		wp_tool_die(WP_EMISMATCH, "%s: no %s to compare with", name,
			tags ? "tags" : "labels");
	if (labelled.metrics) {
		struct wp_counts_f1 total = wp_metrics_total(labelled.metrics), phrases;
		struct wp_output *out = open_report();
		if (out)
			wp_tool_check(wp_metrics_report(
				labelled.metrics, tags ? "tokens" : "sentences", out));
		if (wp_metrics_phrases(labelled.metrics, &phrases))
			wp_tool_report("F1 of phrases %.4f", wp_f1(&phrases));
		wp_tool_report("accuracy %.4f of %" PRIu64 " %s", wp_recall(&total),
			total.given, tags ? "tags" : "labels");
	}
	wp_nn_labelled_fini(&labelled);
}

static void regress(const struct wp_nn_model_input *reading, const char *name)
{
	bool instead = conf.report && strcmp(conf.report, "-") == 0;
	struct wp_nn_errors errors;
	if (!instead)
		wp_tool_put_history();
	wp_tool_check(wp_nn_regress(
		reading, wp_common.threads, instead ? NULL : wp_tool_writer(0), &errors));
	if (conf.report && errors.targets == 0)
		wp_tool_die(WP_EMISMATCH, "%s: no targets to compare with", name);
	double mse = errors.targets ? errors.squares / (double)errors.targets : 0;
	struct wp_output *out = open_report();
	if (out)
		wp_tool_check(
			wp_output_printf(out, "targets\t%" PRIu64 "\nmse\t%.6g\nrmse\t%.6g\n",
				errors.targets, mse, sqrt(mse)));
}

/* A model that cannot do what is asked for is said to be so before the stream is read. */
static void check_task(const struct wp_nn_model *model, const char *name)
{
	const struct wp_nn_config *c = &model->config;
	const char *wanted = conf.score ? "lm"
		: conf.generate         ? "lm"
		: conf.classify         ? "classify"
		: conf.tag              ? "tag"
		: conf.regress          ? "regress"
					: NULL;
	if (wanted && strcmp(wanted, wp_nn_tasks[c->task].name) != 0)
		wp_tool_die(WP_EMISMATCH,
			"%s: a model for the task '%s', and this needs one for '%s'", name,
			wp_nn_tasks[c->task].name, wanted);
	if (conf.forecast && !model->next)
		wp_tool_die(WP_EMISMATCH,
			"%s: a forecast needs a model that predicts the next value of a series",
			name);
	if ((conf.score || conf.generate || conf.forecast) &&
		wp_nn_model_is_bidirectional(model))
		wp_tool_die(WP_EMISMATCH, "%s: a bidirectional network reads what is to come",
			name);
}

/* The names of the columns of a series are those of its forecast. */
static struct wp_strings column_names;

static enum wp_err keep_names(
	void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (conf.forecast && strcmp(tensor->name, "series.columns") == 0 &&
		tensor->type == WP_STRING && column_names.count == 0)
		return wp_reader_strings(reader, &column_names);
	return wp_tool_keep_history(arg, reader, tensor);
}

static void read_stream(const struct wp_nn_model *model, const char *path)
{
	struct wp_nn_model_input reading;
	bool numbers = conf.regress && !(conf.report && strcmp(conf.report, "-") == 0);
	bool writes_stream = numbers || conf.encode || conf.states || conf.forecast;
	struct wp_writer *writer = writes_stream ? wp_tool_writer(0) : NULL; /* or refused */
	struct wp_reader *reader = wp_tool_reader(path);
	const char *name = wp_reader_name(reader);
	wp_tool_check(wp_nn_model_input_init(
		&reading, model, reader, wp_common.memory, wp_common.tmpdir, keep_names, NULL));
	wp_tool_judge_unknown(name, "the model", reading.unknown_tokens, reading.tokens);
	if (writes_stream && !conf.regress)
		wp_tool_put_history();
	if (column_names.count > 0)
		wp_tool_check(wp_writer_put_list(writer, "series.columns", &column_names));
	if (conf.score)
		score(&reading);
	else if (conf.classify || conf.tag)
		label(&reading, name);
	else if (conf.regress)
		regress(&reading, name);
	else if (conf.encode)
		wp_tool_check(wp_nn_encode(
			&reading, (enum wp_nn_pooling)conf.pooling, wp_common.threads, writer));
	else if (conf.states)
		wp_tool_check(wp_nn_put_states(&reading, wp_common.threads, writer));
	else
		wp_tool_check(wp_nn_forecast(&reading, (size_t)conf.forecast, writer));
	wp_strings_fini(&column_names);
	wp_nn_model_input_fini(&reading);
	wp_reader_close(reader);
}

int main(int argc, char **argv)
{
	struct wp_nn_model model;
	wp_common.memory = (size_t)256 << 20;
	wp_tool_start(&about, options, &argc, &argv);
	check_options(argc, argv);
	wp_tool_check(wp_blas_start(wp_common.threads));

	struct wp_reader *reader = wp_tool_reader(argv[0]);
	wp_tool_check(wp_nn_model_read(&model, reader, wp_tool_keep_history, NULL));
	check_task(&model, wp_reader_name(reader));
	wp_reader_close(reader);
	if (conf.generate)
		generate(&model);
	else
		read_stream(&model, argc > 1 ? argv[1] : NULL);
	wp_nn_model_fini(&model);
	return wp_tool_finish();
}
