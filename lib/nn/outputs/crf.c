/* A conditional random field over the tags of a sequence (Lafferty, McCallum & Pereira 2001; on
 * top of a network: Huang, Xu & Yu 2015, Lample et al. 2016).  With u_t the scores of the tags
 * at step t, a linear function of what comes in, and A those of transitions, tags y have
 *
 *	score(y) = A[start, y_1] + sum over t of (u_t[y_t] + A[y_t, y_t+1]) + A[y_n, end]
 *	p(y) = exp(score(y)) / Z,  Z the sum over all sequences of tags
 *
 * The loss is -log p of the tags that are given; outputs are the logarithms of each tag's
 * marginal probability at each step; the best tags are the most probable sequence (Viterbi).
 * Inference is exact: math/chain.h.
 *
 * Parameters: weight (tags, width), bias (1, tags); transition (tags + 2, tags): row i, from
 * tag i to each; then the scores of the first tag, and those of the last.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/chain.h"
#include "nn/core/matrix.h"
#include "nn/outputs/output.h"

#ifdef WP_NN_F64
#define CHAIN(name) wp_chain_f64##name
#define CHAIN_TYPE  wp_chain_f64
#define SUMS        wp_chain_sums_f64
#else
#define CHAIN(name) wp_chain_f32##name
#define CHAIN_TYPE  wp_chain_f32
#define SUMS        wp_chain_sums_f32
#endif

enum { TRANSITION = WP_NN_OUTPUT_BIAS + 1 };

struct NN(crf) {
	struct NN(output) output;
	size_t tags;
	struct CHAIN_TYPE *chain;
	struct wp_chain_work *work;
	struct NN(array) logits; /* (rows, tags): the unary scores, or their derivative */
	struct NN(array) unary;  /* (steps, tags): those of one sequence                */
	struct NN(array) sums;   /* (tags + 2, tags): the derivative by the transitions */
	struct NN(array) scores; /* (tags + 2, tags): those of transitions, -INFINITY where the
				  * scheme of the tags does not allow one                  */
	const struct wp_tag_set *set;
	enum wp_tag_scheme scheme;
	int32_t *tag;        /* (steps): of one sequence; or the best ones             */
	double *found_score; /* of each of these                                */
	size_t tag_room, found_room;
};

static void fini(void *self)
{
	struct NN(crf) *c = self;
	CHAIN(_free)(c->chain);
	wp_chain_work_free(c->work);
	free(c->logits.at);
	free(c->unary.at);
	free(c->sums.at);
	free(c->scores.at);
	free(c->tag);
	free(c->found_score);
	NN(output_fini)(c);
}

static enum wp_err init(void *self)
{
	struct NN(crf) *c = self;
	enum wp_err err = NN(output_init)(self);
	c->tags = c->output.classes;
	c->set = c->output.context->tags;
	c->scheme = c->output.context->scheme;
	if (!err)
		err = CHAIN(_create)(&c->chain, (int)c->tags);
	return err ? err : wp_chain_work_create(&c->work);
}

/* The chain of these scores of transitions. */
static void set_chain(struct NN(crf) *c, const real *a)
{
	const size_t n = c->tags;
	real *scores = c->scores.at;
	memcpy(scores, a, (n + 2) * n * sizeof *scores);
	for (size_t i = 0; i < n + 2 && c->scheme; i++)
		for (size_t k = 0; k < n; k++) {
			int32_t from = i < n ? (int32_t)i : i == n ? -1 : (int32_t)k;
			int32_t to = i <= n ? (int32_t)k : -1;
			if (!wp_tag_may_follow(c->set, c->scheme, from, to))
				scores[i * n + k] = -(real)INFINITY;
		}
	CHAIN(_set)(c->chain, scores, scores + n * n, scores + n * n + n);
}

/* The scores of all rows, and the chain that goes with them. */
static enum wp_err begin(
	struct NN(crf) *c, const struct NN(pass) *pass, const struct NN(output_rows) *rows)
{
	const struct NN(batch) *b = pass->batch;
	const size_t n = c->tags, steps = (size_t)b->steps;
	const struct NN(want) want[] = {{&c->logits, rows->rows, n}, {&c->unary, steps, n},
		{&c->sums, n + 2, n}, {&c->scores, n + 2, n}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (!err)
		err = wp_grow(&c->tag, &c->tag_room, steps, sizeof *c->tag, "tags");
	if (err)
		return err;
	const real *a = NN(param)(c->output.node, c->output.params, pass->theta, TRANSITION);
	set_chain(c, a);
	NN(gemm_nt)(rows->rows, n, rows->width, rows->x, rows->width, rows->weight, rows->width,
		0, c->logits.at, n);
	for (size_t r = 0; r < rows->rows && rows->bias; r++)
		c->output.kernels->add(c->logits.at + r * n, rows->bias, n);
	return WP_OK;
}

/* A row of each step of a sequence: from those of the batch, or back to them. */
static void gather(struct NN(crf) *c, const struct NN(batch) *b, int sequence, int steps)
{
	for (int t = 0; t < steps; t++)
		memcpy(c->unary.at + (size_t)t * c->tags,
			c->logits.at + (b->begin[t] + (size_t)sequence) * c->tags,
			c->tags * sizeof(real));
}

static void spread(struct NN(crf) *c, const struct NN(batch) *b, int sequence, int steps,
	const real *from, real *to)
{
	for (int t = 0; t < steps; t++)
		memcpy(to + (b->begin[t] + (size_t)sequence) * c->tags,
			from + (size_t)t * c->tags, c->tags * sizeof(real));
}

/* The tags that are given; false where some are not known. */
static bool get_tags(struct NN(crf) *c, const struct NN(batch) *b, int sequence, int steps)
{
	bool known = true;
	for (int t = 0; t < steps; t++) {
		c->tag[t] = b->classes[b->begin[t] + (size_t)sequence];
		known = known && c->tag[t] >= 0;
	}
	return known;
}

/* Loss of a sequence; its row of logits become their derivatives. */
static enum wp_err train_sequence(
	struct NN(crf) *c, const struct NN(batch) *b, int sequence, struct wp_nn_score *score)
{
	const size_t n = c->tags;
	const int steps = NN(batch_length)(b, sequence);
	const struct SUMS sums = {.transition = c->sums.at,
		.start = c->sums.at + n * n,
		.end = c->sums.at + n * n + n};
	double log_likelihood;
	enum wp_err err = WP_OK;
	gather(c, b, sequence, steps);
	if (get_tags(c, b, sequence, steps)) {
		err = CHAIN(_gradient)(c->chain, c->work, c->unary.at, n, (size_t)steps, NULL,
			c->tag, c->unary.at, n, &sums, &log_likelihood);
		score->loss -= err ? 0 : log_likelihood;
		score->targets += (uint64_t)steps;
	} else {
		memset(c->unary.at, 0, (size_t)steps * n * sizeof(real));
	}
	if (!err)
		spread(c, b, sequence, steps, c->unary.at, c->logits.at);
	return err;
}

/* The gradient that was summed up is that of the likelihood, which the loss is minus. */
static void add_gradient(struct NN(crf) *c, const struct NN(output_rows) *rows)
{
	const size_t n = c->tags, width = rows->width;
	real *transition = NN(param_gradient)(c->output.node, rows->gradient, TRANSITION);
	for (size_t i = 0; i < rows->rows * n; i++)
		c->logits.at[i] = -c->logits.at[i];
	for (size_t i = 0; i < (n + 2) * n; i++)
		transition[i] -= c->sums.at[i];
	NN(gemm_nn)(rows->rows, width, n, c->logits.at, n, rows->weight, width, 0, rows->d_x,
		width);
	real beta = NN(gradient_write)(rows->gradient, rows->weight_param, NAN);
	NN(gemm_tn)(n, width, rows->rows, c->logits.at, n, rows->x, width, beta,
		rows->gradient->value + c->output.params->param[rows->weight_param].offset,
		width);
	if (rows->d_bias)
		c->output.kernels->add_rows(rows->d_bias, c->logits.at, n, rows->rows, n);
}

static enum wp_err train(void *self, const struct NN(pass) *pass, struct NN(value) *in,
	struct wp_nn_score *score)
{
	struct NN(crf) *c = self;
	struct NN(output_rows) rows = NN(output_rows_of)(&c->output, pass, in, score, true);
	enum wp_err err = begin(c, pass, &rows);
	if (err)
		return err;
	memset(c->sums.at, 0, (c->tags + 2) * c->tags * sizeof(real));
	for (int s = 0; s < pass->batch->sequences && !err; s++)
		err = train_sequence(c, pass->batch, s, score);
	if (!err)
		add_gradient(c, &rows);
	return err;
}

/* The loss of a sequence, and how many of its best tags are right. */
static enum wp_err score_sequence(struct NN(crf) *c, const struct NN(batch) *b, int sequence,
	int steps, double log_z, struct wp_nn_score *score)
{
	if (!get_tags(c, b, sequence, steps))
		return WP_OK;
	score->loss += log_z -
		CHAIN(_score)(c->chain, c->unary.at, c->tags, (size_t)steps, NULL, c->tag);
	enum wp_err err = CHAIN(_viterbi)(
		c->chain, c->work, c->unary.at, c->tags, (size_t)steps, NULL, c->tag, NULL);
	for (int t = 0; t < steps && !err; t++)
		score->correct += c->tag[t] == b->classes[b->begin[t] + (size_t)sequence];
	score->targets += (uint64_t)steps;
	return err;
}

static enum wp_err predict(void *self, const struct NN(pass) *pass, const struct NN(value) *in,
	real *outputs, struct wp_nn_score *score)
{
	struct NN(crf) *c = self;
	const struct NN(batch) *b = pass->batch;
	struct NN(output_rows) rows = NN(output_rows_of)(&c->output, pass, in, score, false);
	enum wp_err err = begin(c, pass, &rows);
	for (int s = 0; s < b->sequences && !err; s++) {
		const int steps = NN(batch_length)(b, s);
		double log_z = 0;
		gather(c, b, s, steps);
		if (score && b->classes) {
			err = CHAIN(_marginals)(c->chain, c->work, c->unary.at, c->tags,
				(size_t)steps, NULL, NULL, 0, NULL, &log_z);
			if (!err)
				err = score_sequence(c, b, s, steps, log_z, score);
		}
		if (err || !outputs)
			continue;
		err = CHAIN(_marginals)(c->chain, c->work, c->unary.at, c->tags, (size_t)steps,
			NULL, c->unary.at, c->tags, NULL, &log_z);
		for (size_t i = 0; i < (size_t)steps * c->tags; i++)
			c->unary.at[i] = (real)log((double)c->unary.at[i]);
		spread(c, b, s, steps, c->unary.at, outputs);
	}
	return err;
}

/* The best sequences of one, in c->tag and c->found_score: *found of them. */
static enum wp_err find_best(
	struct NN(crf) *c, int steps, size_t count, bool probable, size_t *found)
{
	const size_t n = c->tags;
	double log_z = 0;
	*found = 1;
	if (count == 1 && !probable)
		return CHAIN(_viterbi)(c->chain, c->work, c->unary.at, n, (size_t)steps, NULL,
			c->tag, c->found_score);
	enum wp_err err = CHAIN(_best)(c->chain, c->work, c->unary.at, n, (size_t)steps, NULL,
		count, c->tag, c->found_score, found);
	if (!err && probable)
		err = CHAIN(_marginals)(c->chain, c->work, c->unary.at, n, (size_t)steps, NULL,
			NULL, 0, NULL, &log_z);
	for (size_t k = 0; k < *found; k++)
		c->found_score[k] -= log_z;
	return err;
}

static enum wp_err decode(void *self, const struct NN(pass) *pass, const struct NN(value) *in,
	size_t count, int32_t *best, double *logprob)
{
	struct NN(crf) *c = self;
	const struct NN(batch) *b = pass->batch;
	struct NN(output_rows) rows = NN(output_rows_of)(&c->output, pass, in, NULL, false);
	enum wp_err err = begin(c, pass, &rows);
	size_t tags;
	if (!err && !wp_mulsize(count, (size_t)b->steps, &tags))
		err = wp_fail(WP_ENOMEM, "tags: too many");
	if (!err)
		err = wp_grow(&c->tag, &c->tag_room, tags, sizeof *c->tag, "tags");
	if (!err)
		err = wp_grow(
			&c->found_score, &c->found_room, count, sizeof *c->found_score, "tags");
	for (int s = 0; s < b->sequences && !err; s++) {
		const int steps = NN(batch_length)(b, s);
		size_t found;
		gather(c, b, s, steps);
		err = find_best(c, steps, count, logprob != NULL, &found);
		for (size_t k = 0; k < count && !err; k++) {
			for (int t = 0; t < steps && k < found; t++)
				best[k * rows.rows + b->begin[t] + (size_t)s] =
					c->tag[k * (size_t)steps + (size_t)t];
			if (logprob)
				logprob[k * (size_t)b->sequences + (size_t)s] =
					k < found ? c->found_score[k] : -INFINITY;
		}
	}
	return err;
}

extern const struct wp_nn_output_ops wp_nn_crf_ops;
extern const struct wp_nn64_output_ops wp_nn64_crf_ops;
const struct NN(output_ops) NN(crf_ops) = {.life = {sizeof(struct NN(crf)), init, fini},
	.train = train,
	.predict = predict,
	.decode = decode};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct wp_nn_begin zeros = {0};
	if (node->in[0].pooled)
		return wp_fail(
			WP_EINVAL, "%s: tags each step, not the whole sequence", node->label);
	if (node->outputs > WP_CHAIN_TAGS_MAX)
		return wp_fail(WP_EINVAL, "%s: %zu tags, more than %d", node->label,
			node->outputs, WP_CHAIN_TAGS_MAX);
	enum wp_err err = wp_nn_output_plan(node, params, node->outputs, WP_NN_WRITTEN);
	return err ? err
		   : wp_nn_add_param(node, params, TRANSITION, "transition", node->outputs + 2,
			     node->outputs, WP_NN_BIAS, &zeros);
}

static bool needs_whole(const struct wp_nn_node *node)
{
	(void)node;
	return true;
}

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("elman 4, crf"),
	WP_NN_TAG_CASE("embedding 5, lstm 3 bidirectional, crf no-bias"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {WP_NN_OUTPUT_NO_BIAS, {.kind = WP_SETTING_END}};
static const struct wp_nn_output_settings defaults = {0};

WP_NN_OUTPUT_TYPE(crf, "crf", "a conditional random field over the tags of a sequence",
	.decodes = true, .needs_whole = needs_whole);
#endif
