/* All of this file is in double precision. */
#define WP_NN_F64

#include "nn/train/gradient_check.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct checker {
	const struct wp_nn_check_case *which;
	struct wp_nn64_batch batch;
	struct wp_nn_widened *widened; /* its numbers */
	struct wp_nn64_net *net;
	struct wp_nn64_gradient *gradient, *scratch;
	double *state; /* from which the batch goes on */
	bool plain;    /* the loss of evaluation is that of training */
	double floor;
};

/* Any numbers below 1 do, as long as they differ. */
static enum wp_err make_states(struct checker *c)
{
	size_t size = wp_nn64_net_state_size(c->net, c->batch.sequences);
	enum wp_err err = wp_alloc(&c->state, size, sizeof *c->state, "gradient check");
	for (size_t i = 0; !err && i < size; i++)
		c->state[i] = 0.5 * sin((double)i + 1);
	return err;
}

static enum wp_err continues(struct checker *c)
{
	return c->state ? wp_nn64_net_set_state(c->net, c->batch.sequences, c->state) : WP_OK;
}

static enum wp_err loss_of(struct checker *c, double *loss)
{
	struct wp_nn_score score = {0};
	enum wp_err err = continues(c);
	if (!err && c->plain)
		err = wp_nn64_net_predict(c->net, c->which->theta, &c->batch, NULL, &score);
	else if (!err)
		err = wp_nn64_net_train(c->net, c->which->theta, &c->batch, c->scratch, &score);
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
	struct checker *c, struct wp_nn_check *check, size_t param, size_t element)
{
	size_t at = c->which->graph->params.param[param].offset + element;
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
	const struct wp_nn_check_case *w = c->which;
	struct wp_nn_score score = {0};
	double sum = 0;
	enum wp_err err = wp_nn_widen(&c->widened, w->graph, w->batch, &c->batch);
	c->batch.epochs = INFINITY; /* what grows with them has grown */
	if (err || (err = wp_nn64_net_create(&c->net, w->graph, w->context)) ||
		(err = wp_nn64_gradient_create(&c->gradient, &w->graph->params)) ||
		(err = wp_nn64_gradient_create(&c->scratch, &w->graph->params)) ||
		(c->batch.continues && (err = make_states(c))) || (err = continues(c)) ||
		(err = wp_nn64_net_train(c->net, w->theta, &c->batch, c->gradient, &score)))
		return err;
	c->plain = !w->graph->random && !w->context->class_weights;
	for (size_t i = 0; i < w->graph->params.size; i++)
		sum += c->gradient->value[i] * c->gradient->value[i];
	c->floor = 1e-3 * sqrt(sum / (double)w->graph->params.parameters);
	return WP_OK;
}

enum wp_err wp_nn_check_case(struct wp_nn_check *check, const struct wp_nn_check_case *w)
{
	struct checker c = {.which = w};
	*check = (struct wp_nn_check){.error = -1};
	enum wp_err err = begin(&c);
	for (size_t p = 0; p < w->graph->params.count && !err; p++) {
		const struct wp_nn_param *param = &w->graph->params.param[p];
		if (param->flags & WP_NN_FROZEN)
			continue;
		for (size_t i = 0; i < param->rows * param->cols && !err; i++) {
			err = compare(&c, check, p, i);
			if (w->compared)
				w->compared((double)check->compared /
					(double)w->graph->params.parameters);
		}
	}
	wp_nn64_net_free(c.net);
	wp_nn64_gradient_free(c.gradient);
	wp_nn64_gradient_free(c.scratch);
	wp_nn_widened_free(c.widened);
	free(c.state);
	return err;
}
