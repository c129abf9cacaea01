/* Optimisers: against PyTorch's, against hand-made sums, and that nothing else changes. */
#define _GNU_SOURCE /* setenv */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "nn/core/gradient.h"
#include "nn/train/optimizer.h"
#include "tap.h"

/* A params of our own: one parameter, or a few. */
static struct wp_nn_params layout_of(struct wp_nn_param *param, size_t count)
{
	struct wp_nn_params params = {.param = param, .count = count};
	for (size_t i = 0; i < count; i++) {
		param[i].offset = params.size;
		params.size += (param[i].rows * param[i].cols + 15) / 16 * 16;
	}
	return params;
}

struct trial {
	struct wp_nn_params params;
	struct wp_nn_optimizer *optimizer;
	struct wp_nn_gradient *gradient;
	float *theta;
};

static void set_up(struct trial *t, const struct wp_nn_optimizer_config *config,
	struct wp_nn_param *param, size_t count)
{
	t->params = layout_of(param, count);
	t->theta = calloc(t->params.size, sizeof *t->theta);
	if (!t->theta || wp_nn_optimizer_create(&t->optimizer, config, &t->params) ||
		wp_nn_gradient_create(&t->gradient, &t->params))
		abort();
}

static void tear_down(struct trial *t)
{
	wp_nn_optimizer_free(t->optimizer);
	wp_nn_gradient_free(t->gradient);
	free(t->theta);
}

static struct wp_nn_optimizer_config config_of(enum wp_nn_method method)
{
	struct wp_nn_optimizer_config c;
	wp_nn_optimizer_default(&c);
	c.method = method;
	if (method == WP_NN_ADAGRAD)
		c.epsilon = 1e-10;
	c.decay = method == WP_NN_RMSPROP ? 0.9 : 0.99;
	return c;
}

static double worst_of(const float *got, const double *want, size_t n)
{
	double worst = 0;
	for (size_t i = 0; i < n; i++)
		worst = fmax(worst, fabs((double)got[i] - want[i]));
	return worst;
}

static const float start[4] = {1, -2, 0.5f, 0};

/* Three steps of rate 0.1 with gradients (0.5 k, -1, 0.1 k^2, 3 - k), k = 1 .. 3, from `start`,
 * after torch.nn.utils.clip_grad_norm_(..., 2), weight_decay 0.01, in double precision: PyTorch
 * 1.13's SGD, SGD(momentum=0.9), Adagrad(eps=1e-10), RMSprop(alpha=0.9), Adam(betas=(0.9,
 * 0.99)), and AdamW(betas=(0.9, 0.99)), of weight_decay 0.1. */
static const double torch_after[6][4] = {
	{0.70470068, -1.70781793, 0.360506065, -0.27395957},
	{0.537611453, -1.46363947, 0.30830576, -0.661883678},
	{0.728036042, -1.76494277, 0.211737485, -0.149628712},
	{0.13245621, -1.2428093, -0.4149501, -0.478590218},
	{0.710199596, -1.69970328, 0.226698522, -0.268974735},
	{0.683730339, -1.64329325, 0.215453379, -0.266118176},
};

static void agrees_with_torch(enum wp_nn_method method)
{
	struct wp_nn_param param = {.name = "w", .rows = 1, .cols = 4};
	struct wp_nn_optimizer_config c = config_of(method);
	struct trial t;
	struct wp_nn_step step = {0};
	c.l2 = method == WP_NN_ADAMW ? 0 : 0.01;
	c.weight_decay = method == WP_NN_ADAMW ? 0.1 : 0;
	c.clip = 2;
	set_up(&t, &c, &param, 1);
	memcpy(t.theta, start, sizeof start);
	bool norms = true;
	for (int k = 1; k <= 3; k++) {
		/* The gradient is a sum of two that are to be averaged. */
		const double g[4] = {0.5 * k, -1, 0.1 * k * k, 3 - k};
		double norm = 0;
		for (int i = 0; i < 4; i++) {
			t.gradient->value[i] = (float)(2 * g[i]);
			norm += g[i] * g[i];
		}
		norm = sqrt(norm);
		if (wp_nn_optimize(t.optimizer, t.theta, t.gradient, 0.5, 0.1, 1, &step))
			abort();
		norms = norms && fabs(step.norm - norm) < 1e-6 &&
			fabs(step.clipped - fmin(norm, 2)) < 1e-6;
	}
	double worst = worst_of(t.theta, torch_after[method], 4);
	ok(worst < 2e-6, "%s: three steps as PyTorch's (to %.1e)", wp_nn_methods[method].name,
		worst);
	ok(norms && *wp_nn_optimizer_steps(t.optimizer) == 3,
		"%s: norms before and after clipping", wp_nn_methods[method].name);
	tear_down(&t);
}

/* torch.optim.SparseAdam, betas (0.9, 0.99), on an Embedding(4, 1, sparse=True). */
static void tables_as_sparse_adam(void)
{
	static const double torch_sparse[4] = {0.821531014, -2, 0.310972581, 0.0742459714};
	struct wp_nn_param param = {
		.name = "table", .rows = 4, .cols = 1, .flags = WP_NN_LOOKUP};
	struct wp_nn_optimizer_config c = config_of(WP_NN_ADAM);
	struct trial t;
	set_up(&t, &c, &param, 1);
	memcpy(t.theta, start, sizeof start);
	static const struct {
		int32_t row;
		float g;
	} touched[3][3] = {
		{{0, 1}, {2, 2}, {-1, 0}}, {{2, 0.5f}, {3, -1}, {2, 0.25f}}, {{0, 3}, {-1, 0}}};
	for (int k = 0; k < 3; k++) {
		wp_nn_gradient_clear(t.gradient);
		for (int i = 0; i < 3 && touched[k][i].row >= 0 && touched[k][i].g != 0; i++)
			*wp_nn_gradient_touch(t.gradient, 0, touched[k][i].row) +=
				touched[k][i].g;
		if (wp_nn_optimize(t.optimizer, t.theta, t.gradient, 1, 0.1, 1, NULL))
			abort();
	}
	double worst = worst_of(t.theta, torch_sparse, 4);
	ok(worst < 2e-6, "adam: of a table only rows touched move, as SparseAdam (to %.1e)",
		worst);
	ok(t.theta[1] == -2, "adam: a row that no batch touched is as it was");
	tear_down(&t);
}

static void clipping_by_value(void)
{
	struct wp_nn_param param = {.name = "w", .rows = 1, .cols = 3};
	struct wp_nn_optimizer_config c = config_of(WP_NN_SGD);
	struct trial t;
	double norms[1];
	struct wp_nn_step step = {.norms = norms};
	c.clip = 1;
	c.clip_by = WP_NN_CLIP_VALUE;
	set_up(&t, &c, &param, 1);
	const float g[3] = {0.5f, -30, 4};
	memcpy(t.gradient->value, g, sizeof g);
	if (wp_nn_optimize(t.optimizer, t.theta, t.gradient, 0.5, 0.1, 1, &step))
		abort();
	const double want[3] = {-0.025, 0.1, -0.1};
	ok(worst_of(t.theta, want, 3) < 1e-8, "by value: each element is limited");
	ok(fabs(step.norm - sqrt(0.0625 + 225 + 4)) < 1e-5 &&
			fabs(norms[0] - step.norm) < 1e-12 &&
			fabs(step.clipped - sqrt(0.0625 + 2)) < 1e-6,
		"by value: the norms before and after");
	tear_down(&t);
}

static void decay_and_parts(void)
{
	struct wp_nn_param param[] = {{.name = "w", .rows = 2, .cols = 2},
		{.name = "b", .rows = 1, .cols = 2, .flags = WP_NN_BIAS},
		{.name = "fixed", .rows = 1, .cols = 2, .flags = WP_NN_FROZEN},
		{.name = "table", .rows = 3, .cols = 1, .flags = WP_NN_LOOKUP}};
	struct wp_nn_optimizer_config c = config_of(WP_NN_SGD);
	struct trial t;
	double norms[4];
	struct wp_nn_step step = {.norms = norms};
	c.l1 = 0.5;
	c.l2 = 0.25;
	set_up(&t, &c, param, 4);
	float *w = t.theta, *b = t.theta + param[1].offset, *fixed = t.theta + param[2].offset;
	float *table = t.theta + param[3].offset;
	w[0] = 2;
	w[1] = -4;
	b[0] = b[1] = fixed[0] = fixed[1] = 3;
	table[0] = table[1] = table[2] = 8;
	t.gradient->value[0] = 3;
	t.gradient->value[param[1].offset] = 4;
	*wp_nn_gradient_touch(t.gradient, 3, 1) = 12;
	if (wp_nn_optimize(t.optimizer, t.theta, t.gradient, 1, 1, 1, &step))
		abort();
	ok(w[0] == 2 - (3 + 0.5f + 0.5f) && w[1] == -4 + (0.5f + 1) && w[2] == 0,
		"decay: l1 and l2 are added to the gradient");
	ok(b[0] == -1 && b[1] == 3, "decay: not of biases");
	ok(fixed[0] == 3 && fixed[1] == 3, "what is frozen stays");
	ok(table[0] == 8 && table[1] == 8 - (12 + 0.5f + 2) && table[2] == 8,
		"decay: of a table's rows, those touched");
	ok(norms[0] == 3 && norms[1] == 4 && norms[2] == 0 && norms[3] == 12 &&
			step.norm == 13 && step.clipped == 13,
		"the norm of each parameter, and of all");
	tear_down(&t);
}

/* Whoever made the gradient of the outputs may know its squares already. */
static void squares_that_are_known(void)
{
	struct wp_nn_param param[] = {{.name = "w", .rows = 1, .cols = 1},
		{.name = "out", .rows = 300, .cols = 300, .flags = WP_NN_WRITTEN}};
	struct wp_nn_optimizer_config c = config_of(WP_NN_SGD);
	struct trial t;
	struct wp_nn_step step = {0};
	set_up(&t, &c, param, 2);
	float *out = t.gradient->value + param[1].offset;
	t.gradient->value[0] = 3;
	out[5] = out[89999] = sqrtf(8);
	double norm[3];
	for (int i = 0; i < 3; i++) {
		t.gradient->rows[1].squares = i == 1 ? 40 : NAN;
		if (wp_nn_optimize(t.optimizer, t.theta, t.gradient, 1, 0, 1, &step))
			abort();
		norm[i] = step.norm;
	}
	ok(fabs(norm[0] - 5) < 1e-6 && fabs(norm[1] - 7) < 1e-6 && norm[2] == norm[0],
		"squares that are known are taken, others measured");

	wp_nn_gradient_clear(t.gradient);
	ok(isnan(t.gradient->rows[1].squares) && t.gradient->rows[1].unwritten && out[5] != 0,
		"what is overwritten anyway is not cleared");
	if (wp_nn_optimize(t.optimizer, t.theta, t.gradient, 1, 0, 1, &step))
		abort();
	ok(step.norm == 0 && out[5] == 0 && !t.gradient->rows[1].unwritten,
		"but counts as zero where nobody overwrote it");
	tear_down(&t);
}

static void divergence(void)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	struct wp_nn_param param[] = {{.name = "w", .rows = 50, .cols = 50},
		{.name = "table", .rows = 3, .cols = 3, .flags = WP_NN_LOOKUP}};
	for (int i = 0; i < 3; i++)
		for (int where = 0; where < 2; where++) {
			struct trial t;
			struct wp_nn_optimizer_config c = config_of(WP_NN_ADAM);
			bool same = true;
			c.clip = 5;
			c.clip_by = i % 2 ? WP_NN_CLIP_VALUE : WP_NN_CLIP_NORM;
			set_up(&t, &c, param, 2);
			t.gradient->value[7] = 1;
			*(where ? wp_nn_gradient_touch(t.gradient, 1, 2) + 2
				: t.gradient->value + 2499) = bad[i];
			enum wp_err err = wp_nn_optimize(
				t.optimizer, t.theta, t.gradient, 1, 0.1, 1, NULL);
			for (size_t k = 0; k < t.params.size; k++)
				same = same && t.theta[k] == 0 &&
					wp_nn_optimizer_state(t.optimizer, 0)[k] == 0;
			ok(err == WP_EDIVERGED && same &&
					*wp_nn_optimizer_steps(t.optimizer) == 0,
				"%g in a %s: diverged, and nothing has changed", (double)bad[i],
				where ? "table" : "matrix");
			tear_down(&t);
		}
}

/* Many elements and rows, random. */
static void run_large(float *theta, size_t *size, enum wp_nn_method method, int threads)
{
	struct wp_nn_param param[] = {{.name = "w", .rows = 777, .cols = 999},
		{.name = "b", .rows = 1, .cols = 999, .flags = WP_NN_BIAS},
		{.name = "table", .rows = 5000, .cols = 101, .flags = WP_NN_LOOKUP}};
	struct wp_nn_optimizer_config c = config_of(method);
	struct trial t;
	struct wp_rng rng;
	c.clip = 1;
	c.l2 = 1e-3;
	c.l1 = 1e-4;
	set_up(&t, &c, param, 3);
	wp_rng_seed(&rng, 3, 0);
	for (size_t i = 0; i < t.params.size; i++)
		t.theta[i] = wp_rng_float(&rng) - 0.5f;
	for (int step = 0; step < 3; step++) {
		wp_nn_gradient_clear(t.gradient);
		for (size_t i = 0; i < param[2].offset; i++)
			t.gradient->value[i] = wp_rng_float(&rng) - 0.5f;
		for (int k = 0; k < 900; k++) {
			float *row = wp_nn_gradient_touch(
				t.gradient, 2, (int32_t)wp_rng_below(&rng, 5000));
			for (int i = 0; i < 101; i++)
				row[i] += wp_rng_float(&rng) - 0.5f;
		}
		if (wp_nn_optimize(t.optimizer, t.theta, t.gradient, 0.1, 0.01, threads, NULL))
			abort();
	}
	*size = t.params.size;
	memcpy(theta, t.theta, t.params.size * sizeof *theta);
	tear_down(&t);
}

static void threads_and_kernels(void)
{
	static const char *const isa[] = {"plain", "avx2", "avx512"};
	enum { MOST = 1 << 21 };
	float *one = calloc(MOST, sizeof *one), *other = calloc(MOST, sizeof *other);
	size_t size;
	if (!one || !other)
		abort();
	for (enum wp_nn_method m = WP_NN_SGD; m <= WP_NN_ADAMW; m++) {
		run_large(one, &size, m, 1);
		run_large(other, &size, m, 3);
		ok(memcmp(one, other, size * sizeof *one) == 0,
			"%s: three threads give the same bytes", wp_nn_methods[m].name);
		double worst = 0;
		for (int i = 0; i < 3; i++) {
			setenv("WORDPIPE_ISA", isa[i], 1);
			run_large(other, &size, m, 1);
			for (size_t k = 0; k < size; k++)
				worst = fmax(worst, fabs((double)(one[k] - other[k])));
		}
		unsetenv("WORDPIPE_ISA");
		/* Where the gradient and the decay of a weight all but cancel, RMSProp and Adam
		 * blow up what rounding leaves of them. */
		ok(worst < 1e-4, "%s: all instruction sets agree (to %.1e)",
			wp_nn_methods[m].name, worst);
	}
	free(one);
	free(other);
}

/* State, steps and theta are all there is: a fresh optimiser continues from them. */
static void going_on(void)
{
	for (enum wp_nn_method m = WP_NN_SGD; m <= WP_NN_ADAMW; m++) {
		struct wp_nn_param param = {.name = "w", .rows = 3, .cols = 30};
		struct wp_nn_optimizer_config c = config_of(m);
		struct trial a, b;
		set_up(&a, &c, &param, 1);
		set_up(&b, &c, &param, 1);
		for (int step = 0; step < 6; step++) {
			for (size_t i = 0; i < 90; i++)
				a.gradient->value[i] = b.gradient->value[i] =
					(float)sin((double)(i + 1) * (step + 1));
			if (step == 3) {
				size_t bytes = a.params.size * sizeof(float);
				memcpy(b.theta, a.theta, bytes);
				for (int k = 0; k < wp_nn_optimizer_state_arrays(a.optimizer);
					k++)
					memcpy(wp_nn_optimizer_state(b.optimizer, k),
						wp_nn_optimizer_state(a.optimizer, k), bytes);
				*wp_nn_optimizer_steps(b.optimizer) =
					*wp_nn_optimizer_steps(a.optimizer);
			}
			if (wp_nn_optimize(a.optimizer, a.theta, a.gradient, 1, 0.1, 1, NULL) ||
				(step >= 3 &&
					wp_nn_optimize(b.optimizer, b.theta, b.gradient, 1, 0.1,
						1, NULL)))
				abort();
		}
		ok(memcmp(a.theta, b.theta, a.params.size * sizeof(float)) == 0,
			"%s: continues from a saved state", wp_nn_methods[m].name);
		tear_down(&a);
		tear_down(&b);
	}
}

static void settings(void)
{
	struct wp_nn_optimizer_config c;
	wp_nn_optimizer_default(&c);
	ok(!wp_nn_optimizer_check(&c), "the default settings hold");
#define REFUSED(field, value) \
	do { \
		wp_nn_optimizer_default(&c); \
		c.field = (value); \
		ok(wp_nn_optimizer_check(&c) == WP_EINVAL, #field " " #value ": %s", \
			wp_error_detail()); \
	} while (0)
	REFUSED(momentum, 1);
	REFUSED(momentum, -0.1);
	REFUSED(decay, NAN);
	REFUSED(epsilon, -1e-8);
	REFUSED(l1, -1);
	REFUSED(l2, INFINITY);
	REFUSED(clip, -5);
}

int main(void)
{
	settings();
	for (enum wp_nn_method m = WP_NN_SGD; m <= WP_NN_ADAMW; m++)
		agrees_with_torch(m);
	tables_as_sparse_adam();
	clipping_by_value();
	decay_and_parts();
	squares_that_are_known();
	divergence();
	going_on();
	threads_and_kernels();
	return done_testing();
}
