/* The options of rnn-train are short for a network: input, equal layers, an output. */
#include <string.h>

#include "nn/layers/dropout.h"
#include "nn/layers/embedding.h"
#include "nn/layers/jordan.h"
#include "nn/layers/pool.h"
#include "nn/layers/recurrent.h"
#include "nn/net/graph.h"
#include "nn/outputs/output.h"
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

static enum wp_err print_input(struct wp_output *out, const struct wp_nn_config *c)
{
	enum wp_err err = WP_OK;
	if (c->word_dropout > 0) {
		err = print_real(out, "word-dropout ", c->word_dropout);
		if (!err)
			err = wp_output_printf(out, ", ");
	}
	if (!err && c->input == WP_NN_EMBEDDING)
		err = wp_output_printf(
			out, "embedding %d%s", c->embedding, c->freeze ? " frozen" : "");
	if (!err && c->subwords > 0)
		err = wp_output_printf(out, " subwords=%zu", c->subwords);
	if (!err && c->input == WP_NN_EMBEDDING)
		err = wp_output_printf(out, ", ");
	if (!err && c->input != WP_NN_ONEHOT) /* which word-dropout thins out */
		err = print_dropout(out, c);
	return err;
}

static enum wp_err print_layer(struct wp_output *out, const struct wp_nn_config *c)
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
	return err ? err : wp_output_printf(out, ", ");
}

static enum wp_err print_output(struct wp_output *out, const struct wp_nn_config *c)
{
	bool jordan = c->cell == WP_NN_JORDAN;
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
	return err ? err
		   : wp_output_printf(out, "%s%s%s", c->tied ? " tied" : "",
			     c->no_bias && !jordan ? " no-bias" : "", jordan ? " direct" : "");
}

enum wp_err wp_nn_short_form(struct wp_output *out, const struct wp_nn_config *c)
{
	enum wp_err err = print_input(out, c);
	for (int i = 0; i < c->layers && !err; i++) {
		err = print_layer(out, c);
		if (!err && c->cell != WP_NN_JORDAN)
			err = print_dropout(out, c);
	}
	return err ? err : print_output(out, c);
}

/* ---- And back ---- */

static void recover_output(struct wp_nn_config *c, const struct wp_nn_node *out)
{
	const struct wp_nn_output_settings *s = WP_NN_OUTPUT_SETTINGS(out);
	c->tied = s->tied;
	c->no_bias |= s->no_bias;
	c->softmax = WP_NN_FULL;
	if (strcmp(out->type->name, "sampled") == 0) {
		c->softmax = WP_NN_SAMPLED;
		c->samples = (int)s->samples;
	} else if (strcmp(out->type->name, "hierarchical") == 0) {
		c->softmax = WP_NN_HIERARCHICAL;
	}
}

static void recover_recurrent(struct wp_nn_config *c, const struct wp_nn_node *n)
{
	c->cell = (enum wp_nn_cell_kind)n->type->cell->kernel;
	c->hidden = (int)n->type->units(n);
	c->layers++;
	if (c->cell == WP_NN_JORDAN) {
		const struct wp_nn_jordan_settings *s =
			WP_NN_SETTINGS(n, struct wp_nn_jordan_settings);
		c->activation = (enum wp_nn_activation)s->activation;
		c->no_bias = s->no_bias;
		return;
	}
	const struct wp_nn_recurrent_settings *s =
		WP_NN_SETTINGS(n, struct wp_nn_recurrent_settings);
	c->activation = (enum wp_nn_activation)s->activation;
	c->bidirectional = s->bidirectional;
	c->no_bias = s->no_bias;
	c->recurrent_dropout = s->dropout;
	c->variational |= s->dropout > 0;
}

/* The settings that would be short for the graph, if any are: what it has, whatever the order.
 */
static void recover(struct wp_nn_config *c, const struct wp_nn_graph *g)
{
	c->layers = 0;
	for (size_t i = 0; i < g->count; i++) {
		const struct wp_nn_node *n = &g->node[i];
		const char *type = n->type->name;
		if (n->type->cell) {
			recover_recurrent(c, n);
		} else if (n->type->table) {
			const struct wp_nn_embedding_settings *s =
				WP_NN_SETTINGS(n, struct wp_nn_embedding_settings);
			c->input = WP_NN_EMBEDDING;
			c->embedding = (int)s->dim;
			c->freeze = s->frozen;
			c->subwords = s->subwords;
		} else if (strcmp(type, "word-dropout") == 0) {
			c->word_dropout =
				WP_NN_SETTINGS(n, struct wp_nn_word_dropout_settings)->a;
		} else if (strcmp(type, "dropout") == 0) {
			const struct wp_nn_dropout_settings *s =
				WP_NN_SETTINGS(n, struct wp_nn_dropout_settings);
			c->dropout = s->fraction;
			c->variational |= s->variational;
		} else if (strcmp(type, "pool") == 0) {
			c->pooling = (enum wp_nn_pooling)WP_NN_SETTINGS(
				n, struct wp_nn_pool_settings)
					     ->how;
		}
	}
	recover_output(c, wp_nn_graph_output(g));
}

static enum wp_err print(struct wp_output **text, const struct wp_nn_graph *graph,
	const struct wp_nn_config *config)
{
	enum wp_err err = wp_output_memory(text);
	if (!err)
		err = graph ? wp_nn_graph_print(*text, graph) : wp_nn_short_form(*text, config);
	return err;
}

enum wp_err wp_nn_find_short_form(
	const struct wp_nn_graph *graph, struct wp_nn_config *config, bool *found)
{
	struct wp_nn_config short_ = *config;
	struct wp_output *given = NULL, *made = NULL;
	short_.net = NULL;
	recover(&short_, graph);
	*found = !wp_nn_config_check(&short_);
	if (!*found)
		return WP_OK;
	enum wp_err err = print(&given, graph, NULL);
	if (!err)
		err = print(&made, NULL, &short_);
	if (!err) {
		size_t n, m;
		const char *a = wp_output_collected(given, &n);
		const char *b = wp_output_collected(made, &m);
		*found = n == m && memcmp(a, b, n) == 0;
	}
	wp_output_discard(given);
	wp_output_discard(made);
	if (!err && *found)
		*config = short_;
	return err;
}
