/* Two types: dropout, of numbers, and word-dropout, of tokens. */
#include "nn/layers/dropout.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/core/config.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"

static struct wp_rng generator(const struct wp_nn_chance *chance, int place)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, chance->seed ^ 0x64726f706f757421, /* not the streams of sampling */
		chance->batch * WP_NN_PLACES + (uint64_t)place);
	return rng;
}

void NN(dropout_mask)(
	real *mask, size_t n, double share, const struct wp_nn_chance *chance, int place)
{
	enum { ALL = 1 << 16 };
	struct wp_rng rng = generator(chance, place);
	uint32_t dropped = (uint32_t)(share * ALL + 0.5);
	if (dropped >= ALL)
		dropped = ALL - 1;
	const real kept = (real)ALL / (real)(ALL - dropped);
	for (size_t i = 0; i < n;) {
		uint64_t bits = wp_rng_next(&rng);
		for (int k = 0; k < 4 && i < n; k++, i++, bits >>= 16)
			mask[i] = (bits & (ALL - 1)) < dropped ? 0 : kept;
	}
}

void NN(weight_mask)(
	real *mask, size_t n, double share, const struct wp_nn_chance *chance, int place)
{
	const struct wp_nn_chance of_weights = {
		chance->seed ^ 0x7765696768747321, chance->batch}; /* not those of the states */
	NN(dropout_mask)(mask, n, share, &of_weights, place);
}

real NN(word_factor)(
	double share, const struct wp_nn_chance *chance, size_t table, int32_t word)
{
	struct wp_rng rng;
	wp_rng_seed(&rng, chance->seed ^ 0x766563746f727321 ^ ((uint64_t)(uint32_t)word << 20),
		chance->batch * WP_NN_PLACES + table);
	return wp_rng_double(&rng) < share ? 0 : (real)(1 / (1 - share));
}

/* ---- Of numbers ---- */

struct NN(dropout) {
	WP_NN_NODE_AT_WORK;
	struct NN(array) x,
		mask; /* (rows, width); the mask (sequences, width) if variational */
};

static void fini(void *self)
{
	struct NN(dropout) *d = self;
	free(d->x.at);
	free(d->mask.at);
}

static bool is_active(const struct NN(dropout) *d, const struct NN(pass) *pass)
{
	return pass->chance &&
		WP_NN_SETTINGS(d->node, struct wp_nn_dropout_settings)->fraction > 0;
}

/* to = from . mask; to and from may be the same. */
static void apply_mask(const struct NN(dropout) *d, const struct NN(batch) *b, real *to,
	const real *from, size_t rows, size_t width)
{
	bool same = WP_NN_SETTINGS(d->node, struct wp_nn_dropout_settings)->variational;
	if (!same || d->node->in[0].pooled) {
		d->kernels->multiply(to, from, d->mask.at, rows * width);
		return;
	}
	for (int t = 0; t < b->steps; t++) {
		size_t at = b->begin[t] * width;
		d->kernels->multiply(
			to + at, from + at, d->mask.at, (size_t)b->active[t] * width);
	}
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(dropout) *d = self;
	const struct wp_nn_dropout_settings *s =
		WP_NN_SETTINGS(d->node, struct wp_nn_dropout_settings);
	const struct NN(batch) *b = pass->batch;
	out->x = in[0]->x;
	if (!is_active(d, pass))
		return WP_OK;
	size_t rows = s->variational ? (size_t)b->sequences : out->rows;
	const struct NN(want) want[] = {
		{&d->mask, rows, out->width}, {&d->x, out->rows, out->width}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	if (err)
		return err;
	NN(dropout_mask)(
		d->mask.at, rows * out->width, s->fraction, pass->chance, d->node->place);
	apply_mask(d, b, d->x.at, in[0]->x, out->rows, out->width);
	out->x = d->x.at;
	return WP_OK;
}

/* In place where nothing else reads what came in. */
static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(dropout) *d = self;
	const size_t n = out->rows * out->width;
	const real *d_out = out->d;
	if (!in[0]->d)
		return WP_OK;
	if (is_active(d, pass)) {
		apply_mask(d, pass->batch, out->d, out->d, out->rows, out->width);
		d_out = out->d;
	}
	if (in[0]->d == d_out)
		in[0]->d_begun = true;
	else if (NN(begin_d)(in[0]) > 0)
		d->kernels->add(in[0]->d, d_out, n);
	else
		memcpy(in[0]->d, d_out, n * sizeof *d_out);
	return WP_OK;
}

const struct NN(layer_ops) NN(dropout_ops) = {.life = {sizeof(struct NN(dropout)), NULL, fini},
	.forward = forward,
	.backward = backward};

/* ---- Of words ---- */

struct NN(word_dropout) {
	WP_NN_NODE_AT_WORK;
	int32_t *words;
	size_t words_room;
};

static void fini_words(void *self)
{
	free(((struct NN(word_dropout) *)self)->words);
}

/* Words that are not below the vocabulary's size have no count and stay. */
static enum wp_err forward_words(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(word_dropout) *d = self;
	const double a = WP_NN_SETTINGS(d->node, struct wp_nn_word_dropout_settings)->a;
	const int64_t *counts = d->context->input_counts; /* or NULL */
	out->ids = in[0]->ids;
	out->words = in[0]->words;
	if (!pass->chance || !(a > 0) || !counts)
		return WP_OK;
	enum wp_err err = wp_grow(
		&d->words, &d->words_room, out->rows, sizeof *d->words, "tokens of a batch");
	if (err)
		return err;
	struct wp_rng rng = generator(pass->chance, d->node->place);
	for (size_t r = 0; r < out->rows; r++) {
		int32_t word = in[0]->words[r];
		double x = wp_rng_double(&rng);
		d->words[r] = word;
		if (word >= 0 && (size_t)word < out->width &&
			x * (a + (double)counts[word]) < a)
			d->words[r] = d->node->unknown;
	}
	out->words = d->words;
	return WP_OK;
}

const struct NN(layer_ops) NN(word_dropout_ops) = {
	.life = {sizeof(struct NN(word_dropout)), NULL, fini_words}, .forward = forward_words};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: tokens are no numbers: for them, word-dropout",
			node->label);
	node->out = node->in[0];
	return WP_OK;
}

static bool is_random(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_dropout_settings)->fraction > 0;
}

static int one_place(const struct wp_nn_node *node)
{
	(void)node;
	return 1;
}

static void shorten(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	const struct wp_nn_dropout_settings *s =
		WP_NN_SETTINGS(node, struct wp_nn_dropout_settings);
	c->dropout = s->fraction;
	c->variational |= s->variational;
}

static const struct wp_nn_case cases[] = {
	WP_NN_LM_CASE("embedding 4, dropout 0.3, lstm 5, dropout 0.4, softmax"),
	WP_NN_TAG_CASE("embedding 4, dropout 0.3 variational, gru 5 bidirectional, "
		       "dropout 0.4 variational, elman 4, softmax"),
	WP_NN_CLASSIFY_CASE("lstm 5, pool last, dropout 0.5, softmax"),
	WP_NN_AT_END_CASE("elman 5, dropout, pool mean, squared-error"),
	WP_NN_CASES_END,
};
static const struct wp_setting settings[] = {
	WP_SET_REAL(0, "fraction", offsetof(struct wp_nn_dropout_settings, fraction), NULL, 0,
		0.999, "of the numbers"),
	WP_SET_FLAG(0, "variational", offsetof(struct wp_nn_dropout_settings, variational),
		"the same at all steps"),
	{.kind = WP_SETTING_END},
};
static const struct wp_nn_dropout_settings defaults = {.fraction = 0.5};

const struct wp_nn_type wp_nn_dropout_type = {.name = "dropout",
	.help = "in training, set a fraction of the numbers to zero",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.in_place = true,
	.cases = cases,
	.shorten = shorten,
	.step = &wp_nn_step_through,
	.plan = plan,
	.is_random = is_random,
	.places = one_place,
	.layer = &wp_nn_dropout_ops,
	.layer64 = &wp_nn64_dropout_ops};

static enum wp_err plan_words(struct wp_nn_node *node, struct wp_nn_params *params)
{
	(void)params;
	if (!node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads tokens, not numbers", node->label);
	if (node->unknown < 0)
		return wp_fail(WP_EINVAL, "%s: only for a vocabulary that has UNKNOWN_TOKEN",
			node->label);
	node->out = node->in[0];
	return WP_OK;
}

static bool is_random_words(const struct wp_nn_node *node)
{
	return WP_NN_SETTINGS(node, struct wp_nn_word_dropout_settings)->a > 0;
}

static void shorten_words(const struct wp_nn_node *node, struct wp_nn_config *c)
{
	c->word_dropout = WP_NN_SETTINGS(node, struct wp_nn_word_dropout_settings)->a;
}

static const struct wp_nn_case word_cases[] = {
	WP_NN_TAG_CASE("word-dropout 3, embedding 4 subwords=3, lstm 5, softmax"),
	WP_NN_LM_CASE("word-dropout, elman 5, softmax"),
	WP_NN_CASES_END,
};
static const struct wp_setting word_settings[] = {
	WP_SET_REAL(0, "a", offsetof(struct wp_nn_word_dropout_settings, a), NULL, 0, 1e6,
		"read a word that occurs n times as UNKNOWN_TOKEN with probability A / (A + n)"),
	{.kind = WP_SETTING_END},
};
static const struct wp_nn_word_dropout_settings word_defaults = {.a = 0.25};

const struct wp_nn_type wp_nn_word_dropout_type = {.name = "word-dropout",
	.help = "in training, read rare words as unknown (Kiperwasser & Goldberg 2016)",
	.settings = word_settings,
	.defaults = &word_defaults,
	.settings_size = sizeof word_defaults,
	.cases = word_cases,
	.shorten = shorten_words,
	.step = &wp_nn_step_through,
	.plan = plan_words,
	.is_random = is_random_words,
	.layer = &wp_nn_word_dropout_ops,
	.layer64 = &wp_nn64_word_dropout_ops};
#endif
