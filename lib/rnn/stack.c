#include "rnn/stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rnn/array.h"
#include "rnn/input.h"
#include "rnn/jordan.h"
#include "rnn/kernels.h"

/* What goes into a layer, or from the last one into the head: (rows, width). */
struct link {
	size_t width;
	const real *x;          /* borrowed, or `own`                           */
	struct RNN(array) own;  /* joined directions, looked-up vectors, masked */
	struct RNN(array) mask; /* (rows, width), variational (sequences, width) */
	bool masked;
	struct RNN(array) d; /* the derivative by it */
};

/* A layer's direction. */
struct lane {
	struct RNN(layer) *layer;
	struct RNN(array) mask;    /* (sequences, H), of recurrent dropout     */
	struct RNN(array) d_state; /* (rows, H), where it is not the link's d  */
};

struct RNN(stack) {
	const struct wp_rnn_config *config;
	const struct wp_rnn_layout *layout;
	const struct wp_rnn_subwords *subwords;
	const struct RNN(kernels) *kernels;
	int layers, directions;
	size_t units;
	struct link *link;          /* (layers + 1)          */
	struct lane *lane;          /* (layers * directions) */
	struct RNN(jordan) *jordan; /* in place of lanes     */
	size_t rows, sequences;     /* of the batch */
};

static struct lane *lane(const struct RNN(stack) *s, int layer, int direction)
{
	return s->lane + layer * s->directions + direction;
}

static enum wp_err create_parts(struct RNN(stack) *s)
{
	const struct wp_rnn_config *c = s->config;
	size_t links = (size_t)s->layers + 1, lanes = (size_t)(s->layers * s->directions);
	enum wp_err err;
	if ((err = wp_alloc(&s->link, links, sizeof *s->link, "network")) ||
		(err = wp_alloc(&s->lane, lanes, sizeof *s->lane, "network")))
		return err;
	s->link[0].width = c->input == WP_RNN_REAL ? c->inputs : (size_t)c->embedding;
	for (size_t i = 1; i < links; i++)
		s->link[i].width = wp_rnn_width(c);
	if (c->cell == WP_RNN_JORDAN)
		return RNN(jordan_create)(&s->jordan, c, s->layout);
	for (int layer = 0; layer < s->layers; layer++)
		for (int direction = 0; direction < s->directions; direction++)
			if ((err = RNN(layer_create)(&lane(s, layer, direction)->layer, c,
				     s->layout, layer, direction)))
				return err;
	return WP_OK;
}

enum wp_err RNN(stack_create)(struct RNN(stack) **stack, const struct wp_rnn_config *config,
	const struct wp_rnn_layout *layout, const struct wp_rnn_subwords *subwords)
{
	struct RNN(stack) *s;
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, "network");
	*stack = NULL;
	if (err)
		return err;
	*s = (struct RNN(stack)){
		.config = config,
		.layout = layout,
		.subwords = config->subwords ? subwords : NULL,
		.kernels = RNN(kernels)(wp_cpu_isa()),
		.layers = config->layers,
		.directions = config->bidirectional ? 2 : 1,
		.units = (size_t)config->hidden,
	};
	if ((err = create_parts(s)))
		RNN(stack_free)(s);
	else
		*stack = s;
	return err;
}

void RNN(stack_free)(struct RNN(stack) *s)
{
	if (!s)
		return;
	for (int i = 0; s->link && i <= s->layers; i++) {
		free(s->link[i].own.at);
		free(s->link[i].mask.at);
		free(s->link[i].d.at);
	}
	for (int i = 0; s->lane && i < s->layers * s->directions; i++) {
		RNN(layer_free)(s->lane[i].layer);
		free(s->lane[i].mask.at);
		free(s->lane[i].d_state.at);
	}
	RNN(jordan_free)(s->jordan);
	free(s->link);
	free(s->lane);
	free(s);
}

/* ---- Dropout ---- */

/* One-hot input is not thinned out: word dropout does that.  Nor are Jordan's outputs. */
static enum wp_err draw_mask(
	struct RNN(stack) *s, int number, const struct wp_rnn_chance *chance)
{
	struct link *link = &s->link[number];
	bool onehot = number == 0 && s->config->input == WP_RNN_ONEHOT;
	link->masked = chance && s->config->dropout > 0 && !onehot &&
		!(s->jordan && number == s->layers);
	if (!link->masked)
		return WP_OK;
	size_t rows = s->config->variational ? s->sequences : s->rows;
	const struct RNN(want) want = {&link->mask, rows, link->width};
	enum wp_err err = RNN(reserve_all)(&want, 1);
	if (!err)
		RNN(dropout_mask)(
			link->mask.at, rows * link->width, s->config->dropout, chance, number);
	return err;
}

static enum wp_err draw_recurrent_mask(
	struct RNN(stack) *s, int layer, int direction, const struct wp_rnn_chance *chance)
{
	struct lane *l = lane(s, layer, direction);
	const struct RNN(want) want = {&l->mask, s->sequences, s->units};
	enum wp_err err = RNN(reserve_all)(&want, 1);
	if (!err)
		RNN(dropout_mask)(l->mask.at, s->sequences * s->units,
			s->config->recurrent_dropout, chance,
			s->layers + 1 + layer * s->directions + direction);
	return err;
}

/* to = from . mask; to and from may be the same. */
static void apply_mask(const struct RNN(stack) *s, const struct link *link,
	const struct RNN(batch) *b, real *to, const real *from)
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
static enum wp_err fill_link(struct RNN(stack) *s, int number, const struct RNN(batch) *b,
	const real *from, const struct wp_rnn_chance *chance)
{
	struct link *link = &s->link[number];
	enum wp_err err = draw_mask(s, number, chance);
	link->x = from;
	if (err || !link->masked)
		return err;
	const struct RNN(want) want = {&link->own, s->rows, link->width};
	if (from != link->own.at && (err = RNN(reserve_all)(&want, 1)))
		return err;
	apply_mask(s, link, b, link->own.at, from);
	link->x = link->own.at;
	return WP_OK;
}

static enum wp_err read_input(struct RNN(stack) *s, const real *theta,
	const struct RNN(batch) *b, const int32_t *words, const struct wp_rnn_chance *chance)
{
	struct link *link = &s->link[0];
	const real *x = b->values;
	if (s->config->input == WP_RNN_EMBEDDING) {
		const struct RNN(want) want = {&link->own, s->rows, link->width};
		enum wp_err err = RNN(reserve_all)(&want, 1);
		if (err)
			return err;
		RNN(embed)(s->kernels, link->own.at, theta, s->layout, s->subwords, words,
			b->ids, s->rows);
		x = link->own.at;
	}
	return fill_link(s, 0, b, x, chance);
}

/* The states of both directions side by side, or those of the only one. */
static enum wp_err join(struct RNN(stack) *s, int layer, const real **joined)
{
	struct link *link = &s->link[layer + 1];
	if (s->directions == 1) {
		*joined = RNN(layer_activity)(lane(s, layer, 0)->layer).state;
		return WP_OK;
	}
	const struct RNN(want) want = {&link->own, s->rows, link->width};
	enum wp_err err = RNN(reserve_all)(&want, 1);
	if (err)
		return err;
	for (int d = 0; d < 2; d++) {
		const real *from = RNN(layer_activity)(lane(s, layer, d)->layer).state;
		real *to = link->own.at + (size_t)d * s->units;
		for (size_t r = 0; r < s->rows; r++)
			memcpy(to + r * link->width, from + r * s->units,
				s->units * sizeof *to);
	}
	*joined = link->own.at;
	return WP_OK;
}

static struct RNN(layer_input) layer_input(
	const struct RNN(stack) *s, int layer, const int32_t *words)
{
	bool onehot = layer == 0 && s->config->input == WP_RNN_ONEHOT;
	return (struct RNN(layer_input)){
		.x = s->link[layer].x, .tokens = onehot ? words : NULL};
}

enum wp_err RNN(stack_forward)(struct RNN(stack) *s, const real *theta,
	const struct RNN(batch) *b, const int32_t *words, const struct wp_rnn_chance *chance)
{
	s->rows = b->begin[b->steps];
	s->sequences = (size_t)b->sequences;
	enum wp_err err = read_input(s, theta, b, words, chance);
	if (!err && s->jordan) {
		err = RNN(jordan_forward)(s->jordan, theta, b, layer_input(s, 0, words));
		return err ? err : fill_link(s, 1, b, RNN(jordan_logits)(s->jordan), chance);
	}
	bool masked = chance && s->config->recurrent_dropout > 0;
	for (int layer = 0; layer < s->layers && !err; layer++) {
		for (int d = 0; d < s->directions && !err; d++) {
			struct lane *l = lane(s, layer, d);
			if (masked)
				err = draw_recurrent_mask(s, layer, d, chance);
			if (!err)
				err = RNN(layer_forward)(l->layer, theta, b,
					layer_input(s, layer, words),
					masked ? l->mask.at : NULL);
		}
		const real *joined;
		if (!err && !(err = join(s, layer, &joined)))
			err = fill_link(s, layer + 1, b, joined, chance);
	}
	return err;
}

const real *RNN(stack_top)(const struct RNN(stack) *s)
{
	return s->link[s->layers].x;
}

/* ---- Backward ---- */

static bool trains_input(const struct RNN(stack) *s)
{
	return s->config->input == WP_RNN_EMBEDDING && (!s->config->freeze || s->subwords);
}

enum wp_err RNN(stack_d_top)(struct RNN(stack) *s, real **d_top)
{
	const struct RNN(want) want = {
		&s->link[s->layers].d, s->rows, s->link[s->layers].width};
	enum wp_err err = RNN(reserve_all)(&want, 1);
	*d_top = s->link[s->layers].d.at;
	return err;
}

/* What a link says of the states of a direction of the layer below it. */
static enum wp_err split(struct RNN(stack) *s, int layer, int direction, real **d_state)
{
	struct link *link = &s->link[layer + 1];
	struct lane *l = lane(s, layer, direction);
	*d_state = link->d.at;
	if (s->directions == 1)
		return WP_OK;
	const struct RNN(want) want = {&l->d_state, s->rows, s->units};
	enum wp_err err = RNN(reserve_all)(&want, 1);
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
static enum wp_err layer_back(struct RNN(stack) *s, int layer, const real *theta,
	const struct RNN(batch) *b, const int32_t *words, struct RNN(gradient) *gradient)
{
	struct link *above = &s->link[layer + 1], *below = &s->link[layer];
	struct RNN(layer_input) in = layer_input(s, layer, words);
	const bool wanted = layer > 0 || (gradient && trains_input(s));
	const struct RNN(want) want = {&below->d, wanted ? s->rows : 0, below->width};
	enum wp_err err = RNN(reserve_all)(&want, 1);
	if (err)
		return err;
	if (above->masked)
		apply_mask(s, above, b, above->d.at, above->d.at);
	real *d_x = wanted ? below->d.at : NULL;
	if (s->jordan)
		return RNN(jordan_backward)(
			s->jordan, theta, b, in, above->d.at, d_x, gradient);
	for (int d = 0; d < s->directions && !err; d++) {
		real *d_state;
		if (!(err = split(s, layer, d, &d_state)))
			err = RNN(layer_backward)(lane(s, layer, d)->layer, theta, b, in,
				d_state, d_x, d > 0, gradient);
	}
	return err;
}

enum wp_err RNN(stack_backward)(struct RNN(stack) *s, const real *theta,
	const struct RNN(batch) *b, const int32_t *words, struct RNN(gradient) *gradient)
{
	enum wp_err err = WP_OK;
	for (int layer = s->layers - 1; layer >= 0 && !err; layer--)
		err = layer_back(s, layer, theta, b, words, gradient);
	if (err || !gradient || !trains_input(s))
		return err;
	struct link *link = &s->link[0];
	if (link->masked)
		apply_mask(s, link, b, link->d.at, link->d.at);
	RNN(embed_backward)(
		s->kernels, gradient, s->subwords, words, b->ids, s->rows, link->d.at);
	return WP_OK;
}

/* ---- What is left behind ---- */

struct RNN(activity) RNN(stack_activity)(const struct RNN(stack) *s, int layer, int direction)
{
	return s->jordan ? RNN(jordan_activity)(s->jordan)
			 : RNN(layer_activity)(lane(s, layer, direction)->layer);
}

size_t RNN(stack_state_size)(const struct RNN(stack) *s, int sequences)
{
	if (s->jordan)
		return RNN(jordan_carry_size)(s->jordan, sequences);
	return (size_t)s->layers * RNN(layer_carry_size)(s->lane->layer, sequences);
}

enum wp_err RNN(stack_get_state)(const struct RNN(stack) *s, int sequences, real *state)
{
	if (s->jordan)
		return RNN(jordan_get_carry)(s->jordan, sequences, state);
	enum wp_err err = WP_OK;
	for (int layer = 0; layer < s->layers && !err; layer++) {
		const struct RNN(layer) *l = lane(s, layer, 0)->layer;
		err = RNN(layer_get_carry)(l, sequences, state);
		state += RNN(layer_carry_size)(l, sequences);
	}
	return err;
}

enum wp_err RNN(stack_set_state)(struct RNN(stack) *s, int sequences, const real *state)
{
	if (s->jordan)
		return RNN(jordan_set_carry)(s->jordan, sequences, state);
	enum wp_err err = WP_OK;
	for (int layer = 0; layer < s->layers && !err; layer++) {
		struct RNN(layer) *l = lane(s, layer, 0)->layer;
		err = RNN(layer_set_carry)(l, sequences, state);
		state += RNN(layer_carry_size)(l, sequences);
	}
	return err;
}
