/* Checkpoints in files: CHECKPOINT_SAVE and CHECKPOINT_LOAD call the save or load of any model.
 */
#ifndef CHECKPOINTS_H
#define CHECKPOINTS_H

#include <stdlib.h>
#include <string.h>

#include "stream/reader.h"
#include "stream/tensor_set.h"
#include "stream/writer.h"

static inline enum wp_err checkpoint_end(struct wp_writer *writer, enum wp_err err)
{
	if (!err)
		return wp_writer_finish(writer);
	wp_writer_abandon(writer, "checkpoint");
	return err;
}

static inline enum wp_err checkpoint_writer(struct wp_writer **writer, const char *path)
{
	struct wp_output *output;
	enum wp_err err = wp_output_open(&output, path);
	return err ? err : wp_writer_open(writer, output, 0);
}

static struct wp_writer *checkpoint_w;
static struct wp_reader *checkpoint_r;

/* A copy of a checkpoint in which number i of a tensor is another one; with i = -1 the tensor
 * is left out. */
static inline void checkpoint_change(
	const char *from, const char *to, const char *name, int i, double value)
{
	struct wp_reader *reader;
	struct wp_tensor_set *set;
	struct wp_writer *writer;
	enum wp_err err = wp_reader_open(&reader, from);
	if (!err)
		err = wp_tensor_set_read(&set, reader, NULL);
	if (!err)
		err = checkpoint_writer(&writer, to);
	for (size_t k = 0; !err && k < wp_tensor_set_count(set); k++) {
		struct wp_tensor t = *wp_tensor_set_at(set, k);
		const void *data;
		size_t count;
		if (t.type == WP_STRING) {
			err = wp_writer_put_list(
				writer, t.name, wp_tensor_set_strings(set, t.name));
			continue;
		}
		if (!wp_tensor_set_get(set, t.name, &data) || !wp_tensor_count(&t, &count))
			abort();
		bool changed = strcmp(t.name, name) == 0;
		if (changed && i < 0)
			continue;
		char *copy = malloc(count * wp_type_size(t.type) + 1);
		memcpy(copy, data, count * wp_type_size(t.type));
		if (changed && t.type == WP_I64)
			((int64_t *)(void *)copy)[i] = (int64_t)value;
		else if (changed && t.type == WP_F32)
			((float *)(void *)copy)[i] = (float)value;
		else if (changed && t.type == WP_F64)
			((double *)(void *)copy)[i] = value;
		t.more = false;
		err = wp_writer_put(writer, &t, copy);
		free(copy);
	}
	if (err || wp_writer_finish(writer))
		abort();
	wp_tensor_set_free(set);
}

#define CHECKPOINT_SAVE(save, model, path, settings) \
	(checkpoint_writer(&checkpoint_w, path) \
			? WP_EIO \
			: checkpoint_end(checkpoint_w, save(model, checkpoint_w, settings)))
#define CHECKPOINT_LOAD(load, model, path, settings) \
	(wp_reader_open(&checkpoint_r, path) ? WP_EIO : load(model, checkpoint_r, settings))

#endif
