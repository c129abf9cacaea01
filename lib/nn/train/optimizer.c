#include "nn/train/optimizer.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "nn/core/gradient.h"
#include "nn/kernels/kernels.h"
#include "nn/train/whole.h"

const char *const wp_nn_clips[] = {"norm", "value", NULL};

/* ---- The methods ---- */

enum { MOMENTUM, DECAY, EPSILON, WEIGHT_DECAY };

const struct wp_nn_method_setting wp_nn_method_settings[WP_NN_METHOD_SETTINGS] = {
	[MOMENTUM] = {"momentum", offsetof(struct wp_nn_optimizer_config, momentum), 1, true},
	[DECAY] = {"decay", offsetof(struct wp_nn_optimizer_config, decay), 1, true},
	[EPSILON] = {"epsilon", offsetof(struct wp_nn_optimizer_config, epsilon), 1, false},
	[WEIGHT_DECAY] = {"weight-decay", offsetof(struct wp_nn_optimizer_config, weight_decay),
		1e6, false},
};

static void sgd(const struct wp_nn_kernels *k, float *theta, const float *g,
	float *const state[], const struct wp_nn_runs *rows, const struct wp_nn_update *u)
{
	(void)state;
	k->sgd(theta, g, rows, u);
}

static void momentum(const struct wp_nn_kernels *k, float *theta, const float *g,
	float *const state[], const struct wp_nn_runs *rows, const struct wp_nn_update *u)
{
	k->momentum(theta, g, state[0], rows, u);
}

static void adagrad(const struct wp_nn_kernels *k, float *theta, const float *g,
	float *const state[], const struct wp_nn_runs *rows, const struct wp_nn_update *u)
{
	k->adagrad(theta, g, state[0], rows, u);
}

static void rmsprop(const struct wp_nn_kernels *k, float *theta, const float *g,
	float *const state[], const struct wp_nn_runs *rows, const struct wp_nn_update *u)
{
	k->rmsprop(theta, g, state[0], rows, u);
}

static void adam(const struct wp_nn_kernels *k, float *theta, const float *g,
	float *const state[], const struct wp_nn_runs *rows, const struct wp_nn_update *u)
{
	k->adam(theta, g, state[0], state[1], rows, u);
}

static void adamw(const struct wp_nn_kernels *k, float *theta, const float *g,
	float *const state[], const struct wp_nn_runs *rows, const struct wp_nn_update *u)
{
	k->adamw(theta, g, state[0], state[1], rows, u);
}

/* Both bias corrections. */
static void correct_adam(
	const struct wp_nn_optimizer_config *c, double steps, double *rate, double *epsilon)
{
	double second = sqrt(1 - pow(c->decay, steps));
	*rate *= second / (1 - pow(c->momentum, steps));
	*epsilon *= second;
}

const struct wp_nn_method_type wp_nn_methods[] = {
	[WP_NN_SGD] = {.name = "sgd",
		.help = "steps against the gradient",
		.rate = 0.5,
		.settings = {NAN, NAN, NAN, NAN},
		.update = sgd},
	[WP_NN_MOMENTUM] = {.name = "momentum",
		.help = "steps that keep a share of the last one",
		.rate = 0.1,
		.settings = {[MOMENTUM] = 0.9,
			[DECAY] = NAN,
			[EPSILON] = NAN,
			[WEIGHT_DECAY] = NAN},
		.arrays = 1,
		.update = momentum},
	[WP_NN_ADAGRAD] = {.name = "adagrad",
		.help = "divided by the root of all squares so far",
		.rate = 0.05,
		.settings = {[MOMENTUM] = NAN,
			[DECAY] = NAN,
			[EPSILON] = 1e-8,
			[WEIGHT_DECAY] = NAN},
		.arrays = 1,
		.squares = {true},
		.update = adagrad},
	[WP_NN_RMSPROP] = {.name = "rmsprop",
		.help = "divided by the root of a running mean of squares",
		.rate = 2e-3,
		.settings = {[MOMENTUM] = NAN,
			[DECAY] = 0.99,
			[EPSILON] = 1e-8,
			[WEIGHT_DECAY] = NAN},
		.arrays = 1,
		.squares = {true},
		.update = rmsprop},
	[WP_NN_ADAM] = {.name = "adam",
		.help = "running means of gradients and of their squares",
		.rate = 2e-3,
		.settings = {[MOMENTUM] = 0.9,
			[DECAY] = 0.999,
			[EPSILON] = 1e-8,
			[WEIGHT_DECAY] = NAN},
		.arrays = 2,
		.squares = {false, true},
		.correct = correct_adam,
		.update = adam},
	[WP_NN_ADAMW] = {.name = "adamw",
		.help = "Adam, with weight decay apart from the gradient",
		.rate = 2e-3,
		.settings = {[MOMENTUM] = 0.9,
			[DECAY] = 0.999,
			[EPSILON] = 1e-8,
			[WEIGHT_DECAY] = 0.01},
		.arrays = 2,
		.squares = {false, true},
		.correct = correct_adam,
		.update = adamw},
	[WP_NN_LBFGS] = {.name = "lbfgs",
		.help = "L-BFGS, over all data at once: for small networks",
		.settings = {NAN, NAN, NAN, NAN},
		.whole = &wp_nn_lbfgs,
		.epochs = 500},
	[WP_NN_LEAST_SQUARES] = {.name = "least-squares",
		.help = "the least squared error of a linear network, at once",
		.settings = {NAN, NAN, NAN, NAN},
		.whole = &wp_nn_least_squares,
		.epochs = 1},
	{.name = NULL},
};

static double *setting_of(struct wp_nn_optimizer_config *config, int i)
{
	return (double *)(void *)((char *)config + wp_nn_method_settings[i].offset);
}

void wp_nn_optimizer_complete(struct wp_nn_optimizer_config *config)
{
	for (int i = 0; i < WP_NN_METHOD_SETTINGS; i++) {
		double *value = setting_of(config, i);
		double usual = wp_nn_methods[config->method].settings[i];
		if (*value ==
			WP_NN_UNSET) /* what the method does not have counts for nothing */
			*value = isnan(usual) ? 0 : usual;
	}
}

/* ---- The optimiser ---- */

/* The gradient is worked through in pieces, whose number and order depend on the params and the
 * rows touched alone, so that threads change nothing. */
enum {
	PIECE = 1 << 15,        /* elements */
	THREADS_FROM = 1 << 20, /* with fewer elements, threads cost more than they bring */
};

struct piece {
	size_t param, begin, count; /* elements of a parameter, or places in its list of rows */
	double squares;             /* of the gradient, scaled but not clipped                */
};

struct wp_nn_optimizer {
	struct wp_nn_optimizer_config config;
	const struct wp_nn_params *params;
	const struct wp_nn_kernels *kernels;
	float *state[WP_NN_STATE_ARRAYS]; /* params->size each, or NULL */
	uint64_t steps;
	struct piece *piece;
	size_t pieces;
};

void wp_nn_optimizer_default(struct wp_nn_optimizer_config *config)
{
	*config = (struct wp_nn_optimizer_config){
		.method = WP_NN_ADAM,
		.momentum = WP_NN_UNSET,
		.decay = WP_NN_UNSET,
		.epsilon = WP_NN_UNSET,
		.weight_decay = WP_NN_UNSET,
		.clip_by = WP_NN_CLIP_NORM,
	};
	wp_nn_optimizer_complete(config);
}

static bool within(double x, double low, double high)
{
	return x >= low && x <= high; /* false for NaN */
}

enum wp_err wp_nn_optimizer_check(const struct wp_nn_optimizer_config *c)
{
	if ((unsigned)c->method > WP_NN_LEAST_SQUARES ||
		(unsigned)c->clip_by > WP_NN_CLIP_VALUE)
		return wp_fail(WP_EINVAL, "optimizer: no such method or clipping");
	for (int i = 0; i < WP_NN_METHOD_SETTINGS; i++) {
		const struct wp_nn_method_setting *s = &wp_nn_method_settings[i];
		double x = *(const double *)(const void *)((const char *)c + s->offset);
		if (!within(x, 0, s->most) || (s->below && x == s->most))
			return wp_fail(WP_EINVAL, "%s %g: out of range (0 to %s%g)", s->name, x,
				s->below ? "below " : "", s->most);
	}
	if (!within(c->l1, 0, 1e6) || !within(c->l2, 0, 1e6))
		return wp_fail(WP_EINVAL, "penalties l1 %g, l2 %g: out of range (0 to 1e6)",
			c->l1, c->l2);
	if (!within(c->clip, 0, 1e30))
		return wp_fail(WP_EINVAL, "clip %g: out of range (0 to 1e30)", c->clip);
	return WP_OK;
}

static size_t pieces_of(size_t elements)
{
	return (elements + PIECE - 1) / PIECE;
}

enum wp_err wp_nn_optimizer_create(struct wp_nn_optimizer **optimizer,
	const struct wp_nn_optimizer_config *config, const struct wp_nn_params *params)
{
	struct wp_nn_optimizer *o;
	enum wp_err err;
	*optimizer = NULL;
	if ((err = wp_nn_optimizer_check(config)) ||
		(err = wp_alloc(&o, 1, sizeof *o, "optimizer")))
		return err;
	o->config = *config;
	o->params = params;
	o->kernels = wp_nn_kernels(wp_cpu_isa());
	size_t most = 0;
	for (size_t i = 0; i < params->count; i++)
		most += pieces_of(params->param[i].rows * params->param[i].cols);
	err = wp_alloc(&o->piece, most, sizeof *o->piece, "optimizer");
	for (int i = 0; i < wp_nn_methods[config->method].arrays && !err; i++)
		err = wp_table_alloc(
			&o->state[i], params->size * sizeof(float), "optimizer's state");
	if (err)
		wp_nn_optimizer_free(o);
	else
		*optimizer = o;
	return err;
}

void wp_nn_optimizer_free(struct wp_nn_optimizer *optimizer)
{
	if (!optimizer)
		return;
	free(optimizer->state[0]);
	free(optimizer->state[1]);
	free(optimizer->piece);
	free(optimizer);
}

int wp_nn_optimizer_state_arrays(const struct wp_nn_optimizer *optimizer)
{
	return wp_nn_methods[optimizer->config.method].arrays;
}

float *wp_nn_optimizer_state(struct wp_nn_optimizer *optimizer, int array)
{
	return optimizer->state[array];
}

bool wp_nn_optimizer_state_is_sound(
	const struct wp_nn_optimizer *optimizer, int array, const float *values)
{
	bool squares = wp_nn_methods[optimizer->config.method].squares[array];
	bool sound = true;
	for (size_t i = 0; squares && i < optimizer->params->size; i++)
		sound &= values[i] >= 0;
	return sound;
}

uint64_t *wp_nn_optimizer_steps(struct wp_nn_optimizer *optimizer)
{
	return &optimizer->steps;
}

/* ---- One step ---- */

struct task {
	struct wp_nn_optimizer *optimizer;
	float *theta;
	const struct wp_nn_gradient *gradient;
	struct wp_nn_update update;
	void (*work)(struct task *task, struct piece *piece);
	int threads;
};

static bool is_table(const struct wp_nn_param *p)
{
	return p->flags & WP_NN_LOOKUP;
}

static void cut(struct wp_nn_optimizer *o, const struct wp_nn_gradient *g)
{
	o->pieces = 0;
	for (size_t i = 0; i < o->params->count; i++) {
		const struct wp_nn_param *p = &o->params->param[i];
		size_t count = is_table(p) ? g->rows[i].count : p->rows * p->cols;
		size_t step = is_table(p) ? PIECE / p->cols + 1 : PIECE;
		if (p->flags & WP_NN_FROZEN)
			continue;
		for (size_t at = 0; at < count; at += step) {
			size_t n = count - at < step ? count - at : step;
			o->piece[o->pieces++] = (struct piece){i, at, n, 0};
		}
	}
}

/* Call step(task, param, offset, n) for each run of elements of a piece. */
static inline void each_run(struct task *t, struct piece *piece,
	void (*step)(struct task *t, struct piece *piece, size_t offset, size_t n))
{
	const struct wp_nn_param *p = &t->optimizer->params->param[piece->param];
	if (!is_table(p)) {
		step(t, piece, p->offset + piece->begin, piece->count);
		return;
	}
	const int32_t *row = t->gradient->rows[piece->param].row + piece->begin;
	for (size_t k = 0; k < piece->count; k++)
		step(t, piece, p->offset + (size_t)row[k] * p->cols, p->cols);
}

/* The elements of a piece: rows of a table, or one run of others, ... */
static struct wp_nn_runs rows_of(const struct task *t, const struct piece *piece)
{
	const struct wp_nn_param *p = &t->optimizer->params->param[piece->param];
	const int32_t *row = t->gradient->rows[piece->param].row;
	return is_table(p) ? (struct wp_nn_runs){row + piece->begin, piece->count, p->cols}
			   : (struct wp_nn_runs){NULL, 1, piece->count};
}

/* ... from here on. */
static size_t offset_of(const struct task *t, const struct piece *piece)
{
	const struct wp_nn_param *p = &t->optimizer->params->param[piece->param];
	return p->offset + (is_table(p) ? 0 : piece->begin);
}

static void measure(struct task *t, struct piece *piece)
{
	double squares = t->gradient->rows[piece->param].squares;
	const struct wp_nn_runs rows = rows_of(t, piece);
	if (isnan(squares))
		piece->squares = t->optimizer->kernels->sum_squares_of_rows(
			t->gradient->value + offset_of(t, piece), &rows);
	else if (piece->begin == 0)
		piece->squares = squares;
}

static void update(struct task *t, struct piece *piece)
{
	const struct wp_nn_optimizer *o = t->optimizer;
	const struct wp_nn_param *p = &o->params->param[piece->param];
	const struct wp_nn_runs rows = rows_of(t, piece);
	const size_t offset = offset_of(t, piece);
	struct wp_nn_update u = t->update;
	float *state[WP_NN_STATE_ARRAYS];
	for (int i = 0; i < WP_NN_STATE_ARRAYS; i++)
		state[i] = o->state[i] ? o->state[i] + offset : NULL;
	if (p->flags & WP_NN_BIAS)
		u.l1 = u.l2 = u.shrink = 0;
	wp_nn_methods[o->config.method].update(
		o->kernels, t->theta + offset, t->gradient->value + offset, state, &rows, &u);
}

static enum wp_err run(int thread, void *arg)
{
	struct task *t = arg;
	size_t pieces = t->optimizer->pieces, threads = (size_t)t->threads;
	size_t begin = pieces * (size_t)thread / threads;
	size_t end = pieces * ((size_t)thread + 1) / threads;
	/* Averages of gradients that are zero from some step on fade away. */
	unsigned mode = wp_flush_denormals();
	for (size_t i = begin; i < end; i++)
		t->work(t, &t->optimizer->piece[i]);
	wp_restore_denormals(mode);
	return WP_OK;
}

static enum wp_err run_all(struct task *t, void (*work)(struct task *, struct piece *))
{
	t->work = work;
	return wp_parallel(t->threads, run, t);
}

/* Squares of the elements once they are limited to +-limit, in splits that a compiler can put
 * into vectors. */
static void add_limited_squares(struct task *t, struct piece *piece, size_t offset, size_t n)
{
	enum { LANES = 16 };
	const float *g = t->gradient->value + offset;
	float scale = t->update.scale, limit = t->update.limit;
	double sum[LANES] = {0};
	for (size_t i = 0; i < n; i += LANES)
		for (size_t k = 0; k < LANES && i + k < n; k++) {
			float x = fabsf(g[i + k] * scale);
			x = x < limit ? x : limit;
			sum[k] += (double)(x * x);
		}
	for (int k = 0; k < LANES; k++)
		piece->squares += sum[k];
}

static void measure_limited(struct task *t, struct piece *piece)
{
	piece->squares = 0;
	each_run(t, piece, add_limited_squares);
}

/* The norm of what was measured, of each parameter (norms may be NULL) and in total. */
static double norm(const struct wp_nn_optimizer *o, double scale, double *norms)
{
	double total = 0;
	for (size_t i = 0; norms && i < o->params->count; i++)
		norms[i] = 0;
	for (size_t i = 0; i < o->pieces; i++) {
		total += o->piece[i].squares;
		if (norms)
			norms[o->piece[i].param] += o->piece[i].squares;
	}
	for (size_t i = 0; norms && i < o->params->count; i++)
		norms[i] = scale * sqrt(norms[i]);
	return scale * sqrt(total);
}

/* What an update is to do, after which step of training. */
static struct wp_nn_update plan(
	const struct wp_nn_optimizer *o, double scale, double limit, double rate)
{
	const struct wp_nn_optimizer_config *c = &o->config;
	double epsilon = c->epsilon, shrink = rate * c->weight_decay;
	if (wp_nn_methods[c->method].correct)
		wp_nn_methods[c->method].correct(c, (double)o->steps, &rate, &epsilon);
	return (struct wp_nn_update){
		.scale = (float)scale,
		.limit = (float)limit,
		.l1 = (float)c->l1,
		.l2 = (float)c->l2,
		.rate = (float)rate,
		.momentum = (float)c->momentum,
		.decay = (float)c->decay,
		.epsilon = (float)epsilon,
		.shrink = (float)shrink,
	};
}

enum wp_err wp_nn_optimize(struct wp_nn_optimizer *o, float *theta,
	struct wp_nn_gradient *gradient, double scale, double rate, int threads,
	struct wp_nn_step *step)
{
	struct task t = {.optimizer = o, .theta = theta, .gradient = gradient};
	enum wp_err err;
	wp_nn_gradient_settle(gradient);
	cut(o, gradient);
	t.threads = o->pieces * PIECE < THREADS_FROM || threads < 1 ? 1 : threads;
	if ((err = run_all(&t, measure)))
		return err;
	double before = norm(o, scale, step ? step->norms : NULL), after = before;
	if (step)
		step->norm = step->clipped = before;
	if (!isfinite(before))
		return wp_fail(WP_EDIVERGED, "step %llu: the gradient is not finite",
			(unsigned long long)o->steps + 1);

	double clip = o->config.clip, limit = INFINITY;
	if (clip > 0 && o->config.clip_by == WP_NN_CLIP_NORM && before > clip) {
		scale *= clip / before;
		after = clip;
	} else if (clip > 0 && o->config.clip_by == WP_NN_CLIP_VALUE) {
		limit = clip;
	}
	o->steps++;
	t.update = plan(o, scale, limit, rate);
	if (step && limit < INFINITY) {
		if ((err = run_all(&t, measure_limited)))
			return err;
		after = norm(o, 1, NULL);
	}
	if (step)
		step->clipped = after;
	return run_all(&t, update);
}
