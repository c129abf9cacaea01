#include "nn/net/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "nn/outputs/output_layer.h"
#include "nn/net/stack.h"

struct NN(net) {
	const struct wp_nn_config *config;
	struct wp_nn_context context;
	struct NN(stack) *stack;
	struct NN(output_layer) *head;
	int32_t *words; /* (rows): the row of the table that stands for each token */
	size_t words_room;
};

enum wp_err NN(net_create)(struct NN(net) **net, const struct wp_nn_config *config,
	const struct wp_nn_params *params, const struct wp_nn_context *context)
{
	struct NN(net) *n;
	enum wp_err err = wp_alloc(&n, 1, sizeof *n, "network");
	*net = NULL;
	if (err)
		return err;
	n->config = config;
	n->context = *context;
	if ((err = NN(stack_create)(&n->stack, config, params, context->subwords)) ||
		(err = NN(output_layer_create)(&n->head, config, params, context)))
		NN(net_free)(n);
	else
		*net = n;
	return err;
}

void NN(net_free)(struct NN(net) *net)
{
	if (!net)
		return;
	NN(stack_free)(net->stack);
	NN(output_layer_free)(net->head);
	free(net->words);
	free(net);
}

/* The tokens' rows: the tokens themselves, but for words that are known by their parts alone,
 * and for those that word dropout hides. */
static enum wp_err find_words(
	struct NN(net) *n, const struct NN(batch) *b, const struct wp_nn_chance *chance)
{
	if (!b->ids)
		return WP_OK;
	size_t rows = b->begin[b->steps];
	enum wp_err err =
		wp_grow(&n->words, &n->words_room, rows, sizeof *n->words, "tokens of a batch");
	if (err)
		return err;
	const struct wp_subwords *subwords = n->config->subwords ? n->context.subwords : NULL;
	for (size_t r = 0; r < rows; r++)
		n->words[r] = subwords ? subwords->row[b->ids[r]] : b->ids[r];
	if (chance && n->config->word_dropout > 0 && n->context.input_counts)
		NN(drop_words)
	(n->words, rows, n->context.input_counts, n->config->inputs, n->config->word_dropout,
		n->config->unknown, chance);
	return WP_OK;
}

static enum wp_err forward(struct NN(net) *n, const real *theta, const struct NN(batch) *b,
	const struct wp_nn_chance *chance)
{
	enum wp_err err = find_words(n, b, chance);
	return err ? err : NN(stack_forward)(n->stack, theta, b, n->words, chance);
}

static enum wp_err train(struct NN(net) *n, const real *theta, const struct NN(batch) *b,
	struct NN(gradient) *gradient, struct wp_nn_score *score)
{
	const struct wp_nn_chance chance = {.seed = n->context.seed, .batch = b->number};
	real *d_top;
	enum wp_err err = forward(n, theta, b, &chance);
	if (err || (err = NN(stack_d_top)(n->stack, &d_top)) ||
		(err = NN(output_layer_train)(
			 n->head, theta, b, NN(stack_top)(n->stack), d_top, gradient, score)))
		return err;
	return NN(stack_backward)(n->stack, theta, b, n->words, gradient);
}

/* Gradients that vanish on their way back would pass through many denormal numbers. */
enum wp_err NN(net_train)(struct NN(net) *net, const real *theta, const struct NN(batch) *batch,
	struct NN(gradient) *gradient, struct wp_nn_score *score)
{
	unsigned mode = wp_flush_denormals();
	enum wp_err err = train(net, theta, batch, gradient, score);
	wp_restore_denormals(mode);
	return err;
}

enum wp_err NN(net_predict)(struct NN(net) *n, const real *theta, const struct NN(batch) *b,
	real *outputs, struct wp_nn_score *score)
{
	unsigned mode = wp_flush_denormals();
	enum wp_err err = forward(n, theta, b, NULL);
	if (!err && (outputs || score))
		err = NN(output_layer_predict)(
			n->head, theta, b, NN(stack_top)(n->stack), outputs, score);
	wp_restore_denormals(mode);
	return err;
}

struct NN(activity) NN(net_activity)(const struct NN(net) *net, int layer, int direction)
{
	return NN(stack_activity)(net->stack, layer, direction);
}

const real *NN(net_top)(const struct NN(net) *net)
{
	return NN(stack_top)(net->stack);
}

enum wp_err NN(net_backpropagate)(
	struct NN(net) *n, const real *theta, const struct NN(batch) *b, const real *d_top)
{
	real *to;
	enum wp_err err = NN(stack_d_top)(n->stack, &to);
	if (err)
		return err;
	memcpy(to, d_top, b->begin[b->steps] * wp_nn_width(n->config) * sizeof *to);
	unsigned mode = wp_flush_denormals();
	err = NN(stack_backward)(n->stack, theta, b, n->words, NULL);
	wp_restore_denormals(mode);
	return err;
}

size_t NN(net_state_size)(const struct NN(net) *net, int sequences)
{
	return NN(stack_state_size)(net->stack, sequences);
}

enum wp_err NN(net_get_state)(const struct NN(net) *net, int sequences, real *state)
{
	return NN(stack_get_state)(net->stack, sequences, state);
}

enum wp_err NN(net_set_state)(struct NN(net) *net, int sequences, const real *state)
{
	return NN(stack_set_state)(net->stack, sequences, state);
}
