#include "nn/model/fine_tune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/net/graph.h"
#include "text/vocab_map.h"

enum wp_err wp_nn_add_words(struct wp_corpus *corpus, const struct wp_embedding *vectors)
{
	const struct wp_strings *words = &vectors->vocab.tokens;
	size_t known = corpus->vocab.count, room = known;
	int64_t unknown = wp_strings_find(&corpus->vocab, WP_UNKNOWN_TOKEN);
	struct wp_vocab_map map;
	enum wp_err err = wp_vocab_map_init(&map, words, &corpus->vocab);
	if (err)
		return err;
	for (size_t i = 0; i < words->count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(words, i, &length);
		if (map.id[i] != unknown || (int32_t)i == vectors->vocab.unknown)
			continue;
		err = wp_strings_add(&corpus->vocab, word, length);
	}
	wp_vocab_map_fini(&map);
	if (!err && corpus->vocab.count > INT32_MAX)
		err = wp_fail(WP_ELIMIT, "%zu words are too many", corpus->vocab.count);
	if (!err)
		err = wp_grow(&corpus->counts, &room, corpus->vocab.count,
			sizeof *corpus->counts, "counts");
	for (size_t i = known; i < corpus->vocab.count && !err; i++)
		corpus->counts[i] = 0;
	return err;
}

enum wp_err wp_nn_start_embedding(
	struct wp_nn_model *m, const struct wp_embedding *vectors, size_t *found)
{
	const struct wp_nn_node *node = wp_nn_graph_embedding(m->graph);
	const struct wp_nn_param *table = node ? &m->params->param[node->param[0]] : NULL;
	size_t dim = vectors->dim;
	float *room = NULL;
	*found = 0;
	if (!table || table->cols != dim)
		return wp_fail(WP_EMISMATCH,
			"the vectors given have %zu numbers, those of the model %zu", dim,
			table ? table->cols : 0);
	enum wp_err err = wp_alloc(&room, dim, sizeof *room, "a vector");
	for (size_t i = 0; i < m->vocab.count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&m->vocab, i, &length);
		float *row = m->theta + table->offset + i * dim;
		const float *vector = wp_embedding_of(vectors, word, length, room);
		if (!vector)
			continue;
		memcpy(row, vector, dim * sizeof *row);
		++*found;
	}
	free(room);
	if (!err && *found == 0)
		err = wp_fail(WP_EMISMATCH, "no word has one of the vectors given");
	return err;
}

static bool same(const struct wp_strings *a, const struct wp_strings *b)
{
	if (a->count != b->count || wp_strings_bytes(a) != wp_strings_bytes(b))
		return false;
	return a->count == 0 ||
		(memcmp(a->end, b->end, a->count * sizeof *a->end) == 0 &&
			memcmp(a->bytes, b->bytes, (size_t)wp_strings_bytes(a)) == 0);
}

/* Is parameter i one of the outputs: of the output, or of a layer that makes them? */
static bool is_output(const struct wp_nn_model *m, size_t i)
{
	const struct wp_nn_graph *g = m->graph;
	for (size_t k = 0; k < g->count; k++) {
		const struct wp_nn_node *n = &g->node[k];
		bool makes = n->type->output || n->type->makes_outputs;
		bool shared = n->type->output && n->tied && n->tied->param[0] == i;
		for (int slot = 0; slot < WP_NN_NODE_PARAMS && makes && !shared; slot++)
			if (n->param[slot] == i)
				return true;
	}
	return false;
}

/* "hidden is 64 there and 128 here": a setting that explains why parameters do not fit. */
static void say_why(
	const struct wp_nn_config *from, const struct wp_nn_config *to, char *text, size_t size)
{
	if (from->cell != to->cell)
		snprintf(text, size, "cell is %s there and %s here", wp_nn_cells[from->cell],
			wp_nn_cells[to->cell]);
	else if (from->layers != to->layers)
		snprintf(
			text, size, "layers is %d there and %d here", from->layers, to->layers);
	else if (from->hidden != to->hidden)
		snprintf(
			text, size, "hidden is %d there and %d here", from->hidden, to->hidden);
	else if (from->bidirectional != to->bidirectional)
		snprintf(text, size, "only %s of them is bidirectional",
			from->bidirectional ? "that one" : "this one");
	else if (from->embedding != to->embedding)
		snprintf(text, size,
			"the vectors of words (dim) have %d numbers there and %d here",
			from->embedding, to->embedding);
	else
		snprintf(text, size, "they are of different shapes");
}

/* What the model to begin with has is either taken or, as outputs of another task are, of no
 * use; what is lost for another reason is a mistake. */
static enum wp_err check_fit(const struct wp_nn_model *m, const struct wp_nn_model *from)
{
	bool outputs = m->config.task == from->config.task;
	for (size_t i = 0; i < from->params->count; i++) {
		const struct wp_nn_param *p = &from->params->param[i];
		const struct wp_nn_param *to = wp_nn_params_find(m->params, p->name);
		bool fits = to && p->rows == to->rows && p->cols == to->cols &&
			m->config.cell == from->config.cell;
		char why[128];
		if (fits || (is_output(from, i) && (!outputs || !to)))
			continue;
		say_why(&from->config, &m->config, why, sizeof why);
		return wp_fail(WP_EMISMATCH,
			"'%s' of the model to begin with does not fit this one: %s", p->name,
			why);
	}
	return WP_OK;
}

/* Parameters are for numbers that are standardized as they were. */
static enum wp_err take_scaling(
	struct wp_nn_model *m, const struct wp_nn_model *from, bool outputs)
{
	enum wp_err err = WP_OK;
	m->standardize = from->standardize;
	if (from->scaled_encodings && m->config.encoding == from->config.encoding) {
		m->scaled_encodings = true;
		err = wp_nn_scaling_copy(&m->encodings, &from->encodings);
	}
	if (!err && m->config.input == WP_NN_REAL && m->config.inputs == from->config.inputs)
		err = wp_nn_scaling_copy(&m->inputs, &from->inputs);
	if (!err && outputs && m->config.outputs == from->config.outputs)
		err = wp_nn_scaling_copy(&m->outputs, &from->outputs);
	return err;
}

enum wp_err wp_nn_start_from(
	struct wp_nn_model *m, const struct wp_nn_model *from, size_t *taken)
{
	bool outputs = m->config.task == from->config.task;
	*taken = 0;
	if (!same(&m->vocab, &from->vocab))
		return wp_fail(WP_EMISMATCH,
			"the model to begin with has another vocabulary: use "
			"vocab --from");
	for (size_t i = 0; i < m->config.columns; i++)
		for (size_t k = 0; k < from->config.columns; k++)
			if (strcmp(m->column[i].name, from->column[k].name) == 0 &&
				!same(&m->column[i].vocab, &from->column[k].vocab))
				return wp_fail(WP_EMISMATCH,
					"the model to begin with has other values of 'column.%s'",
					from->column[k].name);
	if (outputs && !same(&m->labels, &from->labels))
		return wp_fail(WP_EMISMATCH, "the model to begin with has other labels");
	enum wp_err err = check_fit(m, from);
	if (err)
		return err;
	for (size_t i = 0; i < m->params->count; i++) {
		const struct wp_nn_param *to = &m->params->param[i];
		const struct wp_nn_param *p = wp_nn_params_find(from->params, to->name);
		if (!p || p->rows != to->rows || p->cols != to->cols ||
			(!outputs && is_output(m, i)))
			continue;
		memcpy(m->theta + to->offset, from->theta + p->offset,
			p->rows * p->cols * sizeof *m->theta);
		*taken += p->rows * p->cols;
	}
	if (*taken == 0)
		return wp_fail(
			WP_EMISMATCH, "the model to begin with has no parameter that fits");
	return take_scaling(m, from, outputs);
}
