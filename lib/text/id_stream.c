#include "text/id_stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "text/pair.h"

/* Numbers that wait for others to come. */
struct queue {
	int32_t *values;
	size_t begin, end, room;
};

struct state {
	struct wp_id_stream *text;
	struct wp_reader *reader;
	const struct wp_id_stream_handler *handler;
	struct queue ids, lengths;
	uint64_t gone; /* ids of the current sentence that have been handed on */
	bool first;    /* of joined streams */
	bool has_vocab, has_ids, has_lengths;
};

void wp_id_stream_fini(struct wp_id_stream *text)
{
	wp_strings_fini(&text->vocab);
	free(text->counts);
	*text = (struct wp_id_stream){0};
}

static enum wp_err mismatch(const struct state *s, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s (record %" PRIu64 ", byte %" PRIu64 ")",
		wp_reader_name(s->reader), what, wp_reader_records(s->reader),
		wp_reader_offset(s->reader));
}

/* Append the numbers of the record at which the reader stands. */
static enum wp_err enqueue(
	struct state *s, struct queue *q, const struct wp_tensor *tensor, size_t *count)
{
	const void *data;
	size_t size;
	if (tensor->type != WP_I32 || tensor->rank != 1)
		return mismatch(s, "'ids' or 'lengths' is not a list of type i32");
	enum wp_err err = wp_reader_data(s->reader, &data, &size);
	*count = size / sizeof(int32_t);
	if (!err && q->begin > 0) {
		memmove(q->values, q->values + q->begin,
			(q->end - q->begin) * sizeof *q->values);
		q->end -= q->begin;
		q->begin = 0;
	}
	if (!err)
		err = wp_grow(&q->values, &q->room, q->end + *count + 1, sizeof *q->values,
			"batch of ids");
	if (err)
		return err;
	memcpy(q->values + q->end, data, size);
	q->end += *count;
	return WP_OK;
}

static enum wp_err hand_on(struct state *s, size_t n, bool ends)
{
	/* An empty batch may have no array to be within. */
	const int32_t *ids = s->ids.values ? s->ids.values + s->ids.begin : NULL;
	for (size_t i = 0; i < n; i++)
		s->text->counts[ids[i]]++;
	s->text->tokens += n;
	s->text->sentences += ends;
	s->ids.begin += n;
	s->gone = ends ? 0 : s->gone + n;
	return s->handler->ids(s->handler->arg, ids, n, ends);
}

/* Hand on the sentences whose ids and length are both there. */
static enum wp_err hand_on_sentences(struct state *s)
{
	enum wp_err err = WP_OK;
	while (!err && s->lengths.begin < s->lengths.end) {
		int32_t length = s->lengths.values[s->lengths.begin];
		if (length < 0)
			return mismatch(s, "a sentence of negative length");
		if ((uint64_t)length < s->gone)
			return mismatch(s, "a sentence ends in ids that came long before");
		uint64_t rest = (uint64_t)length - s->gone;
		if (rest > s->ids.end - s->ids.begin)
			break;
		s->lengths.begin++;
		err = hand_on(s, (size_t)rest, true);
	}
	return err;
}

static enum wp_err take_ids(struct state *s, const struct wp_tensor *tensor)
{
	size_t count, words = s->text->vocab.count;
	enum wp_err err = WP_OK;
	/* What still waits is the beginning of a sentence longer than a batch. */
	if (s->ids.begin < s->ids.end && s->lengths.begin == s->lengths.end)
		err = hand_on(s, s->ids.end - s->ids.begin, false);
	if (!err)
		err = enqueue(s, &s->ids, tensor, &count);
	if (err)
		return err;
	for (size_t i = s->ids.end - count; i < s->ids.end; i++)
		if (s->ids.values[i] < 0 || (size_t)s->ids.values[i] >= words)
			return mismatch(s, "an id that the vocabulary does not have");
	s->has_ids = true;
	return hand_on_sentences(s);
}

static enum wp_err take_lengths(struct state *s, const struct wp_tensor *tensor)
{
	size_t count;
	enum wp_err err = enqueue(s, &s->lengths, tensor, &count);
	s->has_lengths = true;
	return err ? err : hand_on_sentences(s);
}

static enum wp_err take_vocab(struct state *s, const struct wp_tensor *tensor)
{
	struct wp_id_stream *text = s->text;
	struct wp_strings joined = {0};
	if (tensor->type != WP_STRING || tensor->rank != 1)
		return mismatch(s, "'vocab' is not a list of strings");
	enum wp_err err = wp_reader_strings(s->reader, s->first ? &text->vocab : &joined);
	s->has_vocab = true;
	if (!err && !s->first && !wp_strings_equal(&text->vocab, &joined))
		err = mismatch(
			s, "joined streams have different vocabularies: use vocab --from");
	wp_strings_fini(&joined);
	if (err || !s->first)
		return err;
	err = wp_alloc(&text->counts, text->vocab.count, sizeof *text->counts, "counts");
	return err ? err : s->handler->vocab(s->handler->arg, &text->vocab);
}

/* The ids say how often each word stands there; what is said besides must at least make sense.
 */
static enum wp_err check_counts(struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	return err ? err : wp_check_counts(wp_reader_name(reader), tensor, data);
}

static enum wp_err take_record(struct state *s, const struct wp_tensor *tensor)
{
	bool is_ids = strcmp(tensor->name, "ids") == 0;
	bool is_lengths = strcmp(tensor->name, "lengths") == 0;
	if (strcmp(tensor->name, "vocab") == 0)
		return take_vocab(s, tensor);
	if ((is_ids || is_lengths) && !s->has_vocab)
		return mismatch(s, "ids come before their vocabulary");
	if (is_ids)
		return take_ids(s, tensor);
	if (is_lengths)
		return take_lengths(s, tensor);
	if (strcmp(tensor->name, "counts") == 0)
		return check_counts(s->reader, tensor);
	if (strcmp(tensor->name, "target.ids") == 0)
		return wp_pair_refuse(wp_reader_name(s->reader));
	if (!s->handler->other)
		return WP_OK;
	return s->handler->other(s->handler->arg, s->reader, tensor);
}

/* One of the streams. */
static enum wp_err read_stream(struct state *s)
{
	const struct wp_tensor *tensor;
	enum wp_err err;
	s->text->streams++;
	s->has_vocab = s->has_ids = s->has_lengths = false;
	while (!(err = wp_reader_next(s->reader, &tensor))) {
		if ((err = take_record(s, tensor)))
			return err;
		wp_reader_forget(s->reader);
	}
	if (err != WP_END)
		return err;
	if (!s->has_vocab || !s->has_ids || !s->has_lengths)
		return wp_fail(WP_EMISMATCH, "%s: no '%s': is this the output of vocab?",
			wp_reader_name(s->reader),
			!s->has_vocab         ? "vocab"
				: !s->has_ids ? "ids"
					      : "lengths");
	if (s->gone > 0 || s->ids.begin < s->ids.end || s->lengths.begin < s->lengths.end)
		return wp_fail(WP_EMISMATCH, "%s: lengths and ids do not agree",
			wp_reader_name(s->reader));
	return WP_OK;
}

enum wp_err wp_id_stream_read(struct wp_id_stream *text, struct wp_reader *reader,
	const struct wp_id_stream_handler *handler)
{
	struct state s = {.text = text, .reader = reader, .handler = handler, .first = true};
	enum wp_err err = WP_OK;
	*text = (struct wp_id_stream){0};
	wp_reader_allow_joined(reader);
	for (; !err; s.first = false) {
		err = read_stream(&s);
		if (!err)
			err = wp_reader_next_stream(reader);
	}
	free(s.ids.values);
	free(s.lengths.values);
	if (err == WP_END)
		return WP_OK;
	wp_id_stream_fini(text);
	return err;
}
