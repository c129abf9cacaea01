#include "embed/w2v_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/w2v_model.h"
#include "stream/checkpoint.h"

/* Leave out the padding between rows. */
static void pack_rows(float *table, size_t rows, size_t stride, size_t dim)
{
	for (size_t i = 1; i < rows && stride != dim; i++)
		memmove(table + i * dim, table + i * stride, dim * sizeof *table);
}

/* The vectors of words from those of their parts, in place of their own. */
static enum wp_err sum_words(struct wp_w2v *m)
{
	float **part;
	enum wp_err err = wp_alloc(&part, m->parts.most + 1, sizeof *part, "n-grams");
	for (size_t i = 0; i < m->words && !err; i++) {
		int rows = wp_w2v_word_rows(m, (int32_t)i, part);
		m->kernels->mean(part[0], part, rows, m->stride);
	}
	free(part);
	return err;
}

static enum wp_err put_ngrams(struct wp_writer *writer, struct wp_w2v *m)
{
	pack_rows(m->ngram_table, m->ngrams.count, m->stride, m->ngrams.dim);
	m->ngrams.vector = m->ngram_table;
	return wp_char_ngrams_put(&m->ngrams, writer);
}

enum wp_err wp_w2v_put(struct wp_writer *writer, struct wp_w2v *m, bool context)
{
	size_t dim = (size_t)m->config.dim;
	struct wp_tensor tensor = wp_tensor_2d("embedding", WP_F32, m->inputs, dim);
	enum wp_err err = m->ngrams.count > 0 ? sum_words(m) : WP_OK;
	pack_rows(m->embedding, m->inputs, m->stride, dim);
	if (!err)
		err = wp_writer_put(writer, &tensor, m->embedding);
	if (!err && m->ngrams.count > 0)
		err = put_ngrams(writer, m);
	if (err || !context)
		return err;
	tensor = wp_tensor_2d("context", WP_F32, m->outputs, dim);
	pack_rows(m->output, m->outputs, m->stride, dim);
	return wp_writer_put(writer, &tensor, m->output);
}

/* The tensors of a checkpoint.  Tables are stored as they lie in memory, padding included. */
static const char prefix[] = "w2v", in_table[] = "w2v.embedding", out_table[] = "w2v.output",
		  ngram_table[] = "w2v.ngrams", progress[] = "w2v.progress",
		  loss_sum[] = "w2v.loss";

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
	t = wp_tensor_2d(in_table, WP_F32, m->inputs, m->stride);
	if (!err)
		err = wp_writer_put(writer, &t, m->embedding);
	t = wp_tensor_2d(out_table, WP_F32, m->outputs, m->stride);
	if (!err)
		err = wp_writer_put(writer, &t, m->output);
	t = wp_tensor_2d(ngram_table, WP_F32, m->ngrams.count, m->stride);
	return err || m->ngrams.count == 0 ? err : wp_writer_put(writer, &t, m->ngram_table);
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
	const void *numbers, *loss, *embedding, *output, *ngrams = NULL;
	int64_t done[2];
	struct wp_tensor t = wp_tensor_1d(progress, WP_I64, 2);
	enum wp_err err = wp_checkpoint_get(c, &t, &numbers);
	t = wp_tensor_scalar(loss_sum, WP_F64);
	if (!err)
		err = wp_checkpoint_get(c, &t, &loss);
	t = wp_tensor_2d(in_table, WP_F32, m->inputs, m->stride);
	if (!err)
		err = wp_checkpoint_get(c, &t, &embedding);
	t = wp_tensor_2d(out_table, WP_F32, m->outputs, m->stride);
	if (!err)
		err = wp_checkpoint_get(c, &t, &output);
	t = wp_tensor_2d(ngram_table, WP_F32, m->ngrams.count, m->stride);
	if (!err && m->ngrams.count > 0)
		err = wp_checkpoint_get(c, &t, &ngrams);
	if (err)
		return err;
	memcpy(done, numbers, sizeof done);
	if (done[0] < 0 || done[1] < 0 || (uint64_t)done[0] > wp_w2v_batches(m))
		return wp_checkpoint_corrupt(c, "a position at which no run can be");
	if (!is_padded(m, embedding, m->inputs) || !is_padded(m, output, m->outputs) ||
		(ngrams && !is_padded(m, ngrams, m->ngrams.count)))
		return wp_checkpoint_corrupt(c, "numbers beyond the vectors");
	memcpy(m->embedding, embedding, m->inputs * m->stride * sizeof *m->embedding);
	memcpy(m->output, output, m->outputs * m->stride * sizeof *m->output);
	if (ngrams)
		memcpy(m->ngram_table, ngrams,
			m->ngrams.count * m->stride * sizeof *m->ngram_table);
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

/* Where a word has n-grams, its own row is what makes the mean of all of them this vector. */
static void start_word(struct wp_w2v *m, size_t i, const float *vector)
{
	size_t dim = (size_t)m->config.dim;
	float *row = m->embedding + i * m->stride;
	memcpy(row, vector, dim * sizeof *row);
	if (m->ngrams.count == 0)
		return;
	size_t begin = m->parts.row[i], end = m->parts.row[i + 1];
	for (size_t k = 0; k < dim; k++)
		row[k] *= (float)(end - begin + 1);
	for (size_t p = begin; p < end; p++)
		for (size_t k = 0; k < dim; k++)
			row[k] -= m->ngram_table[m->parts.ngram[p] * m->stride + k];
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
		start_word(m, i, from->vector + (size_t)id * dim);
		++*found;
	}
	return WP_OK;
}
