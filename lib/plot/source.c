#include "plot/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "stream/lines.h"
#include "text/number.h"
#include "text/vocab.h"

/* ---- Tables ---- */

struct table_reader {
	struct wp_plot_source *source;
	struct wp_lines lines;
	size_t room;
	bool named; /* the first field of a row is its name             */
	char separator;
	size_t too_long; /* a line with more fields than the heading; 0: none */
};

/* What separates the fields of a table, by its first line. */
static char find_separator(const char *line, size_t length)
{
	static const char separators[] = "\t;, ";
	for (const char *c = separators; *c; c++)
		if (memchr(line, *c, length))
			return *c;
	return '\t';
}

/* The next field of a line; false at its end.  *at moves behind it.  Spaces separate however
 * many there are; quotes around a field are left out. */
static bool next_field(
	char separator, const char **at, const char *end, const char **field, size_t *length)
{
	if (!*at)
		return false;
	const char *p = *at, *stop;
	while (p < end && (separator == ' ' || separator == ',') && *p == ' ')
		p++;
	if (separator == ' ' && p == end)
		return false;
	if (p < end && *p == '"' && separator != '\t') {
		const char *quote = p + 1;
		while (quote < end && (*quote != '"' || (quote + 1 < end && quote[1] == '"')))
			quote += *quote == '"' ? 2 : 1;
		*field = p + 1;
		*length = quote < end ? (size_t)(quote - p - 1) : (size_t)(end - p - 1);
		p = quote < end ? quote + 1 : end;
		stop = p < end ? memchr(p, separator, (size_t)(end - p)) : NULL;
	} else {
		stop = p < end ? memchr(p, separator, (size_t)(end - p)) : NULL;
		*field = p;
		*length = (size_t)((stop ? stop : end) - p);
		while (separator == ',' && *length > 0 && p[*length - 1] == ' ')
			--*length;
	}
	*at = stop ? stop + 1 : NULL;
	return true;
}

/* A number, which is all of the field; NaN where there is none. */
static double number(const char *field, size_t length)
{
	double value;
	const char *end = wp_scan_f64(field, field + length, &value);
	return length > 0 && end == field + length ? value : NAN;
}

static bool is_number(const char *field, size_t length)
{
	return !isnan(number(field, length)) || (length == 1 && *field == '-') ||
		(length == 3 && memcmp(field, "nan", 3) == 0);
}

static enum wp_err add_row(struct table_reader *r, const char *line, size_t length)
{
	struct wp_plot_source *s = r->source;
	const char *at = line, *field;
	size_t n, column = 0, columns = s->columns.count;
	if (s->rows == 0) {
		const char *first = line;
		r->named = next_field(r->separator, &first, line + length, &field, &n) &&
			!is_number(field, n);
	}
	enum wp_err err =
		wp_grow(&s->value, &r->room, (s->rows + 1) * columns, sizeof *s->value, "rows");
	if (!err && r->named && next_field(r->separator, &at, line + length, &field, &n)) {
		err = wp_strings_add(&s->row_names, field, n);
		s->value[s->rows * columns + column++] = NAN;
	}
	for (; !err && column < columns; column++)
		s->value[s->rows * columns + column] =
			next_field(r->separator, &at, line + length, &field, &n)
			? number(field, n)
			: NAN;
	if (!err && at && next_field(r->separator, &at, line + length, &field, &n))
		r->too_long = r->too_long ? r->too_long : (size_t)r->lines.number;
	s->rows += err ? 0 : 1;
	return err;
}

/* A first line of numbers alone is no heading: its columns are called 1, 2 and so on. */
static enum wp_err read_heading(struct table_reader *r, const char *line, size_t length)
{
	struct wp_plot_source *s = r->source;
	const char *at = line, *field;
	size_t n, numbers = 0, fields = 0;
	enum wp_err err = WP_OK;
	for (; next_field(r->separator, &at, line + length, &field, &n); fields++)
		numbers += is_number(field, n);
	char name[24];
	bool heading = numbers == 0 || numbers + 1 < fields;
	at = line;
	s->bare = !heading;
	for (size_t i = 1; !err && next_field(r->separator, &at, line + length, &field, &n);
		i++) {
		if (!heading) {
			n = (size_t)snprintf(name, sizeof name, "%zu", i);
			field = name;
		}
		err = wp_strings_add(&s->columns, field, n);
	}
	return err || heading ? err : add_row(r, line, length);
}

/* confusion TAB given TAB predicted TAB count: the cell, with new labels where they are new. */
static enum wp_err add_confusion(struct table_reader *r, const char *line, size_t length)
{
	struct wp_plot_source *s = r->source;
	const char *at = line, *field[4];
	size_t n[4], place[2];
	for (int i = 0; i < 4; i++)
		if (!next_field(r->separator, &at, line + length, &field[i], &n[i]))
			return WP_OK;
	for (int side = 0; side < 2; side++) {
		size_t i = 0, have;
		for (; i < s->columns.count; i++) {
			const char *label = wp_strings_get(&s->columns, i, &have);
			if (have == n[1 + side] && memcmp(label, field[1 + side], have) == 0)
				break;
		}
		if (i == s->columns.count) {
			enum wp_err err =
				wp_strings_add(&s->columns, field[1 + side], n[1 + side]);
			if (err)
				return err;
		}
		place[side] = i;
	}
	/* Cells as triples: how many labels there are is known at the end. */
	enum wp_err err =
		wp_grow(&s->value, &r->room, 3 * (s->rows + 1), sizeof *s->value, "rows");
	if (err)
		return err;
	s->value[3 * s->rows] = (double)place[0];
	s->value[3 * s->rows + 1] = (double)place[1];
	s->value[3 * s->rows + 2] = number(field[3], n[3]);
	s->rows++;
	return WP_OK;
}

static enum wp_err end_confusion(struct wp_plot_source *s)
{
	size_t n = s->columns.count;
	double *matrix;
	enum wp_err err = wp_alloc(&matrix, n * n, sizeof *matrix, "confusions");
	if (err)
		return err;
	for (size_t i = 0; i < s->rows; i++)
		matrix[(size_t)s->value[3 * i] * n + (size_t)s->value[3 * i + 1]] =
			s->value[3 * i + 2];
	free(s->value);
	s->value = matrix;
	s->rows = n;
	return wp_strings_add_all(&s->row_names, &s->columns);
}

static bool has_numbers(const struct wp_plot_source *s)
{
	for (size_t i = 0; i < s->rows * s->columns.count; i++)
		if (!isnan(s->value[i]))
			return true;
	return false;
}

/* Do names of rows begin with a digit, all of them, as dates and times do? */
static bool are_dates(const struct wp_strings *names)
{
	for (size_t i = 0; i < names->count; i++) {
		size_t n;
		const char *name = wp_strings_get(names, i, &n);
		if (n == 0 || *name < '0' || *name > '9')
			return false;
	}
	return names->count > 1;
}

static enum wp_err read_table(struct wp_plot_source *s, struct wp_input *input)
{
	struct table_reader r = {.source = s, .lines = {.input = input}};
	const char *line;
	size_t length;
	enum wp_err err;
	s->table = true;
	bool first = true;
	while (!(err = wp_lines_next(&r.lines, &line, &length))) {
		if (length > 0 && line[length - 1] == '\r')
			length--;
		bool confusion = length > 10 && memcmp(line, "confusion\t", 10) == 0;
		if (confusion && !s->confusion) {
			/* A report: what came before are its other rows. */
			wp_strings_fini(&s->columns);
			wp_strings_fini(&s->row_names);
			s->columns = s->row_names = (struct wp_strings){0};
			s->rows = 0;
			s->confusion = true;
		}
		if (first || confusion)
			r.separator = confusion ? '\t' : find_separator(line, length);
		if (confusion)
			err = add_confusion(&r, line, length);
		else if (s->confusion || length == 0 || line[0] == '#')
			continue;
		else if (first)
			err = read_heading(&r, line, length);
		else
			err = add_row(&r, line, length);
		first = false;
		if (err)
			return err;
	}
	if (err != WP_END)
		return err;
	if (r.too_long && !s->confusion) /* in a report, rows are of several kinds */
		return wp_fail(WP_ECORRUPT,
			"%s: more fields than the first line names (line %zu)", s->path,
			r.too_long);
	if (s->columns.count == 0 || s->rows == 0)
		return wp_fail(WP_EMISMATCH, "%s: no rows to draw", s->path);
	if (!s->confusion && !has_numbers(s))
		return wp_fail(WP_ECORRUPT,
			"%s: no numbers to draw: a table has columns of numbers, with tabs or "
			"commas between",
			s->path);
	s->dated = !s->confusion && are_dates(&s->row_names);
	return s->confusion ? end_confusion(s) : WP_OK;
}

/* ---- Files ---- */

static void find_name(struct wp_plot_source *s)
{
	const char *slash = strrchr(s->path, '/');
	s->name = slash && slash[1] ? slash + 1 : s->path;
	const char *dot = strrchr(s->name, '.');
	s->name_length = dot && dot != s->name ? (size_t)(dot - s->name) : strlen(s->name);
}

enum wp_err wp_plot_source_over(
	struct wp_plot_source *source, struct wp_input *input, const char *name)
{
	static const char signature[] = "\x89TST";
	struct wp_reader *reader;
	const char *data;
	size_t have;
	*source = (struct wp_plot_source){.path = name};
	find_name(source);
	enum wp_err err = wp_input_peek(input, 4, &data, &have);
	if (!err && have >= 4 && memcmp(data, signature, 4) == 0) {
		err = wp_reader_over(&reader, input);
		if (!err)
			err = wp_tensor_set_read(&source->set, reader, NULL);
	} else {
		if (!err)
			err = wp_input_expect_text(input);
		if (!err)
			err = read_table(source, input);
		wp_input_close(input);
	}
	if (err)
		wp_plot_source_fini(source);
	return err;
}

enum wp_err wp_plot_source_read(struct wp_plot_source *source, const char *path)
{
	struct wp_input *input;
	enum wp_err err = wp_input_open(&input, path);
	if (err)
		return err;
	return wp_plot_source_over(
		source, input, path && strcmp(path, "-") != 0 ? path : "<stdin>");
}

void wp_plot_source_fini(struct wp_plot_source *s)
{
	wp_strings_fini(&s->columns);
	wp_strings_fini(&s->row_names);
	free(s->value);
	wp_tensor_set_free(s->set);
	*s = (struct wp_plot_source){0};
}

long wp_plot_column(const struct wp_plot_source *s, const char *name, size_t length)
{
	for (size_t i = 0; i < s->columns.count; i++) {
		size_t n;
		const char *column = wp_strings_get(&s->columns, i, &n);
		if (n == length && memcmp(column, name, n) == 0)
			return (long)i;
	}
	return -1;
}

/* ---- Matrices ---- */

/* The names of what could be drawn, for messages. */
static void list_tensors(const struct wp_plot_source *s, char *text, size_t size)
{
	size_t used = 0;
	text[0] = 0;
	for (size_t i = 0; i < wp_tensor_set_count(s->set); i++) {
		const struct wp_tensor *t = wp_tensor_set_at(s->set, i);
		if (t->type == WP_STRING || used + WP_NAME_SIZE + 3 > size)
			continue;
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", used ? ", " : "", t->name);
	}
}

static const struct wp_strings *names_for(
	const struct wp_plot_source *s, const char *name, size_t count)
{
	const struct wp_strings *names = wp_tensor_set_strings(s->set, name);
	return names && names->count == count ? names : NULL;
}

static bool is_sparse(const struct wp_plot_source *s, const char *name, char part[4][64],
	const struct wp_tensor *tensor[4], const void *data[4])
{
	static const char *const suffix[] = {"row", "col", "value", "shape"};
	for (int i = 0; i < 4; i++) {
		snprintf(part[i], 64, "%.33s.%s", name, suffix[i]);
		tensor[i] = wp_tensor_set_get(s->set, part[i], &data[i]);
		if (!tensor[i])
			return false;
	}
	return tensor[0]->dim[0] == tensor[1]->dim[0] &&
		tensor[0]->dim[0] == tensor[2]->dim[0] && tensor[3]->dim[0] == 2;
}

static enum wp_err take_sparse(struct wp_plot_matrix *m, const struct wp_plot_source *s,
	const struct wp_tensor *const tensor[4], const void *const data[4], size_t most)
{
	double rows = wp_element(data[3], tensor[3]->type, 0);
	double columns = wp_element(data[3], tensor[3]->type, 1);
	m->rows = rows < (double)most ? (size_t)rows : most;
	m->columns = columns < (double)most ? (size_t)columns : most;
	enum wp_err err =
		wp_alloc(&m->value, m->rows * m->columns, sizeof *m->value, "a matrix");
	for (size_t i = 0; !err && i < tensor[0]->dim[0]; i++) {
		double row = wp_element(data[0], tensor[0]->type, i);
		double column = wp_element(data[1], tensor[1]->type, i);
		if (row >= 0 && row < (double)m->rows && column >= 0 &&
			column < (double)m->columns)
			m->value[(size_t)row * m->columns + (size_t)column] =
				wp_element(data[2], tensor[2]->type, i);
	}
	m->row_names = names_for(s, "vocab", (size_t)rows);
	m->column_names = names_for(s, "vocab", (size_t)columns);
	return err;
}

/* Rows of the states of a network are those of the tokens: name them, as far as they are drawn.
 */
static enum wp_err name_tokens(
	struct wp_plot_source *s, const struct wp_tensor *t, size_t rows, size_t drawn)
{
	const void *id;
	const struct wp_tensor *ids = wp_tensor_set_get(s->set, "ids", &id);
	const struct wp_strings *vocab = wp_tensor_set_strings(s->set, "vocab");
	enum wp_err err = WP_OK;
	if (strncmp(t->name, "states.", 7) != 0 || !ids || !vocab || ids->type != WP_I32 ||
		ids->rank != 1 || ids->dim[0] != rows)
		return WP_OK;
	for (size_t i = 0; i < drawn && !err; i++) {
		int32_t token = ((const int32_t *)id)[i];
		size_t n;
		if (token < 0 || (size_t)token >= vocab->count)
			return wp_fail(
				WP_EMISMATCH, "%s: 'ids' has an id beyond 'vocab'", s->path);
		const char *text = wp_strings_get(vocab, (size_t)token, &n);
		err = wp_strings_add(&s->row_names, text, n);
	}
	return err;
}

/* `count` tokens of the ids of that name, by the vocabulary's words; nothing where they are not
 * there. */
static enum wp_err name_first(const struct wp_plot_source *s, const char *ids,
	const char *vocabulary, size_t from, size_t count, struct wp_strings *names)
{
	const void *id;
	const struct wp_tensor *t = wp_tensor_set_get(s->set, ids, &id);
	const struct wp_strings *vocab = wp_tensor_set_strings(s->set, vocabulary);
	enum wp_err err = WP_OK;
	if (!t || !vocab || t->type != WP_I32 || t->rank != 1 || t->dim[0] < from + count)
		return WP_OK;
	for (size_t i = 0; i < count && !err; i++) {
		const int32_t token = ((const int32_t *)id)[from + i];
		size_t n;
		if (token < 0 || (size_t)token >= vocab->count)
			return wp_fail(WP_EMISMATCH, "%s: '%s' has an id beyond '%s'", s->path,
				ids, vocabulary);
		const char *text = wp_strings_get(vocab, (size_t)token, &n);
		err = wp_strings_add(names, text, n);
	}
	return err;
}

/* What the tokens of the first target attend to in its source, by the first head: `attention`
 * of rnn-predict --maps, whose sizes are in `attention.shape`.  False where that is not what it
 * is. */
static bool is_attention(const struct wp_plot_source *s, const struct wp_tensor *t,
	size_t *target, size_t *source)
{
	const void *data;
	const struct wp_tensor *shape = wp_tensor_set_get(s->set, "attention.shape", &data);
	if (strcmp(t->name, "attention") != 0 || t->rank != 1 || !shape || shape->rank != 2 ||
		shape->type != WP_I32 || shape->dim[0] < 1 || shape->dim[1] != 3)
		return false;
	const int32_t *first = data;
	const int64_t size = (int64_t)first[1] * first[2];
	if (first[0] < 1 || first[1] < 1 || first[2] < 1 || (uint64_t)size > t->dim[0])
		return false;
	*target = (size_t)first[1];
	*source = (size_t)first[2];
	return true;
}

static enum wp_err take_attention(struct wp_plot_matrix *m, struct wp_plot_source *s,
	const struct wp_tensor *t, const void *data, size_t target, size_t source)
{
	m->rows = target;
	m->columns = source;
	enum wp_err err = wp_alloc(&m->value, target * source, sizeof *m->value, "a matrix");
	for (size_t i = 0; !err && i < target * source; i++)
		m->value[i] = wp_element(data, t->type, i);
	if (!err) /* the target's first token is SENTENCE_START, which attends to nothing */
		err = name_first(s, "target.ids", "target.vocab", 1, target, &s->row_names);
	if (!err)
		err = name_first(s, "ids", "vocab", 0, source, &s->columns);
	m->row_names = s->row_names.count ? &s->row_names : NULL;
	m->column_names = s->columns.count ? &s->columns : NULL;
	return err;
}

static enum wp_err take_dense(struct wp_plot_matrix *m, struct wp_plot_source *s,
	const struct wp_tensor *t, const void *data, size_t most)
{
	size_t skip = t->rank == 3 ? 1 : 0, rows = t->rank > 0 ? (size_t)t->dim[skip] : 1;
	m->columns = t->rank > 1 ? (size_t)t->dim[skip + 1] : 1;
	m->rows = rows < most ? rows : most;
	size_t count;
	enum wp_err err = wp_mulsize(m->rows, m->columns, &count)
		? wp_alloc(&m->value, count, sizeof *m->value, "a matrix")
		: wp_fail(WP_ELIMIT, "%s: tensor '%s' is too large", s->path, t->name);
	for (size_t i = 0; !err && i < count; i++)
		m->value[i] = wp_element(data, t->type, i);
	m->row_names = names_for(s, "vocab", rows);
	m->column_names = rows == m->columns ? m->row_names : NULL;
	if (!err)
		err = name_tokens(s, t, rows, m->rows);
	if (s->row_names.count)
		m->row_names = &s->row_names;
	return err;
}

static enum wp_err take_table(struct wp_plot_matrix *m, struct wp_plot_source *s, size_t most)
{
	size_t named = s->row_names.count > 0 && !s->confusion ? 1 : 0, all = s->columns.count;
	m->rows = s->rows < most ? s->rows : most;
	m->columns = all - named;
	enum wp_err err =
		wp_alloc(&m->value, m->rows * m->columns, sizeof *m->value, "a matrix");
	for (size_t i = 0; !err && i < m->rows; i++)
		memcpy(m->value + i * m->columns, s->value + i * all + named,
			m->columns * sizeof *m->value);
	if (!err && named) {
		/* The heading of the names is no name of a column. */
		struct wp_strings rest = {0};
		for (size_t i = 1; !err && i < all; i++) {
			size_t n;
			const char *column = wp_strings_get(&s->columns, i, &n);
			err = wp_strings_add(&rest, column, n);
		}
		wp_strings_fini(&s->columns);
		s->columns = rest;
	}
	m->row_names = s->row_names.count ? &s->row_names : NULL;
	m->column_names = &s->columns;
	return err;
}

enum wp_err wp_plot_matrix_get(
	struct wp_plot_matrix *m, struct wp_plot_source *s, const char *name, size_t most)
{
	char part[4][64], there[512];
	const struct wp_tensor *tensor[4], *only = NULL;
	const void *data[4];
	*m = (struct wp_plot_matrix){0};
	if (s->table)
		return take_table(m, s, most);
	list_tensors(s, there, sizeof there);
	if (!name) {
		size_t matrices = 0;
		for (size_t i = 0; i < wp_tensor_set_count(s->set); i++) {
			const struct wp_tensor *t = wp_tensor_set_at(s->set, i);
			if (t->type != WP_STRING && t->rank >= 2) {
				only = t;
				matrices++;
			}
		}
		static const char *const sparse[] = {"cooc", "onehot"};
		for (size_t i = 0; matrices == 0 && i < 2; i++)
			if (is_sparse(s, sparse[i], part, tensor, data))
				return take_sparse(m, s, tensor, data, most);
		if (matrices != 1)
			return wp_fail(WP_EMISMATCH,
				"%s: which tensor is to be drawn? \1tensor names one of %s",
				s->path, there);
		name = only->name;
	}
	only = wp_tensor_set_get(s->set, name, &data[0]);
	size_t target, from;
	if (only && is_attention(s, only, &target, &from))
		return take_attention(m, s, only, data[0], target, from);
	if (only && only->rank <= 3)
		return take_dense(m, s, only, data[0], most);
	if (!only && is_sparse(s, name, part, tensor, data))
		return take_sparse(m, s, tensor, data, most);
	return wp_fail(
		WP_EMISMATCH, "%s: no matrix '%s' to draw; there are %s", s->path, name, there);
}

enum wp_err wp_plot_no_word(const struct wp_plot_source *s, const struct wp_plot_matrix *m,
	const char *word, size_t length, const char *purpose)
{
	struct wp_vocab names = {.tokens = {0}};
	size_t n = 0;
	if (m->row_names)
		names.tokens = *m->row_names; /* borrowed */
	int32_t meant;
	if (wp_vocab_closest(&names, word, length, &meant, 1) == 0)
		meant = -1;
	const char *other = meant < 0 ? "" : wp_strings_get(&names.tokens, (size_t)meant, &n);
	return wp_fail(WP_EMISMATCH, "%s: no word '%.*s'%s%s%.*s%s", s->path, (int)length, word,
		purpose, meant < 0 ? "" : "; did you mean '", (int)n, other,
		meant < 0 ? "" : "'?");
}

void wp_plot_matrix_fini(struct wp_plot_matrix *m)
{
	free(m->value);
	*m = (struct wp_plot_matrix){0};
}
