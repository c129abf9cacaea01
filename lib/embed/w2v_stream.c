#include "embed/w2v_stream.h"

#include <string.h>

#include "embed/w2v_model.h"
#include "stream/checkpoint.h"

/* Leave out the padding between rows. */
static void pack_rows(float *table, size_t rows, size_t stride, size_t dim)
{
	for (size_t i = 1; i < rows && stride != dim; i++)
		memmove(table + i * dim, table + i * stride, dim * sizeof *table);
}

enum wp_err wp_w2v_put(struct wp_writer *writer, struct wp_w2v *m, bool context)
{
	size_t dim = (size_t)m->config.dim;
	struct wp_tensor tensor = wp_tensor_2d("embedding", WP_F32, m->words, dim);
	pack_rows(m->embedding, m->words, m->stride, dim);
	enum wp_err err = wp_writer_put(writer, &tensor, m->embedding);
	if (err || !context)
		return err;
	tensor = wp_tensor_2d("context", WP_F32, m->outputs, dim);
	pack_rows(m->output, m->outputs, m->stride, dim);
	return wp_writer_put(writer, &tensor, m->output);
}

/* The tensors of a checkpoint.  Tables are stored as they lie in memory, padding included. */
static const char prefix[] = "w2v", in_table[] = "w2v.embedding", out_table[] = "w2v.output",
		  progress[] = "w2v.progress", loss_sum[] = "w2v.loss";

static uint32_t checksum(const struct wp_w2v *m)
{
	const struct wp_w2v_text *t = &m->text;
	uint32_t sum = wp_checkpoint_sum(0, t->ids, t->tokens, sizeof *t->ids);
	return wp_checkpoint_sum(sum, t->lengths, t->sentences, sizeof *t->lengths);
}

enum wp_err wp_w2v_save(struct wp_w2v *m, struct wp_writer *writer, const char *settings)
{
	const int64_t done[] = {(int64_t)m->position.batch, (int64_t)m->position.examples};
	struct wp_tensor t = wp_tensor_1d(progress, WP_I64, 2);
	enum wp_err err = wp_checkpoint_put_run(writer, prefix, settings, checksum(m));
	if (!err)
		err = wp_writer_put(writer, &t, done);
	t = wp_tensor_scalar(loss_sum, WP_F64);
	if (!err)
		err = wp_writer_put(writer, &t, &m->position.loss);
	t = wp_tensor_2d(in_table, WP_F32, m->words, m->stride);
	if (!err)
		err = wp_writer_put(writer, &t, m->embedding);
	t = wp_tensor_2d(out_table, WP_F32, m->outputs, m->stride);
	return err ? err : wp_writer_put(writer, &t, m->output);
}

/* The kernels work on whole rows: the padding has no part in sums because it is zero. */
static bool is_padded(const struct wp_w2v *m, const float *table, size_t rows)
{
	size_t dim = (size_t)m->config.dim;
	for (size_t i = 0; i < rows; i++)
		for (size_t k = dim; k < m->stride; k++)
			if (table[i * m->stride + k] != 0)
				return false;
	return true;
}

/* Everything is found and judged before anything is set. */
static enum wp_err get_state(const struct wp_checkpoint *c, struct wp_w2v *m)
{
	const void *numbers, *loss, *embedding, *output;
	int64_t done[2];
	struct wp_tensor t = wp_tensor_1d(progress, WP_I64, 2);
	enum wp_err err = wp_checkpoint_get(c, &t, &numbers);
	t = wp_tensor_scalar(loss_sum, WP_F64);
	if (!err)
		err = wp_checkpoint_get(c, &t, &loss);
	t = wp_tensor_2d(in_table, WP_F32, m->words, m->stride);
	if (!err)
		err = wp_checkpoint_get(c, &t, &embedding);
	t = wp_tensor_2d(out_table, WP_F32, m->outputs, m->stride);
	if (!err)
		err = wp_checkpoint_get(c, &t, &output);
	if (err)
		return err;
	memcpy(done, numbers, sizeof done);
	if (done[0] < 0 || done[1] < 0 || (uint64_t)done[0] > wp_w2v_batches(m))
		return wp_checkpoint_corrupt(c, "a position at which no run can be");
	if (!is_padded(m, embedding, m->words) || !is_padded(m, output, m->outputs))
		return wp_checkpoint_corrupt(c, "numbers beyond the vectors");
	memcpy(m->embedding, embedding, m->words * m->stride * sizeof *m->embedding);
	memcpy(m->output, output, m->outputs * m->stride * sizeof *m->output);
	m->position.batch = (uint64_t)done[0];
	m->position.examples = (uint64_t)done[1];
	memcpy(&m->position.loss, loss, sizeof m->position.loss);
	return WP_OK;
}

enum wp_err wp_w2v_load(struct wp_w2v *m, struct wp_reader *reader, const char *settings)
{
	struct wp_checkpoint *c;
	enum wp_err err = wp_checkpoint_read(&c, reader, prefix, settings, checksum(m));
	if (err)
		return err;
	err = get_state(c, m);
	wp_checkpoint_free(c);
	return err;
}

enum wp_err wp_w2v_start_from(struct wp_w2v *m, const struct wp_strings *vocab,
	const struct wp_embedding *from, size_t *found)
{
	size_t dim = (size_t)m->config.dim;
	*found = 0;
	if (from->dim != dim)
		return wp_fail(WP_EMISMATCH,
			"the vectors to begin with have %zu elements, those to be trained %zu",
			from->dim, dim);
	for (size_t i = 0; i < vocab->count; i++) {
		size_t length;
		const char *word = wp_strings_get(vocab, i, &length);
		int32_t id = wp_vocab_find(&from->vocab, word, length);
		if (id < 0)
			continue;
		memcpy(m->embedding + i * m->stride, from->vector + (size_t)id * dim,
			dim * sizeof(float));
		++*found;
	}
	return WP_OK;
}
