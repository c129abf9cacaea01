#include "text/char_ngrams.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "text/utf8.h"
#include "text/vocab.h"

enum { MOST = 4096 /* n-grams of a word that are looked at */ };

static const char hash_name[] = "charngram.hash", vector_name[] = "charngram.vector",
		  settings_name[] = "charngram.settings";

enum wp_err wp_char_ngrams_check(int shortest, int longest)
{
	if (shortest < 1 || longest < shortest || longest > WP_CHAR_NGRAMS_LONGEST)
		return wp_fail(WP_EINVAL,
			"the shortest n-grams have %d characters and the longest %d", shortest,
			longest);
	return WP_OK;
}

/* ---- The n-grams of a word ---- */

/* FNV-1a (Fowler, Noll, Vo), with a final mix that spreads it over all bits. */
static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

/* FNV-1a of 32 bits, as fastText has it: bytes are signed, and so widened. */
static uint64_t bucket_of(const char *text, size_t length, uint64_t buckets)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < length; i++) {
		int byte = (signed char)text[i];
		h = (h ^ (uint32_t)byte) * 16777619u;
	}
	return h % buckets;
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static size_t unique(uint64_t *hash, size_t n)
{
	size_t kept = 0;
	qsort(hash, n, sizeof *hash, ascending);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || hash[i] != hash[i - 1])
			hash[kept++] = hash[i];
	return kept;
}

/* fastText leaves out single characters that are an angle bracket. */
static bool is_bracket(size_t size, size_t at, size_t characters)
{
	return size == 1 && (at == 0 || at + 1 == characters);
}

/* Does a character begin here?  fastText looks at this byte alone; and where text is not UTF-8,
 * that makes a difference. */
static bool begins_character(const char *text, const char *end, bool fasttext, size_t *length)
{
	*length = fasttext ? 1 : wp_utf8_decode(text, end).length;
	return !fasttext || ((unsigned char)*text & 0xc0) != 0x80;
}

/* Words that have no n-grams: the special tokens, and to fastText the end of a line. */
static bool has_none(const char *word, size_t length, bool fasttext)
{
	return fasttext ? length == 4 && memcmp(word, "</s>", 4) == 0
			: wp_is_special(word, length);
}

/* The hashes of the n-grams of <word>; how many.  Words so long that they are none have none.
 */
static size_t ngrams_of(
	const struct wp_char_ngrams *g, const char *word, size_t length, uint64_t hash[MOST])
{
	char text[1024];
	size_t begin[1024], characters = 0, n = 0;
	bool fasttext = g->by == WP_CHAR_NGRAMS_FASTTEXT;
	if (length + 2 > sizeof text || has_none(word, length, fasttext))
		return 0;
	text[0] = '<';
	memcpy(text + 1, word, length);
	text[length + 1] = '>';
	const char *end = text + length + 2;
	size_t step;
	for (const char *p = text; p < end; p += step)
		if (begins_character(p, end, fasttext, &step))
			begin[characters++] = (size_t)(p - text);
	begin[characters] = length + 2;
	for (size_t size = (size_t)g->shortest; size <= (size_t)g->longest; size++)
		for (size_t i = 0; i + size <= characters && n < MOST; i++) {
			const char *from = text + begin[i];
			size_t bytes = begin[i + size] - begin[i];
			if (!fasttext)
				hash[n++] = hash_of(from, bytes);
			else if (!is_bracket(size, i, characters))
				hash[n++] = bucket_of(from, bytes, g->buckets);
		}
	return fasttext ? n : unique(hash, n);
}

static long find(const struct wp_char_ngrams *g, uint64_t hash)
{
	size_t low = 0, high = g->count;
	if (!g->hash)
		return hash < g->count ? (long)hash : -1;
	if (hash < g->count && g->hash[hash] == hash)
		return (long)hash; /* as usual where these are the numbers of buckets */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (g->hash[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < g->count && g->hash[low] == hash ? (long)low : -1;
}

bool wp_char_ngrams_compose(
	const struct wp_char_ngrams *g, const char *word, size_t length, float *vector)
{
	uint64_t hash[MOST];
	size_t known = 0, n = ngrams_of(g, word, length, hash);
	memset(vector, 0, g->dim * sizeof *vector);
	for (size_t i = 0; i < n; i++) {
		long at = find(g, hash[i]);
		known += at >= 0;
		for (size_t j = 0; at >= 0 && j < g->dim; j++)
			vector[j] += g->vector[(size_t)at * g->dim + j];
	}
	float scale = g->sum == WP_CHAR_NGRAMS_MEAN ? (float)known : sqrtf((float)known);
	for (size_t j = 0; j < g->dim && known > 0; j++)
		vector[j] /= scale;
	return known > 0;
}

/* ---- The n-grams of a vocabulary ---- */

enum wp_err wp_char_ngrams_choose(
	struct wp_char_ngrams *g, const struct wp_strings *vocab, int words)
{
	uint64_t one[MOST], *all = NULL;
	size_t count = 0, room = 0;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < vocab->count && !err; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		size_t n = ngrams_of(g, word, length, one);
		err = wp_grow(&all, &room, count + n + 1, sizeof *all, "n-grams");
		if (!err)
			memcpy(all + count, one, n * sizeof *one);
		count += err ? 0 : n;
	}
	if (!err && count > 0)
		qsort(all, count, sizeof *all, ascending);
	for (size_t i = 0, next; i < count && !err; i = next) {
		for (next = i + 1; next < count && all[next] == all[i];)
			next++;
		if (next - i >= (size_t)words)
			all[g->count++] = all[i];
	}
	g->hash = g->own_hash = all;
	if (!err && g->count == 0)
		err = wp_fail(WP_EMISMATCH, "no n-gram of %d to %d characters is in %d word%s",
			g->shortest, g->longest, words, words == 1 ? "" : "s");
	return err;
}

void wp_char_ngrams_fini(struct wp_char_ngrams *g)
{
	free(g->own_hash);
	free(g->own_vector);
	*g = (struct wp_char_ngrams){0};
}

enum wp_err wp_char_ngram_rows_init(struct wp_char_ngram_rows *rows,
	const struct wp_char_ngrams *g, const struct wp_strings *vocab)
{
	uint64_t one[MOST];
	size_t room = 0, cells = 0;
	*rows = (struct wp_char_ngram_rows){.words = vocab->count};
	enum wp_err err = wp_alloc(&rows->row, vocab->count + 1, sizeof *rows->row, "n-grams");
	for (size_t i = 0; i < vocab->count && !err; i++) {
		size_t length, before = cells;
		const char *word = wp_strings_get(vocab, i, &length);
		size_t n = ngrams_of(g, word, length, one);
		err = wp_grow(
			&rows->ngram, &room, cells + n + 1, sizeof *rows->ngram, "n-grams");
		for (size_t k = 0; k < n && !err; k++) {
			long at = find(g, one[k]);
			if (at >= 0)
				rows->ngram[cells++] = (uint32_t)at;
		}
		rows->row[i + 1] = cells;
		rows->most = cells - before > rows->most ? cells - before : rows->most;
	}
	if (err)
		wp_char_ngram_rows_fini(rows);
	return err;
}

void wp_char_ngram_rows_fini(struct wp_char_ngram_rows *rows)
{
	free(rows->row);
	free(rows->ngram);
	*rows = (struct wp_char_ngram_rows){0};
}

/* ---- Streams ---- */

static const char *const sums[] = {
	[WP_CHAR_NGRAMS_UNIT] = "unit", [WP_CHAR_NGRAMS_MEAN] = "mean", NULL};
static const char *const hashes[] = {
	[WP_CHAR_NGRAMS_FNV64] = "fnv64", [WP_CHAR_NGRAMS_FASTTEXT] = "fasttext", NULL};

/* Settings that older streams lack are left out where they would say what these mean. */
enum wp_err wp_char_ngrams_put_settings(
	const struct wp_char_ngrams *g, struct wp_writer *writer)
{
	struct wp_strings settings = {0};
	enum wp_err err = WP_OK;
	char line[4][48];
	int lines = 2;
	snprintf(line[0], sizeof line[0], "shortest=%d", g->shortest);
	snprintf(line[1], sizeof line[1], "longest=%d", g->longest);
	if (g->sum != WP_CHAR_NGRAMS_UNIT)
		snprintf(line[lines++], sizeof line[0], "sum=%s", sums[g->sum]);
	if (g->by != WP_CHAR_NGRAMS_FNV64)
		snprintf(line[lines++], sizeof line[0], "hash=%s/%llu", hashes[g->by],
			(unsigned long long)g->buckets);
	for (int i = 0; i < lines && !err; i++)
		err = wp_strings_add(&settings, line[i], strlen(line[i]));
	if (!err)
		err = wp_writer_put_list(writer, settings_name, &settings);
	wp_strings_fini(&settings);
	return err;
}

enum wp_err wp_char_ngrams_put(const struct wp_char_ngrams *g, struct wp_writer *writer)
{
	enum wp_err err = wp_char_ngrams_put_settings(g, writer);
	struct wp_tensor t = wp_tensor_1d(hash_name, WP_I64, g->count);
	if (!err)
		err = wp_writer_put(writer, &t, g->hash);
	t = wp_tensor_2d(vector_name, WP_F32, g->count, g->dim);
	return err ? err : wp_writer_put(writer, &t, g->vector);
}

/* The value of a setting, up to a slash, as a string in *value; false where there is none. */
static bool setting(const struct wp_strings *settings, const char *name, char value[32])
{
	size_t length = strlen(name);
	for (size_t i = 0; i < settings->count; i++) {
		size_t n;
		const char *line = wp_strings_get(settings, i, &n);
		if (n > length && n - length < 32 && memcmp(line, name, length) == 0 &&
			line[length] == '=') {
			memcpy(value, line + length + 1, n - length - 1);
			value[n - length - 1] = '\0';
			return true;
		}
	}
	return false;
}

/* A whole number of at most 12 digits and nothing else; -1 for anything else. */
static int64_t whole_number(const char *text)
{
	int64_t n = 0;
	size_t digits = strspn(text, "0123456789");
	if (digits < 1 || digits > 12 || text[digits])
		return -1;
	for (size_t i = 0; i < digits; i++)
		n = 10 * n + (text[i] - '0');
	return n;
}

static bool read_settings(struct wp_char_ngrams *g, const struct wp_strings *settings)
{
	char value[32];
	int64_t length[2] = {-1, -1};
	static const char *const name[] = {"shortest", "longest"};
	for (int i = 0; i < 2; i++)
		if (setting(settings, name[i], value))
			length[i] = whole_number(value);
	if (length[0] < 1 || length[1] < length[0] || length[1] > WP_CHAR_NGRAMS_LONGEST)
		return false;
	g->shortest = (int)length[0];
	g->longest = (int)length[1];
	if (setting(settings, "sum", value)) {
		if (strcmp(value, sums[WP_CHAR_NGRAMS_MEAN]) != 0)
			return false;
		g->sum = WP_CHAR_NGRAMS_MEAN;
	}
	if (setting(settings, "hash", value)) {
		size_t n = strlen(hashes[WP_CHAR_NGRAMS_FASTTEXT]);
		if (strncmp(value, hashes[WP_CHAR_NGRAMS_FASTTEXT], n) != 0 || value[n] != '/')
			return false;
		int64_t buckets = whole_number(value + n + 1);
		if (buckets < 1 || buckets > UINT32_MAX)
			return false;
		g->by = WP_CHAR_NGRAMS_FASTTEXT;
		g->buckets = (uint64_t)buckets;
	}
	return true;
}

bool wp_char_ngrams_are_in(const struct wp_tensor_set *set)
{
	const void *data;
	return wp_tensor_set_get(set, hash_name, &data) != NULL;
}

enum wp_err wp_char_ngrams_get(struct wp_char_ngrams *g, struct wp_tensor_set *set, size_t dim)
{
	const void *hash, *vector;
	const char *from = wp_tensor_set_name(set);
	enum wp_err err = wp_tensor_set_widen(set, vector_name);
	if (err)
		return err;
	const struct wp_tensor *h = wp_tensor_set_get(set, hash_name, &hash);
	const struct wp_tensor *v = wp_tensor_set_get(set, vector_name, &vector);
	const struct wp_strings *settings = wp_tensor_set_strings(set, settings_name);
	*g = (struct wp_char_ngrams){0};
	if (!h || !v || !settings)
		return wp_fail(WP_EMISMATCH,
			"%s: no vectors of character n-grams; w2v --char-ngrams and emb-ngrams "
			"make them",
			from);
	if (h->type != WP_I64 || v->type != WP_F32 || h->rank != 1 || v->rank != 2 ||
		h->dim[0] != v->dim[0] || v->dim[1] == 0 || h->dim[0] > INT32_MAX ||
		(dim != 0 && v->dim[1] != dim) || !read_settings(g, settings))
		return wp_fail(WP_EMISMATCH,
			"%s: the vectors of character n-grams do not fit together", from);
	g->count = (size_t)h->dim[0];
	g->dim = (size_t)v->dim[1];
	g->hash = hash;
	g->vector = vector;
	for (size_t i = 1; i < g->count; i++)
		if (g->hash[i] <= g->hash[i - 1])
			return wp_fail(
				WP_ECORRUPT, "%s: '%s' is not in order", from, hash_name);
	return wp_check_finite(from, v, vector);
}
