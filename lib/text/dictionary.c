#include "text/dictionary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/dictionary_icu.h"
#include "text/token_table.h"
#include "text/utf8.h"

enum { LONGEST_WORD = 24 }; /* code points */

struct wp_dictionary {
	struct wp_icu *icu; /* or NULL, and then: */
	struct wp_token_table words;
	float *cost; /* by the word's id: - log of its probability */
	size_t room;
	float unknown; /* of a character that is in no word */

	/* Scratch, by code point of the text. */
	size_t *begin;  /* its byte */
	float *best;    /* cost of the best path to it */
	uint32_t *from; /* where the last word of that path begins */
	size_t begin_room, best_room, from_room;
};

bool wp_has_no_spaces(uint32_t c)
{
	return wp_char(c).flags & WP_CHAR_NO_SPACES;
}

static bool is_katakana(uint32_t c)
{
	return wp_char(c).word == WP_WB_KATAKANA;
}

void wp_dictionary_free(struct wp_dictionary *d)
{
	if (!d)
		return;
	if (d->icu)
		wp_icu_close(d->icu);
	wp_token_table_fini(&d->words);
	free(d->cost);
	free(d->begin);
	free(d->best);
	free(d->from);
	free(d);
}

/* --- reading ---------------------------------------------------------------------------- */

/* The count behind a word; 1 where there is none, negative where it is no number. */
static int64_t read_count(const char *field, size_t n)
{
	int64_t count = n > 0 ? 0 : 1;
	for (size_t i = 0; i < n; i++) {
		if (field[i] < '0' || field[i] > '9' || count > INT64_MAX / 100)
			return -1;
		count = count * 10 + (field[i] - '0');
	}
	return count;
}

static enum wp_err read_words(struct wp_dictionary *d, const char *path, int64_t *total)
{
	struct wp_input *input;
	enum wp_err err = wp_input_open(&input, path);
	if (err)
		return err;
	struct wp_lines lines = {.input = input};
	const char *line, *word, *number;
	size_t n;
	while (!(err = wp_lines_next(&lines, &line, &n))) {
		const char *end = line + n;
		size_t length = wp_line_field(&line, end, &word);
		size_t digits = wp_line_field(&line, end, &number);
		int64_t count = read_count(number, digits);
		int32_t id;
		if (length == 0)
			continue;
		if (count < 0)
			err = wp_fail(WP_ECORRUPT,
				"%s: not a word and its count (line %" PRIu64 ")", path,
				lines.number);
		if (err || count == 0)
			break;
		struct wp_token token = wp_token_make(word, length);
		if ((err = wp_token_table_add(&d->words, &token, count, &id)))
			break;
		*total += count;
	}
	wp_input_close(input);
	if (err && err != WP_END)
		return err;
	return *total > 0 ? WP_OK : wp_fail(WP_ECORRUPT, "%s: no words", path);
}

enum wp_err wp_dictionary_read(struct wp_dictionary **dictionary, const char *path)
{
	struct wp_dictionary *d = NULL;
	int64_t total = 0;
	enum wp_err err = wp_alloc(&d, 1, sizeof *d, "dictionary");
	if (!err)
		err = wp_token_table_init(&d->words, SIZE_MAX, SIZE_MAX);
	if (!err)
		err = read_words(d, path, &total);
	if (!err)
		err = wp_alloc(&d->cost, d->words.used, sizeof *d->cost, "dictionary");
	for (size_t i = 0; !err && i <= d->words.mask; i++) {
		const struct wp_slot *slot = &d->words.slots[i];
		if (slot->length > 0)
			d->cost[slot->id] = (float)log((double)total / (double)slot->count);
	}
	if (err) {
		wp_dictionary_free(d);
		d = NULL;
	} else {
		d->unknown = (float)log((double)total) + 4; /* rarer than what was seen once */
	}
	*dictionary = d;
	return err;
}

enum wp_err wp_dictionary_icu(struct wp_dictionary **dictionary, const char *language)
{
	struct wp_dictionary *d = NULL;
	enum wp_err err = wp_alloc(&d, 1, sizeof *d, "dictionary");
	if (!err)
		err = wp_icu_open(&d->icu, language);
	if (err) {
		wp_dictionary_free(d);
		d = NULL;
	}
	*dictionary = d;
	return err;
}

/* --- the most probable path --------------------------------------------------------------- */

static enum wp_err make_room(struct wp_dictionary *d, size_t n)
{
	static const char what[] = "text without spaces";
	enum wp_err err = wp_grow(&d->begin, &d->begin_room, n + 1, sizeof *d->begin, what);
	if (!err)
		err = wp_grow(&d->best, &d->best_room, n + 1, sizeof *d->best, what);
	if (!err)
		err = wp_grow(&d->from, &d->from_room, n + 1, sizeof *d->from, what);
	return err;
}

static void try_word(struct wp_dictionary *d, size_t from, size_t to, float cost)
{
	if (d->best[from] + cost < d->best[to]) {
		d->best[to] = d->best[from] + cost;
		d->from[to] = (uint32_t)from;
	}
}

/* Words that begin at code point i: those of the dictionary; any character with the marks
 * behind it; a run of Katakana, which writes foreign words. */
static void try_words(struct wp_dictionary *d, const char *text, size_t i, size_t count)
{
	size_t most = count - i < LONGEST_WORD ? count - i : LONGEST_WORD;
	size_t unknown = 1, katakana = 0;
	const char *p = text + d->begin[i];
	for (size_t k = 0; k < most; k++) {
		uint32_t c = wp_utf8_next(&p);
		if (k == unknown && wp_char(c).word == WP_WB_EXTEND)
			unknown++;
		if (k == katakana && is_katakana(c))
			katakana++;
		size_t length = d->begin[i + k + 1] - d->begin[i];
		struct wp_token token = wp_token_make(text + d->begin[i], length);
		const struct wp_slot *slot = wp_token_table_slot(&d->words, &token);
		if (slot)
			try_word(d, i, i + k + 1, d->cost[slot->id]);
	}
	try_word(d, i, i + unknown, d->unknown);
	if (katakana > 1)
		try_word(d, i, i + katakana, d->unknown + 0.5F * (float)katakana);
}

enum wp_err wp_dictionary_cut(struct wp_dictionary *d, const char *text, size_t n, bool *cuts)
{
	memset(cuts, 0, n);
	if (d->icu)
		return wp_icu_cut(d->icu, text, n, cuts);
	enum wp_err err = make_room(d, n);
	if (err)
		return err;
	size_t count = 0;
	for (const char *p = text; p < text + n; wp_utf8_next(&p)) {
		d->best[count] = count > 0 ? INFINITY : 0;
		d->begin[count++] = (size_t)(p - text);
	}
	d->begin[count] = n;
	d->best[count] = INFINITY;
	for (size_t i = 0; i < count; i++)
		if (d->best[i] < INFINITY)
			try_words(d, text, i, count);
	for (size_t i = count; i > 0; i = d->from[i])
		cuts[d->begin[d->from[i]]] = true;
	return WP_OK;
}
