/* Tables of tasks, measures, optimisers, schedules, settings and modes: complete, and read. */
#include <math.h>
#include <string.h>

#include "tap.h"

#include "nn/tasks/mode.h"
#include "nn/tasks/setup.h"

static bool has(const struct wp_setting *settings, const char *name)
{
	for (; settings->kind != WP_SETTING_END; settings++)
		if (settings->name && strcmp(settings->name, name) == 0)
			return true;
	return false;
}

static void tables_are_complete(void)
{
	int tasks = 0, measures = 0, methods = 0, decays = 0, modes = 0;
	bool whole = true, named = true;
	for (const struct wp_nn_task_type *t = wp_nn_tasks; t->name; t++, tasks++)
		whole = whole && t->help && t->target && t->tensor &&
			(t->measures & WP_NN_MEASURE(WP_NN_BEST_LOSS)) && t->shown;
	for (const struct wp_nn_measure *m = wp_nn_measures; m->name; m++, measures++)
		whole = whole && m->shown && m->value;
	for (const struct wp_nn_method_type *m = wp_nn_methods; m->name; m++, methods++)
		whole = whole && m->help &&
			(m->whole ? m->epochs > 0 : m->rate > 0 && m->update);
	for (const struct wp_nn_decay_type *d = wp_nn_decays; d->name; d++, decays++)
		whole = whole && d->help && d->rate;
	for (const struct wp_nn_mode_type *m = wp_nn_modes; m->name; m++, modes++) {
		whole = whole && m->help && m->run;
		for (const char *const *s = m->settings; s && *s; s++)
			named = named && has(wp_nn_mode_settings, *s);
	}
	ok(whole, "every entry has what it must have");
	ok(tasks == WP_NN_TASKS && measures == WP_NN_BEST_RELATIVE + 1 &&
			methods == WP_NN_LEAST_SQUARES + 1 && decays == WP_NN_LINEAR + 1 &&
			modes == WP_NN_MODES,
		"there are as many as the enums say");
	ok(named, "modes read settings that there are");
}

static const void *was_given;

static bool given(const void *member)
{
	return member == was_given;
}

static void refused(struct wp_nn_setup *s, const void *member, const char *why)
{
	was_given = member;
	enum wp_err err = wp_nn_setup_check(s, given);
	ok(err == WP_EINVAL && strcmp(wp_error_option_detail(), why) == 0, "%s",
		wp_error_option_detail());
}

static void settings_that_do_nothing(void)
{
	static struct wp_nn_setup s;
	wp_nn_setup_default(&s);
	ok(!wp_nn_setup_check(&s, NULL), "the defaults go together");
	s.training.optimizer.method = WP_NN_SGD;
	refused(&s, &s.training.optimizer.momentum,
		"--momentum is for --optimizer momentum, adam or adamw");
	refused(&s, &s.training.optimizer.epsilon,
		"--epsilon is for --optimizer adagrad, rmsprop, adam or adamw");
	refused(&s, &s.training.schedule.after,
		"--decay-after is for --schedule epoch, cosine or linear");
	refused(&s, &s.target, "--target is for --task regress");
	s.model.cell = WP_NN_GRU;
	refused(&s, &s.init.forget_bias, "--forget-bias is for --cell lstm or peephole");
	s.training.best_by = WP_NN_BEST_F1;
	s.valid_share = 0.1;
	refused(&s, NULL, "the best by f1: not for lm");
}

static void modes_refuse(void)
{
	struct wp_nn_mode_settings s;
	wp_nn_mode_settings_default(&s);
	was_given = &s.probabilities;
	ok(!wp_nn_check_mode(WP_NN_GIVE_TAGS, &s, true, given), "a mode has its settings");
	ok(wp_nn_check_mode(WP_NN_SCORE, &s, false, given) == WP_EINVAL &&
			strcmp(wp_error_option_detail(),
				"--probabilities is for --classify or --tag") == 0,
		"%s", wp_error_option_detail());
}

/* Which is better, by each measure. */
static void measures_have_a_direction(void)
{
	const struct wp_nn_validation
		a = {.loss = 1, .accuracy = 0.5, .f1 = 0.25, .squares = 2, .naive = 4},
		b = {.loss = 2, .accuracy = 0.75, .f1 = 0.5, .squares = 4, .naive = 4};
	char text[128];
	ok(wp_nn_is_better(WP_NN_BEST_LOSS, &a, &b) &&
			wp_nn_is_better(WP_NN_BEST_PERPLEXITY, &a, &b) &&
			wp_nn_is_better(WP_NN_BEST_ERROR, &a, &b) &&
			wp_nn_is_better(WP_NN_BEST_ACCURACY, &b, &a) &&
			wp_nn_is_better(WP_NN_BEST_F1, &b, &a) &&
			!wp_nn_is_better(WP_NN_BEST_F1, &b, &b),
		"less loss and more accuracy are better");
	wp_nn_show_validation(text, sizeof text, WP_NN_TAG, WP_NN_BEST_F1, &b);
	ok(strcmp(text, "loss 2.0000, accuracy 75.00 %, F1 0.5000") == 0, "%s", text);
	wp_nn_show_validation(text, sizeof text, WP_NN_LM, WP_NN_BEST_LOSS, &a);
	ok(strcmp(text, "loss 1.0000, perplexity 2.72") == 0, "%s", text);
}

int main(void)
{
	tables_are_complete();
	settings_that_do_nothing();
	modes_refuse();
	measures_have_a_direction();
	return done_testing();
}
