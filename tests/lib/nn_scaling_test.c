/* Standardizing numbers, and back. */
#include <math.h>
#include <stdlib.h>

#include "nn/core/scaling.h"
#include "tap.h"

static void test_fit(void)
{
	const float x[] = {1, 5e6f, 7, 2, 5e6f + 1, 7, NAN, 5e6f + 2, 7, 6, 5e6f + 3, 7};
	struct wp_nn_scaling s;
	ok(!wp_nn_scaling_fit(&s, WP_NN_ZSCORE, x, 4, 3), "fits");
	ok(s.count == 3 && fabs(s.mean[0] - 3) < 1e-12 &&
			fabs(s.scale[0] - sqrt(14. / 3)) < 1e-12,
		"mean and standard deviation, what is not known left out");
	ok(fabs(s.mean[1] - 5000001.5) < 1e-6 && fabs(s.scale[1] - sqrt(1.25)) < 1e-9,
		"of large numbers that differ by little");
	ok(fabs(s.mean[2] - 7) < 1e-12 && s.scale[2] == 1, "a constant has the scale 1");
	float y[12];
	for (int i = 0; i < 12; i++)
		y[i] = x[i];
	wp_nn_scaling_apply(&s, y, 4);
	double sum = 0, squares = 0;
	for (int r = 0; r < 4; r++) {
		sum += (double)y[3 * r + 1];
		squares += (double)y[3 * r + 1] * (double)y[3 * r + 1];
	}
	ok(fabs(sum) < 1e-6 && fabs(squares / 4 - 1) < 1e-6, "mean 0, variance 1");
	ok(isnan(y[6]), "what is not known stays so");
	wp_nn_scaling_undo(&s, y, 4);
	bool same = true;
	for (int i = 0; i < 12; i++)
		same = same && (isnan(x[i]) ? isnan(y[i]) : y[i] == x[i]);
	ok(same, "and back");
	wp_nn_scaling_fini(&s);
}

static void test_none(void)
{
	float x[] = {3, 4};
	struct wp_nn_scaling s, copy;
	ok(!wp_nn_scaling_fit(&s, WP_NN_AS_IT_IS, x, 1, 2) && s.count == 0, "none");
	wp_nn_scaling_apply(&s, x, 1);
	wp_nn_scaling_undo(NULL, x, 1);
	ok(x[0] == 3 && x[1] == 4, "changes nothing");
	ok(!wp_nn_scaling_copy(&copy, &s) && copy.count == 0, "and is copied");
	wp_nn_scaling_fini(&s);
}

static void test_refused(void)
{
	const double mean[] = {0, NAN}, one[] = {1, 1}, zero[] = {1, 0};
	struct wp_nn_scaling s;
	ok(wp_nn_scaling_set(&s, mean, one, 2) == WP_ECORRUPT, "a mean that is no number");
	ok(wp_nn_scaling_set(&s, one, zero, 2) == WP_ECORRUPT, "a scale of 0");
}

int main(void)
{
	test_fit();
	test_none();
	test_refused();
	return done_testing();
}
