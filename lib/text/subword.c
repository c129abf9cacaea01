#include "text/subword.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "text/vocab.h"

enum {
	PREFIXES = 4, /* longest, in code points */
	SUFFIXES = 5,
	MOST_PARTS = PREFIXES + SUFFIXES + 2,
	SAME_SHAPE = 2, /* characters of one kind in a row that a shape tells apart */
	SHAPE = 16      /* longest shape */
};

/* A word as code points, in lower case, and its shape. */
struct word {
	uint32_t *lower, *written;
	size_t length, room, written_room;
	uint32_t shape[SHAPE];
	size_t shape_length;
};

/* X for a capital, x for another letter with case, d for a digit, o for other letters and the
 * like; punctuation stands for itself. */
static uint32_t kind_of(uint32_t c)
{
	unsigned flags = wp_char(c).flags;
	if (wp_char_lower(c) != c)
		return 'X';
	if (flags & WP_CHAR_CASED)
		return 'x';
	if (flags & WP_CHAR_DIGIT)
		return 'd';
	return c < 0x80 ? c : 'o';
}

static enum wp_err read_word(struct word *word, const char *text, size_t n)
{
	const char *end = text + n;
	size_t same = 0;
	enum wp_err err =
		wp_grow(&word->lower, &word->room, n, sizeof *word->lower, "subwords");
	if (!err)
		err = wp_grow(&word->written, &word->written_room, n, sizeof *word->written,
			"characters");
	if (err)
		return err;
	word->length = word->shape_length = 0;
	while (text < end) {
		struct wp_decoded d = wp_utf8_decode(text, end);
		uint32_t kind = kind_of(d.code_point);
		text += d.length;
		word->written[word->length] = d.code_point;
		word->lower[word->length++] = wp_char_lower(d.code_point);
		size_t k = word->shape_length;
		same = k > 0 && word->shape[k - 1] == kind ? same + 1 : 1;
		if (same <= SAME_SHAPE && k < SHAPE)
			word->shape[word->shape_length++] = kind;
	}
	return WP_OK;
}

/* FNV-1a over code points, and the kind of part that they are, mixed well enough (the end of
 * MurmurHash3) for its upper bits to be used. */
static int32_t bucket(uint64_t kind, const uint32_t *c, size_t n, size_t buckets)
{
	uint64_t h = (0xcbf29ce484222325u ^ kind) * 0x100000001b3u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ c[i]) * 0x100000001b3u;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return (int32_t)(((h ^ h >> 33) >> 32) * buckets >> 32);
}

enum { PREFIX, SUFFIX, WHOLE, THE_SHAPE };

static size_t find_parts(int32_t *part, const struct word *w, size_t buckets)
{
	size_t count = 0;
	for (size_t n = 1; n <= PREFIXES && n <= w->length; n++)
		part[count++] = bucket(PREFIX, w->lower, n, buckets);
	for (size_t n = 1; n <= SUFFIXES && n <= w->length; n++)
		part[count++] = bucket(SUFFIX, w->lower + w->length - n, n, buckets);
	part[count++] = bucket(WHOLE, w->lower, w->length, buckets);
	part[count++] = bucket(THE_SHAPE, w->shape, w->shape_length, buckets);
	return count;
}

enum wp_err wp_subwords_init(struct wp_subwords *subwords, const struct wp_strings *vocab,
	size_t known, int32_t unknown, size_t buckets)
{
	size_t words = vocab->count, room = 0, count = 0, characters = 0, character_room = 0;
	struct word word = {0};
	enum wp_err err;
	*subwords = (struct wp_subwords){.buckets = buckets, .words = words};
	if (buckets > INT32_MAX)
		return wp_fail(WP_EINVAL, "subwords %zu: too many", buckets);
	if ((err = wp_alloc(
		     &subwords->begin, words + 1, sizeof *subwords->begin, "subwords")) ||
		(err = wp_alloc(
			 &subwords->first, words + 1, sizeof *subwords->first, "subwords")) ||
		(err = wp_alloc(&subwords->row, words, sizeof *subwords->row, "subwords")))
		goto out;
	for (size_t i = 0; i < words; i++) {
		size_t n;
		const char *token = wp_strings_get(vocab, i, &n);
		subwords->row[i] = i < known ? (int32_t)i : unknown;
		subwords->begin[i] = count;
		subwords->first[i] = characters;
		if (wp_is_special(token, n))
			continue;
		if ((err = read_word(&word, token, n)) ||
			(err = wp_grow(&subwords->character, &character_room,
				 characters + word.length, sizeof *subwords->character,
				 "characters")))
			goto out;
		if (word.length > 0)
			memcpy(subwords->character + characters, word.written,
				word.length * sizeof *word.written);
		characters += word.length;
		if (buckets == 0)
			continue;
		if ((err = wp_grow(&subwords->part, &room, count + MOST_PARTS,
			     sizeof *subwords->part, "subwords")))
			goto out;
		count += find_parts(subwords->part + count, &word, buckets);
	}
	subwords->begin[words] = count;
	subwords->first[words] = characters;
out:
	free(word.lower);
	free(word.written);
	if (err)
		wp_subwords_fini(subwords);
	return err;
}

void wp_subwords_fini(struct wp_subwords *subwords)
{
	free(subwords->begin);
	free(subwords->part);
	free(subwords->row);
	free(subwords->first);
	free(subwords->character);
	*subwords = (struct wp_subwords){0};
}
