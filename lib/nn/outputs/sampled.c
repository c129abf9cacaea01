#include "nn/outputs/sampled.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "math/alias.h"
#include "nn/core/array.h"
#include "nn/core/matrix.h"

struct NN(sampler) {
	size_t classes, width, samples;
	uint64_t seed;
	struct wp_alias noise;
	double *log_q;           /* (classes) */
	int32_t *place;          /* (classes): its place among the noise, or -1               */
	int32_t *drawn, *times;  /* (samples): the noise classes, each once, and how often    */
	size_t count;            /* of them */
	real *weight, *d_weight; /* (samples, width): their rows, side by side                */
	real *shift, *d_shift;   /* (samples): bias minus log of expected count / times       */
	struct NN(array)
		logits; /* (rows, samples + 1): those of the noise, then the target's */
};

/* Q as counts for the alias tables, which take integers: log-uniform to nine digits. */
static enum wp_err set_noise(struct NN(sampler) *s, const int64_t *counts)
{
	int64_t *zipf = NULL;
	double power = counts ? 0.75 : 1, sum = 0;
	enum wp_err err = WP_OK;
	if (!counts) {
		if ((err = wp_alloc(&zipf, s->classes, sizeof *zipf, "noise classes")))
			return err;
		for (size_t c = 0; c < s->classes; c++)
			zipf[c] = 1 + (int64_t)(1e15 * log1p(1 / ((double)c + 1)));
		counts = zipf;
	}
	err = wp_alias_init(&s->noise, counts, s->classes, power);
	for (size_t c = 0; c < s->classes; c++)
		sum += counts[c] > 0 ? pow((double)counts[c], power) : 0;
	for (size_t c = 0; c < s->classes; c++)
		s->log_q[c] = counts[c] > 0 ? power * log((double)counts[c]) - log(sum) : 0;
	free(zipf);
	return err;
}

enum wp_err NN(sampler_create)(struct NN(sampler) **sampler, size_t classes, size_t width,
	int samples, const int64_t *counts, uint64_t seed)
{
	static const char what[] = "noise classes";
	struct NN(sampler) *s;
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, what);
	size_t n = (size_t)samples, size;
	*sampler = NULL;
	if (err)
		return err;
	*s = (struct NN(sampler)){
		.classes = classes, .width = width, .samples = n, .seed = seed};
	if (!wp_mulsize(n, width * sizeof(real), &size))
		err = wp_fail(WP_ENOMEM, "noise classes: %d are too many", samples);
	if (err || (err = wp_alloc(&s->log_q, classes, sizeof *s->log_q, what)) ||
		(err = wp_alloc(&s->place, classes, sizeof *s->place, what)) ||
		(err = wp_alloc(&s->drawn, n, sizeof *s->drawn, what)) ||
		(err = wp_alloc(&s->times, n, sizeof *s->times, what)) ||
		(err = wp_alloc(&s->shift, n, sizeof *s->shift, what)) ||
		(err = wp_alloc(&s->d_shift, n, sizeof *s->d_shift, what)) ||
		(err = wp_table_alloc(&s->weight, size, what)) ||
		(err = wp_table_alloc(&s->d_weight, size, what)) ||
		(err = set_noise(s, counts)))
		goto out;
	for (size_t c = 0; c < classes; c++)
		s->place[c] = -1;
out:
	if (err)
		NN(sampler_free)(s);
	else
		*sampler = s;
	return err;
}

void NN(sampler_free)(struct NN(sampler) *s)
{
	if (!s)
		return;
	wp_alias_fini(&s->noise);
	free(s->log_q);
	free(s->place);
	free(s->drawn);
	free(s->times);
	free(s->weight);
	free(s->d_weight);
	free(s->shift);
	free(s->d_shift);
	free(s->logits.at);
	free(s);
}

static void draw(struct NN(sampler) *s, const struct NN(output) *o)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, s->seed, o->number);
	for (size_t i = 0; i < s->count; i++)
		s->place[s->drawn[i]] = -1;
	s->count = 0;
	for (size_t i = 0; i < s->samples; i++) {
		int32_t c = (int32_t)wp_alias_draw(&s->noise, &rng);
		if (s->place[c] < 0) {
			s->place[c] = (int32_t)s->count;
			s->drawn[s->count] = c;
			s->times[s->count++] = 0;
		}
		s->times[s->place[c]]++;
	}
	for (size_t i = 0; i < s->count; i++) {
		int32_t c = s->drawn[i];
		double expected = log((double)s->samples) + s->log_q[c];
		memcpy(s->weight + i * s->width, o->weight + (size_t)c * s->width,
			s->width * sizeof *s->weight);
		s->shift[i] = (real)(log((double)s->times[i]) - expected) +
			(o->bias ? o->bias[c] : 0);
	}
}

/* One row of logits to its derivatives, and its loss. */
static void cross_entropy(
	const struct NN(sampler) *s, const struct NN(output) *o, size_t r, real *logits)
{
	size_t n = s->count, last = n;
	int32_t target = o->target[r], best;
	const real *weight = o->weight + (size_t)target * s->width;
	o->kernels->add(logits, s->shift, n);
	if (s->place[target] >= 0) /* accidental hit */
		logits[s->place[target]] = -INFINITY;
	logits[last] = o->kernels->dot(o->x + r * s->width, weight, s->width) +
		(o->bias ? o->bias[target] : 0);
	o->score->loss += (double)o->kernels->cross_entropy(logits, NULL, n + 1, last, &best);
	o->score->targets++;
	o->score->correct += (size_t)best == last;
}

/* To the parameters' rows what their copies got, and to each target what is its own. */
static void spread(const struct NN(sampler) *s, const struct NN(output) *o, size_t ld)
{
	size_t n = s->count, width = s->width;
	for (size_t i = 0; i < n; i++) {
		int32_t c = s->drawn[i];
		o->kernels->add(NN(gradient_touch)(o->gradient, o->weight_param, c),
			s->d_weight + i * width, width);
		if (o->d_bias)
			o->d_bias[c] += s->d_shift[i];
	}
	for (size_t r = 0; r < o->rows; r++) {
		int32_t c = o->target[r];
		real d = s->logits.at[r * ld + n];
		if (c < 0)
			continue;
		o->kernels->add_scaled(
			o->d_x + r * width, d, o->weight + (size_t)c * width, width);
		o->kernels->add_scaled(NN(gradient_touch)(o->gradient, o->weight_param, c), d,
			o->x + r * width, width);
		if (o->d_bias)
			o->d_bias[c] += d;
	}
}

enum wp_err NN(sampled_train)(struct NN(sampler) *s, const struct NN(output) *o)
{
	enum { LINE = 16 }; /* rows begin where vectors like to */
	draw(s, o);
	size_t n = s->count, ld = (s->samples + LINE) / LINE * LINE, width = s->width;
	enum wp_err err = NN(reserve)(&s->logits, o->rows, ld, "logits");
	if (err)
		return err;
	real *logits = s->logits.at;
	NN(gemm_nt)(o->rows, n, width, o->x, width, s->weight, width, 0, logits, ld);
	for (size_t r = 0; r < o->rows; r++)
		if (o->target[r] >= 0)
			cross_entropy(s, o, r, logits + r * ld);
		else
			memset(logits + r * ld, 0, (n + 1) * sizeof *logits);
	NN(gemm_nn)(o->rows, width, n, logits, ld, s->weight, width, 0, o->d_x, width);
	NN(gemm_tn)(n, width, o->rows, logits, ld, o->x, width, 0, s->d_weight, width);
	memset(s->d_shift, 0, n * sizeof *s->d_shift);
	o->kernels->add_rows(s->d_shift, logits, ld, o->rows, n);
	spread(s, o, ld);
	return WP_OK;
}
