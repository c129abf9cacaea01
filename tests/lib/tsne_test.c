/* t-SNE: the grid against the sum over all pairs, the gradient against finite differences, the
 * similarities against their definition. */
#include "embed/tsne.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "embed/map_quality.h"
#include "embed/tsne_affinity.h"
#include "embed/tsne_kernels.h"
#include "embed/tsne_repulsion.h"
#include "math/blas.h"
#include "math/pca.h"
#include "tap.h"

enum { N = 1500, DIM = 7 };

static float cloud[N * DIM];

static void fill(float *x, size_t n, double scale, uint64_t seed)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < n; i++)
		x[i] = (float)(scale * (wp_rng_double(&rng) + wp_rng_double(&rng) - 1));
}

/* The definition, in double precision. */
static double all_pairs(const float *y, size_t n, double *force)
{
	double z = 0;
	memset(force, 0, 2 * n * sizeof *force);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			double dx = (double)y[2 * i] - (double)y[2 * j];
			double dy = (double)y[2 * i + 1] - (double)y[2 * j + 1];
			double w = 1 / (1 + dx * dx + dy * dy);
			z += i == j ? 0 : w;
			force[2 * i] += w * w * dx;
			force[2 * i + 1] += w * w * dy;
		}
	return z;
}

/* The root mean square of the forces' errors, relative to that of the forces; or the error of
 * z. */
static double repulsion_error(const float *y, size_t n, bool exact, int threads)
{
	static float force[2 * N];
	static double right[2 * N];
	struct wp_repulsion *r;
	double z, sum = 0, error = 0, right_z = all_pairs(y, n, right);
	if (wp_repulsion_create(&r, n, exact, threads))
		return 1;
	/* Twice: the second time, the grid is there. */
	if (wp_repulsion_find(r, y, force, &z) || wp_repulsion_find(r, y, force, &z))
		z = NAN;
	wp_repulsion_free(r);
	for (size_t i = 0; i < 2 * n; i++) {
		sum += right[i] * right[i];
		error += pow((double)force[i] - right[i], 2);
	}
	return fmax(sqrt(error / sum), fabs(z - right_z) / right_z);
}

static void test_repulsion(void)
{
	static float y[2 * N];
	static const double widths[] = {1e-4, 1, 10, 60, 300};
	for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
		fill(y, (size_t)(2 * N), widths[w], 11 + w);
		double exact = repulsion_error(y, N, true, 1);
		ok(exact < 2e-4, "all pairs, a map %g wide: error %.1e", widths[w], exact);
		/* Few neighbours within the width of the kernel: the error of the spline shows.
		 */
		double grid = repulsion_error(y, N, false, 2),
		       bound = widths[w] > 100 ? 0.1 : 0.03;
		ok(grid < bound, "the grid, a map %g wide: error %.1e", widths[w], grid);
	}
	fill(y, 2 * 17, 3, 1);
	ok(repulsion_error(y, 17, true, 3) < 1e-4, "all pairs of 17 points");
	ok(repulsion_error(y, 17, false, 3) < 0.03, "the grid for 17 points");
}

/* Transforms of every length that a grid may have, against the definition. */
static void test_transform(void)
{
	const struct wp_tsne_kernels *k = wp_tsne_kernels(wp_cpu_isa());
	static const unsigned char radices[][8] = {{4, 4, 2}, {4, 4, 4}, {4, 4, 2, 3},
		{4, 2, 2, 5}, {2, 3, 5, 3}, {5, 5, 4}, {3, 3}};
	for (size_t c = 0; c < sizeof radices / sizeof *radices; c++) {
		float cosine[256], sine[256], *re, *im, *scratch;
		struct wp_fft_plan plan = {.length = 1, .cosine = cosine, .sine = sine};
		for (; radices[c][plan.steps]; plan.steps++) {
			plan.radix[plan.steps] = radices[c][plan.steps];
			plan.length *= radices[c][plan.steps];
		}
		for (size_t i = 0; i < plan.length; i++) {
			double angle =
				-2 * 3.14159265358979323846 * (double)i / (double)plan.length;
			cosine[i] = (float)cos(angle);
			sine[i] = (float)sin(angle);
		}
		size_t n = plan.length * k->width;
		if (wp_table_alloc(&re, n * sizeof *re, "re") ||
			wp_table_alloc(&im, n * sizeof *im, "im") ||
			wp_table_alloc(&scratch, 2 * n * sizeof *scratch, "scratch")) {
			ok(false, "no memory");
			return;
		}
		float in[2][256];
		fill(in[0], plan.length, 1, c);
		fill(in[1], plan.length, 1, c + 100);
		size_t v = c % k->width;
		for (size_t e = 0; e < plan.length; e++) {
			re[e * k->width + v] = in[0][e];
			im[e * k->width + v] = in[1][e];
		}
		k->fft(&plan, re, im, scratch);
		double worst = 0;
		for (size_t f = 0; f < plan.length; f++) {
			double a = 0, b = 0;
			for (size_t e = 0; e < plan.length; e++) {
				double angle = -2 * 3.14159265358979323846 *
					(double)(e * f % plan.length) / (double)plan.length;
				a += (double)in[0][e] * cos(angle) -
					(double)in[1][e] * sin(angle);
				b += (double)in[0][e] * sin(angle) +
					(double)in[1][e] * cos(angle);
			}
			worst = fmax(worst, fabs(a - (double)re[f * k->width + v]));
			worst = fmax(worst, fabs(b - (double)im[f * k->width + v]));
		}
		ok(worst < 2e-5, "a transform of length %zu: error %.1e", plan.length, worst);
		free(re);
		free(im);
		free(scratch);
	}
}

static void test_similarities(void)
{
	enum { COUNT = 300 };
	struct wp_affinity a;
	const double perplexity = 12;
	ok(!wp_affinity_init(&a, cloud, COUNT, DIM, perplexity, 2), "similarities");
	double sum = 0, asymmetry = 0;
	for (size_t i = 0; i < COUNT; i++)
		for (size_t c = a.start[i]; c < a.start[i + 1]; c++) {
			size_t j = (size_t)a.col[c], back = a.start[j];
			sum += (double)a.p[c];
			while (back < a.start[j + 1] && a.col[back] != (int32_t)i)
				back++;
			asymmetry = fmax(asymmetry,
				back == a.start[j + 1] ? 1
						       : fabs((double)(a.p[c] - a.p[back])));
		}
	ok(fabs(sum - 1) < 1e-5, "they add up to 1: %.8f", sum);
	ok(asymmetry < 1e-9, "and are symmetric: %.1e", asymmetry);
	wp_affinity_fini(&a);

	int32_t neighbour[COUNT * 3];
	float distance[COUNT * 3];
	ok(!wp_find_neighbours(cloud, COUNT, DIM, 3, 2, neighbour, distance), "neighbours");
	size_t wrong = 0;
	for (size_t i = 0; i < COUNT; i++) {
		size_t nearer = 0;
		for (size_t j = 0; j < COUNT; j++) {
			double d = 0;
			for (size_t k = 0; k < DIM; k++)
				d += pow(
					(double)cloud[i * DIM + k] - (double)cloud[j * DIM + k],
					2);
			nearer += j != i && d < (double)distance[i * 3 + 2] * (1 - 1e-5);
		}
		wrong += nearer != 2;
	}
	ok(wrong == 0, "the third neighbour has two that are nearer");
}

/* Descend for one iteration from a given state and see what moved: the step is the gradient. */
static void test_gradient(void)
{
	enum { COUNT = 120 };
	struct wp_tsne_config config;
	struct wp_tsne *t;
	static float state[6 * COUNT], moved[2 * COUNT];
	wp_tsne_default(&config);
	config.perplexity = 8;
	config.exaggerate = 0;
	config.momentum = 0;
	config.rate = 1e-3;
	config.iterations = 10;
	ok(!wp_tsne_create(&t, &config, cloud, COUNT, DIM), "a map");
	fill(state, 2 * COUNT, 3, 5);
	double mean[2] = {0};
	for (size_t i = 0; i < 2 * COUNT; i++)
		mean[i % 2] += (double)state[i] / COUNT;
	for (size_t i = 0; i < 2 * COUNT; i++)
		state[i] -= (float)mean[i % 2];
	double worst = 0, largest = 0;
	for (size_t i = 0; i < 2 * COUNT; i++) {
		state[2 * COUNT + i] = 0;
		state[4 * COUNT + i] = 1;
	}
	ok(!wp_tsne_set_state(t, 0, state) && !wp_tsne_run(t, 1, NULL, NULL, NULL), "a step");
	/* The velocity is -rate * gain * gradient / 4; its gain tells which. */
	const float *after = wp_tsne_state(t);
	for (size_t i = 0; i < 2 * COUNT; i++)
		moved[i] =
			-4 * after[2 * COUNT + i] / (float)(config.rate) / after[4 * COUNT + i];
	for (size_t i = 0; i < 2 * COUNT; i += 7) {
		double kl[2];
		for (int side = 0; side < 2; side++) {
			float kept = state[i];
			state[i] += side ? 0.01f : -0.01f;
			if (wp_tsne_set_state(t, 0, state) || wp_tsne_divergence(t, &kl[side]))
				kl[side] = NAN;
			state[i] = kept;
		}
		double difference = (kl[1] - kl[0]) / 0.02;
		worst = fmax(worst, fabs(difference - (double)moved[i]));
		largest = fmax(largest, fabs(difference));
	}
	ok(worst < 1e-3 * largest, "the gradient is that of the divergence: %.1e of %.1e",
		worst, largest);
	wp_tsne_free(t);
}

static void test_state(void)
{
	struct wp_tsne_config config;
	struct wp_tsne *a, *b;
	wp_tsne_default(&config);
	config.perplexity = 10;
	config.iterations = 40;
	config.method = WP_TSNE_FFT;
	ok(!wp_tsne_create(&a, &config, cloud, 200, DIM), "a map");
	config.threads = 3;
	ok(!wp_tsne_create(&b, &config, cloud, 200, DIM), "another");
	ok(!wp_tsne_run(a, 25, NULL, NULL, NULL), "25 iterations");
	ok(!wp_tsne_set_state(b, wp_tsne_iteration(a), wp_tsne_state(a)), "handed over");
	ok(!wp_tsne_run(a, 40, NULL, NULL, NULL) && !wp_tsne_run(b, 40, NULL, NULL, NULL),
		"the rest");
	ok(memcmp(wp_tsne_map(a), wp_tsne_map(b), 400 * sizeof(float)) == 0,
		"a state that was handed over leads to the same map, with other threads");
	const volatile sig_atomic_t stop = 1;
	ok(wp_tsne_set_state(a, 3, wp_tsne_state(b)) == WP_OK, "back to iteration 3");
	ok(wp_tsne_run(a, 40, &stop, NULL, NULL) == WP_ESTOPPED && wp_tsne_iteration(a) == 3,
		"stopped");
	ok(wp_tsne_set_state(a, 41, wp_tsne_state(b)) == WP_ECORRUPT,
		"an impossible iteration");
	wp_tsne_free(a);
	wp_tsne_free(b);
}

static void test_pca(void)
{
	enum { COUNT = 500 };
	static float x[COUNT * DIM], y[COUNT * 2];
	struct wp_pca pca;
	memcpy(x, cloud, sizeof x);
	for (size_t i = 0; i < COUNT; i++) {
		x[i * DIM + 2] *= 30;
		x[i * DIM + 5] = 4 * x[i * DIM + 5] + 100;
	}
	ok(!wp_pca_compute(&pca, x, COUNT, DIM, 2), "principal components");
	ok(pca.direction[2] > 0.999f && pca.direction[DIM + 5] > 0.99f, "the widest columns");
	wp_pca_project(&pca, x, COUNT, y);
	double mean = 0, variance = 0;
	for (size_t i = 0; i < COUNT; i++)
		mean += (double)y[2 * i + 1] / COUNT;
	for (size_t i = 0; i < COUNT; i++)
		variance += pow((double)y[2 * i + 1] - mean, 2) / COUNT;
	ok(fabs(mean) < 1e-4, "coordinates are centred");
	ok(fabs(variance / pca.variance[1] - 1) < 1e-4, "and have the variance that was said");
	wp_pca_fini(&pca);
	x[8] = NAN;
	ok(wp_pca_compute(&pca, x, COUNT, DIM, 2) == WP_EDIVERGED, "numbers that are none");
	ok(wp_pca_compute(&pca, x, COUNT, DIM, DIM + 1) == WP_EINVAL, "too many components");
}

static void test_quality(void)
{
	enum { COUNT = 60 };
	static float map[2 * COUNT];
	struct wp_map_quality q;
	fill(map, 2 * COUNT, 1, 9);
	ok(!wp_map_judge(&q, map, COUNT, 2, map, 5, 2), "a map of itself");
	ok(q.trustworthiness == 1 && q.kept_10 == 1 && q.kept_30 == 1, "is perfect");
	float other[2 * COUNT];
	fill(other, 2 * COUNT, 1, 10);
	ok(!wp_map_judge(&q, map, COUNT, 2, other, 5, 1), "another cloud");
	ok(q.trustworthiness > 0.3 && q.trustworthiness < 0.7, "is no map: %.3f",
		q.trustworthiness);
	ok(wp_map_judge(&q, map, 31, 2, other, 5, 1) == WP_EINVAL, "too few points");
}

int main(void)
{
	if (wp_blas_start(4))
		return 1;
	fill(cloud, N * DIM, 1, 42);
	test_transform();
	test_repulsion();
	test_similarities();
	test_gradient();
	test_state();
	test_pca();
	test_quality();
	return done_testing();
}
