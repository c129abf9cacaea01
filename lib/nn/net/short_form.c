/* The options of rnn-train are short for a network: input, equal layers, an output. */
#include <stdio.h>
#include <string.h>

#include "nn/net/graph.h"
#include "nn/net/types.h"
#include "text/number.h"

static enum wp_err print_real(struct wp_output *out, const char *before, double x)
{
	char text[WP_NUMBER_ROOM];
	enum wp_err err = wp_output_printf(out, "%s", before);
	return err ? err : wp_output_write(out, text, (size_t)(wp_print_f64(text, x) - text));
}

static enum wp_err print_dropout(struct wp_output *out, const struct wp_nn_config *c)
{
	enum wp_err err = WP_OK;
	if (c->dropout <= 0)
		return WP_OK;
	err = print_real(out, "dropout ", c->dropout);
	return err ? err : wp_output_printf(out, "%s, ", c->variational ? " variational" : "");
}

/* The table of vectors of tokens; from: "", or what it reads. */
static enum wp_err print_embedding(
	struct wp_output *out, const struct wp_nn_config *c, const char *from)
{
	enum wp_err err = wp_output_printf(
		out, "embedding %d%s", c->embedding, c->freeze ? " frozen" : "");
	if (!err && c->subwords > 0)
		err = wp_output_printf(out, " subwords=%zu", c->subwords);
	if (!err && c->embedding_dropout > 0)
		err = print_real(out, " dropout=", c->embedding_dropout);
	return err ? err : wp_output_printf(out, "%s%s, ", *from ? " from " : "", from);
}

/* A table for each column, and all of them beside that of the words. */
static enum wp_err print_columns(struct wp_output *out, const struct wp_nn_config *c)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < c->columns && !err; i++)
		err = wp_output_printf(out, "embedding %d from column.%s, ", c->column[i].dim,
			c->column[i].name);
	if (!err)
		err = wp_output_printf(out, "concat from embedding");
	for (size_t i = 0; i < c->columns && !err; i++)
		err = wp_output_printf(out, "+embedding%zu", i + 2);
	return err ? err : wp_output_printf(out, ", ");
}

static enum wp_err print_input(struct wp_output *out, const struct wp_nn_config *c)
{
	enum wp_err err = WP_OK;
	if (c->word_dropout > 0) {
		err = print_real(out, "word-dropout ", c->word_dropout);
		if (!err)
			err = wp_output_printf(out, ", ");
	}
	if (!err && c->input == WP_NN_EMBEDDING)
		err = print_embedding(out, c, "");
	if (!err && c->columns > 0)
		err = print_columns(out, c);
	if (!err && c->input != WP_NN_ONEHOT) /* which word-dropout thins out */
		err = print_dropout(out, c);
	return err;
}

static enum wp_err print_layer(
	struct wp_output *out, const struct wp_nn_config *c, const char *from)
{
	enum wp_err err = wp_output_printf(out, "%s %d", wp_nn_cells[c->cell], c->hidden);
	if (!err && c->activation != WP_NN_TANH)
		err = wp_output_printf(out, " activation=%s", wp_nn_activations[c->activation]);
	if (!err && c->bidirectional)
		err = wp_output_printf(out, " bidirectional");
	if (!err && c->no_bias)
		err = wp_output_printf(out, " no-bias");
	if (!err && c->recurrent_dropout > 0)
		err = print_real(out, " recurrent-dropout=", c->recurrent_dropout);
	if (!err && c->weight_drop > 0)
		err = print_real(out, " weight-drop=", c->weight_drop);
	return err ? err : wp_output_printf(out, "%s, ", from);
}

/* Are the last layer's numbers the outputs? */
static bool makes_outputs(const struct wp_nn_config *c)
{
	const char *name = wp_nn_cells[c->cell];
	return wp_nn_type_find(name, strlen(name))->makes_outputs;
}

static enum wp_err print_output(struct wp_output *out, const struct wp_nn_config *c)
{
	bool direct = makes_outputs(c);
	enum wp_err err = WP_OK;
	if (wp_nn_at_end(c))
		err = wp_output_printf(out, "pool %s, ", wp_nn_poolings[c->pooling]);
	if (err)
		return err;
	if (wp_nn_tasks[c->task].numbers)
		err = wp_output_printf(out, "squared-error");
	else if (c->softmax == WP_NN_SAMPLED)
		err = wp_output_printf(out, "sampled %d", c->samples);
	else
		err = wp_output_printf(
			out, c->softmax == WP_NN_FULL ? "softmax" : "hierarchical");
	if (!err && c->label_smoothing > 0)
		err = print_real(out, " label-smoothing=", c->label_smoothing);
	return err ? err
		   : wp_output_printf(out, "%s%s%s", c->tied ? " tied" : "",
			     c->no_bias && !direct ? " no-bias" : "", direct ? " direct" : "");
}

/* ---- Pairs ---- */

/* The encoder; a layer in both directions has half of the units in each. */
static enum wp_err print_encoder(struct wp_output *out, const struct wp_nn_config *c)
{
	struct wp_nn_config layer = *c;
	enum wp_err err = WP_OK;
	layer.hidden = c->bidirectional ? c->hidden / 2 : c->hidden;
	if (c->word_dropout > 0)
		err = print_real(out, "word-dropout ", c->word_dropout);
	if (!err && c->word_dropout > 0)
		err = wp_output_printf(out, " from source, ");
	if (!err && c->input != WP_NN_REAL)
		err = wp_output_printf(
			out, "embedding %d%s", c->embedding, c->freeze ? " frozen" : "");
	if (!err && c->input != WP_NN_REAL && c->subwords > 0)
		err = wp_output_printf(out, " subwords=%zu", c->subwords);
	if (!err && c->input != WP_NN_REAL && c->embedding_dropout > 0)
		err = print_real(out, " dropout=", c->embedding_dropout);
	if (!err && c->input != WP_NN_REAL)
		err = wp_output_printf(out, "%s, ", c->word_dropout > 0 ? "" : " from source");
	const bool dropped = c->input != WP_NN_REAL && c->dropout > 0;
	if (!err && dropped)
		err = print_dropout(out, c);
	for (int i = 0; i < c->layers && !err; i++) {
		if (i > 0)
			err = print_dropout(out, c);
		if (!err && i + 1 == c->layers)
			err = wp_output_printf(out, "states=");
		if (!err)
			err = print_layer(out, &layer,
				i == 0 && c->input == WP_NN_REAL ? " from source" : "");
	}
	return err;
}

/* The target's words, and what the layers of the decoder begin with. */
static enum wp_err print_beginning(struct wp_output *out, const struct wp_nn_config *c)
{
	const char *cell = wp_nn_cells[c->cell];
	const bool cells = wp_nn_type_find(cell, strlen(cell))->cell->has_cell;
	enum wp_err err = wp_output_printf(out, "pool, last=bridge, ");
	for (int i = 0; i < c->layers && !err; i++)
		err = wp_output_printf(out, "first%d=dense %d tanh%s%s, ", i + 1,
			c->hidden * (cells ? 2 : 1), c->no_bias ? " no-bias" : "",
			i ? " from last" : "");
	if (!err)
		err = wp_output_printf(out, "%sembedding %d from input, ",
			c->dropout > 0 ? "" : "words=", c->embedding);
	if (!err && c->dropout > 0)
		err = wp_output_printf(out, "words=");
	return err ? err : print_dropout(out, c);
}

/* Layer i of the decoder, which reads what `from` names. */
static enum wp_err print_decoder(
	struct wp_output *out, const struct wp_nn_config *c, int i, const char *from)
{
	char more[64];
	if (i > 0 || c->attention != WP_NN_ATTENTION_ADDITIVE) {
		snprintf(more, sizeof more, " from %s+first%d", from, i + 1);
		struct wp_nn_config layer = *c;
		layer.bidirectional = false;
		enum wp_err err = wp_output_printf(out, "decoder%d=", i + 1);
		return err ? err : print_layer(out, &layer, more);
	}
	enum wp_err err = wp_output_printf(
		out, "decoder%d=decoder %d cell=%s", i + 1, c->hidden, wp_nn_cells[c->cell]);
	if (!err && c->heads > 1)
		err = wp_output_printf(out, " heads=%d", c->heads);
	return err ? err
		   : wp_output_printf(out, "%s from %s+states+first1, ",
			     c->no_bias ? " no-bias" : "", from);
}

/* What the output reads: words, states and contexts (Bahdanau et al. 2015), or states and
 * contexts (Luong et al. 2015). */
static enum wp_err print_top(struct wp_output *out, const struct wp_nn_config *c)
{
	const bool additive = c->attention == WP_NN_ATTENTION_ADDITIVE;
	enum wp_err err = WP_OK;
	if (c->attention == WP_NN_NO_ATTENTION && !c->tied)
		return print_dropout(out, c);
	if (c->attention != WP_NN_NO_ATTENTION && !additive) {
		err = wp_output_printf(out, "attend %s", wp_nn_attentions[c->attention]);
		if (!err && c->heads > 1)
			err = wp_output_printf(out, " heads=%d", c->heads);
		if (!err)
			err = wp_output_printf(out,
				" from decoder%d+states, concat from decoder%d+attend, ",
				c->layers, c->layers);
	} else if (additive) {
		err = wp_output_printf(out, "concat from words+decoder1");
		if (!err && c->layers > 1)
			err = wp_output_printf(out, "+decoder%d", c->layers);
		if (!err)
			err = wp_output_printf(out, ", ");
	}
	if (!err)
		err = wp_output_printf(out, "dense %d tanh%s, ",
			c->tied ? c->embedding : c->hidden, c->no_bias ? " no-bias" : "");
	return err ? err : print_dropout(out, c);
}

static enum wp_err print_pairs(struct wp_output *out, const struct wp_nn_config *c)
{
	enum wp_err err = print_encoder(out, c);
	char from[24] = "words";
	if (!err)
		err = print_beginning(out, c);
	for (int i = 0; i < c->layers && !err; i++) {
		err = print_decoder(out, c, i, from);
		snprintf(from, sizeof from, "decoder%d", i + 1);
	}
	if (!err)
		err = print_top(out, c);
	return err ? err : print_output(out, c);
}

/* ---- A vector for each sequence ---- */

/* Layers begin with tanh(W v + b), before what else is read. */
static enum wp_err print_starts(struct wp_output *out, const struct wp_nn_config *c)
{
	enum wp_err err = WP_OK;
	for (int i = 0; i < c->layers && !err; i++)
		err = wp_output_printf(out, "start%d=dense %d tanh%s from encoding, ", i + 1,
			c->hidden, c->no_bias ? " no-bias" : "");
	return err;
}

/* The layers, each of which reads what is before it, and what it begins with. */
static enum wp_err print_started(
	struct wp_output *out, const struct wp_nn_config *c, const char *before)
{
	char from[80], label[40];
	enum wp_err err = WP_OK;
	snprintf(label, sizeof label, "%s", before);
	for (int i = 0; i < c->layers && !err; i++) {
		snprintf(from, sizeof from, " from %s+start%d", label, i + 1);
		snprintf(label, sizeof label, "%s%d", c->dropout > 0 ? "dropped" : "state",
			i + 1);
		if (c->dropout <= 0)
			err = wp_output_printf(out, "%s=", label);
		if (!err)
			err = print_layer(out, c, from);
		if (!err && c->dropout > 0)
			err = wp_output_printf(out, "%s=", label);
		if (!err)
			err = print_dropout(out, c);
	}
	return err;
}

static enum wp_err print_conditioned(struct wp_output *out, const struct wp_nn_config *c)
{
	const bool start = c->condition == WP_NN_CONDITION_START;
	struct wp_nn_config words = *c;
	enum wp_err err = start ? print_starts(out, c)
				: wp_output_printf(out, "vector=repeat from encoding, ");
	/* The words, or what else the network reads, under a name. */
	words.dropout = 0;
	if (!err && c->word_dropout > 0) {
		err = print_real(out, "thinned=word-dropout ", c->word_dropout);
		if (!err)
			err = wp_output_printf(out, " from input, ");
	}
	words.word_dropout = 0;
	char read[40];
	snprintf(read, sizeof read, "%s", c->word_dropout > 0 ? "thinned" : "input");
	if (!err && c->input == WP_NN_EMBEDDING) {
		err = wp_output_printf(out, "words=");
		if (!err)
			err = print_embedding(out, &words, read);
		snprintf(read, sizeof read, "words");
	}
	if (!err && c->dropout > 0 && c->input != WP_NN_ONEHOT) {
		err = print_real(out, "read=dropout ", c->dropout);
		if (!err)
			err = wp_output_printf(out, "%s from %s, ",
				c->variational ? " variational" : "", read);
		snprintf(read, sizeof read, "read");
	}
	if (!err && start)
		return print_started(out, c, read);
	if (!err)
		err = wp_output_printf(out, "concat from %s+vector, ", read);
	for (int i = 0; i < c->layers && !err; i++) {
		err = print_layer(out, c, "");
		if (!err)
			err = print_dropout(out, c);
	}
	return err;
}

enum wp_err wp_nn_short_form(struct wp_output *out, const struct wp_nn_config *c)
{
	if (wp_nn_tasks[c->task].pairs)
		return print_pairs(out, c);
	enum wp_err err = c->condition ? print_conditioned(out, c) : print_input(out, c);
	for (int i = 0; i < c->layers && !err && !c->condition; i++) {
		err = print_layer(out, c, "");
		if (!err && !makes_outputs(c))
			err = print_dropout(out, c);
	}
	return err ? err : print_output(out, c);
}

/* ---- And back ---- */

static enum wp_err print(struct wp_output **text, const struct wp_nn_graph *graph)
{
	enum wp_err err = wp_output_memory(text);
	return err ? err : wp_nn_graph_print(*text, graph);
}

enum wp_err wp_nn_find_short_form(
	const struct wp_nn_graph *graph, struct wp_nn_config *config, bool *found)
{
	struct wp_nn_config short_ = *config;
	struct wp_output *given = NULL, *made = NULL;
	*found = false;
	if (config->columns > 0)
		return WP_OK;
	short_.net = NULL;
	short_.layers = 0;
	/* The settings that would be short for it, if any are: what it has, whatever the order.
	 */
	for (size_t i = 0; i < graph->count; i++)
		if (graph->node[i].type->shorten)
			graph->node[i].type->shorten(&graph->node[i], &short_);
	struct wp_nn_graph *again;
	enum wp_err err = wp_nn_graph_create(&again, &short_);
	*found = !err;
	if (err)
		return err == WP_EINVAL ? WP_OK : err;
	err = print(&given, graph);
	if (!err)
		err = print(&made, again);
	if (!err) {
		size_t n, m;
		const char *a = wp_output_collected(given, &n);
		const char *b = wp_output_collected(made, &m);
		*found = n == m && memcmp(a, b, n) == 0;
	}
	wp_output_discard(given);
	wp_output_discard(made);
	wp_nn_graph_free(again);
	if (!err && *found)
		*config = short_;
	return err;
}
