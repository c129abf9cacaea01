#include "nn/layers/alignment.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/matrix.h"
#include "nn/kernels/kernels.h"

static const real *param(const struct NN(alignment) *a, const real *theta, int which)
{
	return NN(param)(a->node, a->params, theta, a->first_param + which);
}

static real *d_param(const struct NN(alignment) *a, const struct NN(pass) *pass, int which)
{
	return pass->gradient
		? NN(param_gradient)(a->node, pass->gradient, a->first_param + which)
		: NULL;
}

void NN(alignment_fini)(struct NN(alignment) *a)
{
	struct NN(array) *all[] = {&a->value, &a->key, &a->d_value, &a->d_key, &a->query,
		&a->d_query, &a->weight, &a->d_score, &a->d_v};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
	free(a->first);
}

/* ---- The sources' rows ---- */

static size_t length_of(const struct NN(alignment) *a, int source)
{
	return a->first[source + 1] - a->first[source];
}

static enum wp_err find_sources(struct NN(alignment) *a)
{
	const struct NN(batch) *b = a->source;
	enum wp_err err = wp_grow(&a->first, &a->first_room, (size_t)b->sequences + 1,
		sizeof *a->first, "network");
	if (err)
		return err;
	memset(a->first, 0, ((size_t)b->sequences + 1) * sizeof *a->first);
	for (int t = 0; t < b->steps; t++)
		for (int s = 0; s < b->active[t]; s++)
			a->first[s + 1]++;
	for (int s = 0; s < b->sequences; s++)
		a->first[s + 1] += a->first[s];
	a->longest = (size_t)b->steps;
	return WP_OK;
}

/* Copy rows from the order of a batch to that of the sequences, or add them in the other
 * direction. */
static void gather(const struct NN(alignment) *a, real *to, const real *x, size_t width)
{
	const struct NN(batch) *b = a->source;
	for (int t = 0; t < b->steps; t++)
		for (size_t s = 0; s < (size_t)b->active[t]; s++)
			memcpy(to + (a->first[s] + (size_t)t) * width,
				x + (b->begin[t] + s) * width, width * sizeof *to);
}

static void scatter(const struct NN(alignment) *a, real *x, const real *from, size_t width)
{
	const struct NN(batch) *b = a->source;
	for (int t = 0; t < b->steps; t++)
		for (size_t s = 0; s < (size_t)b->active[t]; s++)
			a->kernels->add(x + (b->begin[t] + s) * width,
				from + (a->first[s] + (size_t)t) * width, width);
}

static const real *keys(const struct NN(alignment) *a)
{
	return a->kind == WP_NN_DOT ? a->value.at : a->key.at;
}

enum wp_err NN(alignment_begin)(
	struct NN(alignment) *a, const struct NN(pass) *pass, const struct NN(value) *states)
{
	const struct NN(batch) *b = pass->batch;
	const size_t rows = b->begin[b->steps], of = states->rows;
	a->source = b->source;
	a->source_of = b->source_of;
	enum wp_err err = b->same_source ? WP_OK : find_sources(a);
	const struct NN(want) want[] = {
		{&a->value, of, a->values},
		{&a->key, a->kind == WP_NN_DOT ? 0 : of, a->units},
		{&a->query, rows, a->units},
		{&a->weight, rows * a->heads, a->longest},
	};
	if (!err)
		err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err || b->same_source)
		return err;
	gather(a, a->value.at, states->x, a->values);
	if (a->kind != WP_NN_DOT)
		NN(gemm_nn)(of, a->units, a->values, a->value.at, a->values,
			param(a, pass->theta, WP_NN_ALIGN_KEY), a->units, 0, a->key.at,
			a->units);
	return WP_OK;
}

/* ---- Forward ---- */

static real *weights(const struct NN(alignment) *a, size_t row, size_t head)
{
	return a->weight.at + (row * a->heads + head) * a->longest;
}

const real *NN(alignment_weights)(const struct NN(alignment) *a, size_t row, size_t head)
{
	return weights(a, row, head);
}

/* Queries of the rows. */
static void make_queries(struct NN(alignment) *a, const struct NN(pass) *pass, size_t row,
	size_t count, const real *target, size_t ld)
{
	real *query = a->query.at + row * a->units;
	const real *bias = param(a, pass->theta, WP_NN_ALIGN_QUERY_BIAS);
	if (a->kind != WP_NN_ADDITIVE) {
		for (size_t r = 0; r < count; r++)
			memcpy(query + r * a->units, target + r * ld, a->units * sizeof *query);
		return;
	}
	NN(gemm_nn)(count, a->units, a->target, target, ld,
		param(a, pass->theta, WP_NN_ALIGN_QUERY), a->units, 0, query, a->units);
	for (size_t r = 0; r < count && bias; r++)
		a->kernels->add(query + r * a->units, bias, a->units);
}

void NN(alignment_attend)(struct NN(alignment) *a, const struct NN(pass) *pass, size_t row,
	size_t count, const real *target, size_t target_ld, real *context, size_t context_ld)
{
	const struct NN(alignment_kernels) *k = &a->kernels->align;
	const size_t n = a->units / a->heads, m = a->values / a->heads;
	const real *v = param(a, pass->theta, WP_NN_ALIGN_SCORE);
	make_queries(a, pass, row, count, target, target_ld);
	for (size_t r = 0; r < count; r++) {
		const int s = a->source_of[r];
		const size_t first = a->first[s], length = length_of(a, s);
		for (size_t h = 0; h < a->heads; h++) {
			const real *key = keys(a) + first * a->units + h * n;
			const real *query = a->query.at + (row + r) * a->units + h * n;
			real *weight = weights(a, row + r, h);
			if (a->kind == WP_NN_ADDITIVE)
				k->additive(weight, key, a->units, length, query, v + h * n, n);
			else
				k->dots(weight, key, a->units, length, query, n);
			a->kernels->softmax(weight, NULL, length);
			k->sum(context + r * context_ld + h * m, false, weight,
				a->value.at + first * a->values + h * m, a->values, length, m);
		}
	}
}

/* ---- Backward ---- */

enum wp_err NN(alignment_begin_back)(struct NN(alignment) *a, const struct NN(pass) *pass)
{
	const struct NN(batch) *b = pass->batch;
	const size_t rows = b->begin[b->steps], of = a->first[a->source->sequences];
	const bool own = a->kind != WP_NN_DOT;
	const struct NN(want) want[] = {
		{&a->d_value, of, a->values},
		{&a->d_key, own ? of : 0, a->units},
		{&a->d_query, rows, a->units},
		{&a->d_score, 1, a->longest},
		{&a->d_v, 1, a->units},
	};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	memset(a->d_value.at, 0, of * a->values * sizeof(real));
	if (own)
		memset(a->d_key.at, 0, of * a->units * sizeof(real));
	memset(a->d_query.at, 0, rows * a->units * sizeof(real));
	memset(a->d_v.at, 0, a->units * sizeof(real));
	return WP_OK;
}

/* d_score = the derivatives of the scores by those of the weights, which stand there. */
static void softmax_back(
	const struct NN(alignment) *a, const real *weight, real *d_score, size_t n)
{
	const real mean = a->kernels->dot(weight, d_score, n);
	for (size_t j = 0; j < n; j++)
		d_score[j] = weight[j] * (d_score[j] - mean);
}

/* A head of row `row` of the targets, whose source is s. */
static void head_back(struct NN(alignment) *a, const struct NN(pass) *pass, size_t row, int s,
	size_t h, const real *d_context)
{
	const struct NN(alignment_kernels) *k = &a->kernels->align;
	const size_t n = a->units / a->heads, m = a->values / a->heads;
	const size_t first = a->first[s], length = length_of(a, s);
	const size_t at_value = first * a->values + h * m, at_key = first * a->units + h * n;
	const real *weight = weights(a, row, h), *query = a->query.at + row * a->units + h * n;
	real *d_query = a->d_query.at + row * a->units + h * n, *d_score = a->d_score.at;
	real *d_keys = a->kind == WP_NN_DOT ? a->d_value.at : a->d_key.at;
	d_context += h * m;
	k->dots(d_score, a->value.at + at_value, a->values, length, d_context, m);
	softmax_back(a, weight, d_score, length);
	k->spread(a->d_value.at + at_value, a->values, length, weight, d_context, m);
	if (a->kind == WP_NN_ADDITIVE) {
		k->d_additive(d_score, a->key.at + at_key, a->units, length, query,
			param(a, pass->theta, WP_NN_ALIGN_SCORE) + h * n, n, d_keys + at_key,
			d_query, a->d_v.at + h * n);
	} else {
		k->sum(d_query, true, d_score, keys(a) + at_key, a->units, length, n);
		k->spread(d_keys + at_key, a->units, length, d_score, query, n);
	}
}

void NN(alignment_back)(struct NN(alignment) *a, const struct NN(pass) *pass, size_t row,
	size_t count, const real *d_context, size_t context_ld, real *d_target,
	size_t target_ld)
{
	for (size_t r = 0; r < count; r++)
		for (size_t h = 0; h < a->heads; h++)
			head_back(a, pass, row + r, a->source_of[r], h,
				d_context + r * context_ld);
	const real *d_query = a->d_query.at + row * a->units;
	if (!d_target)
		return;
	if (a->kind == WP_NN_ADDITIVE)
		NN(gemm_nt)(count, a->target, a->units, d_query, a->units,
			param(a, pass->theta, WP_NN_ALIGN_QUERY), a->units, 1, d_target,
			target_ld);
	for (size_t r = 0; r < count && a->kind != WP_NN_ADDITIVE; r++)
		a->kernels->add(d_target + r * target_ld, d_query + r * a->units, a->units);
}

void NN(alignment_end_back)(struct NN(alignment) *a, const struct NN(pass) *pass,
	const real *target, size_t target_ld, struct NN(value) *states)
{
	const struct NN(batch) *b = pass->batch;
	const size_t rows = b->begin[b->steps], of = a->first[a->source->sequences];
	const size_t n = a->units;
	real *d_query = d_param(a, pass, WP_NN_ALIGN_QUERY);
	real *d_bias = d_param(a, pass, WP_NN_ALIGN_QUERY_BIAS);
	real *d_key = d_param(a, pass, WP_NN_ALIGN_KEY);
	real *d_v = d_param(a, pass, WP_NN_ALIGN_SCORE);
	if (d_query)
		NN(gemm_tn)(
			a->target, n, rows, target, target_ld, a->d_query.at, n, 1, d_query, n);
	if (d_bias)
		a->kernels->add_rows(d_bias, a->d_query.at, n, rows, n);
	if (d_v)
		a->kernels->add(d_v, a->d_v.at, n);
	if (d_key)
		NN(gemm_tn)(
			a->values, n, of, a->value.at, a->values, a->d_key.at, n, 1, d_key, n);
	if (!states->d)
		return;
	if (a->kind != WP_NN_DOT)
		NN(gemm_nt)(of, a->values, n, a->d_key.at, n,
			param(a, pass->theta, WP_NN_ALIGN_KEY), n, 1, a->d_value.at, a->values);
	if (!(NN(begin_d)(states) > 0))
		memset(states->d, 0, of * a->values * sizeof(real));
	scatter(a, states->d, a->d_value.at, a->values);
}

#ifndef WP_NN_F64
const char *const wp_nn_score_kinds[] = {"additive", "dot", "general", NULL};

enum wp_err wp_nn_alignment_plan(struct wp_nn_node *node, struct wp_nn_params *params,
	enum wp_nn_score_kind kind, size_t target, size_t units, size_t heads,
	const struct wp_nn_shape *states, int first_param)
{
	const size_t values = states->width;
	if (states->tokens || states->pooled || !states->source)
		return wp_fail(WP_EINVAL,
			"%s: attends to the states of a source's steps, which the last item "
			"that it reads is to be",
			node->label);
	if (units > 0 && units != target && kind != WP_NN_ADDITIVE)
		return wp_fail(WP_EINVAL, "%s: align is for the score additive", node->label);
	units = units > 0 ? units : target;
	if (kind == WP_NN_DOT && values != target)
		return wp_fail(WP_EINVAL,
			"%s: dot: a row of the target has %zu numbers, and one of the source %zu: "
			"'general' makes them alike",
			node->label, target, values);
	if (units % heads || values % heads)
		return wp_fail(WP_EINVAL,
			"%s: %zu heads do not divide rows of %zu and %zu numbers", node->label,
			heads, units, values);
	const bool additive = kind == WP_NN_ADDITIVE;
	const struct {
		const char *name;
		bool has;
		size_t rows, cols;
		unsigned flags;
		size_t fan_in;
	} all[] = {
		{"query", additive, target, units, 0, target},
		{"query_bias", additive, 1, units, WP_NN_BIAS, target},
		{"key", kind != WP_NN_DOT, values, units, 0, values},
		{"score", additive, 1, units, 0, units},
	};
	enum wp_err err = WP_OK;
	for (int i = 0; i < WP_NN_ALIGN_PARAMS && !err; i++)
		if (all[i].has)
			err = wp_nn_add_param(node, params, first_param + i, all[i].name,
				all[i].rows, all[i].cols, all[i].flags,
				&(struct wp_nn_begin){.fan_in = all[i].fan_in});
	return err;
}
#endif
