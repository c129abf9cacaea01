#include "stream/retype.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "stream/row_kind.h"
#include "stream/stored.h"

struct wp_retype {
	struct wp_writer *writer;
	enum wp_type type;
	const char *wanted;
	bool found;
	/* A tensor that may be the scales of the next one: its numbers. */
	bool holds;
	struct wp_tensor held;
	float *scale;
	size_t scale_room;
	/* A record's numbers as f32, and as they are to be. */
	float *wide;
	unsigned char *small;
	float *new_scale;
	size_t wide_room, small_room, new_room;
	struct wp_retyped done;
};

enum { LEAST_COLUMNS = 8, LEAST_NUMBERS = 4096 };

bool wp_retype_is_worth(const struct wp_tensor *t)
{
	static const char *const checkpoints[] = {"w2v.", "glove.", "train.", "checkpoint."};
	enum wp_row_kind kind = wp_row_kind_of(t->name);
	bool vectors = kind == WP_ROW_WORD || kind == WP_ROW_UNKNOWN ||
		strcmp(t->name, "charngram.vector") == 0;
	bool slice = t->more || t->first > 0;
	char scales[WP_NAME_SIZE];
	for (size_t i = 0; i < sizeof checkpoints / sizeof *checkpoints; i++)
		if (strncmp(t->name, checkpoints[i], strlen(checkpoints[i])) == 0)
			return false;
	return vectors && t->type == WP_F32 && t->rank == 2 && t->dim[1] >= LEAST_COLUMNS &&
		(slice || t->dim[0] >= (LEAST_NUMBERS + t->dim[1] - 1) / t->dim[1]) &&
		!wp_scale_name(t->name, scales);
}

enum wp_err wp_retype_create(struct wp_retype **retype, struct wp_writer *writer,
	enum wp_type type, const char *tensor)
{
	enum wp_err err = wp_alloc(retype, 1, sizeof **retype, "conversion");
	if (err)
		return err;
	(*retype)->writer = writer;
	(*retype)->type = type;
	(*retype)->wanted = tensor;
	return WP_OK;
}

void wp_retype_free(struct wp_retype *r)
{
	if (!r)
		return;
	free(r->scale);
	free(r->wide);
	free(r->small);
	free(r->new_scale);
	free(r);
}

/* Nothing came for what is held: it is a tensor like others. */
static enum wp_err let_go(struct wp_retype *r)
{
	bool held = r->holds;
	r->holds = false;
	return held ? wp_writer_put(r->writer, &r->held, r->scale) : WP_OK;
}

static enum wp_err hold(
	struct wp_retype *r, struct wp_reader *reader, const struct wp_tensor *t)
{
	const void *data;
	size_t size;
	enum wp_err err = let_go(r);
	if (!err)
		err = wp_reader_data(reader, &data, &size);
	if (!err)
		err = wp_grow(&r->scale, &r->scale_room, size / sizeof(float) + 1,
			sizeof(float), t->name);
	if (err)
		return err;
	if (size > 0)
		memcpy(r->scale, data, size);
	r->held = *t;
	r->holds = true;
	return WP_OK;
}

/* How far the numbers are from what they were. */
static void measure(struct wp_retype *r, const struct wp_tensor *t, size_t rows, size_t cols,
	const struct wp_stored *now, float *row)
{
	struct wp_retyped *d = &r->done;
	for (size_t i = 0; i < rows; i++) {
		const float *from = r->wide + i * cols;
		double largest = 0, error = 0;
		wp_stored_row(now, i, row);
		for (size_t k = 0; k < cols; k++) {
			double e = fabs((double)row[k] - (double)from[k]),
			       x = fabs((double)from[k]);
			d->squares += x * x;
			d->errors += e * e;
			largest = x > largest ? x : largest;
			error = e > error ? e : error;
		}
		if (largest > 0 && error / largest > d->largest) {
			d->largest = error / largest;
			snprintf(d->worst, sizeof d->worst, "%s", t->name);
		}
	}
}

/* The numbers of r->wide (rows, cols) into r->small; WP_EMISMATCH for one that does not fit. */
static enum wp_err make_small(
	struct wp_retype *r, const struct wp_tensor *t, size_t rows, size_t cols)
{
	size_t count = rows * cols;
	enum wp_err err = wp_grow(&r->small, &r->small_room,
		(count + cols + 1) * wp_type_size(r->type), 1, t->name);
	if (!err && r->type == WP_I8)
		err = wp_grow(
			&r->new_scale, &r->new_room, rows + 1, sizeof *r->new_scale, t->name);
	if (err)
		return err;
	if (r->type == WP_I8)
		wp_quantize(r->wide, rows, cols, (int8_t *)r->small, r->new_scale);
	else if (r->type == WP_F32)
		memcpy(r->small, r->wide, count * sizeof(float));
	for (size_t i = 0; i < count && (r->type == WP_F16 || r->type == WP_BF16); i++) {
		uint16_t bits =
			r->type == WP_F16 ? wp_to_f16(r->wide[i]) : wp_to_bf16(r->wide[i]);
		memcpy(r->small + i * sizeof bits, &bits, sizeof bits);
	}
	size_t at = wp_find_not_finite(r->small, r->type, count);
	if (at < count)
		return wp_fail(WP_EMISMATCH,
			"tensor '%s': %.9g does not fit %s (row %" PRIu64 ")", t->name,
			(double)r->wide[at], wp_type_name(r->type), t->first + at / cols + 1);
	return WP_OK;
}

/* Write the numbers at data in the new type. */
static enum wp_err convert(struct wp_retype *r, const char *from, const struct wp_tensor *t,
	const void *data, const float *scale)
{
	size_t cols, count, rows = t->rank > 0 ? (size_t)t->dim[0] : 1;
	struct wp_tensor scales = wp_tensor_1d("", WP_F32, rows), to = *t;
	if (!wp_tensor_row_count(t, &cols) || !wp_tensor_count(t, &count))
		return wp_fail(WP_EINVAL, "%s: '%s' is too large", from, t->name);
	const struct wp_stored was = {
		.type = t->type, .rows = rows, .cols = cols, .data = data, .scale = scale};
	enum wp_err err = wp_check_finite(from, t, data);
	if (!err && r->type == WP_I8)
		err = wp_scale_name(t->name, scales.name);
	if (!err)
		err = wp_grow(
			&r->wide, &r->wide_room, count + cols + 1, sizeof *r->wide, t->name);
	if (err)
		return err;
	wp_stored_rows(&was, r->wide);
	if ((err = make_small(r, t, rows, cols)))
		return err;
	const struct wp_stored now = {.type = r->type,
		.rows = rows,
		.cols = cols,
		.data = r->small,
		.scale = r->new_scale};
	measure(r, t, rows, cols, &now, r->wide + count);
	to.type = r->type;
	scales.first = t->first;
	scales.more = t->more;
	r->done.tensors += t->first == 0;
	r->done.before += count * wp_type_size(t->type) + (scale ? rows * sizeof *scale : 0);
	r->done.after +=
		count * wp_type_size(r->type) + (r->type == WP_I8 ? rows * sizeof *scale : 0);
	if (r->type == WP_I8)
		err = wp_writer_put(r->writer, &scales, r->new_scale);
	return err ? err : wp_writer_put(r->writer, &to, r->small);
}

static bool is_small(const struct wp_tensor *t, bool scaled)
{
	return t->type == WP_F16 || t->type == WP_BF16 || scaled;
}

/* Is the record to change? */
static bool is_meant(const struct wp_retype *r, const struct wp_tensor *t, bool scaled)
{
	if (r->wanted)
		return strcmp(t->name, r->wanted) == 0;
	if (r->type == WP_F32)
		return is_small(t, scaled);
	/* What is small already may become smaller, but no other kind of small by the way. */
	return wp_retype_is_worth(t) ||
		(r->type == WP_I8 && is_small(t, false) && !scaled && t->rank == 2);
}

enum wp_err wp_retype_record(
	struct wp_retype *r, struct wp_reader *reader, const struct wp_tensor *t)
{
	const char *from = wp_reader_name(reader);
	const void *data;
	size_t size;
	char base[WP_NAME_SIZE];
	bool scaled = r->holds && t->type == WP_I8 && wp_is_scale_of(r->held.name, t->name);
	enum wp_err err = WP_OK;
	if (wp_may_be_scale(t, base))
		return hold(r, reader, t);
	if (scaled)
		err = wp_check_scale(from, t, &r->held, r->scale);
	bool meant = is_meant(r, t, scaled);
	r->found = r->found || meant;
	if (!err && meant && (t->type == WP_I8 ? !scaled : !wp_stored_holds(t->type)))
		return wp_fail(WP_EMISMATCH, "%s: '%s' is of type %s, not f32 or small numbers",
			from, t->name, wp_type_name(t->type));
	if (!err && meant && t->rank < 1)
		return wp_fail(WP_EMISMATCH, "%s: '%s' is a single number", from, t->name);
	if (!err && (!meant || !scaled))
		err = let_go(r);
	if (err || !meant)
		return err ? err : wp_writer_pass(r->writer, reader);
	r->holds = false;
	err = wp_reader_data(reader, &data, &size);
	return err ? err : convert(r, from, t, data, scaled ? r->scale : NULL);
}

enum wp_err wp_retype_finish(struct wp_retype *r, const char *from, struct wp_retyped *retyped)
{
	*retyped = r->done;
	if (r->wanted && !r->found)
		return wp_fail(WP_EMISMATCH, "%s: no tensor '%s'", from, r->wanted);
	return let_go(r);
}
