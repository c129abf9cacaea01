#include "text/punkt.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/token_table.h"
#include "text/utf8.h"

enum { LONGEST = 120 }; /* bytes of a word that is looked at */

/* What is counted of a type: a word in lower case, without its full stop. */
struct type {
	uint32_t with, without; /* occurrences with a full stop behind it, and without */
	uint32_t small;         /* that begin with a small letter                      */
	uint32_t inner_capital; /* with a capital, but not behind a full stop or the like */
};

struct wp_punkt {
	struct wp_token_table table;
	struct type *types; /* by id */
	size_t room;
	uint64_t words, full_stops;
	char word[LONGEST]; /* that has begun */
	size_t length;
	bool too_long;
	bool after_end; /* a sentence may have ended before the word */
};

enum wp_err wp_punkt_create(struct wp_punkt **punkt)
{
	enum wp_err err = wp_alloc(punkt, 1, sizeof **punkt, "abbreviations");
	if (!err)
		err = wp_token_table_init(&(*punkt)->table, SIZE_MAX, SIZE_MAX);
	if (err) {
		free(*punkt);
		*punkt = NULL;
		return err;
	}
	(*punkt)->after_end = true;
	return WP_OK;
}

void wp_punkt_free(struct wp_punkt *p)
{
	if (!p)
		return;
	wp_token_table_fini(&p->table);
	free(p->types);
	free(p);
}

/* --- counting --------------------------------------------------------------------------- */

static unsigned class_of(uint32_t c)
{
	return wp_char(c).sentence;
}

static bool is_letter(uint32_t c)
{
	unsigned class = class_of(c);
	return class == WP_SB_UPPER || class == WP_SB_LOWER || class == WP_SB_OLETTER;
}

/* Count a word of letters, and hyphens and full stops among them, which begins at `word`. */
static enum wp_err count(struct wp_punkt *p, const char *word, const char *end, bool stop)
{
	char type[2 * LONGEST];
	size_t n = 0;
	const char *q = word;
	unsigned first = class_of(wp_utf8_next(&q));
	for (q = word; q < end;)
		n += wp_utf8_encode(wp_char_lower(wp_utf8_next(&q)), type + n);
	struct wp_token token = wp_token_make(type, n);
	int32_t id;
	enum wp_err err = wp_token_table_add(&p->table, &token, 1, &id);
	size_t had = p->room;
	if (!err)
		err = wp_grow(&p->types, &p->room, (size_t)id + 1, sizeof *p->types, "words");
	if (err)
		return err;
	memset(p->types + had, 0, (p->room - had) * sizeof *p->types);
	struct type *t = &p->types[id];
	t->with += stop;
	t->without += !stop;
	t->small += first == WP_SB_LOWER;
	t->inner_capital += first == WP_SB_UPPER && !p->after_end;
	return WP_OK;
}

/* Take a word out of the marks around it, and count it. */
static enum wp_err end_word(struct wp_punkt *p)
{
	const char *begin = p->word, *end = begin + p->length, *q;
	enum wp_err err = WP_OK;
	bool too_long = p->too_long, ends = false, stop = false;
	p->length = 0;
	p->too_long = false;
	if (too_long || begin == end)
		return WP_OK;
	while (begin < end) { /* marks before it */
		q = begin;
		uint32_t c = wp_utf8_next(&q);
		if (is_letter(c) || class_of(c) == WP_SB_NUMERIC)
			break;
		begin = q;
	}
	const char *last = begin; /* behind its last letter or digit */
	bool letters = true;
	for (q = begin; q < end;) {
		uint32_t c = wp_utf8_next(&q);
		bool letter = is_letter(c) || class_of(c) == WP_SB_EXTEND;
		if (letter || class_of(c) == WP_SB_NUMERIC)
			last = q;
	}
	for (q = begin; q < last;) {
		uint32_t c = wp_utf8_next(&q);
		letters &= is_letter(c) || class_of(c) == WP_SB_EXTEND || c == '.' || c == '-';
	}
	stop = last < end && *last == '.' && (last + 1 == end || last[1] != '.');
	for (q = last; q < end;) {
		unsigned class = class_of(wp_utf8_next(&q));
		ends |= class == WP_SB_ATERM || class == WP_SB_STERM || q[-1] == ':';
	}
	p->words++;
	p->full_stops += stop;
	if (letters && last > begin)
		err = count(p, begin, last, stop);
	p->after_end = ends || last == begin;
	return err;
}

enum wp_err wp_punkt_feed(struct wp_punkt *p, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)text[i] <= ' ') {
			/* What is not UTF-8 is left to those who read the text itself. */
			bool clean = true;
			for (const char *q = p->word, *end = q + p->length; clean && q < end;) {
				struct wp_decoded c = wp_utf8_decode(q, end);
				clean = c.valid;
				q += c.length;
			}
			p->too_long |= !clean;
			enum wp_err err = end_word(p);
			if (err)
				return err;
			p->after_end |= text[i] == '\n';
		} else if (p->length == LONGEST) {
			p->too_long = true;
		} else {
			p->word[p->length++] = text[i];
		}
	}
	return WP_OK;
}

/* --- judging ---------------------------------------------------------------------------- */

/* How much likelier it is that a full stop follows the type with probability 0.99 than with
 * that of any word (Dunning's log likelihood ratio), scaled: equations 5 to 9 of the paper. */
static double score(const struct wp_punkt *p, const struct type *t, const char *word, size_t n)
{
	double with = t->with, without = t->without;
	double any = (double)p->full_stops / (double)p->words, nearly_all = 0.99;
	if (any <= 0 || any >= 1)
		return 0;
	double ratio = 2 *
		(with * log(nearly_all / any) + without * log((1 - nearly_all) / (1 - any)));
	double letters = 0, inner = 1;
	for (const char *q = word; q < word + n;) {
		uint32_t c = wp_utf8_next(&q);
		letters += c != '.' && class_of(c) != WP_SB_EXTEND;
		inner += c == '.';
	}
	return ratio * exp(-letters) * inner * pow(letters, -without);
}

/* Add a word that begins sentences, with its capital. */
static enum wp_err add_opener(struct wp_abbreviations *to, const char *word, size_t n)
{
	char capital[2 * LONGEST + 4];
	const char *rest = word;
	uint32_t first = wp_char_upper(wp_utf8_next(&rest));
	size_t length = wp_utf8_encode(first, capital);
	memcpy(capital + length, rest, n - (size_t)(rest - word));
	return wp_abbreviations_add(to, capital, n - (size_t)(rest - word) + length, WP_OPENER);
}

enum wp_err wp_punkt_learn(
	struct wp_punkt *p, struct wp_abbreviations *abbreviations, size_t *learnt)
{
	static const double least = 0.3; /* section 4.1 of the paper */
	enum { SEEN = 2, INNER_SHARE = 10 };
	enum wp_err err = wp_punkt_feed(p, "\n", 1);
	*learnt = 0;
	for (size_t i = 0; !err && i <= p->table.mask; i++) {
		const struct wp_slot *slot = &p->table.slots[i];
		if (slot->length == 0)
			continue;
		const char *word = wp_token_table_bytes(&p->table, slot);
		const struct type *t = &p->types[slot->id];
		if (t->with > 0 && score(p, t, word, slot->length) >= least) {
			err = wp_abbreviations_add(
				abbreviations, word, slot->length, WP_MAY_BE_LAST);
			++*learnt;
		} else if (t->small >= SEEN &&
			(uint64_t)t->inner_capital * INNER_SHARE <= t->small) {
			err = add_opener(abbreviations, word, slot->length);
		}
	}
	return err;
}
