/* Multi-head scaled dot-product attention (Vaswani et al. 2017), of the steps of a sequence to
 * each other.  Of rows x, with H heads of D numbers each:
 *
 *	q k v = x W + b            beside each other, the heads of each beside each other
 *	a = softmax over the steps of q k' / sqrt(D), for each head
 *	y = (a v) W_o + b_o
 *
 * `causal`: a step attends to itself and those before.  Parameters: weight (in, 3 in), bias
 * (3 in), output (in, in), output-bias (in).
 *
 * The products with weights are of all rows of a batch at once.  Between them, the rows of each
 * sequence are gathered, since those of a step stand together (nn/core/batch.h); what is above
 * the diagonal is left out in blocks of steps.  A step keeps keys and values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/config.h"
#include "nn/core/matrix.h"
#include "nn/kernels/kernels.h"
#include "nn/layers/affine.h"

enum { OUTPUT = WP_NN_AFFINE_BIAS + 1, OUTPUT_BIAS };

enum {
	/* Steps whose scores are made together; few where gradients are checked, so that there
	 * are several blocks. */
	BLOCK = sizeof(real) == sizeof(double) ? 2 : 32,
	KEYS = 16 /* keys that a single step looks at together */
};

struct settings {
	size_t heads;
	bool causal, no_bias;
};

struct NN(attention) {
	WP_NN_NODE_AT_WORK;
	struct NN(affine) in, out;
	size_t width, heads, size; /* of a row; how many; of a head                      */
	bool causal;
	real scale;            /* of scores                                              */
	struct NN(array) qkv;  /* (rows, 3 width)                                        */
	struct NN(array) a;    /* of each sequence of T steps (heads, T, T)              */
	struct NN(array) mean; /* (rows, width): a v                                     */
	struct NN(array) y;    /* (rows, width)                                          */
	struct NN(array) d_mean, d_qkv;
	struct NN(array) one, d_one, score; /* of a sequence: (T, 4 width) each; of a head */
};

static void fini(void *self)
{
	struct NN(attention) *a = self;
	struct NN(array) *all[] = {&a->qkv, &a->a, &a->mean, &a->y, &a->d_mean, &a->d_qkv,
		&a->one, &a->d_one, &a->score};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
}

static enum wp_err init(void *self)
{
	struct NN(attention) *a = self;
	const struct settings *s = WP_NN_SETTINGS(a->node, struct settings);
	a->width = a->node->in[0].width;
	a->heads = s->heads;
	a->size = a->width / s->heads;
	a->causal = s->causal;
	a->scale = (real)(1 / sqrt((double)a->size));
	a->in = (struct NN(affine)){.node = a->node,
		.params = a->params,
		.kernels = a->kernels,
		.in = a->width,
		.units = 3 * a->width,
		.sums = 3 * a->width,
		.function = WP_NN_F_LINEAR};
	a->out = a->in;
	a->out.slot = OUTPUT;
	a->out.units = a->out.sums = a->width;
	return WP_OK;
}

/* Numbers in all weights of attention of a batch, per head. */
static size_t all_pairs(const struct NN(batch) *b)
{
	size_t pairs = 0;
	for (int s = 0; s < b->sequences; s++) {
		const size_t steps = (size_t)NN(batch_length)(b, s);
		pairs += steps * steps;
	}
	return pairs;
}

/* The rows of sequence s, `width` numbers of each, from or to rows that are `ld` apart. */
static void gather(const struct NN(batch) *b, int s, int steps, const real *rows, size_t width,
	real *to, size_t ld)
{
	for (int t = 0; t < steps; t++)
		memcpy(to + (size_t)t * ld, rows + (b->begin[t] + (size_t)s) * width,
			width * sizeof *to);
}

static void scatter(const struct NN(batch) *b, int s, int steps, const real *from, size_t ld,
	real *rows, size_t width)
{
	for (int t = 0; t < steps; t++)
		memcpy(rows + (b->begin[t] + (size_t)s) * width, from + (size_t)t * ld,
			width * sizeof *rows);
}

static void scale_columns(real *x, size_t ld, size_t rows, size_t width, real by)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < width; i++)
			x[r * ld + i] *= by;
}

/* Steps that some step of a block, which ends before `end`, attends to. */
static size_t seen(const struct NN(attention) *a, size_t end, size_t steps)
{
	return a->causal ? end : steps;
}

/* One head of a sequence: rows of `ld` numbers, in which q, which is scaled, k and v stand. */
static void attend(const struct NN(attention) *a, const real *q, const real *k, const real *v,
	size_t ld, size_t steps, real *weight, real *mean)
{
	for (size_t t = 0, end; t < steps; t = end) {
		end = t + BLOCK < steps ? t + BLOCK : steps;
		const size_t columns = seen(a, end, steps);
		real *w = weight + t * steps;
		NN(gemm_nt)(end - t, columns, a->size, q + t * ld, ld, k, ld, 0, w, steps);
		for (size_t r = t; r < end; r++) {
			const size_t n = seen(a, r + 1, steps);
			a->kernels->softmax(weight + r * steps, NULL, n);
			memset(weight + r * steps + n, 0, (columns - n) * sizeof *w);
		}
		NN(gemm_nn)(end - t, a->size, columns, w, steps, v, ld, 0, mean + t * ld, ld);
	}
}

/* The way back through that; d_* stand as q, k, v and mean. */
static void attend_back(const struct NN(attention) *a, const real *q, const real *k,
	const real *v, size_t ld, size_t steps, const real *weight, const real *d_mean,
	real *score, real *d_q, real *d_k, real *d_v)
{
	/* From the end, where a block sees all: what it writes needs no zeros before it. */
	for (size_t blocks = (steps + BLOCK - 1) / BLOCK, i = blocks; i-- > 0;) {
		const size_t t = i * BLOCK, end = t + BLOCK < steps ? t + BLOCK : steps;
		const size_t columns = seen(a, end, steps);
		const real beta = i + 1 < blocks ? 1 : 0;
		const real *w = weight + t * steps;
		NN(gemm_nt)
		(end - t, columns, a->size, d_mean + t * ld, ld, v, ld, 0, score, columns);
		NN(gemm_tn)
		(columns, a->size, end - t, w, steps, d_mean + t * ld, ld, beta, d_v, ld);
		for (size_t r = 0; r < end - t; r++)
			a->kernels->d_softmax(score + r * columns, w + r * steps, columns);
		NN(gemm_nn)
		(end - t, a->size, columns, score, columns, k, ld, 0, d_q + t * ld, ld);
		NN(gemm_tn)
		(columns, a->size, end - t, score, columns, q + t * ld, ld, beta, d_k, ld);
	}
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(attention) *a = self;
	const struct NN(batch) *b = pass->batch;
	const size_t c = a->width, ld = 4 * c, rows = out->rows;
	const struct NN(want) want[] = {{&a->qkv, rows, 3 * c}, {&a->mean, rows, c},
		{&a->y, rows, c}, {&a->a, all_pairs(b), a->heads},
		{&a->one, (size_t)b->steps, ld}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(affine_forward)(&a->in, pass, in[0]->x, rows, a->qkv.at, a->qkv.at);
	real *weight = a->a.at, *one = a->one.at;
	for (int s = 0; s < b->sequences; s++) {
		const int length = NN(batch_length)(b, s);
		const size_t steps = (size_t)length;
		gather(b, s, length, a->qkv.at, 3 * c, one, ld);
		scale_columns(one, ld, steps, c, a->scale);
		for (size_t h = 0; h < a->heads; h++, weight += steps * steps) {
			real *q = one + h * a->size;
			attend(a, q, q + c, q + 2 * c, ld, steps, weight, q + 3 * c);
		}
		scatter(b, s, length, one + 3 * c, ld, a->mean.at, c);
	}
	NN(affine_forward)(&a->out, pass, a->mean.at, rows, a->y.at, a->y.at);
	out->x = a->y.at;
	return WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(attention) *a = self;
	const struct NN(batch) *b = pass->batch;
	const size_t c = a->width, ld = 4 * c, rows = out->rows;
	const struct NN(want) want[] = {{&a->d_qkv, rows, 3 * c}, {&a->d_mean, rows, c},
		{&a->d_one, (size_t)b->steps, ld}, {&a->score, (size_t)b->steps, BLOCK}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(affine_backward)
	(&a->out, pass, a->mean.at, rows, a->y.at, a->y.at, out->d, out->d, 0, a->d_mean.at);
	const real *weight = a->a.at;
	real *one = a->one.at, *d_one = a->d_one.at;
	for (int s = 0; s < b->sequences; s++) {
		const int length = NN(batch_length)(b, s);
		const size_t steps = (size_t)length;
		gather(b, s, length, a->qkv.at, 3 * c, one, ld);
		scale_columns(one, ld, steps, c, a->scale);
		gather(b, s, length, a->d_mean.at, c, d_one + 3 * c, ld);
		for (size_t h = 0; h < a->heads; h++, weight += steps * steps) {
			const real *q = one + h * a->size;
			real *d_q = d_one + h * a->size;
			attend_back(a, q, q + c, q + 2 * c, ld, steps, weight, d_q + 3 * c,
				a->score.at, d_q, d_q + c, d_q + 2 * c);
		}
		scale_columns(d_one, ld, steps, c, a->scale);
		scatter(b, s, length, d_one, ld, a->d_qkv.at, 3 * c);
	}
	NN(affine_backward)
	(&a->in, pass, in[0]->x, rows, a->qkv.at, a->qkv.at, a->d_qkv.at, a->d_qkv.at,
		in[0]->d ? NN(begin_d)(in[0]) : 0, in[0]->d);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_attention_ops;
extern const struct wp_nn64_layer_ops wp_nn64_attention_ops;
const struct NN(layer_ops)
	NN(attention_ops) = {.life = {sizeof(struct NN(attention)), init, fini},
		.forward = forward,
		.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const size_t n = node->in[0].width;
	const struct wp_nn_begin square = {.fan_in = n, .gate = n};
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL,
			"%s: reads numbers, not tokens: 'embedding' before it gives them vectors",
			node->label);
	if (node->in[0].pooled)
		return wp_fail(WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	if (n % s->heads != 0)
		return wp_fail(WP_EINVAL, "%s: %zu numbers cannot be shared by %zu heads",
			node->label, n, s->heads);
	node->out = (struct wp_nn_shape){.width = n, .mixed = node->in[0].mixed};
	enum wp_err err = wp_nn_add_param(
		node, params, WP_NN_AFFINE_WEIGHT, "weight", n, 3 * n, 0, &square);
	if (!err && !s->no_bias)
		err = wp_nn_add_param(
			node, params, WP_NN_AFFINE_BIAS, "bias", 1, 3 * n, WP_NN_BIAS, &square);
	if (!err)
		err = wp_nn_add_param(node, params, OUTPUT, "output", n, n, 0, &square);
	if (!err && !s->no_bias)
		err = wp_nn_add_param(
			node, params, OUTPUT_BIAS, "output-bias", 1, n, WP_NN_BIAS, &square);
	return err;
}

static bool needs_whole(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

static bool looks_ahead(const struct wp_nn_node *node)
{
	return !WP_NN_SETTINGS(node, struct settings)->causal;
}

static size_t row_numbers(const struct wp_nn_node *node)
{
	return 8 * node->out.width;
}

/* Keys and values. */
static size_t cached(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct settings)->causal ? 2 * node->out.width : 0;
}

/* Room: q k v; a v; scores. */
static enum wp_err prepare(struct wp_nn_stepper *s)
{
	const size_t n = s->node->out.width;
	enum wp_err err = wp_nn_lay_out(s, OUTPUT, false);
	return err ? err : wp_nn_affine_prepare(s, wp_nn_padded(n) + KEYS);
}

/* One head: mean (size) of values, by keys that suit q.  Some keys at a time: what was summed
 * so far is scaled to the greatest score of all (Milakov & Gimelshein 2018). */
static void attend_step(const struct wp_nn_stepper *s, const float *q, size_t size,
	const float *keys, size_t ld, size_t count, float *score, float *mean)
{
	const struct wp_nn_kernels *k = s->kernels;
	const float *values = keys + ld / 2;
	float most = -INFINITY, sum = 0;
	memset(mean, 0, size * sizeof *mean);
	for (size_t first = 0, end; first < count; first = end) {
		float before = most;
		end = first + KEYS < count ? first + KEYS : count;
		for (size_t i = first; i < end; i++) {
			score[i - first] = k->dot(q, keys + i * ld, size);
			most = score[i - first] > most ? score[i - first] : most;
		}
		const float fade = first ? expf(before - most) : 0;
		sum *= fade;
		for (size_t i = 0; i < size && first; i++)
			mean[i] *= fade;
		for (size_t i = first; i < end; i++) {
			float e = expf(score[i - first] - most);
			sum += e;
			k->add_scaled(mean, e, values + i * ld, size);
		}
	}
	for (size_t i = 0; i < size; i++)
		mean[i] /= sum;
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct settings *set = WP_NN_SETTINGS(s->node, struct settings);
	const size_t n = s->node->out.width, size = n / set->heads, ld = 2 * n;
	float *mean = wp_nn_affine_room(s), *score = mean + wp_nn_padded(n);
	const float *bias = wp_nn_step_param(s, OUTPUT_BIAS);
	float *q = s->room;
	(void)before, (void)after;
	wp_nn_affine_step(s, WP_NN_F_LINEAR, in[0]->x, 3 * n, q);
	memcpy(s->cache + s->past * ld, q + n, ld * sizeof *q);
	for (size_t i = 0; i < n; i++)
		q[i] *= 1 / sqrtf((float)size);
	for (size_t h = 0; h < set->heads; h++)
		attend_step(s, q + h * size, size, s->cache + h * size, ld, s->past + 1, score,
			mean + h * size);
	memset(out->to, 0, wp_nn_padded(n) * sizeof *out->to);
	if (bias)
		memcpy(out->to, bias, n * sizeof *bias);
	wp_panels_multiply(out->to, mean, &s->panels[OUTPUT]);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {.prepare = prepare, .step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("embedding 6, attention 3, softmax"),
	WP_NN_TAG_CASE("embedding 4, attention 1 no-bias, attention 2 causal, elman 3, crf"),
	WP_NN_LM_CASE("embedding 6, attention 2 causal, softmax"),
	WP_NN_LM_CASE("embedding 4, positions 30, 2 x (transformer 4 heads=2 hidden=7 causal "
		      "no-bias), norm, softmax tied"),
	WP_NN_CLASSIFY_CASE(
		"embedding 6, transformer 6 heads=3 norm=after relu hidden=5, mean, softmax"),
	WP_NN_CLASSIFY_CASE("embedding 4, attention 4, mean, softmax"),
	WP_NN_NUMBERS_CASE("dense 6, attention 3 causal, squared-error"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "heads", AT(heads), NULL, 1, 1024, "heads, which share the numbers"),
	WP_SET_FLAG(0, "causal", AT(causal), "to the steps before and itself alone"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {.heads = 4};

const struct wp_nn_type wp_nn_attention_type = {.name = "attention",
	.help = "self-attention with several heads (Vaswani et al. 2017)",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.plan = plan,
	.row_numbers = row_numbers,
	.cases = cases,
	.looks_ahead = looks_ahead,
	.needs_whole = needs_whole,
	.cached = cached,
	.step = &step_ops,
	.layer = &wp_nn_attention_ops,
	.layer64 = &wp_nn64_attention_ops};
#endif
