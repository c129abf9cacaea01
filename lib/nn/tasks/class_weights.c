#include "nn/tasks/class_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/input.h"
#include "text/number.h"

static enum wp_err balance(float *weight, const struct wp_strings *labels,
	const struct wp_nn_data *data, bool by_row)
{
	const size_t k = labels->count, n = by_row ? data->rows : data->sequences;
	double all = 0, found = 0, *count;
	enum wp_err err = wp_alloc(&count, k, sizeof *count, "classes");
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (data->classes[i] >= 0)
			count[data->classes[i]]++;
	for (size_t c = 0; c < k; c++) {
		all += count[c];
		found += count[c] > 0;
	}
	for (size_t c = 0; c < k; c++)
		weight[c] = count[c] > 0 ? (float)(all / (found * count[c])) : 1;
	free(count);
	return WP_OK;
}

static size_t find(const struct wp_strings *labels, const char *name, size_t n)
{
	for (size_t i = 0; i < labels->count; i++) {
		size_t length;
		const char *label = wp_strings_get(labels, i, &length);
		if (length == n && memcmp(label, name, n) == 0)
			return i;
	}
	return labels->count;
}

static enum wp_err take_line(float *weight, const struct wp_strings *labels, const char *name,
	const char *line, const char *end)
{
	const char *tab = memchr(line, '\t', (size_t)(end - line));
	double value = NAN;
	const int shown = (int)(end - line < 100 ? end - line : 100);
	if (!tab || wp_scan_f64(tab + 1, end, &value) != end || !(value >= 0 && value <= 1e6))
		return wp_fail(WP_EMISMATCH,
			"%s: '%.*s': not a label, a tab and a weight (0 to 1e6)", name, shown,
			line);
	size_t label = find(labels, line, (size_t)(tab - line));
	if (label == labels->count)
		return wp_fail(WP_EMISMATCH, "%s: '%.*s': the data have no such label", name,
			(int)(tab - line < shown ? tab - line : shown), line);
	weight[label] = (float)value;
	return WP_OK;
}

static enum wp_err read_file(float *weight, const struct wp_strings *labels, const char *path)
{
	struct wp_input *input;
	char text[1 << 16];
	size_t size;
	enum wp_err err = wp_input_open_text(&input, path);
	if (err)
		return err;
	err = wp_input_read(input, text, sizeof text, &size);
	if (!err && size == sizeof text)
		err = wp_fail(WP_ELIMIT, "%s: %zu bytes are too many", path, size);
	for (const char *line = text, *end; !err && line < text + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		end = end ? end : text + size;
		const char *last = end > line && end[-1] == '\r' ? end - 1 : end;
		if (last > line)
			err = take_line(weight, labels, path, line, last);
	}
	wp_input_close(input);
	return err;
}

enum wp_err wp_nn_class_weights(float **weight, const char *what,
	const struct wp_strings *labels, const struct wp_nn_data *data, bool by_row)
{
	enum wp_err err = wp_alloc(weight, labels->count, sizeof **weight, "classes");
	for (size_t c = 0; c < labels->count && !err; c++)
		(*weight)[c] = 1;
	if (!err)
		err = strcmp(what, "balanced") == 0 ? balance(*weight, labels, data, by_row)
						    : read_file(*weight, labels, what);
	if (err) {
		free(*weight);
		*weight = NULL;
	}
	return err;
}
