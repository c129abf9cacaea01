/* JSON lines: an object a line.  Of a text (`ids` with `lengths`) a sentence is one; of any
 * other tensor, a row.  Numbers have as few digits as read back as the same; those that JSON
 * has not, infinite ones and NaN, are null. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "formats/format.h"
#include "formats/text.h"
#include "formats/tsv.h"
#include "stream/element.h"
#include "text/number.h"
#include "text/utf8.h"

static enum wp_err put_text(struct wp_output *out, const char *text)
{
	return wp_output_write(out, text, strlen(text));
}

/* A string in quotes; bytes that are not UTF-8 become U+FFFD. */
static enum wp_err put_string(struct wp_output *out, const char *text, size_t length)
{
	char *room;
	enum wp_err err = wp_output_reserve(out, 6 * length + 2, &room);
	if (err)
		return err;
	char *p = room;
	const char *end = text + length;
	*p++ = '"';
	while (text < end) {
		struct wp_decoded d = wp_utf8_decode(text, end);
		if (d.code_point == '"' || d.code_point == '\\') {
			*p++ = '\\';
			*p++ = (char)d.code_point;
		} else if (d.code_point < 0x20 || d.code_point == 0x7f ||
			d.code_point == 0x2028 || d.code_point == 0x2029) {
			p += snprintf(p, 7, "\\u%04x", (unsigned)d.code_point);
		} else {
			p += wp_utf8_encode(d.code_point, p);
		}
		text += d.length;
	}
	*p++ = '"';
	wp_output_advance(out, (size_t)(p - room));
	return WP_OK;
}

static enum wp_err put_item(struct wp_output *out, const struct wp_strings *list, size_t i)
{
	size_t length;
	const char *text = wp_strings_get(list, i, &length);
	return put_string(out, text, length);
}

static enum wp_err put_number(
	struct wp_output *out, const void *data, enum wp_type type, size_t i)
{
	char text[WP_NUMBER_ROOM + 1];
	if (!isfinite(wp_element(data, type, i)))
		return put_text(out, "null");
	char *end = wp_tsv_print(text, data, type, i);
	return wp_output_write(out, text, (size_t)(end - text));
}

/* ---- rows of a tensor ---- */

/* Elements of a row from the axis on, as lists within lists. */
static enum wp_err put_elements(
	struct wp_output *out, const struct wp_format_table *t, int axis, size_t *at)
{
	const struct wp_tensor *tensor = &t->tensor;
	if (axis == tensor->rank)
		return put_number(out, t->data, tensor->type, (*at)++);
	enum wp_err err = put_text(out, "[");
	for (uint64_t i = 0; i < tensor->dim[axis] && !err; i++) {
		if (i > 0)
			err = put_text(out, ",");
		if (!err)
			err = put_elements(out, t, axis + 1, at);
	}
	return err ? err : put_text(out, "]");
}

/* "load":1.5,"wind":2 */
static enum wp_err put_named(
	struct wp_output *out, const struct wp_format_table *t, size_t row, size_t columns)
{
	enum wp_err err = WP_OK;
	for (size_t c = 0; c < columns && !err; c++) {
		if (c > 0)
			err = put_text(out, ",");
		if (!err)
			err = put_item(out, t->columns, c);
		if (!err)
			err = put_text(out, ":");
		if (!err)
			err = put_number(out, t->data, t->tensor.type, row * columns + c);
	}
	return err;
}

static enum wp_err put_row(struct wp_output *out, const struct wp_format_table *t, size_t row)
{
	const struct wp_tensor *tensor = &t->tensor;
	size_t width, at;
	if (!wp_tensor_row_count(tensor, &width))
		return wp_fail(WP_EINVAL, "tensor '%s' is too large", tensor->name);
	at = row * width;
	enum wp_err err = put_text(out, "{");
	if (!err && t->words) {
		err = put_text(out, "\"word\":");
		if (!err)
			err = put_item(out, t->words, row);
		if (!err)
			err = put_text(out, ",");
	}
	if (!err && t->columns && tensor->rank == 2 && t->columns->count == tensor->dim[1])
		err = put_named(out, t, row, (size_t)tensor->dim[1]);
	else if (!err) {
		err = put_string(out, tensor->name, strlen(tensor->name));
		if (!err)
			err = put_text(out, ":");
		if (!err)
			err = t->strings ? put_item(out, t->strings, row)
					 : put_elements(out, t, 1, &at);
	}
	return err ? err : put_text(out, "}\n");
}

static enum wp_err put_rows(struct wp_output *out, const struct wp_format_table *t)
{
	enum wp_err err = WP_OK;
	if (t->tensor.rank == 0)
		return wp_fail(WP_EMISMATCH, "tensor '%s' is a single number", t->tensor.name);
	for (size_t i = 0; i < (size_t)t->tensor.dim[0] && !err; i++)
		err = put_row(out, t, i);
	return err;
}

/* ---- sentences of a text ---- */

/* "tokens":["the","cat"] */
static enum wp_err put_tokens(struct wp_output *out, const char *name, const int32_t *id,
	size_t count, const struct wp_strings *names)
{
	enum wp_err err = wp_output_printf(out, "\"%s\":[", name);
	for (size_t i = 0; i < count && !err; i++) {
		if (id[i] < 0 || (size_t)id[i] >= names->count)
			return wp_fail(
				WP_EMISMATCH, "an id beyond its vocabulary ('%s')", name);
		if (i > 0)
			err = put_text(out, ",");
		if (!err)
			err = put_item(out, names, (size_t)id[i]);
	}
	return err ? err : put_text(out, "]");
}

/* Sentence i: n tokens from `at`; its target begins at target_at. */
static enum wp_err put_sentence(struct wp_output *out, const struct wp_format_text *x, size_t i,
	size_t at, size_t n, size_t target_at)
{
	enum wp_err err = put_text(out, "{");
	if (!err && x->labels) {
		if (x->label[i] < 0 || (size_t)x->label[i] >= x->labels->count)
			return wp_fail(WP_EMISMATCH, "a label beyond 'labels.vocab'");
		err = put_text(out, "\"label\":");
		if (!err)
			err = put_item(out, x->labels, (size_t)x->label[i]);
		if (!err)
			err = put_text(out, ",");
	}
	if (!err)
		err = put_tokens(out, "tokens", x->id + at, n, x->vocab);
	if (!err && x->tags)
		err = put_text(out, ",");
	if (!err && x->tags)
		err = put_tokens(out, "tags", x->tag + at, n, x->tags);
	if (!err && x->target_vocab)
		err = put_text(out, ",");
	if (!err && x->target_vocab)
		err = put_tokens(out, "target", x->target_id + target_at,
			(size_t)x->target_length[i], x->target_vocab);
	return err ? err : put_text(out, "}\n");
}

static enum wp_err put_sentences(
	struct wp_output *out, const struct wp_format_text *x, const struct wp_format_job *job)
{
	size_t at = 0, target_at = 0, sentences = wp_format_rows(job, x->sentences);
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < sentences && !err; i++) {
		if (x->length[i] < 0 || (size_t)x->length[i] > x->tokens - at)
			return wp_fail(WP_EMISMATCH, "'lengths' add up to more than 'ids' has");
		if (x->target_vocab &&
			(x->target_length[i] < 0 ||
				(size_t)x->target_length[i] > x->target_tokens - target_at))
			return wp_fail(WP_EMISMATCH,
				"'target.lengths' add up to more than 'target.ids' has");
		err = put_sentence(out, x, i, at, (size_t)x->length[i], target_at);
		at += (size_t)x->length[i];
		target_at += x->target_vocab ? (size_t)x->target_length[i] : 0;
	}
	return err;
}

static enum wp_err write_format(
	struct wp_output *output, struct wp_reader *reader, struct wp_format_job *job)
{
	static const char *const usual[] = {"embedding", "ids", "series", NULL};
	struct wp_format_table t;
	struct wp_format_text x;
	enum wp_err err = wp_format_take(&t, reader, job, usual);
	if (!err)
		err = strcmp(t.tensor.name, "ids") == 0 && wp_format_text_take(&x, t.set)
			? put_sentences(output, &x, job)
			: put_rows(output, &t);
	wp_format_table_fini(&t);
	return err;
}

const struct wp_format wp_format_jsonl = {
	.name = "jsonl",
	.writing = WP_FORMAT_NO_WORDS | WP_FORMAT_VOCAB | WP_FORMAT_MEMORY,
	.write = write_format,
};
