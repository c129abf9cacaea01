#include "rnn/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rnn/vocab_map.h"
#include "text/vocab.h"

static enum wp_err add_all(struct wp_strings *to, const struct wp_strings *from)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < from->count; i++) {
		size_t length;
		const char *string = wp_strings_get(from, i, &length);
		err = wp_strings_add(to, string, length);
	}
	return err;
}

/* Words that the model lacks get ids beyond its vocabulary, and their parts. */
static enum wp_err add_subwords(struct wp_rnn_reading *r)
{
	const struct wp_rnn_model *m = r->model;
	const struct wp_strings *vocab = &r->source.corpus.vocab;
	struct wp_strings all = {0};
	enum wp_err err = add_all(&all, &m->vocab);
	for (size_t i = 0; !err && i < vocab->count; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		if (!r->unknown[i])
			continue;
		r->id[i] = (int32_t)all.count;
		err = wp_strings_add(&all, word, length);
	}
	if (!err && all.count > INT32_MAX)
		err = wp_fail(WP_ELIMIT, "%zu words are too many", all.count);
	if (!err)
		err = wp_rnn_subwords_init(&r->extended, &all, m->vocab.count, r->unknown_class,
			m->config.subwords);
	if (!err)
		r->subwords = &r->extended;
	wp_strings_fini(&all);
	return err;
}

/* Does the model's vocabulary have the word at this id? */
static bool has(const struct wp_strings *vocab, int32_t id, const char *word, size_t length)
{
	if (id < 0)
		return false;
	size_t own_length;
	const char *own = wp_strings_get(vocab, (size_t)id, &own_length);
	return own_length == length && memcmp(own, word, length) == 0;
}

/* Only what stands in the text has to be known. */
static enum wp_err check_words(const struct wp_rnn_reading *r, const char *name)
{
	enum { SHOWN = 60 };
	const struct wp_corpus *corpus = &r->source.corpus;
	for (size_t i = 0; i < corpus->vocab.count; i++) {
		size_t length;
		const char *word = wp_strings_get(&corpus->vocab, i, &length);
		if (r->id[i] < 0 && corpus->counts[i] > 0)
			return wp_fail(WP_EMISMATCH,
				"%s: '%.*s': not in the vocabulary of the model, which has no "
				"UNKNOWN_TOKEN",
				name, (int)(length < SHOWN ? length : SHOWN), word);
	}
	return WP_OK;
}

static enum wp_err map_words(struct wp_rnn_reading *r, const char *name)
{
	const struct wp_strings *vocab = &r->source.corpus.vocab;
	struct wp_vocab_map map;
	enum wp_err err = wp_vocab_map_init(&map, vocab, &r->model->vocab);
	if (err)
		return err;
	r->id = map.id; /* taken over */
	r->unknown_class = (int32_t)wp_strings_find(&r->model->vocab, WP_UNKNOWN_TOKEN);
	if (r->model->config.subwords > 0)
		r->subwords = &r->model->subwords;
	err = wp_alloc(&r->unknown, vocab->count, sizeof *r->unknown, "vocabulary");
	for (size_t i = 0; !err && i < vocab->count; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		r->unknown[i] = !has(&r->model->vocab, r->id[i], word, length);
	}
	if (!err && r->subwords && map.unknown > 0)
		err = add_subwords(r);
	return err ? err : check_words(r, name);
}

static enum wp_err check_kind(const struct wp_rnn_reading *r, const char *name)
{
	const struct wp_rnn_config *c = &r->model->config;
	const struct wp_rnn_data *d = &r->source.data;
	bool real = c->input == WP_RNN_REAL;
	if (d->rows > 0 && real != (d->values != NULL))
		return wp_fail(WP_EMISMATCH, "%s: the model reads %s, not %s", name,
			real ? "numbers" : "words", real ? "words" : "numbers");
	if (real && d->rows > 0 && d->inputs != c->inputs)
		return wp_fail(WP_EMISMATCH,
			"%s: rows of %zu numbers for a model that reads %zu", name, d->inputs,
			c->inputs);
	return WP_OK;
}

enum wp_err wp_rnn_reading_init(struct wp_rnn_reading *r, const struct wp_rnn_model *model,
	struct wp_reader *reader, size_t memory, const char *directory, wp_corpus_other *other,
	void *arg)
{
	const char *name = wp_reader_name(reader);
	*r = (struct wp_rnn_reading){.model = model};
	enum wp_err err =
		wp_rnn_source_read_any(&r->source, reader, memory, directory, other, arg);
	if (!err)
		err = check_kind(r, name);
	if (!err && model->config.input != WP_RNN_REAL)
		err = map_words(r, name);
	if (err)
		wp_rnn_reading_fini(r);
	return err;
}

void wp_rnn_reading_fini(struct wp_rnn_reading *r)
{
	wp_rnn_source_fini(&r->source);
	wp_rnn_subwords_fini(&r->extended);
	free(r->id);
	free(r->unknown);
	*r = (struct wp_rnn_reading){0};
}
