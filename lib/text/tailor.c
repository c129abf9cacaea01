#include "text/tailor.h"

#include <string.h>

#include "base/memory.h"
#include "text/segment.h"
#include "text/utf8.h"
#include "text/web.h"

enum { APOSTROPHE = 0x2019, LONGEST_WORD = 64, LONGEST_SEGMENT = 1024 };

static bool has_trait(const struct wp_tailoring *t, unsigned trait)
{
	return t->language && t->language->traits & trait;
}

static bool is_letter(uint32_t c)
{
	unsigned class = wp_char(c).sentence;
	return class == WP_SB_LOWER || class == WP_SB_UPPER || class == WP_SB_OLETTER;
}

static bool is_mark(uint32_t c)
{
	return wp_char(c).sentence == WP_SB_EXTEND;
}

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* The class of the next character that counts. */
static unsigned next_class(const char *p, const char *end)
{
	while (p < end) {
		unsigned word_class = wp_char(wp_utf8_next(&p)).word;
		if (!wp_word_ignored(word_class))
			return word_class;
	}
	return WP_WB_START;
}

/* The end of the segment that begins at p, by UAX #29; with the web, digits are joined by
 * - / : too, and an address behind a colon is one of its own. */
static const char *segment(
	const struct wp_tailoring *t, const struct wp_chunk *c, const char *p)
{
	struct wp_word_state state = wp_word_start;
	wp_word_step(&state, wp_char(wp_utf8_next(&p)));
	while (p < c->end) {
		const char *from = p;
		enum wp_word_link link = wp_word_step(&state, wp_char(wp_utf8_next(&p)));
		bool joined = wp_word_link_holds(
			link, link > WP_LINK_JOIN ? next_class(p, c->end) : WP_WB_START);
		if ((t->web || t->numbers) && wp_web_joins_digits(c->begin, from, c->end)) {
			wp_word_step(&state, wp_char(wp_utf8_next(&p)));
			continue;
		}
		if (t->web && joined && from[-1] == ':' && c->end - from > 7 &&
			memcmp(from, "http", 4) == 0)
			return from - 1;
		if (!joined)
			return from;
	}
	return p;
}

/* --- languages -------------------------------------------------------------------------- */

/* Write the word in lower case, with ' for apostrophes; its bytes, or 0 where it is too long.
 */
static size_t fold(const char *word, const char *end, char out[LONGEST_WORD + 4])
{
	size_t n = 0;
	while (word < end && n < LONGEST_WORD) {
		uint32_t c = wp_utf8_next(&word);
		n += wp_utf8_encode(c == APOSTROPHE ? '\'' : wp_char_lower(c), out + n);
	}
	return word < end ? 0 : n;
}

/* Is the folded word one of the list, whose words have spaces between them? */
static bool is_listed(const char *word, size_t n, const char *list)
{
	while (list && *list) {
		size_t length = strcspn(list, " ");
		if (length == n && memcmp(list, word, n) == 0)
			return true;
		list += length + strspn(list + length, " ");
	}
	return false;
}

/* Behind the apostrophe in [p, end) that ends a token, as that of l'homme; or end. */
static const char *elision(const struct wp_tailoring *t, const char *p, const char *end)
{
	char head[LONGEST_WORD + 4];
	const char *from = p;
	while (p < end) {
		const char *at = p;
		uint32_t c = wp_utf8_next(&p);
		if (c != '\'' && c != APOSTROPHE)
			continue;
		size_t n = fold(from, at, head), whole;
		char word[LONGEST_WORD + 4];
		bool elided = n > 0 && p < end &&
			(t->language->elided[0] == '*' ||
				is_listed(head, n, t->language->elided));
		if (!elided)
			return end;
		whole = fold(from, end, word);
		return whole && is_listed(word, whole, t->language->not_elided) ? end : p;
	}
	return end;
}

/* Where the part of a word with hyphens that is a token of its own begins: -t-il; or NULL. */
static const char *find_enclitic(
	const struct wp_tailoring *t, const char *word, const char *end)
{
	for (const char *p = word + 1; p < end; p++) {
		char part[LONGEST_WORD + 4];
		if (*p != '-' || (size_t)(end - p) > LONGEST_WORD / 2)
			continue;
		size_t n = fold(p, end, part);
		if (n && is_listed(part, n, t->language->enclitics))
			return p;
	}
	return NULL;
}

/* The end of a word with hyphens, whose first part ends at p. */
static const char *join_hyphens(
	const struct wp_tailoring *t, const struct wp_chunk *c, const char *word, const char *p)
{
	const char *last = p;
	while (last > word && ((unsigned char)*--last & 0xC0) == 0x80)
		continue;
	uint32_t before = wp_utf8_next(&last);
	while (p + 1 < c->end && *p == '-' &&
		(is_letter(before) || is_mark(before) || is_digit(before))) {
		const char *next = p + 1, *part = next;
		uint32_t first = wp_utf8_next(&next);
		if (!is_letter(first) && !(is_digit(first) && is_letter(before)))
			break;
		p = segment(t, c, part);
		last = p;
		while (last > part && ((unsigned char)*--last & 0xC0) == 0x80)
			continue;
		before = wp_utf8_next(&last);
	}
	return p;
}

static const char *first_visible(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ' && *p != '\n')
		p++;
	return p;
}

/* Does a word with which sentences begin follow? */
static bool opens_sentence(const struct wp_tailoring *t, const char *p, const char *end)
{
	const char *word = first_visible(p, end), *stop = word;
	while (stop < end) {
		const char *next = stop;
		uint32_t c = wp_utf8_next(&next);
		if (!is_letter(c) && !is_mark(c))
			break;
		stop = next;
	}
	return stop > word && t->abbreviations &&
		wp_abbreviations_find(t->abbreviations, word, (size_t)(stop - word)) &
		WP_OPENER;
}

/* "J" or "U.S" or "p.m": single letters, or two at most where there are several parts. */
static bool is_acronym(const char *word, const char *end)
{
	unsigned letters = 0, parts = 1;
	const char *p = word;
	while (p < end) {
		uint32_t c = wp_utf8_next(&p);
		if (c == '.') {
			parts++;
			letters = 0;
		} else if (!is_mark(c) && (!is_letter(c) || ++letters > 2)) {
			return false;
		}
	}
	if (parts > 1)
		return letters > 0;
	return letters == 1 && wp_char(wp_utf8_next(&word)).sentence == WP_SB_UPPER;
}

bool wp_owns_full_stop(
	const struct wp_tailoring *t, const struct wp_chunk *c, const char *word, const char *p)
{
	const char *next = first_visible(p + 1, c->text_end);
	bool last = next == c->text_end || *next == '\n';
	size_t n = (size_t)(p - word);
	if (n == 0 || n > LONGEST_WORD)
		return false;
	if (is_digit((unsigned char)*word))
		return has_trait(t, WP_LANGUAGE_ORDINALS) && !last && n <= 2 &&
			is_digit((unsigned char)word[n - 1]) && p + 1 == c->end &&
			!opens_sentence(t, next, c->text_end);
	unsigned kind = t->abbreviations ? wp_abbreviations_find(t->abbreviations, word, n) : 0;
	if (kind & WP_ABBREVIATION)
		return true;
	if (t->abbreviations && c->text_begin &&
		wp_abbreviations_find_spaced(t->abbreviations, c->text_begin, word, p))
		return true;
	if (kind & WP_BEFORE_NUMBER && next < c->text_end && is_digit((unsigned char)*next))
		return true;
	if (!is_acronym(word, p))
		return n == 1 && !last && is_letter((unsigned char)*word) &&
			c->text_end - next > 1 &&
			(next[1] == '.' ||
				(c->text_end - next > 2 && (unsigned char)*next >= 0x80 &&
					next[2] == '.'));
	return true;
}

/* Does the apostrophe at `end`, with nothing behind it, belong to the word: po', E'? */
static bool is_apocope(const struct wp_tailoring *t, const struct wp_chunk *c, const char *word,
	const char *end)
{
	char folded[LONGEST_WORD + 4];
	const char *next = end;
	if (end == c->end)
		return false;
	uint32_t mark = wp_utf8_next(&next);
	if ((mark != '\'' && mark != APOSTROPHE) ||
		(next < c->end && is_letter(wp_utf8_next(&next))) ||
		(c->begin < word && (word[-1] == '\'' || word[-1] == '`')))
		return false;
	size_t n = fold(word, end, folded);
	return n && is_listed(folded, n, t->language->apocopes);
}

/* The end of the word at p, by the dictionary. */
static const char *dictionary_word(
	const struct wp_tailoring *t, const struct wp_chunk *c, const char *p)
{
	enum { AT_A_TIME = 4096 };
	struct wp_dictionary_run *run = t->run;
	if (!run->begin || p < run->begin || p >= run->end) {
		run->begin = p;
		run->end = p;
		while (run->end < c->end && run->end - p < AT_A_TIME) {
			const char *next = run->end;
			uint32_t code_point = wp_utf8_next(&next);
			if (!wp_has_no_spaces(code_point) && !is_mark(code_point))
				break;
			run->end = next;
		}
		size_t n = (size_t)(run->end - p);
		enum wp_err err = wp_grow(&run->cuts, &run->room, n, 1, "words");
		if (!err)
			err = wp_dictionary_cut(t->dictionary, p, n, run->cuts);
		if (err) {
			run->err = err;
			return run->end;
		}
	}
	const char *end = p + 1;
	while (end < run->end && !run->cuts[end - run->begin])
		end++;
	return end;
}

size_t wp_tailored_token(const struct wp_tailoring *t, const struct wp_chunk *c, const char *p)
{
	if (t->run && p == c->begin)
		t->run->begin = NULL; /* that was another text */
	size_t n = t->web ? wp_web_token(c->begin, p, c->end) : 0;
	if (n)
		return n;
	const struct wp_language *l = t->language;
	struct wp_chunk near = *c;
	if (l && (size_t)(c->end - p) > LONGEST_SEGMENT) { /* so that time is linear */
		near.end = p + LONGEST_SEGMENT;
		while (((unsigned char)*near.end & 0xC0) == 0x80)
			near.end--;
		c = &near;
	}
	const char *end = segment(t, c, p);
	const char *next = p;
	uint32_t first = wp_utf8_next(&next);
	if (t->dictionary && wp_has_no_spaces(first))
		return (size_t)(dictionary_word(t, c, p) - p);
	if (!(is_letter(first) || is_digit(first) || (first == '-' && l && l->enclitics)))
		return (size_t)(end - p);
	if (first == '-') { /* an enclitic, cut from its word before */
		char folded[LONGEST_WORD + 4];
		if (p == c->begin || next == c->end)
			return (size_t)(end - p);
		end = join_hyphens(t, c, p + 1, segment(t, c, p + 1));
		size_t bytes = fold(p, end, folded);
		return bytes && is_listed(folded, bytes, l->enclitics) ? (size_t)(end - p) : 1;
	}
	if (l && l->elided) {
		const char *cut = elision(t, p, end);
		if (cut < end)
			return (size_t)(cut - p);
	}
	if (t->hyphens == WP_HYPHENS_KEEP ||
		(l && l->traits & WP_LANGUAGE_HYPHENS && t->hyphens != WP_HYPHENS_SPLIT))
		end = join_hyphens(t, c, p, end);
	if (!l)
		return (size_t)(end - p);
	if (l->enclitics && t->hyphens != WP_HYPHENS_KEEP) {
		const char *enclitic = find_enclitic(t, p, end);
		if (enclitic)
			return (size_t)(enclitic - p);
	}
	if (l->apocopes && is_apocope(t, c, p, end))
		return (size_t)(end - p) + (*end == '\'' ? 1 : 3);
	if (end < c->end && *end == '.' && (end + 1 == c->end || end[1] != '.') &&
		wp_owns_full_stop(t, c, p, end))
		end++;
	return (size_t)(end - p);
}
