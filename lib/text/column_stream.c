#include "text/column_stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/output.h"
#include "stream/tensor_set.h"
#include "text/token_text.h"
#include "text/pair.h"

static const char prefix[] = "column.", ending[] = ".vocab";

/* One column: ids of words, or numbers. */
struct column {
	const struct wp_strings *words; /* NULL: numbers */
	const int32_t *ids;
	const float *numbers;
};

struct text {
	const struct wp_tensor_set *set;
	const int32_t *lengths;
	size_t sentences, tokens;
	struct column *column;
	size_t count, room;
};

static enum wp_err unfit(const struct text *text, const char *name, const char *what)
{
	return wp_fail(WP_EMISMATCH, "%s: '%s' %s", wp_tensor_set_name(text->set), name, what);
}

/* A list of i32 from 0 to limit - 1. */
static enum wp_err get_ids(
	const struct text *text, const char *name, size_t limit, const int32_t **ids, size_t *n)
{
	const void *data;
	const struct wp_tensor *t = wp_tensor_set_get(text->set, name, &data);
	if (!t)
		return wp_tensor_set_lacks(text->set, name);
	if (t->type != WP_I32 || t->rank != 1)
		return unfit(text, name, "is not a list of type i32");
	*ids = data;
	*n = (size_t)t->dim[0];
	for (size_t i = 0; i < *n; i++)
		if ((*ids)[i] < 0 || (size_t)(*ids)[i] >= limit)
			return unfit(text, name, "has a number that is too large, or below 0");
	return WP_OK;
}

/* The next column: ids of that vocabulary, or without one, numbers. */
static enum wp_err add_column(struct text *text, const char *name, const char *vocab)
{
	struct column c = {.words = wp_tensor_set_strings(text->set, vocab)};
	const void *data = NULL;
	const struct wp_tensor *t = wp_tensor_set_get(text->set, name, &data);
	size_t n = 0;
	enum wp_err err =
		wp_grow(&text->column, &text->room, text->count + 1, sizeof c, "columns");
	if (!err && !c.words && t && t->type == WP_F32 && t->rank == 1) {
		c.numbers = data;
		n = (size_t)t->dim[0];
	} else if (!err) {
		size_t limit = c.words ? c.words->count : (size_t)INT32_MAX + 1;
		err = get_ids(text, name, limit, &c.ids, &n);
	}
	if (err)
		return err;
	if (text->count == 0)
		text->tokens = n;
	for (size_t i = 0; i < n && c.numbers; i++)
		if (!isfinite(c.numbers[i]))
			return unfit(text, name, "has a number that is not finite");
	if (n != text->tokens)
		return unfit(text, name, "has another length than the text");
	text->column[text->count++] = c;
	return WP_OK;
}

static enum wp_err add_named(struct text *text, const char *name, size_t length)
{
	char tensor[WP_NAME_SIZE], vocab[WP_NAME_SIZE];
	int n = snprintf(tensor, sizeof tensor, "%s%.*s", prefix, (int)length, name);
	if (n < 0 || (size_t)n >= sizeof tensor)
		return wp_fail(WP_EMISMATCH, "%s: a column of too long a name",
			wp_tensor_set_name(text->set));
	n = snprintf(vocab, sizeof vocab, "%s%s", tensor, ending);
	return add_column(text, tensor, n < 0 || (size_t)n >= sizeof vocab ? "" : vocab);
}

/* The name of the column that a tensor is, or NULL. */
static const char *column_name(const struct wp_tensor *t)
{
	size_t n = strlen(t->name), end = sizeof ending - 1;
	if (strncmp(t->name, prefix, sizeof prefix - 1) != 0 || t->type == WP_STRING ||
		(n >= end && strcmp(t->name + n - end, ending) == 0))
		return NULL;
	return t->name + sizeof prefix - 1;
}

static enum wp_err name_all(const struct text *text, struct wp_strings *names)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < wp_tensor_set_count(text->set) && !err; i++) {
		const char *name = column_name(wp_tensor_set_at(text->set, i));
		if (name)
			err = wp_strings_add(names, name, strlen(name));
	}
	return err;
}

static enum wp_err take_columns(
	struct text *text, const struct wp_strings *wanted, struct wp_strings *names, int tags)
{
	size_t sum = 0, n;
	const struct wp_tensor_set *set = text->set;
	if (!wp_tensor_set_strings(set, "vocab"))
		return wp_tensor_set_lacks(set, "vocab");
	enum wp_err err = wp_pair_refuse_set(set);
	if (!err)
		err = add_column(text, "ids", "vocab");
	if (!err)
		err = get_ids(text, "lengths", (size_t)INT32_MAX + 1, &text->lengths,
			&text->sentences);
	for (size_t i = 0; i < text->sentences && !err; i++)
		sum += (size_t)text->lengths[i];
	if (!err && sum != text->tokens)
		return unfit(text, "lengths", "does not add up to the text");
	if (!err)
		err = wanted ? wp_strings_add_all(names, wanted) : name_all(text, names);
	for (size_t i = 0; i < names->count && !err; i++) {
		const char *name = wp_strings_get(names, i, &n);
		err = add_named(text, name, n);
	}
	if (err || !wp_tensor_set_strings(set, "tags.vocab"))
		return err;
	err = add_column(text, "tags", "tags.vocab");
	size_t last = text->count - 1, to = tags < 0 ? last : (size_t)tags;
	if (err || to >= last)
		return err;
	struct column column = text->column[last];
	memmove(text->column + to + 1, text->column + to, (last - to) * sizeof column);
	text->column[to] = column;
	return WP_OK;
}

static enum wp_err write_field(
	const struct column *c, size_t t, char after, struct wp_output *output)
{
	if (!c->words)
		return c->numbers
			? wp_output_printf(output, "%.9g%c", (double)c->numbers[t], after)
			: wp_output_printf(output, "%" PRId32 "%c", c->ids[t], after);
	size_t n;
	const char *word = wp_strings_get(c->words, (size_t)c->ids[t], &n);
	char *room;
	enum wp_err err = wp_output_reserve(output, n * WP_ESCAPE_GROWTH, &room);
	if (!err)
		wp_output_advance(output, wp_token_escape(word, n, room));
	return err ? err : wp_output_write(output, &after, 1);
}

static enum wp_err write_text(const struct text *text, struct wp_output *output)
{
	enum wp_err err = WP_OK;
	for (size_t s = 0, t = 0; s < text->sentences && !err; s++) {
		for (int32_t i = 0; i < text->lengths[s] && !err; i++, t++)
			for (size_t c = 0; c < text->count && !err; c++)
				err = write_field(&text->column[c], t,
					c + 1 < text->count ? '\t' : '\n', output);
		if (!err)
			err = wp_output_write(output, "\n", 1);
	}
	return err;
}

static enum wp_err make_text(struct wp_columns *columns, struct wp_tensor_set *set,
	const struct wp_strings *names, int tag_column)
{
	struct text text = {.set = set};
	struct wp_output *output;
	size_t size = 0;
	enum wp_err err = take_columns(&text, names, &columns->names, tag_column);
	if (!err)
		err = wp_output_memory(&output);
	if (err) {
		free(text.column);
		return err;
	}
	err = write_text(&text, output);
	const char *made = wp_output_collected(output, &size);
	if (!err)
		err = wp_alloc(&columns->text, size + 1, 1, "text in columns");
	if (!err && size)
		memcpy(columns->text, made, size);
	wp_output_discard(output);
	free(text.column);
	return err ? err
		   : wp_input_memory(
			     &columns->input, columns->text, size, wp_tensor_set_name(set));
}

/* Waits for no more than it takes to tell. */
static enum wp_err is_stream(struct wp_input *input, bool *stream)
{
	static const char magic[] = "\x89TST";
	const char *data;
	size_t have;
	*stream = false;
	for (size_t n = 1; n < sizeof magic; n++) {
		enum wp_err err = wp_input_peek(input, n, &data, &have);
		if (err || have < n || memcmp(data, magic, n) != 0)
			return err;
	}
	*stream = true;
	return WP_OK;
}

enum wp_err wp_columns_over(struct wp_columns *columns, struct wp_input *input,
	const struct wp_strings *names, int tag_column)
{
	struct wp_reader *reader;
	struct wp_tensor_set *set;
	*columns = (struct wp_columns){0};
	enum wp_err err = is_stream(input, &columns->stream);
	if (!columns->stream) {
		if (!err)
			err = wp_input_expect_text(input);
		if (err)
			wp_input_close(input);
		else
			columns->input = input;
		return err;
	}
	err = wp_reader_over(&reader, input);
	if (!err)
		err = wp_tensor_set_read(&set, reader, NULL);
	if (err)
		return err;
	columns->tags = wp_tensor_set_strings(set, "tags.vocab") != NULL;
	err = make_text(columns, set, names, tag_column);
	wp_tensor_set_free(set);
	if (err)
		wp_columns_close(columns);
	return err;
}

enum wp_err wp_columns_open(struct wp_columns *columns, const char *path,
	const struct wp_strings *names, int tag_column)
{
	struct wp_input *input;
	*columns = (struct wp_columns){0};
	enum wp_err err = wp_input_open(&input, path);
	return err ? err : wp_columns_over(columns, input, names, tag_column);
}

void wp_columns_close(struct wp_columns *columns)
{
	if (columns->input)
		wp_input_close(columns->input);
	free(columns->text);
	wp_strings_fini(&columns->names);
	*columns = (struct wp_columns){0};
}
