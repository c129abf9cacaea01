#include "embed/text_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BLOCK_FLOATS = 1 << 16 };

enum wp_err wp_text_rows_init(
	struct wp_text_rows *rows, const struct wp_text_output *out, size_t dim)
{
	*rows = (struct wp_text_rows){.out = out, .dim = dim};
	rows->room = BLOCK_FLOATS / dim > 0 ? BLOCK_FLOATS / dim : 1;
	return wp_alloc(
		&rows->block, rows->room * dim, sizeof *rows->block, "vectors of texts");
}

void wp_text_rows_fini(struct wp_text_rows *rows)
{
	free(rows->block);
	rows->block = NULL;
}

static void normalize(float *row, size_t dim)
{
	double sum = 0;
	for (size_t k = 0; k < dim; k++)
		sum += (double)row[k] * row[k];
	for (size_t k = 0; k < dim && sum > 0; k++)
		row[k] = (float)(row[k] / sqrt(sum));
}

enum wp_err wp_text_rows_flush(struct wp_text_rows *rows)
{
	enum wp_err err = WP_OK;
	if (rows->full && rows->used > 0)
		err = rows->full(rows->arg, rows->block, &rows->used);
	if (!rows->begun && rows->used > 0 && rows->out->begin)
		rows->out->begin();
	rows->begun = rows->begun || rows->used > 0;
	for (size_t i = 0; i < rows->used && rows->out->normalize; i++)
		normalize(rows->block + i * rows->dim, rows->dim);
	if (!err && rows->used > 0)
		err = wp_writer_put_rows(rows->out->writer, "encoding", WP_F32, rows->block,
			rows->used, rows->dim, true);
	rows->used = 0;
	if (rows->out->report)
		rows->out->report(rows->tally.texts);
	return err;
}

enum wp_err wp_text_rows_next(struct wp_text_rows *rows, float **vector)
{
	enum wp_err err = rows->used == rows->room ? wp_text_rows_flush(rows) : WP_OK;
	*vector = rows->block + rows->used++ * rows->dim;
	memset(*vector, 0, rows->dim * sizeof **vector);
	rows->tally.texts++;
	return err;
}

enum wp_err wp_text_rows_end(struct wp_text_rows *rows)
{
	enum wp_err err = wp_text_rows_flush(rows);
	if (!err && !rows->begun && rows->out->begin)
		rows->out->begin();
	return err ? err
		   : wp_writer_put_rows(
			     rows->out->writer, "encoding", WP_F32, NULL, 0, rows->dim, false);
}
