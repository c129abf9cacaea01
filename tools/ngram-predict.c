/* ngram-predict: use an n-gram model that ngram-train has made.
 *
 * Reads a model, in place, and but for generating a stream of sentences; writes text.  Memory:
 * the ids, which beyond --memory go to disk, and nine bytes for each token and model.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ngram/generate.h"
#include "ngram/score.h"
#include "text/number.h"
#include "text/plain_text.h"

static struct {
	bool score, tokens, find_weights, greedy, unknown;
	int generate, next, count, top_k;
	double temperature, top_p;
	const char *prime, *mix, *mix_scores, *weights, *report;
} conf = {.prime = "", .count = 1, .temperature = 1, .top_p = 1};

static const struct wp_about about = {
	.name = "ngram-predict",
	.summary = "use an n-gram model: score, generate, tell the next word, mix",
	.operands = "model [stream]",
	.examples = (const char *const[]){"vocab < lines | ngram-predict --score model.bin",
		"ngram-predict --generate 50 --prime 'the cat' model.bin",
		"ngram-predict --next 10 --prime 'the cat' model.bin",
		"ngram-predict --score --report - --mix-scores rnn.tsv model.bin "
		"ids.bin",
		NULL},
	.see_also = "ngram-train, vocab, rnn-predict",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("What to do: exactly one of these"),
	WP_OPT_FLAG(0, "score", &conf.score, "write the log-probability of each sentence"),
	WP_OPT_INT(0, "generate", &conf.generate, "N", 1, INT32_MAX,
		"write text of N tokens at most"),
	WP_OPT_INT(0, "next", &conf.next, "N", 1, INT32_MAX,
		"write the N most probable next tokens after --prime"),
	WP_OPT_GROUP("Mixing"),
	WP_OPT_TEXT(0, "mix", &conf.mix, "FILE[,FILE...]", "mix with these models"),
	WP_OPT_TEXT(0, "mix-scores", &conf.mix_scores, "FILE",
		"mix with what rnn-predict --score --tokens has written of the same text"),
	WP_OPT_TEXT(0, "weights", &conf.weights, "R[,R...]",
		"weights of the model, of those of --mix, and of --mix-scores; all the same "
		"by default"),
	WP_OPT_FLAG(0, "find-weights", &conf.find_weights,
		"find the weights that suit this text best, by EM"),
	WP_OPT_GROUP("Generating"),
	WP_OPT_TEXT(0, "prime", &conf.prime, "TEXT", "begin with TEXT"),
	WP_OPT_INT('k', "count", &conf.count, "N", 1, 1000000, "sentences to generate"),
	WP_OPT_REAL(0, "temperature", &conf.temperature, "R", 0, 1e6,
		"divide the logarithms of probabilities by R; 0: as --greedy"),
	WP_OPT_FLAG(0, "greedy", &conf.greedy, "take the most probable token always"),
	WP_OPT_INT(0, "top-k", &conf.top_k, "N", 0, INT32_MAX,
		"draw among the N most probable tokens; 0: among all"),
	WP_OPT_REAL(0, "top-p", &conf.top_p, "R", 1e-6, 1,
		"draw among the most probable tokens that together have probability R"),
	WP_OPT_FLAG(0, "unknown", &conf.unknown, "UNKNOWN_TOKEN may be drawn, too"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Output"),
	WP_OPT_FLAG(0, "tokens", &conf.tokens, "score: a row for each token"),
	WP_OPT_SIDE("report", &conf.report,
		"write perplexity and what was seen to FILE; -: in place of the rows"),
	WP_OPT_GROUP("Running"),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The models: the operand, and those of --mix. */
static struct wp_ngram_model models[WP_NGRAM_MODELS_MAX];
static struct wp_ngram_mixture mixture;

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

static void check_options(int operands, char **operand)
{
	bool draws = wp_tool_given(&conf.count) || wp_tool_given(&conf.temperature) ||
		conf.greedy || wp_tool_given(&conf.top_k) || wp_tool_given(&conf.top_p) ||
		wp_tool_given(&wp_common.seed);
	bool mixes = conf.mix || conf.mix_scores;
	if (conf.score + (conf.generate > 0) + (conf.next > 0) != 1)
		wp_tool_usage("exactly one of --score, --generate, --next");
	wp_tool_operands(operands, 1, conf.score ? 2 : 1);
	if (conf.score && is_stdin(operand[0]) && is_stdin(operand[1]))
		wp_tool_usage("model and stream cannot both be standard input");
	if (!conf.score && (mixes || conf.tokens || conf.report))
		wp_tool_usage("--mix, --mix-scores, --tokens and --report are for --score");
	if (!mixes && (conf.weights || conf.find_weights))
		wp_tool_usage("--weights and --find-weights: nothing to mix");
	if (conf.weights && conf.find_weights)
		wp_tool_usage("only one of --weights, --find-weights");
	if (!conf.generate && draws)
		wp_tool_usage("options for generating need --generate");
	if (conf.score && (wp_tool_given(&conf.prime) || conf.unknown))
		wp_tool_usage("--prime and --unknown are for --generate and --next");
}

static void read_model(const char *path)
{
	struct wp_ngram_model *m = &models[mixture.models];
	wp_tool_check(wp_ngram_model_read(m, wp_tool_model(path, "ngram-train")));
	mixture.model[mixture.models++] = m;
}

/* "a.bin,b.bin" */
static void read_mixed(void)
{
	char *names, *save = NULL;
	size_t n = strlen(conf.mix) + 1;
	wp_tool_check(wp_alloc(&names, n, 1, "names"));
	memcpy(names, conf.mix, n);
	for (char *name = strtok_r(names, ",", &save); name;
		name = strtok_r(NULL, ",", &save)) {
		if (mixture.models == WP_NGRAM_MODELS_MAX)
			wp_tool_usage("--mix: more than %d models", WP_NGRAM_MODELS_MAX - 1);
		read_model(name);
	}
	free(names);
}

static void parse_weights(void)
{
	size_t n = mixture.models + (conf.mix_scores != NULL), i = 0;
	const char *at = conf.weights, *end = at ? at + strlen(at) : NULL;
	double sum = 0;
	mixture.find_weights = conf.find_weights;
	for (i = 0; i < n; i++) {
		double w = 1 / (double)n;
		if (conf.weights) {
			at = at && at <= end ? wp_scan_f64(at, end, &w) : NULL;
			if (!at || !(w >= 0) || w > 1 || (*at && *at != ','))
				break;
			at++;
		}
		mixture.weight[i] = w;
		sum += w;
	}
	if (conf.weights && (i < n || at <= end || sum < 0.999 || sum > 1.001))
		wp_tool_usage(
			"--weights %s: not %zu numbers that add up to 1", conf.weights, n);
}

/* ---- Scoring ---- */

static bool instead(void)
{
	return conf.report && strcmp(conf.report, "-") == 0;
}

/* Where the report goes, or NULL. */
static struct wp_output *open_report(void)
{
	if (instead())
		return wp_tool_output();
	return conf.report ? wp_tool_side_output(conf.report) : NULL;
}

static void put_report(const struct wp_ngram_totals *t, struct wp_output *out)
{
	size_t parts = mixture.models + (mixture.other != NULL);
	wp_tool_check(wp_output_printf(out,
		"sentences\t%" PRIu64 "\ntokens\t%" PRIu64 "\nunknown\t%" PRIu64
		"\nnever\t%" PRIu64
		"\nlogprob\t%.4f\nperplexity\t%.4f\nperplexity_known\t%.4f\n",
		t->sentences, t->tokens, t->unknown, t->never, t->logprob,
		wp_ngram_perplexity(t->logprob, t->tokens - t->never),
		wp_ngram_perplexity(t->known_logprob,
			t->tokens - (t->unknown > t->never ? t->unknown : t->never))));
	for (int n = 1; n <= models[0].order; n++)
		wp_tool_check(wp_output_printf(out, "seen\t%d\t%" PRIu64 "\t%" PRIu64 "\n", n,
			t->seen[n], t->places[n]));
	for (size_t k = 0; k < parts && parts > 1; k++)
		wp_tool_check(
			wp_output_printf(out, "weight\t%zu\t%.6f\n", k + 1, mixture.weight[k]));
}

static void score(const char *path)
{
	struct wp_corpus text;
	struct wp_ngram_totals totals;
	double *other = NULL;
	struct wp_output *report = open_report();
	struct wp_reader *reader = wp_tool_reader(path);
	wp_tool_check(wp_corpus_read(&text, reader, 0, NULL, wp_common.memory, wp_common.tmpdir,
		wp_tool_keep_history, NULL));
	if (conf.mix_scores) {
		struct wp_input *input;
		wp_tool_check(wp_input_open(&input, conf.mix_scores));
		wp_tool_check(wp_ngram_scores_read(input, &other, &mixture.others));
		mixture.other = other;
	}
	wp_tool_check(wp_ngram_score(
		&mixture, &text, conf.tokens, instead() ? NULL : wp_tool_output(), &totals));
	if (totals.never > 0)
		wp_tool_warn("%" PRIu64 " of %" PRIu64
			     " tokens have no probability and are left out: the model has no "
			     "UNKNOWN_TOKEN",
			totals.never, totals.tokens);
	if (report)
		put_report(&totals, report);
	wp_tool_report("perplexity %.4f of %" PRIu64 " tokens, %" PRIu64 " of them unknown",
		wp_ngram_perplexity(totals.logprob, totals.tokens - totals.never),
		totals.tokens, totals.unknown);
	free(other);
	wp_corpus_fini(&text);
	wp_reader_close(reader);
}

/* ---- Generating ---- */

struct primed {
	struct wp_plain_text text;
	struct wp_ngram_context context;
	int32_t *ids;
	size_t count;
};

static void prime(struct primed *p)
{
	const struct wp_ngram_model *m = &models[0];
	size_t unknown;
	wp_tool_check(wp_plain_text_init(&p->text, &m->vocab));
	wp_tool_check(wp_plain_text_cut(
		&p->text, conf.prime, strlen(conf.prime), &p->ids, &p->count, &unknown));
	if (unknown > 0)
		wp_tool_warn("%zu of %zu tokens of the prime are unknown to the model", unknown,
			p->count);
	wp_ngram_begin(m, &p->context);
	for (size_t i = 0; i < p->count; i++)
		wp_ngram_next(m, &p->context, p->ids[i], &p->context, NULL);
}

static void generate(struct primed *p, struct wp_ngram_word *words)
{
	const struct wp_ngram_model *m = &models[0];
	const struct wp_ngram_sampling how = {.temperature = conf.greedy ? 0 : conf.temperature,
		.top_p = conf.top_p,
		.top_k = (size_t)conf.top_k,
		.unknown = conf.unknown};
	struct wp_output *out = wp_tool_output();
	for (int i = 0; i < conf.count; i++) {
		struct wp_ngram_context context = p->context;
		struct wp_rng rng;
		wp_rng_seed(&rng, wp_common.seed, (uint64_t)i);
		for (size_t k = 0; k < p->count; k++)
			wp_tool_check(wp_plain_text_put(&p->text, out, p->ids[k]));
		for (int k = 0; k < conf.generate; k++) {
			int32_t w = wp_ngram_draw(m, &context, &how, &rng, words);
			if (w == m->end)
				break;
			wp_tool_check(wp_plain_text_put(&p->text, out, w));
			wp_ngram_next(m, &context, w, &context, NULL);
		}
		wp_tool_check(wp_plain_text_end(&p->text, out));
	}
}

static void tell_next(struct primed *p, struct wp_ngram_word *words)
{
	size_t n = wp_ngram_expect(&models[0], &p->context, conf.unknown, words);
	struct wp_output *out = wp_tool_output();
	for (size_t i = 0; i < n && i < (size_t)conf.next; i++) {
		wp_tool_check(wp_put_token(out, &models[0].vocab, (size_t)words[i].id));
		wp_tool_check(wp_output_printf(out, "\t%.6g\n", words[i].p));
	}
}

int main(int argc, char **argv)
{
	wp_common.memory = (size_t)256 << 20;
	wp_tool_start(&about, options, &argc, &argv);
	check_options(argc, argv);
	read_model(argv[0]);
	if (conf.mix)
		read_mixed();
	parse_weights();
	if (conf.score) {
		score(argc > 1 ? argv[1] : NULL);
	} else {
		struct primed p = {0};
		struct wp_ngram_word *words;
		wp_tool_check(wp_alloc(&words, models[0].vocab.count, sizeof *words, "words"));
		prime(&p);
		if (conf.generate)
			generate(&p, words);
		else
			tell_next(&p, words);
		free(words);
		free(p.ids);
		wp_plain_text_fini(&p.text);
	}
	for (size_t k = 0; k < mixture.models; k++)
		wp_ngram_model_fini(&models[k]);
	return wp_tool_finish();
}
