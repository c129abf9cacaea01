#include "nn/train/double_batch.h"

#include "nn/core/batch.h"

static struct wp_nn_double_batch convert(const struct wp_nn_batch *b, size_t target_rows)
{
	return (struct wp_nn_double_batch){.steps = b->steps,
		.sequences = b->sequences,
		.active = b->active,
		.begin = b->begin,
		.ids = b->ids,
		.classes = b->classes,
		.values = b->cells.start ? b->cells.value : b->values,
		.start = b->cells.start,
		.col = b->cells.col,
		.epochs = b->epochs,
		.targets = b->targets,
		.encoding = b->encoding,
		.target_rows = target_rows,
		.columns = b->columns,
		.source_of = b->source_of,
		.continues = b->continues,
		.number = b->number};
}

struct wp_nn_double_batch wp_nn_double_batch_of(
	const struct wp_nn_batch *b, size_t target_rows, struct wp_nn_double_batch *source)
{
	struct wp_nn_double_batch batch = convert(b, target_rows);
	if (b->source) {
		*source = convert(b->source, 0);
		batch.source = source;
	}
	return batch;
}
