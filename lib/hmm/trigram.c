#include "hmm/trigram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "hmm/trigram_model.h"
#include "stream/tensor_set.h"
#include "text/column_text.h"
#include "text/unicode.h"
#include "text/utf8.h"

void wp_trigram_config_default(struct wp_trigram_config *config)
{
	*config = (struct wp_trigram_config){3, 10, 10, -1};
}

void wp_trigram_free(struct wp_trigram *t)
{
	if (!t)
		return;
	wp_symbols_fini(&t->words);
	wp_strings_fini(&t->tags);
	free(t->triples.list);
	free(t->pairs.list);
	free(t->context.list);
	free(t->follow.list);
	free(t->share);
	free(t->transition);
	free(t->before);
	free(t->pair_begin);
	free(t->context_begin);
	free(t->follow_begin);
	free(t->word_count);
	free(t->endings.key);
	free(t->endings.tags);
	free(t->endings.total);
	free(t);
}

struct wp_trigram_size wp_trigram_size(const struct wp_trigram *t)
{
	return (struct wp_trigram_size){
		t->sentences, t->tokens, t->tags.count, t->words.strings.count};
}

/* ---- Counting ---- */

static enum wp_err see(struct wp_trigram_counts *c, int32_t a, int32_t b, int32_t d)
{
	enum wp_err err = wp_grow(&c->list, &c->room, c->count + 1, sizeof *c->list, "counts");
	if (!err)
		c->list[c->count++] = (struct wp_trigram_count){{a, b, d}, 1};
	return err;
}

static int by_key(const void *a, const void *b)
{
	const struct wp_trigram_count *x = a, *y = b;
	for (int i = 0; i < 3; i++)
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	return 0;
}

/* Sort by counting, one key after the other from the last: keys are small numbers. */
static enum wp_err sort_counts(struct wp_trigram_counts *c)
{
	struct wp_trigram_count *other;
	size_t *begin = NULL;
	int32_t most = 0;
	for (size_t i = 0; i < c->count; i++)
		for (int k = 0; k < 3; k++)
			most = c->list[i].key[k] > most ? c->list[i].key[k] : most;
	enum wp_err err = wp_alloc(&other, c->count, sizeof *other, "counts");
	if (!err)
		err = wp_alloc(&begin, (size_t)most + 2, sizeof *begin, "counts");
	for (int k = 2; k >= 0 && !err; k--) {
		memset(begin, 0, ((size_t)most + 2) * sizeof *begin);
		for (size_t i = 0; i < c->count; i++)
			begin[c->list[i].key[k] + 1]++;
		for (size_t i = 0; i < (size_t)most; i++)
			begin[i + 1] += begin[i];
		for (size_t i = 0; i < c->count; i++)
			other[begin[c->list[i].key[k]]++] = c->list[i];
		struct wp_trigram_count *swap = c->list;
		c->list = other;
		other = swap;
	}
	if (!err)
		c->room = c->count;
	free(other);
	free(begin);
	return err;
}

static enum wp_err add_up(struct wp_trigram_counts *c)
{
	enum wp_err err = sort_counts(c);
	size_t n = 0;
	for (size_t i = 0; i < c->count && !err; i++)
		if (n && by_key(&c->list[n - 1], &c->list[i]) == 0)
			c->list[n - 1].count += c->list[i].count;
		else
			c->list[n++] = c->list[i];
	c->count = n;
	return err;
}

static enum wp_err count_sentence(struct wp_trigram *t, struct wp_symbols *tags,
	const struct wp_column_sentence *s, size_t tag_column)
{
	enum { BOUNDARY = INT32_MAX };
	size_t word_column = tag_column == 0;
	int32_t a = BOUNDARY, b = BOUNDARY, before = -1;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i <= s->tokens && !err; i++) {
		int32_t tag = BOUNDARY, word = -1;
		if (i < s->tokens) {
			const struct wp_field *f = s->fields + i * s->columns;
			err = wp_symbols_add(
				tags, f[tag_column].text, f[tag_column].length, &tag);
			if (!err)
				err = wp_symbols_add(&t->words, f[word_column].text,
					f[word_column].length, &word);
			if (!err)
				err = see(&t->pairs, word, tag, 0);
			if (!err)
				err = see(&t->context, word, b, tag);
		}
		if (!err)
			err = see(&t->triples, a, b, tag);
		if (!err && before >= 0)
			err = see(&t->follow, before, b, tag);
		before = word;
		a = b;
		b = tag;
	}
	t->tokens += s->tokens;
	t->sentences++;
	return err;
}

/* The boundary gets the number behind the last tag, now that this is known. */
static void number_boundary(struct wp_trigram_counts *c, int32_t boundary)
{
	for (size_t i = 0; i < c->count; i++)
		for (int k = 0; k < 3; k++)
			if (c->list[i].key[k] == INT32_MAX)
				c->list[i].key[k] = boundary;
}

static enum wp_err check_text(const struct wp_trigram *t, const char *name)
{
	if (t->tokens == 0)
		return wp_fail(WP_EMISMATCH, "%s: no tokens", name);
	if (t->tags.count < 2)
		return wp_fail(WP_EMISMATCH,
			"%s: all tokens have the same tag: there is nothing to learn", name);
	if (t->tags.count > WP_TRIGRAM_TAGS)
		return wp_fail(WP_ELIMIT,
			"%s: %zu different tags, and a trigram tagger takes %d: see crf-train",
			name, t->tags.count, WP_TRIGRAM_TAGS);
	return WP_OK;
}

static enum wp_err count_text(
	struct wp_trigram *t, struct wp_symbols *tags, struct wp_input *input)
{
	struct wp_column_text text = {.lines = {.input = input}};
	struct wp_column_sentence s;
	enum wp_err err;
	while (!(err = wp_column_text_next(&text, &s))) {
		int column = t->config.tag_column;
		if (s.columns < 2)
			err = wp_fail(WP_EMISMATCH,
				"%s: one column, and words need a tag beside them (line %llu)",
				wp_input_name(input), (unsigned long long)s.line);
		else if (column >= (int)s.columns)
			err = wp_fail(WP_EMISMATCH,
				"%s: no column %d of tags: lines have %zu (line %llu)",
				wp_input_name(input), column + 1, s.columns,
				(unsigned long long)s.line);
		t->columns = (int)s.columns - 1;
		if (!err)
			err = count_sentence(
				t, tags, &s, column < 0 ? s.columns - 1 : (size_t)column);
		if (err)
			break;
	}
	wp_column_text_fini(&text);
	return err == WP_END ? WP_OK : err;
}

enum wp_err wp_trigram_train(struct wp_trigram **tagger, const struct wp_trigram_config *config,
	struct wp_input *input)
{
	struct wp_symbols tags = {0};
	struct wp_trigram *t;
	*tagger = NULL;
	enum wp_err err = wp_alloc(&t, 1, sizeof *t, "a tagger");
	if (err)
		return err;
	t->config = *config;
	err = count_text(t, &tags, input);
	t->tags = tags.strings;
	tags.strings = (struct wp_strings){0};
	wp_symbols_fini(&tags);
	if (!err)
		err = check_text(t, wp_input_name(input));
	struct wp_trigram_counts *counts[] = {&t->triples, &t->pairs, &t->context, &t->follow};
	for (int i = 0; i < 4 && !err; i++) {
		number_boundary(counts[i], (int32_t)t->tags.count);
		err = add_up(counts[i]);
	}
	if (err)
		wp_trigram_free(t);
	else
		*tagger = t;
	return err;
}

/* ---- Endings ---- */

enum shape { LOWER, CAPITAL, UPPER, DIGIT, HYPHEN, SYMBOL };

static enum shape shape_of(const char *word, size_t n)
{
	size_t letters = 0, upper = 0, length = 0;
	bool digit = false, hyphen = false, initial = false;
	const char *end = word + n;
	for (const char *p = word; p < end; length++) {
		struct wp_decoded d = wp_utf8_decode(p, end);
		unsigned class = wp_char(d.code_point).sentence;
		bool is_upper = class == WP_SB_UPPER;
		letters += is_upper || class == WP_SB_LOWER || class == WP_SB_OLETTER;
		upper += is_upper;
		initial = initial || (length == 0 && is_upper);
		digit = digit || class == WP_SB_NUMERIC;
		hyphen = hyphen || (d.code_point == '-' && length > 0);
		p += d.length;
	}
	if (digit)
		return DIGIT;
	if (letters == 0)
		return SYMBOL;
	if (hyphen)
		return HYPHEN;
	if (upper > 1 && upper == letters)
		return UPPER;
	return initial ? CAPITAL : LOWER;
}

static uint64_t mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0xD6E8FEB86659FD93u;
	return h ^ h >> 32;
}

/* The slot of a key, or the free one where it belongs. */
static size_t slot_of(const struct wp_endings *e, uint64_t key)
{
	size_t at = (size_t)key & e->mask;
	while (e->key[at] && e->key[at] != key)
		at = (at + 1) & e->mask;
	return at;
}

/* All digits are the same. */
static unsigned plain_digit(unsigned byte)
{
	return byte >= '0' && byte <= '9' ? '0' : byte;
}

/* Call with each ending of the word, from none to the longest: its key, or false to stop. */
struct endings_of {
	const char *word, *at;
	uint64_t key;
	int left;
	bool started;
};

static struct endings_of endings_of(
	const struct wp_trigram *t, const char *word, size_t n, enum shape shape)
{
	return (struct endings_of){
		word, word + n, mix(0x9E3779B97F4A7C15u, shape + 1), t->config.ending, false};
}

static bool next_ending(struct endings_of *e, uint64_t *key)
{
	if (e->started) {
		if (e->at == e->word || e->left-- == 0)
			return false;
		/* One more character, of one or more bytes. */
		do
			e->key = mix(e->key, plain_digit((unsigned char)*--e->at));
		while (e->at > e->word && ((unsigned char)*e->at & 0xC0) == 0x80);
	}
	e->started = true;
	*key = e->key | 1;
	return true;
}

static enum wp_err grow_endings(struct wp_trigram *t)
{
	struct wp_endings *e = &t->endings, next = {.mask = e->key ? 2 * e->mask + 1 : 4095};
	size_t slots = next.mask + 1, tags = t->tag_count;
	enum wp_err err = wp_alloc(&next.key, slots, sizeof *next.key, "endings of words");
	if (!err)
		err = wp_alloc(&next.tags, slots * tags, sizeof *next.tags, "endings of words");
	if (!err)
		err = wp_alloc(&next.total, slots, sizeof *next.total, "endings of words");
	if (err) {
		free(next.key);
		free(next.tags);
		return err;
	}
	for (size_t i = 0; e->key && i <= e->mask; i++) {
		if (!e->key[i])
			continue;
		size_t at = slot_of(&next, e->key[i]);
		next.key[at] = e->key[i];
		next.total[at] = e->total[i];
		memcpy(next.tags + at * tags, e->tags + i * tags, tags * sizeof *next.tags);
	}
	next.used = e->used;
	free(e->key);
	free(e->tags);
	free(e->total);
	*e = next;
	return WP_OK;
}

/* Add the counts of a rare word to its endings. */
static enum wp_err add_endings(struct wp_trigram *t, size_t word)
{
	size_t n, tags = t->tag_count;
	const char *text = wp_strings_get(&t->words.strings, word, &n);
	struct endings_of of = endings_of(t, text, n, shape_of(text, n));
	uint64_t key;
	while (next_ending(&of, &key)) {
		struct wp_endings *e = &t->endings;
		if (!e->key || 2 * e->used > e->mask) {
			enum wp_err err = grow_endings(t);
			if (err)
				return err;
		}
		size_t at = slot_of(e, key);
		e->used += e->key[at] == 0;
		e->key[at] = key;
		for (size_t i = t->pair_begin[word]; i < t->pair_begin[word + 1]; i++) {
			float count = (float)t->pairs.list[i].count;
			e->tags[at * tags + (size_t)t->pairs.list[i].key[1]] += count;
			e->total[at] += count;
		}
	}
	return WP_OK;
}

/* By the endings of one shape. */
static void guess_as(
	const struct wp_trigram *t, const char *word, size_t n, enum shape shape, double *tags)
{
	const struct wp_endings *e = &t->endings;
	struct endings_of of = endings_of(t, word, n, shape);
	uint64_t key;
	memcpy(tags, t->share, t->tag_count * sizeof *tags);
	while (next_ending(&of, &key)) {
		size_t at = slot_of(e, key);
		if (!e->key[at])
			break;
		const float *row = e->tags + at * t->tag_count;
		double total = (double)e->total[at], theta = t->theta;
		for (size_t i = 0; i < t->tag_count; i++)
			tags[i] = ((double)row[i] + theta * tags[i]) / (total + theta);
	}
}

/* The word in lower case, as far as it is ASCII; its number, or -1. */
static int32_t find_lower(const struct wp_trigram *t, const char *word, size_t n)
{
	char small[256];
	if (n > sizeof small)
		return -1;
	for (size_t i = 0; i < n; i++)
		small[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] | 32) : word[i];
	return memcmp(small, word, n) ? wp_symbols_find(&t->words, small, n) : -1;
}

void wp_trigram_guess(
	const struct wp_trigram *t, const char *word, size_t n, bool first, double *tags)
{
	enum shape shape = shape_of(word, n);
	guess_as(t, word, n, shape, tags);
	if (shape != CAPITAL && shape != UPPER)
		return;
	/* A known word that is written in capitals; or an unknown one, as it may be anywhere at
	 * the beginning of a sentence.  The weights were chosen with those of trigram_tag.c. */
	/* A known word that is written in capitals; or an unknown one, as it may be anywhere at
	 * the beginning of a sentence.  The weights were chosen with those of trigram_tag.c. */
	int32_t lower = find_lower(t, word, n);
	double other[WP_TRIGRAM_TAGS], weight = shape == UPPER ? 0.5 : first ? 0.95 : 0.3;
	if (lower >= 0) {
		memset(other, 0, t->tag_count * sizeof *other);
		for (size_t i = t->pair_begin[lower]; i < t->pair_begin[lower + 1]; i++)
			other[t->pairs.list[i].key[1]] +=
				t->pairs.list[i].count / t->word_count[lower];
	} else if (first || shape == UPPER) {
		guess_as(t, word, n, LOWER, other);
		weight = 0.2;
	} else {
		return;
	}
	for (size_t i = 0; i < t->tag_count; i++)
		tags[i] += weight * (other[i] - tags[i]);
}

/* ---- What follows from the counts ---- */

/* Where each word's counts begin. */
static enum wp_err find_words(
	const struct wp_trigram *t, const struct wp_trigram_counts *c, size_t **begin)
{
	size_t words = t->words.strings.count;
	enum wp_err err = wp_alloc(begin, words + 1, sizeof **begin, "a tagger");
	for (size_t i = 0; i < c->count && !err; i++)
		(*begin)[c->list[i].key[0] + 1] += 1;
	for (size_t i = 0; i < words && !err; i++)
		(*begin)[i + 1] += (*begin)[i];
	return err;
}

struct tag_counts {
	double *one, *two, *three; /* (T + 1), squared, cubed */
	double all;
};

static enum wp_err count_tags(const struct wp_trigram *t, struct tag_counts *c)
{
	size_t n = t->tag_count + 1;
	enum wp_err err = wp_alloc(&c->one, n + n * n + n * n * n, sizeof *c->one, "a tagger");
	if (err)
		return err;
	c->two = c->one + n;
	c->three = c->two + n * n;
	for (size_t i = 0; i < t->triples.count; i++) {
		const struct wp_trigram_count *x = &t->triples.list[i];
		size_t a = (size_t)x->key[0], b = (size_t)x->key[1], d = (size_t)x->key[2];
		c->three[(a * n + b) * n + d] += x->count;
		c->two[b * n + d] += x->count;
		c->one[d] += x->count;
		c->all += x->count;
	}
	return WP_OK;
}

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* The weights of single tags, pairs and triples: each triple votes, with all it counts, for
 * what would predict it best if it were not there (Brants 2000, figure 1). */
static void interpolate(
	const struct wp_trigram *t, const struct tag_counts *c, double weight[3])
{
	size_t n = t->tag_count + 1;
	weight[0] = weight[1] = weight[2] = 0;
	for (size_t i = 0; i < t->triples.count; i++) {
		const struct wp_trigram_count *x = &t->triples.list[i];
		size_t a = (size_t)x->key[0], b = (size_t)x->key[1], d = (size_t)x->key[2];
		double context = 0, middle = 0;
		for (size_t k = 0; k < n; k++) {
			context += c->three[(a * n + b) * n + k];
			middle += c->two[b * n + k];
		}
		double three = share(x->count - 1, context - 1);
		double two = share(c->two[b * n + d] - 1, middle - 1);
		double one = share(c->one[d] - 1, c->all - 1);
		if (t->config.order < 3)
			three = -1;
		weight[three >= two && three >= one ? 2 : two >= one ? 1 : 0] += x->count;
	}
	double sum = weight[0] + weight[1] + weight[2];
	for (int k = 0; k < 3; k++)
		weight[k] = share(weight[k], sum);
}

static void find_transitions(struct wp_trigram *t, const struct tag_counts *c)
{
	size_t n = t->tag_count + 1;
	double weight[3];
	interpolate(t, c, weight);
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++) {
			double context = 0, middle = 0;
			for (size_t k = 0; k < n; k++) {
				context += c->three[(a * n + b) * n + k];
				middle += c->two[b * n + k];
			}
			for (size_t d = 0; d < n; d++) {
				double p = weight[0] * share(c->one[d], c->all) +
					weight[1] * share(c->two[b * n + d], middle) +
					weight[2] *
						share(c->three[(a * n + b) * n + d], context);
				t->transition[(a * n + b) * n + d] =
					(float)log(p > 1e-30 ? p : 1e-30);
			}
		}
}

enum wp_err wp_trigram_prepare(struct wp_trigram *t)
{
	struct tag_counts c = {0};
	size_t tags = t->tag_count = t->boundary = t->tags.count, n = tags + 1;
	enum wp_err err = count_tags(t, &c);
	if (!err)
		err = wp_alloc(&t->transition, n * n * n, sizeof *t->transition, "a tagger");
	if (!err)
		err = wp_alloc(&t->share, tags, sizeof *t->share, "a tagger");
	if (!err)
		err = wp_alloc(&t->before, n * n, sizeof *t->before, "a tagger");
	if (!err) {
		find_transitions(t, &c);
		for (size_t i = 0; i < tags; i++)
			t->share[i] =
				(c.one[i] + 0.5) / ((double)t->tokens + 0.5 * (double)tags);
		for (size_t b = 0; b < n; b++)
			for (size_t i = 0; i < n; i++)
				t->before[b * n + i] = c.two[b * n + i];
	}
	free(c.one);
	if (!err)
		err = find_words(t, &t->pairs, &t->pair_begin);
	if (!err)
		err = find_words(t, &t->context, &t->context_begin);
	if (!err)
		err = find_words(t, &t->follow, &t->follow_begin);
	size_t words = t->words.strings.count;
	if (!err)
		err = wp_alloc(&t->word_count, words, sizeof *t->word_count, "a tagger");
	t->theta = 4;
	for (size_t w = 0; w < words && !err; w++) {
		for (size_t i = t->pair_begin[w]; i < t->pair_begin[w + 1]; i++)
			t->word_count[w] += t->pairs.list[i].count;
		if (t->word_count[w] <= t->config.rare)
			err = add_endings(t, w);
	}
	if (!err && !t->endings.key)
		err = grow_endings(t);
	return err;
}

/* ---- Streams ---- */

static enum wp_err put_counts(struct wp_writer *writer, const char *name,
	const struct wp_trigram_counts *c, size_t keys)
{
	int32_t *rows;
	enum wp_err err = wp_alloc(&rows, c->count * (keys + 1), sizeof *rows, "counts");
	for (size_t i = 0; i < c->count && !err; i++) {
		memcpy(rows + i * (keys + 1), c->list[i].key, keys * sizeof *rows);
		rows[i * (keys + 1) + keys] = c->list[i].count;
	}
	struct wp_tensor tensor = wp_tensor_2d(name, WP_I32, c->count, keys + 1);
	if (!err)
		err = wp_writer_put(writer, &tensor, rows);
	free(rows);
	return err;
}

enum wp_err wp_trigram_write(const struct wp_trigram *t, struct wp_writer *writer)
{
	struct wp_strings settings = {0};
	const struct {
		const char *name;
		long long value;
	} all[] = {{"order", t->config.order}, {"rare", t->config.rare},
		{"ending", t->config.ending}, {"tag_column", t->config.tag_column},
		{"columns", t->columns}, {"sentences", (long long)t->sentences},
		{"tokens", (long long)t->tokens}};
	enum wp_err err = wp_strings_add(&settings, "kind=trigram", 12);
	for (size_t i = 0; i < sizeof all / sizeof *all && !err; i++) {
		char line[80];
		int n = snprintf(line, sizeof line, "%s=%lld", all[i].name, all[i].value);
		err = wp_strings_add(&settings, line, (size_t)n);
	}
	if (!err)
		err = wp_writer_put_list(writer, "hmm.settings", &settings);
	wp_strings_fini(&settings);
	if (!err)
		err = wp_writer_put_list(writer, "tags.vocab", &t->tags);
	if (!err)
		err = wp_writer_put_list(writer, "vocab", &t->words.strings);
	if (!err)
		err = put_counts(writer, "hmm.transition", &t->triples, 3);
	if (!err)
		err = put_counts(writer, "hmm.emission", &t->pairs, 2);
	if (!err)
		err = put_counts(writer, "hmm.context", &t->context, 3);
	return err ? err : put_counts(writer, "hmm.follow", &t->follow, 3);
}

static enum wp_err bad(const struct wp_tensor_set *set, const char *name)
{
	return wp_fail(WP_ECORRUPT,
		"%s: '%s' is missing, or does not fit the rest of the model",
		wp_tensor_set_name(set), name);
}

/* Counts whose keys are below the limits, sorted, and none there twice. */
static enum wp_err get_counts(const struct wp_tensor_set *set, const char *name,
	struct wp_trigram_counts *c, size_t keys, const size_t *limit)
{
	const void *data;
	const struct wp_tensor *tensor = wp_tensor_set_get(set, name, &data);
	if (!tensor || tensor->type != WP_I32 || tensor->rank != 2 ||
		tensor->dim[1] != keys + 1)
		return bad(set, name);
	size_t count = (size_t)tensor->dim[0];
	enum wp_err err = wp_alloc(&c->list, count, sizeof *c->list, "counts");
	if (err)
		return err;
	c->count = count;
	const int32_t *rows = data;
	for (size_t i = 0; i < count; i++, rows += keys + 1) {
		c->list[i].count = rows[keys];
		for (size_t k = 0; k < keys; k++) {
			c->list[i].key[k] = rows[k];
			if (rows[k] < 0 || (size_t)rows[k] >= limit[k])
				return bad(set, name);
		}
		if (rows[keys] < 1 || (i && by_key(&c->list[i - 1], &c->list[i]) >= 0))
			return bad(set, name);
	}
	return WP_OK;
}

static long long setting(const struct wp_strings *settings, const char *name)
{
	char value[80];
	return wp_strings_setting(settings, name, value, sizeof value)
		? strtoll(value, NULL, 10)
		: -2;
}

static enum wp_err unpack(struct wp_trigram *t, const struct wp_tensor_set *set)
{
	struct wp_strings *settings = wp_tensor_set_strings(set, "hmm.settings");
	struct wp_strings *tags = wp_tensor_set_strings(set, "tags.vocab");
	struct wp_strings *words = wp_tensor_set_strings(set, "vocab");
	if (!settings || wp_strings_find(settings, "kind=trigram") < 0)
		return wp_fail(WP_EMISMATCH, "%s: no trigram tagger of hmm-train",
			wp_tensor_set_name(set));
	if (!tags || tags->count < 2 || tags->count > WP_TRIGRAM_TAGS)
		return bad(set, "tags.vocab");
	if (!words)
		return bad(set, "vocab");
	long long order = setting(settings, "order"), rare = setting(settings, "rare");
	long long ending = setting(settings, "ending"), tag = setting(settings, "tag_column");
	long long columns = setting(settings, "columns");
	long long sentences = setting(settings, "sentences"),
		  tokens = setting(settings, "tokens");
	if (order < 2 || order > 3 || rare < 0 || rare > INT32_MAX || ending < 0 ||
		ending > 100 || tag < -1 || tag > columns || columns < 1 || columns > 100000 ||
		sentences < 1 || tokens < 1)
		return bad(set, "hmm.settings");
	t->config = (struct wp_trigram_config){(int)order, (int)rare, (int)ending, (int)tag};
	t->columns = (int)columns;
	t->sentences = (uint64_t)sentences;
	t->tokens = (uint64_t)tokens;
	t->tags = *tags;
	*tags = (struct wp_strings){0};
	enum wp_err err = wp_symbols_from(&t->words, words);
	size_t w = t->words.strings.count, n = t->tags.count;
	if (!err)
		err = get_counts(set, "hmm.transition", &t->triples, 3,
			(const size_t[]){n + 1, n + 1, n + 1});
	if (!err)
		err = get_counts(set, "hmm.emission", &t->pairs, 2, (const size_t[]){w, n});
	if (!err)
		err = get_counts(
			set, "hmm.context", &t->context, 3, (const size_t[]){w, n + 1, n});
	if (!err)
		err = get_counts(
			set, "hmm.follow", &t->follow, 3, (const size_t[]){w, n, n + 1});
	return err ? err : wp_trigram_prepare(t);
}

enum wp_err wp_trigram_unpack(struct wp_trigram **tagger, const struct wp_tensor_set *set)
{
	struct wp_trigram *t;
	*tagger = NULL;
	enum wp_err err = wp_alloc(&t, 1, sizeof *t, "a tagger");
	if (!err)
		err = unpack(t, set);
	if (err)
		wp_trigram_free(t);
	else
		*tagger = t;
	return err;
}
