#include "nn/train/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const char wp_nn_log_columns[] =
	"step\tepoch\tloss\tvalid_loss\trate\tnorm\tclipped_norm\ttokens_per_second";

void wp_nn_watch_begin(struct wp_nn_watch *watch)
{
	*watch = (struct wp_nn_watch){.loss = NAN, .valid = NAN};
}

void wp_nn_watch_add(struct wp_nn_watch *w, const struct wp_nn_progress *p, double seconds)
{
	if (p->validation) {
		w->valid = p->validation->loss;
		return;
	}
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

void wp_nn_watch_row(
	struct wp_nn_watch *w, const struct wp_nn_progress *p, char *text, size_t size)
{
	char valid[32] = "-";
	if (p->validation)
		snprintf(valid, sizeof valid, "%.6f", p->validation->loss);
	if (w->row_targets > 0)
		w->loss = w->row_loss / w->row_targets;
	w->row_loss = w->row_targets = 0;
	snprintf(text, size, "%" PRIu64 "\t%d\t%.6f\t%s\t%.6g\t%.6g\t%.6g\t%.0f", p->step,
		p->epoch + 1, w->loss, valid, p->rate, w->norm, w->clipped,
		wp_nn_watch_tokens_per_second(w));
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
