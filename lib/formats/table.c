/* A table for people: names at the head of each column and each row, separated by tabs. */
#include "formats/format.h"
#include "formats/tsv.h"
#include "text/number.h"
#include "text/token_text.h"

/* Tokens escaped as in token text; the spaces of an n-gram stay. */
static enum wp_err write_name(
	struct wp_output *output, const struct wp_strings *names, size_t i)
{
	size_t length;
	const char *name = wp_strings_get(names, i, &length), *end = name + length;
	char *room;
	enum wp_err err = wp_output_reserve(output, length * WP_ESCAPE_GROWTH + 1, &room);
	if (err || length == 0)
		return err;
	char *p = room;
	for (const char *q = name;; q++)
		if (q == end || *q == ' ') {
			p += wp_token_escape(name, (size_t)(q - name), p);
			if (q == end)
				break;
			*p++ = ' ';
			name = q + 1;
		}
	wp_output_advance(output, (size_t)(p - room));
	return WP_OK;
}

static enum wp_err write_heading(
	struct wp_output *output, const struct wp_format_table *t, size_t columns)
{
	bool named = t->columns && t->columns->count == columns;
	enum wp_err err = WP_OK;
	for (size_t c = 0; c < columns && !err; c++) {
		if (c > 0 || t->words)
			err = wp_output_write(output, "\t", 1);
		if (!err)
			err = named ? write_name(output, t->columns, c)
				    : wp_output_printf(output, "x%zu", c + 1);
	}
	return err ? err : wp_output_write(output, "\n", 1);
}

static enum wp_err write_row(
	struct wp_output *output, const struct wp_format_table *t, size_t row, size_t columns)
{
	char *room;
	enum wp_err err = t->words ? write_name(output, t->words, row) : WP_OK;
	if (!err)
		err = wp_output_reserve(output, columns * (WP_NUMBER_ROOM + 1) + 1, &room);
	if (err)
		return err;
	char *p = room;
	for (size_t c = 0; c < columns; c++) {
		if (c > 0 || t->words)
			*p++ = '\t';
		p = wp_tsv_print(p, t->data, t->tensor.type, row * columns + c);
	}
	*p++ = '\n';
	wp_output_advance(output, (size_t)(p - room));
	return WP_OK;
}

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	static const char *const usual[] = {"embedding", "series", "onehot", "cooc", NULL};
	struct wp_format_table t;
	enum wp_err err = wp_format_take(&t, reader, job, usual);
	if (!err && (t.strings || t.tensor.rank > 2))
		err = wp_fail(WP_EMISMATCH,
			"tensor '%s': a table holds numbers in rows and columns, not %s",
			t.tensor.name, t.strings ? "strings" : "more axes");
	size_t rows = t.tensor.rank > 0 ? (size_t)t.tensor.dim[0] : 1;
	size_t columns = t.tensor.rank > 1 ? (size_t)t.tensor.dim[1] : 1;
	if (!err)
		err = write_heading(output, &t, columns);
	for (size_t r = 0; r < rows && !err; r++)
		err = write_row(output, &t, r, columns);
	wp_format_table_fini(&t);
	return err;
}

const struct wp_format wp_format_table = {
	.name = "table",
	.writing = WP_FORMAT_NO_WORDS | WP_FORMAT_VOCAB | WP_FORMAT_MEMORY,
	.write = write_format,
};
