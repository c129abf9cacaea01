/* What the steps of a batch take: a gradient needs all of them, from the first to the last. */
#include <stdlib.h>

#include "base/memory.h"
#include "nn/train/trainer_state.h"

/* Each node keeps what it made and its derivative; a recurrent layer its gates, too. */
size_t wp_nn_row_bytes(const struct wp_nn_graph *graph)
{
	size_t numbers = 0;
	for (size_t i = 0; i < graph->count; i++) {
		const struct wp_nn_node *n = &graph->node[i];
		const struct wp_nn_cell *cell = n->type->cell;
		if (!n->type->output) /* of tokens, their ids */
			numbers += 2 * (n->out.tokens ? 1 : n->out.width);
		if (n->type->row_numbers)
			numbers += n->type->row_numbers(n);
		if (cell)
			numbers += n->type->units(n) * (size_t)n->type->directions(n) *
				(cell->gates + cell->has_cell + (cell->reset ? 1 : 0));
	}
	return numbers * sizeof(float);
}

static size_t cut(const struct wp_nn_batching *how, size_t steps)
{
	size_t most = (size_t)how->bptt + (how->vary ? WP_NN_BPTT_MORE : 0);
	return how->bptt > 0 && most < steps ? most : steps;
}

/* Of pairs, the longer side. */
static int32_t length_of(const struct wp_nn_data *d, size_t i)
{
	return d->target_lengths && d->target_lengths[i] > d->lengths[i] ? d->target_lengths[i]
									 : d->lengths[i];
}

size_t wp_nn_longest_sequence(const struct wp_nn_data *data, const struct wp_nn_batching *how)
{
	size_t longest = how->stream ? data->rows / (size_t)how->batch + 1 : 0;
	for (size_t i = 0; i < data->sequences && !how->stream; i++)
		if ((size_t)length_of(data, i) > longest)
			longest = (size_t)length_of(data, i);
	return cut(how, longest);
}

static int falling(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x < y) - (x > y);
}

enum wp_err wp_nn_largest_batch(
	const struct wp_nn_data *data, const struct wp_nn_batching *how, size_t *rows)
{
	size_t batch = (size_t)how->batch;
	int32_t *lengths;
	*rows = wp_nn_longest_sequence(data, how) * batch;
	if (how->stream)
		return WP_OK;
	enum wp_err err = wp_alloc(&lengths, data->sequences, sizeof *lengths, "lengths");
	if (err)
		return err;
	*rows = 0;
	for (size_t i = 0; i < data->sequences; i++)
		lengths[i] = length_of(data, i);
	qsort(lengths, data->sequences, sizeof *lengths, falling);
	for (size_t i = 0; i < data->sequences && i < batch; i++)
		*rows += cut(how, (size_t)lengths[i]);
	free(lengths);
	return WP_OK;
}

enum wp_err wp_nn_check_memory(const struct wp_nn_graph *graph, const struct wp_nn_data *data,
	const struct wp_nn_batching *how, size_t memory)
{
	const size_t mebibyte = (size_t)1 << 20;
	size_t steps = wp_nn_longest_sequence(data, how), bytes = wp_nn_row_bytes(graph), all;
	if (memory == 0 || how->bptt > 0) /* cut already */
		return WP_OK;
	memory = memory < mebibyte ? mebibyte : memory;
	if (wp_mulsize(steps, bytes, &all) && all <= memory)
		return WP_OK;
	return wp_fail(WP_ELIMIT,
		"the longest sequence has %zu steps, which take some %zu MiB, all at a time, but "
		"the limit is %zu MiB: %sshorter lines do, or see \1memory",
		steps, steps * (bytes / 1024 + 1) / 1024 + 1, memory / mebibyte,
		wp_nn_graph_whole(graph) ? "" : "\1bptt 100, say, cuts it, ");
}
