#include "text/treebank.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"

void wp_treebank_fini(struct wp_treebank *treebank)
{
	free(treebank->text);
}

/* The sentence being worked on.  All functions take positions in it. */
struct sentence {
	const char *begin, *end;
	const char *full_stop; /* the one that ends it, or NULL */
	struct wp_token_writer *writer;
};

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

/* Copy with those marks replaced by ASCII ones, which are shorter; the end of the copy. */
static char *copy_plain_quotes(const char *text, size_t n, char *out)
{
	for (const char *end = text + n; text < end;) {
		if (end - text >= 3 && memcmp(text, "\xE2\x80", 2) == 0 &&
			(text[2] & '\xF8') == '\x98') {
			for (const char *q = ascii_quotes[text[2] & 7]; *q; q++)
				*out++ = *q;
			text += 3;
		} else {
			*out++ = *text++;
		}
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
	size_t cut = 0;
	for (size_t i = 0; i < sizeof contractions / sizeof contractions[0]; i++)
		if (is_word(word, n, contractions[i].word))
			cut = contractions[i].cut;
	enum wp_err err = cut ? wp_token_writer_put(s->writer, word, cut) : WP_OK;
	return err ? err : wp_token_writer_put(s->writer, word + cut, n - cut);
}

/* The clitics at its end are tokens of their own: would|n't|'ve. */
static enum wp_err put_with_clitics(const struct sentence *s, const char *word, size_t n)
{
	size_t clitic = clitic_at_end(word, n);
	if (!clitic)
		return put_contraction(s, word, n);
	enum wp_err err = put_with_clitics(s, word, n - clitic);
	return err ? err : wp_token_writer_put(s->writer, word + n - clitic, clitic);
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

/* Write what stands between two places, with single quotation marks round it parted off. */
static enum wp_err put_word(const struct sentence *s, const char *word, const char *end)
{
	size_t n = (size_t)(end - word);
	enum wp_err err = WP_OK;
	if (n > 1 && (*word == '`' || (*word == '\'' && !is_elision(word, n)))) {
		err = wp_token_writer_put(s->writer, "`", 1);
		word++;
		n--;
	}
	bool quoted = n > 1 && word[n - 1] == '\'';
	n -= quoted;
	if (!err && n > 0)
		err = put_with_clitics(s, word, n);
	if (!err && quoted)
		err = wp_token_writer_put(s->writer, "'", 1);
	return err;
}

/* --- punctuation ------------------------------------------------------------------------ */

/* Does a quotation mark at p open, so that `` is meant? */
static bool is_opening(const struct sentence *s, const char *p)
{
	if (p == s->begin || is_one_of(p[-1], "([{<`-"))
		return true;
	const char *before = p - 1;
	while (before > s->begin && ((unsigned char)*before & 0xC0) == 0x80)
		before--;
	return is_separator(wp_utf8_next(&before));
}

static bool is_between_digits(const struct sentence *s, const char *p, size_t n)
{
	return p > s->begin && is_digit(p[-1]) && p + n < s->end && is_digit(p[n]);
}

/* How often the character at p is repeated there, p included; most at most. */
static size_t run_length(const struct sentence *s, const char *p, size_t most)
{
	size_t n = 1;
	while (n < most && p + n < s->end && p[n] == *p)
		n++;
	return n;
}

/* Is this character beyond ASCII a mark that stands apart wherever it is? */
static bool is_mark(uint32_t c)
{
	static const uint32_t marks[] = {
		0xA1, 0xBF,                 /* inverted ! and ?          */
		0xA2, 0xA3, 0xA5, 0x20AC,   /* cent, pound, yen, euro    */
		0xAB, 0xBB, 0x2039, 0x203A, /* angle quotation marks     */
		0x2014, 0x2015, 0x2026,     /* em dash, bar, ellipsis    */
	};
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (c == marks[i])
			return true;
	return false;
}

/* The bytes of the punctuation mark at p that stands apart; 0 if it belongs to a word. */
static size_t punctuation_at(const struct sentence *s, const char *p)
{
	enum { EN_DASH = 0x2013 };
	const char *next = p;
	uint32_t c = wp_utf8_next(&next);
	size_t n = (size_t)(next - p);
	size_t run = run_length(s, p, c == '-' || c == '.' ? SIZE_MAX : 2);
	if (c == ',' || c == ':' || c == EN_DASH)
		return is_between_digits(s, p, n) ? 0 : n;
	if (c == '-')
		return run > 1 ? run : 0;
	if (c == '.')
		return run > 2 ? run : p == s->full_stop;
	if (c == '\'' || c == '`')
		return run > 1 ? 2 : 0;
	return is_one_of(*p, "[](){}<>;@#$%&?!\"") || is_mark(c) ? n : 0;
}

static enum wp_err put_punctuation(const struct sentence *s, const char *p, size_t n)
{
	bool quotes = *p == '"' || (*p == '\'' && n == 2);
	if (quotes)
		return wp_token_writer_put(s->writer, is_opening(s, p) ? "``" : "''", 2);
	return wp_token_writer_put(s->writer, p, n);
}

/* The full stop that ends the sentence: nothing but closing marks and white space follows. */
static const char *find_full_stop(const char *begin, const char *end)
{
	while (end > begin) {
		const char *last = end - 1;
		while (last > begin && ((unsigned char)*last & 0xC0) == 0x80)
			last--;
		const char *next = last;
		uint32_t c = wp_utf8_next(&next);
		if (c == '.')
			return last > begin && last[-1] == '.' ? NULL : last;
		if (!is_separator(c) && !(c < 0x80 && is_one_of((char)c, "])}>\"'")))
			return NULL;
		end = last;
	}
	return NULL;
}

enum wp_err wp_treebank_write(struct wp_treebank *treebank, const char *sentence, size_t n,
	struct wp_token_writer *writer)
{
	enum wp_err err = wp_grow(&treebank->text, &treebank->room, n, 1, "sentence");
	if (err)
		return err;
	struct sentence s = {.begin = treebank->text, .writer = writer};
	s.end = copy_plain_quotes(sentence, n, treebank->text);
	s.full_stop = find_full_stop(s.begin, s.end);

	const char *word = s.begin;
	for (const char *p = s.begin; !err && p < s.end;) {
		if (lower(*p) >= 'a' && lower(*p) <= 'z') {
			p++;
			continue;
		}
		const char *next = p;
		bool separator = is_separator(wp_utf8_next(&next));
		size_t mark = separator ? 0 : punctuation_at(&s, p);
		if (mark)
			next = p + mark;
		if (separator || mark) {
			err = put_word(&s, word, p);
			if (!err && mark)
				err = put_punctuation(&s, p, mark);
			word = next;
		}
		p = next;
	}
	return err ? err : put_word(&s, word, s.end);
}
