#include "nn/net/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/layers/embedding.h"
#include "nn/net/types.h"
#include "nn/outputs/output.h"
#include "text/setting.h"

/* Places of chance (nn/layers/dropout.h). */
enum { PLACES = 255 };

const struct wp_nn_node *wp_nn_graph_recurrent(const struct wp_nn_graph *graph, size_t number)
{
	for (size_t i = 0; i < graph->count; i++)
		if (graph->node[i].type->cell && number-- == 0)
			return &graph->node[i];
	return NULL;
}

bool wp_nn_graph_decodes(const struct wp_nn_graph *graph)
{
	return wp_nn_graph_output(graph)->type->decodes;
}

/* The first table of the tokens of an input; of others than pairs, of the words. */
static const struct wp_nn_node *table_of(const struct wp_nn_graph *g, int input)
{
	const bool pairs = g->inputs > 1 && g->input[1].kind == WP_NN_READS_SOURCE;
	for (size_t i = 0; i < g->count; i++) {
		const struct wp_nn_node *n = &g->node[i];
		int from = (int)i;
		while (from >= 0) /* what is between it and the input gives tokens, too */
			from = g->node[from].input[0];
		const bool column = wp_nn_graph_input(g, from)->kind == WP_NN_READS_COLUMN;
		if (n->type->table && (pairs ? from == input : !column))
			return n;
	}
	return NULL;
}

bool wp_nn_graph_reads(const struct wp_nn_graph *graph, enum wp_nn_input_kind kind)
{
	for (size_t i = 0; i < graph->count; i++)
		for (int k = 0; k < graph->node[i].inputs; k++) {
			const int from = graph->node[i].input[k];
			if (from < 0 && wp_nn_graph_input(graph, from)->kind == kind)
				return true;
		}
	return false;
}

const struct wp_nn_node *wp_nn_graph_embedding(const struct wp_nn_graph *graph)
{
	return table_of(graph, WP_NN_INPUT(1));
}

const struct wp_nn_node *wp_nn_graph_code(const struct wp_nn_graph *graph)
{
	for (size_t i = 0; i < graph->count; i++)
		if (graph->node[i].type->code)
			return &graph->node[i];
	return NULL;
}

bool wp_nn_code_passes(const struct wp_nn_node *code)
{
	return code->type->in_place && !(code->type->thins && code->type->thins(code));
}

enum wp_err wp_nn_graph_subwords(const struct wp_nn_graph *graph, size_t *rows)
{
	*rows = 0;
	for (size_t i = 0; i < graph->count; i++) {
		const struct wp_nn_node *n = &graph->node[i];
		size_t number =
			n->type->table ? n->param[WP_NN_EMBEDDING_SUBWORDS] : WP_NN_NONE;
		if (number == WP_NN_NONE)
			continue;
		if (*rows && *rows != graph->params.param[number].rows)
			return wp_fail(WP_EINVAL,
				"%s: tables of subwords are to have one size, "
				"not %zu and %zu rows",
				n->label, *rows, graph->params.param[number].rows);
		*rows = graph->params.param[number].rows;
	}
	return WP_OK;
}

const struct wp_nn_node *wp_nn_graph_whole(const struct wp_nn_graph *graph)
{
	for (size_t i = 0; i < graph->count; i++)
		if (!graph->node[i].out.source && graph->node[i].type->needs_whole &&
			graph->node[i].type->needs_whole(&graph->node[i]))
			return &graph->node[i];
	return NULL;
}

/* Recurrent layers need whole sequences where they begin with given states, but only in the
 * first step. */
bool wp_nn_graph_carries(const struct wp_nn_graph *graph)
{
	for (size_t i = 0; i < graph->count; i++) {
		const struct wp_nn_node *n = &graph->node[i];
		if (!n->out.source && !n->out.pooled && !n->type->cell &&
			n->type->needs_whole && n->type->needs_whole(n))
			return false;
	}
	return true;
}

const struct wp_nn_node *wp_nn_graph_attends(const struct wp_nn_graph *graph)
{
	for (size_t i = graph->count; i-- > 0;)
		if (graph->node[i].type->heads && !graph->node[i].out.source)
			return &graph->node[i];
	return NULL;
}

bool wp_nn_graph_characters(const struct wp_nn_graph *graph)
{
	bool some = false;
	for (size_t i = 0; i < graph->count; i++)
		some |= graph->node[i].type->characters;
	return some;
}

const struct wp_nn_node *wp_nn_graph_ahead(const struct wp_nn_graph *graph)
{
	for (size_t i = 0; i < graph->count; i++)
		if (!graph->node[i].out.source && graph->node[i].type->looks_ahead &&
			graph->node[i].type->looks_ahead(&graph->node[i]))
			return &graph->node[i];
	return NULL;
}

/* As far as the nodes that it reads, and then by itself. */
static size_t back_of(const struct wp_nn_graph *g, const struct wp_nn_node *n)
{
	size_t most = 0;
	for (int k = 0; k < n->inputs; k++) {
		size_t back = n->input[k] < 0 ? 0 : g->node[n->input[k]].back;
		most = back > most ? back : most;
	}
	return most + (n->type->looks_back ? n->type->looks_back(n) : 0);
}

/* The node whose first parameter an output may share. */
static struct wp_nn_node *lender(struct wp_nn_graph *g, bool numbers)
{
	if (!numbers)
		return (struct wp_nn_node *)table_of(g, WP_NN_THE_INPUT);
	for (size_t i = 0; i < g->count; i++)
		if (g->node[i].type->lends)
			return &g->node[i];
	return NULL;
}

/* What nodes have to know of the network before they are planned. */
static void tell_nodes(struct wp_nn_graph *g, const struct wp_nn_config *config)
{
	const struct wp_nn_node *first = wp_nn_graph_recurrent(g, 0);
	struct wp_nn_node *out = &g->node[g->count - 1];
	struct wp_nn_node *table = lender(g, out->type->numbers);
	for (size_t i = 0; i < g->count; i++) {
		struct wp_nn_node *n = &g->node[i];
		for (int k = 0; k < WP_NN_NODE_PARAMS; k++)
			n->param[k] = WP_NN_NONE;
		n->fan_in = first ? first->type->units(first) : 0;
		n->outputs = config->outputs;
		n->numbers = out->type->numbers;
		n->by_row = wp_nn_tasks[config->task].itself;
		n->unknown = config->unknown;
	}
	if (out->type->is_tied && out->type->is_tied(out) && table) {
		out->tied = table;
		table->tied = out;
	}
}

static void summarize(struct wp_nn_graph *g)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct wp_nn_node *n = &g->node[i];
		g->recurrent += n->type->cell != NULL;
		g->random |= n->type->is_random && n->type->is_random(n);
		g->penalized |= n->type->penalized && n->type->penalized(n);
		const size_t context = n->type->context ? n->type->context(n) : 0;
		if (context && (!g->context || context < g->context))
			g->context = context;
	}
}

/* What stands between two recurrent layers has the place of the upper one; the recurrent
 * connections come after all of these, and then what is left. */
static enum wp_err give_places(struct wp_nn_graph *g)
{
	size_t below = 0, next = g->recurrent + 1;
	bool used[PLACES] = {false};
	for (size_t i = 0; i < g->count && next < PLACES; i++) {
		struct wp_nn_node *n = &g->node[i];
		if (!n->type->cell)
			continue;
		n->place = (int)next;
		next += (size_t)n->type->places(n);
	}
	for (size_t i = 0; i < g->count && next < PLACES; i++) {
		struct wp_nn_node *n = &g->node[i];
		below += n->type->cell != NULL;
		if (!n->type->places)
			n->place = PLACES; /* of words */
		if (n->type->cell || !n->type->places)
			continue;
		n->place = (int)(used[below] ? next++ : below);
		used[below] = true;
	}
	return next < PLACES ? WP_OK : wp_fail(WP_EINVAL, "network: too many layers");
}

/* What it makes has rows of the side that it reads. */
static enum wp_err plan_node(struct wp_nn_node *n, struct wp_nn_params *params)
{
	enum wp_err err = n->type->plan(n, params);
	if (err || n->type->crosses)
		return err;
	for (int k = 1; k < n->inputs; k++)
		if (n->in[k].source != n->in[0].source)
			return wp_fail(WP_EINVAL,
				"%s: reads rows of the sources beside those of the targets",
				n->label);
	n->out.source = n->in[0].source;
	return WP_OK;
}

/* Values of columns may be unknown; a table has nothing for these. */
static enum wp_err check_column(const struct wp_nn_node *n)
{
	bool column = false;
	for (int k = 0; k < n->inputs; k++)
		column |= n->in[k].column;
	return column && !n->type->table
		? wp_fail(WP_EINVAL,
			  "%s: reads a column: 'embedding' before it gives its values vectors",
			  n->label)
		: WP_OK;
}

static enum wp_err plan_shapes(struct wp_nn_graph *g)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < g->count && !err; i++) {
		struct wp_nn_node *n = &g->node[i];
		for (int k = 0; k < n->inputs; k++)
			n->in[k] = n->input[k] < 0 ? wp_nn_graph_input(g, n->input[k])->shape
						   : g->node[n->input[k]].out;
		err = check_column(n);
		if (!err)
			err = plan_node(n, NULL);
		n->back = back_of(g, n);
		n->out.cells = n->out.cells && n->type->cells;
		if (err == WP_EINVAL)
			err = wp_nn_graph_blame(g, i);
	}
	return err;
}

/* In the order in which networks have always had them: layers, tables of tokens, outputs. */
static enum wp_err plan_params(struct wp_nn_graph *g)
{
	enum { LAYERS, TABLES, BEFORE_OUTPUT, OUTPUTS, STAGES };
	enum wp_err err = WP_OK;
	for (int stage = 0; stage < STAGES; stage++)
		for (size_t i = 0; i < g->count && !err; i++) {
			struct wp_nn_node *n = &g->node[i];
			const struct wp_nn_type *type = n->type;
			int its = type->output ? OUTPUTS : type->tables_last ? TABLES : LAYERS;
			if (stage == its)
				err = plan_node(n, &g->params);
			else if (stage == BEFORE_OUTPUT && type->plan_last)
				err = type->plan_last(n, wp_nn_graph_output(g), &g->params);
		}
	return err;
}

const char *wp_nn_graph_ahead_advice(const struct wp_nn_node *ahead)
{
	static const char causal[] = "causal";
	return wp_setting_find(ahead->type->settings, causal, strlen(causal))
		? "; 'causal' has it read the last ones"
		: "";
}

/* What predicts its own input must not see it. */
static enum wp_err check_ahead(const struct wp_nn_graph *g, const char *task)
{
	const struct wp_nn_node *n = wp_nn_graph_ahead(g);
	return n ? wp_fail(WP_EINVAL,
			   "%s: %s reads steps to come: it would see the token it predicts%s",
			   task, n->label, wp_nn_graph_ahead_advice(n))
		 : WP_OK;
}

/* An auto-encoder is cut in two at its code: what is behind it reads nothing before it. */
static enum wp_err check_code(const struct wp_nn_graph *g, const char *task)
{
	const struct wp_nn_node *code = wp_nn_graph_code(g);
	if (!code)
		return wp_fail(WP_EINVAL,
			"%s: where is the code? 'code' behind the layer that makes it, or "
			"'gaussian', says so",
			task);
	const int place = (int)(code - g->node);
	for (int i = place + 1; i < (int)g->count; i++)
		for (int k = 0; k < g->node[i].inputs; k++)
			if (g->node[i].input[k] < place)
				return wp_fail(WP_EINVAL,
					"%s: %s reads what comes before the code, '%s'", task,
					g->node[i].label, code->label);
	return WP_OK;
}

/* Does the network give what the task asks for? */
static enum wp_err check_task(const struct wp_nn_graph *g, const struct wp_nn_config *config)
{
	const struct wp_nn_node *out = wp_nn_graph_output(g);
	const char *task = wp_nn_tasks[config->task].name;
	if (out->type->numbers != wp_nn_tasks[config->task].numbers)
		return wp_fail(WP_EINVAL, "%s: the output is to give %s, but '%s' gives %s",
			task, out->type->numbers ? "classes" : "numbers", out->type->name,
			out->type->numbers ? "numbers" : "classes");
	if (out->in[0].source)
		return wp_fail(
			WP_EINVAL, "%s: %s reads the source, not the target", task, out->label);
	if (wp_nn_at_end(config) && !out->in[0].pooled)
		return wp_fail(WP_EINVAL,
			"%s: one output for each sequence: 'pool' is missing before %s", task,
			out->label);
	if (!wp_nn_at_end(config) && out->in[0].pooled)
		return wp_fail(WP_EINVAL,
			"%s: there is an output at each step: no 'pool' before %s", task,
			out->label);
	const bool column = g->input[g->inputs - 1].kind == WP_NN_READS_COLUMN;
	if (wp_nn_tasks[config->task].itself)
		return column
			? wp_fail(WP_EINVAL, "%s: reads rows, not columns of a text", task)
			: check_code(g, task);
	if (!wp_nn_tasks[config->task].next)
		return WP_OK;
	if (column)
		return wp_fail(WP_EINVAL,
			"%s: columns of tokens that are still to come are not known", task);
	return check_ahead(g, task);
}

/* A layer that makes the outputs itself has no place but one. */
static enum wp_err check_direct(const struct wp_nn_graph *g)
{
	const struct wp_nn_node *out = wp_nn_graph_output(g);
	for (size_t i = 0; i < g->count; i++) {
		const struct wp_nn_node *n = &g->node[i];
		if (n->type->makes_outputs &&
			(i + 2 != g->count || out->input[0] != (int)i ||
				!WP_NN_OUTPUT_SETTINGS(out)->direct))
			return wp_fail(WP_EINVAL,
				"%s: %s makes the outputs itself: it comes last, and the output "
				"after it is '%s direct'",
				n->label, n->type->name, out->type->name);
	}
	return WP_OK;
}

/* Words that only their parts tell have no row in a table of tokens: layers that look tokens up
 * themselves need one for all of these. */
static enum wp_err check_words(const struct wp_nn_graph *g)
{
	size_t subwords;
	enum wp_err err = wp_nn_graph_subwords(g, &subwords);
	const bool parts = subwords > 0 || wp_nn_graph_characters(g);
	for (size_t i = 0; i < g->count && parts && !err; i++) {
		const struct wp_nn_node *n = &g->node[i];
		if (n->type->cell && n->in[0].tokens && n->unknown < 0)
			err = wp_fail(WP_EINVAL,
				"%s: reads tokens beside subwords: only for a vocabulary that "
				"has UNKNOWN_TOKEN",
				n->label);
	}
	return err;
}

static enum wp_err plan(struct wp_nn_graph *g, const struct wp_nn_config *config)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->node[i].type->output != (i + 1 == g->count))
			return wp_fail(WP_EINVAL,
				i + 1 == g->count
					? "%s: the last one is to be an output, such as softmax"
					: "%s: an output can only be the last one",
				g->node[i].label);
	tell_nodes(g, config);
	summarize(g);
	enum wp_err err = check_direct(g);
	if (!err)
		err = give_places(g);
	if (!err)
		err = plan_shapes(g);
	g->looks_ahead = wp_nn_graph_ahead(g) != NULL;
	if (!err)
		err = check_task(g, config);
	if (!err)
		err = plan_params(g);
	return err ? err : check_words(g);
}

/* ---- What it reads ---- */

/* "column.", and the names of columns behind it. */
static const char of_columns[] = "column.";

static void add_input(struct wp_nn_graph *g, enum wp_nn_input_kind kind, const char *name,
	struct wp_nn_shape shape)
{
	struct wp_nn_graph_input *input = &g->input[g->inputs++];
	*input = (struct wp_nn_graph_input){.kind = kind, .shape = shape};
	snprintf(input->name, sizeof input->name, "%s", name);
}

/* A line for each kind of input that the config has. */
static void list_inputs(struct wp_nn_graph *g, const struct wp_nn_config *c)
{
	const bool pairs = wp_nn_tasks[c->task].pairs;
	const struct wp_nn_shape read = {.width = c->inputs,
		.tokens = c->input != WP_NN_REAL,
		.cells = c->cells,
		.source = pairs};
	const struct wp_nn_shape target = {.width = c->outputs, .tokens = true};
	add_input(g, WP_NN_READS_INPUT, "input", pairs ? target : read);
	if (pairs)
		add_input(g, WP_NN_READS_SOURCE, "source", read);
	if (c->encoding > 0)
		add_input(g, WP_NN_READS_ENCODING, "encoding",
			(struct wp_nn_shape){.width = c->encoding, .pooled = true});
	for (size_t i = 0; i < c->columns && !pairs; i++) {
		char name[sizeof g->input[0].name];
		snprintf(name, sizeof name, "%s%s", of_columns, c->column[i].name);
		add_input(g, WP_NN_READS_COLUMN, name,
			(struct wp_nn_shape){
				.width = c->column[i].values, .tokens = true, .column = true});
		g->input[g->inputs - 1].column = i;
	}
}

bool wp_nn_graph_add_column(struct wp_nn_graph *g, const char *label, size_t length)
{
	const size_t before = sizeof of_columns - 1;
	char name[sizeof g->input[0].name];
	if (!g->any_column || length <= before || length > before + WP_COLUMN_NAME ||
		memcmp(label, of_columns, before) != 0 || g->inputs > WP_NN_MOST_COLUMNS)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)length, label);
	add_input(g, WP_NN_READS_COLUMN, name, (struct wp_nn_shape){.tokens = true});
	return true;
}

enum wp_err wp_nn_graph_columns(const char *net, struct wp_nn_column_name *name, size_t *count)
{
	struct wp_nn_graph *g;
	struct wp_nn_config c;
	*count = 0;
	enum wp_err err = wp_alloc(&g, 1, sizeof *g, "network");
	if (err)
		return err;
	wp_nn_config_default(&c);
	c.encoding = 1; /* it may be read, whatever its length */
	list_inputs(g, &c);
	g->any_column = true;
	err = wp_nn_graph_parse(g, net);
	for (size_t i = 0; i < g->inputs && !err; i++)
		if (g->input[i].kind == WP_NN_READS_COLUMN)
			snprintf(name[(*count)++].text, sizeof name->text, "%s",
				g->input[i].name + sizeof of_columns - 1);
	wp_nn_graph_free(g);
	return err == WP_EINVAL ? WP_OK : err;
}

static enum wp_err parse(struct wp_nn_graph *g, const struct wp_nn_config *config)
{
	struct wp_output *text;
	size_t size;
	if (config->net)
		return wp_nn_graph_parse(g, config->net);
	enum wp_err err = wp_output_memory(&text);
	if (err)
		return err;
	err = wp_nn_short_form(text, config);
	if (!err)
		err = wp_output_write(text, "", 1);
	if (!err)
		err = wp_nn_graph_parse(g, wp_output_collected(text, &size));
	wp_output_discard(text);
	return err;
}

enum wp_err wp_nn_graph_create(struct wp_nn_graph **graph, const struct wp_nn_config *config)
{
	struct wp_nn_graph *g = NULL;
	enum wp_err err = wp_nn_config_check(config);
	if (!err && config->columns > WP_NN_MOST_COLUMNS)
		err = wp_fail(WP_EINVAL, "network: more than %d columns", WP_NN_MOST_COLUMNS);
	if (!err)
		err = wp_alloc(&g, 1, sizeof *g, "network");
	if (!err)
		list_inputs(g, config);
	if (!err)
		err = parse(g, config);
	if (!err)
		err = plan(g, config);
	if (err) {
		wp_nn_graph_free(g);
		g = NULL;
	}
	*graph = g;
	return err;
}

void wp_nn_graph_free(struct wp_nn_graph *graph)
{
	if (!graph)
		return;
	wp_nn_params_fini(&graph->params);
	free(graph->node);
	free(graph);
}
