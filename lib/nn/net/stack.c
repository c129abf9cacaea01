#include "nn/net/stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/core/array.h"
#include "nn/layers/embedding.h"
#include "nn/layers/jordan.h"
#include "nn/kernels/kernels.h"

/* What goes into a layer, or from the last one into the head: (rows, width). */
struct link {
	size_t width;
	const real *x;         /* borrowed, or `own`                           */
	struct NN(array) own;  /* joined directions, looked-up vectors, masked */
	struct NN(array) mask; /* (rows, width), variational (sequences, width) */
	bool masked;
	struct NN(array) d; /* the derivative by it */
};

/* A layer's direction. */
struct lane {
	struct NN(layer) *layer;
	struct NN(array) mask;    /* (sequences, H), of recurrent dropout     */
	struct NN(array) d_state; /* (rows, H), where it is not the link's d  */
};

struct NN(stack) {
	const struct wp_nn_config *config;
	const struct wp_nn_params *params;
	const struct wp_subwords *subwords;
	const struct NN(kernels) *kernels;
	int layers, directions;
	size_t units;
	struct link *link;         /* (layers + 1)          */
	struct lane *lane;         /* (layers * directions) */
	struct NN(jordan) *jordan; /* in place of lanes     */
	size_t rows, sequences;    /* of the batch */
};

static struct lane *lane(const struct NN(stack) *s, int layer, int direction)
{
	return s->lane + layer * s->directions + direction;
}

static enum wp_err create_parts(struct NN(stack) *s)
{
	const struct wp_nn_config *c = s->config;
	size_t links = (size_t)s->layers + 1, lanes = (size_t)(s->layers * s->directions);
	enum wp_err err;
	if ((err = wp_alloc(&s->link, links, sizeof *s->link, "network")) ||
		(err = wp_alloc(&s->lane, lanes, sizeof *s->lane, "network")))
		return err;
	s->link[0].width = c->input == WP_NN_REAL ? c->inputs : (size_t)c->embedding;
	for (size_t i = 1; i < links; i++)
		s->link[i].width = wp_nn_width(c);
	if (c->cell == WP_NN_JORDAN)
		return NN(jordan_create)(&s->jordan, c, s->params);
	for (int layer = 0; layer < s->layers; layer++)
		for (int direction = 0; direction < s->directions; direction++)
			if ((err = NN(layer_create)(&lane(s, layer, direction)->layer, c,
				     s->params, layer, direction)))
				return err;
	return WP_OK;
}

enum wp_err NN(stack_create)(struct NN(stack) **stack, const struct wp_nn_config *config,
	const struct wp_nn_params *params, const struct wp_subwords *subwords)
{
	struct NN(stack) *s;
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, "network");
	*stack = NULL;
	if (err)
		return err;
	*s = (struct NN(stack)){
		.config = config,
		.params = params,
		.subwords = config->subwords ? subwords : NULL,
		.kernels = NN(kernels)(wp_cpu_isa()),
		.layers = config->layers,
		.directions = config->bidirectional ? 2 : 1,
		.units = (size_t)config->hidden,
	};
	if ((err = create_parts(s)))
		NN(stack_free)(s);
	else
		*stack = s;
	return err;
}

void NN(stack_free)(struct NN(stack) *s)
{
	if (!s)
		return;
	for (int i = 0; s->link && i <= s->layers; i++) {
		free(s->link[i].own.at);
		free(s->link[i].mask.at);
		free(s->link[i].d.at);
	}
	for (int i = 0; s->lane && i < s->layers * s->directions; i++) {
		NN(layer_free)(s->lane[i].layer);
		free(s->lane[i].mask.at);
		free(s->lane[i].d_state.at);
	}
	NN(jordan_free)(s->jordan);
	free(s->link);
	free(s->lane);
	free(s);
}

/* ---- Dropout ---- */

/* One-hot input is not thinned out: word dropout does that.  Nor are Jordan's outputs. */
static enum wp_err draw_mask(struct NN(stack) *s, int number, const struct wp_nn_chance *chance)
{
	struct link *link = &s->link[number];
	bool onehot = number == 0 && s->config->input == WP_NN_ONEHOT;
	link->masked = chance && s->config->dropout > 0 && !onehot &&
		!(s->jordan && number == s->layers);
	if (!link->masked)
		return WP_OK;
	size_t rows = s->config->variational ? s->sequences : s->rows;
	const struct NN(want) want = {&link->mask, rows, link->width};
	enum wp_err err = NN(reserve_all)(&want, 1);
	if (!err)
		NN(dropout_mask)
	(link->mask.at, rows * link->width, s->config->dropout, chance, number);
	return err;
}

static enum wp_err draw_recurrent_mask(
	struct NN(stack) *s, int layer, int direction, const struct wp_nn_chance *chance)
{
	struct lane *l = lane(s, layer, direction);
	const struct NN(want) want = {&l->mask, s->sequences, s->units};
	enum wp_err err = NN(reserve_all)(&want, 1);
	if (!err)
		NN(dropout_mask)
	(l->mask.at, s->sequences * s->units, s->config->recurrent_dropout, chance,
		s->layers + 1 + layer * s->directions + direction);
	return err;
}

/* to = from . mask; to and from may be the same. */
static void apply_mask(const struct NN(stack) *s, const struct link *link,
	const struct NN(batch) *b, real *to, const real *from)
{
	if (!s->config->variational) {
		s->kernels->multiply(to, from, link->mask.at, s->rows * link->width);
		return;
	}
	for (int t = 0; t < b->steps; t++) {
		size_t at = b->begin[t] * link->width;
		s->kernels->multiply(
			to + at, from + at, link->mask.at, (size_t)b->active[t] * link->width);
	}
}

/* ---- Forward ---- */

/* Give the link what it carries: `from` itself if nothing has to be done to it. */
static enum wp_err fill_link(struct NN(stack) *s, int number, const struct NN(batch) *b,
	const real *from, const struct wp_nn_chance *chance)
{
	struct link *link = &s->link[number];
	enum wp_err err = draw_mask(s, number, chance);
	link->x = from;
	if (err || !link->masked)
		return err;
	const struct NN(want) want = {&link->own, s->rows, link->width};
	if (from != link->own.at && (err = NN(reserve_all)(&want, 1)))
		return err;
	apply_mask(s, link, b, link->own.at, from);
	link->x = link->own.at;
	return WP_OK;
}

static enum wp_err read_input(struct NN(stack) *s, const real *theta, const struct NN(batch) *b,
	const int32_t *words, const struct wp_nn_chance *chance)
{
	struct link *link = &s->link[0];
	const real *x = b->values;
	if (s->config->input == WP_NN_EMBEDDING) {
		const struct NN(want) want = {&link->own, s->rows, link->width};
		enum wp_err err = NN(reserve_all)(&want, 1);
		if (err)
			return err;
		NN(embed)
		(s->kernels, link->own.at, theta, s->params, s->subwords, words, b->ids,
			s->rows);
		x = link->own.at;
	}
	return fill_link(s, 0, b, x, chance);
}

/* The states of both directions side by side, or those of the only one. */
static enum wp_err join(struct NN(stack) *s, int layer, const real **joined)
{
	struct link *link = &s->link[layer + 1];
	if (s->directions == 1) {
		*joined = NN(layer_activity)(lane(s, layer, 0)->layer).state;
		return WP_OK;
	}
	const struct NN(want) want = {&link->own, s->rows, link->width};
	enum wp_err err = NN(reserve_all)(&want, 1);
	if (err)
		return err;
	for (int d = 0; d < 2; d++) {
		const real *from = NN(layer_activity)(lane(s, layer, d)->layer).state;
		real *to = link->own.at + (size_t)d * s->units;
		for (size_t r = 0; r < s->rows; r++)
			memcpy(to + r * link->width, from + r * s->units,
				s->units * sizeof *to);
	}
	*joined = link->own.at;
	return WP_OK;
}

static struct NN(layer_input) layer_input(
	const struct NN(stack) *s, int layer, const int32_t *words)
{
	bool onehot = layer == 0 && s->config->input == WP_NN_ONEHOT;
	return (struct NN(layer_input)){.x = s->link[layer].x, .tokens = onehot ? words : NULL};
}

enum wp_err NN(stack_forward)(struct NN(stack) *s, const real *theta, const struct NN(batch) *b,
	const int32_t *words, const struct wp_nn_chance *chance)
{
	s->rows = b->begin[b->steps];
	s->sequences = (size_t)b->sequences;
	enum wp_err err = read_input(s, theta, b, words, chance);
	if (!err && s->jordan) {
		err = NN(jordan_forward)(s->jordan, theta, b, layer_input(s, 0, words));
		return err ? err : fill_link(s, 1, b, NN(jordan_logits)(s->jordan), chance);
	}
	bool masked = chance && s->config->recurrent_dropout > 0;
	for (int layer = 0; layer < s->layers && !err; layer++) {
		for (int d = 0; d < s->directions && !err; d++) {
			struct lane *l = lane(s, layer, d);
			if (masked)
				err = draw_recurrent_mask(s, layer, d, chance);
			if (!err)
				err = NN(layer_forward)(l->layer, theta, b,
					layer_input(s, layer, words),
					masked ? l->mask.at : NULL);
		}
		const real *joined;
		if (!err && !(err = join(s, layer, &joined)))
			err = fill_link(s, layer + 1, b, joined, chance);
	}
	return err;
}

const real *NN(stack_top)(const struct NN(stack) *s)
{
	return s->link[s->layers].x;
}

/* ---- Backward ---- */

static bool trains_input(const struct NN(stack) *s)
{
	return s->config->input == WP_NN_EMBEDDING && (!s->config->freeze || s->subwords);
}

enum wp_err NN(stack_d_top)(struct NN(stack) *s, real **d_top)
{
	const struct NN(want) want = {&s->link[s->layers].d, s->rows, s->link[s->layers].width};
	enum wp_err err = NN(reserve_all)(&want, 1);
	*d_top = s->link[s->layers].d.at;
	return err;
}

/* What a link says of the states of a direction of the layer below it. */
static enum wp_err split(struct NN(stack) *s, int layer, int direction, real **d_state)
{
	struct link *link = &s->link[layer + 1];
	struct lane *l = lane(s, layer, direction);
	*d_state = link->d.at;
	if (s->directions == 1)
		return WP_OK;
	const struct NN(want) want = {&l->d_state, s->rows, s->units};
	enum wp_err err = NN(reserve_all)(&want, 1);
	if (err)
		return err;
	const real *from = link->d.at + (size_t)direction * s->units;
	for (size_t r = 0; r < s->rows; r++)
		memcpy(l->d_state.at + r * s->units, from + r * link->width,
			s->units * sizeof *from);
	*d_state = l->d_state.at;
	return WP_OK;
}

/* Through a layer, from the link above to the one below. */
static enum wp_err layer_back(struct NN(stack) *s, int layer, const real *theta,
	const struct NN(batch) *b, const int32_t *words, struct NN(gradient) *gradient)
{
	struct link *above = &s->link[layer + 1], *below = &s->link[layer];
	struct NN(layer_input) in = layer_input(s, layer, words);
	const bool wanted = layer > 0 || (gradient && trains_input(s));
	const struct NN(want) want = {&below->d, wanted ? s->rows : 0, below->width};
	enum wp_err err = NN(reserve_all)(&want, 1);
	if (err)
		return err;
	if (above->masked)
		apply_mask(s, above, b, above->d.at, above->d.at);
	real *d_x = wanted ? below->d.at : NULL;
	if (s->jordan)
		return NN(jordan_backward)(s->jordan, theta, b, in, above->d.at, d_x, gradient);
	for (int d = 0; d < s->directions && !err; d++) {
		real *d_state;
		if (!(err = split(s, layer, d, &d_state)))
			err = NN(layer_backward)(lane(s, layer, d)->layer, theta, b, in,
				d_state, d_x, d > 0, gradient);
	}
	return err;
}

enum wp_err NN(stack_backward)(struct NN(stack) *s, const real *theta,
	const struct NN(batch) *b, const int32_t *words, struct NN(gradient) *gradient)
{
	enum wp_err err = WP_OK;
	for (int layer = s->layers - 1; layer >= 0 && !err; layer--)
		err = layer_back(s, layer, theta, b, words, gradient);
	if (err || !gradient || !trains_input(s))
		return err;
	struct link *link = &s->link[0];
	if (link->masked)
		apply_mask(s, link, b, link->d.at, link->d.at);
	NN(embed_backward)
	(s->kernels, gradient, s->subwords, words, b->ids, s->rows, link->d.at);
	return WP_OK;
}

/* ---- What is left behind ---- */

struct NN(activity) NN(stack_activity)(const struct NN(stack) *s, int layer, int direction)
{
	return s->jordan ? NN(jordan_activity)(s->jordan)
			 : NN(layer_activity)(lane(s, layer, direction)->layer);
}

size_t NN(stack_state_size)(const struct NN(stack) *s, int sequences)
{
	if (s->jordan)
		return NN(jordan_carry_size)(s->jordan, sequences);
	return (size_t)s->layers * NN(layer_carry_size)(s->lane->layer, sequences);
}

enum wp_err NN(stack_get_state)(const struct NN(stack) *s, int sequences, real *state)
{
	if (s->jordan)
		return NN(jordan_get_carry)(s->jordan, sequences, state);
	enum wp_err err = WP_OK;
	for (int layer = 0; layer < s->layers && !err; layer++) {
		const struct NN(layer) *l = lane(s, layer, 0)->layer;
		err = NN(layer_get_carry)(l, sequences, state);
		state += NN(layer_carry_size)(l, sequences);
	}
	return err;
}

enum wp_err NN(stack_set_state)(struct NN(stack) *s, int sequences, const real *state)
{
	if (s->jordan)
		return NN(jordan_set_carry)(s->jordan, sequences, state);
	enum wp_err err = WP_OK;
	for (int layer = 0; layer < s->layers && !err; layer++) {
		struct NN(layer) *l = lane(s, layer, 0)->layer;
		err = NN(layer_set_carry)(l, sequences, state);
		state += NN(layer_carry_size)(l, sequences);
	}
	return err;
}
