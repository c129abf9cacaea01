#include "text/vocab_encode.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/token_split.h"
#include "text/token_table.h"

struct wp_encoder {
	const struct wp_vocab *vocab, *labels;
	enum wp_annotation annotation;
	bool drop_unknown;
	int32_t label; /* of the current line, where that has begun */
	bool has_label;
	/* Tags whose tokens are still to come. */
	int32_t *tags;
	size_t tag_count, tag_room;
	struct wp_splitter *splitter;
	struct wp_id_batcher *batcher;
	struct wp_text_counts counts;
	int64_t *id_counts; /* by id, with a place for -1 before them */
	int32_t ids[WP_SPLIT_TOKENS];
};

static enum wp_err unknown_token(const struct wp_token *token)
{
	int length = token->length < 100 ? (int)token->length : 100;
	return wp_fail(WP_EMISMATCH,
		"'%.*s' is not in the vocabulary, which has no " WP_UNKNOWN_TOKEN
		" for it; \1no-unknown drops such tokens",
		length, token->bytes);
}

static enum wp_err unknown_label(
	const char *what, const struct wp_token *label, unsigned long long line)
{
	int length = label->length < 100 ? (int)label->length : 100;
	return wp_fail(WP_EMISMATCH, "unknown %s '%.*s' (line %llu)", what, length,
		label->bytes, line);
}

static enum wp_err find_label(struct wp_encoder *e, const struct wp_token *label, uint64_t line)
{
	wp_token_table_find(e->labels->table, label, 1, &e->label);
	e->has_label = true;
	return e->label >= 0 ? WP_OK : unknown_label("label", label, line);
}

/* Put the ids of the window's tags with those that wait for their tokens. */
static enum wp_err find_tags(struct wp_encoder *e, const struct wp_split *split)
{
	size_t waiting = e->tag_count;
	if (split->label_count == 0)
		return WP_OK;
	enum wp_err err = wp_grow(
		&e->tags, &e->tag_room, waiting + split->label_count, sizeof *e->tags, "tags");
	if (err)
		return err;
	wp_token_table_find(
		e->labels->table, split->labels, split->label_count, e->tags + waiting);
	e->tag_count += split->label_count;
	for (size_t i = waiting; i < e->tag_count; i++) {
		if (e->tags[i] >= 0)
			continue;
		/* Tag i belongs to token i of the window, or of what follows it. */
		size_t s = 0;
		while (s < split->sentence_count && i >= split->sentence_ends[s])
			s++;
		return unknown_label("tag", &split->labels[i - waiting], split->line + s);
	}
	return WP_OK;
}

/* Look the tokens up; count those that the vocabulary has. */
static enum wp_err find_tokens(struct wp_encoder *e, const struct wp_split *split)
{
	int32_t unknown = e->vocab->unknown, instead = e->drop_unknown ? -1 : unknown;
	wp_token_table_find(e->vocab->table, split->tokens, split->token_count, e->ids);
	uint64_t known = 0;
	for (size_t i = 0; i < split->token_count; i++) {
		bool is_known = e->ids[i] >= 0 && e->ids[i] != unknown;
		known += is_known;
		if (!is_known && unknown < 0 && !e->drop_unknown)
			return unknown_token(&split->tokens[i]);
		e->ids[i] = is_known ? e->ids[i] : instead;
		e->id_counts[1 + e->ids[i]]++;
	}
	e->counts.known += known;
	e->counts.tokens += split->token_count;
	return WP_OK;
}

/* Tokens begin to end of the window, and their tags. */
static enum wp_err add_tokens(struct wp_encoder *e, size_t begin, size_t end)
{
	if (begin == end)
		return WP_OK;
	return wp_id_batcher_add(e->batcher, e->ids + begin,
		e->annotation == WP_TAGGED ? e->tags + begin : NULL, end - begin,
		e->drop_unknown);
}

static enum wp_err encode(void *arg, const struct wp_split *split)
{
	struct wp_encoder *e = arg;
	size_t token = 0, label = 0;
	bool labelled = e->annotation == WP_LABELLED, tagged = e->annotation == WP_TAGGED;
	enum wp_err err = tagged ? find_tags(e, split) : WP_OK;
	if (!err)
		err = find_tokens(e, split);
	for (size_t s = 0; s < split->sentence_count && !err; s++) {
		size_t end = split->sentence_ends[s];
		if (labelled && !e->has_label)
			err = find_label(e, &split->labels[label++], split->line + s);
		if (!err)
			err = add_tokens(e, token, end);
		if (!err)
			err = wp_id_batcher_end_sentence(e->batcher, e->label);
		token = end;
		e->has_label = false;
		e->counts.sentences++;
	}
	if (!err && labelled && label < split->label_count)
		err = find_label(e, &split->labels[label], split->line + split->sentence_count);
	if (!err)
		err = add_tokens(e, token, split->token_count);
	if (!err && tagged && split->token_count > 0) {
		e->tag_count -= split->token_count;
		memmove(e->tags, e->tags + split->token_count, e->tag_count * sizeof *e->tags);
	}
	return err;
}

enum wp_err wp_encoder_create(struct wp_encoder **encoder, const struct wp_vocab *vocab,
	enum wp_annotation annotation, const struct wp_vocab *labels, bool drop_unknown,
	wp_id_sink *sink, void *arg)
{
	*encoder = NULL;
	enum wp_err err = wp_alloc(encoder, 1, sizeof **encoder, "vocabulary");
	if (err)
		return err;
	struct wp_encoder *e = *encoder;
	e->vocab = vocab;
	e->annotation = annotation;
	e->labels = labels;
	e->drop_unknown = drop_unknown;
	err = wp_alloc(&e->id_counts, 1 + vocab->tokens.count, sizeof *e->id_counts, "counts");
	if (!err)
		err = wp_splitter_create(&e->splitter, annotation, encode, e);
	if (!err)
		err = wp_id_batcher_create(&e->batcher, annotation, sink, arg);
	if (err) {
		wp_encoder_free(e);
		*encoder = NULL;
	}
	return err;
}

void wp_encoder_free(struct wp_encoder *e)
{
	if (!e)
		return;
	wp_splitter_free(e->splitter);
	wp_id_batcher_free(e->batcher);
	free(e->id_counts);
	free(e->tags);
	free(e);
}

enum wp_err wp_encoder_feed(struct wp_encoder *e, const char *block, size_t size)
{
	return wp_splitter_feed(e->splitter, block, size);
}

enum wp_err wp_encoder_flush(struct wp_encoder *e)
{
	return wp_id_batcher_flush(e->batcher);
}

enum wp_err wp_encoder_end_text(struct wp_encoder *e)
{
	return wp_splitter_finish(e->splitter);
}

struct wp_text_counts wp_encoder_counts(const struct wp_encoder *e)
{
	return e->counts;
}

const int64_t *wp_encoder_id_counts(const struct wp_encoder *e)
{
	return e->id_counts + 1;
}
