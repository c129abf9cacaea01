/* The regularizer of vanishing gradients: what it adds to the gradient of the recurrent weights
 * is the derivative of Omega by them, states and derivatives held constant. */
#define WP_NN_F64

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/blas.h"
#include "nn/net/net.h"
#include "tap.h"

enum { STEPS = 5, SEQUENCES = 3, H = 4, IN = 2, ROWS = 12 };

/* Sequences of 5, 4 and 3 steps. */
static const int active[] = {3, 3, 3, 2, 1};
static const size_t begin[] = {0, 3, 6, 9, 11, 12};

static struct wp_nn_graph *graph_of(double omega)
{
	static char net[80];
	struct wp_nn_config c;
	struct wp_nn_graph *g;
	snprintf(net, sizeof net, "elman %d omega=%g, squared-error", H, omega);
	wp_nn_config_default(&c);
	c.net = net;
	c.task = WP_NN_REGRESS;
	c.input = WP_NN_REAL;
	c.each_step = true;
	c.inputs = IN;
	c.outputs = 1;
	if (wp_nn_graph_create(&g, &c)) {
		printf("# %s\n", wp_error_detail());
		exit(1);
	}
	return g;
}

static double values[ROWS * IN], targets[ROWS], states[SEQUENCES * H];

static void train(const struct wp_nn_graph *g, const double *theta, bool continues,
	struct wp_nn64_net **net, struct wp_nn64_gradient **gradient)
{
	const struct wp_nn_context context = {.seed = 1};
	const struct wp_nn64_batch batch = {.steps = STEPS,
		.sequences = SEQUENCES,
		.active = active,
		.begin = begin,
		.values = values,
		.targets = targets,
		.continues = continues};
	struct wp_nn_score score = {0};
	if (wp_nn64_net_create(net, g, &context) ||
		wp_nn64_gradient_create(gradient, &g->params) ||
		wp_nn64_net_set_state(*net, SEQUENCES, states) ||
		wp_nn64_net_train(*net, theta, &batch, *gradient, &score))
		exit(1);
}

/* Omega with other recurrent weights, and what else there is from the training. */
static double omega_of(const struct wp_nn64_activity *a, const double *u, bool continues)
{
	double sum = 0;
	for (int t = continues ? 0 : 1; t < STEPS; t++)
		for (size_t r = begin[t]; r < begin[t + 1]; r++) {
			double after = 0, before = 0;
			for (int i = 0; i < H; i++) {
				const double *d = a->d_state + r * a->stride;
				const double *h = a->state + r * a->stride;
				double back = 0;
				for (int j = 0; j < H; j++)
					back += u[i * H + j] * d[j] * (1 - h[j] * h[j]);
				before += back * back;
				after += d[i] * d[i];
			}
			sum += pow(sqrt(before / after) - 1, 2);
		}
	return sum;
}

static void compare(bool continues)
{
	struct wp_nn_graph *plain = graph_of(0), *with = graph_of(0.7);
	struct wp_nn64_net *net[2];
	struct wp_nn64_gradient *gradient[2];
	const struct wp_nn_param *u =
		wp_nn_params_find(&plain->params, "layer0.forward.recurrent");
	double *theta = calloc(plain->params.size, sizeof *theta), worst = 0, others = 0;
	struct wp_rng rng;
	wp_rng_seed(&rng, 8, 0);
	for (size_t i = 0; i < plain->params.size; i++)
		theta[i] = 1.6 * wp_rng_double(&rng) - 0.8;
	train(plain, theta, continues, &net[0], &gradient[0]);
	train(with, theta, continues, &net[1], &gradient[1]);
	const struct wp_nn64_activity a = wp_nn64_net_activity(net[1], 0, 0);
	for (size_t i = 0; i < plain->params.size; i++) {
		double added = gradient[1]->value[i] - gradient[0]->value[i];
		if (i < u->offset || i >= u->offset + H * H) {
			others = fmax(others, fabs(added));
			continue;
		}
		const double old = theta[i], step = 1e-5;
		theta[i] = old + step;
		double up = omega_of(&a, theta + u->offset, continues);
		theta[i] = old - step;
		double down = omega_of(&a, theta + u->offset, continues);
		theta[i] = old;
		worst = fmax(worst, fabs(added - 0.7 * (up - down) / (2 * step)));
	}
	ok(worst < 1e-8, "%s: the derivative of Omega to %.1e",
		continues ? "continuing" : "from zeros", worst);
	ok(others < 1e-14, "nothing else changes");
	for (int i = 0; i < 2; i++) {
		wp_nn64_net_free(net[i]);
		wp_nn64_gradient_free(gradient[i]);
	}
	wp_nn_graph_free(plain);
	wp_nn_graph_free(with);
	free(theta);
}

int main(void)
{
	struct wp_rng rng;
	if (wp_blas_start(1))
		return 1;
	wp_rng_seed(&rng, 3, 0);
	for (int i = 0; i < ROWS * IN; i++)
		values[i] = 2 * wp_rng_double(&rng) - 1;
	for (int i = 0; i < ROWS; i++)
		targets[i] = 2 * wp_rng_double(&rng) - 1;
	for (int i = 0; i < SEQUENCES * H; i++)
		states[i] = wp_rng_double(&rng) - 0.5;
	compare(false);
	compare(true);
	return done_testing();
}
