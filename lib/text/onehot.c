#include "text/onehot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/spool.h"
#include "stream/cells.h"
#include "text/bag.h"
#include "text/ngrams.h"

enum {
	BLOCK = 4096,         /* ids whose n-grams are made at a time */
	DENSE_SLICE = 1 << 20 /* bytes                               */
};

struct wp_onehot {
	struct wp_onehot_config config;
	struct wp_writer *writer;
	struct wp_ngrams ngrams;
	struct wp_ngram_table own_table, *table; /* of learnt columns; or NULL */
	bool deferred; /* rows wait in the spool until all are counted */

	/* The current sentence: its last ids, and behind them the next ones. */
	int32_t ids[WP_NGRAM_MAX + BLOCK];
	size_t before;
	int32_t *columns; /* of a block's n-grams */
	struct wp_bag bag;

	struct wp_onehot_size size;
	struct wp_spool *spool;   /* of each row: count, columns, times */
	struct wp_df own_df, *df; /* df: those to weigh by, or NULL    */

	struct wp_cells_writer *cells;
	struct wp_tensor slice; /* of the dense tensor */
	char *dense;
	size_t dense_room; /* rows of a slice */
	double *value;
	size_t value_room;
	int32_t *number; /* of learnt columns: those that stay; or NULL */
};

void wp_onehot_default(struct wp_onehot_config *config)
{
	*config = (struct wp_onehot_config){.least = 1,
		.most = 1,
		.idf = WP_IDF_NONE,
		.norm = WP_NORM_NONE,
		.type = WP_F32,
		.memory = (size_t)1 << 30,
		.tmpdir = "/tmp"};
}

enum wp_err wp_onehot_check(const struct wp_onehot_config *c)
{
	bool weighed = c->idf != WP_IDF_NONE || c->norm != WP_NORM_NONE || c->sublinear;
	if (!c->bags && (weighed || c->binary || c->most > 1 || c->buckets || c->min_df))
		return wp_fail(WP_EINVAL,
			"a row for each token is nothing but its one: weights, n-grams and "
			"buckets are for \1bow");
	if (c->binary && c->sublinear)
		return wp_fail(
			WP_EINVAL, "\1binary and \1sublinear: a cell has one number of times");
	if (c->min_df && c->buckets)
		return wp_fail(
			WP_EINVAL, "\1min-df and \1buckets: columns are learnt or hashed");
	if (c->min_df && c->df)
		return wp_fail(WP_EINVAL, "\1min-df and \1idf-from: see \1from");
	if (c->type != WP_F32 && c->type != WP_U8)
		return wp_fail(WP_EINVAL, "\1dense: f32 or u8, not %s", wp_type_name(c->type));
	if (c->dense && c->type == WP_U8 && weighed)
		return wp_fail(WP_EINVAL, "\1dense u8 holds counts, no weights");
	return WP_OK;
}

/* Document frequencies, where they matter: those given, or our own. */
static enum wp_err prepare_df(struct wp_onehot *o)
{
	const struct wp_onehot_config *c = &o->config;
	if (c->idf == WP_IDF_NONE && !c->min_df)
		return WP_OK;
	if (!c->df) {
		o->df = &o->own_df;
		return wp_df_init(o->df, o->size.columns, c->memory / 2);
	}
	o->df = c->df;
	if (o->df->columns != o->size.columns)
		return wp_fail(WP_EMISMATCH,
			"document frequencies of %" PRId64 " columns, not of %" PRId64,
			o->df->columns, o->size.columns);
	return wp_df_weigh(o->df, c->idf);
}

/* How columns are numbered: by a table of n-grams that occur, or by their ids. */
static enum wp_err prepare_columns(struct wp_onehot *o, size_t words)
{
	const struct wp_onehot_config *c = &o->config;
	enum wp_err err = WP_OK;
	if (c->from && c->from->table.most > 0) {
		o->table = (struct wp_ngram_table *)&c->from->table;
	} else if (c->min_df) {
		o->table = &o->own_table;
		err = wp_ngram_table_init(o->table, c->least, c->most, c->memory / 2);
	} else {
		err = wp_ngrams_init(&o->ngrams, c->least, c->most, c->buckets, words);
		o->size.columns = o->ngrams.columns;
	}
	if (!err && c->from)
		o->size.columns = c->from->columns;
	return err;
}

enum wp_err wp_onehot_create(struct wp_onehot **onehot, const struct wp_onehot_config *config,
	size_t words, struct wp_writer *writer)
{
	*onehot = NULL;
	enum wp_err err = wp_onehot_check(config);
	if (!err)
		err = wp_alloc(onehot, 1, sizeof **onehot, "rows");
	if (err)
		return err;
	struct wp_onehot *o = *onehot;
	size_t per_token = (size_t)(config->most - config->least) + 1;
	o->config = *config;
	o->writer = writer;
	o->deferred = config->dense || (config->idf != WP_IDF_NONE && !config->df) ||
		config->min_df > 0;
	err = prepare_columns(o, words);
	if (!err)
		err = wp_alloc(&o->columns, BLOCK * per_token, sizeof *o->columns, "n-grams");
	if (!err)
		err = prepare_df(o);
	if (!err && o->deferred)
		err = wp_spool_create(&o->spool, config->memory / 2, config->tmpdir);
	if (!err && !config->dense)
		err = wp_cells_writer_create(&o->cells, writer, "onehot", WP_F32);
	if (err) {
		wp_onehot_free(o);
		*onehot = NULL;
	}
	return err;
}

void wp_onehot_free(struct wp_onehot *o)
{
	if (!o)
		return;
	free(o->columns);
	wp_ngram_table_fini(&o->own_table);
	wp_bag_fini(&o->bag);
	wp_spool_free(o->spool);
	wp_df_fini(&o->own_df);
	wp_cells_writer_free(o->cells);
	free(o->dense);
	free(o->value);
	free(o->number);
	free(o);
}

struct wp_onehot_size wp_onehot_size(const struct wp_onehot *o)
{
	struct wp_onehot_size size = o->size;
	size.bytes =
		(double)size.rows * (double)size.columns * (double)wp_type_size(o->config.type);
	return size;
}

/* --- rows on their way out -------------------------------------------------------------- */

static double tf(const struct wp_onehot *o, int32_t times)
{
	return o->config.binary ? 1 : o->config.sublinear ? 1 + log(times) : times;
}

static void normalize(enum wp_norm norm, double *value, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += norm == WP_NORM_L1 ? fabs(value[i]) : value[i] * value[i];
	double length = norm == WP_NORM_L1 ? sum : sqrt(sum);
	for (size_t i = 0; i < n && length > 0; i++)
		value[i] /= length;
}

static enum wp_err put_dense_slice(struct wp_onehot *o, bool more)
{
	o->slice.more = more;
	enum wp_err err = wp_writer_put(o->writer, &o->slice, o->dense);
	size_t columns = (size_t)o->size.columns;
	memset(o->dense, 0, (size_t)o->slice.dim[0] * columns * wp_type_size(o->config.type));
	o->slice.dim[0] = 0;
	return err;
}

static enum wp_err put_dense_row(struct wp_onehot *o, const int32_t *column, size_t n)
{
	size_t columns = (size_t)o->size.columns, at = (size_t)o->slice.dim[0] * columns;
	for (size_t i = 0; i < n; i++) {
		size_t cell = at + (size_t)column[i];
		if (o->config.type == WP_F32)
			((float *)(void *)o->dense)[cell] = (float)o->value[i];
		else if (o->value[i] > UINT8_MAX)
			return wp_fail(WP_ELIMIT,
				"a count of %.0f, more than a u8 holds: see \1dense f32, \1binary",
				o->value[i]);
		else
			((uint8_t *)o->dense)[cell] = (uint8_t)o->value[i];
	}
	o->slice.dim[0]++;
	return o->slice.dim[0] == o->dense_room ? put_dense_slice(o, true) : WP_OK;
}

/* Weigh a row and write it.  Columns that weigh nothing are no cells. */
static enum wp_err put_row(
	struct wp_onehot *o, int64_t row, int32_t *column, const int32_t *times, size_t n)
{
	enum wp_err err =
		wp_grow(&o->value, &o->value_room, n + 1, sizeof *o->value, "row of a matrix");
	if (err)
		return err;
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		o->value[kept] = tf(o, times[i]) * (o->df ? wp_df_idf(o->df, column[i]) : 1);
		column[kept] = column[i];
		kept += o->value[kept] != 0;
	}
	if (o->config.norm != WP_NORM_NONE)
		normalize(o->config.norm, o->value, kept);
	o->size.cells += kept;
	return o->config.dense ? put_dense_row(o, column, kept)
			       : wp_cells_put(o->cells, (int32_t)row, kept, column, o->value);
}

/* --- rows as they come ------------------------------------------------------------------- */

/* The row that is complete goes out, or to the spool. */
static enum wp_err end_row(struct wp_onehot *o, int32_t *column, const int32_t *times, size_t n)
{
	if (o->size.rows == INT32_MAX)
		return wp_fail(WP_ELIMIT, "more than %d rows", INT32_MAX);
	int64_t row = o->size.rows++;
	if (!o->deferred)
		return put_row(o, row, column, times, n);
	enum wp_err err = WP_OK;
	if (o->df == &o->own_df && o->table)
		err = wp_df_widen(o->df, o->size.columns = (int64_t)o->table->count);
	if (err)
		return err;
	if (o->df == &o->own_df)
		wp_df_add(o->df, column, n);
	const int32_t count = (int32_t)n;
	err = wp_spool_append(o->spool, &count, sizeof count);
	if (!err)
		err = wp_spool_append(o->spool, column, n * sizeof *column);
	return err ? err : wp_spool_append(o->spool, times, n * sizeof *times);
}

/* The next n ids, at most BLOCK, of a sentence to its bag. */
static enum wp_err add_to_bag(struct wp_onehot *o, const int32_t *ids, size_t n)
{
	size_t most = (size_t)o->config.most;
	memcpy(o->ids + o->before, ids, n * sizeof *ids);
	size_t count;
	enum wp_err err = WP_OK;
	if (o->table)
		err = wp_ngram_table_columns(o->table, o->ids + o->before, n, o->before,
			o->table == &o->own_table, o->columns, &count);
	else
		count = wp_ngrams_columns(
			&o->ngrams, o->ids + o->before, n, o->before, o->columns);
	size_t all = o->before + n, keep = all < most - 1 ? all : most - 1;
	memmove(o->ids, o->ids + all - keep, keep * sizeof *o->ids);
	o->before = keep;
	return err ? err : wp_bag_add(&o->bag, o->columns, count);
}

static enum wp_err end_bag(struct wp_onehot *o)
{
	enum wp_err err = wp_bag_close(&o->bag);
	if (!err)
		err = end_row(o, o->bag.column, o->bag.times, o->bag.count);
	wp_bag_clear(&o->bag);
	o->before = 0;
	return err;
}

enum wp_err wp_onehot_add(struct wp_onehot *o, const int32_t *ids, size_t n, bool ends)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0, some; o->config.bags && i < n && !err; i += some) {
		some = n - i < BLOCK ? n - i : BLOCK;
		err = add_to_bag(o, ids + i, some);
	}
	for (size_t i = 0; !o->config.bags && i < n && !err; i++) {
		const int32_t once = 1;
		int32_t column = ids[i];
		err = end_row(o, &column, &once, 1);
	}
	return !err && ends && o->config.bags ? end_bag(o) : err;
}

/* --- the end ----------------------------------------------------------------------------- */

static enum wp_err start_dense(struct wp_onehot *o)
{
	double bytes = wp_onehot_size(o).bytes;
	if (bytes > (double)o->config.memory)
		return wp_fail(WP_ELIMIT,
			"a dense tensor of %" PRId64 " rows and %" PRId64
			" columns takes %.0f MiB: see \1memory, \1dense u8, or write it sparse",
			o->size.rows, o->size.columns, bytes / 0x1p20);
	size_t row = (size_t)o->size.columns * wp_type_size(o->config.type);
	o->dense_room = row > 0 && row < DENSE_SLICE ? DENSE_SLICE / row : 1;
	o->slice = wp_tensor_2d("onehot", o->config.type, 0, (uint64_t)o->size.columns);
	return wp_alloc(&o->dense, o->dense_room + 1, row, "dense rows");
}

static enum wp_err read_spool(struct wp_onehot *o, void *to, size_t n)
{
	size_t got;
	enum wp_err err = wp_spool_read(o->spool, to, n, &got);
	if (!err && got < n)
		err = wp_fail(WP_EIO, "temporary file: shorter than it was");
	return err;
}

static enum wp_err put_spooled(struct wp_onehot *o)
{
	int32_t *row = NULL;
	size_t room = 0;
	enum wp_err err = WP_OK;
	wp_spool_rewind(o->spool);
	for (int64_t r = 0; r < o->size.rows && !err; r++) {
		int32_t n = 0;
		err = read_spool(o, &n, sizeof n);
		size_t count = (size_t)n;
		if (!err)
			err = wp_grow(&row, &room, 2 * count + 1, sizeof *row, "row");
		if (!err)
			err = read_spool(o, row, 2 * count * sizeof *row);
		for (size_t i = 0, n_kept = 0; !err && o->number && i < (size_t)n; i++) {
			row[n_kept] = o->number[row[i]];
			row[(size_t)n + n_kept] = row[(size_t)n + i];
			n_kept += row[n_kept] >= 0;
			count = n_kept;
		}
		if (!err)
			err = put_row(o, r, row, row + n, count);
	}
	free(row);
	return err;
}

/* Learnt columns that too few rows have go; those that stay are numbered anew. */
static enum wp_err keep_columns(struct wp_onehot *o)
{
	size_t count = o->table->count, kept = 0;
	enum wp_err err = wp_alloc(&o->number, count, sizeof *o->number, "columns");
	for (size_t c = 0; c < count && !err; c++) {
		bool keep = o->df->count[c] >= o->config.min_df;
		o->number[c] = keep ? (int32_t)kept : -1;
		o->df->count[kept] = o->df->count[c];
		kept += keep;
	}
	if (err)
		return err;
	o->df->columns = o->size.columns = (int64_t)kept;
	wp_ngram_table_keep(o->table, o->number);
	return WP_OK;
}

static enum wp_err put_ngrams(struct wp_onehot *o)
{
	struct wp_tensor t =
		wp_tensor_2d("onehot.ngram", WP_I32, o->table->count, (uint64_t)o->table->most);
	return wp_writer_put(o->writer, &t, o->table->ids);
}

enum wp_err wp_onehot_finish(struct wp_onehot *o)
{
	enum wp_err err = o->table == &o->own_table ? keep_columns(o) : WP_OK;
	if (!err && o->config.dense)
		err = start_dense(o);
	if (!err && o->df == &o->own_df)
		err = wp_df_weigh(o->df, o->config.idf);
	if (!err && o->deferred)
		err = put_spooled(o);
	if (!err)
		err = o->config.dense
			? put_dense_slice(o, false)
			: wp_cells_finish(o->cells, o->size.rows, o->size.columns);
	if (!err && o->df && o->config.idf != WP_IDF_NONE &&
		(!o->config.dense || o->config.min_df || o->config.from))
		err = wp_df_put(o->df, o->writer);
	return !err && o->table ? put_ngrams(o) : err;
}
