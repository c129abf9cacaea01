#include "stream/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/crc.h"

enum kind { SEQUENCE, WHOLE, COUNTS };

struct item {
	struct wp_tensor tensor; /* the first record */
	enum kind kind;
	uint64_t streams; /* in how many it has come up so far */
	uint64_t print;   /* WHOLE: fingerprint of the payload */
	int64_t *counts;  /* COUNTS: the sums                  */
};

struct wp_join {
	struct wp_writer *writer;
	struct item *items;
	size_t count, room;
	uint64_t streams; /* begun so far */
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
	for (size_t i = 0; i < join->count; i++)
		free(join->items[i].counts);
	free(join->items);
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

static enum wp_err add_counts(struct item *item, struct wp_reader *reader,
	const struct wp_tensor *tensor, const int64_t *counts, size_t n)
{
	if (!item->counts) {
		enum wp_err err = wp_alloc(&item->counts, n, sizeof *counts, "counts");
		if (err)
			return err;
	}
	for (size_t i = 0; i < n; i++) {
		int64_t *sum = &item->counts[i];
		if (counts[i] > 0 ? *sum > INT64_MAX - counts[i] : *sum < INT64_MIN - counts[i])
			return no_fit(reader, tensor, "adds up to more than i64 holds");
		*sum += counts[i];
	}
	return WP_OK;
}

/* A tensor that we meet for the first time: of what kind is it? */
static enum wp_err add_item(
	struct wp_join *join, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (join->streams > 1)
		return no_fit(reader, tensor,
			"is not in the streams before: 'ts-select' joins streams of different "
			"tensors");
	enum wp_err err = wp_grow(&join->items, &join->room, join->count + 1,
		sizeof *join->items, "list of tensors");
	if (err)
		return err;
	bool is_counts = strcmp(tensor->name, "counts") == 0 && tensor->type == WP_I64 &&
		tensor->rank == 1 && !tensor->more;
	join->items[join->count++] = (struct item){
		.tensor = *tensor,
		.kind = is_counts      ? COUNTS
			: tensor->more ? SEQUENCE
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

void wp_join_begin_stream(struct wp_join *join)
{
	join->streams++;
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
	if (!err && i == join->count)
		err = add_item(join, reader, tensor);
	if (err)
		return err;
	struct item *item = &join->items[i];
	bool again = item->streams == join->streams; /* another slice in the same stream */
	bool is_first = item->streams == 0;
	item->streams = join->streams;
	if (item->kind != SEQUENCE && (again || tensor->more))
		return no_fit(
			reader, tensor, "comes in slices here but whole in another stream");
	if (!has_shape_of(tensor, item))
		return strcmp(tensor->name, "vocab") == 0
			? other_vocab(reader, tensor)
			: no_fit(reader, tensor,
				  "has another type or shape in the streams before");
	if (item->kind == COUNTS)
		return add_counts(item, reader, tensor, data, size / sizeof(int64_t));
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
	if (print != item->print)
		return strcmp(tensor->name, "vocab") == 0
			? other_vocab(reader, tensor)
			: no_fit(reader, tensor, "is not the same as in the streams before");
	return WP_OK;
}

enum wp_err wp_join_add(struct wp_join *join, struct wp_reader *reader)
{
	enum wp_err err = WP_OK;
	const struct wp_tensor *tensor;
	wp_reader_allow_joined(reader);
	while (!err) {
		wp_join_begin_stream(join);
		while (!(err = wp_reader_next(reader, &tensor)))
			if ((err = wp_join_record(join, reader, tensor)))
				break;
		for (size_t i = 0; i < join->count && err == WP_END; i++)
			if (join->items[i].streams != join->streams &&
				!is_history(&join->items[i].tensor))
				err = no_fit(reader, &join->items[i].tensor,
					"is in the streams before but not in this one: 'ts-select' "
					"joins streams of different tensors");
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
	enum wp_err err = WP_OK;
	/* Counts last, so that joining what was joined changes nothing. */
	for (int counts = 0; counts < 2; counts++)
		for (size_t i = 0; i < join->count && !err; i++)
			if ((join->items[i].kind == COUNTS) == counts)
				err = complete(join, &join->items[i]);
	return err;
}
