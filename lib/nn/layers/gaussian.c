/* The Gaussian code of a variational auto-encoder (Kingma & Welling 2014; Rezende, Mohamed &
 * Wierstra 2014): of each row x
 *
 *	m = x W + b,  v = x W' + b'           the mean, and the logarithm of the variance
 *	z = m + exp(v / 2) e,  e ~ N(0, 1)    what is decoded ("reparametrisation")
 *
 * and, added to the loss, the divergence of that distribution from N(0, 1),
 *
 *	KL = 1/2 sum over i of (m_i^2 + exp(v_i) - 1 - v_i)
 *
 * so that the loss is the negative evidence lower bound (ELBO), for the e that were drawn.  In
 * the gradient the divergence counts `beta` times (Higgins et al. 2017), and in the first
 * `anneal` epochs less, from 0 along a line (Bowman et al. 2016).  The code is m; it is also
 * what is decoded where no loss is asked for.
 *
 * Parameters: weight (in, 2 units) and bias (2 units), the means' before the variances'. */
#include <math.h>
#include <stdlib.h>

#include "nn/core/config.h"
#include "nn/layers/affine.h"
#include "nn/layers/chance.h"

struct settings {
	size_t units;
	double beta, anneal;
};

struct NN(gaussian) {
	WP_NN_NODE_AT_WORK;
	struct NN(affine) map;
	struct NN(array) sums; /* (rows, 2 units): m and v of each row */
	struct NN(array) z, noise, d_sums;
};

static void fini(void *self)
{
	struct NN(gaussian) *g = self;
	free(g->sums.at);
	free(g->z.at);
	free(g->noise.at);
	free(g->d_sums.at);
}

static enum wp_err init(void *self)
{
	struct NN(gaussian) *g = self;
	const size_t units = WP_NN_SETTINGS(g->node, struct settings)->units;
	g->map = (struct NN(affine)){.node = g->node,
		.params = g->params,
		.kernels = g->kernels,
		.in = g->node->in[0].width,
		.units = 2 * units,
		.sums = 2 * units,
		.function = WP_NN_F_LINEAR};
	return WP_OK;
}

static void add_divergence(
	const struct NN(gaussian) *g, size_t rows, size_t n, struct wp_nn_score *score)
{
	for (size_t r = 0; r < rows; r++) {
		const real *m = g->sums.at + r * 2 * n, *v = m + n;
		double sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += (double)m[i] * (double)m[i] + exp((double)v[i]) - 1 -
				(double)v[i];
		score->loss += 0.5 * sum;
		score->penalty += 0.5 * sum;
		if (score->row_loss)
			score->row_loss[r] += 0.5 * sum;
	}
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(gaussian) *g = self;
	const size_t n = out->width;
	const struct NN(want) want[] = {
		{&g->sums, out->rows, 2 * n}, {&g->z, out->rows, n}, {&g->noise, out->rows, n}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(affine_read)(&g->map, pass, in[0], g->sums.at, g->sums.at);
	const bool drawn = pass->chance || pass->score;
	const struct wp_nn_chance chance = {
		.seed = g->context->seed, .batch = pass->batch->number};
	struct wp_rng rng = wp_nn_chance_of(&chance, g->node->place, WP_NN_CHANCE_CODE);
	for (size_t r = 0; r < out->rows; r++) {
		const real *m = g->sums.at + r * 2 * n, *v = m + n;
		real *z = g->z.at + r * n, *e = g->noise.at + r * n;
		for (size_t i = 0; i < n; i++) {
			e[i] = drawn ? (real)wp_rng_normal(&rng) : 0;
			z[i] = m[i] + (real)exp((double)v[i] / 2) * e[i];
		}
	}
	if (pass->score)
		add_divergence(g, out->rows, n, pass->score);
	out->x = g->z.at;
	return WP_OK;
}

/* By how much the divergence counts. */
static double weight_of(const struct settings *s, double epochs)
{
	return s->beta * (epochs < s->anneal ? epochs / s->anneal : 1);
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(gaussian) *g = self;
	const size_t n = out->width;
	const real weight =
		(real)weight_of(WP_NN_SETTINGS(g->node, struct settings), pass->batch->epochs);
	enum wp_err err = NN(reserve)(&g->d_sums, out->rows, 2 * n, "network");
	if (err)
		return err;
	for (size_t r = 0; r < out->rows; r++) {
		const real *m = g->sums.at + r * 2 * n, *v = m + n, *e = g->noise.at + r * n;
		const real *d = out->d + r * n;
		real *d_m = g->d_sums.at + r * 2 * n, *d_v = d_m + n;
		for (size_t i = 0; i < n; i++) {
			const real deviation = (real)exp((double)v[i] / 2);
			d_m[i] = d[i] + weight * m[i];
			d_v[i] = (d[i] * e[i] * deviation +
					 weight * (deviation * deviation - 1)) /
				2;
		}
	}
	NN(affine_read_back)
	(&g->map, pass, in[0], g->sums.at, g->sums.at, g->d_sums.at, g->d_sums.at);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_gaussian_ops;
extern const struct wp_nn64_layer_ops wp_nn64_gaussian_ops;
const struct NN(layer_ops)
	NN(gaussian_ops) = {.life = {sizeof(struct NN(gaussian)), init, fini},
		.forward = forward,
		.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads numbers, not tokens", node->label);
	if (!node->by_row)
		return wp_fail(WP_EINVAL, "%s: is the code of an auto-encoder", node->label);
	node->out = (struct wp_nn_shape){.width = s->units};
	return wp_nn_affine_plan(
		node, params, node->in[0].width, 2 * s->units, WP_NN_F_LINEAR, false);
}

static bool is_random(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

static int one_place(const struct wp_nn_node *node)
{
	(void)node;
	return 1;
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	return 5 * WP_NN_SETTINGS(node, struct settings)->units;
}

static const struct wp_nn_case cases[] = {
	WP_NN_ROWS_CASE("gaussian 2, squared-error"),
	WP_NN_COUNTS_CASE("log, dense 4 relu, gaussian 2, multinomial"),
	WP_NN_COUNTS_CASE(
		"dense 4 tanh, gaussian 2 anneal=3, dense 3 tanh, squared-error no-bias"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 1048576, "numbers of the code"),
	WP_SET_REAL(0, "beta", AT(beta), NULL, 0, 1e6,
		"how often the divergence counts in training"),
	WP_SET_REAL(0, "anneal", AT(anneal), NULL, 0, 1e6, "epochs in which that rises from 0"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.units = 50, .beta = 1};

const struct wp_nn_type wp_nn_gaussian_type = {.name = "gaussian",
	.help = "the code of a variational auto-encoder",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.cells = true,
	.code = true,
	.variational = true,
	.cases = cases,
	.plan = plan,
	.row_numbers = row_numbers,
	.is_random = is_random,
	.places = one_place,
	.layer = &wp_nn_gaussian_ops,
	.layer64 = &wp_nn64_gaussian_ops};
#endif
