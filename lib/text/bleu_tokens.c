#include "text/bleu_tokens.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/utf8.h"

void wp_code_points_fini(struct wp_code_points *l)
{
	free(l->at);
	*l = (struct wp_code_points){0};
}

static enum wp_err put(struct wp_code_points *l, uint32_t c)
{
	enum wp_err err = wp_grow(&l->at, &l->room, l->n + 1, sizeof *l->at, "a line");
	if (!err)
		l->at[l->n++] = c;
	return err;
}

static enum wp_err put_apart(struct wp_code_points *l, uint32_t c, bool before, bool after)
{
	enum wp_err err = before ? put(l, ' ') : WP_OK;
	if (!err)
		err = put(l, c);
	return err || !after ? err : put(l, ' ');
}

/* ---- Decoding ---- */

/* Is a capital sigma the last letter of its word (Unicode Standard, section 3.13, Final_Sigma)?
 */
static bool is_final(const uint32_t *c, size_t n, size_t i)
{
	size_t before = i, after = i + 1;
	while (before > 0 && (wp_char(c[before - 1]).flags & WP_CHAR_IGNORABLE))
		before--;
	while (after < n && (wp_char(c[after]).flags & WP_CHAR_IGNORABLE))
		after++;
	return before > 0 && (wp_char(c[before - 1]).flags & WP_CHAR_CASED) &&
		!(after < n && (wp_char(c[after]).flags & WP_CHAR_CASED));
}

enum wp_err wp_code_points_set(struct wp_code_points *l, const char *text, size_t n, bool lower)
{
	enum {
		CAPITAL_SIGMA = 0x3A3,
		SIGMA = 0x3C3,
		FINAL_SIGMA = 0x3C2,
		CAPITAL_I_DOT = 0x130,
		DOT_ABOVE = 0x307
	};
	/* Lower case has at most a character more for each of two bytes. */
	size_t most = 2 * n + 1;
	enum wp_err err = wp_grow(&l->at, &l->room, most, sizeof *l->at, "a line");
	if (err)
		return err;
	l->n = 0;
	for (const char *p = text, *end = text + n; p < end;) {
		struct wp_decoded c = wp_utf8_decode(p, end);
		p += c.length;
		l->at[l->n++] = c.code_point;
		if (lower && c.code_point == CAPITAL_I_DOT) {
			l->at[l->n - 1] = 'i';
			l->at[l->n++] = DOT_ABOVE;
		}
	}
	/* Sigma looks at letters on both sides, which are cased whether lowered or not. */
	for (size_t i = 0; lower && i < l->n; i++)
		l->at[i] = l->at[i] != CAPITAL_SIGMA ? wp_char_lower(l->at[i])
			: is_final(l->at, l->n, i)   ? FINAL_SIGMA
						     : SIGMA;
	return WP_OK;
}

bool wp_is_python_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xA0 ||
		c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
		c == 0x202F || c == 0x205F || c == 0x3000;
}

size_t wp_next_word(const struct wp_code_points *l, size_t *at, const uint32_t **word)
{
	while (*at < l->n && wp_is_python_space(l->at[*at]))
		++*at;
	size_t begin = *at;
	while (*at < l->n && !wp_is_python_space(l->at[*at]))
		++*at;
	*word = l->at + begin;
	return *at - begin;
}

/* ---- Tokens: passes over the line, from one buffer to the other ---- */

typedef enum wp_err pass(const struct wp_code_points *from, struct wp_code_points *to);

static enum wp_err run(
	pass *const *passes, size_t n, struct wp_code_points *a, struct wp_code_points *b)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < n && !err; i++) {
		b->n = 0;
		err = passes[i](a, b);
		struct wp_code_points swap = *a;
		*a = *b;
		*b = swap;
	}
	return err;
}

/* Each `name` replaced by a character, or with 0 by nothing. */
static enum wp_err replace(const struct wp_code_points *from, struct wp_code_points *to,
	const char *name, uint32_t by)
{
	size_t length = strlen(name);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < from->n && !err;) {
		size_t k = 0;
		while (k < length && i + k < from->n && from->at[i + k] == (uint32_t)name[k])
			k++;
		bool found = k == length;
		if (!found || by)
			err = put(to, found ? by : from->at[i]);
		i += found ? length : 1;
	}
	return err;
}

static enum wp_err drop_skipped(const struct wp_code_points *from, struct wp_code_points *to)
{
	return replace(from, to, "<skipped>", 0);
}

static enum wp_err undo_quot(const struct wp_code_points *from, struct wp_code_points *to)
{
	return replace(from, to, "&quot;", '"');
}

static enum wp_err undo_amp(const struct wp_code_points *from, struct wp_code_points *to)
{
	return replace(from, to, "&amp;", '&');
}

static enum wp_err undo_lt(const struct wp_code_points *from, struct wp_code_points *to)
{
	return replace(from, to, "&lt;", '<');
}

static enum wp_err undo_gt(const struct wp_code_points *from, struct wp_code_points *to)
{
	return replace(from, to, "&gt;", '>');
}

static enum wp_err put_spaces_around(
	const struct wp_code_points *from, struct wp_code_points *to)
{
	enum wp_err err = put(to, ' ');
	for (size_t i = 0; i < from->n && !err; i++)
		err = put(to, from->at[i]);
	return err ? err : put(to, ' ');
}

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_stop(uint32_t c)
{
	return c == '.' || c == ',';
}

static bool is_ascii_mark(uint32_t c)
{
	return c > ' ' && c < 0x7F && !is_stop(c) && c != '\'' && c != '-' && !is_digit(c) &&
		!((c | 32) >= 'a' && (c | 32) <= 'z');
}

static enum wp_err part_marks(const struct wp_code_points *from, struct wp_code_points *to)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < from->n && !err; i++) {
		bool apart = is_ascii_mark(from->at[i]);
		err = put_apart(to, from->at[i], apart, apart);
	}
	return err;
}

/* What two neighbours that go together become: with spaces before, between and behind them.  As
 * a regular expression does, a pair begins behind the last one. */
struct pair {
	bool (*first)(uint32_t c), (*second)(uint32_t c);
	bool before, behind; /* else not */
};

static enum wp_err part_pairs(
	const struct wp_code_points *from, struct wp_code_points *to, const struct pair *pair)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < from->n && !err;) {
		if (i + 1 < from->n && pair->first(from->at[i]) &&
			pair->second(from->at[i + 1])) {
			err = put_apart(to, from->at[i], pair->before, true);
			if (!err)
				err = put_apart(to, from->at[i + 1], false, pair->behind);
			i += 2;
		} else {
			err = put(to, from->at[i++]);
		}
	}
	return err;
}

static bool is_no_digit(uint32_t c)
{
	return !is_digit(c);
}

static bool is_hyphen(uint32_t c)
{
	return c == '-';
}

static enum wp_err stops_behind(const struct wp_code_points *from, struct wp_code_points *to)
{
	return part_pairs(from, to, &(struct pair){is_no_digit, is_stop, false, true});
}

static enum wp_err stops_before(const struct wp_code_points *from, struct wp_code_points *to)
{
	return part_pairs(from, to, &(struct pair){is_stop, is_no_digit, true, false});
}

static enum wp_err hyphens(const struct wp_code_points *from, struct wp_code_points *to)
{
	return part_pairs(from, to, &(struct pair){is_digit, is_hyphen, false, true});
}

static bool is_in(uint32_t c, utf8proc_category_t first, utf8proc_category_t last)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
	return category >= first && category <= last;
}

static bool is_no_number(uint32_t c)
{
	return !is_in(c, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO);
}

static bool is_punctuation(uint32_t c)
{
	return is_in(c, UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO);
}

static enum wp_err marks_behind(const struct wp_code_points *from, struct wp_code_points *to)
{
	return part_pairs(from, to, &(struct pair){is_no_number, is_punctuation, false, true});
}

static enum wp_err marks_before(const struct wp_code_points *from, struct wp_code_points *to)
{
	return part_pairs(from, to, &(struct pair){is_punctuation, is_no_number, true, false});
}

static enum wp_err part_symbols(const struct wp_code_points *from, struct wp_code_points *to)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < from->n && !err; i++) {
		bool apart = is_in(from->at[i], UTF8PROC_CATEGORY_SM, UTF8PROC_CATEGORY_SO);
		err = put_apart(to, from->at[i], apart, apart);
	}
	return err;
}

static enum wp_err part_all(const struct wp_code_points *from, struct wp_code_points *to)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < from->n && !err; i++)
		err = put_apart(to, from->at[i], false, true);
	return err;
}

enum wp_err wp_bleu_tokenize(
	enum wp_bleu_tokens how, struct wp_code_points *line, struct wp_code_points *scratch)
{
	static pass *const nist[] = {drop_skipped, undo_quot, undo_amp, undo_lt, undo_gt,
		put_spaces_around, part_marks, stops_behind, stops_before, hyphens};
	static pass *const intl[] = {marks_behind, marks_before, part_symbols};
	static pass *const each[] = {part_all};
	switch (how) {
	case WP_BLEU_13A:
		return run(nist, sizeof nist / sizeof *nist, line, scratch);
	case WP_BLEU_INTL:
		return run(intl, sizeof intl / sizeof *intl, line, scratch);
	case WP_BLEU_CHAR:
		return run(each, 1, line, scratch);
	default:
		return WP_OK;
	}
}
