#include "embed/w2v_stream.h"

#include <string.h>

#include "embed/w2v_model.h"
#include "stream/tensor_set.h"

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
static const char in_table[] = "w2v.embedding", out_table[] = "w2v.output",
		  progress[] = "w2v.progress", loss_sum[] = "w2v.loss",
		  how_trained[] = "w2v.settings";

static enum wp_err put_state(struct wp_writer *writer, struct wp_w2v *m, const char *settings)
{
	const int64_t done[] = {(int64_t)m->position.batch, (int64_t)m->position.examples};
	struct wp_strings line = {0};
	struct wp_tensor t = wp_tensor_1d(progress, WP_I64, 2);
	enum wp_err err = wp_strings_add(&line, settings, strlen(settings));
	if (!err)
		err = wp_writer_put_list(writer, how_trained, &line);
	wp_strings_fini(&line);
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

enum wp_err wp_w2v_save(struct wp_w2v *m, const char *path, const char *settings)
{
	struct wp_output *output;
	struct wp_writer *writer;
	enum wp_err err = wp_output_open(&output, path);
	if (!err)
		err = wp_writer_open(&writer, output, 0);
	if (err)
		return err;
	err = put_state(writer, m, settings);
	if (!err)
		return wp_writer_finish(writer);
	wp_writer_abandon(writer, "checkpoint");
	return err;
}

static enum wp_err no_fit(const struct wp_tensor_set *set, const char *why)
{
	return wp_fail(WP_EMISMATCH, "%s: not a checkpoint of this run: %s",
		wp_tensor_set_name(set), why);
}

/* One tensor of the checkpoint, of the type and shape that it must have. */
static enum wp_err get(const struct wp_tensor_set *set, const struct wp_tensor *want, void *to)
{
	const void *data;
	const struct wp_tensor *have = wp_tensor_set_get(set, want->name, &data);
	size_t count;
	if (!have || have->type != want->type || have->rank != want->rank ||
		memcmp(have->dim, want->dim, sizeof have->dim) != 0 ||
		!wp_tensor_count(have, &count))
		return wp_fail(WP_EMISMATCH,
			"%s: not a checkpoint of this run: no '%s' that fits",
			wp_tensor_set_name(set), want->name);
	memcpy(to, data, count * wp_type_size(have->type));
	return WP_OK;
}

static enum wp_err get_state(
	const struct wp_tensor_set *set, struct wp_w2v *m, const char *settings)
{
	const struct wp_strings *line = wp_tensor_set_strings(set, how_trained);
	if (!line || line->count != 1)
		return no_fit(set, "no settings");
	size_t length;
	const char *saved = wp_strings_get(line, 0, &length);
	if (length != strlen(settings) || memcmp(saved, settings, length) != 0)
		return wp_fail(WP_EMISMATCH, "%s: made by '%.*s', not by '%s'",
			wp_tensor_set_name(set), (int)length, saved, settings);
	int64_t done[2];
	struct wp_w2v_position position;
	struct wp_tensor t = wp_tensor_1d(progress, WP_I64, 2);
	enum wp_err err = get(set, &t, done);
	t = wp_tensor_scalar(loss_sum, WP_F64);
	if (!err)
		err = get(set, &t, &position.loss);
	t = wp_tensor_2d(in_table, WP_F32, m->words, m->stride);
	if (!err)
		err = get(set, &t, m->embedding);
	t = wp_tensor_2d(out_table, WP_F32, m->outputs, m->stride);
	if (!err)
		err = get(set, &t, m->output);
	if (err)
		return err;
	position.batch = (uint64_t)done[0];
	position.examples = (uint64_t)done[1];
	return wp_w2v_resume(m, &position);
}

enum wp_err wp_w2v_load(struct wp_w2v *m, const char *path, const char *settings)
{
	struct wp_reader *reader;
	struct wp_tensor_set *set;
	enum wp_err err = wp_reader_open(&reader, path);
	if (!err)
		err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	err = get_state(set, m, settings);
	wp_tensor_set_free(set);
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
