/* Multi-head scaled dot-product attention (Vaswani et al. 2017).  Of rows x, with H heads of D
 * numbers each:
 *
 *	q = x W_q + b_q,  k v = z W_kv + b_kv   beside each other, the heads of each likewise
 *	a = softmax over the steps of q k' / sqrt(D), for each head
 *	y = (a v) W_o + b_o
 *
 * attention: of the steps of a sequence to each other, z being x; `causal`: to itself and those
 * before.  cross-attention: to the rows z of a source.  Parameters: weight and bias, of q k v
 * (in, 3 in), or of q (in, in) and, memory and memory_bias, of k v (in of z, 2 in); output
 * (in, in), output_bias.
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

enum { OUTPUT = WP_NN_AFFINE_BIAS + 1, OUTPUT_BIAS, MEMORY, MEMORY_BIAS };

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
	struct NN(affine) in, memory, out;
	size_t width, heads, size; /* of a row; how many; of a head                      */
	bool causal, cross;
	real scale;                   /* of scores                                       */
	struct NN(array) made, mixed; /* (rows, 3 width): q k v; or q, and k v of z      */
	/* Of one sequence after the other: q, scaled, and a v, (steps, 2 width); k v, (steps, 2
	 * width); a (heads, steps, steps). */
	struct NN(array) query, key, a;
	struct NN(array) mean, y; /* (rows, width): a v; what comes out                   */
	const struct NN(batch) *batch; /* of the last pass                                */
	struct NN(array) d_made, d_mixed, d_mean;
	struct NN(array) d_query, d_key, score; /* of a sequence; of a block of a head    */
};

/* Rows of a batch's side: `width` numbers of each, `ld` apart. */
struct NN(side_rows) {
	const struct NN(batch) *batch;
	real *at;
	size_t ld, width;
};

/* A sequence of so many steps that attends to one of `keys` steps. */
struct NN(pair) {
	size_t steps, keys;
};

static void fini(void *self)
{
	struct NN(attention) *a = self;
	struct NN(array) *all[] = {&a->made, &a->mixed, &a->query, &a->key, &a->a, &a->mean,
		&a->y, &a->d_made, &a->d_mixed, &a->d_mean, &a->d_query, &a->d_key, &a->score};
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
	a->cross = a->node->inputs > 1;
	a->scale = (real)(1 / sqrt((double)a->size));
	a->out = (struct NN(affine)){.node = a->node,
		.params = a->params,
		.kernels = a->kernels,
		.in = a->width,
		.units = a->width,
		.sums = a->width,
		.function = WP_NN_F_LINEAR,
		.slot = OUTPUT};
	a->in = a->memory = a->out;
	a->in.slot = 0;
	a->in.units = a->in.sums = (a->cross ? 1 : 3) * a->width;
	a->memory.slot = MEMORY;
	a->memory.in = a->node->in[a->cross].width;
	a->memory.units = a->memory.sums = 2 * a->width;
	return WP_OK;
}

/* Where queries, keys and values stand: in made and mixed, or in their derivatives. */
static struct NN(side_rows) queries(
	const struct NN(attention) *a, const struct NN(batch) *b, real *made)
{
	return (struct NN(side_rows)){b, made, a->in.sums, a->width};
}

static struct NN(side_rows) keys(
	const struct NN(attention) *a, const struct NN(batch) *b, real *made, real *mixed)
{
	return (struct NN(side_rows)){a->cross ? b->source : b,
		a->cross ? mixed : made + a->width, a->cross ? a->memory.sums : a->in.sums,
		2 * a->width};
}

/* Which sequence of keys is that of sequence s. */
static int key_of(const struct NN(attention) *a, const struct NN(batch) *b, int s)
{
	return a->cross ? b->source_of[s] : s;
}

static size_t length(const struct NN(batch) *b, int s)
{
	return (size_t)NN(batch_length)(b, s);
}

static struct NN(pair) pair_of(const struct NN(attention) *a, const struct NN(batch) *b, int s)
{
	const struct NN(batch) *of_keys = a->cross ? b->source : b;
	return (struct NN(pair)){
		.steps = length(b, s), .keys = length(of_keys, key_of(a, b, s))};
}

/* The rows of sequence s, from where they are packed, and back. */
static void gather(const struct NN(side_rows) *rows, int s, size_t steps, real *to, size_t ld)
{
	for (size_t t = 0; t < steps; t++)
		memcpy(to + t * ld, rows->at + (rows->batch->begin[t] + (size_t)s) * rows->ld,
			rows->width * sizeof *to);
}

static void scatter(
	const struct NN(side_rows) *rows, int s, size_t steps, const real *from, size_t ld)
{
	for (size_t t = 0; t < steps; t++)
		memcpy(rows->at + (rows->batch->begin[t] + (size_t)s) * rows->ld, from + t * ld,
			rows->width * sizeof *from);
}

static void scatter_add(const struct NN(attention) *a, const struct NN(side_rows) *rows, int s,
	size_t steps, const real *from, size_t ld)
{
	for (size_t t = 0; t < steps; t++)
		a->kernels->add(rows->at + (rows->batch->begin[t] + (size_t)s) * rows->ld,
			from + t * ld, rows->width);
}

static void scale_columns(real *x, size_t ld, size_t rows, size_t width, real by)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < width; i++)
			x[r * ld + i] *= by;
}

/* Keys that steps before `end` attend to. */
static size_t seen(const struct NN(attention) *a, const struct NN(pair) *p, size_t end)
{
	return a->causal ? end : p->keys;
}

/* A head of a pair: its q, k, v and where a v goes; all 2 width apart. */
static void attend(const struct NN(attention) *a, const struct NN(pair) *p, const real *q,
	const real *k, real *weight, real *mean)
{
	const size_t ld = 2 * a->width;
	const real *v = k + a->width;
	for (size_t t = 0, end; t < p->steps; t = end) {
		end = t + BLOCK < p->steps ? t + BLOCK : p->steps;
		const size_t columns = seen(a, p, end);
		real *w = weight + t * p->keys;
		NN(gemm_nt)(end - t, columns, a->size, q + t * ld, ld, k, ld, 0, w, p->keys);
		for (size_t r = t; r < end; r++) {
			const size_t n = seen(a, p, r + 1);
			a->kernels->softmax(weight + r * p->keys, NULL, n);
			memset(weight + r * p->keys + n, 0, (columns - n) * sizeof *w);
		}
		NN(gemm_nn)
		(end - t, a->size, columns, w, p->keys, v, ld, 0, mean + t * ld, ld);
	}
}

/* The way back through that; d_q and d_k stand as q and k, d_v and d_mean as v and mean. */
static void attend_back(const struct NN(attention) *a, const struct NN(pair) *p, const real *q,
	const real *k, const real *weight, real *score, real *d_q, real *d_k)
{
	const size_t ld = 2 * a->width, blocks = (p->steps + BLOCK - 1) / BLOCK;
	const real *v = k + a->width, *d_mean = d_q + a->width;
	real *d_v = d_k + a->width;
	/* From the end, where a block sees all: what it writes needs no zeros before it. */
	for (size_t i = blocks; i-- > 0;) {
		const size_t t = i * BLOCK, end = t + BLOCK < p->steps ? t + BLOCK : p->steps;
		const size_t columns = seen(a, p, end), n = end - t;
		const real beta = i + 1 < blocks ? 1 : 0;
		const real *w = weight + t * p->keys;
		NN(gemm_nt)(n, columns, a->size, d_mean + t * ld, ld, v, ld, 0, score, columns);
		NN(gemm_tn)
		(columns, a->size, n, w, p->keys, d_mean + t * ld, ld, beta, d_v, ld);
		for (size_t r = 0; r < n; r++)
			a->kernels->d_softmax(score + r * columns, w + r * p->keys, columns);
		NN(gemm_nn)(n, a->size, columns, score, columns, k, ld, 0, d_q + t * ld, ld);
		NN(gemm_tn)(columns, a->size, n, score, columns, q + t * ld, ld, beta, d_k, ld);
	}
}

/* Numbers of all pairs of sequences: keys; and weights of a head. */
static void count_pairs(const struct NN(attention) *a, const struct NN(batch) *b,
	size_t *all_keys, size_t *weights, size_t *longest)
{
	*all_keys = *weights = *longest = 0;
	for (int s = 0; s < b->sequences; s++) {
		const struct NN(pair) p = pair_of(a, b, s);
		*all_keys += p.keys;
		*weights += p.steps * p.keys;
		*longest = p.keys > *longest ? p.keys : *longest;
	}
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(attention) *a = self;
	const struct NN(batch) *b = pass->batch;
	const size_t c = a->width, ld = 2 * c, rows = out->rows;
	const size_t sources = a->cross ? in[1]->rows : 0;
	size_t all_keys, weights, longest;
	count_pairs(a, b, &all_keys, &weights, &longest);
	const struct NN(want) want[] = {{&a->made, rows, a->in.sums}, {&a->mixed, sources, ld},
		{&a->query, rows, ld}, {&a->key, all_keys, ld}, {&a->a, weights, a->heads},
		{&a->mean, rows, c}, {&a->y, rows, c}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	a->batch = b;
	NN(affine_forward)(&a->in, pass, in[0]->x, rows, a->made.at, a->made.at);
	if (a->cross)
		NN(affine_forward)
	(&a->memory, pass, in[1]->x, sources, a->mixed.at, a->mixed.at);
	const struct NN(side_rows) q = queries(a, b, a->made.at);
	const struct NN(side_rows) k = keys(a, b, a->made.at, a->mixed.at);
	const struct NN(side_rows) mean = {b, a->mean.at, c, c};
	real *query = a->query.at, *key = a->key.at, *weight = a->a.at;
	for (int s = 0; s < b->sequences; s++) {
		const struct NN(pair) p = pair_of(a, b, s);
		gather(&q, s, p.steps, query, ld);
		gather(&k, key_of(a, b, s), p.keys, key, ld);
		scale_columns(query, ld, p.steps, c, a->scale);
		for (size_t h = 0; h < a->heads; h++, weight += p.steps * p.keys) {
			const size_t at = h * a->size;
			attend(a, &p, query + at, key + at, weight, query + c + at);
		}
		scatter(&mean, s, p.steps, query + c, ld);
		query += p.steps * ld;
		key += p.keys * ld;
	}
	NN(affine_forward)(&a->out, pass, a->mean.at, rows, a->y.at, a->y.at);
	out->x = a->y.at;
	return WP_OK;
}

/* The maps of what was read; d_made and d_mixed are there. */
static void backward_maps(
	struct NN(attention) *a, const struct NN(pass) *pass, struct NN(value) *const in[])
{
	NN(affine_backward)
	(&a->in, pass, in[0]->x, in[0]->rows, a->made.at, a->made.at, a->d_made.at,
		a->d_made.at, in[0]->d ? NN(begin_d)(in[0]) : 0, in[0]->d);
	if (a->cross)
		NN(affine_backward)
	(&a->memory, pass, in[1]->x, in[1]->rows, a->mixed.at, a->mixed.at, a->d_mixed.at,
		a->d_mixed.at, in[1]->d ? NN(begin_d)(in[1]) : 0, in[1]->d);
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(attention) *a = self;
	const struct NN(batch) *b = pass->batch;
	const size_t c = a->width, ld = 2 * c, rows = out->rows;
	const size_t sources = a->cross ? in[1]->rows : 0;
	size_t all_keys, weights, longest;
	count_pairs(a, b, &all_keys, &weights, &longest);
	const struct NN(want) want[] = {{&a->d_made, rows, a->in.sums},
		{&a->d_mixed, sources, ld}, {&a->d_mean, rows, c},
		{&a->d_query, (size_t)b->steps, ld}, {&a->d_key, longest, ld},
		{&a->score, longest, BLOCK}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(affine_backward)
	(&a->out, pass, a->mean.at, rows, a->y.at, a->y.at, out->d, out->d, 0, a->d_mean.at);
	const struct NN(side_rows) d_q = queries(a, b, a->d_made.at);
	const struct NN(side_rows) d_k = keys(a, b, a->d_made.at, a->d_mixed.at);
	const struct NN(side_rows) d_mean = {b, a->d_mean.at, c, c};
	const real *query = a->query.at, *key = a->key.at, *weight = a->a.at;
	real *d_query = a->d_query.at, *d_key = a->d_key.at;
	if (a->cross) /* several may have one source */
		memset(a->d_mixed.at, 0, sources * ld * sizeof(real));
	for (int s = 0; s < b->sequences; s++) {
		const struct NN(pair) p = pair_of(a, b, s);
		gather(&d_mean, s, p.steps, d_query + c, ld);
		for (size_t h = 0; h < a->heads; h++, weight += p.steps * p.keys) {
			const size_t at = h * a->size;
			attend_back(a, &p, query + at, key + at, weight, a->score.at,
				d_query + at, d_key + at);
		}
		scale_columns(d_query, ld, p.steps, c, a->scale);
		scatter(&d_q, s, p.steps, d_query, ld);
		if (a->cross)
			scatter_add(a, &d_k, key_of(a, b, s), p.keys, d_key, ld);
		else
			scatter(&d_k, s, p.keys, d_key, ld);
		query += p.steps * ld;
		key += p.keys * ld;
	}
	backward_maps(a, pass, in);
	return WP_OK;
}

static const real *attention(const void *self, size_t row, size_t head)
{
	const struct NN(attention) *a = self;
	const struct NN(batch) *b = a->batch;
	const real *weight = a->a.at;
	size_t t = 0;
	while (b->begin[t + 1] <= row)
		t++;
	const int s = (int)(row - b->begin[t]);
	for (int i = 0; i < s; i++) {
		const struct NN(pair) p = pair_of(a, b, i);
		weight += a->heads * p.steps * p.keys;
	}
	const struct NN(pair) p = pair_of(a, b, s);
	return weight + (head * p.steps + t) * p.keys;
}

extern const struct wp_nn_layer_ops wp_nn_attention_ops, wp_nn_cross_attention_ops;
extern const struct wp_nn64_layer_ops wp_nn64_attention_ops, wp_nn64_cross_attention_ops;
const struct NN(layer_ops)
	NN(attention_ops) = {.life = {sizeof(struct NN(attention)), init, fini},
		.forward = forward,
		.backward = backward};
const struct NN(layer_ops)
	NN(cross_attention_ops) = {.life = {sizeof(struct NN(attention)), init, fini},
		.forward = forward,
		.backward = backward,
		.attention = attention};

#ifndef WP_NN_F64
/* An affine map and its bias, in slots `slot` and the next one. */
static enum wp_err plan_map(struct wp_nn_node *node, struct wp_nn_params *params, int slot,
	const char *name, const char *bias, size_t in, size_t maps)
{
	const size_t n = node->in[0].width;
	const struct wp_nn_begin begin = {.fan_in = in, .gate = n};
	enum wp_err err = wp_nn_add_param(node, params, slot, name, in, maps * n, 0, &begin);
	if (!err && !WP_NN_SETTINGS(node, struct settings)->no_bias)
		err = wp_nn_add_param(
			node, params, slot + 1, bias, 1, maps * n, WP_NN_BIAS, &begin);
	return err;
}

static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const size_t n = node->in[0].width;
	const bool cross = node->inputs > 1;
	for (int k = 0; k < node->inputs; k++) {
		if (node->in[k].tokens)
			return wp_fail(WP_EINVAL,
				"%s: reads numbers, not tokens: 'embedding' before it gives "
				"them vectors",
				node->label);
		if (node->in[k].pooled)
			return wp_fail(
				WP_EINVAL, "%s: reads steps, not whole sequences", node->label);
	}
	if (node->inputs > 2 || (cross && (node->in[0].source || !node->in[1].source)))
		return wp_fail(WP_EINVAL,
			"%s: reads rows of the targets, and those of the sources that they attend "
			"to",
			node->label);
	if (n % s->heads != 0)
		return wp_fail(WP_EINVAL, "%s: %zu numbers cannot be shared by %zu heads",
			node->label, n, s->heads);
	node->out = (struct wp_nn_shape){.width = n, .mixed = node->in[0].mixed};
	enum wp_err err = plan_map(node, params, 0, "weight", "bias", n, cross ? 1 : 3);
	if (!err)
		err = plan_map(node, params, OUTPUT, "output", "output_bias", n, 1);
	if (!err && cross)
		err = plan_map(
			node, params, MEMORY, "memory", "memory_bias", node->in[1].width, 2);
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
	return 12 * node->out.width;
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
static size_t heads(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct settings)->heads;
}

static const struct wp_nn_case cross_cases[] = {
	WP_NN_TRANSLATE_CASE("s=embedding 4 from source, embedding 6 from input, "
			     "cross-attention 3 from +s, softmax"),
	WP_NN_TRANSLATE_CASE(
		"embedding 4 from source, positions 9, transformer 4 heads=2 hidden=5, m=norm, "
		"embedding 4 from input, positions 9, transformer 4 heads=2 hidden=5 causal no-bias "
		"from +m, norm, softmax"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "heads", AT(heads), NULL, 1, 1024, "heads, which share the numbers"),
	WP_SET_FLAG(0, "causal", AT(causal), "to the steps before and itself alone"),
	WP_SET_FLAG(0, "no-bias", AT(no_bias), "no biases"),
	{.kind = WP_SETTING_END},
};
static const struct wp_setting cross_settings[] = {
	WP_SET_SIZE(0, "heads", AT(heads), NULL, 1, 1024, "heads, which share the numbers"),
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

const struct wp_nn_type wp_nn_cross_attention_type = {.name = "cross-attention",
	.help = "of pairs: attention to the source, with several heads (Vaswani et al. 2017)",
	.settings = cross_settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.joins = true,
	.crosses = true,
	.plan = plan,
	.row_numbers = row_numbers,
	.heads = heads,
	.cases = cross_cases,
	.layer = &wp_nn_cross_attention_ops,
	.layer64 = &wp_nn64_cross_attention_ops};
#endif
