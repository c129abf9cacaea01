#include "embed/tsne.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "embed/tsne_affinity.h"
#include "embed/tsne_kernels.h"
#include "embed/tsne_repulsion.h"
#include "math/pca.h"
#include "stream/checkpoint.h"

enum {
	SMALL = 2000,   /* up to so many points all pairs are as fast as a grid */
	POINTS = 1024,  /* dealt with together, whoever does it                 */
	LOOK_EVERY = 50 /* iterations between two looks at the divergence       */
};

static const char prefix[] = "tsne", iteration_name[] = "tsne.iteration",
		  state_name[] = "tsne.state";

/* How far the points are from the middle at first: so near that all of them feel one another.
 */
static const double START = 1e-4;

/* What becomes of a gain where the gradient keeps its direction, and where it changes it. */
static const float GROW = 0.2f, SHRINK = 0.8f, LEAST_GAIN = 0.01f;

/* A point with few neighbours would be thrown far out, and come back, and widen the grid. */
static const float LONGEST_STEP = 5;

struct wp_tsne {
	struct wp_tsne_config config;
	size_t count;
	int iteration;
	double rate;
	struct wp_affinity affinity;
	struct wp_repulsion *repulsion;
	const struct wp_tsne_kernels *kernels;
	float *state;               /* (count, 6): y, velocity and gain follow each other */
	float *y, *velocity, *gain; /* (count, 2) each, in state                           */
	float *attraction, *force;  /* (count, 2)                                          */
	double z, exaggeration, momentum;
	double *sum; /* of blocks of POINTS points */
};

void wp_tsne_default(struct wp_tsne_config *config)
{
	*config = (struct wp_tsne_config){
		.perplexity = 30,
		.exaggeration = 12,
		.exaggerate = 250,
		.iterations = 750,
		.momentum = 0.8,
		.seed = 1,
		.threads = 1,
	};
}

enum wp_err wp_tsne_check(const struct wp_tsne_config *c)
{
	if (!(c->perplexity >= 1 && c->perplexity <= 10000))
		return wp_fail(
			WP_EINVAL, "perplexity %g is not between 1 and 10000", c->perplexity);
	if (!(c->exaggeration >= 1 && c->exaggeration <= 1000))
		return wp_fail(WP_EINVAL, "exaggeration %g is not between 1 and 1000",
			c->exaggeration);
	if (c->iterations < 0 || c->exaggerate < 0)
		return wp_fail(WP_EINVAL, "a number of iterations below 0");
	if (!(c->rate >= 0 && isfinite(c->rate)))
		return wp_fail(WP_EINVAL, "learning rate %g is below 0", c->rate);
	if (!(c->momentum >= 0 && c->momentum < 1))
		return wp_fail(WP_EINVAL, "momentum %g is not from 0 to below 1", c->momentum);
	if (c->threads < 1)
		return wp_fail(WP_EINVAL, "%d threads", c->threads);
	return WP_OK;
}

/* Two numbers from a Gaussian distribution (Box & Muller 1958). */
static void gaussian(struct wp_rng *rng, float pair[2])
{
	double radius = sqrt(-2 * log(1 - wp_rng_double(rng)));
	double angle = 2 * 3.14159265358979323846 * wp_rng_double(rng);
	pair[0] = (float)(START * radius * cos(angle));
	pair[1] = (float)(START * radius * sin(angle));
}

/* The first two principal components, the first of them with a deviation of START. */
static enum wp_err start_by_pca(struct wp_tsne *t, const float *vector, size_t dim)
{
	struct wp_pca pca;
	enum wp_err err = wp_pca_compute(&pca, vector, t->count, dim, dim < 2 ? dim : 2);
	if (err)
		return err;
	double deviation = sqrt(pca.variance[0]);
	float *row = t->y + (2 - pca.k) * t->count; /* k numbers a row, at the end */
	wp_pca_project(&pca, vector, t->count, row);
	for (size_t i = 0; i < t->count; i++) {
		float first = row[i * pca.k], second = pca.k > 1 ? row[i * pca.k + 1] : 0;
		double scale = deviation > 0 ? START / deviation : 0;
		t->y[2 * i] = (float)(scale * (double)first);
		t->y[2 * i + 1] = (float)(scale * (double)second);
	}
	wp_pca_fini(&pca);
	return WP_OK;
}

static enum wp_err start(struct wp_tsne *t, const float *vector, size_t dim)
{
	for (size_t i = 0; i < 2 * t->count; i++)
		t->gain[i] = 1;
	if (t->config.start == WP_TSNE_PCA)
		return start_by_pca(t, vector, dim);
	struct wp_rng rng;
	wp_rng_seed(&rng, t->config.seed, 0);
	for (size_t i = 0; i < t->count; i++)
		gaussian(&rng, t->y + 2 * i);
	return WP_OK;
}

enum wp_err wp_tsne_create(struct wp_tsne **tsne, const struct wp_tsne_config *config,
	const float *vector, size_t count, size_t dim)
{
	enum wp_err err = wp_tsne_check(config);
	if (!err && count > INT32_MAX)
		err = wp_fail(WP_EINVAL, "%zu points are too many", count);
	if (!err)
		err = wp_alloc(tsne, 1, sizeof **tsne, "a map");
	if (err)
		return err;
	struct wp_tsne *t = *tsne;
	t->config = *config;
	t->count = count;
	t->kernels = wp_tsne_kernels(wp_cpu_isa());
	t->rate = config->rate;
	if (t->rate == 0)
		t->rate = fmax((double)count / config->exaggeration, 50);
	err = wp_affinity_init(
		&t->affinity, vector, count, dim, config->perplexity, config->threads);
	if (!err)
		err = wp_alloc(&t->state, 6 * count, sizeof *t->state, "a map");
	if (!err)
		err = wp_alloc(&t->attraction, 2 * count, sizeof *t->attraction, "forces");
	if (!err)
		err = wp_alloc(&t->force, 2 * count, sizeof *t->force, "forces");
	if (!err)
		err = wp_alloc(&t->sum, count / POINTS + 1, sizeof *t->sum, "sums");
	bool exact = config->method == WP_TSNE_EXACT ||
		(config->method == WP_TSNE_AUTO && count < SMALL);
	if (!err)
		err = wp_repulsion_create(&t->repulsion, count, exact, config->threads);
	if (!err) {
		t->y = t->state;
		t->velocity = t->state + 2 * count;
		t->gain = t->state + 4 * count;
		err = start(t, vector, dim);
	}
	if (err) {
		wp_tsne_free(t);
		*tsne = NULL;
	}
	return err;
}

void wp_tsne_free(struct wp_tsne *t)
{
	if (!t)
		return;
	wp_affinity_fini(&t->affinity);
	wp_repulsion_free(t->repulsion);
	free(t->state);
	free(t->attraction);
	free(t->force);
	free(t->sum);
	free(t);
}

/* Calls work for blocks of points, with the same blocks for any number of threads. */
static void block(const struct wp_tsne *t, size_t b, size_t *first, size_t *last)
{
	*first = b * POINTS;
	*last = *first + POINTS < t->count ? *first + POINTS : t->count;
}

static enum wp_err attract_part(int thread, void *arg)
{
	struct wp_tsne *t = arg;
	const struct wp_affinity *a = &t->affinity;
	for (size_t b = (size_t)thread, first, last; b < t->count / POINTS + 1;
		b += (size_t)t->config.threads) {
		block(t, b, &first, &last);
		t->kernels->attract(a->start, a->col, a->p, t->y, first, last, t->attraction);
	}
	return WP_OK;
}

static void descend(struct wp_tsne *t)
{
	float attract = (float)t->exaggeration, repel = (float)(1 / t->z);
	float momentum = (float)t->momentum, rate = (float)t->rate;
	for (size_t i = 0; i < 2 * t->count; i++) {
		float gradient = attract * t->attraction[i] - repel * t->force[i];
		float gain = t->gain[i];
		gain = (gradient > 0) != (t->velocity[i] > 0) ? gain + GROW : gain * SHRINK;
		t->gain[i] = gain > LEAST_GAIN ? gain : LEAST_GAIN;
		t->velocity[i] = momentum * t->velocity[i] - rate * t->gain[i] * gradient;
	}
	for (size_t i = 0; i < t->count; i++) {
		float *v = t->velocity + 2 * i, length = sqrtf(v[0] * v[0] + v[1] * v[1]);
		float scale = length > LONGEST_STEP ? LONGEST_STEP / length : 1;
		for (int a = 0; a < 2; a++) {
			v[a] *= scale;
			t->y[2 * i + (size_t)a] += v[a];
		}
	}
}

static void centre(struct wp_tsne *t)
{
	double mean[2] = {0};
	for (size_t i = 0; i < 2 * t->count; i++)
		mean[i % 2] += (double)t->y[i];
	for (size_t i = 0; i < 2 * t->count; i++)
		t->y[i] -= (float)(mean[i % 2] / (double)t->count);
}

static enum wp_err divergence_part(int thread, void *arg)
{
	struct wp_tsne *t = arg;
	const struct wp_affinity *a = &t->affinity;
	for (size_t b = (size_t)thread, first, last; b < t->count / POINTS + 1;
		b += (size_t)t->config.threads) {
		double sum = 0;
		block(t, b, &first, &last);
		for (size_t i = first; i < last; i++)
			for (size_t c = a->start[i]; c < a->start[i + 1]; c++) {
				size_t j = (size_t)a->col[c];
				double dx = (double)t->y[2 * i] - (double)t->y[2 * j];
				double dy = (double)t->y[2 * i + 1] - (double)t->y[2 * j + 1];
				if (a->p[c] > 0)
					sum += (double)a->p[c] *
						log((double)a->p[c] * (1 + dx * dx + dy * dy));
			}
		t->sum[b] = sum;
	}
	return WP_OK;
}

/* sum p log(p / q), with q = w / z */
static enum wp_err divergence(struct wp_tsne *t, double z, double *result)
{
	enum wp_err err = wp_parallel(t->config.threads, divergence_part, t);
	*result = log(z);
	for (size_t b = 0; !err && b < t->count / POINTS + 1; b++)
		*result += t->sum[b];
	return err;
}

static enum wp_err iterate(struct wp_tsne *t, double *kl)
{
	bool early = t->iteration < t->config.exaggerate;
	t->exaggeration = early ? t->config.exaggeration : 1;
	t->momentum = early ? 0.5 : t->config.momentum;
	enum wp_err err = wp_parallel(t->config.threads, attract_part, t);
	if (!err)
		err = wp_repulsion_find(t->repulsion, t->y, t->force, &t->z);
	bool look = (t->iteration + 1) % LOOK_EVERY == 0;
	*kl = NAN;
	if (!err && look)
		err = divergence(t, t->z, kl);
	if (err)
		return err;
	descend(t);
	centre(t);
	t->iteration++;
	return WP_OK;
}

enum wp_err wp_tsne_run(struct wp_tsne *t, int until, const volatile sig_atomic_t *stop,
	void (*report)(const struct wp_tsne_progress *progress, void *arg), void *arg)
{
	if (until > t->config.iterations)
		until = t->config.iterations;
	while (t->iteration < until) {
		if (stop && *stop)
			return wp_fail(
				WP_ESTOPPED, "stopped after %d iterations", t->iteration);
		struct wp_tsne_progress progress;
		enum wp_err err = iterate(t, &progress.divergence);
		if (err)
			return err;
		progress.iteration = t->iteration;
		progress.rate = t->rate;
		progress.exaggerated = t->iteration <= t->config.exaggerate;
		if (report)
			report(&progress, arg);
	}
	return WP_OK;
}

double wp_tsne_fitting_perplexity(size_t points, double wanted)
{
	double most = points > 3 ? (double)((points - 1) / 3) : 1;
	return wanted < most ? wanted : most;
}

int wp_tsne_iteration(const struct wp_tsne *t)
{
	return t->iteration;
}

const float *wp_tsne_map(const struct wp_tsne *t)
{
	return t->y;
}

const float *wp_tsne_state(const struct wp_tsne *t)
{
	return t->state;
}

enum wp_err wp_tsne_set_state(struct wp_tsne *t, int64_t iteration, const float *state)
{
	if (iteration < 0 || iteration > t->config.iterations)
		return wp_fail(WP_ECORRUPT, "iteration %lld of %d", (long long)iteration,
			t->config.iterations);
	for (size_t i = 0; i < 6 * t->count; i++)
		if (!isfinite(state[i]))
			return wp_fail(WP_ECORRUPT, "a number that is not finite (point %zu)",
				i % (2 * t->count) / 2 + 1);
	memcpy(t->state, state, 6 * t->count * sizeof *state);
	t->iteration = (int)iteration;
	return WP_OK;
}

/* The neighbours and their weights stand for the vectors that they come from. */
static uint32_t checksum(const struct wp_tsne *t)
{
	size_t cells = t->affinity.start[t->count];
	uint32_t sum = wp_checkpoint_sum(0, t->affinity.col, cells, sizeof *t->affinity.col);
	return wp_checkpoint_sum(sum, t->affinity.p, cells, sizeof *t->affinity.p);
}

enum wp_err wp_tsne_save(
	const struct wp_tsne *t, struct wp_writer *writer, const char *settings)
{
	struct wp_tensor tensor = wp_tensor_scalar(iteration_name, WP_I64);
	int64_t iteration = t->iteration;
	enum wp_err err = wp_checkpoint_put_run(writer, prefix, settings, checksum(t));
	if (!err)
		err = wp_writer_put(writer, &tensor, &iteration);
	tensor = wp_tensor_3d(state_name, WP_F32, 3, t->count, 2);
	return err ? err : wp_writer_put(writer, &tensor, t->state);
}

enum wp_err wp_tsne_load(struct wp_tsne *t, struct wp_reader *reader, const char *settings)
{
	struct wp_checkpoint *c;
	const void *iteration, *state;
	int64_t done = 0;
	enum wp_err err = wp_checkpoint_read(&c, reader, prefix, settings, checksum(t));
	if (err)
		return err;
	struct wp_tensor tensor = wp_tensor_scalar(iteration_name, WP_I64);
	err = wp_checkpoint_get(c, &tensor, &iteration);
	tensor = wp_tensor_3d(state_name, WP_F32, 3, t->count, 2);
	if (!err)
		err = wp_checkpoint_get(c, &tensor, &state);
	if (!err) {
		memcpy(&done, iteration, sizeof done);
		err = wp_tsne_set_state(t, done, state);
	}
	if (err == WP_ECORRUPT)
		err = wp_checkpoint_corrupt(c, "a state that no run can have saved");
	wp_checkpoint_free(c);
	return err;
}

enum wp_err wp_tsne_divergence(const struct wp_tsne *tsne, double *result)
{
	struct wp_tsne t = *tsne; /* its scratch is used, its state is not changed */
	struct wp_repulsion *exact;
	double z;
	enum wp_err err = wp_repulsion_create(&exact, t.count, true, t.config.threads);
	if (err)
		return err;
	err = wp_repulsion_find(exact, t.y, t.force, &z);
	if (!err)
		err = divergence(&t, z, result);
	wp_repulsion_free(exact);
	return err;
}
