/* Sampled softmax, for training: the sum over all classes by which softmax divides is
 * estimated from a few of them (Bengio & Senecal 2003; Jean et al. 2015).
 *
 * For a batch, S noise classes are drawn from a distribution Q, with replacement.  With s_c for
 * the logit of class c, and t for the target,
 *
 *	Z = sum_c exp s_c  is estimated by  exp s_t + sum over noise c != t of exp s_c / (S Q_c)
 *
 * which is Z on average.  Loss and gradient are those of softmax over the target and the
 * noise, where the logarithm of its expected count, S Q_c, is subtracted from the logit of each
 * noise class.  One that was drawn several times counts so often.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "math/alias.h"
#include "nn/core/matrix.h"
#include "nn/outputs/output.h"

struct NN(sampler) {
	struct NN(output) output;
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

static void fini(void *self)
{
	struct NN(sampler) *s = self;
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
	NN(output_fini)(s);
}

static enum wp_err init(void *self)
{
	static const char what[] = "noise classes";
	struct NN(sampler) *s = self;
	enum wp_err err = NN(output_init)(self);
	size_t n = WP_NN_OUTPUT_SETTINGS(s->output.node)->samples, size;
	s->classes = s->output.classes;
	s->width = s->output.width;
	s->samples = n;
	s->seed = s->output.context->seed;
	if (!wp_mulsize(n, s->width * sizeof(real), &size))
		err = wp_fail(WP_ENOMEM, "noise classes: %zu are too many", n);
	if (err || (err = wp_alloc(&s->log_q, s->classes, sizeof *s->log_q, what)) ||
		(err = wp_alloc(&s->place, s->classes, sizeof *s->place, what)) ||
		(err = wp_alloc(&s->drawn, n, sizeof *s->drawn, what)) ||
		(err = wp_alloc(&s->times, n, sizeof *s->times, what)) ||
		(err = wp_alloc(&s->shift, n, sizeof *s->shift, what)) ||
		(err = wp_alloc(&s->d_shift, n, sizeof *s->d_shift, what)) ||
		(err = wp_table_alloc(&s->weight, size, what)) ||
		(err = wp_table_alloc(&s->d_weight, size, what)) ||
		(err = set_noise(s, s->output.context->class_counts)))
		return err;
	for (size_t c = 0; c < s->classes; c++)
		s->place[c] = -1;
	return WP_OK;
}

static void draw(struct NN(sampler) *s, const struct NN(output_rows) *o)
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
	const struct NN(sampler) *s, const struct NN(output_rows) *o, size_t r, real *logits)
{
	size_t n = s->count, last = n;
	int32_t target = o->target[r], best;
	const real *weight = o->weight + (size_t)target * s->width;
	s->output.kernels->add(logits, s->shift, n);
	if (s->place[target] >= 0) /* accidental hit */
		logits[s->place[target]] = -INFINITY;
	logits[last] = s->output.kernels->dot(o->x + r * s->width, weight, s->width) +
		(o->bias ? o->bias[target] : 0);
	o->score->loss +=
		(double)s->output.kernels->cross_entropy(logits, NULL, n + 1, last, &best);
	o->score->targets++;
	o->score->correct += (size_t)best == last;
}

/* To the parameters' rows what their copies got, and to each target what is its own. */
static void spread(const struct NN(sampler) *s, const struct NN(output_rows) *o, size_t ld)
{
	size_t n = s->count, width = s->width;
	for (size_t i = 0; i < n; i++) {
		int32_t c = s->drawn[i];
		s->output.kernels->add(NN(gradient_touch)(o->gradient, o->weight_param, c),
			s->d_weight + i * width, width);
		if (o->d_bias)
			o->d_bias[c] += s->d_shift[i];
	}
	for (size_t r = 0; r < o->rows; r++) {
		int32_t c = o->target[r];
		real d = s->logits.at[r * ld + n];
		if (c < 0)
			continue;
		s->output.kernels->add_scaled(
			o->d_x + r * width, d, o->weight + (size_t)c * width, width);
		s->output.kernels->add_scaled(
			NN(gradient_touch)(o->gradient, o->weight_param, c), d,
			o->x + r * width, width);
		if (o->d_bias)
			o->d_bias[c] += d;
	}
}

static enum wp_err train_rows(struct NN(sampler) *s, const struct NN(output_rows) *o)
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
	s->output.kernels->add_rows(s->d_shift, logits, ld, o->rows, n);
	spread(s, o, ld);
	return WP_OK;
}

static enum wp_err train(void *self, const struct NN(pass) *pass, struct NN(value) *in,
	struct wp_nn_score *score)
{
	struct NN(sampler) *s = self;
	struct NN(output_rows) rows = NN(output_rows_of)(&s->output, pass, in, score, true);
	return train_rows(s, &rows);
}

extern const struct wp_nn_output_ops wp_nn_sampled_ops;
extern const struct wp_nn64_output_ops wp_nn64_sampled_ops;
const struct NN(output_ops) NN(sampled_ops) = {.life = {sizeof(struct NN(sampler)), init, fini},
	.train = train,
	.predict = NN(softmax_predict)};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	size_t samples = WP_NN_OUTPUT_SETTINGS(node)->samples;
	if (samples >= node->outputs)
		return wp_fail(WP_EINVAL,
			"%s: samples %zu: out of range (1 to below %zu classes)", node->label,
			samples, node->outputs);
	return wp_nn_output_plan(node, params, node->outputs, WP_NN_LOOKUP);
}

static bool is_random(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	wp_nn_output_shorten(node, c);
	c->softmax = WP_NN_SAMPLED;
	c->samples = (int)WP_NN_OUTPUT_SETTINGS(node)->samples;
}

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("lstm 5, sampled 3"),
	WP_NN_LM_CASE("embedding 5, gru 5, sampled 3 tied no-bias"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "samples", WP_NN_OUTPUT_AT(samples), NULL, 1, 1000000,
		"size of the sample, for each batch"),
	WP_NN_OUTPUT_TIED, WP_NN_OUTPUT_NO_BIAS, {.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {.samples = 1000};

WP_NN_OUTPUT_TYPE(sampled, "sampled", "softmax, in training over a sample of the classes",
	.shorten = shorten, .step = &wp_nn_output_step_ops, .is_tied = wp_nn_output_is_tied,
	.is_random = is_random);
#endif
