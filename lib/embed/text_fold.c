#include "embed/text_fold.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/text_rows.h"
#include "stream/cells.h"
#include "stream/element.h"
#include "stream/tensor_set.h"

struct folding {
	struct wp_tensor_set *lsa;
	const float *vector; /* (columns, dim): U S^p */
	float *inverse;      /* (dim): S^-1           */
	size_t columns, dim;
	bool log; /* the cells of the analysis are log(1 + x) */
	struct wp_text_rows rows;
	int64_t begun; /* rows so far ...                     */
	float *row;    /* ... the last of them, of `rows` ... */
	double *sum;   /* ... its sum up to now ...           */
	size_t cells;  /* ... of so many cells                */
};

static enum wp_err wrong(const struct folding *f, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s", wp_tensor_set_name(f->lsa), what);
}

static enum wp_err take_lsa(struct folding *f)
{
	static const double smallest = 1e-6; /* of the first singular value */
	const void *data, *values;
	char transform[16] = "raw";
	const struct wp_tensor *e = wp_tensor_set_get(f->lsa, "embedding", &data);
	const struct wp_tensor *s = wp_tensor_set_get(f->lsa, "singular.values", &values);
	const struct wp_strings *settings = wp_tensor_set_strings(f->lsa, "svd.settings");
	if (!e || !s)
		return wp_tensor_set_lacks(f->lsa, e ? "singular.values" : "embedding");
	if (e->type != WP_F32 || e->rank != 2 || s->type != WP_F64 || s->rank != 1 ||
		e->dim[1] != s->dim[0] || e->dim[1] == 0)
		return wrong(f,
			"'embedding' and 'singular.values' do not fit together: is this "
			"the output of svd-embed?");
	if (settings && !wp_strings_setting(settings, "transform", transform, sizeof transform))
		return wrong(f, "'svd.settings' has no transform");
	if (strcmp(transform, "raw") != 0 && strcmp(transform, "log") != 0)
		return wrong(f,
			"its cells are mutual information, which documents that are new "
			"have not: use svd-embed --transform raw or log");
	f->log = strcmp(transform, "log") == 0;
	enum wp_err err = wp_check_finite(wp_tensor_set_name(f->lsa), e, data);
	if (!err)
		err = wp_check_finite(wp_tensor_set_name(f->lsa), s, values);
	f->vector = data;
	f->columns = (size_t)e->dim[0];
	f->dim = (size_t)e->dim[1];
	if (!err)
		err = wp_alloc(&f->inverse, f->dim, sizeof *f->inverse, "singular values");
	const double *value = values;
	for (size_t k = 0; k < f->dim && !err; k++)
		f->inverse[k] = value[k] > smallest * value[0] ? (float)(1 / value[k]) : 0;
	return err;
}

/* The row that is being summed up has all its cells. */
static void end_row(struct folding *f)
{
	for (size_t k = 0; k < f->dim && f->row; k++)
		f->row[k] = (float)(f->sum[k] * (double)f->inverse[k]);
	f->rows.tally.empty += f->row && f->cells == 0;
	memset(f->sum, 0, f->dim * sizeof *f->sum);
	f->row = NULL;
	f->cells = 0;
}

/* Go on until so many rows have begun; all but the last have their cells. */
static enum wp_err begin_rows(struct folding *f, int64_t rows)
{
	enum wp_err err = WP_OK;
	for (; f->begun < rows && !err; f->begun++) {
		end_row(f);
		err = wp_text_rows_next(&f->rows, &f->row);
	}
	return err;
}

static enum wp_err take_cells(
	struct folding *f, struct wp_reader *reader, const struct wp_cells *batch)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < batch->count && !err; i++) {
		double value = batch->value[i];
		if (!isfinite(value) || (f->log && value < 0))
			return wp_fail(WP_ECORRUPT, "%s: row %" PRId32 " has a number that %s",
				wp_reader_name(reader), batch->row[i] + 1,
				isfinite(value) ? "is negative, where logarithms are taken"
						: "is not finite");
		err = begin_rows(f, (int64_t)batch->row[i] + 1);
		const float *vector = f->vector + (size_t)batch->col[i] * f->dim;
		value = f->log ? log1p(value) : value;
		for (size_t k = 0; k < f->dim; k++)
			f->sum[k] += value * (double)vector[k];
		f->cells++;
	}
	return err;
}

/* What the rows were made of and how has to be what the analysis was made of. */
static enum wp_err check_list(
	const struct folding *f, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	struct wp_strings list = {0};
	const struct wp_strings *want = wp_tensor_set_strings(f->lsa, tensor->name);
	enum wp_err err = wp_reader_strings(reader, &list);
	if (!err && want && !wp_strings_equal(want, &list))
		err = wp_fail(WP_EMISMATCH,
			"%s: '%s' is not that of %s: make the rows by onehot --from %s",
			wp_reader_name(reader), tensor->name, wp_tensor_set_name(f->lsa),
			wp_tensor_set_name(f->lsa));
	wp_strings_fini(&list);
	return err;
}

static enum wp_err check_frequencies(const struct folding *f, struct wp_reader *reader)
{
	const void *want, *have;
	size_t size;
	const struct wp_tensor *t = wp_tensor_set_get(f->lsa, "df.rows", &want);
	enum wp_err err = wp_reader_data(reader, &have, &size);
	if (!err && t && size == sizeof(int64_t) && t->type == WP_I64 && t->rank == 1 &&
		t->dim[0] == 1 && memcmp(want, have, size) != 0)
		return wp_fail(WP_EMISMATCH,
			"%s: weighed by the document frequencies of other documents than %s: make "
			"the rows by onehot --from %s",
			wp_reader_name(reader), wp_tensor_set_name(f->lsa),
			wp_tensor_set_name(f->lsa));
	return err;
}

static enum wp_err take_other(
	struct folding *f, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	if (strcmp(tensor->name, "vocab") == 0 || strcmp(tensor->name, "onehot.settings") == 0)
		return tensor->type == WP_STRING ? check_list(f, reader, tensor) : WP_OK;
	if (strcmp(tensor->name, "df.rows") == 0)
		return check_frequencies(f, reader);
	if (strcmp(tensor->name, "counts") == 0 || strncmp(tensor->name, "df.", 3) == 0 ||
		strncmp(tensor->name, "onehot.", 7) == 0)
		return WP_OK;
	const struct wp_text_output *out = f->rows.out;
	return out->other ? out->other(out->arg, reader, tensor) : WP_OK;
}

static enum wp_err read_rows(struct folding *f, struct wp_reader *reader)
{
	struct wp_cells_reader *cells;
	struct wp_cells_shape shape = {0};
	const struct wp_tensor *tensor;
	enum wp_err err = wp_cells_reader_create(&cells, "onehot");
	if (!err)
		wp_cells_expect(cells, 0, (int64_t)f->columns);
	while (!err && !(err = wp_reader_next(reader, &tensor))) {
		struct wp_cells batch;
		if (!wp_cells_own(cells, tensor)) {
			err = take_other(f, reader, tensor);
			continue;
		}
		err = wp_cells_take(cells, reader, tensor, &batch);
		if (!err)
			err = take_cells(f, reader, &batch);
	}
	if (err == WP_END)
		err = wp_cells_end(cells, reader, &shape);
	if (!err)
		err = begin_rows(f, shape.rows);
	if (!err)
		end_row(f);
	wp_cells_reader_free(cells);
	return err;
}

enum wp_err wp_text_fold_in(struct wp_reader *lsa, struct wp_reader *reader,
	const struct wp_text_output *out, struct wp_text_tally *tally)
{
	const char *const names[] = {"embedding", "singular.values", "svd.settings", "vocab",
		"onehot.settings", "df.rows", NULL};
	struct folding f = {0};
	enum wp_err err = wp_tensor_set_read(&f.lsa, lsa, names);
	if (!err)
		err = take_lsa(&f);
	if (!err)
		err = wp_text_rows_init(&f.rows, out, f.dim);
	if (!err)
		err = wp_alloc(&f.sum, f.dim, sizeof *f.sum, "a vector");
	if (!err)
		err = read_rows(&f, reader);
	if (!err)
		err = wp_text_rows_end(&f.rows);
	*tally = f.rows.tally;
	wp_text_rows_fini(&f.rows);
	wp_tensor_set_free(f.lsa);
	free(f.inverse);
	free(f.sum);
	return err;
}
