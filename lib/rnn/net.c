#include "rnn/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "rnn/head.h"
#include "rnn/stack.h"

struct RNN(net) {
	const struct wp_rnn_config *config;
	struct wp_rnn_facts facts;
	struct RNN(stack) *stack;
	struct RNN(head) *head;
	int32_t *words; /* (rows): the row of the table that stands for each token */
	size_t words_room;
};

enum wp_err RNN(net_create)(struct RNN(net) **net, const struct wp_rnn_config *config,
	const struct wp_rnn_layout *layout, const struct wp_rnn_facts *facts)
{
	struct RNN(net) *n;
	enum wp_err err = wp_alloc(&n, 1, sizeof *n, "network");
	*net = NULL;
	if (err)
		return err;
	n->config = config;
	n->facts = *facts;
	if ((err = RNN(stack_create)(&n->stack, config, layout, facts->subwords)) ||
		(err = RNN(head_create)(&n->head, config, layout, facts)))
		RNN(net_free)(n);
	else
		*net = n;
	return err;
}

void RNN(net_free)(struct RNN(net) *net)
{
	if (!net)
		return;
	RNN(stack_free)(net->stack);
	RNN(head_free)(net->head);
	free(net->words);
	free(net);
}

/* The tokens' rows: the tokens themselves, but for words that are known by their parts alone,
 * and for those that word dropout hides. */
static enum wp_err find_words(
	struct RNN(net) *n, const struct RNN(batch) *b, const struct wp_rnn_chance *chance)
{
	if (!b->ids)
		return WP_OK;
	size_t rows = b->begin[b->steps];
	enum wp_err err =
		wp_grow(&n->words, &n->words_room, rows, sizeof *n->words, "tokens of a batch");
	if (err)
		return err;
	const struct wp_rnn_subwords *subwords = n->config->subwords ? n->facts.subwords : NULL;
	for (size_t r = 0; r < rows; r++)
		n->words[r] = subwords ? subwords->row[b->ids[r]] : b->ids[r];
	if (chance && n->config->word_dropout > 0 && n->facts.input_counts)
		RNN(drop_words)(n->words, rows, n->facts.input_counts, n->config->inputs,
			n->config->word_dropout, n->config->unknown, chance);
	return WP_OK;
}

static enum wp_err forward(struct RNN(net) *n, const real *theta, const struct RNN(batch) *b,
	const struct wp_rnn_chance *chance)
{
	enum wp_err err = find_words(n, b, chance);
	return err ? err : RNN(stack_forward)(n->stack, theta, b, n->words, chance);
}

static enum wp_err train(struct RNN(net) *n, const real *theta, const struct RNN(batch) *b,
	struct RNN(gradient) *gradient, struct wp_rnn_score *score)
{
	const struct wp_rnn_chance chance = {.seed = n->facts.seed, .batch = b->number};
	real *d_top;
	enum wp_err err = forward(n, theta, b, &chance);
	if (err || (err = RNN(stack_d_top)(n->stack, &d_top)) ||
		(err = RNN(head_train)(
			 n->head, theta, b, RNN(stack_top)(n->stack), d_top, gradient, score)))
		return err;
	return RNN(stack_backward)(n->stack, theta, b, n->words, gradient);
}

/* Gradients that vanish on their way back would pass through many denormal numbers. */
enum wp_err RNN(net_train)(struct RNN(net) *net, const real *theta,
	const struct RNN(batch) *batch, struct RNN(gradient) *gradient,
	struct wp_rnn_score *score)
{
	unsigned mode = wp_flush_denormals();
	enum wp_err err = train(net, theta, batch, gradient, score);
	wp_restore_denormals(mode);
	return err;
}

enum wp_err RNN(net_predict)(struct RNN(net) *n, const real *theta, const struct RNN(batch) *b,
	real *outputs, struct wp_rnn_score *score)
{
	unsigned mode = wp_flush_denormals();
	enum wp_err err = forward(n, theta, b, NULL);
	if (!err && (outputs || score))
		err = RNN(head_predict)(
			n->head, theta, b, RNN(stack_top)(n->stack), outputs, score);
	wp_restore_denormals(mode);
	return err;
}

struct RNN(activity) RNN(net_activity)(const struct RNN(net) *net, int layer, int direction)
{
	return RNN(stack_activity)(net->stack, layer, direction);
}

const real *RNN(net_top)(const struct RNN(net) *net)
{
	return RNN(stack_top)(net->stack);
}

enum wp_err RNN(net_backpropagate)(
	struct RNN(net) *n, const real *theta, const struct RNN(batch) *b, const real *d_top)
{
	real *to;
	enum wp_err err = RNN(stack_d_top)(n->stack, &to);
	if (err)
		return err;
	memcpy(to, d_top, b->begin[b->steps] * wp_rnn_width(n->config) * sizeof *to);
	unsigned mode = wp_flush_denormals();
	err = RNN(stack_backward)(n->stack, theta, b, n->words, NULL);
	wp_restore_denormals(mode);
	return err;
}

size_t RNN(net_state_size)(const struct RNN(net) *net, int sequences)
{
	return RNN(stack_state_size)(net->stack, sequences);
}

enum wp_err RNN(net_get_state)(const struct RNN(net) *net, int sequences, real *state)
{
	return RNN(stack_get_state)(net->stack, sequences, state);
}

enum wp_err RNN(net_set_state)(struct RNN(net) *net, int sequences, const real *state)
{
	return RNN(stack_set_state)(net->stack, sequences, state);
}
