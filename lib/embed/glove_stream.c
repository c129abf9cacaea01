#include "embed/glove_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "embed/glove_model.h"
#include "stream/cells.h"
#include "stream/element.h"
#include "stream/checkpoint.h"

static const char matrix[] = "cooc";

/* ---- Reading the cells ---- */

struct input {
	struct wp_reader *reader;
	struct wp_cells_reader *matrix;
	struct wp_glove_cells **cells; /* *cells is NULL before the matrix begins */
	uint64_t words;
	bool has_vocab;
	int dim;
	size_t memory;
	const char *directory;
};

/* The strings themselves are of no use here, but decoded, so that their number is not only a
 * claim: tables will be made of that length. */
static enum wp_err count_words(struct input *in, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	in->has_vocab = tensor->rank == 1 && !tensor->more;
	in->words = tensor->first + tensor->dim[0];
	return wp_reader_data(in->reader, &data, &size);
}

static enum wp_err begin_matrix(struct input *in)
{
	if (!in->has_vocab)
		return wp_fail(WP_EMISMATCH, "%s: no 'vocab' in front of the matrix '%s'",
			wp_reader_name(in->reader), matrix);
	if (in->words < 1 || in->words > INT32_MAX)
		return wp_fail(WP_EMISMATCH, "%s: a vocabulary of %" PRIu64 " words",
			wp_reader_name(in->reader), in->words);
	wp_cells_expect(in->matrix, (int64_t)in->words, (int64_t)in->words);
	size_t words = (size_t)in->words;
	return wp_glove_cells_create(
		in->cells, words, wp_glove_blocks(words, in->dim), in->memory, in->directory);
}

static enum wp_err take_cells(struct input *in, const struct wp_tensor *tensor)
{
	struct wp_cells batch;
	enum wp_err err = *in->cells ? WP_OK : begin_matrix(in);
	if (!err)
		err = wp_cells_take(in->matrix, in->reader, tensor, &batch);
	if (err)
		return err;
	for (size_t i = 0; i < batch.count && !err; i++)
		err = wp_glove_cells_add(
			*in->cells, batch.row[i], batch.col[i], batch.value[i]);
	if (err == WP_EINVAL) {
		char why[200];
		snprintf(why, sizeof why, "%s", wp_error_detail());
		err = wp_fail(WP_EMISMATCH,
			"%s: %s (record %" PRIu64 " '%s', byte %" PRIu64 ")",
			wp_reader_name(in->reader), why, wp_reader_records(in->reader),
			tensor->name, wp_reader_offset(in->reader));
	}
	return err;
}

/* Names of the matrix that are not its cells say how it was counted: they go with it. */
static bool is_about_matrix(const struct wp_tensor *tensor)
{
	return strncmp(tensor->name, matrix, sizeof matrix - 1) == 0 &&
		tensor->name[sizeof matrix - 1] == '.';
}

static enum wp_err read_records(struct input *in, wp_record_fn *other, void *arg)
{
	const struct wp_tensor *tensor;
	enum wp_err err;
	while (!(err = wp_reader_next(in->reader, &tensor))) {
		wp_reader_forget(in->reader);
		if (strcmp(tensor->name, "vocab") == 0 && tensor->type == WP_STRING)
			err = count_words(in, tensor);
		if (err)
			return err;
		if (wp_cells_own(in->matrix, tensor))
			err = take_cells(in, tensor);
		else if (!is_about_matrix(tensor))
			err = other(arg, in->reader, tensor);
		if (err)
			return err;
	}
	if (err != WP_END)
		return err;
	struct wp_cells_shape shape;
	err = wp_cells_end(in->matrix, in->reader, &shape);
	if (!err && shape.cells == 0)
		err = wp_fail(WP_EMISMATCH, "%s: the matrix '%s' has no cells to train on",
			wp_reader_name(in->reader), matrix);
	return err ? err : wp_glove_cells_end(*in->cells);
}

enum wp_err wp_glove_cells_read(struct wp_glove_cells **cells, struct wp_reader *reader,
	int dim, size_t memory, const char *directory, wp_record_fn *other, void *arg)
{
	struct input in = {.reader = reader,
		.cells = cells,
		.dim = dim,
		.memory = memory,
		.directory = directory};
	*cells = NULL;
	enum wp_err err = wp_cells_reader_create(&in.matrix, matrix);
	if (!err)
		err = read_records(&in, other, arg);
	wp_cells_reader_free(in.matrix);
	if (err) {
		wp_glove_cells_free(*cells);
		*cells = NULL;
	}
	return err;
}

/* ---- The result ---- */

/* Rows of dim floats to `to`, which may be the table itself: a word's two rows have more bytes
 * than its vector, so that no row is overwritten before its turn.  `vector` has room for one.
 */
static void gather(const struct wp_glove *m, enum wp_glove_write what, float *to, float *vector)
{
	size_t dim = (size_t)m->config.dim;
	for (size_t i = 0; i < m->words; i++) {
		const uint16_t *main = wp_glove_elements(m, i, false);
		const uint16_t *context = wp_glove_elements(m, i, true);
		for (size_t k = 0; k < dim; k++) {
			float w = what == WP_GLOVE_CONTEXT ? 0 : wp_from_f16(main[k]);
			float c = what == WP_GLOVE_MAIN ? 0 : wp_from_f16(context[k]);
			vector[k] = w + c;
		}
		memcpy((char *)to + i * dim * sizeof *to, vector, dim * sizeof *to);
	}
}

static enum wp_err put_vectors(struct wp_writer *writer, const struct wp_glove *m,
	const char *name, enum wp_glove_write what, void *room)
{
	float *vector;
	size_t dim = (size_t)m->config.dim;
	enum wp_err err = wp_alloc(&vector, dim, sizeof *vector, "vector");
	if (err)
		return err;
	gather(m, what, room, vector);
	free(vector);
	struct wp_tensor tensor = wp_tensor_2d(name, WP_F32, m->words, dim);
	return wp_writer_put(writer, &tensor, room);
}

enum wp_err wp_glove_put(struct wp_writer *writer, struct wp_glove *m, enum wp_glove_write what)
{
	if (what != WP_GLOVE_BOTH)
		return put_vectors(writer, m, "embedding", what, m->table);
	float *room;
	enum wp_err err = wp_table_alloc(
		&room, m->words * (size_t)m->config.dim * sizeof *room, "embedding");
	if (!err)
		err = put_vectors(writer, m, "embedding", WP_GLOVE_MAIN, room);
	free(room);
	return err ? err : put_vectors(writer, m, "context", WP_GLOVE_CONTEXT, m->table);
}

/* ---- Checkpoints ---- */

static const char prefix[] = "glove", main_name[] = "glove.main",
		  context_name[] = "glove.context", tails_name[] = "glove.tails",
		  progress_name[] = "glove.progress", cost_name[] = "glove.cost";

enum {
	SLICE_ROWS = 1024, /* of the tables, that are copied at a time */
	TAIL = 3           /* numbers of a row that are not its elements */
};

static enum wp_err put_elements(struct wp_writer *writer, const struct wp_glove *m,
	const char *name, bool context, uint16_t *room)
{
	size_t dim = (size_t)m->config.dim;
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < m->words && !err;) {
		size_t rows = m->words - i < SLICE_ROWS ? m->words - i : SLICE_ROWS;
		for (size_t k = 0; k < rows; k++)
			memcpy(room + k * dim, wp_glove_elements(m, i + k, context),
				dim * sizeof *room);
		struct wp_tensor slice = wp_tensor_2d(name, WP_F16, rows, dim);
		i += rows;
		slice.more = i < m->words;
		err = wp_writer_put(writer, &slice, room);
	}
	return err;
}

static enum wp_err put_tails(struct wp_writer *writer, const struct wp_glove *m)
{
	float(*tails)[2][TAIL];
	enum wp_err err = wp_alloc(&tails, m->words, sizeof *tails, "checkpoint");
	if (err)
		return err;
	for (size_t i = 0; i < m->words; i++)
		for (int side = 0; side < 2; side++) {
			const struct wp_glove_tail *tail = wp_glove_tail(m, i, side);
			tails[i][side][0] = tail->bias;
			tails[i][side][1] = tail->bias_sum;
			tails[i][side][2] = tail->sum;
		}
	struct wp_tensor tensor = wp_tensor_3d(tails_name, WP_F32, m->words, 2, TAIL);
	err = wp_writer_put(writer, &tensor, tails);
	free(tails);
	return err;
}

/* Of the cells, tile by tile. */
static enum wp_err checksum(const struct wp_glove *m, uint32_t *sum)
{
	size_t tiles = m->blocks * m->blocks, most = 0;
	struct wp_glove_cell *cell;
	for (size_t i = 0; i < tiles; i++)
		if (wp_glove_tile_count(m->cells, i) > most)
			most = wp_glove_tile_count(m->cells, i);
	enum wp_err err = wp_alloc(&cell, most, sizeof *cell, "cells");
	*sum = 0;
	for (size_t i = 0; i < tiles && !err; i++) {
		err = wp_glove_tile_read(m->cells, i, cell);
		if (!err)
			*sum = wp_checkpoint_sum(
				*sum, cell, wp_glove_tile_count(m->cells, i), sizeof *cell);
	}
	free(cell);
	return err;
}

enum wp_err wp_glove_save(
	const struct wp_glove *m, struct wp_writer *writer, const char *settings)
{
	const int64_t done[] = {(int64_t)m->position.round, (int64_t)m->position.cells,
		(int64_t)wp_glove_cells_count(m->cells)};
	struct wp_tensor tensor = wp_tensor_1d(progress_name, WP_I64, 3);
	uint16_t *room = NULL;
	uint32_t sum;
	enum wp_err err = checksum(m, &sum);
	if (!err)
		err = wp_checkpoint_put_run(writer, prefix, settings, sum);
	if (!err)
		err = wp_writer_put(writer, &tensor, done);
	tensor = wp_tensor_scalar(cost_name, WP_F64);
	if (!err)
		err = wp_writer_put(writer, &tensor, &m->position.cost);
	if (!err)
		err = wp_alloc(
			&room, SLICE_ROWS, (size_t)m->config.dim * sizeof *room, "checkpoint");
	if (!err)
		err = put_elements(writer, m, main_name, false, room);
	if (!err)
		err = put_elements(writer, m, context_name, true, room);
	free(room);
	return err ? err : put_tails(writer, m);
}

static enum wp_err get_position(const struct wp_checkpoint *c, const struct wp_glove *m,
	struct wp_glove_position *position)
{
	const void *progress, *cost;
	uint64_t cells = wp_glove_cells_count(m->cells);
	int64_t done[3];
	struct wp_tensor tensor = wp_tensor_1d(progress_name, WP_I64, 3);
	enum wp_err err = wp_checkpoint_get(c, &tensor, &progress);
	tensor = wp_tensor_scalar(cost_name, WP_F64);
	if (!err)
		err = wp_checkpoint_get(c, &tensor, &cost);
	if (err)
		return err;
	memcpy(done, progress, sizeof done);
	if ((uint64_t)done[2] != cells)
		return wp_checkpoint_mismatch(c, "another number of cells");
	*position = (struct wp_glove_position){
		.round = (uint64_t)done[0], .cells = (uint64_t)done[1]};
	memcpy(&position->cost, cost, sizeof position->cost);
	if (position->round > wp_glove_rounds(m) || position->cells > cells ||
		position->cost < 0)
		return wp_checkpoint_corrupt(c, "a position at which no run can be");
	return WP_OK;
}

/* Everything is found and judged before anything is set. */
static enum wp_err get_state(const struct wp_checkpoint *c, struct wp_glove *m)
{
	size_t dim = (size_t)m->config.dim;
	const void *elements[2], *data;
	struct wp_glove_position position;
	enum wp_err err = get_position(c, m, &position);
	struct wp_tensor tensor = wp_tensor_2d(main_name, WP_F16, m->words, dim);
	if (!err)
		err = wp_checkpoint_get(c, &tensor, &elements[0]);
	tensor = wp_tensor_2d(context_name, WP_F16, m->words, dim);
	if (!err)
		err = wp_checkpoint_get(c, &tensor, &elements[1]);
	tensor = wp_tensor_3d(tails_name, WP_F32, m->words, 2, TAIL);
	if (!err)
		err = wp_checkpoint_get(c, &tensor, &data);
	if (err)
		return err;
	const float *tails = data;
	for (size_t i = 0; i < 2 * m->words; i++)
		if (!(tails[i * TAIL + 1] > 0 && tails[i * TAIL + 2] > 0))
			return wp_checkpoint_corrupt(c, "a sum of squares that is not above 0");
	for (size_t i = 0; i < 2 * m->words; i++) {
		const float *tail = tails + i * TAIL;
		memcpy(wp_glove_elements(m, i / 2, i % 2),
			(const uint16_t *)elements[i % 2] + i / 2 * dim,
			dim * sizeof(uint16_t));
		*wp_glove_tail(m, i / 2, i % 2) = (struct wp_glove_tail){
			.bias = tail[0], .bias_sum = tail[1], .sum = tail[2]};
	}
	m->position = position;
	return WP_OK;
}

enum wp_err wp_glove_load(struct wp_glove *m, struct wp_reader *reader, const char *settings)
{
	struct wp_checkpoint *c;
	uint32_t sum;
	enum wp_err err = checksum(m, &sum);
	if (err) {
		wp_reader_close(reader);
		return err;
	}
	err = wp_checkpoint_read(&c, reader, prefix, settings, sum);
	if (err)
		return err;
	err = get_state(c, m);
	wp_checkpoint_free(c);
	return err;
}
