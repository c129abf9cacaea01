#include "stream/tensor_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

void wp_tensor_set_free(struct wp_tensor_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++) {
		free(set->items[i]->own);
		wp_strings_fini(&set->items[i]->strings);
		free(set->items[i]);
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
		if (strcmp(name, *names) == 0)
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
	if (err != WP_END) {
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
