/* The code of an auto-encoder: where it is cut into what encodes and what decodes.  What goes
 * through may be made sparse:
 *
 *	top=N  the N largest numbers of a row stay, the others become zeros; so does the
 *	       derivative (k-sparse: Makhzani & Frey 2013)
 *	l1=X   X times the sum of the absolute values of a row is added to its loss */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"

struct settings {
	double l1;
	size_t top;
};

struct NN(code) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) x;    /* (rows, width) of top */
	struct NN(array) room; /* (width) */
};

static void fini(void *self)
{
	struct NN(code) *c = self;
	free(c->x.at);
	free(c->room.at);
}

/* The k-th largest of x (n), which is put in another order: as quicksort finds it (Hoare 1961).
 */
static real largest(real *x, size_t n, size_t k)
{
	size_t low = 0, high = n - 1;
	while (low < high) {
		const real pivot = x[low + (high - low) / 2];
		size_t i = low, j = high;
		for (;;) {
			while (x[i] > pivot)
				i++;
			while (x[j] < pivot)
				j--;
			if (i >= j)
				break;
			real swap = x[i];
			x[i++] = x[j];
			x[j--] = swap;
		}
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
	return x[k];
}

/* Of equal ones at the border the first stay. */
static void keep_top(struct NN(code) *c, const real *x, size_t n, size_t top, real *to)
{
	memcpy(c->room.at, x, n * sizeof *x);
	const real least = largest(c->room.at, n, top - 1);
	size_t above = 0;
	for (size_t i = 0; i < n; i++)
		above += x[i] > least;
	size_t equal = top - above;
	for (size_t i = 0; i < n; i++) {
		bool kept = x[i] > least || (x[i] == least && equal > 0);
		equal -= kept && !(x[i] > least);
		to[i] = kept ? x[i] : 0;
	}
}

static void add_penalty(const struct NN(code) *c, const struct NN(value) *out, double l1,
	struct wp_nn_score *score)
{
	(void)c;
	for (size_t r = 0; r < out->rows; r++) {
		double sum = 0;
		for (size_t i = 0; i < out->width; i++)
			sum += fabs((double)out->x[r * out->width + i]);
		score->loss += l1 * sum;
		score->penalty += l1 * sum;
		if (score->row_loss)
			score->row_loss[r] += l1 * sum;
	}
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(code) *c = self;
	const struct settings *s = WP_NN_SETTINGS(c->node, struct settings);
	const size_t n = out->width;
	out->x = in[0]->x;
	if (s->top > 0 && s->top < n) {
		const struct NN(want) want[] = {{&c->x, out->rows, n}, {&c->room, 1, n}};
		enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
		if (err)
			return err;
		for (size_t r = 0; r < out->rows; r++)
			keep_top(c, in[0]->x + r * n, n, s->top, c->x.at + r * n);
		out->x = c->x.at;
	}
	if (s->l1 > 0 && pass->score)
		add_penalty(c, out, s->l1, pass->score);
	return WP_OK;
}

/* In place where nothing else reads what came in. */
static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	const struct NN(code) *c = self;
	const struct settings *s = WP_NN_SETTINGS(c->node, struct settings);
	const size_t all = out->rows * out->width;
	const bool thins = s->top > 0 && s->top < out->width;
	const real l1 = (real)s->l1;
	(void)pass;
	if (!in[0]->d)
		return WP_OK;
	const bool same = in[0]->d == out->d;
	const real beta = same ? 0 : NN(begin_d)(in[0]);
	in[0]->d_begun = true;
	for (size_t i = 0; i < all; i++) {
		const real x = out->x[i];
		real d = out->d[i] + (x > 0 ? l1 : x < 0 ? -l1 : 0);
		d = thins && x == 0 ? 0 : d;
		in[0]->d[i] = beta > 0 ? in[0]->d[i] + d : d;
	}
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_code_ops;
extern const struct wp_nn64_layer_ops wp_nn64_code_ops;
const struct NN(layer_ops) NN(code_ops) = {.life = {sizeof(struct NN(code)), NULL, fini},
	.forward = forward,
	.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads numbers, not tokens", node->label);
	if (!node->by_row)
		return wp_fail(WP_EINVAL, "%s: is that of an auto-encoder", node->label);
	node->out = node->in[0];
	return WP_OK;
}

static bool thins(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct settings)->top > 0;
}

static const struct wp_nn_case cases[] = {
	WP_NN_ROWS_CASE("dense 4 relu, code l1=0.2, squared-error"),
	WP_NN_ROWS_CASE("dense 5, code top=2, squared-error tied"),
	WP_NN_ROWS_CASE("dense 5 tanh, code 0.1 top=3, dense 4 tanh, squared-error"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_REAL(0, "l1", AT(l1), NULL, 0, 1e6,
		"add so many times the absolute values of a row to its loss"),
	WP_SET_SIZE(0, "top", AT(top), NULL, 0, 1048576,
		"only so many of the largest numbers of a row stay; 0: all"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.top = 0};

const struct wp_nn_type wp_nn_code_type = {.name = "code",
	.help = "the code of an auto-encoder, which may be made sparse",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.in_place = true,
	.code = true,
	.thins = thins,
	.cases = cases,
	.plan = plan,
	.layer = &wp_nn_code_ops,
	.layer64 = &wp_nn64_code_ops};
#endif
