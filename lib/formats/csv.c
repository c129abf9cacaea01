/* Tables with a heading, as spreadsheets, pandas and R write them (RFC 4180): fields separated
 * by commas, semicolons or tabs, whichever the heading has most of; fields in double quotes may
 * hold separators, line feeds, and quotes doubled.  The heading names the columns. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/format.h"
#include "formats/tsv.h"
#include "text/number.h"
#include "text/vocab.h"

enum {
	SHOWN = 40,           /* bytes of a field in a message */
	LONGEST_ROW = 1 << 24 /* bytes                         */
};

/* ---- rows ---- */

struct rows {
	struct wp_input *input;
	char separator;
	uint64_t line, next_line; /* of the row last read, and of the one after it */
	struct wp_strings field;  /* of that row, quotes undone                    */
};

static enum wp_err bad(const struct rows *r, const char *what)
{
	return wp_fail(WP_ECORRUPT, "%s: %s (line %" PRIu64 ")", wp_input_name(r->input), what,
		r->line);
}

/* The bytes of the next row: *length without its line feed, *used with it.  WP_END at the end.
 */
static enum wp_err find_row(struct rows *r, const char **row, size_t *length, size_t *used)
{
	size_t have = 0, at = 0;
	bool quoted = false;
	for (;;) {
		size_t seen = have;
		enum wp_err err = wp_input_peek(r->input, seen + 1, row, &have);
		if (err)
			return err;
		if (have == 0)
			return WP_END;
		for (; at < have; at++) {
			char c = (*row)[at];
			quoted ^= c == '"';
			r->next_line += c == '\n';
			if (c == '\n' && !quoted)
				break;
		}
		if (at < have || have == seen)
			break;
		if (have > LONGEST_ROW)
			return bad(r, "a row without end: is a quote missing?");
	}
	if (quoted)
		return bad(r, "a quoted field without end");
	*length = at;
	*used = at + (at < have);
	*length -= *length > 0 && (*row)[*length - 1] == '\r';
	return WP_OK;
}

/* Copy the field that begins at p, quotes undone; returns where it ends. */
static const char *take_field(
	const char *p, const char *end, char separator, char *to, size_t *n)
{
	*n = 0;
	if (p == end || *p != '"') {
		const char *stop = memchr(p, separator, (size_t)(end - p));
		stop = stop ? stop : end;
		*n = (size_t)(stop - p);
		if (*n)
			memcpy(to, p, *n);
		return stop;
	}
	for (p++; p < end; p++) {
		if (*p == '"' && (p + 1 == end || p[1] != '"'))
			return p + 1;
		p += *p == '"'; /* of two, the second */
		to[(*n)++] = *p;
	}
	return NULL;
}

static enum wp_err split_row(struct rows *r, const char *row, size_t length)
{
	const char *p = row, *end = row + length;
	char *field;
	enum wp_err err = wp_alloc(&field, length + 1, 1, "row");
	r->field.count = 0;
	while (!err) {
		size_t n;
		p = take_field(p, end, r->separator, field, &n);
		if (!p || (p < end && *p != r->separator)) {
			err = bad(r, "text behind a field in quotes");
			break;
		}
		err = wp_strings_add(&r->field, field, n);
		if (p == end)
			break;
		p++;
	}
	free(field);
	return err;
}

/* The next row that is not empty. */
static enum wp_err next_row(struct rows *r)
{
	const char *row;
	size_t length, used = 0;
	enum wp_err err;
	do {
		r->line = r->next_line;
		err = find_row(r, &row, &length, &used);
		if (!err && length > 0)
			err = split_row(r, row, length);
		if (err)
			return err;
		wp_input_skip(r->input, used);
	} while (length == 0);
	return WP_OK;
}

/* Names x1, x2, ... for columns that have none. */
static enum wp_err number_names(struct wp_strings *names, size_t count)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < count && !err; i++) {
		char name[24];
		int n = snprintf(name, sizeof name, "x%zu", i + 1);
		err = wp_strings_add(names, name, (size_t)n);
	}
	return err;
}

/* The heading, or the first row where there is none, decides what separates fields. */
static enum wp_err read_heading(struct rows *r, struct wp_strings *names, bool no_heading)
{
	const char *data;
	size_t have = 0, seen, counts[3] = {0};
	static const char separators[] = ",;\t";
	bool quoted = false;
	enum wp_err err;
	do {
		seen = have;
		err = wp_input_peek(r->input, seen + 1, &data, &have);
	} while (!err && have > seen && !memchr(data + seen, '\n', have - seen));
	for (size_t i = 0; !err && i < have && data[i] != '\n'; i++) {
		quoted ^= data[i] == '"';
		for (int s = 0; s < 3; s++)
			counts[s] += !quoted && data[i] == separators[s];
	}
	r->separator = counts[1] > counts[0] ? ';' : ',';
	if (counts[2] > counts[0] && counts[2] > counts[1])
		r->separator = '\t';
	r->line = r->next_line = 1;
	if (!err)
		err = next_row(r);
	if (err == WP_END)
		return wp_fail(WP_ECORRUPT, "%s: empty where a heading was expected",
			wp_input_name(r->input));
	if (err)
		return err;
	bool all_numbers = true;
	for (size_t i = 0; i < r->field.count; i++) {
		size_t n;
		double number;
		const char *name = wp_strings_get(&r->field, i, &n);
		all_numbers &= n > 0 && wp_scan_f64(name, name + n, &number) == name + n;
	}
	if (no_heading)
		return number_names(names, r->field.count);
	if (all_numbers)
		return bad(r,
			"numbers where the names of the columns belong; '\1no-heading' reads a "
			"table without them");
	return wp_strings_add_all(names, &r->field);
}

/* ---- columns ---- */

/* Columns that are chosen: their places in the row. */
struct columns {
	size_t *place;
	size_t count, room;
};

static enum wp_err add_column(struct columns *c, size_t place)
{
	enum wp_err err =
		wp_grow(&c->place, &c->room, c->count + 1, sizeof *c->place, "columns");
	if (!err)
		c->place[c->count++] = place;
	return err;
}

/* "a, b, c" of the heading, for messages. */
static const char *list_names(const struct wp_strings *names, char *text, size_t size)
{
	size_t used = 0;
	*text = '\0';
	for (size_t i = 0; i < names->count && used + 8 < size; i++) {
		size_t n;
		const char *name = wp_strings_get(names, i, &n);
		used += (size_t)snprintf(text + used, size - used, "%s%.*s", i ? ", " : "",
			(int)(n < SHOWN ? n : SHOWN), name);
	}
	return text;
}

/* Add the columns of a list "price,volume". */
static enum wp_err choose(struct columns *c, const struct rows *r,
	const struct wp_strings *names, const char *list)
{
	while (list) {
		/* A name with a comma in it stands in quotes. */
		const char *quote = *list == '"' ? strchr(list + 1, '"') : NULL;
		list += quote != NULL;
		const char *comma = strchr(quote ? quote : list, ',');
		size_t n = quote ? (size_t)(quote - list)
			: comma  ? (size_t)(comma - list)
				 : strlen(list);
		size_t found = names->count, times = 0;
		for (size_t i = 0; i < names->count; i++) {
			size_t length;
			const char *name = wp_strings_get(names, i, &length);
			if (length == n && memcmp(name, list, n) == 0 && times++ == 0)
				found = i;
		}
		char all[256];
		if (times != 1)
			return wp_fail(WP_EMISMATCH,
				"%s: %s column '%.*s'; the heading has: %s",
				wp_input_name(r->input), times ? "more than one" : "no", (int)n,
				list, list_names(names, all, sizeof all));
		enum wp_err err = add_column(c, found);
		if (err)
			return err;
		list = comma ? comma + 1 : NULL;
	}
	return WP_OK;
}

/* ---- reading ---- */

/* A matrix that grows by rows. */
struct matrix {
	struct columns columns;
	bool may_lack; /* an empty field is a number that is not known */
	char *data;
	size_t room;
};

struct table {
	struct rows rows;
	struct wp_strings names;
	struct matrix inputs, targets;
	struct columns label, tag, sequence, word;
	struct wp_strings labels; /* of the sequences          */
	struct wp_strings tags;   /* of the rows               */
	struct wp_strings words;  /* of the rows               */
	struct wp_strings last;   /* the sequence that goes on */
	int32_t *lengths;
	size_t sequences, lengths_room;
	uint64_t count; /* rows */
};

static enum wp_err bad_number(const struct table *t, size_t place, enum wp_type type)
{
	size_t n, shown;
	const char *field = wp_strings_get(&t->rows.field, place, &shown);
	const char *name = wp_strings_get(&t->names, place, &n);
	return wp_fail(WP_ECORRUPT,
		"%s: column '%.*s' has %s%.*s%s, which is not a number of type %s (row %" PRIu64
		", line %" PRIu64 ")%s",
		wp_input_name(t->rows.input), (int)(n < SHOWN ? n : SHOWN), name,
		shown ? "'" : "an empty field", (int)(shown < SHOWN ? shown : SHOWN), field,
		shown ? "'" : "", wp_type_name(type), t->count + 1, t->rows.line,
		t->count == 0 && shown
			? ": '\1columns' chooses columns of numbers, '\1label' and '\1tags' "
			  "take names"
			: "");
}

static enum wp_err add_numbers(struct table *t, struct matrix *m, enum wp_type type)
{
	size_t item = wp_type_size(type), bytes = m->columns.count * item;
	size_t before = (size_t)t->count * bytes;
	enum wp_err err = wp_grow(&m->data, &m->room, before + bytes, 1, "table");
	for (size_t c = 0; c < m->columns.count && !err; c++) {
		size_t n, place = m->columns.place[c];
		const char *field = wp_strings_get(&t->rows.field, place, &n);
		char *to = m->data + before + c * item;
		while (n > 0 && *field == ' ')
			field++, n--;
		while (n > 0 && field[n - 1] == ' ')
			n--;
		if (m->may_lack && n == 0)
			field = "nan", n = 3;
		if (!wp_tsv_scan(field, field + n, type, to))
			err = bad_number(t, place, type);
	}
	return err;
}

/* Does the row belong to the sequence that the row before belonged to? */
static enum wp_err count_sequence(struct table *t, bool *is_new)
{
	size_t n, before = 0;
	const char *id = wp_strings_get(&t->rows.field, t->sequence.place[0], &n);
	const char *last = t->sequences ? wp_strings_get(&t->last, 0, &before) : NULL;
	*is_new = !last || n != before || memcmp(id, last, n) != 0;
	enum wp_err err = WP_OK;
	if (*is_new) {
		t->last.count = 0;
		err = wp_strings_add(&t->last, id, n);
		if (!err)
			err = wp_grow(&t->lengths, &t->lengths_room, t->sequences + 1,
				sizeof *t->lengths, "lengths");
		if (!err)
			t->lengths[t->sequences++] = 0;
	}
	if (!err && t->lengths[t->sequences - 1]++ == INT32_MAX)
		err = bad(&t->rows, "a sequence that is too long");
	return err;
}

static enum wp_err take_row(struct table *t, enum wp_type type)
{
	bool is_new = true;
	size_t n;
	if (t->rows.field.count != t->names.count)
		return wp_fail(WP_ECORRUPT,
			"%s: %zu fields in a row, and %zu in the heading (line %" PRIu64 ")",
			wp_input_name(t->rows.input), t->rows.field.count, t->names.count,
			t->rows.line);
	enum wp_err err = add_numbers(t, &t->inputs, type);
	if (!err && t->targets.columns.count)
		err = add_numbers(t, &t->targets, type);
	if (!err && t->sequence.count)
		err = count_sequence(t, &is_new);
	if (!err && t->word.count) {
		const char *word = wp_strings_get(&t->rows.field, t->word.place[0], &n);
		err = wp_strings_add(&t->words, word, n);
	}
	if (!err && t->tag.count) {
		const char *tag = wp_strings_get(&t->rows.field, t->tag.place[0], &n);
		err = n ? wp_strings_add(&t->tags, tag, n)
			: bad(&t->rows, "a row without a tag");
	}
	if (!err && t->label.count) {
		const char *label = wp_strings_get(&t->rows.field, t->label.place[0], &n);
		if (n == 0)
			return bad(&t->rows, "a row without a label");
		size_t before;
		const char *last = is_new
			? NULL
			: wp_strings_get(&t->labels, t->labels.count - 1, &before);
		if (is_new)
			err = wp_strings_add(&t->labels, label, n);
		else if (n != before || memcmp(label, last, n) != 0)
			err = bad(&t->rows, "another label within one sequence");
	}
	t->count++;
	return err;
}

/* Is it a column of words, as it stands before vectors that were written? */
static bool is_words(const struct table *t, size_t place)
{
	size_t n;
	const char *name = wp_strings_get(&t->names, place, &n);
	return place == 0 && t->names.count > 1 && n == 4 && memcmp(name, "word", 4) == 0;
}

/* Every column that is nothing else is an input, where none are named. */
static enum wp_err choose_columns(struct table *t, const struct wp_format_job *job)
{
	enum wp_err err = WP_OK;
	if (job->targets)
		err = choose(&t->targets.columns, &t->rows, &t->names, job->targets);
	if (!err && job->label)
		err = choose(&t->label, &t->rows, &t->names, job->label);
	if (!err && job->tags)
		err = choose(&t->tag, &t->rows, &t->names, job->tags);
	if (!err && job->sequence)
		err = choose(&t->sequence, &t->rows, &t->names, job->sequence);
	if (!err && job->columns)
		return choose(&t->inputs.columns, &t->rows, &t->names, job->columns);
	for (size_t i = 0; i < t->names.count && !err; i++) {
		bool taken = (t->label.count && t->label.place[0] == i) ||
			(t->tag.count && t->tag.place[0] == i) ||
			(t->sequence.count && t->sequence.place[0] == i);
		for (size_t k = 0; k < t->targets.columns.count; k++)
			taken |= t->targets.columns.place[k] == i;
		if (!taken)
			err = add_column(is_words(t, i) ? &t->word : &t->inputs.columns, i);
	}
	return err;
}

struct name {
	const char *bytes;
	size_t length;
};

static int by_bytes(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	size_t n = x->length < y->length ? x->length : y->length;
	int order = memcmp(x->bytes, y->bytes, n);
	return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* The different ones, in the order of their bytes. */
static enum wp_err sort_unique(const struct wp_strings *list, struct wp_strings *sorted)
{
	struct name *name;
	enum wp_err err = wp_alloc(&name, list->count, sizeof *name, "labels");
	for (size_t i = 0; i < list->count && !err; i++)
		name[i].bytes = wp_strings_get(list, i, &name[i].length);
	if (!err)
		qsort(name, list->count, sizeof *name, by_bytes);
	for (size_t i = 0; i < list->count && !err; i++)
		if (i == 0 || by_bytes(&name[i - 1], &name[i]) != 0)
			err = wp_strings_add(sorted, name[i].bytes, name[i].length);
	free(name);
	return err;
}

/* A list of names as NAME, numbers, and NAME.vocab, what they stand for. */
static enum wp_err put_labels(
	const struct wp_strings *labels, const char *name, struct wp_writer *writer)
{
	char names[WP_NAME_SIZE];
	struct wp_strings sorted = {0}, copy = {0};
	struct wp_vocab vocab = {0};
	int32_t *id = NULL;
	size_t n = labels->count;
	enum wp_err err = sort_unique(labels, &sorted);
	snprintf(names, sizeof names, "%s.vocab", name);
	if (!err)
		err = wp_writer_put_list(writer, names, &sorted);
	if (!err)
		err = wp_strings_add_all(&copy, &sorted);
	if (!err)
		err = wp_vocab_from_strings(&vocab, &copy, NULL);
	if (!err)
		err = wp_alloc(&id, n, sizeof *id, "labels");
	for (size_t i = 0; i < n && !err; i++) {
		size_t length;
		const char *label = wp_strings_get(labels, i, &length);
		id[i] = wp_vocab_find(&vocab, label, length);
	}
	struct wp_tensor tensor = wp_tensor_1d(name, WP_I32, n);
	if (!err)
		err = wp_writer_put(writer, &tensor, id);
	free(id);
	wp_vocab_fini(&vocab);
	wp_strings_fini(&sorted);
	return err;
}

/* The names of the columns of a matrix as TENSOR.columns, unless they are x1, x2, ... */
static enum wp_err put_names(struct wp_writer *writer, const struct table *t,
	const struct columns *c, const char *tensor)
{
	struct wp_strings names = {0};
	char columns[WP_NAME_SIZE + 16];
	bool numbered = true;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < c->count && !err; i++) {
		size_t n;
		char number[24];
		const char *name = wp_strings_get(&t->names, c->place[i], &n);
		snprintf(number, sizeof number, "x%zu", i + 1);
		numbered &= strlen(number) == n && memcmp(name, number, n) == 0;
		err = wp_strings_add(&names, name, n);
	}
	snprintf(columns, sizeof columns, "%s.columns", tensor);
	if (!err && !numbered && strlen(columns) < WP_NAME_SIZE)
		err = wp_writer_put_list(writer, columns, &names);
	wp_strings_fini(&names);
	return err;
}

/* Without a column of sequences, each row that has a label is one, and rows with tags are all
 * of one. */
static enum wp_err put_lengths(struct table *t, struct wp_writer *writer)
{
	enum wp_err err = WP_OK;
	if (!t->sequence.count) {
		t->sequences = t->label.count ? (size_t)t->count : 1;
		err = wp_grow(&t->lengths, &t->lengths_room, t->sequences, sizeof *t->lengths,
			"lengths");
		for (size_t i = 0; i < t->sequences && !err; i++)
			t->lengths[i] = t->label.count ? 1 : (int32_t)t->count;
		if (!err && !t->label.count && t->count > INT32_MAX)
			err = wp_fail(WP_ELIMIT, "more than %d rows of tags", INT32_MAX);
	}
	struct wp_tensor tensor = wp_tensor_1d("lengths", WP_I32, t->sequences);
	return err ? err : wp_writer_put(writer, &tensor, t->lengths);
}

static enum wp_err put_table(
	struct table *t, struct wp_writer *writer, struct wp_format_job *job, const char *from)
{
	struct wp_tensor tensor =
		wp_tensor_2d("", job->type, t->count, t->inputs.columns.count);
	enum wp_err err = WP_OK;
	bool has_words = t->word.count > 0;
	const char *asked = job->tensor;
	if (has_words) {
		err = wp_format_keep_first(job, &t->words, &tensor, t->inputs.data, from);
		job->words = &t->words;
	}
	job->tensor = asked ? asked : has_words ? "embedding" : "series";
	if (!err)
		err = put_names(writer, t, &t->inputs.columns, job->tensor);
	if (!err)
		err = wp_format_put(writer, job, &tensor, t->inputs.data, from);
	if (!err && t->targets.columns.count) {
		err = put_names(writer, t, &t->targets.columns, "targets");
		tensor = wp_tensor_2d("targets", job->type, t->count, t->targets.columns.count);
		if (!err)
			err = wp_writer_put(writer, &tensor, t->targets.data);
	}
	if (!err && (t->sequence.count || t->label.count || t->tag.count))
		err = put_lengths(t, writer);
	if (!err && t->label.count)
		err = put_labels(&t->labels, "labels", writer);
	if (!err && t->tag.count)
		err = put_labels(&t->tags, "tags", writer);
	job->words = NULL;
	job->tensor = asked;
	return err;
}

static enum wp_err read_table(struct table *t, const struct wp_format_job *job)
{
	bool pending = job->no_heading; /* what was read is a row */
	enum wp_err err = read_heading(&t->rows, &t->names, job->no_heading);
	if (!err)
		err = choose_columns(t, job);
	if (!err && t->inputs.columns.count == 0)
		err = bad(&t->rows, "no column for numbers");
	while (!err && (!job->top || t->count < job->top)) {
		err = pending ? WP_OK : next_row(&t->rows);
		pending = false;
		if (!err)
			err = take_row(t, job->type);
	}
	if (err == WP_END)
		err = t->count ? WP_OK : bad(&t->rows, "a heading without rows");
	return err;
}

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	struct table t = {.rows = {.input = input}, .targets = {.may_lack = true}};
	if (job->type == WP_STRING)
		return wp_fail(WP_EMISMATCH, "csv: \1type string is for tsv");
	enum wp_err err = read_table(&t, job);
	if (!err)
		err = put_table(&t, writer, job, wp_input_name(input));
	if (!err)
		snprintf(job->report, sizeof job->report,
			"%.100s: %" PRIu64 " rows of %zu columns", wp_input_name(input),
			t.count, t.inputs.columns.count);
	wp_strings_fini(&t.rows.field);
	wp_strings_fini(&t.names);
	wp_strings_fini(&t.labels);
	wp_strings_fini(&t.tags);
	wp_strings_fini(&t.words);
	wp_strings_fini(&t.last);
	free(t.inputs.columns.place);
	free(t.inputs.data);
	free(t.targets.columns.place);
	free(t.targets.data);
	free(t.label.place);
	free(t.tag.place);
	free(t.word.place);
	free(t.sequence.place);
	free(t.lengths);
	return err;
}

/* ---- writing ---- */

static enum wp_err write_field(struct wp_output *output, const char *field, size_t n)
{
	bool plain = true;
	for (size_t i = 0; i < n; i++)
		plain &= field[i] != ',' && field[i] != '"' && field[i] != '\n' &&
			field[i] != '\r';
	if (plain)
		return wp_output_write(output, field, n);
	enum wp_err err = wp_output_write(output, "\"", 1);
	for (size_t i = 0; i < n && !err; i++)
		err = wp_output_write(
			output, field[i] == '"' ? "\"\"" : field + i, field[i] == '"' ? 2 : 1);
	return err ? err : wp_output_write(output, "\"", 1);
}

/* The names of the columns: those given, those of the stream, or numbers. */
static enum wp_err write_heading(struct wp_output *output, const struct wp_format_table *t,
	const struct wp_strings *names, const char *given, size_t columns)
{
	enum wp_err err = t->words ? wp_output_write(output, "word", 4) : WP_OK;
	for (size_t c = 0; c < columns && !err; c++) {
		size_t n = 0;
		const char *name = names && !given ? wp_strings_get(names, c, &n) : NULL;
		if (given) {
			name = given;
			n = strcspn(given, ",");
			given += n + (given[n] == ',');
		}
		if (c > 0 || t->words)
			err = wp_output_write(output, ",", 1);
		if (!err)
			err = name ? write_field(output, name, n)
				   : wp_output_printf(output, "x%zu", c + 1);
	}
	return err ? err : wp_output_write(output, "\n", 1);
}

static enum wp_err write_rows(
	struct wp_output *output, const struct wp_format_table *t, size_t rows, size_t columns)
{
	enum wp_err err = WP_OK;
	for (size_t r = 0; r < rows && !err; r++) {
		size_t n = 0;
		if (t->words) {
			const char *word = wp_strings_get(t->words, r, &n);
			err = write_field(output, word, n);
		}
		char *room;
		if (!err)
			err = wp_output_reserve(
				output, columns * (WP_NUMBER_ROOM + 1) + 1, &room);
		if (err)
			break;
		char *p = room;
		for (size_t c = 0; c < columns; c++) {
			if (c > 0 || t->words)
				*p++ = ',';
			p = wp_tsv_print(p, t->data, t->tensor.type, r * columns + c);
		}
		*p++ = '\n';
		wp_output_advance(output, (size_t)(p - room));
	}
	return err;
}

static enum wp_err write_table(struct wp_output *output, const struct wp_format_table *t,
	const struct wp_format_job *job)
{
	const struct wp_tensor *tensor = &t->tensor;
	if (t->strings || tensor->rank > 2)
		return wp_fail(WP_EMISMATCH,
			"tensor '%s': a table holds numbers in rows and columns, not %s",
			tensor->name, t->strings ? "strings" : "more axes");
	size_t rows = tensor->rank ? (size_t)tensor->dim[0] : 1;
	size_t columns = tensor->rank > 1 ? (size_t)tensor->dim[1] : 1;
	const struct wp_strings *names =
		t->columns && t->columns->count == columns ? t->columns : NULL;
	size_t given = 0;
	for (const char *p = job->columns; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		given++;
	if (given && given != columns)
		return wp_fail(WP_EMISMATCH, "%zu names for %zu columns", given, columns);
	enum wp_err err = write_heading(output, t, names, job->columns, columns);
	return err ? err : write_rows(output, t, rows, columns);
}

static const char *const usual[] = {"series", "embedding", NULL};

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	struct wp_format_table table;
	enum wp_err err = wp_format_take(&table, reader, job, usual);
	if (!err)
		err = write_table(output, &table, job);
	wp_format_table_fini(&table);
	return err;
}

const struct wp_format wp_format_csv = {
	.name = "csv",
	.reading = WP_FORMAT_TYPE | WP_FORMAT_COLUMNS | WP_FORMAT_TARGETS | WP_FORMAT_LABEL |
		WP_FORMAT_TAGS | WP_FORMAT_SEQUENCE | WP_FORMAT_VOCAB | WP_FORMAT_NO_HEADING,
	.writing = WP_FORMAT_COLUMNS | WP_FORMAT_NO_WORDS | WP_FORMAT_VOCAB | WP_FORMAT_MEMORY,
	.read = read_format,
	.write = write_format,
};
