/* L-BFGS (math/lbfgs.h) over all parameters: few, and few data, since each step takes some
 * passes over all of them, but then to more digits than steps batch by batch come to. */
#include <math.h>

#include "nn/train/whole.h"

static enum wp_err check(const struct wp_nn_training *config, const struct wp_nn_graph *graph)
{
	if (graph->random)
		return wp_fail(WP_EINVAL,
			"optimizer lbfgs: the network is trained by chance (dropout, samples), and "
			"this wants the same loss twice");
	if (graph->penalized)
		return wp_fail(WP_EINVAL,
			"optimizer lbfgs: what omega adds to the gradient is that of no loss");
	if (config->optimizer.l1 > 0)
		return wp_fail(WP_EINVAL, "optimizer lbfgs: has \1l2, not \1l1");
	return WP_OK;
}

/* To the last digits: it is stopped by the number of epochs, or by a validation. */
static enum wp_err begin(struct wp_nn_whole *w)
{
	struct wp_lbfgs_config config = wp_lbfgs_default();
	const size_t n = w->trainer->model->params->size;
	config.memory = 20;
	config.epsilon = 1e-9;
	config.delta = 1e-6;
	enum wp_err err = wp_lbfgs_init(&w->lbfgs, &config, n);
	for (size_t i = 0; !err && i < n; i++)
		w->lbfgs.x[i] = w->theta[i];
	return err;
}

struct evaluation {
	struct wp_nn_whole *w;
	struct wp_nn_score score;
};

/* A wp_lbfgs_function. */
static enum wp_err evaluate(void *arg, const double *x, double *gradient, double *value)
{
	struct evaluation *e = arg;
	return wp_nn_whole_loss(e->w, x, gradient, &e->score, value);
}

/* The loss without the penalty, as other methods tell it. */
static double plain_loss(const struct wp_nn_whole *w)
{
	const struct wp_nn_params *params = w->trainer->model->params;
	double penalty = 0;
	for (size_t p = 0; p < params->count; p++) {
		const struct wp_nn_param *param = &params->param[p];
		for (size_t i = 0; i < param->rows * param->cols; i++) {
			double x = w->lbfgs.x[param->offset + i];
			if (!(param->flags & (WP_NN_BIAS | WP_NN_FROZEN)))
				penalty += x * x;
		}
	}
	return w->lbfgs.value - 0.5 * w->trainer->config.optimizer.l2 * penalty;
}

static enum wp_err step(
	struct wp_nn_whole *w, struct wp_nn_score *score, double *norm, bool *ended)
{
	struct evaluation e = {.w = w};
	float *theta = w->trainer->model->theta;
	enum wp_err err = wp_lbfgs_step(&w->lbfgs, evaluate, &e);
	if (err)
		return err;
	for (size_t i = 0; i < w->lbfgs.n; i++)
		theta[i] = (float)w->lbfgs.x[i];
	if (e.score.targets > 0)
		w->targets = e.score.targets;
	*score = (struct wp_nn_score){
		.loss = plain_loss(w) * (double)w->targets, .targets = w->targets};
	*norm = w->lbfgs.norm;
	*ended = w->lbfgs.state != WP_LBFGS_RUNNING;
	return WP_OK;
}

const struct wp_nn_whole_method wp_nn_lbfgs = {.check = check, .begin = begin, .step = step};
