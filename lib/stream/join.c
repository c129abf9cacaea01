#include "stream/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/row_kind.h"
#include "stream/crc.h"

enum kind { SEQUENCE, WHOLE, COUNTS };

struct item {
	struct wp_tensor tensor; /* the first record */
	enum kind kind;
	uint64_t first;   /* the stream that brought it               */
	uint64_t stream;  /* the last one in which it came            */
	uint64_t print;   /* WHOLE: fingerprint of the payload        */
	int64_t *counts;  /* COUNTS: the sums, and those of the ...    */
	int64_t *at_hand; /* ... stream at hand, added up at its end  */
};

/* Streams of the same tensors. */
struct kind_of_stream {
	uint64_t print; /* sum of fingerprints of the names                        */
	bool adds;      /* counts of another one are of further text, and add up   */
};

struct wp_join {
	struct wp_writer *writer;
	struct item *items;
	size_t count, room;
	struct kind_of_stream *kinds;
	size_t kind_count, kind_room;
	uint64_t streams;           /* begun so far                                 */
	uint64_t names;             /* of the stream at hand, as of kind_of_stream  */
	bool has_sequence;          /* so has it                                    */
	bool has_vectors;           /* something else of words than their counts    */
	const char *brings;         /* a tensor that only this stream has, or NULL  */
	const char *extends;        /* a sequence that others have, too, or NULL   */
	char name[2][WP_NAME_SIZE]; /* these */
	char from[256];             /* the stream's name */
};

enum wp_err wp_join_create(struct wp_join **join, struct wp_writer *writer)
{
	enum wp_err err = wp_alloc(join, 1, sizeof **join, "joined stream");
	if (!err)
		(*join)->writer = writer;
	return err;
}

void wp_join_free(struct wp_join *join)
{
	if (!join)
		return;
	for (size_t i = 0; i < join->count; i++) {
		free(join->items[i].counts);
		free(join->items[i].at_hand);
	}
	free(join->items);
	free(join->kinds);
	free(join);
}

static enum wp_err no_fit(
	struct wp_reader *reader, const struct wp_tensor *tensor, const char *why)
{
	return wp_fail(WP_EMISMATCH, "%s: '%s' %s", wp_reader_name(reader), tensor->name, why);
}

static enum wp_err other_vocab(struct wp_reader *reader, const struct wp_tensor *tensor)
{
	return no_fit(reader, tensor,
		"is not the same as in the streams before: 'vocab --merge' counts texts "
		"together, 'vocab --from' encodes one with the vocabulary of another");
}

/* Keep the counts of a stream until its end, when it is known what they are. */
static enum wp_err take_counts(struct item *item, const int64_t *counts, size_t n)
{
	if (!item->at_hand) {
		enum wp_err err = wp_alloc(&item->at_hand, n, sizeof *counts, "counts");
		if (err)
			return err;
	}
	if (n)
		memcpy(item->at_hand, counts, n * sizeof *counts);
	return WP_OK;
}

static enum wp_err counts_fail(
	const struct wp_join *join, const struct item *item, const char *why)
{
	return wp_fail(WP_EMISMATCH, "%s: '%s' %s", join->from, item->tensor.name, why);
}

/* Counts of another stream of the same text are the same; those of further text are added. */
static enum wp_err settle_counts(const struct wp_join *join, struct item *item, bool add)
{
	size_t n = (size_t)item->tensor.dim[0];
	if (!item->counts) {
		item->counts = item->at_hand;
		item->at_hand = NULL;
		return WP_OK;
	}
	for (size_t i = 0; i < n; i++) {
		int64_t c = item->at_hand[i], *sum = &item->counts[i];
		if (!add && c != *sum)
			return counts_fail(join, item,
				"is another one in the streams before: 'ts-select --without "
				"counts' leaves it out");
		if (add && (c > 0 ? *sum > INT64_MAX - c : *sum < INT64_MIN - c))
			return counts_fail(join, item, "adds up to more than i64 holds");
		*sum += add ? c : 0;
	}
	return WP_OK;
}

/* Does one stream's follow another's, even if it came whole? */
static bool is_sequence(const struct wp_tensor *tensor)
{
	enum wp_row_kind kind = wp_row_kind_of(tensor->name);
	return tensor->more ||
		(tensor->rank > 0 &&
			(kind == WP_ROW_STEP || kind == WP_ROW_SEQUENCE ||
				kind == WP_ROW_STEP_OR_SEQUENCE));
}

/* A tensor that we meet for the first time: of what kind is it? */
static enum wp_err add_item(struct wp_join *join, const struct wp_tensor *tensor)
{
	enum wp_err err = wp_grow(&join->items, &join->room, join->count + 1,
		sizeof *join->items, "list of tensors");
	if (err)
		return err;
	bool is_counts = (strcmp(tensor->name, "counts") == 0 ||
				 strcmp(tensor->name, "target.counts") == 0) &&
		tensor->type == WP_I64 && tensor->rank == 1 && !tensor->more;
	join->items[join->count++] = (struct item){
		.tensor = *tensor,
		.first = join->streams,
		.kind = is_counts             ? COUNTS
			: is_sequence(tensor) ? SEQUENCE
					      : WHOLE,
	};
	return WP_OK;
}

/* Streams made in different ways may be joined; what the first says of itself is kept. */
static bool is_history(const struct wp_tensor *tensor)
{
	return strcmp(tensor->name, "history") == 0;
}

/* The type and shape of the first record; in a sequence the rows may differ. */
static bool has_shape_of(const struct wp_tensor *tensor, const struct item *item)
{
	const struct wp_tensor *first = &item->tensor;
	size_t skip = item->kind == SEQUENCE;
	return tensor->type == first->type && tensor->rank == first->rank &&
		memcmp(tensor->dim + skip, first->dim + skip,
			(WP_RANK_MAX - skip) * sizeof *first->dim) == 0;
}

/* Neither more of the same, nor something else: which tensor is in the way? */
static enum wp_err refuse_mixture(const struct wp_join *join)
{
	return wp_fail(WP_EMISMATCH,
		"%s: '%s' is not in the streams before, but '%s' is: 'ts-select' joins streams "
		"in which that is the same, or leaves tensors out",
		join->from, join->brings, join->extends);
}

static enum wp_err refuse_lack(const struct wp_join *join)
{
	const char *lacks = "";
	for (size_t i = 0; i < join->count; i++)
		if (join->items[i].stream != join->streams &&
			!is_history(&join->items[i].tensor) &&
			(!*lacks || join->items[i].kind == SEQUENCE))
			lacks = join->items[i].tensor.name;
	return wp_fail(WP_EMISMATCH,
		"%s: '%s' is in the streams before but not in this one: 'ts-select --without "
		"%s' leaves it out of them",
		join->from, lacks, lacks);
}

/* The end of a stream: is it one with more of the same tensors, or with others? */
static enum wp_err end_stream(struct wp_join *join)
{
	enum wp_err err = WP_OK;
	size_t k = 0;
	if (join->streams == 0)
		return WP_OK;
	if (join->brings && join->extends)
		return refuse_mixture(join);
	while (k < join->kind_count && join->kinds[k].print != join->names)
		k++;
	bool again = k < join->kind_count;
	if (!again) {
		if (!join->brings && join->streams > 1)
			return refuse_lack(join);
		err = wp_grow(&join->kinds, &join->kind_room, k + 1, sizeof *join->kinds,
			"list of streams");
		if (err)
			return err;
		join->kinds[join->kind_count++] = (struct kind_of_stream){
			.print = join->names, .adds = join->has_sequence || !join->has_vectors};
	}
	for (size_t i = 0; i < join->count && !err; i++)
		if (join->items[i].kind == COUNTS && join->items[i].stream == join->streams)
			err = settle_counts(
				join, &join->items[i], again && join->kinds[k].adds);
	return err;
}

static void begin_stream(struct wp_join *join, const char *name)
{
	join->streams++;
	join->names = 0;
	join->brings = join->extends = NULL;
	join->has_sequence = join->has_vectors = false;
	snprintf(join->from, sizeof join->from, "%s", name);
}

enum wp_err wp_join_begin_stream(struct wp_join *join, const char *name)
{
	enum wp_err err = end_stream(join);
	begin_stream(join, name);
	return err;
}

/* Note whether the stream brings something new, or more of what there is. */
static void note_stream(struct wp_join *join, const struct item *item, bool is_new)
{
	const char **which = is_new                                     ? &join->brings
		: item->kind == SEQUENCE && item->first < join->streams ? &join->extends
									: NULL;
	char *name = join->name[is_new];
	if (item->stream != join->streams)
		join->names += wp_fingerprint(0, item->tensor.name, strlen(item->tensor.name));
	join->has_sequence |= item->kind == SEQUENCE;
	join->has_vectors |= item->kind == WHOLE &&
		wp_row_kind_of(item->tensor.name) == WP_ROW_WORD &&
		strcmp(item->tensor.name, "vocab") != 0;
	if (!which || *which || join->streams == 1)
		return;
	memcpy(name, item->tensor.name, WP_NAME_SIZE);
	*which = name;
}

static enum wp_err other_payload(struct wp_reader *reader, const struct wp_tensor *tensor)
{
	return strcmp(tensor->name, "vocab") == 0
		? other_vocab(reader, tensor)
		: no_fit(reader, tensor,
			  "is another one in the streams before: 'ts-select' can leave it out, "
			  "or give it another name");
}

enum wp_err wp_join_record(
	struct wp_join *join, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (is_history(tensor) && join->streams > 1)
		return WP_OK;
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	size_t i = 0;
	while (i < join->count && strcmp(join->items[i].tensor.name, tensor->name) != 0)
		i++;
	bool is_first = i == join->count;
	if (!err && is_first)
		err = add_item(join, tensor);
	if (err)
		return err;
	struct item *item = &join->items[i];
	bool again = item->stream == join->streams; /* another slice in the same stream */
	if (!is_history(tensor))
		note_stream(join, item, is_first);
	item->stream = join->streams;
	if (join->brings && join->extends)
		return refuse_mixture(join);
	if (item->kind != SEQUENCE && (again || tensor->more))
		return no_fit(
			reader, tensor, "comes in slices here but whole in another stream");
	if (!has_shape_of(tensor, item))
		return strcmp(tensor->name, "vocab") == 0
			? other_vocab(reader, tensor)
			: no_fit(reader, tensor,
				  "has another type or shape in the streams before");
	if (item->kind == COUNTS)
		return take_counts(item, data, size / sizeof(int64_t));
	struct wp_tensor copy = *tensor;
	if (item->kind == SEQUENCE) {
		copy.more = true; /* until wp_join_finish */
		if (tensor->dim[0] == 0 && !is_first)
			return WP_OK;
		return wp_writer_copy(join->writer, reader, &copy);
	}
	uint64_t print = wp_fingerprint(0, data, size);
	if (is_first) {
		item->print = print;
		return wp_writer_copy(join->writer, reader, &copy);
	}
	return print == item->print ? WP_OK : other_payload(reader, tensor);
}

enum wp_err wp_join_add(struct wp_join *join, struct wp_reader *reader)
{
	enum wp_err err = WP_OK;
	const struct wp_tensor *tensor;
	wp_reader_allow_joined(reader);
	while (!err) {
		err = wp_join_begin_stream(join, wp_reader_name(reader));
		while (!err && !(err = wp_reader_next(reader, &tensor)))
			err = wp_join_record(join, reader, tensor);
		if (err == WP_END)
			err = wp_reader_next_stream(reader);
	}
	return err == WP_END ? WP_OK : err;
}

static enum wp_err complete(struct wp_join *join, const struct item *item)
{
	static const uint64_t nothing;
	struct wp_tensor tensor = item->tensor;
	if (item->kind == WHOLE)
		return WP_OK;
	if (item->kind == COUNTS)
		return wp_writer_put(join->writer, &tensor, item->counts);
	struct wp_strings none = {0};
	tensor.dim[0] = 0;
	tensor.more = false;
	return tensor.type == WP_STRING ? wp_writer_put_strings(join->writer, &tensor, &none)
					: wp_writer_put(join->writer, &tensor, &nothing);
}

enum wp_err wp_join_finish(struct wp_join *join)
{
	enum wp_err err = end_stream(join);
	/* Counts last, so that joining what was joined changes nothing. */
	for (int counts = 0; counts < 2; counts++)
		for (size_t i = 0; i < join->count && !err; i++)
			if ((join->items[i].kind == COUNTS) == counts)
				err = complete(join, &join->items[i]);
	return err;
}
