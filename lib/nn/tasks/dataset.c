#include "nn/tasks/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"
#include "nn/tasks/cell_rows.h"
#include "stream/element.h"
#include "text/capitals.h"
#include "text/vocab_map.h"

const char *const wp_nn_target_names[] = {"step", "end", "next", NULL};

struct reading {
	struct wp_nn_dataset *source;
	bool rows;
	wp_record_fn *other;
	void *arg;
};

/* All numbers have to be finite; a target that is not a number, where there is none. */
static enum wp_err check_rows(const char *from, const struct wp_tensor *t, const void *data)
{
	struct wp_tensor row = *t;
	size_t count;
	if (strcmp(t->name, "targets") != 0)
		return wp_check_finite(from, t, data);
	if (!wp_tensor_count(t, &count))
		return WP_OK;
	for (size_t i = 0; i < count; i++)
		if (isinf(wp_element(data, t->type, i)))
			return wp_fail(WP_ECORRUPT,
				"%s: '%s' has a value that is infinite (row %zu)", from,
				t->name,
				(size_t)row.first + i / (count / (size_t)t->dim[0]) + 1);
	return WP_OK;
}

/* Numbers of another type than f32. */
static enum wp_err append_converted(struct wp_spool *spool, const char *from,
	const struct wp_tensor *t, const void *data, size_t count)
{
	float block[256];
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < count && !err;) {
		size_t n = 0;
		for (; n < sizeof block / sizeof *block && i < count; n++, i++) {
			double value = wp_element(data, t->type, i);
			block[n] = (float)value;
			if (isinf(block[n]))
				return wp_fail(WP_ECORRUPT,
					"%s: '%s' has the number %g, too large for f32", from,
					t->name, value);
		}
		err = wp_spool_append(spool, block, n * sizeof *block);
	}
	return err;
}

/* Rows of a tensor of numbers go to its spool. */
static enum wp_err take_rows(struct wp_reader *reader, const struct wp_tensor *t,
	struct wp_spool *spool, size_t *width, size_t *rows)
{
	const char *from = wp_reader_name(reader);
	const void *data;
	size_t size;
	/* One axis is a number a step. */
	uint64_t columns = t->rank == 1 ? 1 : t->dim[1];
	if (t->type == WP_STRING || t->rank < 1 || t->rank > 2 || columns == 0)
		return wp_fail(WP_EMISMATCH, "%s: '%s' is not a matrix of numbers, nor a list",
			from, t->name);
	if (*rows > 0 && *width != columns)
		return wp_fail(WP_EMISMATCH,
			"%s: '%s' has rows of %" PRIu64 " numbers after rows of %zu", from,
			t->name, columns, *width);
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (!err)
		err = check_rows(from, t, data);
	if (err)
		return err;
	*width = (size_t)columns;
	*rows += (size_t)t->dim[0];
	return t->type == WP_F32
		? wp_spool_append(spool, data, size)
		: append_converted(spool, from, t, data, (size_t)(t->dim[0] * columns));
}

/* ---- Rows, each for itself ---- */

/* The matrices that rows come from. */
static const char *const matrices[] = {
	"onehot", "encoding", "reconstruction", "embedding", "series", NULL};

/* The matrix of which the record is, or NULL. */
static const char *matrix_of(const struct wp_nn_dataset *s, const struct wp_tensor *tensor)
{
	if (wp_nn_cell_rows_own(s->cells, tensor))
		return matrices[0];
	for (int i = 0; matrices[i]; i++)
		if (strcmp(tensor->name, matrices[i]) == 0)
			return matrices[i];
	return NULL;
}

static enum wp_err take_matrix(struct wp_nn_dataset *s, struct wp_reader *reader,
	const struct wp_tensor *tensor, const char *name)
{
	const bool cells = wp_nn_cell_rows_own(s->cells, tensor);
	if ((s->matrix && strcmp(s->matrix, name) != 0) || (cells && s->value_rows > 0) ||
		(!cells && s->cells->rows > 0))
		return wp_fail(WP_EMISMATCH,
			"%s: rows in '%s' and in '%s': ts-select leaves one of them out",
			wp_reader_name(reader), s->matrix, tensor->name);
	s->matrix = name;
	return cells ? wp_nn_cell_rows_take(s->cells, reader, tensor)
		     : take_rows(reader, tensor, s->values, &s->data.inputs, &s->value_rows);
}

static enum wp_err take(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	static const char *const known[] = {
		"labels", "labels.vocab", "tags", "tags.vocab", NULL};
	static const char of_columns[] = "column.";
	struct reading *r = arg;
	struct wp_nn_dataset *s = r->source;
	const char *matrix = r->rows ? matrix_of(s, tensor) : NULL;
	if (matrix) {
		/* The shape is kept beside the model: 'onehot --from' asks for it. */
		enum wp_err err = take_matrix(s, reader, tensor, matrix);
		bool shape = strcmp(tensor->name, "onehot.shape") == 0;
		return !err && shape && r->other ? r->other(r->arg, reader, tensor) : err;
	}
	if (strcmp(tensor->name, "series") == 0)
		return take_rows(reader, tensor, s->values, &s->data.inputs, &s->value_rows);
	if (strcmp(tensor->name, "targets") == 0)
		return take_rows(reader, tensor, s->targets, &s->data.outputs, &s->target_rows);
	if (strcmp(tensor->name, "encoding") == 0)
		return take_rows(
			reader, tensor, s->encodings, &s->data.encoding, &s->encoding_rows);
	s->has_labels |= strcmp(tensor->name, "labels") == 0;
	s->has_tags |= strcmp(tensor->name, "tags") == 0;
	for (int i = 0; known[i]; i++)
		if (strcmp(tensor->name, known[i]) == 0)
			return WP_OK;
	if (strncmp(tensor->name, of_columns, sizeof of_columns - 1) == 0)
		return WP_OK; /* those that nobody wants */
	return r->other ? r->other(r->arg, reader, tensor) : WP_OK;
}

static enum wp_err missing(const char *from, const char *what, const char *task)
{
	return wp_fail(WP_EMISMATCH, "%s: no '%s', which %s needs", from, what, task);
}

/* Labels and tags are easily taken for each other. */
static enum wp_err missing_classes(
	const struct wp_nn_dataset *s, const char *from, const char *what, const char *task)
{
	bool tags = strcmp(what, "tags") == 0;
	bool other = tags ? s->has_labels : s->has_tags;
	if (s->value_rows > 0)
		return wp_fail(WP_EMISMATCH,
			"%s: no '%s', which %s needs%s: 'ts-convert --from csv --%s COLUMN' reads "
			"them from a table",
			from, what, task,
			!other         ? ""
				: tags ? ", but 'labels'"
				       : ", but 'tags'",
			tags ? "tags" : "label");
	if (other)
		return wp_fail(WP_EMISMATCH,
			"%s: no '%s', which %s needs, but '%s': 'vocab --%s' takes what stands "
			"before a TAB for %s",
			from, what, task, tags ? "labels" : "tags", what,
			tags ? "tags, one for each token" : "the label of the line");
	return wp_fail(WP_EMISMATCH,
		"%s: no '%s', which %s needs: 'vocab --%s' reads them from the text, before a "
		"TAB",
		from, what, task, what);
}

/* What is read. */
static enum wp_err set_inputs(struct wp_nn_dataset *s, const char *from)
{
	struct wp_nn_data *d = &s->data;
	const void *values, *targets = NULL, *encodings = NULL;
	if (s->corpus.tokens > 0 && s->value_rows > 0)
		return wp_fail(WP_EMISMATCH, "%s: both 'ids' and 'series'", from);
	enum wp_err err = wp_spool_map(s->values, &values);
	if (!err)
		err = wp_spool_map(s->targets, &targets);
	if (!err)
		err = wp_spool_map(s->encodings, &encodings);
	if (err)
		return err;
	d->values = values;
	d->targets = targets;
	d->encodings = s->encoding_rows > 0 ? encodings : NULL;
	d->ids = s->corpus.ids;
	d->lengths = s->corpus.lengths;
	d->sequences = s->corpus.sentences;
	d->rows = s->value_rows > 0 ? s->value_rows : s->corpus.tokens;
	if (d->sequences == 0 && s->value_rows > 0) {
		if (d->rows > INT32_MAX)
			return wp_fail(WP_ELIMIT, "%s: a series of %zu rows", from, d->rows);
		s->whole = (int32_t)d->rows;
		d->lengths = &s->whole;
		d->sequences = 1;
	}
	size_t rows = 0;
	for (size_t i = 0; i < d->sequences; i++)
		rows += (size_t)d->lengths[i];
	return rows == d->rows
		? WP_OK
		: wp_fail(WP_EMISMATCH, "%s: lengths and series do not agree", from);
}

static enum wp_err set_rows(struct wp_nn_dataset *s, const struct wp_reader *reader)
{
	struct wp_nn_data *d = &s->data;
	const size_t labels = s->corpus.sentences;
	const void *values = NULL;
	enum wp_err err = s->value_rows > 0 ? wp_spool_map(s->values, &values)
					    : wp_nn_cell_rows_end(s->cells, reader, d);
	if (err)
		return err;
	d->values = values;
	d->rows = d->sequences = s->value_rows > 0 ? s->value_rows : s->cells->rows;
	if (values)
		d->start = NULL;
	d->outputs = d->inputs;
	if (labels > 0 && labels != d->rows)
		return wp_fail(WP_EMISMATCH, "%s: %zu labels for %zu rows",
			wp_reader_name(reader), labels, d->rows);
	err = wp_alloc(&s->ones, d->rows, sizeof *s->ones, "rows");
	for (size_t i = 0; i < d->rows && !err; i++)
		s->ones[i] = 1;
	d->lengths = s->ones;
	return err;
}

static enum wp_err no_rows(const char *from)
{
	return wp_fail(WP_EMISMATCH,
		"%s: no rows: 'onehot --bow' makes bags of the words that vocab has counted; "
		"vectors are read from 'embedding', 'encoding' or 'series'",
		from);
}

/* How the words are capitalised: a column that every text has. */
static const char capitals[] = "caps";

static enum wp_err derive_capitals(struct wp_nn_dataset *s, struct wp_corpus_column *column)
{
	const struct wp_corpus *c = &s->corpus;
	int32_t *of;
	enum wp_err err = wp_capitals_list(&c->vocab, &column->vocab, &of);
	if (!err)
		err = wp_alloc(&s->capitals, c->tokens ? c->tokens : 1, sizeof *s->capitals,
			"capitals");
	for (size_t i = 0; i < c->tokens && !err; i++)
		s->capitals[i] = of[c->ids[i]];
	free(of);
	column->ids = s->capitals;
	return err;
}

static enum wp_err missing_column(
	const struct wp_nn_dataset *s, const char *from, const char *name, int length)
{
	if (!s->corpus.ids && s->value_rows > 0)
		return wp_fail(WP_EMISMATCH,
			"%s: no 'column.%.*s', which the network reads: columns are those of a "
			"text, and this is a series of numbers",
			from, length, name);
	return wp_fail(WP_EMISMATCH,
		"%s: no 'column.%.*s', which the network reads: 'ts-convert --from conll --columns "
		"WORD,TAG,%.*s=NUMBER' reads it from a text in columns",
		from, length, name, length, name);
}

static enum wp_err set_columns(
	struct wp_nn_dataset *s, const char *from, const struct wp_strings *names)
{
	struct wp_corpus *c = &s->corpus;
	enum wp_err err =
		wp_alloc(&s->column, c->columns ? c->columns : 1, sizeof *s->column, "columns");
	for (size_t i = 0; i < c->columns && !err; i++) {
		size_t n;
		const char *name = wp_strings_get(names, i, &n);
		const bool derived = c->column[i].vocab.count == 0 && c->vocab.count > 0 &&
			n == strlen(capitals) && memcmp(name, capitals, n) == 0;
		if (derived)
			err = derive_capitals(s, &c->column[i]);
		else if (c->column[i].vocab.count == 0)
			err = missing_column(s, from, name, (int)n);
		s->column[i] = c->column[i].ids;
	}
	s->data.column = s->column;
	s->data.columns = c->columns;
	return err;
}

enum wp_err wp_nn_dataset_map_column(
	struct wp_nn_dataset *s, size_t i, const struct wp_strings *vocab)
{
	struct wp_corpus_column *column = &s->corpus.column[i];
	const size_t tokens = s->corpus.tokens;
	struct wp_vocab_map map;
	enum wp_err err = wp_vocab_map_init(&map, &column->vocab, vocab);
	if (err)
		return err;
	if (!s->mapped)
		err = wp_alloc(&s->mapped, s->corpus.columns, sizeof *s->mapped, "columns");
	if (!err)
		err = wp_alloc(
			&s->mapped[i], tokens ? tokens : 1, sizeof *s->mapped[i], "columns");
	for (size_t k = 0; k < tokens && !err; k++)
		s->mapped[i][k] = map.id[column->ids[k]];
	wp_vocab_map_fini(&map);
	if (err)
		return err;
	column->ids = s->column[i] = s->mapped[i];
	wp_strings_fini(&column->vocab);
	return wp_strings_add_all(&column->vocab, vocab);
}

static enum wp_err set_numbers(
	struct wp_nn_dataset *s, const char *from, enum wp_nn_target target)
{
	struct wp_nn_data *d = &s->data;
	if (target == WP_NN_NEXT) {
		if (!d->values)
			return missing(from, "series", "predicting its next value");
		d->targets = NULL;
		d->outputs = d->inputs;
		return WP_OK;
	}
	size_t wanted = target == WP_NN_EACH_STEP ? d->rows : d->sequences;
	if (s->target_rows == 0 && s->value_rows == 0)
		return missing(from, "targets", "regress");
	if (s->target_rows == 0)
		return wp_fail(WP_EMISMATCH,
			"%s: no 'targets', which regress needs: '\1target next' learns to continue "
			"the series itself",
			from);
	return s->target_rows == wanted
		? WP_OK
		: wp_fail(WP_EMISMATCH, "%s: %zu rows of targets for %zu %s", from,
			  s->target_rows, wanted,
			  target == WP_NN_EACH_STEP ? "steps" : "sequences");
}

static enum wp_err set_pairs(struct wp_nn_dataset *s, const char *from)
{
	struct wp_nn_data *d = &s->data;
	struct wp_corpus_target *t = &s->corpus.target;
	if (!t->given)
		return wp_fail(WP_EMISMATCH,
			"%s: no 'target.ids', which translate needs: 'tokenize --pair | vocab "
			"--pair' makes them of lines SOURCE TAB TARGET",
			from);
	if (t->sentences != d->sequences)
		return wp_fail(WP_EMISMATCH, "%s: %zu targets for %zu sources", from,
			t->sentences, d->sequences);
	d->target_ids = t->ids;
	d->target_lengths = t->lengths;
	d->target_rows = t->tokens;
	d->outputs = wp_corpus_target_vocab(&s->corpus)->count;
	/* The model has both, also where they are the same. */
	return t->shared && t->vocab.count == 0
		? wp_strings_add_all(&t->vocab, &s->corpus.vocab)
		: WP_OK;
}

enum wp_err wp_nn_dataset_expect(struct wp_nn_dataset *s, const char *from,
	enum wp_nn_task task, enum wp_nn_target target)
{
	struct wp_nn_data *d = &s->data;
	const struct wp_nn_task_type *type = &wp_nn_tasks[task];
	if (type->itself)
		return d->rows > 0 ? WP_OK : no_rows(from);
	if (d->rows == 0)
		return wp_fail(WP_EMISMATCH, "%s: no sequences", from);
	if (type->pairs)
		return set_pairs(s, from);
	if (type->numbers)
		return set_numbers(s, from, target);
	if (type->next)
		return d->ids ? WP_OK : missing(from, type->tensor, type->name);
	d->classes = type->by_row ? s->corpus.tags : s->corpus.labels;
	return wp_nn_dataset_labels(s, task)->count > 0
		? WP_OK
		: missing_classes(s, from, type->tensor, type->name);
}

static enum wp_err read_all(struct wp_nn_dataset *source, struct wp_reader *reader,
	unsigned wanted, const struct wp_strings *columns, size_t memory, const char *directory,
	wp_record_fn *other, void *arg)
{
	struct reading r = {
		.source = source, .rows = wanted & WP_CORPUS_ROWS, .other = other, .arg = arg};
	*source = (struct wp_nn_dataset){0};
	enum wp_err err = wp_spool_create(&source->values, memory / 2, directory);
	if (!err)
		err = wp_spool_create(&source->targets, memory / 8, directory);
	if (!err && r.rows)
		err = wp_alloc(&source->cells, 1, sizeof *source->cells, "rows");
	if (!err && r.rows)
		err = wp_nn_cell_rows_init(source->cells, memory / 2, directory);
	if (!err)
		err = wp_spool_create(&source->encodings, memory / 8, directory);
	if (!err)
		err = wp_corpus_read(
			&source->corpus, reader, wanted, columns, memory, directory, take, &r);
	if (err == WP_EMISMATCH && source->value_rows > 0 && !(wanted & WP_CORPUS_NO_IDS))
		err = wp_fail(WP_EMISMATCH,
			"%s: a 'series' of numbers, not a text: '\1task regress \1target next' "
			"learns to continue it",
			wp_reader_name(reader));
	if (!err && r.rows)
		return set_rows(source, reader);
	if (!err)
		err = set_inputs(source, wp_reader_name(reader));
	return err ? err : set_columns(source, wp_reader_name(reader), columns);
}

enum wp_err wp_nn_dataset_read(struct wp_nn_dataset *source, struct wp_reader *reader,
	enum wp_nn_task task, enum wp_nn_target target, const struct wp_strings *columns,
	size_t memory, const char *directory, wp_record_fn *other, void *arg)
{
	const char *from = wp_reader_name(reader);
	unsigned wanted = wp_nn_tasks[task].corpus;
	enum wp_err err =
		read_all(source, reader, wanted, columns, memory, directory, other, arg);
	if (!err)
		err = wp_nn_dataset_expect(source, from, task, target);
	if (err)
		wp_nn_dataset_fini(source);
	return err;
}

enum wp_err wp_nn_dataset_read_any(struct wp_nn_dataset *source, struct wp_reader *reader,
	bool pairs, const struct wp_strings *columns, size_t memory, const char *directory,
	wp_record_fn *other, void *arg)
{
	unsigned wanted = WP_CORPUS_NO_IDS | WP_CORPUS_LABELS | WP_CORPUS_TAGS;
	wanted |= pairs ? WP_CORPUS_PAIRS : 0;
	enum wp_err err =
		read_all(source, reader, wanted, columns, memory, directory, other, arg);
	if (err)
		wp_nn_dataset_fini(source);
	return err;
}

enum wp_err wp_nn_dataset_read_rows(struct wp_nn_dataset *source, struct wp_reader *reader,
	size_t memory, const char *directory, wp_record_fn *other, void *arg)
{
	unsigned wanted = WP_CORPUS_ROWS | WP_CORPUS_LABELS;
	enum wp_err err = read_all(source, reader, wanted, NULL, memory, directory, other, arg);
	if (err)
		wp_nn_dataset_fini(source);
	return err;
}

enum wp_err wp_nn_dataset_check_encodings(
	const struct wp_nn_dataset *s, const char *name, size_t width)
{
	if (s->encoding_rows == 0)
		return wp_fail(WP_EMISMATCH,
			"%s: no 'encoding', a vector for each sequence, which the network reads: "
			"'ts-select' joins it with the sequences",
			name);
	if (width > 0 && s->data.encoding != width)
		return wp_fail(WP_EMISMATCH,
			"%s: vectors of %zu numbers in 'encoding' for a network that reads %zu",
			name, s->data.encoding, width);
	return s->data.sequences == 0 || s->encoding_rows == s->data.sequences
		? WP_OK
		: wp_fail(WP_EMISMATCH, "%s: %zu vectors in 'encoding' for %zu sequences", name,
			  s->encoding_rows, s->data.sequences);
}

/* The place of a word in a list, to which it is appended if it is not there. */
static enum wp_err place_of(
	struct wp_strings *list, const char *word, size_t length, int32_t *place)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t n;
		const char *other = wp_strings_get(list, i, &n);
		*place = (int32_t)i;
		if (n == length && memcmp(other, word, n) == 0)
			return WP_OK;
	}
	*place = (int32_t)list->count;
	return wp_strings_add(list, word, length);
}

static enum wp_err convert_sentence(struct wp_nn_dataset *s, const struct wp_tag_set *set,
	size_t row, size_t n, enum wp_tag_scheme to, struct wp_strings *names)
{
	struct wp_strings words = {0};
	enum wp_err err = wp_tags_convert(set, s->corpus.tags + row, n, to, &words);
	for (size_t i = 0; i < n && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(&words, i, &length);
		err = place_of(names, word, length, &s->tags[row + i]);
	}
	wp_strings_fini(&words);
	return err;
}

enum wp_err wp_nn_dataset_convert_tags(struct wp_nn_dataset *s, const char *name,
	enum wp_tag_scheme to, enum wp_tag_scheme *from)
{
	struct wp_corpus *c = &s->corpus;
	struct wp_tag_set set;
	struct wp_strings names = {0};
	size_t row = 0;
	enum wp_err err = wp_tag_set_init(&set, &c->tag_vocab);
	if (err)
		return err;
	*from = wp_tag_scheme_of(&set, c->tags, c->lengths, c->sentences);
	if (*from == WP_SCHEME_NONE)
		err = wp_fail(WP_EMISMATCH, "%s: the tags mark no chunks (B-X, I-X, O)", name);
	if (!err)
		err = wp_alloc(&s->tags, c->tokens, sizeof *s->tags, "tags");
	for (size_t i = 0; i < c->sentences && !err; row += (size_t)c->lengths[i++])
		err = convert_sentence(s, &set, row, (size_t)c->lengths[i], to, &names);
	wp_tag_set_fini(&set);
	if (err) {
		wp_strings_fini(&names);
		return err;
	}
	wp_strings_fini(&c->tag_vocab);
	c->tag_vocab = names;
	c->tags = s->tags;
	if (s->data.classes)
		s->data.classes = s->tags;
	return WP_OK;
}

void wp_nn_dataset_fini(struct wp_nn_dataset *s)
{
	for (size_t i = 0; s->mapped && i < s->corpus.columns; i++)
		free(s->mapped[i]);
	free(s->mapped);
	wp_corpus_fini(&s->corpus);
	wp_spool_free(s->values);
	wp_spool_free(s->targets);
	wp_spool_free(s->encodings);
	if (s->cells)
		wp_nn_cell_rows_fini(s->cells);
	free(s->cells);
	free(s->ones);
	free(s->tags);
	free(s->column);
	free(s->capitals);
	*s = (struct wp_nn_dataset){0};
}

struct wp_strings *wp_nn_dataset_labels(struct wp_nn_dataset *s, enum wp_nn_task task)
{
	return wp_nn_tasks[task].pairs     ? &s->corpus.target.vocab
		: wp_nn_tasks[task].by_row ? &s->corpus.tag_vocab
					   : &s->corpus.label_vocab;
}
