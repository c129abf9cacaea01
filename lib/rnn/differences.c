/* All of this file is in double precision. */
#define WP_RNN_F64

#include "rnn/check.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct checker {
	const struct wp_rnn_check_case *which;
	struct wp_rnn64_batch batch;
	struct wp_rnn64_net *net;
	struct wp_rnn64_gradient *gradient, *scratch;
	double *state; /* from which the batch goes on */
	bool plain;    /* the loss of evaluation is that of training */
	double floor;
};

/* Any numbers below 1 do, as long as they differ. */
static enum wp_err make_states(struct checker *c)
{
	size_t size = wp_rnn64_net_state_size(c->net, c->batch.sequences);
	enum wp_err err = wp_alloc(&c->state, size, sizeof *c->state, "gradient check");
	for (size_t i = 0; !err && i < size; i++)
		c->state[i] = 0.5 * sin((double)i + 1);
	return err;
}

static enum wp_err go_on(struct checker *c)
{
	return c->state ? wp_rnn64_net_set_state(c->net, c->batch.sequences, c->state) : WP_OK;
}

static enum wp_err loss_of(struct checker *c, double *loss)
{
	struct wp_rnn_score score = {0};
	enum wp_err err = go_on(c);
	if (!err && c->plain)
		err = wp_rnn64_net_predict(c->net, c->which->theta, &c->batch, NULL, &score);
	else if (!err)
		err = wp_rnn64_net_train(
			c->net, c->which->theta, &c->batch, c->scratch, &score);
	*loss = score.loss;
	return err;
}

/* The derivative by *x from the loss at four places, up to the fourth power of `step`. */
static enum wp_err difference(struct checker *c, double *x, double step, double *d)
{
	static const double place[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1};
	const double old = *x;
	double sum = 0, loss;
	enum wp_err err = WP_OK;
	for (int i = 0; i < 4 && !err; i++) {
		*x = old + place[i] * step;
		err = loss_of(c, &loss);
		sum += weight[i] * loss;
	}
	*x = old;
	*d = sum / (12 * step);
	return err;
}

/* A loss with kinks (ReLU, the maximum) has no derivative across one: where a step does not
 * agree, try shorter ones.  A wrong gradient agrees with none. */
static enum wp_err compare(
	struct checker *c, struct wp_rnn_check *check, size_t param, size_t element)
{
	size_t at = c->which->layout->param[param].offset + element;
	double gradient = c->gradient->value[at], best = INFINITY, difference_ = 0;
	for (double step = 2e-3; step > 1e-6 && !(best < 1e-8); step /= 8) {
		double d;
		enum wp_err err = difference(c, &c->which->theta[at], step, &d);
		if (err)
			return err;
		double scale = fmax(fmax(fabs(gradient), fabs(d)), c->floor);
		double error = scale > 0 ? fabs(gradient - d) / scale : 0;
		if (error < best || isnan(error)) {
			best = error;
			difference_ = d;
		}
	}
	check->compared++;
	if (!(best <= check->error)) {
		check->error = best;
		check->param = param;
		check->element = element;
		check->gradient = gradient;
		check->difference = difference_;
	}
	return WP_OK;
}

static enum wp_err begin(struct checker *c)
{
	const struct wp_rnn_check_case *w = c->which;
	struct wp_rnn_score score = {0};
	double sum = 0;
	enum wp_err err;
	if ((err = wp_rnn64_net_create(&c->net, w->config, w->layout, w->facts)) ||
		(err = wp_rnn64_gradient_create(&c->gradient, w->layout)) ||
		(err = wp_rnn64_gradient_create(&c->scratch, w->layout)) ||
		(w->go_on && (err = make_states(c))) || (err = go_on(c)) ||
		(err = wp_rnn64_net_train(c->net, w->theta, &c->batch, c->gradient, &score)))
		return err;
	c->plain = w->config->dropout <= 0 && w->config->recurrent_dropout <= 0 &&
		w->config->word_dropout <= 0 && w->config->softmax == WP_RNN_FULL;
	for (size_t i = 0; i < w->layout->size; i++)
		sum += c->gradient->value[i] * c->gradient->value[i];
	c->floor = 1e-3 * sqrt(sum / (double)w->layout->parameters);
	return WP_OK;
}

enum wp_err wp_rnn_check_case(struct wp_rnn_check *check, const struct wp_rnn_check_case *w)
{
	struct checker c = {
		.which = w,
		.batch = {.steps = w->steps,
			.sequences = w->sequences,
			.active = w->active,
			.begin = w->begin,
			.ids = w->ids,
			.values = w->values,
			.classes = w->classes,
			.targets = w->targets,
			.go_on = w->go_on,
			.number = w->number},
	};
	*check = (struct wp_rnn_check){.error = -1};
	enum wp_err err = begin(&c);
	for (size_t p = 0; p < w->layout->count && !err; p++) {
		const struct wp_rnn_param *param = &w->layout->param[p];
		if (param->flags & WP_RNN_FROZEN)
			continue;
		for (size_t i = 0; i < param->rows * param->cols && !err; i++)
			err = compare(&c, check, p, i);
	}
	wp_rnn64_net_free(c.net);
	wp_rnn64_gradient_free(c.gradient);
	wp_rnn64_gradient_free(c.scratch);
	free(c.state);
	return err;
}
