#include "text/corpus_columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"
#include "stream/element.h"

/* One column; from `own` on of one stream, of perhaps several. */
struct wp_corpus_columns_part {
	char ids[WP_NAME_SIZE], vocab[WP_NAME_SIZE]; /* names of tensors */
	struct wp_strings own;
	bool has_vocab, settled; /* own is the corpus's */
	uint64_t count;          /* numbers read        */
};

static enum wp_err name_part(struct wp_corpus_columns_part *p, const char *name, size_t length)
{
	if (length == 0 || length > WP_COLUMN_NAME)
		return wp_fail(WP_EINVAL, "column '%.*s': a name has 1 to %d bytes",
			(int)(length < 60 ? length : 60), name, WP_COLUMN_NAME);
	snprintf(p->ids, sizeof p->ids, "column.%.*s", (int)length, name);
	snprintf(p->vocab, sizeof p->vocab, "column.%.*s.vocab", (int)length, name);
	return WP_OK;
}

enum wp_err wp_corpus_columns_init(struct wp_corpus_columns *c, struct wp_corpus *corpus,
	const struct wp_strings *names, size_t memory, const char *directory)
{
	const size_t n = names ? names->count : 0;
	*c = (struct wp_corpus_columns){.corpus = corpus};
	if (n == 0)
		return WP_OK;
	enum wp_err err = wp_alloc(&corpus->column, n, sizeof *corpus->column, "columns");
	if (!err)
		err = wp_alloc(&c->part, n, sizeof *c->part, "columns");
	for (size_t i = 0; i < n && !err; i++) {
		size_t length;
		const char *name = wp_strings_get(names, i, &length);
		err = name_part(&c->part[i], name, length);
		if (!err)
			err = wp_spool_create(&corpus->column[i].spool, memory, directory);
		corpus->columns += !err;
	}
	return err;
}

/* The vocabulary is complete: its numbers come, or the end. */
static enum wp_err settle(
	struct wp_corpus_columns *c, size_t i, struct wp_reader *reader, bool first)
{
	struct wp_corpus_columns_part *p = &c->part[i];
	struct wp_strings *vocab = &c->corpus->column[i].vocab;
	if (p->settled)
		return WP_OK;
	p->settled = true;
	if (!first)
		return wp_strings_equal(&p->own, vocab)
			? WP_OK
			: wp_fail(WP_EMISMATCH,
				  "%s: joined streams have different '%s' (byte %" PRIu64 ")",
				  wp_reader_name(reader), p->vocab, wp_reader_offset(reader));
	*vocab = p->own;
	p->own = (struct wp_strings){0};
	return WP_OK;
}

static enum wp_err check_list(
	struct wp_reader *reader, const struct wp_tensor *tensor, enum wp_type type)
{
	if (tensor->type == type && tensor->rank == 1)
		return WP_OK;
	return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of type %s",
		wp_reader_name(reader), tensor->name, wp_type_name(type));
}

static enum wp_err take_vocab(struct wp_corpus_columns_part *p, struct wp_reader *reader,
	const struct wp_tensor *tensor)
{
	if (p->settled)
		return wp_fail(WP_EMISMATCH, "%s: '%s' comes after '%s'",
			wp_reader_name(reader), p->vocab, p->ids);
	p->has_vocab = true;
	enum wp_err err = check_list(reader, tensor, WP_STRING);
	return err ? err : wp_reader_strings(reader, &p->own);
}

static enum wp_err take_ids(struct wp_corpus_columns *c, size_t i, struct wp_reader *reader,
	const struct wp_tensor *tensor, bool first)
{
	struct wp_corpus_columns_part *p = &c->part[i];
	struct wp_corpus_column *column = &c->corpus->column[i];
	const void *data;
	size_t size;
	if (tensor->type == WP_F32)
		return wp_fail(WP_EMISMATCH,
			"%s: '%s' is a column of numbers: networks read columns of words",
			wp_reader_name(reader), tensor->name);
	enum wp_err err = check_list(reader, tensor, WP_I32);
	if (!err)
		err = wp_reader_data(reader, &data, &size);
	if (!err && !p->has_vocab)
		err = wp_fail(WP_EMISMATCH, "%s: '%s' comes before its vocabulary",
			wp_reader_name(reader), tensor->name);
	if (!err)
		err = settle(c, i, reader, first);
	if (err)
		return err;
	const int32_t *ids = data;
	const size_t n = size / sizeof *ids;
	for (size_t k = 0; k < n; k++)
		if (ids[k] < 0 || (size_t)ids[k] >= column->vocab.count)
			return wp_fail(WP_EMISMATCH,
				"%s: '%s' has %" PRId32
				", in a vocabulary of %zu (byte %" PRIu64 ")",
				wp_reader_name(reader), p->ids, ids[k], column->vocab.count,
				wp_reader_offset(reader));
	p->count += n;
	return wp_spool_append(column->spool, data, size);
}

enum wp_err wp_corpus_columns_take(struct wp_corpus_columns *c, struct wp_reader *reader,
	const struct wp_tensor *tensor, bool first, bool *taken)
{
	*taken = true;
	for (size_t i = 0; i < c->corpus->columns; i++) {
		if (strcmp(tensor->name, c->part[i].ids) == 0)
			return take_ids(c, i, reader, tensor, first);
		if (strcmp(tensor->name, c->part[i].vocab) == 0)
			return take_vocab(&c->part[i], reader, tensor);
	}
	*taken = false;
	return WP_OK;
}

enum wp_err wp_corpus_columns_end_stream(
	struct wp_corpus_columns *c, struct wp_reader *reader, uint64_t tokens, bool first)
{
	for (size_t i = 0; i < c->corpus->columns; i++) {
		struct wp_corpus_columns_part *p = &c->part[i];
		enum wp_err err = settle(c, i, reader, first);
		if (err)
			return err;
		if (c->corpus->column[i].vocab.count > 0 && p->count != tokens)
			return wp_fail(WP_EMISMATCH,
				"%s: '%s' has %" PRIu64 " numbers for %" PRIu64 " tokens",
				wp_reader_name(reader), p->ids, p->count, tokens);
		wp_strings_fini(&p->own);
		p->has_vocab = p->settled = false;
		p->count = 0;
	}
	return WP_OK;
}

enum wp_err wp_corpus_columns_map(struct wp_corpus_columns *c)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < c->corpus->columns && !err; i++) {
		const void *data;
		err = wp_spool_map(c->corpus->column[i].spool, &data);
		c->corpus->column[i].ids = data;
	}
	return err;
}

void wp_corpus_columns_fini(struct wp_corpus_columns *c)
{
	for (size_t i = 0; c->part && i < c->corpus->columns; i++)
		wp_strings_fini(&c->part[i].own);
	free(c->part);
	*c = (struct wp_corpus_columns){0};
}
