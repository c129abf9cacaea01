#include "text/tokenize.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/columns.h"
#include "text/paragraphs.h"
#include "text/punkt.h"
#include "text/token_writer.h"
#include "text/treebank.h"
#include "text/web.h"
#include "text/words.h"

struct wp_tokenizer {
	struct wp_tokenizer_options options;
	bool by_line;  /* text is cut at the ends of lines, not at any white space */
	bool by_block; /* lines need not be looked at one by one                   */
	bool newlines; /* LF is a token                                  */

	struct wp_normalizer normalizer;
	struct wp_words words;
	struct wp_paragraphs paragraphs;
	struct wp_abbreviations *abbreviations;
	struct wp_punkt *punkt;
	struct wp_dictionary *dictionary;
	struct wp_dictionary_run run;
	struct wp_treebank treebank;
	struct wp_columns columns;
	struct wp_token_writer writer;

	char *pending; /* input that waits for the end of its line or word */
	size_t pending_length, pending_room, pending_looked_at;
	uint64_t offset; /* bytes of this input dealt with                */
	uint64_t line;   /* lines of this input dealt with, where by_line */
	bool in_line;    /* the beginning of a long line was dealt with   */
	bool marked;     /* ... and SENTENCE_START was written            */
	bool line_open;  /* the last byte dealt with was no LF            */
	uint64_t bytes_read;
};

/* --- options ---------------------------------------------------------------------------- */

struct wp_tokenizer_options wp_tokenizer_options_default(void)
{
	return (struct wp_tokenizer_options){.unit = WP_TOKENS_WORDS};
}

enum wp_err wp_tokenizer_options_check(const struct wp_tokenizer_options *o)
{
	if (o->unit == WP_TOKENS_BYTES &&
		(o->form != WP_FORM_AS_IS || o->lower || o->fold_case || o->strip_accents ||
			o->fold_digits || o->sentences || o->strict))
		return wp_fail(WP_EINVAL,
			"\1bytes takes the bytes as they are: it does not go with \1nfc, \1nfkc, "
			"\1lower, \1fold-case, \1strip-accents, \1fold-digits, \1sentences or \1strict");
	if (o->sentences && o->keep_lines)
		return wp_fail(WP_EINVAL,
			"\1sentences makes lines, so it does not go with \1keep-lines");
	if (o->sentences && o->labels)
		return wp_fail(WP_EINVAL,
			"\1sentences makes lines, but a label is about a whole one: it does not "
			"go with \1labels");
	if (o->language && !wp_language_find(o->language))
		return wp_fail(WP_EINVAL, "\1language %s: no such language; there are %s",
			o->language, wp_language_codes());
	if (o->web && o->unit != WP_TOKENS_WORDS && o->unit != WP_TOKENS_TREEBANK)
		return wp_fail(WP_EINVAL,
			"\1web is about words: it does not go with \1space, \1chars, "
			"\1code-points or \1bytes");
	if (o->hyphens && o->unit != WP_TOKENS_WORDS && o->unit != WP_TOKENS_TREEBANK)
		return wp_fail(WP_EINVAL,
			"\1hyphens is about words: it does not go with \1space, \1chars, "
			"\1code-points or \1bytes");
	if (o->dictionary && o->unit != WP_TOKENS_WORDS && o->unit != WP_TOKENS_TREEBANK)
		return wp_fail(WP_EINVAL,
			"\1dictionary is about words: it does not go with \1space, \1chars, "
			"\1code-points or \1bytes");
	if (o->learn && !o->sentences && o->unit != WP_TOKENS_TREEBANK && !o->language)
		return wp_fail(WP_EINVAL,
			"\1learn-abbreviations is about full stops: it needs \1sentences, "
			"\1treebank or \1language");
	if (o->abbreviations && !o->sentences && o->unit != WP_TOKENS_TREEBANK && !o->language)
		return wp_fail(WP_EINVAL,
			"\1abbreviations is about full stops: it needs \1sentences, \1treebank or "
			"\1language");
	if (o->word_column &&
		(o->web || o->learn || o->dictionary || o->hyphens || o->language ||
			o->abbreviations))
		return wp_fail(WP_EINVAL,
			"\1columns has words as they are: it does not go with \1web, \1language or "
			"\1abbreviations");
	if (!o->word_column && !o->tag_column)
		return WP_OK;
	if (!o->word_column)
		return wp_fail(WP_EINVAL, "\1columns: fields are counted from 1, or from -1");
	if (o->unit != WP_TOKENS_WORDS || o->sentences || o->labels || o->keep_lines)
		return wp_fail(WP_EINVAL,
			"\1columns has words and sentences as they are: it does not go with "
			"\1treebank, \1space, \1chars, \1code-points, \1bytes, \1sentences, "
			"\1labels or \1keep-lines");
	if (o->markers)
		return wp_fail(WP_EINVAL,
			"\1columns: a tag for each token, but markers have none: it does not "
			"go with \1markers");
	return WP_OK;
}

bool wp_tokenizer_newlines(const struct wp_tokenizer_options *o)
{
	bool characters = o->unit == WP_TOKENS_CHARS || o->unit == WP_TOKENS_CODE_POINTS ||
		o->unit == WP_TOKENS_BYTES;
	return characters && !o->markers && !o->labels && !o->sentences && !o->no_newlines;
}

/* --- characters and bytes --------------------------------------------------------------- */

static bool is_printing_ascii(utf8proc_int32_t c)
{
	return c >= ' ' && c < 0x7F;
}

/* The end of the printing ASCII at p. */
static const char *skip_printing(const char *p, const char *end)
{
	while (p < end && is_printing_ascii((unsigned char)*p))
		p++;
	return p;
}

/* Between two characters of printing ASCII there is always a boundary. */
static enum wp_err write_chars(struct wp_token_writer *w, const char *text, size_t n)
{
	const char *end = text + n, *cluster = text;
	utf8proc_int32_t last = 0, state = 0;
	enum wp_err err = WP_OK;
	for (const char *p = text; !err && p < end;) {
		const char *at = p;
		utf8proc_int32_t c = (utf8proc_int32_t)wp_utf8_next(&p);
		if (at > text && utf8proc_grapheme_break_stateful(last, c, &state)) {
			err = wp_token_writer_put(w, cluster, (size_t)(at - cluster));
			cluster = at;
		}
		last = c;
		if (!is_printing_ascii(c))
			continue;
		p = skip_printing(p, end);
		if (!err && p - at > 1) {
			err = wp_token_writer_put(w, cluster, (size_t)(at + 1 - cluster));
			cluster = p - 1;
			if (!err)
				err = wp_token_writer_put_ascii(
					w, at + 1, (size_t)(cluster - at - 1));
			last = (unsigned char)*cluster;
			state = 0; /* as if the text began here */
		}
	}
	if (!err && n > 0)
		err = wp_token_writer_put(w, cluster, (size_t)(end - cluster));
	return err;
}

/* Write each code point, or each byte, as a token. */
static enum wp_err write_units(
	struct wp_token_writer *w, const char *text, size_t n, bool bytes)
{
	enum wp_err err = WP_OK;
	for (const char *end = text + n; !err && text < end;) {
		const char *from = text;
		if (bytes)
			text++;
		else
			wp_utf8_next(&text);
		err = wp_token_writer_put(w, from, (size_t)(text - from));
		from = text;
		text = skip_printing(text, end);
		if (!err && text > from)
			err = wp_token_writer_put_ascii(w, from, (size_t)(text - from));
	}
	return err;
}

/* --- lines ------------------------------------------------------------------------------ */

static enum wp_err write_tokens(struct wp_tokenizer *t, const char *text, size_t n)
{
	switch (t->options.unit) {
	case WP_TOKENS_WORDS:
	case WP_TOKENS_SPACE:
		return wp_words_write(&t->words, text, n, t->offset);
	case WP_TOKENS_TREEBANK:
		return wp_treebank_write(&t->treebank, text, n, &t->writer);
	case WP_TOKENS_CHARS:
		return write_chars(&t->writer, text, n);
	case WP_TOKENS_CODE_POINTS:
		return write_units(&t->writer, text, n, false);
	case WP_TOKENS_BYTES:
		return write_units(&t->writer, text, n, true);
	}
	return wp_fail(WP_EINVAL, "tokenizer: no such unit of tokens");
}

/* Write the tokens of a line, sentence or part of a line between the markers, if it has tokens;
 * the last part has the second marker. */
static enum wp_err write_marked(struct wp_tokenizer *t, const char *text, size_t n, bool last)
{
	static const char start[] = WP_SENTENCE_START, end[] = " " WP_SENTENCE_END;
	struct wp_token_writer *w = &t->writer;
	size_t before = w->length;
	uint64_t tokens = w->tokens;
	bool was_marked = t->marked;
	enum wp_err err = WP_OK;
	if (!was_marked) {
		err = wp_token_writer_raw(w, start, sizeof start - 1);
		w->line_empty = false;
	}
	if (!err)
		err = write_tokens(t, text, n);
	if (err)
		return err;
	t->marked = was_marked || w->tokens > tokens;
	if (!t->marked) {
		w->length = before;
		w->line_empty = true;
	} else if (last) {
		t->marked = false;
		return wp_token_writer_raw(w, end, sizeof end - 1);
	}
	return WP_OK;
}

/* Write what becomes a line of output, but for its end. */
static enum wp_err write_line(struct wp_tokenizer *t, const char *text, size_t n)
{
	return t->options.markers ? write_marked(t, text, n, true) : write_tokens(t, text, n);
}

/* Pass the label on with its TAB; *label becomes the bytes of both. */
static enum wp_err write_label(
	struct wp_tokenizer *t, const char *line, size_t n, size_t *label)
{
	const char *tab = memchr(line, '\t', n);
	if (!tab)
		return wp_fail(WP_ECORRUPT,
			"%s: no TAB between a label and its text (line %" PRIu64 ")",
			t->normalizer.name, t->line);
	*label = (size_t)(tab + 1 - line);
	return wp_token_writer_raw(&t->writer, line, *label);
}

/* Deal with a line of input, or with a part of a long one. */
static enum wp_err read_part(struct wp_tokenizer *t, const char *line, size_t n, bool last)
{
	const struct wp_tokenizer_options *o = &t->options;
	enum wp_err err = WP_OK;
	size_t label = 0;
	if (!t->in_line) {
		t->line++;
		if (o->labels && n > 0)
			err = write_label(t, line, n, &label);
	}
	line += label;
	n -= label;
	if (!err && o->unit != WP_TOKENS_BYTES)
		err = wp_normalize(&t->normalizer, &line, &n, t->offset + label);
	if (!err)
		err = o->markers ? write_marked(t, line, n, last) : write_tokens(t, line, n);
	if (label > 0)
		t->writer.line_empty = false; /* a label is worth a line, also without text */
	t->in_line = !last;
	return err;
}

/* Deal with one line of input, or the last part of one, given without the LF that ended it, if
 * one did. */
static enum wp_err read_line(struct wp_tokenizer *t, const char *line, size_t n, bool ended)
{
	const struct wp_tokenizer_options *o = &t->options;
	if (ended && n > 0 && line[n - 1] == '\r' && o->unit != WP_TOKENS_BYTES)
		n--;
	if (o->word_column)
		return wp_columns_read(&t->columns, line, n, ++t->line, t->offset);
	enum wp_err err = read_part(t, line, n, true);
	if (!err && t->newlines && ended)
		err = wp_token_writer_put(&t->writer, "\n", 1);
	return err ? err : wp_token_writer_end_line(&t->writer);
}

/* --- blocks ----------------------------------------------------------------------------- */

/* Where the input may be cut: behind LF, or behind any ASCII white space where words are all
 * that counts. */
static bool is_cut(const struct wp_tokenizer *t, char c)
{
	return t->by_line ? c == '\n' : (unsigned char)c <= ' ';
}

static size_t first_cut(const struct wp_tokenizer *t, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_cut(t, bytes[i]))
			return i + 1;
	return 0;
}

static size_t last_cut(const struct wp_tokenizer *t, const char *bytes, size_t n)
{
	while (n > 0 && !is_cut(t, bytes[n - 1]))
		n--;
	return n;
}

/* Pass over a byte order mark at the beginning of a text. */
static void skip_mark(
	const struct wp_tokenizer *t, uint64_t offset, const char **text, size_t *n)
{
	static const char byte_order_mark[] = "\xEF\xBB\xBF";
	if (offset == 0 && *n >= 3 && memcmp(*text, byte_order_mark, 3) == 0 &&
		t->options.unit != WP_TOKENS_BYTES) {
		*text += 3;
		*n -= 3;
	}
}

/* Write the tokens of raw text of one or more lines. */
static enum wp_err write_block(struct wp_tokenizer *t, const char *text, size_t n)
{
	if (t->options.unit != WP_TOKENS_TREEBANK)
		return wp_words_write(&t->words, text, n, t->offset);
	enum wp_err err = wp_normalize(&t->normalizer, &text, &n, t->offset);
	return err ? err : wp_treebank_write(&t->treebank, text, n, &t->writer);
}

/* Deal with text that ends at a cut, or with the input. */
static enum wp_err process(struct wp_tokenizer *t, const char *text, size_t n)
{
	size_t whole_text = n;
	skip_mark(t, t->offset, &text, &n);
	t->offset += whole_text - n;
	enum wp_err err = WP_OK;
	if (t->by_block && n > 0) {
		err = write_block(t, text, n);
		t->offset += n;
		t->line_open = text[n - 1] != '\n';
		return err;
	}
	while (!err && n > 0) {
		const char *newline = memchr(text, '\n', n);
		size_t length = newline ? (size_t)(newline - text) : n;
		size_t whole = length + (newline != NULL);
		err = read_line(t, text, length, newline != NULL);
		t->offset += whole;
		text += whole;
		n -= whole;
	}
	return err;
}

/* --- sentences -------------------------------------------------------------------------- */

/* Bytes of text dealt with at a time, so that they stay in the cache, and how many may wait for
 * white space. */
enum { PIECE = 1 << 16, LONGEST_WAIT = 1 << 12 };

/* How much of raw text can be made clean without what follows: up to white space; in long text
 * without any, up to a character that neither composes with others nor joins them. */
static size_t clean_cut(const char *text, size_t n)
{
	size_t cut = n;
	while (cut > 0 && (unsigned char)text[cut - 1] > ' ')
		cut--;
	if (cut > 0 || n < LONGEST_WAIT)
		return cut;
	bool free = false; /* the character behind can begin a text */
	for (cut = n; cut > 0; cut--) {
		const char *at = text + cut - 1;
		if (((unsigned char)*at & 0xC0) == 0x80)
			continue;
		struct wp_decoded c = wp_utf8_decode(at, text + n);
		unsigned flags = wp_char(c.code_point).flags;
		bool unseen = flags & (WP_CHAR_HIDDEN | WP_CHAR_JOINER);
		if (free && !unseen)
			return (size_t)(at - text) + c.length;
		free = c.valid && flags & WP_CHAR_NFKC_INERT && !unseen;
	}
	return n < WP_LONGEST_SENTENCE ? 0 : n;
}

static enum wp_err write_sentences(struct wp_tokenizer *t)
{
	struct wp_paragraphs *p = &t->paragraphs;
	const char *line = p->lines, *end = p->lines + p->length;
	enum wp_err err = WP_OK;
	if (t->by_block)
		err = write_tokens(t, line, p->length);
	while (!t->by_block && !err && line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		err = write_line(t, line, (size_t)(newline - line));
		if (!err)
			err = wp_token_writer_end_line(&t->writer);
		line = newline + 1;
	}
	p->length = 0;
	return err;
}

/* Deal with raw text that can be made clean. */
static enum wp_err read_paragraphs(
	struct wp_tokenizer *t, const char *text, size_t n, bool last)
{
	uint64_t offset = t->offset;
	t->offset += n;
	skip_mark(t, offset, &text, &n);
	enum wp_err err = wp_normalize(&t->normalizer, &text, &n, t->offset - n);
	if (!err)
		err = wp_paragraphs_add(&t->paragraphs, text, n, last);
	return err ? err : write_sentences(t);
}

static enum wp_err set_aside(struct wp_tokenizer *t, const char *bytes, size_t n)
{
	enum wp_err err = wp_grow(
		&t->pending, &t->pending_room, t->pending_length + n, 1, "line of text");
	if (!err && n > 0) {
		memcpy(t->pending + t->pending_length, bytes, n);
		t->pending_length += n;
	}
	return err;
}

static enum wp_err process_pending(struct wp_tokenizer *t)
{
	size_t n = t->pending_length;
	t->pending_length = t->pending_looked_at = 0;
	return process(t, t->pending, n);
}

/* Bytes of a line that is held whole, unless the options say another number. */
enum { LONGEST_LINE = 256 << 20 };

/* A line that is longer than this is dealt with in parts, where that is possible. */
enum { LONG_LINE = 1 << 20 };

static bool is_ideograph(const char *text, size_t n)
{
	struct wp_decoded c = {0};
	if (n >= 3 && (unsigned char)*text >= 0xE3 && (unsigned char)*text <= 0xE9)
		c = wp_utf8_decode(text, text + n);
	return c.code_point >= 0x3400 && c.code_point <= 0x9FFF;
}

/* Where a line of which so much has come may be cut without a trace; 0: nowhere. */
static size_t part_cut(const struct wp_tokenizer *t, const char *line, size_t n)
{
	const unsigned char *p = (const unsigned char *)line;
	size_t cut = n - 1; /* what follows the last character is not known yet */
	if (!t->in_line && t->options.labels && !memchr(line, '\t', n))
		return 0;
	switch (t->options.unit) {
	case WP_TOKENS_BYTES:
		return n;
	case WP_TOKENS_WORDS:
	case WP_TOKENS_SPACE:
		while (cut > 0 && p[cut - 1] > ' ')
			cut--;
		return t->options.word_column || t->options.language ? 0 : cut;
	case WP_TOKENS_CHARS:
	case WP_TOKENS_CODE_POINTS:
		/* Two such characters neither compose nor make one grapheme cluster. */
		for (; cut > 0; cut--)
			if (p[cut] < 0x80 && p[cut - 1] < 0x80 && p[cut - 1] != '\r')
				return cut;
			else if (cut >= 3 && is_ideograph(line + cut, n - cut) &&
				is_ideograph(line + cut - 3, 3))
				return cut;
		return 0;
	case WP_TOKENS_TREEBANK:
		break;
	}
	return 0;
}

/* Keep no more of a long line than has to be. */
static enum wp_err shorten_pending(struct wp_tokenizer *t)
{
	size_t n = t->pending_length, cut = 0;
	if (n < LONG_LINE)
		return WP_OK;
	if (t->by_line && n >= t->pending_looked_at + t->pending_looked_at / 2)
		cut = part_cut(t, t->pending, n);
	if (cut == 0 && n > t->options.longest)
		return wp_fail(WP_ELIMIT,
			"%s: a line, or text without white space, of more than %zu MiB, which "
			"would have to be in memory (byte %" PRIu64 ")",
			t->normalizer.name, t->options.longest >> 20, t->offset);
	if (cut == 0) {
		if (n >= t->pending_looked_at + t->pending_looked_at / 2)
			t->pending_looked_at = n; /* not all of it again and again */
		return WP_OK;
	}
	t->pending_looked_at = 0;
	const char *text = t->pending;
	size_t length = cut;
	skip_mark(t, t->offset, &text, &length);
	t->offset += cut - length;
	enum wp_err err = read_part(t, text, length, false);
	t->offset += length;
	t->pending_length = n - cut;
	memmove(t->pending, t->pending + cut, n - cut);
	return err;
}

static enum wp_err feed_paragraphs(struct wp_tokenizer *t, const char *bytes, size_t n)
{
	enum wp_err err = WP_OK;
	while (!err && n > 0) {
		size_t piece = n < PIECE ? n : PIECE, cut;
		if (t->pending_length > 0) {
			piece = piece < LONGEST_WAIT ? piece : LONGEST_WAIT;
			err = set_aside(t, bytes, piece);
			cut = clean_cut(t->pending, t->pending_length);
			if (!err && cut > 0)
				err = read_paragraphs(t, t->pending, cut, false);
			t->pending_length -= cut;
			memmove(t->pending, t->pending + cut, t->pending_length);
		} else {
			cut = clean_cut(bytes, piece);
			if (cut > 0)
				err = read_paragraphs(t, bytes, cut, false);
			if (!err)
				err = set_aside(t, bytes + cut, piece - cut);
		}
		bytes += piece;
		n -= piece;
	}
	return err;
}

enum wp_err wp_tokenizer_feed(struct wp_tokenizer *t, const char *bytes, size_t n)
{
	enum wp_err err = WP_OK;
	t->bytes_read += n;
	if (t->options.sentences)
		return feed_paragraphs(t, bytes, n);
	if (t->pending_length > 0) {
		size_t cut = first_cut(t, bytes, n);
		err = set_aside(t, bytes, cut ? cut : n);
		if (err || cut == 0)
			return err ? err : shorten_pending(t);
		err = process_pending(t);
		bytes += cut;
		n -= cut;
	}
	size_t cut = last_cut(t, bytes, n);
	if (!err)
		err = process(t, bytes, cut);
	if (!err)
		err = set_aside(t, bytes + cut, n - cut);
	return err ? err : shorten_pending(t);
}

enum wp_err wp_tokenizer_end_input(struct wp_tokenizer *t)
{
	enum wp_err err;
	if (t->options.sentences) {
		err = read_paragraphs(t, t->pending, t->pending_length, true);
		t->pending_length = 0;
	} else {
		err = process_pending(t);
		if (!err && t->in_line)
			err = read_line(t, "", 0, false);
	}
	if (!err && t->options.word_column)
		err = wp_columns_end_sentence(&t->columns);
	if (!err && t->line_open)
		err = wp_token_writer_end_line(&t->writer);
	t->offset = t->line = 0;
	t->line_open = false;
	return err;
}

/* --- life ------------------------------------------------------------------------------- */

static bool has_dotless_i(const struct wp_tokenizer_options *o)
{
	const struct wp_language *language = o->language ? wp_language_find(o->language) : NULL;
	return language && language->traits & WP_LANGUAGE_DOTLESS_I &&
		(o->lower || o->fold_case);
}

/* The dictionary that was asked for; in a language without spaces ICU's, if there is one. */
static enum wp_err open_dictionary(struct wp_tokenizer *t, const struct wp_language *language)
{
	const struct wp_tokenizer_options *o = &t->options;
	bool words = o->unit == WP_TOKENS_WORDS || o->unit == WP_TOKENS_TREEBANK;
	bool icu = o->dictionary && strcmp(o->dictionary, "icu") == 0;
	if (o->dictionary && !icu)
		return wp_dictionary_read(&t->dictionary, o->dictionary);
	if (!icu &&
		!(words && language && language->traits & WP_LANGUAGE_NO_SPACES &&
			wp_icu_version()))
		return WP_OK;
	enum wp_err err = wp_dictionary_icu(&t->dictionary, language ? language->code : "");
	return err == WP_EIO && !icu ? WP_OK
				     : err; /* it cannot be loaded: as if built without */
}

/* What depends on the language: English, where none is given. */
static enum wp_err set_up_language(struct wp_tokenizer *t)
{
	const struct wp_tokenizer_options *o = &t->options;
	const struct wp_language *language = o->language ? wp_language_find(o->language) : NULL;
	enum wp_err err = wp_abbreviations_create(
		&t->abbreviations, language ? language : wp_language_find("en"));
	if (!err && o->abbreviations)
		err = wp_abbreviations_read(t->abbreviations, o->abbreviations);
	if (!err && o->learn)
		err = wp_punkt_create(&t->punkt);
	if (!err)
		err = open_dictionary(t, language);
	t->paragraphs.rules = (struct wp_sentence_rules){.tailored = true,
		.chat = o->web || o->learn,
		.language = language,
		.abbreviations = t->abbreviations};
	t->paragraphs.find_stops = wp_ascii_stops_for(wp_cpu_isa());
	t->treebank.tailoring = (struct wp_tailoring){.web = o->web,
		.numbers = o->unit == WP_TOKENS_TREEBANK,
		.hyphens = o->hyphens,
		.language = language,
		.abbreviations = t->abbreviations,
		.dictionary = t->dictionary,
		.run = t->dictionary ? &t->run : NULL};
	if (o->unit == WP_TOKENS_WORDS)
		t->words.tailoring = t->treebank.tailoring;
	return err;
}

enum wp_err wp_tokenizer_create(
	struct wp_tokenizer **tokenizer, const struct wp_tokenizer_options *options)
{
	*tokenizer = NULL;
	enum wp_err err = wp_tokenizer_options_check(options);
	if (!err)
		err = wp_alloc(tokenizer, 1, sizeof **tokenizer, "tokenizer");
	if (err)
		return err;
	struct wp_tokenizer *t = *tokenizer;
	bool words = options->unit == WP_TOKENS_WORDS || options->unit == WP_TOKENS_SPACE;
	t->options = *options;
	if (t->options.longest == 0)
		t->options.longest = LONGEST_LINE;
	t->by_block = (words || options->unit == WP_TOKENS_TREEBANK) && !options->markers &&
		!options->labels && !options->word_column;
	/* The full stops of abbreviations depend on what follows in their line. */
	t->by_line = !t->by_block || options->unit == WP_TOKENS_TREEBANK ||
		(options->unit == WP_TOKENS_WORDS && options->language);
	t->newlines = wp_tokenizer_newlines(options);
	t->normalizer = (struct wp_normalizer){.form = options->form,
		.strict = options->strict,
		.visible_only =
			(words || options->unit == WP_TOKENS_TREEBANK) && !options->word_column,
		.name = "text"};
	t->writer = (struct wp_token_writer){.lower = options->lower,
		.fold_digits = options->fold_digits,
		.fold_case = options->fold_case,
		.strip_accents = options->strip_accents,
		.dotless_i = has_dotless_i(options),
		.keep_lines = options->keep_lines,
		.line_empty = true};
	t->columns = (struct wp_columns){.word = options->word_column,
		.tag = options->tag_column,
		.conllu = options->conllu,
		.even = options->even_columns,
		.normalizer = &t->normalizer,
		.words = t->writer,
		.writer = &t->writer,
		.tags = {.line_empty = true}};
	t->words = (struct wp_words){.whole = options->unit == WP_TOKENS_SPACE,
		.ascii = wp_ascii_words_for(wp_cpu_isa()),
		.find = wp_ascii_find_for(wp_cpu_isa()),
		.normalizer = &t->normalizer,
		.writer = &t->writer};
	t->treebank.ascii = wp_ascii_treebank_for(wp_cpu_isa());
	err = set_up_language(t);
	if (err) {
		wp_tokenizer_free(t);
		*tokenizer = NULL;
	}
	return err;
}

void wp_tokenizer_free(struct wp_tokenizer *t)
{
	if (!t)
		return;
	wp_normalizer_fini(&t->normalizer);
	wp_paragraphs_fini(&t->paragraphs);
	wp_abbreviations_free(t->abbreviations);
	wp_punkt_free(t->punkt);
	wp_dictionary_free(t->dictionary);
	free(t->run.cuts);
	wp_treebank_fini(&t->treebank);
	wp_columns_fini(&t->columns);
	wp_token_writer_fini(&t->writer);
	free(t->pending);
	free(t);
}

enum wp_err wp_tokenizer_learn(struct wp_tokenizer *t, const char *bytes, size_t n)
{
	return wp_punkt_feed(t->punkt, bytes, n);
}

enum wp_err wp_tokenizer_learnt(struct wp_tokenizer *t, size_t *learnt)
{
	enum wp_err err = wp_punkt_learn(t->punkt, t->abbreviations, learnt);
	wp_punkt_free(t->punkt);
	t->punkt = NULL;
	return err;
}

void wp_tokenizer_name(struct wp_tokenizer *t, const char *name)
{
	t->normalizer.name = name;
}

const char *wp_tokenizer_output(const struct wp_tokenizer *t, size_t *length)
{
	*length = t->writer.length;
	return t->writer.bytes;
}

void wp_tokenizer_drain(struct wp_tokenizer *t)
{
	t->writer.length = 0;
}

struct wp_tokenizer_counts wp_tokenizer_counts(const struct wp_tokenizer *t)
{
	return (struct wp_tokenizer_counts){.bytes_read = t->bytes_read,
		.tokens = t->writer.tokens,
		.lines = t->writer.lines,
		.no_spaces = t->words.no_spaces,
		.invalid = t->normalizer.invalid};
}
