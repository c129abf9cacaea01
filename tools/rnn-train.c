/* rnn-train: train a recurrent network.
 *
 * Reads the stream of `vocab`, or one of real-valued sequences, and writes a model.  Memory:
 * the parameters some four times (their gradients, the optimiser's state, the best ones so
 * far), the activations of one batch, and the ids, which beyond --memory go to disk.
 */
#include "tool.h"

#include <math.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "math/blas.h"
#include "nn/tasks/adopt.h"
#include "nn/tasks/mode.h"
#include "nn/tasks/setup.h"
#include "nn/train/gradient_log.h"
#include "nn/train/progress.h"

static struct wp_nn_setup setup;
static struct {
	const char *gradients;
	uint64_t log_every, sample_every;
	bool summary;
} conf = {.log_every = 10};

static const struct wp_about about = {
	.name = "rnn-train",
	.summary = "train a recurrent network",
	.operands = "[file]",
	.examples =
		(const char *const[]){
			"tokenize --chars play.txt | vocab | rnn-train --valid-share 0.05 > lm.bin",
			"rnn-train --task classify --bidirectional --embedding emb.bin ids.bin > "
			"m.bin",
			"rnn-train --cell gru --summary --log run.tsv -o model.bin ids.bin",
			NULL},
	.see_also = "vocab, rnn-predict, clip-stats",
};

static const struct wp_opt others[] = {
	WP_OPT_SEED,
	WP_OPT_GROUP("Output"),
	{.kind = WP_KIND_FLAG,
		.name = "summary",
		.var = &conf.summary,
		.flags = WP_OPT_NEUTRAL,
		.help = "print the parameters and the memory on standard error before training"},
	{.kind = WP_KIND_FLAG,
		.name = "check-gradients",
		.var = &setup.few,
		.flags = WP_OPT_NEUTRAL,
		.help = "instead of training, compare the gradient of the first batch with finite "
			"differences"},
	WP_OPT_SIDE("gradients", &conf.gradients,
		"write the norms of the gradients of each step to FILE, for clip-stats"),
	WP_OPT_HISTORY,
	WP_OPT_GROUP("Running"),
	WP_OPT_THREADS(WP_OPT_NEUTRAL),
	WP_OPT_MEMORY,
	WP_OPT_TMPDIR,
	WP_OPT_MAX_TIME,
	WP_OPT_CHECKPOINTS("checkpoint-steps", "STEPS"),
	WP_OPT_CHECKPOINT_SECONDS,
	WP_OPT_ALSO(WP_KIND_COUNT, "checkpoint-every", &wp_common.checkpoint_every, "STEPS", 0,
		1e15),
	WP_OPT_LOG,
	{.kind = WP_KIND_COUNT,
		.name = "log-every",
		.arg = "STEPS",
		.var = &conf.log_every,
		.min = 1,
		.max = 1e15,
		.flags = WP_OPT_NEUTRAL,
		.help = "how often a line of it"},
	{.kind = WP_KIND_COUNT,
		.name = "sample-every",
		.arg = "STEPS",
		.var = &conf.sample_every,
		.max = 1e15,
		.flags = WP_OPT_NEUTRAL,
		.help = "lm: print text that the network writes on standard error, so often; 0: "
			"never"},
	WP_OPT_PROGRESS,
	WP_OPT_COMMON,
	WP_OPT_END,
};

/* The settings of the training, and then the others. */
static struct wp_opt options[128];

static struct wp_nn_job job;

/* Watching it. */

static struct wp_nn_watch watch;
static struct wp_nn_gradient_log *gradients;
static double reported; /* when the last report ended */

enum { SAMPLE = 100 }; /* tokens at most */

/* A line of a message for each line that the network writes.  Step 0: only see that it can. */
static void print_sample(const struct wp_nn_model *model, uint64_t step)
{
	struct wp_output *output;
	size_t left;
	wp_tool_check(wp_output_memory(&output));
	wp_tool_check(wp_nn_sample_text(model, step ? SAMPLE : 1, setup.training.seed, output));
	const char *text = wp_output_collected(output, &left);
	while (step && left > 0) {
		const char *end = memchr(text, '\n', left);
		size_t length = end ? (size_t)(end - text) : left;
		wp_tool_warn("step %" PRIu64 ": %.*s", step, (int)length, text);
		length += end != NULL;
		text += length;
		left -= length;
	}
	wp_output_discard(output);
}

static void report(const struct wp_nn_progress *p, void *model)
{
	char text[256];
	wp_nn_watch_add(&watch, p, wp_tool_seconds() - reported);
	if (wp_nn_watch_milestone(
		    &watch, p, setup.model.task, setup.training.best_by, text, sizeof text))
		wp_tool_milestone("%s", text);
	if (!p->validation && gradients)
		wp_tool_check(wp_nn_gradient_log_add(gradients, p));
	if (p->validation || p->step % conf.log_every == 0) {
		wp_nn_watch_row(
			&watch, p, setup.model.task, setup.training.best_by, text, sizeof text);
		wp_tool_log("%s", text);
	}
	if (wp_tool_progress_due()) {
		wp_nn_watch_line(&watch, p, text, sizeof text);
		wp_tool_progress(p->share, "%s", text);
	}
	if (conf.sample_every && !p->validation && p->step % conf.sample_every == 0)
		print_sample(model, p->step);
	if (!p->validation && wp_tool_pauses())
		wp_nn_trainer_pause(job.trainer);
	reported = wp_tool_seconds();
}

/* The run. */

static enum wp_err run(void *trainer, const volatile sig_atomic_t *stop)
{
	uint64_t steps = wp_common.checkpoint ? wp_common.checkpoint_every : 0;
	if (wp_common.checkpoint_seconds > 0 && !wp_tool_given(&wp_common.checkpoint_every))
		steps = 0;
	return wp_nn_trainer_run(trainer, steps, stop, report, &job.model);
}

static bool ended(const void *trainer)
{
	return wp_nn_trainer_ended(trainer);
}

static enum wp_err save(void *trainer, struct wp_writer *writer, const char *settings)
{
	return wp_nn_trainer_save(trainer, writer, settings);
}

static enum wp_err load(void *trainer, struct wp_reader *reader, const char *settings)
{
	return wp_nn_trainer_load(trainer, reader, settings);
}

static void finish_gradients(void *unused)
{
	(void)unused;
	if (gradients)
		wp_tool_complain(wp_nn_gradient_log_finish(gradients));
	gradients = NULL;
}

/* Is what was learnt better than what needs no model? */
static void judge_naive(const struct wp_nn_validation *best)
{
	const double naive = wp_nn_trainer_naive(job.trainer);
	const double loss = best ? best->loss : watch.epoch_loss / watch.epoch_targets;
	const char *what = job.model.next ? "the last value" : "the mean";
	if (!(naive > 0) || !(loss >= 0))
		return;
	wp_tool_milestone("the naive forecast, %s, has loss %.4f: relative RMSE %.4f", what,
		naive, sqrt(loss / naive));
	if (loss >= naive)
		wp_tool_warn(
			"the model is no better than the naive forecast, %s: loss %.4f%s, "
			"not below %.4f; more --epochs or another --rate or --net may help",
			what, loss, best ? " in validation" : "", naive);
}

static void train(const struct wp_tool_job *how, struct wp_writer *writer)
{
	struct wp_nn_validation best;
	uint64_t step;
	char text[128];
	if (conf.gradients)
		wp_tool_check(wp_nn_gradient_log_open(&gradients,
			wp_tool_side_writer(conf.gradients, true), job.model.params,
			setup.training.optimizer.clip,
			wp_common.no_history ? NULL : wp_tool_history_line()));
	reported = wp_tool_seconds();
	enum wp_err err = wp_tool_train(how);
	if (!err && !wp_nn_trainer_ended(job.trainer)) {
		wp_tool_warn("time is over after step %" PRIu64 ", in epoch %d of %d",
			watch.step, watch.epoch + 1, job.training.schedule.epochs);
		err = wp_nn_trainer_end(job.trainer, report, &job.model);
	}
	finish_gradients(NULL);
	if (err == WP_EDIVERGED) /* gradients tell how it came to that */
		wp_tool_commit_partial();
	wp_tool_check(err);
	if (wp_nn_trainer_lacks(job.trainer, text, sizeof text))
		wp_tool_warn("%s", text);
	wp_tool_check(wp_nn_trainer_finish(job.trainer));
	/* Losses that are weighted go by what classes a batch has. */
	if (!setup.class_weights)
		wp_tool_judge_loss(
			&watch.trend, wp_nn_chance(&job.model), job.training.schedule.rate);
	wp_nn_watch_result(&watch, text, sizeof text);
	wp_tool_milestone("%s", text);
	bool validated = wp_nn_trainer_best(job.trainer, &best, &step);
	if (validated)
		wp_tool_milestone(
			"best validation loss %.4f, after step %" PRIu64, best.loss, step);
	judge_naive(validated ? &best : NULL);
	wp_tool_put_history();
	wp_tool_check(wp_nn_model_put(writer, &job.model));
}

static void print_summary(struct wp_nn_trainer *trainer)
{
	struct wp_output *output;
	size_t size;
	wp_tool_check(wp_output_memory(&output));
	wp_tool_check(wp_nn_trainer_summary(trainer, output));
	const char *text = wp_output_collected(output, &size);
	fwrite(text, 1, size, stderr);
	wp_output_discard(output);
}

static void compared(double share)
{
	if (wp_tool_progress_due())
		wp_tool_progress(share, "comparing gradients");
}

/* What the files that were given gave. */
static void tell(void)
{
	const struct wp_nn_model *m = &job.model;
	if (setup.start)
		wp_tool_report("%s gives %zu of %zu parameters", setup.start, job.taken,
			m->params->parameters);
	if (setup.embedding)
		wp_tool_report("%s has vectors for %zu of %zu words", setup.embedding,
			job.found, m->vocab.count);
	if (setup.embedding && job.found * 10 < m->vocab.count)
		wp_tool_warn("%s: has vectors for only %zu of %zu words", setup.embedding,
			job.found, m->vocab.count);
	if (job.source.encoding_rows > 0 && !m->config.encoding)
		wp_tool_warn("the vectors in 'encoding' are not read: see --condition");
	if (setup.valid)
		wp_tool_judge_unknown(setup.valid, "the model", job.reading.unknown_tokens,
			job.reading.tokens);
}

int main(int argc, char **argv)
{
	char adopted[1024];
	wp_nn_setup_default(&setup);
	wp_tool_join_options(
		options, sizeof options / sizeof *options, wp_nn_settings, &setup, others);
	wp_common.memory = setup.memory;
	wp_common.checkpoint_every = 1000;
	wp_tool_start(&about, options, &argc, &argv);
	wp_tool_operands(argc, 0, 1);
	setup.training.threads = wp_common.threads;
	setup.training.seed = wp_common.seed;
	setup.memory = wp_common.memory;
	setup.directory = wp_common.tmpdir;
	if (wp_tool_given(&conf.log_every) && !wp_common.log)
		wp_tool_usage("--log-every needs --log FILE");
	wp_tool_check(wp_nn_setup_adopt(&setup, wp_tool_given, adopted, sizeof adopted));
	if (*adopted)
		wp_tool_warn("%s gives %s", setup.start, adopted);
	if (wp_nn_setup_check(&setup, wp_tool_given) == WP_EINVAL)
		wp_tool_usage("%s", wp_error_option_detail());

	struct wp_output *output = setup.few ? wp_tool_output() : NULL;
	struct wp_writer *writer =
		output ? NULL : wp_tool_writer(0); /* now: it may be refused */
	wp_tool_check(wp_blas_start(wp_common.threads));
	struct wp_reader *reader = wp_tool_reader(argc ? argv[0] : NULL);
	wp_tool_log_start(wp_nn_log_columns);
	wp_tool_check(
		wp_nn_job_open(&job, &setup, reader, writer ? wp_tool_pass_on : NULL, NULL));
	tell();
	if (conf.sample_every)
		print_sample(&job.model, 0);
	const struct wp_tool_job how = {.model = job.trainer,
		.run = run,
		.ended = ended,
		.save = save,
		.load = load,
		.stopped = conf.gradients ? finish_gradients : NULL,
		.by_steps = true};
	wp_nn_watch_begin(&watch);
	wp_tool_resume(&how);
	if (conf.summary)
		print_summary(job.trainer);
	if (output)
		wp_tool_complain(
			wp_nn_trainer_check_gradients(job.trainer, output, 1e-6, compared));
	else
		train(&how, writer);
	wp_nn_job_fini(&job);
	wp_reader_close(reader);
	return wp_tool_finish();
}
