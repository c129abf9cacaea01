/* Where a row stands in its sequence, added to it: y_t = x_t + p_t.  p is learnt, or of sines
 * and cosines of different lengths (Vaswani et al. 2017), of width d:
 *
 *	p_t,2i = sin(t / 10000^(2i/d)) / sqrt(d),  p_t,2i+1 = cos(t / 10000^(2i/d)) / sqrt(d)
 *
 * (There embeddings are multiplied by sqrt(d), instead, which makes the same sum but for its
 * size: without either, positions would drown the tokens.)
 * Parameters: where it is learnt, the table, (length, in).  A network with positions knows no
 * sequence that is longer: it reads such a one in blocks (wp_nn_graph.context). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"

enum { TABLE };

enum how { LEARNT, SINUSOIDAL };
#ifndef WP_NN_F64
static const char *const hows[] = {"learnt", "sinusoidal", NULL};
#endif

struct settings {
	size_t length;
	int how;
};

struct NN(positions) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) wave; /* (steps so far, width): sines and cosines */
	size_t steps;
	struct NN(array) y;
};

static void fini(void *self)
{
	struct NN(positions) *p = self;
	free(p->wave.at);
	free(p->y.at);
}

static void wave(real *to, size_t step, size_t width)
{
	const double size = 1 / sqrt((double)width);
	for (size_t i = 0; i < width; i++) {
		double angle = (double)step / pow(10000, (double)(i - i % 2) / (double)width);
		to[i] = (real)(size * (i % 2 ? cos(angle) : sin(angle)));
	}
}

/* The table, (steps, width). */
static enum wp_err table_of(struct NN(positions) *p, const struct NN(pass) *pass, size_t steps,
	size_t width, const real **table)
{
	const struct settings *s = WP_NN_SETTINGS(p->node, struct settings);
	*table = NN(param)(p->node, p->params, pass->theta, TABLE);
	if (steps > s->length)
		return wp_fail(WP_EMISMATCH,
			"a sequence of %zu steps, but the network reads %zu at once (%s): "
			"shorten it, or train with more positions",
			steps, s->length, p->node->label);
	if (*table || steps <= p->steps) {
		*table = *table ? *table : p->wave.at;
		return WP_OK;
	}
	enum wp_err err = NN(reserve)(&p->wave, steps, width, "network");
	for (size_t t = 0; t < steps && !err; t++)
		wave(p->wave.at + t * width, t, width);
	p->steps = err ? 0 : steps;
	*table = p->wave.at;
	return err;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(positions) *p = self;
	const struct NN(batch) *b = pass->batch;
	const size_t width = out->width;
	const real *table;
	enum wp_err err = table_of(p, pass, (size_t)b->steps, width, &table);
	if (!err)
		err = NN(reserve)(&p->y, out->rows, width, "network");
	if (err)
		return err;
	memcpy(p->y.at, in[0]->x, out->rows * width * sizeof(real));
	for (int t = 0; t < b->steps; t++)
		for (size_t r = b->begin[t]; r < b->begin[t + 1]; r++)
			p->kernels->add(p->y.at + r * width, table + (size_t)t * width, width);
	out->x = p->y.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(positions) *p = self;
	const struct NN(batch) *b = pass->batch;
	const size_t width = out->width, n = out->rows * width;
	real *d_table =
		pass->gradient ? NN(param_gradient)(p->node, pass->gradient, TABLE) : NULL;
	for (int t = 0; t < b->steps && d_table; t++)
		p->kernels->add_rows(d_table + (size_t)t * width, out->d + b->begin[t] * width,
			width, (size_t)b->active[t], width);
	if (in[0]->d && NN(begin_d)(in[0]) > 0)
		p->kernels->add(in[0]->d, out->d, n);
	else if (in[0]->d && in[0]->d != out->d)
		memcpy(in[0]->d, out->d, n * sizeof(real));
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_positions_ops;
extern const struct wp_nn64_layer_ops wp_nn64_positions_ops;
const struct NN(layer_ops)
	NN(positions_ops) = {.life = {sizeof(struct NN(positions)), NULL, fini},
		.forward = forward,
		.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const struct wp_nn_begin begin = {.fan_in = node->in[0].width, .by_rows = true};
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL,
			"%s: reads numbers, not tokens: 'embedding' before it gives them vectors",
			node->label);
	if (node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	node->out = node->in[0];
	return s->how == LEARNT ? wp_nn_add_param(node, params, TABLE, "", s->length,
					  node->out.width, 0, &begin)
				: WP_OK;
}

static bool needs_whole(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	(void)node;
	return 0;
}

static size_t context(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct settings)->length;
}

static enum wp_err prepare(struct wp_nn_stepper *s)
{
	const size_t width = s->node->out.width, length = context(s->node);
	if (wp_nn_step_param(s, TABLE))
		return WP_OK;
	enum wp_err err = wp_nn_step_room(s, length * width);
	for (size_t t = 0; t < length && !err; t++)
		wave(s->room + t * width, t, width);
	return err;
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const size_t n = s->node->out.width;
	const float *table = wp_nn_step_param(s, TABLE);
	(void)before, (void)after;
	memcpy(out->to, (table ? table : s->room) + s->past * n, n * sizeof *table);
	s->kernels->add(out->to, in[0]->x, n);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("embedding 5, positions 30, dense 6 tanh, softmax"),
	WP_NN_LM_CASE("embedding 5, positions 40 sinusoidal, elman 6, softmax"),
	WP_NN_CLASSIFY_CASE("e=embedding 4, positions, dense 4 tanh, mean, softmax"),
	WP_NN_NUMBERS_CASE("a=dense 5, p=positions 50, add from a+p, squared-error"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "length", AT(length), NULL, 1, 1000000,
		"steps of the longest sequence, or of the blocks into which longer ones are cut"),
	WP_SET_CHOICE(0, "how", AT(how), NULL, hows,
		"a vector for each position, or sines and cosines"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.length = 512};

const struct wp_nn_type wp_nn_positions_type = {.name = "positions",
	.help = "adds a vector for the position in the sequence",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.in_place = true,
	.plan = plan,
	.row_numbers = row_numbers,
	.cases = cases,
	.needs_whole = needs_whole,
	.context = context,
	.step = &step_ops,
	.layer = &wp_nn_positions_ops,
	.layer64 = &wp_nn64_positions_ops};
#endif
