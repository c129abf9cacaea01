#include "nn/train/whole.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum wp_err wp_nn_whole_create(struct wp_nn_whole **whole, struct wp_nn_trainer *t)
{
	const struct wp_nn_whole_method *method =
		wp_nn_methods[t->config.optimizer.method].whole;
	const size_t size = t->model->params->size;
	struct wp_nn_whole *w;
	*whole = NULL;
	if (!method)
		return WP_OK;
	enum wp_err err = wp_alloc(&w, 1, sizeof *w, "training");
	if (err)
		return err;
	w->trainer = t;
	err = wp_nn_double_net_create(&w->net, t->model->graph, &t->context, t->train.nets);
	if (!err)
		err = wp_alloc(&w->theta, 2 * size, sizeof *w->theta, "parameters");
	if (!err) {
		w->gradient = w->theta + size;
		for (size_t i = 0; i < size; i++)
			w->theta[i] = (double)t->model->theta[i];
		err = method->begin ? method->begin(w) : WP_OK;
	}
	if (err)
		wp_nn_whole_free(w);
	else
		*whole = w;
	return err;
}

void wp_nn_whole_free(struct wp_nn_whole *w)
{
	if (!w)
		return;
	wp_nn_double_net_free(w->net);
	wp_lbfgs_fini(&w->lbfgs);
	free(w->theta);
	free(w);
}

static bool has_params(const struct wp_nn_node *node)
{
	for (int k = 0; k < WP_NN_NODE_PARAMS; k++)
		if (node->param[k] != WP_NN_NONE)
			return true;
	return false;
}

/* The gradient goes no further back than the piece; it need not where no parameter is behind
 * what is carried over. */
int wp_nn_whole_piece(const struct wp_nn_graph *g)
{
	enum { PIECE = 1024 };
	bool trained = false;
	for (size_t i = 0; i + 1 < g->count; i++) {
		const struct wp_nn_node *n = &g->node[i];
		struct wp_nn_state states[WP_NN_NODE_STATES];
		trained = trained || has_params(n);
		if (trained && wp_nn_states(n, states) > 0)
			return 0;
	}
	return wp_nn_graph_whole(g) ? 0 : PIECE;
}

enum wp_err wp_nn_whole_each(struct wp_nn_whole *w, wp_nn_whole_work *work, void *arg)
{
	struct wp_nn_split *split = &w->trainer->train;
	const bool at_end = wp_nn_at_end(&w->trainer->model->config);
	const uint64_t batches = wp_nn_batcher_count(split->batcher, 0);
	enum wp_err err = WP_OK;
	for (uint64_t i = 0; i < batches && !err; i++) {
		err = wp_nn_batcher_get(split->batcher, 0, i, split->batch, &split->shards);
		for (int k = 0; k < split->shards && !err; k++) {
			const struct wp_nn_batch *b = &split->batch[k];
			struct wp_nn_double_batch source;
			const struct wp_nn_double_batch batch = wp_nn_double_batch_of(
				b, at_end ? (size_t)b->sequences : b->begin[b->steps], &source);
			if (b->sequences > 0)
				err = work(w, k, &batch, arg);
		}
	}
	return err;
}

struct total {
	const double *theta;
	struct wp_nn_score score;
};

static enum wp_err add_loss(
	struct wp_nn_whole *w, int shard, const struct wp_nn_double_batch *batch, void *arg)
{
	struct total *t = arg;
	return wp_nn_double_train(w->net, shard, t->theta, batch, &t->score);
}

enum wp_err wp_nn_whole_loss(struct wp_nn_whole *w, const double *theta, double *gradient,
	struct wp_nn_score *score, double *loss)
{
	const struct wp_nn_params *params = w->trainer->model->params;
	const double l2 = w->trainer->config.optimizer.l2;
	const double *sum = wp_nn_double_gradient(w->net);
	struct total total = {.theta = theta};
	wp_nn_double_clear(w->net);
	enum wp_err err = wp_nn_whole_each(w, add_loss, &total);
	if (!err && total.score.targets == 0)
		err = wp_fail(WP_EMISMATCH, "no sequence has a target to train on");
	if (err)
		return err;
	const double n = (double)total.score.targets;
	*score = total.score;
	*loss = total.score.loss / n;
	memset(gradient, 0, params->size * sizeof *gradient);
	for (size_t p = 0; p < params->count; p++) {
		const struct wp_nn_param *param = &params->param[p];
		const double decay = param->flags & WP_NN_BIAS ? 0 : l2;
		const size_t end = param->offset + param->rows * param->cols;
		for (size_t i = param->offset; i < end && !(param->flags & WP_NN_FROZEN); i++) {
			gradient[i] = sum[i] / n + decay * theta[i];
			*loss += 0.5 * decay * theta[i] * theta[i];
		}
	}
	return WP_OK;
}

/* ---- Saving ---- */

enum { VALUE, NORM, STEP, ITERATIONS, EVALUATIONS, PAIRS, STATE, NUMBERS };
enum { SCALES = 64, VALUES = 64 };

size_t wp_nn_whole_saved(const struct wp_nn_whole *w)
{
	const struct wp_lbfgs *m = &w->lbfgs;
	return m->n ? NUMBERS + SCALES + VALUES + (2 + 2 * (size_t)m->config.memory) * m->n : 0;
}

void wp_nn_whole_get(const struct wp_nn_whole *w, double *to)
{
	const struct wp_lbfgs *m = &w->lbfgs;
	const double numbers[NUMBERS] = {
		m->value, m->norm, m->step, m->iterations, m->evaluations, m->pairs, m->state};
	const struct {
		const double *at;
		size_t count;
	} part[] = {{numbers, NUMBERS}, {m->scale, SCALES}, {m->values, VALUES}, {m->x, m->n},
		{m->gradient, m->n}, {m->history, 2 * (size_t)m->config.memory * m->n}};
	for (size_t i = 0; m->n && i < sizeof part / sizeof *part; to += part[i++].count)
		memcpy(to, part[i].at, part[i].count * sizeof *to);
}

bool wp_nn_whole_is_sound(const struct wp_nn_whole *w, const double *from)
{
	const size_t count = wp_nn_whole_saved(w);
	for (size_t i = 0; i < count; i++)
		if (!isfinite(from[i]))
			return false;
	for (int i = ITERATIONS; i < NUMBERS && count; i++)
		if (from[i] < 0 || from[i] > 1e9)
			return false;
	return !count || (from[STATE] <= WP_LBFGS_STUCK && from[PAIRS] <= from[ITERATIONS]);
}

void wp_nn_whole_set(struct wp_nn_whole *w, const double *from)
{
	struct wp_lbfgs *m = &w->lbfgs;
	const double *at = from + NUMBERS;
	const struct {
		double *to;
		size_t count;
	} part[] = {{m->scale, SCALES}, {m->values, VALUES}, {m->x, m->n}, {m->gradient, m->n},
		{m->history, 2 * (size_t)m->config.memory * m->n}};
	if (!m->n)
		return;
	for (size_t i = 0; i < sizeof part / sizeof *part; at += part[i++].count)
		memcpy(part[i].to, at, part[i].count * sizeof *at);
	m->value = from[VALUE];
	m->norm = from[NORM];
	m->step = from[STEP];
	m->iterations = (int)from[ITERATIONS];
	m->evaluations = (int)from[EVALUATIONS];
	m->pairs = (int)from[PAIRS];
	m->state = (enum wp_lbfgs_state)from[STATE];
}
