#include "nn/train/schedule.h"

#include <math.h>
#include <stddef.h>

static double end_of(const struct wp_nn_schedule *s)
{
	return s->end > 0 ? s->end : s->epochs;
}

static double constant(const struct wp_nn_schedule *s, double passed, int drops)
{
	(void)passed, (void)drops;
	return s->rate;
}

static double by_epoch(const struct wp_nn_schedule *s, double passed, int drops)
{
	(void)drops;
	double late = floor(passed) + 1 - s->after;
	return late > 0 ? s->rate * pow(s->factor, late) : s->rate;
}

static double on_plateau(const struct wp_nn_schedule *s, double passed, int drops)
{
	(void)passed;
	return s->rate * pow(s->factor, drops);
}

static double cosine(const struct wp_nn_schedule *s, double passed, int drops)
{
	const double pi = 3.14159265358979323846;
	(void)drops;
	if (passed <= s->after)
		return s->rate;
	return s->rate * (1 + cos(pi * (passed - s->after) / (end_of(s) - s->after))) / 2;
}

static double linear(const struct wp_nn_schedule *s, double passed, int drops)
{
	(void)drops;
	if (passed <= s->after)
		return s->rate;
	return s->rate * (end_of(s) - passed) / (end_of(s) - s->after);
}

const struct wp_nn_decay_type wp_nn_decays[] = {
	[WP_NN_CONSTANT] = {.name = "constant", .help = "not at all", .rate = constant},
	[WP_NN_BY_EPOCH] = {.name = "epoch",
		.help = "with each epoch",
		.factor = true,
		.after = true,
		.rate = by_epoch},
	[WP_NN_ON_PLATEAU] = {.name = "plateau",
		.help = "with each validation that is not the best",
		.factor = true,
		.validation = true,
		.rate = on_plateau},
	[WP_NN_COSINE] = {.name = "cosine",
		.help = "along half a cosine, to 0",
		.after = true,
		.to_end = true,
		.rate = cosine},
	[WP_NN_LINEAR] = {.name = "linear",
		.help = "along a line, to 0",
		.after = true,
		.to_end = true,
		.rate = linear},
	{.name = NULL},
};

void wp_nn_schedule_default(struct wp_nn_schedule *schedule)
{
	*schedule = (struct wp_nn_schedule){
		.decay = WP_NN_CONSTANT, .rate = 2e-3, .factor = 0.5, .epochs = 1};
}

enum wp_err wp_nn_schedule_check(const struct wp_nn_schedule *s)
{
	if ((unsigned)s->decay > WP_NN_LINEAR)
		return wp_fail(WP_EINVAL, "no such schedule");
	if (!(s->rate >= 0 && s->rate <= 1e6))
		return wp_fail(WP_EINVAL, "learning rate %g: out of range (0 to 1e6)", s->rate);
	if (!(s->factor > 0 && s->factor <= 1))
		return wp_fail(WP_EINVAL,
			"decay of the learning rate %g: out of range (above 0 to 1)",
			s->factor);
	if (s->epochs < 0 || s->after < 0)
		return wp_fail(
			WP_EINVAL, "%d epochs, decay after %d: below 0", s->epochs, s->after);
	if (wp_nn_decays[s->decay].to_end && s->epochs > 0 && s->after >= s->epochs)
		return wp_fail(WP_EINVAL, "decay after %d epochs, but there are only %d",
			s->after, s->epochs);
	return WP_OK;
}

double wp_nn_schedule_rate(
	const struct wp_nn_schedule *s, uint64_t updates, double passed, int drops)
{
	double rate = wp_nn_decays[s->decay].rate(s, passed, drops);
	return updates < s->warm_up ? rate * ((double)updates + 1) / (double)s->warm_up : rate;
}
