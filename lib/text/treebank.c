#include "text/treebank.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/ascii_treebank.h"
#include "text/utf8.h"
#include "text/web.h"

wp_ascii_treebank_fn *wp_ascii_treebank_for(enum wp_isa isa)
{
#ifdef WP_X86_KERNELS
	if (isa == WP_ISA_AVX512)
		return wp_ascii_treebank_avx512;
	if (isa == WP_ISA_AVX2)
		return wp_ascii_treebank_avx2;
#endif
	(void)isa;
	return wp_ascii_treebank_plain;
}

void wp_treebank_fini(struct wp_treebank *treebank)
{
	free(treebank->text);
}

/* The text being worked on, of one or more lines.  All functions take positions in it. */
struct sentence {
	const char *begin, *end;
	const struct wp_tailoring *tailoring;
	bool english;
	struct wp_token_writer *writer;
};

/* Write a token; there is room for it. */
static enum wp_err put(const struct sentence *s, const char *token, size_t n)
{
	struct wp_token_writer *w = s->writer;
	if (w->lower || w->fold_digits || wp_token_writer_is_special(w) ||
		memchr(token, '\\', n))
		return wp_token_writer_put(w, token, n);
	char *out = w->bytes + w->length;
	*out = ' ';
	out += !w->line_empty;
	memcpy(out, token, n);
	w->length = (size_t)(out + n - w->bytes);
	w->line_empty = false;
	w->tokens++;
	return WP_OK;
}

static bool is_separator(uint32_t c)
{
	return wp_char(c).flags & WP_CHAR_SEPARATOR;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Is text[0, n) this word, in any case? */
static bool is_word(const char *text, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (lower(text[i]) != word[i])
			return false;
	return word[n] == '\0';
}

/* --- quotation marks in ASCII ----------------------------------------------------------- */

/* U+2018 to U+201F, by the last byte of their UTF-8, 0x98 to 0x9F. */
static const char *const ascii_quotes[8] = {"`", "'", "`", "`", "``", "''", "``", "``"};

/* Is any of these marks in the text? */
static bool has_such_quotes(const char *text, const char *end)
{
	while ((text = memchr(text, 0xE2, (size_t)(end - text))) != NULL) {
		if (text[1] == '\x80' && (text[2] & '\xF8') == '\x98')
			return true;
		text += 3;
	}
	return false;
}

/* Copy with those marks replaced by ASCII ones, which are shorter; the end of the copy.  What
 * opens in English closes what a low mark has opened in the line, as in German. */
static char *copy_plain_quotes(const char *text, size_t n, char *out)
{
	enum { SINGLE = 0, LOW_SINGLE = 2, DOUBLE = 4, LOW_DOUBLE = 6 };
	bool low_single = false, low_double = false;
	for (const char *end = text + n; text < end;) {
		const char *mark = memchr(text, 0xE2, (size_t)(end - text));
		size_t plain = (size_t)((mark ? mark : end) - text);
		if ((low_single || low_double) && memchr(text, '\n', plain))
			low_single = low_double = false;
		memcpy(out, text, plain);
		out += plain;
		text += plain;
		if (text == end)
			break;
		if (text[1] != '\x80' || (text[2] & '\xF8') != '\x98') {
			*out++ = *text++;
			continue;
		}
		int which = text[2] & 7;
		const char *q = ascii_quotes[which];
		if (which == SINGLE && low_single)
			q = "'";
		if (which == DOUBLE && low_double)
			q = "''";
		low_single = which == LOW_SINGLE || (low_single && which > 1);
		low_double = which == LOW_DOUBLE ||
			(low_double && which != DOUBLE && which != DOUBLE + 1);
		for (; *q; q++)
			*out++ = *q;
		text += 3;
	}
	return out;
}

/* --- words: what is left between punctuation ---------------------------------------------- */

/* Sorted by what has to be tried first; a word keeps at least one character. */
static const char *const clitics[] = {"n't", "'ll", "'re", "'ve", "'s", "'m", "'d"};

/* Bytes of the clitic at the end of text[0, n); 0 if there is none. */
static size_t clitic_at_end(const char *text, size_t n)
{
	if (n < 3 || (text[n - 2] != '\'' && text[n - 3] != '\''))
		return 0;
	for (size_t i = 0; i < sizeof clitics / sizeof clitics[0]; i++) {
		size_t length = strlen(clitics[i]);
		if (n > length && text[n - length - 1] != '\'' &&
			is_word(text + n - length, length, clitics[i]))
			return length;
	}
	return 0;
}

/* Words written as one that are two tokens, and where they are cut. */
static const struct {
	const char *word;
	size_t cut;
} contractions[] = {{"cannot", 3}, {"d'ye", 1}, {"gimme", 3}, {"gonna", 3}, {"gotta", 3},
	{"lemme", 3}, {"more'n", 4}, {"'tis", 2}, {"'twas", 2}, {"wanna", 3}};

static enum wp_err put_contraction(const struct sentence *s, const char *word, size_t n)
{
	enum { SHORTEST = 4, LONGEST = 6 };
	static const bool begins[256] = {['\''] = true,
		['C'] = true,
		['D'] = true,
		['G'] = true,
		['L'] = true,
		['M'] = true,
		['W'] = true,
		['c'] = true,
		['d'] = true,
		['g'] = true,
		['l'] = true,
		['m'] = true,
		['w'] = true};
	if (n < SHORTEST || n > LONGEST || !begins[(unsigned char)*word])
		return put(s, word, n);
	size_t cut = 0;
	for (size_t i = 0; i < sizeof contractions / sizeof contractions[0]; i++)
		if (is_word(word, n, contractions[i].word))
			cut = contractions[i].cut;
	enum wp_err err = cut ? put(s, word, cut) : WP_OK;
	return err ? err : put(s, word + cut, n - cut);
}

/* The clitics at its end are tokens of their own: would|n't|'ve.  There is no limit to them. */
static enum wp_err put_with_clitics(const struct sentence *s, const char *word, size_t n)
{
	size_t rest = n, clitic;
	while ((clitic = clitic_at_end(word, rest)) > 0)
		rest -= clitic;
	enum wp_err err = put_contraction(s, word, rest);
	for (const char *p = word + rest; !err && p < word + n; p += clitic) {
		size_t left = (size_t)(word + n - p);
		bool long_one = lower(*p) == 'n' ||
			(left > 2 &&
				(is_word(p, 3, "'ll") || is_word(p, 3, "'re") ||
					is_word(p, 3, "'ve")));
		clitic = long_one ? 3 : 2;
		err = put(s, p, clitic);
	}
	return err;
}

/* The words of another language than English. */
static enum wp_err put_tailored(const struct sentence *s, const char *word, size_t n)
{
	const struct wp_language *language = s->tailoring->language;
	struct wp_chunk chunk = {word, word + n, s->end, s->begin};
	enum wp_err err = s->tailoring->run ? s->tailoring->run->err : WP_OK;
	bool whole = language && !language->elided && !s->tailoring->dictionary &&
		(s->tailoring->hyphens == WP_HYPHENS_KEEP ||
			(language->traits & WP_LANGUAGE_HYPHENS &&
				s->tailoring->hyphens != WP_HYPHENS_SPLIT));
	if (whole) /* which the marks around it have been cut from */
		return put(s, word, n);
	while (!err && word < chunk.end) {
		size_t length = wp_tailored_token(s->tailoring, &chunk, word);
		err = put(s, word, length);
		word += length;
	}
	return err;
}

/* Is the apostrophe that begins a word part of it ('s, 'em, '90s), and no quotation mark? */
static bool is_elision(const char *word, size_t n)
{
	static const char *const elided[] = {"'s", "'m", "'d", "'t", "'n", "'n'", "'ll", "'re",
		"'ve", "'em", "'til", "'tis", "'twas", "'cause"};
	for (size_t i = 0; i < sizeof elided / sizeof elided[0]; i++)
		if (is_word(word, n, elided[i]))
			return true;
	return n > 1 && is_digit(word[1]);
}

/* Write what stands between two places, with single quotation marks round it separated. */
static enum wp_err put_word(const struct sentence *s, const char *word, const char *end)
{
	size_t n = (size_t)(end - word);
	enum wp_err err = WP_OK;
	bool opened = n > 1 && (*word == '`' || (*word == '\'' && !is_elision(word, n)));
	if (opened) {
		err = put(s, "`", 1);
		word++;
		n--;
	}
	bool quoted = n > 1 && word[n - 1] == '\'' && (s->english || opened);
	n -= quoted;
	if (!err && n > 0)
		err = !s->english || s->tailoring->dictionary ? put_tailored(s, word, n)
			: memchr(word, '\'', n)               ? put_with_clitics(s, word, n)
							      : put_contraction(s, word, n);
	if (!err && quoted)
		err = put(s, "'", 1);
	return err;
}

/* --- punctuation ------------------------------------------------------------------------ */

static uint32_t char_before(const struct sentence *s, const char *p)
{
	if (p == s->begin)
		return ' ';
	do
		p--;
	while (p > s->begin && ((unsigned char)*p & 0xC0) == 0x80);
	return wp_utf8_next(&p);
}

static uint32_t char_at(const struct sentence *s, const char *p)
{
	return p < s->end ? wp_utf8_next(&p) : ' ';
}

static bool is_letter(uint32_t c)
{
	unsigned class = wp_char(c).sentence;
	return class == WP_SB_LOWER || class == WP_SB_UPPER || class == WP_SB_OLETTER ||
		class == WP_SB_EXTEND;
}

/* Does a quotation mark at p open, so that `` is meant? */
static bool is_opening(const struct sentence *s, const char *p)
{
	uint32_t before = char_before(s, p);
	return is_separator(before) || (before < 0x80 && is_one_of((char)before, "([{<`-")) ||
		before == 0x2014;
}

static bool is_between_digits(const struct sentence *s, const char *p, size_t n)
{
	return p > s->begin && is_digit(p[-1]) && p + n < s->end && is_digit(p[n]);
}

static bool is_between_letters(const struct sentence *s, const char *p, size_t n)
{
	return is_letter(char_before(s, p)) && is_letter(char_at(s, p + n));
}

static bool is_between_hebrew(const struct sentence *s, const char *p)
{
	return wp_char(char_before(s, p)).word == WP_WB_HEBREW_LETTER &&
		wp_char(char_at(s, p + 1)).word == WP_WB_HEBREW_LETTER;
}

/* How often the character at p is repeated there, p included; most at most. */
static size_t run_length(const struct sentence *s, const char *p, size_t most)
{
	size_t n = 1;
	while (n < most && p + n < s->end && p[n] == *p)
		n++;
	return n;
}

/* Is this character beyond ASCII a mark that stands apart?  Hyphens do not. */
static bool is_mark(uint32_t c)
{
	enum { HYPHEN = 0x2010, NO_BREAK_HYPHEN = 0x2011, MAQAF = 0x5BE };
	if (c == HYPHEN || c == NO_BREAK_HYPHEN || c == MAQAF)
		return false;
	return wp_char(c).flags & WP_CHAR_PUNCTUATION || c == 0xA2 || c == 0xA3 || c == 0xA5 ||
		(c >= 0x20A0 && c <= 0x20C0);
}

/* Does the full stop at p, with the word before it, stand apart?  It may belong to an
 * abbreviation, and within a chunk of text it is a part of it. */
static bool is_full_stop(const struct sentence *s, const char *word, const char *p)
{
	const char *next = p + 1;
	while (next < s->end && is_one_of(*next, "])}>\"'`,;:!?"))
		next++;
	if (next < s->end && (unsigned char)*next > ' ') {
		uint32_t c = char_at(s, next);
		if (!is_separator(c) && !is_mark(c))
			return false;
	}
	while (word < p && is_one_of(*word, "'`"))
		word++;
	for (const char *hyphen = p; hyphen > word;) /* of Ernst-Str. the last part */
		if (*--hyphen == '-')
			word = hyphen + 1;
	struct wp_chunk chunk = {word, p + 1, s->end, s->begin};
	return word == p || !wp_owns_full_stop(s->tailoring, &chunk, word, p);
}

/* The bytes of the punctuation mark at p that stands apart; 0 if it belongs to the word that
 * begins at `word`. */
static size_t punctuation_at(const struct sentence *s, const char *word, const char *p)
{
	enum { EN_DASH = 0x2013 };
	size_t reference;
	switch (*p) {
	case '!':
	case '?': {
		size_t run = 1;
		while (p + run < s->end && is_one_of(p[run], "!?"))
			run++;
		return run;
	}
	case '&':
		if ((reference = wp_web_reference(p, s->end)) > 0)
			return reference;
		return run_length(s, p, SIZE_MAX);
	case '#':
	case '$':
	case '%':
	case ';':
	case '<':
	case '>':
	case '@':
		return run_length(s, p, SIZE_MAX);
	case ',':
		return !is_between_digits(s, p, 1);
	case ':':
		return !is_between_digits(s, p, 1) && !is_between_letters(s, p, 1);
	case '-': {
		size_t run = run_length(s, p, SIZE_MAX);
		if (run == 1 && s->tailoring->hyphens == WP_HYPHENS_SPLIT)
			return is_between_letters(s, p, 1) ||
				(word < p && is_digit(p[-1]) && is_letter(char_at(s, p + 1))) ||
				(is_letter(char_before(s, p)) && p + 1 < s->end &&
					is_digit(p[1]));
		return run > 1 ? run : 0;
	}
	case '.': {
		size_t run = run_length(s, p, SIZE_MAX);
		return run > 1 ? run : is_full_stop(s, word, p);
	}
	case '\'':
	case '`':
		return run_length(s, p, 2) > 1 ? 2 : 0;
	case '"':
		return !is_between_hebrew(s, p);
	}
	if ((unsigned char)*p < 0x80)
		return is_one_of(*p, "[](){}");
	const char *next = p;
	uint32_t c = wp_utf8_next(&next);
	size_t n = (size_t)(next - p);
	if (!is_mark(c) || (c == EN_DASH && is_between_digits(s, p, n)))
		return 0;
	unsigned class = wp_char(c).word;
	bool inner = class == WP_WB_MIDLETTER || class == WP_WB_HEBREW_LETTER ||
		class == WP_WB_MIDNUMLET;
	return inner && is_between_letters(s, p, n) ? 0 : n;
}

static enum wp_err put_punctuation(const struct sentence *s, const char *p, size_t n)
{
	bool quotes = *p == '"' || (*p == '\'' && n == 2);
	if (quotes)
		return put(s, is_opening(s, p) ? "``" : "''", 2);
	return put(s, p, n);
}

/* Characters of ASCII that are never more than a part of a word. */
static bool is_plain(char c)
{
	static const bool plain[256] = {
		['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['_'] = true};
	return plain[(unsigned char)c];
}

/* Write what stands between white space. */
static enum wp_err put_chunk(const struct sentence *s, const char *p, const char *end)
{
	const char *begin = p, *word = p;
	enum wp_err err = WP_OK;
	while (!err && p < end) {
		size_t n = 0;
		if (s->tailoring->web && p == word && !is_one_of(*p, "'`\"") &&
			(n = wp_web_token(begin, p, end)) > 0) {
			err = put(s, p, n);
			word = p += n;
			continue;
		}
		if (is_plain(*p)) {
			p++;
			continue;
		}
		n = punctuation_at(s, word, p);
		if (n > 0) {
			size_t run = s->tailoring->web && word < p && !is_one_of(*p, "'`\"")
				? wp_web_token(begin, p, end)
				: 0;
			if (word < p)
				err = put_word(s, word, p);
			if (!err)
				err = run > n ? put(s, p, n = run) : put_punctuation(s, p, n);
			word = p += n;
		} else {
			wp_utf8_next(&p);
		}
	}
	return err || word == end ? err : put_word(s, word, end);
}

/* The end of the chunk at p; `plain` where it is a word without marks. */
static const char *end_of_chunk(const struct sentence *s, const char *p, bool *plain)
{
	const char *begin = p;
	while (p < s->end && is_plain(*p))
		p++;
	*plain = p > begin && (p == s->end || (unsigned char)*p <= ' ');
	while (p < s->end && (unsigned char)*p > ' ') {
		const char *from = p;
		if (is_separator(wp_utf8_next(&p)))
			return from;
	}
	return p;
}

static bool stands_apart(const void *arg, const char *word, const char *p)
{
	return is_full_stop(arg, word, p);
}

/* Write the tokens that the kernel finds from p on; where it stops. */
static enum wp_err write_ascii(
	const struct sentence *s, wp_ascii_treebank_fn *kernel, const char **p)
{
	struct wp_token_writer *w = s->writer;
	size_t room = 3 * (size_t)(s->end - *p) + WP_ASCII_ROOM;
	enum wp_err err = wp_token_writer_reserve(w, room);
	if (err)
		return err;
	struct wp_ascii_treebank ascii = {.words = {.keep_lines = w->keep_lines,
						  .lower = w->lower,
						  .fold = w->fold_digits,
						  .line_empty = w->line_empty,
						  .text = *p,
						  .end = s->end,
						  .out = w->bytes + w->length},
		.known = wp_abbreviations_known(s->tailoring->abbreviations),
		.stands_apart = stands_apart,
		.arg = s};
	kernel(&ascii);
	*p = ascii.words.text;
	w->length = (size_t)(ascii.words.out - w->bytes);
	w->line_empty = ascii.words.line_empty;
	w->tokens += ascii.words.tokens;
	w->lines += ascii.words.lines;
	return WP_OK;
}

/* Write the tokens of what stands at p up to white space, or pass over that. */
static enum wp_err write_chunk(const struct sentence *s, const char **p)
{
	if ((unsigned char)**p <= ' ')
		return *(*p)++ == '\n' ? wp_token_writer_end_line(s->writer) : WP_OK;
	bool plain;
	const char *begin = *p, *end = end_of_chunk(s, begin, &plain);
	*p = end;
	if (plain && s->english)
		return put_contraction(s, begin, (size_t)(end - begin));
	if (end > begin)
		return put_chunk(s, begin, end);
	wp_utf8_next(p); /* a separator beyond ASCII */
	return WP_OK;
}

enum wp_err wp_treebank_write(struct wp_treebank *treebank, const char *text, size_t n,
	struct wp_token_writer *writer)
{
	const struct wp_tailoring *tailoring = &treebank->tailoring;
	const struct wp_language *language = tailoring->language;
	struct sentence s = {.begin = text,
		.end = text + n,
		.tailoring = tailoring,
		.english = !language || strcmp(language->code, "en") == 0,
		.writer = writer};
	enum wp_err err = WP_OK;
	if (n > 0 && has_such_quotes(text, s.end)) {
		err = wp_grow(&treebank->text, &treebank->room, n, 1, "sentence");
		if (err)
			return err;
		s.begin = treebank->text;
		s.end = copy_plain_quotes(text, n, treebank->text);
	}
	wp_ascii_treebank_fn *kernel = s.english && !tailoring->web && !tailoring->dictionary &&
			tailoring->hyphens != WP_HYPHENS_SPLIT && tailoring->abbreviations &&
			!wp_token_writer_is_special(writer)
		? treebank->ascii
		: NULL;
	bool by_kernel = true;
	for (const char *p = s.begin; !err && p < s.end;) {
		if (kernel && by_kernel)
			err = write_ascii(&s, kernel, &p);
		else
			err = wp_token_writer_reserve(writer, 3 * (size_t)(s.end - p));
		if (!err && p < s.end)
			err = write_chunk(&s, &p);
		/* Text of other scripts is no work for the kernel. */
		by_kernel = p + 1 < s.end && (unsigned char)p[1] < 0x80;
	}
	return err;
}
