/* hmm-train: learn a hidden Markov model.
 *
 * Reads tagged text in columns, and writes a trigram tagger: memory for the counts, 16 bytes
 * for each token.  Or reads a stream, and learns a plain model from its tags or by Baum-Welch:
 * the text, and twice the model.
 */
#include "tool.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "hmm/hmm.h"
#include "hmm/trigram.h"
#include "text/column_stream.h"

enum { EPOCHS = 100 };

static struct {
	struct wp_trigram_config trigram;
	int tag_column, states, epochs;
	bool plain;
	double add, tolerance;
	const char *init;
} conf = {.epochs = EPOCHS, .add = -1, .tolerance = 1e-5};

static const struct wp_about about = {
	.name = "hmm-train",
	.summary = "learn a hidden Markov model",
	.operands = "[file]",
	.examples = (const char *const[]){"hmm-train tagged.txt > tagger.bin",
		"tokenize text | vocab | hmm-train --states 20 --log run.tsv > hmm.bin",
		"tokenize --columns 1,2 tagged.txt | vocab --tags | hmm-train --plain > "
		"hmm.bin",
		NULL},
	.see_also = "hmm-predict, crf-train, vocab, tensor-stream(5)",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Tagger: of text in columns, unless --states or --plain is given"),
	WP_OPT_INT(0, "order", &conf.trigram.order, "N", 2, 3,
		"3: a tag depends on the two before it; 2: on the one before it"),
	WP_OPT_INT(0, "rare", &conf.trigram.rare, "N", 1, 1000000,
		"learn from words that occur N times at most what unknown words are"),
	WP_OPT_INT(0, "ending", &conf.trigram.ending, "N", 0, 100,
		"look at so many last characters of an unknown word at most"),
	WP_OPT_INT(0, "tag-column", &conf.tag_column, "N", 0, 1000,
		"the column of the tags, counted from 1; 0: the last one"),
	WP_OPT_GROUP("Plain model: of a stream"),
	WP_OPT_INT(0, "states", &conf.states, "N", 0, WP_HMM_STATES,
		"learn N states that nobody has named, by Baum-Welch"),
	WP_OPT_FLAG(0, "plain", &conf.plain, "the states are the tags of the text: count"),
	WP_OPT_REAL(0, "add", &conf.add, "X", 0, 1e6,
		"add X to each count; by default 0.01 with --plain, 0 with --states"),
	WP_OPT_INT(0, "epochs", &conf.epochs, "N", 1, 1000000,
		"states: iterations of Baum-Welch, at most"),
	WP_OPT_ALSO(WP_KIND_INT, "iterations", &conf.epochs, "N", 1, 1000000),
	WP_OPT_REAL(0, "tolerance", &conf.tolerance, "X", 0, 1,
		"states: end where an iteration gains less than this share of the likelihood"),
	WP_OPT_TEXT(0, "init", &conf.init, "FILE",
		"states: begin with this model, whose states it has, instead of by chance"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Output"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_CHECKPOINTS("checkpoint-every", "SECONDS"),
	WP_OPT_LOG,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void only_for(const void *var, const char *name, bool used, const char *where)
{
	if (wp_tool_given(var) && !used)
		wp_tool_usage("--%s is for %s", name, where);
}

static void check_options(void)
{
	bool learn = conf.states > 0 || conf.init, tagger = !learn && !conf.plain;
	if (conf.plain && learn)
		wp_tool_usage(
			"--plain counts tags, and --states and --init learn without: one of "
			"them");
	if (conf.states > 0 && conf.init)
		wp_tool_usage(
			"--states and --init exclude each other: the model has its states");
	only_for(&conf.trigram.order, "order", tagger, "taggers");
	only_for(&conf.trigram.rare, "rare", tagger, "taggers");
	only_for(&conf.trigram.ending, "ending", tagger, "taggers");
	only_for(&conf.tag_column, "tag-column", tagger, "taggers");
	only_for(&conf.add, "add", !tagger, "--states and --plain");
	only_for(&conf.epochs, "epochs", learn, "--states");
	only_for(&conf.tolerance, "tolerance", learn, "--states");
	only_for(&wp_common.seed, "seed", conf.states > 0, "--states");
	only_for(&wp_common.checkpoint, "checkpoint", learn, "--states");
	only_for(&wp_common.resume, "resume", learn, "--states");
	only_for(&wp_common.log, "log", learn, "--states");
	conf.trigram.tag_column = conf.tag_column - 1;
	if (conf.add < 0)
		conf.add = conf.plain ? 0.01 : 0;
}

static void train_tagger(const char *path, struct wp_writer *writer)
{
	const struct wp_strings words_alone = {0};
	struct wp_columns text;
	struct wp_trigram *tagger;
	wp_tool_check(wp_columns_open(&text, path, &words_alone, -1));
	if (text.stream && wp_tool_given(&conf.tag_column))
		wp_tool_usage(
			"--tag-column is for text in columns: a stream has its tags apart");
	if (text.stream && !text.tags)
		wp_tool_die(WP_EMISMATCH,
			"%s: no tags to learn, see vocab --tags; --states N "
			"learns without",
			wp_input_name(text.input));
	wp_tool_check(wp_trigram_train(&tagger, &conf.trigram, text.input));
	wp_columns_close(&text);
	struct wp_trigram_size size = wp_trigram_size(tagger);
	wp_tool_report("%" PRIu64 " sentences, %" PRIu64 " tokens, %zu tags, %zu words",
		size.sentences, size.tokens, size.tags, size.words);
	wp_tool_put_history();
	wp_tool_check(wp_trigram_write(tagger, writer));
	wp_trigram_free(tagger);
}

/* Baum-Welch. */
struct learning {
	struct wp_hmm *hmm;
	const struct wp_hmm_text *text;
	bool converged;
};

/* An iteration. */
static enum wp_err run(void *arg, const volatile sig_atomic_t *stop)
{
	struct learning *l = arg;
	struct wp_hmm *h = l->hmm;
	double last = h->iterations ? h->logprob : -INFINITY;
	enum wp_err err = wp_hmm_learn(h, l->text, conf.add);
	if (err)
		return err;
	double per_token = h->logprob / (double)l->text->n;
	const struct wp_tool_step step = {.step = h->iterations,
		.epoch = h->iterations,
		.tokens = (double)h->iterations * (double)l->text->n,
		.rate = (double)NAN,
		.loss = -per_token};
	wp_tool_log_step(&step, "%.6g", exp(-per_token));
	if (wp_tool_progress_due())
		wp_tool_progress((double)h->iterations / conf.epochs,
			"iteration %d  %.5f per token", h->iterations, per_token);
	l->converged = h->logprob - last < conf.tolerance * fabs(h->logprob);
	return stop && *stop ? WP_ESTOPPED : WP_OK;
}

static bool ended(const void *arg)
{
	const struct learning *l = arg;
	return l->converged || l->hmm->iterations >= conf.epochs;
}

static enum wp_err save(void *arg, struct wp_writer *writer, const char *settings)
{
	struct learning *l = arg;
	(void)settings;
	return wp_hmm_write(l->hmm, writer);
}

static enum wp_err load(void *arg, struct wp_reader *reader, const char *settings)
{
	struct learning *l = arg;
	struct wp_hmm saved;
	(void)settings;
	enum wp_err err = wp_hmm_read(&saved, reader);
	if (!err && saved.states.count != l->hmm->states.count) {
		err = wp_fail(WP_EMISMATCH, "%s: %zu states, not %zu", wp_common.resume,
			saved.states.count, l->hmm->states.count);
		wp_hmm_fini(&saved);
	}
	if (err)
		return err;
	wp_hmm_fini(l->hmm);
	*l->hmm = saved;
	return wp_hmm_fits(l->hmm, l->text);
}

/* Iterations, until one gains next to nothing. */
static void learn(struct wp_hmm *hmm, const struct wp_hmm_text *text)
{
	struct learning learning = {hmm, text, false};
	const struct wp_tool_job job = {
		.model = &learning, .run = run, .ended = ended, .save = save, .load = load};
	wp_tool_resume(&job);
	wp_tool_log_start_steps("perplexity", (double)hmm->iterations * (double)text->n);
	wp_tool_check(wp_tool_train(&job));
	if (!learning.converged)
		wp_tool_warn("not converged after %d iterations", hmm->iterations);
	wp_tool_milestone("%d iterations, logprob %.6g, %.6f per token", hmm->iterations,
		hmm->logprob, hmm->logprob / (double)text->n);
}

static void train_plain(const char *path, struct wp_writer *writer)
{
	struct wp_hmm_text text;
	struct wp_hmm hmm;
	wp_tool_check(wp_hmm_text_read(&text, wp_tool_reader(path)));
	if (conf.init) {
		wp_tool_check(wp_hmm_read(&hmm, wp_tool_model(conf.init, "hmm-train")));
		wp_tool_check(wp_hmm_fits(&hmm, &text));
		hmm.iterations = 0;
	} else {
		if (conf.plain && !text.tag_vocab)
			wp_tool_die(WP_EMISMATCH, "%s: no tags to count: see vocab --tags",
				path ? path : "<stdin>");
		wp_tool_check(wp_hmm_init(
			&hmm, (size_t)conf.states, conf.plain ? text.tag_vocab : NULL, &text));
	}
	if (conf.plain)
		wp_tool_check(wp_hmm_count(&hmm, &text, conf.add));
	if (conf.states > 0)
		wp_hmm_start(&hmm, &text, wp_common.seed);
	if (!conf.plain)
		learn(&hmm, &text);
	wp_tool_put_history();
	wp_tool_check(wp_hmm_write(&hmm, writer));
	wp_hmm_fini(&hmm);
	wp_hmm_text_fini(&text);
}

int main(int argc, char **argv)
{
	wp_trigram_config_default(&conf.trigram);
	wp_common.checkpoint_every = 600;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	check_options();
	const char *path = argc ? argv[0] : NULL;
	wp_tool_refuse_terminal(path);
	/* Not deflated: a tagger is loaded in a third of the time, and is small. */
	struct wp_writer *writer = wp_tool_writer(0);
	if (conf.states > 0 || conf.init || conf.plain)
		train_plain(path, writer);
	else
		train_tagger(path, writer);
	return wp_tool_finish();
}
