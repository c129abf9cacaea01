#include "nn/train/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const char wp_nn_log_columns[] =
	"step\tepoch\tseconds\ttokens\ttokens_per_second\trate\tloss\tvalid_loss\tvalid_accuracy"
	"\tvalid_f1\tnorm\tclipped_norm";

void wp_nn_watch_begin(struct wp_nn_watch *watch)
{
	*watch = (struct wp_nn_watch){.loss = NAN, .valid = NAN, .ended_loss = NAN};
}

void wp_nn_watch_add(struct wp_nn_watch *w, const struct wp_nn_progress *p, double seconds)
{
	if (p->validation) {
		w->valid = p->validation->loss;
		return;
	}
	w->step = p->step;
	if (p->epoch != w->epoch) {
		w->ended_loss = w->epoch_targets > 0 ? w->epoch_loss / w->epoch_targets : NAN;
		w->epoch_loss = w->epoch_targets = 0;
		w->epoch = p->epoch;
	} else {
		w->ended_loss = NAN;
	}
	w->epoch_loss += p->loss;
	w->epoch_targets += (double)p->targets;
	w->seconds += seconds;
	w->rows += (double)p->rows;
	w->row_loss += p->loss;
	w->row_targets += (double)p->targets;
	w->all_loss += p->loss;
	w->all_targets += (double)p->targets;
	wp_trend_add(&w->trend, p->share, w->all_loss, w->all_targets);
	if (p->update) {
		w->norm = p->update->norm;
		w->clipped = p->update->clipped;
	}
}

double wp_nn_watch_tokens_per_second(const struct wp_nn_watch *w)
{
	return w->seconds > 0 ? w->rows / w->seconds : 0;
}

void wp_nn_watch_row(struct wp_nn_watch *w, const struct wp_nn_progress *p,
	enum wp_nn_task task, enum wp_nn_best_by best_by, char *text, size_t size)
{
	static const enum wp_nn_best_by columns[] = {
		WP_NN_BEST_LOSS, WP_NN_BEST_ACCURACY, WP_NN_BEST_F1};
	char valid[3][32] = {"-", "-", "-"};
	for (int i = 0; p->validation && i < 3; i++)
		if (wp_nn_is_measured(task, best_by, columns[i]))
			snprintf(valid[i], sizeof valid[i], "%.6f",
				wp_nn_measures[columns[i]].value(p->validation));
	if (w->row_targets > 0)
		w->loss = w->row_loss / w->row_targets;
	w->row_loss = w->row_targets = 0;
	snprintf(text, size,
		"%" PRIu64 "\t%d\t%.3f\t%.0f\t%.0f\t%.6g\t%.6f\t%s\t%s\t%s\t%.6g\t%.6g",
		p->step, p->epoch + 1, w->seconds, w->rows, wp_nn_watch_tokens_per_second(w),
		p->rate, w->loss, valid[0], valid[1], valid[2], w->norm, w->clipped);
}

/* The first fifty epochs have a line, then every tenth, from 500 on every hundredth, and so on.
 */
static bool has_line(int epoch)
{
	int every = 1;
	for (int end = 50; epoch > end && every < 1000000; end *= 10)
		every *= 10;
	return epoch % every == 0;
}

bool wp_nn_watch_milestone(const struct wp_nn_watch *w, const struct wp_nn_progress *p,
	enum wp_nn_task task, enum wp_nn_best_by best_by, char *text, size_t size)
{
	char shown[128];
	if (p->validation && !has_line(p->epoch + 1))
		return false;
	if (p->validation) {
		wp_nn_show_validation(shown, sizeof shown, task, best_by, p->validation);
		snprintf(text, size, "step %" PRIu64 ", epoch %d: validation %s%s", p->step,
			p->epoch + 1, shown, p->best ? "" : " (not the best)");
		return true;
	}
	if (isnan(w->ended_loss) || !isnan(w->valid) || !has_line(p->epoch))
		return false;
	snprintf(text, size, "epoch %d: loss %.4f", p->epoch, w->ended_loss);
	return true;
}

void wp_nn_watch_result(const struct wp_nn_watch *w, char *text, size_t size)
{
	char loss[48] = "";
	if (w->epoch_targets > 0)
		snprintf(loss, sizeof loss, ", loss %.4f", w->epoch_loss / w->epoch_targets);
	snprintf(text, size, "%.0f tokens/s in %.2f s of training%s",
		wp_nn_watch_tokens_per_second(w), w->seconds, loss);
}

void wp_nn_watch_line(
	const struct wp_nn_watch *w, const struct wp_nn_progress *p, char *text, size_t size)
{
	char valid[32] = "";
	if (!isnan(w->valid))
		snprintf(valid, sizeof valid, "  valid %.4f", w->valid);
	snprintf(text, size, "epoch %d  %.0f tokens/s  rate %.2g  loss %.4f%s", p->epoch + 1,
		wp_nn_watch_tokens_per_second(w), p->rate,
		p->targets ? p->loss / (double)p->targets : 0, valid);
}
