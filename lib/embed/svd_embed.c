#include "embed/svd_embed.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/cells.h"

static const char *const names[] = {[WP_COUNTS_COOC] = "cooc", [WP_COUNTS_ONEHOT] = "onehot"};

enum { SOURCES = sizeof names / sizeof *names };

/* A matrix while it comes. */
struct loader {
	struct wp_cells_reader *reader[SOURCES];
	int source; /* which of them, or SOURCES as long as nothing has come */
	struct wp_sparse *matrix;
	bool has_vocab;
	uint64_t words;
	size_t limit;
	bool too_many; /* cells do not fit the limit: only count them, to say what would do */
};

static enum wp_err add_cells(struct wp_sparse *matrix, const struct wp_cells *batch)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0, end; i < batch->count && !err; i = end) {
		for (end = i + 1; end < batch->count && batch->row[end] == batch->row[i];)
			end++;
		err = wp_sparse_put(
			matrix, batch->row[i], end - i, batch->col + i, batch->value + i);
	}
	return err;
}

static enum wp_err take(struct loader *l, struct wp_reader *reader,
	const struct wp_tensor *tensor, wp_record_fn *other, void *arg)
{
	for (int s = 0; s < SOURCES; s++) {
		struct wp_cells batch;
		if (!wp_cells_own(l->reader[s], tensor))
			continue;
		if (l->source == SOURCES)
			l->source = s;
		if (l->source != s)
			return wp_fail(WP_EMISMATCH, "%s: two matrices, '%s' and '%s'",
				wp_reader_name(reader), names[l->source], names[s]);
		enum wp_err err = wp_cells_take(l->reader[s], reader, tensor, &batch);
		if (!err && other && strcmp(tensor->name, "onehot.shape") == 0)
			err = other(arg, reader, tensor);
		if (!err && !l->too_many)
			err = add_cells(l->matrix, &batch);
		if (err == WP_ELIMIT) {
			l->too_many = true;
			wp_sparse_fini(l->matrix);
			err = WP_OK;
		}
		return err;
	}
	if (strcmp(tensor->name, "vocab") == 0 && tensor->rank == 1) {
		l->has_vocab = true;
		l->words += tensor->dim[0];
	}
	/* How the matrix was made, and what its columns are: those of onehot make rows of other
	 * documents. */
	if (!other || strncmp(tensor->name, "cooc.", 5) == 0)
		return WP_OK;
	return other(arg, reader, tensor);
}

static enum wp_err too_many_cells(
	const struct loader *l, const struct wp_reader *reader, uint64_t cells)
{
	/* A column and a value, in arrays that grow by half; turned they are there twice. */
	double bytes = (double)cells * 1.5 * (sizeof(uint16_t) + sizeof(float)) *
		(l->source == WP_COUNTS_ONEHOT ? 2 : 1);
	return wp_fail(WP_ELIMIT,
		"%s: matrix '%s': %" PRIu64 " cells need some %.0f MiB, and the vectors more, "
		"but the limit is %zu MiB: see \1memory",
		wp_reader_name(reader), names[l->source], cells, bytes / (1 << 20) + 1,
		l->limit >> 20);
}

/* All has come: is it what it should be?  Then complete the rows. */
static enum wp_err complete(struct loader *l, const struct wp_reader *reader)
{
	struct wp_cells_shape shape;
	if (l->source == SOURCES)
		return wp_fail(WP_EMISMATCH,
			"%s: no matrix 'cooc' or 'onehot': not a stream of cooc, nor a sparse "
			"one of onehot",
			wp_reader_name(reader));
	enum wp_err err = wp_cells_end(l->reader[l->source], reader, &shape);
	if (err)
		return err;
	if (l->too_many)
		return too_many_cells(l, reader, shape.cells);
	int64_t words = l->source == WP_COUNTS_COOC ? shape.rows : shape.columns;
	if (l->has_vocab && l->words != (uint64_t)words)
		return wp_fail(WP_EMISMATCH,
			"%s: matrix '%s' is of %" PRId64 " words, and 'vocab' has %" PRIu64
			"%s",
			wp_reader_name(reader), names[l->source], words, l->words,
			l->source == WP_COUNTS_COOC
				? ""
				: "; of n-grams there are no vectors: onehot without --ngrams");
	if (shape.columns > INT32_MAX || shape.rows > INT32_MAX)
		return wp_fail(WP_EMISMATCH,
			"%s: matrix '%s' is %" PRId64 " by %" PRId64 ": too large",
			wp_reader_name(reader), names[l->source], shape.rows, shape.columns);
	/* Few cells may claim to be of a matrix with billions of columns. */
	double sides = ((double)shape.rows + (double)shape.columns) * sizeof(double);
	if (sides > (double)l->limit)
		return wp_fail(WP_ELIMIT,
			"%s: sums of %" PRId64 " rows and %" PRId64
			" columns alone take %.0f MiB: see \1memory",
			wp_reader_name(reader), shape.rows, shape.columns, sides / 0x1p20);
	return wp_sparse_complete(l->matrix, (size_t)shape.rows, (size_t)shape.columns);
}

static enum wp_err transpose(struct wp_sparse *matrix)
{
	struct wp_sparse turned;
	enum wp_err err = wp_sparse_transpose(&turned, matrix);
	if (err)
		return err;
	wp_sparse_fini(matrix);
	*matrix = turned;
	return WP_OK;
}

enum wp_err wp_counts_read(struct wp_sparse *matrix, enum wp_count_source *source,
	struct wp_reader *reader, size_t memory, wp_record_fn *other, void *arg)
{
	struct loader l = {.source = SOURCES, .matrix = matrix, .limit = memory};
	const struct wp_tensor *tensor;
	enum wp_err err = WP_OK;
	*matrix = (struct wp_sparse){.limit = memory};
	for (int s = 0; s < SOURCES && !err; s++)
		err = wp_cells_reader_create(&l.reader[s], names[s]);
	while (!err && !(err = wp_reader_next(reader, &tensor)))
		err = take(&l, reader, tensor, other, arg);
	if (err == WP_END)
		err = complete(&l, reader);
	if (!err && l.source == WP_COUNTS_ONEHOT)
		err = transpose(matrix);
	if (!err)
		*source = (enum wp_count_source)l.source;
	for (int s = 0; s < SOURCES; s++)
		wp_cells_reader_free(l.reader[s]);
	if (err)
		wp_sparse_fini(matrix);
	return err;
}

void wp_svd_explained(const struct wp_svd *svd, double *explained)
{
	double sum = 0;
	for (size_t j = 0; j < svd->k; j++) {
		sum += svd->sigma[j] * svd->sigma[j];
		explained[j] = svd->square_sum > 0 ? sum / svd->square_sum : 0;
	}
}

static enum wp_err put_vectors(struct wp_writer *writer, const char *name, float *vectors,
	size_t rows, size_t k, const float *scale)
{
	struct wp_tensor tensor = wp_tensor_2d(name, WP_F32, rows, k);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < k; j++)
			vectors[i * k + j] *= scale[j];
	return wp_writer_put(writer, &tensor, vectors);
}

static enum wp_err put_settings(
	struct wp_writer *writer, const struct wp_weighting *weighting, double power)
{
	char line[2][48];
	struct wp_strings lines = {0};
	enum wp_err err = WP_OK;
	snprintf(line[0], sizeof line[0], "transform=%s", wp_weighting_names[weighting->kind]);
	snprintf(line[1], sizeof line[1], "power=%.9g", power);
	for (int i = 0; i < 2 && !err; i++)
		err = wp_strings_add(&lines, line[i], strlen(line[i]));
	if (!err)
		err = wp_writer_put_list(writer, "svd.settings", &lines);
	wp_strings_fini(&lines);
	return err;
}

enum wp_err wp_svd_put(struct wp_writer *writer, struct wp_svd *svd,
	const struct wp_weighting *weighting, double power)
{
	double *explained;
	float *scale = NULL;
	struct wp_tensor tensor = wp_tensor_1d("singular.values", WP_F64, svd->k);
	enum wp_err err = put_settings(writer, weighting, power);
	if (err)
		return err;
	err = wp_alloc(&explained, svd->k, sizeof *explained, "explained shares");
	if (!err)
		err = wp_alloc(&scale, svd->k, sizeof *scale, "singular values");
	if (!err)
		err = wp_writer_put(writer, &tensor, svd->sigma);
	if (!err) {
		wp_svd_explained(svd, explained);
		tensor = wp_tensor_1d("explained", WP_F64, svd->k);
		err = wp_writer_put(writer, &tensor, explained);
	}
	for (size_t j = 0; j < svd->k && !err; j++)
		scale[j] = (float)pow(svd->sigma[j], power);
	if (!err)
		err = put_vectors(writer, "embedding", svd->u, svd->rows, svd->k, scale);
	if (!err && svd->v)
		err = put_vectors(writer, "context", svd->v, svd->cols, svd->k, scale);
	free(explained);
	free(scale);
	return err;
}
