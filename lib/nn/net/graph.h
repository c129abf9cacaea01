/* A network as a list of nodes, planned: which there are, what each reads, and where its
 * parameters are.  (Internal.)
 *
 * In words, as --net says it:
 *
 *	list   item {, item}
 *	item   [LABEL=]TYPE [VALUE ...] [KEY=VALUE ...] [FLAG ...] [from [LABEL]{+LABEL}]
 *	       N x (list)             so many times
 *	       residual (list)        add from LAST+BEFORE: the last item of the list, and
 *	                              the one before it
 *
 * An item reads the one before it, the first one the input of the network, unless `from` says
 * otherwise; from +B is the item before it, and B.  The last item is an output.  What the
 *network reads has labels, too:
 *
 *	input         the sequences: tokens, or numbers; of pairs, the targets' tokens
 *	source        of pairs: the sources, tokens or numbers
 *	encoding      a row of numbers for each sequence
 *	column.NAME   further tokens, one at each step
 */
#ifndef WP_NN_GRAPH_H
#define WP_NN_GRAPH_H

#include "nn/core/config.h"
#include "nn/core/node.h"
#include "stream/output.h"
#include "text/corpus.h"

/* What a network reads: input i is WP_NN_INPUT(i) to its nodes. */
enum wp_nn_input_kind {
	WP_NN_READS_INPUT,    /* ids or values of the batch      */
	WP_NN_READS_SOURCE,   /* those of its source             */
	WP_NN_READS_ENCODING, /* encoding                        */
	WP_NN_READS_COLUMN    /* columns[column]                 */
};
struct wp_nn_graph_input {
	enum wp_nn_input_kind kind;
	size_t column;
	char name[40]; /* its label */
	struct wp_nn_shape shape;
};
enum { WP_NN_GRAPH_INPUTS = 16 };

struct wp_nn_graph {
	struct wp_nn_node *node; /* in order; the last one is the output */
	size_t count, room;
	struct wp_nn_graph_input input[WP_NN_GRAPH_INPUTS]; /* the first one is `input` */
	size_t inputs;
	bool any_column; /* while words are read: columns are whatever they say         */
	struct wp_nn_params params;
	size_t recurrent; /* how many of them have a state                         */
	size_t context; /* steps of the longest sequence that it reads: longer ones are cut into
			 * blocks, each by itself; 0: of any                 */
	bool looks_ahead; /* some read steps to come                               */
	bool random;      /* training is by chance                                 */
	bool penalized;   /* what training adds to the gradient is not that of the loss */
};

/* The network that config.net says, or the one for which the other settings are short.
 * WP_EINVAL, naming the item, where that is none. */
WP_MUST_CHECK enum wp_err wp_nn_graph_create(
	struct wp_nn_graph **graph, const struct wp_nn_config *config);
void wp_nn_graph_free(struct wp_nn_graph *graph); /* may be NULL */

/* What a node reads as its input `number`, of the network's. */
static inline const struct wp_nn_graph_input *wp_nn_graph_input(
	const struct wp_nn_graph *graph, int number)
{
	return &graph->input[WP_NN_INPUT(number)];
}

/* Does a node read an input of that kind? */
bool wp_nn_graph_reads(const struct wp_nn_graph *graph, enum wp_nn_input_kind kind);

static inline const struct wp_nn_node *wp_nn_graph_output(const struct wp_nn_graph *graph)
{
	return &graph->node[graph->count - 1];
}

/* Does the output have a best sequence of classes, which is more than the most probable class
 * of each row? */
bool wp_nn_graph_decodes(const struct wp_nn_graph *graph);

/* Recurrent layer `number`, from 0; NULL where there are not so many. */
const struct wp_nn_node *wp_nn_graph_recurrent(const struct wp_nn_graph *graph, size_t number);

/* The first node that needs whole sequences: they cannot be cut; NULL where none does.  Sources
 * of pairs are always whole. */
const struct wp_nn_node *wp_nn_graph_whole(const struct wp_nn_graph *graph);

/* The first node that reads steps to come, or NULL; sources of pairs are all known before. */
const struct wp_nn_node *wp_nn_graph_ahead(const struct wp_nn_graph *graph);

/* "; 'causal' has it read the last ones" of one that can do so, or nothing. */
const char *wp_nn_graph_ahead_advice(const struct wp_nn_node *ahead);

/* Of pairs: can the targets be decoded one step at a time, states carried from each to the
 * next? Otherwise all steps so far are run again for each. */
bool wp_nn_graph_carries(const struct wp_nn_graph *graph);

/* The last node that attends to a source, or NULL. */
const struct wp_nn_node *wp_nn_graph_attends(const struct wp_nn_graph *graph);

/* Does some node read the characters of words? */
bool wp_nn_graph_characters(const struct wp_nn_graph *graph);

/* The first node whose parameter is a table of words' vectors, of pairs of the sources', or
 * NULL. */
const struct wp_nn_node *wp_nn_graph_embedding(const struct wp_nn_graph *graph);

/* The first node that makes the code of an auto-encoder, or NULL. */
const struct wp_nn_node *wp_nn_graph_code(const struct wp_nn_graph *graph);
/* The columns that a network in words reads, by name, in the order in which they stand there:
 * up to WP_NN_MOST_COLUMNS, and how many there are.  None of a network that cannot be read. */
struct wp_nn_column_name {
	char text[WP_COLUMN_NAME + 1];
};
WP_MUST_CHECK enum wp_err wp_nn_graph_columns(
	const char *net, struct wp_nn_column_name *name, size_t *count);

/* Another input that is a column, if any will do and this is its label; false where not. */
bool wp_nn_graph_add_column(struct wp_nn_graph *graph, const char *label, size_t length);

/* Append the nodes that `text` says; internal to the creation of a graph. */
WP_MUST_CHECK enum wp_err wp_nn_graph_parse(struct wp_nn_graph *graph, const char *text);

/* Does it make a code of what it reads without a change, but for what training adds to the
 * loss: so that what follows may read that instead? */
bool wp_nn_code_passes(const struct wp_nn_node *code);

/* A node's type and settings, in words. */
WP_MUST_CHECK enum wp_err wp_nn_print_item(
	struct wp_output *output, const struct wp_nn_node *node);

/* The network in words, on one line without its end. */
WP_MUST_CHECK enum wp_err wp_nn_graph_print(
	struct wp_output *output, const struct wp_nn_graph *graph);

/* WP_EINVAL for the last failure, of which it says that item i is the reason. */
WP_MUST_CHECK enum wp_err wp_nn_graph_blame(const struct wp_nn_graph *graph, size_t i);

/* If there are settings that are short for the graph, let *config have them, and no words. */
WP_MUST_CHECK enum wp_err wp_nn_find_short_form(
	const struct wp_nn_graph *graph, struct wp_nn_config *config, bool *found);

/* The rows of the table of subwords, 0 where there is none.  WP_EINVAL where there are two of
 * different sizes. */
WP_MUST_CHECK enum wp_err wp_nn_graph_subwords(const struct wp_nn_graph *graph, size_t *rows);

/* The network for which the settings of a config are short, in words. */
WP_MUST_CHECK enum wp_err wp_nn_short_form(
	struct wp_output *output, const struct wp_nn_config *config);

#endif
