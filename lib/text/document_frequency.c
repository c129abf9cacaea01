#include "text/document_frequency.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	KNOWN = 1 << 16, /* numbers of rows whose idf is kept: few columns have more */
	SLICE = 1 << 16  /* columns                                                  */
};

enum wp_err wp_df_init(struct wp_df *df, int64_t columns, size_t memory)
{
	*df = (struct wp_df){.columns = columns, .form = WP_IDF_NONE, .memory = memory};
	df->room = (size_t)columns + 1;
	if ((uint64_t)columns > memory / sizeof *df->count)
		return wp_fail(WP_ELIMIT,
			"the document frequencies of %" PRId64
			" columns take %.0f MiB: see \1memory, \1buckets",
			columns, (double)columns * sizeof *df->count / 0x1p20);
	return wp_table_alloc(
		&df->count, ((size_t)columns + 1) * sizeof *df->count, "document frequencies");
}

enum wp_err wp_df_widen(struct wp_df *df, int64_t columns)
{
	size_t old = df->room;
	if ((uint64_t)columns > df->memory / sizeof *df->count)
		return wp_fail(WP_ELIMIT,
			"the document frequencies of %" PRId64
			" columns take %.0f MiB: see \1memory, \1buckets",
			columns, (double)columns * sizeof *df->count / 0x1p20);
	enum wp_err err = wp_grow(&df->count, &df->room, (size_t)columns + 1, sizeof *df->count,
		"document frequencies");
	if (err)
		return err;
	memset(df->count + old, 0, (df->room - old) * sizeof *df->count);
	df->columns = columns;
	return WP_OK;
}

void wp_df_fini(struct wp_df *df)
{
	free(df->count);
	free(df->known);
	*df = (struct wp_df){0};
}

void wp_df_add(struct wp_df *df, const int32_t *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		df->count[columns[i]]++;
	df->rows++;
}

static double weight(enum wp_idf form, double rows, double count)
{
	switch (form) {
	case WP_IDF_SMOOTH:
		return log((1 + rows) / (1 + count)) + 1;
	case WP_IDF_PLAIN:
		return log(rows / count) + 1;
	case WP_IDF_TEXTBOOK:
		return log(rows / count);
	case WP_IDF_NONE:
		break;
	}
	return 1;
}

enum wp_err wp_df_weigh(struct wp_df *df, enum wp_idf form)
{
	enum wp_err err =
		df->known ? WP_OK : wp_alloc(&df->known, KNOWN, sizeof *df->known, "idf");
	df->form = form;
	for (uint32_t count = 1; count < KNOWN && !err; count++)
		df->known[count] = weight(form, (double)df->rows, count);
	return err;
}

double wp_df_idf(const struct wp_df *df, int32_t column)
{
	uint32_t count = df->count[column];
	return count < KNOWN ? df->known[count] : weight(df->form, (double)df->rows, count);
}

/* --- in a stream ----------------------------------------------------------------------------
 */

static enum wp_err put_slices(
	struct wp_writer *writer, const int32_t *col, const int32_t *count, size_t n, bool more)
{
	enum wp_err err = wp_writer_put_slice(writer, "df.col", WP_I32, col, n, more);
	return err ? err : wp_writer_put_slice(writer, "df.count", WP_I32, count, n, more);
}

enum wp_err wp_df_put(const struct wp_df *df, struct wp_writer *writer)
{
	struct wp_tensor rows = wp_tensor_1d("df.rows", WP_I64, 1);
	int32_t *col;
	size_t n = 0;
	enum wp_err err = wp_writer_put(writer, &rows, &df->rows);
	if (!err)
		err = wp_alloc(&col, 2 * SLICE, sizeof *col, "document frequencies");
	if (err)
		return err;
	for (int64_t c = 0; c < df->columns && !err; c++) {
		if (df->count[c] == 0)
			continue;
		col[n] = (int32_t)c;
		col[SLICE + n++] = (int32_t)df->count[c];
		if (n == SLICE) {
			err = put_slices(writer, col, col + SLICE, n, true);
			n = 0;
		}
	}
	if (!err)
		err = put_slices(writer, col, col + SLICE, n, false);
	free(col);
	return err;
}

/* The stream that is being read. */
struct reading {
	struct wp_df *df;
	struct wp_reader *reader;
	size_t memory;
	int32_t *col; /* that wait for their counts */
	size_t n, room;
	bool has_shape, has_rows, has_vocab, has_counts;
};

static enum wp_err mismatch(const struct reading *r, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s", wp_reader_name(r->reader), what);
}

static enum wp_err get_list(struct reading *r, const struct wp_tensor *tensor,
	enum wp_type type, const void **data, size_t *n)
{
	size_t size = 0;
	if (tensor->type != type || tensor->rank != 1)
		return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of type %s",
			wp_reader_name(r->reader), tensor->name, wp_type_name(type));
	enum wp_err err = wp_reader_data(r->reader, data, &size);
	*n = size / wp_type_size(type);
	return err;
}

static enum wp_err take_shape(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t n = 0;
	enum wp_err err = get_list(r, tensor, WP_I64, &data, &n);
	if (err)
		return err;
	const int64_t *shape = data;
	if (n != 2 || shape[1] < 0 || shape[1] > INT32_MAX || r->has_shape)
		return mismatch(r, "'onehot.shape' is no shape of a matrix");
	r->has_shape = true;
	return wp_df_init(r->df, shape[1], r->memory);
}

static enum wp_err take_rows(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t n = 0;
	enum wp_err err = get_list(r, tensor, WP_I64, &data, &n);
	if (err)
		return err;
	if (n != 1 || *(const int64_t *)data < 0 || *(const int64_t *)data > INT32_MAX)
		return mismatch(r, "'df.rows' is not a number of rows");
	if (!r->has_shape)
		return mismatch(r, "document frequencies come before their matrix");
	r->df->rows = *(const int64_t *)data;
	r->has_rows = true;
	return WP_OK;
}

static enum wp_err take_columns(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t n = 0;
	enum wp_err err = get_list(r, tensor, WP_I32, &data, &n);
	if (!err)
		err = wp_grow(&r->col, &r->room, n + 1, sizeof *r->col, "columns");
	if (err)
		return err;
	memcpy(r->col, data, n * sizeof *r->col);
	r->n = n;
	return WP_OK;
}

static enum wp_err take_counts(struct reading *r, const struct wp_tensor *tensor)
{
	const void *data;
	size_t n = 0;
	enum wp_err err = get_list(r, tensor, WP_I32, &data, &n);
	if (err)
		return err;
	const int32_t *count = data;
	if (n != r->n || !r->has_rows)
		return mismatch(r, "'df.col' and 'df.count' do not agree");
	for (size_t i = 0; i < n; i++) {
		if (r->col[i] < 0 || r->col[i] >= r->df->columns || count[i] < 1 ||
			count[i] > r->df->rows)
			return mismatch(r, "document frequencies that do not fit the matrix");
		r->df->count[r->col[i]] = (uint32_t)count[i];
	}
	r->n = 0;
	r->has_counts = true;
	return WP_OK;
}

static enum wp_err take_vocab(
	struct reading *r, const struct wp_tensor *tensor, struct wp_strings *vocab)
{
	if (tensor->type != WP_STRING || tensor->rank != 1)
		return mismatch(r, "'vocab' is not a list of strings");
	r->has_vocab = true;
	return wp_reader_strings(r->reader, vocab);
}

static enum wp_err take_record(
	struct reading *r, const struct wp_tensor *tensor, struct wp_strings *vocab)
{
	if (strcmp(tensor->name, "vocab") == 0)
		return take_vocab(r, tensor, vocab);
	if (strcmp(tensor->name, "onehot.shape") == 0)
		return take_shape(r, tensor);
	if (strcmp(tensor->name, "df.rows") == 0)
		return take_rows(r, tensor);
	if (strcmp(tensor->name, "df.col") == 0)
		return take_columns(r, tensor);
	if (strcmp(tensor->name, "df.count") == 0)
		return take_counts(r, tensor);
	return WP_OK;
}

enum wp_err wp_df_read(
	struct wp_df *df, struct wp_strings *vocab, struct wp_reader *reader, size_t memory)
{
	struct reading r = {.df = df, .reader = reader, .memory = memory};
	const struct wp_tensor *tensor;
	enum wp_err err = WP_OK;
	*df = (struct wp_df){0};
	*vocab = (struct wp_strings){0};
	while (!err && !(err = wp_reader_next(reader, &tensor)))
		err = take_record(&r, tensor, vocab);
	if (err == WP_END)
		err = r.has_counts && r.has_vocab
			? WP_OK
			: mismatch(&r,
				  "no document frequencies: is this the output of onehot "
				  "--tfidf?");
	free(r.col);
	if (err) {
		wp_df_fini(df);
		wp_strings_fini(vocab);
	}
	return err;
}
