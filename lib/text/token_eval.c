#include "text/token_eval.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/lines.h"
#include "text/token_text.h"
#include "text/utf8.h"

/* Ends of spans that follow each other, as numbers of characters from the begin of the text. */
struct ends {
	size_t *at;
	size_t count, room;
};

struct wp_gold {
	/* The text as it is, with LF behind paragraphs; and its characters without white space
	 * and without those that cannot be seen. */
	char *text;
	size_t length, text_room;
	uint32_t *characters;
	size_t count, room;
	struct ends tokens, sentences;
};

static enum wp_err add_end(struct ends *ends, size_t at)
{
	if ((ends->count > 0 && ends->at[ends->count - 1] == at) || at == 0)
		return WP_OK; /* of nothing */
	enum wp_err err =
		wp_grow(&ends->at, &ends->room, ends->count + 1, sizeof *ends->at, "treebank");
	if (!err)
		ends->at[ends->count++] = at;
	return err;
}

static bool is_counted(uint32_t c)
{
	return !(wp_char(c).flags & (WP_CHAR_SEPARATOR | WP_CHAR_HIDDEN | WP_CHAR_JOINER));
}

/* --- the treebank ----------------------------------------------------------------------- */

static enum wp_err add_text(struct wp_gold *g, const char *text, size_t n)
{
	enum wp_err err = wp_grow(&g->text, &g->text_room, g->length + n, 1, "treebank");
	if (!err) {
		memcpy(g->text + g->length, text, n);
		g->length += n;
	}
	return err;
}

/* End the line of text, if there is something in it. */
static enum wp_err end_paragraph(struct wp_gold *g)
{
	while (g->length > 0 && g->text[g->length - 1] == ' ')
		g->length--;
	if (g->length == 0 || g->text[g->length - 1] == '\n')
		return WP_OK;
	return add_text(g, "\n", 1);
}

static enum wp_err add_token(struct wp_gold *g, const char *form, size_t n, bool space)
{
	enum wp_err err = add_text(g, form, n);
	for (const char *p = form, *end = form + n; !err && p < end;) {
		struct wp_decoded c = wp_utf8_decode(p, end);
		p += c.length;
		if (!is_counted(c.code_point))
			continue;
		err = wp_grow(&g->characters, &g->room, g->count + 1, sizeof *g->characters,
			"treebank");
		if (!err)
			g->characters[g->count++] = c.code_point;
	}
	if (!err)
		err = add_end(&g->tokens, g->count);
	return err || !space ? err : add_text(g, " ", 1);
}

struct field {
	const char *text;
	size_t n;
};

/* The ten fields of a line; false where there are not ten. */
static bool read_fields(const char *line, size_t n, struct field fields[10])
{
	const char *end = line + n;
	for (int i = 0; i < 10; i++) {
		const char *tab = memchr(line, '\t', (size_t)(end - line));
		if ((i < 9) != (tab != NULL))
			return false;
		const char *stop = i < 9 ? tab : end;
		fields[i] = (struct field){line, (size_t)(stop - line)};
		line = stop + 1;
	}
	return true;
}

/* What the first field numbers: a word, several in a token, or one that the text lacks. */
enum id { BAD_ID, WORD, RANGE, EMPTY };

static enum id read_id(struct field id, uint64_t *first, uint64_t *last)
{
	uint64_t *number = first;
	enum id kind = WORD;
	size_t digits = 0;
	*first = *last = 0;
	for (size_t i = 0; i < id.n; i++, digits++) {
		char c = id.text[i];
		if (c >= '0' && c <= '9' && *number < 1000000000) {
			*number = *number * 10 + (uint64_t)(c - '0');
		} else if ((c == '-' || c == '.') && kind == WORD && digits > 0) {
			kind = c == '-' ? RANGE : EMPTY;
			number = last;
			digits = SIZE_MAX; /* becomes 0 */
		} else {
			return BAD_ID;
		}
	}
	return digits > 0 && (kind != RANGE || *last >= *first) ? kind : BAD_ID;
}

static bool has_no_space(struct field misc)
{
	static const char no[] = "SpaceAfter=No";
	enum { LENGTH = sizeof no - 1 };
	for (size_t i = 0; i + LENGTH <= misc.n; i++)
		if ((i == 0 || misc.text[i - 1] == '|') &&
			memcmp(misc.text + i, no, LENGTH) == 0 &&
			(i + LENGTH == misc.n || misc.text[i + LENGTH] == '|'))
			return true;
	return false;
}

static bool begins_with(const char *line, size_t n, const char *word)
{
	size_t length = strlen(word);
	return n >= length && memcmp(line, word, length) == 0;
}

/* *inside is the last word of the range of words that make one token. */
static enum wp_err read_line(struct wp_gold *g, const char *line, size_t n, uint64_t *inside,
	const char *name, uint64_t number)
{
	if (n == 0) {
		*inside = 0;
		return add_end(&g->sentences, g->count);
	}
	if (*line == '#')
		return begins_with(line, n, "# newpar") || begins_with(line, n, "# newdoc")
			? end_paragraph(g)
			: WP_OK;
	struct field fields[10];
	uint64_t first, last;
	enum id kind =
		read_fields(line, n, fields) ? read_id(fields[0], &first, &last) : BAD_ID;
	if (kind == BAD_ID || fields[1].n == 0)
		return wp_fail(WP_ECORRUPT,
			"%s: no line of CoNLL-U, ten fields with TABs between them (line %" PRIu64
			")",
			name, number);
	if (kind == EMPTY || (kind == WORD && first <= *inside))
		return WP_OK;
	if (kind == RANGE)
		*inside = last;
	return add_token(g, fields[1].text, fields[1].n, !has_no_space(fields[9]));
}

enum wp_err wp_gold_read(struct wp_gold **gold, const char *path)
{
	struct wp_gold *g = NULL;
	struct wp_input *input = NULL;
	enum wp_err err = wp_alloc(&g, 1, sizeof *g, "treebank");
	*gold = g;
	if (!err)
		err = wp_input_open(&input, path);
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t n;
	uint64_t inside = 0;
	while (!err && !(err = wp_lines_next(&lines, &line, &n))) {
		n = wp_line_trim(line, n);
		err = read_line(g, line, n, &inside, wp_input_name(input), lines.number);
	}
	if (err == WP_END)
		err = add_end(&g->sentences, g->count);
	if (!err)
		err = end_paragraph(g);
	if (!err && g->count == 0)
		err = wp_fail(WP_ECORRUPT, "%s: no tokens", wp_input_name(input));
	wp_input_close(input);
	if (err) {
		wp_gold_free(g);
		*gold = NULL;
	}
	return err;
}

void wp_gold_free(struct wp_gold *g)
{
	if (!g)
		return;
	free(g->text);
	free(g->characters);
	free(g->tokens.at);
	free(g->sentences.at);
	free(g);
}

enum wp_err wp_gold_write_text(const struct wp_gold *g, struct wp_output *output)
{
	return wp_output_write(output, g->text, g->length);
}

/* --- token text against it ---------------------------------------------------------------- */

static bool is_double_quote(uint32_t c)
{
	return c == '"' || (c >= 0x201C && c <= 0x201F) || c == 0xAB || c == 0xBB;
}

static bool is_single_quote(uint32_t c)
{
	return c == '\'' || c == '`' || (c >= 0x2018 && c <= 0x201B) || c == 0x2039 ||
		c == 0x203A;
}

/* May the character stand for that of the treebank? */
static bool stands_for(uint32_t c, uint32_t gold)
{
	return c == gold || wp_char_lower(c) == wp_char_lower(gold) ||
		(c == '0' && wp_char(gold).flags & WP_CHAR_DIGIT) ||
		((c == '\'' || c == '`') && is_single_quote(gold)) ||
		(c == 0x3C2 && gold == 0x3A3);
}

/* Move *at behind the token of n bytes; false where the text has another one there. */
static bool pass_token(const struct wp_gold *g, const char *token, size_t n, size_t *at)
{
	bool quotes = n == 2 && (memcmp(token, "``", 2) == 0 || memcmp(token, "''", 2) == 0);
	if (quotes && *at < g->count && is_double_quote(g->characters[*at])) {
		++*at;
		return true;
	}
	for (const char *end = token + n; token < end;) {
		struct wp_decoded c = wp_utf8_decode(token, end);
		token += c.length;
		if (!is_counted(c.code_point))
			continue;
		if (*at == g->count || !stands_for(c.code_point, g->characters[*at]))
			return false;
		++*at;
	}
	return true;
}

static enum wp_err another_text(
	const struct wp_gold *g, size_t at, const char *name, uint64_t line)
{
	char expected[5 * 16];
	size_t n = 0;
	for (size_t i = at; i < g->count && i < at + 10; i++)
		n += wp_utf8_encode(g->characters[i], expected + n);
	return wp_fail(WP_ECORRUPT,
		"%s: not the text of the treebank, which has \"%.*s\" (line %" PRIu64 ")", name,
		(int)n, expected, line);
}

/* How many spans both have. */
static uint64_t count_common(const struct ends *a, const struct ends *b)
{
	uint64_t common = 0;
	size_t a_begin = 0, b_begin = 0;
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		size_t a_end = a->at[i], b_end = b->at[k];
		common += a_begin == b_begin && a_end == b_end;
		if (a_end <= b_end) {
			a_begin = a_end;
			i++;
		}
		if (b_end <= a_end) {
			b_begin = b_end;
			k++;
		}
	}
	return common;
}

/* Read a line of tokens; their ends, and that of the sentence. */
static enum wp_err compare_line(const struct wp_gold *g, const char *line, size_t n,
	char *token, size_t *at, struct ends *tokens, struct ends *sentences, bool *same)
{
	const char *end = line + n, *field;
	size_t length;
	enum wp_err err = WP_OK;
	while (!err && (length = wp_line_field(&line, end, &field)) > 0) {
		size_t bytes;
		if (wp_token_unescape(field, length, token, &bytes)) {
			memcpy(token, field, length);
			bytes = length;
		}
		*same = pass_token(g, token, bytes, at);
		if (!*same)
			return WP_OK;
		err = add_end(tokens, *at);
	}
	return err ? err : add_end(sentences, *at);
}

enum wp_err wp_gold_compare(
	const struct wp_gold *g, struct wp_input *input, struct wp_token_score *score)
{
	struct wp_lines lines = {.input = input};
	struct ends tokens = {0}, sentences = {0};
	const char *line;
	char *token = NULL;
	size_t n, room = 0, at = 0;
	bool same = true;
	enum wp_err err = WP_OK;
	while (!err && same && !(err = wp_lines_next(&lines, &line, &n))) {
		err = wp_grow(&token, &room, n + 1, 1, "line of tokens");
		if (!err)
			err = compare_line(g, line, n, token, &at, &tokens, &sentences, &same);
	}
	if (err == WP_END)
		err = WP_OK;
	if (!err && (!same || at < g->count))
		err = another_text(g, at, wp_input_name(input), lines.number);
	score->tokens = (struct wp_span_counts){
		g->tokens.count, tokens.count, count_common(&g->tokens, &tokens)};
	score->sentences = (struct wp_span_counts){
		g->sentences.count, sentences.count, count_common(&g->sentences, &sentences)};
	free(tokens.at);
	free(sentences.at);
	free(token);
	return err;
}
