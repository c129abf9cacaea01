#include "pieces/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pieces/pieces_file.h"

static const char list_name[] = "pieces", left_name[] = "pieces.left",
		  right_name[] = "pieces.right", settings_name[] = "pieces.settings";

void wp_pieces_fini(struct wp_pieces *p)
{
	wp_strings_fini(&p->pieces);
	free(p->left);
	free(p->right);
	*p = (struct wp_pieces){0};
}

enum wp_err wp_pieces_put(const struct wp_pieces *p, struct wp_writer *writer)
{
	struct wp_strings settings = {0};
	char line[2][48];
	snprintf(line[0], sizeof line[0], "method=%s", wp_pieces_methods[p->method]);
	snprintf(line[1], sizeof line[1], "fallback=%s", wp_pieces_fallbacks[p->fallback]);
	enum wp_err err = WP_OK;
	for (int i = 0; i < 2 && !err; i++)
		err = wp_strings_add(&settings, line[i], strlen(line[i]));
	if (!err)
		err = wp_writer_put_list(writer, settings_name, &settings);
	wp_strings_fini(&settings);
	if (!err)
		err = wp_writer_put_list(writer, list_name, &p->pieces);
	struct wp_tensor left = wp_tensor_1d(left_name, WP_I32, p->merges);
	struct wp_tensor right = wp_tensor_1d(right_name, WP_I32, p->merges);
	if (!err && p->method != WP_PIECES_WORDPIECE)
		err = wp_writer_put(writer, &left, p->left);
	if (!err && p->method != WP_PIECES_WORDPIECE)
		err = wp_writer_put(writer, &right, p->right);
	return err;
}

/* The place of a name in a list that NULL ends, or -1. */
static int place_of(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static enum wp_err read_settings(
	struct wp_pieces *p, const struct wp_strings *settings, const char *from)
{
	char method[32] = "", fallback[32] = "";
	wp_strings_setting(settings, "method", method, sizeof method);
	wp_strings_setting(settings, "fallback", fallback, sizeof fallback);
	int m = place_of(wp_pieces_methods, method);
	int f = place_of(wp_pieces_fallbacks, fallback);
	if (m < 0 || f < 0)
		return wp_fail(WP_ECORRUPT, "%s: '%s' has no %s that is known", from,
			settings_name, m < 0 ? "method" : "fallback");
	p->method = (enum wp_pieces_method)m;
	p->fallback = (enum wp_pieces_fallback)f;
	return WP_OK;
}

/* What a stream has of a model, record by record. */
struct parts {
	bool has_list, has_settings;
	struct wp_strings settings;
	size_t left, right, left_room, right_room;
};

static enum wp_err append(struct wp_reader *reader, const struct wp_tensor *tensor,
	int32_t **ids, size_t *count, size_t *room)
{
	const void *data;
	size_t size;
	enum wp_err err = wp_reader_data(reader, &data, &size);
	if (!err)
		err = wp_grow(ids, room, *count + size / sizeof **ids + 1, sizeof **ids,
			tensor->name);
	if (err)
		return err;
	memcpy(*ids + *count, data, size);
	*count += size / sizeof **ids;
	return WP_OK;
}

/* Take a record that is part of the pieces; *taken tells whether it is one. */
static enum wp_err take(struct wp_pieces *p, struct parts *parts, struct wp_reader *reader,
	const struct wp_tensor *tensor, bool *taken)
{
	bool list = strcmp(tensor->name, list_name) == 0;
	bool settings = strcmp(tensor->name, settings_name) == 0;
	bool left = strcmp(tensor->name, left_name) == 0;
	bool right = strcmp(tensor->name, right_name) == 0;
	*taken = list || settings || left || right;
	if (!*taken)
		return WP_OK;
	if (tensor->rank != 1 || tensor->type != (list || settings ? WP_STRING : WP_I32))
		return wp_fail(WP_EMISMATCH, "%s: '%s' is not a list of type %s",
			wp_reader_name(reader), tensor->name,
			wp_type_name(list || settings ? WP_STRING : WP_I32));
	parts->has_list |= list;
	parts->has_settings |= settings;
	if (list || settings)
		return wp_reader_strings(reader, list ? &p->pieces : &parts->settings);
	return left ? append(reader, tensor, &p->left, &parts->left, &parts->left_room)
		    : append(reader, tensor, &p->right, &parts->right, &parts->right_room);
}

static enum wp_err check_merges(
	struct wp_pieces *p, const struct parts *parts, const char *from)
{
	if (p->method == WP_PIECES_WORDPIECE)
		return WP_OK;
	if (!p->left || !p->right || parts->left != parts->right || parts->left > INT32_MAX)
		return wp_fail(WP_EMISMATCH, "%s: '%s' and '%s' do not fit together", from,
			left_name, right_name);
	p->merges = parts->left;
	for (size_t i = 0; i < p->merges; i++)
		if (p->left[i] < 0 || (size_t)p->left[i] >= p->pieces.count ||
			p->right[i] < 0 || (size_t)p->right[i] >= p->pieces.count)
			return wp_fail(WP_ECORRUPT,
				"%s: merge %zu is of a piece that is not there", from, i + 1);
	return WP_OK;
}

static enum wp_err check(struct wp_pieces *p, const struct parts *parts, const char *from)
{
	if (!parts->has_list || !parts->has_settings)
		return wp_fail(WP_EMISMATCH, "%s: no pieces; pieces-train makes some", from);
	if (p->pieces.count == 0 || p->pieces.count > INT32_MAX)
		return wp_fail(WP_ECORRUPT, "%s: %s pieces", from,
			p->pieces.count ? "too many" : "no");
	for (size_t i = 0; i < p->pieces.count; i++) {
		size_t length;
		wp_strings_get(&p->pieces, i, &length);
		if (length == 0)
			return wp_fail(WP_ECORRUPT, "%s: piece %zu is empty", from, i);
	}
	enum wp_err err = read_settings(p, &parts->settings, from);
	return err ? err : check_merges(p, parts, from);
}

static enum wp_err read_stream(
	struct wp_pieces *p, struct wp_input *input, wp_record_fn *other, void *arg)
{
	struct wp_reader *reader;
	struct parts parts = {0};
	const struct wp_tensor *tensor;
	enum wp_err err = wp_reader_over(&reader, input);
	while (!err && !(err = wp_reader_next(reader, &tensor))) {
		bool taken;
		err = take(p, &parts, reader, tensor, &taken);
		if (!err && !taken && other)
			err = other(arg, reader, tensor);
	}
	if (err == WP_END)
		err = check(p, &parts, wp_reader_name(reader));
	wp_strings_fini(&parts.settings);
	wp_reader_close(reader);
	return err;
}

enum wp_err wp_pieces_read(
	struct wp_pieces *p, struct wp_input *input, wp_record_fn *other, void *arg)
{
	bool stream;
	*p = (struct wp_pieces){0};
	enum wp_err err = wp_reader_may_read(input, &stream);
	if (!err && stream) {
		err = read_stream(p, input, other, arg);
	} else {
		if (!err)
			err = wp_input_expect_text(input);
		if (!err)
			err = wp_pieces_file_read(p, input);
		wp_input_close(input);
	}
	if (err)
		wp_pieces_fini(p);
	return err;
}
