#include "ngram/counts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sorter.h"
#include "ngram/cursor.h"
#include "text/id_stream.h"
#include "text/number.h"
#include "text/vocab.h"

void wp_ngram_counts_fini(struct wp_ngram_counts *c)
{
	wp_strings_fini(&c->vocab);
	free(c->text);
	free(c->last);
	free(c->times);
	free(c->length);
	free(c->shared);
	free(c->context);
	free(c->weight);
	wp_spool_free(c->spool);
	wp_sorter_free(c->sorter);
	*c = (struct wp_ngram_counts){0};
}

enum wp_err wp_ngram_counts_init(
	struct wp_ngram_counts *c, int order, bool merge, size_t memory, const char *directory)
{
	*c = (struct wp_ngram_counts){.order = order,
		.start = -1,
		.end = -1,
		.unknown = -1,
		.windows = merge,
		.memory = memory,
		.directory = directory};
	if (order < 1 || order > WP_NGRAM_ORDER_MAX)
		return wp_fail(WP_EINVAL, "n-grams of %d tokens: not within 1 to %d", order,
			WP_NGRAM_ORDER_MAX);
	return WP_OK;
}

static uint32_t weight_of(const struct wp_ngram_counts *c, uint32_t last)
{
	if (c->text[last] == c->start)
		return 0;
	return c->windows ? c->weight[last / ((size_t)c->order + 1)] : 1;
}

/* Does an n-gram end here that counts? */
static bool counts_here(const struct wp_ngram_counts *c, size_t at)
{
	if (c->text[at] < 0)
		return false;
	size_t window = (size_t)c->order + 1;
	return !c->windows || at % window == window - 1 || c->text[at + 1] == -2;
}

/* ---- Beyond the memory ---- */

/* What has come of the text goes to the sorter, but for the context of what follows. */
static enum wp_err put_aside(struct wp_ngram_counts *c)
{
	uint32_t record[WP_NGRAM_ORDER_MAX + 1];
	const size_t order = (size_t)c->order;
	const struct wp_sorter_config config = {.words = (unsigned)order + 1,
		.keys = (unsigned)order,
		.sum = true,
		.memory = c->memory / 4 * 3,
		.directory = c->directory};
	enum wp_err err = c->sorter ? WP_OK : wp_sorter_create(&c->sorter, &config);
	for (size_t at = c->sorted; at < c->text_size && !err; at++) {
		if (!counts_here(c, at))
			continue;
		size_t n = 0;
		for (; n < order && c->text[at - n] >= 0; n++)
			record[n] = (uint32_t)c->text[at - n] + 1;
		memset(record + n, 0, (order - n) * sizeof *record);
		record[order] = weight_of(c, (uint32_t)at);
		err = wp_sorter_put(c->sorter, record);
	}
	size_t kept = c->windows ? 0 : order < c->text_size ? order : c->text_size;
	memmove(c->text, c->text + c->text_size - kept, kept * sizeof *c->text);
	c->text_size = c->sorted = kept;
	return err;
}

/* Before more of the text comes, at the end of a window if that is what it is made of. */
static enum wp_err make_room(struct wp_ngram_counts *c)
{
	enum { PIECE = 1 << 12 };
	size_t most = c->memory / WP_NGRAM_TOKEN_BYTES;
	if (c->sorter)
		most = PIECE;
	return c->text_size > most && c->text_size > PIECE ? put_aside(c) : WP_OK;
}

/* All records of the sorter to the spool, where they can be read more than once. */
static enum wp_err sort_on_disk(struct wp_ngram_counts *c)
{
	const uint32_t *record;
	enum wp_err err = put_aside(c);
	free(c->text);
	free(c->weight);
	c->text = NULL;
	c->weight = NULL;
	if (!err)
		err = wp_spool_create(&c->spool, 0, c->directory);
	while (!err && !(err = wp_sorter_next(c->sorter, &record))) {
		err = wp_spool_append(
			c->spool, record, ((size_t)c->order + 1) * sizeof *record);
		c->count++;
	}
	wp_sorter_free(c->sorter);
	c->sorter = NULL;
	if (err != WP_END)
		return err;
	return c->count < UINT32_MAX
		? WP_OK
		: wp_fail(WP_ELIMIT, "2^32 different n-grams or more: see \1order");
}

/* ---- A text, or counts, as they come ---- */

struct adding {
	struct wp_ngram_counts *c;
	struct wp_strings own; /* the vocabulary of this stream, markers added */
	bool begun;            /* a sentence is open                         */
	wp_ngram_other *other;
	void *arg;
};

static enum wp_err append(struct wp_ngram_counts *c, int32_t token)
{
	if (c->text_size >= UINT32_MAX)
		return wp_fail(WP_ELIMIT, "more than 2^32 tokens in memory: see \1memory");
	enum wp_err err =
		wp_grow(&c->text, &c->text_room, c->text_size + 1, sizeof *c->text, "text");
	if (!err)
		c->text[c->text_size++] = token;
	return err;
}

static enum wp_err find_or_add(struct wp_strings *vocab, const char *token, int32_t *id)
{
	int64_t at = wp_strings_find(vocab, token);
	*id = (int32_t)(at >= 0 ? at : (int64_t)vocab->count);
	return at >= 0 ? WP_OK : wp_strings_add(vocab, token, strlen(token));
}

static enum wp_err take_vocab(void *arg, const struct wp_strings *vocab)
{
	struct adding *a = arg;
	struct wp_ngram_counts *c = a->c;
	int32_t start, end;
	enum wp_err err = wp_strings_add_all(&a->own, vocab);
	if (!err)
		err = find_or_add(&a->own, WP_SENTENCE_START, &start);
	if (!err)
		err = find_or_add(&a->own, WP_SENTENCE_END, &end);
	if (err)
		return err;
	if (c->vocab.count > 0)
		return wp_strings_equal(&c->vocab, &a->own)
			? WP_OK
			: wp_fail(WP_EMISMATCH, "vocabularies differ: see vocab --from");
	c->vocab = a->own;
	a->own = (struct wp_strings){0};
	c->start = start;
	c->end = end;
	c->unknown = (int32_t)wp_strings_find(&c->vocab, WP_UNKNOWN_TOKEN);
	return WP_OK;
}

/* Markers that the text has are not doubled. */
static enum wp_err take_ids(void *arg, const int32_t *ids, size_t n, bool ends)
{
	struct adding *a = arg;
	struct wp_ngram_counts *c = a->c;
	enum wp_err err = WP_OK;
	size_t i = 0;
	if (!a->begun && (n > 0 || ends)) {
		err = append(c, -1);
		if (!err)
			err = append(c, c->start);
		i = n > 0 && ids[0] == c->start;
		a->begun = true;
	}
	for (; i < n && !err; i++) {
		err = make_room(c);
		if (!err)
			err = append(c, ids[i]);
		c->tokens++;
	}
	if (err || !ends)
		return err;
	a->begun = false;
	c->sentences++;
	if (c->text[c->text_size - 1] == c->end)
		return WP_OK;
	c->tokens++;
	return append(c, c->end);
}

static enum wp_err pass(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	struct adding *a = arg;
	return a->other ? a->other(a->arg, reader, tensor) : WP_OK;
}

static enum wp_err take_window(
	struct wp_ngram_counts *c, const int32_t *ids, int64_t times, const char *name)
{
	enum wp_err err = make_room(c);
	size_t n = 0, order = (size_t)c->order;
	if (!err)
		err = append(c, -1);
	for (size_t i = 0; i < order && !err; i++) {
		if (ids[i] < -1 || ids[i] >= (int64_t)c->vocab.count || (ids[i] < 0 && n > 0))
			return wp_fail(
				WP_EMISMATCH, "%s: an n-gram with an id that is none", name);
		if (ids[i] >= 0) {
			err = append(c, ids[i]);
			n++;
		}
	}
	if (!err && (n == 0 || times < 1 || times > UINT32_MAX))
		return wp_fail(
			WP_EMISMATCH, "%s: an n-gram that came %" PRId64 " times", name, times);
	/* As many places as all others, so that a position tells the window. */
	for (; n < order && !err; n++)
		err = append(c, -2);
	size_t window = c->text_size / (order + 1) - 1;
	if (!err)
		err = wp_grow(
			&c->weight, &c->weight_room, window + 1, sizeof *c->weight, "counts");
	if (!err)
		c->weight[window] = (uint32_t)times;
	c->tokens += (uint64_t)times;
	if (ids[order - 1] == c->end)
		c->sentences += (uint64_t)times;
	return err;
}

/* Slices of ids and counts take turns. */
struct counted {
	int32_t *ids;
	size_t n, room;
	bool any;
};

static enum wp_err take_counts(struct adding *a, struct counted *w, struct wp_reader *reader,
	const struct wp_tensor *tensor, bool ids)
{
	const char *name = wp_reader_name(reader);
	size_t order = (size_t)a->c->order, size = 0;
	const void *data;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (err)
		return err;
	if (ids) {
		if (tensor->type != WP_I32 || tensor->rank != 2 || tensor->dim[1] != order)
			return wp_fail(WP_EMISMATCH, "%s: '%s': not n-grams of %zu tokens",
				name, tensor->name, order);
		err = wp_grow(&w->ids, &w->room, size / sizeof *w->ids + 1, sizeof *w->ids,
			"n-grams");
		if (!err)
			memcpy(w->ids, data, size);
		w->n = (size_t)tensor->dim[0];
		return err;
	}
	if (tensor->type != WP_I64 || tensor->rank != 1 || tensor->dim[0] != w->n ||
		a->c->vocab.count == 0)
		return wp_fail(WP_EMISMATCH, "%s: n-grams and their counts do not agree", name);
	for (size_t i = 0; i < w->n && !err; i++)
		err = take_window(a->c, w->ids + i * order, ((const int64_t *)data)[i], name);
	w->n = 0;
	w->any = true;
	return err;
}

static enum wp_err read_counts(struct adding *a, struct wp_reader *reader)
{
	char ids[WP_NAME_SIZE], count[WP_NAME_SIZE];
	struct counted w = {0};
	const struct wp_tensor *tensor;
	enum wp_err err = WP_OK;
	snprintf(ids, sizeof ids, "ngram.%d.ids", a->c->order);
	snprintf(count, sizeof count, "ngram.%d.count", a->c->order);
	while (!err && !(err = wp_reader_next(reader, &tensor))) {
		if (strcmp(tensor->name, "vocab") == 0 && tensor->type == WP_STRING) {
			struct wp_strings vocab = {0};
			err = wp_reader_strings(reader, &vocab);
			if (!err)
				err = take_vocab(a, &vocab);
			wp_strings_fini(&vocab);
		} else if (strcmp(tensor->name, ids) == 0) {
			err = take_counts(a, &w, reader, tensor, true);
		} else if (strcmp(tensor->name, count) == 0) {
			err = take_counts(a, &w, reader, tensor, false);
		} else if (strcmp(tensor->name, "ngram.settings") != 0) {
			err = pass(a, reader, tensor);
		}
	}
	free(w.ids);
	if (err != WP_END)
		return err;
	return w.any ? WP_OK
		     : wp_fail(WP_EMISMATCH,
			       "%s: no '%s': is this the output of ngram-train --counts, of "
			       "this order?",
			       wp_reader_name(reader), ids);
}

enum wp_err wp_ngram_counts_add(
	struct wp_ngram_counts *c, struct wp_reader *reader, wp_ngram_other *other, void *arg)
{
	struct adding a = {.c = c, .other = other, .arg = arg};
	const struct wp_id_stream_handler handler = {
		.arg = &a, .vocab = take_vocab, .ids = take_ids, .other = pass};
	struct wp_id_stream text = {0};
	enum wp_err err = c->windows ? read_counts(&a, reader)
				     : wp_id_stream_read(&text, reader, &handler);
	if (!err && !c->windows)
		wp_id_stream_fini(&text);
	wp_strings_fini(&a.own);
	return err;
}

/* ---- Sorting ---- */

struct item {
	uint64_t key;
	uint32_t last;
};

struct sorting {
	struct wp_ngram_counts *c;
	unsigned bits, each; /* of a token in a key; tokens of a key */
	uint32_t *place;     /* positions, by their token           */
	struct item *items, *spare;
	size_t room;
	uint32_t *record; /* by position in the text */
	size_t times_room, last_room, length_room, shared_room;
};

/* The `each` tokens before the last one, from `skip` on, the nearest first; 0: none. */
static uint64_t key_of(const struct sorting *s, uint32_t last, size_t skip)
{
	const int32_t *text = s->c->text + last - 1;
	uint64_t key = 0;
	size_t most = (size_t)s->c->order - 1;
	bool inside = true;
	for (size_t i = 0; i < skip && inside; i++)
		inside = *(text - i) >= 0;
	for (size_t i = skip; i < skip + s->each; i++) {
		uint64_t token = 0;
		if (inside && i < most) {
			int32_t id = *(text - i);
			inside = id >= 0;
			token = inside ? (uint64_t)id + 1 : 0;
		}
		key = key << s->bits | token;
	}
	return key;
}

static void sort_few(struct item *a, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct item x = a[i];
		size_t at = i;
		for (; at > 0 && a[at - 1].key > x.key; at--)
			a[at] = a[at - 1];
		a[at] = x;
	}
}

/* By the digit of eight bits at `shift`, then each part by the next one; spare has n items. */
static void sort_items(struct item *a, struct item *spare, size_t n, int shift)
{
	enum { FEW = 24 };
	size_t at[257] = {0};
	if (n <= FEW) {
		sort_few(a, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		at[1 + (a[i].key >> shift & 255)]++;
	for (int d = 0; d < 256; d++)
		at[d + 1] += at[d];
	for (size_t i = 0; i < n; i++)
		spare[at[a[i].key >> shift & 255]++] = a[i];
	memcpy(a, spare, n * sizeof *a);
	for (size_t d = 0, begin = 0; d < 256 && shift > 0; begin = at[d++])
		if (at[d] - begin > 1)
			sort_items(a + begin, spare, at[d] - begin, shift > 8 ? shift - 8 : 0);
}

static unsigned bits_for(uint64_t n)
{
	unsigned bits = 1;
	while (bits < 63 && n >> bits > 0)
		bits++;
	return bits;
}

static size_t length_of(const struct wp_ngram_counts *c, uint32_t last)
{
	size_t n = 1;
	while (n < (size_t)c->order && c->text[last - n] >= 0)
		n++;
	return n;
}

static enum wp_err add_record(struct sorting *s, uint32_t last, size_t length, size_t shared)
{
	struct wp_ngram_counts *c = s->c;
	size_t need = c->count + 1;
	enum wp_err err = wp_grow(&c->last, &s->last_room, need, sizeof *c->last, "n-grams");
	if (!err)
		err = wp_grow(&c->times, &s->times_room, need, sizeof *c->times, "n-grams");
	if (!err)
		err = wp_grow(&c->length, &s->length_room, need, sizeof *c->length, "n-grams");
	if (!err)
		err = wp_grow(&c->shared, &s->shared_room, need, sizeof *c->shared, "n-grams");
	if (err)
		return err;
	c->last[c->count] = last;
	c->times[c->count] = 0;
	c->length[c->count] = (uint8_t)length;
	c->shared[c->count++] = (uint8_t)shared;
	return WP_OK;
}

/* So many tokens, of those that a key has, are the same in both. */
static size_t shared_in_key(const struct sorting *s, uint64_t a, uint64_t b)
{
	size_t n = 0;
	for (unsigned left = s->each; left-- > 0; n++) {
		uint64_t x = a >> (left * s->bits), mask = ((uint64_t)1 << s->bits) - 1;
		if (x != b >> (left * s->bits) || (x & mask) == 0)
			break;
	}
	return n;
}

static size_t length_in_key(const struct sorting *s, uint64_t key)
{
	size_t n = 0;
	while (n < s->each &&
		(key >> ((s->each - 1 - n) * s->bits) & (((uint64_t)1 << s->bits) - 1)) != 0)
		n++;
	return n;
}

static int first_shift(const struct sorting *s)
{
	unsigned all = s->bits * s->each;
	return all > 8 ? (int)all - 8 : 0;
}

/* Items that are sorted by their keys, which begin after `skip` tokens before the last one:
 * those with equal keys are sorted on, or are the same n-gram.  The first of them shares so
 * many tokens with the record before. */
static enum wp_err emit(struct sorting *s, struct item *a, size_t n, size_t skip, size_t shared)
{
	struct wp_ngram_counts *c = s->c;
	size_t order = (size_t)c->order;
	uint64_t before = 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0, end; i < n && !err; i = end) {
		uint64_t key = a[i].key;
		size_t known = length_in_key(s, key);
		for (end = i + 1; end < n && a[end].key == key; end++)
			;
		if (i > 0)
			shared = 1 + skip + shared_in_key(s, before, key);
		before = key;
		bool more = known == s->each && skip + s->each < order - 1;
		if (more && end - i > 1) {
			for (size_t k = i; k < end; k++)
				a[k].key = key_of(s, a[k].last, skip + s->each);
			sort_items(a + i, s->spare, end - i, first_shift(s));
			err = emit(s, a + i, end - i, skip + s->each, shared);
			continue;
		}
		size_t length = more ? length_of(c, a[i].last) : 1 + skip + known;
		err = add_record(s, a[i].last, length < order ? length : order, shared);
		uint64_t times = 0;
		for (size_t k = i; k < end && !err; k++) {
			times += weight_of(c, a[k].last);
			s->record[a[k].last] = (uint32_t)(c->count - 1);
		}
		if (!err && times > UINT32_MAX)
			return wp_fail(WP_ELIMIT, "an n-gram that comes more than 2^32 times");
		if (!err)
			c->times[c->count - 1] = (uint32_t)times;
	}
	return err;
}

/* The positions of one token. */
static enum wp_err sort_token(struct sorting *s, const uint32_t *place, size_t n)
{
	enum { AHEAD = 16 };
	enum wp_err err = WP_OK;
	if (n > s->room) {
		free(s->items);
		free(s->spare);
		s->items = s->spare = NULL;
		s->room = n + n / 2;
		err = wp_alloc(&s->items, s->room, sizeof *s->items, "n-grams");
		if (!err)
			err = wp_alloc(&s->spare, s->room, sizeof *s->spare, "n-grams");
	}
	for (size_t i = 0; i < n && !err; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(s->c->text + place[i + AHEAD] - 2);
		s->items[i] = (struct item){key_of(s, place[i], 0), place[i]};
	}
	if (err)
		return err;
	sort_items(s->items, s->spare, n, first_shift(s));
	return emit(s, s->items, n, 0, 0);
}

/* Positions, sorted by their token (counting sort). */
static enum wp_err invert(struct sorting *s, uint64_t *start)
{
	struct wp_ngram_counts *c = s->c;
	for (size_t i = 0; i < c->text_size; i++)
		if (counts_here(c, i))
			start[c->text[i] + 1]++;
	for (size_t w = 0; w < c->vocab.count; w++)
		start[w + 1] += start[w];
	enum wp_err err = wp_alloc(
		&s->place, (size_t)start[c->vocab.count], sizeof *s->place, "positions");
	for (size_t i = 0; i < c->text_size && !err; i++)
		if (counts_here(c, i))
			s->place[start[c->text[i]]++] = (uint32_t)i;
	return err;
}

/* Is what stands before `last` in record r, or before it, or behind it? */
static int compare(const struct wp_ngram_counts *c, uint32_t r, uint32_t last, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t a = i < c->length[r] ? c->text[c->last[r] - i] : -1;
		int64_t b = c->text[last - i];
		if (a != b)
			return a < b ? -1 : 1;
	}
	return 0;
}

/* The record with the n tokens that end at `last`, by bisection. */
static uint32_t search(const struct wp_ngram_counts *c, uint32_t last, size_t n)
{
	size_t low = 0, high = c->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(c, (uint32_t)middle, last, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static enum wp_err find_contexts(struct wp_ngram_counts *c, const uint32_t *record)
{
	enum { AHEAD = 24 };
	enum wp_err err = wp_alloc(&c->context, c->count, sizeof *c->context, "n-grams");
	for (size_t r = 0; r < c->count && !err; r++) {
		uint32_t last = c->last[r];
		if (r + AHEAD < c->count)
			__builtin_prefetch(&record[c->last[r + AHEAD] - 1]);
		if (c->length[r] == 1)
			continue;
		if (!c->windows) {
			c->context[r] = record[last - 1];
			continue;
		}
		size_t n = (size_t)c->length[r] - 1;
		uint32_t found = search(c, last - 1, n);
		if (found == c->count || compare(c, found, last - 1, n) != 0)
			return wp_fail(WP_EMISMATCH,
				"counts that are not those of a text: an n-gram without the "
				"one before it");
		c->context[r] = found;
	}
	return err;
}

/* Windows have no record for the beginning of a sentence. */
static enum wp_err add_start(struct wp_ngram_counts *c)
{
	enum wp_err err = append(c, -1);
	if (!err)
		err = append(c, c->start);
	for (int i = 1; i < c->order && !err; i++)
		err = append(c, -2);
	size_t window = c->text_size / ((size_t)c->order + 1) - 1;
	if (!err)
		err = wp_grow(
			&c->weight, &c->weight_room, window + 1, sizeof *c->weight, "counts");
	if (!err)
		c->weight[window] = 0;
	return err ? err : append(c, -1);
}

/* The text is looked at here and there from now on, and so goes to huge pages. */
static enum wp_err settle_text(struct wp_ngram_counts *c)
{
	int32_t *text;
	enum wp_err err = wp_table_alloc(&text, c->text_size * sizeof *text, "text");
	if (err)
		return err;
	memcpy(text, c->text, c->text_size * sizeof *text);
	free(c->text);
	c->text = text;
	c->text_room = c->text_size;
	return WP_OK;
}

/* Give back what an array has beyond its end. */
static void shrink(void *array, size_t bytes)
{
	void *old, *smaller;
	memcpy(&old, array, sizeof old);
	smaller = realloc(old, bytes);
	if (smaller)
		memcpy(array, &smaller, sizeof smaller);
	/* cppcheck-suppress memleak ; it is in *array, or the old one still is */
}

enum wp_err wp_ngram_counts_sort(struct wp_ngram_counts *c)
{
	struct sorting s = {.c = c};
	uint64_t *start = NULL, begin = 0;
	if (c->tokens == 0)
		return wp_fail(WP_EMISMATCH, "no text to count");
	s.bits = bits_for(c->vocab.count);
	s.each = 63 / s.bits;
	if ((int)s.each > c->order - 1)
		s.each = (unsigned)(c->order > 1 ? c->order - 1 : 1);
	enum wp_err err = c->windows ? add_start(c) : append(c, -1);
	if (!err && c->sorter)
		return sort_on_disk(c);
	if (!err)
		err = settle_text(c);
	if (!err)
		err = wp_alloc(&start, c->vocab.count + 2, sizeof *start, "positions");
	if (!err)
		err = invert(&s, start);
	if (!err)
		err = wp_table_alloc(
			&s.record, (c->text_size + 1) * sizeof *s.record, "positions");
	for (size_t w = 0; w < c->vocab.count && !err; begin = start[w++])
		if (start[w] > begin)
			err = sort_token(&s, s.place + begin, (size_t)(start[w] - begin));
	free(start);
	free(s.place);
	free(s.items);
	free(s.spare);
	if (!err) {
		shrink(&c->last, c->count * sizeof *c->last);
		shrink(&c->times, c->count * sizeof *c->times);
		shrink(&c->length, c->count * sizeof *c->length);
		shrink(&c->shared, c->count * sizeof *c->shared);
	}
	if (!err)
		err = find_contexts(c, s.record);
	free(s.record);
	return err;
}

/* ---- Writing ---- */

enum wp_err wp_ngram_counts_put(const struct wp_ngram_counts *c, struct wp_writer *writer)
{
	enum { SLICE = 1 << 16 };
	size_t order = (size_t)c->order, n = 0;
	char name[WP_NAME_SIZE], line[64];
	struct wp_strings settings = {0};
	struct wp_ngram_cursor cursor = {0};
	int32_t *ids = NULL;
	int64_t *count = NULL;
	snprintf(name, sizeof name, "ngram.%d.ids", c->order);
	struct wp_tensor a = wp_tensor_2d(name, WP_I32, 0, order);
	snprintf(name, sizeof name, "ngram.%d.count", c->order);
	struct wp_tensor b = wp_tensor_1d(name, WP_I64, 0);
	snprintf(line, sizeof line, "order=%d", c->order);
	enum wp_err err = wp_strings_add(&settings, line, strlen(line));
	if (!err)
		err = wp_writer_put_list(writer, "vocab", &c->vocab);
	if (!err)
		err = wp_writer_put_list(writer, "ngram.settings", &settings);
	wp_strings_fini(&settings);
	if (!err)
		err = wp_alloc(&ids, SLICE * order, sizeof *ids, "n-grams");
	if (!err)
		err = wp_alloc(&count, SLICE, sizeof *count, "n-grams");
	if (!err)
		err = wp_ngram_cursor_init(&cursor, c);
	while (!err) {
		enum wp_err end = wp_ngram_cursor_next(&cursor);
		if (end && end != WP_END) {
			err = end;
			break;
		}
		if (n == SLICE || end) {
			a.dim[0] = b.dim[0] = n;
			a.more = b.more = !end;
			err = wp_writer_put(writer, &a, ids);
			if (!err)
				err = wp_writer_put(writer, &b, count);
			n = 0;
		}
		if (end)
			break;
		if (cursor.times == 0)
			continue;
		for (size_t i = 0; i < order; i++)
			ids[n * order + order - 1 - i] =
				i < (size_t)cursor.length ? cursor.token[i] : -1;
		count[n++] = cursor.times;
	}
	wp_ngram_cursor_fini(&cursor);
	free(ids);
	free(count);
	return err;
}
