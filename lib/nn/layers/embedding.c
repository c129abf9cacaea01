/* A vector for each token: the row of a table, plus those of the parts of the word in a table
 * of subwords, and of the n-grams of tokens that end with it, hashed into a table (Joulin et
 * al. 2017, Bag of tricks for efficient text classification).  Parameters: LABEL (tokens, dim),
 * `subword` (subwords, dim), and LABEL.ngram (buckets, dim). */
#include "nn/layers/embedding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/step.h"
#include "nn/layers/dropout.h"
#include "stream/stored.h"

/* Tokens of the longest n-gram, but for its last one. */
static size_t ngrams_before(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_embedding_settings)->ngrams - 1;
}

struct NN(embedding) {
	WP_NN_NODE_AT_WORK;
	const struct wp_subwords *subwords; /* or NULL */
	size_t dim;
	size_t before;   /* tokens of the longest n-gram, but for its last one */
	int32_t *bucket; /* (rows, before): of the n-grams; negative: none    */
	size_t bucket_room;
	/* Of means: rows of the table and of that of n-grams, sequence by sequence. */
	struct bag {
		int32_t *row;
		size_t *end; /* (sequences): where its rows end */
		size_t row_room, end_room;
	} bag[2];
	struct NN(array) x;
	struct NN(array) factor, d_x; /* of dropout: (rows), and (dim) */
};

static void fini(void *self)
{
	struct NN(embedding) *e = self;
	free(e->x.at);
	free(e->factor.at);
	free(e->d_x.at);
	free(e->bucket);
	for (int i = 0; i < 2; i++) {
		free(e->bag[i].row);
		free(e->bag[i].end);
	}
}

static enum wp_err init(void *self)
{
	struct NN(embedding) *e = self;
	if (e->node->param[WP_NN_EMBEDDING_SUBWORDS] != WP_NN_NONE)
		e->subwords = e->context->subwords;
	e->dim = e->node->out.width;
	e->before = ngrams_before(e->node);
	if (e->before > 0 && e->node->in[0].width >= 1 << 24) /* states are floats */
		return wp_fail(
			WP_EINVAL, "%s: ngrams: of fewer than 2^24 tokens", e->node->label);
	return WP_OK;
}

static bool drops(const struct NN(embedding) *e, const struct NN(pass) *pass)
{
	return pass->chance &&
		WP_NN_SETTINGS(e->node, struct wp_nn_embedding_settings)->dropout > 0;
}

/* What stands in the place of dropped words is zero, in all of their places. */
static enum wp_err drop(
	struct NN(embedding) *e, const struct NN(pass) *pass, const int32_t *ids, size_t rows)
{
	const double share = WP_NN_SETTINGS(e->node, struct wp_nn_embedding_settings)->dropout;
	const struct NN(want) want[] = {{&e->factor, rows, 1}, {&e->d_x, 1, e->dim}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	for (size_t r = 0; r < rows && !err; r++) {
		real factor = NN(word_factor)(
			share, pass->chance, e->node->param[WP_NN_EMBEDDING_TABLE], ids[r]);
		e->factor.at[r] = factor;
		for (size_t i = 0; i < e->dim; i++)
			e->x.at[r * e->dim + i] *= factor;
	}
	return err;
}

/* ---- N-grams ---- */

/* The hash of an n-gram, and of the one that has another token before it. */
static uint64_t longer(uint64_t hash, int32_t token)
{
	return (hash ^ (uint64_t)(uint32_t)token) * 0x9e3779b97f4a7c15u + 1;
}

static int32_t bucket_of(uint64_t hash, size_t buckets)
{
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
	return (int32_t)(((hash ^ hash >> 33) >> 32) * buckets >> 32);
}

/* bucket (before) = those of the n-grams that end with `token`, of 2 tokens, 3 and so on.
 * earlier[k]: the token k + 1 steps before; negative: none. */
static void find_buckets(
	int32_t token, const int32_t *earlier, size_t before, size_t buckets, int32_t *bucket)
{
	uint64_t hash = longer(0, token);
	for (size_t k = 0; k < before; k++) {
		if (token >= 0 && (token = earlier[k]) >= 0) {
			hash = longer(hash, token);
			bucket[k] = bucket_of(hash, buckets);
		} else {
			bucket[k] = -1;
		}
	}
}

/* The token `back` steps before step t of a sequence.  state (before): the last ones of the
 * sequence that this one continues, plus 1, oldest first, or NULL. */
static int32_t token_before(const struct NN(embedding) *e, const struct NN(batch) *b,
	const int32_t *words, const real *state, int t, int sequence, int back)
{
	if (t >= back)
		return words[b->begin[t - back] + (size_t)sequence];
	return state ? (int32_t)state[(int)e->before - (back - t)] - 1 : -1;
}

/* The buckets of all rows, and the state behind the last one. */
static enum wp_err find_all(
	struct NN(embedding) *e, const struct NN(batch) *b, const int32_t *words, real *state)
{
	enum { MOST = WP_NN_MOST_NGRAMS };
	const size_t buckets = e->params->param[e->node->param[WP_NN_EMBEDDING_NGRAMS]].rows;
	const size_t rows = b->begin[b->steps], before = e->before;
	int32_t earlier[MOST];
	enum wp_err err = wp_grow(&e->bucket, &e->bucket_room, rows * before, sizeof *e->bucket,
		"n-grams of a batch");
	for (int s = 0; s < b->sequences && !err; s++, state += before) {
		const real *past = b->continues ? state : NULL;
		const int length = NN(batch_length)(b, s);
		for (int t = 0; t < length; t++) {
			const size_t row = b->begin[t] + (size_t)s;
			for (int k = 0; k < (int)before; k++)
				earlier[k] = token_before(e, b, words, past, t, s, k + 1);
			find_buckets(
				words[row], earlier, before, buckets, e->bucket + row * before);
		}
		for (int k = 0; k < (int)before; k++)
			earlier[k] = token_before(e, b, words, past, length, s, k + 1);
		for (size_t k = 0; k < before; k++)
			state[k] = (real)(earlier[before - 1 - k] + 1);
	}
	return err;
}

/* ---- Vectors ---- */

/* A parameter: where it is among all of them, or as its file has it, in single precision. */
struct table {
	const real *at; /* NULL: the node has none */
	const struct wp_stored *stored;
	const struct NN(kernels) *kernels;
	size_t dim;
};

static struct table table_of(const struct wp_nn_node *node, const struct wp_nn_params *params,
	const struct NN(kernels) *kernels, const real *theta, int slot)
{
	const size_t number = node->param[slot];
	return (struct table){.at = NN(param)(node, params, theta, slot),
		.stored = number == WP_NN_NONE ? NULL : params->param[number].stored,
		.kernels = kernels,
		.dim = node->out.width};
}

static void set_row(const struct table *t, size_t row, real *x)
{
#ifndef WP_NN_F64
	if (t->stored) {
		wp_stored_row(t->stored, row, x);
		return;
	}
#endif
	memcpy(x, t->at + row * t->dim, t->dim * sizeof *x);
}

static void add_row(const struct table *t, size_t row, real *x)
{
#ifndef WP_NN_F64
	if (t->stored) {
		wp_stored_add_row(t->stored, row, x);
		return;
	}
#endif
	t->kernels->add(x, t->at + row * t->dim, t->dim);
}

/* x = the token's vector, with those of its parts. */
static void look_up(const struct table *words, const struct table *parts,
	const struct wp_subwords *subwords, int32_t id, int32_t word, real *x)
{
	if (word >= 0)
		set_row(words, (size_t)word, x);
	else
		memset(x, 0, words->dim * sizeof *x);
	for (size_t i = subwords ? subwords->begin[id] : 0;
		subwords && i < subwords->begin[id + 1]; i++)
		add_row(parts, (size_t)subwords->part[i], x);
}

/* Buckets lie anywhere in memory: ask for them so many rows before they are needed. */
enum { AHEAD = 8 };
static void fetch(const real *ngrams, const int32_t *bucket, size_t before, size_t dim)
{
	for (size_t i = 0; i < before; i++)
		if (bucket[i] >= 0)
			__builtin_prefetch(ngrams + (size_t)bucket[i] * dim);
}

static void add_ngrams(
	const struct table *ngrams, const int32_t *bucket, size_t before, real *x)
{
	for (size_t i = 0; i < before; i++)
		if (bucket[i] >= 0)
			add_row(ngrams, (size_t)bucket[i], x);
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(embedding) *e = self;
	const size_t dim = e->dim;
	struct table table[3];
	for (int slot = 0; slot < 3; slot++)
		table[slot] = table_of(e->node, e->params, e->kernels, pass->theta, slot);
	const struct table *ngrams = &table[WP_NN_EMBEDDING_NGRAMS];
	enum wp_err err = NN(reserve)(&e->x, out->rows, dim, "network");
	if (!err && ngrams->at)
		err = find_all(e, pass->batch, in[0]->words, out->state[0]);
	if (err)
		return err;
	for (size_t r = 0; r < out->rows; r++)
		look_up(&table[WP_NN_EMBEDDING_TABLE], &table[WP_NN_EMBEDDING_SUBWORDS],
			e->subwords, in[0]->ids[r], in[0]->words[r], e->x.at + r * dim);
	for (size_t r = 0; r < out->rows && ngrams->at; r++) {
		if (r + AHEAD < out->rows && !ngrams->stored)
			fetch(ngrams->at, e->bucket + (r + AHEAD) * e->before, e->before, dim);
		add_ngrams(ngrams, e->bucket + r * e->before, e->before, e->x.at + r * dim);
	}
	out->x = e->x.at;
	return drops(e, pass) ? drop(e, pass, in[0]->ids, out->rows) : WP_OK;
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(embedding) *e = self;
	struct NN(gradient) *gradient = pass->gradient;
	const struct wp_subwords *subwords = e->subwords;
	const int32_t *words = in[0]->words, *ids = in[0]->ids;
	const size_t table = e->node->param[WP_NN_EMBEDDING_TABLE];
	const size_t parts = e->node->param[WP_NN_EMBEDDING_SUBWORDS];
	const size_t ngrams = e->node->param[WP_NN_EMBEDDING_NGRAMS];
	const bool train = !(e->params->param[table].flags & WP_NN_FROZEN);
	const bool dropped = drops(e, pass);
	if (!gradient)
		return WP_OK;
	const real *d_ngrams = NN(param_gradient)(e->node, gradient, WP_NN_EMBEDDING_NGRAMS);
	if (train)
		gradient->rows[table].squares = NAN; /* of a shared table: about to change */
	for (size_t r = 0; r < out->rows; r++) {
		if (e->before > 0 && r + AHEAD < out->rows)
			fetch(d_ngrams, e->bucket + (r + AHEAD) * e->before, e->before, e->dim);
		const real *dx = out->d + r * e->dim;
		if (dropped && e->factor.at[r] == 0)
			continue;
		for (size_t i = 0; i < e->dim && dropped; i++)
			e->d_x.at[i] = dx[i] * e->factor.at[r];
		dx = dropped ? e->d_x.at : dx;
		if (words[r] >= 0 && train)
			e->kernels->add(
				NN(gradient_touch)(gradient, table, words[r]), dx, e->dim);
		for (size_t i = subwords ? subwords->begin[ids[r]] : 0;
			subwords && i < subwords->begin[ids[r] + 1]; i++)
			e->kernels->add(NN(gradient_touch)(gradient, parts, subwords->part[i]),
				dx, e->dim);
		for (size_t i = 0; i < e->before; i++)
			if (e->bucket[r * e->before + i] >= 0)
				e->kernels->add(NN(gradient_touch)(gradient, ngrams,
							e->bucket[r * e->before + i]),
					dx, e->dim);
	}
	return WP_OK;
}

void NN(scatter)(const struct NN(kernels) *k, struct NN(gradient) *gradient, size_t param,
	const int32_t *ids, size_t rows, const real *d_out, size_t ld)
{
	size_t n = gradient->params->param[param].cols;
	for (size_t r = 0; r < rows; r++)
		k->add(NN(gradient_touch)(gradient, param, ids[r]), d_out + r * ld, n);
}

/* ---- The mean of each sequence: sums of rows of tables, with no row for each step ---- */

enum { WORDS, NGRAMS };

static enum wp_err reserve_bag(struct bag *bag, size_t rows, size_t sequences)
{
	enum wp_err err =
		wp_grow(&bag->row, &bag->row_room, rows + 1, sizeof *bag->row, "tokens");
	return err ? err
		   : wp_grow(&bag->end, &bag->end_room, sequences, sizeof *bag->end, "tokens");
}

/* The rows of a sequence, from *words and *ngrams on, and the state behind it. */
static void fill_bags(struct NN(embedding) *e, const struct NN(batch) *b, const int32_t *words,
	int sequence, size_t buckets, real *state, size_t *word, size_t *ngram)
{
	const int length = NN(batch_length)(b, sequence);
	const int before = (int)e->before;
	int32_t earlier[WP_NN_MOST_NGRAMS], bucket[WP_NN_MOST_NGRAMS];
	for (int k = 0; k < before; k++)
		earlier[k] = token_before(
			e, b, words, b->continues ? state : NULL, 0, sequence, k + 1);
	for (int t = 0; t < length; t++) {
		const int32_t token = words[b->begin[t] + (size_t)sequence];
		if (token >= 0)
			e->bag[WORDS].row[(*word)++] = token;
		if (before == 0)
			continue;
		find_buckets(token, earlier, e->before, buckets, bucket);
		for (int k = 0; k < before; k++)
			if (bucket[k] >= 0)
				e->bag[NGRAMS].row[(*ngram)++] = bucket[k];
		memmove(earlier + 1, earlier, (size_t)(before - 1) * sizeof *earlier);
		earlier[0] = token;
	}
	for (int k = 0; k < before; k++)
		state[k] = (real)(earlier[before - 1 - k] + 1);
	e->bag[WORDS].end[sequence] = *word;
	e->bag[NGRAMS].end[sequence] = *ngram;
}

static enum wp_err find_bags(
	struct NN(embedding) *e, const struct NN(batch) *b, const int32_t *words, real *state)
{
	const size_t rows = b->begin[b->steps], number = e->node->param[WP_NN_EMBEDDING_NGRAMS];
	const size_t buckets = e->before ? e->params->param[number].rows : 0;
	size_t word = 0, ngram = 0;
	enum wp_err err = reserve_bag(&e->bag[WORDS], rows, (size_t)b->sequences);
	if (!err)
		err = reserve_bag(&e->bag[NGRAMS], rows * e->before, (size_t)b->sequences);
	for (int s = 0; s < b->sequences && !err; s++)
		fill_bags(e, b, words, s, buckets, state ? state + (size_t)s * e->before : NULL,
			&word, &ngram);
	return err;
}

/* Those of a sequence. */
static struct wp_nn_runs rows_of_bag(const struct NN(embedding) *e, int which, int sequence)
{
	const struct bag *bag = &e->bag[which];
	const size_t begin = sequence > 0 ? bag->end[sequence - 1] : 0;
	return (struct wp_nn_runs){bag->row + begin, bag->end[sequence] - begin, e->dim};
}

static void add_bag(const struct table *t, const struct wp_nn_runs *rows, real *x)
{
	if (!t->stored)
		t->kernels->sum_rows(x, t->at, rows);
	for (size_t i = 0; i < rows->count && t->stored; i++)
		add_row(t, (size_t)rows->row[i], x);
}

static enum wp_err forward_mean(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	static const int slots[] = {WP_NN_EMBEDDING_TABLE, WP_NN_EMBEDDING_NGRAMS};
	struct NN(embedding) *e = self;
	const struct NN(batch) *b = pass->batch;
	enum wp_err err = NN(reserve)(&e->x, out->rows, e->dim, "network");
	if (!err)
		err = find_bags(e, b, in[0]->words, out->state[0]);
	if (err)
		return err;
	memset(e->x.at, 0, out->rows * e->dim * sizeof *e->x.at);
	for (int which = 0; which < 1 + (e->before > 0); which++) {
		const struct table table =
			table_of(e->node, e->params, e->kernels, pass->theta, slots[which]);
		for (int s = 0; s < b->sequences; s++) {
			const struct wp_nn_runs rows = rows_of_bag(e, which, s);
			add_bag(&table, &rows, e->x.at + (size_t)s * e->dim);
		}
	}
	for (int s = 0; s < b->sequences; s++)
		for (size_t i = 0; i < e->dim; i++)
			e->x.at[(size_t)s * e->dim + i] /= (real)NN(batch_length)(b, s);
	out->x = e->x.at;
	return WP_OK;
}

static enum wp_err backward_mean(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(embedding) *e = self;
	struct NN(gradient) *gradient = pass->gradient;
	const size_t param[] = {
		e->node->param[WP_NN_EMBEDDING_TABLE], e->node->param[WP_NN_EMBEDDING_NGRAMS]};
	enum wp_err err = NN(reserve)(&e->d_x, 1, e->dim, "network");
	(void)in;
	if (err || !gradient)
		return err;
	for (int s = 0; s < pass->batch->sequences; s++) {
		const int length = NN(batch_length)(pass->batch, s);
		for (size_t i = 0; i < e->dim; i++)
			e->d_x.at[i] = out->d[(size_t)s * e->dim + i] / (real)length;
		for (int which = 0; which < 1 + (e->before > 0); which++) {
			const struct wp_nn_runs rows = rows_of_bag(e, which, s);
			const struct wp_nn_param *p = &e->params->param[param[which]];
			if (p->flags & WP_NN_FROZEN)
				continue;
			NN(gradient_touch_all)(gradient, param[which], rows.row, rows.count);
			e->kernels->add_to_rows(gradient->value + p->offset, &rows, e->d_x.at);
		}
	}
	return WP_OK;
}

const struct NN(layer_ops)
	NN(embedding_mean_ops) = {.life = {sizeof(struct NN(embedding)), init, fini},
		.forward = forward_mean,
		.backward = backward_mean};

const struct NN(layer_ops)
	NN(embedding_ops) = {.life = {sizeof(struct NN(embedding)), init, fini},
		.forward = forward,
		.backward = backward};

#ifndef WP_NN_F64
/* A table that is an output's as well begins as other weights do.  One that a softmax over all
 * classes writes is never touched row by row. */
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct wp_nn_embedding_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_embedding_settings);
	const unsigned by_rows = WP_NN_LOOKUP | WP_NN_BY_ROWS;
	unsigned flags = (node->tied ? WP_NN_LOOKUP : by_rows) | (s->frozen ? WP_NN_FROZEN : 0);
	struct wp_nn_begin begin = {
		.fan_in = node->fan_in ? node->fan_in : s->dim, .table = node->tied ? 0 : 1};
	const struct wp_nn_begin nothing = {0}; /* n-grams never seen say nothing */
	bool first = strcmp(node->label, "embedding") == 0;
	if (!node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads tokens, not numbers", node->label);
	if (node->in[0].column && s->subwords)
		return wp_fail(WP_EINVAL, "%s: subwords: parts of words; this reads a column",
			node->label);
	if (node->tied && s->frozen)
		return wp_fail(
			WP_EINVAL, "%s: the output's weights cannot be frozen", node->label);
	if (node->tied && node->tied->type->writes_weights)
		flags = WP_NN_WRITTEN;
	enum wp_err err = wp_nn_add_param(node, params, WP_NN_EMBEDDING_TABLE, "",
		node->in[0].width, s->dim, flags, &begin);
	begin.table = 3; /* some of them are added up */
	node->out = (struct wp_nn_shape){.width = s->dim};
	if (!err && s->subwords && params)
		err = first ? wp_nn_params_add(params, "subword", s->subwords, s->dim, by_rows,
				      &begin, &node->param[WP_NN_EMBEDDING_SUBWORDS])
			    : wp_nn_add_param(node, params, WP_NN_EMBEDDING_SUBWORDS, "subword",
				      s->subwords, s->dim, by_rows, &begin);
	if (!err && s->ngrams > 1)
		err = wp_nn_add_param(node, params, WP_NN_EMBEDDING_NGRAMS, "ngram", s->buckets,
			s->dim, by_rows, &nothing);
	return err;
}

/* What n-grams need of the tokens before. */
static int states(const struct wp_nn_node *node, struct wp_nn_state *state)
{
	state[0] = (struct wp_nn_state){"tokens", ngrams_before(node)};
	return ngrams_before(node) > 0;
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	struct table table[3];
	for (int slot = 0; slot < 3; slot++)
		table[slot] = table_of(s->node, s->params, s->kernels, s->theta, slot);
	const struct table *parts = &table[WP_NN_EMBEDDING_SUBWORDS];
	const struct table *ngrams = &table[WP_NN_EMBEDDING_NGRAMS];
	look_up(&table[WP_NN_EMBEDDING_TABLE], parts, parts->at ? s->context->subwords : NULL,
		in[0]->id, in[0]->word, out->to);
	out->x = out->to;
	if (!ngrams->at)
		return;
	const size_t tokens = ngrams_before(s->node);
	int32_t earlier[WP_NN_MOST_NGRAMS], bucket[WP_NN_MOST_NGRAMS];
	for (size_t k = 0; k < tokens; k++)
		earlier[k] = (int32_t)before[0][tokens - 1 - k] - 1;
	find_buckets(in[0]->word, earlier, tokens,
		s->params->param[s->node->param[WP_NN_EMBEDDING_NGRAMS]].rows, bucket);
	add_ngrams(ngrams, bucket, tokens, out->to);
	memcpy(after[0], before[0] + 1, (tokens - 1) * sizeof *after[0]);
	after[0][tokens - 1] = (float)(in[0]->word + 1);
}

static const struct wp_nn_step_ops step_ops = {.step = step};

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	const struct wp_nn_embedding_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_embedding_settings);
	c->input = WP_NN_EMBEDDING;
	c->embedding = (int)s->dim;
	c->freeze = s->frozen;
	c->subwords = s->subwords;
}

static bool has_mean(const struct wp_nn_node *node)
{
	const struct wp_nn_embedding_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_embedding_settings);
	return s->subwords == 0 && s->dropout == 0;
}

static bool is_random(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_embedding_settings)->dropout > 0;
}

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("embedding 4 dropout=0.4, lstm 4, softmax tied"),
	WP_NN_TAG_CASE("embedding 4 subwords=3 dropout=0.4, lstm 5, softmax"),
	WP_NN_LM_CASE("embedding 4, lstm 5, softmax"),
	WP_NN_TAG_CASE("embedding 4 subwords=3, lstm 5, softmax"),
	WP_NN_TAG_CASE("embedding 4 subwords=3 frozen, lstm 5, softmax"),
	WP_NN_LM_CASE("embedding 4 frozen, gru 5, softmax"),
	WP_NN_TAG_CASE(
		"a=embedding 3, b=embedding 2 subwords=3 from input, concat from a+b, softmax"),
	WP_NN_TAG_CASE(
		"w=embedding 3 subwords=3 dropout=0.3, p=embedding 2 ngrams=2 buckets=30 "
		"from column.pos, concat from w+p, lstm 4 bidirectional, crf"),
	WP_NN_CLASSIFY_CASE("embedding 4 ngrams=2 buckets=50, mean, softmax"),
	WP_NN_LM_CASE("embedding 3 ngrams=4 buckets=600, elman 4, softmax"),
	WP_NN_CASES_END,
};

#define AT(member) offsetof(struct wp_nn_embedding_settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "dim", AT(dim), NULL, 1, 65536, "numbers of a vector"),
	WP_SET_FLAG(0, "frozen", AT(frozen), "not trained"),
	WP_SET_SIZE(0, "subwords", AT(subwords), NULL, 0, 100000000,
		"add vectors for parts of words, hashed into so many rows"),
	WP_SET_REAL(0, "dropout", AT(dropout), NULL, 0, 0.999,
		"in training, the fraction of words whose vectors are zero in a batch"),
	WP_SET_SIZE(0, "ngrams", AT(ngrams), NULL, 1, WP_NN_MOST_NGRAMS,
		"add vectors for the n-grams of so many tokens at most that end here"),
	WP_SET_SIZE(0, "buckets", AT(buckets), NULL, 1, 2000000000,
		"n-grams are hashed into so many rows"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct wp_nn_embedding_settings defaults = {
	.dim = 100, .ngrams = 1, .buckets = 200000};

const struct wp_nn_type wp_nn_embedding_type = {.name = "embedding",
	.help = "a vector for each token",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.tables_last = true,
	.table = true,
	.is_random = is_random,
	.plan = plan,
	.cases = cases,
	.shorten = shorten,
	.states = states,
	.step = &step_ops,
	.mean = &wp_nn_embedding_mean_ops,
	.mean64 = &wp_nn64_embedding_mean_ops,
	.has_mean = has_mean,
	.layer = &wp_nn_embedding_ops,
	.layer64 = &wp_nn64_embedding_ops};
#endif
