#include "stream/tensor_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stream/stored.h"

struct item {
	struct wp_tensor tensor;
	const void *data; /* numbers: in the map, or in own */
	unsigned char *own;
	size_t size, room;
	struct wp_strings strings;
};

struct wp_tensor_set {
	struct wp_reader *reader;
	struct item **items;
	size_t count, room;
	char there[256]; /* names of all tensors, "a, b, c", or as many as fit */
	bool left_out;
};

static void free_item(struct item *item)
{
	free(item->own);
	wp_strings_fini(&item->strings);
	free(item);
}

void wp_tensor_set_free(struct wp_tensor_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++) {
		free_item(set->items[i]);
	}
	free(set->items);
	wp_reader_close(set->reader);
	free(set);
}

static struct item *find(const struct wp_tensor_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->items[i]->tensor.name, name) == 0)
			return set->items[i];
	return NULL;
}

static enum wp_err add_item(
	struct wp_tensor_set *set, const struct wp_tensor *tensor, struct item **item)
{
	enum wp_err err = wp_grow(&set->items, &set->room, set->count + 1,
		sizeof(struct item *), "list of tensors");
	if (!err)
		err = wp_alloc(item, 1, sizeof **item, "tensor");
	if (err)
		return err;
	(*item)->tensor = *tensor;
	set->items[set->count++] = *item;
	return WP_OK;
}

/* Add the name of a record's tensor to the list for messages, once. */
static void note_name(struct wp_tensor_set *set, const struct wp_tensor *tensor)
{
	size_t used = strlen(set->there), n = strlen(tensor->name);
	for (const char *p = set->there; (p = strstr(p, tensor->name)); p += n)
		if ((p == set->there || p[-1] == ' ') && (p[n] == ',' || p[n] == '\0'))
			return;
	if (tensor->first > 0 || n == 0)
		return;
	if (used + n + 3 > sizeof set->there) {
		set->left_out = true;
		return;
	}
	snprintf(set->there + used, sizeof set->there - used, "%s%s", used ? ", " : "",
		tensor->name);
}

static bool wanted(const char *name, const char *const *names)
{
	for (; names && *names; names++)
		if (strcmp(name, *names) == 0 || wp_is_scale_of(name, *names))
			return true;
	return !names;
}

static enum wp_err take_record(struct wp_tensor_set *set, const struct wp_tensor *tensor,
	const struct wp_tensor_watch *watch)
{
	struct item *item = find(set, tensor->name);
	bool is_new = !item;
	enum wp_err err = is_new ? add_item(set, tensor, &item) : WP_OK;
	if (err)
		return err;
	if (!is_new)
		item->tensor.dim[0] += tensor->dim[0];
	if (tensor->type == WP_STRING)
		return wp_reader_strings(set->reader, &item->strings);
	const void *data, *stored;
	const struct wp_header *header;
	size_t size;
	if (watch && is_new && !tensor->more && strcmp(tensor->name, watch->name) == 0 &&
		wp_reader_watch(set->reader, &watch->watch))
		watch->begin(watch->watch.arg, tensor);
	err = wp_reader_data(set->reader, &data, &size);
	if (!err)
		err = wp_reader_stored(set->reader, &header, &stored);
	if (err)
		return err;
	if (is_new && !tensor->more && wp_reader_is_mapped(set->reader) && data == stored) {
		item->data = data;
		item->size = size;
		return WP_OK;
	}
	err = wp_grow(&item->own, &item->room, item->size + size + 1, 1, tensor->name);
	if (err)
		return err;
	if (size)
		memcpy(item->own + item->size, data, size);
	item->size += size;
	item->data = item->own;
	return WP_OK;
}

/* ---- Rows of i8 with scales: as f32 ---- */

/* The item of the scales of that one. */
static size_t find_scale(const struct wp_tensor_set *set, const struct item *item)
{
	size_t i = 0;
	while (i < set->count && !wp_is_scale_of(set->items[i]->tensor.name, item->tensor.name))
		i++;
	return i;
}

/* The numbers of an item as f32. */
static enum wp_err widen(const char *from, struct item *item, const float *scale)
{
	size_t cols, count;
	float *wide;
	if (!wp_tensor_row_count(&item->tensor, &cols) ||
		!wp_tensor_count(&item->tensor, &count))
		return wp_fail(WP_EINVAL, "%s: '%s' is too large", from, item->tensor.name);
	const struct wp_stored stored = {.type = item->tensor.type,
		.rows = item->tensor.rank > 0 ? (size_t)item->tensor.dim[0] : 1,
		.cols = cols,
		.data = item->data,
		.scale = scale};
	enum wp_err err = wp_alloc(&wide, count, sizeof *wide, item->tensor.name);
	if (err)
		return err;
	wp_stored_rows(&stored, wide);
	free(item->own);
	item->own = (unsigned char *)wide;
	item->data = wide;
	item->size = count * sizeof *wide;
	item->tensor.type = WP_F32;
	return WP_OK;
}

/* The scales are used up. */
static enum wp_err scale_rows(struct wp_tensor_set *set, struct item *item)
{
	const char *from = wp_tensor_set_name(set);
	size_t place = find_scale(set, item);
	struct item *scale = place < set->count ? set->items[place] : NULL;
	if (!scale || scale->tensor.type != WP_F32) /* whole numbers, and nothing else */
		return WP_OK;
	enum wp_err err = wp_check_scale(from, &item->tensor, &scale->tensor, scale->data);
	if (!err)
		err = widen(from, item, scale->data);
	if (err)
		return err;
	free_item(scale);
	memmove(&set->items[place], &set->items[place + 1],
		(--set->count - place) * sizeof(struct item *));
	return WP_OK;
}

static enum wp_err scale_all(struct wp_tensor_set *set)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < set->count && !err; i++) {
		struct item *item = set->items[i];
		if (item->tensor.type == WP_I8)
			err = scale_rows(set, item);
		if (i < set->count && set->items[i] != item) /* its scale came before it */
			i--;
	}
	return err;
}

enum wp_err wp_tensor_set_read(
	struct wp_tensor_set **set, struct wp_reader *reader, const char *const *names)
{
	return wp_tensor_set_watch(set, reader, names, NULL);
}

enum wp_err wp_tensor_set_watch(struct wp_tensor_set **set, struct wp_reader *reader,
	const char *const *names, const struct wp_tensor_watch *watch)
{
	const struct wp_tensor *tensor;
	struct wp_tensor_set *s;
	enum wp_err err = wp_alloc(&s, 1, sizeof *s, "list of tensors");
	*set = NULL;
	if (err) {
		wp_reader_close(reader);
		return err;
	}
	s->reader = reader;
	while (!err && !(err = wp_reader_next(reader, &tensor))) {
		note_name(s, tensor);
		if (wanted(tensor->name, names))
			err = take_record(s, tensor, watch);
	}
	if (err == WP_END)
		err = scale_all(s);
	if (err) {
		wp_tensor_set_free(s);
		return err;
	}
	*set = s;
	return WP_OK;
}

const char *wp_tensor_set_name(const struct wp_tensor_set *set)
{
	return wp_reader_name(set->reader);
}

enum wp_err wp_tensor_set_lacks(const struct wp_tensor_set *set, const char *name)
{
	return wp_fail(WP_EMISMATCH, "%s: no tensor '%s'; there %s %s%s",
		wp_tensor_set_name(set), name, *set->there ? "are" : "is none",
		*set->there ? set->there : "", set->left_out ? ", ..." : "");
}

const struct wp_tensor *wp_tensor_set_get(
	const struct wp_tensor_set *set, const char *name, const void **data)
{
	const struct item *item = find(set, name);
	if (!item || item->tensor.type == WP_STRING)
		return NULL;
	*data = item->data;
	return &item->tensor;
}

enum wp_err wp_tensor_set_widen(struct wp_tensor_set *set, const char *name)
{
	struct item *item = find(set, name);
	bool small = item && (item->tensor.type == WP_F16 || item->tensor.type == WP_BF16);
	return small ? widen(wp_tensor_set_name(set), item, NULL) : WP_OK;
}

struct wp_strings *wp_tensor_set_strings(const struct wp_tensor_set *set, const char *name)
{
	struct item *item = find(set, name);
	return item && item->tensor.type == WP_STRING ? &item->strings : NULL;
}

size_t wp_tensor_set_count(const struct wp_tensor_set *set)
{
	return set->count;
}

const struct wp_tensor *wp_tensor_set_at(const struct wp_tensor_set *set, size_t i)
{
	return &set->items[i]->tensor;
}
