/* What a training came to, as the model says it. */
#include <stdio.h>

#include "nn/train/trainer_state.h"

static enum wp_err add(struct wp_strings *lines, const char *name, double value)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%s=%.6g", name, value);
	return wp_strings_add(lines, line, (size_t)n);
}

static enum wp_err add_validation(struct wp_nn_trainer *t, struct wp_strings *lines)
{
	static const enum wp_nn_best_by kept[] = {
		WP_NN_BEST_LOSS, WP_NN_BEST_ACCURACY, WP_NN_BEST_F1};
	enum wp_err err = add(lines, "best_step", (double)t->position.best_step);
	for (size_t i = 0; i < sizeof kept / sizeof *kept && !err; i++) {
		const struct wp_nn_measure *measure = &wp_nn_measures[kept[i]];
		char name[32];
		if (!wp_nn_is_measured(t->model->config.task, t->config.best_by, kept[i]))
			continue;
		snprintf(name, sizeof name, "valid_%s", measure->name);
		err = add(lines, name, measure->value(&t->best));
	}
	return err;
}

/* Nothing that differs between equal trainings, such as the time it took. */
enum wp_err wp_nn_keep_learnt(struct wp_nn_trainer *t, double epochs)
{
	const struct wp_nn_position *p = &t->position;
	struct wp_strings *lines = &t->model->learnt;
	wp_strings_fini(lines);
	if (p->step == 0)
		return WP_OK;
	enum wp_err err = add(lines, "epochs", epochs);
	if (!err)
		err = add(lines, "steps", (double)p->step);
	if (!err && p->epoch_targets > 0)
		err = add(lines, "loss", p->epoch_loss / p->epoch_targets);
	if (!err && p->averaged > 0)
		err = add(lines, "averaged", (double)p->averaged);
	return err || !p->validated ? err : add_validation(t, lines);
}
