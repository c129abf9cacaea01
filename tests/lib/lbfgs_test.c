/* L-BFGS and OWL-QN: functions whose minimum is known. */
#include "math/lbfgs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* Rosenbrock's valley, in pairs of variables: the minimum is 0, at 1. */
static enum wp_err valley(void *arg, const double *x, double *gradient, double *value)
{
	size_t n = *(const size_t *)arg;
	*value = 0;
	for (size_t i = 0; i < n; i += 2) {
		double a = 1 - x[i], b = x[i + 1] - x[i] * x[i];
		*value += a * a + 100 * b * b;
		gradient[i] = -2 * a - 400 * x[i] * b;
		gradient[i + 1] = 200 * b;
	}
	return WP_OK;
}

static enum wp_err minimize(struct wp_lbfgs *m, wp_lbfgs_function *function, void *arg)
{
	enum wp_err err = WP_OK;
	while (m->state == WP_LBFGS_RUNNING && !err && m->iterations < 10000)
		err = wp_lbfgs_step(m, function, arg);
	return err;
}

static void rosenbrock(int memory)
{
	size_t n = 100;
	struct wp_lbfgs_config config = wp_lbfgs_default();
	config.memory = memory;
	config.period = 0;
	config.epsilon = 1e-9;
	struct wp_lbfgs m;
	if (wp_lbfgs_init(&m, &config, n))
		abort();
	for (size_t i = 0; i < n; i++)
		m.x[i] = i % 2 ? 1 : -1.2;
	double last = INFINITY, worst = 0;
	bool falls = true;
	enum wp_err err = WP_OK;
	while (m.state == WP_LBFGS_RUNNING && !err && m.iterations < 1000) {
		err = wp_lbfgs_step(&m, valley, &n);
		falls = falls && m.value <= last;
		last = m.value;
	}
	for (size_t i = 0; i < n; i++)
		worst = fmax(worst, fabs(m.x[i] - 1));
	ok(!err && m.state == WP_LBFGS_CONVERGED && worst < 1e-8 && falls &&
			m.evaluations < 200,
		"Rosenbrock, memory %d: %d evaluations, off by %.0e", memory, m.evaluations,
		worst);
	wp_lbfgs_fini(&m);
}

/* Half the squared distance from a target, stretched. */
struct bowl {
	size_t n;
	double target[50], stretch[50];
};

static enum wp_err bowl_value(void *arg, const double *x, double *gradient, double *value)
{
	struct bowl *b = arg;
	*value = 0;
	for (size_t i = 0; i < b->n; i++) {
		double d = x[i] - b->target[i];
		*value += b->stretch[i] * d * d / 2;
		gradient[i] = b->stretch[i] * d;
	}
	return WP_OK;
}

/* With l1 the minimum is known: each coordinate goes l1 / stretch towards 0, and stops there.
 */
static void soft_threshold(double l1)
{
	struct bowl b = {.n = 50};
	for (size_t i = 0; i < b.n; i++) {
		b.target[i] = sin((double)i * 7) * 3;
		b.stretch[i] = 1 + (double)(i % 5) * 10;
	}
	struct wp_lbfgs_config config = wp_lbfgs_default();
	config.l1 = l1;
	config.period = 0;
	config.epsilon = 1e-10;
	struct wp_lbfgs m;
	if (wp_lbfgs_init(&m, &config, b.n))
		abort();
	enum wp_err err = minimize(&m, bowl_value, &b);
	double worst = 0;
	bool zeros = true;
	for (size_t i = 0; i < b.n; i++) {
		double by = l1 / b.stretch[i], t = b.target[i];
		double truth = t > by ? t - by : t < -by ? t + by : 0;
		worst = fmax(worst, fabs(m.x[i] - truth));
		zeros = zeros && (truth != 0 || m.x[i] == 0);
	}
	ok(!err && worst < 1e-8 && zeros, "l1 %g: the soft threshold, and zeros are 0: %.0e",
		l1, worst);
	wp_lbfgs_fini(&m);
}

static enum wp_err refuses(void *arg, const double *x, double *gradient, double *value)
{
	(void)arg;
	(void)x;
	(void)gradient;
	*value = NAN;
	return WP_OK;
}

/* log x, which is no number on the other side of 0. */
static enum wp_err wall(void *arg, const double *x, double *gradient, double *value)
{
	(void)arg;
	*value = x[0] - log(x[0]);
	gradient[0] = 1 - 1 / x[0];
	return WP_OK;
}

static void edges(void)
{
	struct wp_lbfgs m;
	struct wp_lbfgs_config config = wp_lbfgs_default();
	config.memory = 0;
	ok(wp_lbfgs_init(&m, &config, 1) == WP_EINVAL, "settings are checked");
	config = wp_lbfgs_default();
	if (wp_lbfgs_init(&m, &config, 1))
		abort();
	ok(wp_lbfgs_step(&m, refuses, NULL) == WP_EDIVERGED, "no number at the beginning");
	wp_lbfgs_fini(&m);
	if (wp_lbfgs_init(&m, &config, 1))
		abort();
	m.x[0] = 0.01;
	ok(!minimize(&m, wall, NULL) && fabs(m.x[0] - 1) < 1e-3,
		"a step beyond the numbers is taken back: %g", m.x[0]);
	wp_lbfgs_fini(&m);
	if (wp_lbfgs_init(&m, &config, 0))
		abort();
	size_t n = 0;
	ok(!minimize(&m, valley, &n) && m.state == WP_LBFGS_CONVERGED, "nothing to do");
	wp_lbfgs_fini(&m);
}

int main(void)
{
	rosenbrock(1);
	rosenbrock(6);
	rosenbrock(20);
	soft_threshold(0);
	soft_threshold(0.5);
	soft_threshold(10);
	soft_threshold(1000);
	edges();
	return done_testing();
}
