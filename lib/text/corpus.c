#include "text/corpus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"

void wp_corpus_fini(struct wp_corpus *corpus)
{
	wp_strings_fini(&corpus->vocab);
	free(corpus->counts);
	wp_spool_free(corpus->id_spool);
	wp_spool_free(corpus->length_spool);
	*corpus = (struct wp_corpus){0};
}

static bool same_strings(const struct wp_strings *a, const struct wp_strings *b)
{
	if (a->count != b->count || wp_strings_bytes(a) != wp_strings_bytes(b))
		return false;
	return a->count == 0 ||
		(memcmp(a->end, b->end, a->count * sizeof *a->end) == 0 &&
			memcmp(a->bytes, b->bytes, (size_t)wp_strings_bytes(a)) == 0);
}

static enum wp_err not_a_list(
	struct wp_reader *reader, const struct wp_tensor *tensor, enum wp_type type)
{
	return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of type %s",
		wp_reader_name(reader), tensor->name, wp_type_name(type));
}

/* The elements of a record that must be a list of i32. */
static enum wp_err get_numbers(struct wp_reader *reader, const struct wp_tensor *tensor,
	const int32_t **numbers, size_t *count)
{
	const void *data;
	size_t size;
	if (tensor->type != WP_I32 || tensor->rank != 1)
		return not_a_list(reader, tensor, WP_I32);
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (err)
		return err;
	*numbers = data;
	*count = size / sizeof **numbers;
	return WP_OK;
}

/* The ids of one record: each must be in the vocabulary, which has come before them. */
static enum wp_err take_ids(
	struct wp_corpus *corpus, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const int32_t *ids = NULL;
	size_t count = 0, words = corpus->vocab.count;
	enum wp_err err = get_numbers(reader, tensor, &ids, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (ids[i] < 0 || (size_t)ids[i] >= words)
			return wp_fail(WP_EMISMATCH,
				"%s: id %" PRId32
				" in a vocabulary of %zu tokens (byte %" PRIu64 ")",
				wp_reader_name(reader), ids[i], words,
				wp_reader_offset(reader));
		corpus->counts[ids[i]]++;
	}
	return wp_spool_append(corpus->id_spool, ids, count * sizeof *ids);
}

static enum wp_err take_lengths(struct wp_corpus *corpus, struct wp_reader *reader,
	const struct wp_tensor *tensor, uint64_t *sum)
{
	const int32_t *lengths = NULL;
	size_t count = 0;
	enum wp_err err = get_numbers(reader, tensor, &lengths, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (lengths[i] < 0)
			return wp_fail(WP_EMISMATCH, "%s: a sentence of length %" PRId32,
				wp_reader_name(reader), lengths[i]);
		*sum += (uint64_t)lengths[i];
	}
	return wp_spool_append(corpus->length_spool, lengths, count * sizeof *lengths);
}

static enum wp_err take_vocab(
	struct wp_corpus *corpus, struct wp_reader *reader, struct wp_strings *joined)
{
	enum wp_err err = wp_reader_strings(reader, joined ? joined : &corpus->vocab);
	if (err || joined)
		return err;
	free(corpus->counts);
	return wp_alloc(&corpus->counts, corpus->vocab.count, sizeof *corpus->counts, "counts");
}

/* One of the streams; first is false for those that follow it. */
static enum wp_err read_stream(struct wp_corpus *corpus, struct wp_reader *reader, bool first,
	wp_corpus_other *other, void *arg)
{
	const struct wp_tensor *tensor;
	struct wp_strings joined = {0};
	bool has_vocab = false, has_ids = false, has_lengths = false;
	uint64_t sum = 0, before = wp_spool_size(corpus->id_spool);
	enum wp_err err;
	while (!(err = wp_reader_next(reader, &tensor))) {
		if (strcmp(tensor->name, "vocab") == 0) {
			err = tensor->type == WP_STRING && tensor->rank == 1
				? take_vocab(corpus, reader, first ? NULL : &joined)
				: not_a_list(reader, tensor, WP_STRING);
			has_vocab = true;
		} else if (strcmp(tensor->name, "ids") == 0) {
			if (!first && !has_ids && !same_strings(&joined, &corpus->vocab))
				err = wp_fail(WP_EMISMATCH,
					"%s: joined streams have different vocabularies (byte "
					"%" PRIu64 "): use vocab --from",
					wp_reader_name(reader), wp_reader_offset(reader));
			else if (has_vocab)
				err = take_ids(corpus, reader, tensor);
			else
				err = wp_fail(WP_EMISMATCH,
					"%s: ids come before their vocabulary",
					wp_reader_name(reader));
			has_ids = true;
		} else if (strcmp(tensor->name, "lengths") == 0) {
			err = take_lengths(corpus, reader, tensor, &sum);
			has_lengths = true;
		} else if (strcmp(tensor->name, "counts") != 0 && other)
			err = other(arg, reader, tensor);
		if (err)
			break;
	}
	wp_strings_fini(&joined);
	if (err != WP_END)
		return err;
	if (!has_vocab || !has_ids || !has_lengths)
		return wp_fail(WP_EMISMATCH, "%s: no '%s': is this the output of vocab?",
			wp_reader_name(reader),
			!has_vocab         ? "vocab"
				: !has_ids ? "ids"
					   : "lengths");
	if (sum != (wp_spool_size(corpus->id_spool) - before) / sizeof(int32_t))
		return wp_fail(WP_EMISMATCH, "%s: lengths and ids do not agree",
			wp_reader_name(reader));
	return WP_OK;
}

static enum wp_err map_spools(struct wp_corpus *corpus)
{
	const void *ids, *lengths;
	enum wp_err err = wp_spool_map(corpus->id_spool, &ids);
	if (!err)
		err = wp_spool_map(corpus->length_spool, &lengths);
	if (err)
		return err;
	corpus->ids = ids;
	corpus->lengths = lengths;
	corpus->tokens = (size_t)(wp_spool_size(corpus->id_spool) / sizeof *corpus->ids);
	corpus->sentences =
		(size_t)(wp_spool_size(corpus->length_spool) / sizeof *corpus->lengths);
	return WP_OK;
}

enum wp_err wp_corpus_read(struct wp_corpus *corpus, struct wp_reader *reader, size_t memory,
	const char *directory, wp_corpus_other *other, void *arg)
{
	*corpus = (struct wp_corpus){0};
	wp_reader_allow_joined(reader);
	/* Sentences are some ten times fewer than tokens. */
	enum wp_err err = wp_spool_create(&corpus->id_spool, memory - memory / 8, directory);
	if (!err)
		err = wp_spool_create(&corpus->length_spool, memory / 8, directory);
	for (bool first = true; !err; first = false) {
		err = read_stream(corpus, reader, first, other, arg);
		if (!err)
			err = wp_reader_next_stream(reader);
	}
	if (err == WP_END)
		err = map_spools(corpus);
	if (err)
		wp_corpus_fini(corpus);
	return err;
}
