#include "embed/cooc_stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/cells.h"

/* ---- Settings ---- */

WP_PRINTF(2, 3)
static enum wp_err add_setting(struct wp_strings *settings, const char *format, ...)
{
	char text[64];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return wp_strings_add(settings, text, strlen(text));
}

enum wp_err wp_cooc_settings(struct wp_strings *settings, const struct wp_cooc_config *config)
{
	static const char *const sides[] = {
		[WP_COOC_BOTH] = "both", [WP_COOC_LEFT] = "left", [WP_COOC_RIGHT] = "right"};
	static const char *const weights[] = {
		[WP_COOC_HARMONIC] = "harmonic", [WP_COOC_FLAT] = "flat"};
	enum wp_err err;
	if (config->documents) {
		err = add_setting(settings, "documents=sentences");
	} else {
		err = add_setting(settings, "window=%d", config->window);
		if (!err)
			err = add_setting(settings, "weight=%s", weights[config->weight]);
		if (!err)
			err = add_setting(settings, "side=%s", sides[config->side]);
	}
	return err ? err : add_setting(settings, "unit=%" PRIu32, wp_cooc_unit(config));
}

const char *wp_cooc_setting(const struct wp_strings *settings, const char *name, size_t *length)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < settings->count; i++) {
		const char *text = wp_strings_get(settings, i, length);
		if (*length > n && memcmp(text, name, n) == 0 && text[n] == '=') {
			*length -= n + 1;
			return text + n + 1;
		}
	}
	return NULL;
}

uint32_t wp_cooc_setting_number(const struct wp_strings *settings, const char *name)
{
	size_t length;
	const char *text = wp_cooc_setting(settings, name, &length);
	uint64_t number = 0;
	for (size_t i = 0; text && i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || number > UINT32_MAX / 10)
			return 0;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* ---- Writing ---- */

enum { BATCH = 1 << 10 }; /* values that are made at once */

struct output {
	struct wp_cells_writer *cells;
	double unit;
	void (*report)(int32_t row);
};

static enum wp_err put_row(
	void *arg, int32_t row, size_t count, const int32_t *col, const uint64_t *sum)
{
	struct output *out = arg;
	double value[BATCH], unit = out->unit;
	enum wp_err err = WP_OK;
	if (out->report)
		out->report(row);
	for (size_t done = 0; done < count && !err; done += BATCH) {
		size_t n = count - done < BATCH ? count - done : BATCH;
		for (size_t i = 0; i < n; i++)
			value[i] = (double)(int64_t)sum[done + i] / unit;
		err = wp_cells_put(out->cells, row, n, col + done, value);
	}
	return err;
}

enum wp_err wp_cooc_put(struct wp_writer *writer, struct wp_cooc *cooc,
	const struct wp_strings *settings, int64_t columns, void (*report)(int32_t row),
	uint64_t *cells)
{
	struct output out = {
		.unit = wp_cooc_setting_number(settings, "unit"), .report = report};
	enum wp_err err = wp_writer_put_list(writer, "cooc.settings", settings);
	if (!err)
		err = wp_cells_writer_create(&out.cells, writer, "cooc", WP_F64);
	if (!err)
		err = wp_cooc_finish(cooc, put_row, &out);
	if (!err)
		err = wp_cells_finish(out.cells, (int64_t)wp_cooc_words(cooc), columns);
	*cells = out.cells ? wp_cells_written(out.cells) : 0;
	wp_cells_writer_free(out.cells);
	return err;
}

/* ---- Parts ---- */

void wp_cooc_parts_fini(struct wp_cooc_parts *parts)
{
	wp_strings_fini(&parts->vocab);
	wp_strings_fini(&parts->settings);
	free(parts->counts);
	wp_cooc_free(parts->cooc);
	*parts = (struct wp_cooc_parts){0};
}

/* One stream on its way in. */
struct part {
	struct wp_cooc_parts *parts;
	struct wp_reader *reader;
	const struct wp_cooc_config *config;
	struct wp_cells_reader *cells;
	double unit;
	int32_t *col; /* of a batch, moved behind the documents of the parts before */
	uint64_t *sum;
	size_t col_room, sum_room;
	bool has_vocab, has_settings, documents;
};

static enum wp_err mismatch(const struct part *p, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: %s (record %" PRIu64 ", byte %" PRIu64 ")",
		wp_reader_name(p->reader), what, wp_reader_records(p->reader),
		wp_reader_offset(p->reader));
}

/* A list of strings that is the same in all parts. */
static enum wp_err take_strings(struct part *p, const struct wp_tensor *tensor,
	struct wp_strings *all, const char *differs)
{
	struct wp_strings list = {0};
	bool first = p->parts->parts == 0;
	if (tensor->type != WP_STRING || tensor->rank != 1)
		return mismatch(p, "not a list of strings");
	enum wp_err err = wp_reader_strings(p->reader, first ? all : &list);
	if (!err && !first && !wp_strings_equal(all, &list))
		err = mismatch(p, differs);
	wp_strings_fini(&list);
	return err;
}

static enum wp_err take_vocab(struct part *p, const struct wp_tensor *tensor)
{
	struct wp_cooc_parts *parts = p->parts;
	enum wp_err err = take_strings(
		p, tensor, &parts->vocab, "another vocabulary than that of the parts before");
	p->has_vocab = true;
	if (!err && !parts->counts)
		err = wp_alloc(
			&parts->counts, parts->vocab.count, sizeof *parts->counts, "counts");
	return err;
}

static enum wp_err take_counts(struct part *p, const struct wp_tensor *tensor)
{
	const void *data;
	size_t size, words = p->parts->vocab.count;
	if (!p->has_vocab || tensor->type != WP_I64 || tensor->rank != 1 ||
		tensor->dim[0] != words)
		return mismatch(p, "'counts' are not one i64 for each word");
	enum wp_err err = wp_reader_data(p->reader, &data, &size);
	if (err)
		return err;
	const int64_t *counts = data;
	for (size_t i = 0; i < words; i++) {
		if (counts[i] < 0 || counts[i] > INT64_MAX - p->parts->counts[i])
			return mismatch(p, "'counts' are negative or too large");
		p->parts->counts[i] += counts[i];
	}
	return WP_OK;
}

/* The first cells: by now we know what is to be added up. */
static enum wp_err begin_cells(struct part *p)
{
	struct wp_cooc_parts *parts = p->parts;
	struct wp_cooc_config config = *p->config;
	size_t length;
	if (!p->has_vocab || !p->has_settings)
		return mismatch(p, "cells come before 'vocab' and 'cooc.settings'");
	config.documents = p->documents =
		wp_cooc_setting(&parts->settings, "documents", &length) != NULL;
	p->unit = wp_cooc_setting_number(&parts->settings, "unit");
	if (p->unit == 0)
		return mismatch(p, "'cooc.settings' have no unit");
	int64_t words = (int64_t)parts->vocab.count;
	wp_cells_expect(p->cells, words, config.documents ? 0 : words);
	return parts->cooc ? WP_OK : wp_cooc_create(&parts->cooc, &config, parts->vocab.count);
}

/* Whole numbers of units again; columns of documents go behind those of the parts before. */
static enum wp_err convert(struct part *p, const struct wp_cells *batch)
{
	int64_t shift = p->documents ? p->parts->columns : 0;
	enum wp_err err =
		wp_grow(&p->sum, &p->sum_room, batch->count + 1, sizeof *p->sum, "cells");
	if (!err)
		err = wp_grow(&p->col, &p->col_room, batch->count + 1, sizeof *p->col, "cells");
	for (size_t i = 0; i < batch->count && !err; i++) {
		double sum = rint(batch->value[i] * p->unit);
		if (!(sum > 0 && sum < 0x1p53 && sum / p->unit == batch->value[i]))
			return mismatch(p, "a value that is no whole number of units");
		if (batch->col[i] > INT32_MAX - 1 - shift)
			return mismatch(p, "more than 2^31 documents");
		p->sum[i] = (uint64_t)sum;
		p->col[i] = (int32_t)(batch->col[i] + shift);
	}
	return err;
}

static enum wp_err take_cells(struct part *p, const struct wp_tensor *tensor)
{
	struct wp_cells batch = {0};
	enum wp_err err = p->unit > 0 ? WP_OK : begin_cells(p);
	if (!err)
		err = wp_cells_take(p->cells, p->reader, tensor, &batch);
	if (!err)
		err = convert(p, &batch);
	for (size_t i = 0, end; !err && i < batch.count; i = end) {
		for (end = i; end < batch.count && batch.row[end] == batch.row[i];)
			end++;
		err = wp_cooc_add_cells(
			p->parts->cooc, batch.row[i], end - i, p->col + i, p->sum + i);
	}
	return err;
}

static enum wp_err take_record(
	struct part *p, const struct wp_tensor *tensor, wp_record_fn *other, void *arg)
{
	if (strcmp(tensor->name, "vocab") == 0)
		return take_vocab(p, tensor);
	if (strcmp(tensor->name, "counts") == 0)
		return take_counts(p, tensor);
	if (strcmp(tensor->name, "cooc.settings") == 0) {
		p->has_settings = true;
		return take_strings(p, tensor, &p->parts->settings,
			"counted in another way than the parts before");
	}
	if (wp_cells_own(p->cells, tensor))
		return take_cells(p, tensor);
	return other ? other(arg, p->reader, tensor) : WP_OK;
}

/* One of the streams: the reader is at its beginning, and then at its end. */
static enum wp_err read_part(struct part *p, wp_record_fn *other, void *arg)
{
	struct wp_cells_shape shape;
	const struct wp_tensor *tensor;
	enum wp_err err;
	p->has_vocab = p->has_settings = false;
	p->unit = 0;
	while (!(err = wp_reader_next(p->reader, &tensor))) {
		wp_reader_forget(p->reader);
		err = take_record(p, tensor, other, arg);
		if (err)
			break;
	}
	if (err != WP_END)
		return err;
	err = wp_cells_end(p->cells, p->reader, &shape);
	if (!err && p->documents && shape.columns > INT32_MAX - p->parts->columns)
		err = mismatch(p, "more than 2^31 documents");
	if (err)
		return err;
	p->parts->columns = p->documents ? p->parts->columns + shape.columns : shape.columns;
	p->parts->parts++;
	return wp_cooc_end_part(p->parts->cooc);
}

enum wp_err wp_cooc_parts_add(struct wp_cooc_parts *parts, struct wp_reader *reader,
	const struct wp_cooc_config *config, wp_record_fn *other, void *arg)
{
	struct part part = {.parts = parts, .reader = reader, .config = config};
	enum wp_err err = wp_cells_reader_create(&part.cells, "cooc");
	wp_reader_allow_joined(reader);
	while (!err) {
		err = read_part(&part, other, arg);
		if (!err)
			err = wp_reader_next_stream(reader);
	}
	wp_cells_reader_free(part.cells);
	free(part.col);
	free(part.sum);
	return err == WP_END ? WP_OK : err;
}
