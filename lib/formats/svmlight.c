/* svmlight's form of sparse rows, which LIBSVM, LIBLINEAR and scikit-learn use too: a row a
 * line,
 *
 *	LABEL INDEX:VALUE INDEX:VALUE ... # a comment
 *
 * with ascending indices.  They are counted from 1, or from 0 if a 0 is among them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/dense.h"
#include "formats/format.h"
#include "stream/cells.h"
#include "stream/element.h"
#include "stream/lines.h"
#include "text/number.h"

struct rows {
	struct wp_lines lines;
	int32_t *col; /* as the file has them */
	double *value;
	size_t cells, col_room, value_room;
	size_t *end; /* of each row, in the cells */
	size_t rows, end_room;
	struct wp_strings label; /* of each row */
	bool has_zero;
	int64_t most;
	uint64_t queries; /* qid: left out */
};

static enum wp_err bad(const struct rows *r, const char *what)
{
	return wp_fail(WP_ECORRUPT, "%s: %s (line %" PRIu64 ")", wp_input_name(r->lines.input),
		what, r->lines.number);
}

static enum wp_err add_cell(struct rows *r, size_t begin, const char *field, const char *end)
{
	const char *colon = memchr(field, ':', (size_t)(end - field));
	int64_t col;
	double value;
	if (colon && colon - field == 3 && memcmp(field, "qid", 3) == 0) {
		r->queries++;
		return WP_OK;
	}
	if (!colon || wp_scan_i64(field, colon, &col) != colon || colon == field)
		return bad(r, "not INDEX:VALUE where it belongs");
	if (wp_scan_f64(colon + 1, end, &value) != end || colon + 1 == end)
		return bad(r, "a value that is no number");
	if (!isfinite(value) || !isfinite((float)value))
		return bad(r, "a value that is infinite, not a number, or too large");
	if (col < 0 || col >= INT32_MAX)
		return bad(r, "an index out of range");
	if (r->cells > begin && col <= r->col[r->cells - 1])
		return bad(r, "an index that is not larger than the one before");
	r->has_zero |= col == 0;
	r->most = col > r->most ? col : r->most;
	if (value == 0)
		return WP_OK;
	enum wp_err err =
		wp_grow(&r->col, &r->col_room, r->cells + 1, sizeof *r->col, "matrix cells");
	if (!err)
		err = wp_grow(&r->value, &r->value_room, r->cells + 1, sizeof *r->value,
			"matrix cells");
	if (!err) {
		r->col[r->cells] = (int32_t)col;
		r->value[r->cells++] = value;
	}
	return err;
}

static enum wp_err read_row(struct rows *r, const char *line, size_t length)
{
	const char *comment = memchr(line, '#', length);
	const char *end = comment ? comment : line + length, *field;
	size_t begin = r->cells, n = wp_line_field(&line, end, &field);
	if (n == 0)
		return WP_OK; /* an empty line, or a comment */
	if (memchr(field, ':', n))
		return bad(r, "a row without a label");
	if (memchr(field, ',', n))
		return bad(r, "several labels, of which a row has one here");
	if (*field == '+' && n > 1) { /* +1 is 1 */
		field++;
		n--;
	}
	enum wp_err err = wp_strings_add(&r->label, field, n);
	while (!err && (n = wp_line_field(&line, end, &field)) > 0)
		err = add_cell(r, begin, field, field + n);
	if (!err)
		err = wp_grow(&r->end, &r->end_room, r->rows + 1, sizeof *r->end, "rows");
	if (!err)
		r->end[r->rows++] = r->cells;
	return err;
}

/* Numbers by their value, other labels behind them by their bytes. */
static int compare(const char *a, size_t n, const char *b, size_t m)
{
	double x, y;
	bool first = wp_scan_f64(a, a + n, &x) == a + n,
	     second = wp_scan_f64(b, b + m, &y) == b + m;
	if (first != second)
		return first ? -1 : 1;
	if (first && x != y)
		return x < y ? -1 : 1;
	int order = memcmp(a, b, n < m ? n : m);
	return order ? order : n < m ? -1 : n > m;
}

struct label {
	const char *text;
	size_t length;
};

static int by_label(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	return compare(x->text, x->length, y->text, y->length);
}

/* Labels as ids: names in order, `labels` and `labels.vocab`. */
static enum wp_err put_labels(const struct rows *r, struct wp_writer *writer)
{
	struct label *sorted, key;
	struct wp_strings names = {0};
	int32_t *id = NULL;
	size_t kept = 0;
	enum wp_err err = wp_alloc(&sorted, r->rows + 1, sizeof *sorted, "labels");
	if (!err)
		err = wp_alloc(&id, r->rows + 1, sizeof *id, "labels");
	for (size_t i = 0; i < r->rows && !err; i++)
		sorted[i].text = wp_strings_get(&r->label, i, &sorted[i].length);
	if (!err)
		qsort(sorted, r->rows, sizeof *sorted, by_label);
	for (size_t i = 0; i < r->rows && !err; i++)
		if (i == 0 || by_label(&sorted[kept - 1], &sorted[i]) != 0) {
			sorted[kept++] = sorted[i];
			err = wp_strings_add(&names, sorted[i].text, sorted[i].length);
		}
	for (size_t i = 0; i < r->rows && !err; i++) {
		key.text = wp_strings_get(&r->label, i, &key.length);
		const struct label *found =
			bsearch(&key, sorted, kept, sizeof *sorted, by_label);
		id[i] = (int32_t)(found - sorted);
	}
	if (!err)
		err = wp_writer_put_list(writer, "labels.vocab", &names);
	struct wp_tensor t = wp_tensor_1d("labels", WP_I32, r->rows);
	if (!err)
		err = wp_writer_put(writer, &t, id);
	wp_strings_fini(&names);
	free(sorted);
	free(id);
	return err;
}

static enum wp_err put_rows(
	struct rows *r, struct wp_writer *writer, const struct wp_format_job *job)
{
	struct wp_cells_writer *cells;
	int32_t base = r->has_zero ? 0 : 1;
	enum wp_err err = wp_cells_writer_create(
		&cells, writer, job->tensor ? job->tensor : "onehot", WP_F32);
	if (err)
		return err;
	for (size_t i = 0; i < r->cells; i++)
		r->col[i] -= base;
	for (size_t i = 0, begin = 0; i < r->rows && !err; begin = r->end[i++])
		if (r->end[i] > begin)
			err = wp_cells_put(cells, (int32_t)i, r->end[i] - begin, r->col + begin,
				r->value + begin);
	if (!err)
		err = wp_cells_finish(
			cells, (int64_t)r->rows, r->most >= base ? r->most + 1 - base : 0);
	wp_cells_writer_free(cells);
	return err ? err : put_labels(r, writer);
}

static enum wp_err read_format(
	struct wp_writer *writer, struct wp_input *input, struct wp_format_job *job)
{
	struct rows r = {.lines = {.input = input}};
	const char *line;
	size_t length;
	enum wp_err err = WP_OK;
	while (!err && (!job->top || r.rows < job->top)) {
		err = wp_lines_next(&r.lines, &line, &length);
		if (!err)
			err = read_row(&r, line, length);
	}
	if ((!err || err == WP_END) && r.rows >= INT32_MAX)
		err = wp_fail(
			WP_ELIMIT, "%s: more rows than a matrix has", wp_input_name(input));
	if (err == WP_END && r.rows == 0)
		err = wp_fail(WP_ECORRUPT, "%s: empty where rows were expected",
			wp_input_name(input));
	if (!err || err == WP_END)
		err = put_rows(&r, writer, job);
	if (!err)
		snprintf(job->report, sizeof job->report,
			"%.100s: %zu rows, %zu cells, columns counted from %d",
			wp_input_name(input), r.rows, r.cells, r.has_zero ? 0 : 1);
	if (!err && r.queries)
		snprintf(job->warning, sizeof job->warning,
			"%.100s: %" PRIu64 " query ids (qid:N) were left out",
			wp_input_name(input), r.queries);
	free(r.col);
	free(r.value);
	free(r.end);
	wp_strings_fini(&r.label);
	return err;
}

/* ---- writing ---- */

/* The label of a row: its name if all names are numbers, else its number. */
struct labels {
	const struct wp_strings *names;
	const int32_t *id;
	size_t count;
	bool numbers;
};

static void take_labels(const struct wp_tensor_set *set, struct labels *l)
{
	const void *data;
	const struct wp_tensor *t = wp_tensor_set_get(set, "labels", &data);
	*l = (struct labels){
		.names = wp_tensor_set_strings(set, "labels.vocab"), .numbers = true};
	if (!t || t->type != WP_I32 || t->rank != 1 || !l->names)
		return;
	l->id = data;
	l->count = (size_t)t->dim[0];
	for (size_t i = 0; i < l->names->count; i++) {
		size_t n;
		double number;
		const char *name = wp_strings_get(l->names, i, &n);
		l->numbers &= n > 0 && wp_scan_f64(name, name + n, &number) == name + n;
	}
}

static enum wp_err put_label(struct wp_output *out, const struct labels *l, size_t row)
{
	size_t n;
	if (row >= l->count)
		return wp_output_write(out, "0", 1);
	int32_t id = l->id[row];
	if (id < 0 || (size_t)id >= l->names->count)
		return wp_fail(WP_EMISMATCH, "a label beyond 'labels.vocab'");
	if (!l->numbers)
		return wp_output_printf(out, "%" PRId32, id);
	const char *name = wp_strings_get(l->names, (size_t)id, &n);
	return wp_output_write(out, name, n);
}

static enum wp_err put_cell(
	struct wp_output *out, int64_t col, const void *value, enum wp_type type, size_t i)
{
	char *room;
	enum wp_err err = wp_output_reserve(out, 2 * WP_NUMBER_ROOM + 2, &room);
	if (err)
		return err;
	char *p = room;
	*p++ = ' ';
	p = wp_print_i64(p, col + 1);
	*p++ = ':';
	p = type == WP_F32 ? wp_print_f32(p, ((const float *)value)[i])
			   : wp_print_f64(p, ((const double *)value)[i]);
	wp_output_advance(out, (size_t)(p - room));
	return WP_OK;
}

static enum wp_err write_rows(struct wp_output *out, const struct wp_tensor_set *set,
	const char *name, struct wp_format_job *job)
{
	struct wp_dense_cells c;
	struct labels labels;
	if (!wp_dense_take_cells(set, name, &c))
		return wp_tensor_set_lacks(set, name);
	take_labels(set, &labels);
	enum wp_err err = WP_OK;
	size_t at = 0, rows = wp_format_rows(job, (uint64_t)c.shape[0]);
	for (size_t row = 0; row < rows && !err; row++) {
		err = put_label(out, &labels, row);
		for (; at < c.cells && c.row[at] == (int64_t)row && !err; at++)
			err = put_cell(out, c.col[at], c.value, c.type, at);
		if (!err)
			err = wp_output_write(out, "\n", 1);
	}
	if (!err && at < c.cells && rows == (size_t)c.shape[0])
		err = wp_fail(
			WP_EMISMATCH, "'%s': cells that are out of order (cell %zu)", name, at);
	if (!labels.numbers)
		snprintf(job->warning, sizeof job->warning,
			"labels that are no numbers are written as their places in labels.vocab");
	return err;
}

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	struct wp_tensor_set *set;
	enum wp_err err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	const char *name = job->tensor ? job->tensor
		: wp_dense_is_sparse(set, "onehot") || !wp_dense_is_sparse(set, "cooc")
		? "onehot"
		: "cooc";
	err = write_rows(output, set, name, job);
	wp_tensor_set_free(set);
	return err;
}

const struct wp_format wp_format_svmlight = {
	.name = "svmlight",
	.read = read_format,
	.write = write_format,
};
