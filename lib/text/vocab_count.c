#include "text/vocab_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"
#include "text/token_split.h"
#include "text/token_table.h"

/* These are in the table from the beginning, so their provisional ids are 0, 1, 2. */
static const char *const specials[] = {WP_UNKNOWN_TOKEN, WP_SENTENCE_START, WP_SENTENCE_END};
enum { UNKNOWN, SPECIALS = sizeof specials / sizeof *specials };

enum { BLOCK = 1 << 14 }; /* ids and lengths read back at a time */

struct wp_counter {
	struct wp_count_params params;
	struct wp_token_table own, labels; /* labels: or tags                              */
	struct wp_token_table *tokens;     /* own, or those of the counter that this shares */
	struct wp_counter *shared_by;      /* or NULL                                      */
	struct wp_splitter *splitter;
	/* The text in provisional ids; the lengths of its sentences; their labels, or the tags
	 * of the tokens. */
	struct wp_spool *id_spool, *length_spool, *label_spool;
	uint64_t sentence; /* tokens of the current sentence so far */
	struct wp_text_counts counts;
	/* By provisional id, the id in the selected vocabulary; -1 for none. */
	int32_t *new_id, *new_label;
	bool drops_unknown;
	int32_t ids[WP_SPLIT_TOKENS];
	int32_t lengths[2 * WP_SPLIT_TOKENS];
};

/* Append the lengths of the sentences that end here. */
static enum wp_err count_sentences(struct wp_counter *c, const struct wp_split *split)
{
	size_t token = 0;
	for (size_t s = 0; s < split->sentence_count; s++) {
		c->sentence += split->sentence_ends[s] - token;
		token = split->sentence_ends[s];
		if (c->sentence > INT32_MAX)
			return wp_fail(WP_ELIMIT,
				"a sentence of more than %d tokens (line %llu)", INT32_MAX,
				(unsigned long long)(split->line + s));
		c->lengths[s] = (int32_t)c->sentence;
		c->sentence = 0;
	}
	c->sentence += split->token_count - token;
	c->counts.sentences += split->sentence_count;
	return c->length_spool ? wp_spool_append(c->length_spool, c->lengths,
					 split->sentence_count * sizeof *c->lengths)
			       : WP_OK;
}

static enum wp_err count(void *arg, const struct wp_split *split)
{
	struct wp_counter *c = arg;
	enum wp_err err =
		wp_token_table_count(c->tokens, split->tokens, split->token_count, c->ids);
	if (!err && c->id_spool)
		err = wp_spool_append(c->id_spool, c->ids, split->token_count * sizeof *c->ids);
	c->counts.tokens += split->token_count;
	if (!err)
		err = count_sentences(c, split);
	if (!err && split->label_count > 0)
		err = wp_token_table_count(
			&c->labels, split->labels, split->label_count, c->ids);
	if (!err && split->label_count > 0 && c->label_spool)
		err = wp_spool_append(
			c->label_spool, c->ids, split->label_count * sizeof *c->ids);
	return err;
}

static enum wp_err create_spools(struct wp_counter *c)
{
	size_t memory = c->params.memory;
	const char *dir = c->params.tmpdir;
	bool tagged = c->params.annotation == WP_TAGGED;
	size_t by_sentence = memory / 16, by_token = memory / 8 * 3 / (tagged ? 2 : 1);
	enum wp_err err = wp_spool_create(&c->id_spool, by_token, dir);
	if (!err)
		err = wp_spool_create(&c->length_spool, by_sentence, dir);
	if (!err && c->params.annotation)
		err = wp_spool_create(&c->label_spool, tagged ? by_token : by_sentence, dir);
	return err;
}

/* Of its own, with the special tokens, or another's. */
static enum wp_err set_up_table(struct wp_counter *c)
{
	const struct wp_count_params *params = &c->params;
	size_t most = params->max_types ? params->max_types + SPECIALS : SIZE_MAX;
	if (params->shares) {
		c->tokens = params->shares->tokens;
		params->shares->shared_by = c;
		return WP_OK;
	}
	c->tokens = &c->own;
	enum wp_err err = wp_token_table_init(c->tokens, params->memory / 2, most);
	for (int i = 0; i < SPECIALS && !err; i++) {
		int32_t id;
		err = wp_counter_add(c, specials[i], strlen(specials[i]), 0, &id);
	}
	c->tokens->fixed = SPECIALS;
	return err;
}

enum wp_err wp_counter_create(struct wp_counter **counter, const struct wp_count_params *params)
{
	enum wp_err err = wp_alloc(counter, 1, sizeof **counter, "vocabulary");
	if (err)
		return err;
	struct wp_counter *c = *counter;
	c->params = *params;
	err = set_up_table(c);
	if (!err && params->annotation)
		err = wp_token_table_init(&c->labels, params->memory / 8, SIZE_MAX);
	if (!err)
		err = wp_splitter_create(&c->splitter, params->annotation, count, c);
	if (!err && params->with_ids)
		err = create_spools(c);
	if (err) {
		wp_counter_free(c);
		*counter = NULL;
	}
	return err;
}

void wp_counter_free(struct wp_counter *c)
{
	if (!c)
		return;
	wp_token_table_fini(&c->own);
	wp_token_table_fini(&c->labels);
	wp_splitter_free(c->splitter);
	wp_spool_free(c->id_spool);
	wp_spool_free(c->length_spool);
	wp_spool_free(c->label_spool);
	free(c->new_id);
	free(c->new_label);
	free(c);
}

const struct wp_count_params *wp_counter_params(const struct wp_counter *c)
{
	return &c->params;
}

enum wp_err wp_counter_feed(struct wp_counter *c, const char *block, size_t size)
{
	return wp_splitter_feed(c->splitter, block, size);
}

enum wp_err wp_counter_end_text(struct wp_counter *c)
{
	return wp_splitter_finish(c->splitter);
}

enum wp_err wp_counter_add(
	struct wp_counter *c, const char *token, size_t length, int64_t count, int32_t *id)
{
	struct wp_token key = wp_token_make(token, length);
	c->counts.tokens += (uint64_t)count;
	if (c->counts.tokens > INT64_MAX)
		return wp_fail(WP_ELIMIT, "vocabulary: counts that add up to 2^63 or more");
	return wp_token_table_add(c->tokens, &key, count, id);
}

enum wp_err wp_counter_add_label(
	struct wp_counter *c, const char *label, size_t length, int32_t *id)
{
	struct wp_token key = wp_token_make(label, length);
	return wp_token_table_add(&c->labels, &key, 0, id);
}

enum wp_err wp_counter_add_ids(struct wp_counter *c, const int32_t *ids, size_t n)
{
	return wp_spool_append(c->id_spool, ids, n * sizeof *ids);
}

enum wp_err wp_counter_add_lengths(struct wp_counter *c, const int32_t *lengths, size_t n)
{
	c->counts.sentences += n;
	return wp_spool_append(c->length_spool, lengths, n * sizeof *lengths);
}

enum wp_err wp_counter_add_labels(struct wp_counter *c, const int32_t *labels, size_t n)
{
	return wp_spool_append(c->label_spool, labels, n * sizeof *labels);
}

void wp_counted_fini(struct wp_counted *counted)
{
	wp_strings_fini(&counted->tokens);
	wp_strings_fini(&counted->labels);
	wp_strings_fini(&counted->tags);
	wp_strings_fini(&counted->targets);
	free(counted->counts);
	*counted = (struct wp_counted){0};
}

static enum wp_err select_token(struct wp_counter *c, struct wp_counted *to, const char *bytes,
	const struct wp_slot *slot)
{
	size_t id = to->tokens.count;
	c->new_id[slot->id] = (int32_t)id;
	to->counts[id] = slot->count;
	if (slot->id != UNKNOWN)
		c->counts.known += (uint64_t)slot->count;
	return wp_strings_add(&to->tokens, bytes, slot->length);
}

/* The special tokens that the vocabulary gets; returns how many they are. */
static size_t find_specials(struct wp_counter *c, const struct wp_vocab_cut *cut,
	const struct wp_slot *special[SPECIALS])
{
	size_t count = 0;
	c->counts.types = c->tokens->used - SPECIALS;
	for (int i = 0; i < SPECIALS; i++) {
		struct wp_token token = wp_token_make(specials[i], strlen(specials[i]));
		const struct wp_slot *slot = wp_token_table_slot(c->tokens, &token);
		c->counts.types += slot->count > 0;
		if (i == UNKNOWN)
			c->counts.given_unknown = (uint64_t)slot->count;
		if (i == UNKNOWN ? !cut->without_unknown : slot->count > 0)
			special[count++] = slot;
	}
	return count;
}

/* The tokens of all texts that were counted together. */
static uint64_t count_all(const struct wp_counter *c)
{
	return c->counts.tokens + (c->shared_by ? c->shared_by->counts.tokens : 0);
}

static enum wp_err select_tokens(
	struct wp_counter *c, const struct wp_vocab_cut *cut, struct wp_counted *to)
{
	const struct wp_slot *special[SPECIALS];
	size_t special_count = find_specials(c, cut, special);
	if (cut->top && cut->top < special_count)
		return wp_fail(WP_EINVAL,
			"vocabulary: %zu tokens at most, but the special ones alone are %zu",
			cut->top, special_count);
	size_t most = cut->top ? cut->top - special_count : SIZE_MAX;
	int64_t least = cut->min_count > 1 ? cut->min_count : 1;
	size_t ids = (size_t)c->tokens->next_id, n;
	struct wp_ranked *ranking;
	enum wp_err err =
		wp_token_table_rank(c->tokens, WP_BY_COUNT, least, most, &ranking, &n);
	if (!err)
		err = wp_alloc(
			&to->counts, special_count + n, sizeof *to->counts, "vocabulary");
	if (!err)
		err = wp_alloc(&c->new_id, ids, sizeof *c->new_id, "vocabulary");
	if (!err && cut->without_unknown)
		memset(c->new_id, -1, ids * sizeof *c->new_id);
	for (size_t i = 0; i < special_count && !err; i++)
		err = select_token(
			c, to, wp_token_table_bytes(c->tokens, special[i]), special[i]);
	for (size_t i = 0; i < n && !err; i++)
		err = select_token(c, to, ranking[i].bytes, ranking[i].slot);
	if (!err && !cut->without_unknown)
		to->counts[0] = (int64_t)(count_all(c) - c->counts.known);
	free(ranking);
	return err;
}

/* Labels, or tags, where the text has some. */
static enum wp_err select_labels(struct wp_counter *c, struct wp_counted *to)
{
	struct wp_strings *labels = c->params.annotation == WP_TAGGED ? &to->tags : &to->labels;
	struct wp_ranked *ranking;
	size_t n;
	if (!c->params.annotation)
		return WP_OK;
	enum wp_err err =
		wp_token_table_rank(&c->labels, WP_BY_BYTES, 0, SIZE_MAX, &ranking, &n);
	if (!err)
		err = wp_alloc(&c->new_label, n, sizeof *c->new_label, "labels");
	for (size_t i = 0; i < n && !err; i++) {
		c->new_label[ranking[i].slot->id] = (int32_t)i;
		err = wp_strings_add(labels, ranking[i].bytes, ranking[i].slot->length);
	}
	free(ranking);
	return err;
}

enum wp_err wp_counter_select(
	struct wp_counter *c, const struct wp_vocab_cut *cut, struct wp_counted *counted)
{
	*counted = (struct wp_counted){0};
	c->drops_unknown = cut->without_unknown;
	c->counts.forgotten_types = c->tokens->forgotten_tokens;
	c->counts.forgotten_tokens = c->tokens->forgotten_count;
	enum wp_err err = select_tokens(c, cut, counted);
	if (!err)
		err = select_labels(c, counted);
	if (err)
		wp_counted_fini(counted);
	return err;
}

/* The token of a slot gets the id that the vocabulary has for it. */
static void impose_token(struct wp_counter *c, const struct wp_vocab *vocab,
	struct wp_counted *to, const char *bytes, const struct wp_slot *slot)
{
	int32_t id = wp_vocab_find(vocab, bytes, slot->length);
	if (id < 0)
		return;
	c->new_id[slot->id] = id;
	to->counts[id] = slot->count;
	if (id != vocab->unknown)
		c->counts.known += (uint64_t)slot->count;
}

static enum wp_err impose_tokens(struct wp_counter *c, const struct wp_vocab *vocab,
	bool without_unknown, struct wp_counted *to)
{
	const struct wp_vocab_cut all = {0};
	const struct wp_slot *special[SPECIALS];
	size_t specials_seen = find_specials(c, &all, special);
	size_t ids = (size_t)c->tokens->next_id, n = 0;
	struct wp_ranked *ranking = NULL;
	enum wp_err err =
		wp_alloc(&to->counts, vocab->tokens.count, sizeof *to->counts, "vocabulary");
	if (!err)
		err = wp_alloc(&c->new_id, ids, sizeof *c->new_id, "vocabulary");
	if (!err)
		err = wp_token_table_rank(c->tokens, WP_BY_BYTES, 1, SIZE_MAX, &ranking, &n);
	for (size_t i = 0; i < ids && !err; i++)
		c->new_id[i] = without_unknown ? -1 : vocab->unknown;
	for (size_t i = 0; i < specials_seen && !err; i++)
		impose_token(
			c, vocab, to, wp_token_table_bytes(c->tokens, special[i]), special[i]);
	for (size_t i = 0; i < n && !err; i++)
		impose_token(c, vocab, to, ranking[i].bytes, ranking[i].slot);
	if (!err && !without_unknown && vocab->unknown < 0 && c->counts.known < count_all(c))
		err = wp_fail(WP_EMISMATCH,
			"%llu tokens are not in the vocabulary, which has no " WP_UNKNOWN_TOKEN
			" for them; \1no-unknown drops such tokens",
			(unsigned long long)(count_all(c) - c->counts.known));
	if (!err && !without_unknown && vocab->unknown >= 0)
		to->counts[vocab->unknown] = (int64_t)(count_all(c) - c->counts.known);
	free(ranking);
	return err;
}

enum wp_err wp_counter_impose(struct wp_counter *c, const struct wp_vocab *vocab,
	bool without_unknown, struct wp_counted *counted)
{
	*counted = (struct wp_counted){0};
	c->drops_unknown = without_unknown;
	enum wp_err err = impose_tokens(c, vocab, without_unknown, counted);
	for (size_t i = 0; i < vocab->tokens.count && !err; i++) {
		size_t length;
		const char *token = wp_strings_get(&vocab->tokens, i, &length);
		err = wp_strings_add(&counted->tokens, token, length);
	}
	if (!err)
		err = select_labels(c, counted);
	if (err)
		wp_counted_fini(counted);
	return err;
}

enum wp_err wp_counter_follow(struct wp_counter *c)
{
	const struct wp_counter *first = c->params.shares;
	size_t ids = (size_t)c->tokens->next_id;
	c->drops_unknown = first->drops_unknown;
	enum wp_err err = wp_alloc(&c->new_id, ids, sizeof *c->new_id, "vocabulary");
	if (!err)
		memcpy(c->new_id, first->new_id, ids * sizeof *c->new_id);
	return err;
}

/* A spool of int32_t, read back a block at a time. */
struct cursor {
	struct wp_spool *spool;
	const int32_t *renumber; /* or NULL */
	size_t next, n;
	int32_t *block;
};

static enum wp_err open_cursor(
	struct cursor *at, struct wp_spool *spool, const int32_t *renumber)
{
	*at = (struct cursor){.spool = spool, .renumber = renumber};
	if (spool)
		wp_spool_rewind(spool);
	return wp_alloc(&at->block, BLOCK, sizeof *at->block, "spool");
}

/* Make sure that the block has something, unless the spool is at its end. */
static enum wp_err look(struct cursor *at)
{
	if (at->next < at->n)
		return WP_OK;
	size_t bytes;
	enum wp_err err =
		wp_spool_read(at->spool, at->block, BLOCK * sizeof *at->block, &bytes);
	at->next = 0;
	at->n = bytes / sizeof *at->block;
	for (size_t i = 0; at->renumber && i < at->n; i++)
		at->block[i] = at->renumber[at->block[i]];
	return err;
}

/* The next value of a spool that has as many as there are sentences. */
static enum wp_err next_value(struct cursor *at, int32_t *value)
{
	enum wp_err err = look(at);
	*value = at->block[at->next++];
	return err;
}

/* The ids of the next `length` tokens to the batcher, and their tags, if there are any. */
static enum wp_err add_sentence(struct wp_id_batcher *batcher, struct cursor *ids,
	struct cursor *tags, int32_t length, bool sparse)
{
	for (size_t left = (size_t)length; left > 0;) {
		enum wp_err err = look(ids);
		if (!err && tags)
			err = look(tags); /* both in blocks of the same size */
		size_t have = ids->n - ids->next;
		size_t n = left < have ? left : have;
		if (!err)
			err = wp_id_batcher_add(batcher, ids->block + ids->next,
				tags ? tags->block + tags->next : NULL, n, sparse);
		if (err)
			return err;
		ids->next += n;
		if (tags)
			tags->next += n;
		left -= n;
	}
	return WP_OK;
}

enum wp_err wp_counter_encode(struct wp_counter *c, wp_id_sink *sink, void *arg)
{
	bool labelled = c->params.annotation == WP_LABELLED;
	bool tagged = c->params.annotation == WP_TAGGED;
	struct cursor ids, lengths, labels;
	struct wp_id_batcher *batcher = NULL;
	enum wp_err err = open_cursor(&ids, c->id_spool, c->new_id);
	enum wp_err other = open_cursor(&lengths, c->length_spool, NULL);
	err = err ? err : other;
	other = open_cursor(&labels, c->label_spool, c->new_label);
	err = err ? err : other;
	if (!err)
		err = wp_id_batcher_create(&batcher, c->params.annotation, sink, arg);
	for (uint64_t s = 0; s < c->counts.sentences && !err; s++) {
		int32_t length, label = 0;
		err = next_value(&lengths, &length);
		if (!err && labelled)
			err = next_value(&labels, &label);
		if (!err)
			err = add_sentence(batcher, &ids, tagged ? &labels : NULL, length,
				c->drops_unknown);
		if (!err)
			err = wp_id_batcher_end_sentence(batcher, label);
	}
	if (!err)
		err = wp_id_batcher_flush(batcher);
	wp_id_batcher_free(batcher);
	free(ids.block);
	free(lengths.block);
	free(labels.block);
	return err;
}

struct wp_text_counts wp_counter_counts(const struct wp_counter *c)
{
	return c->counts;
}
