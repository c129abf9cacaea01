/* A vector for each token out of its characters: a convolution over them, and the maximum of
 * each unit over the word (dos Santos & Zadrozny 2014; Ma & Hovy 2016):
 *
 *	y = f(max over t of (sum over k of e(c_{t + k - b}) W_k) + b')
 *
 * with `width` characters k, b of them before t, and zeros beyond either end of the word.  f
 * grows with what it gets, so that it may come after the maximum.  The characters are those of
 * the vocabulary's words and of those that it lacks (text/subword.h); a word without any, such
 *as UNKNOWN_TOKEN, has f(b').  Parameters: characters (rows, dim), of which the first 128 are
 * ASCII's and the others are hashed into the rest; weight (dim, width x units), bias (units).
 *
 * e(c) W_k is made once for each character of a batch, and y once for each word of it: what is
 * left to do for a place in a word is to add up `width` rows. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/config.h"
#include "nn/core/layer.h"
#include "nn/core/matrix.h"
#include "nn/core/step.h"
#include "nn/kernels/kernels.h"
#include "nn/layers/activation.h"

enum { CHARACTERS, WEIGHT, BIAS };
enum { ASCII = 128 };

struct settings {
	size_t units, dim, width, rows;
	int function; /* enum wp_nn_function */
};

/* What follows is of a batch. */
struct NN(char_conv) {
	WP_NN_NODE_AT_WORK;
	const struct settings *settings;
	/* Its characters: rows of the table. */
	int32_t *used;   /* (used_count)                                            */
	int32_t *number; /* (settings->rows): its place there; negative: none       */
	size_t used_count, used_room;
	/* Its words. */
	int32_t *word;        /* (word_count): ids                                   */
	int32_t *word_number; /* (all ids): its place there; negative: none          */
	size_t word_count, word_room, ids;
	struct NN(array) vectors, products; /* (used_count, dim), (used_count, width units) */
	struct NN(array) y, d_y;            /* (word_count, units)                    */
	struct NN(array) x;                 /* (rows, units)                          */
	struct NN(array) sum;               /* (units)                                */
	struct NN(array) d_products, d_vectors;
	int32_t *from; /* (word_count, units): the place of each maximum; negative: none */
	size_t from_room;
};

static void fini(void *self)
{
	struct NN(char_conv) *c = self;
	struct NN(array) *all[] = {&c->vectors, &c->products, &c->y, &c->d_y, &c->x, &c->sum,
		&c->d_products, &c->d_vectors};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->at);
	free(c->used);
	free(c->number);
	free(c->word);
	free(c->word_number);
	free(c->from);
}

static enum wp_err fill(int32_t **list, size_t count)
{
	enum wp_err err = wp_alloc(list, count ? count : 1, sizeof **list, "characters");
	if (!err)
		memset(*list, 0xff, count * sizeof **list); /* -1 */
	return err;
}

static enum wp_err init(void *self)
{
	struct NN(char_conv) *c = self;
	c->settings = WP_NN_SETTINGS(c->node, struct settings);
	c->ids = c->context->subwords ? c->context->subwords->words : 0;
	enum wp_err err = fill(&c->number, c->settings->rows);
	return err ? err : fill(&c->word_number, c->ids);
}

/* The row of a character. */
static int32_t row_of(uint32_t character, size_t rows)
{
	if (character < ASCII)
		return (int32_t)character;
	return (int32_t)(ASCII + (character * 2654435761u >> 3) % (rows - ASCII));
}

static size_t length_of(const struct wp_subwords *words, int32_t id)
{
	return words ? words->first[id + 1] - words->first[id] : 0;
}

/* Forget the last batch, and list the words and characters of this one. */
static enum wp_err list(struct NN(char_conv) *c, const int32_t *ids, size_t rows)
{
	const struct wp_subwords *words = c->context->subwords;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < c->word_count && c->ids; i++)
		c->word_number[c->word[i]] = -1;
	for (size_t i = 0; i < c->used_count; i++)
		c->number[c->used[i]] = -1;
	c->word_count = c->used_count = 0;
	for (size_t r = 0; r < rows && words && !err; r++) {
		if (c->word_number[ids[r]] >= 0)
			continue;
		const size_t length = length_of(words, ids[r]);
		err = wp_grow(&c->word, &c->word_room, c->word_count + 1, sizeof *c->word,
			"words of a batch");
		if (!err)
			err = wp_grow(&c->used, &c->used_room, c->used_count + length,
				sizeof *c->used, "characters of a batch");
		if (err)
			break;
		c->word_number[ids[r]] = (int32_t)c->word_count;
		c->word[c->word_count++] = ids[r];
		for (size_t i = 0; i < length; i++) {
			const int32_t row = row_of(
				words->character[words->first[ids[r]] + i], c->settings->rows);
			if (c->number[row] >= 0)
				continue;
			c->number[row] = (int32_t)c->used_count;
			c->used[c->used_count++] = row;
		}
	}
	return err;
}

/* Row of the products for place t + k - before of a word; negative: beyond its ends. */
static int32_t product_at(
	const struct NN(char_conv) *c, int32_t id, size_t length, size_t t, size_t k)
{
	const struct wp_subwords *words = c->context->subwords;
	const size_t before = (c->settings->width - 1) / 2;
	if (t + k < before || t + k - before >= length)
		return -1;
	return c->number[row_of(
		words->character[words->first[id] + t + k - before], c->settings->rows)];
}

/* The maxima of a word, without f. */
static void pool_word(
	struct NN(char_conv) *c, int32_t id, const real *bias, real *y, int32_t *from)
{
	const size_t units = c->settings->units, width = c->settings->width;
	const size_t length = length_of(c->context->subwords, id);
	real *sum = c->sum.at;
	if (length == 0)
		memset(y, 0, units * sizeof *y);
	for (size_t i = 0; i < units; i++)
		from[i] = length == 0 ? -1 : 0;
	for (size_t t = 0; t < length; t++) {
		real *to = t == 0 ? y : sum;
		memset(to, 0, units * sizeof *to);
		for (size_t k = 0; k < width; k++) {
			const int32_t row = product_at(c, id, length, t, k);
			if (row >= 0)
				c->kernels->add(to,
					c->products.at + ((size_t)row * width + k) * units,
					units);
		}
		for (size_t i = 0; i < units && t > 0; i++)
			from[i] = sum[i] > y[i] ? (int32_t)t : from[i];
		for (size_t i = 0; i < units && t > 0; i++)
			y[i] = sum[i] > y[i] ? sum[i] : y[i];
	}
	c->kernels->add(y, bias, units);
}

static enum wp_err reserve(struct NN(char_conv) *c, size_t rows)
{
	const struct settings *s = c->settings;
	const struct NN(want) want[] = {{&c->vectors, c->used_count, s->dim},
		{&c->products, c->used_count, s->width * s->units},
		{&c->y, c->word_count, s->units}, {&c->d_y, c->word_count, s->units},
		{&c->x, rows, s->units}, {&c->sum, 1, s->units},
		{&c->d_products, c->used_count, s->width * s->units},
		{&c->d_vectors, c->used_count, s->dim}};
	enum wp_err err = NN(reserve_all)(want, sizeof want / sizeof *want);
	return err ? err
		   : wp_grow(&c->from, &c->from_room, c->word_count * s->units, sizeof *c->from,
			     "characters of a batch");
}

static enum wp_err forward(void *self, const struct NN(pass) *pass,
	const struct NN(value) *const in[], struct NN(value) *out)
{
	struct NN(char_conv) *c = self;
	const size_t dim = c->settings->dim, units = c->settings->units;
	const size_t products = c->settings->width * units;
	const enum wp_nn_function f = (enum wp_nn_function)c->settings->function;
	const real *table = NN(param)(c->node, c->params, pass->theta, CHARACTERS);
	const real *bias = NN(param)(c->node, c->params, pass->theta, BIAS);
	enum wp_err err = list(c, in[0]->ids, out->rows);
	if (!err)
		err = reserve(c, out->rows);
	if (err)
		return err;
	for (size_t i = 0; i < c->used_count; i++)
		memcpy(c->vectors.at + i * dim, table + (size_t)c->used[i] * dim,
			dim * sizeof *table);
	NN(gemm_nn)(c->used_count, products, dim, c->vectors.at, dim,
		NN(param)(c->node, c->params, pass->theta, WEIGHT), products, 0, c->products.at,
		products);
	for (size_t i = 0; i < c->word_count; i++)
		pool_word(c, c->word[i], bias, c->y.at + i * units, c->from + i * units);
	NN(activate)(c->kernels, f, c->y.at, c->y.at, c->word_count, units);
	for (size_t r = 0; r < out->rows; r++)
		memcpy(c->x.at + r * units,
			c->y.at + (size_t)c->word_number[in[0]->ids[r]] * units,
			units * sizeof *bias);
	out->x = c->x.at;
	return WP_OK;
}

/* The products' derivatives, each where a maximum came from. */
static void backward_word(struct NN(char_conv) *c, size_t word)
{
	const size_t units = c->settings->units, width = c->settings->width;
	const size_t length = length_of(c->context->subwords, c->word[word]);
	const real *d = c->d_y.at + word * units;
	for (size_t i = 0; i < units && length > 0; i++)
		for (size_t k = 0; k < width; k++) {
			const int32_t row = product_at(
				c, c->word[word], length, (size_t)c->from[word * units + i], k);
			if (row >= 0)
				c->d_products.at[((size_t)row * width + k) * units + i] += d[i];
		}
}

static enum wp_err backward(void *self, const struct NN(pass) *pass,
	struct NN(value) *const in[], const struct NN(value) *out)
{
	struct NN(char_conv) *c = self;
	struct NN(gradient) *gradient = pass->gradient;
	const size_t dim = c->settings->dim, units = c->settings->units;
	const size_t products = c->settings->width * units;
	if (!gradient)
		return WP_OK;
	memset(c->d_y.at, 0, c->word_count * units * sizeof(real));
	memset(c->d_products.at, 0, c->used_count * products * sizeof(real));
	for (size_t r = 0; r < out->rows; r++)
		c->kernels->add(c->d_y.at + (size_t)c->word_number[in[0]->ids[r]] * units,
			out->d + r * units, units);
	NN(derive)
	(c->kernels, (enum wp_nn_function)c->settings->function, c->y.at, c->y.at, c->d_y.at,
		c->d_y.at, c->word_count, units);
	for (size_t i = 0; i < c->word_count; i++)
		backward_word(c, i);
	c->kernels->add_rows(NN(param_gradient)(c->node, gradient, BIAS), c->d_y.at, units,
		c->word_count, units);
	NN(gemm_tn)(dim, products, c->used_count, c->vectors.at, dim, c->d_products.at,
		products, 1, NN(param_gradient)(c->node, gradient, WEIGHT), products);
	NN(gemm_nt)(c->used_count, dim, products, c->d_products.at, products,
		NN(param)(c->node, c->params, pass->theta, WEIGHT), products, 0,
		c->d_vectors.at, dim);
	for (size_t i = 0; i < c->used_count; i++)
		c->kernels->add(
			NN(gradient_touch)(gradient, c->node->param[CHARACTERS], c->used[i]),
			c->d_vectors.at + i * dim, dim);
	return WP_OK;
}

extern const struct wp_nn_layer_ops wp_nn_char_conv_ops;
extern const struct wp_nn64_layer_ops wp_nn64_char_conv_ops;
const struct NN(layer_ops)
	NN(char_conv_ops) = {.life = {sizeof(struct NN(char_conv)), init, fini},
		.forward = forward,
		.backward = backward};

#ifndef WP_NN_F64
static enum wp_err plan(struct wp_nn_node *node, struct wp_nn_params *params)
{
	const struct settings *s = WP_NN_SETTINGS(node, struct settings);
	const struct wp_nn_begin vector = {.fan_in = s->dim, .table = 1};
	const struct wp_nn_begin weight = {.fan_in = s->dim * s->width};
	if (!node->in[0].tokens)
		return wp_fail(WP_EINVAL, "%s: reads tokens, not numbers", node->label);
	if (!wp_nn_in_place((enum wp_nn_function)s->function))
		return wp_fail(WP_EINVAL, "%s: activation %s: does not grow with its argument",
			node->label, wp_nn_functions[s->function]);
	node->out = (struct wp_nn_shape){.width = s->units};
	enum wp_err err = wp_nn_add_param(
		node, params, CHARACTERS, "characters", s->rows, s->dim, WP_NN_LOOKUP, &vector);
	if (!err)
		err = wp_nn_add_param(node, params, WEIGHT, "weight", s->dim,
			s->width * s->units, 0, &weight);
	return err
		? err
		: wp_nn_add_param(node, params, BIAS, "bias", 1, s->units, WP_NN_BIAS, &weight);
}

/* The node itself, on one row. */
static enum wp_err prepare(struct wp_nn_stepper *s)
{
	struct wp_nn_char_conv *c;
	enum wp_err err = wp_alloc(&c, 1, sizeof *c, "characters");
	if (err)
		return err;
	s->own = c;
	c->node = s->node;
	c->params = s->params;
	c->context = s->context;
	c->kernels = s->kernels;
	return init(c);
}

static void finish(struct wp_nn_stepper *s)
{
	if (s->own)
		fini(s->own);
	free(s->own);
}

static void step(struct wp_nn_stepper *s, const struct wp_nn_row *const in[],
	const float *const before[], float *const after[], struct wp_nn_row *out)
{
	const struct wp_nn_pass pass = {.theta = s->theta};
	const struct wp_nn_value token = {.rows = 1, .ids = &in[0]->id}, *ins[] = {&token};
	struct wp_nn_value y = {.rows = 1, .width = s->node->out.width};
	(void)before, (void)after;
	memset(out->to, 0, y.width * sizeof *out->to);
	if (forward(s->own, &pass, ins, &y) == WP_OK)
		memcpy(out->to, y.x, y.width * sizeof *out->to);
	out->x = out->to;
}

static const struct wp_nn_step_ops step_ops = {
	.prepare = prepare, .finish = finish, .step = step};

static const struct wp_nn_case cases[] = {
	WP_NN_TAG_CASE("char-conv 5 dim=4, lstm 3, softmax"),
	WP_NN_TAG_CASE("w=word-dropout, e=embedding 3 subwords=5 from w, c=char-conv 4 dim=3 "
		       "width=2 relu from w, concat from e+c, elman 4 bidirectional, crf"),
	WP_NN_LM_CASE("char-conv 6 dim=3 rows=600 width=4 linear, elman 4, softmax"),
	WP_NN_CASES_END,
};
#define AT(member) offsetof(struct settings, member)
static const struct wp_setting settings[] = {
	WP_SET_SIZE(0, "units", AT(units), NULL, 1, 65536, "numbers that come out"),
	WP_SET_SIZE(0, "dim", AT(dim), NULL, 1, 65536, "numbers of a character's vector"),
	WP_SET_SIZE(0, "width", AT(width), NULL, 1, 100, "characters of a window"),
	WP_SET_SIZE(0, "rows", AT(rows), NULL, ASCII + 1, 2000000,
		"vectors of characters: beyond ASCII, they are hashed"),
	WP_SET_CHOICE(0, "activation", AT(function), NULL, wp_nn_functions,
		"what the maxima go through"),
	{.kind = WP_SETTING_END},
};
#undef AT
static const struct settings defaults = {
	.units = 50, .dim = 25, .width = 3, .rows = 500, .function = WP_NN_F_TANH};
_Static_assert(sizeof defaults <= WP_NN_SETTINGS_SIZE, "room for settings");

const struct wp_nn_type wp_nn_char_conv_type = {.name = "char-conv",
	.help = "a vector for each token out of its characters (Ma & Hovy 2016)",
	.settings = settings,
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.characters = true,
	.plan = plan,
	.cases = cases,
	.step = &step_ops,
	.layer = &wp_nn_char_conv_ops,
	.layer64 = &wp_nn64_char_conv_ops};
#endif
