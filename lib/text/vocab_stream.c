#include "text/vocab_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "stream/format.h"
#include "text/vocab_list.h"

enum { VOCAB, COUNTS, IDS, LENGTHS, NAMES };

/* Of each side. */
static const char *const names[WP_SIDES][NAMES] = {
	[WP_SOURCE] = {"vocab", "counts", "ids", "lengths"},
	[WP_TARGET] = {"target.vocab", "target.counts", "target.ids", "target.lengths"},
};

enum wp_err wp_vocab_put(struct wp_writer *writer, enum wp_side side,
	const struct wp_counted *counted, enum wp_annotation annotation)
{
	enum wp_err err = wp_writer_put_list(writer, names[side][VOCAB], &counted->tokens);
	if (!err && annotation == WP_LABELLED)
		err = wp_writer_put_list(writer, "labels.vocab", &counted->labels);
	if (!err && annotation == WP_TAGGED)
		err = wp_writer_put_list(writer, "tags.vocab", &counted->tags);
	return err;
}

enum wp_err wp_counts_put(
	struct wp_writer *writer, enum wp_side side, const int64_t *counts, size_t n)
{
	struct wp_tensor tensor = wp_tensor_1d(names[side][COUNTS], WP_I64, n);
	return wp_writer_put(writer, &tensor, counts);
}

enum wp_err wp_id_batch_put(void *arg, const struct wp_id_batch *batch)
{
	const struct wp_id_put *put = arg;
	struct wp_writer *writer = put->writer;
	const char *const *name = names[put->side];
	size_t n = batch->sentence_count;
	enum wp_err err = WP_OK;
	for (size_t i = 0; put->counts && i < batch->id_count; i++)
		put->counts[batch->ids[i]]++;
	if (batch->id_count > 0)
		err = wp_writer_put_slice(
			writer, name[IDS], WP_I32, batch->ids, batch->id_count, true);
	if (!err && batch->id_count > 0 && batch->tags)
		err = wp_writer_put_slice(
			writer, "tags", WP_I32, batch->tags, batch->id_count, true);
	if (!err && n > 0)
		err = wp_writer_put_slice(
			writer, name[LENGTHS], WP_I32, batch->lengths, n, true);
	if (!err && n > 0 && batch->labels)
		err = wp_writer_put_slice(writer, "labels", WP_I32, batch->labels, n, true);
	return err;
}

enum wp_err wp_id_batch_put_end(const struct wp_id_put *put, enum wp_annotation annotation)
{
	static const int32_t none[1];
	struct wp_writer *writer = put->writer;
	const char *const *name = names[put->side];
	enum wp_err err = wp_writer_put_slice(writer, name[IDS], WP_I32, none, 0, false);
	if (!err && annotation == WP_TAGGED)
		err = wp_writer_put_slice(writer, "tags", WP_I32, none, 0, false);
	if (!err)
		err = wp_writer_put_slice(writer, name[LENGTHS], WP_I32, none, 0, false);
	if (!err && annotation == WP_LABELLED)
		err = wp_writer_put_slice(writer, "labels", WP_I32, none, 0, false);
	return err;
}

static enum wp_err mismatch(const struct wp_reader *reader, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s", wp_reader_name(reader), what);
}

static enum wp_err check_list(
	struct wp_reader *reader, const struct wp_tensor *tensor, enum wp_type type)
{
	if (tensor->type == type && tensor->rank == 1)
		return WP_OK;
	return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of type %s",
		wp_reader_name(reader), tensor->name, wp_type_name(type));
}

static enum wp_err read_strings(
	struct wp_reader *reader, const struct wp_tensor *tensor, struct wp_strings *list)
{
	enum wp_err err = check_list(reader, tensor, WP_STRING);
	return err ? err : wp_reader_strings(reader, list);
}

/* Append a record's numbers to the malloc'ed *values, of which there are *count. */
static enum wp_err read_numbers(struct wp_reader *reader, const struct wp_tensor *tensor,
	enum wp_type type, void *values, size_t *count, size_t *room)
{
	const void *data;
	size_t size, each = wp_type_size(type);
	enum wp_err err = check_list(reader, tensor, type);
	if (err)
		return err;
	err = wp_reader_data(reader, &data, &size);
	if (!err && type == WP_I64) /* counts; others are codes */
		err = wp_check_counts(wp_reader_name(reader), tensor, data);
	if (err || size == 0)
		return err;
	err = wp_grow(values, room, *count + size / each, each, tensor->name);
	if (err)
		return err;
	char *to;
	memcpy(&to, values, sizeof to);
	memcpy(to + *count * each, data, size);
	*count += size / each;
	return WP_OK;
}

/* Take a record that is part of a side's vocabulary; *taken tells whether it is one. */
static enum wp_err take_vocab(struct wp_counted *counted, enum wp_side side, size_t *counts,
	size_t *room, struct wp_reader *reader, const struct wp_tensor *tensor, bool *taken)
{
	*taken = true;
	if (strcmp(tensor->name, names[side][VOCAB]) == 0)
		return read_strings(reader, tensor, &counted->tokens);
	if (side == WP_SOURCE && strcmp(tensor->name, "labels.vocab") == 0)
		return read_strings(reader, tensor, &counted->labels);
	if (side == WP_SOURCE && strcmp(tensor->name, "tags.vocab") == 0)
		return read_strings(reader, tensor, &counted->tags);
	if (strcmp(tensor->name, names[side][COUNTS]) == 0)
		return read_numbers(reader, tensor, WP_I64, &counted->counts, counts, room);
	*taken = false;
	return WP_OK;
}

static enum wp_err read_stream(
	struct wp_counted *counted, struct wp_reader *reader, wp_record_fn *other, void *arg)
{
	const struct wp_tensor *tensor;
	size_t counts = 0, room = 0;
	bool has_vocab = false;
	struct wp_strings pieces = {0};
	enum wp_err err;
	while (!(err = wp_reader_next(reader, &tensor))) {
		bool taken;
		has_vocab |= strcmp(tensor->name, "vocab") == 0;
		err = take_vocab(counted, WP_SOURCE, &counts, &room, reader, tensor, &taken);
		if (!err && strcmp(tensor->name, "pieces") == 0)
			err = read_strings(reader, tensor, &pieces);
		if (!err && !taken && strcmp(tensor->name, names[WP_TARGET][VOCAB]) == 0)
			err = read_strings(reader, tensor, &counted->targets);
		else if (!err && !taken && other)
			err = other(arg, reader, tensor);
		if (err)
			break;
	}
	if (err == WP_END)
		err = WP_OK;
	if (!err && !has_vocab && pieces.count > 0) {
		counted->tokens = pieces;
		pieces = (struct wp_strings){0};
		has_vocab = true;
	}
	wp_strings_fini(&pieces);
	if (!err && !has_vocab)
		err = mismatch(reader, "no vocabulary");
	if (!err && counted->counts && counts != counted->tokens.count)
		err = mismatch(reader, "counts do not fit the vocabulary");
	return err;
}

/* *reader over input for a stream; for a list that is NULL, and the list is read. */
static enum wp_err open_either(
	struct wp_input *input, struct wp_reader **reader, struct wp_counted *list)
{
	const char *data;
	size_t have;
	*reader = NULL;
	*list = (struct wp_counted){0};
	enum wp_err err = wp_input_peek(input, 8, &data, &have);
	if (!err && have == 0)
		err = wp_fail(WP_ETRUNC, "%s: empty", wp_input_name(input));
	if (!err && wp_signature_may_begin(data, have))
		return wp_reader_over(reader, input);
	if (!err)
		err = wp_input_expect_text(input);
	if (!err)
		err = wp_vocab_list_read(input, &list->tokens, &list->counts);
	wp_input_close(input);
	return err;
}

enum wp_err wp_vocab_read(
	struct wp_counted *counted, struct wp_input *input, wp_record_fn *other, void *arg)
{
	struct wp_reader *reader;
	enum wp_err err = open_either(input, &reader, counted);
	if (!err && reader)
		err = read_stream(counted, reader, other, arg);
	wp_reader_close(reader);
	if (err)
		wp_counted_fini(counted);
	return err;
}

/* One stream that is being merged, or one side of it. */
struct part {
	enum wp_side side;
	bool has_vocab, has_ids;
	struct part *source; /* of a target: the other side, whose vocabulary it may share */
	struct wp_counter *counter;
	struct wp_reader *reader;
	struct wp_counted counted;
	size_t counts, counts_room;
	/* From its ids to the counter's, once the vocabulary is complete. */
	int32_t *new_id, *new_label;
	int32_t *block; /* a record's ids in the counter's numbers */
	size_t block_room;
	uint64_t ids, length_sum, lengths, labels; /* labels: or tags */
};

/* The list of the annotations that the counter's text has. */
static const struct wp_strings *labels_of(const struct part *p)
{
	return wp_counter_params(p->counter)->annotation == WP_TAGGED ? &p->counted.tags
								      : &p->counted.labels;
}

/* Its words. */
static const struct wp_strings *tokens_of(const struct part *p)
{
	return p->source && !p->has_vocab ? &p->source->counted.tokens : &p->counted.tokens;
}

static void part_fini(struct part *p)
{
	wp_counted_fini(&p->counted);
	free(p->new_id);
	free(p->new_label);
	free(p->block);
}

/* Add counts to the tokens of a list; with counts NULL only make sure that the counter has
 * them. new_id, where it is not NULL, gets their ids. */
static enum wp_err add_tokens(struct wp_counter *counter, const char *name,
	const struct wp_strings *tokens, const int64_t *counts, int32_t *new_id)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < tokens->count && !err; i++) {
		size_t length;
		const char *token = wp_strings_get(tokens, i, &length);
		int64_t count = counts ? counts[i] : 0;
		int32_t id;
		if (length == 0 || count < 0)
			return wp_fail(WP_EMISMATCH, "%s: %s (token %zu)", name,
				length ? "a count below 0" : "an empty token", i + 1);
		err = wp_counter_add(counter, token, length, count, &id);
		if (new_id)
			new_id[i] = id;
	}
	return err;
}

/* The part's vocabulary is complete: its ids come, or its end.  Its counts may come later. */
static enum wp_err add_vocab(struct part *p)
{
	const struct wp_strings *tokens = tokens_of(p), *labels = labels_of(p);
	if (p->new_id)
		return WP_OK;
	/* A vocabulary that is shared is complete for both. */
	enum wp_err err = p->source && !p->has_vocab ? add_vocab(p->source) : WP_OK;
	if (err)
		return err;
	err = wp_alloc(&p->new_id, tokens->count, sizeof *p->new_id, "vocabulary");
	if (!err)
		err = wp_alloc(&p->new_label, labels->count, sizeof *p->new_label, "labels");
	if (!err)
		err = add_tokens(
			p->counter, wp_reader_name(p->reader), tokens, NULL, p->new_id);
	for (size_t i = 0; i < labels->count && !err; i++) {
		size_t length;
		const char *label = wp_strings_get(labels, i, &length);
		if (length == 0)
			return mismatch(p->reader, "an empty label");
		err = wp_counter_add_label(p->counter, label, length, &p->new_label[i]);
	}
	return err;
}

/* A record of numbers below `limit`, renumbered, in p->block. */
static enum wp_err renumber(struct part *p, const struct wp_tensor *tensor,
	const int32_t *new_number, size_t limit, size_t *n)
{
	*n = 0;
	enum wp_err err = read_numbers(p->reader, tensor, WP_I32, &p->block, n, &p->block_room);
	for (size_t i = 0; i < *n && !err; i++) {
		if (p->block[i] < 0 || (size_t)p->block[i] >= limit)
			return mismatch(p->reader, "ids do not fit the vocabulary");
		p->block[i] = new_number[p->block[i]];
	}
	return err;
}

static enum wp_err merge_lengths(struct part *p, const struct wp_tensor *tensor)
{
	size_t n = 0;
	enum wp_err err =
		read_numbers(p->reader, tensor, WP_I32, &p->block, &n, &p->block_room);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (p->block[i] < 0)
			return mismatch(p->reader, "a sentence of a length below 0");
		p->length_sum += (uint64_t)p->block[i];
	}
	p->lengths += n;
	return wp_counter_add_lengths(p->counter, p->block, n);
}

static enum wp_err merge_record(struct part *p, const struct wp_tensor *tensor)
{
	size_t n;
	bool taken;
	enum wp_err err = take_vocab(
		&p->counted, p->side, &p->counts, &p->counts_room, p->reader, tensor, &taken);
	const struct wp_count_params *params = wp_counter_params(p->counter);
	const char *const *name = names[p->side];
	p->has_vocab |= strcmp(tensor->name, name[VOCAB]) == 0;
	if (!err && tensor->type == WP_STRING && taken && p->new_id)
		err = mismatch(p->reader, "a vocabulary that goes on behind ids");
	if (!err && p->counted.labels.count > 0 && params->annotation != WP_LABELLED)
		err = mismatch(p->reader, "its sentences have labels, which are not asked for");
	if (!err && p->counted.tags.count > 0 && params->annotation != WP_TAGGED)
		err = mismatch(p->reader, "its tokens have tags, which are not asked for");
	if (err || taken || !params->with_ids)
		return err;
	if (strcmp(tensor->name, name[LENGTHS]) == 0)
		return merge_lengths(p, tensor);
	if (strcmp(tensor->name, name[IDS]) == 0) {
		p->has_ids = true;
		err = add_vocab(p);
		if (!err)
			err = renumber(p, tensor, p->new_id, tokens_of(p)->count, &n);
		if (err)
			return err;
		p->ids += n;
		return wp_counter_add_ids(p->counter, p->block, n);
	}
	if (params->annotation &&
		strcmp(tensor->name, params->annotation == WP_TAGGED ? "tags" : "labels") ==
			0) {
		err = add_vocab(p);
		if (!err)
			err = renumber(p, tensor, p->new_label, labels_of(p)->count, &n);
		if (err)
			return err;
		p->labels += n;
		return wp_counter_add_labels(p->counter, p->block, n);
	}
	return WP_OK;
}

/* All of it has been read: does it agree?  Then its counts are added. */
static enum wp_err end_part(struct part *p)
{
	const struct wp_count_params *params = wp_counter_params(p->counter);
	if (params->with_ids && !p->has_ids)
		return mismatch(p->reader,
			p->side == WP_TARGET ? "no targets: is it the output of 'vocab --pair'?"
					     : "no ids, only counts: merge it without ids");
	if (p->ids != p->length_sum)
		return mismatch(p->reader, "lengths and ids do not agree");
	if (params->with_ids && params->annotation == WP_LABELLED && p->labels != p->lengths)
		return mismatch(p->reader, "not a label for each sentence");
	if (params->with_ids && params->annotation == WP_TAGGED && p->labels != p->ids)
		return mismatch(p->reader, "not a tag for each token");
	if (p->source && p->lengths != p->source->lengths)
		return mismatch(p->reader, "not a target for each source");
	if (p->source && !params->with_ids && !p->has_vocab && p->counts == 0)
		return WP_OK; /* counted together with its source */
	if (p->counts != tokens_of(p)->count)
		return mismatch(p->reader, "no counts of its vocabulary");
	enum wp_err err = add_vocab(p);
	return err ? err
		   : add_tokens(p->counter, wp_reader_name(p->reader), tokens_of(p),
			     p->counted.counts, NULL);
}

/* Streams that have pairs, where none are merged. */
static bool is_pair(const struct wp_tensor *tensor)
{
	return strcmp(tensor->name, names[WP_TARGET][IDS]) == 0 ||
		strcmp(tensor->name, names[WP_TARGET][VOCAB]) == 0;
}

static enum wp_err merge_stream(struct part part[WP_SIDES], int sides)
{
	struct wp_reader *reader = part[WP_SOURCE].reader;
	const struct wp_tensor *tensor;
	enum wp_err err;
	while (!(err = wp_reader_next(reader, &tensor))) {
		if (sides == 1 && is_pair(tensor))
			return mismatch(reader, "a text of pairs: \1pair merges such");
		for (int side = 0; side < sides && !err; side++)
			err = merge_record(&part[side], tensor);
		if (err)
			return err;
	}
	err = err == WP_END ? WP_OK : err;
	for (int side = 0; side < sides && !err; side++)
		err = end_part(&part[side]);
	return err;
}

static enum wp_err merge_streams(
	struct wp_counter *const counters[WP_SIDES], struct wp_reader *reader)
{
	int sides = counters[WP_TARGET] ? 2 : 1;
	enum wp_err err = WP_OK;
	wp_reader_allow_joined(reader);
	while (!err) {
		struct part part[WP_SIDES] = {{0}};
		for (int side = 0; side < sides; side++) {
			part[side].counter = counters[side];
			part[side].reader = reader;
			part[side].side = (enum wp_side)side;
		}
		part[WP_TARGET].source = &part[WP_SOURCE];
		err = merge_stream(part, sides);
		for (int side = 0; side < sides; side++)
			part_fini(&part[side]);
		if (!err)
			err = wp_reader_next_stream(reader);
	}
	return err == WP_END ? WP_OK : err;
}

/* A plain list: nothing was counted. */
static bool lacks_counts(const struct wp_counted *list)
{
	for (size_t i = 0; i < list->tokens.count; i++)
		if (list->counts[i] != 0)
			return false;
	return list->tokens.count > 0;
}

enum wp_err wp_counter_merge(struct wp_counter *counter, struct wp_input *input)
{
	return wp_counter_merge_pairs((struct wp_counter *[WP_SIDES]){counter, NULL}, input);
}

enum wp_err wp_counter_merge_pairs(
	struct wp_counter *const counters[WP_SIDES], struct wp_input *input)
{
	struct wp_counter *counter = counters[WP_SOURCE];
	struct wp_reader *reader;
	struct wp_counted list;
	char name[256];
	snprintf(name, sizeof name, "%s", wp_input_name(input)); /* which is closed then */
	enum wp_err err = open_either(input, &reader, &list);
	if (!err && wp_counter_params(counter)->max_types)
		err = wp_fail(WP_EINVAL, "vocabulary: what is merged cannot be forgotten");
	if (!err && reader)
		err = merge_streams(counters, reader);
	else if (!err && counters[WP_TARGET])
		err = wp_fail(WP_EMISMATCH, "%s: a list, which has no pairs", name);
	else if (!err && wp_counter_params(counter)->with_ids)
		err = wp_fail(WP_EMISMATCH, "a list has no ids: merge it without ids");
	else if (!err && lacks_counts(&list))
		err = wp_fail(WP_ECORRUPT, "%s: a list without counts cannot be merged", name);
	else if (!err)
		err = add_tokens(counter, "list", &list.tokens, list.counts, NULL);
	wp_reader_close(reader);
	wp_counted_fini(&list);
	return err;
}
