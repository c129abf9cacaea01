#include "text/pair_tokenize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { NAME = 200, LANGUAGE = 16 };

struct wp_pair_tokenizer {
	struct wp_pair_splitter *splitter;
	struct wp_tokenizer *side[WP_SIDES];
	char language[WP_SIDES][LANGUAGE];
	char name[NAME + 1], side_name[WP_SIDES][NAME + 20];
	char *output;
	size_t length, room;
	uint64_t bytes_read, lines;
};

/* The next line of a side's output, with its LF; *end is moved behind it. */
static const char *next_line(const char **at, const char *end, size_t *length)
{
	const char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line));
	*length = newline ? (size_t)(newline - line) : 0;
	*at = newline ? newline + 1 : NULL;
	return line;
}

/* Both sides have written the same number of lines: put them together. */
static enum wp_err join(struct wp_pair_tokenizer *t, size_t count)
{
	size_t size[WP_SIDES], length[WP_SIDES];
	const char *at[WP_SIDES], *end[WP_SIDES], *line[WP_SIDES];
	for (int s = 0; s < WP_SIDES; s++) {
		at[s] = wp_tokenizer_output(t->side[s], &size[s]);
		end[s] = at[s] + size[s];
	}
	enum wp_err err = wp_grow(&t->output, &t->room,
		t->length + size[WP_SOURCE] + size[WP_TARGET], 1, "pairs");
	char *to = t->output + t->length;
	for (size_t i = 0; i < count && !err; i++) {
		for (int s = 0; s < WP_SIDES; s++) {
			line[s] = next_line(&at[s], end[s], &length[s]);
			if (!at[s])
				return wp_fail(
					WP_EINVAL, "%s: sides of different lengths", t->name);
			memcpy(to, line[s], length[s]);
			to += length[s];
			*to++ = s == WP_SOURCE ? '\t' : '\n';
		}
	}
	if (err)
		return err;
	t->length = (size_t)(to - t->output);
	t->lines += count;
	for (int s = 0; s < WP_SIDES; s++)
		wp_tokenizer_drain(t->side[s]);
	return WP_OK;
}

static enum wp_err tokenize(
	void *arg, enum wp_side side, const char *lines, size_t size, size_t count)
{
	struct wp_pair_tokenizer *t = arg;
	enum wp_err err = wp_tokenizer_feed(t->side[side], lines, size);
	return err || side == WP_SOURCE ? err : join(t, count);
}

/* `de,en`, or one language for both. */
static enum wp_err set_languages(struct wp_pair_tokenizer *t, const char *languages)
{
	const char *comma = strchr(languages, ',');
	for (int s = 0; s < WP_SIDES; s++) {
		const char *from = s == WP_TARGET && comma ? comma + 1 : languages;
		size_t n = s == WP_SOURCE && comma ? (size_t)(comma - from) : strlen(from);
		if (n == 0 || n >= LANGUAGE)
			return wp_fail(WP_EINVAL,
				"\1language %s: not one language, nor two as in de,en",
				languages);
		memcpy(t->language[s], from, n);
	}
	return WP_OK;
}

static enum wp_err set_up(
	struct wp_pair_tokenizer *t, const struct wp_tokenizer_options *options, bool drop)
{
	struct wp_tokenizer_options of_side = *options;
	const struct wp_pair_rules rules = {.labelled = options->labels, .drop = drop};
	enum wp_err err = options->language ? set_languages(t, options->language) : WP_OK;
	if (!err && (options->sentences || options->word_column || options->learn))
		err = wp_fail(WP_EINVAL,
			"\1pair: a line is a pair, so it goes with none of \1sentences, "
			"\1columns, \1conllu and \1learn-abbreviations");
	of_side.keep_lines = of_side.no_newlines = true;
	if (options->unit != WP_TOKENS_CHARS && options->unit != WP_TOKENS_CODE_POINTS &&
		options->unit != WP_TOKENS_BYTES)
		of_side.no_newlines = false;
	for (int s = 0; s < WP_SIDES && !err; s++) {
		of_side.language = options->language ? t->language[s] : NULL;
		of_side.labels = options->labels && s == WP_SOURCE;
		err = wp_tokenizer_create(&t->side[s], &of_side);
	}
	return err ? err : wp_pair_splitter_create(&t->splitter, &rules, tokenize, t);
}

enum wp_err wp_pair_tokenizer_create(struct wp_pair_tokenizer **tokenizer,
	const struct wp_tokenizer_options *options, bool drop)
{
	enum wp_err err = wp_alloc(tokenizer, 1, sizeof **tokenizer, "tokenizer");
	if (!err)
		err = set_up(*tokenizer, options, drop);
	if (!err) {
		wp_pair_tokenizer_name(*tokenizer, "text");
		return WP_OK;
	}
	wp_pair_tokenizer_free(*tokenizer);
	*tokenizer = NULL;
	return err;
}

void wp_pair_tokenizer_free(struct wp_pair_tokenizer *t)
{
	if (!t)
		return;
	wp_pair_splitter_free(t->splitter);
	for (int s = 0; s < WP_SIDES; s++)
		wp_tokenizer_free(t->side[s]);
	free(t->output);
	free(t);
}

void wp_pair_tokenizer_name(struct wp_pair_tokenizer *t, const char *name)
{
	snprintf(t->name, sizeof t->name, "%s", name);
	wp_pair_splitter_name(t->splitter, t->name);
	for (int s = 0; s < WP_SIDES; s++) {
		snprintf(t->side_name[s], sizeof t->side_name[s], "%s: %s", t->name,
			s == WP_SOURCE ? "sources" : "targets");
		wp_tokenizer_name(t->side[s], t->side_name[s]);
	}
}

enum wp_err wp_pair_tokenizer_feed(struct wp_pair_tokenizer *t, const char *bytes, size_t n)
{
	t->bytes_read += n;
	return wp_pair_splitter_feed(t->splitter, bytes, n);
}

enum wp_err wp_pair_tokenizer_end_input(struct wp_pair_tokenizer *t)
{
	enum wp_err err = wp_pair_splitter_end_text(t->splitter);
	for (int s = 0; s < WP_SIDES && !err; s++)
		err = wp_tokenizer_end_input(t->side[s]);
	return err;
}

const char *wp_pair_tokenizer_output(const struct wp_pair_tokenizer *t, size_t *length)
{
	*length = t->length;
	return t->output;
}

void wp_pair_tokenizer_drain(struct wp_pair_tokenizer *t)
{
	t->length = 0;
}

struct wp_tokenizer_counts wp_pair_tokenizer_counts(const struct wp_pair_tokenizer *t)
{
	struct wp_tokenizer_counts all = {.bytes_read = t->bytes_read, .lines = t->lines};
	for (int s = 0; s < WP_SIDES; s++) {
		struct wp_tokenizer_counts side = wp_tokenizer_counts(t->side[s]);
		all.tokens += side.tokens;
		all.no_spaces += side.no_spaces;
		all.invalid += side.invalid;
	}
	return all;
}

struct wp_pair_counts wp_pair_tokenizer_pairs(const struct wp_pair_tokenizer *t)
{
	return wp_pair_splitter_counts(t->splitter);
}

/* The word of options that begins with `name`, or is it, if that ends without '='. */
static bool is_option(const char *word, size_t n, const char *name)
{
	size_t length = strlen(name);
	return n >= length && memcmp(word, name, length) == 0 &&
		(n == length || name[length - 1] == '=');
}

/* Copy the language of a side of `de,en`; returns its bytes. */
static size_t copy_language(const char *languages, size_t n, enum wp_side side, char *to)
{
	const char *comma = memchr(languages, ',', n);
	size_t first = comma ? (size_t)(comma - languages) : n;
	if (comma && side == WP_TARGET) {
		languages = comma + 1;
		first = n - first - 1;
	}
	memcpy(to, languages, first);
	return first;
}

size_t wp_pair_tokenizer_adapt(
	const char *options, size_t length, bool pair, enum wp_side side, char *to)
{
	static const char option[] = "--pair", language[] = "--language=";
	const char *end = options + length;
	bool was_pair = false;
	size_t used = 0;
	for (const char *word = options, *next; word < end; word = next) {
		next = memchr(word, ' ', (size_t)(end - word));
		size_t n = (size_t)((next ? next : end) - word);
		next = next ? next + 1 : end;
		was_pair |= is_option(word, n, option);
	}
	for (const char *word = options, *next; word < end; word = next) {
		next = memchr(word, ' ', (size_t)(end - word));
		size_t n = (size_t)((next ? next : end) - word);
		next = next ? next + 1 : end;
		if (was_pair && !pair &&
			(is_option(word, n, option) || is_option(word, n, "--labels") ||
				is_option(word, n, "--invalid-pairs=")))
			continue;
		if (used > 0)
			to[used++] = ' ';
		if (!pair && is_option(word, n, language)) {
			size_t name = sizeof language - 1;
			memcpy(to + used, word, name);
			used += name +
				copy_language(word + name, n - name, side, to + used + name);
		} else {
			memcpy(to + used, word, n);
			used += n;
		}
	}
	if (pair && !was_pair) {
		if (used > 0)
			to[used++] = ' ';
		memcpy(to + used, option, sizeof option - 1);
		used += sizeof option - 1;
	}
	return used;
}
