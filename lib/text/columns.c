#include "text/columns.h"

#include <inttypes.h>
#include <string.h>

/* Where the fields of a line are. */
struct fields {
	const char *line;
	size_t n;
	bool by_tabs; /* every tab parts two fields; otherwise any run of spaces does */
};

struct field {
	const char *text;
	size_t n;
};

void wp_columns_fini(struct wp_columns *c)
{
	wp_token_writer_fini(&c->words);
	wp_token_writer_fini(&c->tags);
}

static size_t skip_spaces(const struct fields *f, size_t at)
{
	while (at < f->n && f->line[at] == ' ')
		at++;
	return at;
}

/* The field that begins at *at, which moves to the next one; false where there is none. */
static bool next_field(const struct fields *f, size_t *at, struct field *field)
{
	if (*at > f->n || (!f->by_tabs && *at == f->n))
		return false;
	const char *from = f->line + *at,
		   *end = memchr(from, f->by_tabs ? '\t' : ' ', f->n - *at);
	*field = (struct field){from, end ? (size_t)(end - from) : f->n - *at};
	*at += field->n;
	*at = f->by_tabs ? *at + 1 : skip_spaces(f, *at);
	return true;
}

static bool get_field(const struct fields *f, int column, struct field *field)
{
	size_t begin = f->by_tabs ? 0 : skip_spaces(f, 0), at = begin;
	int number = 0;
	while (number != column && next_field(f, &at, field))
		number++;
	if (column > 0)
		return number == column;
	column += number + 1; /* now all are counted */
	return column > 0 && get_field(f, column, field);
}

/* WP_ECORRUPT for a line that has been cut, or is of another table. */
static enum wp_err check_even(struct wp_columns *c, const struct fields *f, uint64_t number)
{
	enum { CONLLU = 10 };
	struct field field;
	size_t fields = 0, at = f->by_tabs ? 0 : skip_spaces(f, 0);
	while (next_field(f, &at, &field))
		fields++;
	if (c->fields == 0)
		c->fields = c->conllu ? CONLLU : fields;
	if (fields == c->fields)
		return WP_OK;
	return wp_fail(WP_ECORRUPT,
		"%s: %zu column%s where %zu were expected (line %" PRIu64 ")",
		c->normalizer->name, fields, fields == 1 ? "" : "s", c->fields, number);
}

/* Put a field behind the others in `to`. */
static enum wp_err put_field(
	struct wp_columns *c, struct wp_token_writer *to, struct field field, uint64_t offset)
{
	enum wp_err err = wp_normalize(c->normalizer, &field.text, &field.n, offset);
	return err ? err : wp_token_writer_put(to, field.text, field.n);
}

/* In CoNLL-U the first field numbers the words: "8".  "8-9" is a token that is divided into
 * words, "8.1" a word that the sentence does not have. */
enum numbered { NOT_NUMBERED, WORD, NO_WORD };

static enum numbered numbered(const struct field *first)
{
	size_t digits[2] = {0}, part = 0;
	for (size_t i = 0; i < first->n; i++) {
		char c = first->text[i];
		if (c >= '0' && c <= '9')
			digits[part]++;
		else if ((c == '-' || c == '.') && part == 0)
			part = 1;
		else
			return NOT_NUMBERED;
	}
	if (digits[0] == 0 || (part == 1 && digits[1] == 0))
		return NOT_NUMBERED;
	return part == 0 ? WORD : NO_WORD;
}

static bool is_blank(const char *line, size_t n)
{
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	return n == 0;
}

enum wp_err wp_columns_read(
	struct wp_columns *c, const char *line, size_t n, uint64_t number, uint64_t offset)
{
	static const char document[] = "-DOCSTART-";
	struct fields f = {line, n, c->conllu || memchr(line, '\t', n)};
	struct field first, word, tag;
	if (is_blank(line, n))
		return wp_columns_end_sentence(c);
	if (!get_field(&f, 1, &first))
		first.n = 0;
	if (c->conllu && *line == '#')
		return WP_OK;
	enum numbered what = c->conllu ? numbered(&first) : WORD;
	if (what == NOT_NUMBERED)
		return wp_fail(WP_ECORRUPT, "%s: no CoNLL-U: %s (line %" PRIu64 ")%s",
			c->normalizer->name,
			first.n == n ? "a line without TABs"
				     : "a line that does not begin with a word's number",
			number,
			first.n == n ? "; fields are separated by TABs, not spaces" : "");
	if (first.n == strlen(document) && memcmp(first.text, document, first.n) == 0)
		return wp_columns_end_sentence(c);
	enum wp_err err = c->even ? check_even(c, &f, number) : WP_OK;
	if (err || what == NO_WORD)
		return err;
	if (!get_field(&f, c->word, &word))
		word.n = 0;
	if (c->tag && !get_field(&f, c->tag, &tag))
		tag.n = 0;
	if (word.n == 0 || (c->tag && tag.n == 0))
		return wp_fail(WP_ECORRUPT, "%s: no %s in column %d (line %" PRIu64 ")",
			c->normalizer->name, word.n ? "tag" : "word", word.n ? c->tag : c->word,
			number);
	if (c->even && c->tag && c->tag != c->word && tag.text == word.text)
		return wp_fail(WP_ECORRUPT,
			"%s: columns %d and %d are the same one, so there is no tag (line %" PRIu64
			")",
			c->normalizer->name, c->word, c->tag, number);
	err = put_field(c, &c->words, word, offset + (uint64_t)(word.text - line));
	return err || !c->tag
		? err
		: put_field(c, &c->tags, tag, offset + (uint64_t)(tag.text - line));
}

enum wp_err wp_columns_end_sentence(struct wp_columns *c)
{
	struct wp_token_writer *w = c->writer;
	if (c->words.tokens == 0)
		return WP_OK;
	enum wp_err err = WP_OK;
	if (c->tag)
		err = wp_token_writer_raw(w, c->tags.bytes, c->tags.length);
	if (!err && c->tag)
		err = wp_token_writer_raw(w, "\t", 1);
	if (!err)
		err = wp_token_writer_raw(w, c->words.bytes, c->words.length);
	w->tokens += c->words.tokens;
	w->line_empty = false;
	c->words.length = c->tags.length = 0;
	c->words.tokens = c->tags.tokens = 0;
	c->words.line_empty = c->tags.line_empty = true;
	return err ? err : wp_token_writer_end_line(w);
}
