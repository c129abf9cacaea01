#include "embed/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/element.h"
#include "stream/stored.h"

/* What is being collected; rows beyond the first `top` are read and dropped. */
struct collect {
	const char *name;
	size_t top, room;
	float *vector;
	size_t count, dim;       /* rows kept                        */
	size_t all;              /* rows that there were; 0: none yet */
	struct wp_tensor scales; /* without a name: none yet */
	float *scale;
	size_t scale_room;
};

/* The scales of rows to come, if they are i8. */
static enum wp_err take_scale(
	struct collect *c, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size;
	if (tensor->type != WP_F32 || tensor->rank != 1)
		return WP_OK;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (!err)
		err = wp_grow(&c->scale, &c->scale_room, size / sizeof *c->scale + 1,
			sizeof *c->scale, "scales");
	if (err)
		return err;
	memcpy(c->scale, data, size);
	c->scales = *tensor;
	return WP_OK;
}

static enum wp_err take_rows(
	struct collect *c, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	size_t dim = tensor->rank == 2 ? (size_t)tensor->dim[1] : 1, size;
	char shape[128];
	enum wp_err err = WP_OK;
	const bool scaled = tensor->type == WP_I8;
	if (scaled)
		err = wp_check_scale(wp_reader_name(reader), tensor,
			*c->scales.name ? &c->scales : NULL, c->scale);
	if (err)
		return err;
	if (tensor->rank < 1 || tensor->rank > 2 || dim == 0 ||
		(!scaled && !wp_type_is_float(tensor->type)))
		return wp_fail(WP_EMISMATCH,
			"%s: tensor '%s' is %s of type %s, not a matrix of floating-point numbers",
			wp_reader_name(reader), c->name,
			wp_tensor_shape(tensor, shape, sizeof shape),
			wp_type_name(tensor->type));
	const void *data;
	err = wp_reader_data(reader, &data, &size);
	if (err)
		return err;
	c->dim = dim;
	size_t rows = (size_t)tensor->dim[0], left = c->top ? c->top - c->count : SIZE_MAX;
	c->all += rows;
	if (rows > left)
		rows = left;
	err = wp_grow(&c->vector, &c->room, (c->count + rows) * dim, sizeof *c->vector, "rows");
	for (size_t i = 0; !err && i < rows * dim; i++) {
		float v = (float)wp_element(data, tensor->type, i);
		v = scaled ? v * c->scale[i / dim] : v;
		c->vector[c->count * dim + i] = v;
		if (!isfinite(v))
			err = wp_fail(WP_ECORRUPT,
				"%s: tensor '%s' holds a number that is not finite (row %zu)",
				wp_reader_name(reader), c->name, c->count + i / dim + 1);
	}
	c->count += err ? 0 : rows;
	return err;
}

static enum wp_err take_counts(struct wp_points *p, struct wp_reader *reader,
	const struct wp_tensor *tensor, size_t *kept, size_t *room)
{
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	size_t n = size / sizeof *p->counts;
	if (!err)
		err = wp_check_counts(wp_reader_name(reader), tensor, data);
	if (!err)
		err = wp_grow(&p->counts, room, *kept + n, sizeof *p->counts, "counts");
	if (err)
		return err;
	memcpy(p->counts + *kept, data, size);
	*kept += n;
	return WP_OK;
}

/* Words that do not belong to the rows are left out; of words for all rows, those are kept
 * whose rows were. */
static void fit_words(struct wp_points *p, size_t all, size_t counts)
{
	if (p->vocab.count != all) {
		wp_strings_fini(&p->vocab);
		p->vocab = (struct wp_strings){0};
	}
	if (counts != all || p->vocab.count == 0) {
		free(p->counts);
		p->counts = NULL;
	}
	if (p->vocab.count > p->count)
		p->vocab.count = p->count;
}

static enum wp_err missing(const struct wp_reader *reader, const char *name)
{
	return wp_fail(WP_EMISMATCH, "%s: no tensor '%s'; \1tensor names another",
		wp_reader_name(reader), name);
}

enum wp_err wp_points_read(struct wp_points *points, struct wp_reader *reader, const char *name,
	const char *beside, size_t top,
	enum wp_err (*other)(
		void *arg, struct wp_reader *reader, const struct wp_tensor *tensor),
	void *arg)
{
	*points = (struct wp_points){0};
	struct collect c = {.name = name, .top = top}, b = {.name = beside, .top = top};
	size_t counts = 0, counts_room = 0;
	const struct wp_tensor *tensor;
	enum wp_err err = WP_OK;
	while (!err && !(err = wp_reader_next(reader, &tensor))) {
		if (strcmp(tensor->name, name) == 0)
			err = take_rows(&c, reader, tensor);
		else if (beside && strcmp(tensor->name, beside) == 0)
			err = take_rows(&b, reader, tensor);
		else if (wp_is_scale_of(tensor->name, name))
			err = take_scale(&c, reader, tensor);
		else if (beside && wp_is_scale_of(tensor->name, beside))
			err = take_scale(&b, reader, tensor);
		else if (strcmp(tensor->name, "vocab") == 0 && tensor->type == WP_STRING)
			err = wp_reader_strings(reader, &points->vocab);
		else if (strcmp(tensor->name, "counts") == 0 && tensor->type == WP_I64)
			err = take_counts(points, reader, tensor, &counts, &counts_room);
		else
			err = other(arg, reader, tensor);
	}
	free(c.scale);
	free(b.scale);
	points->vector = c.vector;
	points->beside = b.vector;
	points->count = c.count;
	points->dim = c.dim;
	if (err == WP_END)
		err = WP_OK;
	if (!err && !c.dim)
		err = missing(reader, name);
	if (!err && beside && !b.dim)
		err = missing(reader, beside);
	if (!err && beside && (b.count != c.count || b.dim != c.dim))
		err = wp_fail(WP_EMISMATCH, "%s: '%s' is (%zu, %zu), but '%s' is (%zu, %zu)",
			wp_reader_name(reader), name, c.count, c.dim, beside, b.count, b.dim);
	if (!err)
		fit_words(points, c.all, counts);
	if (err)
		wp_points_fini(points);
	return err;
}

void wp_points_normalize(struct wp_points *p)
{
	for (size_t i = 0; i < p->count; i++) {
		float *row = p->vector + i * p->dim;
		double square = 0;
		for (size_t j = 0; j < p->dim; j++)
			square += (double)row[j] * (double)row[j];
		for (size_t j = 0; j < p->dim && square > 0; j++)
			row[j] = (float)((double)row[j] / sqrt(square));
	}
}

enum wp_err wp_points_put_words(const struct wp_points *p, struct wp_writer *writer)
{
	if (p->vocab.count == 0)
		return WP_OK;
	enum wp_err err = wp_writer_put_list(writer, "vocab", &p->vocab);
	if (!err && p->counts) {
		struct wp_tensor t = wp_tensor_1d("counts", WP_I64, p->count);
		err = wp_writer_put(writer, &t, p->counts);
	}
	return err;
}

enum wp_err wp_points_index(const struct wp_points *points, struct wp_vocab *vocab)
{
	struct wp_strings copy = {0};
	*vocab = (struct wp_vocab){0};
	if (points->vocab.count != points->count || points->count == 0)
		return wp_fail(WP_EMISMATCH, "the vectors have no words");
	enum wp_err err = wp_strings_add_all(&copy, &points->vocab);
	if (!err)
		return wp_vocab_from_strings(vocab, &copy, NULL);
	wp_strings_fini(&copy);
	return err;
}

void wp_points_fini(struct wp_points *p)
{
	free(p->vector);
	free(p->beside);
	free(p->counts);
	wp_strings_fini(&p->vocab);
	*p = (struct wp_points){0};
}
