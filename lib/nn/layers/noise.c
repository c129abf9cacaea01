/* Noise, in training alone, on what a denoising auto-encoder reads (Vincent et al. 2008; 2010):
 * a share of the numbers become zeros ("masking noise"; unlike dropout, the others stay as they
 * are), and to each a normal number of some standard deviation is added.  What is to come out
 * is what was read, without the noise.  All of it follows from the seed and the batch's number.
 *
 * Rows of cells stay cells where only zeros are made. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/core/config.h"
#include "nn/core/step.h"
#include "nn/layers/chance.h"

struct settings {
	double zero, gaussian;
};

struct NN(noise) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) x;    /* (rows, width), or the values of cells */
	struct NN(array) kept; /* (rows, width): 1, or 0 where there is a zero instead */
	struct NN(cells) cells;
	size_t *start;
	int32_t *col;
	size_t start_room, col_room;
};

static void fini(void *self)
{
	struct NN(noise) *n = self;
	free(n->x.at);
	free(n->kept.at);
	free(n->start);
	free(n->col);
}

static enum wp_err thin_out(struct NN(noise) *n, const struct NN(pass) *pass,
	const struct NN(value) *in, struct NN(value) *out)
{
	const struct settings *s = WP_NN_SETTINGS(n->node, struct settings);
	const size_t all = in->cells->start[in->rows];
	struct wp_rng rng = wp_nn_chance_of(pass->chance, n->node->place, WP_NN_CHANCE_NOISE);
	enum wp_err err = NN(reserve)(&n->x, all, 1, "network");
	if (!err)
		err = wp_grow(
			&n->start, &n->start_room, in->rows + 1, sizeof *n->start, "a batch");
	if (!err)
		err = wp_grow(&n->col, &n->col_room, all + 1, sizeof *n->col, "a batch");
	if (err)
		return err;
	size_t at = n->start[0] = 0;
	for (size_t r = 0; r < in->rows; r++) {
		for (size_t c = in->cells->start[r]; c < in->cells->start[r + 1]; c++) {
			if (wp_rng_double(&rng) < s->zero)
				continue;
			n->col[at] = in->cells->col[c];
			n->x.at[at++] = in->cells->value[c];
		}
		n->start[r + 1] = at;
	}
	n->cells = (struct NN(cells)){n->start, n->col, n->x.at};
	out->cells = &n->cells;
	return WP_OK;
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(noise) *n = self;
	const struct settings *s = WP_NN_SETTINGS(n->node, struct settings);
	const size_t all = out->rows * out->width;
	out->x = in[0]->x;
	out->cells = in[0]->cells;
	if (!pass->chance)
		return WP_OK;
	if (in[0]->cells && !(s->gaussian > 0)) {
		out->x = NULL;
		return thin_out(n, pass, in[0], out);
	}
	out->cells = NULL;
	const struct NN(want) want[] = {
		{&n->x, out->rows, out->width}, {&n->kept, out->rows, out->width}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	struct wp_rng rng = wp_nn_chance_of(pass->chance, n->node->place, WP_NN_CHANCE_NOISE);
	if (in[0]->cells)
		memset(n->x.at, 0, all * sizeof *n->x.at);
	else
		memcpy(n->x.at, in[0]->x, all * sizeof *n->x.at);
	for (size_t r = 0; r < out->rows && in[0]->cells; r++)
		for (size_t c = in[0]->cells->start[r]; c < in[0]->cells->start[r + 1]; c++)
			n->x.at[r * out->width + (size_t)in[0]->cells->col[c]] =
				in[0]->cells->value[c];
	for (size_t i = 0; i < all; i++) {
		n->kept.at[i] = s->zero > 0 && wp_rng_double(&rng) < s->zero ? 0 : 1;
		n->x.at[i] *= n->kept.at[i];
	}
	for (size_t i = 0; i < all && s->gaussian > 0; i++)
		n->x.at[i] += (real)(s->gaussian * wp_rng_normal(&rng));
	out->x = n->x.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(noise) *n = self;
	const size_t all = out->rows * out->width;
	if (!in[0]->d)
		return WP_OK;
	const real beta = NN(begin_d)(in[0]);
	for (size_t i = 0; i < all; i++)
		in[0]->d[i] = (beta > 0 ? in[0]->d[i] : 0) +
			out->d[i] * (pass->chance ? n->kept.at[i] : 1);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_noise_ops;
extern const struct wp_nn64_layer_ops wp_nn64_noise_ops;
const struct NN(layer_ops) NN(noise_ops) = {.life = {sizeof(struct NN(noise)), NULL, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: tokens are no numbers: for them, word-dropout",
			node->label);
	node->out = node->in[0];
	node->out.cells =
		node->in[0].cells && !(WP_NN_SETTINGS(node, struct settings)->gaussian > 0);
	return WP_OK;
}

static bool is_random(const struct wp_nn_node *node)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	return s->zero > 0 || s->gaussian > 0;
}

static int one_place(const struct wp_nn_node *node)
{
	(void)node;
	return 1;
}

static const struct wp_nn_case cases[] = {
	WP_NN_ROWS_CASE("noise zero=0.3, dense 2 tanh, code, squared-error"),
	WP_NN_ROWS_CASE("dense 4, noise 0.4 gaussian=0.5, dense 2 tanh, code, squared-error"),
	WP_NN_NUMBERS_CASE("noise gaussian=0.2, elman 4, noise 0.5, squared-error"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_REAL(0, "zero", AT(zero), NULL, 0, 0.999, "of the numbers are zeros instead"),
	WP_SET_REAL(0, "gaussian", AT(gaussian), NULL, 0, 1e6,
		"the standard deviation of what is added"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.zero = 0};

const struct wp_nn_type wp_nn_noise_type = {.name = "noise",
	.help = "in training, spoil the numbers: zeros, normal noise",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.cells = true,
	.cases = cases,
	.step = &wp_nn_step_through,
	.plan = plan,
	.is_random = is_random,
	.places = one_place,
	.layer = &wp_nn_noise_ops,
	.layer64 = &wp_nn64_noise_ops};
#endif
