#include "nn/tasks/model_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/vocab_map.h"
#include "text/vocab.h"

/* Words that the model lacks get ids beyond its vocabulary, and their parts. */
static enum wp_err add_subwords(struct wp_nn_model_input *r)
{
	const struct wp_nn_model *m = r->model;
	const struct wp_strings *vocab = &r->source.corpus.vocab;
	struct wp_strings all = {0};
	enum wp_err err = wp_strings_add_all(&all, &m->vocab);
	for (size_t i = 0; !err && i < vocab->count; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		if (!r->unknown[i])
			continue;
		r->id[i] = (int32_t)all.count;
		err = wp_strings_add(&all, word, length);
	}
	if (!err && all.count > INT32_MAX)
		err = wp_fail(WP_ELIMIT, "%zu words are too many", all.count);
	if (!err)
		err = wp_subwords_init(&r->extended, &all, m->vocab.count, r->unknown_class,
			m->config.subwords);
	if (!err)
		r->subwords = &r->extended;
	wp_strings_fini(&all);
	return err;
}

/* Does the model's vocabulary have the word at this id? */
static bool has(const struct wp_strings *vocab, int32_t id, const char *word, size_t length)
{
	if (id < 0)
		return false;
	size_t own_length;
	const char *own = wp_strings_get(vocab, (size_t)id, &own_length);
	return own_length == length && memcmp(own, word, length) == 0;
}

/* Only what stands in the text has to be known. */
static enum wp_err check_words(const struct wp_nn_model_input *r, const char *name)
{
	enum { SHOWN = 60 };
	const struct wp_corpus *corpus = &r->source.corpus;
	for (size_t i = 0; i < corpus->vocab.count; i++) {
		size_t length;
		const char *word = wp_strings_get(&corpus->vocab, i, &length);
		if (r->id[i] < 0 && corpus->counts[i] > 0)
			return wp_fail(WP_EMISMATCH,
				"%s: '%.*s': not in the vocabulary of the model, which has no "
				"UNKNOWN_TOKEN",
				name, (int)(length < SHOWN ? length : SHOWN), word);
	}
	return WP_OK;
}

static enum wp_err map_words(struct wp_nn_model_input *r, const char *name)
{
	const struct wp_strings *vocab = &r->source.corpus.vocab;
	struct wp_vocab_map map;
	enum wp_err err = wp_vocab_map_init(&map, vocab, &r->model->vocab);
	if (err)
		return err;
	r->id = map.id; /* taken over */
	r->unknown_class = (int32_t)wp_strings_find(&r->model->vocab, WP_UNKNOWN_TOKEN);
	r->subwords = wp_nn_model_parts(r->model);
	err = wp_alloc(&r->unknown, vocab->count, sizeof *r->unknown, "vocabulary");
	for (size_t i = 0; !err && i < vocab->count; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		r->unknown[i] = !has(&r->model->vocab, r->id[i], word, length);
	}
	if (!err && r->subwords && map.unknown > 0)
		err = add_subwords(r);
	for (size_t i = 0; !err && i < vocab->count; i++) {
		uint64_t count = (uint64_t)r->source.corpus.counts[i];
		r->tokens += count;
		if (!r->subwords && (r->unknown[i] || r->id[i] == r->unknown_class))
			r->unknown_tokens += count;
	}
	return err ? err : check_words(r, name);
}

/* Of bags: have they the columns of those of the training? */
static enum wp_err check_columns(const struct wp_nn_model_input *r, const char *name)
{
	const struct wp_strings *own = &r->model->vocab, *its = &r->source.corpus.vocab;
	if (own->count == 0 || its->count == 0 ||
		r->source.data.inputs != r->model->config.inputs || wp_strings_equal(own, its))
		return WP_OK;
	return wp_fail(WP_EMISMATCH,
		"%s: its columns are other words than those of the model: 'onehot --from MODEL' "
		"makes rows that have them",
		name);
}

/* Numbers of values in the stream's columns become those of the model's. */
static enum wp_err map_columns(struct wp_nn_model_input *r)
{
	const struct wp_corpus *c = &r->source.corpus;
	enum wp_err err =
		wp_alloc(&r->column, c->columns ? c->columns : 1, sizeof *r->column, "columns");
	for (size_t k = 0; k < c->columns && !err; k++) {
		const uint64_t before = r->unknown_values;
		err = wp_vocab_map_init(
			&r->column[k], &c->column[k].vocab, &r->model->column[k].vocab);
		for (size_t i = 0; i < c->tokens && !err && r->column[k].unknown > 0; i++)
			r->unknown_values += r->column[k].id[c->column[k].ids[i]] < 0;
		if (before == 0 && r->unknown_values > 0)
			r->unknown_column = k;
	}
	return err;
}

static enum wp_err check_kind(const struct wp_nn_model_input *r, const char *name)
{
	const struct wp_nn_config *c = &r->model->config;
	const struct wp_nn_data *d = &r->source.data;
	bool real = c->input == WP_NN_REAL;
	if (wp_nn_tasks[c->task].itself)
		return check_columns(r, name);
	if (d->rows > 0 && real != (d->values != NULL))
		return wp_fail(WP_EMISMATCH, "%s: the model reads %s, not %s", name,
			real ? "numbers" : "words", real ? "words" : "numbers");
	if (real && d->rows > 0 && d->inputs != c->inputs)
		return wp_fail(WP_EMISMATCH,
			"%s: rows of %zu numbers for a model that reads %zu", name, d->inputs,
			c->inputs);
	return c->encoding > 0 ? wp_nn_dataset_check_encodings(&r->source, name, c->encoding)
			       : WP_OK;
}

enum wp_err wp_nn_model_input_init(struct wp_nn_model_input *r, const struct wp_nn_model *model,
	struct wp_reader *reader, size_t memory, const char *directory, wp_record_fn *other,
	void *arg)
{
	const char *name = wp_reader_name(reader);
	struct wp_strings columns = {0};
	*r = (struct wp_nn_model_input){.model = model};
	const struct wp_nn_task_type *task = &wp_nn_tasks[model->config.task];
	enum wp_err err = wp_nn_model_columns(model, &columns);
	if (!err)
		err = task->itself ? wp_nn_dataset_read_rows(
					     &r->source, reader, memory, directory, other, arg)
				   : wp_nn_dataset_read_any(&r->source, reader, task->pairs,
					     &columns, memory, directory, other, arg);
	wp_strings_fini(&columns);
	if (!err)
		err = check_kind(r, name);
	if (!err && model->config.input != WP_NN_REAL)
		err = map_words(r, name);
	if (!err)
		err = map_columns(r);
	if (err)
		wp_nn_model_input_fini(r);
	return err;
}

/* Tokens as the network reads them; in lm they are its targets, too, so that words beyond the
 * vocabulary cannot be told from each other. */
static enum wp_err translate_ids(struct wp_nn_model_input *r, struct wp_nn_data *d)
{
	bool lm = wp_nn_tasks[r->model->config.task].next;
	enum wp_err err = wp_alloc(&r->ids, d->rows, sizeof *r->ids, "ids");
	for (size_t i = 0; i < d->rows && !err; i++)
		r->ids[i] = lm ? wp_nn_model_input_class(r, d->ids[i]) : r->id[d->ids[i]];
	d->ids = r->ids;
	d->subwords = lm ? NULL : r->subwords;
	return err;
}

static enum wp_err translate_columns(struct wp_nn_model_input *r, struct wp_nn_data *d)
{
	enum wp_err err = d->columns
		? wp_alloc(&r->column_ids, d->columns, sizeof *r->column_ids, "columns")
		: WP_OK;
	for (size_t k = 0; k < d->columns && !err; k++) {
		err = wp_alloc(&r->column_ids[k], d->rows, sizeof *r->column_ids[k], "columns");
		for (size_t i = 0; i < d->rows && !err; i++)
			r->column_ids[k][i] = r->column[k].id[d->column[k][i]];
	}
	d->column = (const int32_t *const *)r->column_ids;
	return err;
}

static enum wp_err translate_classes(
	struct wp_nn_model_input *r, const char *name, struct wp_nn_data *d)
{
	enum { SHOWN = 60 };
	const struct wp_nn_task_type *task = &wp_nn_tasks[r->model->config.task];
	const struct wp_strings *labels =
		wp_nn_dataset_labels(&r->source, r->model->config.task);
	size_t n = task->by_row ? d->rows : d->sequences;
	struct wp_vocab_map map;
	enum wp_err err = wp_vocab_map_init(&map, labels, &r->model->labels);
	if (err)
		return err;
	err = wp_alloc(&r->classes, n, sizeof *r->classes, "labels");
	for (size_t i = 0; i < n && !err; i++) {
		r->classes[i] = map.id[d->classes[i]];
		if (r->classes[i] >= 0)
			continue;
		size_t length;
		const char *label = wp_strings_get(labels, (size_t)d->classes[i], &length);
		err = wp_fail(WP_EMISMATCH, "%s: the model has no %s '%.*s'", name,
			task->target, (int)(length < SHOWN ? length : SHOWN), label);
	}
	d->classes = r->classes;
	wp_vocab_map_fini(&map);
	return err;
}

/* Target tokens that the model lacks are UNKNOWN_TOKEN, if it has that. */
enum wp_err wp_nn_model_input_targets(
	struct wp_nn_model_input *r, const char *name, struct wp_nn_data *d)
{
	enum { SHOWN = 60 };
	const struct wp_strings *vocab = wp_corpus_target_vocab(&r->source.corpus);
	struct wp_vocab_map map;
	enum wp_err err = wp_vocab_map_init(&map, vocab, &r->model->labels);
	if (err)
		return err;
	err = wp_alloc(&r->target_ids, d->target_rows, sizeof *r->target_ids, "ids");
	for (size_t i = 0; i < d->target_rows && !err; i++) {
		const int32_t id = d->target_ids[i];
		r->target_ids[i] = map.id[id];
		if (map.id[id] >= 0)
			continue;
		size_t length;
		const char *word = wp_strings_get(vocab, (size_t)id, &length);
		err = wp_fail(WP_EMISMATCH,
			"%s: '%.*s': not among the model's tokens of targets, which have no "
			"UNKNOWN_TOKEN",
			name, (int)(length < SHOWN ? length : SHOWN), word);
	}
	d->target_ids = r->target_ids;
	d->outputs = r->model->labels.count;
	wp_vocab_map_fini(&map);
	return err;
}

enum wp_err wp_nn_model_input_data(struct wp_nn_model_input *r, const char *name,
	enum wp_nn_target target, struct wp_nn_data *data)
{
	const struct wp_nn_config *c = &r->model->config;
	enum wp_tag_scheme from;
	enum wp_err err = wp_nn_dataset_expect(&r->source, name, c->task, target);
	if (!err && r->model->scheme)
		err = wp_nn_dataset_convert_tags(&r->source, name, r->model->scheme, &from);
	*data = r->source.data;
	if (!err && data->ids)
		err = translate_ids(r, data);
	if (!err)
		err = translate_columns(r, data);
	if (!err && data->classes)
		err = translate_classes(r, name, data);
	if (!err && data->target_ids)
		err = wp_nn_model_input_targets(r, name, data);
	if (!err && wp_nn_tasks[c->task].numbers && data->outputs != c->outputs)
		err = wp_fail(WP_EMISMATCH, "%s: %s of %zu numbers, not %zu", name,
			wp_nn_tasks[c->task].itself ? "rows" : "targets", data->outputs,
			c->outputs);
	return err;
}

void wp_nn_model_input_fini(struct wp_nn_model_input *r)
{
	const size_t columns = r->source.corpus.columns;
	for (size_t k = 0; k < columns && r->column; k++)
		wp_vocab_map_fini(&r->column[k]);
	for (size_t k = 0; k < columns && r->column_ids; k++)
		free(r->column_ids[k]);
	free(r->column);
	free(r->column_ids);
	wp_nn_dataset_fini(&r->source);
	wp_subwords_fini(&r->extended);
	free(r->id);
	free(r->unknown);
	free(r->ids);
	free(r->target_ids);
	free(r->classes);
	*r = (struct wp_nn_model_input){0};
}
