/* crf-train: learn a conditional random field from tagged text.
 *
 * Reads text in columns, or a stream of them, and writes a model.  Memory: the numbers of each
 * token's attributes, 4 bytes each; and for L-BFGS 17 numbers of 8 bytes for each weight, for
 * the perceptron two.
 */
#include "tool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "crf/crf_train.h"
#include "embed/embedding.h"
#include "text/column_stream.h"

enum { AUTO = -1 };

static struct {
	struct wp_crf_config model;
	int tag_column;
	double l2, tolerance, least_weight;
	const char *templates, *embedding, *valid;
} conf = {.l2 = AUTO, .tolerance = AUTO, .least_weight = AUTO};

static const struct wp_about about = {
	.name = "crf-train",
	.summary = "learn a conditional random field from tagged text",
	.operands = "[file]",
	.examples = (const char
			*const[]){"crf-train --templates chunk.templates train.txt > crf.bin",
		"crf-train --method perceptron --log run.tsv train.txt.gz > crf.bin",
		"crf-train --embedding emb.bin --templates ner.templates eng.train > ner.bin",
		NULL},
	.see_also = "crf-predict, hmm-train, rnn-train, w2v, tensor-stream(5)",
};

static const struct wp_opt options[] = {
	WP_OPT_GROUP("Features"),
	WP_OPT_TEXT(0, "templates", &conf.templates, "FILE",
		"what to make attributes of; by default words, their parts, and further columns"),
	WP_OPT_TEXT('e', "embedding", &conf.embedding, "FILE",
		"the word vectors that templates V look words up in"),
	WP_OPT_INT(0, "min-count", &conf.model.least, "N", 1, 1000000000,
		"leave out attributes that are rarer"),
	WP_OPT_FLAG(0, "all-tags", &conf.model.all_tags,
		"learn a weight for each attribute and every tag, not only for the tags that it "
		"was seen with"),
	WP_OPT_INT(0, "tag-column", &conf.tag_column, "N", 0, 1000,
		"the column of the tags, counted from 1; 0: the last one"),
	WP_OPT_GROUP("Training"),
	WP_OPT_CHOICE(0, "method", &conf.model.method, "HOW", wp_crf_methods,
		"maximise the likelihood, or the averaged perceptron"),
	WP_OPT_REAL(0, "l1", &conf.model.l1, "X", 0, 1e6,
		"lbfgs: penalty of X times the sum of absolute weights, which makes most of "
		"them 0"),
	WP_OPT_REAL(0, "l2", &conf.l2, "X", 0, 1e6,
		"lbfgs: penalty of X / 2 times the sum of squared weights; by default 0.5, with "
		"--l1 0"),
	WP_OPT_INT(0, "epochs", &conf.model.iterations, "N", 0, 1000000,
		"passes over the text: iterations of lbfgs at most, 0: until it converges; "
		"epochs of the perceptron, 0: 10"),
	WP_OPT_ALSO(WP_KIND_INT, "iterations", &conf.model.iterations, "N", 0, 1000000),
	WP_OPT_REAL(0, "tolerance", &conf.tolerance, "X", 0, 1,
		"lbfgs: end where ten iterations gain less than this share; by default 1e-4"),
	WP_OPT_INT(0, "history", &conf.model.memory, "N", 1, 64,
		"lbfgs: differences of gradients to keep"),
	WP_OPT_SEED,
	WP_OPT_GROUP("Validation"),
	WP_OPT_TEXT(0, "valid", &conf.valid, "FILE",
		"validate on this text after each epoch; the model is that which did best"),
	WP_OPT_INT(0, "patience", &conf.model.patience, "N", 0, 1000000,
		"stop after N validations that are not the best; 0: never"),
	WP_OPT_GROUP("Output"),
	WP_OPT_REAL(0, "min-weight", &conf.least_weight, "X", 0, 1e6,
		"leave out weights that are not above this in absolute value; by default 0.01"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_CHECKPOINTS("checkpoint-every", "SECONDS"),
	WP_OPT_LOG,
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

static void check_options(void)
{
	bool lbfgs = conf.model.method == WP_CRF_LBFGS;
	const struct {
		const void *var;
		const char *name;
	} only[] = {{&conf.model.l1, "l1"}, {&conf.l2, "l2"}, {&conf.tolerance, "tolerance"},
		{&conf.model.memory, "history"}};
	for (size_t i = 0; i < sizeof only / sizeof *only && !lbfgs; i++)
		if (wp_tool_given(only[i].var))
			wp_tool_usage("--%s is for --method lbfgs", only[i].name);
	if (lbfgs && wp_tool_given(&wp_common.seed))
		wp_tool_usage("--seed is for --method perceptron: lbfgs draws nothing");
	if (conf.model.patience > 0 && !conf.valid)
		wp_tool_usage("--patience: without --valid nothing is validated");
	conf.model.tag_column = conf.tag_column - 1;
	conf.model.l2 = conf.l2 >= 0 ? conf.l2 : conf.model.l1 > 0 ? 0 : conf.model.l2;
	conf.model.tolerance = conf.tolerance >= 0 ? conf.tolerance : conf.model.tolerance;
	conf.model.threads = wp_common.threads;
	conf.model.seed = wp_common.seed;
}

static void read_templates(struct wp_crf_templates *templates)
{
	struct wp_input *input;
	if (!conf.templates)
		return;
	wp_tool_check(wp_input_open_text(&input, conf.templates));
	wp_tool_check(wp_crf_templates_read(templates, input));
	wp_input_close(input);
	if (templates->vectors && !conf.embedding)
		wp_tool_usage("%s reads word vectors (V): name them with --embedding FILE",
			conf.templates);
	if (!templates->vectors && conf.embedding)
		wp_tool_usage("%s has no template V that reads --embedding", conf.templates);
}

static struct wp_crf_vectors read_vectors(struct wp_embedding *embedding)
{
	wp_tool_check(
		wp_embedding_read(embedding, wp_tool_reader(conf.embedding), "embedding"));
	return (struct wp_crf_vectors){&embedding->vocab, embedding->vector, embedding->dim};
}

/* The text: of a stream, its tags are the last column. */
static void open_text(
	struct wp_columns *text, const char *path, const struct wp_strings *columns)
{
	wp_tool_refuse_terminal(path);
	wp_tool_check(wp_columns_open(text, path, columns, -1));
	if (!text->stream)
		return;
	if (wp_tool_given(&conf.tag_column))
		wp_tool_usage(
			"--tag-column is for text in columns: a stream has its tags apart");
	if (!text->tags)
		wp_tool_die(WP_EMISMATCH, "%s: no tags: see vocab --tags",
			wp_input_name(text->input));
	conf.model.column_names = &text->names;
}

/* F1 of phrases, or else the accuracy of tags. */
static double measure(const struct wp_crf_progress *p)
{
	return p->f1 >= 0 ? p->f1 : p->accuracy;
}

static void tell(const struct wp_crf_trainer *trainer, const struct wp_crf_progress *p)
{
	char accuracy[32] = "-", f1[32] = "-";
	bool lbfgs = conf.model.method == WP_CRF_LBFGS;
	int most = conf.model.iterations ? conf.model.iterations : lbfgs ? 0 : 10;
	if (p->validated) {
		snprintf(accuracy, sizeof accuracy, "%.6f", p->accuracy);
		if (p->f1 >= 0)
			snprintf(f1, sizeof f1, "%.6f", p->f1);
		wp_tool_report("%d: %s %.4f%s", p->iteration, p->f1 >= 0 ? "F1" : "accuracy",
			measure(p), p->best ? ", the best so far" : "");
	}
	if (wp_tool_progress_due())
		wp_tool_progress(most ? (double)p->iteration / most : -1,
			lbfgs ? "iteration %d  objective %.5f" : "epoch %d  %.5f wrong",
			p->iteration, p->objective);
	const struct wp_tool_step step = {.step = p->iteration,
		.epoch = p->iteration,
		.tokens = wp_crf_trainer_tokens(trainer),
		.rate = lbfgs ? p->rate : (double)NAN,
		.loss = p->objective};
	char norm[32] = "-";
	if (lbfgs)
		snprintf(norm, sizeof norm, "%.6g", p->norm);
	wp_tool_log_step(&step, "%s\t%s\t%s\t%zu", accuracy, f1, norm, p->active);
}

static struct wp_crf_progress progress;
static bool at_end;

/* An iteration, or an epoch. */
static enum wp_err run(void *trainer, const volatile sig_atomic_t *stop)
{
	enum wp_err err = wp_crf_trainer_step(trainer, &progress);
	at_end = err == WP_END;
	if (err)
		return at_end ? WP_OK : err;
	tell(trainer, &progress);
	return stop && *stop ? WP_ESTOPPED : WP_OK;
}

static bool ended(const void *trainer)
{
	(void)trainer;
	return at_end;
}

static enum wp_err save(void *trainer, struct wp_writer *writer, const char *settings)
{
	return wp_crf_trainer_save(trainer, writer, settings);
}

static enum wp_err load(void *trainer, struct wp_reader *reader, const char *settings)
{
	return wp_crf_trainer_resume(trainer, reader, settings);
}

int main(int argc, char **argv)
{
	wp_crf_config_default(&conf.model);
	wp_common.checkpoint_every = 600;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	check_options();

	struct wp_crf_templates templates = {0};
	struct wp_embedding embedding = {0};
	struct wp_crf_vectors vectors;
	read_templates(&templates);
	if (conf.embedding)
		vectors = read_vectors(&embedding);
	struct wp_writer *writer = wp_tool_writer(6);
	struct wp_columns text, valid;
	struct wp_crf_trainer *trainer;
	open_text(&text, argc ? argv[0] : NULL, NULL);
	wp_tool_check(wp_crf_trainer_create(&trainer, &conf.model, &templates,
		conf.embedding ? &vectors : NULL, text.input));
	if (conf.valid) {
		open_text(&valid, conf.valid, text.stream ? &text.names : NULL);
		wp_tool_check(wp_crf_trainer_validate(trainer, valid.input));
		wp_columns_close(&valid);
	}
	wp_columns_close(&text);
	struct wp_crf_size size = wp_crf_trainer_size(trainer);
	wp_tool_report("%zu sentences, %zu tokens, %zu tags, %zu attributes, %zu weights",
		size.sentences, size.tokens, size.tags, size.attributes, size.weights);
	const struct wp_tool_job job = {
		.model = trainer, .run = run, .ended = ended, .save = save, .load = load};
	wp_tool_resume(&job);
	wp_tool_log_start_steps(
		"valid_accuracy\tvalid_f1\tnorm\tweights", wp_crf_trainer_tokens(trainer));

	wp_tool_check(wp_tool_train(&job));
	bool patient = conf.model.patience == 0 || progress.since < conf.model.patience;
	if (conf.model.method == WP_CRF_LBFGS && !progress.converged && patient)
		wp_tool_warn("not converged after %d iterations", progress.iteration);
	wp_tool_milestone("%d %s, %s %.6f", progress.iteration,
		conf.model.method == WP_CRF_LBFGS ? "iterations" : "epochs",
		conf.model.method == WP_CRF_LBFGS ? "objective" : "share of wrong tags",
		progress.objective);
	struct wp_crf *crf;
	wp_tool_check(wp_crf_trainer_finish(trainer, &crf));
	wp_crf_trainer_free(trainer);
	wp_tool_put_history();
	wp_tool_check(
		wp_crf_write(crf, writer, conf.least_weight >= 0 ? conf.least_weight : 0.01));
	wp_crf_free(crf);
	wp_embedding_fini(&embedding);
	return wp_tool_finish();
}
