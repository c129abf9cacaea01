#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void wp_strings_fini(struct wp_strings *list)
{
	free(list->bytes);
	free(list->end);
	*list = (struct wp_strings){0};
}

enum wp_err wp_strings_add(struct wp_strings *list, const char *string, size_t length)
{
	uint64_t begin = wp_strings_bytes(list);
	enum wp_err err = wp_grow(&list->end, &list->room_count, list->count + 1,
		sizeof *list->end, "list of strings");
	if (!err)
		err = wp_grow(&list->bytes, &list->room_bytes, (size_t)begin + length + 1, 1,
			"list of strings");
	if (err)
		return err;
	if (length)
		memcpy(list->bytes + begin, string, length);
	list->end[list->count++] = begin + length;
	return WP_OK;
}

enum wp_err wp_strings_add_block(
	struct wp_strings *list, const char *bytes, const unsigned char *length, size_t count)
{
	uint64_t begin = wp_strings_bytes(list), total = 0;
	for (size_t i = 0; i < count; i++) {
		const unsigned char *l = length + 4 * i;
		total += (uint32_t)l[0] | (uint32_t)l[1] << 8 | (uint32_t)l[2] << 16 |
			(uint32_t)l[3] << 24;
	}
	enum wp_err err = wp_grow(&list->end, &list->room_count, list->count + count,
		sizeof *list->end, "list of strings");
	if (!err)
		err = wp_grow(&list->bytes, &list->room_bytes, (size_t)(begin + total) + 1, 1,
			"list of strings");
	if (err)
		return err;
	if (total)
		memcpy(list->bytes + begin, bytes, (size_t)total);
	for (size_t i = 0; i < count; i++) {
		const unsigned char *l = length + 4 * i;
		begin += (uint32_t)l[0] | (uint32_t)l[1] << 8 | (uint32_t)l[2] << 16 |
			(uint32_t)l[3] << 24;
		list->end[list->count++] = begin;
	}
	return WP_OK;
}

bool wp_strings_equal(const struct wp_strings *a, const struct wp_strings *b)
{
	if (a->count != b->count || wp_strings_bytes(a) != wp_strings_bytes(b))
		return false;
	return a->count == 0 ||
		(memcmp(a->end, b->end, a->count * sizeof *a->end) == 0 &&
			memcmp(a->bytes, b->bytes, (size_t)wp_strings_bytes(a)) == 0);
}

enum wp_err wp_strings_add_all(struct wp_strings *list, const struct wp_strings *others)
{
	enum wp_err err = WP_OK;
	for (size_t i = 0; !err && i < others->count; i++) {
		size_t length;
		const char *string = wp_strings_get(others, i, &length);
		err = wp_strings_add(list, string, length);
	}
	return err;
}

int64_t wp_strings_find(const struct wp_strings *list, const char *string)
{
	size_t size = strlen(string), length;
	for (size_t i = 0; i < list->count; i++) {
		const char *other = wp_strings_get(list, i, &length);
		if (length == size && memcmp(other, string, size) == 0)
			return (int64_t)i;
	}
	return -1;
}

bool wp_strings_setting(const struct wp_strings *list, const char *name, char *to, size_t room)
{
	size_t own = strlen(name), length;
	for (size_t i = 0; i < list->count; i++) {
		const char *line = wp_strings_get(list, i, &length);
		if (length <= own || memcmp(line, name, own) != 0 || line[own] != '=')
			continue;
		length -= own + 1;
		if (length >= room)
			return false;
		if (length > 0)
			memcpy(to, line + own + 1, length);
		to[length] = '\0';
		return true;
	}
	return false;
}
