/* All of this file is in double precision. */
#define WP_NN_F64

#include <stdlib.h>

#include "base/memory.h"
#include "nn/core/array.h"
#include "nn/core/batch.h"
#include "nn/train/double_batch.h"

struct wp_nn_widened {
	struct wp_nn64_array values, targets, encoding, source_values, source_encoding;
	struct wp_nn64_batch source;
};

void wp_nn_widened_free(struct wp_nn_widened *w)
{
	if (!w)
		return;
	free(w->values.at);
	free(w->targets.at);
	free(w->encoding.at);
	free(w->source_values.at);
	free(w->source_encoding.at);
	free(w);
}

static enum wp_err convert(struct wp_nn64_array *to, const float *from, size_t rows,
	size_t width, const double **there)
{
	*there = NULL;
	if (!from)
		return WP_OK;
	enum wp_err err = wp_nn64_reserve(to, rows, width, "a batch");
	for (size_t i = 0; !err && i < rows * width; i++)
		to->at[i] = (double)from[i];
	*there = to->at;
	return err;
}

/* The numbers in a row of an input; 0 where there is no such input. */
static size_t width_of(const struct wp_nn_graph *g, enum wp_nn_input_kind kind)
{
	for (size_t i = 0; i < g->inputs; i++)
		if (g->input[i].kind == kind)
			return g->input[i].shape.width;
	return 0;
}

static enum wp_err widen(const struct wp_nn_double_batch *b, struct wp_nn64_batch *batch,
	struct wp_nn64_array *values, size_t width, struct wp_nn64_array *encoding,
	size_t encoding_width)
{
	*batch = (struct wp_nn64_batch){.steps = b->steps,
		.sequences = b->sequences,
		.active = b->active,
		.begin = b->begin,
		.ids = b->ids,
		.classes = b->classes,
		.columns = b->columns,
		.source_of = b->source_of,
		.continues = b->continues,
		.number = b->number,
		.epochs = b->epochs};
	const size_t rows = b->begin[b->steps];
	enum wp_err err = b->start
		? convert(values, b->values, b->start[rows], 1, &batch->cells.value)
		: convert(values, b->values, rows, width, &batch->values);
	batch->cells.start = b->start;
	batch->cells.col = b->col;
	return err ? err
		   : convert(encoding, b->encoding, (size_t)b->sequences, encoding_width,
			     &batch->encoding);
}

enum wp_err wp_nn_widen(struct wp_nn_widened **widened, const struct wp_nn_graph *graph,
	const struct wp_nn_double_batch *from, struct wp_nn64_batch *batch)
{
	const size_t encoding = width_of(graph, WP_NN_READS_ENCODING);
	enum wp_err err = *widened ? WP_OK : wp_alloc(widened, 1, sizeof **widened, "a batch");
	if (err)
		return err;
	struct wp_nn_widened *w = *widened;
	err = widen(
		from, batch, &w->values, graph->input[0].shape.width, &w->encoding, encoding);
	if (!err)
		err = convert(&w->targets, from->targets, from->target_rows,
			wp_nn_graph_output(graph)->outputs, &batch->targets);
	if (err || !from->source)
		return err;
	batch->source = &w->source;
	return widen(from->source, &w->source, &w->source_values,
		width_of(graph, WP_NN_READS_SOURCE), &w->source_encoding, encoding);
}
