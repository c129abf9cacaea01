#include "text/sentences.h"

#include <string.h>

#include "text/segment.h"
#include "text/sentence_stops.h"
#include "text/utf8.h"

enum {
	LONGEST_WORD = 64, /* bytes before a full stop that are looked at */
	LONGEST_ADDRESS = 256,
	ELLIPSIS = 0x2026,
	EN_DASH = 0x2013,
	EM_DASH = 0x2014,
	BAR = 0x2015,
	LEFT_ANGLE = 0xAB,
	RIGHT_ANGLE = 0xBB,
};

/* The text being looked at.  All pointers that follow are into it. */
struct scan {
	const struct wp_sentence_rules *rules;
	const struct wp_stops *stops;
	const uint64_t *known; /* bits of the words that there are rules for, or NULL */
	const char *begin, *end;
	bool last; /* nothing follows the text          */
	bool more; /* an answer depends on what follows */
};

/* The end of a sentence, as far as it has been read: SATerm Close* Sp*. */
struct ending {
	enum { AFTER_TERMINATOR, AFTER_CLOSE, AFTER_SPACE } at;
	bool full_stop;    /* the terminator is an ATerm     */
	bool quoted;       /* a quotation mark closes        */
	const char *stop;  /* the terminator                 */
	const char *space; /* the white space, where there is some */
};

static unsigned class_of(uint32_t c)
{
	return wp_char(c).sentence;
}

static bool is_paragraph_separator(unsigned c)
{
	return c == WP_SB_SEP || c == WP_SB_CR || c == WP_SB_LF;
}

static bool is_attached(unsigned c)
{
	return c == WP_SB_EXTEND || c == WP_SB_FORMAT;
}

static bool is_letter(unsigned c)
{
	return c == WP_SB_UPPER || c == WP_SB_LOWER || c == WP_SB_OLETTER;
}

static bool has_trait(const struct scan *s, unsigned trait)
{
	return s->rules->language && s->rules->language->traits & trait;
}

/* The character before p, which is behind begin; *p moves to it. */
static uint32_t step_back(const char **p, const char *begin)
{
	const char *at = *p - 1;
	while (at > begin && ((unsigned char)*at & 0xC0) == 0x80)
		at--;
	*p = at;
	return wp_utf8_next(&at);
}

/* The class of the character before p, those that attach to it passed over. */
static unsigned class_before(const struct scan *s, const char *p)
{
	unsigned c = WP_SB_SEP;
	while (p > s->begin && is_attached(c = class_of(step_back(&p, s->begin))))
		continue;
	return c;
}

/* May sentences end with the character?  A semicolon may in Greek. */
static bool is_terminator(const struct scan *s, uint32_t c)
{
	unsigned class = class_of(c);
	return class == WP_SB_ATERM || class == WP_SB_STERM ||
		(s->rules->tailored && c == ELLIPSIS) ||
		(c == ';' && has_trait(s, WP_LANGUAGE_SEMICOLON));
}

static bool is_full_stop(uint32_t c)
{
	return class_of(c) == WP_SB_ATERM || c == ELLIPSIS;
}

/* --- from terminator to terminator ------------------------------------------------------ */

/* Leading bytes of characters among which there are terminators or paragraph separators. */
static bool may_matter(unsigned char lead)
{
	static const bool none[256] = {
		[0xC3 ... 0xCC] = true,
		[0xCE ... 0xD5] = true,
		[0xD7] = true,
		[0xD9 ... 0xDA] = true,
		[0xE4 ... 0xE9] = true,
		[0xEB ... 0xED] = true,
	};
	return !none[lead];
}

/* Bytes of ASCII text that matter; a semicolon may in Greek. */
static bool is_byte_that_matters(const struct scan *s, char c)
{
	static const bool bytes[128] = {
		['\n'] = true, ['\r'] = true, ['!'] = true, ['.'] = true, ['?'] = true};
	return bytes[(unsigned char)c] || (c == ';' && has_trait(s, WP_LANGUAGE_SEMICOLON));
}

/* The first byte from p on at which the stops say that something is, or the end. */
static const char *next_stop(const struct scan *s, const char *p)
{
	size_t at = (size_t)(p - s->stops->text), end = (size_t)(s->end - s->stops->text);
	const struct wp_ascii_stops *stops = s->stops->found + at / 64;
	uint64_t found = (stops->usual | stops->other) >> at % 64 << at % 64;
	for (at -= at % 64; !found; found = stops->usual | stops->other) {
		at += 64;
		stops++;
		if (at >= end)
			return s->end;
	}
	at += (size_t)__builtin_ctzll(found);
	return at < end ? s->stops->text + at : s->end;
}

/* The first terminator or paragraph separator from p on, or the end. */
static const char *next_candidate(const struct scan *s, const char *p)
{
	while (p < s->end) {
		unsigned char c = (unsigned char)*p;
		if (c >= 0x80) {
			const char *from = p;
			uint32_t code_point = wp_utf8_next(&p);
			if (may_matter(c) &&
				(is_terminator(s, code_point) ||
					is_paragraph_separator(class_of(code_point))))
				return from;
		} else if (s->stops) {
			p = next_stop(s, p);
			if (p < s->end && (unsigned char)*p < 0x80)
				return p;
		} else if (is_byte_that_matters(s, (char)c)) {
			return p;
		} else {
			p++;
		}
	}
	return p;
}

/* Behind the separator at p; CR and LF are one (SB3). */
static const char *behind_separator(struct scan *s, const char *p)
{
	if (*p == '\r') {
		if (p + 1 == s->end)
			s->more = !s->last;
		else if (p[1] == '\n')
			p++;
	}
	wp_utf8_next(&p);
	return p;
}

/* --- what an ending has between its terminator and the next sentence -------------------- */

/* The end of a footnote's number at p, "[12]", or p if there is none. */
static const char *skip_footnote(struct scan *s, const char *p)
{
	enum { DIGITS = 3 };
	const char *q = p + 1;
	while (q < s->end && *q >= '0' && *q <= '9' && q - p <= DIGITS)
		q++;
	if (q == s->end)
		s->more |= !s->last;
	return q < s->end && *q == ']' && q > p + 1 ? q + 1 : p;
}

/* Does the mark >> behind a space, which ends at p, close?  Then no letter follows. */
static bool is_closing_angle(struct scan *s, const char *p)
{
	if (p == s->end) {
		s->more |= !s->last;
		return true;
	}
	unsigned c = class_of(wp_utf8_next(&p));
	return !is_letter(c) && c != WP_SB_NUMERIC;
}

static bool is_quotation_mark(uint32_t c)
{
	return c == '"' || c == '\'' || c == RIGHT_ANGLE || c == LEFT_ANGLE ||
		(c >= 0x2018 && c <= 0x201F) || c == 0x2039 || c == 0x203A;
}

/* Does a bracket or quotation mark of East Asian text open what follows?  UAX #29 has but one
 * class for both. */
static bool is_opening_wide(const struct ending *e, uint32_t c)
{
	if (c == 0x201C || c == 0x2018)
		return memcmp(e->stop, "\xE3\x80\x82", 3) == 0 || /* ideographic full stop */
			(unsigned char)*e->stop == 0xEF;          /* full-width forms      */
	return (c >= 0x3008 && c <= 0x3010 && c % 2 == 0) || c == 0x3014 || c == 0x3016 ||
		c == 0x3018 || c == 0x301A || c == 0xFF08 || c == 0xFF3B || c == 0xFF5B ||
		c == 0xFF5F || c == 0xFF62;
}

/* Read on from behind a terminator to what decides, or to the end. */
static const char *read_ending(struct scan *s, const char *p, struct ending *e)
{
	while (p < s->end) {
		const char *from = p;
		uint32_t c = wp_utf8_next(&p);
		unsigned class = class_of(c);
		if (is_attached(class))
			continue;
		if (is_terminator(s, c)) {
			*e = (struct ending){.full_stop = is_full_stop(c), .stop = from};
		} else if (s->rules->tailored && c == '[') {
			const char *behind = skip_footnote(s, from);
			if (s->more)
				return from;
			if (behind > from)
				p = behind;
			else if (e->at == AFTER_SPACE)
				return from;
			e->at = AFTER_CLOSE;
		} else if (s->rules->tailored && is_opening_wide(e, c)) {
			return from;
		} else if (class == WP_SB_CLOSE && e->at != AFTER_SPACE) {
			e->at = AFTER_CLOSE;
			e->quoted |= is_quotation_mark(c);
		} else if (s->rules->tailored && c == RIGHT_ANGLE && e->at == AFTER_SPACE &&
			is_closing_angle(s, p)) {
			if (s->more)
				return from;
			e->at = AFTER_CLOSE;
			e->quoted = true;
		} else if (class == WP_SB_SP) {
			if (e->at != AFTER_SPACE)
				e->space = from;
			e->at = AFTER_SPACE;
		} else {
			return from;
		}
	}
	return p;
}

/* --- what follows an ending ------------------------------------------------------------- */

/* SB8: is a lower-case letter the first thing of consequence in the text?  A number is of
 * consequence where `numbers` says so. */
static bool is_continued(struct scan *s, const char *p, bool numbers)
{
	while (p < s->end) {
		uint32_t code_point = wp_utf8_next(&p);
		unsigned c = class_of(code_point);
		if (c == WP_SB_LOWER)
			return true;
		if (is_letter(c) || is_paragraph_separator(c) || c == WP_SB_ATERM ||
			c == WP_SB_STERM || (numbers && c == WP_SB_NUMERIC))
			return false;
	}
	s->more |= !s->last;
	return false;
}

/* The first letter or digit from p on, past quotation marks and brackets; its class. */
static unsigned first_class(struct scan *s, const char **p)
{
	while (*p < s->end) {
		const char *next = *p;
		unsigned c = class_of(wp_utf8_next(&next));
		if (c != WP_SB_CLOSE && !is_attached(c))
			return c;
		*p = next;
	}
	s->more |= !s->last;
	return WP_SB_OTHER;
}

/* The end of the word, letters and what attaches to them, at p. */
static const char *end_of_word(struct scan *s, const char *p)
{
	while (p < s->end) {
		const char *next = p;
		unsigned c = class_of(wp_utf8_next(&next));
		if (!is_letter(c) && !is_attached(c))
			return p;
		p = next;
	}
	s->more |= !s->last;
	return p;
}

static unsigned kind_of(const struct scan *s, const char *word, const char *end)
{
	return s->rules->abbreviations && end > word
		? wp_abbreviations_find(s->rules->abbreviations, word, (size_t)(end - word))
		: 0;
}

static bool opens_sentences(struct scan *s, const char *p)
{
	first_class(s, &p);
	return kind_of(s, p, end_of_word(s, p)) & WP_OPENER;
}

/* --- full stops of abbreviations -------------------------------------------------------- */

/* Where the word before a full stop begins: letters, and full stops among them. */
static const char *word_before(const struct scan *s, const char *stop)
{
	const char *word = stop;
	while (word > s->begin && stop - word < LONGEST_WORD) {
		const char *p = word;
		uint32_t c = step_back(&p, s->begin);
		if (c != '.' && !is_letter(class_of(c)) && !is_attached(class_of(c)))
			break;
		word = p;
	}
	return word;
}

static size_t count_letters(const char *word, const char *end)
{
	size_t n = 0;
	while (word < end)
		n += is_letter(class_of(wp_utf8_next(&word)));
	return n;
}

/* "J" or "U.S" or "Ph.D" or "p.m": one or two letters at a time. */
static bool is_acronym(const char *word, const char *end)
{
	size_t letters = 0, parts = 1;
	const char *p = word;
	while (p < end) {
		unsigned c = class_of(wp_utf8_next(&p));
		if (p[-1] == '.') {
			parts++;
			letters = 0;
		} else if (!is_attached(c) && (!is_letter(c) || ++letters > 2)) {
			return false;
		}
	}
	if (parts > 1)
		return letters > 0;
	return letters == 1 && class_of(wp_utf8_next(&word)) == WP_SB_UPPER;
}

/* Is there an abbreviation of a letter or two at p, with its full stop, as "B." behind "z."? */
static bool is_short_abbreviation(struct scan *s, const char *p)
{
	const char *end = end_of_word(s, p);
	return end < s->end && *end == '.' && end > p && count_letters(p, end) <= 2;
}

/* A number, or a numeral in letters. */
static bool is_number(struct scan *s, const char *p)
{
	unsigned c = first_class(s, &p);
	if (c == WP_SB_NUMERIC)
		return true;
	const char *end = end_of_word(s, p);
	bool roman = end > p;
	for (; roman && p < end; p++)
		roman = *p && strchr("IVXLCDM", *p);
	return roman;
}

/* Is the number before a full stop an ordinal number, of the day or the like? */
static bool is_ordinal(const struct scan *s, const char *stop)
{
	const char *p = stop;
	while (p > s->begin && stop - p < 3 && p[-1] >= '0' && p[-1] <= '9')
		p--;
	if (p == stop || stop - p > 2)
		return false;
	return p == s->begin || class_of(step_back(&p, s->begin)) == WP_SB_SP || *p == '(' ||
		*p == '-';
}

/* Is there nothing in the sentence but a number, as of a list or paragraph? */
static bool is_numbering(const struct scan *s, const char *stop)
{
	enum { DIGITS = 4 };
	const char *p = stop;
	while (p > s->begin && stop - p < DIGITS && p[-1] >= '0' && p[-1] <= '9')
		p--;
	const char *digits = p;
	while (p > s->begin && (p[-1] == ' ' || p[-1] == '('))
		p--;
	return digits < stop && p == s->begin;
}

/* Is the word behind a number, or a numeral in Latin letters: 5 km, XX s.? */
static bool follows_number(const struct scan *s, const char *word)
{
	const char *p = word;
	uint32_t c = ' ';
	while (p > s->begin && class_of(c) == WP_SB_SP)
		c = step_back(&p, s->begin);
	return class_of(c) == WP_SB_NUMERIC || (c < 0x80 && c && strchr("IVXLCDM", (int)c));
}

/* Does the sentence continue at `next`, since the full stop belongs to an abbreviation? */
static bool ends_in_abbreviation(struct scan *s, const struct ending *e, const char *next)
{
	if (e->at != AFTER_SPACE || *e->stop != '.' || e->space != e->stop + 1)
		return false;
	if (is_numbering(s, e->stop))
		return true;
	if (has_trait(s, WP_LANGUAGE_ORDINALS) && is_ordinal(s, e->stop))
		return !opens_sentences(s, next);
	const char *word = word_before(s, e->stop);
	if (word == e->stop)
		return false;
	unsigned kind = kind_of(s, word, e->stop);
	bool letter = count_letters(word, e->stop) == 1;
	if (s->rules->abbreviations && letter) {
		unsigned spaced = wp_abbreviations_find_spaced(
			s->rules->abbreviations, s->begin, word, e->stop);
		kind = spaced ? spaced : kind;
		letter = !spaced;
	}
	if (kind & WP_NEVER_LAST || (kind & WP_BEFORE_NUMBER && is_number(s, next)))
		return true;
	if (kind & WP_LAST_BEFORE_CAPITAL && (!letter || follows_number(s, word)))
		return first_class(s, &next) != WP_SB_UPPER;
	if (is_acronym(word, e->stop) || kind & (WP_MAY_BE_LAST | WP_LAST_BEFORE_CAPITAL))
		return !opens_sentences(s, next);
	return letter && is_short_abbreviation(s, next);
}

/* --- decisions -------------------------------------------------------------------------- */

/* Is the mark within an address, as in http://x.org/?q=A, or does it stand before its word? */
static bool is_within_word(const struct scan *s, const struct ending *e)
{
	if ((unsigned char)*e->stop >= 0x80)
		return false;
	if (e->stop == s->begin || class_before(s, e->stop) == WP_SB_SP)
		return true;
	const char *p = e->stop;
	while (p > s->begin && e->stop - p < LONGEST_ADDRESS && (unsigned char)p[-1] > ' ') {
		p--;
		if (*p == '/' || *p == '@')
			return true;
	}
	return false;
}

/* Does the dash at p begin what somebody says?  Then a capital letter follows. */
static bool is_dialogue_dash(struct scan *s, const struct ending *e, const char *p)
{
	uint32_t c = wp_utf8_next(&p);
	if (e->at != AFTER_SPACE || (c != '-' && c != EN_DASH && c != EM_DASH && c != BAR))
		return false;
	while (p < s->end && class_of(*p >= 0 ? (uint32_t)*p : 0xA0) == WP_SB_SP)
		p++;
	return first_class(s, &p) == WP_SB_UPPER;
}

static bool is_ellipsis(const char *p)
{
	return wp_utf8_next(&p) == ELLIPSIS;
}

/* The tailored rules for what UAX #29 takes for an end.  The sentence that begins at p ... */
static bool is_exception(struct scan *s, const struct ending *e, const char *p)
{
	const char *letter = p;
	unsigned c = class_of(wp_utf8_next(&letter));
	if (e->at != AFTER_SPACE && is_within_word(s, e))
		return true;
	if (*e->stop == '.' && e->at == AFTER_TERMINATOR && is_letter(c)) {
		unsigned before = class_before(s, e->stop);
		if (is_letter(before) || before == WP_SB_NUMERIC)
			return true;
	}
	if (*e->stop == '.')
		return ends_in_abbreviation(s, e, p);
	letter = p;
	unsigned first = first_class(s, &letter);
	if (e->full_stop) /* an ellipsis, or a full stop of another script */
		return is_ellipsis(e->stop) &&
			(e->at == AFTER_TERMINATOR || first != WP_SB_UPPER);
	if (e->quoted && first == WP_SB_LOWER)
		return true;
	const struct wp_language *language = s->rules->language;
	return language && language->sayings &&
		kind_of(s, letter, end_of_word(s, letter)) & WP_SAYING;
}

/* A word of some length before the full stop is hardly an abbreviation. */
static bool follows_long_word(const struct scan *s, const struct ending *e)
{
	enum { LONG = 4 };
	const char *word = word_before(s, e->stop);
	return *e->stop == '.' && !memchr(word, '.', (size_t)(e->stop - word)) &&
		count_letters(word, e->stop) >= LONG && !kind_of(s, word, e->stop);
}

/* Does a sentence begin at p, where the ending has been read to? */
static bool is_begin(struct scan *s, const struct ending *e, const char *p)
{
	const char *next = p;
	unsigned c = class_of(wp_utf8_next(&next));
	bool tailored = s->rules->tailored;
	if (c == WP_SB_SCONTINUE)
		return tailored && is_dialogue_dash(s, e, p) &&
			!(e->full_stop && ends_in_abbreviation(s, e, p));
	if (e->full_stop) {
		unsigned before = class_before(s, e->stop);
		if (e->at == AFTER_TERMINATOR && c == WP_SB_NUMERIC)
			return false; /* SB6 */
		if (e->at == AFTER_TERMINATOR && c == WP_SB_UPPER &&
			(before == WP_SB_UPPER || before == WP_SB_LOWER))
			return false; /* SB7 */
		bool long_word = tailored && e->at == AFTER_SPACE &&
			(c == WP_SB_NUMERIC || (c == WP_SB_LOWER && s->rules->chat)) &&
			follows_long_word(s, e);
		if (!(long_word && c == WP_SB_LOWER) && is_continued(s, p, long_word))
			return false; /* SB8 */
	}
	return !tailored || !is_exception(s, e, p);
}

/* Is the full stop one of the usual ones, and what stands before it no abbreviation?  Then all
 * the rules together say that the sentence ends. */
static bool is_usual_end(const struct scan *s, const char *stop)
{
	size_t at = (size_t)(stop - s->stops->text), bit = at % 64;
	const struct wp_ascii_stops *stops = s->stops->found + at / 64;
	if (!(stops->usual >> bit & 1) || s->end - stop < 3)
		return false;
	uint64_t others = bit ? ~(stops->letters << (64 - bit)) : ~UINT64_C(0);
	size_t n = (size_t)__builtin_clzll(others | 1); /* letters before the full stop */
	if (n >= bit) {
		n = bit;
		if (at >= 64 && stops[-1].letters >> 63)
			n += (size_t)__builtin_clzll(~stops[-1].letters | 1);
	}
	size_t most = (size_t)(stop - s->begin);
	n = n < most ? n : most;
	const char *word = stop - n;
	bool whole = n == most || (word[-1] != '.' && (unsigned char)word[-1] < 0x80);
	if (n == 0)
		return stop > s->begin; /* behind a bracket or quotation mark */
	return whole && n > 1 && n < LONGEST_WORD && !wp_may_know(s->known, word, n);
}

/* Where the next sentence begins; NULL where that depends on what follows the text. */
static const char *find_end(struct scan *s)
{
	const char *p = s->begin;
	while ((p = next_candidate(s, p)) < s->end) {
		const char *from = p;
		if (*p == '\n')
			return p + 1;
		if (s->stops && s->known && is_usual_end(s, p))
			return p + 2;
		uint32_t c = wp_utf8_next(&p);
		if (is_paragraph_separator(class_of(c)))
			return behind_separator(s, from);
		struct ending e = {.full_stop = is_full_stop(c), .stop = from};
		p = read_ending(s, p, &e);
		if (s->more || p == s->end)
			break;
		const char *next = p;
		if (is_paragraph_separator(class_of(wp_utf8_next(&next))))
			return behind_separator(s, p);
		bool begin = is_begin(s, &e, p);
		if (s->more)
			break;
		if (begin)
			return p;
	}
	s->more |= !s->last;
	return s->end;
}

size_t wp_sentence_end_by_stops(const struct wp_sentence_rules *rules,
	const struct wp_stops *stops, const char *text, size_t n, bool last)
{
	struct scan s = {.rules = rules,
		.stops = stops,
		.known = rules->abbreviations ? wp_abbreviations_known(rules->abbreviations)
					      : NULL,
		.begin = text,
		.end = text + n,
		.last = last};
	const char *end = find_end(&s);
	return s.more ? 0 : (size_t)(end - text);
}

size_t wp_sentence_end(
	const struct wp_sentence_rules *rules, const char *text, size_t n, bool last)
{
	return wp_sentence_end_by_stops(rules, NULL, text, n, last);
}

wp_ascii_stops_fn *wp_ascii_stops_for(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return wp_ascii_stops_avx512;
	if (isa == WP_ISA_AVX2)
		return wp_ascii_stops_avx2;
#endif
	(void)isa;
	return wp_ascii_stops_plain;
}
