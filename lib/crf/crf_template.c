#include "crf/crf_template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crf/crf_pattern.h"
#include "stream/lines.h"

void wp_crf_templates_fini(struct wp_crf_templates *t)
{
	for (size_t i = 0; i < t->source_count; i++)
		free(t->sources[i].pattern);
	free(t->sources);
	free(t->templates);
	wp_strings_fini(&t->lines);
	wp_strings_fini(&t->groups);
	*t = (struct wp_crf_templates){0};
}

/* A line that is being read. */
struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, char expected)
{
	while (c->at < c->end && *c->at == ' ')
		c->at++;
	if (c->at == c->end || *c->at != expected)
		return false;
	c->at++;
	return true;
}

static bool take_number(struct cursor *c, int most, int *number)
{
	long value = 0;
	bool minus = take(c, '-');
	if (!minus)
		(void)take(c, '+');
	const char *from = c->at;
	while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && value <= most)
		value = value * 10 + (*c->at++ - '0');
	*number = (int)(minus ? -value : value);
	return c->at > from && value <= most;
}

/* "PATTERN", in which \" stands for a quotation mark. */
static enum wp_err take_pattern(struct cursor *c, char **pattern)
{
	if (!take(c, ',') || !take(c, '"'))
		return wp_fail(WP_EINVAL,
			"a macro %%m or %%t without a pattern: "
			"%%m[ROW,COLUMN,\"PATTERN\"] is expected");
	enum wp_err err = wp_alloc(pattern, (size_t)(c->end - c->at) + 1, 1, "a pattern");
	if (err)
		return err;
	size_t n = 0;
	while (c->at < c->end && *c->at != '"') {
		if (*c->at == '\\' && c->at + 1 < c->end && c->at[1] == '"')
			c->at++;
		else if (*c->at == '\\' && c->at + 1 < c->end)
			(*pattern)[n++] = *c->at++;
		(*pattern)[n++] = *c->at++;
	}
	if (!take(c, '"'))
		return wp_fail(WP_EINVAL, "a pattern without its closing quotation mark");
	return wp_crf_pattern_check(*pattern);
}

/* The place of the source in the list, which takes over its pattern. */
static enum wp_err find_source(
	struct wp_crf_templates *t, struct wp_crf_source *source, int *place)
{
	for (size_t i = 0; i < t->source_count; i++) {
		const struct wp_crf_source *s = &t->sources[i];
		if (s->column == source->column && s->function == source->function &&
			s->lower == source->lower &&
			(!s->pattern || strcmp(s->pattern, source->pattern) == 0)) {
			*place = (int)i;
			return WP_OK;
		}
	}
	enum wp_err err = wp_grow(&t->sources, &t->source_room, t->source_count + 1,
		sizeof *t->sources, "templates");
	if (err)
		return err;
	*place = (int)t->source_count;
	t->sources[t->source_count++] = *source;
	source->pattern = NULL;
	return WP_OK;
}

/* The macro behind a %. */
static enum wp_err take_macro(
	struct wp_crf_templates *t, struct cursor *c, struct wp_crf_macro *macro)
{
	static const char expected[] =
		"a macro is %x[ROW,COLUMN], with a row from -64 to 64 and a "
		"column from 0 to 999";
	if (c->at == c->end || !strchr("xmtXMT", *c->at) || !*c->at)
		return wp_fail(WP_EINVAL, "a %% that begins no macro: %s", expected);
	char letter = *c->at++;
	struct wp_crf_source source = {
		.function = (char)(letter | 32), .lower = letter < 'a', .pattern = NULL};
	if (!take(c, '[') || !take_number(c, WP_CRF_ROWS, &macro->row) || !take(c, ',') ||
		!take_number(c, WP_CRF_COLUMNS - 1, &source.column) || source.column < 0)
		return wp_fail(WP_EINVAL, "%s", expected);
	enum wp_err err = WP_OK;
	if (source.function != 'x')
		err = take_pattern(c, &source.pattern);
	if (!err && !take(c, ']'))
		err = wp_fail(WP_EINVAL, "a macro without its closing bracket: %s", expected);
	if (!err)
		err = find_source(t, &source, &macro->source);
	if (!err && source.column >= t->columns)
		t->columns = source.column + 1;
	free(source.pattern);
	return err;
}

/* The group of a template: that with the same text round its macros. */
static enum wp_err find_group(
	struct wp_crf_templates *t, const char *text, size_t n, int *group)
{
	for (size_t i = 0; i < t->groups.count; i++) {
		size_t length;
		const char *other = wp_strings_get(&t->groups, i, &length);
		if (length == n && memcmp(other, text, n) == 0) {
			*group = (int)i;
			return WP_OK;
		}
	}
	*group = (int)t->groups.count;
	return wp_strings_add(&t->groups, text, n);
}

static enum wp_err add_template(struct wp_crf_templates *t, struct cursor *c, char *shape)
{
	struct wp_crf_template template = {.kind = *c->at};
	size_t n = 0;
	enum wp_err err = WP_OK;
	while (c->at < c->end && !err) {
		char letter = *c->at++;
		if (letter != '%') {
			shape[n++] = letter;
			continue;
		}
		if (template.count == WP_CRF_MACROS)
			return wp_fail(WP_EINVAL, "more than %d macros", WP_CRF_MACROS);
		err = take_macro(t, c, &template.macro[template.count++]);
		shape[n++] = '\0';
	}
	if (!err && template.kind == 'V' && template.count != 1)
		err = wp_fail(WP_EINVAL, "a template of word vectors has one macro");
	if (!err && template.kind == 'R' &&
		(template.count != 1 || t->sources[template.macro[0].source].function != 'x'))
		err = wp_fail(WP_EINVAL, "a template of a number has one macro, %%x");
	if (!err)
		err = find_group(t, shape, n, &template.group);
	if (!err)
		err = wp_grow(&t->templates, &t->template_room, t->count + 1,
			sizeof *t->templates, "templates");
	if (err)
		return err;
	t->templates[t->count++] = template;
	t->vectors += template.kind == 'V';
	t->numbers += template.kind == 'R';
	t->pairs += template.kind == 'B';
	return WP_OK;
}

enum wp_err wp_crf_templates_add(struct wp_crf_templates *t, const char *line, size_t n)
{
	n = wp_line_trim(line, n);
	if (n == 0 || *line == '#')
		return WP_OK;
	struct cursor c = {line, line + n};
	if (memchr(line, '\0', n))
		return wp_fail(WP_EINVAL, "a NUL in a template");
	enum wp_err err = WP_OK;
	if (*line == 'B' && !memchr(line, '%', n)) {
		t->transitions = true;
	} else if (memchr("UBVR", *line, 4)) {
		char *shape;
		err = wp_alloc(&shape, n, 1, "a template");
		if (!err) {
			err = add_template(t, &c, shape);
			free(shape);
		}
	} else {
		return wp_fail(
			WP_EINVAL, "a template begins with U, B, V or R, and a comment with #");
	}
	return err ? err : wp_strings_add(&t->lines, line, n);
}

enum wp_err wp_crf_templates_read(struct wp_crf_templates *t, struct wp_input *input)
{
	struct wp_lines lines = {.input = input};
	const char *line;
	size_t n;
	enum wp_err err;
	while (!(err = wp_lines_next(&lines, &line, &n))) {
		err = wp_crf_templates_add(t, line, n);
		if (err) {
			char detail[400];
			snprintf(detail, sizeof detail, "%s", wp_error_detail());
			return wp_fail(err == WP_EINVAL ? WP_ECORRUPT : err,
				"%s: %s (line %" PRIu64 ")", wp_input_name(input), detail,
				lines.number);
		}
	}
	if (err != WP_END)
		return err;
	if (t->lines.count == 0)
		return wp_fail(WP_ECORRUPT, "%s: no template", wp_input_name(input));
	return WP_OK;
}

static enum wp_err add_text(struct wp_crf_templates *t, const char *text)
{
	return wp_crf_templates_add(t, text, strlen(text));
}

enum wp_err wp_crf_templates_default(struct wp_crf_templates *t, int columns, bool vectors)
{
	static const char *const words[] = {"Uw-2:%x[-2,0]", "Uw-1:%x[-1,0]", "Uw:%x[0,0]",
		"Uw+1:%x[1,0]", "Uw+2:%x[2,0]", "Uw-1w:%x[-1,0]/%x[0,0]",
		"Uww+1:%x[0,0]/%x[1,0]", "Ul:%X[0,0]", "Up1:%m[0,0,\"^.\"]",
		"Up2:%m[0,0,\"^..\"]", "Up3:%m[0,0,\"^...\"]", "Up4:%m[0,0,\"^....\"]",
		"Us1:%m[0,0,\".$\"]", "Us2:%m[0,0,\"..$\"]", "Us3:%m[0,0,\"...$\"]",
		"Us4:%m[0,0,\"....$\"]", "Uinitial:%t[0,0,\"^\\u\"]",
		"Uupper:%t[0,0,\"^\\u*$\"]", "Udigit:%t[0,0,\"\\d\"]", "Uhyphen:%t[0,0,\"-\"]",
		"Usymbol:%t[0,0,\"^\\p*$\"]"};
	static const char *const more[] = {"Uc%d-2:%%x[-2,%d]", "Uc%d-1:%%x[-1,%d]",
		"Uc%d:%%x[0,%d]", "Uc%d+1:%%x[1,%d]", "Uc%d+2:%%x[2,%d]",
		"Uc%d-2-1:%%x[-2,%d]/%%x[-1,%d]", "Uc%d-1-0:%%x[-1,%d]/%%x[0,%d]",
		"Uc%d-0+1:%%x[0,%d]/%%x[1,%d]", "Uc%d+1+2:%%x[1,%d]/%%x[2,%d]",
		"Uc%d-2-0:%%x[-2,%d]/%%x[-1,%d]/%%x[0,%d]",
		"Uc%d-1+1:%%x[-1,%d]/%%x[0,%d]/%%x[1,%d]",
		"Uc%d-0+2:%%x[0,%d]/%%x[1,%d]/%%x[2,%d]"};
	static const char *const looked_up[] = {"V:%x[-1,0]", "V:%x[0,0]", "V:%x[1,0]"};
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < sizeof words / sizeof *words && !err; i++)
		err = add_text(t, words[i]);
	for (size_t i = 0; vectors && i < sizeof looked_up / sizeof *looked_up && !err; i++)
		err = add_text(t, looked_up[i]);
	for (int c = 1; c < columns && !err; c++)
		for (size_t i = 0; i < sizeof more / sizeof *more && !err; i++) {
			char text[100];
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#endif
			snprintf(text, sizeof text, more[i], c, c, c, c);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
			err = add_text(t, text);
		}
	return err ? err : add_text(t, "B");
}
