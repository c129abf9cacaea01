#include "tool_w2v.h"

#include <inttypes.h>
#include <math.h>

#include "base/trend.h"
#include "embed/w2v_stream.h"

void wp_tool_w2v_log_start(void)
{
	wp_tool_log_start("step\tepoch\tseconds\ttokens\ttokens_per_second\trate\tloss\tshare");
}

static double mean_loss(const struct wp_w2v_position *position)
{
	return position->examples ? position->loss / (double)position->examples : 0;
}

/* What the log and the progress line remember between reports. */
static struct {
	const struct wp_w2v_config *config;
	double started, last_row;
	uint64_t first_token;
	struct wp_w2v_position last;
	struct wp_trend trend;
	struct wp_w2v_position epoch_begin; /* where the epoch began, */
	int epoch;                          /* and which it is        */
} watch;

/* A line for each epoch that has ended, but for the last, of which the result tells. */
static void report_epoch(const struct wp_w2v_progress *p)
{
	struct wp_w2v_position since = {.loss = p->position.loss - watch.epoch_begin.loss,
		.examples = p->position.examples - watch.epoch_begin.examples};
	if (p->epoch == watch.epoch)
		return;
	if (watch.epoch >= 0 && since.examples > 0)
		wp_tool_milestone("epoch %d: loss %.4f", watch.epoch + 1, mean_loss(&since));
	if (watch.epoch >= 0)
		watch.epoch_begin = p->position;
	watch.epoch = p->epoch;
}

static void report(const struct wp_w2v_progress *p, void *arg)
{
	(void)arg;
	double now = wp_tool_seconds(), spent = now - watch.started;
	wp_trend_add(&watch.trend, p->share, p->position.loss, (double)p->position.examples);
	report_epoch(p);
	double speed = spent > 0 ? (double)(p->tokens - watch.first_token) / spent : 0;
	struct wp_w2v_position since = {.loss = p->position.loss - watch.last.loss,
		.examples = p->position.examples - watch.last.examples};
	if (wp_common.log && now - watch.last_row >= 1 && since.examples > 0) {
		wp_tool_log("%" PRIu64 "\t%d\t%.3f\t%" PRIu64 "\t%.0f\t%.6g\t%.6f\t%.6f",
			p->position.batch, p->epoch + 1, spent, p->tokens, speed, p->rate,
			mean_loss(&since), p->share);
		watch.last_row = now;
		watch.last = p->position;
	}
	if (wp_tool_progress_due())
		wp_tool_progress(p->share,
			"epoch %d  %.0f thousand words/s  rate %.4f  loss %.4f", p->epoch + 1,
			speed * 1e-3, p->rate, mean_loss(&p->position));
}

/* Without a checkpoint in one go; else in steps between which the clock is looked at. */
static enum wp_err run(void *model, const volatile sig_atomic_t *stop)
{
	enum { STEPS = 1000 };
	uint64_t step = wp_w2v_batches(model) / STEPS + (uint64_t)watch.config->threads;
	return wp_w2v_train(model, wp_common.checkpoint ? step : 0, stop, report, NULL);
}

static bool ended(const void *model)
{
	return wp_w2v_position(model).batch >= wp_w2v_batches(model);
}

static enum wp_err save(void *model, struct wp_writer *writer, const char *settings)
{
	return wp_w2v_save(model, writer, settings);
}

static enum wp_err load(void *model, struct wp_reader *reader, const char *settings)
{
	return wp_w2v_load(model, reader, settings);
}

void wp_tool_w2v_train(struct wp_w2v *model)
{
	const struct wp_tool_job job = {
		.model = model, .run = run, .ended = ended, .save = save, .load = load};
	watch.config = wp_w2v_config(model);
	wp_tool_resume(&job);
	watch.started = wp_tool_seconds();
	watch.last = watch.epoch_begin = wp_w2v_position(model);
	watch.epoch = -1;
	watch.first_token = wp_w2v_tokens(model);
	wp_tool_check(wp_tool_train(&job));
	struct wp_w2v_position end = wp_w2v_position(model);
	double seconds = wp_tool_seconds() - watch.started;
	wp_tool_milestone("%.0f thousand words/s in %.2f s of training, mean loss %.4f",
		(double)(wp_w2v_tokens(model) - watch.first_token) / seconds * 1e-3, seconds,
		mean_loss(&end));
	double chance = watch.config->loss == WP_W2V_NEGATIVE
		? (watch.config->negative + 1) * log(2)
		: 0;
	wp_tool_judge_loss(&watch.trend, chance, watch.config->rate);
}
